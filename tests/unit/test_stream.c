/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Streams in the clear; test_tls.c has those under TLS. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/socket.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "net/socket.h"
#include "net/stream.h"
#include "net/wait.h"
#include "instead.h"
#include "is_shared.h"

enum { WAIT_MS = 10000, BUFSIZE = 64 * 1024 };

/* What the kernel has to say of a connection, once; 0: nothing. */
static int recv_errno, connect_errno, peer_errno;
static size_t asked_for;	/* by the last recv(2) */
static int hurried;		/* how often the kernel was told to */

/* These instead of the C library's. */
ssize_t
recv(int fd, void *buf, size_t n, int flags)
{
	ssize_t (*real)(int, void *, size_t, int);

	REAL("recv");
	asked_for = n;
	return fails_once(&recv_errno) ? -1 : real(fd, buf, n, flags);
}

int
getsockopt(int fd, int level, int name, void *value, socklen_t *len)
{
	int (*real)(int, int, int, void *, socklen_t *);

	REAL("getsockopt");
	return fails_once(&connect_errno) ? -1 :
	    real(fd, level, name, value, len);
}

int
setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
	int (*real)(int, int, int, const void *, socklen_t);

	REAL("setsockopt");
	hurried += level == IPPROTO_TCP && name == TCP_QUICKACK;
	return real(fd, level, name, value, len);
}

int
getpeername(int fd, struct sockaddr *a, socklen_t *len)
{
	int (*real)(int, struct sockaddr *, socklen_t *);

	REAL("getpeername");
	return fails_once(&peer_errno) ? -1 : real(fd, a, len);
}

/* A stream, and the other end of its socket. */
static struct stream *
stream_pair(int *other)
{
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	fcntl(fds[0], F_SETFL, O_NONBLOCK);
	*other = fds[1];
	return stream_new(fds[0], BUFSIZE);
}

/* A listening socket on loopback. */
static int
listening(struct sockaddr_in *sin)
{
	socklen_t len = sizeof(*sin);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	*sin = (struct sockaddr_in){ .sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	assert_int_equal(bind(fd, (struct sockaddr *)sin, len), 0);
	assert_int_equal(listen(fd, 4), 0);
	getsockname(fd, (struct sockaddr *)sin, &len);
	return fd;
}

static void
await(struct stream *s)
{
	struct err err = ERR_INIT;
	struct pollfd pfd;

	stream_pollfd(s, &pfd);
	assert_int_equal(net_wait(&pfd, 1, deadline_in(WAIT_MS), NULL, &err),
	    1);
}

static ssize_t
read_wait(struct stream *s, void *buf, size_t n, struct err *err)
{
	ssize_t got;

	while ((got = stream_try_read(s, buf, n, err)) == STREAM_AGAIN)
		await(s);
	return got;
}

static void
test_read(void **state)
{
	struct err err = ERR_INIT;
	struct stream *s;
	struct pollfd pfd;
	char buf[16];
	int other;

	(void)state;
	s = stream_pair(&other);
	assert_int_equal(stream_try_handshake(s, &err), 0);
	assert_false(stream_resumed(s));
	assert_int_equal(stream_try_read(s, buf, sizeof(buf), &err),
	    STREAM_AGAIN);
	stream_pollfd(s, &pfd);
	assert_int_equal(pfd.fd, stream_fd(s));
	assert_int_equal(pfd.events, POLLIN);

	/* One system call reads ahead; it comes out in pieces. */
	assert_int_equal(write(other, "abcdef", 6), 6);
	assert_int_equal(read_wait(s, buf, 2, &err), 2);
	assert_memory_equal(buf, "ab", 2);
	assert_int_equal(stream_moved(s), 6);
	assert_int_equal(stream_try_read(s, buf, sizeof(buf), &err), 4);
	assert_memory_equal(buf, "cdef", 4);
	assert_int_equal(stream_ended(s), STREAM_OPEN);
	close(other);
	assert_int_equal(read_wait(s, buf, sizeof(buf), &err), 0);
	assert_int_equal(stream_ended(s), STREAM_END_BARE);
	assert_int_equal(stream_try_read(s, buf, sizeof(buf), &err), 0);
	/* Nothing more to wait for. */
	stream_pollfd(s, &pfd);
	assert_int_equal(pfd.fd, -1);
	stream_free(s);
	stream_free(NULL);
}

/* What is read ahead grows with what comes, and shrinks no more. */
static void
test_ahead(void **state)
{
	enum { FIRST = 16 * 1024 };
	static const struct {
		size_t comes, asks;
	} rows[] = {
		{ 1, FIRST }, { FIRST - 1, FIRST }, { FIRST, FIRST },
		{ 1, BUFSIZE }, { BUFSIZE, BUFSIZE }, { 1, BUFSIZE },
	};
	static char data[BUFSIZE];
	struct err err = ERR_INIT;
	struct stream *s;
	size_t i, left;
	ssize_t got;
	int other, fds[2];

	(void)state;
	s = stream_pair(&other);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(write(other, data, rows[i].comes),
		    rows[i].comes);
		for (left = rows[i].comes; left > 0; left -= got) {
			got = stream_try_read(s, data, left < BUFSIZE ? left :
			    BUFSIZE - 1, &err);
			assert_true(got > 0);
		}
		assert_int_equal(asked_for, rows[i].asks);
	}
	stream_free(s);
	close(other);
	/* But not beyond what was said, which need not be a multiple. */
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	s = stream_new(fds[0], FIRST + 100);
	assert_int_equal(write(fds[1], data, FIRST + 1), FIRST + 1);
	assert_int_equal(stream_try_read(s, data, FIRST, &err), FIRST);
	assert_int_equal(asked_for, FIRST);
	assert_int_equal(stream_try_read(s, data, 1, &err), 1);
	assert_int_equal(asked_for, FIRST + 100);
	stream_free(s);
	close(fds[1]);
}

/* Whoever waits for an answer hurries; data in bulk has no need to. */
static void
test_hurry(void **state)
{
	struct err err = ERR_INIT;
	struct stream *s;
	int other, i;
	char c;

	(void)state;
	s = stream_pair(&other);
	hurried = 0;
	for (i = 0; i < 60; i++) {
		if (i == 20) {
			assert_int_equal(hurried, 0);
			assert_int_equal(stream_try_write(s, "x", 1, &err), 1);
			assert_int_equal(stream_try_flush(s, &err), 0);
		}
		assert_int_equal(write(other, "x", 1), 1);
		assert_int_equal(stream_try_read(s, &c, 1, &err), 1);
	}
	assert_int_equal(hurried, 16);
	stream_free(s);
	close(other);
}

/* Writes gather until the flush. */
static void
test_write(void **state)
{
	struct err err = ERR_INIT;
	struct stream *s;
	char buf[16];
	int other;

	(void)state;
	s = stream_pair(&other);
	assert_int_equal(stream_try_write(s, "USER u\r\n", 8, &err), 8);
	assert_int_equal(stream_try_write(s, "PASS p", 6, &err), 6);
	assert_int_equal(recv(other, buf, sizeof(buf), MSG_DONTWAIT), -1);
	assert_int_equal(stream_try_flush(s, &err), 0);
	assert_int_equal(recv(other, buf, sizeof(buf), MSG_DONTWAIT), 14);
	assert_memory_equal(buf, "USER u\r\nPASS p", 14);
	assert_int_equal(stream_try_finish(s, &err), 0);
	assert_int_equal(recv(other, buf, sizeof(buf), 0), 0);
	/* We may still read. */
	assert_int_equal(write(other, "x", 1), 1);
	assert_int_equal(read_wait(s, buf, sizeof(buf), &err), 1);
	assert_int_equal(stream_try_finish(s, &err), 0);
	stream_free(s);
	close(other);
}

static char
pattern(size_t i)
{
	return (char)(i * 131 ^ i >> 9);
}

/* Nobody reads: the buffer and the socket fill up, then it is AGAIN. */
static void
test_full(void **state)
{
	struct err err = ERR_INIT;
	static char data[1024 * 1024];
	struct stream *s;
	struct pollfd pfd;
	uint64_t put = 0, got = 0;
	ssize_t n;
	int other;

	(void)state;
	s = stream_pair(&other);
	while ((n = stream_try_write(s, data, sizeof(data), &err)) > 0)
		put += n;
	assert_int_equal(n, STREAM_AGAIN);
	assert_in_range(put - stream_moved(s), BUFSIZE, BUFSIZE + 16383);
	assert_int_equal(stream_try_flush(s, &err), STREAM_AGAIN);
	stream_pollfd(s, &pfd);
	assert_int_equal(pfd.events, POLLOUT);
	/* Input that a writer does not read must not wake it. */
	assert_int_equal(write(other, "x", 1), 1);
	assert_int_equal(net_wait(&pfd, 1, clock_ms(), NULL, &err), 0);
	/* But one who wants both gets both. */
	assert_int_equal(stream_try_read(s, data, 1, &err), 1);
	assert_int_equal(stream_try_read(s, data, 1, &err), STREAM_AGAIN);
	stream_pollfd(s, &pfd);
	assert_int_equal(pfd.events, POLLIN | POLLOUT);
	while ((n = recv(other, data, sizeof(data), MSG_DONTWAIT)) > 0 ||
	    stream_try_flush(s, &err) != 0)
		got += n > 0 ? n : 0;
	while ((n = recv(other, data, sizeof(data), MSG_DONTWAIT)) > 0)
		got += n;
	assert_int_equal(got, put);
	stream_free(s);
	close(other);
}

/* A socket that takes little at a time: the buffer is never empty. */
static void
test_slow_reader(void **state)
{
	static char data[256 * 251];
	struct err err = ERR_INIT;
	char buf[7001];
	struct stream *s;
	size_t put = 0, got = 0, at;
	ssize_t n, i;
	int other;

	(void)state;
	for (at = 0; at < sizeof(data); at++)
		data[at] = pattern(at);
	s = stream_pair(&other);
	while (got < 4 * 1024 * 1024) {
		at = put % sizeof(data);
		while ((n = stream_try_write(s, data + at, sizeof(data) - at,
		    &err)) > 0) {
			put += n;
			at = put % sizeof(data);
		}
		assert_int_equal(n, STREAM_AGAIN);
		n = recv(other, buf, sizeof(buf), 0);
		assert_true(n > 0);
		for (i = 0; i < n; i++)
			assert_int_equal(buf[i],
			    data[(got + i) % sizeof(data)]);
		got += n;
	}
	stream_free(s);
	close(other);
}

static void
test_connecting(void **state)
{
	struct err err = ERR_INIT;
	struct sockaddr_in sin;
	struct pollfd pfd;
	struct stream *s;
	char c;
	int lfd = listening(&sin), fd, peer, kept;

	(void)state;
	fd = socket_new(AF_INET, &err);
	s = stream_new(fd, BUFSIZE);
	assert_int_equal(stream_try_handshake(s, &err), STREAM_AGAIN);
	stream_pollfd(s, &pfd);
	assert_int_equal(pfd.events, POLLOUT);
	connect(fd, (struct sockaddr *)&sin, sizeof(sin));
	while (stream_try_handshake(s, &err) == STREAM_AGAIN)
		await(s);
	/* Now a reader waits for what comes, and is not woken before. */
	assert_int_equal(stream_try_read(s, &c, 1, &err), STREAM_AGAIN);
	stream_pollfd(s, &pfd);
	assert_int_equal(pfd.events, POLLIN);
	assert_int_equal(stream_try_write(s, "x", 1, &err), 1);
	assert_int_equal(stream_try_flush(s, &err), 0);
	peer = accept(lfd, NULL, NULL);
	assert_int_equal(read(peer, &c, 1), 1);
	assert_false(stream_is_ipv6(s));
	assert_int_equal(is_shared(fd), 0);
	assert_int_equal(stream_try_finish(s, &err), 0);
	assert_int_equal(is_shared(fd), 1);
	socket_share(fd, false);
	assert_int_equal(is_shared(fd), 0);
	kept = dup(fd);
	stream_free(s);
	assert_int_equal(is_shared(kept), 1);
	close(kept);
	close(peer);
	close(lfd);
}

static void
test_refused(void **state)
{
	struct err err = ERR_INIT;
	struct sockaddr_in sin;
	struct stream *s;
	int fd, rc;

	(void)state;
	close(listening(&sin));
	fd = socket_new(AF_INET, &err);
	assert_int_equal(connect(fd, (struct sockaddr *)&sin, sizeof(sin)),
	    -1);
	/* Loopback may have refused already. */
	s = stream_new(fd, BUFSIZE);
	while ((rc = stream_try_handshake(s, &err)) == STREAM_AGAIN)
		await(s);
	assert_int_equal(rc, -1);
	assert_int_equal(err.kind, ERR_NETWORK);
	assert_int_equal(err.sys, ECONNREFUSED);
	stream_free(s);
}

/* What came before the reset is read first; then it is no end. */
static void
test_reset(void **state)
{
	struct linger linger = { .l_onoff = 1 };
	struct err err = ERR_INIT;
	struct sockaddr_in sin;
	struct stream *s;
	char buf[8];
	int lfd = listening(&sin), fd, peer;

	(void)state;
	fd = socket_new(AF_INET, &err);
	connect(fd, (struct sockaddr *)&sin, sizeof(sin));
	s = stream_new(fd, BUFSIZE);
	peer = accept(lfd, NULL, NULL);
	assert_int_equal(write(peer, "abc", 3), 3);
	assert_int_equal(read_wait(s, buf, sizeof(buf), &err), 3);
	setsockopt(peer, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	close(peer);
	assert_int_equal(read_wait(s, buf, sizeof(buf), &err), -1);
	assert_int_equal(err.kind, ERR_NETWORK);
	assert_int_equal(err.sys, ECONNRESET);
	assert_int_equal(stream_ended(s), STREAM_OPEN);

	/* Writing to it neither kills us nor goes well. */
	assert_int_equal(stream_try_write(s, "x", 1, &err), 1);
	err_clear(&err);
	assert_int_equal(stream_try_flush(s, &err), -1);
	assert_int_equal(err.kind, ERR_NETWORK);
	err_clear(&err);
	assert_int_equal(stream_try_finish(s, &err), -1);
	assert_int_equal(err.kind, ERR_NETWORK);
	assert_string_equal(err.msg, "connection reset by the server");
	stream_free(s);
	close(lfd);
}

/* What still comes is dropped until they end. */
static void
test_discard(void **state)
{
	struct err err = ERR_INIT;
	struct pollfd pfd;
	struct stream *s;
	int other;

	(void)state;
	s = stream_pair(&other);
	assert_int_equal(stream_try_discard(s, &err), STREAM_AGAIN);
	stream_pollfd(s, &pfd);
	assert_int_equal(pfd.events, POLLIN);
	assert_int_equal(write(other, "abc", 3), 3);
	assert_int_equal(stream_try_discard(s, &err), STREAM_AGAIN);
	recv_errno = EINTR;
	assert_int_equal(stream_try_discard(s, &err), STREAM_AGAIN);
	assert_int_equal(err.kind, ERR_NONE);
	recv_errno = ECONNRESET;
	assert_int_equal(stream_try_discard(s, &err), -1);
	assert_int_equal(err.kind, ERR_NETWORK);
	assert_int_equal(err.sys, ECONNRESET);
	assert_int_equal(write(other, "abc", 3), 3);
	close(other);
	err_clear(&err);
	assert_int_equal(stream_try_discard(s, &err), 0);
	assert_int_equal(stream_moved(s), 6);
	assert_int_equal(err.kind, ERR_NONE);
	stream_free(s);
}

/* How a connection that stood can end, and what is said of it. */
static void
test_lost(void **state)
{
	static const struct {
		int errnum;
		const char *says;
	} rows[] = {
		{ ECONNRESET, "connection reset by the server" },
		{ EPIPE, "connection reset by the server" },
		{ ETIMEDOUT, "connection lost: the server answers no more" },
		{ EHOSTUNREACH, "connection lost: No route to host" },
	};
	struct err err;
	struct stream *s;
	char buf[8];
	size_t i;
	int other;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		err_clear(&err);
		s = stream_pair(&other);
		assert_int_equal(stream_try_handshake(s, &err), 0);
		assert_int_equal(write(other, "abc", 3), 3);
		recv_errno = EINTR;
		assert_int_equal(read_wait(s, buf, sizeof(buf), &err), 3);
		recv_errno = rows[i].errnum;
		assert_int_equal(read_wait(s, buf, sizeof(buf), &err), -1);
		assert_int_equal(err.kind, ERR_NETWORK);
		assert_int_equal(err.sys, rows[i].errnum);
		assert_string_equal(err.msg, rows[i].says);
		stream_free(s);
		close(other);
	}
}

/* And one that never came to stand. */
static void
test_not_connected(void **state)
{
	static const struct {
		int *call, errnum;
		enum err_kind kind;
		const char *says;
	} rows[] = {
		{ &connect_errno, EIO, ERR_NETWORK,
		    "cannot connect: Input/output error" },
		{ &connect_errno, ETIMEDOUT, ERR_TIMEOUT,
		    "cannot connect: Connection timed out" },
		{ &peer_errno, EIO, ERR_NETWORK,
		    "server's address: Input/output error" },
	};
	struct sockaddr_in sin;
	struct stream *s;
	struct err err;
	int lfd = listening(&sin), fd, rc;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		err_clear(&err);
		fd = socket_new(AF_INET, &err);
		connect(fd, (struct sockaddr *)&sin, sizeof(sin));
		peer_errno = ENOTCONN;
		s = stream_new(fd, BUFSIZE);
		*rows[i].call = rows[i].errnum;
		assert_int_equal(stream_try_handshake(s, &err), -1);
		assert_int_equal(err.kind, rows[i].kind);
		assert_int_equal(err.sys, rows[i].errnum);
		assert_string_equal(err.msg, rows[i].says);
		stream_free(s);
	}
	err_clear(&err);
	fd = socket_new(AF_INET, &err);
	connect(fd, (struct sockaddr *)&sin, sizeof(sin));
	peer_errno = ENOTCONN;
	s = stream_new(fd, BUFSIZE);
	peer_errno = ENOTCONN;
	assert_int_equal(stream_try_handshake(s, &err), STREAM_AGAIN);
	while ((rc = stream_try_handshake(s, &err)) == STREAM_AGAIN)
		await(s);
	assert_int_equal(rc, 0);
	stream_free(s);
	close(lfd);
}

enum { LARGE = 8 * 1024 * 1024 };

/* Reads LARGE bytes and sends them back. */
static void *
echo(void *arg)
{
	char *data = malloc(LARGE);
	size_t n = 0;
	ssize_t got;
	int fd = *(int *)arg;

	while (n < LARGE && (got = read(fd, data + n, LARGE - n)) > 0)
		n += got;
	for (n = 0; n < LARGE && (got = write(fd, data + n, LARGE - n)) > 0;)
		n += got;
	free(data);
	close(fd);
	return NULL;
}

static void
test_large(void **state)
{
	char *out = malloc(LARGE), *in = malloc(LARGE);
	struct err err = ERR_INIT;
	struct stream *s;
	pthread_t thread;
	size_t i, n = 0;
	ssize_t rc;
	int other;

	(void)state;
	s = stream_pair(&other);
	pthread_create(&thread, NULL, echo, &other);
	for (i = 0; i < LARGE; i++)
		out[i] = pattern(i);
	while (n < LARGE) {
		/* Odd sizes, so that pieces never line up with buffers. */
		rc = stream_try_write(s, out + n,
		    LARGE - n < 70001 ? LARGE - n : 70001, &err);
		if (rc == STREAM_AGAIN)
			await(s);
		else
			assert_true(rc > 0);
		n += rc > 0 ? rc : 0;
	}
	while (stream_try_finish(s, &err) == STREAM_AGAIN)
		await(s);
	for (n = 0; n < LARGE; n += rc) {
		rc = read_wait(s, in + n, LARGE - n < 30011 ? LARGE - n :
		    30011, &err);
		assert_true(rc > 0);
	}
	assert_memory_equal(in, out, LARGE);
	assert_int_equal(read_wait(s, in, 1, &err), 0);
	assert_int_equal(stream_moved(s), 2 * LARGE);
	pthread_join(thread, NULL);
	stream_free(s);
	free(in);
	free(out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_ahead),
		cmocka_unit_test(test_hurry),
		cmocka_unit_test(test_write),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_slow_reader),
		cmocka_unit_test(test_connecting),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_reset),
		cmocka_unit_test(test_discard),
		cmocka_unit_test(test_lost),
		cmocka_unit_test(test_not_connected),
		cmocka_unit_test(test_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
