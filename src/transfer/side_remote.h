/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A directory of a server as the side of a mirror. */
#ifndef TRANSFER_SIDE_REMOTE_H
#define TRANSFER_SIDE_REMOTE_H

#include "transfer/side.h"

/*
 * own is the pool's i-th session, with which the first worker works; name, as
 * the user has it, is borrowed; follow: links in it are followed, of a source.
 */
struct side *side_remote_new(struct session *own, size_t i, const char *name,
    bool follow);

#endif
