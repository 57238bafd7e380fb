/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "transfer/doubts.h"

#include <stdlib.h>

#include "base/mem.h"

void
doubts_release(struct doubts *q)
{
	size_t i;

	for (i = 0; i < q->n; i++)
		free(q->doubt[i].path);
	free(q->doubt);
}

void
doubts_add(struct doubts *q, const char *path,
    const struct plan_action *a, bool part)
{
	if (q->n == q->cap) {
		q->cap = q->cap != 0 ? q->cap * 2 : 64;
		q->doubt = xreallocarray(q->doubt, q->cap,
		    sizeof(*q->doubt));
	}
	q->doubt[q->n++] = (struct doubt){ xstrdup(path), a, part };
}
