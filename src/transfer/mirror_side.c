/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What one directory holds on either side of a mirror. */
#include <stdlib.h>

#include "base/mem.h"
#include "base/path.h"
#include "local/part.h"
#include "transfer/mirror_in.h"

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
		};
		if (path_is_part(e->name))
			strvec_add(&side->parts, e->name);
	}
}

static void
side_from_local(struct side *side)
{
	const struct tree_entry *e;
	size_t i;

	side->n = side->local.n;
	side->entry = xcalloc(side->n + 1, sizeof(*side->entry));
	for (i = 0; i < side->n; i++) {
		e = &side->local.entry[i];
		side->entry[i] = (struct plan_entry){
			.name = e->name, .type = e->type, .size = e->size,
			.mtime = e->mtime, .precision = PRECISION_SUB,
			.mode = e->mode, .target = e->target,
		};
		if (path_is_part(e->name))
			strvec_add(&side->parts, e->name);
	}
}

bool
side_has_part(const struct side *target, const char *name)
{
	size_t i;

	for (i = 0; i < target->parts.n; i++)
		if (part_belongs(target->parts.v[i], name))
			return true;
	return false;
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

/* mirror -L: what a link on the server leads to. */
static void
follow_remote(struct mirror *m, struct session *s, const char *dir,
    struct side *side)
{
	struct err err = ERR_INIT;
	struct plan_entry *e;
	char *path, *full;
	size_t i;

	for (i = 0; i < side->n; i++) {
		e = &side->entry[i];
		if (e->type != 'l')
			continue;
		path = path_join(dir, e->name);
		full = mirror_remote(m, path);
		if (session_is_dir(s, full, &err) == 1) {
			e->type = 'd';
		} else if (session_size(s, full, &e->size, &err) == 1) {
			e->type = 'f';
			if (session_mdtm(s, full, &e->mtime, &e->precision,
			    &err) != 1)
				e->precision = PRECISION_NONE;
		}
		free(full);
		free(path);
		err_clear(&err);
	}
}

void
side_take_remote(struct mirror *m, struct session *s, const char *dir,
    struct side *side)
{
	side_from_remote(side);
	settle_targets(m, dir, side);
	if (!m->o->reverse && m->o->dereference)
		follow_remote(m, s, dir, side);
}

int
side_list_local(struct mirror *m, const char *dir, struct side *side,
    struct err *err)
{
	if (tree_list(m->tree, dir, &side->local, err) != 0)
		return -1;
	side_from_local(side);
	settle_targets(m, dir, side);
	if (!side->local.complete)
		return err_set(err, ERR_LOCAL, "cannot read all of it");
	return 0;
}
