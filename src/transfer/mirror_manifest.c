/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a mirror has to do with its manifest. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/path.h"
#include "transfer/mirror_in.h"
#include "transfer/todo.h"

void
mirror_manifest_write(struct mirror *m, struct worker *w)
{
	struct side *to = m->to;
	struct err err = ERR_INIT;

	/* What it has is written at the end in any case. */
	if (to->ops->write_piece(to, w, m->manifest, &err) != 0 &&
	    !pool_is_relieved(m->pool, w))
		tell_failed(m, to->root, &err);
}

/* A piece is a job: what notes may be in the middle of another file. */
static void
noted(struct mirror *m, const char *path, int rc, struct err *err)
{
	if (rc != 0)
		tell_failed(m, path, err);
	if (manifest_is_due(m->manifest))
		todo_add_piece(m->pool);
}

void
mirror_manifest_sent(struct mirror *m, const char *path, int64_t size,
    const char *hex)
{
	struct err err = ERR_INIT;

	if (m->manifest != NULL)
		noted(m, path, manifest_note(m->manifest, path, size, hex,
		    &err), &err);
}

void
mirror_manifest_made(struct mirror *m, const char *path, char type)
{
	struct err err = ERR_INIT;

	if (m->manifest != NULL && !m->o->dry_run &&
	    manifest_note_made(m->manifest, path, type, &err) != 0)
		tell_failed(m, path, &err);
}

void
mirror_manifest_deleted(struct mirror *m, const char *path)
{
	struct err err = ERR_INIT;

	if (m->manifest != NULL && !m->o->dry_run &&
	    manifest_forget(m->manifest, path, &err) != 0)
		tell_failed(m, path, &err);
}

bool
mirror_manifest_is_foreign(const struct mirror *m, const char *dir,
    const char *name, char type, int64_t size)
{
	char *path;
	bool foreign;

	if (m->manifest == NULL)
		return false;
	path = path_join(dir, name);
	foreign = !manifest_lists(m->manifest, path, type, size);
	free(path);
	return foreign;
}

void
mirror_manifest_spare(struct mirror *m, const char *dir, struct plan *plan)
{
	struct plan_action *a;
	struct err err = ERR_INIT;
	size_t i;
	char *path;

	if (!m->o->delete)
		return;
	for (i = 0; i < plan->n; i++) {
		a = &plan->action[i];
		if ((a->kind != PLAN_DELETE && a->kind != PLAN_REPLACE) ||
		    !mirror_manifest_is_foreign(m, dir, a->target->name,
		    a->target->type, a->target->size))
			continue;
		if (a->kind == PLAN_REPLACE) {
			path = path_join(dir, a->source->name);
			err_set(&err, ERR_REFUSED, "what is in the way was not "
			    "sent by us, as the manifest says; remove it");
			tell_failed(m, path, &err);
			free(path);
		}
		a->kind = PLAN_SKIP;
	}
}
