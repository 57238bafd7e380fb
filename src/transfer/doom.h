/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a mirror is to delete.  It waits in an unlinked spool file until all
 * else is complete (invariant I7), a record a directory; a directory's record
 * stands before those of what is below it.
 */
#ifndef TRANSFER_DOOM_H
#define TRANSFER_DOOM_H

#include "transfer/judge.h"
#include "transfer/mirror_in.h"
#include "transfer/todo.h"

/*
 * What the plan for directory dir wants deleted, beside what the source has
 * there.
 */
void doom_plan(struct mirror *m, const char *dir, const struct plan *plan,
    const struct side_list *source);
/* A directory that is doomed: its contents are, too.  j is freed or queued. */
void doom_look_into(struct mirror *m, struct worker *w, struct todo_dir *j);
/*
 * Whether an entry of the target is never deleted; within: its directory as
 * spelled there, or NULL.
 */
bool doom_never(const struct mirror *m, const char *dir, const char *within,
    const struct seen *e);

/* A record of m->doomed, read again. */
struct doomed {
	char *text;		/* what the names point into */
	struct seen *seen;	/* what is to go */
	size_t nseen;
	struct beside *beside;
	size_t nbeside;
	const char *keeper;	/* in it is what is never deleted; or NULL */
	bool visited;		/* the source has the directory */
};

/* m->gone is sorted. */
void doom_read(struct doomed *r, const struct mirror *m, const char *dir,
    const char *text);
void doom_release(struct doomed *r);

#endif
