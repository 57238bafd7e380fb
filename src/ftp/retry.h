/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The account of retries: what is worth another try, after how long, and when
 * it is enough.  Pure: it neither waits nor speaks; session_again() does.
 *
 * Each session has one account.  What counts is a failure since the last
 * progress, of whatever it was: connecting within a transfer within a mirror
 * counts on the same account, so that the levels do not multiply.  Who counts
 * is session_again(), once a failure; who knows of progress says so
 * (session_progress(): bytes that stay, an answer to a flight).  What ends it:
 *
 *	- the setting retries, for what waiting may mend;
 *	- RETRY_BRIEF_MAX tries, for a refusal that is rather about the object;
 *	- RETRY_FIRST_MAX_MS, for a first connection without a terminal, and
 *	  the first failure on one;
 *	- nothing at all is tried again where time changes nothing.
 *
 * An operation is opened and closed (retry_begin(), retry_end()); operations
 * within it are part of it, and when the outermost ends, the count does, too.
 * Operations that belong together (a mirror's files) stand within a run: once
 * connecting was given up, it stays so until the run ends.  What the user asks
 * for next begins anew.
 */
#ifndef FTP_RETRY_H
#define FTP_RETRY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

enum {
	RETRY_DELAY_MAX_MS = 60 * 1000,
	RETRY_BRIEF_MAX = 2,
	RETRY_BRIEF_MS = 1000,
	RETRY_FIRST_MAX_MS = 60 * 1000,
};

enum retry_kind {
	RETRY_NEVER,	/* time changes nothing */
	RETRY_BRIEFLY,	/* soon or not at all */
	RETRY_LONG,	/* as the settings say */
};

struct retry {
	int depth;	/* open operations, one within the other */
	int runs;	/* open runs of operations that belong together */
	int tries;	/* again since the last progress */
	int64_t since;	/* clock_ms() of the first failure of those */
	bool lost;	/* connecting was given up, for why */
	struct err why;
};

/* The circumstances of a failure. */
struct retry_case {
	const char *verb;	/* the command that failed; NULL: connecting */
	bool first;		/* there was no connection yet */
	bool terminal;		/* somebody sits there and can try again */
	bool good_login;	/* this password was accepted in this run */
	int retries;		/* setting */
	int64_t delay_ms;	/* setting */
};

void retry_begin(struct retry *r);
void retry_end(struct retry *r);
void retry_run_begin(struct retry *r);
void retry_run_end(struct retry *r);
void retry_progress(struct retry *r);

/*
 * What kind of failure it is, by verb, code and words: for refusals one table
 * (in retry.c).
 */
enum retry_kind retry_kind(const struct retry_case *c, const struct err *err);
/*
 * Counts a failure: whether to try again, and then after *delay_ms (never
 * longer than the setting's doubling says, at most a minute; some less, by
 * chance, so that many who lost the same server do not come back together),
 * and how many such tries there are at most.
 */
bool retry_again(struct retry *r, const struct retry_case *c,
    const struct err *err, int64_t now_ms, int64_t *delay_ms, int *max);
/* Whether a refusal is for lack of room: then waiting does not help. */
bool retry_is_full(const struct err *err);
/*
 * Whether a refused login (530) is about numbers or time, not about who one
 * is: "too many users", "try again later".  Words of wrong passwords and
 * locked accounts win over these: a further attempt would do harm.
 */
bool retry_is_crowded(const char *words);

#endif
