/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A file of this machine as a source, or what a descriptor gives. */
#ifndef TRANSFER_SOURCE_LOCAL_H
#define TRANSFER_SOURCE_LOCAL_H

#include <stdbool.h>

#include "base/cancel.h"
#include "local/tree.h"
#include "transfer/source.h"

/*
 * A regular file below a tree; follow: a link leads there.  NULL with err.
 * path and cancel are borrowed.
 */
struct source *source_local_open(struct tree *t, const char *path,
    bool follow, struct cancel *cancel, struct err *err);
/* fd is borrowed.  NULL with err if it cannot be read. */
struct source *source_local_fd(int fd, struct cancel *cancel,
    struct err *err);

#endif
