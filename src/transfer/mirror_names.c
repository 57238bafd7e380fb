/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The names of a mirror where the target folds them: one that it has already
 * in another spelling, two that would become one there, and what it made of
 * names that were sent.  Nothing is believed of a target that it was not seen
 * to do in this run.
 */
#include <stdlib.h>
#include <string.h>

#include "base/fold.h"
#include "base/mem.h"
#include "base/path.h"
#include "transfer/later.h"
#include "transfer/mirror_in.h"
#include "transfer/stored.h"

enum { MADE_AT_ONCE = 256 };

/*
 * What this run has seen the target do with names: -1 no, 0 not yet, 1.  If it
 * tells two apart that differ in case and in form, it may fold one of these.
 */
static int
seen_to_fold(struct mirror *m, enum fold how)
{
	if (how != FOLD_CASE && how != FOLD_FORM)
		return 0;
	return m->to->ops->folds(m->to, how);
}

/* Whether the target answers to a path that its listing does not have. */
static int
answers(struct mirror *m, struct worker *w, const char *path, struct err *err)
{
	return m->to->ops->answers(m->to, w, path, err);
}

/* The same of a name beside path. */
static int
answers_beside(struct mirror *m, struct worker *w, const char *path,
    const char *name, struct err *err)
{
	char *other = path_beside(path, name);
	int rc = answers(m, w, other, err);

	free(other);
	return rc;
}

/*
 * Whether a name that the target does not list is another that it does.  That
 * nothing answers to it means something only if it does to the other.
 */
static bool
is_folded(struct mirror *m, struct worker *w, const char *path,
    const char *stored)
{
	enum fold how = fold_between(path_base(path), stored);
	struct err ignored = ERR_INIT;
	int rc = seen_to_fold(m, how);

	if (rc != 0)
		return rc > 0;
	rc = answers(m, w, path, &ignored);
	if (rc > 0 || (rc == 0 && answers_beside(m, w, path, stored,
	    &ignored) == 1))
		m->to->ops->note_folds(m->to, how, rc > 0);
	return rc > 0;
}

/* Names of one side that the other does not have; names may be NULL. */
static size_t
only_in(const struct side_list *side, const struct side_list *other,
    const char **names)
{
	size_t i, j = 0, n = 0;
	const char *name;
	int order = 1;

	for (i = 0; i < side->n; i++) {
		name = side->entry[i].name;
		while (j < other->n && (order = strcmp(other->entry[j].name,
		    name)) < 0)
			j++;
		if ((j < other->n && order == 0) || path_is_part(name))
			continue;
		if (names != NULL)
			names[n] = name;
		n++;
	}
	return n;
}

/* Whether something there is more like name than stored, and may answer. */
static bool
has_nearer(const struct side_list *target, const char *name,
    const char *stored)
{
	enum fold how = fold_between(name, stored);
	const struct plan_entry *t;
	size_t i;

	for (i = 0; i < target->n; i++) {
		t = &target->entry[i];
		if (fold_between(name, t->stored != NULL ? t->stored :
		    t->name) < how)
			return true;
	}
	return false;
}

/*
 * The target's spelling is put aside for the source's, under which it answers
 * as well.
 */
static void
match(struct mirror *m, struct worker *w, const char *dir,
    const struct side_list *source, struct side_list *target)
{
	const char **missing = xcalloc(source->n + 1, sizeof(*missing));
	struct fold_set *set = fold_set_new(missing, only_in(source, target,
	    missing));
	struct plan_entry *t;
	const char *name;
	size_t i;
	char *path;

	for (i = 0; i < target->n; i++) {
		t = &target->entry[i];
		name = fold_set_find(set, t->name);
		if (name == NULL || path_is_part(t->name) ||
		    side_list_find(source, t->name) != NULL)
			continue;
		path = path_join(dir, name);
		if (!has_nearer(target, name, t->name) &&
		    is_folded(m, w, path, t->name)) {
			t->stored = t->name;
			t->name = name;
		}
		free(path);
	}
	fold_set_free(set);
	free(missing);
	side_list_sort(target);
}

/* No two of the target's can be the same one: the first it is. */
static void
unmatch_seconds(struct side_list *target)
{
	struct plan_entry *t;
	bool any = false;
	size_t i;

	for (i = 1; i < target->n; i++) {
		t = &target->entry[i];
		if (strcmp(t[-1].name, t->name) != 0)
			continue;
		t->name = t->stored;
		t->stored = NULL;
		any = true;
	}
	if (any)
		side_list_sort(target);
}

/*
 * Of two names of the source that may be one in the target the one that is
 * not there yet waits.  Whether there were such.
 */
static bool
find_twins(struct mirror *m, struct side_list *source,
    const struct side_list *target)
{
	const char **names = xcalloc(source->n + 1, sizeof(*names)), *name;
	struct plan_entry *x, *y, *later;
	struct fold_set *set;
	bool found = false;
	size_t i, n = 0;

	for (i = 0; i < source->n; i++)
		if (!path_is_part(source->entry[i].name) &&
		    source->entry[i].twin == NULL)
			names[n++] = source->entry[i].name;
	set = fold_set_new(names, n);
	for (i = 0; i < source->n; i++) {
		x = &source->entry[i];
		name = fold_set_find(set, x->name);
		if (name == NULL ||
		    seen_to_fold(m, fold_between(name, x->name)) < 0)
			continue;
		y = side_list_find(source, name);
		later = side_list_find(target, y->name) == NULL ? y :
		    side_list_find(target, x->name) == NULL ? x : NULL;
		if (later != NULL && x->twin == NULL && y->twin == NULL) {
			later->twin = later == x ? y->name : x->name;
			found = true;
		}
	}
	fold_set_free(set);
	free(names);
	return found;
}

void
mirror_names_match(struct mirror *m, struct worker *w, const char *dir,
    struct side_list *source, struct side_list *target)
{
	size_t i;

	for (i = 0; i < source->n; i++)
		source->entry[i].twin = NULL;
	if (only_in(source, target, NULL) == 0)
		return;
	if (only_in(target, source, NULL) > 0) {
		match(m, w, dir, source, target);
		unmatch_seconds(target);
	}
	/* What is not sent does not come into another's way. */
	while (!m->o->dry_run && find_twins(m, source, target))
		continue;	/* there may be three */
}

void
mirror_names_check(struct mirror *m, const char *path,
    const struct plan_entry *target)
{
	struct err err = ERR_INIT;

	if (target == NULL || target->stored == NULL || m->o->dry_run)
		return;
	stored_as(path_base(path), target->stored, m->to->facts.failing, &err);
	tell_misnamed(m, path, &err);
}

/* Whether the target has its twin in its place: 1, 0, -1. */
static int
is_taken(struct mirror *m, const struct later *l, struct err *err)
{
	enum fold how = fold_between(path_base(l->path), l->twin);
	int rc, seen = seen_to_fold(m, how);

	if (seen < 0)
		return 0;
	rc = answers(m, m->own, l->path, err);
	if (rc != 0 || seen > 0) {
		if (rc > 0)
			m->to->ops->note_folds(m->to, how, true);
		return rc;
	}
	/* That means something only if the twin did get there. */
	if (answers_beside(m, m->own, l->path, l->twin, err) == 1)
		m->to->ops->note_folds(m->to, how, false);
	err_clear(err);
	return 0;
}

bool
mirror_names_may_go(struct mirror *m, const struct later *l)
{
	struct err err = ERR_INIT;
	int rc = is_taken(m, l, &err);

	if (rc < 0) {
		tell_failed(m, l->path, &err);
	} else if (rc > 0) {
		stored_twin(path_base(l->path), l->twin, m->to->facts.failing,
		    &err);
		tell_misnamed(m, l->path, &err);
		/* What is of this one lies in the other, and seems too much. */
		m->merged |= l->entry.type == 'd';
	}
	return rc == 0;
}

void
mirror_names_made(struct mirror *m, const char *path)
{
	struct err err = ERR_INIT;

	if (m->o->dry_run || (m->to->ops->learn_case == NULL &&
	    !fold_at_risk(path_base(path))))
		return;
	if (spool_add(m->made, path, "", &err) != 0)
		tell_failed(m, path, &err);
}

/* Those of one directory that were made and are to be looked for. */
struct made {
	struct mirror *m;
	struct strvec path;
	bool all;
};

static void
look_at(struct made *l, const char *dir)
{
	struct mirror *m = l->m;
	struct stored v[MADE_AT_ONCE];
	struct err err = ERR_INIT;
	size_t i, n = l->path.n;
	int rc;

	memset(v, 0, sizeof(v));
	for (i = 0; i < n; i++)
		v[i].name = path_base(l->path.v[i]);
	rc = m->to->ops->stored(m->to, m->own, dir, v, n, &err);
	if (rc != 0)
		tell_failed(m, dir, &err);
	for (i = 0; i < n; i++) {
		if (rc == 0 && !v[i].kept) {
			stored_error(&v[i], m->to->facts.failing, &err);
			tell_misnamed(m, l->path.v[i], &err);
		}
		stored_release(&v[i]);
	}
}

static void
look_at_all(struct made *l)
{
	char *dir;

	if (l->path.n == 0)
		return;
	dir = path_parent(l->path.v[0]);
	look_at(l, dir);
	strvec_release(&l->path);
	free(dir);
}

static bool
are_beside(const char *a, const char *b)
{
	size_t n = (size_t)(path_base(a) - a);

	return n == (size_t)(path_base(b) - b) && memcmp(a, b, n) == 0;
}

/* Those of one directory mostly come together. */
static int
collect(void *ctx, const char *path, const char *unused)
{
	struct made *l = ctx;

	(void)unused;
	if (cancel_reason(l->m->cancel) != CANCEL_NONE)
		return 1;
	if (!l->all && !fold_at_risk(path_base(path)))
		return 0;
	if (l->path.n == MADE_AT_ONCE || (l->path.n > 0 &&
	    !are_beside(l->path.v[0], path)))
		look_at_all(l);
	strvec_add(&l->path, path);
	return 0;
}

/*
 * Where no file has shown what case means: the first that was made and has
 * letters does.  If that stays unknown, all are looked for.
 */
static int
ask_for_case(void *ctx, const char *path, const char *unused)
{
	struct made *l = ctx;
	struct side *to = l->m->to;
	bool asked = to->ops->learn_case(to, l->m->own, path);

	(void)unused;
	l->all |= asked && seen_to_fold(l->m, FOLD_CASE) >= 0;
	return asked ? 1 : 0;
}

/* Of the target's root, which is in no directory of the mirror's. */
static void
look_at_root(struct mirror *m, bool folds)
{
	struct side *to = m->to;
	struct stored v = { 0 };
	struct err err = ERR_INIT;

	if (!to->named_root || (!folds && !fold_at_risk(path_base(to->root))))
		return;
	if (to->ops->root_stored(to, m->own, &v, &err) == 0 && !v.kept)
		stored_error(&v, to->facts.failing, &err);
	if (err.kind != ERR_NONE)
		tell_misnamed(m, to->root, &err);
	stored_release(&v);
}

int
mirror_names_look(struct mirror *m, struct err *err)
{
	struct side *to = m->to;
	struct made l = { .m = m };
	int rc;

	if (to->backed_up)
		mirror_names_made(m, to->backup);
	if (to->ops->learn_case != NULL && spool_each(m->made, SPOOL_FORWARD,
	    ask_for_case, &l, err) < 0)
		return -1;
	if (to->named_root)
		(void)ask_for_case(&l, "", "");
	l.all |= seen_to_fold(m, FOLD_CASE) > 0;
	look_at_root(m, l.all);
	rc = spool_each(m->made, SPOOL_FORWARD, collect, &l, err);
	if (rc == 0)
		look_at_all(&l);
	strvec_release(&l.path);
	return rc < 0 ? -1 : 0;
}
