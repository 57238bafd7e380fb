/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/resource.h>
#include <sys/socket.h>
#include <netinet/in.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cancel.h"
#include "base/clock.h"
#include "net/listen.h"
#include "net/socket.h"
#include "net/stream.h"
#include "instead.h"
#include "is_shared.h"

/* What accept4(2) fails with, once; 0: it does not. */
static int accept_errno;
/* And bind(2), as long as it is set; how often it was called. */
static int bind_errno, binds;

/* These instead of the C library's. */
int
bind(int fd, const struct sockaddr *a, socklen_t len)
{
	int (*real)(int, const struct sockaddr *, socklen_t);

	binds++;
	if (bind_errno != 0) {
		errno = bind_errno;
		return -1;
	}
	REAL("bind");
	return real(fd, a, len);
}

int
accept4(int fd, struct sockaddr *a, socklen_t *len, int flags)
{
	int (*real)(int, struct sockaddr *, socklen_t *, int);

	REAL("accept4");
	return fails_once(&accept_errno) ? -1 : real(fd, a, len, flags);
}

/* A socket connected from the address from to a listener on 127.0.0.1. */
static int
connect_from(const char *from, int port)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	inet_pton(AF_INET, from, &sin.sin_addr);
	assert_int_equal(bind(fd, (struct sockaddr *)&sin, sizeof(sin)), 0);
	sin.sin_port = htons(port);
	inet_pton(AF_INET, "127.0.0.1", &sin.sin_addr);
	assert_int_equal(connect(fd, (struct sockaddr *)&sin, sizeof(sin)), 0);
	return fd;
}

/* Both ends of a control connection: ours is on 127.0.0.1. */
static void
control_pair(int fds[2])
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(sin);
	int lfd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(bind(lfd, (struct sockaddr *)&sin, len), 0);
	assert_int_equal(listen(lfd, 1), 0);
	getsockname(lfd, (struct sockaddr *)&sin, &len);
	fds[0] = connect_from("127.0.0.1", ntohs(sin.sin_port));
	fds[1] = accept(lfd, NULL, NULL);
	close(lfd);
}

static void
await(const struct listener *l)
{
	struct pollfd pfd = { .fd = listen_fd(l), .events = POLLIN };

	assert_int_equal(poll(&pfd, 1, 10000), 1);
}

static void
test_accept(void **state)
{
	struct err err = ERR_INIT;
	const struct listen_options any = { .lo = 0 };
	struct listener *l;
	int control[2], foreign, server, fd;
	char c;

	(void)state;
	control_pair(control);
	l = listen_open(control[0], &any, &err);
	assert_non_null(l);
	assert_string_equal(listen_host(l), "127.0.0.1");
	assert_false(listen_is_ipv6(l));
	assert_in_range(listen_port(l), 1, 65535);
	assert_int_equal(listen_try_accept(l, control[0], &err),
	    STREAM_AGAIN);

	/* Another host comes first: it is shown the door. */
	foreign = connect_from("127.0.0.9", listen_port(l));
	await(l);
	assert_int_equal(listen_try_accept(l, control[0], &err),
	    STREAM_AGAIN);
	assert_int_equal(read(foreign, &c, 1), 0);

	/* What went away before it was taken is no error. */
	accept_errno = ECONNABORTED;
	assert_int_equal(listen_try_accept(l, control[0], &err),
	    STREAM_AGAIN);
	accept_errno = EINTR;
	assert_int_equal(listen_try_accept(l, control[0], &err),
	    STREAM_AGAIN);
	assert_int_equal(err.kind, ERR_NONE);
	accept_errno = EMFILE;
	assert_int_equal(listen_try_accept(l, control[0], &err), -1);
	assert_int_equal(err.kind, ERR_NETWORK);
	assert_int_equal(err.sys, EMFILE);
	err_clear(&err);
	assert_int_equal(listen_try_accept(l, listen_fd(l), &err), -1);
	assert_int_equal(err.sys, ENOTCONN);
	err_clear(&err);

	server = connect_from("127.0.0.1", listen_port(l));
	await(l);
	fd = listen_try_accept(l, control[0], &err);
	assert_true(fd >= 0);
	assert_int_equal(is_shared(listen_fd(l)), 1);
	assert_int_equal(is_shared(fd), 0);
	assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(write(server, "x", 1), 1);
	close(fd);
	close(server);
	close(foreign);
	close(control[0]);
	close(control[1]);
	listen_close(l);
	listen_close(NULL);
}

static void
test_ports(void **state)
{
	struct err err = ERR_INIT;
	struct listen_options o = { .host = "192.0.2.9" };
	struct listener *a, *b;
	int control[2], port, i;

	(void)state;
	control_pair(control);
	a = listen_open(control[0], &o, &err);
	assert_non_null(a);
	assert_string_equal(listen_host(a), "192.0.2.9");
	port = listen_port(a);

	/* Only one port, and it is taken; then a range with that one in it. */
	o = (struct listen_options){ .lo = port, .hi = port };
	b = listen_open(control[0], &o, &err);
	assert_null(b);
	assert_int_equal(err.kind, ERR_NETWORK);
	assert_int_equal(err.sys, EADDRINUSE);
	assert_non_null(strstr(err.msg, "active port "));
	o.lo = port - 3;
	for (i = 0; i < 40; i++) {
		err_clear(&err);
		b = listen_open(control[0], &o, &err);
		assert_non_null(b);
		assert_int_equal(err.kind, ERR_NONE);
		assert_in_range(listen_port(b), port - 3, port - 1);
		listen_close(b);
	}
	/* Where a port may not be used another may; without any none is. */
	binds = 0;
	bind_errno = EACCES;
	assert_null(listen_open(control[0], &o, &err));
	assert_int_equal(err.sys, EACCES);
	assert_int_equal(binds, 4);
	binds = 0;
	bind_errno = EADDRNOTAVAIL;
	o.deadline = deadline_in(20000);
	assert_null(listen_open(control[0], &o, &err));
	bind_errno = 0;
	assert_int_equal(err.kind, ERR_NETWORK);
	assert_int_equal(err.sys, EADDRNOTAVAIL);
	assert_int_equal(binds, 1);
	assert_int_equal(strncmp(err.msg, "active ports ", 13), 0);
	/* 0 is whatever is free. */
	o = (struct listen_options){ .lo = 0, .hi = 5 };
	for (i = 0; i < 10; i++) {
		b = listen_open(control[0], &o, &err);
		assert_non_null(b);
		assert_true(listen_port(b) > 5);
		listen_close(b);
	}
	assert_null(listen_open(-1, &o, &err));
	assert_int_equal(err.sys, EBADF);
	listen_close(a);
	close(control[0]);
	close(control[1]);
}

/* One connection after the other on one port. */
static void
test_again(void **state)
{
	struct err err = ERR_INIT;
	struct listen_options o = { .lo = 0 };
	struct listener *l;
	int control[2], fd, server, i;
	char c;

	(void)state;
	control_pair(control);
	for (i = 0; i < 5; i++) {
		l = listen_open(control[0], &o, &err);
		if (l == NULL)
			fail_msg("%d: %s", i, err.msg);
		o.lo = o.hi = listen_port(l);
		server = connect_from("127.0.0.1", o.lo);
		await(l);
		fd = listen_try_accept(l, control[0], &err);
		assert_true(fd >= 0);
		listen_close(l);
		/* While it lasts its port is taken. */
		assert_null(listen_open(control[0], &o, &err));
		assert_int_equal(err.sys, EADDRINUSE);
		err_clear(&err);
		/* Whoever ends first keeps the port in TIME-WAIT: we do. */
		socket_end(fd);
		assert_int_equal(read(server, &c, 1), 0);
		close(server);
		assert_int_equal(read(fd, &c, 1), 0);
		socket_close(fd);
	}
	close(control[0]);
	close(control[1]);
}

struct release {
	struct listener *held;
	int ready[2];
};

static void *
release_port(void *arg)
{
	struct release *r = arg;
	char c;

	(void)!read(r->ready[0], &c, 1);
	listen_close(r->held);
	return NULL;
}

/* A port that another one has is waited for. */
static void
test_wait(void **state)
{
	struct err err = ERR_INIT;
	struct listen_options o = { .lo = 0 };
	struct listener *l;
	struct release r;
	pthread_t thread;
	int control[2];

	(void)state;
	control_pair(control);
	r.held = listen_open(control[0], &o, &err);
	assert_non_null(r.held);
	o.lo = o.hi = listen_port(r.held);
	assert_int_equal(pipe(r.ready), 0);
	assert_int_equal(pthread_create(&thread, NULL, release_port, &r), 0);
	assert_null(listen_open(control[0], &o, &err));
	o.deadline = deadline_in(20000);
	assert_int_equal(write(r.ready[1], "", 1), 1);
	l = listen_open(control[0], &o, &err);
	assert_non_null(l);
	assert_int_equal(listen_port(l), o.lo);
	pthread_join(thread, NULL);
	listen_close(l);
	close(r.ready[0]);
	close(r.ready[1]);
	close(control[0]);
	close(control[1]);
}

static void
test_resolve(void **state)
{
	static const struct {
		const char *name, *host;	/* NULL: status 2 */
	} rows[] = {
		{ "192.0.2.9", "192.0.2.9" }, { "localhost", "127.0.0.1" },
		{ "::1", NULL }, { "2001:db8::1", NULL },
		{ "nosuch.invalid", NULL }, { "a b", NULL },
		{ "\xff", NULL },
	};
	struct err err = ERR_INIT;
	int control[2];
	size_t i;
	char *host;

	(void)state;
	control_pair(control);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		err_clear(&err);
		host = listen_resolve(control[0], rows[i].name,
		    deadline_in(20000), NULL, &err);
		if (rows[i].host != NULL) {
			assert_string_equal(host, rows[i].host);
		} else {
			assert_null(host);
			assert_int_equal(err.kind, ERR_USAGE);
		}
		free(host);
	}
	close(control[0]);
	close(control[1]);
}

/* Neither a listener nor a connection where there are no descriptors. */
static void
test_no_files(void **state)
{
	struct err err = ERR_INIT;
	struct listen_options o = { .lo = 0 };
	struct rlimit before, limit;
	struct listener *l, *none;
	int control[2], server, fd;

	(void)state;
	control_pair(control);
	l = listen_open(control[0], &o, &err);
	assert_non_null(l);
	server = connect_from("127.0.0.1", listen_port(l));
	await(l);
	fd = dup(0);
	close(fd);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	limit = before;
	limit.rlim_cur = (rlim_t)fd;
	o.lo = 50000;
	o.hi = 50009;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	none = listen_open(control[0], &o, &err);
	setrlimit(RLIMIT_NOFILE, &before);
	assert_null(none);
	assert_int_equal(err.sys, EMFILE);
	assert_string_equal(err.msg, "active ports 50000-50009: socket: Too "
	    "many open files");
	err_clear(&err);
	setrlimit(RLIMIT_NOFILE, &limit);
	fd = listen_try_accept(l, control[0], &err);
	setrlimit(RLIMIT_NOFILE, &before);
	assert_int_equal(fd, -1);
	assert_int_equal(err.kind, ERR_NETWORK);
	assert_string_equal(err.msg, "accept: Too many open files");
	/* It waits for us. */
	err_clear(&err);
	fd = listen_try_accept(l, control[0], &err);
	assert_true(fd >= 0);
	close(fd);
	close(server);
	listen_close(l);
	close(control[0]);
	close(control[1]);
}

/* The control connection is gone, or was never one. */
static void
test_no_control(void **state)
{
	struct err err = ERR_INIT;
	struct listen_options o = { .lo = 0 };
	struct listener *l;
	int control[2], loose = socket(AF_INET, SOCK_STREAM, 0);

	(void)state;
	control_pair(control);
	l = listen_open(control[0], &o, &err);
	assert_non_null(l);
	assert_int_equal(listen_try_accept(l, loose, &err), -1);
	assert_int_equal(err.kind, ERR_NETWORK);
	assert_int_equal(err.sys, ENOTCONN);
	listen_close(l);
	close(loose);
	err_clear(&err);
	assert_null(listen_open(loose, &o, &err));
	assert_int_equal(err.sys, EBADF);
	err_clear(&err);
	assert_null(listen_resolve(loose, "127.0.0.1", deadline_in(20000),
	    NULL, &err));
	assert_int_equal(err.sys, EBADF);
	close(control[0]);
	close(control[1]);
}

/* Who waits for a port can be told to stop. */
static void
test_wait_cancelled(void **state)
{
	struct err err = ERR_INIT;
	struct listen_options o = { .lo = 0 };
	struct listener *l;
	int control[2];

	(void)state;
	control_pair(control);
	l = listen_open(control[0], &o, &err);
	assert_non_null(l);
	o.lo = o.hi = listen_port(l);
	o.deadline = deadline_in(600000);
	o.cancel = cancel_new();
	cancel_set(o.cancel, SIGTERM);
	assert_null(listen_open(control[0], &o, &err));
	assert_int_equal(err.kind, ERR_CANCELLED);
	cancel_free(o.cancel);
	listen_close(l);
	close(control[0]);
	close(control[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_accept),
		cmocka_unit_test(test_ports),
		cmocka_unit_test(test_again),
		cmocka_unit_test(test_wait),
		cmocka_unit_test(test_wait_cancelled),
		cmocka_unit_test(test_no_files),
		cmocka_unit_test(test_no_control),
		cmocka_unit_test(test_resolve),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
