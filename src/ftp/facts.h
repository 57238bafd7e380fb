/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sizes and times of files, where a listing does not tell them. */
#ifndef FTP_FACTS_H
#define FTP_FACTS_H

#include "ftp/session.h"
#include "listing/listing.h"

/*
 * Asks for those of a listing of directory path by name, in flights: SIZE and
 * MDTM.  What the server does not tell then either stays unknown.  0, or -1
 * when the connection fails.
 */
int facts_add_sizes(struct session *s, const char *path, struct listing *l,
    struct err *err);
int facts_add_times(struct session *s, const char *path, struct listing *l,
    struct err *err);

#endif
