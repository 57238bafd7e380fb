/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"
#include "instead.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <sys/file.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>

#include "local/lock.h"
#include "tempdir.h"

/* What these fail with, once; 0: they do not. */
static int fstat_errno, lstat_errno, flock_errno;
static int flocks;	/* how often it was tried */

/* These instead of the C library's. */
int
fstat(int fd, struct stat *st)
{
	int (*real)(int, struct stat *);

	REAL("fstat");
	return fails_once(&fstat_errno) ? -1 : real(fd, st);
}

int
lstat(const char *path, struct stat *st)
{
	int (*real)(const char *, struct stat *);

	REAL("lstat");
	return fails_once(&lstat_errno) ? -1 : real(path, st);
}

int
flock(int fd, int how)
{
	int (*real)(int, int);

	REAL("flock");
	flocks++;
	return fails_once(&flock_errno) ? -1 : real(fd, how);
}

struct env {
	char *dir;
	char *path;	/* of the lock, in dir */
};

static int
setup(void **state)
{
	struct env *e = calloc(1, sizeof(*e));

	e->dir = tempdir_new();
	if (asprintf(&e->path, "%s/lock", e->dir) == -1)
		return -1;
	*state = e;
	return 0;
}

static int
teardown(void **state)
{
	struct env *e = *state;

	tempdir_remove(e->dir);
	free(e->path);
	free(e);
	return 0;
}

static void
test_take(void **state)
{
	struct env *e = *state;
	struct err err = ERR_INIT;
	struct stat st;
	int fd;

	assert_true((fd = lock_take(e->path, &err)) >= 0);
	assert_int_equal(stat(e->path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);

	assert_int_equal(lock_take(e->path, &err), -1);
	assert_int_equal(err.kind, ERR_LOCK);
	assert_non_null(strstr(err.msg, e->path));

	lock_release(fd, NULL);
	assert_int_equal(access(e->path, F_OK), 0);
	assert_true((fd = lock_take(e->path, &err)) >= 0);
	lock_release(fd, e->path);
	assert_int_equal(access(e->path, F_OK), -1);
}

static void
test_refused(void **state)
{
	struct env *e = *state;
	struct err err = ERR_INIT;
	char *link;

	assert_int_equal(lock_take("/proc/nonexistent/lock", &err), -1);
	assert_int_equal(err.kind, ERR_LOCAL);
	assert_int_equal(err.sys, ENOENT);
	assert_int_equal(lock_take(e->dir, &err), -1);
	assert_int_equal(err.kind, ERR_LOCAL);

	assert_true(asprintf(&link, "%s/link", e->dir) > 0);
	assert_int_equal(symlink("victim", link), 0);
	assert_int_equal(lock_take(link, &err), -1);
	assert_int_equal(err.kind, ERR_LOCAL);
	free(link);
	assert_true(asprintf(&link, "%s/victim", e->dir) > 0);
	assert_int_equal(access(link, F_OK), -1);
	free(link);
}

static void
test_broken(void **state)
{
	static const struct {
		int *call, errnum;
		const char *says;
	} rows[] = {
		{ &fstat_errno, EIO, ": cannot examine: Input" },
		{ &lstat_errno, EIO, ": cannot examine: Input" },
		{ &flock_errno, ENOLCK, ": cannot lock: No locks" },
	};
	struct env *e = *state;
	struct err err;
	size_t i;
	int fd;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		err_clear(&err);
		*rows[i].call = rows[i].errnum;
		assert_int_equal(lock_take(e->path, &err), -1);
		assert_int_equal(err.kind, ERR_LOCAL);
		assert_int_equal(err.sys, rows[i].errnum);
		assert_non_null(strstr(err.msg, e->path));
		assert_non_null(strstr(err.msg, rows[i].says));
	}
	/* The holder before us removed it: it is made again. */
	err_clear(&err);
	lstat_errno = ENOENT;
	flocks = 0;
	assert_true((fd = lock_take(e->path, &err)) >= 0);
	assert_int_equal(flocks, 2);
	/* What cannot be looked at is not ours to remove. */
	lstat_errno = EIO;
	lock_release(fd, e->path);
	assert_int_equal(access(e->path, F_OK), 0);
	assert_true((fd = lock_take(e->path, &err)) >= 0);
	flock_errno = EWOULDBLOCK;
	lock_release(fd, e->path);
	assert_int_equal(access(e->path, F_OK), 0);
}

/* Releasing with the name must not take away a lock that is not ours. */
static void
test_release_other(void **state)
{
	struct env *e = *state;
	struct err err = ERR_INIT;
	int fd, other;

	assert_true((fd = lock_take(e->path, &err)) >= 0);
	assert_int_equal(unlink(e->path), 0);
	assert_true((other = lock_take(e->path, &err)) >= 0);
	lock_release(fd, e->path);
	assert_int_equal(lock_take(e->path, &err), -1);
	assert_int_equal(err.kind, ERR_LOCK);
	lock_release(other, e->path);
}

static void
test_killed_holder(void **state)
{
	struct env *e = *state;
	struct err err = ERR_INIT;
	int ready[2], fd;
	char c;
	pid_t pid;

	assert_int_equal(pipe(ready), 0);
	if ((pid = fork()) == 0) {
		c = lock_take(e->path, &err) >= 0 ? 'y' : 'n';
		if (write(ready[1], &c, 1) == 1)
			pause();
		_exit(1);
	}
	assert_int_equal(read(ready[0], &c, 1), 1);
	assert_int_equal(c, 'y');
	assert_int_equal(lock_take(e->path, &err), -1);
	assert_int_equal(err.kind, ERR_LOCK);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_true((fd = lock_take(e->path, &err)) >= 0);
	lock_release(fd, e->path);
	close(ready[0]);
	close(ready[1]);
}

/* Takes and removes the lock over and over; 0 if it was always alone. */
static int
contend(const char *path, atomic_int *inside)
{
	struct err err = ERR_INIT;
	int i, fd, bad = 0;

	for (i = 0; i < 3000; i++) {
		if ((fd = lock_take(path, &err)) == -1) {
			bad |= err.kind != ERR_LOCK;
			continue;
		}
		bad |= atomic_fetch_add(inside, 1) != 0;
		sched_yield();
		atomic_fetch_sub(inside, 1);
		lock_release(fd, path);
	}
	return bad;
}

static void
test_contention(void **state)
{
	struct env *e = *state;
	atomic_int *inside;
	int i, status;

	inside = mmap(NULL, sizeof(*inside), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(inside != MAP_FAILED);
	for (i = 0; i < 3; i++)
		if (fork() == 0)
			_exit(contend(e->path, inside));
	for (i = 0; i < 3; i++) {
		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
	}
	munmap(inside, sizeof(*inside));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_take, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_broken, setup, teardown),
		cmocka_unit_test_setup_teardown(test_release_other, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_killed_holder, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_contention, setup,
		    teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
