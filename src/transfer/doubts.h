/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Files that listings leave in doubt, since their times are too coarse: the
 * exact ones have to be asked for, of many at once.
 */
#ifndef TRANSFER_DOUBTS_H
#define TRANSFER_DOUBTS_H

#include <stdbool.h>
#include <stddef.h>

#include "transfer/plan.h"

struct doubt {
	char *path;
	const struct plan_action *action;	/* borrowed */
	bool part;		/* one may be resumed */
};

struct doubts {
	struct doubt *doubt;
	size_t n, cap;
};

void doubts_add(struct doubts *q, const char *path,
    const struct plan_action *a, bool part);
void doubts_release(struct doubts *q);

#endif
