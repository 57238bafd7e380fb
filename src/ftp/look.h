/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Entries looked at by name, one or many in a flight. */
#ifndef FTP_LOOK_H
#define FTP_LOOK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "ftp/session.h"
#include "listing/listing.h"

/*
 * One entry by name (MLST, else from its directory's listing; with SIZE and
 * MDTM where these are not exact): 1 found, 0 no such name, -1.  Release out
 * if 1.
 */
int look_one(struct session *s, const char *path, struct listing *out,
    struct err *err);
/*
 * What answers to a name that look_one() has not found, since listings lack
 * names: 'f' (a size is told), 'd' (a directory, or a link to one), 0 nothing,
 * -1.
 */
int look_unlisted(struct session *s, const char *path, struct err *err);
/* Whether neither a look nor the name itself finds anything any more. */
bool look_is_gone(struct session *s, const char *path);
/*
 * n of them, in as few flights as that takes: found[i] is 1 (entry[i] has
 * type, size and time, no strings; type '?' where a look is refused) or 0.
 * 0, or -1 when the connection fails.
 */
int look_many(struct session *s, const char *const *path, size_t n,
    struct entry *entry, int *found, struct err *err);

#endif
