/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>

#include "transfer/rate.h"
#include "locks.h"

/* What may be taken at once after a pause: a tenth of a second's worth. */
enum { BURST_MS = 100, START = 1000000 };

static void
test_unlimited(void **state)
{
	(void)state;
	assert_null(rate_new(0));
	assert_int_equal(rate_take(NULL, SIZE_MAX, START), 0);
	rate_free(NULL);
}

static void
test_wait(void **state)
{
	struct rate *r = rate_new(1000);

	(void)state;
	/* The burst is free, what is beyond is to be waited for. */
	assert_int_equal(rate_take(r, 100, START), 0);
	assert_int_equal(rate_take(r, 1, START), 1);
	assert_int_equal(rate_take(r, 999, START), 1000);
	/* It is paid off as time goes by. */
	assert_int_equal(rate_take(r, 0, START + 400), 600);
	assert_int_equal(rate_take(r, 0, START + 1000), 0);
	assert_int_equal(rate_take(r, 50, START + 1000), 50);
	rate_free(r);
}

/* A pause is no credit beyond the burst. */
static void
test_burst(void **state)
{
	struct rate *r = rate_new(1000);

	(void)state;
	assert_int_equal(rate_take(r, 5000, START), 5000 - BURST_MS);
	assert_int_equal(rate_take(r, 10, START + 3600 * 1000), 0);
	assert_int_equal(rate_take(r, 90, START + 3600 * 1000), 0);
	assert_int_equal(rate_take(r, 100, START + 3600 * 1000), 100);
	rate_free(r);
}

/* The sum over a minute is the limit's, in pieces of any size. */
static void
test_sum(void **state)
{
	static const uint64_t limits[] = { 1, 7, 1000, 999983,
		UINT64_C(10) << 30 };
	static const size_t pieces[] = { 1, 1460, 16384, 256 * 1024 };
	int64_t now, end = START + 60 * 1000;
	uint64_t sum;
	struct rate *r;
	size_t i, j;

	(void)state;
	for (i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
		for (j = 0; j < sizeof(pieces) / sizeof(pieces[0]); j++) {
			/* Millions of pieces would only take time. */
			if (limits[i] * 60 / pieces[j] > 1000000)
				continue;
			r = rate_new(limits[i]);
			sum = 0;
			for (now = START; now < end; sum += pieces[j])
				now += rate_take(r, pieces[j], now);
			assert_in_range(sum, limits[i] * 59,
			    limits[i] * 61 + 2 * pieces[j]);
			rate_free(r);
		}
}

/* Not whole milliseconds each, and not even microseconds. */
static void
test_fractions(void **state)
{
	struct rate *r = rate_new(3000);
	int64_t wait = 0;
	int i;

	(void)state;
	/* Too early by a bit would be too often. */
	assert_int_equal(rate_take(r, 301, START), 1);
	rate_free(r);
	r = rate_new(3000000);
	for (i = 0; i < 3000; i++)
		wait = rate_take(r, 1000, START);
	assert_in_range(wait, 1000 - BURST_MS - 5, 1000 - BURST_MS + 5);
	rate_free(r);
}

enum { THREADS = 4, TAKES = 1000 };

static void *
taker(void *arg)
{
	int i;

	for (i = 0; i < TAKES; i++)
		rate_take(arg, 10, START);
	return NULL;
}

static void
test_threads(void **state)
{
	struct rate *r = rate_new(1000);
	pthread_t thread[THREADS];
	int i;

	(void)state;
	for (i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, taker, r),
		    0);
	for (i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	assert_int_equal(rate_take(r, 0, START),
	    THREADS * TAKES * 10 - BURST_MS);
	rate_free(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unlimited),
		cmocka_unit_test(test_wait),
		cmocka_unit_test(test_burst),
		cmocka_unit_test(test_sum),
		cmocka_unit_test(test_fractions),
		cmocka_unit_test(test_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
