/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What STAT says of a directory (RFC 959, 4.1.3): the lines of ls, between
 * words of the server's own, which may admit that the listing is cut.
 */
#ifndef LISTING_STAT_H
#define LISTING_STAT_H

#include "listing/listing.h"

/*
 * Of the text of a good reply, without its codes, '\n' between lines.  0 or
 * -1: ERR_REFUSED if it is no listing with "." in it (of a file, or nothing is
 * there) or one of several directories, ERR_PROTOCOL if it makes no sense.
 * Release out in any case.
 */
int stat_parse(const char *text, time_t now, struct listing *out,
    struct err *err);

#endif
