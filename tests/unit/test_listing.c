/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "listing/parser.h"

enum { NOW = 1795181040 };	/* 2026-11-20 13:24 */

#define L(name)	"-rw-r--r-- 1 u g 5 Nov 20 13:24 " name "\r\n"

static void
parse(enum parser_format format, const char *text, struct listing *l)
{
	struct parser *p = parser_new(format, NOW);
	struct err err = ERR_INIT;

	assert_int_equal(parser_feed(p, text, strlen(text), &err), 0);
	assert_int_equal(parser_finish(p, l, &err), 0);
}

static void
test_find(void **state)
{
	struct listing l;

	(void)state;
	parse(PARSER_NLST, "b\r\n.a\r\nc\r\n", &l);
	assert_ptr_equal(listing_find(&l, "b"), &l.entry[1]);
	assert_ptr_equal(listing_find(&l, ".a"), &l.entry[0]);
	assert_null(listing_find(&l, "a"));
	assert_null(listing_find(&l, ""));
	listing_release(&l);
	assert_null(listing_find(&l, "b"));
	listing_release(&l);
	parse(PARSER_NLST, "b\r\n", &l);
	assert_ptr_equal(listing_find(&l, "b"), l.entry);
	assert_null(listing_find(&l, "c"));
	listing_release(&l);
}

static void
test_from(void **state)
{
	static const char text[] = "b\r\nd\r\nf\r\n";
	struct listing l;

	(void)state;
	parse(PARSER_NLST, text, &l);
	assert_int_equal(listing_from(&l, "a"), 0);
	assert_int_equal(listing_from(&l, "b"), 0);
	assert_int_equal(listing_from(&l, "c"), 1);
	assert_int_equal(listing_from(&l, "f"), 2);
	assert_int_equal(listing_from(&l, "g"), 3);
	listing_release(&l);
	assert_int_equal(listing_from(&l, "a"), 0);
}

static void
test_take_links(void **state)
{
	static const char with[] = L("f") L("x") L("a")
	    "lrwxrwxrwx 1 u g 1 Nov 20 13:24 b -> t\r\n"
	    "lrwxrwxrwx 1 u g 1 Nov 20 13:24 .a -> s\r\n"
	    "lrwxrwxrwx 1 u g 1 Nov 20 13:24 c -> u\r\n";
	static const char mlsd[] = "type=OS.unix=slink:/t; b\r\n"
	    "type=file; f\r\ntype=file; x\r\n";
	struct listing l, other;

	(void)state;
	parse(PARSER_MLSD, mlsd, &l);
	parse(PARSER_LIST, with, &other);
	listing_take_links(&l, &other);
	assert_int_equal(other.n, 0);
	assert_int_equal(l.n, 5);
	assert_true(l.dotfiles);
	assert_string_equal(l.entry[0].target, "s");
	assert_string_equal(listing_find(&l, "b")->target, "t");
	assert_string_equal(listing_find(&l, "c")->target, "u");
	assert_string_equal(l.entry[4].name, "x");
	listing_release(&l);
	/* Links that lead nowhere may be all there is. */
	parse(PARSER_MLSD, "", &l);
	parse(PARSER_LIST, with, &other);
	listing_take_links(&l, &other);
	assert_int_equal(l.n, 3);
	assert_non_null(listing_find(&l, ".a"));
	listing_release(&l);
}

static void
test_take_hints(void **state)
{
	struct listing l, other;

	(void)state;
	parse(PARSER_NLST, "b\r\nc\r\nd\r\n", &l);
	parse(PARSER_NLST, "a\r\nb\r\nd\r\n", &other);
	l.entry[1].hint = 7;
	other.entry[0].hint = 1;
	other.entry[1].hint = 2;
	other.entry[2].hint = 3;
	listing_take_hints(&l, &other);
	assert_int_equal(l.entry[0].hint, 2);
	assert_int_equal(l.entry[1].hint, 7);
	assert_int_equal(l.entry[2].hint, 3);
	listing_release(&l);
	listing_release(&other);
}

static void
check_gap(struct listing *l, enum err_kind kind, const char *words)
{
	struct err err = ERR_INIT;

	assert_int_equal(listing_check(l, &err), kind == ERR_NONE ? 0 : -1);
	assert_int_equal(err.kind, kind);
	assert_non_null(strstr(err.msg, words));
}

static void
test_check(void **state)
{
	struct listing l;

	(void)state;
	parse(PARSER_NLST, "a\r\nb\r\n", &l);
	check_gap(&l, ERR_NONE, "");
	l.gap = GAP_DOUBT;
	check_gap(&l, ERR_NONE, "");
	l.gap = GAP_CUT;
	check_gap(&l, ERR_VERIFY, "cut short");
	l.gap = GAP_SAID;
	strlcpy(l.said, "too many", sizeof(l.said));
	check_gap(&l, ERR_REFUSED, "of the listing: too many;");
	listing_release(&l);
	parse(PARSER_NLST, "a\r\nx/y\r\nz/y\r\n", &l);
	check_gap(&l, ERR_REFUSED, "2 entries of the listing cannot be used, "
	    "the first: x/y (no plain name)");
	listing_release(&l);
}

/* Of the names alone, in whatever order they came. */
static void
test_sum(void **state)
{
	struct listing a, b, c;

	(void)state;
	parse(PARSER_NLST, "a\r\nb\r\n", &a);
	parse(PARSER_LIST, L("b") L(".") L("a"), &b);
	parse(PARSER_NLST, "a\r\nc\r\n", &c);
	assert_true(listing_sum(&a) == listing_sum(&b));
	assert_true(listing_sum(&a) != listing_sum(&c));
	assert_true(listing_sum(&a) == listing_name_sum("a") +
	    listing_name_sum("b") + listing_name_sum(".") +
	    listing_name_sum(".."));
	listing_release(&a);
	listing_release(&b);
	listing_release(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_from),
		cmocka_unit_test(test_check),
		cmocka_unit_test(test_take_links),
		cmocka_unit_test(test_take_hints),
		cmocka_unit_test(test_sum),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
