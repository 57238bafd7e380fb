/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ftp/data.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "ftp/passive.h"
#include "ftp/verdict.h"
#include "listing/admits.h"
#include "net/listen.h"
#include "net/stream.h"
#include "net/wait.h"

enum {
	DRAIN_MS = 5000,	/* for the server's end of an upload */
	REASON_MS = 2000,	/* for the reply after a broken connection */
	PRELIMINARY_MAX = 100,
};

/* What has left before its turn. */
enum early {
	EARLY_END = 1,		/* our close_notify, ahead of the data */
	EARLY_EPSV = 2,		/* that of the next transfer */
};

struct data {
	struct conn *conn;
	struct passive link;
	const char *verb;
	bool upload;
	bool more;		/* another transfer will follow */
	unsigned early;		/* of enum early */

	/* What the control connection said of it. */
	int begun;		/* how many 1yz replies came */
	int final;		/* code of the final reply, or 0 */
	char say[REPLY_SAY_MAX];	/* its words */
	char gap[GAP_WORDS];	/* those that admit one in a listing, or "" */
	int64_t announced;

	/* How far it has got. */
	int64_t bytes;
	uint64_t moved;		/* stream_moved() when stall was set */
	bool moves;		/* there was some progress */
	int64_t stall;		/* deadline without any */
	int64_t overdue;	/* when the answer to the command is */
};

/*
 * A transfer failed.  What went out early, its end or the next one's EPSV, may
 * be why: other servers of that name, or something in front of them, take
 * these for a wish to stop.
 */
static void
failed(struct data *d)
{
	if (d->early & EARLY_END)
		server_deny(d->conn->server, TRAIT_EARLY_END, NULL);
	if (d->early & EARLY_EPSV)
		server_deny(d->conn->server, TRAIT_EPSV_AHEAD, NULL);
}

static void
data_free(struct data *d)
{
	passive_release(&d->link);
	free(d);
}

/* The command was refused for good (522: the session was), all is said. */
static bool
is_settled(const struct data *d)
{
	return d->final >= 500 && d->final != 522 &&
	    control_pending(d->conn->control) == 0;
}

void
data_abort(struct data *d)
{
	if (d == NULL)
		return;
	failed(d);
	if (!is_settled(d))
		control_kill(d->conn->control);
	data_free(d);
}

bool
data_refuses_restart(const struct err *err)
{
	return err->kind == ERR_REFUSED && (err->code == 501 ||
	    err->code == 551 || err->code == 554);
}

int64_t
data_announced(const struct data *d)
{
	return d->announced;
}

int64_t
data_bytes(const struct data *d)
{
	return d->bytes;
}

static void
note_final(struct data *d, const struct reply *r)
{
	d->final = r->code;
	reply_say(r, d->say, sizeof(d->say));
	admits_reply(r->text.data, d->gap, sizeof(d->gap));
}

/*
 * Takes what the control connection says meanwhile.  0 nothing decisive,
 * 1 the final reply is there, -1 the connection ended.
 */
static int
hear(struct data *d, struct err *err)
{
	struct reply *r;
	int rc;

	if (d->final != 0)
		return 1;
	while ((rc = control_try_reply(d->conn->control, &r, err)) == 1) {
		if (r->code < 200) {
			reply_announced(r, &d->announced);
			if (++d->begun <= PRELIMINARY_MAX)
				continue;
			return err_set(err, ERR_PROTOCOL,
			    "preliminary replies without end");
		}
		note_final(d, r);
		return 1;
	}
	return rc;
}

static void
made_progress(struct data *d)
{
	d->stall = deadline_in(d->conn->site->set.timeout);
	d->moves = true;
}

/* Whether a byte has moved over the data connection. */
static bool
is_up(const struct data *d)
{
	return d->moves || (d->link.stream != NULL &&
	    stream_moved(d->link.stream) > 0);
}

/* The refusal of a command or transfer as an error. */
static int
refused(const struct data *d, struct err *err)
{
	verdict_refusal(d->final, d->say, d->conn->protected_data, err);
	/* In passive mode it is our handshake that failed. */
	return d->final == 425 && d->link.listener != NULL ?
	    passive_unreachable(d->conn, &d->link, err) : -1;
}

static int
stalled(const struct data *d, struct err *err)
{
	const struct settings *set = &d->conn->site->set;
	bool passive = d->link.listener == NULL;
	bool dialing = !d->moves && passive;
	char time[32];

	text_duration(time, sizeof(time), (dialing ? set->connect_timeout :
	    set->timeout) / 1000);
	err_set(err, ERR_TIMEOUT, d->moves && passive ?
	    "no progress on the data connection for %s (setting %s)" :
	    "no answer within %s (setting %s)", time,
	    dialing ? "connect-timeout" : "timeout");
	return d->moves && passive ? -1 :
	    passive_unreachable(d->conn, &d->link, err);
}

/* Whether the command may never have been read. */
static bool
is_doubtful(const struct data *d)
{
	return d->link.flight == PASSIVE_TRIAL && d->begun == 0 &&
	    d->final == 0 && d->bytes == 0;
}

static int
too_late(const struct data *d, struct err *err)
{
	char why[64];

	if (!is_doubtful(d) || clock_ms() < d->overdue)
		return stalled(d, err);
	snprintf(why, sizeof(why), "no answer to %s behind EPSV", d->verb);
	return control_astray(d->conn->control, why, err);
}

/* What is awaited of the data connection. */
static void
data_pollfd(struct data *d, struct pollfd *pfd)
{
	uint64_t moved;

	if (d->link.stream == NULL) {
		pfd->fd = listen_fd(d->link.listener);
		pfd->events = POLLIN;
		return;
	}
	moved = stream_moved(d->link.stream);
	if (moved > d->moved) {
		d->moved = moved;
		made_progress(d);
	}
	stream_pollfd(d->link.stream, pfd);
}

/*
 * Waits within the stall limit for either connection, or for what the control
 * connection says alone.
 */
static int
wait_for(struct data *d, bool alone, struct err *err)
{
	struct pollfd pfd[2];
	int64_t limit;
	int rc;

	stream_pollfd(control_stream(d->conn->control), &pfd[0]);
	if (d->final != 0)
		pfd[0].fd = -1;
	data_pollfd(d, &pfd[1]);
	if (alone)
		pfd[1].fd = -1;
	limit = is_doubtful(d) && d->overdue < d->stall ? d->overdue :
	    d->stall;
	rc = net_wait(pfd, 2, limit, d->conn->cancel, err);
	if (rc == 0)
		return too_late(d, err);
	return rc < 0 ? -1 : 0;
}

static int
wait_both(struct data *d, struct err *err)
{
	return wait_for(d, false, err);
}

static int
secure(struct data *d, struct err *err)
{
	if (!d->conn->protected_data)
		return 0;
	return stream_start_tls(d->link.stream, d->conn->peer, TLS_DATA, err);
}

static int
accept_it(struct data *d, struct err *err)
{
	int rc = passive_try_accept(d->conn, &d->link, err);

	if (rc != 0)
		return rc;
	made_progress(d);
	return secure(d, err);
}

/*
 * When the data connection breaks, the control connection mostly says why a
 * moment later: waits for that.  True if it was a refusal.
 */
static bool
hear_within(struct data *d, int64_t ms)
{
	int64_t deadline = deadline_in(ms);
	struct err err = ERR_INIT;
	struct pollfd pfd;

	while (hear(d, &err) == 0) {
		stream_pollfd(control_stream(d->conn->control), &pfd);
		if (net_wait(&pfd, 1, deadline, d->conn->cancel, &err) <= 0)
			return false;
	}
	return d->final >= 300;
}

static bool
hear_soon(struct data *d)
{
	return hear_within(d, REASON_MS);
}

static bool
survives_stop(const struct conn *c)
{
	return conn_flights(c) && server_has(c->server, TRAIT_STOP);
}

void
data_stop(struct data *d, int64_t ms)
{
	if (ms <= 0 || !survives_stop(d->conn)) {
		control_kill(d->conn->control);
		data_free(d);
		return;
	}
	passive_release(&d->link);
	(void)hear_within(d, ms);
	if (d->final == 0 || d->final == 421)
		control_kill(d->conn->control);
	data_free(d);
}

void
data_withdraw(struct data *d, int64_t ms)
{
	struct conn *c = d->conn;
	struct cancel *cancel = c->cancel;

	passive_release(&d->link);
	c->cancel = NULL;
	(void)hear_within(d, ms);
	c->cancel = cancel;
	if (d->final == 0 || d->final == 421)
		control_kill(c->control);
	data_free(d);
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

/*
 * It broke: the server mostly says why, but not why it could not be reached.
 */
static int
broken(struct data *d, struct err *err)
{
	bool away = err->sys == ECONNREFUSED || err->sys == ETIMEDOUT ||
	    err->sys == EHOSTUNREACH || err->sys == ENETUNREACH;
	bool said = hear_soon(d);

	if (away && !is_up(d) && (!said || d->final == 425)) {
		passive_unreachable(d->conn, &d->link, err);
		if (said)
			err_note_reply(err, d->final, d->say);
		return -1;
	}
	return said ? refused(d, err) : -1;
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
		if (hear(d, err) < 0)
			return -1;
		/* 425 may be there before we know that nobody answers. */
		if (d->final >= 300 && (d->final != 425 ||
		    d->link.stream == NULL || come_up(d, err) != -1))
			return refused(d, err);
		rc = d->final >= 300 ? -1 : come_up(d, err);
		/* Bytes of which nobody knows would be lost, or a stream. */
		held = rc == 0 && d->upload && is_doubtful(d);
		if (rc == 0 && !held) {
			made_progress(d);
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
		if (wait_for(d, held, err) != 0)
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
	if (r->code / 100 == 5)
		server_deny(c->server, TRAIT_REST, r);
	return reply_error(r, err, "server cannot resume");
}

static int
restart(struct data *d, const struct data_request *rq, struct err *err)
{
	return send_rest(d->conn, rq, err) != 0 ? -1 :
	    hear_rest(d->conn, rq, err);
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

	return send_rest(o->c, o->rq, err) != 0 ? -1 :
	    send_command(o->c, o->rq, err);
}

/* Agrees on a data connection and sends the command: 0 or -1. */
static int
begin(struct data *d, const struct data_request *rq, struct err *err)
{
	struct conn *c = d->conn;
	struct order order = { c, rq };
	struct passive_behind behind = {
		.verb = rq->verb, .n = rq->offset > 0 ? 2 : 1,
		.send = send_order, .ctx = &order,
	};

	if (passive_open(c, rests_ahead(c, rq) ? &behind : NULL, &d->link,
	    err) != 0 || (d->link.stream != NULL && secure(d, err) != 0))
		return -1;
	if (d->link.flight != PASSIVE_ALONE)
		return hear_rest(c, rq, err);
	return restart(d, rq, err) != 0 ? -1 : send_command(c, rq, err);
}

/* EPSV for the next transfer, if there is one to come. */
static void
ask_ahead(struct data *d)
{
	if (d->more && passive_ask_ahead(d->conn))
		d->early |= EARLY_EPSV;
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
	    begin(d, rq, err) == 0 && bring_up(d, err) == 0) {
		passive_worked(c);
		end_early(d);
		if (!d->upload && server_has(c->server, TRAIT_EPSV_DURING))
			ask_ahead(d);
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

/* Data that come without a pause are never waited for. */
static int
check_cancelled(const struct data *d, struct err *err)
{
	return cancel_reason(d->conn->cancel) == CANCEL_NONE ? 0 :
	    cancel_error(d->conn->cancel, err);
}

/* What the control connection says of a transfer under way: 0 go on, -1. */
static int
attend(struct data *d, struct err *err)
{
	if (hear(d, err) < 0)
		return -1;
	if (d->final >= 300)
		return refused(d, err);
	return 0;
}

static ssize_t
try_read(struct data *d, void *buf, size_t n, struct err *err)
{
	ssize_t got = stream_try_read(d->link.stream, buf, n, err);

	if (got > 0)
		d->bytes += got;
	return got;
}

ssize_t
data_read(struct data *d, void *buf, size_t n, struct err *err)
{
	struct err ignored = ERR_INIT;
	ssize_t got;

	if (check_cancelled(d, err) != 0)
		return -1;
	for (;;) {
		got = try_read(d, buf, n, err);
		if (got >= 0)
			return got;
		if (got == -1)
			return hear_soon(d) ? refused(d, err) : -1;
		if (attend(d, err) != 0) {
			/* Data that were sent before it are good. */
			got = try_read(d, buf, n, &ignored);
			if (got <= 0)
				return -1;
			err_clear(err);
			return got;
		}
		if (wait_both(d, err) != 0)
			return -1;
	}
}

int
data_write(struct data *d, const void *buf, size_t n, struct err *err)
{
	const char *p = buf;
	ssize_t put;

	if (check_cancelled(d, err) != 0)
		return -1;
	while (n > 0) {
		put = stream_try_write(d->link.stream, p, n, err);
		if (put > 0) {
			p += put;
			n -= (size_t)put;
			d->bytes += put;
			continue;
		}
		if (put == -1)
			return hear_soon(d) ? refused(d, err) : -1;
		if (attend(d, err) != 0)
			return -1;
		if (d->final != 0)
			return err_set(err, ERR_PROTOCOL, "server ended the "
			    "upload before its end: %s", d->say);
		if (wait_both(d, err) != 0)
			return -1;
	}
	return 0;
}

/* Our close_notify and FIN; how far it gets decides nothing in a download. */
static int
finish_ours(struct data *d, struct err *err)
{
	int rc;

	while ((rc = stream_try_finish(d->link.stream, err)) == STREAM_AGAIN)
		if (attend(d, err) != 0 || wait_both(d, err) != 0)
			return -1;
	return rc;
}

/*
 * After an upload: closing with unread data (a session ticket, say) would
 * send a reset, and the server would take it for a broken transfer.  Reads to
 * the end, or until the server has said what it thinks.
 */
static void
drain(struct data *d)
{
	int64_t deadline = deadline_in(DRAIN_MS);
	struct err err = ERR_INIT;
	struct pollfd pfd[2];
	char buf[4096];
	ssize_t n;

	for (;;) {
		while ((n = stream_try_read(d->link.stream, buf, sizeof(buf),
		    &err)) > 0)
			continue;
		/* Their side's end may have come long before ours. */
		if (n == 0)
			n = stream_try_discard(d->link.stream, &err);
		if (n != STREAM_AGAIN || hear(d, &err) != 0)
			return;
		stream_pollfd(control_stream(d->conn->control), &pfd[0]);
		stream_pollfd(d->link.stream, &pfd[1]);
		if (net_wait(pfd, 2, deadline, d->conn->cancel, &err) <= 0)
			return;
	}
}

/*
 * An upload without bytes can be over before its server has looked: ftp-srv
 * then says that nobody came.
 */
static void
await_begin(struct data *d)
{
	int64_t deadline = deadline_in(control_patience(d->conn->control));
	struct err err = ERR_INIT;
	struct pollfd pfd;
	int rc = 1;

	if (!server_has(d->conn->server, TRAIT_PRELIMINARY))
		return;
	while (rc > 0 && hear(d, &err) == 0 && d->begun == 0) {
		stream_pollfd(control_stream(d->conn->control), &pfd);
		rc = net_wait(&pfd, 1, deadline, d->conn->cancel, &err);
	}
	if (rc == 0)
		server_deny(d->conn->server, TRAIT_PRELIMINARY, NULL);
}

static int
final_reply(struct data *d, struct err *err)
{
	int64_t deadline = d->upload ? conn_late(d->conn) : conn_soon(d->conn);
	struct reply *r;

	while (d->final == 0) {
		if (control_reply(d->conn->control, deadline, &r, err) != 0)
			return -1;
		if (r->code < 200)
			continue;
		note_final(d, r);
	}
	return 0;
}

/* Our end of a transfer, with the EPSV of the next one where it may go. */
static int
end_ours(struct data *d, struct err *err)
{
	struct err ignored = ERR_INIT;

	if (!d->upload) {
		(void)stream_try_finish(d->link.stream, &ignored);
		ask_ahead(d);
		return 0;
	}
	if (d->bytes == 0)
		await_begin(d);
	if (finish_ours(d, err) != 0)
		return -1;
	if (server_has(d->conn->server, TRAIT_EPSV_DURING))
		ask_ahead(d);
	drain(d);
	return 0;
}

/*
 * Whether the answer to the next EPSV came in the place of the one to this
 * transfer: then EPSV has got what is no answer to it.
 */
static bool
overtaken(struct data *d)
{
	return (d->early & EARLY_EPSV) && passive_went_astray(d->conn);
}

/* What a failed transfer tells of the server and the control connection. */
static void
conclude(struct data *d, enum verdict v, const struct err *err)
{
	if (v == VERDICT_WHOLE || v == VERDICT_TO_LOOK)
		return;
	failed(d);
	/* After a refusal: a new login brings new tickets. */
	if (d->final == 0 || v == VERDICT_ASTRAY ||
	    (v == VERDICT_REFUSED && verdict_blames_connection(err)))
		control_kill(d->conn->control);
}

int
data_finish(struct data *d, int64_t expected, struct data_end *end,
    struct err *err)
{
	struct verdict_input in = {
		.upload = d->upload, .listing = end != NULL,
		.protected = d->conn->protected_data,
		.end = stream_ended(d->link.stream),
		.eof = d->conn->site->set.tls_eof,
		.expected = expected, .words = d->say,
	};
	enum verdict v;

	in.lost = end_ours(d, err) != 0;
	passive_release(&d->link);
	in.lost = in.lost || final_reply(d, err) != 0;
	in.moved = d->bytes;
	in.code = d->final;
	v = verdict_of(&in, err);
	if (v == VERDICT_REFUSED && overtaken(d)) {
		in.astray = true;
		v = verdict_of(&in, err);
	}
	conclude(d, v, err);
	if (end != NULL) {
		end->bare = v == VERDICT_TO_LOOK;
		strlcpy(end->said, d->gap, sizeof(end->said));
	}
	data_free(d);
	return v == VERDICT_WHOLE || v == VERDICT_TO_LOOK ? 0 : -1;
}
