/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/socket.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "net/dial.h"
#include "net/host.h"
#include "net/socket.h"
#include "instead.h"

static const struct dial_options plain = {
	.timeout_ms = 10000, .deadline = DEADLINE_NONE,
};

/* What "slow.test" waits for, and what it says at its end. */
static int resolver_go[2], resolver_done[2];

static int
resolve_really(const char *host, const char *port,
    const struct addrinfo *hints, struct addrinfo **res)
{
	int (*real)(const char *, const char *, const struct addrinfo *,
	    struct addrinfo **);

	REAL("getaddrinfo");
	return real(host, port, hints, res);
}

/* More addresses than are tried, and behind all the one that answers. */
static int
resolve_many(const char *port, const struct addrinfo *hints,
    struct addrinfo **res)
{
	char name[16];
	int i, rc = 0;

	for (i = 2; rc == 0 && i < 42; i++) {
		snprintf(name, sizeof(name), "127.0.0.%d", i);
		rc = resolve_really(name, port, hints, res);
		if (rc == 0)
			res = &(*res)->ai_next;
	}
	return rc == 0 ? resolve_really("::1", port, hints, res) : rc;
}

/*
 * Instead of the C library's: one name is slow, others have several addresses
 * or cannot be asked for.
 */
int
getaddrinfo(const char *restrict host, const char *restrict port,
    const struct addrinfo *restrict hints, struct addrinfo **restrict res)
{
	char c;
	int rc;

	if ((hints->ai_flags & AI_NUMERICHOST) != 0)
		return resolve_really(host, port, hints, res);
	if (strcmp(host, "two.test") == 0) {
		rc = resolve_really("127.0.0.2", port, hints, res);
		if (rc == 0)
			rc = resolve_really("127.0.0.1", port, hints,
			    &(*res)->ai_next);
		return rc;
	}
	if (strcmp(host, "many.test") == 0)
		return resolve_many(port, hints, res);
	if (strcmp(host, "later.test") == 0)
		return EAI_AGAIN;
	if (strcmp(host, "system.test") == 0) {
		errno = EMFILE;
		return EAI_SYSTEM;
	}
	if (strcmp(host, "slow.test") != 0)
		return resolve_really(host, port, hints, res);
	assert_int_equal(read(resolver_go[0], &c, 1), 1);
	rc = resolve_really("127.0.0.1", port, hints, res);
	assert_int_equal(write(resolver_done[1], "x", 1), 1);
	return rc;
}

/* What there is no more of: descriptors, threads; 0: there is. */
static int pipe_errno, thread_errno;
/* What so many times connect(2) fails with; the last time, unless it is 0. */
static int connect_errno, connect_times, connect_last;
/* What these fail with, once; 0: they do not. */
static int sockopt_errno, sockname_errno;

/* These, too. */
int
pipe2(int fds[2], int flags)
{
	int (*real)(int[2], int);

	if (pipe_errno != 0) {
		errno = pipe_errno;
		return -1;
	}
	REAL("pipe2");
	return real(fds, flags);
}

int
connect(int fd, const struct sockaddr *a, socklen_t len)
{
	int (*real)(int, const struct sockaddr *, socklen_t);

	if (connect_times > 0) {
		connect_times--;
		errno = connect_times == 0 && connect_last != 0 ?
		    connect_last : connect_errno;
		return -1;
	}
	REAL("connect");
	return real(fd, a, len);
}

int
getsockopt(int fd, int level, int name, void *value, socklen_t *len)
{
	int (*real)(int, int, int, void *, socklen_t *);

	REAL("getsockopt");
	return fails_once(&sockopt_errno) ? -1 :
	    real(fd, level, name, value, len);
}

int
getsockname(int fd, struct sockaddr *a, socklen_t *len)
{
	int (*real)(int, struct sockaddr *, socklen_t *);

	REAL("getsockname");
	return fails_once(&sockname_errno) ? -1 : real(fd, a, len);
}

int
pthread_create(pthread_t *thread, const pthread_attr_t *attr,
    void *(*start)(void *), void *arg)
{
	int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *),
	    void *);

	if (thread_errno != 0)
		return thread_errno;
	REAL("pthread_create");
	return real(thread, attr, start, arg);
}

/* A socket on 127.0.0.1, listening if backlog >= 0. */
static int
loopback(int backlog, int *port)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(sin);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&sin, len), 0);
	if (backlog >= 0)
		assert_int_equal(listen(fd, backlog), 0);
	getsockname(fd, (struct sockaddr *)&sin, &len);
	*port = ntohs(sin.sin_port);
	return fd;
}

static int
int_option(int fd, int level, int name)
{
	socklen_t len = sizeof(int);
	int value = -1;

	getsockopt(fd, level, name, &value, &len);
	return value;
}

/* The lowest descriptor that is free. */
static int
free_fd(void)
{
	int fd = dup(STDERR_FILENO);

	close(fd);
	return fd;
}

static int
dial_host(const char *host, int port, const struct dial_options *o,
    struct err *err)
{
	struct dial *d = dial_resolve(host, port, o, err);
	int fd = d != NULL ? dial_connect(d, err) : -1;

	dial_end(d);
	return fd;
}

static void
test_connects(void **state)
{
	struct err err = ERR_INIT;
	int port, lfd = loopback(4, &port), fd;

	(void)state;
	fd = dial_host("127.0.0.1", port, &plain, &err);
	assert_true(fd >= 0);
	assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(int_option(fd, IPPROTO_TCP, TCP_NODELAY), 1);
	assert_int_equal(int_option(fd, SOL_SOCKET, SO_KEEPALIVE), 1);
	assert_int_equal(int_option(fd, IPPROTO_TCP, TCP_KEEPIDLE), 60);
	assert_int_equal(int_option(fd, IPPROTO_TCP, TCP_KEEPINTVL), 15);
	assert_int_equal(int_option(fd, IPPROTO_TCP, TCP_KEEPCNT), 4);
	close(fd);

	/* By name: whatever else it resolves to, IPv4 answers. */
	fd = dial_host("localhost", port, &plain, &err);
	assert_true(fd >= 0);
	close(fd);
	close(lfd);
}

static void
test_refused(void **state)
{
	struct err err = ERR_INIT;
	char want[64];
	int port, lfd = loopback(-1, &port);

	(void)state;
	assert_int_equal(dial_host("127.0.0.1", port, &plain, &err), -1);
	assert_int_equal(err.kind, ERR_NETWORK);
	assert_int_equal(err.sys, ECONNREFUSED);
	snprintf(want, sizeof(want), "127.0.0.1 port %d: ", port);
	assert_memory_equal(err.msg, want, strlen(want));
	close(lfd);
}

/* Addresses that are of no use at once: the next is tried at once. */
static void
test_no_route(void **state)
{
	struct err err = ERR_INIT;
	int port, lfd = loopback(4, &port), fd;
	struct dial *d;

	(void)state;
	connect_errno = ENETUNREACH;
	connect_times = 1;
	fd = dial_host("two.test", port, &plain, &err);
	assert_true(fd >= 0);
	assert_int_equal(connect_times, 0);
	close(fd);
	connect_times = 2;
	assert_int_equal(dial_host("two.test", port, &plain, &err), -1);
	assert_int_equal(err.kind, ERR_NETWORK);
	assert_int_equal(err.sys, ENETUNREACH);
	assert_int_equal(connect_times, 0);
	/* One that was asked for is the only one. */
	d = dial_resolve("two.test", port, &plain, &err);
	assert_non_null(d);
	err_clear(&err);
	connect_times = 1;
	assert_int_equal(dial_connect_to(d, 1, &err), -1);
	assert_int_equal(err.sys, ENETUNREACH);
	assert_int_equal(strncmp(err.msg, "127.0.0.1 port ", 15), 0);
	dial_end(d);
	dial_end(NULL);
	close(lfd);
}

/* What says more is told, and of two that say as much the last. */
static void
test_worst(void **state)
{
	static const struct {
		int first, last, told;
		const char *says;
	} rows[] = {
		{ ECONNREFUSED, ETIMEDOUT, ECONNREFUSED, "127.0.0.2 port 7: " },
		{ ECONNRESET, ETIMEDOUT, ECONNRESET, "127.0.0.2 port 7: " },
		{ ETIMEDOUT, EHOSTUNREACH, ETIMEDOUT, "127.0.0.2 port 7: " },
		{ EHOSTUNREACH, ENETUNREACH, EHOSTUNREACH,
		    "127.0.0.2 port 7: " },
		{ EACCES, ENETUNREACH, EACCES, "127.0.0.2 port 7: " },
		{ EPERM, ENETUNREACH, EPERM, "127.0.0.2 port 7: " },
		{ ETIMEDOUT, ECONNRESET, ECONNRESET, "127.0.0.1 port 7: " },
		{ EHOSTUNREACH, ETIMEDOUT, ETIMEDOUT, "127.0.0.1 port 7: " },
		{ ENETUNREACH, EPERM, EPERM, "127.0.0.1 port 7: " },
		{ ECONNREFUSED, ECONNRESET, ECONNRESET, "127.0.0.1 port 7: " },
		{ EPERM, EACCES, EACCES, "127.0.0.1 port 7: " },
		{ ENETUNREACH, EADDRNOTAVAIL, EADDRNOTAVAIL,
		    "127.0.0.1 port 7: " },
	};
	struct err err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		err_clear(&err);
		connect_errno = rows[i].first;
		connect_last = rows[i].last;
		connect_times = 2;
		assert_int_equal(dial_host("two.test", 7, &plain, &err), -1);
		assert_int_equal(err.sys, rows[i].told);
		assert_int_equal(err.kind, rows[i].told == ETIMEDOUT ?
		    ERR_TIMEOUT : ERR_NETWORK);
		assert_int_equal(strncmp(err.msg, rows[i].says,
		    strlen(rows[i].says)), 0);
	}
	connect_last = 0;
	/* One that failed at once is not waited for any more. */
	connect_errno = EHOSTUNREACH;
	connect_times = 1;
	sockopt_errno = EIO;
	assert_int_equal(dial_host("two.test", 7, &plain, &err), -1);
	assert_int_equal(err.sys, EHOSTUNREACH);
	assert_int_equal(sockopt_errno, 0);
}

/* One by one, as who examines a server does it. */
static void
test_each(void **state)
{
	struct err err = ERR_INIT;
	int port, lfd = loopback(4, &port), fd;
	char name[64];
	struct dial *d;

	(void)state;
	d = dial_resolve("two.test", port, &plain, &err);
	assert_non_null(d);
	assert_int_equal(dial_count(d), 2);
	dial_name(d, 0, name, sizeof(name));
	assert_string_equal(name, "127.0.0.2");
	dial_name(d, 1, name, sizeof(name));
	assert_string_equal(name, "127.0.0.1");
	assert_int_equal(dial_connect_to(d, 0, &err), -1);
	assert_int_equal(err.kind, ERR_NETWORK);
	assert_int_equal(err.sys, ECONNREFUSED);
	fd = dial_connect_to(d, 1, &err);
	assert_true(fd > 0);
	assert_int_equal(setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &(int){ 0 },
	    sizeof(int)), 0);
	socket_hurry(fd);
	assert_int_equal(int_option(fd, IPPROTO_TCP, TCP_QUICKACK), 1);
	close(fd);
	dial_end(d);
	close(lfd);
}

static void
test_no_such_host(void **state)
{
	struct dial_options o = plain;
	struct err err = ERR_INIT;

	(void)state;
	pipe_errno = EMFILE;
	assert_int_equal(dial_host("two.test", 21, &o, &err), -1);
	pipe_errno = 0;
	assert_int_equal(err.kind, ERR_NETWORK);
	assert_int_equal(err.sys, EMFILE);
	assert_non_null(strstr(err.msg, "pipe: Too many open files"));
	err_clear(&err);
	thread_errno = EAGAIN;
	assert_int_equal(dial_host("two.test", 21, &o, &err), -1);
	thread_errno = 0;
	assert_int_equal(err.kind, ERR_NETWORK);
	assert_int_equal(err.sys, EAGAIN);
	assert_non_null(strstr(err.msg, "thread: Resource temporarily"));
	err_clear(&err);
	/* An empty label: no name server is asked. */
	assert_int_equal(dial_host("a..invalid", 21, &o, &err), -1);
	assert_int_equal(err.kind, ERR_NETWORK);
	assert_non_null(strstr(err.msg, "a..invalid"));

	err_clear(&err);
	assert_int_equal(dial_host("a\377b", 21, &o, &err), -1);
	assert_int_equal(err.kind, ERR_USAGE);
	/* There is no time for even one attempt. */
	o.deadline = 1;
	err_clear(&err);
	assert_int_equal(dial_host("127.0.0.1", 21, &o, &err), -1);
	o.deadline = DEADLINE_NONE;
	assert_int_equal(err.kind, ERR_TIMEOUT);
	assert_string_equal(err.msg, "no time left to connect");

	/* A literal of the other family. */
	o.family = FAMILY_IPV6;
	err_clear(&err);
	assert_int_equal(dial_host("127.0.0.1", 21, &o, &err), -1);
	assert_int_equal(err.kind, ERR_NETWORK);
	assert_non_null(strstr(err.msg, "IPv6"));
}

/* A listener whose full queue swallows what comes; fill holds it full. */
static int
silent(const char *ip, int port, int fill[4])
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
	    .sin_port = htons(port) };
	struct err err;
	size_t i;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	inet_pton(AF_INET, ip, &sin.sin_addr);
	assert_int_equal(bind(fd, (struct sockaddr *)&sin, sizeof(sin)), 0);
	assert_int_equal(listen(fd, 0), 0);
	for (i = 0; i < 4; i++) {
		fill[i] = socket_new(AF_INET, &err);
		connect(fill[i], (struct sockaddr *)&sin, sizeof(sin));
	}
	return fd;
}

/* The time of an attempt, the deadline and the cancel end it. */
static void
test_silent(void **state)
{
	struct dial_options o = plain;
	struct err err = ERR_INIT;
	int port, held = loopback(-1, &port), lfd, fill[4], before;
	struct dial *d;
	int64_t start;
	size_t i;

	(void)state;
	lfd = silent("127.0.0.2", port, fill);
	start = clock_ms();
	o.timeout_ms = 100;
	assert_int_equal(dial_host("127.0.0.2", port, &o, &err), -1);
	assert_int_equal(err.kind, ERR_TIMEOUT);
	assert_in_range(clock_ms() - start, 100, 9000);

	err_clear(&err);
	o.timeout_ms = 60000;
	o.deadline = clock_ms() + 50;
	assert_int_equal(dial_host("127.0.0.2", port, &o, &err), -1);
	assert_int_equal(err.kind, ERR_TIMEOUT);

	err_clear(&err);
	o.deadline = DEADLINE_NONE;
	o.cancel = cancel_new();
	cancel_set(o.cancel, SIGTERM);
	before = free_fd();
	assert_int_equal(dial_host("127.0.0.2", port, &o, &err), -1);
	assert_int_equal(err.kind, ERR_CANCELLED);
	d = dial_resolve("127.0.0.2", port, &o, &err);
	assert_non_null(d);
	err_clear(&err);
	assert_int_equal(dial_connect_to(d, 0, &err), -1);
	assert_int_equal(err.kind, ERR_CANCELLED);
	dial_end(d);
	/* What had begun is closed. */
	assert_int_equal(free_fd(), before);
	cancel_free(o.cancel);
	for (i = 0; i < 4; i++)
		close(fill[i]);
	close(lfd);
	close(held);
}

/* The first address is silent, the second gets its chance. */
static void
test_staggered(void **state)
{
	struct err err = ERR_INIT;
	struct address peer;
	char name[64];
	int port, lfd = loopback(4, &port), lfd2, fill[4], fd;
	int64_t start;
	size_t i;

	(void)state;
	lfd2 = silent("127.0.0.2", port, fill);
	start = clock_ms();
	fd = dial_host("two.test", port, &plain, &err);
	assert_true(fd >= 0);
	assert_in_range(clock_ms() - start, 240, 9000);
	assert_int_equal(socket_peer(fd, &peer, &err), 0);
	address_name(&peer, name, sizeof(name));
	assert_string_equal(name, "127.0.0.1");
	for (i = 0; i < 4; i++)
		close(fill[i]);
	close(fd);
	close(lfd);
	close(lfd2);
}

/* The name service fails, which is not to say that there is no such host. */
static void
test_name_service(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(dial_host("later.test", 21, &plain, &err), -1);
	assert_int_equal(err.kind, ERR_NETWORK);
	assert_int_not_equal(err.sys, ENOENT);
	assert_non_null(strstr(err.msg, "later.test: name service: "));
	err_clear(&err);
	assert_int_equal(dial_host("system.test", 21, &plain, &err), -1);
	assert_int_equal(err.kind, ERR_NETWORK);
	assert_int_equal(err.sys, EMFILE);
}

/* Families take turns: one with many addresses leaves room for the other. */
static void
test_many_addresses(void **state)
{
	struct sockaddr_in6 sin6 = { .sin6_family = AF_INET6,
	    .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	socklen_t len = sizeof(sin6);
	struct err err = ERR_INIT;
	int fd, lfd = socket(AF_INET6, SOCK_STREAM, 0);

	(void)state;
	if (lfd == -1 || bind(lfd, (struct sockaddr *)&sin6, len) == -1)
		skip();
	assert_int_equal(listen(lfd, 4), 0);
	getsockname(lfd, (struct sockaddr *)&sin6, &len);
	fd = dial_host("many.test", ntohs(sin6.sin6_port), &plain, &err);
	assert_true(fd >= 0);
	close(fd);
	close(lfd);
	/* And nobody answers. */
	assert_int_equal(dial_host("many.test", ntohs(sin6.sin6_port), &plain,
	    &err), -1);
	assert_int_equal(err.sys, ECONNREFUSED);
}

/* Both are down; a refusal says more than a silence that ends later. */
static void
test_both_refused(void **state)
{
	struct err err = ERR_INIT;
	struct dial_options o = plain;
	int port, lfd = loopback(-1, &port), lfd2, fill[4];
	size_t i;

	(void)state;
	assert_int_equal(dial_host("two.test", port, &o, &err), -1);
	assert_int_equal(err.sys, ECONNREFUSED);

	lfd2 = silent("127.0.0.2", port, fill);
	o.timeout_ms = 400;
	assert_int_equal(dial_host("two.test", port, &o, &err), -1);
	assert_int_equal(err.kind, ERR_NETWORK);
	assert_int_equal(err.sys, ECONNREFUSED);
	for (i = 0; i < 4; i++)
		close(fill[i]);
	close(lfd);
	close(lfd2);
}

/* A name service that does not answer: time and cancel end the wait. */
static void
test_slow_names(void **state)
{
	struct dial_options o = plain;
	struct err err = ERR_INIT;
	int port, lfd = loopback(4, &port), fd;
	char c;

	(void)state;
	o.timeout_ms = 50;
	assert_int_equal(dial_host("slow.test", port, &o, &err), -1);
	assert_int_equal(err.kind, ERR_TIMEOUT);
	assert_non_null(strstr(err.msg, "slow.test"));
	/* The late answer goes nowhere. */
	assert_int_equal(write(resolver_go[1], "x", 1), 1);
	assert_int_equal(read(resolver_done[0], &c, 1), 1);

	o.timeout_ms = 600000;
	o.deadline = deadline_in(50);
	err_clear(&err);
	assert_int_equal(dial_host("slow.test", port, &o, &err), -1);
	assert_int_equal(err.kind, ERR_TIMEOUT);
	assert_int_equal(write(resolver_go[1], "x", 1), 1);
	assert_int_equal(read(resolver_done[0], &c, 1), 1);

	o = plain;
	o.cancel = cancel_new();
	cancel_set(o.cancel, SIGINT);
	err_clear(&err);
	assert_int_equal(dial_host("slow.test", port, &o, &err), -1);
	assert_int_equal(err.kind, ERR_CANCELLED);
	assert_int_equal(write(resolver_go[1], "x", 1), 1);
	assert_int_equal(read(resolver_done[0], &c, 1), 1);
	cancel_free(o.cancel);

	assert_int_equal(write(resolver_go[1], "x", 1), 1);
	fd = dial_host("slow.test", port, &plain, &err);
	assert_true(fd >= 0);
	assert_int_equal(read(resolver_done[0], &c, 1), 1);
	close(fd);
	close(lfd);
}

static void
test_bind_address(void **state)
{
	struct dial_options o = plain;
	struct err err = ERR_INIT;
	struct address local;
	char name[64];
	int port, lfd = loopback(4, &port), fd;

	(void)state;
	o.bind_address = "127.0.0.3";
	fd = dial_host("127.0.0.1", port, &o, &err);
	assert_true(fd >= 0);
	assert_int_equal(socket_local(fd, &local, &err), 0);
	address_name(&local, name, sizeof(name));
	assert_string_equal(name, "127.0.0.3");
	close(fd);

	o.bind_address = "::1";
	assert_int_equal(dial_host("127.0.0.1", port, &o, &err), -1);
	assert_int_equal(err.kind, ERR_NETWORK);
	o.bind_address = "localhost";
	assert_int_equal(dial_host("127.0.0.1", port, &o, &err), -1);
	assert_int_equal(err.kind, ERR_USAGE);
	close(lfd);
}

static void
await(int fd)
{
	struct pollfd pfd = { .fd = fd, .events = POLLOUT };

	assert_int_equal(poll(&pfd, 1, 10000), 1);
	assert_int_equal(int_option(fd, SOL_SOCKET, SO_ERROR), 0);
}

/* A data connection comes from the control connection's own address. */
static void
test_peer_port(void **state)
{
	struct dial_options o = plain;
	struct err err = ERR_INIT;
	struct address a, b;
	int port, port2, lfd = loopback(4, &port), lfd2, control, fd;

	(void)state;
	lfd2 = loopback(4, &port2);
	o.bind_address = "127.0.0.4";
	control = dial_host("127.0.0.1", port, &o, &err);
	assert_true(control >= 0);
	fd = dial_peer_port(control, port2, &err);
	assert_true(fd >= 0);
	await(fd);
	assert_int_equal(socket_peer(fd, &a, &err), 0);
	assert_int_equal(address_port(&a), port2);
	assert_int_equal(socket_local(fd, &a, &err), 0);
	assert_int_equal(socket_local(control, &b, &err), 0);
	assert_true(address_same_host(&a, &b));
	close(fd);
	close(control);
	close(lfd);
	close(lfd2);
}

static void
test_address(void **state)
{
	static const char *const refused[] = { "10.0.0.1", "192.168.1.1",
	    "172.31.255.255", "100.64.0.1", "169.254.169.254", "0.0.0.0",
	    "224.0.0.1", "255.255.255.255", "127.0.0", "localhost", "" };
	struct err err = ERR_INIT;
	int port, port2, lfd = loopback(4, &port), lfd2, control, fd;
	char says[128];
	size_t i;

	(void)state;
	lfd2 = loopback(4, &port2);
	control = dial_host("127.0.0.1", port, &plain, &err);
	for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		err_clear(&err);
		assert_int_equal(dial_address(control, refused[i], port2,
		    &err), -1);
		assert_int_equal(err.kind, ERR_PROTOCOL);
	}
	fd = dial_address(control, "127.0.0.1", port2, &err);
	assert_true(fd >= 0);
	await(fd);
	close(fd);
	connect_errno = EADDRNOTAVAIL;
	connect_times = 2;
	snprintf(says, sizeof(says), "127.0.0.1 port %d: Cannot assign "
	    "requested address", port2);
	err_clear(&err);
	assert_int_equal(dial_address(control, "127.0.0.1", port2, &err), -1);
	assert_int_equal(err.kind, ERR_NETWORK);
	assert_string_equal(err.msg, says);
	err_clear(&err);
	assert_int_equal(dial_peer_port(control, port2, &err), -1);
	assert_string_equal(err.msg, says);
	assert_int_equal(connect_times, 0);
	sockname_errno = EIO;
	err_clear(&err);
	assert_int_equal(dial_peer_port(control, port2, &err), -1);
	assert_string_equal(err.msg, "own address: Input/output error");
	dial_peer_name(control, says, sizeof(says));
	assert_string_equal(says, "127.0.0.1");
	dial_peer_name(lfd, says, sizeof(says));
	assert_string_equal(says, "?");
	err_clear(&err);
	assert_int_equal(dial_address(lfd, "127.0.0.1", port2, &err), -1);
	assert_int_equal(err.sys, ENOTCONN);
	err_clear(&err);
	assert_int_equal(dial_peer_port(lfd, port2, &err), -1);
	assert_int_equal(err.sys, ENOTCONN);
	close(control);
	close(lfd);
	close(lfd2);
}

static struct address
address_of(const char *ip)
{
	struct addrinfo hints = { .ai_flags = AI_NUMERICHOST,
	    .ai_socktype = SOCK_STREAM }, *list;
	struct address a = { .len = 0 };

	assert_int_equal(resolve_really(ip, NULL, &hints, &list), 0);
	memcpy(&a.ss, list->ai_addr, list->ai_addrlen);
	a.len = list->ai_addrlen;
	freeaddrinfo(list);
	return a;
}

static void
test_scope(void **state)
{
	static const struct {
		const char *ip;
		enum address_scope scope;
	} rows[] = {
		{ "192.0.2.1", SCOPE_GLOBAL }, { "172.32.0.1", SCOPE_GLOBAL },
		{ "172.16.0.1", SCOPE_PRIVATE }, { "11.0.0.1", SCOPE_GLOBAL },
		{ "240.0.0.1", SCOPE_NONE }, { "127.9.9.9", SCOPE_LOOPBACK },
		{ "2001:db8::1", SCOPE_GLOBAL }, { "fd00::1", SCOPE_PRIVATE },
		{ "fe80::1", SCOPE_LINK }, { "::1", SCOPE_LOOPBACK },
		{ "::", SCOPE_NONE }, { "ff02::1", SCOPE_NONE },
	};
	struct address a;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		a = address_of(rows[i].ip);
		if (address_scope(&a) != rows[i].scope)
			fail_msg("%s", rows[i].ip);
	}
}

/* How far away the other end is, or that nobody knows. */
static void
test_rtt(void **state)
{
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(socket_rtt_us(fds[0]), -1);
	close(fds[0]);
	close(fds[1]);
	fds[0] = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(socket_rtt_us(fds[0]), 0);
	close(fds[0]);
}

static void
test_addresses(void **state)
{
	static const struct {
		const char *a, *b;
		bool same;
	} rows[] = {
		{ "192.0.2.1", "192.0.2.1", true },
		{ "192.0.2.1", "192.0.2.2", false },
		{ "::1", "::1", true }, { "::1", "::2", false },
		{ "fe80::1%1", "fe80::1%2", false },
		{ "127.0.0.1", "::ffff:127.0.0.1", false },
		{ "::", "0.0.0.0", false },
	};
	struct address a, b;
	char name[64];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		a = address_of(rows[i].a);
		b = address_of(rows[i].b);
		address_set_port(&a, 2121);
		assert_int_equal(address_port(&a), 2121);
		assert_int_equal(address_port(&b), 0);
		assert_int_equal(address_same_host(&a, &b), rows[i].same);
	}
	address_name(&a, name, sizeof(name));
	assert_string_equal(name, "::");
	a.len = 0;
	address_name(&a, name, sizeof(name));
	assert_string_equal(name, "?");
	a.len = 1;
	address_name(&a, name, sizeof(name));
	assert_string_equal(name, "?");
}

static void
test_host(void **state)
{
	static const struct {
		const char *in, *ascii, *certified;
		bool address;
	} rows[] = {
		{ "a.example", "a.example", "a.example", false },
		{ "a.example.", "a.example.", "a.example", false },
		{ ".", ".", ".", false }, { "[]", "[]", "[]", false },
		{ "a_b.example", "a_b.example", "a_b.example", false },
		{ "b\303\274cher.example", "xn--bcher-kva.example",
		    "xn--bcher-kva.example", false },
		{ "stra\303\237e.example", "xn--strae-oqa.example",
		    "xn--strae-oqa.example", false },
		{ "192.0.2.1", "192.0.2.1", "192.0.2.1", true },
		{ "[::1]", "::1", "::1", true },
		{ "[fe80::1%lo]", "fe80::1%lo", "fe80::1", true },
		{ "::1", "::1", "::1", true },
		{ "x::1]", "x::1]", "x::1]", false },
		{ "[::1x", "[::1x", "[::1x", false },
	};
	struct err err = ERR_INIT;
	char *s;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		s = host_ascii(rows[i].in, &err);
		assert_string_equal(s, rows[i].ascii);
		free(s);
		s = host_certified(rows[i].in, &err);
		assert_string_equal(s, rows[i].certified);
		free(s);
		assert_int_equal(host_is_address(rows[i].in),
		    rows[i].address);
	}
	assert_null(host_ascii("a\377b", &err));
	assert_int_equal(err.kind, ERR_USAGE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_connects),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_no_route),
		cmocka_unit_test(test_worst),
		cmocka_unit_test(test_each),
		cmocka_unit_test(test_no_such_host),
		cmocka_unit_test(test_silent),
		cmocka_unit_test(test_staggered),
		cmocka_unit_test(test_name_service),
		cmocka_unit_test(test_many_addresses),
		cmocka_unit_test(test_both_refused),
		cmocka_unit_test(test_slow_names),
		cmocka_unit_test(test_bind_address),
		cmocka_unit_test(test_peer_port),
		cmocka_unit_test(test_address),
		cmocka_unit_test(test_scope),
		cmocka_unit_test(test_rtt),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_host),
	};

	if (pipe(resolver_go) != 0 || pipe(resolver_done) != 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
