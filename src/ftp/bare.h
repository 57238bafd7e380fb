/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Commands for servers that take names, but no paths: where to go first, and
 * what to say there.  Pure.
 */
#ifndef FTP_BARE_H
#define FTP_BARE_H

#include <stdbool.h>

/*
 * Whether a command goes with a name instead of an absolute path, and path is
 * one; verb is all that stands before it.  Then *dir is where the object lies
 * (of a listing: the object itself), *name what is left of the path, NULL:
 * nothing.  Both are the caller's to free.
 */
bool bare_split(const char *verb, const char *path, char **dir, char **name);

#endif
