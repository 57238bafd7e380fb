/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "base/log.h"
#include "base/strvec.h"

static void
keep(void *ctx, enum log_level level, const char *line)
{
	strvec_addf(ctx, "%d %s", (int)level, line);
}

static void
test_levels(void **state)
{
	struct strvec sv = STRVEC_INIT;

	(void)state;
	log_setup(LOG_INFO, keep, &sv);
	assert_true(log_enabled(LOG_INFO));
	assert_false(log_enabled(LOG_DIALOGUE));
	log_error("e%d", 1);
	log_warning("w");
	log_info("%s", "%s");
	log_line(LOG_DIALOGUE, "d");
	log_debug("v");
	assert_int_equal(sv.n, 3);
	assert_string_equal(sv.v[0], "0 e1");
	assert_string_equal(sv.v[1], "1 w");
	assert_string_equal(sv.v[2], "2 %s");
	log_setup(LOG_DEBUG, keep, &sv);
	log_debug("v");
	assert_int_equal(sv.n, 4);
	log_setup(LOG_INFO, NULL, NULL);
	strvec_release(&sv);
}

static void
test_long_line(void **state)
{
	struct strvec sv = STRVEC_INIT;
	char *s = malloc(100001);

	(void)state;
	assert_non_null(s);
	memset(s, 'x', 100000);
	s[100000] = '\0';
	log_setup(LOG_INFO, keep, &sv);
	log_info("%s", s);
	assert_int_equal(strlen(sv.v[0]), 100002);
	log_setup(LOG_INFO, NULL, NULL);
	strvec_release(&sv);
	free(s);
}

static void
test_stderr(void **state)
{
	char got[64];
	int fds[2], saved;
	ssize_t n;

	(void)state;
	assert_int_equal(pipe(fds), 0);
	saved = dup(STDERR_FILENO);
	dup2(fds[1], STDERR_FILENO);
	log_setup(LOG_INFO, NULL, NULL);
	log_error("nas: no");
	dup2(saved, STDERR_FILENO);
	close(saved);
	close(fds[1]);
	n = read(fds[0], got, sizeof(got) - 1);
	close(fds[0]);
	assert_true(n > 0);
	got[n] = '\0';
	assert_string_equal(got, "ftps: nas: no\n");
}

static void *
writer(void *arg)
{
	int i;

	for (i = 0; i < 1000; i++)
		log_info("%s %d", (const char *)arg, i);
	return NULL;
}

struct visits {
	_Atomic int inside;
	int overlaps, n;
};

static void
visit(void *ctx, enum log_level level, const char *line)
{
	struct visits *v = ctx;

	(void)level;
	(void)line;
	if (v->inside++ != 0)
		v->overlaps++;
	sched_yield();
	v->n++;
	v->inside--;
}

/* No two lines at once. */
static void
test_threads(void **state)
{
	static char names[4][2] = { "a", "b", "c", "d" };
	struct visits v = { 0 };
	pthread_t threads[4];
	int i;

	(void)state;
	log_setup(LOG_INFO, visit, &v);
	for (i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, writer,
		    names[i]), 0);
	for (i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	log_setup(LOG_INFO, NULL, NULL);
	assert_int_equal(v.n, 4000);
	assert_int_equal(v.overlaps, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_levels),
		cmocka_unit_test(test_long_line),
		cmocka_unit_test(test_stderr),
		cmocka_unit_test(test_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
