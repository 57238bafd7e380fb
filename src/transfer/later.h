/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Entries of the source whose turn comes later in a mirror: what stands in
 * their place has to be deleted first, or a name that may be the same in the
 * target has to be there.
 */
#ifndef TRANSFER_LATER_H
#define TRANSFER_LATER_H

#include <sys/queue.h>

#include <stdbool.h>

#include "transfer/plan.h"

struct later_queue;
struct mirror;

struct later {
	STAILQ_ENTRY(later) link;
	char *path;
	struct plan_entry entry;	/* name not set */
	char *target;		/* of a link */
	char *twin;		/* the other's name */
	char *keeper;		/* what keeps a directory in its place */
	bool stays;		/* its place was not cleared */
};

/* Any thread. */
void later_add(struct mirror *m, struct later_queue *q, const char *path,
    const struct plan_entry *source);
/* The first, which is the caller's; or NULL. */
struct later *later_take(struct mirror *m, struct later_queue *q);
void later_free(struct later *l);

#endif
