/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/resource.h>
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "net/resolve.h"
#include "instead.h"
#include "locks.h"

/* What single bytes fail with, once, if it counts; 0: they do not. */
static int read_errno, write_errno;
static atomic_bool counts;	/* also for a thread that is too late */
static int reads;

/* These instead of the C library's. */
ssize_t
read(int fd, void *buf, size_t n)
{
	ssize_t (*real)(int, void *, size_t);

	REAL("read");
	if (!counts || n != 1)
		return real(fd, buf, n);
	reads++;
	return fails_once(&read_errno) ? -1 : real(fd, buf, n);
}

ssize_t
write(int fd, const void *buf, size_t n)
{
	ssize_t (*real)(int, const void *, size_t);

	REAL("write");
	return counts && n == 1 && fails_once(&write_errno) ? -1 :
	    real(fd, buf, n);
}

/* From now on there are no more than extra descriptors, until undone. */
static struct rlimit
limit_files(int extra)
{
	struct rlimit before, limit;
	int fd = dup(0);

	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	limit = before;
	limit.rlim_cur = (rlim_t)(fd + extra);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	return before;
}

static int
resolve(const char *name, struct err *err)
{
	struct addrinfo *list = NULL;
	int rc;

	err_clear(err);
	rc = resolve_host(name, 21, AF_INET, deadline_in(20000), NULL, &list,
	    err);
	assert_int_equal(rc == 0, list != NULL);
	if (list != NULL)
		freeaddrinfo(list);
	return rc;
}

/* Names need a pipe and a thread, addresses need neither. */
static void
test_no_pipe(void **state)
{
	struct err err = ERR_INIT;
	struct rlimit before;
	int rc, number, extra;

	(void)state;
	for (extra = 0; extra < 2; extra++) {
		before = limit_files(extra);
		rc = resolve("localhost", &err);
		number = resolve("127.0.0.1", &err) == 0 ? 0 : -1;
		if (number == 0)
			rc = resolve("localhost", &err);
		setrlimit(RLIMIT_NOFILE, &before);
		assert_int_equal(rc, -1);
		assert_int_equal(number, 0);
		assert_int_equal(err.kind, ERR_NETWORK);
		assert_int_equal(err.sys, EMFILE);
		assert_string_equal(err.msg, "pipe: Too many open files");
	}
	assert_int_equal(resolve("localhost", &err), 0);
}

static void
test_no_thread(void **state)
{
	struct err err = ERR_INIT;
	pthread_attr_t small, huge;
	int rc, fd, after;

	(void)state;
	assert_int_equal(pthread_getattr_default_np(&small), 0);
	assert_int_equal(pthread_attr_init(&huge), 0);
	if (pthread_attr_setstacksize(&huge, (size_t)1 << 46) != 0 ||
	    pthread_setattr_default_np(&huge) != 0)
		skip();
	fd = dup(0);
	close(fd);
	rc = resolve("localhost", &err);
	pthread_setattr_default_np(&small);
	assert_int_equal(rc, -1);
	assert_int_equal(err.kind, ERR_NETWORK);
	assert_int_equal(err.sys, EAGAIN);
	assert_non_null(strstr(err.msg, "thread: "));
	/* Nothing is left of it. */
	after = dup(0);
	close(after);
	assert_int_equal(after, fd);
	assert_int_equal(resolve("localhost", &err), 0);
	pthread_attr_destroy(&huge);
	pthread_attr_destroy(&small);
}

static void
test_names(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(resolve("127.0.0.1", &err), 0);
	assert_int_equal(resolve("nosuch.invalid", &err), -1);
	assert_int_equal(err.kind, ERR_NETWORK);
	assert_int_equal(resolve("::1", &err), -1);
	assert_int_equal(err.sys, ENOENT);
	assert_string_equal(err.msg,
	    "::1: no such host with an IPv4 address");
}

/* The time is over when it begins; the thread may be done even so. */
static void
test_too_late(void **state)
{
	struct addrinfo *list = NULL;
	struct err err = ERR_INIT;
	int rc = 0, i;

	(void)state;
	for (i = 0; i < 10000 && rc == 0; i++) {
		rc = resolve_host("localhost", 21, AF_INET, clock_ms(),
		    NULL, &list, &err);
		if (rc == 0)
			freeaddrinfo(list);
	}
	assert_int_equal(rc, -1);
	assert_int_equal(err.kind, ERR_TIMEOUT);
	assert_string_equal(err.msg,
	    "localhost: no answer from the name service");
}

/* A signal on either side of the pipe is no answer. */
static void
test_interrupted(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	read_errno = write_errno = EINTR;
	reads = 0;
	counts = true;
	assert_int_equal(resolve("localhost", &err), 0);
	assert_int_equal(reads, 2);
	assert_int_equal(read_errno, 0);
	assert_int_equal(write_errno, 0);
	counts = false;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_pipe),
		cmocka_unit_test(test_no_thread),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_interrupted),
		cmocka_unit_test(test_too_late),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
