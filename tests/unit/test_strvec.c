/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/strvec.h"

static void
test_add(void **state)
{
	struct strvec sv = STRVEC_INIT;
	char name[] = "abc", want[16];
	size_t i;

	(void)state;
	strvec_add(&sv, name);
	name[0] = 'x';
	strvec_take(&sv, xstrdup("def"));
	strvec_addf(&sv, "%d", 42);
	assert_int_equal(sv.n, 3);
	assert_string_equal(sv.v[0], "abc");
	assert_string_equal(sv.v[1], "def");
	assert_string_equal(sv.v[2], "42");
	assert_null(sv.v[3]);
	for (i = 3; i < 100; i++) {
		strvec_addf(&sv, "%zu", i);
		assert_int_equal(sv.n, i + 1);
		assert_null(sv.v[sv.n]);
	}
	for (i = 3; i < 100; i++) {
		snprintf(want, sizeof(want), "%zu", i);
		assert_string_equal(sv.v[i], want);
	}
	strvec_release(&sv);
	assert_int_equal(sv.n, 0);
	assert_null(sv.v);
	strvec_add(&sv, "again");
	assert_string_equal(sv.v[0], "again");
	strvec_release(&sv);
}

static void
test_sort(void **state)
{
	static const char *const in[] = { "b", "", "a\xff", "a", "B" };
	static const char *const out[] = { "", "B", "a", "a\xff", "b" };
	struct strvec sv = STRVEC_INIT;
	size_t i;

	(void)state;
	strvec_sort(&sv);
	for (i = 0; i < 5; i++)
		strvec_add(&sv, in[i]);
	strvec_sort(&sv);
	for (i = 0; i < 5; i++)
		assert_string_equal(sv.v[i], out[i]);
	assert_null(sv.v[5]);
	strvec_release(&sv);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_add),
		cmocka_unit_test(test_sort),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
