/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ftp/data.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "ftp/data_in.h"
#include "ftp/verdict.h"
#include "listing/admits.h"
#include "net/listen.h"
#include "net/wait.h"

enum {
	DRAIN_MS = 5000,	/* for the server's end of an upload */
	REASON_MS = 2000,	/* for the reply after a broken connection */
	PRELIMINARY_MAX = 100,
};

void
data_free(struct data *d)
{
	passive_release(&d->link);
	free(d);
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

int
data_hear(struct data *d, struct err *err)
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

void
data_progress(struct data *d)
{
	d->stall = deadline_in(d->conn->site->set.timeout);
	d->moves = true;
}

int
data_refused(const struct data *d, struct err *err)
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

bool
data_is_doubtful(const struct data *d)
{
	return d->link.flight == PASSIVE_TRIAL && d->begun == 0 &&
	    d->final == 0 && d->bytes == 0;
}

static int
too_late(const struct data *d, struct err *err)
{
	char why[64];

	if (!data_is_doubtful(d) || clock_ms() < d->overdue)
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
		data_progress(d);
	}
	stream_pollfd(d->link.stream, pfd);
}

int
data_wait(struct data *d, bool alone, struct err *err)
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
	limit = data_is_doubtful(d) && d->overdue < d->stall ? d->overdue :
	    d->stall;
	rc = net_wait(pfd, 2, limit, d->conn->cancel, err);
	if (rc > 0)
		return 0;
	return rc == 0 ? too_late(d, err) : -1;
}

static int
wait_both(struct data *d, struct err *err)
{
	return data_wait(d, false, err);
}

/* What the server says within ms: true if it was a refusal. */
static bool
hear_within(struct data *d, int64_t ms)
{
	int64_t deadline = deadline_in(ms);
	struct err err = ERR_INIT;
	struct pollfd pfd;

	while (data_hear(d, &err) == 0) {
		stream_pollfd(control_stream(d->conn->control), &pfd);
		if (net_wait(&pfd, 1, deadline, d->conn->cancel, &err) <= 0)
			return false;
	}
	return d->final >= 300;
}

bool
data_hear_soon(struct data *d)
{
	return hear_within(d, REASON_MS);
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
	if (data_hear(d, err) < 0)
		return -1;
	if (d->final >= 300)
		return data_refused(d, err);
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
			return data_hear_soon(d) ? data_refused(d, err) : -1;
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
			return data_hear_soon(d) ? data_refused(d, err) : -1;
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
read_to_their_end(struct data *d)
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
		if (n != STREAM_AGAIN || data_hear(d, &err) != 0)
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
	while (rc > 0 && data_hear(d, &err) == 0 && d->begun == 0) {
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
		data_ask_ahead(d);
		return 0;
	}
	if (d->bytes == 0)
		await_begin(d);
	if (finish_ours(d, err) != 0)
		return -1;
	if (server_has(d->conn->server, TRAIT_EPSV_DURING))
		data_ask_ahead(d);
	read_to_their_end(d);
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

/*
 * A transfer failed.  What went out early, its end or the next one's EPSV, may
 * be why: other servers of that name, or something in front of them, take
 * these for a wish to stop.
 */
static void
blame_haste(struct data *d)
{
	if (d->early & EARLY_END)
		server_deny(d->conn->server, TRAIT_EARLY_END, NULL);
	if (d->early & EARLY_EPSV)
		server_deny(d->conn->server, TRAIT_EPSV_AHEAD, NULL);
}

/*
 * A refusal of the TLS session: the next data connection has a newer ticket to
 * offer, if one has come on the control connection meanwhile.
 */
static bool
has_newer_ticket(const struct data *d)
{
	return d->conn->protected_data &&
	    tls_peer_tickets(d->conn->peer) != d->tickets;
}

/* What a failed transfer tells of the server and the control connection. */
static void
conclude(struct data *d, enum verdict v, const struct err *err)
{
	if (v == VERDICT_WHOLE || v == VERDICT_TO_LOOK)
		return;
	blame_haste(d);
	/* After a refusal: a new login brings new tickets, too. */
	if (d->final == 0 || v == VERDICT_ASTRAY || (v == VERDICT_REFUSED &&
	    verdict_blames_connection(err) && !has_newer_ticket(d)))
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
	blame_haste(d);
	if (!is_settled(d))
		control_kill(d->conn->control);
	data_free(d);
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
	if (d->final == 0)
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
	if (d->final == 0)
		control_kill(c->control);
	data_free(d);
}

void
data_ask_ahead(struct data *d)
{
	if (d->more && passive_ask_ahead(d->conn))
		d->early |= EARLY_EPSV;
}
