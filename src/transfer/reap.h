/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The deletions of a mirror.  They wait in an unlinked spool file until all
 * else is complete (invariant I7), a record a directory; a directory's record
 * stands before those of what is below it.  What then goes, and what stays all
 * the same, transfer/remove.h says.
 */
#ifndef TRANSFER_REAP_H
#define TRANSFER_REAP_H

#include "transfer/mirror_in.h"
#include "transfer/todo.h"

/*
 * What the plan for directory dir wants deleted, beside what the source has
 * there.
 */
void reap_doom(struct mirror *m, const char *dir, const struct plan *plan,
    const struct side_list *source);
/* A directory that is doomed: its contents are, too.  j is freed or queued. */
void reap_look_into(struct mirror *m, struct worker *w, struct todo_dir *j);
/*
 * Deletes, if nothing speaks against it.  1: what was deferred has its place,
 * or later.stays; 0: nothing was to go, or may; -1.
 */
int reap_run(struct mirror *m, struct err *err);

#endif
