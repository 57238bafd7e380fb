/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The symbolic links of a mirror. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/path.h"
#include "transfer/mirror_in.h"

/*
 * The root that a side's links are seen from: its own or, of a local tree,
 * the other's, as if it stood there.
 */
static const char *
root_for(const struct mirror *m, const struct side *side)
{
	const struct side *other = side == m->from ? m->to : m->from;

	return side->facts.moves_links ? side->root : other->root;
}

/*
 * Relative, with the root called as on the server on both sides (ProFTPD makes
 * targets absolute); where the target keeps them as they are only those that
 * stay within the tree.  The caller frees it.
 */
static char *
comparable(const struct mirror *m, const struct side *side, const char *dir,
    const char *target)
{
	const char *root = root_for(m, side);
	char *base, *full, *relative;

	base = path_resolve(root, dir);
	if (base[0] != '/') {
		free(base);
		return xstrdup(target);
	}
	full = path_resolve(base, target);
	if (!m->to->facts.moves_links && !path_is_below(full, root))
		relative = xstrdup(target);
	else
		relative = path_relative(base, full);
	free(full);
	free(base);
	return relative;
}

void
mirror_link_settle(const struct mirror *m, const struct side *side,
    const char *dir, struct side_list *l)
{
	struct plan_entry *e;
	size_t i;

	for (i = 0; i < l->n; i++) {
		e = &l->entry[i];
		if (e->type != 'l' || e->target == NULL ||
		    (e->target[0] != '/' && !m->to->facts.moves_links))
			continue;
		strvec_take(&l->targets, comparable(m, side, dir, e->target));
		e->target = l->targets.v[l->targets.n - 1];
	}
}

static void
note_made(struct mirror *m, const char *path)
{
	tell_count(m, &m->sum->transferred, 1);
	mirror_names_made(m, path);
	mirror_manifest_made(m, path, 'l');
}

/* What became of it; an early one, if that is not its last chance, waits. */
static bool
made(struct mirror *m, const char *path, enum side_link how, bool last,
    struct err *err)
{
	switch (how) {
	case LINK_MADE:
		note_made(m, path);
		break;
	case LINK_EARLY:
		if (!last)
			return false;
		tell_left_out(m, LOST_LINK, 'l', path, err->msg);
		break;
	case LINK_CANNOT:
		tell_left_out(m, LOST_LINK, 'l', path, err->msg);
		break;
	case LINK_FAILED:
		tell_failed(m, path, err);
		break;
	}
	return true;
}

void
mirror_link_make(struct mirror *m, struct worker *w, const char *path,
    const struct plan_entry *source)
{
	struct err err = ERR_INIT;
	enum side_link how;

	if (source->target == NULL) {
		tell_left_out(m, LOST_LINK, 'l', path,
		    "the server does not say where it points to");
	} else if (m->o->dry_run) {
		note_made(m, path);
	} else if (!m->to->facts.links_last) {
		how = m->to->ops->link(m->to, w, path, source->target, &err);
		(void)made(m, path, how, true, &err);
	} else if (spool_add(m->links, path, source->target, &err) != 0) {
		tell_failed(m, path, &err);
	}
}

/* One pass over the links: what is still to be done goes to rest. */
struct pass {
	struct mirror *m;
	struct spool *rest;
	bool last;
	uint64_t made;
};

static int
try_link(void *ctx, const char *path, const char *target)
{
	struct pass *p = ctx;
	struct mirror *m = p->m;
	struct err err = ERR_INIT, why = ERR_INIT;
	enum side_link how;

	if (cancel_reason(m->cancel) != CANCEL_NONE)
		return 1;
	how = m->to->ops->link(m->to, m->own, path, target, &err);
	p->made += how == LINK_MADE;
	if (!made(m, path, how, p->last, &err) &&
	    spool_add(p->rest, path, target, &why) != 0)
		tell_failed(m, path, &why);
	return 0;
}

/* A link may point to one that is made later: as long as that helps. */
int
mirror_link_make_rest(struct mirror *m, struct err *err)
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
	tell_failed(m, path, &err);
	a->kind = PLAN_SKIP;
	free(path);
}

void
mirror_link_spare(struct mirror *m, struct worker *w, const char *dir,
    const struct side_list *target, struct plan *plan)
{
	struct plan_action *a;
	struct err err = ERR_INIT;
	char *type;
	bool any = false;
	size_t i;

	for (i = 0; i < plan->n && !any; i++)
		any = is_doomed_dir(&plan->action[i]);
	if (!any || m->to->ops->tell_links == NULL || !m->o->delete)
		return;
	type = xcalloc(target->n, 1);
	memset(type, 'd', target->n);
	if (m->to->ops->tell_links(m->to, w, dir, target, type, &err) != 0)
		tell_failed(m, dir, &err);
	for (i = 0; i < plan->n; i++) {
		a = &plan->action[i];
		if (is_doomed_dir(a) && type[a->target - target->entry] != 'd')
			spare(m, dir, a, type[a->target - target->entry]);
	}
	free(type);
}
