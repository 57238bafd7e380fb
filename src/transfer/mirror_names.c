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
#include "ftp/server.h"
#include "transfer/mirror_in.h"
#include "transfer/stored.h"

enum { MADE_AT_ONCE = 256 };

/* One that waits until its twin is there. */
struct twin {
	STAILQ_ENTRY(twin) link;
	char *path;
	char *other;			/* the twin's name */
	char *link_target;
	struct plan_entry entry;	/* name not set */
};

static int
compare_entries(const void *a, const void *b)
{
	return strcmp(((const struct plan_entry *)a)->name,
	    ((const struct plan_entry *)b)->name);
}

static struct plan_entry *
find_entry(const struct side *side, const char *name)
{
	struct plan_entry key = { .name = name };

	return side->n == 0 ? NULL : bsearch(&key, side->entry, side->n,
	    sizeof(key), compare_entries);
}

/* What this run has seen the target do with names: -1 no, 0 not yet, 1. */
static int
seen_to_fold(struct mirror *m, enum fold how)
{
	const struct server *sv = session_server(m->own);
	int seen;

	if (how != FOLD_CASE && how != FOLD_FORM)
		return 0;
	if (m->o->reverse && how == FOLD_CASE)
		return server_has(sv, TRAIT_FOLDS_CASE) ? 1 :
		    server_has(sv, TRAIT_TELLS_CASE) ? -1 : 0;
	pthread_mutex_lock(&m->lock);
	seen = m->folds[how];
	pthread_mutex_unlock(&m->lock);
	return seen;
}

static void
note_folding(struct mirror *m, enum fold how, bool folds)
{
	if (m->o->reverse && how == FOLD_CASE) {
		server_learn(session_server(m->own), folds ?
		    TRAIT_FOLDS_CASE : TRAIT_TELLS_CASE, true, PROOF_SEEN,
		    NULL);
		return;
	}
	pthread_mutex_lock(&m->lock);
	m->folds[how] = folds ? 1 : -1;
	pthread_mutex_unlock(&m->lock);
}

/* Whether the target answers to a path that its listing does not have. */
static int
answers(struct mirror *m, struct session *s, const char *path,
    struct err *err)
{
	struct stat st;
	char *full;
	int rc;

	if (!m->o->reverse)
		return m->tree == NULL ? 0 :
		    tree_stat(m->tree, path, &st, err);
	full = mirror_remote(m, path);
	rc = stored_answers(s, full, err);
	free(full);
	return rc;
}

/* The same of a name beside path. */
static int
answers_beside(struct mirror *m, struct session *s, const char *path,
    const char *name, struct err *err)
{
	char *dir = path_dir(path), *other;
	int rc;

	other = strcmp(dir, ".") == 0 ? xstrdup(name) : path_join(dir, name);
	rc = answers(m, s, other, err);
	free(other);
	free(dir);
	return rc;
}

/*
 * Whether a name that the target does not list is another that it does.  That
 * nothing answers to it means something only if it does to the other.
 */
static bool
is_folded(struct mirror *m, struct session *s, const char *path,
    const char *stored)
{
	enum fold how = fold_between(path_base(path), stored);
	struct err ignored = ERR_INIT;
	int rc = seen_to_fold(m, how);

	if (rc != 0)
		return rc > 0;
	rc = answers(m, s, path, &ignored);
	if (rc > 0 || (rc == 0 && answers_beside(m, s, path, stored,
	    &ignored) == 1))
		note_folding(m, how, rc > 0);
	return rc > 0;
}

/* Names of one side that the other does not have; names may be NULL. */
static size_t
only_in(const struct side *side, const struct side *other,
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

/*
 * The target's spelling is put aside for the source's, under which it answers
 * as well.
 */
static void
match(struct mirror *m, struct session *s, const char *dir,
    const struct side *source, struct side *target)
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
		    find_entry(source, t->name) != NULL)
			continue;
		path = path_join(dir, name);
		if (is_folded(m, s, path, t->name)) {
			t->stored = t->name;
			t->name = name;
		} else {
			t->perhaps = name;
		}
		free(path);
	}
	fold_set_free(set);
	free(missing);
	qsort(target->entry, target->n, sizeof(*target->entry),
	    compare_entries);
}

/* No two of the target's can be the same one: the first it is. */
static void
unmatch_seconds(struct side *target)
{
	struct plan_entry *t;
	bool any = false;
	size_t i;

	for (i = 1; i < target->n; i++) {
		t = &target->entry[i];
		if (strcmp(t[-1].name, t->name) != 0)
			continue;
		if (t->stored == NULL)
			t--;
		t->perhaps = t->name;
		t->name = t->stored;
		t->stored = NULL;
		any = true;
	}
	if (any)
		qsort(target->entry, target->n, sizeof(*target->entry),
		    compare_entries);
}

/*
 * Of two names of the source that may be one in the target the one that is
 * not there yet waits.  Whether there were such.
 */
static bool
find_twins(struct mirror *m, struct side *source, const struct side *target)
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
		y = find_entry(source, name);
		later = find_entry(target, y->name) == NULL ? y :
		    find_entry(target, x->name) == NULL ? x : NULL;
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
mirror_match_names(struct mirror *m, struct session *s, const char *dir,
    struct side *source, struct side *target)
{
	size_t i;

	for (i = 0; i < source->n; i++)
		source->entry[i].twin = NULL;
	if (only_in(source, target, NULL) == 0)
		return;
	if (only_in(target, source, NULL) > 0) {
		match(m, s, dir, source, target);
		unmatch_seconds(target);
	}
	/* What is not sent does not come into another's way. */
	while (!m->o->dry_run && find_twins(m, source, target))
		continue;	/* there may be three */
}

void
mirror_misnamed(struct mirror *m, const char *path, struct err *err)
{
	observe_error(m->obs, path, err);
	pthread_mutex_lock(&m->lock);
	m->sum->failed++;
	m->misnamed = err_merge(m->misnamed, err->kind);
	pthread_mutex_unlock(&m->lock);
	err_clear(err);
}

static enum err_kind
kind_of(const struct mirror *m)
{
	return m->o->reverse ? ERR_REFUSED : ERR_LOCAL;
}

void
mirror_check_name(struct mirror *m, const char *path,
    const struct plan_entry *target)
{
	struct err err = ERR_INIT;

	if (target == NULL || target->stored == NULL || m->o->dry_run)
		return;
	stored_as(path_base(path), target->stored, kind_of(m), &err);
	mirror_misnamed(m, path, &err);
}

void
mirror_twin(struct mirror *m, const char *path,
    const struct plan_entry *source)
{
	struct twin *t = xcalloc(1, sizeof(*t));

	t->path = xstrdup(path);
	t->other = xstrdup(source->twin);
	t->entry = *source;
	t->link_target = xstrdup_null(source->target);
	t->entry.target = t->link_target;
	t->entry.name = t->entry.twin = NULL;
	t->entry.line = NULL;
	pthread_mutex_lock(&m->lock);
	STAILQ_INSERT_TAIL(&m->twins, t, link);
	pthread_mutex_unlock(&m->lock);
}

static void
twin_free(struct twin *t)
{
	free(t->path);
	free(t->other);
	free(t->link_target);
	free(t);
}

/* Whether the target has its twin in its place: 1, 0, -1. */
static int
is_taken(struct mirror *m, const struct twin *t, struct err *err)
{
	enum fold how = fold_between(path_base(t->path), t->other);
	int rc, seen = seen_to_fold(m, how);

	if (seen < 0)
		return 0;
	rc = answers(m, m->own, t->path, err);
	if (rc != 0 || seen > 0) {
		if (rc > 0)
			note_folding(m, how, true);
		return rc;
	}
	/* That means something only if the twin did get there. */
	if (answers_beside(m, m->own, t->path, t->other, err) == 1)
		note_folding(m, how, false);
	err_clear(err);
	return 0;
}

static void
run_twin(struct mirror *m, const struct twin *t)
{
	struct err err = ERR_INIT;
	int rc;

	rc = is_taken(m, t, &err);
	if (rc == 0) {
		mirror_enter(m, m->own, t->path, &t->entry);
		return;
	}
	if (rc < 0) {
		mirror_failed(m, t->path, &err);
		return;
	}
	stored_twin(path_base(t->path), t->other, kind_of(m), &err);
	mirror_misnamed(m, t->path, &err);
	/* What is of this one lies in the other, and seems to be too much. */
	if (t->entry.type == 'd')
		m->merged = true;
}

static struct twin *
take_twin(struct mirror *m)
{
	struct twin *t;

	pthread_mutex_lock(&m->lock);
	if ((t = STAILQ_FIRST(&m->twins)) != NULL)
		STAILQ_REMOVE_HEAD(&m->twins, link);
	pthread_mutex_unlock(&m->lock);
	return t;
}

int
mirror_run_twins(struct mirror *m, struct err *err)
{
	struct twin *t;
	int rc = 0;

	while (rc == 0 && (t = take_twin(m)) != NULL) {
		run_twin(m, t);
		twin_free(t);
		/* Before the next is asked for. */
		rc = pool_run(m->pool, err);
	}
	return rc;
}

void
mirror_made_name(struct mirror *m, const char *path)
{
	struct err err = ERR_INIT;

	if (m->o->dry_run || (!m->o->reverse && !fold_at_risk(
	    path_base(path))))
		return;
	if (spool_add(m->made, path, "", &err) != 0)
		mirror_failed(m, path, &err);
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
	char *full = mirror_remote(m, dir);
	struct err err = ERR_INIT;
	size_t i, n = l->path.n;
	int rc;

	memset(v, 0, sizeof(v));
	for (i = 0; i < n; i++)
		v[i].name = path_base(l->path.v[i]);
	rc = m->o->reverse ? stored_look(m->own, full, v, n, &err) :
	    stored_look_local(m->tree, dir, v, n, &err);
	if (rc != 0)
		mirror_failed(m, dir[0] != '\0' ? dir : ".", &err);
	for (i = 0; i < n; i++) {
		if (rc == 0 && !v[i].kept) {
			stored_error(&v[i], kind_of(m), &err);
			mirror_misnamed(m, l->path.v[i], &err);
		}
		stored_release(&v[i]);
	}
	free(full);
}

static void
look_at_all(struct made *l)
{
	char *dir;

	if (l->path.n == 0)
		return;
	dir = path_dir(l->path.v[0]);
	if (strcmp(dir, ".") == 0)
		dir[0] = '\0';
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
	if (cancel_reason(session_cancel(l->m->own)) != CANCEL_NONE)
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
	char *full = mirror_remote(l->m, path), *other;
	struct err ignored = ERR_INIT;
	bool asked;

	(void)unused;
	other = stored_other_case(full);
	asked = other != NULL;
	(void)stored_learn_case(l->m->own, full, &ignored);
	l->all |= asked && seen_to_fold(l->m, FOLD_CASE) >= 0;
	free(other);
	free(full);
	return asked ? 1 : 0;
}

/* Of the target's root, which is in no directory of the mirror's. */
static void
look_at_root(struct mirror *m, bool folds)
{
	struct stored v = { .name = path_base(m->remote) };
	struct err err = ERR_INIT;
	char *dir;

	if (!m->root_at_risk || (!folds && !fold_at_risk(v.name)))
		return;
	dir = path_dir(m->remote);
	if (stored_look(m->own, dir, &v, 1, &err) == 0 && !v.kept)
		stored_error(&v, kind_of(m), &err);
	if (err.kind != ERR_NONE)
		mirror_misnamed(m, m->remote, &err);
	stored_release(&v);
	free(dir);
}

int
mirror_look_for_made(struct mirror *m, struct err *err)
{
	struct made l = { .m = m };
	int rc;

	if (spool_count(m->made) == 0 && !m->root_at_risk)
		return 0;
	if (m->o->reverse && spool_each(m->made, SPOOL_FORWARD, ask_for_case,
	    &l, err) < 0)
		return -1;
	if (m->root_at_risk)
		(void)ask_for_case(&l, "", "");
	l.all |= seen_to_fold(m, FOLD_CASE) > 0;
	look_at_root(m, l.all);
	rc = spool_each(m->made, SPOOL_FORWARD, collect, &l, err);
	if (rc == 0)
		look_at_all(&l);
	strvec_release(&l.path);
	return rc < 0 ? -1 : 0;
}

void
mirror_forget_names(struct mirror *m)
{
	struct twin *t;

	while ((t = take_twin(m)) != NULL)
		twin_free(t);
}
