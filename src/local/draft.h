/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A file that a person works on: alone in a directory of its own, that nobody
 * else can enter, under its own name, by which editors tell what it is.
 *
 *	d = draft_new("motd", &err);
 *	... a file is written to draft_path(d) ...
 *	draft_note(d, &err);
 *	... it is worked on ...
 *	if (draft_changed(d, &err) == 1) ...
 *	draft_free(d, false);
 */
#ifndef LOCAL_DRAFT_H
#define LOCAL_DRAFT_H

#include <stdbool.h>

#include "base/err.h"
#include "local/tree.h"

struct draft;

/*
 * Below $TMPDIR, or else /tmp.  name is one component; there is no such file
 * yet.  ERR_LOCAL.
 */
struct draft *draft_new(const char *name, struct err *err);
/* The file's absolute path, and its directory; both are borrowed. */
const char *draft_path(const struct draft *d);
struct tree *draft_tree(const struct draft *d);
/* Remembers what is in it, or that it is not there.  0 or -1. */
int draft_note(struct draft *d, struct err *err);
/*
 * Whether it is no longer what was remembered: 1, 0, -1, which also a file
 * that has vanished is.
 */
int draft_changed(const struct draft *d, struct err *err);
/* keep: it stays where it is; else all of the directory goes.  NULL is fine. */
void draft_free(struct draft *d, bool keep);

#endif
