/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ftp/passive.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "ftp/conn.h"
#include "ftp/verdict.h"
#include "net/dial.h"
#include "net/wait.h"

enum {
	DATA_BUFFER = 256 * 1024,
	BUSY_TRIES = 3,		/* EPSV or PASV again, after pauses of */
	BUSY_MS = 100,		/* this, doubling */
	EPSV_PATIENCE = 3,	/* times control_patience() */
	AHEAD_MS = 30 * 1000,	/* how long a port is believed to be open */
};

/* What is being asked of the server, and its latest answer. */
struct asking {
	struct conn *c;
	const struct passive_behind *behind;
	struct passive *p;
	int code;
	char say[REPLY_SAY_MAX];
};

static int
control_fd(const struct conn *c)
{
	return stream_fd(control_stream(c->control));
}

static bool
is_ipv6(const struct conn *c)
{
	return stream_is_ipv6(control_stream(c->control));
}

int
passive_unreachable(const struct conn *c, const struct passive *p,
    struct err *err)
{
	bool ours = err->sys == EMFILE || err->sys == ENFILE;
	char host[64];

	if (p->listener != NULL) {
		err_prefix(err, "no data connection (active, from the server "
		    "to %s port %d)", listen_host(p->listener),
		    listen_port(p->listener));
		return ours ? -1 :
		    err_append(err, "; a firewall? try --passive");
	}
	dial_peer_name(control_fd(c), host, sizeof(host));
	err_prefix(err, "no data connection (passive, to %s port %d)",
	    *p->address != '\0' ? p->address : host, p->port);
	return ours ? -1 : err_append(err, "; a firewall? try -A%s",
	    is_ipv6(c) ? " or -4" : "");
}

/* Takes over fd, -1: the connection could not be begun. */
static int
take_fd(const struct conn *c, struct passive *p, int fd, struct err *err)
{
	if (fd == -1 && err->sys == ENOTCONN)
		return err_set(err, ERR_NETWORK,
		    "connection reset by the server");
	if (fd == -1)
		return err->kind == ERR_NETWORK || err->kind == ERR_TIMEOUT ?
		    passive_unreachable(c, p, err) : -1;
	p->stream = stream_new(fd, DATA_BUFFER);
	return 0;
}

static int
dial_passive(const struct conn *c, const char *address, int port,
    struct err *err)
{
	if (c->site->set.passive_address != PASSIVE_REPLY)
		return dial_peer_port(control_fd(c), port, err);
	return dial_address(control_fd(c), address, port, err);
}

static void
note_answer(struct asking *a, const struct reply *r)
{
	reply_say(r, a->say, sizeof(a->say));
	a->code = r->code;
}

/*
 * It was refused, and worked before: that concerns this connection (LightFTP
 * right behind a 226: "550 Another action is in progress").  Whether it (EPSV
 * or PASV: t) is to be asked again, after a pause.
 */
static bool
ask_again(const struct asking *a, enum trait t, int *tries)
{
	struct err ignored = ERR_INIT;

	return server_shown(a->c->server, t, PROOF_SEEN) &&
	    *tries < BUSY_TRIES &&
	    net_sleep(BUSY_MS << (*tries)++, a->c->cancel, &ignored) == 0;
}

/* Still refused: 1 there may be another way, -1. */
static int
give_up(const struct asking *a, enum trait t, struct err *err)
{
	struct conn *c = a->c;

	if (c->had_port && server_shown(c->server, t, PROOF_SEEN)) {
		control_kill(c->control);
		return err_set(err, ERR_NETWORK, "no data connection: %s",
		    a->say);
	}
	server_learn(c->server, t, false, PROOF_SEEN, a->say);
	return 1;
}

/*
 * EPSV without an answer: a firewall that does not know it (mostly of IPv4)
 * may be in the way.
 */
static int
blame_epsv(struct conn *c, struct err *err)
{
	if (err->kind != ERR_NETWORK && err->kind != ERR_TIMEOUT)
		return -1;
	if (err->kind == ERR_NETWORK)
		err_append(err, " in place of an answer to EPSV");
	if (!is_ipv6(c) && !server_shown(c->server, TRAIT_EPSV, PROOF_SEEN) &&
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

/* The answers to n commands that were sent behind a refused EPSV. */
static int
swallow(struct conn *c, int n, struct err *err)
{
	int64_t deadline;
	struct reply *r;

	for (; n > 0; n--) {
		deadline = conn_soon(c);
		do {
			if (control_reply(c->control, deadline, &r, err) != 0)
				return -1;
		} while (r->code < 200);
	}
	return 0;
}

/* sent: the commands behind EPSV were. */
static int
follow_epsv(struct asking *a, int port, bool sent, struct err *err)
{
	struct conn *c = a->c;
	struct passive *p = a->p;

	server_learn(c->server, TRAIT_EPSV, true, PROOF_SEEN, NULL);
	c->had_port = true;
	p->port = port;
	if (sent)
		p->flight = server_flew(c->server, a->behind->verb) ?
		    PASSIVE_FLIGHT : PASSIVE_TRIAL;
	return take_fd(c, p, dial_peer_port(control_fd(c), port, err), err);
}

/*
 * EPSV, with the commands behind it where that is known to work, unless it
 * shall go alone: 0, 1 refused, -1.
 */
static int
ask_epsv(struct asking *a, bool alone, struct err *err)
{
	const struct passive_behind *behind = a->behind;
	struct conn *c = a->c;
	struct reply *r;
	bool sent;
	int port;

	sent = !alone && behind != NULL && conn_flights(c) &&
	    server_shown(c->server, TRAIT_EPSV, PROOF_TOLD_UNDER_TLS);
	if (control_send(c->control, err, "EPSV") != 0 ||
	    (sent && behind->send(behind->ctx, err) != 0))
		return -1;
	if (control_reply(c->control, epsv_deadline(c), &r, err) != 0)
		return blame_epsv(c, err);
	if (reply_epsv(r, &port) == 0)
		return follow_epsv(a, port, sent, err);
	note_answer(a, r);
	/* A transient trouble (no port free) is not ignorance. */
	if (reply_class(r->code) == 4)
		return err_set(err, ERR_NETWORK, "no data connection: %s",
		    a->say);
	return !sent || swallow(c, behind->n, err) == 0 ? 1 : -1;
}

static int
open_epsv(struct asking *a, struct err *err)
{
	int rc, tries = 0;

	do {
		rc = ask_epsv(a, tries > 0, err);
	} while (rc == 1 && ask_again(a, TRAIT_EPSV, &tries));
	return rc == 1 ? give_up(a, TRAIT_EPSV, err) : rc;
}

/* 0, 1 refused, -1. */
static int
ask_pasv(struct asking *a, struct err *err)
{
	struct conn *c = a->c;
	struct passive *p = a->p;
	struct reply *r;
	char address[16];
	int port;

	if (control_send(c->control, err, "PASV") != 0 ||
	    control_reply(c->control, conn_soon(c), &r, err) != 0)
		return -1;
	note_answer(a, r);
	if (r->code >= 500)
		return 1;
	if (r->code >= 400)
		return reply_error(r, err, "no passive data connection");
	if (reply_pasv(r, address, &port) != 0) {
		/* Answers may be out of step: begin anew. */
		control_kill(c->control);
		return err_set(err, ERR_PROTOCOL, "answer to PASV makes no "
		    "sense: %s", a->say);
	}
	server_learn(c->server, TRAIT_PASV, true, PROOF_SEEN, NULL);
	c->had_port = true;
	p->port = port;
	if (c->site->set.passive_address == PASSIVE_REPLY)
		strlcpy(p->address, address, sizeof(p->address));
	return take_fd(c, p, dial_passive(c, address, port, err), err);
}

static int
open_pasv(struct asking *a, struct err *err)
{
	int rc, tries = 0;

	if (is_ipv6(a->c))
		return err_set(err, ERR_PROTOCOL, "server has no EPSV, which "
		    "IPv6 needs; try -4");
	do {
		rc = ask_pasv(a, err);
	} while (rc == 1 && ask_again(a, TRAIT_PASV, &tries));
	if (rc != 1)
		return rc;
	if (give_up(a, TRAIT_PASV, err) != 1)
		return -1;
	err_set(err, ERR_REFUSED, "no passive data connection: %s", a->say);
	err_note_reply(err, a->code, a->say);
	return -1;
}

/* EPRT (RFC 2428, 2) or PORT. */
static int
send_port(struct conn *c, const struct listener *l, struct err *err)
{
	int port = listen_port(l);
	char comma[64];
	size_t i;

	if (listen_is_ipv6(l))
		return control_send(c->control, err, "EPRT |2|%s|%d|",
		    listen_host(l), port);
	strlcpy(comma, listen_host(l), sizeof(comma));
	for (i = 0; comma[i] != '\0'; i++)
		if (comma[i] == '.')
			comma[i] = ',';
	return control_send(c->control, err, "PORT %s,%d,%d", comma,
	    port >> 8, port & 0xff);
}

/* Looked up once a connection. */
static int
find_address(struct conn *c, struct err *err)
{
	const char *name = c->site->set.active_address;

	if (name == NULL || c->active_address != NULL)
		return 0;
	c->active_address = listen_resolve(control_fd(c), name, conn_soon(c),
	    c->cancel, err);
	return c->active_address != NULL ? 0 : -1;
}

static int
open_active(struct conn *c, struct passive *p, struct err *err)
{
	const struct settings *set = &c->site->set;
	struct listen_options o = { .lo = set->active_port_lo,
	    .hi = set->active_port_hi, .deadline = conn_soon(c),
	    .cancel = c->cancel };
	struct reply *r;

	if (find_address(c, err) != 0)
		return -1;
	o.host = c->active_address;
	p->listener = listen_open(control_fd(c), &o, err);
	if (p->listener == NULL || send_port(c, p->listener, err) != 0 ||
	    control_reply(c->control, conn_soon(c), &r, err) != 0)
		return -1;
	return reply_class(r->code) == 2 ? 0 :
	    reply_error(r, err, "no active data connection");
}

int
passive_try_accept(struct conn *c, struct passive *p, struct err *err)
{
	int fd;

	fd = listen_try_accept(p->listener, control_fd(c), err);
	if (fd < 0)
		return fd;
	listen_close(p->listener);
	p->listener = NULL;
	p->stream = stream_new(fd, DATA_BUFFER);
	return 0;
}

static void
deny_ahead(const struct conn *c, const struct reply *r)
{
	server_deny(c->server, c->ahead.at_login ? TRAIT_EPSV_AT_LOGIN :
	    TRAIT_EPSV_AHEAD, r);
}

static void
note_port(void *ctx, const struct reply *r)
{
	struct conn *c = ctx;
	struct ahead *a = &c->ahead;

	a->answered = true;
	a->state = AHEAD_REFUSED;
	if (r == NULL)
		return;
	if (reply_epsv(r, &a->port) == 0) {
		a->state = AHEAD_PORT;
		return;
	}
	if (reply_class(r->code) == 2 && r->code != 229)
		a->state = AHEAD_ASTRAY;
	deny_ahead(c, r);
}

static int
send_ahead(struct conn *c, bool at_login, struct err *err)
{
	if (control_send_for(c->control, note_port, c, err, "EPSV") != 0)
		return -1;
	control_blame(c->control,
	    at_login ? TRAIT_EPSV_AT_LOGIN : TRAIT_EPSV_AHEAD);
	c->ahead = (struct ahead){
		.state = AHEAD_SENT, .since = clock_ms(),
		.at_login = at_login, .fd = -1,
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
		return is_ipv6(c);
	}
	return server_has(c->server, TRAIT_EPSV);
}

int
passive_ask_at_login(struct conn *c, struct err *err)
{
	if (!server_has(c->server, TRAIT_EPSV_AT_LOGIN) || !wants_epsv(c) ||
	    c->site->set.mode != MODE_PASSIVE)
		return 0;
	return send_ahead(c, true, err);
}

bool
passive_ask_ahead(struct conn *c)
{
	struct err ignored = ERR_INIT;

	return c->ahead.state == AHEAD_NONE &&
	    server_has(c->server, TRAIT_EPSV_AHEAD) &&
	    server_shown(c->server, TRAIT_EPSV, PROOF_SEEN) &&
	    conn_flights(c) && wants_epsv(c) &&
	    c->site->set.mode == MODE_PASSIVE &&
	    send_ahead(c, false, &ignored) == 0;
}

const bool *
passive_awaited(const struct conn *c)
{
	const struct ahead *a = &c->ahead;

	return a->at_login && (a->state == AHEAD_SENT ||
	    a->state == AHEAD_PORT) ? &a->answered : NULL;
}

void
passive_dial_ahead(struct conn *c)
{
	struct err ignored = ERR_INIT;

	if (!c->ahead.at_login || c->ahead.state != AHEAD_PORT)
		return;
	c->ahead.fd = dial_peer_port(control_fd(c), c->ahead.port, &ignored);
	c->ahead.state = AHEAD_DIALED;
}

bool
passive_went_astray(struct conn *c)
{
	struct err ignored = ERR_INIT;

	(void)control_await(c->control, &c->ahead.answered, conn_soon(c),
	    &ignored);
	return c->ahead.state == AHEAD_ASTRAY || control_lost_step(c->control);
}

/* By an EPSV that was sent ahead: 0, 1 if there is none of use, -1. */
static int
open_ahead(struct conn *c, struct passive *p, struct err *err)
{
	struct ahead a;

	if (c->ahead.state == AHEAD_NONE)
		return 1;
	if (control_await(c->control, &c->ahead.answered, conn_soon(c),
	    err) != 0)
		return -1;
	if (c->ahead.state == AHEAD_ASTRAY) {
		control_kill(c->control);
		return err_set(err, ERR_NETWORK,
		    "answers are out of step with commands");
	}
	a = c->ahead;
	c->ahead.state = AHEAD_NONE;
	c->ahead.fd = -1;
	if (a.state == AHEAD_REFUSED || clock_ms() - a.since > AHEAD_MS) {
		if (a.fd != -1)
			close(a.fd);
		return 1;
	}
	server_learn(c->server, TRAIT_EPSV, true, PROOF_SEEN, NULL);
	p->by_ahead = true;
	p->port = a.port;
	if (a.fd == -1)
		a.fd = dial_peer_port(control_fd(c), a.port, err);
	return take_fd(c, p, a.fd, err);
}

int
passive_open(struct conn *c, const struct passive_behind *behind,
    struct passive *p, struct err *err)
{
	struct asking a = { .c = c, .behind = behind, .p = p };
	int rc;

	*p = (struct passive){ 0 };
	if (c->site->set.mode == MODE_ACTIVE)
		return open_active(c, p, err);
	rc = open_ahead(c, p, err);
	if (rc == 1 && wants_epsv(c))
		rc = open_epsv(&a, err);
	if (rc == 1 && c->site->set.passive_command == PASSIVE_EPSV)
		return err_set(err, ERR_REFUSED, "no passive data connection: "
		    "%s (setting passive-command)", a.say);
	return rc == 1 ? open_pasv(&a, err) : rc;
}

void
passive_worked(struct conn *c)
{
	server_learn(c->server, TRAIT_PORTS, true, PROOF_SEEN, NULL);
}

/*
 * The port that the server named cannot be reached, and none ever could: it
 * may be EPSV that a firewall does not understand, or IPv6 that the server's
 * ports are not open for.
 */
static void
blame_port(struct conn *c, const struct err *err)
{
	if ((err->kind != ERR_NETWORK && err->kind != ERR_TIMEOUT) ||
	    control_went_astray(c->control) ||
	    server_shown(c->server, TRAIT_PORTS, PROOF_SEEN))
		return;
	if (is_ipv6(c)) {
		server_learn(c->server, TRAIT_IPV6, false, PROOF_SEEN,
		    err->msg);
		control_kill(c->control);
	} else {
		server_learn(c->server, TRAIT_EPSV, false, PROOF_SEEN,
		    err->msg);
	}
}

void
passive_failed(struct conn *c, const struct passive *p, bool up,
    const struct err *err)
{
	if (p->port != 0 && !up)
		blame_port(c, err);
	/* Ports that were opened early may be closed early. */
	if (p->by_ahead && (err->kind != ERR_REFUSED ||
	    verdict_blames_connection(err)))
		deny_ahead(c, NULL);
}

void
passive_release(struct passive *p)
{
	stream_free(p->stream);
	listen_close(p->listener);
	*p = (struct passive){ 0 };
}
