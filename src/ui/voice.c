/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/voice.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/mem.h"
#include "ui/progress.h"

struct voice {
	const struct observer *to;
	struct observer observer;
	_Atomic int job;
	pthread_mutex_t lock;		/* of progress */
	struct progress *progress;
};

static void
pass_event(void *ctx, const struct event *ev)
{
	struct voice *v = ctx;
	struct event mine = *ev;

	if (v->job != 0)
		mine.job = v->job;
	observe_event(v->to, &mine);
}

static void
note_progress(void *ctx, const char *name, int64_t delta, int64_t total,
    bool done)
{
	struct voice *v = ctx;

	pthread_mutex_lock(&v->lock);
	progress_update(v->progress, name, delta, total, done);
	pthread_mutex_unlock(&v->lock);
}

struct voice *
voice_new(const struct observer *to)
{
	struct voice *v = xcalloc(1, sizeof(*v));

	v->to = to;
	v->observer = (struct observer){
		.ctx = v, .event = pass_event, .progress = note_progress,
	};
	pthread_mutex_init(&v->lock, NULL);
	v->progress = progress_new();
	return v;
}

void
voice_free(struct voice *v)
{
	if (v == NULL)
		return;
	progress_free(v->progress);
	pthread_mutex_destroy(&v->lock);
	free(v);
}

const struct observer *
voice_observer(struct voice *v)
{
	return &v->observer;
}

void
voice_set_job(struct voice *v, int number)
{
	v->job = number;
}

int
voice_job(const struct voice *v)
{
	return v->job;
}

void
voice_reset(struct voice *v)
{
	pthread_mutex_lock(&v->lock);
	progress_reset(v->progress);
	pthread_mutex_unlock(&v->lock);
}

void
voice_block(struct voice *v, int64_t now, int columns, int rows,
    struct buf *out)
{
	pthread_mutex_lock(&v->lock);
	if (progress_active(v->progress)) {
		progress_tick(v->progress, now);
		progress_block(v->progress, columns, rows, out);
	}
	pthread_mutex_unlock(&v->lock);
}

void
voice_line(struct voice *v, int64_t now, int columns, struct buf *out)
{
	voice_block(v, now, columns, 1, out);
}
