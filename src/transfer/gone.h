/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Whether a name that was listed, and then refused, has vanished: only if a
 * second look at its directory lacks it, and it answers to nothing.  A refusal
 * alone may mean anything, and listings lack names.
 */
#ifndef TRANSFER_GONE_H
#define TRANSFER_GONE_H

#include <stdbool.h>

#include "base/err.h"
#include "ftp/session.h"
#include "local/tree.h"

/* An absolute path on a server: its directory is listed, wholly. */
bool gone_is(struct session *s, const char *path);
/* A path of a tree; why is what it failed for. */
bool gone_is_local(struct tree *tree, const char *path,
    const struct err *why);

#endif
