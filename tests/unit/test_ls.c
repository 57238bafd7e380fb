/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ui/ls.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum { NOW = 1700486644 };	/* 2023-11-20 13:24:04 UTC */

static void
check(const struct entry *e, size_t n, const struct ls_options *o,
    const char *want)
{
	char *text = NULL;
	size_t len = 0;
	FILE *fp;

	fp = open_memstream(&text, &len);
	ls_print(fp, e, n, o);
	fclose(fp);
	assert_string_equal(text, want);
	free(text);
}

static const struct entry few[] = {
	{ .name = ".hid", .type = 'f', .size = 1, .mode = -1 },
	{ .name = "b", .type = 'f', .size = 30, .mode = 0755,
	    .mtime = { NOW - 60, 0 }, .precision = PRECISION_SECOND },
	{ .name = "a", .type = 'd', .size = -1, .mode = 0755,
	    .mtime = { NOW - 10, 0 }, .precision = PRECISION_SECOND,
	    .owner = "root", .group = "wheel" },
	{ .name = "c", .type = 'l', .size = 1536, .mode = 0777,
	    .mtime = { NOW - 60, 5 }, .precision = PRECISION_SECOND,
	    .owner = "me", .target = "x\033y" },
};

static void
test_order(void **state)
{
	struct ls_options o = { .one_column = true, .now = NOW };

	(void)state;
	check(few, COUNT(few), &o, "a\nb\nc\n");
	o.reverse = true;
	check(few, COUNT(few), &o, "c\nb\na\n");
	o.reverse = false;
	o.all = true;
	check(few, COUNT(few), &o, ".hid\na\nb\nc\n");
	o.sort = LS_BY_SIZE;
	check(few, COUNT(few), &o, "c\nb\n.hid\na\n");
	o.sort = LS_BY_TIME;
	check(few, COUNT(few), &o, "a\nc\nb\n.hid\n");
	o.sort = LS_UNSORTED;
	check(few, COUNT(few), &o, ".hid\nb\na\nc\n");
	check(few, 0, &o, "");
}

static void
test_long(void **state)
{
	struct ls_options o = { .long_form = true, .now = NOW };

	(void)state;
	check(few, COUNT(few), &o,
	    "drwxr-xr-x root wheel    - Nov 20 13:23 a\n"
	    "-rwxr-xr-x -    -       30 Nov 20 13:23 b\n"
	    "lrwxrwxrwx me   -     1536 Nov 20 13:23 c -> x\\033y\n");
	o.human = true;
	check(few + 3, 1, &o,
	    "lrwxrwxrwx me - 1.5K Nov 20 13:23 c -> x\\033y\n");
}

/* What LIST tells is on the server's clock and not to be shifted. */
static void
test_dates(void **state)
{
	struct entry e[] = {
		{ .name = "d", .type = 'f', .mode = -1, .size = 0,
		    .mtime = { 1577836800, 0 }, .precision = PRECISION_DAY },
		{ .name = "m", .type = 'o', .mode = -1, .size = 0,
		    .mtime = { NOW, 0 }, .precision = PRECISION_MINUTE },
		{ .name = "n", .type = '?', .mode = -1, .size = 0 },
		{ .name = "s", .type = 'f', .mode = -1, .size = 0,
		    .mtime = { NOW, 0 }, .precision = PRECISION_SECOND },
	};
	struct ls_options o = { .long_form = true, .now = NOW };

	(void)state;
	setenv("TZ", "UTC-5", 1);
	tzset();
	check(e, COUNT(e), &o,
	    "-????????? - - 0 Jan  1  2020 d\n"
	    "?????????? - - 0 Nov 20 13:24 m\n"
	    "?????????? - - 0            ? n\n"
	    "-????????? - - 0 Nov 20 18:24 s\n");
	setenv("TZ", "UTC", 1);
	tzset();
}

/* Half a year old, it has a year, whoever told its time. */
static void
test_old(void **state)
{
	enum { DAY = 86400 };
	struct entry e[] = {
		{ .name = "m", .type = 'f', .mode = 0644, .size = 0,
		    .mtime = { NOW - 200 * DAY, 0 },
		    .precision = PRECISION_MINUTE },
		{ .name = "n", .type = 'f', .mode = 0644, .size = 0,
		    .mtime = { NOW + 2 * DAY, 0 },
		    .precision = PRECISION_MINUTE },
		{ .name = "u", .type = 'f', .mode = 0644, .size = 0,
		    .mtime = { NOW, 0 }, .precision = PRECISION_MINUTE,
		    .utc = true },
		{ .name = "v", .type = 'f', .mode = 0644, .size = 0,
		    .mtime = { NOW + DAY / 2, 0 },
		    .precision = PRECISION_SECOND },
	};
	struct ls_options o = { .long_form = true, .now = NOW };

	(void)state;
	setenv("TZ", "UTC-5", 1);
	tzset();
	check(e, COUNT(e), &o,
	    "-rw-r--r-- - - 0 May  4  2023 m\n"
	    "-rw-r--r-- - - 0 Nov 22  2023 n\n"
	    "-rw-r--r-- - - 0 Nov 20 18:24 u\n"
	    "-rw-r--r-- - - 0 Nov 21 06:24 v\n");
	setenv("TZ", "UTC", 1);
	tzset();
}

static void
test_marks(void **state)
{
	struct ls_options o = { .one_column = true, .classify = true };

	(void)state;
	check(few, COUNT(few), &o, "a/\nb*\nc@\n");
	o.one_column = false;
	o.columns = 80;
	check(few, COUNT(few), &o, "a/  b*  c@\n");
	/* The mark counts as a column. */
	o.columns = 8;
	check(few, COUNT(few), &o, "a/  c@\nb*\n");
	o.long_form = true;
	o.now = NOW;
	check(few + 2, 2, &o,
	    "drwxr-xr-x root wheel    - Nov 20 13:23 a/\n"
	    "lrwxrwxrwx me   -     1536 Nov 20 13:23 c -> x\\033y\n");
}

static void
test_columns(void **state)
{
	struct entry e[] = {
		{ .name = "eins", .type = 'f' },
		{ .name = "f\xc3\xbcnf", .type = 'f' },
		{ .name = "vier", .type = 'f' },
		{ .name = "\xe6\xbc\xa2\xe6\xbc\xa2", .type = 'f' },
		{ .name = "x", .type = 'f' },
	};
	struct ls_options o = { .sort = LS_UNSORTED };

	(void)state;
	o.columns = 80;
	check(e, COUNT(e), &o, "eins  f\xc3\xbcnf  vier  "
	    "\xe6\xbc\xa2\xe6\xbc\xa2  x\n");
	o.columns = 16;
	check(e, COUNT(e), &o, "eins  vier  x\n"
	    "f\xc3\xbcnf  \xe6\xbc\xa2\xe6\xbc\xa2\n");
	o.columns = 12;
	check(e, COUNT(e), &o, "eins  \xe6\xbc\xa2\xe6\xbc\xa2\n"
	    "f\xc3\xbcnf  x\nvier\n");
	o.columns = 3;
	check(e, 2, &o, "eins\nf\xc3\xbcnf\n");
}

static void
test_escape(void **state)
{
	struct entry e = {
		.name = "a\033[2J", .type = 'f', .owner = "\033", .mode = -1,
	};
	struct ls_options o = { .one_column = true };

	(void)state;
	check(&e, 1, &o, "a\\033[2J\n");
	o.raw = true;
	check(&e, 1, &o, "a\033[2J\n");
	o.raw = false;
	o.one_column = false;
	o.long_form = true;
	check(&e, 1, &o, "-????????? \\033 - 0            ? a\\033[2J\n");
}

static void
test_color(void **state)
{
	struct entry e[] = {
		{ .name = "d", .type = 'd' },
		{ .name = "t.gz", .type = 'f', .mode = 0644 },
		{ .name = "x.gz", .type = 'f', .mode = 0755 },
		{ .name = "y", .type = 'f', .mode = -1 },
	};
	struct ls_options o = { .one_column = true, .color = true };

	(void)state;
	setenv("LS_COLORS", "no=00:ex=32:*.gz=01;31:di=34:*.gz=31", 1);
	check(e, COUNT(e), &o, "\033[34md\033[0m\n\033[31mt.gz\033[0m\n"
	    "\033[32mx.gz\033[0m\ny\n");
	/* Nothing but digits gets to the terminal. */
	setenv("LS_COLORS", "di=34m\033[2J:*.gz=:ex", 1);
	check(e, COUNT(e), &o, "d\nt.gz\nx.gz\ny\n");
	unsetenv("LS_COLORS");
	check(e, 1, &o, "\033[01;34md\033[0m\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_dates),
		cmocka_unit_test(test_old),
		cmocka_unit_test(test_marks),
		cmocka_unit_test(test_columns),
		cmocka_unit_test(test_escape),
		cmocka_unit_test(test_color),
	};

	setenv("TZ", "UTC", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
