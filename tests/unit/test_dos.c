/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dialect.h"

static void
test_lines(void **state)
{
	static const struct expect t[] = {
		/* IIS */
		{ "11-20-26  01:24PM       <DIR>          name", 'd', -1,
		  MIN("202611201324"), -1, NULL, NULL, "name", NULL },
		{ "11-20-26  01:24PM                   12 a b.txt", 'f', 12,
		  MIN("202611201324"), -1, NULL, NULL, "a b.txt", NULL },
		{ "11-20-2026  01:24PM                 12 a", 'f', 12,
		  MIN("202611201324"), -1, NULL, NULL, "a", NULL },
		{ "2026-11-20  13:24                   12 a", 'f', 12,
		  MIN("202611201324"), -1, NULL, NULL, "a", NULL },
		{ "01-02-70  12:00AM  99999999999 a", 'f', 99999999999,
		  MIN("197001020000"), -1, NULL, NULL, "a", NULL },
		{ "01-02-69  12:59pm 0 a", 'f', 0, MIN("206901021259"), -1,
		  NULL, NULL, "a", NULL },
		{ "12-31-99  11:59AM 0 a", 'f', 0, MIN("199912311159"), -1,
		  NULL, NULL, "a", NULL },
		{ "02-31-26  11:59AM 0 a", 'f', 0, NONE, -1, NULL, NULL, "a",
		  NULL },
		{ "11-20-26  01:24PM  9223372036854775808 a", 'f', -1,
		  MIN("202611201324"), -1, NULL, NULL, "a", NULL },
		/* Leading blanks of a name. */
		{ "11-20-26  01:24PM                   12   a", 'f', 12,
		  MIN("202611201324"), -1, NULL, NULL, "  a", NULL },
		{ "11-20-26  01:24PM       <DIR>            a", 'd', -1,
		  MIN("202611201324"), -1, NULL, NULL, "  a", NULL },
		{ "11-20-26  01:24PM <dir> a", 'd', -1, MIN("202611201324"),
		  -1, NULL, NULL, "a", NULL },
	};
	static const char *const refused[] = {
		"", "11-20-26", "11-20-26  01:24PM", "11-20-26  01:24PM 12",
		"11-20-26  01:24PM 12 ", "11-20-26  01:24PM <DIR>",
		"11-20-26  01:24PM       <DIR>          ",
		"13-20-26  01:24PM 12 a", "11-32-26  01:24PM 12 a",
		"11-20-026  01:24PM 12 a", "11/20/26  01:24PM 12 a",
		"11-20-26  13:24PM 12 a", "11-20-26  00:24AM 12 a",
		"11-20-26  24:00 12 a", "11-20-26  PM 12 a",
		"11-20-26-27  01:24PM 12 a", "11-20-26  01:24PM x a",
		"11-20-26  01:24PM <JUNCTION> a",
		"-rw-r--r-- 1 u g 5 Nov 20 13:24 a",
	};

	(void)state;
	dialect_check(dos_line, t, N(t));
	dialect_refuses(dos_line, refused, N(refused));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
