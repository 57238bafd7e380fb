/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lock files: one holder at a time, released when the process ends. */
#ifndef LOCAL_LOCK_H
#define LOCAL_LOCK_H

#include <stdbool.h>

#include "base/err.h"

/*
 * Takes path (created 0600 if missing) without waiting.  Returns a
 * descriptor to hold, or -1: ERR_LOCK if another holds it, ERR_LOCAL.
 */
int lock_take(const char *path, struct err *err);
/* shared: beside others who have it so. */
int lock_take_as(const char *path, bool shared, struct err *err);
/*
 * Unlinks path if unlink_path is not NULL and nobody shares it, then releases.
 */
void lock_release(int fd, const char *unlink_path);

#endif
