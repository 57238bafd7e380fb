/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What one directory holds on either side of a mirror. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/path.h"
#include "ftp/files.h"
#include "ftp/folders.h"
#include "local/part.h"
#include "transfer/mirror_in.h"
#include "transfer/remove.h"

void
side_release(struct side *side)
{
	free(side->entry);
	listing_release(&side->remote);
	tree_list_release(&side->local);
	strvec_release(&side->parts);
	strvec_release(&side->targets);
}

static void
side_from_remote(struct side *side)
{
	const struct entry *e;
	size_t i;

	side->n = side->remote.n;
	side->entry = xcalloc(side->n + 1, sizeof(*side->entry));
	for (i = 0; i < side->n; i++) {
		e = &side->remote.entry[i];
		side->entry[i] = (struct plan_entry){
			.name = e->name, .type = e->type, .size = e->size,
			.mtime = e->mtime, .precision = e->precision,
			.mode = e->mode, .target = e->target,
			.number = seen_remote(e).number, .hint = e->hint,
		};
		if (path_is_part(e->name))
			strvec_add(&side->parts, e->name);
		side->capitals |= part_in_capitals(e->name);
	}
}

static void
side_from_local(struct side *side)
{
	const struct tree_entry *e;
	size_t i;

	side->n = 0;
	side->entry = xcalloc(side->local.n + 1, sizeof(*side->entry));
	for (i = 0; i < side->local.n; i++) {
		e = &side->local.entry[i];
		/* That the listing is not whole says all that is known. */
		if (e->unreadable)
			continue;
		side->entry[side->n++] = (struct plan_entry){
			.name = e->name, .type = e->type, .size = e->size,
			.mtime = e->mtime, .precision = PRECISION_SUB,
			.mode = e->mode, .target = e->target,
			.device = e->dev, .number = e->ino,
		};
		if (path_is_part(e->name))
			strvec_add(&side->parts, e->name);
	}
}

/* The first of the parts, which are sorted, that begins with stem or more. */
static size_t
first_part(const struct strvec *parts, const char *stem)
{
	size_t lo = 0, hi = parts->n, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (strcmp(parts->v[mid], stem) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

bool
side_has_part(const struct side *target, const char *name)
{
	const struct strvec *parts = &target->parts;
	bool found = false;
	char *stem;
	size_t i, n;

	if (parts->n == 0)
		return false;
	/* "NAME..ftps-part" */
	stem = part_name(name, "");
	n = (size_t)(strrchr(stem, '.') - stem);
	stem[n] = '\0';
	for (i = target->capitals ? 0 : first_part(parts, stem); !found &&
	    i < parts->n && (target->capitals || strncmp(parts->v[i], stem,
	    n) == 0); i++)
		found = part_belongs(parts->v[i], name);
	free(stem);
	return found;
}

/*
 * Targets of links are compared, and made locally, as one would write them;
 * those of a local tree come as they are unless they are to be compared with
 * a server's.
 */
static void
settle_targets(struct mirror *m, const char *dir, struct side *side)
{
	struct plan_entry *e;
	size_t i;

	for (i = 0; i < side->n; i++) {
		e = &side->entry[i];
		if (e->type != 'l' || e->target == NULL ||
		    (e->target[0] != '/' && !m->o->reverse))
			continue;
		strvec_take(&side->targets,
		    mirror_link_target(m, dir, e->target));
		e->target = side->targets.v[side->targets.n - 1];
	}
}

/* Where a link that was followed led, or NULL. */
static const char *
hop_at(struct mirror *m, const char *path)
{
	const char *where = NULL;
	size_t i;

	pthread_mutex_lock(&m->lock);
	for (i = 0; i < m->hops.n && where == NULL; i += 2)
		if (strcmp(m->hops.v[i], path) == 0)
			where = m->hops.v[i + 1];
	pthread_mutex_unlock(&m->lock);
	return where;
}

/*
 * What directory dir is called where links have led to it; *loops becomes
 * whether target is one on the way there.  The caller frees it.
 */
static char *
trace(struct mirror *m, const char *dir, const char *target, bool *loops)
{
	char *start = xstrdup(m->remote), *here = xstrdup(m->remote);
	char *rest = xstrdup(dir), *next = rest, *name, *path, *old;
	const char *hop;

	*loops = false;
	while ((name = strsep(&next, "/")) != NULL && *name != '\0') {
		path = xstrndup(dir, (size_t)(name - rest) + strlen(name));
		hop = hop_at(m, path);
		free(path);
		if (hop != NULL && target != NULL)
			*loops = *loops || (path_is_below(target, start) &&
			    path_is_below(here, target));
		old = here;
		here = hop != NULL ? xstrdup(hop) : path_join(here, name);
		free(old);
		if (hop != NULL) {
			free(start);
			start = xstrdup(hop);
		}
	}
	if (target != NULL)
		*loops = *loops || (path_is_below(target, start) &&
		    path_is_below(here, target));
	free(rest);
	free(start);
	return here;
}

/* e leads to the directory full: whether that is one that it is in. */
static bool
leads_back(struct mirror *m, const char *dir, const struct plan_entry *e,
    const char *full, char *where)
{
	char *here, *to = where, *path;
	bool loops;

	/* Some servers call it as they were asked for it. */
	if ((to == NULL || strcmp(to, full) == 0) && e->target != NULL) {
		here = trace(m, dir, NULL, &loops);
		to = path_resolve(here, e->target);
		free(here);
	}
	here = trace(m, dir, to != NULL ? to : full, &loops);
	free(here);
	if (!loops) {
		path = path_join(dir, e->name);
		pthread_mutex_lock(&m->lock);
		strvec_add(&m->hops, path);
		strvec_add(&m->hops, to != NULL ? to : full);
		pthread_mutex_unlock(&m->lock);
		free(path);
	}
	if (to != where)
		free(to);
	return loops;
}

/* The same of what is no link: behind one that led upwards. */
static bool
stands_above(struct mirror *m, const char *dir, const char *name)
{
	char *here, *path;
	bool loops, followed;

	pthread_mutex_lock(&m->lock);
	followed = m->hops.n > 0;
	pthread_mutex_unlock(&m->lock);
	if (!followed)
		return false;
	here = trace(m, dir, NULL, &loops);
	path = path_join(here, name);
	free(here);
	here = trace(m, dir, path, &loops);
	free(here);
	free(path);
	return loops;
}

/* mirror -L: what a link on the server leads to. */
static void
follow_remote(struct mirror *m, struct session *s, const char *dir,
    struct side *side)
{
	struct err err = ERR_INIT;
	struct plan_entry *e;
	char *path, *full, *where;
	size_t i;

	for (i = 0; i < side->n; i++) {
		e = &side->entry[i];
		if (e->type == 'd' && stands_above(m, dir, e->name)) {
			e->loops = true;
			e->type = 'o';
		}
		if (e->type != 'l')
			continue;
		path = path_join(dir, e->name);
		full = mirror_remote(m, path);
		if (folders_where(s, full, &where, &err) == 1) {
			e->loops = leads_back(m, dir, e, full, where);
			e->type = e->loops ? 'o' : 'd';
		} else if (files_size(s, full, &e->size, &err) == 1) {
			e->type = 'f';
			if (files_time(s, full, &e->mtime, &e->precision,
			    &err) != 1)
				e->precision = PRECISION_NONE;
		}
		free(where);
		free(full);
		free(path);
		err_clear(&err);
	}
}

void
side_take_remote(struct mirror *m, struct session *s, const char *dir,
    struct side *side)
{
	mirror_settle_ages(m, s, dir, &side->remote);
	side_from_remote(side);
	settle_targets(m, dir, side);
	if (!m->o->reverse && m->o->dereference)
		follow_remote(m, s, dir, side);
}

/*
 * mirror -L: a link may lead back to a directory that it is in; that is not
 * gone into.
 */
static int
find_loops(struct mirror *m, const char *dir, struct side *side,
    struct err *err)
{
	struct tree_id *way = NULL;
	struct plan_entry *e;
	size_t i, j, n = 0;

	for (i = 0; i < side->n; i++) {
		e = &side->entry[i];
		if (e->type != 'd')
			continue;
		if (way == NULL &&
		    (way = tree_way(m->tree, dir, &n, err)) == NULL)
			return -1;
		for (j = 0; j < n && !e->loops; j++)
			e->loops = e->device == way[j].dev &&
			    e->number == way[j].ino;
		if (e->loops)
			e->type = 'o';
	}
	free(way);
	return 0;
}

int
side_list_local(struct mirror *m, const char *dir, struct side *side,
    struct err *err)
{
	if (tree_list(m->tree, dir, &side->local, err) != 0)
		return -1;
	side_from_local(side);
	settle_targets(m, dir, side);
	if (m->o->reverse && m->o->dereference &&
	    find_loops(m, dir, side, err) != 0)
		return -1;
	if (!side->local.complete)
		return tree_list_error(&side->local, err);
	return 0;
}
