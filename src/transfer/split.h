/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which connection fetches what of one file: ranges, and how they are divided
 * anew.  Times are the caller's, in milliseconds; so is the lock.
 *
 *	split_begin(&sp, size, n);
 *	r = split_untaken(&sp, true);		or
 *	r = split_longest(&sp, now);
 *	split_absorb(&sp, r, n);
 *	split_came(&sp, r, n, now);		until r->at == r->end
 *	split_contiguous(&sp)
 */
#ifndef TRANSFER_SPLIT_H
#define TRANSFER_SPLIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SPLIT_MAX = 512 };

struct range {
	int64_t start;		/* where it began */
	int64_t at, end;	/* to come: from at up to end */
	int64_t since_ms;	/* when its first bytes came; 0: not yet */
	int64_t mark, mark_ms;	/* where it was a while ago, and when */
	double last;		/* bytes a millisecond between two marks */
	bool taken;
};

struct split {
	struct range range[SPLIT_MAX];
	int n;
	int64_t left;		/* bytes that have not come */
	int64_t setup_ms;	/* until a data connection is up; 0: unknown */
};

/* n ranges of one size, taken by nobody. */
void split_begin(struct split *sp, int64_t size, int n);
/* One of these, from the beginning or from the end; or NULL. */
struct range *split_untaken(struct split *sp, bool first);
/*
 * The end of the range that would last longest, so much of it that both end
 * together.  NULL if that would not end sooner, or it cannot be told yet how
 * fast the others are.
 */
struct range *split_longest(struct split *sp, int64_t now);
/* What follows r and nobody has begun goes to r if n bytes would fill it. */
void split_absorb(struct split *sp, struct range *r, size_t n);
/*
 * Whoever had r ends: others may take what has not come.  false: there are too
 * many ranges.
 */
bool split_give_back(struct split *sp, struct range *r);
/*
 * n bytes came for r.  Returns how many are still r's to count: the rest went
 * to another range meanwhile.
 */
int64_t split_came(struct split *sp, struct range *r, size_t n, int64_t now);
/* A data connection took that long to come up. */
void split_note_setup(struct split *sp, int64_t ms);
/* What is there from the beginning without a gap. */
int64_t split_contiguous(const struct split *sp);

#endif
