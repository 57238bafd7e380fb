/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/path.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void
test_join(void **state)
{
	static const char *const want[][3] = {
		{ "a", "b", "a/b" }, { "/", "b", "/b" }, { "", "b", "b" },
		{ "a/", "b", "a/b" }, { "a", "/b", "/b" }, { "", "", "" },
		{ "a", "", "a" }, { "/a/b", "c/d", "/a/b/c/d" },
		{ "a", "..", "a/.." },
	};
	char *s;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(want); i++) {
		s = path_join(want[i][0], want[i][1]);
		assert_string_equal(s, want[i][2]);
		free(s);
	}
}

static void
test_resolve(void **state)
{
	static const char *const want[][3] = {
		{ "/a/b", "c", "/a/b/c" }, { "/a/b", "../c", "/a/c" },
		{ "/a/b", "../../c", "/c" }, { "/a/b", "../../../c", "/c" },
		{ "/", "..", "/" }, { "/", "", "/" }, { "/", ".", "/" },
		{ "/a", "//b///c/", "/b/c" }, { "/a", "/", "/" },
		{ "/a", "./././b/.", "/a/b" }, { "/a", "b/..", "/a" },
		{ "/a", "..b", "/a/..b" }, { "/a", "...", "/a/..." },
		{ "/a", ".b", "/a/.b" }, { "/a", "b..", "/a/b.." },
		{ "//", "//a", "/a" }, { "/a/..", "", "/" },
		/* Relative ones keep what they cannot resolve. */
		{ "", "", "." }, { "", ".", "." }, { "", "..", ".." },
		{ "a", "..", "." }, { "a", "../..", ".." },
		{ "a/b", "../../../../c", "../../c" },
		{ "..", "..", "../.." }, { "../a", "..", ".." },
		{ "a", "b/../c", "a/c" }, { "", "./a//b", "a/b" },
		{ "a", "/b", "/b" },
	};
	char *s;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(want); i++) {
		s = path_resolve(want[i][0], want[i][1]);
		assert_string_equal(s, want[i][2]);
		free(s);
	}
}

static void
test_base_dir(void **state)
{
	static const char *const want[][3] = {
		{ "a/b", "a", "b" }, { "b", ".", "b" }, { "/b", "/", "b" },
		{ "/", "/", "" }, { "a/", "a", "" }, { "a//b", "a", "b" },
		{ "", ".", "" }, { "//b", "/", "b" }, { "/a/b", "/a", "b" },
	};
	char *s;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(want); i++) {
		s = path_dir(want[i][0]);
		assert_string_equal(s, want[i][1]);
		free(s);
		s = path_parent(want[i][0]);
		assert_string_equal(s, strcmp(want[i][1], ".") == 0 ? "" :
		    want[i][1]);
		free(s);
		assert_string_equal(path_base(want[i][0]), want[i][2]);
	}
}

static void
test_beside(void **state)
{
	static const char *const want[][3] = {
		{ "a/b", "c", "a/c" }, { "b", "c", "c" }, { "/b", "c", "/c" },
		{ "", "c", "c" },
	};
	char *s;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(want); i++) {
		s = path_beside(want[i][0], want[i][1]);
		assert_string_equal(s, want[i][2]);
		free(s);
	}
}

static void
test_component(void **state)
{
	static const char *const good[] = {
		"a", ".a", "..a", "...", "a.", " ", "-", "\\", "a\\b", "\x1b",
		"\xff", "~", "*", "C:",
	};
	static const char *const bad[] = {
		"", ".", "..", "/", "a/b", "/a", "a/", "../a", "a\nb", "a\r",
		"\n",
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(good); i++)
		assert_true(path_is_component(good[i]));
	for (i = 0; i < COUNT(bad); i++)
		assert_false(path_is_component(bad[i]));
}

static void
test_part(void **state)
{
	static const char *const good[] = {
		"a.0123456789abcdef.ftps-part", "/x/a.b.c.1f.ftps-part",
		"..0.ftps-part", "A.0123456789ABCDEF.FTPS-PART",
	};
	static const char *const bad[] = {
		"", "a", ".ftps-part", "a.ftps-part", "a..ftps-part",
		".0f.ftps-part", "0f.ftps-part", "x/.0f.ftps-part",
		"a.xyz.ftps-part", "a.0f.ftps-part.gz",
		"a.0f.ftps-part/b", "a0f.ftps-part", "a.0f.ftps-part/",
		"a.x0f.ftps-part",
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(good); i++)
		assert_true(path_is_part(good[i]));
	for (i = 0; i < COUNT(bad); i++)
		assert_false(path_is_part(bad[i]));
}

static void
test_relative(void **state)
{
	static const char *const want[][3] = {
		{ "/a/b", "/a/c/d", "../c/d" }, { "/a/b", "/a/b/c", "c" },
		{ "/a/b", "/a/b", "." }, { "/", "/a", "a" }, { "/", "/", "." },
		{ "/a/b", "/", "../.." }, { "/a/b", "/a", ".." },
		{ "/a/bc", "/a/b", "../b" }, { "/a/b", "/a/bc", "../bc" },
	};
	char *s;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(want); i++) {
		s = path_relative(want[i][0], want[i][1]);
		assert_string_equal(s, want[i][2]);
		free(s);
	}
	assert_true(path_is_below("/a", "/"));
	assert_true(path_is_below("/a/b", "/a"));
	assert_true(path_is_below("/a", "/a"));
	assert_false(path_is_below("/ab", "/a"));
	assert_false(path_is_below("/", "/a"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_join),
		cmocka_unit_test(test_resolve),
		cmocka_unit_test(test_relative),
		cmocka_unit_test(test_base_dir),
		cmocka_unit_test(test_beside),
		cmocka_unit_test(test_component),
		cmocka_unit_test(test_part),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
