/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sys/types.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <signal.h>
#include <unistd.h>

#include "base/mem.h"

static void
test_zero_is_not_null(void **state)
{
	void *p;

	(void)state;
	p = xmalloc(0);
	assert_non_null(p);
	p = xreallocarray(p, 0, 8);
	assert_non_null(p);
	free(p);
	p = xcalloc(0, 0);
	assert_non_null(p);
	free(p);
}

static void
test_strings(void **state)
{
	char *s;

	(void)state;
	assert_null(xstrdup_null(NULL));
	s = xstrdup_null("abc");
	assert_string_equal(s, "abc");
	free(s);
	s = xstrndup("abcdef", 3);
	assert_string_equal(s, "abc");
	free(s);
	s = xstrndup("ab", 3);
	assert_string_equal(s, "ab");
	free(s);
	s = xasprintf("%s-%d", "x", 5);
	assert_string_equal(s, "x-5");
	free(s);
}

/* Runs fn in a child, which must not return (a sanitizer may be faster). */
static void
assert_ends(void (*fn)(void))
{
	static const struct rlimit no_core = { 0, 0 };
	pid_t pid;
	int status;

	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		setrlimit(RLIMIT_CORE, &no_core);
		signal(SIGABRT, SIG_DFL);
		close(STDERR_FILENO);
		fn();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_not_equal(status, 0);
}

static void
overflow_product(void)
{
	volatile size_t half = SIZE_MAX / 2 + 1;

	free(xreallocarray(NULL, half, 2));
}

static void
test_overflow_ends(void **state)
{
	(void)state;
	assert_ends(overflow_product);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_zero_is_not_null),
		cmocka_unit_test(test_strings),
		cmocka_unit_test(test_overflow_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
