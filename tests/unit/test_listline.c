/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "ftp/listline.h"

#define N(a)	(sizeof(a) / sizeof((a)[0]))

/* A day after 2026-11-20 13:24. */
enum { LATEST = 1795181040 + 86400 };

/* What a line must give; strings NULL: not given. */
struct expect {
	const char *line;
	char type;
	int64_t size;
	const char *time;	/* YYYYMMDDHHMMSS */
	enum time_precision precision;
	int mode;
	const char *owner, *group, *name, *target;
};

#define NONE	NULL, PRECISION_NONE
#define DAY(s)	s "000000", PRECISION_DAY
#define MIN(s)	s "00", PRECISION_MINUTE
#define SEC(s)	s, PRECISION_SECOND

static void
check_span(const char *line, struct span got, const char *want)
{
	if (want == NULL)
		want = "";
	if (got.n != strlen(want) ||
	    (got.n > 0 && memcmp(got.s, want, got.n) != 0))
		fail_msg("\"%s\": \"%.*s\", not \"%s\"", line, (int)got.n,
		    got.s, want);
}

static void
check(listline_fn parse, time_t latest, const struct expect *x)
{
	struct listline l;
	struct tm tm;
	char text[16] = "";

	gmtime_r(&latest, &tm);
	if (parse(x->line, strlen(x->line), &tm, &l) != 0)
		fail_msg("\"%s\": not understood", x->line);
	if (l.precision != PRECISION_NONE)
		clock_format_ftp(l.mtime.tv_sec, text, sizeof(text));
	if (l.type != x->type || l.size != x->size || l.mode != x->mode ||
	    l.precision != x->precision ||
	    strcmp(text, x->time == NULL ? "" : x->time) != 0)
		fail_msg("\"%s\": type %c, size %lld, mode %o, time %s (%d)",
		    x->line, l.type, (long long)l.size, (unsigned)l.mode,
		    text, l.precision);
	check_span(x->line, l.name, x->name);
	check_span(x->line, l.owner, x->owner);
	check_span(x->line, l.group, x->group);
	check_span(x->line, l.target, x->target);
}

static void
check_refused(listline_fn parse, const char *line)
{
	const time_t latest = LATEST;
	struct listline l;
	struct tm tm;

	gmtime_r(&latest, &tm);
	if (parse(line, strlen(line), &tm, &l) == 0)
		fail_msg("\"%s\": understood", line);
}

static void
test_mlsd(void **state)
{
	static const struct expect t[] = {
		/* ProFTPD */
		{ "modify=20261120132400;perm=adfrw;size=12;type=file;"
		  "unique=801U2A;UNIX.group=33;UNIX.groupname=www;"
		  "UNIX.mode=0644;UNIX.owner=0;UNIX.ownername=root; a b",
		  'f', 12, SEC("20261120132400"), 0644, "root", "www",
		  "a b", NULL },
		{ "type=cdir;modify=20261120132400; .", '.', -1,
		  SEC("20261120132400"), -1, NULL, NULL, ".", NULL },
		{ "type=PDIR; /home", '.', -1, NONE, -1, NULL, NULL, "/home",
		  NULL },
		{ "modify=20261120132400;type=OS.unix=slink:../x y;"
		  "UNIX.mode=0777; l", 'l', -1, SEC("20261120132400"), 0777,
		  NULL, NULL, "l", "../x y" },
		{ "type=OS.unix=symlink;size=3; l", 'l', 3, NONE, -1, NULL,
		  NULL, "l", NULL },
		/* ProFTPD: targets as they are */
		{ "size=3;type=OS.unix=slink:/d;e;unique=1;UNIX.mode=0777; l",
		  'l', 3, NONE, 0777, NULL, NULL, "l", "/d;e" },
		{ "type=OS.unix=slink:/d;e; n", 'l', -1, NONE, -1, NULL, NULL,
		  "n", "/d;e" },
		{ "type=OS.unix=slink:/y; z;unique=1;UNIX.mode=0777; l", 'l',
		  -1, NONE, 0777, NULL, NULL, "l", "/y; z" },
		{ "type=OS.unix=slink:/a;b; c;unique=1; d; l", 'l', -1, NONE,
		  -1, NULL, NULL, "d; l", "/a;b; c" },
		{ "type=OS.unix=slink:;d;e; n", 'l', -1, NONE, -1, NULL, NULL,
		  "n", ";d;e" },
		{ "type=OS.unix=slink:/a; b; c=d; e", 'l', -1, NONE, -1, NULL,
		  NULL, "b; c=d; e", "/a" },
		{ "type=OS.unix=slink:/a;size=1; b;c=d; e", 'l', 1, NONE, -1,
		  NULL, NULL, "b;c=d; e", "/a" },
		/* Pure-FTPd */
		{ "type=dir;sizd=4096;modify=20261120132400;UNIX.mode=02755;"
		  "UNIX.uid=1000;UNIX.gid=1001;unique=fd00g2; d", 'd', -1,
		  SEC("20261120132400"), 02755, "1000", "1001", "d", NULL },
		/* pyftpdlib */
		{ "modify=20261120132400;perm=r;size=0;type=file;"
		  "unique=801d1; \xc3\xa9", 'f', 0, SEC("20261120132400"),
		  -1, NULL, NULL, "\xc3\xa9", NULL },
		/* FileZilla Server, IIS */
		{ "type=file;size=5;modify=20261120132400.123;perms=awr; x",
		  'f', 5, "20261120132400", PRECISION_SUB, -1, NULL, NULL,
		  "x", NULL },
		/* Case, order, unknown facts, no last ';', empty ones. */
		{ "TYPE=File;X.Y=a=b;SIZE=7;;media-type=; n", 'f', 7, NONE,
		  -1, NULL, NULL, "n", NULL },
		{ "type=file;size=7 n", 'f', 7, NONE, -1, NULL, NULL, "n",
		  NULL },
		{ "size=7; n", '?', 7, NONE, -1, NULL, NULL, "n", NULL },
		{ "type=OS.unix=chr-13/29; null", 'o', -1, NONE, -1, NULL,
		  NULL, "null", NULL },
		{ "UNIX.ownername=u;UNIX.owner=0;UNIX.groupname=g;"
		  "UNIX.group=0;type=file; n", 'f', -1, NONE, -1, "u", "g",
		  "n", NULL },
		{ "type=file;UNIX.groupname=domain users; n", 'f', -1, NONE,
		  -1, NULL, "domain users", "n", NULL },
		{ " type=file; n", 'f', -1, NONE, -1, NULL, NULL, "n", NULL },
		/* Names as they are. */
		{ "type=file;   n  ", 'f', -1, NONE, -1, NULL, NULL, "  n  ",
		  NULL },
		{ "type=file; a; b=c; d", 'f', -1, NONE, -1, NULL, NULL,
		  "a; b=c; d", NULL },
		{ "type=file; ../\033\377", 'f', -1, NONE, -1, NULL, NULL,
		  "../\033\377", NULL },
		/* Values that make no sense. */
		{ "type=file;size=-1;modify=00000000000000;UNIX.mode=9; n",
		  'f', -1, NONE, -1, NULL, NULL, "n", NULL },
		{ "size=9223372036854775807;modify=99990101000000; n", '?',
		  INT64_MAX, SEC("99990101000000"), -1, NULL, NULL, "n",
		  NULL },
		{ "size=9223372036854775808;modify=999990101000000; n", '?',
		  -1, NONE, -1, NULL, NULL, "n", NULL },
		{ "size=18446744073709551616;modify=20260231000000; n", '?',
		  -1, NONE, -1, NULL, NULL, "n", NULL },
		{ "size=1e9;modify=;UNIX.mode=; n", '?', -1, NONE, -1, NULL,
		  NULL, "n", NULL },
		{ "UNIX.mode=0100755; n", '?', -1, NONE, 0755, NULL, NULL,
		  "n", NULL },
		{ "UNIX.mode=77777777; n", '?', -1, NONE, -1, NULL, NULL, "n",
		  NULL },
	};
	static const char *const refused[] = {
		"", " ", "  ", "n", " n", "type=file;", "type=file; ",
		"type=file", "file; n", "type=file;size; n",
		"size;type=OS.unix=slink:/a; n",
		"type=OS.unix=slink:/a;size=1;b; n",
		"-rw-r--r-- 1 ftp ftp 12 Nov 20 13:24 n", "total 0",
		"11-20-26  01:24PM  12 n",
	};
	size_t i;

	(void)state;
	for (i = 0; i < N(t); i++)
		check(listline_mlsd, LATEST, &t[i]);
	for (i = 0; i < N(refused); i++)
		check_refused(listline_mlsd, refused[i]);
}

static void
test_unix(void **state)
{
	static const struct expect t[] = {
		/* vsftpd */
		{ "-rw-r--r--    1 1000     1000           12 Nov 20 13:24 a",
		  'f', 12, MIN("202611201324"), 0644, "1000", "1000", "a",
		  NULL },
		{ "drwxr-xr-x    2 ftp      ftp          4096 Jan 05  2023 d",
		  'd', 4096, DAY("20230105"), 0755, "ftp", "ftp", "d", NULL },
		{ "lrwxrwxrwx    1 ftp      ftp             3 Nov 20 13:24 "
		  "l -> abc", 'l', 3, MIN("202611201324"), -1, "ftp", "ftp",
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
		{ "drwxr-xr-x 2 u g 4096 Mai  2  2023 5 Mai 2 2024 d", 'd',
		  4096, NONE, 0755, "u", "g", "5 Mai 2 2024 d", NULL },
		{ "-rw-r--r-- 1 u g 5 12\346\234\210 20 13:24 a", 'f', 5,
		  NONE, 0644, "u", "g", "a", NULL },
		{ "-rw-r--r-- 1 u g 5 12\346\234\210 20\346\227\245 2023 a",
		  'f', 5, NONE, 0644, "u", "g", "a", NULL },
		{ "-rw-r--r-- 1 u g 5 20. d\351c. 13:24  a", 'f', 5, NONE,
		  0644, "u", "g", " a", NULL },
		{ "-rw-r--r-- 1 u g 12 20 mars  2024 a", 'f', 12, NONE, 0644,
		  "u", "g", "a", NULL },
		{ "-rw-r--r-- 1 7 7 7 Mai 7 2007 7", 'f', 7, NONE, 0644, "7",
		  "7", "7", NULL },
		{ "-rw-r--r-- 1 u 12 Okt 20 13:24 a", 'f', 12, NONE, 0644,
		  "u", NULL, "a", NULL },
		{ "lrwxrwxrwx 1 u g 1 Dez 20 13:24 a -> b", 'l', 1, NONE, -1,
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
		  MIN("202611201324"), -1, "u", "g", "a -> b", "c" },
		{ "lrwxrwxrwx 1 u g 6 Nov 20 13:24 a -> b -> c", 'l', 6,
		  MIN("202611201324"), -1, "u", "g", "a", "b -> c" },
		{ "lrwxrwxrwx 1 u g 99 Nov 20 13:24 a -> b -> c", 'l', 99,
		  MIN("202611201324"), -1, "u", "g", "a", "b -> c" },
		{ "lrwxrwxrwx 1 u g 0 Nov 20 13:24 a", 'l', 0,
		  MIN("202611201324"), -1, "u", "g", "a", NULL },
		{ "lrwxrwxrwx 1 u g 0 Nov 20 13:24 a -> ", 'l', 0,
		  MIN("202611201324"), -1, "u", "g", "a -> ", NULL },
		{ "lrwxrwxrwx 1 u g 1 Nov 20 13:24  -> b", 'l', 1,
		  MIN("202611201324"), -1, "u", "g", " -> b", NULL },
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
		"-rw-r--r-- 1 u g 5 Mai 20 13:60 a",
		"-rw-r--r-- 1 u g 5 Mai 20 024 a",
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
	size_t i;

	(void)state;
	for (i = 0; i < N(t); i++)
		check(listline_unix, LATEST, &t[i]);
	for (i = 0; i < N(refused); i++)
		check_refused(listline_unix, refused[i]);
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
		check(listline_unix, now.tv_sec + 86400, &x);
	}
}

static void
test_dos(void **state)
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
	size_t i;

	(void)state;
	for (i = 0; i < N(t); i++)
		check(listline_dos, LATEST, &t[i]);
	for (i = 0; i < N(refused); i++)
		check_refused(listline_dos, refused[i]);
}

static void
test_eplf(void **state)
{
	static const struct expect t[] = {
		{ "+i8388621.48594,m825718503,r,s280,\tdjb.html", 'f', 280,
		  SEC("19960301221503"), -1, NULL, NULL, "djb.html", NULL },
		{ "+i8388621.50690,m824255907,/,\t5 14", 'd', -1,
		  SEC("19960213235827"), -1, NULL, NULL, "5 14", NULL },
		{ "+up644,r,s1\t\ta", 'f', 1, NONE, 0644, NULL, NULL, "\ta",
		  NULL },
		{ "+r,,s5,\ta", 'f', 5, NONE, -1, NULL, NULL, "a", NULL },
		{ "+,,u,up,upx,mx,s-1,m99999999999999999999,\ta", '?', -1,
		  NONE, -1, NULL, NULL, "a", NULL },
	};
	static const char *const refused[] = {
		"", "+", "+r,s1", "+r,s1,\t", "r,s1,\ta",
	};
	size_t i;

	(void)state;
	for (i = 0; i < N(t); i++)
		check(listline_eplf, LATEST, &t[i]);
	for (i = 0; i < N(refused); i++)
		check_refused(listline_eplf, refused[i]);
}

static void
test_name(void **state)
{
	static const struct expect x = {
		" a  b ", '?', -1, NONE, -1, NULL, NULL, " a  b ", NULL
	};

	(void)state;
	check(listline_name, LATEST, &x);
	check_refused(listline_name, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mlsd),
		cmocka_unit_test(test_unix),
		cmocka_unit_test(test_year),
		cmocka_unit_test(test_dos),
		cmocka_unit_test(test_eplf),
		cmocka_unit_test(test_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
