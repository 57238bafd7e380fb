/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "listing/listing.h"
#include "transfer/plan.h"
#include "transfer/seen.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define DIRECTORY "it is a directory now"
#define LINK "it is a link now"
#define OTHER_TYPE "it is of another type now"
#define ELSEWHERE "it leads elsewhere now"
#define ANOTHER "another one is in its place"
#define UNTOLD "the server does not tell its size again"
#define SIZED "its size has changed"
#define WRITTEN "it was written to"

enum { DAY = 24 * 3600, NOW = 20000 * DAY };

static void
test_change(void **state)
{
	static const struct {
		struct seen was, now;
		const char *change;
	} rows[] = {
		{ { .type = 'f' }, { .type = 'f' }, NULL },
		{ { .type = 'f' }, { .type = 'd' }, DIRECTORY },
		{ { .type = 'd' }, { .type = 'l' }, LINK },
		{ { .type = 'd' }, { .type = 'f' }, OTHER_TYPE },
		/* Both have to be known. */
		{ { .type = 'f', .number = 1 }, { .type = 'f', .number = 2 },
		    ANOTHER },
		{ { .type = 'd', .number = 1 }, { .type = 'd', .number = 2 },
		    ANOTHER },
		{ { .type = 'l', .number = 1 }, { .type = 'l', .number = 2 },
		    ELSEWHERE },
		{ { .type = 'f', .number = 1 }, { .type = 'f' }, NULL },
		{ { .type = 'f' }, { .type = 'f', .number = 2 }, NULL },
		{ { .type = 'f', .number = 1, .device = 1 },
		    { .type = 'f', .number = 1, .device = 2 }, ANOTHER },
		{ { .type = 'f', .device = 1 }, { .type = 'f', .device = 2 },
		    NULL },
		/* Of files only. */
		{ { .type = 'd', .size = 1 }, { .type = 'd' }, NULL },
		{ { .type = 'l', .size = 1 }, { .type = 'l' }, NULL },
		{ { .type = 'f', .size = 1 }, { .type = 'f' }, SIZED },
		{ { .type = 'f' }, { .type = 'f', .size = 1 }, SIZED },
		{ { .type = 'f' }, { .type = 'f', .size = -1 }, UNTOLD },
		{ { .type = 'f', .size = -1 }, { .type = 'f' }, NULL },
		{ { .type = 'f', .size = -1 }, { .type = 'f', .size = -1 },
		    NULL },
		{ { .type = 'f', .precision = PRECISION_SECOND },
		    { .type = 'f', .precision = PRECISION_SECOND,
		    .mtime.tv_sec = 1 }, WRITTEN },
	};
	const char *change;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		change = seen_change(&rows[i].was, &rows[i].now);
		if ((change == NULL) != (rows[i].change == NULL) ||
		    (change != NULL && strcmp(change, rows[i].change) != 0))
			fail_msg("row %zu: %s", i,
			    change != NULL ? change : "same");
	}
}

/* As precise as the coarser of the two is, if they are by one clock. */
static void
test_times(void **state)
{
	static const struct {
		enum time_precision was;
		time_t sec;
		long nsec;
		enum time_precision now;
		bool same;
	} rows[] = {
		{ PRECISION_NONE, DAY, 0, PRECISION_NONE, true },
		{ PRECISION_NONE, DAY, 0, PRECISION_DAY, true },
		{ PRECISION_DAY, DAY, 0, PRECISION_NONE, true },
		{ PRECISION_NONE, DAY, 0, PRECISION_SUB, true },
		{ PRECISION_DAY, DAY - 1, 0, PRECISION_DAY, true },
		{ PRECISION_DAY, DAY, 0, PRECISION_DAY, false },
		{ PRECISION_DAY, DAY - 1, 0, PRECISION_MINUTE, true },
		{ PRECISION_MINUTE, DAY, 0, PRECISION_DAY, false },
		{ PRECISION_MINUTE, 59, 0, PRECISION_MINUTE, true },
		{ PRECISION_MINUTE, 60, 0, PRECISION_MINUTE, false },
		{ PRECISION_MINUTE, DAY, 0, PRECISION_SECOND, true },
		{ PRECISION_SECOND, DAY, 0, PRECISION_MINUTE, true },
		{ PRECISION_SECOND, 0, 0, PRECISION_SECOND, true },
		{ PRECISION_SECOND, 1, 0, PRECISION_SECOND, false },
		{ PRECISION_SECOND, -1, 0, PRECISION_SECOND, false },
		{ PRECISION_SECOND, 0, 1, PRECISION_SUB, true },
		{ PRECISION_SUB, 0, 1, PRECISION_SECOND, true },
		{ PRECISION_SUB, 1, 0, PRECISION_SECOND, false },
		{ PRECISION_SUB, 0, 0, PRECISION_SUB, true },
		{ PRECISION_SUB, 0, 1, PRECISION_SUB, false },
	};
	struct seen was = { .type = 'f' }, now = { .type = 'f' };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		was.precision = rows[i].was;
		now.precision = rows[i].now;
		was.mtime = (struct timespec){ .tv_sec = NOW };
		now.mtime = (struct timespec){
			.tv_sec = NOW + rows[i].sec, .tv_nsec = rows[i].nsec,
		};
		if ((seen_change(&was, &now) == NULL) != rows[i].same)
			fail_msg("row %zu", i);
	}
}

/* A link is where it leads to, if that is known; not its own number. */
static void
test_links(void **state)
{
	char there[] = "there";
	struct entry e = { .type = 'l', .unique = 7 };

	(void)state;
	assert_int_equal(seen_remote(&e).number, 0);
	e.target = there;
	assert_int_equal(seen_remote(&e).number, listing_name_sum("there"));
	e.type = 'f';
	assert_int_equal(seen_remote(&e).number, 7);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_change),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_links),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
