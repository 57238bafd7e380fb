/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "transfer/later.h"

#include <stdlib.h>

#include "base/mem.h"
#include "transfer/mirror_in.h"

void
later_add(struct mirror *m, struct later_queue *q, const char *path,
    const struct plan_entry *source)
{
	struct later *l = xcalloc(1, sizeof(*l));

	l->path = xstrdup(path);
	l->twin = xstrdup_null(source->twin);
	l->target = xstrdup_null(source->target);
	l->entry = *source;
	l->entry.target = l->target;
	l->entry.name = l->entry.twin = NULL;
	l->entry.line = NULL;
	pthread_mutex_lock(&m->lock);
	STAILQ_INSERT_TAIL(q, l, link);
	pthread_mutex_unlock(&m->lock);
}

struct later *
later_take(struct mirror *m, struct later_queue *q)
{
	struct later *l;

	pthread_mutex_lock(&m->lock);
	if ((l = STAILQ_FIRST(q)) != NULL)
		STAILQ_REMOVE_HEAD(q, link);
	pthread_mutex_unlock(&m->lock);
	return l;
}

void
later_free(struct later *l)
{
	free(l->path);
	free(l->twin);
	free(l->target);
	free(l->keeper);
	free(l);
}
