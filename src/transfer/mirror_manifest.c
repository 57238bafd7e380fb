/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a mirror has to do with its manifest. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/path.h"
#include "transfer/mirror_in.h"

struct piece_job {
	struct job job;
	struct mirror *m;
};

static void
piece_run(struct job *job, struct session *s)
{
	struct piece_job *j = (struct piece_job *)job;
	struct err err = ERR_INIT;

	/* What it has is written at the end in any case. */
	if (s != NULL && manifest_write_piece(j->m->manifest, s, &err) != 0 &&
	    !pool_is_relieved(j->m->pool, s))
		mirror_failed(j->m, j->m->remote, &err);
	free(j);
}

/* A piece is a job: what notes may be in the middle of another file. */
static void
noted(struct mirror *m, const char *path, int rc, struct err *err)
{
	struct piece_job *j;

	if (rc != 0)
		mirror_failed(m, path, err);
	if (!manifest_is_due(m->manifest))
		return;
	j = xcalloc(1, sizeof(*j));
	j->job.run = piece_run;
	j->m = m;
	pool_add(m->pool, JOB_FILE, &j->job);
}

void
mirror_note_sent(struct mirror *m, const char *path, int64_t size,
    const char *hex)
{
	struct err err = ERR_INIT;

	if (m->manifest != NULL)
		noted(m, path, manifest_note(m->manifest, path, size, hex,
		    &err), &err);
}

void
mirror_note_made(struct mirror *m, const char *path, char type)
{
	struct err err = ERR_INIT;

	if (m->manifest != NULL && !m->o->dry_run &&
	    manifest_note_made(m->manifest, path, type, &err) != 0)
		mirror_failed(m, path, &err);
}

void
mirror_note_deleted(struct mirror *m, const char *path)
{
	struct err err = ERR_INIT;

	if (m->manifest != NULL && !m->o->dry_run &&
	    manifest_forget(m->manifest, path, &err) != 0)
		mirror_failed(m, path, &err);
}

bool
mirror_is_foreign(const struct mirror *m, const char *dir, const char *name,
    char type, int64_t size)
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
mirror_spare_foreign(struct mirror *m, const char *dir, struct plan *plan)
{
	struct plan_action *a;
	struct err err = ERR_INIT;
	size_t i;
	char *path;

	if (m->manifest == NULL || !m->o->delete)
		return;
	for (i = 0; i < plan->n; i++) {
		a = &plan->action[i];
		if ((a->kind != PLAN_DELETE && a->kind != PLAN_REPLACE) ||
		    !mirror_is_foreign(m, dir, a->target->name,
		    a->target->type, a->target->size))
			continue;
		if (a->kind == PLAN_REPLACE) {
			path = path_join(dir, a->source->name);
			err_set(&err, ERR_REFUSED, "what is in the way was not "
			    "sent by us, as the manifest says; remove it");
			mirror_failed(m, path, &err);
			free(path);
		}
		a->kind = PLAN_SKIP;
	}
}
