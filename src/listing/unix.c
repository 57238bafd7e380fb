/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include <strings.h>

#include "listing/date.h"
#include "listing/dialect.h"

/* Words of an ls line before the name: group names may have blanks. */
enum { WORDS_MAX = 16 };

enum {
	/* Of a month's name in any language. */
	MONTH_BYTES = 24,
	/* Behind the links and an owner, at least. */
	SIZE_WORD = 2,
};

static int
set_perms(struct line *l, struct span w)
{
	static const char *const letters[9] = {
		"r", "w", "xsS", "r", "w", "xsS", "r", "w", "xtT"
	};
	static const int special[9] = { 0, 0, 04000, 0, 0, 02000, 0, 0, 01000 };
	int i, mode = 0;
	char c;

	if (w.n != 10 && (w.n != 11 || strchr("+.@", w.s[10]) == NULL))
		return -1;
	for (i = 0; i < 9; i++) {
		c = w.s[i + 1];
		if (c == '-')
			continue;
		if (c == '\0' || strchr(letters[i], c) == NULL)
			return -1;
		if (c != 'S' && c != 'T')
			mode |= 0400 >> i;
		if (c != 'x')
			mode |= special[i];
	}
	if (w.s[0] == '-')
		l->type = 'f';
	else if (w.s[0] == 'd' || w.s[0] == 'l')
		l->type = w.s[0];
	else if (memchr("bcpsD", w.s[0], 5) != NULL)	/* a device, a door */
		l->type = 'o';
	else
		return -1;
	l->mode = mode;
	return 0;
}

static int
month_number(struct span w)
{
	static const char months[] = "janfebmaraprmayjunjulaugsepoctnovdec";
	int i;

	for (i = 0; w.n == 3 && i < 12; i++)
		if (strncasecmp(w.s, months + 3 * i, 3) == 0)
			return i;
	return -1;
}

/* The year in which the date without one was last. */
static int
last_year(const struct tm *tm, const struct tm *latest)
{
	const int then[] = {
		tm->tm_mon, tm->tm_mday, tm->tm_hour, tm->tm_min
	};
	const int now[] = {
		latest->tm_mon, latest->tm_mday, latest->tm_hour,
		latest->tm_min
	};
	size_t i;

	for (i = 0; i < 3 && then[i] == now[i]; )
		i++;
	return latest->tm_year - (then[i] > now[i]);
}

/* "Nov 20 13:24", "Nov 20  2023", "2026-11-20 13:24"; its end or NULL. */
static const char *
ls_date(const char *p, const char *end, const struct tm *latest,
    struct line *l)
{
	struct span first, day, last;
	struct tm tm = { 0 };

	if (!span_word(&p, end, &first))
		return NULL;
	if (span_digit_at(first, 0)) {
		if (date_iso(first, &tm) != 0 || !span_word(&p, end, &last) ||
		    date_clock(last, &tm) != 0)
			return NULL;
		line_set_time(l, tm, PRECISION_MINUTE);
		return p;
	}
	if ((tm.tm_mon = month_number(first)) < 0 ||
	    !span_word(&p, end, &day) ||
	    span_number(day, 1, 31, &tm.tm_mday) != 0 ||
	    !span_word(&p, end, &last))
		return NULL;
	if (date_clock(last, &tm) == 0) {
		tm.tm_year = last_year(&tm, latest);
		line_set_time(l, tm, PRECISION_MINUTE);
	} else if (last.n == 4 &&
	    span_number(last, 0, 9999, &tm.tm_year) == 0) {
		tm.tm_year -= 1900;
		line_set_time(l, tm, PRECISION_DAY);
	} else
		return NULL;
	return p;
}

/* "Mär", "mars", "12月": no number, with a letter of some language in it. */
static bool
is_month_word(struct span w)
{
	bool letter = false;
	size_t i;

	for (i = 0; i < w.n; i++) {
		letter |= (w.s[i] & 0x80) != 0 || (w.s[i] >= 'A' &&
		    w.s[i] <= 'Z') || (w.s[i] >= 'a' && w.s[i] <= 'z');
		if (strchr("/:-,", w.s[i]) != NULL)
			return false;
	}
	return letter && w.n <= MONTH_BYTES;
}

/* "20", "20.", "20日" */
static bool
is_day_word(struct span w)
{
	size_t n = 0;
	int day;

	while (n < 2 && span_digit_at(w, n))
		n++;
	return span_number(span_between(w.s, w.s + n), 1, 31, &day) == 0 &&
	    (n == w.n || w.s[n] == '.' || (w.s[n] & 0x80) != 0);
}

/* "13:24", "2023", "2023年" */
static bool
is_time_or_year(struct span w)
{
	struct tm tm;
	int year;

	if (date_clock(w, &tm) == 0)
		return true;
	if (w.n > 4 && (w.s[4] & 0x80) != 0)
		w.n = 4;
	return w.n == 4 && span_number(w, 1900, 9999, &year) == 0;
}

/*
 * A date in another language: "Mär 20 13:24", "20. mars 2023"; the end or
 * NULL.  What time that is, is not known.
 */
static const char *
foreign_date(const char *p, const char *end)
{
	struct span a, b, last;

	if (!span_word(&p, end, &a) || !span_word(&p, end, &b) ||
	    !span_word(&p, end, &last) || !is_time_or_year(last))
		return NULL;
	if ((is_month_word(a) && is_day_word(b)) ||
	    (is_day_word(a) && is_month_word(b)))
		return p;
	return NULL;
}

/*
 * Where the date behind word i ends, which then is the size; or NULL.  A
 * foreign date could be many things: there the columns before it count, too.
 */
static const char *
date_behind(const char *p, const char *end, size_t i, const struct tm *latest,
    struct line *l)
{
	const char *date_end = ls_date(p, end, latest, l);

	return date_end == NULL && i >= SIZE_WORD ? foreign_date(p, end) :
	    date_end;
}

/* Links, owner, group; the last word, the size, is already taken off. */
static void
set_owners(struct line *l, const struct span *word, size_t n)
{
	if (n > 0 && word[n - 1].s[word[n - 1].n - 1] == ',')
		n--;	/* "8, 0" of a device */
	if (n > 0 && span_size(word[0]) >= 0) {
		word++;
		n--;
	}
	if (n > 0)
		l->owner = word[0];
	if (n > 1)
		l->group = span_between(word[1].s,
		    word[n - 1].s + word[n - 1].n);
}

/*
 * "name -> target".  Either may contain the arrow; a link's size is mostly
 * the length of its target.
 */
static void
split_link(struct line *l)
{
	static const char arrow[] = " -> ";
	const char *p, *s = l->name.s, *end = s + l->name.n, *best = NULL;

	for (p = s + 1; p < end; p++) {
		p = memmem(p, (size_t)(end - p), arrow, 4);
		if (p == NULL || p + 4 == end)
			break;
		if (best == NULL || end - (p + 4) == l->size)
			best = p;
	}
	if (best == NULL)
		return;
	l->name = span_between(s, best);
	l->target = span_between(best + 4, end);
}

int
unix_line(const char *s, size_t n, const struct tm *latest, struct line *l)
{
	struct span word[WORDS_MAX], size;
	const char *p = s, *end = s + n, *date_end = NULL;
	size_t i;

	line_init(l);
	if (!span_word(&p, end, &word[0]) || set_perms(l, word[0]) != 0)
		return -1;
	for (i = 0; i < WORDS_MAX && span_word(&p, end, &word[i]); i++) {
		if (!span_digit_at(word[i], 0) && *word[i].s != '-')
			continue;
		date_end = date_behind(p, end, i, latest, l);
		if (date_end != NULL)
			break;
	}
	/* One blank, and then the name: it may begin with blanks. */
	if (date_end == NULL || end - date_end < 2)
		return -1;
	l->name = span_between(date_end + 1, end);
	size = word[i];
	if (l->type != 'o')
		l->size = span_size(size);
	set_owners(l, word, i);
	if (l->type == 'l')
		split_link(l);
	return 0;
}
