/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "transfer/reap.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/path.h"
#include "transfer/doom.h"
#include "transfer/later.h"
#include "transfer/pathmap.h"
#include "transfer/remove.h"

/* It was not deleted: what waits for its place, or NULL. */
static struct later *
stays(struct mirror *m, const char *path)
{
	struct later *d;

	STAILQ_FOREACH(d, &m->deferred, link) {
		if (strcmp(d->path, path) != 0)
			continue;
		d->stays = true;
		return d;
	}
	return NULL;
}

/* A record that is read, and how far it is. */
struct record {
	struct mirror *m;
	const char *dir;
	struct doomed d;
	bool told;		/* why nothing in it goes */
	struct strvec *spared;	/* paths of directories that stay */
	struct pathmap *held;	/* directories that stay for their contents */
};

static void
told_deleted(struct mirror *m, const char *path, const struct seen *e)
{
	struct event ev = {
		.type = EVENT_DELETE, .path = path, .is_dir = e->type == 'd',
		.dry_run = m->o->dry_run, .reason = e->reason,
	};

	mirror_manifest_deleted(m, path);
	tell_count(m, &m->sum->deleted, 1);
	observe_event(m->obs, &ev);
}

/* What is still in a directory. */
struct keeper {
	const char *name;	/* NULL: nothing is to be seen */
	bool foreign;		/* it was not there before */
};

/*
 * Of what came meanwhile one has to know, of a part next.  What could not go
 * is not met here: it holds its directory.
 */
static void
choose_keeper(const struct mirror *m, const char *dir, const struct seen *e,
    struct keeper *k)
{
	const char *name = e->name;
	bool foreign = !doom_never(m, dir, NULL, e);

	if (k->foreign || (k->name != NULL && !foreign && !path_is_part(name)))
		return;
	*k = (struct keeper){ name, foreign };
}

/* k->name is the caller's. */
static void
find_keeper(struct mirror *m, const char *dir, struct keeper *k)
{
	const struct side_request rq = {
		.dir = &dir, .n = 1, .need = LIST_WHOLE,
		.flags = mirror_list_flags(m),
	};
	struct err ignored = ERR_INIT;
	struct side_list l;
	struct seen e;
	size_t i;

	*k = (struct keeper){ 0 };
	m->to->ops->list(m->to, m->own, &rq, &l, &ignored);
	for (i = 0; i < l.n; i++) {
		e = seen_planned(&l.entry[i]);
		choose_keeper(m, dir, &e, k);
	}
	k->name = xstrdup_null(k->name);
	side_list_release(&l);
}

/*
 * A directory stays for what is in it.  Filters are the user's wish; of a part
 * whose source is gone he may not know, and it is his to remove: it may be
 * somebody else's who is still at it (I7).
 */
static void
kept(struct mirror *m, const char *path, const struct keeper *k)
{
	struct later *d = stays(m, path);
	struct err err = ERR_INIT;

	if (d != NULL) {
		free(d->keeper);
		d->keeper = xstrdup(k->name);
	} else if (k->foreign) {
		err_set(&err, ERR_VERIFY, "kept: something has come into it "
		    "meanwhile; run again");
		tell_failed(m, path, &err);
	} else if (path_is_part(k->name)) {
		tell_count(m, &m->sum->warned, 1);
		observe_warning(m->obs, "%s: kept for the part of an "
		    "unfinished transfer in it, %s; remove that and run "
		    "again", path, k->name);
	}
}

/* Something in it stays; what the source has was not to go anyway. */
static void
hold(const struct record *r, const char *keeper)
{
	if (!r->d.visited)
		pathmap_add(r->held, r->dir, keeper);
}

/* Whether it is a directory that stays for what is in it. */
static bool
is_held(struct record *r, const struct seen *e, bool tell)
{
	const char *keeper;
	char *path;

	if (e->type != 'd')
		return false;
	path = path_join(r->dir, e->name);
	keeper = pathmap_find(r->held, path);
	if (keeper != NULL)
		hold(r, e->name);
	if (keeper != NULL && tell)
		kept(r->m, path, &(struct keeper){ .name = keeper });
	free(path);
	return keeper != NULL;
}

/* Those are not even tried: a server might remove all that is in them. */
static void
drop_held(struct record *r, bool tell)
{
	size_t i, n = 0;

	for (i = 0; i < r->d.nseen; i++)
		if (!is_held(r, &r->d.seen[i], tell))
			r->d.seen[n++] = r->d.seen[i];
	r->d.nseen = n;
}

/* It was to go, and could not. */
static void
not_removed(struct record *r, const char *path, char type,
    const struct err *err)
{
	struct mirror *m = r->m;
	struct err why = *err;
	struct keeper k = { 0 };

	if (type == 'd' && m->to->ops->is_occupied(err))
		find_keeper(m, path, &k);
	if (k.name != NULL) {
		kept(m, path, &k);
		free((char *)k.name);
		return;
	}
	(void)stays(m, path);
	if (m->to->ops->explain != NULL)
		m->to->ops->explain(m->to, m->own, &(struct refusal){
		    .act = type == 'd' ? REFUSAL_RMDIR : REFUSAL_DELETE,
		    .path = path, .shown = path, .type = type }, &why);
	tell_failed(m, path, &why);
}

/* Said once a directory. */
static void
told_unsent(struct record *r, const struct err *err)
{
	struct err why = *err;

	if (!r->told)
		tell_failed(r->m, r->dir, &why);
	r->told = true;
}

/* It is too much, perhaps; but what waits for its place is missing. */
static void
told_namesake(struct mirror *m, const char *path, const struct err *err)
{
	struct err why = *err;

	if (stays(m, path) != NULL) {
		tell_failed(m, path, &why);
		return;
	}
	tell_count(m, &m->sum->warned, 1);
	observe_warning(m->obs, "%s: %s", path, err->msg);
}

static void
entry_ended(void *ctx, const struct seen *e, enum fate fate,
    const struct err *err)
{
	struct record *r = ctx;
	struct mirror *m = r->m;
	char *path = path_join(r->dir, e->name);
	struct err why;

	switch (fate) {
	case FATE_REMOVED:
		told_deleted(m, path, e);
		break;
	case FATE_GONE:
	case FATE_PASSED:
		break;
	case FATE_FAILED:
		not_removed(r, path, e->type, err);
		break;
	case FATE_UNSENT:
		told_unsent(r, err);
		break;
	case FATE_NAMESAKE:
		told_namesake(m, path, err);
		break;
	case FATE_CHANGED:
		why = *err;
		tell_failed(m, path, &why);
		break;
	}
	if (fate > FATE_PASSED)
		hold(r, e->name);
	if (fate > FATE_PASSED && fate != FATE_FAILED) {
		(void)stays(m, path);
		if (e->type == 'd')
			strvec_add(r->spared, path);
	}
	free(path);
}

/*
 * It came into a directory that is to go, which stays for it: a server might
 * remove all that is in one.
 */
static void
foreign_came(void *ctx, const char *name)
{
	struct record *r = ctx;

	if (pathmap_find(r->held, r->dir) != NULL)
		return;
	hold(r, name);
	kept(r->m, r->dir, &(struct keeper){ name, true });
}

static int
move_to_backup(void *ctx, const char *name, struct err *err)
{
	struct record *r = ctx;
	char *path = path_join(r->dir, name);
	int rc = r->m->to->ops->back_up(r->m->to, r->m->own, path, err);

	assert(rc != 0 || err->kind == ERR_NONE);
	free(path);
	return rc;
}

/* The directory could not be listed: nothing in it goes. */
static void
spare_all(struct record *r, struct err *err)
{
	char *path;
	size_t i;

	tell_failed(r->m, r->dir, err);
	for (i = 0; i < r->d.nseen; i++) {
		path = path_join(r->dir, r->d.seen[i].name);
		(void)stays(r->m, path);
		hold(r, r->d.seen[i].name);
		if (r->d.seen[i].type == 'd')
			strvec_add(r->spared, path);
		free(path);
	}
}

static int
remove_record(struct record *r, const struct remove *rm)
{
	struct mirror *m = r->m;
	struct err err = ERR_INIT;

	if (m->to->ops->remove(m->to, m->own, rm, false, r->d.seen, r->d.nseen,
	    &err) == 0)
		return 0;
	if (err.kind == ERR_CANCELLED ||
	    cancel_reason(m->cancel) != CANCEL_NONE)
		return 1;
	spare_all(r, &err);
	return 0;
}

static void
rehearse(struct record *r)
{
	char *path;
	size_t i;

	for (i = 0; i < r->d.nseen; i++) {
		path = path_join(r->dir, r->d.seen[i].name);
		told_deleted(r->m, path, &r->d.seen[i]);
		free(path);
	}
}

static bool
is_spared(const struct strvec *spared, const char *path)
{
	size_t i, n;

	for (i = 0; i < spared->n; i++) {
		n = strlen(spared->v[i]);
		if (strncmp(path, spared->v[i], n) == 0 &&
		    (path[n] == '/' || path[n] == '\0'))
			return true;
	}
	return false;
}

/* Directories whose contents are gone by now. */
static int
remove_emptied(struct record *r, const struct remove *rm)
{
	struct side *to = r->m->to;
	struct err err = ERR_INIT;
	size_t i, n = 0;
	char *path;

	for (i = 0; i < r->d.nseen; i++) {
		path = path_join(r->dir, r->d.seen[i].name);
		if (r->d.seen[i].type == 'd' && !is_spared(r->spared, path))
			r->d.seen[n++] = r->d.seen[i];
		free(path);
	}
	return to->ops->remove(to, r->m->own, rm, true, r->d.seen, n,
	    &err) != 0;
}

/* Both passes, each over all records. */
struct reaping {
	struct mirror *m;
	struct strvec spared;
	struct pathmap *held;
	bool trees;		/* the second pass */
};

/* Backwards: a directory holds what it is in. */
static int
find_held(void *ctx, const char *dir, const char *text)
{
	struct reaping *rp = ctx;
	struct record r = { .m = rp->m, .dir = dir, .held = rp->held };
	size_t n;

	doom_read(&r.d, r.m, dir, text);
	if (r.d.keeper != NULL)
		hold(&r, r.d.keeper);
	n = r.d.nseen;
	drop_held(&r, false);
	rp->m->ndoomed -= n - r.d.nseen;
	doom_release(&r.d);
	return 0;
}

/*
 * First what goes beside what the source has: whether the names there are
 * right tells as well which trees may go.  These are next, from below.
 */
static int
reap(void *ctx, const char *dir, const char *text)
{
	struct reaping *rp = ctx;
	struct mirror *m = rp->m;
	struct record r = { .m = m, .dir = dir, .spared = &rp->spared,
		.held = rp->held };
	struct remove rm = {
		.dir = dir, .links = !m->o->no_symlinks, .cancel = m->cancel,
		.move = m->to->backup != NULL ? move_to_backup : NULL,
		.ended = entry_ended, .ctx = &r,
	};
	int rc = 0;

	doom_read(&r.d, r.m, dir, text);
	drop_held(&r, rp->trees);
	rm.beside = r.d.beside;
	rm.nbeside = r.d.nbeside;
	rm.keep_dirs = r.d.visited;
	rm.foreign = r.d.visited ? NULL : foreign_came;
	if (m->o->dry_run && rp->trees)
		rehearse(&r);
	else if (m->o->dry_run || is_spared(&rp->spared, dir))
		;
	else if (rp->trees && r.d.visited)
		rc = remove_emptied(&r, &rm);
	else if (rp->trees != r.d.visited)
		rc = remove_record(&r, &rm);
	doom_release(&r.d);
	return rc;
}

/* Why nothing is deleted, or NULL. */
static const char *
objection(const struct mirror *m)
{
	const struct mirror_options *o = m->o;
	uint64_t n = m->ndoomed;

	if (m->incomplete)
		return "the source could not be read completely";
	if (m->failed != ERR_NONE)
		return "not everything else was done";
	if (m->merged)
		return "of directories that are one in the target only one "
		    "was compared";
	if (m->empty && !o->force)
		return "the source is empty; --force if that is right";
	if (o->max_delete >= 0 && n > (uint64_t)o->max_delete)
		return "more than --max-delete allows";
	if (o->max_delete_percent >= 0 && n * 100 >
	    m->target_entries * (uint64_t)o->max_delete_percent)
		return "more than --max-delete allows";
	return NULL;
}

/* Both passes.  0, 1 when cancelled, -1. */
static int
reap_all(struct reaping *rp, struct err *err)
{
	struct mirror *m = rp->m;
	int rc;

	rc = spool_each(m->doomed, SPOOL_FORWARD, reap, rp, err);
	rp->trees = true;
	/* Backwards: the contents of a directory before itself. */
	if (rc == 0)
		rc = spool_each(m->doomed, SPOOL_BACKWARD, reap, rp, err);
	return rc;
}

int
reap_run(struct mirror *m, struct err *err)
{
	struct reaping rp = { .m = m };
	struct err why = ERR_INIT;
	const char *objects = NULL;
	bool reaped = false;
	int rc;

	if (m->ndoomed == 0)
		return 0;
	strvec_sort(&m->gone);
	rp.held = pathmap_new();
	rc = spool_each(m->doomed, SPOOL_BACKWARD, find_held, &rp, err);
	if (rc == 0 && m->ndoomed > 0 && (objects = objection(m)) != NULL) {
		err_set(&why, ERR_REFUSED, "nothing was deleted (%llu entries "
		    "would be): %s", (unsigned long long)m->ndoomed,
		    objects);
		tell_failed(m, m->to->title, &why);
	} else if (rc == 0) {
		rc = reap_all(&rp, err);
		reaped = rc == 0;
	}
	strvec_release(&rp.spared);
	pathmap_free(rp.held);
	return rc < 0 ? -1 : reaped;
}
