/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Renaming on a server. */
#ifndef FTP_RENAME_H
#define FTP_RENAME_H

#include <stdbool.h>

#include "base/err.h"
#include "ftp/session.h"

/*
 * Renames.  replace: onto an existing name, too; where the server refuses
 * that of a file: old aside, new in, old deleted, each undone if the next
 * fails (I3).  An old one that cannot be deleted is warned of.
 */
int rename_path(struct session *s, const char *from, const char *to,
    bool replace, struct err *err);

#endif
