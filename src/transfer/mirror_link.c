/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The symbolic links of a mirror. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/path.h"
#include "ftp/files.h"
#include "ftp/folders.h"
#include "ftp/lister.h"
#include "ftp/look.h"
#include "ftp/removal.h"
#include "ftp/rename.h"
#include "transfer/mirror_in.h"

/*
 * Relative, with the root called as on the server on both sides; downloading
 * only where it stays within the tree, else as it is.
 */
char *
mirror_link_target(const struct mirror *m, const char *dir,
    const char *target)
{
	char *base = path_resolve(m->remote, dir), *full, *relative;

	if (base[0] != '/') {
		free(base);
		return xstrdup(target);
	}
	full = path_resolve(base, target);
	if (!m->o->reverse && target[0] == '/' &&
	    !path_is_below(full, m->remote))
		relative = xstrdup(target);
	else
		relative = path_relative(base, full);
	free(full);
	free(base);
	return relative;
}

static void
made(struct mirror *m, const char *path)
{
	mirror_count(m, &m->sum->transferred, 1);
	mirror_made_name(m, path);
	mirror_note_made(m, path, 'l');
}

/* The file system has no links, or no such: not that it failed. */
static bool
has_no_links(const struct err *err)
{
	return err->sys == 0 || err->sys == EPERM || err->sys == ENOSYS ||
	    err->sys == EOPNOTSUPP || err->sys == ENAMETOOLONG;
}

static void
make_local(struct mirror *m, const char *path, const char *target)
{
	struct err err = ERR_INIT, ignored = ERR_INIT;

	if (m->backup != NULL &&
	    mirror_back_up_old(m, m->own, path, &err) != 0) {
		mirror_failed(m, path, &err);
	} else if (tree_symlink(m->tree, target, path, &err) == 0) {
		made(m, path);
	} else {
		if (m->backup != NULL)
			(void)mirror_take_back(m, path, &ignored);
		if (has_no_links(&err))
			mirror_lost(m, LOST_LINK, path, err.msg);
		else
			mirror_failed(m, path, &err);
	}
}

void
mirror_link(struct mirror *m, const char *path,
    const struct plan_entry *source)
{
	struct err err = ERR_INIT;

	if (source->target == NULL)
		mirror_lost(m, LOST_LINK, path,
		    "the server does not say where it points to");
	else if (m->o->dry_run)
		made(m, path);
	else if (!m->o->reverse)
		make_local(m, path, source->target);
	else if (spool_add(m->links, path, source->target, &err) != 0)
		mirror_failed(m, path, &err);
}

/* One pass over the links: what is still to be done goes to rest. */
struct pass {
	struct mirror *m;
	struct spool *rest;
	bool last;
	uint64_t made;
};

/* A directory, not a link to one: 1, 0, -1.  No listing need have shown it. */
static int
is_dir_there(struct mirror *m, const char *full, struct err *err)
{
	struct listing l;
	bool is_link;
	int rc;

	rc = folders_has(m->own, full, err);
	if (rc != 1)
		return rc;
	is_link = look_one(m->own, full, &l, err) == 1 &&
	    l.entry[0].type == 'l';
	listing_release(&l);
	err_clear(err);
	rc = is_link ? 1 : lister_is_link(m->own, full, err);
	return rc < 0 ? -1 : rc != 1;
}

/* What cannot be deleted gets its name back. */
static int
remove_aside(struct mirror *m, const char *aside, const char *full,
    struct err *err)
{
	struct err ignored = ERR_INIT;

	if (removal_file(m->own, aside, err) == 0)
		return 0;
	if (err->kind != ERR_REFUSED ||
	    removal_file(m->own, full, &ignored) != 0 ||
	    rename_path(m->own, aside, full, false, &ignored) != 0)
		err_append(err, "; what it replaces is now called %s",
		    path_base(aside));
	return 1;
}

/*
 * What is in the link's place steps aside, and comes back if the link cannot
 * be made.  0, -1, or 1: another attempt would not help.
 */
static int
make_instead(struct mirror *m, const char *path, const char *there,
    const char *full, struct err *err)
{
	char *aside = xasprintf("%s.%08x.ftps-part", full, arc4random());
	struct err ignored = ERR_INIT;
	int rc = -1;

	if (rename_path(m->own, full, aside, false, &ignored) == 0) {
		rc = files_symlink(m->own, there, full, err);
		if (rc == 0 && m->backup != NULL)
			rc = mirror_back_up_aside(m, aside, path, err);
		else if (rc == 0)
			rc = remove_aside(m, aside, full, err);
		else
			(void)rename_path(m->own, aside, full, false,
			    &ignored);
	}
	free(aside);
	return rc;
}

/* The same, but for a directory, which is nothing that a link replaces. */
static int
make_in_place(struct mirror *m, const char *path, const char *there,
    const char *full, struct err *err)
{
	struct err why = ERR_INIT;
	int rc = is_dir_there(m, full, &why);

	if (rc == 0)
		return make_instead(m, path, there, full, err);
	*err = why;
	if (rc > 0)
		err_set(err, ERR_REFUSED, "a directory is in the way; "
		    "remove it");
	return 1;
}

/*
 * ProFTPD wants the target to be there, and takes it from the current
 * directory: it gets the absolute name, which is also what it would store.
 * 0, -1, or 1: another attempt would not help.
 */
static int
make_remote(struct mirror *m, const char *path, const char *target,
    struct err *err)
{
	char *full = mirror_remote(m, path), *dir = path_dir(full), *there;
	int rc;

	there = path_resolve(dir, target);
	rc = files_symlink(m->own, there, full, err);
	if (rc != 0 && err->kind == ERR_REFUSED && err->code != 502)
		rc = make_in_place(m, path, there, full, err);
	free(there);
	free(dir);
	free(full);
	return rc;
}

static int
try_link(void *ctx, const char *path, const char *target)
{
	struct pass *p = ctx;
	struct err err = ERR_INIT, why = ERR_INIT;
	int rc;

	if (cancel_reason(session_cancel(p->m->own)) != CANCEL_NONE)
		return 1;
	rc = make_remote(p->m, path, target, &err);
	if (rc == 0) {
		made(p->m, path);
		p->made++;
	} else if (rc > 0 || err.kind != ERR_REFUSED) {
		mirror_failed(p->m, path, &err);
	} else if (p->last || err.code == 502) {
		mirror_lost(p->m, LOST_LINK, path, err.msg);
	} else if (spool_add(p->rest, path, target, &why) != 0) {
		mirror_failed(p->m, path, &why);
	}
	return 0;
}

/* A link may point to one that is made later: as long as that helps. */
int
mirror_make_links(struct mirror *m, struct err *err)
{
	struct pass p = { .m = m };
	int rc = 0;

	while (rc == 0 && spool_count(m->links) > 0) {
		p.rest = spool_new();
		p.made = 0;
		rc = spool_each(m->links, SPOOL_FORWARD, try_link, &p, err);
		spool_free(m->links);
		m->links = p.rest;
		p.last = p.made == 0;
	}
	return rc < 0 ? -1 : 0;
}

static bool
is_doomed_dir(const struct plan_action *a)
{
	return (a->kind == PLAN_DELETE || a->kind == PLAN_REPLACE) &&
	    a->target->type == 'd';
}

static void
spare(struct mirror *m, const char *dir, struct plan_action *a, char type)
{
	struct err err = ERR_INIT;
	char *path = path_join(dir, a->target->name);

	err_set(&err, ERR_REFUSED, type == 'l' ? "is a symbolic link, which "
	    "the server shows as a directory; remove it by rm" :
	    "is a directory or a link to one: no listing shows which, so it "
	    "was left");
	mirror_failed(m, path, &err);
	a->kind = PLAN_SKIP;
	free(path);
}

void
mirror_spare_links(struct mirror *m, struct session *s, const char *dir,
    struct side *target, struct plan *plan)
{
	struct plan_action *a;
	struct err err = ERR_INIT;
	const struct entry *e;
	bool any = false;
	size_t i;
	char *full;

	for (i = 0; i < plan->n && !any; i++)
		any = is_doomed_dir(&plan->action[i]);
	if (!any || !m->o->reverse || !m->o->delete)
		return;
	full = mirror_remote(m, dir);
	if (lister_mark_links(s, full, &target->remote, &err) != 0)
		mirror_failed(m, dir[0] != '\0' ? dir : ".", &err);
	free(full);
	for (i = 0; i < plan->n; i++) {
		a = &plan->action[i];
		if (!is_doomed_dir(a))
			continue;
		e = listing_find(&target->remote, a->target->stored != NULL ?
		    a->target->stored : a->target->name);
		if (e != NULL && e->type != 'd')
			spare(m, dir, a, e->type);
	}
}
