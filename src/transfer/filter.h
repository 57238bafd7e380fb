/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which names a mirror takes: include and exclude patterns with lftp's
 * rules.  Patterns are tried in order and the last that matches decides; if
 * the first is an include, what matches none is left out, but directories
 * are still entered.  Regular expressions (POSIX extended) are searched for
 * in the path relative to the root, a directory's ending in '/'.  A glob is
 * matched against as many last components of that path as it has itself; a
 * '/' at its start ties it to the root, one at its end makes it match
 * directories only.
 */
#ifndef TRANSFER_FILTER_H
#define TRANSFER_FILTER_H

#include <stdbool.h>

#include "base/err.h"

struct filter;

enum filter_kind {
	FILTER_EXCLUDE_RE, FILTER_INCLUDE_RE, FILTER_EXCLUDE_GLOB,
	FILTER_INCLUDE_GLOB
};

struct filter *filter_new(void);
void filter_free(struct filter *f);
/* ERR_USAGE for an empty or malformed pattern. */
int filter_add(struct filter *f, enum filter_kind kind, const char *pattern,
    struct err *err);
/*
 * A file of globs to exclude, one a line; '#' and blank lines are skipped,
 * "+ GLOB" includes and "- GLOB" excludes.
 */
int filter_add_file(struct filter *f, const char *path, struct err *err);
/* path relative to the mirror's root, without trailing '/'. NULL f: yes. */
bool filter_takes(const struct filter *f, const char *path, bool is_dir);
/* Whether a pattern excludes it, and not that none takes it. */
bool filter_excludes(const struct filter *f, const char *path, bool is_dir);

#endif
