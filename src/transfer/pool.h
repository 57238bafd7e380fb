/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Workers, a thread each, that run jobs.  A worker has a session with each
 * server that the jobs are about: mostly one, two between servers, none where
 * none is needed.  The caller's own sessions are those of the first worker, in
 * the calling thread; further ones are opened only while there is more to do
 * than workers.  Where a server gives fewer connections than asked, or one
 * cannot be opened again, there are fewer workers.
 *
 *	pool = pool_new(&session, 1, cancel, 4);
 *	pool_add(pool, JOB_FILE, job);		also from within jobs
 *	pool_run(pool, run, ctx, &err);		until nothing is left
 *	pool_free(pool);
 */
#ifndef TRANSFER_POOL_H
#define TRANSFER_POOL_H

#include <sys/queue.h>

#include "base/err.h"
#include "ftp/session.h"

struct copy_tail;
struct pool;
struct worker;

/* How many servers jobs can be about. */
enum { POOL_SESSIONS = 2 };

/* Embedded in what a job is about. */
struct job {
	STAILQ_ENTRY(job) link;
};

/*
 * Does a job, and frees it, or adds it again with all it has; then it is no
 * longer to be touched.  w is NULL when the run was cancelled and the job is
 * only to be freed.
 */
typedef void (*pool_fn)(void *ctx, struct job *job, struct worker *w);

/*
 * Lower classes run first; of one class the newest (deeper first).  Jobs of a
 * class that is shared are all of one type.
 */
enum job_class { JOB_FILE, JOB_DIRECTORY, JOB_DOOMED, JOB_CLASSES };

/*
 * own: n sessions (POOL_SESSIONS at most), connected by the time that the pool
 * runs: those of further workers begin in their directories.
 */
struct pool *pool_new(struct session *const *own, size_t n,
    struct cancel *cancel, int workers);
void pool_free(struct pool *p);
/* The first worker, of the calling thread. */
struct worker *pool_own(struct pool *p);
/* The session with server i, in the order of pool_new(). */
struct session *pool_session(const struct worker *w, size_t i);
/* Where its uploads end (transfer/copy.h); settled when jobs run out. */
struct copy_tail *pool_tail(struct worker *w);
void pool_add(struct pool *p, enum job_class class, struct job *job);
/* From within a job: whether others of a class are waiting. */
bool pool_has(struct pool *p, enum job_class class);
/*
 * From within a job: takes up to max further jobs of a class for the caller
 * to run as its own, but not many more than a fair share.  Returns how many.
 */
size_t pool_take_share(struct pool *p, enum job_class class,
    struct job **job, size_t max);
/*
 * For a job that failed: whether w has lost a connection for good while others
 * still work, or are logging in.  The job is then to be added again instead of
 * failing.
 */
bool pool_is_relieved(struct pool *p, struct worker *w);
/*
 * Runs until no job is queued or running.  0, or -1 when cancelled.  May be
 * called again after further pool_add().
 */
int pool_run(struct pool *p, pool_fn run, void *ctx, struct err *err);

#endif
