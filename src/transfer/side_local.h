/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A directory of this machine as the side of a mirror. */
#ifndef TRANSFER_SIDE_LOCAL_H
#define TRANSFER_SIDE_LOCAL_H

#include "transfer/side.h"

/*
 * name, which is borrowed, as tree_open_at() takes it; follow: symlinks in it
 * are followed, of a source.  umask of the process.
 */
struct side *side_local_new(int dirfd, const char *name, mode_t umask,
    bool follow, struct cancel *cancel);

#endif
