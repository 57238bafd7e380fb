/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The deletions of a mirror.  They wait in an unlinked spool file until all
 * else is complete (invariant I7); a directory's record stands before those
 * of what is in it.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/path.h"
#include "ftp/lister.h"
#include "transfer/mirror_in.h"

/* A job for each directory that is doomed: its contents are, too. */
struct doomed_job {
	struct job job;
	struct mirror *m;
	char *path;
};

static void
spool_doomed(struct mirror *m, char type, const char *path)
{
	struct err err = ERR_INIT;

	if (spool_add(m->doomed, (char[]){ type, '\0' }, path, &err) != 0)
		mirror_failed(m, path, &err);
}

/*
 * What filters and shards leave out, part files and the backup directory
 * keep a doomed directory: they are never deleted, and then its own removal
 * just does not happen.
 */
static bool
is_kept(const struct mirror *m, const char *dir, const char *name, char type)
{
	if (path_is_part(name) || mirror_is_backup(m, dir, name))
		return true;
	if (plan_is_elsewhere(dir, name, type, m->o))
		return true;
	return !m->o->delete_excluded &&
	    plan_filters_out(dir, name, type, m->o);
}

static void
doom_child(struct mirror *m, const char *dir, const char *name, char type)
{
	char *path = path_join(dir, name);

	if (!is_kept(m, dir, name, type))
		mirror_doom(m, path, type);
	mirror_count(m, &m->target_entries, 1);
	free(path);
}

static void
doom_remote(struct mirror *m, struct session *s, const char *dir,
    struct err *err)
{
	char *full = mirror_remote(m, dir);
	struct listing l;
	size_t i;

	if (lister_list(s, full, LIST_WHOLE, LIST_TARGETS, &l, err) == 0) {
		for (i = 0; i < l.n; i++)
			doom_child(m, dir, l.entry[i].name, l.entry[i].type);
	}
	listing_release(&l);
	free(full);
}

static void
doom_local(struct mirror *m, const char *dir, struct err *err)
{
	struct tree_list l;
	size_t i;

	if (tree_list(m->tree, dir, &l, err) != 0)
		return;
	for (i = 0; i < l.n; i++)
		doom_child(m, dir, l.entry[i].name, l.entry[i].type);
	tree_list_release(&l);
}

static void
doomed_run(struct job *job, struct session *s)
{
	struct doomed_job *j = (struct doomed_job *)job;
	struct err err = ERR_INIT;

	if (s != NULL && j->m->o->reverse)
		doom_remote(j->m, s, j->path, &err);
	else if (s != NULL)
		doom_local(j->m, j->path, &err);
	if (err.kind != ERR_NONE)
		mirror_failed(j->m, j->path, &err);
	free(j->path);
	free(j);
}

void
mirror_doom(struct mirror *m, const char *path, char type)
{
	struct doomed_job *j;

	spool_doomed(m, type, path);
	if (type != 'd')
		return;
	j = xcalloc(1, sizeof(*j));
	j->job.run = doomed_run;
	j->m = m;
	j->path = xstrdup(path);
	pool_add(m->pool, JOB_DOOMED, &j->job);
}

void
mirror_defer(struct mirror *m, const char *path,
    const struct plan_entry *source)
{
	struct deferred *d = xcalloc(1, sizeof(*d));

	d->path = xstrdup(path);
	d->entry = *source;
	d->link_target = xstrdup_null(source->target);
	d->entry.name = NULL;
	d->entry.target = d->link_target;
	pthread_mutex_lock(&m->lock);
	STAILQ_INSERT_TAIL(&m->deferred, d, link);
	pthread_mutex_unlock(&m->lock);
}

/* A part if there is one, else any: its name, or NULL in an empty directory. */
static const char *
choose_keeper(const char *chosen, const char *name)
{
	return chosen == NULL || path_is_part(name) ? name : chosen;
}

/* What is still in a directory; the caller frees it. */
static char *
keeper_of(struct mirror *m, const char *path)
{
	struct err ignored = ERR_INIT;
	struct listing remote = { 0 };
	struct tree_list local = { 0 };
	const char *name = NULL;
	char *full, *copy;
	size_t i;

	if (m->o->reverse) {
		full = mirror_remote(m, path);
		(void)lister_list(m->own, full, LIST_WHOLE, 0, &remote,
		    &ignored);
		free(full);
	} else if (tree_list(m->tree, path, &local, &ignored) != 0) {
		return NULL;
	}
	for (i = 0; i < remote.n; i++)
		name = choose_keeper(name, remote.entry[i].name);
	for (i = 0; i < local.n; i++)
		name = choose_keeper(name, local.entry[i].name);
	copy = xstrdup_null(name);
	listing_release(&remote);
	tree_list_release(&local);
	return copy;
}

/*
 * A directory stays since keeper is in it.  Filters are the user's wish; of a
 * part whose source is gone he may not know, and it is his to remove: it may
 * be somebody else's who is still at it (I7).
 */
static void
kept(struct mirror *m, const char *path, const char *keeper)
{
	struct deferred *d;

	STAILQ_FOREACH(d, &m->deferred, link) {
		if (strcmp(d->path, path) != 0)
			continue;
		free(d->keeper);
		d->keeper = xstrdup(keeper);
		return;
	}
	if (!path_is_part(keeper))
		return;
	mirror_count(m, &m->sum->warned, 1);
	observe_warning(m->obs, "%s: kept for the part of an unfinished "
	    "transfer in it, %s; remove that and run again", path, keeper);
}

static int
delete_remote(struct mirror *m, const char *path, char type,
    struct err *err)
{
	char *full = mirror_remote(m, path);
	int rc;

	if (type == 'd')
		rc = session_rmdir(m->own, full, err);
	else if (m->backup != NULL)
		rc = mirror_back_up(m, m->own, path, err);
	else
		rc = session_delete(m->own, full, err);
	free(full);
	return rc;
}

static int
delete_local(struct mirror *m, const char *path, char type, struct err *err)
{
	int rc;

	if (type == 'd')
		rc = tree_rmdir(m->tree, path, err);
	else if (m->backup != NULL)
		rc = mirror_back_up(m, m->own, path, err);
	else
		rc = tree_unlink(m->tree, path, err);
	return rc != 0 && err->sys == ENOENT ? 0 : rc;
}

/* 0 gone, 1 kept because of what is in it, -1. */
static int
delete_entry(struct mirror *m, const char *path, char type, struct err *err)
{
	char *keeper = NULL;
	bool occupied;
	int rc;

	rc = m->o->reverse ? delete_remote(m, path, type, err) :
	    delete_local(m, path, type, err);
	if (rc == 0)
		return 0;
	occupied = m->o->reverse ? err->kind == ERR_REFUSED :
	    err->sys == ENOTEMPTY || err->sys == EEXIST;
	if (type == 'd' && occupied)
		keeper = keeper_of(m, path);
	if (keeper == NULL)
		return -1;
	kept(m, path, keeper);
	free(keeper);
	return 1;
}

static int
delete_one(void *ctx, const char *type, const char *path)
{
	struct mirror *m = ctx;
	struct event ev = {
		.type = EVENT_DELETE, .path = path, .is_dir = type[0] == 'd',
		.bytes = -1, .dry_run = m->o->dry_run,
	};
	struct err err = ERR_INIT;
	int rc = 0;

	if (cancel_reason(session_cancel(m->own)) != CANCEL_NONE)
		return 1;
	if (!m->o->dry_run)
		rc = delete_entry(m, path, type[0], &err);
	if (rc < 0) {
		mirror_failed(m, path, &err);
	} else if (rc == 0) {
		mirror_count(m, &m->sum->deleted, 1);
		observe_event(m->obs, &ev);
	}
	return 0;
}

/* Why nothing is deleted, or NULL. */
static const char *
objection(const struct mirror *m)
{
	const struct mirror_options *o = m->o;
	uint64_t n = spool_count(m->doomed);

	if (m->incomplete)
		return "the source could not be read completely";
	if (m->failed != ERR_NONE)
		return "not everything else was done";
	if (m->empty && !o->force)
		return "the source is empty; --force if that is right";
	if (o->max_delete >= 0 && n > (uint64_t)o->max_delete)
		return "more than --max-delete allows";
	if (o->max_delete_percent >= 0 && n * 100 >
	    m->target_entries * (uint64_t)o->max_delete_percent)
		return "more than --max-delete allows";
	return NULL;
}

/* What was kept from its place by something of another type. */
static void
run_deferred(struct mirror *m)
{
	struct err err = ERR_INIT;
	struct deferred *d;

	STAILQ_FOREACH(d, &m->deferred, link) {
		if (d->keeper == NULL) {
			mirror_enter(m, m->own, d->path, &d->entry);
			continue;
		}
		err_set(&err, m->o->reverse ? ERR_REFUSED : ERR_LOCAL,
		    "a directory is in the way, and stays for what is in it, "
		    "%s%s", d->keeper, path_is_part(d->keeper) ?
		    " (the part of an unfinished transfer): remove that and "
		    "run again" : "");
		mirror_failed(m, d->path, &err);
	}
}

int
mirror_delete(struct mirror *m, struct err *err)
{
	struct err why = ERR_INIT;
	const char *objects;

	if (spool_count(m->doomed) == 0)
		return 0;
	objects = objection(m);
	if (objects != NULL) {
		err_set(&why, ERR_REFUSED, "nothing was deleted (%llu entries "
		    "would be): %s", (unsigned long long)spool_count(m->doomed),
		    objects);
		mirror_failed(m, m->o->reverse ? m->remote : m->o->local,
		    &why);
		return 0;
	}
	/* Backwards: the contents of a directory before itself. */
	if (spool_each(m->doomed, SPOOL_BACKWARD, delete_one, m, err) < 0)
		return -1;
	run_deferred(m);
	return 0;
}

void
mirror_forget(struct mirror *m)
{
	struct deferred *d;

	while ((d = STAILQ_FIRST(&m->deferred)) != NULL) {
		STAILQ_REMOVE_HEAD(&m->deferred, link);
		free(d->path);
		free(d->link_target);
		free(d->keeper);
		free(d);
	}
}
