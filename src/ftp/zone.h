/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The zone of the clock by which a server lists: LIST shows times on it, MDTM
 * tells the same in UTC (RFC 3659, 3.1).
 */
#ifndef FTP_ZONE_H
#define FTP_ZONE_H

#include "ftp/session.h"
#include "listing/listing.h"

/*
 * Makes the times of day in a listing of directory path UTC (listing_is_utc()),
 * as far as a few MDTM in one flight tell how far the two are apart; what they
 * do not tell stays as it is.  0, or -1 when the connection fails.
 */
int zone_settle(struct session *s, const char *path, struct listing *l,
    struct err *err);
/*
 * By how much a clock that shows listed, to the minute, is ahead of UTC if the
 * time was utc; seconds.  Zones are a multiple of quarters of an hour apart;
 * false: it is no zone that keeps them apart.  Pure.
 */
bool zone_apart(time_t listed, time_t utc, time_t *offset);

#endif
