/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Entries looked at by name, many in a flight. */
#ifndef FTP_LOOK_H
#define FTP_LOOK_H

#include <stddef.h>

#include "base/err.h"
#include "ftp/session.h"
#include "listing/listing.h"

/*
 * n of them, in as few flights as that takes: found[i] is 1 (entry[i] has
 * type, size and time, no strings; type '?' where a look is refused) or 0.
 * 0, or -1 when the connection fails.
 */
int look_many(struct session *s, const char *const *path, size_t n,
    struct entry *entry, int *found, struct err *err);

#endif
