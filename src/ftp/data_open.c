/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ftp/data.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "ftp/data_in.h"
#include "ftp/verdict.h"

static int
secure(struct data *d, struct err *err)
{
	if (!d->conn->protected_data)
		return 0;
	d->tickets = tls_peer_tickets(d->conn->peer);
	return stream_start_tls(d->link.stream, d->conn->peer, TLS_DATA, err);
}

static int
accept_it(struct data *d, struct err *err)
{
	int rc = passive_try_accept(d->conn, &d->link, err);

	if (rc != 0)
		return rc;
	data_progress(d);
	return secure(d, err);
}

/* One step towards a usable data connection: 0 there, STREAM_AGAIN, -1. */
static int
come_up(struct data *d, struct err *err)
{
	int rc;

	if (d->link.stream == NULL && (rc = accept_it(d, err)) != 0)
		return rc;
	return stream_try_handshake(d->link.stream, err);
}

/*
 * A server that resumed sessions before and does not now may not be the one
 * we think it is; a new login decides (FileZilla Server and ProFTPD also stop
 * resuming when their tickets have become too old).
 */
static int
check_resumed(struct data *d, struct err *err)
{
	if (!d->conn->protected_data || !tls_peer_resumes(d->conn->peer) ||
	    d->conn->site->set.tls_resume == TLS_RESUME_OFF ||
	    stream_resumed(d->link.stream))
		return 0;
	return err_set(err, ERR_NETWORK,
	    "server no longer resumes the TLS session on data connections");
}

/* Whether a byte has moved over the data connection. */
static bool
is_up(const struct data *d)
{
	return d->moves || (d->link.stream != NULL &&
	    stream_moved(d->link.stream) > 0);
}

/*
 * It broke: the server mostly says why, but not why it could not be reached.
 */
static int
broken(struct data *d, struct err *err)
{
	bool away = err->sys == ECONNREFUSED || err->sys == ETIMEDOUT ||
	    err->sys == EHOSTUNREACH || err->sys == ENETUNREACH;
	bool said = data_hear_soon(d);

	if (away && !is_up(d) && (!said || d->final == 425)) {
		passive_unreachable(d->conn, &d->link, err);
		if (said)
			err_note_reply(err, d->final, d->say);
		return -1;
	}
	return said ? data_refused(d, err) : -1;
}

/*
 * The handshake and the control connection side by side: some servers
 * announce the transfer (150) only after the handshake, others refuse the
 * command without ever touching the data connection.
 */
static int
bring_up(struct data *d, struct err *err)
{
	const struct settings *set = &d->conn->site->set;
	int64_t deadline;
	bool held;
	int rc;

	d->stall = deadline_in(d->link.listener != NULL ? set->timeout :
	    set->connect_timeout);
	deadline = d->stall + set->timeout;
	d->overdue = deadline_in(control_patience(d->conn->control));
	for (;;) {
		if (data_hear(d, err) < 0)
			return -1;
		/* 425 may be there before we know that nobody answers. */
		if (d->final >= 300 && (d->final != 425 ||
		    d->link.stream == NULL || come_up(d, err) != -1))
			return data_refused(d, err);
		rc = d->final >= 300 ? -1 : come_up(d, err);
		/* Bytes of which nobody knows would be lost, or a stream. */
		held = rc == 0 && d->upload && data_is_doubtful(d);
		if (rc == 0 && !held) {
			data_progress(d);
			return check_resumed(d, err);
		}
		/* What the server says of our verdict is beside the point. */
		if (rc == -1)
			return err->kind == ERR_TRUST ? -1 :
			    broken(d, err);
		/* Byte by byte is progress, too. */
		if (clock_ms() >= deadline)
			return err_set(err, ERR_TIMEOUT, "TLS handshake of "
			    "the data connection takes too long");
		if (data_wait(d, held, err) != 0)
			return -1;
	}
}

static int
send_command(struct conn *c, const struct data_request *rq, struct err *err)
{
	char verb[32];

	snprintf(verb, sizeof(verb), "%s%s%s", rq->verb,
	    rq->options != NULL ? " " : "",
	    rq->options != NULL ? rq->options : "");
	if (rq->path == NULL)
		return control_send(c->control, err, "%s", verb);
	return control_send_path(c->control, err, verb, rq->path);
}

/* REST must be the last command before the transfer. */
static int
send_rest(struct conn *c, const struct data_request *rq, struct err *err)
{
	if (rq->offset == 0)
		return 0;
	return control_send(c->control, err, "REST %lld",
	    (long long)rq->offset);
}

static int
hear_rest(struct conn *c, const struct data_request *rq, struct err *err)
{
	struct reply *r;

	if (rq->offset == 0)
		return 0;
	if (control_reply(c->control, conn_soon(c), &r, err) != 0)
		return -1;
	if (r->code == 350)
		return 0;
	if (reply_class(r->code) == 5)
		server_deny(c->server, TRAIT_REST, r);
	return reply_error(r, err, "server cannot resume");
}

static int
restart(struct data *d, const struct data_request *rq, struct err *err)
{
	int rc = send_rest(d->conn, rq, err);

	return rc != 0 ? rc : hear_rest(d->conn, rq, err);
}

/*
 * Whether REST and RETR may leave with EPSV: anything but 350 then ends the
 * connection, with the wrong bytes that would come.  A STOR would have emptied
 * the part by then.
 */
static bool
rests_ahead(const struct conn *c, const struct data_request *rq)
{
	return rq->offset == 0 || (!rq->upload &&
	    server_shown(c->server, TRAIT_REST, PROOF_TOLD_UNDER_TLS));
}

/* All that goes out for a transfer once its port is known, or with EPSV. */
struct order {
	struct conn *c;
	const struct data_request *rq;
};

static int
send_order(void *ctx, struct err *err)
{
	const struct order *o = ctx;
	int rc = send_rest(o->c, o->rq, err);

	return rc != 0 ? rc : send_command(o->c, o->rq, err);
}

/* Agrees on a data connection and sends the command: 0 or -1. */
static int
begin_transfer(struct data *d, const struct data_request *rq, struct err *err)
{
	struct conn *c = d->conn;
	struct order order = { c, rq };
	struct passive_behind behind = {
		.verb = rq->verb, .n = rq->offset > 0 ? 2 : 1,
		.send = send_order, .ctx = &order,
	};
	int rc;

	if (passive_open(c, rests_ahead(c, rq) ? &behind : NULL, &d->link,
	    err) != 0 || (d->link.stream != NULL && secure(d, err) != 0))
		return -1;
	if (d->link.flight != PASSIVE_ALONE)
		return hear_rest(c, rq, err);
	rc = restart(d, rq, err);
	return rc != 0 ? rc : send_command(c, rq, err);
}

/* Sent ahead of the data, our close_notify saves a round trip. */
static void
end_early(struct data *d)
{
	struct err ignored = ERR_INIT;

	if (!server_has(d->conn->server, TRAIT_EARLY_END) || d->upload ||
	    !d->conn->protected_data || !conn_flights(d->conn))
		return;
	d->early |= EARLY_END;
	(void)stream_try_finish(d->link.stream, &ignored);
}

static int
open_once(struct conn *c, const struct data_request *rq, struct data **out,
    struct err *err)
{
	struct data *d = xcalloc(1, sizeof(*d));

	d->conn = c;
	d->verb = rq->verb;
	d->upload = rq->upload;
	d->more = rq->more;
	d->announced = -1;
	if ((rq->offset == 0 ||
	    control_go(c->control, rq->verb, rq->path, err) >= 0) &&
	    begin_transfer(d, rq, err) == 0 && bring_up(d, err) == 0) {
		passive_worked(c);
		end_early(d);
		if (!d->upload && server_has(c->server, TRAIT_EPSV_DURING))
			data_ask_ahead(d);
		*out = d;
		return 0;
	}
	passive_failed(c, &d->link, is_up(d), err);
	/* A command may still be unanswered: nothing can follow in order. */
	if (d->final == 0 && control_pending(c->control) > 0)
		control_kill(c->control);
	data_free(d);
	return -1;
}

/* The server may not take paths. */
static int
open_bare(struct conn *c, const struct data_request *rq, struct data **d,
    struct err *err)
{
	struct err refusal = *err;

	if (!control_try_bare(c->control, rq->verb, rq->path, err))
		return -1;
	err_clear(err);
	if (open_once(c, rq, d, err) == 0)
		return 0;
	control_end_trial(c->control);
	/* Another refusal is that of the file. */
	if (err->kind == ERR_REFUSED && err->code == refusal.code)
		*err = refusal;
	return -1;
}

int
data_open(struct conn *c, const struct data_request *rq, struct data **d,
    struct err *err)
{
	bool doubt = control_doubts_slashes(c->control);

	if (rq->path != NULL && control_check(rq->path, err) != 0)
		return -1;
	if (open_once(c, rq, d, err) == 0 ||
	    (doubt && open_bare(c, rq, d, err) == 0))
		return 0;
	if (!verdict_blames_connection(err) || !conn_alive(c))
		return -1;
	/* Once more with the newest ticket; after that only a new login. */
	log_debug("repeating %s: %s", rq->verb, err->msg);
	err_clear(err);
	if (open_once(c, rq, d, err) == 0)
		return 0;
	if (verdict_blames_connection(err))
		control_kill(c->control);
	return -1;
}
