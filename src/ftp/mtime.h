/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Setting a modification time by whatever the server knows: MFMT, MFF, SITE
 * UTIME, or MDTM with a time (vsftpd), believed only after reading it back.
 * Two calls, so that the question travels with others in one flight.
 */
#ifndef FTP_MTIME_H
#define FTP_MTIME_H

#include <time.h>

#include "ftp/conn.h"

/* Sends. 1 sent, 0 the server has no means, -1. */
int mtime_send(struct conn *c, const char *path, time_t t, struct err *err);
/*
 * Reads what mtime_send() asked for.  1 done; 0 not done, and then the next
 * means is worth a try unless quirks->time is TIME_NO_MEANS or unchanged;
 * -1 the connection failed.
 */
int mtime_read(struct conn *c, time_t t, struct err *err);
/* Both, with all means there are. */
int mtime_set(struct conn *c, const char *path, time_t t, struct err *err);

#endif
