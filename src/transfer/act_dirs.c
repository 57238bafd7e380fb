/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "transfer/act_dirs.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/path.h"
#include "transfer/todo.h"

/* A directory was made: says so, and goes into it. */
static void
entered(struct mirror *m, const char *path, const struct plan_entry *source)
{
	struct event ev = {
		.type = EVENT_MKDIR, .path = path, .dry_run = m->o->dry_run,
	};

	observe_event(m->obs, &ev);
	mirror_names_made(m, path);
	mirror_manifest_made(m, path, 'd');
	todo_add_dir(m, path, NULL, false, source, NULL);
}

static int
make_dir(struct mirror *m, struct worker *w, const char *path, int mode,
    bool *made, struct err *err)
{
	*made = true;
	return m->o->dry_run ? 0 :
	    m->to->ops->make_dir(m->to, w, path, mode, made, err);
}

void
act_dirs_new(struct mirror *m, struct worker *w, const char *path,
    const struct plan_entry *source)
{
	struct err err = ERR_INIT;
	bool made;

	if (make_dir(m, w, path, plan_mode(source, m->o), &made, &err) != 0) {
		tell_failed(m, path, &err);
	} else if (made) {
		entered(m, path, source);
	} else {
		/*
		 * A listing hides it: what is in it may be the same.  Or it
		 * was made, and the answer was lost.
		 */
		mirror_names_made(m, path);
		todo_add_dir(m, path, NULL, true, source, NULL);
	}
}

/* How many directories are made in one flight. */
enum { MKDIR_FLIGHT = 64 };

struct flight {
	struct plan_action *action[MKDIR_FLIGHT];
	char *path[MKDIR_FLIGHT];
	int mode[MKDIR_FLIGHT];
	struct err each[MKDIR_FLIGHT];
	size_t n;
};

/* The names and modes of a flight's directories, from action *i on. */
static void
collect_dirs(const struct mirror *m, const char *dir, struct plan *plan,
    size_t *i, struct flight *f)
{
	struct plan_action *a;

	for (f->n = 0; *i < plan->n && f->n < MKDIR_FLIGHT; ++*i) {
		a = &plan->action[*i];
		if (a->kind != PLAN_MKDIR)
			continue;
		f->path[f->n] = path_join(dir, a->source->name);
		f->mode[f->n] = plan_mode(a->source, m->o);
		f->action[f->n++] = a;
	}
	memset(f->each, 0, sizeof(f->each));
}

/* What is not made now is, or is found to be impossible, one by one. */
static void
make_many(struct mirror *m, struct worker *w, const char *dir,
    struct plan *plan)
{
	struct flight *f = xcalloc(1, sizeof(*f));
	struct err err = ERR_INIT;
	size_t i = 0, j;
	int rc = 0;

	while (rc == 0) {
		collect_dirs(m, dir, plan, &i, f);
		if (f->n == 0)
			break;
		rc = m->to->ops->make_dirs(m->to, w,
		    (const char *const *)f->path, f->mode, f->n, f->each,
		    &err);
		for (j = 0; j < f->n; j++) {
			if (rc == 0 && f->each[j].kind == ERR_NONE) {
				entered(m, f->path[j], f->action[j]->source);
				f->action[j]->kind = PLAN_SKIP;
			}
			free(f->path[j]);
		}
	}
	free(f);
}

/* A directory was made, and perhaps those above it. */
static void
note_late(struct mirror *m, const char *path)
{
	size_t n;

	for (n = strlen(path); n > 0;) {
		char *dir = xstrndup(path, n);

		mirror_names_made(m, dir);
		while (n > 0 && path[--n] != '/')
			continue;
		free(dir);
	}
}

/* Something is to be in the directory, which is not made for others. */
static bool
comes_into(const struct plan_action *a)
{
	return a->kind == PLAN_TRANSFER || a->kind == PLAN_LINK ||
	    (a->kind == PLAN_LATER && a->source->type != 'd');
}

/* --no-empty-dirs: a directory is made once something is to be in it. */
static int
make_late(struct mirror *m, struct worker *w, const char *dir,
    const struct plan *plan)
{
	struct err err = ERR_INIT;
	bool made;
	size_t i;

	for (i = 0; i < plan->n && !comes_into(&plan->action[i]); i++)
		continue;
	if (i == plan->n || dir[0] == '\0')
		return 0;
	if (make_dir(m, w, dir, -1, &made, &err) != 0) {
		tell_failed(m, dir, &err);
		return -1;
	}
	note_late(m, dir);
	return 0;
}

int
act_dirs_make(struct mirror *m, struct worker *w, const char *dir,
    bool target_exists, struct plan *plan)
{
	if (m->o->no_empty_dirs)
		return target_exists ? 0 : make_late(m, w, dir, plan);
	if (m->to->ops->make_dirs != NULL && !m->o->dry_run)
		make_many(m, w, dir, plan);
	return 0;
}
