/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "transfer/times.h"

#include <stdlib.h>

enum {
	QUARTER = 15 * 60,	/* offsets of zones are multiples of it */
	QUARTERS_MAX = 4 * 26,
	FAT_GRAIN = 2, MINUTE = 60, DAY = 24 * 3600,
};

void
times_apart(time_t a, time_t b, time_t *offset, time_t *rest)
{
	time_t d = b - a, half = QUARTER / 2;

	*offset = (d >= 0 ? d + half : d - half) / QUARTER * QUARTER;
	*rest = d - *offset;
}

static bool
is_minute(time_t t)
{
	return t % MINUTE == 0;
}

static time_t
day_of(time_t t)
{
	return (t - (t % DAY + DAY) % DAY) / DAY;
}

bool
times_may_be(struct timespec a, struct timespec b, enum time_precision p)
{
	time_t offset, rest, max = FAT_GRAIN;

	if (p == PRECISION_DAY)
		return labs(b.tv_sec - a.tv_sec) <=
		    QUARTERS_MAX * QUARTER + DAY;
	times_apart(a.tv_sec, b.tv_sec, &offset, &rest);
	if (is_minute(a.tv_sec) || is_minute(b.tv_sec))
		max = MINUTE - 1;
	return labs(rest) <= max && labs(offset) <= QUARTERS_MAX * QUARTER;
}

time_t
times_telling(time_t t)
{
	time_t second = (t % MINUTE + MINUTE) % MINUTE;

	if (second % 2 != 0 && second > FAT_GRAIN &&
	    second < MINUTE - FAT_GRAIN)
		return t;
	return t - second + MINUTE / 2 + 1;
}

static bool
same_fraction(struct timespec a, struct timespec b)
{
	return a.tv_nsec / 1000000 == b.tv_nsec / 1000000;
}

void
times_learn(struct time_model *tm, struct timespec set, struct timespec got)
{
	time_t offset, rest;

	times_apart(set.tv_sec, got.tv_sec, &offset, &rest);
	if (!tm->known)
		tm->offset[0] = offset;
	tm->offset[1] = offset;
	tm->fraction = !same_fraction(set, got);
	tm->grain = rest == 0 ? 1 : labs(rest) <= FAT_GRAIN ? FAT_GRAIN :
	    is_minute(got.tv_sec) ? MINUTE : 1;
	tm->known = true;
}

bool
times_explain_by(const struct time_model *tm, time_t offset,
    struct timespec set, struct timespec got, enum time_precision p)
{
	time_t t = set.tv_sec + offset, d = got.tv_sec - t;

	if (p == PRECISION_DAY)
		return day_of(t - tm->grain + 1) <= day_of(got.tv_sec) &&
		    day_of(t + tm->grain - 1) >= day_of(got.tv_sec);
	if (tm->grain == 1)
		return d == 0 && (tm->fraction || got.tv_nsec / 1000000 == 0 ||
		    same_fraction(set, got));
	if (tm->grain == MINUTE && !is_minute(got.tv_sec))
		return false;
	return labs(d) < tm->grain;
}

bool
times_explain(const struct time_model *tm, struct timespec set,
    struct timespec got, enum time_precision p)
{
	return times_explain_by(tm, tm->offset[0], set, got, p) ||
	    times_explain_by(tm, tm->offset[1], set, got, p);
}
