/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "ui/progress.h"

enum { K = 1024, M = 1024 * 1024 };

static void
check(const struct progress *p, int columns, const char *want)
{
	struct buf b = BUF_INIT(BUF_OWN);

	progress_line(p, columns, &b);
	assert_string_equal(b.data, want);
	assert_true(text_width(b.data) <= columns);
	buf_release(&b);
}

static void
test_one_file(void **state)
{
	struct progress *p = progress_new();

	(void)state;
	check(p, 80, "");
	assert_false(progress_active(p));
	progress_update(p, "dir/a.iso", 0, 100 * M, false);
	assert_true(progress_active(p));
	progress_tick(p, 1000);
	check(p, 80, "dir/a.iso    0%  0 of 100M");
	progress_update(p, "dir/a.iso", 10 * M, 100 * M, false);
	progress_tick(p, 1200);
	check(p, 80, "dir/a.iso   10%  10M of 100M");
	progress_tick(p, 2000);
	check(p, 80, "dir/a.iso   10%  10M of 100M  10M/s  9s left");
	/* A range fetched anew is taken back. */
	progress_update(p, "dir/a.iso", -5 * M, 100 * M, false);
	check(p, 80, "dir/a.iso    5%  5.0M of 100M  10M/s  10s left");
	progress_update(p, "dir/a.iso", 95 * M, 100 * M, true);
	assert_false(progress_active(p));
	check(p, 80, "");
	progress_free(p);
}

static void
test_unknown_size(void **state)
{
	struct progress *p = progress_new();

	(void)state;
	progress_tick(p, 0);
	progress_update(p, "a", 2 * M, -1, false);
	progress_tick(p, 1000);
	check(p, 80, "a  2.0M  2.0M/s");
	/* More than was announced: never above 100 percent. */
	progress_update(p, "a", 2 * M, 3 * M, false);
	check(p, 80, "a  100%  4.0M of 4.0M  2.0M/s");
	progress_free(p);
}

static void
test_stall(void **state)
{
	struct progress *p = progress_new();
	int64_t now;

	(void)state;
	progress_update(p, "a", 1 * M, 2 * M, false);
	for (now = 0; now <= 3000; now += 200)
		progress_tick(p, now);
	check(p, 80, "a   50%  1.0M of 2.0M  stalled");
	/* The rate is that of the last seconds, not of the whole. */
	for (; now <= 60 * 1000; now += 200) {
		progress_update(p, "a", 1 * K, 2 * M, false);
		progress_tick(p, now);
	}
	check(p, 80, "a   63%  1.3M of 2.0M  5.0K/s  2m28s left");
	progress_free(p);
}

/* Files that are to come count, and what they hold is not known. */
static void
test_expected(void **state)
{
	struct progress *p = progress_new();

	(void)state;
	progress_update(p, NULL, 3, -1, true);
	assert_false(progress_active(p));
	progress_update(p, "a", 1 * M, 4 * M, false);
	progress_tick(p, 0);
	check(p, 80, "a  0 of 3 files  1.0M");
	progress_update(p, "a", 3 * M, 4 * M, true);
	progress_update(p, "b", 2 * M, 4 * M, false);
	check(p, 80, "b  1 of 3 files  6.0M");
	progress_update(p, "c", 0, 2 * M, false);
	check(p, 80, "b   60%  1 of 3 files  6.0M of 10M");
	progress_reset(p);
	progress_update(p, "d", 1 * M, 4 * M, false);
	check(p, 80, "d   25%  1.0M of 4.0M");
	progress_free(p);
}

/* A tree: what is found while the first files go. */
static void
test_tree(void **state)
{
	struct progress *p = progress_new();

	(void)state;
	progress_update(p, NULL, 1, 4 * M, false);
	progress_update(p, NULL, 1, 4 * M, false);
	progress_update(p, "a", 0, 4 * M, false);
	progress_tick(p, 0);
	progress_update(p, "a", 2 * M, 4 * M, false);
	progress_tick(p, 1000);
	check(p, 80, "a  0 of 2+ files  2.0M of 8.0M+  2.0M/s  3s+ left");
	/* One that is not as large as it was said to be. */
	progress_update(p, NULL, 1, 8 * M, false);
	progress_update(p, "b", 0, 5 * M, false);
	check(p, 80, "a  0 of 3+ files  2.0M of 16M+  2.0M/s  7s+ left");
	progress_update(p, NULL, 0, 0, true);
	check(p, 80, "a   12%  0 of 3 files  2.0M of 16M  2.0M/s  7s left");
	progress_update(p, "a", 2 * M, 4 * M, true);
	progress_update(p, "b", 5 * M, 5 * M, true);
	progress_update(p, "c", 1 * M, 8 * M, false);
	check(p, 80, "c   58%  2 of 3 files  10M of 17M  2.0M/s  4s left");
	/* More than was told. */
	progress_update(p, "d", 0, 3 * M, false);
	check(p, 80, "c   50%  2 of 4 files  10M of 20M  2.0M/s  5s left");
	progress_reset(p);
	/* A file whose size is not known. */
	progress_update(p, NULL, 1, -1, false);
	progress_update(p, NULL, 1, 2 * M, true);
	progress_update(p, "a", 1 * M, 2 * M, false);
	check(p, 80, "a  0 of 2 files  1.0M");
	progress_free(p);
}

/* What is given up as it gets narrow, and that it fits. */
static void
test_narrow(void **state)
{
	struct progress *p = progress_new();
	struct buf b = BUF_INIT(BUF_OWN);
	int columns;

	(void)state;
	progress_update(p, NULL, 340, (int64_t)4000 * M, true);
	progress_update(p, "a/long/path/to/the/file.txt", 0, 40 * M, false);
	progress_tick(p, 0);
	progress_update(p, "a/long/path/to/the/file.txt", 20 * M, 40 * M,
	    false);
	progress_tick(p, 1000);
	check(p, 199, "a/long/path/to/the/file.txt    0%  0 of 340 files  "
	    "20M of 3.9G  20M/s  3m19s left");
	check(p, 79, "...g/path/to/the/file.txt    0%  0 of 340 files  "
	    "20M of 3.9G  20M/s  3m19s left");
	check(p, 59, "...o/the/file.txt    0%  0/340  20M/3.9G  20M/s  "
	    "3m19s left");
	check(p, 39, "...he/file.txt    0%  0/340  3m19s left");
	check(p, 29, "...file.txt    0%  3m19s left");
	check(p, 20, "...he/file.txt    0%");
	for (columns = 20; columns < 120; columns++) {
		buf_clear(&b);
		progress_line(p, columns, &b);
		assert_true(text_width(b.data) <= columns);
	}
	buf_release(&b);
	progress_free(p);
}

static void
check_block(struct progress *p, int columns, int rows, const char *want)
{
	struct buf b = BUF_INIT(BUF_OWN);

	progress_block(p, columns, rows, &b);
	assert_string_equal(b.data, want);
	buf_release(&b);
}

static void
test_block(void **state)
{
	struct progress *p = progress_new();

	(void)state;
	check_block(p, 60, 9, "");
	progress_update(p, NULL, 4, -1, true);
	progress_update(p, "dir/a", 1 * M, 4 * M, false);
	check_block(p, 60, 9, "dir/a  0 of 4 files  1.0M");
	progress_update(p, "a/long/path/to/the/file.txt", 10, -1, false);
	progress_update(p, "c", 0, 1000 * M, false);
	check_block(p, 40, 9,
	    "dir/a                25%   1.0M of 4.0M\n"
	    "...to/the/file.txt           10\n"
	    "c                     0%      0 of 1.0G\n"
	    "Total  0 of 4 files  1.0M");
	check_block(p, 200, 3,
	    "dir/a                                             "
	    "   25%   1.0M of 4.0M\n"
	    "a/long/path/to/the/file.txt                       "
	    "           10\n"
	    "Total  0 of 4 files  1.0M");
	/* No room, or not as many as there were. */
	check_block(p, 40, 1, "dir/a  0 of 4 files  1.0M");
	check_block(p, 29, 9, "dir/a  0 of 4 files  1.0M");
	progress_update(p, "c", 0, 1000 * M, true);
	progress_update(p, "dir/a", 0, 4 * M, true);
	check_block(p, 40, 9, "...to/the/file.txt           10\n"
	    "Total  2 of 4 files  1.0M");
	progress_reset(p);
	progress_update(p, "d", 1, 2, false);
	check_block(p, 40, 9, "d   50%  1 of 2");
	progress_free(p);
}

static void
test_several(void **state)
{
	struct progress *p = progress_new();

	(void)state;
	progress_update(p, "a", 1 * M, 4 * M, false);
	progress_update(p, "b", 1 * M, 4 * M, false);
	progress_tick(p, 0);
	check(p, 80, "a   25%  0 of 2 files  2.0M of 8.0M");
	progress_update(p, "a", 3 * M, 4 * M, true);
	progress_update(p, "c", 0, 2 * M, false);
	progress_tick(p, 1000);
	check(p, 80, "b   50%  1 of 3 files  5.0M of 10M  3.0M/s  2s left");
	/* One unknown size makes the sum unknown. */
	progress_update(p, "d", 0, -1, false);
	check(p, 80, "b  1 of 4 files  5.0M  3.0M/s");
	progress_reset(p);
	assert_false(progress_active(p));
	progress_update(p, "e", 1, 2, false);
	check(p, 80, "e   50%  1 of 2");
	progress_free(p);
}

static void
test_width(void **state)
{
	struct progress *p = progress_new();
	struct buf b = BUF_INIT(BUF_OWN);
	int columns;

	(void)state;
	progress_update(p, "a/long/path/to/the/file.txt", 50, 100, false);
	check(p, 45, "a/long/path/to/the/file.txt   50%  50 of 100");
	check(p, 40, "...path/to/the/file.txt   50%  50 of 100");
	progress_reset(p);
	/* Wide characters are never cut in two, and controls are escaped. */
	progress_update(p, "\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2"
	    "\033", 50, 100, false);
	check(p, 30, "\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2\\033"
	    "   50%  50 of 100");
	check(p, 28, "\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2\\033"
	    "   50%  50/100");
	check(p, 25, "...\xe6\xbc\xa2\xe6\xbc\xa2\\033   50%  50/100");
	for (columns = 20; columns < 60; columns++) {
		buf_clear(&b);
		progress_line(p, columns, &b);
		assert_true(text_width(b.data) <= columns);
		assert_true(text_is_utf8(b.data, b.len));
	}
	buf_release(&b);
	progress_free(p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_file),
		cmocka_unit_test(test_unknown_size),
		cmocka_unit_test(test_stall),
		cmocka_unit_test(test_expected),
		cmocka_unit_test(test_tree),
		cmocka_unit_test(test_narrow),
		cmocka_unit_test(test_block),
		cmocka_unit_test(test_several),
		cmocka_unit_test(test_width),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
