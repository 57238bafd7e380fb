/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Holds a run of a mirror against what the program promises (src/README, "What
 * always holds"): from the world, the trees before and after, and the log of
 * what the sides were made to do.  It has no code in common with the mirror.
 */
#ifndef TESTS_MODEL_ORACLE_H
#define TESTS_MODEL_ORACLE_H

#include "base/err.h"
#include "base/observe.h"
#include "stage.h"

enum { COMPLAINT_MAX = 512 };

/* What a progress line had to go by. */
struct shown {
	uint64_t announced, ended;	/* files */
	int64_t expected, moved;	/* bytes; -1: not all sizes are known */
	bool all;	/* that no more will come, as far as can be told */
	bool again;	/* the same error of the same path */
};

/* One run, when it is over. */
struct ran {
	const struct world *w;
	const struct stage *st;		/* as it left it */
	const struct node *before[SIDES];
	bool calm;			/* there was no trouble */
	bool settled;			/* nor anything left to do */
	bool warned;			/* of something, by the run before */
	const struct summary *rehearsed;	/* just before; or NULL */
	int rc;
	struct err err;
	struct summary sum;
	struct shown shown;
	char complaint[COMPLAINT_MAX - 32];	/* of the oracle */
};

/* True if all is as it should be; else complaint says what is not. */
bool oracle_approves(struct ran *r);

#endif
