/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Workers: N sessions, a thread each, that run jobs.  The caller's own
 * session is the first worker, in the calling thread; further ones are
 * opened only while there is more to do than workers.  Where the server
 * gives fewer connections than asked, or one cannot be opened again, there are
 * fewer workers.
 *
 *	pool = pool_new(session, 4);
 *	pool_add(pool, job);		also from within jobs
 *	pool_run(pool, &err);		until nothing is left
 *	pool_free(pool);
 */
#ifndef TRANSFER_POOL_H
#define TRANSFER_POOL_H

#include <sys/queue.h>

#include "base/err.h"
#include "ftp/session.h"

struct pool;

/* Embedded in what a job is about. */
struct job {
	STAILQ_ENTRY(job) link;
	/*
	 * Does it, and frees the job, or adds it again with all it has; then
	 * it is no longer to be touched.  s is this worker's session; NULL
	 * when the run was cancelled and the job is only to free itself.
	 */
	void (*run)(struct job *job, struct session *s);
};

/*
 * Lower classes run first; of one class the newest (deeper first).  Jobs of a
 * class that is shared are all of one type.
 */
enum job_class { JOB_FILE, JOB_DIRECTORY, JOB_DOOMED, JOB_CLASSES };

/* own must be connected: further workers begin in its directory. */
struct pool *pool_new(struct session *own, int workers);
void pool_free(struct pool *p);
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
 * For a job that failed: whether s has lost its connection for good while
 * others still work.  The job is then to be added again instead of failing.
 */
bool pool_is_relieved(struct pool *p, struct session *s);
/*
 * Runs until no job is queued or running.  0, or -1 when cancelled.  May be
 * called again after further pool_add().
 */
int pool_run(struct pool *p, struct err *err);

#endif
