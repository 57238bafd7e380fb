/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dialect.h"

static void
test_lines(void **state)
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
		{ "; x;y=1; n", '?', -1, NONE, -1, NULL, NULL, "x;y=1; n",
		  NULL },
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
		/* pyftpdlib writes it as Python does. */
		{ "UNIX.mode=0o644; n", '?', -1, NONE, 0644, NULL, NULL, "n",
		  NULL },
		{ "UNIX.mode=0o; n", '?', -1, NONE, -1, NULL, NULL, "n",
		  NULL },
		{ "UNIX.mode=1o644; n", '?', -1, NONE, -1, NULL, NULL, "n",
		  NULL },
		{ "UNIX.mode=00644; n", '?', -1, NONE, 0644, NULL, NULL, "n",
		  NULL },
		{ "UNIX.mode=0100644; n", '?', -1, NONE, 0644, NULL, NULL,
		  "n", NULL },
		{ "UNIX.mode=0000644; n", '?', -1, NONE, 0644, NULL, NULL,
		  "n", NULL },
		{ "UNIX.mode=00000644; n", '?', -1, NONE, -1, NULL, NULL, "n",
		  NULL },
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

	(void)state;
	dialect_check(mlsd_line, t, N(t));
	dialect_refuses(mlsd_line, refused, N(refused));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
