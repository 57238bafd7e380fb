/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/resource.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "net/wait.h"

static void
test_ready(void **state)
{
	struct pollfd fds[3];
	struct err err = ERR_INIT;
	int a[2], b[2];

	(void)state;
	assert_int_equal(pipe(a), 0);
	assert_int_equal(pipe(b), 0);
	assert_int_equal(write(b[1], "x", 1), 1);
	fds[0] = (struct pollfd){ .fd = a[0], .events = POLLIN };
	fds[1] = (struct pollfd){ .fd = -1, .events = POLLIN };
	fds[2] = (struct pollfd){ .fd = b[0], .events = POLLIN };
	assert_int_equal(net_wait(fds, 3, DEADLINE_NONE, NULL, &err), 1);
	assert_int_equal(fds[0].revents, 0);
	assert_int_equal(fds[1].revents, 0);
	assert_int_equal(fds[2].revents, POLLIN);

	/* A deadline already over still looks. */
	assert_int_equal(net_wait(fds, 3, clock_ms() - 5, NULL, &err), 1);
	close(a[0]);
	close(a[1]);
	close(b[0]);
	close(b[1]);
}

/* More descriptors than the process may have: poll() itself refuses. */
static void
test_refused(void **state)
{
	struct pollfd fds[2] = { { .fd = -1 }, { .fd = -1 } };
	struct err err = ERR_INIT;
	struct rlimit had, few;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &had), 0);
	few = (struct rlimit){ 1, had.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	assert_int_equal(net_wait(fds, 2, clock_ms() + 100, NULL, &err), -1);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &had), 0);
	assert_int_equal(err.kind, ERR_NETWORK);
	assert_int_equal(err.sys, EINVAL);
}

static void
test_deadline(void **state)
{
	struct err err = ERR_INIT;
	int64_t start = clock_ms(), took;

	(void)state;
	assert_int_equal(net_wait(NULL, 0, start + 40, NULL, &err), 0);
	took = clock_ms() - start;
	assert_in_range(took, 40, 5000);
	assert_int_equal(err.kind, ERR_NONE);

	start = clock_ms();
	assert_int_equal(net_sleep(30, NULL, &err), 0);
	assert_in_range(clock_ms() - start, 30, 5000);
	assert_int_equal(net_sleep(0, NULL, &err), 0);
}

static void
on_alarm(int sig)
{
	(void)sig;
}

/* A signal neither ends the wait nor begins the deadline anew. */
static void
test_interrupted(void **state)
{
	struct sigaction sa = { .sa_handler = on_alarm };
	struct itimerspec every = { { 0, 10000000 }, { 0, 10000000 } };
	struct sigevent sev = { .sigev_notify = SIGEV_SIGNAL,
	    .sigev_signo = SIGALRM };
	struct err err = ERR_INIT;
	int64_t start;
	timer_t timer;

	(void)state;
	sigaction(SIGALRM, &sa, NULL);
	assert_int_equal(timer_create(CLOCK_MONOTONIC, &sev, &timer), 0);
	timer_settime(timer, 0, &every, NULL);
	start = clock_ms();
	assert_int_equal(net_wait(NULL, 0, start + 100, NULL, &err), 0);
	assert_in_range(clock_ms() - start, 100, 5000);
	timer_delete(timer);
}

static void *
set_cancel(void *arg)
{
	cancel_set(arg, SIGINT);
	return NULL;
}

static void
test_cancel(void **state)
{
	struct cancel *c = cancel_new();
	struct err err = ERR_INIT;
	struct pollfd pfd;
	pthread_t thread;
	int a[2];

	(void)state;
	assert_int_equal(pipe(a), 0);
	pfd = (struct pollfd){ .fd = a[0], .events = POLLIN };
	pthread_create(&thread, NULL, set_cancel, c);
	/* Without the cancel this would never end. */
	assert_int_equal(net_wait(&pfd, 1, DEADLINE_NONE, c, &err), -1);
	pthread_join(thread, NULL);
	assert_int_equal(err.kind, ERR_CANCELLED);

	/* It goes before what is ready, and stays. */
	assert_int_equal(write(a[1], "x", 1), 1);
	err_clear(&err);
	assert_int_equal(net_wait(&pfd, 1, DEADLINE_NONE, c, &err), -1);
	assert_int_equal(err.kind, ERR_CANCELLED);
	assert_int_equal(net_sleep(60000, c, &err), -1);
	cancel_reset(c);
	assert_int_equal(net_wait(&pfd, 1, DEADLINE_NONE, c, &err), 1);
	cancel_free(c);
	close(a[0]);
	close(a[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ready),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_deadline),
		cmocka_unit_test(test_interrupted),
		cmocka_unit_test(test_cancel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
