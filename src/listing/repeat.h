/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Trees without an end: a link that a server shows as a directory leads back
 * to where it is, or whatever is listed looks like one and the same directory.
 * Limits of depth do not help where there are two such directories in each.
 * What a listing holds is compared with those above it: that some are the same
 * is no wonder, that very many are, each like two above it, is.  Directories
 * with but one in them do not count.
 */
#ifndef LISTING_REPEAT_H
#define LISTING_REPEAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "listing/listing.h"

enum { REPEAT_LEVELS = 4 };

/* What the listings above a directory sum up to, the nearest first. */
struct lineage {
	uint64_t sum[REPEAT_LEVELS];
	unsigned like;		/* levels that were like two above them */
};

/* How often it happened in a run, zeroed at first. */
struct repeats {
	size_t n;
};

/*
 * Takes note of the listing of a directory: line, of this directory, becomes
 * that of those in it.  True once there have been too many.
 */
bool repeat_note(struct repeats *r, struct lineage *line,
    const struct listing *l);
/* What is said then: -1, ERR_PROTOCOL. */
int repeat_error(struct err *err);

#endif
