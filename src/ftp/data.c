/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ftp/data.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "ftp/verdict.h"
#include "listing/admits.h"
#include "net/dial.h"
#include "net/listen.h"
#include "net/stream.h"
#include "net/wait.h"

enum {
	DATA_BUFFER = 256 * 1024,
	DRAIN_MS = 5000,	/* for the server's end of an upload */
	REASON_MS = 2000,	/* for the reply after a broken connection */
	PRELIMINARY_MAX = 100,
	BUSY_TRIES = 3,		/* EPSV or PASV again, after pauses of */
	BUSY_MS = 100,		/* this, doubling */
	EPSV_PATIENCE = 3,	/* times control_patience() */
	AHEAD_MS = 30 * 1000,	/* how long a port is believed to be open */
};

struct data {
	struct conn *conn;
	struct stream *stream;
	struct listener *listener;	/* active mode, until accepted */
	const char *verb;
	bool upload;
	bool more;		/* another transfer will follow */
	bool asked_ahead;	/* EPSV for it was sent */
	bool by_ahead;		/* an EPSV sent ahead served this one */
	bool ended_early;	/* our close_notify went ahead of the data */
	bool resumed_before;	/* earlier data connections were resumed */
	bool up;		/* secured, but the command is in doubt */
	bool unproven;		/* EPSV and command at once may not work */
	int64_t overdue;	/* when its answer is, then */
	int begun;		/* how many 1yz replies came */
	int final;		/* code of the final reply, or 0 */
	int refusal;		/* code of what EPSV or PASV was refused by */
	char say[REPLY_SAY_MAX];	/* its words */
	char gap[128];		/* those that admit one in a listing, or "" */
	int64_t announced;
	int64_t bytes;
	int64_t stall;		/* deadline without progress */
	bool moves;		/* there was some */
	char address[16];	/* passive: that of a 227 reply, or "" */
	int port;		/* passive: the server's */
	uint64_t moved;		/* stream_moved() when it was set */
};

/*
 * A transfer failed.  What went out early, its end or the next one's EPSV, may
 * be why: other servers of that name, or something in front of them, take
 * these for a wish to stop.
 */
static void
failed(struct data *d)
{
	if (d->ended_early)
		server_deny(d->conn->server, TRAIT_EARLY_END, NULL);
	if (d->asked_ahead)
		server_deny(d->conn->server, TRAIT_EPSV_AHEAD, NULL);
}

static void
data_free(struct data *d)
{
	stream_free(d->stream);
	listen_close(d->listener);
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

/* Of a data connection that cannot be made: where to or from, what to do. */
static int
unreachable(const struct data *d, struct err *err)
{
	const struct stream *control = control_stream(d->conn->control);
	bool ours = err->sys == EMFILE || err->sys == ENFILE;
	char host[64];

	if (d->listener != NULL) {
		err_prefix(err, "no data connection (active, from the server "
		    "to %s port %d)", listen_host(d->listener),
		    listen_port(d->listener));
		return ours ? -1 :
		    err_append(err, "; a firewall? try --passive");
	}
	dial_peer_name(stream_fd(control), host, sizeof(host));
	err_prefix(err, "no data connection (passive, to %s port %d)",
	    d->address[0] != '\0' ? d->address : host, d->port);
	return ours ? -1 : err_append(err, "; a firewall? try -A%s",
	    stream_is_ipv6(control) ? " or -4" : "");
}

/* Whether a byte has moved over the data connection. */
static bool
is_up(const struct data *d)
{
	return d->moves || (d->stream != NULL && stream_moved(d->stream) > 0);
}

/* The refusal of a command or transfer as an error. */
static int
refused(const struct data *d, struct err *err)
{
	verdict_refusal(d->final, d->say, d->conn->protected_data, err);
	/* In passive mode it is our handshake that failed. */
	return d->final == 425 && d->listener != NULL ?
	    unreachable(d, err) : -1;
}

static int
stalled(const struct data *d, struct err *err)
{
	const struct settings *set = &d->conn->site->set;
	bool dialing = !d->moves && d->listener == NULL;
	char time[32];

	text_duration(time, sizeof(time), (dialing ? set->connect_timeout :
	    set->timeout) / 1000);
	err_set(err, ERR_TIMEOUT, d->moves && d->listener == NULL ?
	    "no progress on the data connection for %s (setting %s)" :
	    "no answer within %s (setting %s)", time,
	    dialing ? "connect-timeout" : "timeout");
	return d->moves && d->listener == NULL ? -1 : unreachable(d, err);
}

/* Whether the command may never have been read. */
static bool
is_doubtful(const struct data *d)
{
	return d->unproven && d->begun == 0 && d->final == 0 && d->bytes == 0;
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

/* Waits for either connection, within the stall limit. */
static int
wait_both(struct data *d, struct err *err)
{
	struct pollfd pfd[2];
	uint64_t moved;
	int64_t limit;
	int rc;

	stream_pollfd(control_stream(d->conn->control), &pfd[0]);
	if (d->final != 0)
		pfd[0].fd = -1;
	if (d->stream != NULL) {
		moved = stream_moved(d->stream);
		if (moved > d->moved) {
			d->moved = moved;
			made_progress(d);
		}
		stream_pollfd(d->stream, &pfd[1]);
	} else {
		pfd[1].fd = listen_fd(d->listener);
		pfd[1].events = POLLIN;
	}
	/* It is only the answer that is awaited. */
	if (d->up)
		pfd[1].fd = -1;
	limit = is_doubtful(d) && d->overdue < d->stall ? d->overdue :
	    d->stall;
	rc = net_wait(pfd, 2, limit, d->conn->cancel, err);
	if (rc == 0)
		return too_late(d, err);
	return rc < 0 ? -1 : 0;
}

static int
secure(struct data *d, struct err *err)
{
	if (!d->conn->protected_data)
		return 0;
	return stream_start_tls(d->stream, d->conn->peer, TLS_DATA, err);
}

static int
accepted(struct data *d, struct err *err)
{
	int fd;

	fd = listen_try_accept(d->listener,
	    stream_fd(control_stream(d->conn->control)), err);
	if (fd < 0)
		return fd;
	listen_close(d->listener);
	d->listener = NULL;
	made_progress(d);
	d->stream = stream_new(fd, DATA_BUFFER);
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
	stream_free(d->stream);
	d->stream = NULL;
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

	stream_free(d->stream);
	d->stream = NULL;
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

	if (d->stream == NULL && (rc = accepted(d, err)) != 0)
		return rc;
	return stream_try_handshake(d->stream, err);
}

/*
 * A server that resumed sessions before and does not now may not be the one
 * we think it is; a new login decides (FileZilla Server and ProFTPD also stop
 * resuming when their tickets have become too old).
 */
static int
check_resumed(struct data *d, struct err *err)
{
	if (!d->conn->protected_data || !d->resumed_before ||
	    d->conn->site->set.tls_resume == TLS_RESUME_OFF ||
	    stream_resumed(d->stream))
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
		unreachable(d, err);
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
	int rc;

	d->stall = deadline_in(d->listener != NULL ? set->timeout :
	    set->connect_timeout);
	deadline = d->stall + set->timeout;
	d->overdue = deadline_in(control_patience(d->conn->control));
	for (;;) {
		if (hear(d, err) < 0)
			return -1;
		/* 425 may be there before we know that nobody answers. */
		if (d->final >= 300 && (d->final != 425 ||
		    d->stream == NULL || come_up(d, err) != -1))
			return refused(d, err);
		rc = d->final >= 300 ? -1 : come_up(d, err);
		/* Bytes of which nobody knows would be lost, or a stream. */
		d->up = rc == 0 && d->upload && is_doubtful(d);
		if (rc == 0 && !d->up) {
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
		if (wait_both(d, err) != 0)
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

/* The answers to a command that was sent behind a refused EPSV. */
static int
swallow(struct conn *c, struct err *err)
{
	int64_t deadline = conn_soon(c);
	struct reply *r;

	do {
		if (control_reply(c->control, deadline, &r, err) != 0)
			return -1;
	} while (r->code < 200);
	return 0;
}

/* Takes over fd, -1: the connection could not be made. */
static int
begin(struct data *d, int fd, struct err *err)
{
	if (fd == -1 && err->sys == ENOTCONN)
		return err_set(err, ERR_NETWORK,
		    "connection reset by the server");
	if (fd == -1)
		return err->kind == ERR_NETWORK || err->kind == ERR_TIMEOUT ?
		    unreachable(d, err) : -1;
	d->stream = stream_new(fd, DATA_BUFFER);
	return secure(d, err);
}

static int
dial_port(const struct conn *c, int port, struct err *err)
{
	return dial_peer_port(stream_fd(control_stream(c->control)), port,
	    err);
}

static int
dial_passive(const struct conn *c, const char *address, int port,
    struct err *err)
{
	if (c->site->set.passive_address != PASSIVE_REPLY)
		return dial_port(c, port, err);
	return dial_address(stream_fd(control_stream(c->control)), address,
	    port, err);
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

/* Over fd; sent: the command has left.  0 or -1. */
static int
open_over(struct data *d, const struct data_request *rq, int fd, bool sent,
    struct err *err)
{
	if (begin(d, fd, err) != 0)
		return -1;
	if (sent)
		return hear_rest(d->conn, rq, err);
	return restart(d, rq, err) != 0 ? -1 : send_command(d->conn, rq, err);
}

static void
deny_ahead(struct conn *c, const struct reply *r)
{
	server_deny(c->server, c->ahead.at_login ? TRAIT_EPSV_AT_LOGIN :
	    TRAIT_EPSV_AHEAD, r);
}

static void
note_port(void *ctx, const struct reply *r)
{
	struct conn *c = ctx;
	struct err ignored = ERR_INIT;

	c->ahead.answered = true;
	c->ahead.port = 0;
	if (r == NULL)
		return;
	c->ahead.astray = r->code / 100 == 2 && r->code != 229;
	if (r->code != 229 || reply_epsv(r, &c->ahead.port) != 0)
		deny_ahead(c, r);
	else if (c->ahead.at_login)
		c->ahead.fd = dial_port(c, c->ahead.port, &ignored);
}

static int
send_ahead(struct conn *c, bool at_login, struct err *err)
{
	if (control_send_for(c->control, note_port, c, err, "EPSV") != 0)
		return -1;
	control_blame(c->control,
	    at_login ? TRAIT_EPSV_AT_LOGIN : TRAIT_EPSV_AHEAD);
	c->ahead = (struct ahead){
		.sent = true, .since = clock_ms(), .at_login = at_login,
		.fd = -1,
	};
	return 0;
}

static bool
wants_epsv(const struct conn *c)
{
	switch (c->site->set.passive_command) {
	case PASSIVE_AUTO:
		break;
	case PASSIVE_EPSV:
		return true;
	case PASSIVE_PASV:
		return stream_is_ipv6(control_stream(c->control));
	}
	return server_has(c->server, TRAIT_EPSV);
}

int
data_ask_at_login(struct conn *c, struct err *err)
{
	if (!server_has(c->server, TRAIT_EPSV_AT_LOGIN) || !wants_epsv(c) ||
	    c->site->set.mode != MODE_PASSIVE)
		return 0;
	return send_ahead(c, true, err);
}

static bool
takes_ahead(const struct conn *c)
{
	return server_has(c->server, TRAIT_EPSV_AHEAD) &&
	    server_shown(c->server, TRAIT_EPSV, PROOF_SEEN) &&
	    conn_flights(c) && wants_epsv(c) &&
	    c->site->set.mode == MODE_PASSIVE;
}

/* EPSV for the next transfer, if there is one to come. */
static void
ask_ahead(struct data *d)
{
	struct conn *c = d->conn;
	struct err ignored = ERR_INIT;

	if (!d->more || c->ahead.sent || !takes_ahead(c))
		return;
	d->asked_ahead = send_ahead(c, false, &ignored) == 0;
}

/* By an EPSV that was sent ahead: 0, 1 if there is none of use, -1. */
static int
open_ahead(struct data *d, const struct data_request *rq, struct err *err)
{
	struct conn *c = d->conn;
	int fd;

	if (!c->ahead.sent)
		return 1;
	if (control_await(c->control, &c->ahead.answered, conn_soon(c),
	    err) != 0)
		return -1;
	if (c->ahead.astray) {
		control_kill(c->control);
		return err_set(err, ERR_NETWORK,
		    "answers are out of step with commands");
	}
	c->ahead.sent = false;
	fd = c->ahead.fd;
	c->ahead.fd = -1;
	if (c->ahead.port == 0 || clock_ms() - c->ahead.since > AHEAD_MS) {
		if (fd != -1)
			close(fd);
		return 1;
	}
	server_learn(c->server, TRAIT_EPSV, true, PROOF_SEEN, NULL);
	d->by_ahead = true;
	d->port = c->ahead.port;
	if (fd == -1)
		fd = dial_port(c, c->ahead.port, err);
	return open_over(d, rq, fd, false, err);
}

/*
 * EPSV without an answer: a firewall that does not know it (mostly of IPv4)
 * may be in the way.
 */
static int
no_epsv(struct conn *c, struct err *err)
{
	if (err->kind != ERR_NETWORK && err->kind != ERR_TIMEOUT)
		return -1;
	if (err->kind == ERR_NETWORK)
		err_append(err, " in place of an answer to EPSV");
	if (!stream_is_ipv6(control_stream(c->control)) &&
	    !server_shown(c->server, TRAIT_EPSV, PROOF_SEEN) &&
	    !control_went_astray(c->control))
		server_learn(c->server, TRAIT_EPSV, false, PROOF_SEEN,
		    err->msg);
	return -1;
}

/* When to stop waiting for an answer to EPSV, which takes nobody long. */
static int64_t
epsv_deadline(const struct conn *c)
{
	int64_t soon = conn_soon(c), short_one;

	short_one = deadline_in(EPSV_PATIENCE *
	    control_patience(c->control));
	return server_shown(c->server, TRAIT_EPSV, PROOF_SEEN) ||
	    soon < short_one ? soon : short_one;
}

static void
note_refusal(struct data *d, const struct reply *r)
{
	reply_say(r, d->say, sizeof(d->say));
	d->refusal = r->code;
}

/*
 * EPSV, with the command behind it where that is known to work: 0, 1 refused,
 * -1.
 */
static int
ask_epsv(struct data *d, const struct data_request *rq, bool alone,
    struct err *err)
{
	struct conn *c = d->conn;
	struct reply *r;
	bool sent;
	int port;

	sent = !alone && conn_flights(c) && rests_ahead(c, rq) &&
	    server_shown(c->server, TRAIT_EPSV, PROOF_TOLD_UNDER_TLS);
	if (control_send(c->control, err, "EPSV") != 0 ||
	    (sent && (send_rest(c, rq, err) != 0 ||
	    send_command(c, rq, err) != 0)))
		return -1;
	if (control_reply(c->control, epsv_deadline(c), &r, err) != 0)
		return no_epsv(c, err);
	if (r->code == 229 && reply_epsv(r, &port) == 0) {
		server_learn(c->server, TRAIT_EPSV, true, PROOF_SEEN, NULL);
		c->had_port = true;
		d->port = port;
		d->unproven = sent && !server_flew(c->server, rq->verb);
		return open_over(d, rq, dial_port(c, port, err), sent, err);
	}
	/* A transient trouble (no port free) is not ignorance. */
	if (r->code / 100 == 4)
		return err_set(err, ERR_NETWORK, "no data connection: %s",
		    reply_say(r, d->say, sizeof(d->say)));
	note_refusal(d, r);
	if (sent && rq->offset > 0 && swallow(c, err) != 0)
		return -1;
	if (sent && swallow(c, err) != 0)
		return -1;
	return 1;
}

/*
 * EPSV or PASV (t) was refused, and worked before: that concerns this
 * connection (LightFTP right behind a 226: "550 Another action is in
 * progress").  Whether it is to be asked again, after a pause.
 */
static bool
ask_again(struct data *d, enum trait t, int *tries)
{
	struct err ignored = ERR_INIT;

	return server_shown(d->conn->server, t, PROOF_SEEN) &&
	    *tries < BUSY_TRIES &&
	    net_sleep(BUSY_MS << (*tries)++, d->conn->cancel, &ignored) == 0;
}

/* Still refused: 1 there may be another way, -1. */
static int
no_port(struct data *d, enum trait t, struct err *err)
{
	struct conn *c = d->conn;

	if (c->had_port && server_shown(c->server, t, PROOF_SEEN)) {
		control_kill(c->control);
		return err_set(err, ERR_NETWORK, "no data connection: %s",
		    d->say);
	}
	server_learn(c->server, t, false, PROOF_SEEN, d->say);
	return 1;
}

static int
open_epsv(struct data *d, const struct data_request *rq, struct err *err)
{
	int rc, tries = 0;

	do {
		rc = ask_epsv(d, rq, tries > 0, err);
	} while (rc == 1 && ask_again(d, TRAIT_EPSV, &tries));
	return rc == 1 ? no_port(d, TRAIT_EPSV, err) : rc;
}

/* 0, 1 refused, -1. */
static int
ask_pasv(struct data *d, const struct data_request *rq, struct err *err)
{
	struct conn *c = d->conn;
	struct reply *r;
	char address[16];
	int port;

	if (control_send(c->control, err, "PASV") != 0 ||
	    control_reply(c->control, conn_soon(c), &r, err) != 0)
		return -1;
	if (r->code >= 500) {
		note_refusal(d, r);
		return 1;
	}
	if (r->code >= 400)
		return reply_error(r, err, "no passive data connection");
	if (r->code != 227 || reply_pasv(r, address, &port) != 0) {
		/* Answers may be out of step: begin anew. */
		control_kill(c->control);
		return err_set(err, ERR_PROTOCOL, "answer to PASV makes no "
		    "sense: %s", reply_say(r, d->say, sizeof(d->say)));
	}
	server_learn(c->server, TRAIT_PASV, true, PROOF_SEEN, NULL);
	c->had_port = true;
	d->port = port;
	if (c->site->set.passive_address == PASSIVE_REPLY)
		strlcpy(d->address, address, sizeof(d->address));
	if (begin(d, dial_passive(c, address, port, err), err) != 0 ||
	    restart(d, rq, err) != 0)
		return -1;
	return send_command(c, rq, err);
}

static int
open_pasv(struct data *d, const struct data_request *rq, struct err *err)
{
	struct conn *c = d->conn;
	int rc, tries = 0;

	if (stream_is_ipv6(control_stream(c->control)))
		return err_set(err, ERR_PROTOCOL, "server has no EPSV, which "
		    "IPv6 needs; try -4");
	do {
		rc = ask_pasv(d, rq, err);
	} while (rc == 1 && ask_again(d, TRAIT_PASV, &tries));
	if (rc != 1 || no_port(d, TRAIT_PASV, err) < 0)
		return rc == 1 ? -1 : rc;
	err_set(err, ERR_REFUSED, "no passive data connection: %s", d->say);
	err_note_reply(err, d->refusal, d->say);
	return -1;
}

static int
send_port(struct data *d, struct err *err)
{
	const char *host = listen_host(d->listener);
	int port = listen_port(d->listener);
	char comma[64];
	size_t i;

	if (listen_is_ipv6(d->listener))
		return control_send(d->conn->control, err, "EPRT |2|%s|%d|",
		    host, port);
	strlcpy(comma, host, sizeof(comma));
	for (i = 0; comma[i] != '\0'; i++)
		if (comma[i] == '.')
			comma[i] = ',';
	return control_send(d->conn->control, err, "PORT %s,%d,%d", comma,
	    port >> 8, port & 0xff);
}

/* Looked up once a connection. */
static int
find_address(struct conn *c, struct err *err)
{
	const char *name = c->site->set.active_address;

	if (name == NULL || c->active_address != NULL)
		return 0;
	c->active_address = listen_resolve(
	    stream_fd(control_stream(c->control)), name, conn_soon(c),
	    c->cancel, err);
	return c->active_address != NULL ? 0 : -1;
}

static int
open_active(struct data *d, const struct data_request *rq, struct err *err)
{
	const struct settings *set = &d->conn->site->set;
	struct conn *c = d->conn;
	struct listen_options o = { .lo = set->active_port_lo,
	    .hi = set->active_port_hi, .deadline = conn_soon(c),
	    .cancel = c->cancel };
	struct reply *r;

	if (find_address(c, err) != 0)
		return -1;
	o.host = c->active_address;
	d->listener = listen_open(stream_fd(control_stream(c->control)), &o,
	    err);
	if (d->listener == NULL || send_port(d, err) != 0 ||
	    control_reply(c->control, conn_soon(c), &r, err) != 0)
		return -1;
	if (r->code / 100 != 2)
		return reply_error(r, err, "no active data connection");
	if (restart(d, rq, err) != 0)
		return -1;
	return send_command(c, rq, err);
}

static int
open_either(struct data *d, const struct data_request *rq, struct err *err)
{
	int rc;

	if (d->conn->site->set.mode == MODE_ACTIVE)
		return open_active(d, rq, err);
	rc = open_ahead(d, rq, err);
	if (rc == 1 && wants_epsv(d->conn))
		rc = open_epsv(d, rq, err);
	if (rc == 1 && d->conn->site->set.passive_command == PASSIVE_EPSV)
		return err_set(err, ERR_REFUSED, "no passive data connection: "
		    "%s (setting passive-command)", d->say);
	return rc == 1 ? open_pasv(d, rq, err) : rc;
}

/* Sent ahead of the data, our close_notify saves a round trip. */
static void
end_early(struct data *d)
{
	struct err ignored = ERR_INIT;

	if (!server_has(d->conn->server, TRAIT_EARLY_END) || d->upload ||
	    !d->conn->protected_data || !conn_flights(d->conn))
		return;
	d->ended_early = true;
	(void)stream_try_finish(d->stream, &ignored);
}

/*
 * The port that the server named cannot be reached, and none ever could: it
 * may be EPSV that a firewall does not understand, or IPv6 that the server's
 * ports are not open for.
 */
static void
nowhere(struct data *d, const struct err *err)
{
	struct conn *c = d->conn;

	if ((err->kind != ERR_NETWORK && err->kind != ERR_TIMEOUT) ||
	    control_went_astray(c->control) ||
	    server_shown(c->server, TRAIT_PORTS, PROOF_SEEN))
		return;
	if (stream_is_ipv6(control_stream(c->control))) {
		server_learn(c->server, TRAIT_IPV6, false, PROOF_SEEN,
		    err->msg);
		control_kill(c->control);
	} else {
		server_learn(c->server, TRAIT_EPSV, false, PROOF_SEEN,
		    err->msg);
	}
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
	d->resumed_before = c->peer != NULL && tls_peer_resumes(c->peer);
	if ((rq->offset == 0 ||
	    control_go(c->control, rq->verb, rq->path, err) >= 0) &&
	    open_either(d, rq, err) == 0 && bring_up(d, err) == 0) {
		server_learn(c->server, TRAIT_PORTS, true, PROOF_SEEN, NULL);
		end_early(d);
		if (!d->upload && server_has(c->server, TRAIT_EPSV_DURING))
			ask_ahead(d);
		*out = d;
		return 0;
	}
	if (d->port != 0 && !is_up(d))
		nowhere(d, err);
	/* Ports that were opened early may be closed early. */
	if (d->by_ahead && (err->kind != ERR_REFUSED || verdict_blames_connection(err)))
		deny_ahead(c, NULL);
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
	ssize_t got = stream_try_read(d->stream, buf, n, err);

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
		put = stream_try_write(d->stream, p, n, err);
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

	while ((rc = stream_try_finish(d->stream, err)) == STREAM_AGAIN)
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
		while ((n = stream_try_read(d->stream, buf, sizeof(buf),
		    &err)) > 0)
			continue;
		/* Their side's end may have come long before ours. */
		if (n == 0)
			n = stream_try_discard(d->stream, &err);
		if (n != STREAM_AGAIN || hear(d, &err) != 0)
			return;
		stream_pollfd(control_stream(d->conn->control), &pfd[0]);
		stream_pollfd(d->stream, &pfd[1]);
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
		(void)stream_try_finish(d->stream, &ignored);
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
	struct conn *c = d->conn;
	struct err ignored = ERR_INIT;

	if (!d->asked_ahead)
		return false;
	(void)control_await(c->control, &c->ahead.answered, conn_soon(c),
	    &ignored);
	return c->ahead.astray || control_lost_step(c->control);
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
		.end = stream_ended(d->stream),
		.eof = d->conn->site->set.tls_eof,
		.expected = expected, .words = d->say,
	};
	enum verdict v;

	in.lost = end_ours(d, err) != 0;
	stream_free(d->stream);
	d->stream = NULL;
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
