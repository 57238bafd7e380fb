/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <unistd.h>

#include "local/tree.h"
#include "transfer/stored.h"
#include "tempdir.h"

static void
test_compare(void **state)
{
	static const char *const listed[] = {
		"A", "README", "a_b", "old", "plain", "report_",
	};
	struct stored v[] = {
		{ .name = "plain" }, { .name = "report " },
		{ .name = "a\tb" }, { .name = "readme" }, { .name = "ReadMe" },
		{ .name = "gone" },
	};
	size_t i;

	(void)state;
	stored_compare(v, 6, listed, 6);
	assert_true(v[0].kept && v[0].listed);
	assert_string_equal(v[1].as, "report_");
	assert_string_equal(v[2].as, "a_b");
	assert_string_equal(v[3].as, "README");
	assert_string_equal(v[4].as, "README");
	assert_null(v[5].as);
	for (i = 1; i < 6; i++)
		assert_false(v[i].kept || v[i].listed);
	for (i = 0; i < 6; i++)
		stored_release(&v[i]);
}

/* Of several the one that differs least. */
static void
test_nearest(void **state)
{
	static const char *const listed[] = { "A.", "a", "a_" };
	struct stored v = { .name = "a." };

	(void)state;
	stored_compare(&v, 1, listed, 3);
	assert_string_equal(v.as, "A.");
	stored_release(&v);
}

static void
test_other_case(void **state)
{
	char *s = stored_other_case("/Dir/aB1.é");

	(void)state;
	assert_string_equal(s, "/Dir/Ab1.é");
	free(s);
	assert_null(stored_other_case("/Dir/1.é"));
}

/* What a directory here shows; what is like nothing in it is kept. */
static void
test_look_local(void **state)
{
	char *dir = tempdir_new();
	struct err err = ERR_INIT;
	struct tree *t = tree_open_at(AT_FDCWD, dir, 0, &err);
	struct stored v[] = {
		{ .name = "A" }, { .name = "a" }, { .name = "other" },
	};

	(void)state;
	assert_non_null(t);
	assert_int_equal(stored_look_local(t, "none", v, 3, &err), -1);
	assert_int_equal(err.kind, ERR_LOCAL);
	assert_false(v[1].kept);
	err_clear(&err);
	assert_int_equal(tree_mkdir(t, "a", 0700, &err), 0);
	assert_int_equal(stored_look_local(t, "", v, 3, &err), 0);
	assert_string_equal(v[0].as, "a");
	assert_false(v[0].kept);
	assert_true(v[1].kept && v[1].listed);
	assert_true(v[2].kept && !v[2].listed);
	stored_release(&v[0]);
	tree_close(t);
	tempdir_remove(dir);
}

static void
test_words(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(stored_as("a\tb", "a_b", ERR_REFUSED, &err), -1);
	assert_int_equal(err.kind, ERR_REFUSED);
	assert_non_null(strstr(err.msg, "the server stores a\\011b as a_b;"));
	assert_int_equal(stored_as("a", NULL, ERR_LOCAL, &err), -1);
	assert_non_null(strstr(err.msg, "the file system does not show a"));
	assert_int_equal(stored_twin("x", "X", ERR_REFUSED, &err), -1);
	assert_non_null(strstr(err.msg, "x and X are one name on the server"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_compare),
		cmocka_unit_test(test_nearest),
		cmocka_unit_test(test_other_case),
		cmocka_unit_test(test_look_local),
		cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
