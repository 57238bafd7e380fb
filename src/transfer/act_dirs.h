/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The directories that a mirror makes. */
#ifndef TRANSFER_ACT_DIRS_H
#define TRANSFER_ACT_DIRS_H

#include "transfer/mirror_in.h"

/*
 * Ahead of all else: new directories in dir, many in one flight; or dir
 * itself, if it was to come only with something in it.  Actions that are done
 * become PLAN_SKIP.  0, or -1 if nothing of the plan can be done.
 */
int act_dirs_make(struct mirror *m, struct worker *w, const char *dir,
    bool target_exists, struct plan *plan);
/* One directory: makes it, and goes into it. */
void act_dirs_new(struct mirror *m, struct worker *w, const char *path,
    const struct plan_entry *source);

#endif
