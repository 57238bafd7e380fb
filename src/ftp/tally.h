/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Sums over the names in all subdirectories of a directory, got by one NLST of
 * the server's ls, which goes on below.
 */
#ifndef FTP_TALLY_H
#define FTP_TALLY_H

#include "ftp/session.h"
#include "listing/listing.h"

/*
 * The hint of each entry of the directory's listing l becomes listing_sum() of
 * what is in it, or 0 where that could not be told.  full is its absolute
 * name.
 */
void tally_below(struct session *s, const char *full, struct listing *l);

#endif
