/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Walking a tree on the server, parents before children, in order.  Where
 * the server lets one, the subdirectories of a directory are listed many in
 * a flight, before they are come to.
 *
 *	struct walk w = { .run = run, .skip_parts = true };
 *
 *	walk_begin(&level, &w, path, &listing, depth);
 *	for each entry i that is a directory and to be entered:
 *		walk_list(&level, i, &its_listing, &err)
 *	walk_end(&level);
 */
#ifndef SHELL_WALK_H
#define SHELL_WALK_H

#include "listing/listing.h"
#include "listing/repeat.h"
#include "shell/run.h"

enum { WALK_DEPTH = 100 };	/* directories below each other */

struct walk {
	struct run *run;
	bool skip_parts;	/* directories called like part files */
	unsigned flags;		/* of enum list_flag */
	size_t largest;		/* directory seen, in entries */
	struct lineage line[WALK_DEPTH + 2];	/* by depth */
	struct repeats repeats;
	bool endless;		/* a tree: walk_list() fails, stop */
};

/* One directory under way, in the caller's frame. */
struct walk_level {
	struct walk *walk;
	const char *path;
	const struct listing *listing;
	unsigned depth;
	struct walk_ahead *ahead;	/* what was listed ahead, or NULL */
};

/* path and listing are borrowed until walk_end(). */
void walk_begin(struct walk_level *level, struct walk *w, const char *path,
    const struct listing *listing, unsigned depth);
/*
 * The listing of entry i; i only grows.  0, or -1, with what there is of it
 * in *out all the same, which is to be released; ERR_PROTOCOL where it is too
 * deep, or endless.
 */
int walk_list(struct walk_level *level, size_t i, struct listing *out,
    struct err *err);
void walk_end(struct walk_level *level);

#endif
