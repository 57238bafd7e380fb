/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a mirror does about the entries of one directory, as its plan wants it.
 * What cannot be done at once becomes something to do (transfer/todo.h) or
 * waits (transfer/later.h).
 */
#ifndef TRANSFER_ACT_H
#define TRANSFER_ACT_H

#include "transfer/doubts.h"
#include "transfer/mirror_in.h"

/*
 * Does what act_dirs_make() left of a plan but for deletions, or asks, which q
 * remembers.
 */
void act_plan(struct mirror *m, struct worker *w, const char *dir,
    const struct plan *plan, const struct side_list *target,
    struct doubts *q);
/*
 * Gets the answers, and does what they lead to.  False: w cannot any more, and
 * others can.
 */
bool act_answer(struct mirror *m, struct worker *w,
    const struct doubts *q);
/* Puts one entry of the source where nothing is in the target, any more. */
void act_enter(struct mirror *m, struct worker *w, const char *path,
    const struct plan_entry *source, enum reason why);

#endif
