/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copies that a server makes by itself. */
#ifndef FTP_DUPLICATE_H
#define FTP_DUPLICATE_H

#include "base/err.h"
#include "ftp/session.h"

/*
 * Copies a file by SITE CPFR and SITE CPTO: to a part file, which is renamed
 * once it is as large as the source, so that what was there before stays until
 * then (I3).  0; 1 the server has no such commands; -1.
 */
int duplicate_file(struct session *s, const char *from, const char *to,
    struct err *err);

#endif
