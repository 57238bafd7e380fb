/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "transfer/pool.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/cancel.h"
#include "base/log.h"
#include "base/mem.h"
#include "transfer/copy.h"

/* So few at once cost hardly more than one. */
enum { SHARE_MIN = 8 };

STAILQ_HEAD(job_list, job);

struct worker {
	struct pool *pool;
	struct session *session[POOL_SESSIONS];
	struct copy_tail *tail;	/* NULL: not needed so far */
	bool able;		/* has its connections */
	pthread_t thread;
};

struct pool {
	struct worker own;
	size_t sessions;		/* of each worker */
	struct cancel *cancel;
	pool_fn run;
	void *ctx;
	pthread_mutex_t lock;
	pthread_cond_t changed;		/* a job was added, or all are done */
	struct job_list queue[JOB_CLASSES];
	int queued, running;
	int able;			/* workers that have a connection */
	struct worker *worker;		/* the further ones */
	int max, started;		/* of them */
	int coming, idle;		/* being logged in; waiting for a job */
	bool full;			/* the server gives no more */
};

struct pool *
pool_new(struct session *const *own, size_t n, struct cancel *cancel,
    int workers)
{
	struct pool *p = xcalloc(1, sizeof(*p));
	size_t k;
	int i;

	p->own.pool = p;
	for (k = 0; k < n; k++)
		p->own.session[k] = own[k];
	p->sessions = n;
	p->cancel = cancel;
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->changed, NULL);
	for (i = 0; i < JOB_CLASSES; i++)
		STAILQ_INIT(&p->queue[i]);
	p->max = workers - 1;
	p->worker = xcalloc((size_t)workers, sizeof(*p->worker));
	return p;
}

static void
close_sessions(struct worker *w)
{
	size_t i;

	copy_tail_free(w->tail);
	w->tail = NULL;
	for (i = 0; i < w->pool->sessions; i++) {
		session_free(w->session[i]);
		w->session[i] = NULL;
	}
}

void
pool_free(struct pool *p)
{
	copy_tail_free(p->own.tail);
	pthread_cond_destroy(&p->changed);
	pthread_mutex_destroy(&p->lock);
	free(p->worker);
	free(p);
}

struct worker *
pool_own(struct pool *p)
{
	return &p->own;
}

struct session *
pool_session(const struct worker *w, size_t i)
{
	return w->session[i];
}

struct copy_tail *
pool_tail(struct worker *w)
{
	if (w->tail == NULL)
		w->tail = copy_tail_new();
	return w->tail;
}

static bool
cancelled(const struct pool *p)
{
	return cancel_reason(p->cancel) != CANCEL_NONE;
}

static struct job *
take_job(struct pool *p, enum job_class class)
{
	struct job *job = STAILQ_FIRST(&p->queue[class]);

	if (job != NULL) {
		STAILQ_REMOVE_HEAD(&p->queue[class], link);
		p->queued--;
	}
	return job;
}

size_t
pool_take_share(struct pool *p, enum job_class class, struct job **job,
    size_t max)
{
	size_t share, n = 0;

	pthread_mutex_lock(&p->lock);
	share = (size_t)(p->queued / (p->max + 1));
	if (share < SHARE_MIN)
		share = SHARE_MIN;
	while (n < max && n < share && (job[n] = take_job(p, class)) != NULL)
		n++;
	pthread_mutex_unlock(&p->lock);
	return n;
}

bool
pool_has(struct pool *p, enum job_class class)
{
	bool has;

	pthread_mutex_lock(&p->lock);
	has = !STAILQ_EMPTY(&p->queue[class]);
	pthread_mutex_unlock(&p->lock);
	return has;
}

/* The next job, with the lock held; NULL if there is none now. */
static struct job *
next_job(struct pool *p)
{
	struct job *job = NULL;
	int i;

	for (i = 0; job == NULL && i < JOB_CLASSES; i++)
		job = take_job(p, i);
	return job;
}

/* Ends what a worker's jobs left open; the lock is held on entry and exit. */
static void
finish_worker(struct pool *p, struct worker *w)
{
	p->running++;
	pthread_mutex_unlock(&p->lock);
	if (w->tail != NULL)
		copy_settle(w->tail);
	pthread_mutex_lock(&p->lock);
	p->running--;
	pthread_cond_broadcast(&p->changed);
}

static void
set_able(struct worker *w, bool able)
{
	struct pool *p = w->pool;

	if (w->able != able) {
		w->able = able;
		p->able += able ? 1 : -1;
		pthread_cond_broadcast(&p->changed);
	}
}

/*
 * A worker that has lost a connection for good leaves the rest to the others;
 * true when there are any, or may be soon.  The lock is held.
 */
static bool
resign(struct worker *w)
{
	size_t i;

	for (i = 0; i < w->pool->sessions; i++)
		if (session_is_lost(w->session[i]))
			set_able(w, false);
	return !w->able && w->pool->able + w->pool->coming > 0;
}

/*
 * Runs jobs until all are done; the lock is held on entry and exit.  Our own
 * worker stays, able or not: when nobody else is left, its jobs fail.
 */
static void
work(struct pool *p, struct worker *w)
{
	struct job *job;
	bool loose = false;	/* the last job may have left loose ends */
	bool gone;
	size_t i;

	set_able(w, true);
	for (i = 0; i < p->sessions; i++)
		session_run_begin(w->session[i]);
	while (p->queued > 0 || p->running > 0 || loose) {
		gone = resign(w);
		if (gone && !loose && w != &p->own)
			break;
		job = gone ? NULL : next_job(p);
		if (job == NULL && loose) {
			finish_worker(p, w);
			loose = false;
			continue;
		}
		if (job == NULL) {
			p->idle++;
			pthread_cond_wait(&p->changed, &p->lock);
			p->idle--;
			continue;
		}
		p->running++;
		pthread_mutex_unlock(&p->lock);
		p->run(p->ctx, job, cancelled(p) ? NULL : w);
		loose = true;
		pthread_mutex_lock(&p->lock);
		p->running--;
	}
	for (i = 0; i < p->sessions; i++)
		session_run_end(w->session[i]);
	set_able(w, false);
}

bool
pool_is_relieved(struct pool *p, struct worker *w)
{
	bool relieved;

	pthread_mutex_lock(&p->lock);
	relieved = resign(w);
	pthread_mutex_unlock(&p->lock);
	return relieved;
}

static bool
connect_all(struct worker *w, struct err *err)
{
	size_t i;

	for (i = 0; i < w->pool->sessions; i++)
		if (session_connect_for_data(w->session[i], err) != 0)
			return false;
	return true;
}

static void *
worker_main(void *arg)
{
	struct worker *w = arg;
	struct pool *p = w->pool;
	struct err err = ERR_INIT;
	bool connected;

	cancel_block_signals();
	connected = connect_all(w, &err);
	pthread_mutex_lock(&p->lock);
	p->coming--;
	if (connected) {
		work(p, w);
	} else {
		/* Too many connections: those there are do the work. */
		if (!p->full)
			log_info("going on with fewer connections: %s",
			    err.msg);
		p->full = true;
		pthread_cond_broadcast(&p->changed);
	}
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

/* Starts one more worker if jobs outnumber those who wait; lock held. */
static void
start_worker(struct pool *p)
{
	struct worker *w;
	size_t i;

	if (p->full || p->started >= p->max ||
	    p->queued <= p->idle + p->coming)
		return;
	w = &p->worker[p->started];
	w->pool = p;
	for (i = 0; i < p->sessions; i++)
		w->session[i] = session_new_beside(p->own.session[i],
		    p->started + 1);
	if (pthread_create(&w->thread, NULL, worker_main, w) != 0) {
		p->full = true;
		close_sessions(w);
		return;
	}
	p->started++;
	p->coming++;
}

void
pool_add(struct pool *p, enum job_class class, struct job *job)
{
	pthread_mutex_lock(&p->lock);
	STAILQ_INSERT_HEAD(&p->queue[class], job, link);
	p->queued++;
	if (p->idle > 0)
		pthread_cond_broadcast(&p->changed);
	if (p->running > 0)
		start_worker(p);
	pthread_mutex_unlock(&p->lock);
}

int
pool_run(struct pool *p, pool_fn run, void *ctx, struct err *err)
{
	int i, started;

	p->run = run;
	p->ctx = ctx;
	pthread_mutex_lock(&p->lock);
	while (!p->full && p->started < p->max &&
	    p->queued > p->idle + p->coming + 1)
		start_worker(p);
	work(p, &p->own);
	started = p->started;
	pthread_mutex_unlock(&p->lock);
	for (i = 0; i < started; i++)
		pthread_join(p->worker[i].thread, NULL);
	for (i = 0; i < started; i++)
		close_sessions(&p->worker[i]);
	p->started = 0;
	return cancelled(p) ? cancel_error(p->cancel, err) : 0;
}
