/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "base/mem.h"
#include "transfer/split.h"

enum { MB = 1000 * 1000, START = 5000, SETUP_MS = 149 };
/* What five round trips of 50 ms are worth, at 1000 bytes a millisecond. */
enum { AHEAD = 250 * 1000 };

static struct split *
begun(int64_t size, int n)
{
	struct split *sp = xmalloc(sizeof(*sp));

	split_begin(sp, size, n);
	split_note_setup(sp, SETUP_MS);
	return sp;
}

/* rate bytes come each of ms milliseconds. */
static void
flow(struct split *sp, struct range *r, int rate, int64_t from, int64_t ms)
{
	int64_t i;

	for (i = 0; i <= ms; i++)
		split_came(sp, r, (size_t)rate, from + i);
}

static void
test_begin(void **state)
{
	struct split *sp = begun(10, 3);
	struct range *last = split_untaken(sp, false);
	struct range *first = split_untaken(sp, true);
	struct range *middle = split_untaken(sp, true);

	(void)state;
	assert_int_equal(first->at, 0);
	assert_int_equal(first->end, middle->at);
	assert_int_equal(middle->end, last->at);
	assert_int_equal(last->end, 10);
	assert_null(split_untaken(sp, true));
	free(sp);
}

/* Of several it is the mean, the latest counting most. */
static void
test_setup(void **state)
{
	struct split *sp = begun(10, 3);

	(void)state;
	assert_int_equal(sp->setup_ms, SETUP_MS + 1);
	split_note_setup(sp, 49);
	assert_int_equal(sp->setup_ms, 100);
	split_note_setup(sp, 0);
	assert_int_equal(sp->setup_ms, 50);
	free(sp);
}

/* What nobody has begun goes to the range before, as far as it goes. */
static void
test_absorb(void **state)
{
	struct split *sp = begun(90, 3);
	struct range *r = split_untaken(sp, true);

	(void)state;
	split_absorb(sp, r, 29);
	assert_int_equal(r->end, 30);
	split_absorb(sp, r, 30);
	assert_int_equal(r->end, 60);
	split_absorb(sp, r, 70);
	assert_int_equal(r->end, 90);
	assert_int_equal(sp->range[2].start, 90);
	assert_int_equal(sp->range[2].at, 90);
	assert_null(split_untaken(sp, false));
	assert_int_equal(split_came(sp, r, 90, START), 90);
	assert_int_equal(sp->left, 0);
	assert_int_equal(split_contiguous(sp), 90);
	free(sp);
}

/* What somebody leaves is for others; what he had counts. */
static void
test_give_back(void **state)
{
	struct split *sp = begun(90, 3);
	struct range *first = split_untaken(sp, true);
	struct range *left = split_untaken(sp, true), *rest;

	(void)state;
	split_untaken(sp, true);
	assert_int_equal(split_came(sp, left, 10, START), 10);
	assert_true(split_give_back(sp, left));
	assert_int_equal(left->at, left->end);
	rest = split_untaken(sp, true);
	assert_int_equal(rest->at, 40);
	assert_int_equal(rest->end, 60);
	assert_int_equal(split_came(sp, first, 30, START), 30);
	assert_int_equal(split_contiguous(sp), 40);
	assert_int_equal(split_came(sp, rest, 20, START), 20);
	assert_int_equal(split_contiguous(sp), 60);
	assert_int_equal(sp->left, 30);
	sp->n = SPLIT_MAX;
	assert_false(split_give_back(sp, rest));
	free(sp);
}

/* Of two that are equally fast, both end together, setting up included. */
static void
test_even(void **state)
{
	struct split *sp = begun(20 * MB, 2);
	struct range *a = split_untaken(sp, true), *r;
	struct range *b = split_untaken(sp, true);
	int64_t mine, theirs;

	(void)state;
	flow(sp, a, 1000, START, 1000);
	flow(sp, b, 10000, START, 1000);
	assert_int_equal(b->at, b->end);
	/* If there is room for another. */
	sp->n = SPLIT_MAX;
	assert_null(split_longest(sp, START + 1000));
	sp->n = 2;
	r = split_longest(sp, START + 1000);
	assert_non_null(r);
	assert_ptr_equal(split_untaken(sp, true), NULL);
	assert_int_equal(r->end, 10 * MB);
	assert_int_equal(r->at, a->end);
	mine = a->end - a->at;
	theirs = r->end - r->at;
	assert_in_range(mine - theirs, AHEAD - 1000, AHEAD + 1000);
	assert_in_range(mine + theirs, 8 * MB, 10 * MB);
	free(sp);
}

/* Setting up takes the longer the faster it gets: TCP begins slowly. */
static void
test_slow_start(void **state)
{
	static const struct {
		int rate, trips;
	} t[] = { { 584, 4 }, { 585, 5 }, { 1168, 5 }, { 1169, 6 } };
	struct split *sp;
	struct range *a, *b, *r;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		sp = begun(20 * MB, 2);
		a = split_untaken(sp, true);
		b = split_untaken(sp, true);
		flow(sp, b, 10000, START, 1000);
		flow(sp, a, t[i].rate, START, 999);
		split_came(sp, a, (size_t)t[i].rate - 1, START + 1000);
		r = split_longest(sp, START + 1000);
		assert_non_null(r);
		assert_in_range(a->end - a->at - (r->end - r->at),
		    t[i].trips * 50 * t[i].rate - 1000,
		    t[i].trips * 50 * t[i].rate + 1000);
		free(sp);
	}
}

/* How fast one is shows after three times what setting up took. */
static void
test_young(void **state)
{
	struct split *sp = begun(20 * MB, 2);
	struct range *a = split_untaken(sp, true);
	struct range *b = split_untaken(sp, true);

	(void)state;
	flow(sp, b, 10000, START, 1000);
	flow(sp, a, 1000, START, 400);
	assert_null(split_longest(sp, START + 3 * (SETUP_MS + 1) - 1));
	assert_non_null(split_longest(sp, START + 3 * (SETUP_MS + 1)));
	free(sp);
}

/* So little is left that it is not worth a transfer, however slow it comes. */
static void
test_little(void **state)
{
	static const struct {
		int left;
		bool divided;
	} t[] = { { 145 * 1000, false }, { 157 * 1000, true } };
	struct split *sp;
	struct range *a, *b;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		sp = begun(2 * (1001 * 100 + t[i].left), 2);
		a = split_untaken(sp, true);
		b = split_untaken(sp, true);
		flow(sp, b, 10000, START, 1000);
		flow(sp, a, 100, START, 1000);
		assert_int_equal(a->end - a->at, t[i].left);
		if ((split_longest(sp, START + 1000) != NULL) != t[i].divided)
			fail_msg("row %zu", i);
		free(sp);
	}
}

/* Not before it shows how fast the others are, nor when they end soon. */
static void
test_not_worth_it(void **state)
{
	struct split *sp = begun(2 * MB, 2);
	struct range *a = split_untaken(sp, true);
	struct range *b = split_untaken(sp, true);

	(void)state;
	assert_null(split_longest(sp, START));
	flow(sp, b, 10000, START, 100);
	flow(sp, a, 1000, START, 100);
	assert_null(split_longest(sp, START + 100));
	flow(sp, a, 1000, START + 101, 500);
	assert_null(split_longest(sp, START + 601));
	/* Or with what comes next. */
	a->end = a->at + 1;
	assert_null(split_longest(sp, START + 601));
	free(sp);
}

/* A stalled one looks slower and slower; who was slow and speeds up, not. */
static void
test_slow(void **state)
{
	struct split *sp = begun(3 * MB, 3);
	struct range *a = split_untaken(sp, true), *r;
	struct range *b = split_untaken(sp, true);

	(void)state;
	split_untaken(sp, true)->at = 3 * MB;
	flow(sp, a, 500, START, 200);
	flow(sp, b, 600, START, 600);
	flow(sp, a, 1, START + 201, 2000);
	flow(sp, b, 2, START + 601, 1600);
	flow(sp, b, 4000, START + 2202, 60);
	flow(sp, b, 1, START + 2263, 100);
	r = split_longest(sp, START + 2363);
	assert_non_null(r);
	assert_int_equal(r->end, a->end + (r->end - r->at));
	assert_int_equal(r->end, 1 * MB);
	free(sp);
}

/* Of a, which is as fast as who is free. */
static void
assert_divided(struct split *sp, const struct range *a, int64_t now)
{
	const struct range *r = split_longest(sp, now);

	assert_non_null(r);
	assert_in_range(a->end - a->at - (r->end - r->at), AHEAD - 1000,
	    AHEAD + 1000);
}

/* What came last counts if that was faster than all of it together. */
static void
test_speeds_up(void **state)
{
	struct split *sp = begun(20 * MB, 2);
	struct range *a = split_untaken(sp, true);
	struct range *b = split_untaken(sp, true);

	(void)state;
	flow(sp, b, 10000, START, 1000);
	flow(sp, a, 100, START, 1000);
	flow(sp, a, 1000, START + 1001, 1000);
	assert_divided(sp, a, START + 2001);
	free(sp);
}

/* Neither a burst's rate counts nor what came too close to be told apart. */
static void
test_bursts(void **state)
{
	struct split *sp = begun(20 * MB, 2);
	struct range *a = split_untaken(sp, true);
	struct range *b = split_untaken(sp, true);
	int64_t i, at = START;

	(void)state;
	flow(sp, b, 10000, START, 1000);
	for (i = 0; i < 10; i++, at += 100) {
		split_came(sp, a, 60 * 1000, at);
		split_came(sp, a, 40 * 1000, at + 1);
	}
	assert_divided(sp, a, at);
	free(sp);
}

/* Who sends seldom speeds up, too. */
static void
test_seldom(void **state)
{
	struct split *sp = begun(20 * MB, 2);
	struct range *a = split_untaken(sp, true);
	struct range *b = split_untaken(sp, true);
	int64_t i, at = START;

	(void)state;
	flow(sp, b, 10000, START, 1000);
	for (i = 0; i < 10; i++, at += 200)
		split_came(sp, a, (i < 5 ? 20 : 200) * 1000, at);
	assert_divided(sp, a, at);
	free(sp);
}

/* What lasts longest is divided, not what is largest. */
static void
test_longest_lasting(void **state)
{
	struct split *sp = begun(12 * MB, 3);
	struct range *a = split_untaken(sp, true), *r;
	struct range *b = split_untaken(sp, true);

	(void)state;
	split_untaken(sp, true)->at = 12 * MB;
	flow(sp, a, 1000, START, 500);
	flow(sp, b, 4000, START, 500);
	b->at = 4 * MB;
	r = split_longest(sp, START + 500);
	assert_non_null(r);
	assert_int_equal(r->end, 4 * MB);
	assert_int_equal(r->at, a->end);
	free(sp);
}

/* Half of what setting up costs is the least that is worth it. */
static void
test_worth_it(void **state)
{
	struct split *sp = begun(2 * MB, 2);
	struct range *a = split_untaken(sp, true);
	struct range *b = split_untaken(sp, true);

	(void)state;
	flow(sp, b, 10000, START, 100);
	flow(sp, a, 1000, START, 480);
	a->end = a->at + 490 * 1000;
	assert_null(split_longest(sp, START + 480));
	a->end = a->at + 510 * 1000;
	assert_non_null(split_longest(sp, START + 480));
	free(sp);
}

/* Bytes that came for both are counted once. */
static void
test_counted_once(void **state)
{
	struct split *sp = begun(8 * MB, 2);
	struct range *a = split_untaken(sp, true), *r;
	struct range *b = split_untaken(sp, true);
	int64_t left;

	(void)state;
	flow(sp, b, 10000, START, 1000);
	flow(sp, a, 1000, START, 1000);
	r = split_longest(sp, START + 1000);
	assert_non_null(r);
	left = a->end - a->at;
	assert_int_equal(split_came(sp, a, 4 * MB, START + 1001), left);
	assert_int_equal(a->at, a->end);
	assert_int_equal(split_contiguous(sp), a->end);
	assert_int_equal(sp->left, r->end - r->at);
	assert_int_equal(split_came(sp, r, 4 * MB, START + 1001),
	    r->end - r->start);
	assert_int_equal(sp->left, 0);
	assert_int_equal(split_contiguous(sp), 8 * MB);
	free(sp);
}

static void
test_contiguous(void **state)
{
	struct split *sp = begun(90, 3);
	struct range *first = split_untaken(sp, true);
	struct range *last = split_untaken(sp, false);

	(void)state;
	split_came(sp, last, 30, START);
	assert_int_equal(split_contiguous(sp), 0);
	split_came(sp, first, 10, START);
	assert_int_equal(split_contiguous(sp), 10);
	split_came(sp, first, 20, START);
	assert_int_equal(split_contiguous(sp), 30);
	split_came(sp, split_untaken(sp, true), 30, START);
	assert_int_equal(split_contiguous(sp), 90);
	free(sp);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_begin),
		cmocka_unit_test(test_setup),
		cmocka_unit_test(test_absorb),
		cmocka_unit_test(test_give_back),
		cmocka_unit_test(test_even),
		cmocka_unit_test(test_slow_start),
		cmocka_unit_test(test_young),
		cmocka_unit_test(test_little),
		cmocka_unit_test(test_not_worth_it),
		cmocka_unit_test(test_slow),
		cmocka_unit_test(test_speeds_up),
		cmocka_unit_test(test_bursts),
		cmocka_unit_test(test_seldom),
		cmocka_unit_test(test_longest_lasting),
		cmocka_unit_test(test_worth_it),
		cmocka_unit_test(test_counted_once),
		cmocka_unit_test(test_contiguous),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
