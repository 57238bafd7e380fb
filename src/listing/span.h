/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A part of a line: where it begins and how long it is.  Nothing is copied. */
#ifndef LISTING_SPAN_H
#define LISTING_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

struct span {
	const char *s;
	size_t n;
};

/*
 * The first ones are called a hundred times for a line of MLSD, and mostly
 * with a literal: here they can be inlined.
 */

/* The whole of a string. */
static inline struct span
span_of(const char *s)
{
	return (struct span){ s, strlen(s) };
}

static inline struct span
span_between(const char *s, const char *end)
{
	return (struct span){ s, (size_t)(end - s) };
}

/* Whether it is that word, in whatever case. */
static inline bool
span_is(struct span w, const char *s)
{
	return w.n == strlen(s) && strncasecmp(w.s, s, w.n) == 0;
}

/* Cuts *w at the first c; what follows it (or nothing) is the result. */
static inline struct span
span_split(struct span *w, char c)
{
	const char *end = w->s + w->n;
	const char *p = w->n > 0 ? memchr(w->s, c, w->n) : NULL;

	if (p == NULL)
		return span_between(end, end);
	*w = span_between(w->s, p);
	return span_between(p + 1, end);
}

/* The next word; *p moves to the blank after it.  False: there is none. */
static inline bool
span_word(const char **p, const char *end, struct span *w)
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

/* Whether there is one at i. */
bool span_digit_at(struct span w, size_t i);
/* The whole of it as a number from min to max: 0 or -1. */
int span_number(struct span w, int min, int max, int *out);
/* The whole of it as a size, or -1. */
int64_t span_size(struct span w);
/* What its bytes sum up to, so that equal ones can be known: never 0. */
uint64_t span_sum(struct span w);

#endif
