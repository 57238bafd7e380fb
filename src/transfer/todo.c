/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "transfer/todo.h"

#include <stdlib.h>

#include "base/mem.h"
#include "transfer/mirror_in.h"

void
todo_again(struct pool *p, struct todo *t)
{
	static const enum job_class queue[] = {
		[TODO_DIR] = JOB_DIRECTORY, [TODO_VISITS] = JOB_FILE,
		[TODO_FILE] = JOB_FILE, [TODO_PIECE] = JOB_FILE,
		[TODO_DOOMED] = JOB_DOOMED,
	};

	pool_add(p, queue[t->kind], &t->job);
}

void
todo_add_dir(struct mirror *m, const char *path, char *within,
    bool target_exists, const struct plan_entry *source,
    const struct plan_entry *target)
{
	struct todo_dir *j = xcalloc(1, sizeof(*j));

	j->todo.kind = TODO_DIR;
	j->path = xstrdup(path);
	j->within = within;
	j->target_exists = target_exists;
	if (source != NULL)
		j->from_hint = source->hint;
	if (source != NULL && source->line != NULL)
		j->line = *source->line;
	if (target != NULL)
		j->to_hint = target->hint;
	tell_count(m, &m->unvisited, 1);
	todo_again(m->pool, &j->todo);
}

void
todo_add_doomed(struct pool *p, const char *path, char *within,
    const struct lineage *line, enum reason reason)
{
	struct todo_dir *j = xcalloc(1, sizeof(*j));

	j->todo.kind = TODO_DOOMED;
	j->path = xstrdup(path);
	j->within = within;
	j->line = *line;
	j->reason = reason;
	todo_again(p, &j->todo);
}

void
todo_add_file(struct mirror *m, struct pool *p, const char *path,
    const struct plan_action *a, int mode, bool part)
{
	const struct plan_entry *source = a->source;
	struct todo_file *j = xcalloc(1, sizeof(*j));

	j->todo.kind = TODO_FILE;
	j->m = m;
	j->path = xstrdup(path);
	j->entry.type = source->type;
	j->entry.size = source->size;
	j->entry.mtime = source->mtime;
	j->entry.precision = source->precision;
	j->entry.mode = source->mode;
	j->mode = mode;
	j->part = part;
	j->replaces = a->target != NULL;
	j->reason = a->reason;
	todo_again(p, &j->todo);
}

void
todo_add_piece(struct pool *p)
{
	struct todo *t = xcalloc(1, sizeof(*t));

	t->kind = TODO_PIECE;
	todo_again(p, t);
}

void
todo_dir_free(struct todo_dir *j)
{
	free(j->within);
	free(j->path);
	free(j);
}

void
todo_file_free(struct todo_file *j)
{
	free(j->source);
	free(j->target);
	free(j->path);
	free(j);
}
