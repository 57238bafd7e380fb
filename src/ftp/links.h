/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The targets of symbolic links in a listing, which MLSD mostly lacks. */
#ifndef FTP_LINKS_H
#define FTP_LINKS_H

#include "ftp/session.h"
#include "listing/listing.h"

/*
 * Adds them to a listing of directory path, and links that are missing in it.
 * Where the server refuses to tell, that is warned of, and no failure.
 */
int links_add(struct session *s, const char *path, struct listing *l,
    struct err *err);
/*
 * Marks as links those entries that MLSD showed as what they lead to, and adds
 * those that lead nowhere, by a second listing.  0 or -1.
 */
int links_mark(struct session *s, const char *path, struct listing *l,
    struct err *err);
/*
 * Whether an absolute name (no slash at its end) of what seems to be a
 * directory is a link: 1, 0 (also where the server refuses to list), 2 if its
 * listing lacks the name, -1.
 */
int links_is_link(struct session *s, const char *full, struct err *err);

#endif
