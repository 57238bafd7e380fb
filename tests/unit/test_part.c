/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"
#include "instead.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <sys/file.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>

#include <dirent.h>
#include <errno.h>
#include <sched.h>

#include "base/path.h"
#include "base/text.h"
#include "local/part.h"
#include "tempdir.h"

#define V1	"0123456789abcdef"
#define PART	"f." V1 ".ftps-part"
#define V2	"fedcba9876543210"

struct env {
	char *dir;
	int fd;
};

/* The call that is to fail, and how; these stand before those of libc. */
static enum broken {
	BROKEN_NONE, BROKEN_FSYNC, BROKEN_FSYNC_DIR, BROKEN_FCHMOD,
	BROKEN_FUTIMENS, BROKEN_FLOCK, BROKEN_UNLINK, BROKEN_FSTAT,
	BROKEN_FSTATAT, BROKEN_FALLOCATE, BROKEN_FSTATVFS, BROKEN_FTRUNCATE,
	BROKEN_LSEEK, BROKEN_OPEN, BROKEN_OPEN_DIR, BROKEN_FDOPENDIR,
	BROKEN_MACHINE, BROKEN_CREATE, BROKEN_CLOSE, BROKEN_DUP
} broken;
static int broken_errno;
/* After so many calls that do not fail so many fail, or if -1 all. */
static int broken_after, broken_times = -1;
/* What fstatvfs() says if its f_bsize is one. */
static struct statvfs room;
/* Whatever /tmp is: not memory, where nothing is reserved. */
static bool is_disk;
/* Blocks that fstat() says a file has, if it is not 0. */
static blkcnt_t blocks;
/* What was asked of fallocate() last. */
static struct {
	int fd, mode;
	off_t at, n;
} reserved;

static bool
fails(enum broken call)
{
	if (call != broken || broken_after-- > 0 || broken_times == 0)
		return false;
	if (broken_times > 0)
		broken_times--;
	errno = broken_errno;
	return true;
}

static void
break_call(enum broken call, int errnum, int after, int times)
{
	broken = call;
	broken_errno = errnum;
	broken_after = after;
	broken_times = times;
}

int
fstat(int fd, struct stat *st)
{
	int (*real)(int, struct stat *), rc;

	REAL("fstat");
	if (fails(BROKEN_FSTAT))
		return -1;
	rc = real(fd, st);
	if (blocks != 0)
		st->st_blocks = blocks;
	return rc;
}

int
fstatat(int dir, const char *name, struct stat *st, int flags)
{
	int (*real)(int, const char *, struct stat *, int);

	REAL("fstatat");
	return fails(BROKEN_FSTATAT) ? -1 : real(dir, name, st, flags);
}

/* What it got before there was no more stays there. */
int
fallocate(int fd, int mode, off_t at, off_t n)
{
	int (*real)(int, int, off_t, off_t), rc;

	REAL("fallocate");
	reserved.fd = fd;
	reserved.mode = mode;
	reserved.at = at;
	reserved.n = n;
	rc = real(fd, mode, at, n);
	return fails(BROKEN_FALLOCATE) ? -1 : rc;
}

int
fstatvfs(int fd, struct statvfs *vfs)
{
	int (*real)(int, struct statvfs *);

	REAL("fstatvfs");
	if (fails(BROKEN_FSTATVFS))
		return -1;
	*vfs = room;
	return room.f_bsize > 0 ? 0 : real(fd, vfs);
}

int
fstatfs(int fd, struct statfs *fs)
{
	int (*real)(int, struct statfs *), rc;

	REAL("fstatfs");
	rc = real(fd, fs);
	if (rc == 0 && is_disk)
		fs->f_type = 0;
	return rc;
}

int
ftruncate(int fd, off_t size)
{
	int (*real)(int, off_t);

	REAL("ftruncate");
	return fails(BROKEN_FTRUNCATE) ? -1 : real(fd, size);
}

off_t
lseek(int fd, off_t at, int whence)
{
	off_t (*real)(int, off_t, int);

	REAL("lseek");
	return fails(BROKEN_LSEEK) ? -1 : real(fd, at, whence);
}

int
openat(int dir, const char *name, int flags, ...)
{
	int (*real)(int, const char *, int, mode_t);
	mode_t mode = 0;
	va_list ap;

	REAL("openat");
	if ((flags & O_CREAT) != 0) {
		va_start(ap, flags);
		mode = va_arg(ap, mode_t);
		va_end(ap);
		if (fails(BROKEN_CREATE))
			return -1;
	} else if (fails(strcmp(name, ".") == 0 ? BROKEN_OPEN_DIR :
	    BROKEN_OPEN)) {
		return -1;
	}
	return real(dir, name, flags, mode);
}

DIR *
fdopendir(int fd)
{
	DIR *(*real)(int);

	REAL("fdopendir");
	return fails(BROKEN_FDOPENDIR) ? NULL : real(fd);
}

FILE *
fopen(const char *name, const char *how)
{
	FILE *(*real)(const char *, const char *);

	REAL("fopen");
	return strcmp(name, "/etc/machine-id") == 0 && fails(BROKEN_MACHINE) ?
	    NULL : real(name, how);
}

/* It is closed all the same. */
int
close(int fd)
{
	int rc = (int)syscall(SYS_close, fd);

	return fails(BROKEN_CLOSE) ? -1 : rc;
}

int
fcntl(int fd, int what, ...)
{
	va_list ap;
	long arg;

	if (what == F_DUPFD_CLOEXEC && fails(BROKEN_DUP))
		return -1;
	va_start(ap, what);
	arg = va_arg(ap, long);
	va_end(ap);
	return (int)syscall(SYS_fcntl, fd, what, arg);
}

int
fsync(int fd)
{
	struct stat st;

	if (fstat(fd, &st) == 0 && fails(S_ISDIR(st.st_mode) ?
	    BROKEN_FSYNC_DIR : BROKEN_FSYNC))
		return -1;
	return (int)syscall(SYS_fsync, fd);
}

int
fchmod(int fd, mode_t mode)
{
	return fails(BROKEN_FCHMOD) ? -1 :
	    (int)syscall(SYS_fchmod, fd, mode);
}

int
futimens(int fd, const struct timespec times[2])
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return fails(BROKEN_FUTIMENS) ? -1 :
	    utimensat(AT_FDCWD, path, times, 0);
}

int
flock(int fd, int how)
{
	return fails(BROKEN_FLOCK) ? -1 : (int)syscall(SYS_flock, fd, how);
}

int
unlinkat(int fd, const char *name, int flag)
{
	return fails(BROKEN_UNLINK) ? -1 :
	    (int)syscall(SYS_unlinkat, fd, name, flag);
}

static int
setup(void **state)
{
	struct env *e = calloc(1, sizeof(*e));

	umask(027);
	e->dir = tempdir_new();
	e->fd = open(e->dir, O_RDONLY | O_DIRECTORY);
	*state = e;
	return 0;
}

static int
teardown(void **state)
{
	struct env *e = *state;

	close(e->fd);
	tempdir_remove(e->dir);
	free(e);
	return 0;
}

static int
count(const struct env *e)
{
	DIR *d = opendir(e->dir);
	int n = 0;

	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n - 2;
}

static bool
exists(const struct env *e, const char *name)
{
	struct stat st;

	return fstatat(e->fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static int
mode_of(const struct env *e, const char *name)
{
	struct stat st;

	assert_int_equal(fstatat(e->fd, name, &st, AT_SYMLINK_NOFOLLOW), 0);
	return st.st_mode & 07777;
}

/* Opens name's part V1 anew and writes text to it. */
static struct part *
begin(const struct env *e, const char *name, const char *text)
{
	struct err err = ERR_INIT;
	struct part *p;
	int64_t offset;

	p = part_open(e->fd, name, V1, false, -1, &offset, &err);
	if (p == NULL)
		fail_msg("%s", err.msg);
	assert_int_equal(offset, 0);
	assert_int_equal(write(part_fd(p), text, strlen(text)), strlen(text));
	return p;
}

/* Leaves a part V1 with text in it. */
static void
leave(const struct env *e, const char *name, const char *text)
{
	part_close(begin(e, name, text), true);
}

static void
test_version(void **state)
{
	struct timespec t = { 1700000000, 5 }, later = { 1700000000, 6 };
	char a[PART_VERSION_MAX], b[PART_VERSION_MAX], *part, *other;

	(void)state;
	part_version(a, "get nas:/f", 10, &t);
	assert_int_equal(strlen(a), 16);
	assert_int_equal(strspn(a, "0123456789abcdef"), 16);
	part_version(b, "get nas:/f", 10, &t);
	assert_string_equal(a, b);
	part_version(b, "get nas:/f", 11, &t);
	assert_string_not_equal(a, b);
	part_version(b, "get nas:/f", 10, &later);
	assert_string_not_equal(a, b);
	part_version(b, "get nas:/g", 10, &t);
	assert_string_not_equal(a, b);
	part_version(a, "get nas:/f", -1, NULL);
	part_version(b, "get nas:/f", -1, NULL);
	assert_string_not_equal(a, b);
	part = part_name("f", a);
	other = part_name("f", b);
	assert_true(part_is_stray(other, "f", part));
	assert_false(part_is_stray(part, "f", part));
	assert_false(part_is_stray(other, "g", part));
	assert_false(part_is_stray("f", "f", part));
	free(other);
	part_version(b, "get nas:/g", -1, NULL);
	other = part_name("f", b);
	assert_false(part_is_stray(other, "f", part));
	free(other);
	free(part);
	part_version(a, "get nas:/f", 10, NULL);
	part_version(b, "get nas:/f", 10, NULL);
	assert_int_equal(strlen(a), 16);
	assert_string_not_equal(a, b);
}

static void
test_version_sent(void **state)
{
	struct timespec t = { 1700000000, 5 }, later = { 1700000000, 6 };
	char a[PART_VERSION_MAX], b[PART_VERSION_MAX], *part;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(part_version_sent(a, "put /f", 10, &t, &err), 0);
	assert_int_equal(part_version_sent(b, "put /f", 10, &t, &err), 0);
	assert_int_equal(strlen(a), 16);
	assert_string_equal(a, b);
	assert_int_equal(part_version_sent(b, "put /f", 10, &later, &err), 0);
	assert_string_not_equal(a, b);
	part = part_name("f", b);
	assert_true(part_is_sent(part, "f", "put /f"));
	assert_false(part_is_sent(part, "g", "put /f"));
	assert_false(part_is_sent(part, "f", "put /g"));
	free(part);
	assert_int_equal(part_version_sent(b, "put /f", 10, NULL, &err), 0);
	assert_memory_equal(a, b, 8);
	assert_string_not_equal(a, b);
	part_version(a, "put /f", 10, &t);
	assert_memory_not_equal(a, b, 8);
	/* Without that file it is the host's name; unreadable, who knows. */
	break_call(BROKEN_MACHINE, ENOENT, 0, -1);
	assert_int_equal(part_version_sent(a, "put /f", 10, &t, &err), 0);
	assert_int_equal(part_version_sent(b, "put /f", 10, &t, &err), 0);
	assert_string_equal(a, b);
	part = part_name("f", b);
	assert_true(part_is_sent(part, "f", "put /f"));
	break_call(BROKEN_MACHINE, EIO, 0, -1);
	assert_int_equal(part_version_sent(a, "put /f", 10, &t, &err), -1);
	assert_false(part_is_sent(part, "f", "put /f"));
	broken = BROKEN_NONE;
	free(part);
	assert_int_equal(err.kind, ERR_LOCAL);
	assert_string_equal(err.msg,
	    "cannot read /etc/machine-id: Input/output error");
}

static void
test_name(void **state)
{
	char *s = part_name("f.gz", V1);

	(void)state;
	assert_string_equal(s, "f.gz." V1 ".ftps-part");
	assert_true(path_is_part(s));
	assert_true(part_belongs(s, "f.gz"));
	assert_false(part_belongs(s, "f"));
	assert_false(part_belongs(s, "f.gzz"));
	assert_false(part_belongs(s, "xf.gz"));
	free(s);
	assert_false(part_belongs("f.gz", "f.gz"));
	/* Case is told apart unless the part shows that the side does not. */
	assert_false(part_belongs("F.0123456789abcdef.ftps-part", "f"));
	assert_false(part_in_capitals("F.0123456789abcdef.ftps-part"));
	assert_true(part_belongs("F.0123456789ABCDEF.FTPS-PART", "f"));
	assert_true(part_in_capitals("F.0123456789ABCDEF.FTPS-PART"));
	assert_false(part_belongs("G.0123456789ABCDEF.FTPS-PART", "f"));
	/* And then in form as well. */
	assert_true(part_belongs("E\xcc\x81.0123456789ABCDEF.FTPS-PART",
	    "\xc3\xa9"));
	assert_false(part_belongs("E\xcc\x81.0123456789abcdef.ftps-part",
	    "\xc3\xa9"));
	assert_false(part_in_capitals("F.FTPS-PART"));
	assert_false(part_belongs("f.gz.bak", "f.gz"));
	/* As long as a part of "backup", but another file gone aside. */
	assert_false(part_belongs("backup.tar.bz2.1a2b3c4d.ftps-part",
	    "backup"));
	assert_false(part_belongs("f." V1 ".ftps-parts", "f"));
	assert_false(part_belongs("f.0123456789abcdeg.ftps-part", "f"));
	assert_false(part_belongs("." V1 ".ftps-part", ""));
	assert_false(part_belongs("", ""));
}

static void
test_long_name(void **state)
{
	char a[256], b[256], *x, *y;
	int i;

	(void)state;
	/* Every way the limit can fall into a three-byte character. */
	for (i = 0; i < 3; i++) {
		memset(a, 'a', (size_t)i);
		for (a[i] = '\0'; strlen(a) + 3 < sizeof(a) - 1; )
			strcat(a, "\xe2\x82\xac");
		strcpy(b, a);
		strcat(a, "1");
		strcat(b, "2");
		x = part_name(a, V1);
		y = part_name(b, V1);
		assert_true(strlen(x) <= 255 && strlen(x) > 250);
		assert_true(text_is_utf8(x, strlen(x)));
		assert_memory_equal(x, a, 200);
		assert_string_not_equal(x, y);
		assert_true(path_is_part(x));
		assert_true(part_belongs(x, a));
		assert_false(part_belongs(x, b));
		free(x);
		free(y);
	}
	memset(a, 'a', 255);
	a[255] = '\0';
	a[228] = '\0';
	x = part_name(a, V1);
	assert_int_equal(strlen(x), 255);
	assert_memory_equal(x, a, 228);
	free(x);
	/* Not UTF-8: cut somewhere, but in time. */
	memset(a, '\x80', 255);
	a[255] = '\0';
	x = part_name(a, V1);
	assert_int_equal(strlen(x), 252);
	free(x);
}

static void
test_commit(void **state)
{
	struct timespec t = { 1234567890, 987654321 };
	struct env *e = *state;
	struct err err = ERR_INIT;
	struct part *p;
	struct stat st;

	write_file(e->fd, "f", "old");
	assert_int_equal(fchmodat(e->fd, "f", 0604, 0), 0);
	p = begin(e, "f", "new");
	assert_int_equal(mode_of(e, PART), 0600);
	assert_int_equal(fcntl(part_fd(p), F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	assert_string_equal(read_file(e->fd, "f"), "old");
	assert_int_equal(part_commit(p, -1, 027, &t, true, &err), 0);
	assert_string_equal(read_file(e->fd, "f"), "new");
	assert_int_equal(fstatat(e->fd, "f", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0604);
	assert_int_equal(st.st_mtim.tv_sec, t.tv_sec);
	assert_int_equal(st.st_mtim.tv_nsec, t.tv_nsec);
	assert_int_equal(count(e), 1);
}

static void
test_modes(void **state)
{
	struct env *e = *state;
	struct err err = ERR_INIT;

	/* A new file: by the umask. */
	assert_int_equal(part_commit(begin(e, "a", ""), -1, 027, NULL, false,
	    &err), 0);
	assert_int_equal(mode_of(e, "a"), 0640);
	/* The caller's word. */
	assert_int_equal(part_commit(begin(e, "a", ""), 0755, 027, NULL, false,
	    &err), 0);
	assert_int_equal(mode_of(e, "a"), 0755);
	/* New contents never inherit set-user-ID. */
	assert_int_equal(fchmodat(e->fd, "a", 04711, 0), 0);
	assert_int_equal(part_commit(begin(e, "a", ""), -1, 027, NULL, false,
	    &err), 0);
	assert_int_equal(mode_of(e, "a"), 0711);
}

static void
test_name_too_long(void **state)
{
	struct env *e = *state;
	struct err err = ERR_INIT;
	char name[300];
	int64_t offset;

	memset(name, 'n', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	assert_null(part_open(e->fd, name, V1, true, 5, &offset, &err));
	assert_int_equal(err.kind, ERR_LOCAL);
	assert_int_equal(err.sys, ENAMETOOLONG);
	assert_int_equal(count(e), 0);
}

static void
test_resume(void **state)
{
	struct env *e = *state;
	struct err err = ERR_INIT;
	struct part *p;
	int64_t offset;

	leave(e, "f", "hello");
	assert_false(exists(e, "f"));
	/* Another version has nothing to do with it. */
	p = part_open(e->fd, "f", V2, true, 11, &offset, &err);
	assert_int_equal(offset, 0);
	part_close(p, true);
	p = part_open(e->fd, "f", V1, true, 11, &offset, &err);
	assert_non_null(p);
	assert_int_equal(offset, 5);
	assert_int_equal(write(part_fd(p), " world", 6), 6);
	part_close(p, true);
	p = part_open(e->fd, "f", V1, true, 11, &offset, &err);
	assert_int_equal(offset, 11);
	assert_int_equal(part_commit(p, -1, 027, NULL, false, &err), 0);
	assert_string_equal(read_file(e->fd, "f"), "hello world");
	assert_int_equal(count(e), 1);
}

static void
test_no_resume(void **state)
{
	struct env *e = *state;
	struct err err = ERR_INIT;
	struct part *p;
	int64_t offset;

	/* More than the source has. */
	leave(e, "f", "hello");
	p = part_open(e->fd, "f", V1, true, 4, &offset, &err);
	assert_int_equal(offset, 0);
	assert_int_equal(lseek(part_fd(p), 0, SEEK_END), 0);
	part_close(p, true);
	/* An empty part is not worth keeping. */
	assert_int_equal(count(e), 0);
	/* Nothing at all. */
	leave(e, "f", "hello");
	p = part_open(e->fd, "f", V1, true, 0, &offset, &err);
	assert_int_equal(offset, 0);
	part_close(p, false);
	/* Size unknown. */
	leave(e, "f", "hello");
	p = part_open(e->fd, "f", V1, true, -1, &offset, &err);
	assert_int_equal(offset, 5);
	/* Thought better of it. */
	assert_int_equal(part_restart(p, &err), 0);
	assert_int_equal(write(part_fd(p), "abc", 3), 3);
	part_close(p, true);
	/* Not wanted. */
	p = part_open(e->fd, "f", V1, false, 11, &offset, &err);
	assert_int_equal(offset, 0);
	assert_int_equal(lseek(part_fd(p), 0, SEEK_END), 0);
	assert_int_equal(write(part_fd(p), "x", 1), 1);
	part_close(p, false);
	assert_int_equal(count(e), 0);
	part_close(NULL, true);
}

static void
test_lock(void **state)
{
	struct env *e = *state;
	struct err err = ERR_INIT;
	struct part *p = begin(e, "f", "hello");
	int64_t offset;
	int status;

	assert_null(part_open(e->fd, "f", V1, true, -1, &offset, &err));
	assert_int_equal(err.kind, ERR_LOCK);
	if (fork() == 0) {
		err_clear(&err);
		_exit(part_open(e->fd, "f", V1, true, -1, &offset, &err) ==
		    NULL && err.kind == ERR_LOCK ? 0 : 1);
	}
	wait(&status);
	assert_int_equal(status, 0);
	/* What the others tried has done it no harm. */
	assert_int_equal(part_commit(p, -1, 027, NULL, false, &err), 0);
	assert_string_equal(read_file(e->fd, "f"), "hello");
}

/* As on a file system that has no locks. */
static void
test_lock_fails(void **state)
{
	struct env *e = *state;
	struct err err = ERR_INIT;
	int64_t offset;

	break_call(BROKEN_FLOCK, ENOLCK, 0, -1);
	assert_null(part_open(e->fd, "f", V1, true, -1, &offset, &err));
	broken = BROKEN_NONE;
	assert_int_equal(err.kind, ERR_LOCAL);
	assert_string_equal(err.msg, PART ": cannot lock: No locks available");
}

/* Commits, keeps or gives up name's part over and over; 0 if all went well. */
static int
contend(const struct env *e, char letter)
{
	struct err err = ERR_INIT;
	struct part *p;
	char text[64];
	int64_t offset;
	int i;

	memset(text, letter, sizeof(text));
	for (i = 0; i < 1000; i++) {
		p = part_open(e->fd, "f", V1, false, -1, &offset, &err);
		if (p == NULL && err.kind != ERR_LOCK)
			return 1;
		if (p == NULL)
			continue;
		if (write(part_fd(p), text, 32) != 32 ||
		    write(part_fd(p), text + 32, 32) != 32)
			return 2;
		if (i % 3 == 0)
			part_close(p, i % 2 == 0);
		else if (part_commit(p, -1, 027, NULL, false, &err) != 0)
			return 3;
	}
	return 0;
}

/* Runs that collide: each commit is whole, none fails but for the lock. */
static void
test_contention(void **state)
{
	struct env *e = *state;
	const char *text;
	int i, status;

	for (i = 0; i < 3; i++)
		if (fork() == 0)
			_exit(contend(e, (char)('a' + i)));
	while (waitpid(-1, &status, WNOHANG) == 0)
		if ((text = read_file(e->fd, "f")) != NULL) {
			assert_int_equal(strlen(text), 64);
			assert_int_equal(strspn(text, (char[]){ *text, 0 }),
			    64);
		}
	for (i = 0; i < 2; i++) {
		assert_int_equal(status, 0);
		assert_true(wait(&status) > 0);
	}
	assert_int_equal(status, 0);
}

/* What somebody planted in the part's place is removed, never used. */
static void
test_planted(void **state)
{
	static const char name[] = "f." V1 ".ftps-part";
	struct env *e = *state;
	struct err err = ERR_INIT;
	struct part *p;
	int64_t offset;

	write_file(e->fd, "victim", "precious");
	assert_int_equal(symlinkat("victim", e->fd, name), 0);
	leave(e, "f", "hello");
	assert_string_equal(read_file(e->fd, "victim"), "precious");
	assert_int_equal(unlinkat(e->fd, name, 0), 0);

	assert_int_equal(linkat(e->fd, "victim", e->fd, name, 0), 0);
	p = part_open(e->fd, "f", V1, true, -1, &offset, &err);
	assert_non_null(p);
	assert_int_equal(offset, 0);
	part_close(p, false);
	assert_string_equal(read_file(e->fd, "victim"), "precious");

	assert_int_equal(mkfifoat(e->fd, name, 0600), 0);
	leave(e, "f", "hello");
	assert_int_equal(unlinkat(e->fd, name, 0), 0);

	assert_int_equal(mkdirat(e->fd, name, 0700), 0);
	assert_null(part_open(e->fd, "f", V1, true, -1, &offset, &err));
	assert_int_equal(err.kind, ERR_LOCAL);
}

/* What was planted where its owner alone may remove it, as in /tmp. */
static void
test_planted_for_good(void **state)
{
	struct env *e = *state;
	struct err err = ERR_INIT;
	int64_t offset;
	struct part *p;

	assert_int_equal(symlinkat("victim", e->fd, PART), 0);
	break_call(BROKEN_UNLINK, EPERM, 0, -1);
	assert_null(part_open(e->fd, "f", V1, true, -1, &offset, &err));
	broken = BROKEN_NONE;
	assert_int_equal(err.kind, ERR_LOCAL);
	assert_string_equal(err.msg, PART ": not a part file of ours, and "
	    "cannot be removed: Operation not permitted");
	assert_true(exists(e, PART));
	assert_false(exists(e, "victim"));
	/* Somebody else was faster: it is tried again. */
	break_call(BROKEN_UNLINK, ENOENT, 0, 1);
	p = part_open(e->fd, "f", V1, true, -1, &offset, &err);
	broken = BROKEN_NONE;
	assert_non_null(p);
	part_close(p, false);
	assert_false(exists(e, PART));
}

static void
test_foreign(void **state)
{
	static const char name[] = "f." V1 ".ftps-part";
	struct env *e = *state;
	struct err err = ERR_INIT;
	struct part *p;
	int64_t offset;

	if (geteuid() != 0)
		skip();
	leave(e, "f", "hello");
	assert_int_equal(fchownat(e->fd, name, 65534, -1, 0), 0);
	part_remove_stale(e->fd, "f");
	assert_true(exists(e, name));
	p = part_open(e->fd, "f", V1, true, -1, &offset, &err);
	assert_non_null(p);
	assert_int_equal(offset, 0);
	part_close(p, false);
}

static void
test_destinations(void **state)
{
	struct env *e = *state;
	struct err err = ERR_INIT;
	struct part *p;
	int64_t offset;

	/* A symlink is itself replaced. */
	write_file(e->fd, "target", "precious");
	assert_int_equal(symlinkat("target", e->fd, "f"), 0);
	assert_int_equal(part_commit(begin(e, "f", "new"), -1, 027, NULL, false,
	    &err), 0);
	assert_string_equal(read_file(e->fd, "target"), "precious");
	assert_string_equal(read_file(e->fd, "f"), "new");
	assert_int_equal(mode_of(e, "f"), 0640);

	assert_int_equal(mkdirat(e->fd, "d", 0700), 0);
	assert_null(part_open(e->fd, "d", V1, true, -1, &offset, &err));
	assert_int_equal(err.kind, ERR_LOCAL);
	assert_string_equal(err.msg, "d: is a directory");
	assert_int_equal(count(e), 3);

	/* One that comes later. */
	p = begin(e, "late", "new");
	assert_int_equal(mkdirat(e->fd, "late", 0700), 0);
	assert_int_equal(part_commit(p, -1, 027, NULL, false, &err), -1);
	assert_int_equal(err.kind, ERR_LOCAL);
	part_close(p, true);
	assert_string_equal(read_file(e->fd, "late." V1 ".ftps-part"), "new");

	close(e->fd);
	e->fd = open("/proc/nonexistent", O_RDONLY);
	assert_null(part_open(e->fd, "f", V1, true, -1, &offset, &err));
	assert_int_equal(err.kind, ERR_LOCAL);
	assert_string_equal(err.msg, PART ": cannot create: Bad file "
	    "descriptor");
}

/* The part is exchanged for a symlink while data arrive. */
static void
test_replaced(void **state)
{
	struct env *e = *state;
	struct err err = ERR_INIT;
	struct part *p;

	write_file(e->fd, "f", "old");
	write_file(e->fd, "evil", "evil");
	p = begin(e, "f", "new");
	assert_int_equal(unlinkat(e->fd, PART, 0), 0);
	assert_int_equal(symlinkat("evil", e->fd, PART), 0);
	assert_int_equal(part_commit(p, -1, 027, NULL, false, &err), -1);
	part_close(p, false);
	assert_int_equal(err.kind, ERR_LOCAL);
	assert_string_equal(read_file(e->fd, "f"), "old");
	assert_int_equal(count(e), 3);
	/* Nor does closing remove what is not ours. */
	p = begin(e, "f", "new");
	assert_int_equal(renameat(e->fd, "evil", e->fd, PART),
	    0);
	part_close(p, false);
	assert_int_equal(count(e), 2);
}

static void
test_commit_fails(void **state)
{
	static const struct {
		enum broken call;
		int errnum, rc;
		const char *left, *says;
		mode_t mode;
		time_t mtime;
	} rows[] = {
		{ BROKEN_FSYNC, EIO, -1, "old", "to the disk", 0, 0 },
		{ BROKEN_FSYNC, ENOSPC, -1, "old", "No space", 0, 0 },
		/* What NFS tells no sooner. */
		{ BROKEN_CLOSE, EDQUOT, -1, "old", "cannot write: Disk", 0,
		    0 },
		{ BROKEN_DUP, EMFILE, -1, "old", "cannot write: Too", 0, 0 },
		{ BROKEN_FSYNC_DIR, EIO, -1, "new", "directory", 0640, 1000 },
		{ BROKEN_OPEN_DIR, EACCES, -1, "new",
		    "f: cannot open its directory: ", 0640, 1000 },
		{ BROKEN_FSTAT, EIO, -1, "old", "cannot examine", 0, 0 },
		{ BROKEN_FSTATAT, EIO, -1, "old", "cannot examine", 0, 0 },
		{ BROKEN_FSTATAT, ENOENT, -1, "old", "replaced it", 0, 0 },
		{ BROKEN_FSYNC_DIR, EINVAL, 0, "new", "", 0640, 1000 },
		{ BROKEN_FCHMOD, EPERM, 1, "new", "mode", 0, 1000 },
		{ BROKEN_FUTIMENS, EPERM, 1, "new", "time", 0640, 0 },
	};
	struct timespec t = { .tv_sec = 1000 };
	struct env *e = *state;
	struct err err;
	struct part *p;
	struct stat st;
	size_t i;
	int rc;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		err_clear(&err);
		write_file(e->fd, "f", "old");
		p = begin(e, "f", "new");
		break_call(rows[i].call, rows[i].errnum, 0, -1);
		rc = part_commit(p, 0640, 027, &t, true, &err);
		broken = BROKEN_NONE;
		if (rc < 0)
			part_close(p, true);
		assert_int_equal(rc, rows[i].rc);
		assert_string_equal(read_file(e->fd, "f"), rows[i].left);
		assert_non_null(strstr(err.msg, rows[i].says));
		assert_int_equal(err.kind, rc == 0 ? ERR_NONE : ERR_LOCAL);
		/* What is whole stays for another try. */
		assert_int_equal(exists(e, PART), rows[i].left[0] == 'o');
		assert_int_equal(fstatat(e->fd, "f", &st, 0), 0);
		if (rows[i].mode != 0)
			assert_int_equal(st.st_mode & 0777, rows[i].mode);
		if (rows[i].mtime != 0)
			assert_int_equal(st.st_mtime, rows[i].mtime);
		unlinkat(e->fd, "f", 0);
	}
}

static void
test_reserve(void **state)
{
	struct env *e = *state;
	struct err err = ERR_INIT;
	struct part *p = begin(e, "f", "hello");
	struct stat st;

	assert_int_equal(part_reserve(p, 1 << 20, &err), 0);
	assert_int_equal(fstat(part_fd(p), &st), 0);
	assert_int_equal(st.st_size, 5);
	if (st.st_blocks * 512 < 1 << 20)
		print_message("this file system cannot reserve\n");
	/* What was not used is given back. */
	part_close(p, true);
	assert_int_equal(fstatat(e->fd, "f." V1 ".ftps-part", &st, 0), 0);
	assert_true(st.st_blocks * 512 < 1 << 20);
	p = begin(e, "f", "hello");
	assert_int_equal(part_reserve(p, 1 << 20, &err), 0);
	assert_int_equal(part_commit(p, -1, 027, NULL, false, &err), 0);
	assert_int_equal(fstatat(e->fd, "f", &st, 0), 0);
	assert_int_equal(st.st_size, 5);
	assert_true(st.st_blocks * 512 < 1 << 20);

	p = begin(e, "f", "hello");
	assert_int_equal(part_reserve(p, (int64_t)1 << 60, &err), -1);
	assert_int_equal(err.kind, ERR_LOCAL);
	part_close(p, false);
}

/* On a disk it is reserved behind the end, in memory it would cost time. */
static void
test_reserve_where(void **state)
{
	struct env *e = *state;
	struct err err = ERR_INIT;
	struct part *p = begin(e, "f", "hello");

	is_disk = true;
	reserved.fd = -1;
	assert_int_equal(part_reserve(p, 1 << 20, &err), 0);
	assert_int_equal(reserved.fd, part_fd(p));
	assert_int_equal(reserved.mode, FALLOC_FL_KEEP_SIZE);
	assert_int_equal(reserved.at, 0);
	assert_int_equal(reserved.n, 1 << 20);
	/* What has its blocks by now needs no more. */
	blocks = (1 << 20) / 512;
	reserved.fd = -1;
	assert_int_equal(part_reserve(p, 1 << 20, &err), 0);
	assert_int_equal(reserved.fd, -1);
	assert_int_equal(part_reserve(p, (1 << 20) + 1, &err), 0);
	assert_int_equal(reserved.fd, part_fd(p));
	assert_int_equal(reserved.n, (1 << 20) + 1);
	blocks = 0;
	is_disk = false;
	part_close(p, false);
}

static void
test_reserve_fails(void **state)
{
	static const struct {
		enum broken call;
		int errnum, rc;
		const char *says;
	} rows[] = {
		{ BROKEN_FSTAT, EIO, -1, PART ": cannot examine: Input" },
		{ BROKEN_FALLOCATE, ENOSPC, -1, "f: disk full: 1.0M needed" },
		{ BROKEN_FALLOCATE, EDQUOT, -1, "f: no room for it: Disk q" },
		{ BROKEN_FALLOCATE, EFBIG, -1, "f: no room for it: File" },
		{ BROKEN_FALLOCATE, EOPNOTSUPP, 0, "" },
		{ BROKEN_FSTATVFS, EIO, 0, "" },
	};
	struct env *e = *state;
	struct err err;
	struct part *p;
	struct stat st;
	int64_t offset;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		err_clear(&err);
		p = part_open(e->fd, "f", V1, false, -1, &offset, &err);
		assert_non_null(p);
		is_disk = true;
		break_call(rows[i].call, rows[i].errnum, 0, -1);
		assert_int_equal(part_reserve(p, 1 << 20, &err), rows[i].rc);
		broken = BROKEN_NONE;
		is_disk = false;
		assert_int_equal(strncmp(err.msg, rows[i].says,
		    strlen(rows[i].says)), 0);
		assert_int_equal(err.kind, rows[i].rc == 0 ? ERR_NONE :
		    ERR_LOCAL);
		assert_int_equal(err.sys, rows[i].rc == 0 ? 0 :
		    rows[i].errnum);
		/* What it got nevertheless is given back. */
		assert_int_equal(fstat(part_fd(p), &st), 0);
		if (rows[i].rc != 0)
			assert_true(st.st_blocks * 512 < 1 << 20);
		part_close(p, false);
	}
}

static void
assert_room(struct part *p, int64_t size, const char *says)
{
	struct err err = ERR_INIT;
	int rc = part_reserve(p, size, &err);

	assert_string_equal(err.msg, says);
	assert_int_equal(rc, *says == '\0' ? 0 : -1);
	assert_int_equal(err.sys, *says == '\0' ? 0 : ENOSPC);
	assert_int_equal(part_restart(p, &err), 0);
}

static void
test_room(void **state)
{
	enum { MIB = 1024 * 1024, BLOCK = 512 };
	struct env *e = *state;
	struct err err = ERR_INIT;
	struct part *p;
	int64_t offset;

	p = part_open(e->fd, "f", V1, false, -1, &offset, &err);
	assert_non_null(p);
	/* A part of it is for root alone. */
	room = (struct statvfs){ .f_bsize = BLOCK, .f_frsize = BLOCK,
	    .f_blocks = 1,
	    .f_bfree = MIB / BLOCK, .f_bavail = MIB / BLOCK / 2 };
	assert_room(p, MIB, "");
	assert_room(p, MIB + BLOCK, "f: disk full: 1.0M needed, 512K free");
	room.f_bavail = MIB / BLOCK;
	assert_room(p, MIB + BLOCK,
	    "f: disk full: 1049088 bytes needed, 1048576 free");
	break_call(BROKEN_FSTATVFS, EIO, 1, -1);
	assert_room(p, MIB + BLOCK, "f: disk full: 1.0M needed");
	broken = BROKEN_NONE;
	/* Who knows no sizes is not taken at his word. */
	room.f_blocks = 0;
	assert_room(p, MIB + BLOCK, "");
	room.f_blocks = 1;
	room.f_frsize = 0;
	assert_room(p, MIB + BLOCK, "");
	/* Blocks may be as small as bytes. */
	room.f_frsize = 1;
	room.f_bfree = room.f_bavail = MIB;
	assert_room(p, MIB + BLOCK,
	    "f: disk full: 1049088 bytes needed, 1048576 free");
	assert_room(p, MIB, "");
	room.f_bsize = 0;
	part_close(p, false);
}

/* What is kept for another version has that one's name. */
static void
test_close_as(void **state)
{
	struct env *e = *state;
	struct part *p;

	part_close_as(begin(e, "f", "new"), V2);
	assert_int_equal(count(e), 1);
	assert_string_equal(read_file(e->fd, "f." V2 ".ftps-part"), "new");
	/* Nothing is kept of nothing, nor touched what is another's. */
	part_close_as(begin(e, "f", ""), V1);
	assert_int_equal(count(e), 1);
	write_file(e->fd, "evil", "evil");
	p = begin(e, "f", "newer");
	assert_int_equal(renameat(e->fd, "evil", e->fd, PART), 0);
	part_close_as(p, V2);
	assert_int_equal(count(e), 2);
	assert_string_equal(read_file(e->fd, PART), "evil");
	assert_string_equal(read_file(e->fd, "f." V2 ".ftps-part"), "new");
}

/* A private file system of 1 MiB over the scratch directory. */
static bool
mount_small(struct env *e)
{
	if (unshare(CLONE_NEWNS) != 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
	    mount("tmpfs", e->dir, "tmpfs", 0, "size=1m") != 0)
		return false;
	close(e->fd);
	e->fd = open(e->dir, O_RDONLY | O_DIRECTORY);
	return true;
}

/* In a process of its own; 0 if all is well. */
static int
fill_disk(struct env *e)
{
	static char block[700 * 1024];
	struct err err = ERR_INIT;
	struct statfs before, after;
	struct part *p;
	int64_t offset;

	if (!mount_small(e))
		return 77;
	p = part_open(e->fd, "f", V1, false, -1, &offset, &err);
	fstatfs(e->fd, &before);
	if (p == NULL || part_reserve(p, 2 << 20, &err) != -1 ||
	    err.kind != ERR_LOCAL || strstr(err.msg, "disk full") == NULL ||
	    strstr(err.msg, "2.0M") == NULL)
		return 1;
	fstatfs(e->fd, &after);
	if (before.f_bfree != after.f_bfree)
		return 2;
	/* What is there already needs no room. */
	if (write(part_fd(p), block, sizeof(block)) != sizeof(block) ||
	    part_reserve(p, 1000 * 1024, &err) != 0)
		return 3;
	/* Here it would cost time, and no more is taken than was written. */
	fstatfs(e->fd, &after);
	return after.f_bfree * (uint64_t)after.f_bsize > 100 * 1024 ? 0 : 4;
}

static void
test_disk_full(void **state)
{
	struct env *e = *state;
	int status;

	if (fork() == 0)
		_exit(fill_disk(e));
	wait(&status);
	if (WEXITSTATUS(status) == 77) {
		print_message("skipped: only root can mount a tmpfs\n");
		skip();
	}
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* What is there can be neither examined nor emptied. */
static void
test_open_fails(void **state)
{
	static const struct {
		enum broken call;
		int errnum, after, times;
		bool resume;
		const char *says;	/* NULL: it comes right */
	} rows[] = {
		{ BROKEN_FSTAT, EIO, 0, -1, true, "cannot examine: Input" },
		{ BROKEN_FSTAT, EIO, 1, -1, true, "cannot examine: Input" },
		{ BROKEN_FSTAT, EIO, 2, -1, true, "cannot examine: Input" },
		{ BROKEN_FSTATAT, EIO, 1, -1, true, "cannot examine: Input" },
		{ BROKEN_FSTATAT, ENOENT, 1, -1, true, "somebody else keeps "
		    "replacing it" },
		{ BROKEN_FSTATAT, ENOENT, 1, 1, true, NULL },
		{ BROKEN_OPEN, ENOENT, 0, 1, true, NULL },
		{ BROKEN_OPEN, ENOENT, 0, 99, true, NULL },
		{ BROKEN_OPEN, ENOENT, 0, 100, true, "somebody else keeps" },
		{ BROKEN_OPEN, EIO, 0, 1, true, "cannot open: Input" },
		{ BROKEN_LSEEK, EIO, 0, -1, true, "cannot seek: Input" },
		{ BROKEN_LSEEK, EIO, 0, -1, false, "cannot empty: Input" },
		{ BROKEN_FTRUNCATE, EIO, 0, -1, false, "cannot empty: Input" },
	};
	struct env *e = *state;
	struct err err;
	struct part *p;
	int64_t offset;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		err_clear(&err);
		leave(e, "f", "hello");
		break_call(rows[i].call, rows[i].errnum, rows[i].after,
		    rows[i].times);
		p = part_open(e->fd, "f", V1, rows[i].resume, -1, &offset,
		    &err);
		broken = BROKEN_NONE;
		if (rows[i].says == NULL) {
			assert_non_null(p);
			assert_int_equal(offset, 5);
			part_close(p, true);
			continue;
		}
		assert_null(p);
		assert_int_equal(err.kind, ERR_LOCAL);
		assert_int_equal(strncmp(err.msg, PART ": ",
		    strlen(PART ": ")), 0);
		assert_non_null(strstr(err.msg, rows[i].says));
		assert_true(exists(e, PART));
	}
}

/* A directory that takes no file is told of as such. */
static void
test_unwritable(void **state)
{
	static const struct {
		int errnum;
		bool unwritable;
	} rows[] = {
		{ EACCES, true }, { EPERM, true }, { EROFS, true },
		{ ENOSPC, true }, { EDQUOT, true }, { EIO, false },
		{ EMFILE, false }, { ENOENT, false },
	};
	struct env *e = *state;
	struct err err;
	int64_t offset;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		err_clear(&err);
		break_call(BROKEN_CREATE, rows[i].errnum, 0, -1);
		assert_null(part_open(e->fd, "f", V1, true, -1, &offset,
		    &err));
		broken = BROKEN_NONE;
		assert_int_equal(err.kind, ERR_LOCAL);
		assert_int_equal(err.sys, rows[i].errnum);
		assert_int_equal(part_is_unwritable(&err),
		    rows[i].unwritable);
		if (!rows[i].unwritable)
			assert_int_equal(strncmp(err.msg,
			    PART ": cannot create: ",
			    strlen(PART ": cannot create: ")), 0);
	}
	assert_int_equal(count(e), 0);
}

/* What cannot be looked at stays. */
static void
test_stale_unseen(void **state)
{
	static const enum broken calls[] = {
		BROKEN_OPEN_DIR, BROKEN_FDOPENDIR, BROKEN_OPEN, BROKEN_FLOCK,
		BROKEN_FSTAT, BROKEN_FSTATAT
	};
	struct env *e = *state;
	size_t i;

	leave(e, "f", "old");
	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		break_call(calls[i], EIO, 0, -1);
		part_remove_stale(e->fd, "f");
		broken = BROKEN_NONE;
		assert_true(exists(e, PART));
	}
	part_remove_stale(e->fd, "f");
	assert_false(exists(e, PART));
}

static void
test_try_time(void **state)
{
	struct timespec t = { 1700000000, 0 }, got;
	struct env *e = *state;

	assert_int_equal(part_try_time(e->fd, &t, &got), 0);
	assert_int_equal(got.tv_sec, t.tv_sec);
	break_call(BROKEN_FUTIMENS, EPERM, 0, -1);
	assert_int_equal(part_try_time(e->fd, &t, &got), -1);
	break_call(BROKEN_FSTATAT, EIO, 0, -1);
	assert_int_equal(part_try_time(e->fd, &t, &got), -1);
	broken = BROKEN_NONE;
	assert_int_equal(count(e), 0);
	assert_int_equal(part_try_time(-1, &t, &got), -1);
}

static void
test_stale(void **state)
{
	struct env *e = *state;
	struct err err = ERR_INIT;
	struct part *held;
	int64_t offset;

	leave(e, "f", "old");
	leave(e, "g", "other");
	held = part_open(e->fd, "f", V2, false, -1, &offset, &err);
	assert_non_null(held);
	write_file(e->fd, "f.bak", "mine");
	write_file(e->fd, "victim", "precious");
	assert_int_equal(symlinkat("victim", e->fd,
	    "f.00000000ffffffff.ftps-part"), 0);
	assert_int_equal(count(e), 6);
	part_remove_stale(e->fd, "f");
	assert_false(exists(e, "f." V1 ".ftps-part"));
	assert_int_equal(count(e), 5);
	assert_int_equal(part_commit(held, -1, 027, NULL, false, &err), 0);
	assert_true(exists(e, "g." V1 ".ftps-part"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_version),
		cmocka_unit_test(test_version_sent),
		cmocka_unit_test(test_name),
		cmocka_unit_test(test_long_name),
#define WITH_DIR(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		WITH_DIR(test_commit),
		WITH_DIR(test_modes),
		WITH_DIR(test_name_too_long),
		WITH_DIR(test_resume),
		WITH_DIR(test_no_resume),
		WITH_DIR(test_lock),
		WITH_DIR(test_lock_fails),
		WITH_DIR(test_contention),
		WITH_DIR(test_planted),
		WITH_DIR(test_planted_for_good),
		WITH_DIR(test_foreign),
		WITH_DIR(test_destinations),
		WITH_DIR(test_replaced),
		WITH_DIR(test_commit_fails),
		WITH_DIR(test_open_fails),
		WITH_DIR(test_reserve),
		WITH_DIR(test_reserve_where),
		WITH_DIR(test_reserve_fails),
		WITH_DIR(test_room),
		WITH_DIR(test_close_as),
		WITH_DIR(test_disk_full),
		WITH_DIR(test_unwritable),
		WITH_DIR(test_stale),
		WITH_DIR(test_stale_unseen),
		WITH_DIR(test_try_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
