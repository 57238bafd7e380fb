/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <locale.h>

#include "tempdir.h"
#include "transfer/filter.h"

enum { RULES_MAX = 4 };

/* Each rule is an option letter of mirror's and its pattern. */
struct filter_case {
	const char *rule[RULES_MAX];
	const char *path;	/* a directory's ends in '/' */
	bool takes;
};

static const struct filter_case cases[] = {
	{ { NULL },			"a",		true },
	{ { "X*.tmp" },			"a.tmp",	false },
	{ { "X*.tmp" },			"d/e/a.tmp",	false },
	{ { "X*.tmp" },			"a.tmp.gz",	true },
	{ { "X*" },			".hidden",	false },
	{ { "X*.tmp" },			"\xff\xfe.tmp",	false },
	{ { "X?.c" },			"\xc3\xa4.c",	false },
	/* Directories: a glob without '/' takes both, with it only them. */
	{ { "X.git" },			".git/",	false },
	{ { "X.git" },			"d/.git/",	false },
	{ { "X.git/" },			".git/",	false },
	{ { "X.git/" },			"d/.git/",	false },
	{ { "X.git/" },			".git",		true },
	/* As many components as the glob has, counted from the end. */
	{ { "Xdeep/h*" },		"sub/deep/hz",	false },
	{ { "Xdeep/h*" },		"deep/x/hz",	true },
	{ { "Xsub/deep/" },		"sub/deep/",	false },
	{ { "Xsub/deep/" },		"a/sub/deep/",	false },
	{ { "Xsub/*" },			"sub/a/b",	true },
	/* Tied to the root. */
	{ { "X/f.gz" },			"f.gz",		false },
	{ { "X/f.gz" },			"d/f.gz",	true },
	{ { "X/d/*.gz" },		"d/f.gz",	false },
	{ { "X/d/*.gz" },		"a/d/f.gz",	true },
	{ { "X/d/*.gz" },		"d/e/f.gz",	true },
	{ { "X/d/" },			"d/",		false },
	{ { "X/d/" },			"a/d/",		true },
	/* Regular expressions. */
	{ { "x\\.o$" },			"d/a.o",	false },
	{ { "x\\.o$" },			"d/a.oo",	true },
	{ { "x^sub/" },			"sub/",		false },
	{ { "x^sub/" },			"a/sub/",	true },
	{ { "x^sub$" },			"sub/",		true },
	{ { "x(^|/)(a|b)$" },		"x/b",		false },
	/* The last match wins. */
	{ { "X*.gz", "Ikeep*" },	"keep.gz",	true },
	{ { "X*.gz", "Ikeep*" },	"drop.gz",	false },
	{ { "X*.gz", "Ikeep*", "X*2*" }, "keep2.gz",	false },
	{ { "X*", "i\\.gz$" },		"d/a.gz",	true },
	{ { "X*", "i\\.gz$" },		"d/",		false },
	/* Include first: what matches none is out, but is looked into. */
	{ { "I*.gz" },			"d/a.gz",	true },
	{ { "I*.gz" },			"d/a.txt",	false },
	{ { "I*.gz" },			"d/",		true },
	{ { "I*.gz", "Xd/" },		"d/",		false },
	{ { "i^sub/" },			"sub/a",	true },
	{ { "i^sub/" },			"a",		false },
};

static enum filter_kind
kind_of(char letter)
{
	switch (letter) {
	case 'x':
		return FILTER_EXCLUDE_RE;
	case 'i':
		return FILTER_INCLUDE_RE;
	case 'X':
		return FILTER_EXCLUDE_GLOB;
	default:
		return FILTER_INCLUDE_GLOB;
	}
}

static bool
takes(const struct filter *f, const char *path)
{
	size_t n = strlen(path);
	bool is_dir = n > 0 && path[n - 1] == '/', rc;
	char *plain = strndup(path, is_dir ? n - 1 : n);

	rc = filter_takes(f, plain, is_dir);
	free(plain);
	return rc;
}

static void
check_case(const struct filter_case *c)
{
	struct filter *f = filter_new();
	struct err err = ERR_INIT;
	size_t i;

	for (i = 0; i < RULES_MAX && c->rule[i] != NULL; i++)
		assert_int_equal(filter_add(f, kind_of(c->rule[i][0]),
		    c->rule[i] + 1, &err), 0);
	if (takes(f, c->path) != c->takes)
		fail_msg("%s ...: %s should be %s", c->rule[0], c->path,
		    c->takes ? "taken" : "left out");
	filter_free(f);
}

static void
test_cases(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		check_case(&cases[i]);
}

static void
test_excludes(void **state)
{
	struct filter *f = filter_new();
	struct err err = ERR_INIT;

	(void)state;
	assert_false(filter_excludes(f, "a", false));
	assert_int_equal(filter_add(f, FILTER_INCLUDE_GLOB, "*.gz", &err), 0);
	assert_false(filter_takes(f, "a", false));
	assert_false(filter_excludes(f, "a", false));
	assert_int_equal(filter_add(f, FILTER_EXCLUDE_GLOB, "a/", &err), 0);
	assert_false(filter_excludes(f, "a", false));
	assert_true(filter_excludes(f, "a", true));
	assert_false(filter_excludes(f, "b", true));
	assert_int_equal(filter_add(f, FILTER_INCLUDE_RE, "^d/", &err), 0);
	assert_false(filter_excludes(f, "d/a", true));
	filter_free(f);
}

static void
test_no_filter(void **state)
{
	(void)state;
	assert_true(filter_takes(NULL, "a", false));
	assert_false(filter_excludes(NULL, "a", false));
	filter_free(NULL);
}

static void
test_bad_patterns(void **state)
{
	static const struct {
		const char *rule, *why;
	} bad[] = {
		{ "x", "empty pattern" }, { "i", "empty pattern" },
		{ "X", "empty pattern" }, { "I", "empty pattern" },
		{ "x(", "(: bad regular expression: Unmatched" },
		{ "i[a", "[a: bad regular expression: Unmatched" },
		{ "xa{2,1}", "a{2,1}: bad regular expression: Invalid" },
		{ "X/", "a glob of only '/' would match nothing" },
		{ "I//", "a glob of only '/' would match nothing" },
	};
	struct filter *f = filter_new();
	struct err err = ERR_INIT;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		err_clear(&err);
		assert_int_equal(filter_add(f, kind_of(bad[i].rule[0]),
		    bad[i].rule + 1, &err), -1);
		assert_int_equal(err.kind, ERR_USAGE);
		if (strncmp(err.msg, bad[i].why, strlen(bad[i].why)) != 0)
			fail_msg("%s: %s", bad[i].rule, err.msg);
	}
	/* A refused pattern leaves nothing behind. */
	assert_true(filter_takes(f, "a", false));
	filter_free(f);
}

/* Writes text (n bytes) to a file and reads it as filters. */
static int
add_file(struct filter *f, const char *text, size_t n, struct err *err)
{
	char *dir = tempdir_new(), *path;
	FILE *fp;
	int rc;

	assert_true(asprintf(&path, "%s/f", dir) > 0);
	assert_non_null(fp = fopen(path, "w"));
	assert_int_equal(fwrite(text, 1, n, fp), n);
	fclose(fp);
	rc = filter_add_file(f, path, err);
	free(path);
	tempdir_remove(dir);
	return rc;
}

static void
test_file(void **state)
{
	static const char text[] = "# comment\n\n\r\n \t\n*.tmp\r\n- *.bak\n"
	    "+  keep.bak\n.git/\n#x\na b\n+c\n-d\n*.last";
	struct filter *f = filter_new();
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(add_file(f, text, sizeof(text) - 1, &err), 0);
	assert_false(takes(f, "a.tmp"));
	assert_false(takes(f, "a.bak"));
	assert_true(takes(f, "keep.bak"));
	assert_false(takes(f, "d/.git/"));
	assert_true(takes(f, "#x"));
	/* Empty lines are none, however they end. */
	assert_true(takes(f, "\n"));
	assert_true(takes(f, "\r"));
	/* A sign is one only with a blank behind it. */
	assert_false(takes(f, "a b"));
	assert_true(takes(f, "b"));
	assert_false(takes(f, "+c"));
	assert_true(takes(f, "c"));
	assert_false(takes(f, "-d"));
	assert_true(takes(f, "d"));
	assert_false(takes(f, "the.last"));
	filter_free(f);
}

static void
test_bad_file(void **state)
{
	struct filter *f = filter_new();
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(add_file(f, "a\n- \n", 5, &err), -1);
	assert_int_equal(err.kind, ERR_USAGE);
	assert_non_null(strstr(err.msg, "/f:2: "));
	err_clear(&err);
	assert_int_equal(add_file(f, "a\0b\n", 4, &err), -1);
	assert_int_equal(err.kind, ERR_USAGE);
	assert_non_null(strstr(err.msg, "/f:1: NUL byte"));
	err_clear(&err);
	assert_int_equal(add_file(f, "\xff\xfe" "a\n", 4, &err), -1);
	assert_int_equal(err.kind, ERR_USAGE);
	assert_non_null(strstr(err.msg, "/f:1: "));
	err_clear(&err);
	assert_int_equal(filter_add_file(f, "/nonexistent", &err), -1);
	assert_int_equal(err.kind, ERR_LOCAL);
	assert_string_equal(err.msg,
	    "/nonexistent: cannot open: No such file or directory");
	err_clear(&err);
	assert_int_equal(filter_add_file(f, "/", &err), -1);
	assert_int_equal(err.kind, ERR_LOCAL);
	assert_string_equal(err.msg, "/: cannot read: Is a directory");
	filter_free(f);
}

/* A mark of the encoding is none of the first pattern, and of no other. */
static void
test_bom(void **state)
{
	static const char text[] = "\xef\xbb\xbf" "a\n\xef\xbb\xbf" "b\n";
	struct filter *f = filter_new();
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(add_file(f, text, sizeof(text) - 1, &err), 0);
	assert_false(takes(f, "a"));
	assert_true(takes(f, "b"));
	assert_false(takes(f, "\xef\xbb\xbf" "b"));
	filter_free(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_excludes),
		cmocka_unit_test(test_no_filter),
		cmocka_unit_test(test_bad_patterns),
		cmocka_unit_test(test_file),
		cmocka_unit_test(test_bad_file),
		cmocka_unit_test(test_bom),
	};

	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
