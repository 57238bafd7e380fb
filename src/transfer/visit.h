/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The directories of a mirror: listed on both sides and compared.  Where a
 * server can list many in one flight, a worker takes several at once.
 *
 *	v = visit_take(m, w, todo);
 *	for (i = 0; i < v->n; i++)
 *		if (visit_compare(&v->visit[i], w))
 *			... do what v->visit[i].plan says
 *	visit_free(v);
 */
#ifndef TRANSFER_VISIT_H
#define TRANSFER_VISIT_H

#include "transfer/doubts.h"
#include "transfer/mirror_in.h"
#include "transfer/todo.h"

/* One directory on one side. */
struct view {
	struct side_list list;
	struct err err;		/* why it could not be listed */
	uint64_t hint;
};

/* One directory that both sides, or the source alone, have. */
struct visit {
	struct mirror *m;
	char *path;
	char *within;		/* as the target spells it, if not so; NULL */
	bool target_exists;
	struct lineage line;
	struct view source, target;
	struct plan plan;
};

/*
 * Directories that were visited together, and stay until the times are known
 * that could not be told from their listings.
 */
struct visits {
	struct todo todo;
	struct visit *visit;
	size_t n;
	struct doubts doubts;
};

/*
 * Takes over a directory, and perhaps further ones that are queued, and lists
 * them.
 */
struct visits *visit_take(struct mirror *m, struct worker *w,
    struct todo_dir *j);
void visit_free(struct visits *all);
/*
 * Compares both sides: there is a plan.  False: there is nothing to do about
 * it, or it is queued again for another worker.
 */
bool visit_compare(struct visit *v, struct worker *w);
/* All are compared: takes note of how large they were. */
void visit_note_sizes(struct mirror *m, const struct visits *all);

#endif
