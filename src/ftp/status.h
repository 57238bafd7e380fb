/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Listings over the control connection: STAT with a path (RFC 959, 4.1.3).
 * No data connection, and many directories in one flight.  What comes is
 * the text of ls, dotfiles included.
 */
#ifndef FTP_STATUS_H
#define FTP_STATUS_H

#include <stddef.h>

#include "ftp/conn.h"
#include "listing/listing.h"

/* How many directories are asked for at once. */
enum { STATUS_FLIGHT_MAX = 32 };

/*
 * Lists n (at most STATUS_FLIGHT_MAX) directories by absolute names.  out[i]
 * is to be released, and is good where err[i].kind is ERR_NONE; a refusal, or
 * an answer that is no listing with "." in it (a file, nothing there) or one
 * of several directories, is ERR_REFUSED.  0, or -1 with *err_conn if the
 * connection failed.  sure: it is made sure that what is shown is what was
 * asked for, once.
 */
int status_list(struct conn *c, const char *const *path, size_t n, bool sure,
    struct listing *out, struct err *err, struct err *err_conn);

#endif
