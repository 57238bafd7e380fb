/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a mirror is asked to carry over; for the oracle. */
#ifndef TESTS_MODEL_WANTED_H
#define TESTS_MODEL_WANTED_H

#include "world.h"

/* Why an entry is nobody's business, in a tree whose root is root. */
enum left_out {
	LEFT_NOT,
	LEFT_FILTER,		/* by -X */
	LEFT_UNTAKEN,		/* by no -I */
	LEFT_SELECTION,		/* by age or size */
	LEFT_DOUBT,		/* its age is too near to a limit */
	LEFT_SHARD,
	LEFT_DEEP,		/* --no-recursion */
	LEFT_PART,		/* a part file */
	LEFT_BACKUP,		/* the backup directory, and what is in it */
	LEFT_LINK,		/* --no-symlinks */
};

/* Of the entry itself, or of a directory that it is in. */
enum left_out wanted_left_out(const struct world *w, const struct node *root,
    const struct node *n);
/* The same where --delete-excluded overrides the filters. */
enum left_out wanted_spared(const struct world *w, const struct node *root,
    const struct node *n);
bool wanted_is_part(const char *name);

#endif
