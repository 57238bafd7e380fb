/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <time.h>

#include "base/parse.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void
test_u64(void **state)
{
	static const char *const bad[] = {
		"", " 1", "1 ", "+1", "-1", "0x1", "1.", "1e3", "abc",
		"18446744073709551616", "99999999999999999999999",
		"\xd9\xa1",	/* ARABIC-INDIC DIGIT ONE */
	};
	uint64_t v = 7;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(bad); i++) {
		assert_int_equal(parse_u64(bad[i], UINT64_MAX, &v), -1);
		assert_true(v == 7);
	}
	assert_int_equal(parse_u64("0", UINT64_MAX, &v), 0);
	assert_true(v == 0);
	assert_int_equal(parse_u64("0042", UINT64_MAX, &v), 0);
	assert_true(v == 42);
	assert_int_equal(parse_u64("18446744073709551615", UINT64_MAX, &v), 0);
	assert_true(v == UINT64_MAX);
}

static void
test_u64_max(void **state)
{
	uint64_t v = 7;

	(void)state;
	assert_int_equal(parse_u64("65535", 65535, &v), 0);
	assert_true(v == 65535);
	assert_int_equal(parse_u64("65536", 65535, &v), -1);
	assert_int_equal(parse_u64("655350", 65535, &v), -1);
	assert_int_equal(parse_u64("5", 4, &v), -1);
	assert_int_equal(parse_u64("4", 4, &v), 0);
	assert_int_equal(parse_u64("1", 0, &v), -1);
	assert_int_equal(parse_u64("00", 0, &v), 0);
	assert_true(v == 0);
}

static void
test_u64n(void **state)
{
	uint64_t v = 7;

	(void)state;
	assert_int_equal(parse_u64n("123x", 3, UINT64_MAX, &v), 0);
	assert_true(v == 123);
	assert_int_equal(parse_u64n("123x", 4, UINT64_MAX, &v), -1);
	assert_int_equal(parse_u64n("123", 0, UINT64_MAX, &v), -1);
	assert_int_equal(parse_u64n("1\0", 2, UINT64_MAX, &v), -1);
	assert_true(v == 123);
}

static void
test_mode(void **state)
{
	static const char *const bad[] = {
		"", "8", "0o644", "-1", "10000", "07778", "644 ", "u+x",
		"777777777777777777777",
	};
	int v = 7;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(bad); i++) {
		assert_int_equal(parse_mode(bad[i], &v), -1);
		assert_int_equal(v, 7);
	}
	assert_int_equal(parse_mode("0644", &v), 0);
	assert_int_equal(v, 0644);
	assert_int_equal(parse_mode("7777", &v), 0);
	assert_int_equal(v, 07777);
	assert_int_equal(parse_mode("0", &v), 0);
	assert_int_equal(v, 0);
}

static void
test_size(void **state)
{
	static const struct {
		const char *s;
		uint64_t v;
	} good[] = {
		{ "0", 0 }, { "10", 10 }, { "10B", 10 }, { "10K", 10240 },
		{ "10k", 10240 }, { "10KB", 10240 }, { "10KiB", 10240 },
		{ "1.5M", 1572864 }, { "2G", 2147483648 },
		{ "1T", 1099511627776 }, { "0.5K", 512 },
		{ "1.999999K", 2047 }, { "16777215T", 0xffffff0000000000 },
		{ "18446744073709551615", UINT64_MAX },
	};
	static const char *const bad[] = {
		"", "K", "-1", "+1", " 1", "1 K", "1.5", "1.5B", "1.K", ".5K",
		"1KK", "1Ki", "10iB", "1X", "1.5.5M", "1.0000000M", "1KBB",
		"16777216T", "18446744073709551616", "1e3",
	};
	uint64_t v;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(good); i++) {
		assert_int_equal(parse_size(good[i].s, &v), 0);
		assert_true(v == good[i].v);
	}
	v = 7;
	for (i = 0; i < COUNT(bad); i++) {
		assert_int_equal(parse_size(bad[i], &v), -1);
		assert_true(v == 7);
	}
}

static void
test_duration(void **state)
{
	static const struct {
		const char *s;
		int64_t v;
	} good[] = {
		{ "0", 0 }, { "90", 90000 }, { "90s", 90000 },
		{ "500ms", 500 }, { "30m", 1800000 }, { "2h", 7200000 },
		{ "1d", 86400000 }, { "1h30m", 5400000 },
		{ "1d1h1m1s1ms", 90061001 }, { "1m500ms", 60500 },
		{ "9223372036854775", 9223372036854775000 },
		{ "9223372036854775807ms", INT64_MAX },
		{ "0s", 0 },
	};
	static const char *const bad[] = {
		"", "s", "-1", "1x", "1 s", "1h30", "1.5h", "30m1h", "1m1m",
		"1ms1s", "1hm", "h1", "9223372036854776", "1H",
		"9223372036854775808ms", "106751991168d", "1s ",
		"9223372036854775s808ms",
	};
	int64_t v;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(good); i++) {
		assert_int_equal(parse_duration(good[i].s, &v), 0);
		assert_true(v == good[i].v);
	}
	v = 7;
	for (i = 0; i < COUNT(bad); i++) {
		assert_int_equal(parse_duration(bad[i], &v), -1);
		assert_true(v == 7);
	}
}

static void
test_bool(void **state)
{
	static const char *const yes[] = { "yes", "on", "true", "1", "YES" };
	static const char *const no[] = { "no", "off", "false", "0", "Off" };
	static const char *const bad[] = { "", "y", "2", "yes ", "01", "none" };
	bool v;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(yes); i++) {
		v = false;
		assert_int_equal(parse_bool(yes[i], &v), 0);
		assert_true(v);
		v = true;
		assert_int_equal(parse_bool(no[i], &v), 0);
		assert_false(v);
	}
	for (i = 0; i < COUNT(bad); i++)
		assert_int_equal(parse_bool(bad[i], &v), -1);
}

static void
test_when(void **state)
{
	static const struct {
		const char *s;
		int64_t v;
	} good[] = {
		{ "now", 1000000 }, { "0", 1000000 }, { "10", 999990 },
		{ "1d", 913600 }, { "1999ms", 999999 },
		/* Three hours ahead of UTC. */
		{ "1970-01-01", -10800 }, { "2026-11-20", 1795122000 },
		{ "2026-11-20 16:24", 1795181040 },
		{ "2026-11-20 16:24:05", 1795181045 },
		{ "2024-02-29", 1709154000 },
	};
	static const char *const bad[] = {
		"", "today", "-1d", "2026-11", "2026-11-", "20261120x",
		"2026-13-01", "2026-00-01", "2026-11-31", "2025-02-29",
		"2026-11-20 ", "2026-11-20 1", "2026-11-20 16:60",
		"2026-11-20 24:00", "2026-11-20 16:24:60", "2026-1-2",
		"2026-11-20 16:24:05 ", "2026-11-20T16:24", " 2026-11-20",
		"2026-11-20  16:24", "2026-11-20 16:24:", "+026-11-20",
	};
	int64_t v;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(good); i++) {
		assert_int_equal(parse_when(good[i].s, 1000000, &v), 0);
		assert_true(v == good[i].v);
	}
	v = 7;
	for (i = 0; i < COUNT(bad); i++) {
		assert_int_equal(parse_when(bad[i], 1000000, &v), -1);
		assert_true(v == 7);
	}
}

/* As lftp writes ages. */
static void
test_ago(void **state)
{
	static const struct {
		const char *text;
		int64_t ago;		/* -1: none */
	} t[] = {
		{ "now-7days", 7 * 86400 }, { "now-1day", 86400 },
		{ "now-2 hours", 7200 }, { "now-90minutes", 5400 },
		{ "now-1week", 7 * 86400 }, { "now-", -1 }, { "now-7", -1 },
		{ "now-days", -1 }, { "now-7dayss", -1 }, { "now-7d", -1 },
	};
	const int64_t now = 1795181045;
	int64_t when;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		assert_int_equal(parse_when(t[i].text, now, &when),
		    t[i].ago < 0 ? -1 : 0);
		if (t[i].ago >= 0)
			assert_int_equal(when, now - t[i].ago);
	}
}

static void
test_mode_change(void **state)
{
	static const struct {
		const char *text;
		int was, want;
		bool is_dir;
	} good[] = {
		{ "644", 0, 0644, false }, { "u+x", 0644, 0744, false },
		{ "+x", 0644, 0755, false }, { "go-w", 0666, 0644, false },
		{ "a=r", 0777, 0444, false }, { "u=rw,g=r,o=", 0, 0640, false },
		{ "ug+rw-x", 0111, 0661, false }, { "u+s", 0755, 04755, false },
		{ "g+s", 0755, 02755, false }, { "+t", 0777, 01777, true },
		{ "a+X", 0644, 0644, false }, { "a+X", 0744, 0755, false },
		{ "a+X", 0644, 0755, true }, { "=", 04755, 0, false },
		{ "a=rX", 0700, 0555, false }, { "u=rx", 04755, 0555, false },
		{ "u=rx", 04755, 04555, true },
		{ "o-x,o+r", 0751, 0754, false },
	};
	static const char *const bad[] = {
		"", "x", "u", "u+y", "u+x,", ",u+x", "u+x g-w", "uu", "789",
		"u+x,,g+w", "u=g",
	};
	size_t i;
	int mode;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(parse_mode_change(good[i].text, good[i].was,
		    good[i].is_dir, &mode), 0);
		assert_int_equal(mode, good[i].want);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		mode = 077;
		assert_int_equal(parse_mode_change(bad[i], 0644, false, &mode),
		    -1);
		assert_int_equal(mode, 077);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mode_change),
		cmocka_unit_test(test_ago),
		cmocka_unit_test(test_u64),
		cmocka_unit_test(test_u64_max),
		cmocka_unit_test(test_u64n),
		cmocka_unit_test(test_mode),
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_duration),
		cmocka_unit_test(test_bool),
		cmocka_unit_test(test_when),
	};

	setenv("TZ", "XXX-3", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
