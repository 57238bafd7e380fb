/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "transfer/seams.h"

enum { SIZE = 100 * 1000, AT = 40 * 1000 };

struct env {
	FILE *file;
	char *data;
	struct seams seams;
};

static int
set_up(void **state)
{
	struct env *env = xcalloc(1, sizeof(*env));
	int i;

	env->file = tmpfile();
	assert_non_null(env->file);
	env->data = xmalloc(SIZE);
	for (i = 0; i < SIZE; i++)
		env->data[i] = (char)(i % 251);
	assert_int_equal(fwrite(env->data, 1, SIZE, env->file), SIZE);
	assert_int_equal(fflush(env->file), 0);
	*state = env;
	return 0;
}

static int
tear_down(void **state)
{
	struct env *env = *state;

	seams_release(&env->seams);
	fclose(env->file);
	free(env->data);
	free(env);
	return 0;
}

static bool
fit(const struct env *env, int64_t size)
{
	return seams_fit(&env->seams, fileno(env->file), size);
}

static void
test_fits(void **state)
{
	struct env *env = *state;

	assert_true(fit(env, SIZE));
	seams_add(&env->seams, AT, env->data + AT, SIZE - AT);
	seams_add(&env->seams, SIZE - 1, env->data + SIZE - 1, 1);
	assert_true(fit(env, SIZE));
}

/* Each of several counts, and each byte. */
static void
test_differs(void **state)
{
	struct env *env = *state;

	seams_add(&env->seams, 0, env->data, 1000);
	env->data[AT + 999] ^= 1;
	seams_add(&env->seams, AT, env->data + AT, 1000);
	seams_add(&env->seams, SIZE - 1, env->data + SIZE - 1, 1);
	assert_false(fit(env, SIZE));
}

/* What has not come yet says nothing. */
static void
test_beginning_only(void **state)
{
	struct env *env = *state;

	env->data[AT + 10] ^= 1;
	seams_add(&env->seams, AT, env->data + AT, 1000);
	assert_true(fit(env, 0));
	assert_true(fit(env, AT));
	assert_true(fit(env, AT + 10));
	assert_false(fit(env, AT + 11));
}

static void
test_file_too_short(void **state)
{
	struct env *env = *state;

	seams_add(&env->seams, SIZE - 1, env->data, 2);
	assert_false(fit(env, SIZE + 1));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_fits, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_differs, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(test_beginning_only, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(test_file_too_short, set_up,
		    tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
