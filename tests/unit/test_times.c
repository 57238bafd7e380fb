/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "transfer/times.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum {
	MINUTE = 60, HOUR = 3600, DAY = 24 * HOUR,
	NOON = 19000 * DAY + DAY / 2,
};

static struct timespec
at(time_t t)
{
	return (struct timespec){ .tv_sec = t };
}

static void
test_apart(void **state)
{
	static const struct {
		time_t d, offset, rest;
	} rows[] = {
		{ 0, 0, 0 }, { 1, 0, 1 }, { -1, 0, -1 },
		{ HOUR, HOUR, 0 }, { HOUR + 2, HOUR, 2 },
		{ -HOUR - 2, -HOUR, -2 }, { -HOUR + 2, -HOUR, 2 },
		{ 15 * MINUTE, 15 * MINUTE, 0 }, { 449, 0, 449 },
		{ 450, 900, -450 }, { -450, -900, 450 },
		{ 451, 900, -449 }, { -451, -900, 449 },
		{ 5 * HOUR + 45 * MINUTE, 5 * HOUR + 45 * MINUTE, 0 },
	};
	time_t offset, rest;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		times_apart(NOON, NOON + rows[i].d, &offset, &rest);
		if (offset != rows[i].offset || rest != rows[i].rest)
			fail_msg("row %zu: %ld and %ld", i, (long)offset,
			    (long)rest);
	}
}

static void
test_may_be(void **state)
{
	static const struct {
		time_t a, b;
		enum time_precision p;
		bool may;
	} rows[] = {
		{ NOON + 1, NOON + 1, PRECISION_SECOND, true },
		{ NOON + 1, NOON + 3, PRECISION_SECOND, true },
		{ NOON + 1, NOON + 4, PRECISION_SECOND, false },
		{ NOON + 1, NOON + HOUR + 2, PRECISION_SECOND, true },
		{ NOON + 1, NOON - 26 * HOUR + 1, PRECISION_SECOND, true },
		{ NOON + 1, NOON + 27 * HOUR + 1, PRECISION_SECOND, false },
		/* Whole minutes may have lost their seconds. */
		{ NOON + 59, NOON, PRECISION_SECOND, true },
		{ NOON, NOON + 59, PRECISION_SECOND, true },
		{ NOON, NOON + 60, PRECISION_SECOND, false },
		{ NOON + 61, NOON, PRECISION_MINUTE, false },
		{ NOON + 1, NOON + 26 * HOUR + 15 * MINUTE + 1,
		    PRECISION_SECOND, false },
		{ NOON + 1, NOON + 2 * DAY, PRECISION_DAY, true },
		{ NOON + 1, NOON + 50 * HOUR + 1, PRECISION_DAY, true },
		{ NOON + 1, NOON + 50 * HOUR + 2, PRECISION_DAY, false },
		{ NOON + 1, NOON - 50 * HOUR + 1, PRECISION_DAY, true },
		{ NOON + 1, NOON - 50 * HOUR, PRECISION_DAY, false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++)
		if (times_may_be(at(rows[i].a), at(rows[i].b), rows[i].p) !=
		    rows[i].may)
			fail_msg("row %zu", i);
}

/* In the same minute, odd, and far from its ends. */
static void
test_telling(void **state)
{
	time_t t, told;

	(void)state;
	for (t = NOON - 200; t < NOON + 200; t++) {
		told = times_telling(t);
		assert_int_equal(told / MINUTE, t / MINUTE);
		assert_int_equal(told % 2, 1);
		assert_in_range(told % MINUTE, 3, 57);
	}
	assert_int_equal(times_telling(NOON + 5), NOON + 5);
	assert_int_equal(times_telling(NOON + 6), NOON + 31);
	assert_int_equal(times_telling(NOON + 1), NOON + 31);
	assert_int_equal(times_telling(NOON + 59), NOON + 31);
	assert_in_range(times_telling(-1) + 60, 0, 59);
}

/* What one trial shows, and whether that explains other pairs. */
static void
test_explain(void **state)
{
	static const struct {
		struct timespec got;	/* for NOON + 31 */
		time_t set, seen;
		long nsec;
		enum time_precision p;
		bool same;
	} rows[] = {
		/* Nothing becomes of it. */
		{ { NOON + 31, 0 }, 100, 100, 0, PRECISION_SECOND, true },
		{ { NOON + 31, 0 }, 100, 101, 0, PRECISION_SECOND, false },
		{ { NOON + 31, 0 }, 100, 100, 5000000, PRECISION_SUB, false },
		/* A fraction that nobody set. */
		{ { NOON + 31, 7000000 }, 100, 100, 5000000, PRECISION_SUB,
		    true },
		/* Another zone. */
		{ { NOON + 31 + HOUR, 0 }, 100, 100 + HOUR, 0,
		    PRECISION_SECOND, true },
		{ { NOON + 31 + HOUR, 0 }, 100, 100, 0, PRECISION_SECOND,
		    false },
		/* Even seconds, up or down. */
		{ { NOON + 30, 0 }, 101, 100, 0, PRECISION_SECOND, true },
		{ { NOON + 32, 0 }, 101, 102, 0, PRECISION_SECOND, true },
		{ { NOON + 30, 0 }, 101, 103, 0, PRECISION_SECOND, false },
		{ { NOON + 29, 0 }, 100, 99, 0, PRECISION_SECOND, true },
		{ { NOON + 33, 0 }, 100, 99, 0, PRECISION_SECOND, true },
		/* What is none of these. */
		{ { NOON + 131, 0 }, 100, 100, 0, PRECISION_SECOND, true },
		{ { NOON + 131, 0 }, 100, 101, 0, PRECISION_SECOND, false },
		/* Whole minutes. */
		{ { NOON, 0 }, 100, 60, 0, PRECISION_SECOND, true },
		{ { NOON, 0 }, 100, 0, 0, PRECISION_SECOND, false },
		{ { NOON, 0 }, 100, 61, 0, PRECISION_SECOND, false },
		{ { NOON, 0 }, 60, 120, 0, PRECISION_SECOND, false },
		{ { NOON, 0 }, 120, 60, 0, PRECISION_SECOND, false },
		/* Listed by the day. */
		{ { NOON + 31, 0 }, 100, -DAY / 2, 0, PRECISION_DAY, true },
		{ { NOON + 31, 0 }, 100, DAY / 2, 0, PRECISION_DAY, false },
		{ { NOON + 31, 0 }, 100, -DAY / 2 - 1, 0, PRECISION_DAY,
		    false },
		{ { NOON + 31, 0 }, -DAY / 2, -DAY / 2, 0, PRECISION_DAY,
		    true },
		{ { NOON + 31, 0 }, -DAY / 2, -DAY / 2 - 1, 0, PRECISION_DAY,
		    false },
		{ { NOON + 31, 0 }, DAY / 2 - 1, 0, 0, PRECISION_DAY, true },
		{ { NOON + 31, 0 }, DAY / 2 - 1, DAY / 2, 0, PRECISION_DAY,
		    false },
		/* The same by even seconds, which may round to another day. */
		{ { NOON + 30, 0 }, -DAY / 2, -DAY / 2 - 1, 0, PRECISION_DAY,
		    true },
		{ { NOON + 30, 0 }, -DAY / 2 + 1, -DAY / 2 - 1, 0,
		    PRECISION_DAY, false },
		{ { NOON + 30, 0 }, DAY / 2 - 1, DAY / 2, 0, PRECISION_DAY,
		    true },
		{ { NOON + 30, 0 }, DAY / 2 - 2, DAY / 2, 0, PRECISION_DAY,
		    false },
	};
	struct timespec seen;
	struct time_model tm;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		tm = (struct time_model){ 0 };
		times_learn(&tm, at(NOON + 31), rows[i].got);
		assert_true(tm.known);
		seen = (struct timespec){ NOON + rows[i].seen, rows[i].nsec };
		if (times_explain(&tm, at(NOON + rows[i].set), seen,
		    rows[i].p) != rows[i].same)
			fail_msg("row %zu", i);
	}
}

/* To the millisecond, or cut off. */
static void
test_fraction(void **state)
{
	static const struct {
		long nsec;	/* for half a second */
		bool same;
	} rows[] = {
		{ 0, true }, { 999999, true }, { 1000000, false },
		{ 499999999, false }, { 500000000, true },
		{ 500999999, true }, { 501000000, false },
	};
	const struct timespec set[] = {
		{ NOON, 500000000 }, { NOON, 500999999 },
	};
	struct time_model tm = { 0 };
	size_t i, j;

	(void)state;
	times_learn(&tm, at(NOON + 31), at(NOON + 31));
	for (i = 0; i < COUNT(rows); i++)
		for (j = 0; j < COUNT(set); j++)
			if (times_explain(&tm, set[j], (struct timespec){ NOON,
			    rows[i].nsec }, PRECISION_SUB) != rows[i].same)
				fail_msg("row %zu", i);
}

/* Summer's and winter's hour, each with its own file. */
static void
test_two_offsets(void **state)
{
	struct time_model tm = { 0 };

	(void)state;
	times_learn(&tm, at(NOON + 31), at(NOON + 31 + HOUR));
	times_learn(&tm, at(NOON + 31), at(NOON + 31 + 2 * HOUR));
	assert_true(times_explain(&tm, at(NOON), at(NOON + HOUR),
	    PRECISION_SECOND));
	assert_true(times_explain(&tm, at(NOON), at(NOON + 2 * HOUR),
	    PRECISION_SECOND));
	assert_false(times_explain(&tm, at(NOON), at(NOON + 3 * HOUR),
	    PRECISION_SECOND));
	assert_false(times_explain_by(&tm, 0, at(NOON), at(NOON + HOUR),
	    PRECISION_SECOND));
	assert_true(times_explain_by(&tm, 0, at(NOON), at(NOON),
	    PRECISION_SECOND));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_apart),
		cmocka_unit_test(test_may_be),
		cmocka_unit_test(test_telling),
		cmocka_unit_test(test_explain),
		cmocka_unit_test(test_fraction),
		cmocka_unit_test(test_two_offsets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
