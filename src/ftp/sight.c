/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ftp/sight.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ftp/verb.h"

/*
 * Whether r is what verb would be answered alone.  in: we are logged in;
 * refused: something before it was.
 */
static bool
is_own(const char *verb, const struct reply *r, bool in, bool refused)
{
	if (!verb_fits(verb, r->code))
		return false;
	if (refused || r->code < 500)
		return true;
	if (strcmp(verb, "PASS") != 0 && r->code == 530)
		return !in;
	return r->code != 503 && (r->code != 500 || !verb_is_basic(verb));
}

static void
see(struct sight *s, int code, const char *words)
{
	s->in = s->in || code == 230 || code == 232;
	s->refused = s->refused || code >= 400;
	if (code == 530 || code == 430)
		snprintf(s->no, sizeof(s->no), "%d %.500s", code, words);
}

/* Answers that came in the middle of one of several lines. */
static int
see_within(struct sight *s, const struct reply *r)
{
	char *copy = xstrdup(r->text.data), *rest = copy, *line;
	int n = 0;

	(void)strsep(&rest, "\n");
	while (rest != NULL && (line = strsep(&rest, "\n")) != NULL)
		if (rest != NULL && strspn(line, "0123456789") == 3 &&
		    line[3] == ' ') {
			see(s, (int)strtol(line, NULL, 10), line + 4);
			n++;
		}
	free(copy);
	return n;
}

bool
sight_awaits(const struct control *c, const char *verb)
{
	const struct reply *r;
	const char *first;
	size_t i;

	for (i = 0; control_peek(c, i, &first, &r); i++)
		if (r == NULL)
			return strcmp(first, verb) == 0;
	return false;
}

void
sight_look(const struct control *c, struct sight *s)
{
	const char *verb;
	const struct reply *r;
	int unanswered = 0;
	bool own;
	size_t i;

	*s = (struct sight){ .own = true };
	for (i = 0; control_peek(c, i, &verb, &r); i++) {
		if (r == NULL) {
			unanswered++;
			continue;
		}
		own = is_own(verb, r, s->in, s->refused);
		s->own = s->own && own;
		s->lost = s->lost || (!own && r->code == 503);
		s->final = s->final || r->code == 421 || (s->own &&
		    r->code >= 400 && (strcmp(verb, "USER") == 0 ||
		    strcmp(verb, "PASS") == 0));
		see(s, r->code, r->text.data);
		unanswered -= see_within(s, r);
	}
	s->missing = unanswered > 0;
}
