/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Before a name is deleted since a server's listing of the source lacks it,
 * the server is asked for it by name.  Listings end at limits that nobody told
 * of, and hide names with a leading dot.
 */
#include <stdlib.h>
#include <string.h>

#include "base/fold.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/text.h"
#include "transfer/mirror_in.h"

enum { NAME_SHOWN = 256 };

/* What a plan would delete, asked for by name. */
struct absent {
	struct plan_action **action;
	char **path;
	bool *there;
	size_t n;
};

static void
note_hiding(struct mirror *m, const char *dir)
{
	char shown[NAME_SHOWN];
	bool first;

	pthread_mutex_lock(&m->lock);
	first = !m->warned_hidden;
	m->warned_hidden |= first;
	m->sum->warned += first;
	pthread_mutex_unlock(&m->lock);
	if (first)
		observe_warning(m->obs, "%s: the server's listings may hide "
		    "names with a leading dot (they lack \".\", too); such "
		    "names may be missing here, and none is deleted",
		    text_escape_to(shown, sizeof(shown),
		    *dir != '\0' ? dir : "."));
}

static void
collect(const char *dir, const struct side_list *source, struct plan *plan,
    struct absent *out)
{
	struct plan_action *a;
	size_t i;

	for (i = 0; i < plan->n; i++) {
		a = &plan->action[i];
		/* What filters leave out may well be there. */
		if (a->kind != PLAN_DELETE ||
		    side_list_find(source, a->target->name) != NULL)
			continue;
		if (a->target->name[0] == '.' && source->may_hide) {
			a->kind = PLAN_SKIP;
			continue;
		}
		out->action[out->n] = a;
		out->path[out->n++] = path_join(dir, a->target->name);
	}
}

/* Whether a listed name may be what became of this one. */
static bool
is_listed_otherwise(const struct side_list *source, const char *name)
{
	size_t i;

	for (i = 0; i < source->n; i++)
		if (fold_between(name, source->entry[i].name) != FOLD_OTHER)
			return true;
	return false;
}

/* What is there, though not listed, stays: 0, -1 if that proves a limit. */
static int
judge_absences(struct mirror *m, const char *dir,
    const struct side_list *source, const struct absent *a, struct err *err)
{
	char shown[NAME_SHOWN], *path;
	const char *name;
	size_t i;
	bool cut = false;

	for (i = 0; i < a->n; i++) {
		if (!a->there[i])
			continue;
		a->action[i]->kind = PLAN_SKIP;
		name = a->action[i]->target->name;
		if (name[0] == '.') {
			path = path_join(dir, name);
			mirror_hidden_tell(m, path);
			free(path);
		} else if (!cut && !is_listed_otherwise(source, name)) {
			cut = true;
			err_set(err, ERR_REFUSED, "the server's listing lacks "
			    "%s, which is there: it ends at a limit, or "
			    "hides names", text_escape_to(shown,
			    sizeof(shown), name));
		}
	}
	return cut ? -1 : 0;
}

int
mirror_absent_ask(struct mirror *m, struct worker *w, const char *dir,
    const struct side_list *source, struct plan *plan, struct err *err)
{
	struct side *from = m->from;
	struct absent a = { 0 };
	size_t i;
	int rc;

	if (from->ops->are_there == NULL)
		return 0;
	if (!from->ops->shows_dots(from, source) && source->may_hide &&
	    source->n > 0)
		note_hiding(m, dir);
	a.action = xcalloc(plan->n + 1, sizeof(*a.action));
	a.path = xcalloc(plan->n + 1, sizeof(*a.path));
	a.there = xcalloc(plan->n + 1, sizeof(*a.there));
	collect(dir, source, plan, &a);
	rc = a.n == 0 ? 0 : from->ops->are_there(from, w,
	    (const char *const *)a.path, a.n, a.there, err);
	if (rc == 0)
		rc = judge_absences(m, dir, source, &a, err);
	for (i = 0; i < a.n; i++)
		free(a.path[i]);
	free(a.action);
	free(a.path);
	free(a.there);
	return rc;
}
