/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a dialect of listings must make of a line, and of what it is no line. */
#ifndef TESTS_UNIT_DIALECT_H
#define TESTS_UNIT_DIALECT_H

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "listing/dialect.h"

#define N(a)	(sizeof(a) / sizeof((a)[0]))

/* A day after 2026-11-20 13:24. */
enum { LATEST = 1795181040 + 86400 };

/* What a line must give; strings NULL: not given. */
struct expect {
	const char *line;
	char type;
	int64_t size;
	const char *time;	/* YYYYMMDDHHMMSS */
	enum time_precision precision;
	int mode;
	const char *owner, *group, *name, *target;
};

#define NONE	NULL, PRECISION_NONE
#define DAY(s)	s "000000", PRECISION_DAY
#define MIN(s)	s "00", PRECISION_MINUTE
#define SEC(s)	s, PRECISION_SECOND

static inline void
dialect_check_span(const char *line, struct span got, const char *want)
{
	if (want == NULL)
		want = "";
	if (got.n != strlen(want) ||
	    (got.n > 0 && memcmp(got.s, want, got.n) != 0))
		fail_msg("\"%s\": \"%.*s\", not \"%s\"", line, (int)got.n,
		    got.s, want);
}

static inline void
dialect_check_line(dialect_fn parse, time_t latest, const struct expect *x)
{
	struct line l;
	struct tm tm;
	char text[16] = "";

	gmtime_r(&latest, &tm);
	if (parse(x->line, strlen(x->line), &tm, &l) != 0)
		fail_msg("\"%s\": not understood", x->line);
	if (l.precision != PRECISION_NONE)
		clock_format_ftp(l.mtime.tv_sec, text, sizeof(text));
	if (l.type != x->type || l.size != x->size || l.mode != x->mode ||
	    l.precision != x->precision ||
	    strcmp(text, x->time == NULL ? "" : x->time) != 0)
		fail_msg("\"%s\": type %c, size %lld, mode %o, time %s (%d)",
		    x->line, l.type, (long long)l.size, (unsigned)l.mode,
		    text, l.precision);
	dialect_check_span(x->line, l.name, x->name);
	dialect_check_span(x->line, l.owner, x->owner);
	dialect_check_span(x->line, l.group, x->group);
	dialect_check_span(x->line, l.target, x->target);
}

static inline void
dialect_check(dialect_fn parse, const struct expect *x, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		dialect_check_line(parse, LATEST, &x[i]);
}

static inline void
dialect_refuses(dialect_fn parse, const char *const *line, size_t n)
{
	const time_t latest = LATEST;
	struct line l;
	struct tm tm;
	size_t i;

	gmtime_r(&latest, &tm);
	for (i = 0; i < n; i++)
		if (parse(line[i], strlen(line[i]), &tm, &l) == 0)
			fail_msg("\"%s\": understood", line[i]);
}

#endif
