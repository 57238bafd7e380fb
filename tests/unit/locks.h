/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * For tests of what threads share: who takes a lock twice or before it was
 * made, gives back one that is not his, frees one that is held, or leaves one,
 * ends the test.  One that is left is not looked for where LOCKS_OF_LIBRARIES
 * is defined.
 */
#ifndef TESTS_UNIT_LOCKS_H
#define TESTS_UNIT_LOCKS_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "instead.h"

static inline int
lock_done(const char *what, int rc)
{
	if (rc == 0)
		return 0;
	fprintf(stderr, "%s: %s\n", what, strerror(rc));
	abort();
}

static atomic_int locks_there;

#ifndef LOCKS_OF_LIBRARIES
static int locks_before;	/* those of libraries */
static pid_t locks_owner;

__attribute__((constructor)) static void
locks_note(void)
{
	locks_before = locks_there;
	locks_owner = getpid();
}

/* A thread that nobody waits for may need a while for its own. */
__attribute__((destructor)) static void
locks_compare(void)
{
	int i;

	if (getpid() != locks_owner)
		return;
	for (i = 0; i < 2000 && locks_there != locks_before; i++)
		usleep(10000);
	if (locks_there != locks_before)
		(void)lock_done("a lock is left", EBUSY);
}
#endif

/* What is in a program or library may be made by its initializer. */
static inline bool
lock_is_made(void *lock)
{
#ifdef __GLIBC__
	const pthread_mutex_t *l = lock;
	Dl_info where;

	return l->__data.__kind != 0 || dladdr(lock, &where) != 0;
#else
	return lock != NULL;
#endif
}

int
pthread_mutex_init(pthread_mutex_t *lock, const pthread_mutexattr_t *attr)
{
	int (*real)(pthread_mutex_t *, const pthread_mutexattr_t *);
	pthread_mutexattr_t checked;
	int rc;

	locks_there++;
	REAL("pthread_mutex_init");
	if (attr != NULL)
		return real(lock, attr);
	pthread_mutexattr_init(&checked);
	pthread_mutexattr_settype(&checked, PTHREAD_MUTEX_ERRORCHECK);
	rc = real(lock, &checked);
	pthread_mutexattr_destroy(&checked);
	return rc;
}

int
pthread_mutex_lock(pthread_mutex_t *lock)
{
	int (*real)(pthread_mutex_t *);

	REAL("pthread_mutex_lock");
	if (!lock_is_made(lock))
		(void)lock_done("lock", EINVAL);
	return lock_done("lock", real(lock));
}

int
pthread_mutex_unlock(pthread_mutex_t *lock)
{
	int (*real)(pthread_mutex_t *);

	REAL("pthread_mutex_unlock");
	return lock_done("unlock", real(lock));
}

int
pthread_mutex_destroy(pthread_mutex_t *lock)
{
	int (*real)(pthread_mutex_t *);

	locks_there--;
	REAL("pthread_mutex_destroy");
	return lock_done("free a lock", real(lock));
}

#endif
