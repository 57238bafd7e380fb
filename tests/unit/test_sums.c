/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "listing/parser.h"
#include "listing/sums.h"

enum { PIECE_MAX = 64 };

static void
parse(const char *text, struct listing *l)
{
	struct parser *p = parser_new(PARSER_NLST, 0);
	struct err err = ERR_INIT;

	assert_int_equal(parser_feed(p, text, strlen(text), &err), 0);
	assert_int_equal(parser_finish(p, l, &err), 0);
}

/* In pieces, with what was believed before; the entries are "a", "b". */
static void
sum(const char *dir, const char *text, size_t piece, bool whole,
    struct listing *l)
{
	struct err err = ERR_INIT;
	struct sums u;
	size_t i, n = strlen(text);

	parse("a\nb\n", l);
	l->entry[0].hint = l->entry[1].hint = 7;
	sums_begin(&u, dir, l);
	for (i = 0; i < n; i += piece)
		assert_int_equal(sums_feed(&u, text + i,
		    n - i < piece ? n - i : piece, &err), 0);
	sums_end(&u, whole);
}

static void
check(const char *dir, const char *text, bool whole, const char *in_a,
    const char *in_b)
{
	struct listing l, a = { 0 }, b = { 0 };
	size_t piece;

	if (in_a != NULL)
		parse(in_a, &a);
	if (in_b != NULL)
		parse(in_b, &b);
	for (piece = 1; piece < PIECE_MAX; piece++) {
		sum(dir, text, piece, whole, &l);
		assert_true(l.entry[0].hint == (in_a != NULL ?
		    listing_sum(&a) : 0));
		assert_true(l.entry[1].hint == (in_b != NULL ?
		    listing_sum(&b) : 0));
		listing_release(&l);
	}
	listing_release(&a);
	listing_release(&b);
}

static void
test_sums(void **state)
{
	(void)state;
	check("/d", "/d/a/.\n/d/a/..\n/d/a/x\n/d/b/.\n/d/b/..\n", true, "x\n",
	    "");
	check("/d/", "/d/a/.\r\n/d/a/..\r\n/d/b/y\r\n/d/b/.\r\n/d/b/..\r\n",
	    true, "", "y\n");
	check("/", "/a/.\n/a/..\n/b/y\n/b/..\n/b/.\n/b/z\n", true, "",
	    "z\ny\n");
}

/* Other lines: headings, what is elsewhere, files, what is not listed. */
static void
test_others(void **state)
{
	(void)state;
	check("/d", "\n/d/a:\n/d/a/.\n/d/a/..\n/e/a/x\n/dd/a/x\nx\n/d/c/x\n"
	    "/d/b/.\n/d/b/..\n/d/f\n", true, "", "");
	/* The end of a line is not all of it. */
	check("/d", "/d/a/.\n/d/a/..\n/d/b/.\n/d/b/..\n/d/b/x", true, "", "");
}

static void
test_not_whole(void **state)
{
	(void)state;
	check("/d", "/d/a/.\n/d/a/..\n/d/b/.\n/d/b/..\n", false, NULL, NULL);
	/* One alone may be where a limit ended it. */
	check("/d", "/d/a/.\n/d/a/..\n/d/a/x\n", true, NULL, NULL);
	check("/d", "", true, NULL, NULL);
}

static void
test_long_line(void **state)
{
	static char text[PARSER_LINE_MAX + 1];
	struct err err = ERR_INIT;
	struct listing l;
	struct sums u;

	(void)state;
	memset(text, 'x', sizeof(text));
	parse("a\nb\n", &l);
	sums_begin(&u, "/d", &l);
	assert_int_equal(sums_feed(&u, text, sizeof(text), &err), -1);
	assert_int_equal(err.kind, ERR_PROTOCOL);
	sums_end(&u, false);
	listing_release(&l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sums),
		cmocka_unit_test(test_others),
		cmocka_unit_test(test_not_whole),
		cmocka_unit_test(test_long_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
