/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The deletions of a mirror, once all else is complete (invariant I7): what
 * transfer/doom.h has gathered goes, unless something speaks against it.  What
 * stays all the same, transfer/remove.h says.
 */
#ifndef TRANSFER_REAP_H
#define TRANSFER_REAP_H

#include "transfer/mirror_in.h"

/*
 * 1: what was deferred has its place, or later.stays; 0: nothing was to go, or
 * may; -1.
 */
int reap_run(struct mirror *m, struct err *err);

#endif
