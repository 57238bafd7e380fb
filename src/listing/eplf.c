/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "listing/dialect.h"

int
eplf_line(const char *s, size_t n, const struct tm *latest, struct line *l)
{
	struct span facts, rest;

	(void)latest;
	line_init(l);
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
		/* Now behind its letter, where at least a ',' or TAB is. */
		facts.s++;
		facts.n--;
		if (facts.s[-1] == 's')
			l->size = span_size(facts);
		else if (facts.s[-1] == 'm' && span_size(facts) >= 0) {
			l->mtime.tv_sec = (time_t)span_size(facts);
			l->precision = PRECISION_SECOND;
		} else if (facts.s[-1] == 'u' && *facts.s == 'p')
			l->mode = line_mode((struct span){ facts.s + 1,
			    facts.n - 1 });
	}
	return 0;
}
