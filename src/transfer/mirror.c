/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "transfer/mirror.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/path.h"
#include "transfer/act.h"
#include "transfer/act_dirs.h"
#include "transfer/doom.h"
#include "transfer/later.h"
#include "transfer/mirror_in.h"
#include "transfer/reap.h"
#include "transfer/todo.h"
#include "transfer/visit.h"

/* The guard against an unmounted disk. */
static int
check_required(struct mirror *m, struct err *err)
{
	struct side *from = m->from;
	int rc;

	if (m->o->require == NULL)
		return 0;
	rc = from->ops->has(from, m->own, m->o->require, err);
	if (rc == 0)
		err_set(err, from->facts.failing,
		    "%s: not in the source %s; nothing was done",
		    m->o->require, from->name);
	return rc == 1 ? 0 : -1;
}

static int
connect_sides(struct mirror *m, struct err *err)
{
	struct side *const sides[] = { m->from, m->to };
	size_t i;

	for (i = 0; i < 2; i++)
		if (sides[i]->ops->connect != NULL &&
		    sides[i]->ops->connect(sides[i], m->own, err) != 0)
			return -1;
	for (i = 0; i < 2; i++)
		if (m->o->checksum &&
		    !sides[i]->ops->has_digests(sides[i], m->own))
			return err_set(err, ERR_REFUSED, "--checksum: this "
			    "server gives no digests (HASH, XSHA256 or their "
			    "like); without it, sizes and times are compared");
	return 0;
}

static int
open_manifest(struct mirror *m, struct err *err)
{
	struct side *to = m->to;

	if (!m->o->manifest || to->ops->open_manifest == NULL)
		return 0;
	m->manifest = to->ops->open_manifest(to, m->own, m->o->shard,
	    m->o->shards, err);
	return m->manifest != NULL ? 0 : -1;
}

/*
 * Opens both roots, the source's before the target is touched.  *exists: the
 * target is there.
 */
static int
open_roots(struct mirror *m, bool *exists, struct err *err)
{
	struct side *from = m->from, *to = m->to;
	bool absent = false;

	if (connect_sides(m, err) != 0 ||
	    from->ops->open(from, m->own, true, &absent, err) != 0 ||
	    to->ops->open(to, m->own, false, &absent, err) != 0 ||
	    check_required(m, err) != 0)
		return -1;
	if (absent && from->ops->check != NULL &&
	    from->ops->check(from, m->own, err) != 0)
		return -1;
	if (to->ops->make_root(to, m->own, m->o->dry_run, exists, err) != 0 ||
	    (m->o->backup_dir != NULL && to->ops->open_backup(to,
	    m->o->backup_dir, m->o->dry_run, err) != 0))
		return -1;
	return open_manifest(m, err);
}

static void
act_on(struct mirror *m, struct worker *w, struct visit *v,
    struct doubts *q)
{
	if (act_dirs_make(m, w, v->path, v->target_exists, &v->plan) != 0)
		return;
	mirror_manifest_spare(m, v->path, &v->plan);
	mirror_link_spare(m, w, v->path, &v->target.list, &v->plan);
	if (m->o->delete)
		doom_plan(m, v->path, &v->plan, &v->source.list);
	act_plan(m, w, v->path, &v->plan, &v->target.list, q);
}

/* So many are; after the last it is known how much there is to do. */
static void
visited(struct mirror *m, uint64_t n)
{
	bool last;

	pthread_mutex_lock(&m->lock);
	m->unvisited -= n;
	last = m->unvisited == 0;
	pthread_mutex_unlock(&m->lock);
	if (last && !m->o->dry_run)
		observe_progress(m->obs, NULL, 0, 0, true);
}

/* What was left open when directories were visited. */
static void
settle_doubts(struct mirror *m, struct worker *w, struct visits *all)
{
	if (!act_answer(m, w, &all->doubts)) {
		todo_again(m->pool, &all->todo);
	} else {
		visited(m, all->n);
		visit_free(all);
	}
}

static void
visit_dirs(struct mirror *m, struct worker *w, struct todo_dir *j)
{
	struct visits *all;
	size_t i;

	if (mirror_list_was_endless(m)) {
		todo_dir_free(j);
		visited(m, 1);
		return;
	}
	all = visit_take(m, w, j);
	for (i = 0; i < all->n; i++)
		if (visit_compare(&all->visit[i], w))
			act_on(m, w, &all->visit[i], &all->doubts);
	visit_note_sizes(m, all);
	settle_doubts(m, w, all);
}

/* The run was cancelled. */
static void
drop_todo(struct todo *t)
{
	switch (t->kind) {
	case TODO_DIR:
	case TODO_DOOMED:
		todo_dir_free((struct todo_dir *)t);
		break;
	case TODO_VISITS:
		visit_free((struct visits *)t);
		break;
	case TODO_FILE:
		todo_file_free((struct todo_file *)t);
		break;
	case TODO_PIECE:
		free(t);
		break;
	}
}

static void
run_job(void *ctx, struct job *job, struct worker *w)
{
	struct todo *t = (struct todo *)job;
	struct mirror *m = ctx;

	if (w == NULL) {
		drop_todo(t);
		return;
	}
	switch (t->kind) {
	case TODO_DIR:
		visit_dirs(m, w, (struct todo_dir *)t);
		break;
	case TODO_VISITS:
		settle_doubts(m, w, (struct visits *)t);
		break;
	case TODO_FILE:
		mirror_file_run(m, w, (struct todo_file *)t);
		break;
	case TODO_PIECE:
		mirror_manifest_write(m, w);
		free(t);
		break;
	case TODO_DOOMED:
		doom_look_into(m, w, (struct todo_dir *)t);
		break;
	}
}

/* All that is queued, and the sources of what was transferred. */
static int
run_jobs(struct mirror *m, struct err *err)
{
	if (pool_run(m->pool, run_job, m, err) != 0)
		return -1;
	if (m->from->ops->end_sources != NULL)
		m->from->ops->end_sources(m->from, m->own);
	return 0;
}

/* One after the other: each may be there once the one before it is. */
static int
run_twins(struct mirror *m, struct err *err)
{
	struct later *l;
	int rc = 0;

	while (rc == 0 && (l = later_take(m, &m->twins)) != NULL) {
		if (mirror_names_may_go(m, l))
			act_enter(m, m->own, l->path, &l->entry, REASON_NEW);
		later_free(l);
		rc = run_jobs(m, err);
	}
	return rc;
}

/* What was kept from its place by something of another type. */
static void
enter_deferred(struct mirror *m)
{
	struct err err = ERR_INIT;
	struct later *l;

	while ((l = later_take(m, &m->deferred)) != NULL) {
		if (!l->stays)
			act_enter(m, m->own, l->path, &l->entry, REASON_TYPE);
		if (l->keeper != NULL) {
			err_set(&err, m->to->facts.failing, "a directory is "
			    "in the way, and stays for what is in it, %s%s",
			    l->keeper, path_is_part(l->keeper) ?
			    " (the part of an unfinished transfer): remove "
			    "that and run again" : "");
			tell_failed(m, l->path, &err);
		}
		later_free(l);
	}
}

static int
delete_doomed(struct mirror *m, struct err *err)
{
	int rc = reap_run(m, err);

	if (rc > 0)
		enter_deferred(m);
	return rc < 0 ? -1 : 0;
}

static int
end_parts(struct mirror *m, struct err *err)
{
	if (m->to->ops->end_parts == NULL)
		return 0;
	return m->to->ops->end_parts(m->to, m->own, err) < 0 ? -1 : 0;
}

static void
tell_kept(struct mirror *m)
{
	struct err err = ERR_INIT;

	if (m->kept == 0)
		return;
	/* Of the kind of what was in the way, if that was told. */
	err_set(&err, m->failed != ERR_NONE ? m->failed : ERR_REFUSED,
	    "%llu sources are kept: the source could not be read completely",
	    (unsigned long long)m->kept);
	tell_failed(m, m->from->title, &err);
}

static int
run_all(struct mirror *m, bool exists, struct err *err)
{
	todo_add_dir(m, "", NULL, exists, NULL, NULL);
	if (run_jobs(m, err) != 0 || run_twins(m, err) != 0 ||
	    end_parts(m, err) != 0 || delete_doomed(m, err) != 0 ||
	    run_jobs(m, err) != 0 || run_twins(m, err) != 0 ||
	    mirror_link_make_rest(m, err) != 0 ||
	    mirror_names_look(m, err) != 0)
		return -1;
	tell_kept(m);
	if (m->manifest != NULL && !m->o->dry_run &&
	    manifest_store(m->manifest, err) != 0)
		return -1;
	if (m->to->ops->sync != NULL && !m->o->dry_run &&
	    m->sum->transferred > 0)
		return m->to->ops->sync(m->to, err);
	return 0;
}

static void
summarize(struct mirror *m, int64_t since)
{
	struct event ev = {
		.type = EVENT_SUMMARY, .summary = m->sum,
		.source = m->from->name, .target = m->to->name,
		.op = "mirror",
	};

	if (m->full > 1)
		observe_warning(m->obs, "%zu more files failed for lack of "
		    "room in %s; make room there and run it again",
		    m->full - 1, ev.target);
	m->sum->seconds = (double)(clock_ms() - since) / 1000;
	m->sum->dry_run = m->o->dry_run;
	observe_event(m->obs, &ev);
}

static void
kept_source(void *ctx, const char *path, struct err *err)
{
	tell_failed(ctx, path, err);
}

static void
settle_target(void *ctx, struct err *err)
{
	struct mirror *m = ctx;

	if (m->to->ops->sync != NULL)
		(void)m->to->ops->sync(m->to, err);
}

static void
init_mirror(struct mirror *m)
{
	STAILQ_INIT(&m->deferred);
	STAILQ_INIT(&m->twins);
	m->made = spool_new();
	m->places = pathmap_new();
	m->doomed = spool_new();
	m->links = spool_new();
	pthread_mutex_init(&m->lock, NULL);
	pthread_mutex_init(&m->times_lock, NULL);
	m->from->kept = kept_source;
	m->from->settle = settle_target;
	m->from->ctx = m;
	m->from->list_flags = m->to->list_flags = mirror_list_flags(m);
}

static void
release_mirror(struct mirror *m)
{
	struct later *l;

	while ((l = later_take(m, &m->deferred)) != NULL ||
	    (l = later_take(m, &m->twins)) != NULL)
		later_free(l);
	rate_free(m->rate);
	strvec_release(&m->gone);
	spool_free(m->made);
	pathmap_free(m->places);
	spool_free(m->doomed);
	spool_free(m->links);
	manifest_free(m->manifest);
	pthread_mutex_destroy(&m->times_lock);
	pthread_mutex_destroy(&m->lock);
}

int
mirror_run(const struct mirror_context *cx, const struct mirror_options *o,
    struct summary *sum, struct err *err)
{
	struct mirror_options mine = *o;
	struct mirror m = {
		.o = &mine, .from = cx->from, .to = cx->to, .pool = cx->pool,
		.own = pool_own(cx->pool), .cancel = cx->cancel,
		.obs = cx->obs, .sum = sum, .empty = true,
	};
	int64_t since = clock_ms();
	bool exists = false;
	int rc;

	memset(sum, 0, sizeof(*sum));
	mine.umask = m.to->facts.mask;
	mine.in_place = o->in_place && m.to->facts.follows;
	init_mirror(&m);
	rc = open_roots(&m, &exists, err);
	if (rc == 0) {
		m.rate = rate_new(o->rate_limit);
		rc = run_all(&m, exists, err);
		summarize(&m, since);
	}
	assert(rc != 0 || err->kind == ERR_NONE);
	if (rc == 0 && cancel_reason(cx->cancel) != CANCEL_NONE)
		rc = cancel_error(cx->cancel, err);
	assert(rc != 0 || m.unvisited == 0);
	if (m.misnamed != ERR_NONE)
		m.failed = err_merge(m.failed, m.misnamed);
	if (rc == 0 && m.failed != ERR_NONE) {
		err->kind = m.failed;
		rc = -1;
	}
	release_mirror(&m);
	return rc;
}
