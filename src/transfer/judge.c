/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "transfer/judge.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

enum { NAME_SHOWN = 256 };

static int
compare_seen(const void *key, const void *seen)
{
	return strcmp(key, ((const struct seen *)seen)->name);
}

const struct seen *
judge_find(const struct judge *j, const char *name)
{
	return j->n == 0 ? NULL : bsearch(name, j->now, j->n,
	    sizeof(*j->now), compare_seen);
}

static int
compare_pointers(const void *a, const void *b)
{
	const char *x = *(const char *const *)a, *y = *(const char *const *)b;

	return (x > y) - (x < y);
}

/*
 * What was sent, is not there, and looks like nothing that is: it may have
 * become anything.
 */
static void
find_unsent(struct judge *j)
{
	const char **found = xcalloc(j->n + 1, sizeof(*found)), *name;
	size_t i, n = 0;

	for (i = 0; i < j->n; i++) {
		name = fold_set_find(j->missing, j->now[i].name);
		if (name != NULL)
			found[n++] = name;
	}
	qsort(found, n, sizeof(*found), compare_pointers);
	for (i = 0; i < j->nbeside && j->unsent == NULL; i++) {
		name = j->beside[i].name;
		if (j->beside[i].sent && judge_find(j, name) == NULL &&
		    bsearch(&name, found, n, sizeof(*found),
		    compare_pointers) == NULL)
			j->unsent = name;
	}
	free(found);
}

/* What should stand there and does not, or not under its name. */
void
judge_begin(struct judge *j)
{
	size_t i, n = 0;

	j->missing_name = xcalloc(j->nbeside + 1, sizeof(char *));
	for (i = 0; i < j->nbeside; i++)
		if (judge_find(j, j->beside[i].name) == NULL)
			j->missing_name[n++] = j->beside[i].name;
	j->missing = fold_set_new(j->missing_name, n);
	find_unsent(j);
}

void
judge_end(struct judge *j)
{
	fold_set_free(j->missing);
	free(j->missing_name);
	j->missing = NULL;
	j->missing_name = NULL;
	j->unsent = NULL;
}

bool
judge_lets_go(const struct judge *j, const struct seen *e,
    const struct seen *now, enum fate *fate, struct err *err)
{
	const char *why;
	char shown[NAME_SHOWN];

	err_clear(err);
	if (now == NULL) {
		*fate = FATE_GONE;
		return false;
	}
	if ((why = seen_change(e, now)) != NULL) {
		*fate = FATE_CHANGED;
		err_set(err, ERR_VERIFY, "not deleted: since it was listed, "
		    "%s; run again", why);
		return false;
	}
	if (j->unsent != NULL) {
		*fate = FATE_UNSENT;
		err_set(err, j->kind,
		    "nothing in it was deleted: %s is not there under its own "
		    "name, and may be stored under any; look what became of "
		    "it", text_escape_to(shown, sizeof(shown), j->unsent));
		return false;
	}
	why = j->missing != NULL ? fold_set_find(j->missing, e->name) :
	    NULL;
	if (why != NULL) {
		*fate = FATE_NAMESAKE;
		err_set(err, ERR_VERIFY, "not deleted: it may be what %s is "
		    "stored as; if not, rm it", text_escape_to(shown,
		    sizeof(shown), why));
		return false;
	}
	*fate = FATE_PASSED;
	return e->type != 'd' || !j->keep_dirs;
}
