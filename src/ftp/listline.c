/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ftp/listline.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/parse.h"

/* Words of an ls line before the name: group names may have blanks. */
enum { WORDS_MAX = 16 };

enum {
	/* Of a month's name in any language. */
	MONTH_BYTES = 24,
	/* Behind the links and an owner, at least. */
	SIZE_WORD = 2,
};

/* IIS puts the name ten blanks after "<DIR>". */
enum { DOS_DIR_BLANKS = 10 };

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
span_is(struct span w, const char *s)
{
	return w.n == strlen(s) && strncasecmp(w.s, s, w.n) == 0;
}

static struct span
span_between(const char *s, const char *end)
{
	return (struct span){ s, (size_t)(end - s) };
}

/* Cuts *w at the first c; what follows it (or nothing) is the result. */
static struct span
span_split(struct span *w, char c)
{
	const char *end = w->s + w->n;
	const char *p = w->n > 0 ? memchr(w->s, c, w->n) : NULL;

	if (p == NULL)
		return span_between(end, end);
	*w = span_between(w->s, p);
	return span_between(p + 1, end);
}

/* The next word; *p moves to the blank after it. */
static bool
next_word(const char **p, const char *end, struct span *w)
{
	const char *s = *p;

	while (s < end && *s == ' ')
		s++;
	*p = s < end ? memchr(s, ' ', (size_t)(end - s)) : NULL;
	if (*p == NULL)
		*p = end;
	*w = span_between(s, *p);
	return w->n > 0;
}

static int
number(struct span w, int min, int max, int *out)
{
	uint64_t v;

	if (parse_u64n(w.s, w.n, (uint64_t)max, &v) != 0 || v < (uint64_t)min)
		return -1;
	*out = (int)v;
	return 0;
}

static int64_t
size_of(struct span w)
{
	uint64_t v;

	return parse_u64n(w.s, w.n, INT64_MAX, &v) == 0 ? (int64_t)v : -1;
}

/* Octal; servers also send the file type's bits. */
static int
octal_mode(struct span w)
{
	int mode = 0;
	size_t i;

	/* pyftpdlib writes it as Python does. */
	if (w.n > 2 && w.s[0] == '0' && w.s[1] == 'o') {
		w.s += 2;
		w.n -= 2;
	}
	if (w.n == 0 || w.n > 7)
		return -1;
	for (i = 0; i < w.n; i++) {
		if (w.s[i] < '0' || w.s[i] > '7')
			return -1;
		mode = mode * 8 + w.s[i] - '0';
	}
	return mode & 07777;
}

static void
listline_init(struct listline *l)
{
	memset(l, 0, sizeof(*l));
	l->type = '?';
	l->size = -1;
	l->mode = -1;
}

/* A day that does not exist leaves the time unknown. */
static void
set_time(struct listline *l, struct tm tm, enum time_precision precision)
{
	int day = tm.tm_mday;
	time_t t = timegm(&tm);

	if (tm.tm_mday != day)
		return;
	l->mtime.tv_sec = t;
	l->precision = precision;
}

/*
 * MLSD
 */

static void
set_type(struct listline *l, struct span v)
{
	struct span target = v;

	if (span_is(v, "file"))
		l->type = 'f';
	else if (span_is(v, "dir"))
		l->type = 'd';
	else if (span_is(v, "cdir") || span_is(v, "pdir"))
		l->type = '.';
	else {
		target = span_split(&v, ':');
		l->type = 'o';
		if (span_is(v, "OS.unix=slink") ||
		    span_is(v, "OS.unix=symlink")) {
			l->type = 'l';
			l->target = target;
		}
	}
}

static void
set_fact(struct listline *l, struct span name, struct span v)
{
	if (span_is(name, "type"))
		set_type(l, v);
	else if (span_is(name, "size"))
		l->size = size_of(v);
	else if (span_is(name, "modify")) {
		if (clock_parse_ftp(v.s, v.n, &l->mtime) == 0)
			l->precision = memchr(v.s, '.', v.n) != NULL ?
			    PRECISION_SUB : PRECISION_SECOND;
	} else if (span_is(name, "unix.mode"))
		l->mode = octal_mode(v);
	else if (span_is(name, "unique"))
		l->unique = v;
	else if (span_is(name, "unix.ownername") || (l->owner.n == 0 &&
	    (span_is(name, "unix.owner") || span_is(name, "unix.uid"))))
		l->owner = v;
	else if (span_is(name, "unix.groupname") || (l->group.n == 0 &&
	    (span_is(name, "unix.group") || span_is(name, "unix.gid"))))
		l->group = v;
}

static bool
is_link_fact(const char *s, const char *end)
{
	static const char type[] = "type=OS.unix=slink:";

	return (size_t)(end - s) >= sizeof(type) - 1 &&
	    strncasecmp(s, type, sizeof(type) - 1) == 0;
}

/* Whether the last fact between s and end is the target of a link. */
static bool
ends_in_target(const char *s, const char *end)
{
	const char *last;

	for (;; end = last - 1) {
		last = memrchr(s, ';', (size_t)(end - s));
		last = last != NULL ? last + 1 : s;
		if (memchr(last, '=', (size_t)(end - last)) != NULL)
			return is_link_fact(last, end);
		if (last == s)
			return false;
	}
}

/* "b;unique=1": the end of a target, and the facts behind it. */
static bool
has_fact(const char *s, const char *end)
{
	s = memchr(s, ';', (size_t)(end - s));
	return s != NULL && memchr(s, '=', (size_t)(end - s)) != NULL;
}

/*
 * The blank before the name.  The last ';' may be missing; a value may
 * contain a blank, and the target of a link on ProFTPD even "; ".
 */
static const char *
facts_end(const char *s, const char *end)
{
	const char *p = memmem(s, (size_t)(end - s), "; ", 2), *next;

	if (p == NULL)
		return memchr(s, ' ', (size_t)(end - s));
	while (ends_in_target(s, p)) {
		next = memmem(p + 1, (size_t)(end - p - 1), "; ", 2);
		if (next == NULL || !has_fact(p + 1, next))
			break;
		p = next;
	}
	return p + 1;
}

int
listline_mlsd(const char *s, size_t n, const struct tm *latest,
    struct listline *l)
{
	struct span facts, value, rest;
	const char *blank;
	bool in_target = false;

	(void)latest;
	listline_init(l);
	if (n > 0 && *s == ' ') {	/* MLST's */
		s++;
		n--;
	}
	if (n == 0 || (blank = facts_end(s, s + n)) == NULL)
		return -1;
	l->name = span_between(blank + 1, s + n);
	facts = span_between(s, blank);
	if (l->name.n == 0 || facts.n == 0)
		return -1;
	for (; facts.n > 0; facts = rest) {
		rest = span_split(&facts, ';');
		if (facts.n == 0)
			continue;
		if (memchr(facts.s, '=', facts.n) != NULL) {
			in_target = is_link_fact(facts.s, facts.s + facts.n);
			value = span_split(&facts, '=');
			set_fact(l, facts, value);
		} else if (in_target) {
			l->target = span_between(l->target.s,
			    facts.s + facts.n);
		} else
			return -1;
	}
	return 0;
}

/*
 * ls -l
 */

static int
set_perms(struct listline *l, struct span w)
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
	/* Those of a link are the system's, not its owner's. */
	l->mode = l->type == 'l' ? -1 : mode;
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

/* "13:24" */
static int
time_of_day(struct span w, struct tm *tm)
{
	struct span minute = span_split(&w, ':');

	if (w.n > 2 || minute.n != 2 ||
	    number(w, 0, 23, &tm->tm_hour) != 0)
		return -1;
	return number(minute, 0, 59, &tm->tm_min);
}

/* "2026-11-20" */
static int
iso_date(struct span w, struct tm *tm)
{
	struct span month = span_split(&w, '-');
	struct span day = span_split(&month, '-');

	if (w.n != 4 || month.n != 2 || day.n != 2 ||
	    number(w, 0, 9999, &tm->tm_year) != 0 ||
	    number(month, 1, 12, &tm->tm_mon) != 0)
		return -1;
	tm->tm_year -= 1900;
	tm->tm_mon--;
	return number(day, 1, 31, &tm->tm_mday);
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
    struct listline *l)
{
	struct span first, day, last;
	struct tm tm = { 0 };

	if (!next_word(&p, end, &first))
		return NULL;
	if (is_digit(*first.s)) {
		if (iso_date(first, &tm) != 0 || !next_word(&p, end, &last) ||
		    time_of_day(last, &tm) != 0)
			return NULL;
		set_time(l, tm, PRECISION_MINUTE);
		return p;
	}
	if ((tm.tm_mon = month_number(first)) < 0 ||
	    !next_word(&p, end, &day) || number(day, 1, 31, &tm.tm_mday) != 0 ||
	    !next_word(&p, end, &last))
		return NULL;
	if (time_of_day(last, &tm) == 0) {
		tm.tm_year = last_year(&tm, latest);
		set_time(l, tm, PRECISION_MINUTE);
	} else if (last.n == 4 && number(last, 0, 9999, &tm.tm_year) == 0) {
		tm.tm_year -= 1900;
		set_time(l, tm, PRECISION_DAY);
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

	while (n < w.n && n < 2 && is_digit(w.s[n]))
		n++;
	return number(span_between(w.s, w.s + n), 1, 31, &day) == 0 &&
	    (n == w.n || w.s[n] == '.' || (w.s[n] & 0x80) != 0);
}

/* "13:24", "2023", "2023年" */
static bool
is_time_or_year(struct span w)
{
	struct tm tm = { 0 };
	int year;

	if (time_of_day(w, &tm) == 0)
		return true;
	if (w.n > 4 && (w.s[4] & 0x80) != 0)
		w.n = 4;
	return w.n == 4 && number(w, 1900, 9999, &year) == 0;
}

/*
 * A date in another language: "Mär 20 13:24", "20. mars 2023"; the end or
 * NULL.  What time that is, is not known.
 */
static const char *
foreign_date(const char *p, const char *end)
{
	struct span a, b, last;

	if (!next_word(&p, end, &a) || !next_word(&p, end, &b) ||
	    !next_word(&p, end, &last) || !is_time_or_year(last))
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
    struct listline *l)
{
	const char *date_end = ls_date(p, end, latest, l);

	return date_end == NULL && i >= SIZE_WORD ? foreign_date(p, end) :
	    date_end;
}

/* Links, owner, group; the last word, the size, is already taken off. */
static void
set_owners(struct listline *l, const struct span *word, size_t n)
{
	if (n > 0 && word[n - 1].s[word[n - 1].n - 1] == ',')
		n--;	/* "8, 0" of a device */
	if (n > 0 && size_of(word[0]) >= 0) {
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
split_link(struct listline *l)
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
listline_unix(const char *s, size_t n, const struct tm *latest,
    struct listline *l)
{
	struct span word[WORDS_MAX], size;
	const char *p = s, *end = s + n, *date_end = NULL;
	size_t i;

	listline_init(l);
	if (!next_word(&p, end, &word[0]) || set_perms(l, word[0]) != 0)
		return -1;
	for (i = 0; i < WORDS_MAX && next_word(&p, end, &word[i]); i++) {
		if (!is_digit(*word[i].s) && *word[i].s != '-')
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
		l->size = size_of(size);
	set_owners(l, word, i);
	if (l->type == 'l')
		split_link(l);
	return 0;
}

/*
 * DOS and IIS
 */

/* "11-20-26" and "11-20-2026": month first; or "2026-11-20". */
static int
dos_date(struct span w, struct tm *tm)
{
	struct span month = w, day, year;

	if (iso_date(w, tm) == 0)
		return 0;
	day = span_split(&month, '-');
	year = span_split(&day, '-');
	if (month.n != 2 || day.n != 2 || (year.n != 2 && year.n != 4) ||
	    number(month, 1, 12, &tm->tm_mon) != 0 ||
	    number(day, 1, 31, &tm->tm_mday) != 0 ||
	    number(year, 0, 9999, &tm->tm_year) != 0)
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
	if (time_of_day(w, tm) != 0)
		return -1;
	if ((am || pm) && (tm->tm_hour < 1 || tm->tm_hour > 12))
		return -1;
	if (am || pm)
		tm->tm_hour = tm->tm_hour % 12 + (pm ? 12 : 0);
	return 0;
}

int
listline_dos(const char *s, size_t n, const struct tm *latest,
    struct listline *l)
{
	struct span date, hour, what;
	struct tm tm = { 0 };
	const char *p = s, *end = s + n;
	size_t blanks = 1;

	(void)latest;
	listline_init(l);
	if (!next_word(&p, end, &date) || dos_date(date, &tm) != 0 ||
	    !next_word(&p, end, &hour) || dos_time(hour, &tm) != 0 ||
	    !next_word(&p, end, &what))
		return -1;
	set_time(l, tm, PRECISION_MINUTE);
	if (span_is(what, "<DIR>")) {
		l->type = 'd';
		blanks = DOS_DIR_BLANKS;
	} else if (is_digit(*what.s)) {
		l->type = 'f';
		l->size = size_of(what);
	} else
		return -1;
	for (; blanks > 0 && p < end && *p == ' '; blanks--)
		p++;
	l->name = span_between(p, end);
	return l->name.n > 0 ? 0 : -1;
}

/*
 * EPLF: "+i8388621.48594,m825718503,r,s280,\tname"
 */

int
listline_eplf(const char *s, size_t n, const struct tm *latest,
    struct listline *l)
{
	struct span facts, rest;

	(void)latest;
	listline_init(l);
	if (n == 0 || *s != '+')
		return -1;
	facts = span_between(s + 1, s + n);
	l->name = span_split(&facts, '\t');
	if (l->name.n == 0)
		return -1;
	for (; facts.n > 0; facts = rest) {
		rest = span_split(&facts, ',');
		if (facts.n == 0)
			continue;
		if (span_is(facts, "/"))
			l->type = 'd';
		else if (span_is(facts, "r"))
			l->type = 'f';
		facts.s++;
		facts.n--;
		if (facts.s[-1] == 's')
			l->size = size_of(facts);
		else if (facts.s[-1] == 'm' && size_of(facts) >= 0) {
			l->mtime.tv_sec = (time_t)size_of(facts);
			l->precision = PRECISION_SECOND;
		} else if (facts.s[-1] == 'u' && facts.n > 1 && *facts.s == 'p')
			l->mode = octal_mode((struct span){ facts.s + 1,
			    facts.n - 1 });
	}
	return 0;
}

/*
 * NLST
 */

int
listline_name(const char *s, size_t n, const struct tm *latest,
    struct listline *l)
{
	(void)latest;
	listline_init(l);
	l->name = (struct span){ s, n };
	return n > 0 ? 0 : -1;
}
