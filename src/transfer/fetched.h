/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Files of a server that were fetched and wait to be deleted there (get -E,
 * mirror --remove-source-files): in flights, some at a time.
 *
 *	fetched_init(&q, fn, ctx);
 *	q.settle = settle;		what writes to a disk
 *	fetched_add(&q, session, path, &result.look, tag);	any thread
 *	fetched_flush(&q, session);	when all transfers are done
 *	fetched_release(&q);
 */
#ifndef TRANSFER_FETCHED_H
#define TRANSFER_FETCHED_H

#include <pthread.h>

#include "transfer/remove.h"

struct fetched_queue {
	pthread_mutex_t lock;
	struct fetched *waiting;	/* FETCHED_MAX, or NULL */
	size_t n;
	void (*ended)(void *ctx, const struct fetched *f, enum fate fate,
	    const struct err *err);
	void *ctx;
	/*
	 * Sees to it that all is on the disk that was fetched: before that no
	 * source goes, and none ever once it failed.  Or NULL.
	 */
	void (*settle)(void *ctx, struct err *err);
	pthread_mutex_t settling;	/* held meanwhile */
	struct err unsettled;		/* why it failed */
};

/* ended is called for each, from any thread. */
void fetched_init(struct fetched_queue *q,
    void (*ended)(void *ctx, const struct fetched *f, enum fate fate,
    const struct err *err), void *ctx);
void fetched_release(struct fetched_queue *q);
/* path is a session's; where enough wait, they are deleted by s. */
void fetched_add(struct fetched_queue *q, struct session *s,
    const char *path, const struct identity *look, void *tag);
/* Deletes all that wait; if the run was cancelled they stay. */
void fetched_flush(struct fetched_queue *q, struct session *s);

#endif
