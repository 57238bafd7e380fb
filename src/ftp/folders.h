/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Directories of a server: whether they are, and making them. */
#ifndef FTP_FOLDERS_H
#define FTP_FOLDERS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "ftp/session.h"

/* Whether path is a directory: 1, 0, -1. Links are followed. */
int folders_has(struct session *s, const char *path, struct err *err);
/* The same, and what the server calls it (the caller's; NULL: not said). */
int folders_where(struct session *s, const char *path, char **where,
    struct err *err);
int folders_make(struct session *s, const char *path, struct err *err);
/*
 * Makes n directories by absolute names in one flight, with permission bits
 * unless mode[i] is -1 (best effort).  each[i].kind is ERR_NONE where that
 * worked.  0, or -1 when the connection failed.
 */
int folders_make_many(struct session *s, const char *const *path,
    const int *mode, size_t n, struct err *each, struct err *err);
/*
 * With parents; existing ones are fine.  *made, unless NULL: it was not there.
 */
int folders_make_path(struct session *s, const char *path, bool *made,
    struct err *err);
/*
 * A server may refuse to move or remove the directory that the session is in,
 * where listing it or what is below it led.  Ahead of that, in the same
 * flight: goes to its parent if it is where the connection stands.  0 or -1.
 */
int folders_leave(struct session *s, const char *full, struct err *err);

#endif
