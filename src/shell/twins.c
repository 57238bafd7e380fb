/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "shell/twins.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/path.h"
#include "base/text.h"

enum { NAME_SHOWN = 256 };

void
twins_add(struct twins *t, const char *shown, char *source, char *target)
{
	t->v = xreallocarray(t->v, t->n + 1, sizeof(*t->v));
	t->v[t->n++] = (struct twin){
		shown, source, path_resolve("/", target),
	};
	free(target);
}

static int
by_target(const void *a, const void *b)
{
	const struct twin *s = a, *t = b;
	int rc = strcmp(s->target, t->target);

	return rc != 0 ? rc : strcmp(s->source, t->source);
}

int
twins_check(struct twins *t, const char *command, const char *fetched,
    struct err *err)
{
	char one[NAME_SHOWN], two[NAME_SHOWN];
	size_t i;

	if (t->n > 1)
		qsort(t->v, t->n, sizeof(*t->v), by_target);
	/* All are names in one directory, or that itself, the first then. */
	for (i = 1; i < t->n; i++) {
		if (!path_is_below(t->v[i].target, t->v[i - 1].target) ||
		    strcmp(t->v[i].source, t->v[i - 1].source) == 0)
			continue;
		return err_set(err, ERR_USAGE, "%s: %s and %s would go to one "
		    "place, where one replaces the other; nothing was %s",
		    command, text_escape_to(one, sizeof(one),
		    t->v[i - 1].shown), text_escape_to(two, sizeof(two),
		    t->v[i].shown), fetched);
	}
	return 0;
}

void
twins_release(struct twins *t)
{
	size_t i;

	for (i = 0; i < t->n; i++) {
		free(t->v[i].source);
		free(t->v[i].target);
	}
	free(t->v);
	*t = (struct twins){ 0 };
}
