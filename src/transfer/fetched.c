/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "transfer/fetched.h"

#include <stdlib.h>

#include "base/mem.h"

void
fetched_init(struct fetched_queue *q,
    void (*ended)(void *ctx, const struct fetched *f, enum fate fate,
    const struct err *err), void *ctx)
{
	*q = (struct fetched_queue){ .ended = ended, .ctx = ctx };
	pthread_mutex_init(&q->lock, NULL);
	pthread_mutex_init(&q->settling, NULL);
}

static void
free_all(struct fetched *f, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		free(f[i].path);
	free(f);
}

void
fetched_release(struct fetched_queue *q)
{
	free_all(q->waiting, q->n);
	pthread_mutex_destroy(&q->settling);
	pthread_mutex_destroy(&q->lock);
}

/* Takes all that wait; the lock is held. */
static struct fetched *
take_batch(struct fetched_queue *q, size_t *n)
{
	struct fetched *f = q->waiting;

	*n = q->n;
	q->waiting = NULL;
	q->n = 0;
	return f;
}

/* A disk tells of an error once: what was written before it is in doubt. */
static int
settle(struct fetched_queue *q, struct err *err)
{
	pthread_mutex_lock(&q->settling);
	if (q->settle != NULL && q->unsettled.kind == ERR_NONE)
		q->settle(q->ctx, &q->unsettled);
	*err = q->unsettled;
	pthread_mutex_unlock(&q->settling);
	return err->kind == ERR_NONE ? 0 : -1;
}

static void
remove_all(struct fetched_queue *q, struct session *s, struct fetched *f,
    size_t n)
{
	struct err err;
	size_t i;

	if (n == 0 || cancel_reason(session_cancel(s)) != CANCEL_NONE)
		;
	else if (settle(q, &err) == 0)
		remove_fetched(s, f, n, q->ended, q->ctx);
	else
		for (i = 0; i < n; i++)
			q->ended(q->ctx, &f[i], FATE_FAILED, &err);
	free_all(f, n);
}

void
fetched_flush(struct fetched_queue *q, struct session *s)
{
	struct fetched *f;
	size_t n;

	pthread_mutex_lock(&q->lock);
	f = take_batch(q, &n);
	pthread_mutex_unlock(&q->lock);
	remove_all(q, s, f, n);
}

void
fetched_add(struct fetched_queue *q, struct session *s, const char *path,
    const struct identity *look, void *tag)
{
	struct fetched *f = NULL;
	size_t n = 0;

	pthread_mutex_lock(&q->lock);
	if (q->waiting == NULL)
		q->waiting = xcalloc(FETCHED_MAX, sizeof(*q->waiting));
	q->waiting[q->n++] = (struct fetched){
		.path = session_path(s, path), .look = *look, .tag = tag,
	};
	if (q->n == FETCHED_MAX)
		f = take_batch(q, &n);
	pthread_mutex_unlock(&q->lock);
	remove_all(q, s, f, n);
}
