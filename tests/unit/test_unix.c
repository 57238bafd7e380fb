/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>

#include "dialect.h"

static void
test_lines(void **state)
{
	static const struct expect t[] = {
		/* vsftpd */
		{ "-rw-r--r--    1 1000     1000           12 Nov 20 13:24 a",
		  'f', 12, MIN("202611201324"), 0644, "1000", "1000", "a",
		  NULL },
		{ "drwxr-xr-x    2 ftp      ftp          4096 Jan 05  2023 d",
		  'd', 4096, DAY("20230105"), 0755, "ftp", "ftp", "d", NULL },
		{ "lrwxrwxrwx    1 ftp      ftp             3 Nov 20 13:24 "
		  "l -> abc", 'l', 3, MIN("202611201324"), 0777, "ftp", "ftp",
		  "l", "abc" },
		{ "-rw-------    1 0        0        99999999999 Nov 20 13:24 "
		  "big", 'f', 99999999999, MIN("202611201324"), 0600, "0",
		  "0", "big", NULL },
		/* ProFTPD, Pure-FTPd, pyftpdlib, ftp-srv, IIS's Unix style */
		{ "-rw-r--r--   1 u        g              12 Nov 20 13:24 a",
		  'f', 12, MIN("202611201324"), 0644, "u", "g", "a", NULL },
		{ "-rw-r--r--    1 1000       g                12 Nov  2 "
		  "13:24 a", 'f', 12, MIN("202611021324"), 0644, "1000", "g",
		  "a", NULL },
		{ "-rwxr-xr-x 1 1000 1000           12 Nov 20 13:24 a", 'f',
		  12, MIN("202611201324"), 0755, "1000", "1000", "a", NULL },
		{ "-rwxrwxrwx   1 owner    group              12 Nov 20  2025 "
		  "a b.txt", 'f', 12, DAY("20251120"), 0777, "owner", "group",
		  "a b.txt", NULL },
		/* FileZilla Server */
		{ "-rw-rw-rw- 1 ftp ftp 12 Nov 20 13:24 a", 'f', 12,
		  MIN("202611201324"), 0666, "ftp", "ftp", "a", NULL },
		/* Without a group; without both; group with blanks. */
		{ "-rw-r--r-- 1 u 12 Nov 20 13:24 a", 'f', 12,
		  MIN("202611201324"), 0644, "u", NULL, "a", NULL },
		{ "-rw-r--r-- 1 12 Nov 20 13:24 a", 'f', 12,
		  MIN("202611201324"), 0644, NULL, NULL, "a", NULL },
		{ "-rw-r--r-- 0 u g 12 Nov 20 13:24 a", 'f', 12,
		  MIN("202611201324"), 0644, "u", "g", "a", NULL },
		{ "-rw-r--r-- 12 Nov 20 13:24 a", 'f', 12,
		  MIN("202611201324"), 0644, NULL, NULL, "a", NULL },
		{ "-rw-r--r-- u g 12 Nov 20 13:24 a", 'f', 12,
		  MIN("202611201324"), 0644, "u", "g", "a", NULL },
		{ "-rw-r--r-- 1 u domain  users 12 Nov 20 13:24 a", 'f', 12,
		  MIN("202611201324"), 0644, "u", "domain  users", "a",
		  NULL },
		{ "-rw-r--r-- 1 1 Nov 12 Nov 20 13:24 a", 'f', 12,
		  MIN("202611201324"), 0644, "1", "Nov", "a", NULL },
		/* Modes and kinds. */
		{ "drwxrwxrwt+ 9 root root 4096 Nov 20 13:24 tmp", 'd', 4096,
		  MIN("202611201324"), 01777, "root", "root", "tmp", NULL },
		{ "-rwsr-Sr-T. 1 u g 0 Nov 20 13:24 s", 'f', 0,
		  MIN("202611201324"), 07744, "u", "g", "s", NULL },
		{ "-rwSr-sr-t@ 1 u g 0 Nov 20 13:24 s", 'f', 0,
		  MIN("202611201324"), 07655, "u", "g", "s", NULL },
		{ "brw-rw---- 1 root disk 8, 0 Nov 20 13:24 sda", 'o', -1,
		  MIN("202611201324"), 0660, "root", "disk", "sda", NULL },
		{ "crw-rw-rw- 1 root root 1,   3 Nov 20 13:24 null", 'o', -1,
		  MIN("202611201324"), 0666, "root", "root", "null", NULL },
		{ "crw-rw-rw- 1 root root 1,3 Nov 20 13:24 null", 'o', -1,
		  MIN("202611201324"), 0666, "root", "root", "null", NULL },
		{ "prw-r--r-- 1 u g 0 Nov 20 13:24 p", 'o', -1,
		  MIN("202611201324"), 0644, "u", "g", "p", NULL },
		{ "srw-r--r-- 1 u g 0 Nov 20 13:24 s", 'o', -1,
		  MIN("202611201324"), 0644, "u", "g", "s", NULL },
		/* Dates. */
		{ "-rw-r--r-- 1 u g 5 2026-11-20 13:24 a", 'f', 5,
		  MIN("202611201324"), 0644, "u", "g", "a", NULL },
		{ "-rw-r--r-- 1 u g 5 2000-02-29 00:00  a", 'f', 5,
		  MIN("200002290000"), 0644, "u", "g", " a", NULL },
		{ "-rw-r--r-- 1 u g 5 nov 2  9:05 a", 'f', 5,
		  MIN("202611020905"), 0644, "u", "g", "a", NULL },
		{ "-rw-r--r-- 1 u g 5 Feb 30  2024 a", 'f', 5, NONE, 0644,
		  "u", "g", "a", NULL },
		{ "-rw-r--r-- 1 u g 5 Feb 29 10:00 a", 'f', 5, NONE, 0644,
		  "u", "g", "a", NULL },
		/* Months of other languages, before the day or behind it. */
		{ "-rw-r--r-- 1 u g 5 Nox 20 13:24 a", 'f', 5, NONE, 0644,
		  "u", "g", "a", NULL },
		{ "-rw-r--r-- 1 u g 5 M\303\244r 20 13:24 a b", 'f', 5, NONE,
		  0644, "u", "g", "a b", NULL },
		{ "-rw-r--r-- 1 u g 5 Juni 20 13:24 a b", 'f', 5, NONE,
		  0644, "u", "g", "a b", NULL },
		{ "drwxr-xr-x 2 u g 4096 Mai  2  2023 5 Mai 2 2024 d", 'd',
		  4096, NONE, 0755, "u", "g", "5 Mai 2 2024 d", NULL },
		{ "-rw-r--r-- 1 u g 5 12\346\234\210 20 13:24 a", 'f', 5,
		  NONE, 0644, "u", "g", "a", NULL },
		{ "-rw-r--r-- 1 u g 5 12\346\234\210 20\346\227\245 2023 a",
		  'f', 5, NONE, 0644, "u", "g", "a", NULL },
		{ "-rw-r--r-- 1 u g 5 12\346\234\210 20\346\227\245 "
		  "1900\345\271\264 a", 'f', 5, NONE, 0644, "u", "g", "a",
		  NULL },
		{ "-rw-r--r-- 1 u g 5 20. d\351c. 13:24  a", 'f', 5, NONE,
		  0644, "u", "g", " a", NULL },
		{ "-rw-r--r-- 1 u g 5 Z 20 13:24 a", 'f', 5, NONE, 0644, "u",
		  "g", "a", NULL },
		{ "-rw-r--r-- 1 u g 5 mmmmmmmmmmmmmmmmmmmmmmmm 20 13:24 a",
		  'f', 5, NONE, 0644, "u", "g", "a", NULL },
		{ "-rw-r--r-- 1 u g 5 A 20 13:24 a", 'f', 5, NONE, 0644, "u",
		  "g", "a", NULL },
		{ "-rw-r--r-- 1 u g 5 z 20 13:24 a", 'f', 5, NONE, 0644, "u",
		  "g", "a", NULL },
		{ "-rw-r--r-- 1 u g 5 a 20 13:24 a", 'f', 5, NONE, 0644, "u",
		  "g", "a", NULL },
		{ "-rw-r--r-- 1 u g 12 20 mars  2024 a", 'f', 12, NONE, 0644,
		  "u", "g", "a", NULL },
		{ "-rw-r--r-- 1 7 7 7 Mai 7 2007 7", 'f', 7, NONE, 0644, "7",
		  "7", "7", NULL },
		{ "-rw-r--r-- 1 u 12 Okt 20 13:24 a", 'f', 12, NONE, 0644,
		  "u", NULL, "a", NULL },
		{ "lrwxrwxrwx 1 u g 1 Dez 20 13:24 a -> b", 'l', 1, NONE, 0777,
		  "u", "g", "a", "b" },
		/* An English month elsewhere is no reason to think so. */
		{ "-rw-r--r-- 1 u g 5 Mai 20 13:24 7 Nov 20 13:24 a", 'f', 5,
		  NONE, 0644, "u", "g", "7 Nov 20 13:24 a", NULL },
		/* Sizes that make no sense. */
		{ "-rw-r--r-- 1 u g -1 Nov 20 13:24 a", 'f', -1,
		  MIN("202611201324"), 0644, "u", "g", "a", NULL },
		{ "-rw-r--r-- 1 u g 9223372036854775808 Nov 20 13:24 a", 'f',
		  -1, MIN("202611201324"), 0644, "u", "g", "a", NULL },
		{ "-rw-r--r-- 1 u g 1e9 Nov 20 13:24 a", 'f', -1,
		  MIN("202611201324"), 0644, "u", "g", "a", NULL },
		/* Names. */
		{ "-rw-r--r-- 1 u g 5 Nov 20 13:24   a  ", 'f', 5,
		  MIN("202611201324"), 0644, "u", "g", "  a  ", NULL },
		{ "-rw-r--r-- 1 u g 5 Nov 20 13:24 12 Nov 20 13:25 a", 'f', 5,
		  MIN("202611201324"), 0644, "u", "g", "12 Nov 20 13:25 a",
		  NULL },
		{ "-rw-r--r-- 1 u g 5 Nov 20 13:24 a -> b", 'f', 5,
		  MIN("202611201324"), 0644, "u", "g", "a -> b", NULL },
		{ " -rw-r--r-- 1 u g 5 Nov 20 13:24 a", 'f', 5,
		  MIN("202611201324"), 0644, "u", "g", "a", NULL },
		/* Links: the size is the target's length, if it is. */
		{ "lrwxrwxrwx 1 u g 1 Nov 20 13:24 a -> b -> c", 'l', 1,
		  MIN("202611201324"), 0777, "u", "g", "a -> b", "c" },
		{ "lrwxrwxrwx 1 u g 6 Nov 20 13:24 a -> b -> c", 'l', 6,
		  MIN("202611201324"), 0777, "u", "g", "a", "b -> c" },
		{ "lrwxrwxrwx 1 u g 99 Nov 20 13:24 a -> b -> c", 'l', 99,
		  MIN("202611201324"), 0777, "u", "g", "a", "b -> c" },
		{ "lrwxrwxrwx 1 u g 0 Nov 20 13:24 a", 'l', 0,
		  MIN("202611201324"), 0777, "u", "g", "a", NULL },
		{ "lrwxrwxrwx 1 u g 0 Nov 20 13:24 a -> ", 'l', 0,
		  MIN("202611201324"), 0777, "u", "g", "a -> ", NULL },
		{ "lrwxrwxrwx 1 u g 1 Nov 20 13:24  -> b", 'l', 1,
		  MIN("202611201324"), 0777, "u", "g", " -> b", NULL },
	};
	static const char *const refused[] = {
		"", "-", "total 12", "-rw-r--r--", "-rw-r--r-- 1 u g 5",
		"-rw-r--r-- 1 u g 5 Nov 20 13:24",
		"-rw-r--r-- 1 u g 5 Nov 20 13:24 ",
		"-rw-r--r-- 1 u g 5 Nov 20 24:00 a",
		"-rw-r--r-- 1 u g 5 Nov 20 13:60 a",
		"-rw-r--r-- 1 u g 5 Nov 20 013:24 a",
		"-rw-r--r-- 1 u g 5 Nov 20 13:2 a",
		"-rw-r--r-- 1 u g 5 Nov 32 13:24 a",
		"-rw-r--r-- 1 u g 5 Nov 0 13:24 a",
		"-rw-r--r-- 1 u g 5 Nov 20 20261 a",
		"-rw-r--r-- 1 u g 5 No/ 20 13:24 a",
		"-rw-r--r-- 1 u g 5 12 20 13:24 a",
		"-rw-r--r-- 1 u g 5 Mai 32 13:24 a",
		"-rw-r--r-- 1 u g 5 Mai 012 13:24 a",
		"-rw-r--r-- 1 u g 5 mmmmmmmmmmmmmmmmmmmmmmmmm 20 13:24 a",
		"-rw-r--r-- 1 u g 5 Mai 20 13:60 a",
		"-rw-r--r-- 1 u g 5 Mai 20 024 a",
		"-rw-r--r-- 1 u g 5 Mai 20 1899 a",
		"-rw-r--r-- 1 u g 5 Mai 20 2024x a",
		"-rw-r--r-- 1 u g 5 Mai 20 202\345\271\264 a",
		"-rw-r--r-- 1 u g 5 Mai 20 2024",
		"-rw-r--r-- 1 u g 5 2026-13-20 13:24 a",
		"-rw-r--r-- 1 u g 5 2026-11-20 a",
		"-rw-r--r-- 1 u g x Nov 20 13:24 a",
		"-rw-r--rw 1 u g 5 Nov 20 13:24 a",
		"-rw-r--r--x 1 u g 5 Nov 20 13:24 a",
		"-rw-r--r--++ 1 u g 5 Nov 20 13:24 a",
		"-rwxrwxrws 1 u g 5 Nov 20 13:24 a",
		"?rw-r--r-- 1 u g 5 Nov 20 13:24 a",
		"-rw-r--r-- a b c d e f g h i j k l m n o p q 5 Nov 20 13:24 a",
		"ls: cannot access 'x': No such file or directory",
		"11-20-26  01:24PM                   12 n",
	};

	(void)state;
	dialect_check(unix_line, t, N(t));
	dialect_refuses(unix_line, refused, N(refused));
}

/* A date without a year is in the twelve months up to tomorrow. */
static void
test_year(void **state)
{
	static const struct {
		const char *now, *date, *time;
	} t[] = {
		{ "20261120132400", "Nov 20 13:24", "20261120132400" },
		{ "20261120132400", "Nov 20 13:25", "20261120132500" },
		{ "20261120132400", "Nov 21 13:24", "20261121132400" },
		{ "20261120132400", "Nov 21 13:25", "20251121132500" },
		{ "20261120132400", "Dec  1 00:00", "20251201000000" },
		{ "20261120132400", "Jan  1 00:00", "20260101000000" },
		{ "20270101000500", "Dec 31 23:59", "20261231235900" },
		{ "20270101000500", "Jan  1 00:05", "20270101000500" },
		{ "20270101000500", "Jan  2 00:05", "20270102000500" },
		{ "20270101000500", "Jan  2 00:06", "20260102000600" },
		/* The server's clock is ahead of ours, at New Year. */
		{ "20261231235900", "Jan  1 12:00", "20270101120000" },
		{ "20261231120000", "Jan  1 12:01", "20260101120100" },
		{ "20240301000000", "Feb 29 12:00", "20240229120000" },
		{ "20250110000000", "Feb 29 12:00", "20240229120000" },
		{ "20250401000000", "Feb 29 12:00", NULL },
	};
	char line[80];
	size_t i;

	(void)state;
	for (i = 0; i < N(t); i++) {
		struct expect x = {
			line, 'f', 5, t[i].time, PRECISION_MINUTE, 0644, "u",
			"g", "a", NULL
		};
		struct timespec now;

		if (t[i].time == NULL)
			x.precision = PRECISION_NONE;
		assert_int_equal(clock_parse_ftp(t[i].now, 14, &now), 0);
		snprintf(line, sizeof(line), "-rw-r--r-- 1 u g 5 %s a",
		    t[i].date);
		dialect_check_line(unix_line, now.tv_sec + 86400, &x);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_year),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
