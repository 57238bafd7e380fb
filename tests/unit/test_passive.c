/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Agreeing on a data connection with a server that answers by a script, over
 * TCP on loopback: its ports are real, and can be seen to be connected to.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/socket.h>
#include <netinet/in.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ftp/conn.h"

enum { WAIT_MS = 10000, BUFSIZE = 16 * 1024, LONG_AGO_MS = 60 * 1000 };

struct peer {
	struct site site;
	struct server *server;
	struct conn *c;
	struct passive p;
	struct err err;
	int control;		/* the server's end */
	int data;		/* where it listens */
	int port;		/* there */
	char ok[64], pasv[64];	/* answers that name it */
	const char *const *script;	/* an answer for each command */
	char heard[1024];
	pthread_t thread;
};

static int
listen_on(const char *address, int family, int *port)
{
	struct sockaddr_storage ss = { .ss_family = (sa_family_t)family };
	struct sockaddr_in *in = (struct sockaddr_in *)&ss;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&ss;
	socklen_t len = family == AF_INET ? sizeof(*in) : sizeof(*in6);
	int fd = socket(family, SOCK_STREAM, 0);

	inet_pton(family, address, family == AF_INET ?
	    (void *)&in->sin_addr : (void *)&in6->sin6_addr);
	if (fd == -1 || bind(fd, (struct sockaddr *)&ss, len) != 0 ||
	    listen(fd, 4) != 0) {
		if (fd != -1)
			close(fd);
		return -1;
	}
	getsockname(fd, (struct sockaddr *)&ss, &len);
	*port = ntohs(family == AF_INET ? in->sin_port : in6->sin6_port);
	return fd;
}

static int
connect_to(const char *address, int family, int port)
{
	struct sockaddr_storage ss = { .ss_family = (sa_family_t)family };
	struct sockaddr_in *in = (struct sockaddr_in *)&ss;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&ss;
	int fd = socket(family, SOCK_STREAM, 0);

	inet_pton(family, address, family == AF_INET ?
	    (void *)&in->sin_addr : (void *)&in6->sin6_addr);
	*(family == AF_INET ? &in->sin_port : &in6->sin6_port) =
	    htons((uint16_t)port);
	assert_int_equal(connect(fd, (struct sockaddr *)&ss,
	    family == AF_INET ? sizeof(*in) : sizeof(*in6)), 0);
	return fd;
}

/* Over IPv4 or IPv6; false where there is no such loopback. */
static bool
start(struct peer *p, int family)
{
	const char *host = family == AF_INET ? "127.0.0.1" : "::1";
	int lfd, port, fd;

	memset(p, 0, sizeof(*p));
	lfd = listen_on(host, family, &port);
	if (lfd == -1)
		return false;
	fd = connect_to(host, family, port);
	fcntl(fd, F_SETFL, O_NONBLOCK);
	p->control = accept(lfd, NULL, NULL);
	close(lfd);
	p->data = listen_on(host, family, &p->port);
	snprintf(p->ok, sizeof(p->ok), "229 Here (|||%d|)", p->port);
	snprintf(p->pasv, sizeof(p->pasv), "227 (127,0,0,1,%d,%d)",
	    p->port >> 8, p->port & 0xff);
	settings_init(&p->site.set);
	p->server = server_new();
	p->c = conn_new(&p->site, p->server, NULL);
	p->c->control = control_new(stream_new(fd, BUFSIZE), 1, NULL);
	return true;
}

static void
stop(struct peer *p)
{
	passive_release(&p->p);
	conn_close(p->c, false);
	server_free(p->server);
	settings_release(&p->site.set);
	close(p->control);
	close(p->data);
}

static int
setup(void **state)
{
	struct peer *p = calloc(1, sizeof(*p));

	*state = p;
	return p != NULL && start(p, AF_INET) ? 0 : -1;
}

static int
teardown(void **state)
{
	stop(*state);
	free(*state);
	return 0;
}

/* Hears one command for each answer; "" for none, "!": it hangs up. */
static void *
play(void *arg)
{
	struct peer *p = arg;
	size_t n = 0;
	char c;

	for (; *p->script != NULL; p->script++) {
		do {
			if (read(p->control, &c, 1) != 1)
				return NULL;
			if (c != '\r' && n < sizeof(p->heard) - 1)
				p->heard[n++] = c;
		} while (c != '\n');
		if (**p->script == '\0')
			continue;
		if (**p->script == '!') {
			shutdown(p->control, SHUT_RDWR);
			return NULL;
		}
		if (dprintf(p->control, "%s\r\n", *p->script) < 0)
			return NULL;
	}
	return NULL;
}

static void
play_begin(struct peer *p, const char *const *script)
{
	memset(p->heard, 0, sizeof(p->heard));
	p->script = script;
	assert_int_equal(pthread_create(&p->thread, NULL, play, p), 0);
}

/* All commands that were heard, one a line. */
static const char *
play_end(struct peer *p)
{
	pthread_join(p->thread, NULL);
	return p->heard;
}

#define PLAY(p, ...) \
	play_begin(p, (const char *const[]){ __VA_ARGS__, NULL })

static int
open_with(struct peer *p, const struct passive_behind *behind)
{
	passive_release(&p->p);
	p->err = (struct err)ERR_INIT;
	return passive_open(p->c, behind, &p->p, &p->err);
}

static int
open_alone(struct peer *p)
{
	return open_with(p, NULL);
}

static int
send_retr(void *ctx, struct err *err)
{
	return control_send_path(ctx, err, "RETR", "x");
}

static int
open_retr(struct peer *p)
{
	struct passive_behind behind = { .verb = "RETR", .n = 1,
	    .send = send_retr, .ctx = p->c->control };

	return open_with(p, &behind);
}

/* Whether somebody has connected to the server's port; takes that off. */
static bool
is_connected(struct peer *p, int ms)
{
	struct pollfd pfd = { .fd = p->data, .events = POLLIN };

	if (poll(&pfd, 1, ms) != 1)
		return false;
	close(accept(p->data, NULL, NULL));
	return true;
}

static void
check_open(struct peer *p, int rc, int line)
{
	if (rc != 0)
		print_error("%s\n", p->err.msg);
	_assert_int_equal(rc, 0, __FILE__, line);
	_assert_true(p->p.stream != NULL, "a stream", __FILE__, line);
	_assert_int_equal(p->p.port, p->port, __FILE__, line);
	_assert_true(is_connected(p, WAIT_MS), "connected", __FILE__, line);
}

#define assert_open(p, rc) check_open(p, rc, __LINE__)

static void
test_epsv(void **state)
{
	struct peer *p = *state;

	PLAY(p, p->ok);
	assert_open(p, open_alone(p));
	assert_string_equal(play_end(p), "EPSV\n");
	assert_int_equal(p->p.flight, PASSIVE_ALONE);
	assert_true(server_shown(p->server, TRAIT_EPSV, PROOF_SEEN));
	assert_false(p->p.by_ahead);

	/* The command goes behind it, as EPSV is known now. */
	PLAY(p, p->ok, "");
	assert_open(p, open_retr(p));
	assert_string_equal(play_end(p), "EPSV\nRETR x\n");
	assert_int_equal(p->p.flight, PASSIVE_TRIAL);
}

/* Of a server of which nothing is known, EPSV goes alone. */
static void
test_epsv_unknown(void **state)
{
	struct peer *p = *state;

	PLAY(p, p->ok);
	assert_open(p, open_retr(p));
	assert_string_equal(play_end(p), "EPSV\n");
	assert_int_equal(p->p.flight, PASSIVE_ALONE);

	server_flight_worked(p->server, "RETR");
	p->site.set.pipeline = PIPELINE_OFF;
	PLAY(p, p->ok);
	assert_open(p, open_retr(p));
	assert_string_equal(play_end(p), "EPSV\n");

	p->site.set.pipeline = PIPELINE_AUTO;
	PLAY(p, p->ok, "");
	assert_open(p, open_retr(p));
	assert_string_equal(play_end(p), "EPSV\nRETR x\n");
	assert_int_equal(p->p.flight, PASSIVE_FLIGHT);
}

/* The connection ends in its place: that may be a firewall's work. */
static void
test_epsv_cut(void **state)
{
	struct peer *p = *state;
	int seen;

	for (seen = 0; seen < 2; seen++) {
		if (seen) {
			stop(p);
			assert_true(start(p, AF_INET));
			server_learn(p->server, TRAIT_EPSV, true, PROOF_SEEN,
			    NULL);
		}
		PLAY(p, "!");
		assert_int_equal(open_alone(p), -1);
		assert_string_equal(play_end(p), "EPSV\n");
		assert_int_equal(p->err.kind, ERR_NETWORK);
		assert_non_null(strstr(p->err.msg,
		    " in place of an answer to EPSV"));
		assert_int_equal(server_has(p->server, TRAIT_EPSV), seen);
	}
}

static void
test_epsv_refused(void **state)
{
	struct peer *p = *state;

	/* Told, but not so: what stood behind it is answered first. */
	server_learn(p->server, TRAIT_EPSV, true, PROOF_TOLD_UNDER_TLS, NULL);
	PLAY(p, "500 What?", "425 Use PORT or PASV", p->pasv);
	assert_open(p, open_retr(p));
	assert_string_equal(play_end(p), "EPSV\nRETR x\nPASV\n");
	assert_int_equal(p->p.flight, PASSIVE_ALONE);
	assert_false(server_has(p->server, TRAIT_EPSV));

	PLAY(p, p->pasv);
	assert_open(p, open_retr(p));
	assert_string_equal(play_end(p), "PASV\n");

	p->site.set.passive_command = PASSIVE_EPSV;
	PLAY(p, "502 No");
	assert_int_equal(open_alone(p), -1);
	assert_string_equal(play_end(p), "EPSV\n");
	assert_int_equal(p->err.kind, ERR_REFUSED);
	assert_string_equal(p->err.msg, "no passive data connection: 502 No "
	    "(setting passive-command)");
}

/* What worked before is asked for again after a pause, now alone. */
static void
test_busy(void **state)
{
	struct peer *p = *state;

	PLAY(p, p->ok);
	assert_open(p, open_alone(p));
	play_end(p);
	PLAY(p, "550 Busy", "425 What?", p->ok);
	assert_open(p, open_retr(p));
	assert_string_equal(play_end(p), "EPSV\nRETR x\nEPSV\n");
	assert_int_equal(p->p.flight, PASSIVE_ALONE);
}

static void
test_trouble(void **state)
{
	struct peer *p = *state;

	PLAY(p, "425 No port free");
	assert_int_equal(open_alone(p), -1);
	play_end(p);
	assert_int_equal(p->err.kind, ERR_NETWORK);
	assert_string_equal(p->err.msg,
	    "no data connection: 425 No port free");
	assert_true(server_has(p->server, TRAIT_EPSV));
	assert_true(conn_alive(p->c));

	p->site.set.passive_command = PASSIVE_PASV;
	PLAY(p, "450 No port free");
	assert_int_equal(open_alone(p), -1);
	play_end(p);
	assert_int_equal(p->err.code, 450);
	PLAY(p, "530 Not you");
	assert_int_equal(open_alone(p), -1);
	assert_string_equal(play_end(p), "PASV\n");
	assert_int_equal(p->err.kind, ERR_REFUSED);
	assert_int_equal(p->err.code, 530);
	assert_string_equal(p->err.msg,
	    "no passive data connection: 530 Not you");
	PLAY(p, "200 Fine");
	assert_int_equal(open_alone(p), -1);
	play_end(p);
	assert_int_equal(p->err.kind, ERR_PROTOCOL);
	assert_false(conn_alive(p->c));
}

/* Where the address of a 227 counts. */
static void
test_address(void **state)
{
	struct peer *p = *state;
	char other[64];

	snprintf(other, sizeof(other), "227 Entering (192,0,2,1,%d,%d)",
	    p->port >> 8, p->port & 0xff);
	p->site.set.passive_command = PASSIVE_PASV;
	PLAY(p, other);
	assert_open(p, open_alone(p));
	play_end(p);
	assert_string_equal(p->p.address, "");

	p->site.set.passive_address = PASSIVE_REPLY;
	PLAY(p, p->pasv);
	assert_open(p, open_alone(p));
	play_end(p);
	assert_string_equal(p->p.address, "127.0.0.1");
}

static void
allow_ahead(struct peer *p)
{
	server_learn(p->server, TRAIT_EPSV, true, PROOF_SEEN, NULL);
	server_learn(p->server, TRAIT_EPSV_AHEAD, true, PROOF_TOLD_UNDER_TLS,
	    NULL);
}

static void
ask_ahead(struct peer *p)
{
	assert_true(passive_ask_ahead(p->c));
	/* One is enough. */
	assert_false(passive_ask_ahead(p->c));
}

static void
test_ahead(void **state)
{
	struct peer *p = *state;

	assert_false(passive_ask_ahead(p->c));
	allow_ahead(p);
	PLAY(p, p->ok);
	ask_ahead(p);
	/* Only that of a login is dialled at once. */
	assert_null(passive_awaited(p->c));
	assert_open(p, open_retr(p));
	assert_string_equal(play_end(p), "EPSV\n");
	assert_true(p->p.by_ahead);
	assert_int_equal(p->p.flight, PASSIVE_ALONE);

	/* It serves one. */
	PLAY(p, p->ok);
	assert_open(p, open_alone(p));
	play_end(p);
	assert_false(p->p.by_ahead);
	assert_true(passive_ask_ahead(p->c));
}

static void
test_ahead_stale(void **state)
{
	struct peer *p = *state;

	allow_ahead(p);
	PLAY(p, "229 Here (|||1|)", p->ok);
	ask_ahead(p);
	p->c->ahead.since -= LONG_AGO_MS;
	assert_open(p, open_alone(p));
	assert_string_equal(play_end(p), "EPSV\nEPSV\n");
	assert_false(p->p.by_ahead);
	assert_true(server_has(p->server, TRAIT_EPSV_AHEAD));
}

static void
test_ahead_refused(void **state)
{
	struct peer *p = *state;

	allow_ahead(p);
	PLAY(p, "450 Transfer in progress", p->ok);
	ask_ahead(p);
	assert_false(passive_went_astray(p->c));
	assert_open(p, open_alone(p));
	assert_string_equal(play_end(p), "EPSV\nEPSV\n");
	assert_false(server_has(p->server, TRAIT_EPSV_AHEAD));
	assert_false(passive_ask_ahead(p->c));
}

/* The answer to what came before it, it seems. */
static void
test_ahead_astray(void **state)
{
	struct peer *p = *state;

	allow_ahead(p);
	PLAY(p, "226 Sent");
	ask_ahead(p);
	assert_true(passive_went_astray(p->c));
	assert_int_equal(open_alone(p), -1);
	play_end(p);
	assert_int_equal(p->err.kind, ERR_NETWORK);
	assert_string_equal(p->err.msg,
	    "answers are out of step with commands");
	assert_false(conn_alive(p->c));
}

/* A port that was told ahead of time, and is closed by then. */
static void
test_ahead_closed(void **state)
{
	struct peer *p = *state;
	struct err err = ERR_INIT;

	allow_ahead(p);
	PLAY(p, p->ok);
	ask_ahead(p);
	assert_int_equal(open_alone(p), 0);
	play_end(p);
	err_set(&err, ERR_REFUSED, "550 no such file");
	err.code = 550;
	passive_failed(p->c, &p->p, true, &err);
	assert_true(server_has(p->server, TRAIT_EPSV_AHEAD));
	err.code = 425;
	passive_failed(p->c, &p->p, true, &err);
	assert_false(server_has(p->server, TRAIT_EPSV_AHEAD));
}

/* Connected to while the login's other answers are still to come. */
static void
test_at_login(void **state)
{
	struct peer *p = *state;
	int fd;

	assert_null(passive_awaited(p->c));
	assert_int_equal(passive_ask_at_login(p->c, &p->err), 0);
	assert_null(passive_awaited(p->c));
	server_learn(p->server, TRAIT_EPSV_AT_LOGIN, true,
	    PROOF_HINT_IN_CLEAR, NULL);

	PLAY(p, p->ok, "");
	assert_int_equal(passive_ask_at_login(p->c, &p->err), 0);
	assert_int_equal(control_send(p->c->control, &p->err, "PWD"), 0);
	assert_non_null(passive_awaited(p->c));
	assert_int_equal(control_gather(p->c->control,
	    passive_awaited(p->c), WAIT_MS, &p->err), 0);
	/* Not by the one who hears the answer. */
	assert_false(is_connected(p, 0));
	passive_dial_ahead(p->c);
	assert_true(is_connected(p, WAIT_MS));
	assert_null(passive_awaited(p->c));
	assert_string_equal(play_end(p), "EPSV\nPWD\n");

	fd = p->c->ahead.fd;
	assert_int_equal(open_alone(p), 0);
	assert_int_equal(stream_fd(p->p.stream), fd);
	assert_int_equal(p->c->ahead.fd, -1);
	assert_true(p->p.by_ahead);
}

/* One that was connected to long ago is closed, and another asked for. */
static void
test_at_login_stale(void **state)
{
	struct peer *p = *state;
	struct pollfd pfd = { .fd = p->data, .events = POLLIN };
	char c;
	int fd;

	server_learn(p->server, TRAIT_EPSV_AT_LOGIN, true,
	    PROOF_HINT_IN_CLEAR, NULL);
	PLAY(p, p->ok, p->ok);
	assert_int_equal(passive_ask_at_login(p->c, &p->err), 0);
	assert_int_equal(control_gather(p->c->control,
	    passive_awaited(p->c), WAIT_MS, &p->err), 1);
	passive_dial_ahead(p->c);
	assert_int_equal(poll(&pfd, 1, WAIT_MS), 1);
	fd = accept(p->data, NULL, NULL);
	p->c->ahead.since -= LONG_AGO_MS;
	assert_open(p, open_alone(p));
	assert_string_equal(play_end(p), "EPSV\nEPSV\n");
	assert_false(p->p.by_ahead);
	assert_int_equal(p->c->ahead.fd, -1);
	pfd.fd = fd;
	assert_int_equal(poll(&pfd, 1, WAIT_MS), 1);
	assert_int_equal(read(fd, &c, 1), 0);
	close(fd);
}

/* The connection is lost over an EPSV sent ahead: that, and no other is. */
static void
test_ahead_blamed(void **state)
{
	struct peer *p = *state;
	struct reply *r;
	int at_login;

	for (at_login = 0; at_login < 2; at_login++) {
		if (at_login) {
			stop(p);
			assert_true(start(p, AF_INET));
		}
		server_learn(p->server, TRAIT_EPSV_AT_LOGIN, true,
		    PROOF_HINT_IN_CLEAR, NULL);
		allow_ahead(p);
		control_watch(p->c->control, p->server);
		PLAY(p, "200 Fine", "");
		assert_int_equal(control_send(p->c->control, &p->err, "NOOP"),
		    0);
		if (at_login)
			assert_int_equal(passive_ask_at_login(p->c, &p->err),
			    0);
		else
			assert_true(passive_ask_ahead(p->c));
		assert_int_equal(control_reply(p->c->control,
		    conn_soon(p->c), &r, &p->err), 0);
		assert_string_equal(play_end(p), "NOOP\nEPSV\n");
		shutdown(p->control, SHUT_RDWR);
		passive_went_astray(p->c);
		assert_true(server_has(p->server, TRAIT_FLIGHTS));
		assert_int_equal(server_has(p->server, TRAIT_EPSV_AHEAD),
		    at_login);
		assert_int_equal(server_has(p->server, TRAIT_EPSV_AT_LOGIN),
		    !at_login);
	}
}

static void
test_at_login_refused(void **state)
{
	struct peer *p = *state;

	server_learn(p->server, TRAIT_EPSV_AT_LOGIN, true,
	    PROOF_HINT_IN_CLEAR, NULL);
	PLAY(p, "530 Log in first");
	assert_int_equal(passive_ask_at_login(p->c, &p->err), 0);
	assert_int_equal(control_gather(p->c->control,
	    passive_awaited(p->c), WAIT_MS, &p->err), 1);
	play_end(p);
	passive_dial_ahead(p->c);
	assert_int_equal(p->c->ahead.fd, -1);
	assert_false(server_has(p->server, TRAIT_EPSV_AT_LOGIN));
	assert_true(server_has(p->server, TRAIT_EPSV));
}

/* What a port that cannot be reached tells, if none ever could. */
static void
test_unreachable(void **state)
{
	static const struct {
		enum err_kind kind;
		bool blames;
	} kinds[] = {
		{ ERR_NETWORK, true }, { ERR_TIMEOUT, true },
		{ ERR_REFUSED, false }, { ERR_TLS, false },
	};
	struct peer *p = *state;
	size_t i;

	PLAY(p, p->ok, p->ok);
	assert_open(p, open_alone(p));
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		server_learn(p->server, TRAIT_EPSV, true, PROOF_SEEN, NULL);
		err_clear(&p->err);
		err_set(&p->err, kinds[i].kind, "refused");
		passive_failed(p->c, &p->p, true, &p->err);
		assert_true(server_has(p->server, TRAIT_EPSV));
		passive_failed(p->c, &p->p, false, &p->err);
		assert_int_equal(server_has(p->server, TRAIT_EPSV),
		    !kinds[i].blames);
	}

	server_learn(p->server, TRAIT_EPSV, true, PROOF_SEEN, NULL);
	passive_worked(p->c);
	assert_open(p, open_alone(p));
	play_end(p);
	passive_failed(p->c, &p->p, false, &p->err);
	assert_true(server_has(p->server, TRAIT_EPSV));
}

/* The server's connection, once it is there. */
static void
accept_from(struct peer *p, const char *host, int family)
{
	struct pollfd pfd = { .fd = listen_fd(p->p.listener),
	    .events = POLLIN };
	int fd;

	assert_null(p->p.stream);
	assert_int_equal(passive_try_accept(p->c, &p->p, &p->err),
	    STREAM_AGAIN);
	fd = connect_to(host, family, listen_port(p->p.listener));
	assert_int_equal(poll(&pfd, 1, WAIT_MS), 1);
	assert_int_equal(passive_try_accept(p->c, &p->p, &p->err), 0);
	assert_non_null(p->p.stream);
	assert_null(p->p.listener);
	close(fd);
}

static void
test_port(void **state)
{
	struct peer *p = *state;
	char expected[64];
	int port;

	p->site.set.mode = MODE_ACTIVE;
	assert_false(passive_ask_ahead(p->c));
	PLAY(p, "200 Fine");
	assert_int_equal(open_retr(p), 0);
	port = listen_port(p->p.listener);
	snprintf(expected, sizeof(expected), "PORT 127,0,0,1,%d,%d\n",
	    port >> 8, port & 0xff);
	assert_string_equal(play_end(p), expected);
	accept_from(p, "127.0.0.1", AF_INET);

	PLAY(p, "500 Never");
	assert_int_equal(open_alone(p), -1);
	play_end(p);
	assert_string_equal(p->err.msg,
	    "no active data connection: 500 Never");
}

static void
test_ipv6(void **state)
{
	struct peer *p = calloc(1, sizeof(*p));
	char expected[64];

	(void)state;
	assert_non_null(p);
	if (!start(p, AF_INET6)) {
		free(p);
		skip();
	}
	p->site.set.mode = MODE_ACTIVE;
	PLAY(p, "200 Fine");
	assert_int_equal(open_alone(p), 0);
	snprintf(expected, sizeof(expected), "EPRT |2|::1|%d|\n",
	    listen_port(p->p.listener));
	assert_string_equal(play_end(p), expected);
	accept_from(p, "::1", AF_INET6);

	/* PASV knows no IPv6. */
	p->site.set.mode = MODE_PASSIVE;
	p->site.set.passive_command = PASSIVE_PASV;
	PLAY(p, "500 What?");
	assert_int_equal(open_alone(p), -1);
	assert_string_equal(play_end(p), "EPSV\n");
	assert_int_equal(p->err.kind, ERR_PROTOCOL);
	stop(p);
	free(p);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_epsv),
		TEST(test_epsv_unknown),
		TEST(test_epsv_cut),
		TEST(test_epsv_refused),
		TEST(test_busy),
		TEST(test_trouble),
		TEST(test_address),
		TEST(test_ahead),
		TEST(test_ahead_stale),
		TEST(test_ahead_refused),
		TEST(test_ahead_astray),
		TEST(test_ahead_closed),
		TEST(test_at_login),
		TEST(test_at_login_stale),
		TEST(test_ahead_blamed),
		TEST(test_at_login_refused),
		TEST(test_unreachable),
		TEST(test_port),
		cmocka_unit_test(test_ipv6),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
