/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Two mirrors that would come into each other's way: locks in the state
 * directory keep the second one out.  Runs with the same source, target and
 * shard exclude one another; others share a target, unless one deletes there.
 */
#ifndef TRANSFER_MIRROR_LOCK_H
#define TRANSFER_MIRROR_LOCK_H

#include "ftp/session.h"
#include "transfer/mirror.h"

struct mirror_lock {
	int run, target;	/* -1: not held */
	char *run_path, *target_path;
};

/*
 * s is connected.  0, or -1 with ERR_LOCK; where no lock can be had there is a
 * warning.  Release in any case.
 */
int mirror_lock_take(struct mirror_lock *l, struct session *s,
    const struct mirror_options *o, struct err *err);
void mirror_lock_release(struct mirror_lock *l);

#endif
