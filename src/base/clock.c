/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/clock.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/parse.h"

enum { NS_PER_MS = 1000000 };

/* What four digits of a year can say. */
static const int64_t year_0 = -62167219200, year_10000 = 253402300800;

int64_t
clock_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / NS_PER_MS;
}

int64_t
deadline_in(int64_t ms)
{
	int64_t now;

	if (ms <= 0)
		return DEADLINE_NONE;
	now = clock_ms();
	return ms < DEADLINE_NONE - now ? now + ms : DEADLINE_NONE;
}

int
deadline_left(int64_t deadline)
{
	int64_t now;

	if (deadline == DEADLINE_NONE)
		return -1;
	now = clock_ms();
	if (deadline <= now)
		return 0;
	return deadline - now < INT_MAX ? (int)(deadline - now) : INT_MAX;
}

struct timespec
clock_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return ts;
}

/* Nanoseconds of the digits after the point; those past the ninth are cut. */
static int
parse_fraction(const char *s, size_t n, long *ns)
{
	long unit;
	size_t i;

	if (n == 0)
		return -1;
	*ns = 0;
	unit = 100000000;
	for (i = 0; i < n; i++) {
		if (s[i] < '0' || s[i] > '9')
			return -1;
		*ns += (s[i] - '0') * unit;
		unit /= 10;
	}
	return 0;
}

int
clock_parse_ftp(const char *s, size_t n, struct timespec *ts)
{
	static const struct {
		size_t at, n;
		int min, max;
	} fields[] = {
		{ 0, 4, 0, 9999 }, { 4, 2, 1, 12 }, { 6, 2, 1, 31 },
		{ 8, 2, 0, 23 }, { 10, 2, 0, 59 }, { 12, 2, 0, 60 },
	};
	uint64_t v[6];
	struct tm tm = { 0 };
	time_t day;
	long ns = 0;
	size_t i;

	if (n < 14)
		return -1;
	for (i = 0; i < 6; i++) {
		if (parse_u64n(s + fields[i].at, fields[i].n,
		    (uint64_t)fields[i].max, &v[i]) != 0 ||
		    v[i] < (uint64_t)fields[i].min)
			return -1;
	}
	if (n > 14 &&
	    (s[14] != '.' || parse_fraction(s + 15, n - 15, &ns) != 0))
		return -1;
	tm.tm_year = (int)v[0] - 1900;
	tm.tm_mon = (int)v[1] - 1;
	tm.tm_mday = (int)v[2];
	day = timegm(&tm);
	if (tm.tm_mday != (int)v[2])
		return -1;	/* as 31 April */
	ts->tv_sec = day + (time_t)(v[3] * 3600 + v[4] * 60 + v[5]);
	ts->tv_nsec = ns;
	return 0;
}

static void
to_utc(time_t t, struct tm *tm)
{
	if (t < year_0)
		t = year_0;
	else if (t >= year_10000)
		t = year_10000 - 1;
	gmtime_r(&t, tm);
}

void
clock_format_ftp(time_t t, char *buf, size_t size)
{
	struct tm tm;

	to_utc(t, &tm);
	snprintf(buf, size, "%04d%02d%02d%02d%02d%02d", tm.tm_year + 1900,
	    tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

void
clock_format_rfc3339(struct timespec ts, char *buf, size_t size)
{
	struct tm tm;

	to_utc(ts.tv_sec, &tm);
	snprintf(buf, size, "%04d-%02d-%02dT%02d:%02d:%02d.%03ldZ",
	    tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour,
	    tm.tm_min, tm.tm_sec, ts.tv_nsec / NS_PER_MS);
}

char *
clock_format_day(time_t t, char *buf, size_t size)
{
	struct tm tm;

	if (gmtime_r(&t, &tm) == NULL ||
	    strftime(buf, size, "%Y-%m-%d", &tm) == 0)
		strlcpy(buf, "?", size);
	return buf;
}
