/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Commands for servers that take names, but no paths: where to go first, and
 * what to say there.  Pure.
 */
#ifndef FTP_BARE_H
#define FTP_BARE_H

#include <stdbool.h>

/*
 * Whether line is a command about an absolute path.  Then *dir is where its
 * object lies (for a listing: the object), *there the command without that.
 * Both are the caller's to free.
 */
bool bare_split(const char *line, char **dir, char **there);

#endif
