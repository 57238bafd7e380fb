/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include <strings.h>

#include "listing/date.h"
#include "listing/dialect.h"

/* IIS puts the name ten blanks after "<DIR>". */
enum { DOS_DIR_BLANKS = 10 };

/* "11-20-26" and "11-20-2026": month first; or "2026-11-20". */
static int
dos_date(struct span w, struct tm *tm)
{
	struct span month = w, day, year;

	if (date_iso(w, tm) == 0)
		return 0;
	day = span_split(&month, '-');
	year = span_split(&day, '-');
	if (month.n != 2 || day.n != 2 || (year.n != 2 && year.n != 4) ||
	    span_number(month, 1, 12, &tm->tm_mon) != 0 ||
	    span_number(day, 1, 31, &tm->tm_mday) != 0 ||
	    span_number(year, 0, 9999, &tm->tm_year) != 0)
		return -1;
	tm->tm_mon--;
	if (year.n == 4)
		tm->tm_year -= 1900;
	else if (tm->tm_year < 70)
		tm->tm_year += 100;
	return 0;
}

/* "01:24PM" or "13:24" */
static int
dos_time(struct span w, struct tm *tm)
{
	bool am, pm;

	am = w.n > 2 && strncasecmp(w.s + w.n - 2, "AM", 2) == 0;
	pm = w.n > 2 && strncasecmp(w.s + w.n - 2, "PM", 2) == 0;
	if (am || pm)
		w.n -= 2;
	if (date_clock(w, tm) != 0)
		return -1;
	if ((am || pm) && (tm->tm_hour < 1 || tm->tm_hour > 12))
		return -1;
	if (am || pm)
		tm->tm_hour = tm->tm_hour % 12 + (pm ? 12 : 0);
	return 0;
}

int
dos_line(const char *s, size_t n, const struct tm *latest, struct line *l)
{
	struct span date, hour, what;
	struct tm tm = { 0 };
	const char *p = s, *end = s + n;
	size_t blanks = 1;

	(void)latest;
	line_init(l);
	if (!span_word(&p, end, &date) || dos_date(date, &tm) != 0 ||
	    !span_word(&p, end, &hour) || dos_time(hour, &tm) != 0 ||
	    !span_word(&p, end, &what))
		return -1;
	line_set_time(l, tm, PRECISION_MINUTE);
	if (span_is(what, "<DIR>")) {
		l->type = 'd';
		blanks = DOS_DIR_BLANKS;
	} else if (span_digit_at(what, 0)) {
		l->type = 'f';
		l->size = span_size(what);
	} else
		return -1;
	for (; blanks > 0 && p < end && *p == ' '; blanks--)
		p++;
	l->name = span_between(p, end);
	return l->name.n > 0 ? 0 : -1;
}
