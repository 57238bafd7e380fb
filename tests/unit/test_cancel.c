/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <sys/types.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "base/cancel.h"

static bool
readable(const struct cancel *c)
{
	struct pollfd p = { .fd = cancel_fd(c), .events = POLLIN };

	return poll(&p, 1, 0) == 1;
}

static void
test_set_reset(void **state)
{
	struct cancel *c = cancel_new();
	int round;

	(void)state;
	for (round = 0; round < 3; round++) {
		assert_int_equal(cancel_reason(c), CANCEL_NONE);
		assert_false(readable(c));
		errno = EBADF;
		cancel_set(c, SIGTERM);
		assert_int_equal(errno, EBADF);
		cancel_set(c, SIGINT);
		assert_int_equal(cancel_reason(c), SIGTERM);
		assert_true(readable(c));
		assert_true(readable(c));
		cancel_reset(c);
	}
	cancel_reset(c);
	assert_false(readable(c));
	cancel_free(c);
}

static void
test_null(void **state)
{
	(void)state;
	assert_int_equal(cancel_reason(NULL), CANCEL_NONE);
	assert_int_equal(cancel_fd(NULL), -1);
	cancel_free(NULL);
}

static void
test_error(void **state)
{
	static const struct {
		int reason;
		enum err_kind kind;
		const char *msg;
	} want[] = {
		{ CANCEL_DEADLINE, ERR_TIMEOUT, "deadline reached" },
		{ SIGUSR1, ERR_CANCELLED, "cancelled" },
		{ SIGINT, ERR_CANCELLED, "interrupted" },
		{ SIGTERM, ERR_CANCELLED, "terminated" },
		{ SIGHUP, ERR_CANCELLED, "hung up" },
	};
	struct cancel *c = cancel_new();
	struct err err = ERR_INIT;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		cancel_set(c, want[i].reason);
		assert_int_equal(cancel_error(c, &err), -1);
		assert_int_equal(err.kind, want[i].kind);
		assert_string_equal(err.msg, want[i].msg);
		cancel_reset(c);
	}
	cancel_free(c);
}

static void *
setter(void *arg)
{
	cancel_set(arg, SIGTERM);
	return NULL;
}

/* However setters and a reset meet, the pipe tells the same as the reason. */
static void
test_races(void **state)
{
	struct cancel *c = cancel_new();
	pthread_t a, b;
	int i;

	(void)state;
	for (i = 0; i < 2000; i++) {
		assert_int_equal(pthread_create(&a, NULL, setter, c), 0);
		assert_int_equal(pthread_create(&b, NULL, setter, c), 0);
		cancel_reset(c);
		pthread_join(a, NULL);
		pthread_join(b, NULL);
		assert_int_equal(readable(c),
		    cancel_reason(c) != CANCEL_NONE);
		cancel_reset(c);
		assert_false(readable(c));
	}
	cancel_free(c);
}

/* Runs fn in a child and returns how it ended. */
static int
in_child(int (*fn)(struct cancel *))
{
	static const struct rlimit no_core = { 0, 0 };
	struct cancel *c;
	pid_t pid;
	int status;

	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		setrlimit(RLIMIT_CORE, &no_core);
		signal(SIGINT, SIG_DFL);
		signal(SIGTERM, SIG_DFL);
		signal(SIGHUP, SIG_IGN);
		c = cancel_new();
		cancel_install(c);
		_exit(fn(c));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static int
one_signal(struct cancel *c)
{
	raise(SIGPIPE);
	raise(SIGXFSZ);
	raise(SIGHUP);	/* ignored before, so still */
	if (cancel_reason(c) != CANCEL_NONE)
		return 1;
	raise(SIGTERM);
	if (cancel_reason(c) != SIGTERM || !readable(c))
		return 2;
	cancel_reset(c);
	raise(SIGINT);
	return cancel_reason(c) == SIGINT ? 0 : 3;
}

static int
two_signals(struct cancel *c)
{
	(void)c;
	raise(SIGINT);
	raise(SIGTERM);
	return 0;
}

static void *
blocked(void *arg)
{
	struct cancel *c = arg;
	sigset_t pending;

	cancel_block_signals();
	pthread_kill(pthread_self(), SIGINT);
	sigpending(&pending);
	return sigismember(&pending, SIGINT) == 1 &&
	    cancel_reason(c) == CANCEL_NONE ? NULL : arg;
}

static int
blocked_thread(struct cancel *c)
{
	pthread_t t;
	void *result;

	if (pthread_create(&t, NULL, blocked, c) != 0)
		return 1;
	pthread_join(t, &result);
	return result != NULL;
}

static void
test_signals(void **state)
{
	int status;

	(void)state;
	assert_int_equal(in_child(one_signal), 0);
	assert_int_equal(in_child(blocked_thread), 0);
	status = in_child(two_signals);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGTERM);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_set_reset),
		cmocka_unit_test(test_null),
		cmocka_unit_test(test_error),
		cmocka_unit_test(test_races),
		cmocka_unit_test(test_signals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
