/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the names in each subdirectory of a directory sum up to, from an NLST
 * that goes on below (DIR/CHILD/NAME a line): the hints of its listing.
 *
 *	sums_begin(&u, "/dir", &listing);
 *	sums_feed(&u, data, n, &err);  ...
 *	sums_end(&u, whole);
 */
#ifndef LISTING_SUMS_H
#define LISTING_SUMS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "listing/listing.h"

struct sums {
	const char *dir;
	size_t dir_len;
	struct listing *l;
	size_t dirs;		/* that had names */
	struct buf line;	/* not whole yet */
};

/* dir, as the lines begin, and l must stay.  Hints that there are go. */
void sums_begin(struct sums *u, const char *dir, struct listing *l);
/* 0, or -1 with ERR_PROTOCOL: a line is too long. */
int sums_feed(struct sums *u, const void *data, size_t n, struct err *err);
/*
 * The hint of each entry is listing_sum() of what is in it, or 0 where that
 * was not told.  If that was not whole, or tells of less than two, there is no
 * hint: one alone may be where a limit ended both this and its STAT.
 */
void sums_end(struct sums *u, bool whole);

#endif
