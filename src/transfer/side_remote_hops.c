/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What listings of a source leave open.  mirror -L: links become what they lead
 * to; one that leads back to a directory that it is in is not gone into.
 */
#include <string.h>

#include "ftp/files.h"
#include "ftp/folders.h"
#include "transfer/side_remote_in.h"

/* Where a link that was followed led, or NULL. */
static const char *
hop_at(struct side *side, const char *path)
{
	const struct strvec *hops = &remote_of(side)->hops;
	const char *where = NULL;
	size_t i;

	pthread_mutex_lock(&side->lock);
	for (i = 0; i < hops->n && where == NULL; i += 2)
		if (strcmp(hops->v[i], path) == 0)
			where = hops->v[i + 1];
	pthread_mutex_unlock(&side->lock);
	return where;
}

/*
 * What directory dir is called where links have led to it; *loops becomes
 * whether target is one on the way there.  The caller frees it.
 */
static char *
trace(struct side *side, const char *dir, const char *target, bool *loops)
{
	char *start = xstrdup(side->root), *here = xstrdup(side->root);
	char *rest = xstrdup(dir), *next = rest, *name, *path, *old;
	const char *hop;

	*loops = false;
	while ((name = strsep(&next, "/")) != NULL && *name != '\0') {
		path = xstrndup(dir, (size_t)(name - rest) + strlen(name));
		hop = hop_at(side, path);
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
leads_back(struct side *side, const char *dir, const struct plan_entry *e,
    const char *full, char *where)
{
	char *here, *to = where, *path;
	bool loops;

	/* Some servers call it as they were asked for it. */
	if ((to == NULL || strcmp(to, full) == 0) && e->target != NULL) {
		here = trace(side, dir, NULL, &loops);
		to = path_resolve(here, e->target);
		free(here);
	}
	here = trace(side, dir, to != NULL ? to : full, &loops);
	free(here);
	if (!loops) {
		path = path_join(dir, e->name);
		pthread_mutex_lock(&side->lock);
		strvec_add(&remote_of(side)->hops, path);
		strvec_add(&remote_of(side)->hops, to != NULL ? to : full);
		pthread_mutex_unlock(&side->lock);
		free(path);
	}
	if (to != where)
		free(to);
	return loops;
}

/* The same of what is no link: behind one that led upwards. */
static bool
stands_above(struct side *side, const char *dir, const char *name)
{
	char *here, *path;
	bool loops, followed;

	pthread_mutex_lock(&side->lock);
	followed = remote_of(side)->hops.n > 0;
	pthread_mutex_unlock(&side->lock);
	if (!followed)
		return false;
	here = trace(side, dir, NULL, &loops);
	path = path_join(here, name);
	free(here);
	here = trace(side, dir, path, &loops);
	free(here);
	free(path);
	return loops;
}

/* Makes of e what it leads to, if anything: 0, or -1: nobody knows. */
static int
follow(struct side *side, struct session *s, const char *dir,
    struct plan_entry *e, struct err *err)
{
	char *path = path_join(dir, e->name);
	char *full = remote_path(side, path), *where;
	bool linked = e->type == 'l';
	struct err ignored = ERR_INIT;

	if (folders_where(s, full, &where, err) == 1) {
		e->loops = leads_back(side, dir, e, full, where);
		e->type = e->loops ? 'o' : 'd';
	} else if (err->kind == ERR_NONE &&
	    files_size(s, full, &e->size, err) == 1) {
		e->type = 'f';
		if (linked && files_time(s, full, &e->mtime, &e->precision,
		    &ignored) != 1)
			e->precision = PRECISION_NONE;
	} else if (err->kind == ERR_NONE && !linked) {
		err_set(err, ERR_REFUSED, "what it is cannot be found out");
	}
	free(where);
	free(full);
	free(path);
	if (err->kind == ERR_NONE)
		return 0;
	e->type = '?';
	return err_prefix(err, "%s", e->name);
}

int
side_remote_hops_follow(struct side *side, struct worker *w, const char *dir,
    struct side_list *l, struct err *err)
{
	struct session *s = remote_session(side, w);
	struct err each = ERR_INIT;
	struct plan_entry *e;
	size_t i;

	for (i = 0; i < l->n; i++) {
		e = &l->entry[i];
		if (e->type == 'd' && stands_above(side, dir, e->name)) {
			e->loops = true;
			e->type = 'o';
		}
		if (e->type == '?' || (e->type == 'l' &&
		    remote_of(side)->follow))
			(void)follow(side, s, dir, e, &each);
		if (err->kind == ERR_NONE)
			*err = each;
		err_clear(&each);
	}
	return err->kind == ERR_NONE ? 0 : -1;
}
