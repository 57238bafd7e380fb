/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ftp/zone.h"

enum { UTC = 1795181045, MINUTE = 60, HOUR = 3600 };

/* What LIST shows, to the minute, of a time in a zone. */
static time_t
listed(time_t t, time_t zone)
{
	return (t + zone) / MINUTE * MINUTE;
}

static void
test_zones(void **state)
{
	static const time_t zones[] = {
		0, HOUR, -HOUR, 2 * HOUR, 14 * HOUR, -12 * HOUR,
		5 * HOUR + 45 * MINUTE, -(3 * HOUR + 30 * MINUTE)
	};
	time_t offset;
	size_t i;
	int s;

	(void)state;
	for (i = 0; i < sizeof(zones) / sizeof(zones[0]); i++) {
		for (s = 0; s < MINUTE; s++) {
			assert_true(zone_apart(listed(UTC + s, zones[i]),
			    UTC + s, &offset));
			assert_int_equal(offset, zones[i]);
		}
	}
}

static void
test_none(void **state)
{
	time_t offset;

	(void)state;
	assert_false(zone_apart(listed(UTC, 5 * MINUTE), UTC, &offset));
	assert_false(zone_apart(listed(UTC, -7 * MINUTE), UTC, &offset));
	assert_false(zone_apart(listed(UTC, 48 * HOUR), UTC, &offset));
	assert_false(zone_apart(0, UTC, &offset));
	/* A minute may be of rounding, more is another time. */
	assert_true(zone_apart(UTC + MINUTE / 2, UTC, &offset));
	assert_int_equal(offset, 0);
	assert_false(zone_apart(UTC + 2 * MINUTE, UTC, &offset));
	assert_false(zone_apart(UTC - 2 * MINUTE, UTC, &offset));
	assert_false(zone_apart(UTC + HOUR + 2 * MINUTE, UTC, &offset));
	assert_false(zone_apart(UTC - HOUR - 2 * MINUTE, UTC, &offset));
	/* From UTC-12 to UTC+14. */
	assert_true(zone_apart(UTC + 26 * HOUR, UTC, &offset));
	assert_int_equal(offset, 26 * HOUR);
	assert_true(zone_apart(UTC - 26 * HOUR, UTC, &offset));
	assert_int_equal(offset, -26 * HOUR);
	assert_false(zone_apart(UTC + 26 * HOUR + 15 * MINUTE, UTC, &offset));
	assert_false(zone_apart(UTC - 26 * HOUR - 15 * MINUTE, UTC, &offset));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_zones),
		cmocka_unit_test(test_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
