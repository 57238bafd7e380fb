/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "transfer/pool.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/cancel.h"
#include "base/log.h"
#include "base/mem.h"

/* So few at once cost hardly more than one. */
enum { SHARE_MIN = 8 };

STAILQ_HEAD(job_list, job);

struct worker {
	struct pool *pool;
	struct session *session;
	bool able;		/* has a connection */
	pthread_t thread;
};

struct pool {
	struct session *own;
	bool own_able;
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
pool_new(struct session *own, int workers)
{
	struct pool *p = xcalloc(1, sizeof(*p));
	int i;

	p->own = own;
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->changed, NULL);
	for (i = 0; i < JOB_CLASSES; i++)
		STAILQ_INIT(&p->queue[i]);
	p->max = workers - 1;
	p->worker = xcalloc((size_t)workers, sizeof(*p->worker));
	return p;
}

void
pool_free(struct pool *p)
{
	int i;

	if (p == NULL)
		return;
	for (i = 0; i < p->started; i++)
		session_free(p->worker[i].session);
	pthread_cond_destroy(&p->changed);
	pthread_mutex_destroy(&p->lock);
	free(p->worker);
	free(p);
}

static bool
cancelled(const struct pool *p)
{
	return cancel_reason(session_cancel(p->own)) != CANCEL_NONE;
}

static struct job *
take(struct pool *p, enum job_class class)
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
	while (n < max && n < share && (job[n] = take(p, class)) != NULL)
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
		job = take(p, i);
	return job;
}

/* Ends what a session's jobs left open; the lock is held on entry and exit. */
static void
finish(struct pool *p, struct session *s)
{
	p->running++;
	pthread_mutex_unlock(&p->lock);
	session_finish(s);
	pthread_mutex_lock(&p->lock);
	p->running--;
	if (p->queued == 0 && p->running == 0)
		pthread_cond_broadcast(&p->changed);
}

static bool *
able_flag(struct pool *p, const struct session *s)
{
	struct worker *w = p->worker;

	if (s == p->own)
		return &p->own_able;
	while (w->session != s)
		w++;
	return &w->able;
}

static void
set_able(struct pool *p, const struct session *s, bool able)
{
	bool *flag = able_flag(p, s);

	if (*flag != able) {
		*flag = able;
		p->able += able ? 1 : -1;
		pthread_cond_broadcast(&p->changed);
	}
}

/*
 * A worker whose connection is gone for good leaves the rest to the others;
 * true when there are any.  The lock is held.
 */
static bool
resign(struct pool *p, struct session *s)
{
	if (session_is_lost(s))
		set_able(p, s, false);
	return !*able_flag(p, s) && p->able > 0;
}

/*
 * Runs jobs until all are done; the lock is held on entry and exit.  Our own
 * session stays, lost or not: when nobody else is left, its jobs fail.
 */
static void
work(struct pool *p, struct session *s)
{
	struct job *job;
	bool loose = false;	/* the last job may have left loose ends */
	bool gone;

	set_able(p, s, true);
	session_run_begin(s);
	while (p->queued > 0 || p->running > 0 || loose) {
		gone = resign(p, s);
		if (gone && !loose && s != p->own)
			break;
		job = gone ? NULL : next_job(p);
		if (job == NULL && loose) {
			finish(p, s);
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
		job->run(job, cancelled(p) ? NULL : s);
		loose = true;
		pthread_mutex_lock(&p->lock);
		p->running--;
	}
	session_run_end(s);
	set_able(p, s, false);
}

bool
pool_is_relieved(struct pool *p, struct session *s)
{
	bool relieved;

	pthread_mutex_lock(&p->lock);
	relieved = resign(p, s);
	pthread_mutex_unlock(&p->lock);
	return relieved;
}

static void *
worker_main(void *arg)
{
	struct worker *w = arg;
	struct pool *p = w->pool;
	struct err err = ERR_INIT;
	bool connected;

	cancel_block_signals();
	connected = session_connect_for_data(w->session, &err) == 0;
	pthread_mutex_lock(&p->lock);
	p->coming--;
	if (connected) {
		work(p, w->session);
	} else {
		/* Too many connections: those there are do the work. */
		if (!p->full)
			log_info("going on with fewer connections: %s",
			    err.msg);
		p->full = true;
	}
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

/* Starts one more worker if jobs outnumber those who wait; lock held. */
static void
start_worker(struct pool *p)
{
	struct worker *w;

	if (p->full || p->started >= p->max ||
	    p->queued <= p->idle + p->coming)
		return;
	w = &p->worker[p->started];
	w->pool = p;
	if (w->session == NULL)
		w->session = session_new_beside(p->own, p->started + 1);
	if (pthread_create(&w->thread, NULL, worker_main, w) != 0) {
		p->full = true;
		session_free(w->session);
		w->session = NULL;
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
pool_run(struct pool *p, struct err *err)
{
	int i, started;

	pthread_mutex_lock(&p->lock);
	while (p->queued > 1 && !p->full && p->started < p->max &&
	    p->queued > p->idle + p->coming + 1)
		start_worker(p);
	work(p, p->own);
	started = p->started;
	pthread_mutex_unlock(&p->lock);
	for (i = 0; i < started; i++)
		pthread_join(p->worker[i].thread, NULL);
	for (i = 0; i < started; i++) {
		session_free(p->worker[i].session);
		p->worker[i].session = NULL;
	}
	p->started = 0;
	return cancelled(p) ? cancel_error(session_cancel(p->own), err) : 0;
}
