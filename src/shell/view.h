/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files of the server, read piece by piece. */
#ifndef SHELL_VIEW_H
#define SHELL_VIEW_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "ftp/session.h"

/* 0 to go on, 1 to stop (which is no failure), -1. */
typedef int (*view_fn)(void *ctx, const char *data, size_t n,
    struct err *err);

/*
 * Calls take with what the file holds from offset on.  0, or -1; what was
 * taken cannot be taken back, so only the beginning is tried again.
 */
int view_file(struct session *s, const char *path, int64_t offset,
    view_fn take, void *ctx, struct err *err);

#endif
