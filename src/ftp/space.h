/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How much room a server has. */
#ifndef FTP_SPACE_H
#define FTP_SPACE_H

#include <stdint.h>

#include "base/err.h"
#include "ftp/session.h"

/*
 * What can still be written to a directory, by AVBL
 * (draft-peterson-streamlined-ftp-command-extensions, 4): 1; 2 if there is an
 * answer to SITE DF instead, in words, raw, which the caller frees; 0 the
 * server has neither; -1.
 */
int space_left(struct session *s, const char *path, int64_t *bytes,
    char **words, struct err *err);

#endif
