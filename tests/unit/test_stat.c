/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "listing/stat.h"

enum { NOW = 1795181040 };	/* 2026-11-20 13:24 */

#define F(name)	"-rw-r--r-- 1 u g 5 Nov 20 13:24 " name "\n"
#define D(name)	"drwxr-xr-x 2 u g 5 Nov 20 13:24 " name "\n"
#define SELF	D(".") D("..")

/* names: each with a '|' behind it; said: NULL if it is all there is. */
static void
check(const char *text, const char *names, const char *said)
{
	struct buf b = BUF_INIT(BUF_OWN);
	struct err err = ERR_INIT;
	struct listing l;
	size_t i;

	assert_int_equal(stat_parse(text, NOW, &l, &err), 0);
	for (i = 0; i < l.n; i++)
		buf_addf(&b, "%s|", l.entry[i].name);
	assert_string_equal(b.len > 0 ? b.data : "", names);
	assert_int_equal(l.bad, 0);
	assert_int_equal(l.gap, said != NULL ? GAP_SAID : GAP_NONE);
	assert_string_equal(l.said, said != NULL ? said : "");
	listing_release(&l);
	buf_release(&b);
}

static void
check_refused(const char *text, enum err_kind kind)
{
	struct err err = ERR_INIT;
	struct listing l;

	assert_int_equal(stat_parse(text, NOW, &l, &err), -1);
	assert_int_equal(err.kind, kind);
	listing_release(&l);
}

static void
test_lines(void **state)
{
	(void)state;
	check("Status:\n" SELF "End", "", NULL);
	check("Status:\n" SELF F("b") D("a") "End", "a|b|", NULL);
	/* Some begin each line with a blank, or say "total". */
	check("Status:\n total 5\n " D(".") " " F("x") "End", "x|", NULL);
}

/* A file, nothing, or directories below are no listing of the directory. */
static void
test_refused(void **state)
{
	(void)state;
	check_refused("Status:\n" F("x") "End", ERR_REFUSED);
	check_refused("Status:\nEnd", ERR_REFUSED);
	check_refused("Fine", ERR_REFUSED);
	check_refused("Status:\n" SELF F("x") SELF F("y") "End", ERR_REFUSED);
	check_refused("Status:\nwhat\nis\nthat\n" SELF "End", ERR_PROTOCOL);
}

/* Words of the server's own that admit it: at either end, or between. */
static void
test_said(void **state)
{
	static const char cut[] = "Output truncated to 1 matches";

	(void)state;
	check("Output truncated to 1 matches\n" SELF F("x") "End", "x|", cut);
	check("Status:\n" SELF F("x") "Output truncated to 1 matches", "x|",
	    cut);
	check("Status:\n" SELF F("x") "Output truncated to 1 matches\nEnd",
	    "x|", cut);
	check("Only 1 of 9 files\n" SELF F("x") "Output truncated to 1 "
	    "matches", "x|", "Only 1 of 9 files");
	/* Names may be such words. */
	check("Status:\n" SELF F("truncated") "End", "truncated|", NULL);
	check("Status:\n" SELF "lrwxrwxrwx 1 u g 9 Nov 20 13:24 l -> "
	    "truncated\nEnd", "l|", NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
