/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <limits.h>

#include "base/clock.h"

static void
test_deadlines(void **state)
{
	int64_t before, d;

	(void)state;
	assert_true(deadline_in(0) == DEADLINE_NONE);
	assert_true(deadline_in(-5) == DEADLINE_NONE);
	assert_true(deadline_in(INT64_MAX) == DEADLINE_NONE);
	before = clock_ms();
	d = deadline_in(100000);
	assert_in_range(d, before + 100000, clock_ms() + 100000);
	assert_int_equal(deadline_left(DEADLINE_NONE), -1);
	assert_int_equal(deadline_left(clock_ms()), 0);
	assert_int_equal(deadline_left(clock_ms() - 1000), 0);
	assert_int_equal(deadline_left(INT64_MIN + 1), 0);
	assert_in_range(deadline_left(d), 90000, 100000);
	assert_int_equal(deadline_left(DEADLINE_NONE - 1), INT_MAX);
}

static void
test_now(void **state)
{
	struct timespec ts = clock_now();

	(void)state;
	assert_true(ts.tv_sec > 1700000000);
	assert_in_range(ts.tv_nsec, 0, 999999999);
}

static void
test_parse(void **state)
{
	static const struct {
		const char *s;
		int64_t sec;
		long nsec;
	} good[] = {
		{ "19700101000000", 0, 0 },
		{ "20261120132405", 1795181045, 0 },
		{ "20240229235959", 1709251199, 0 },
		{ "20000229000000", 951782400, 0 },
		{ "19691231235959", -1, 0 },
		{ "00010101000000", -62135596800, 0 },
		{ "99991231235959", 253402300799, 0 },
		{ "20161231235960", 1483228800, 0 },
		{ "19700101000000.5", 0, 500000000 },
		{ "19700101000000.123456789", 0, 123456789 },
		{ "19700101000000.1234567899", 0, 123456789 },
		{ "19700101000001.001", 1, 1000000 },
		{ "19700101000000.000000000000000000", 0, 0 },
	};
	struct timespec ts;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(clock_parse_ftp(good[i].s,
		    strlen(good[i].s), &ts), 0);
		assert_true(ts.tv_sec == good[i].sec);
		assert_int_equal(ts.tv_nsec, good[i].nsec);
	}
	/* Only n bytes count. */
	assert_int_equal(clock_parse_ftp("19700101000001; x", 14, &ts), 0);
	assert_true(ts.tv_sec == 1 && ts.tv_nsec == 0);
}

static void
test_parse_refuses(void **state)
{
	static const char *const bad[] = {
		"", "1", "1970010100000", "197001010000000", "19700101000000.",
		"19700101000000,5", "19700101000000.5x", "19700101000000 ",
		" 9700101000000", "+9700101000000", "1970010100000x",
		"19700001000000", "19701301000000", "19700100000000",
		"19700132000000", "19700101240000", "19700101006000",
		"19700101000061", "20230229000000", "20240431000000",
		"19000229000000", "191001120132405",	/* year "19100" */
		"20261120132405Z",
	};
	struct timespec ts = { 7, 7 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(clock_parse_ftp(bad[i], strlen(bad[i]), &ts),
		    -1);
		assert_true(ts.tv_sec == 7 && ts.tv_nsec == 7);
	}
}

static void
test_format(void **state)
{
	char ftp[15], rfc[25];

	(void)state;
	clock_format_ftp(1795181045, ftp, sizeof(ftp));
	assert_string_equal(ftp, "20261120132405");
	clock_format_ftp(-1, ftp, sizeof(ftp));
	assert_string_equal(ftp, "19691231235959");
	clock_format_ftp(INT64_MAX, ftp, sizeof(ftp));
	assert_string_equal(ftp, "99991231235959");
	clock_format_ftp(-62167219201, ftp, sizeof(ftp));
	assert_string_equal(ftp, "00000101000000");
	clock_format_ftp(INT64_MIN, ftp, sizeof(ftp));
	assert_string_equal(ftp, "00000101000000");
	clock_format_rfc3339((struct timespec){ 1795181045, 7999999 }, rfc,
	    sizeof(rfc));
	assert_string_equal(rfc, "2026-11-20T13:24:05.007Z");
	clock_format_rfc3339((struct timespec){ INT64_MAX, 0 }, rfc,
	    sizeof(rfc));
	assert_string_equal(rfc, "9999-12-31T23:59:59.000Z");
}

static void
test_format_day(void **state)
{
	char day[16];

	(void)state;
	assert_string_equal(clock_format_day(86399, day, sizeof(day)),
	    "1970-01-01");
	assert_string_equal(clock_format_day(INT64_MAX, day, sizeof(day)),
	    "?");
	assert_string_equal(clock_format_day(0, day, 5), "?");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_format_day),
		cmocka_unit_test(test_deadlines),
		cmocka_unit_test(test_now),
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_parse_refuses),
		cmocka_unit_test(test_format),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
