/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "listing/date.h"

int
date_iso(struct span w, struct tm *tm)
{
	struct span month = span_split(&w, '-');
	struct span day = span_split(&month, '-');

	if (w.n != 4 || month.n != 2 || day.n != 2 ||
	    span_number(w, 0, 9999, &tm->tm_year) != 0 ||
	    span_number(month, 1, 12, &tm->tm_mon) != 0)
		return -1;
	tm->tm_year -= 1900;
	tm->tm_mon--;
	return span_number(day, 1, 31, &tm->tm_mday);
}

int
date_clock(struct span w, struct tm *tm)
{
	struct span minute = span_split(&w, ':');

	if (w.n > 2 || minute.n != 2 ||
	    span_number(w, 0, 23, &tm->tm_hour) != 0)
		return -1;
	return span_number(minute, 0, 59, &tm->tm_min);
}
