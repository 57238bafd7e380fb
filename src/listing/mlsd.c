/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "listing/dialect.h"

static void
set_type(struct line *l, struct span v)
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
set_fact(struct line *l, struct span name, struct span v)
{
	if (span_is(name, "type"))
		set_type(l, v);
	else if (span_is(name, "size"))
		l->size = span_size(v);
	else if (span_is(name, "modify")) {
		if (clock_parse_ftp(v.s, v.n, &l->mtime) == 0)
			l->precision = memchr(v.s, '.', v.n) != NULL ?
			    PRECISION_SUB : PRECISION_SECOND;
	} else if (span_is(name, "unix.mode"))
		l->mode = line_mode(v);
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
mlsd_line(const char *s, size_t n, const struct tm *latest, struct line *l)
{
	struct span facts, value, rest;
	const char *blank;
	bool in_target = false;

	(void)latest;
	line_init(l);
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
