/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Files of a server by name: what it tells of them, and what of them it lets
 * one set.
 */
#ifndef FTP_FILES_H
#define FTP_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/err.h"
#include "ftp/session.h"
#include "listing/listing.h"

/* 1, 0 (not known or no such file), -1. */
int files_size(struct session *s, const char *path, int64_t *size,
    struct err *err);
int files_time(struct session *s, const char *path, struct timespec *ts,
    enum time_precision *precision, struct err *err);
/*
 * Both of an absolute name, in one flight: 1, 0 (the server does not say,
 * or knows no such file), -1.
 */
int files_version(struct session *s, const char *full, int64_t *size,
    struct timespec *mtime, struct err *err);
/* SIZE of n paths in few flights; -1 where none came.  0, or -1 as below. */
int files_sizes(struct session *s, const char *const *path, size_t n,
    int64_t *size, struct err *err);
/*
 * MDTM of n paths in few flights; known[i] tells which came.  Returns 0, or
 * -1 when the connection fails.
 */
int files_times(struct session *s, const char *const *path, size_t n,
    struct timespec *ts, bool *known, struct err *err);
/*
 * Sets the modification time: MFMT, MFF, SITE UTIME, or MDTM with a time,
 * whichever the server takes (MDTM is believed only after reading it back).
 * 1 done, 0 the server has no means, -1.
 */
int files_set_time(struct session *s, const char *path, time_t t,
    struct err *err);
/*
 * Whether the server may let one set times, as far as is known: 1, 0, -1;
 * seen: it has said so of a file in this run.
 */
int files_sets_times(struct session *s, bool *seen, struct err *err);
int files_set_mode(struct session *s, const char *path, int mode,
    struct err *err);
/* SITE SYMLINK; ERR_REFUSED with code 502 where there is none. */
int files_symlink(struct session *s, const char *target, const char *path,
    struct err *err);

#endif
