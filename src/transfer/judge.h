/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Whether an entry may be deleted, from how it was seen and from what is in
 * its directory now: the rules of transfer/remove.h.  Pure.
 *
 *	struct judge j = { .now = now, .n = n, .kind = ERR_LOCAL };
 *	judge_begin(&j);
 *	if (judge_lets_go(&j, &e, judge_find(&j, e.name), &fate, &err))
 *		... it may go
 *	judge_end(&j);
 */
#ifndef TRANSFER_JUDGE_H
#define TRANSFER_JUDGE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/fold.h"
#include "transfer/seen.h"

/* What became of one. */
enum fate {
	FATE_REMOVED,
	FATE_GONE,		/* it was not there any more */
	FATE_PASSED,		/* a directory under keep_dirs: may go */
	FATE_CHANGED,		/* kept: it is not what was seen */
	FATE_UNSENT,		/* kept, all: something sent is not there */
	FATE_NAMESAKE,		/* kept: a missing name may be stored so */
	FATE_FAILED,
};

/* A name that the source has. */
struct beside {
	const char *name;
	bool sent;		/* it is there, now or before */
};

struct judge {
	const struct seen *now;	/* all that is there, sorted by name */
	size_t n;
	bool keep_dirs;		/* directories are only looked at */
	const struct beside *beside;	/* no name twice */
	size_t nbeside;
	enum err_kind kind;	/* of an error about the directory */
	/* what of beside is not there by its name; its own */
	struct fold_set *missing;
	const char **missing_name;
	const char *unsent;	/* one of them that was sent; or NULL */
};

void judge_begin(struct judge *j);
void judge_end(struct judge *j);
/* What bears a name now, or NULL. */
const struct seen *judge_find(const struct judge *j, const char *name);
/* Whether e, which looks like now, may go; if not, what becomes of it. */
bool judge_lets_go(const struct judge *j, const struct seen *e,
    const struct seen *now, enum fate *fate, struct err *err);

#endif
