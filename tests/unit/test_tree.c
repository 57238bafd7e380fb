/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"
#include "instead.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#if defined(__linux__) && __has_include(<linux/openat2.h>)
#include <linux/openat2.h>
#include <sys/syscall.h>
#endif

#include "local/tree.h"
#include "tempdir.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/*
 * A scratch directory with out/secret, which nothing may touch, and root,
 * the tree: d/f, the symlinks d/up, link (both to out), inside (to d), and
 * dangling.
 */
struct env {
	char *dir;
	int dirfd;
	int root;
	struct tree *t;
	int flags;
};

/* How many entries the disk yields before it fails; -1: all. */
static int readable = -1;
/* A name that is gone when it is looked at. */
static const char *ghost;
/* What these fail with, once; 0: they do not. */
static int fdopendir_errno, readlinkat_errno;
/* Whether links are longer than any buffer. */
static bool endless;
/* How often openat2(2) has been called and came back with a file. */
static atomic_int beneath;

/* These instead of the C library's. */
struct dirent *
readdir(DIR *d)
{
	struct dirent *(*real)(DIR *);

	REAL("readdir");
	if (readable == 0) {
		errno = EIO;
		return NULL;
	}
	if (readable > 0)
		readable--;
	if (ghost != NULL) {
		static struct dirent e;

		strlcpy(e.d_name, ghost, sizeof(e.d_name));
		ghost = NULL;
		return &e;
	}
	return real(d);
}

DIR *
fdopendir(int fd)
{
	DIR *(*real)(int);

	REAL("fdopendir");
	return fails_once(&fdopendir_errno) ? NULL : real(fd);
}

ssize_t
readlinkat(int dir, const char *name, char *buf, size_t size)
{
	ssize_t (*real)(int, const char *, char *, size_t);

	REAL("readlinkat");
	if (endless)
		memset(buf, 'x', size);
	if (endless)
		return (ssize_t)size;
	return fails_once(&readlinkat_errno) ? -1 : real(dir, name, buf, size);
}

#ifdef RESOLVE_BENEATH
long
syscall(long number, ...)
{
	long (*real)(long, ...), a[6], rc;
	va_list ap;
	int i;

	REAL("syscall");
	va_start(ap, number);
	for (i = 0; i < 6; i++)
		a[i] = va_arg(ap, long);
	va_end(ap);
	rc = real(number, a[0], a[1], a[2], a[3], a[4], a[5]);
	if (number == SYS_openat2 && rc != -1)
		beneath++;
	return rc;
}
#endif

/* Each test runs with openat2(2) and without. */
static int modes[] = { 0, TREE_NO_OPENAT2 };

static void
open_tree(struct env *e, int flags)
{
	struct err err = ERR_INIT;

	tree_close(e->t);
	e->t = tree_open_at(e->dirfd, "root", flags, &err);
	assert_non_null(e->t);
}

static int
setup(void **state)
{
	struct env *e = calloc(1, sizeof(*e));
	int flags = *(int *)*state;

	e->dir = tempdir_new();
	e->dirfd = open(e->dir, O_RDONLY | O_DIRECTORY);
	mkdirat(e->dirfd, "out", 0755);
	write_file(e->dirfd, "out/secret", "secret");
	mkdirat(e->dirfd, "root", 0755);
	mkdirat(e->dirfd, "root/d", 0755);
	write_file(e->dirfd, "root/d/f", "data");
	e->root = openat(e->dirfd, "root", O_RDONLY | O_DIRECTORY);
	if (symlinkat("../../out", e->root, "d/up") == -1 ||
	    symlinkat("../out", e->root, "link") == -1 ||
	    symlinkat("d", e->root, "inside") == -1 ||
	    symlinkat("nowhere", e->root, "dangling") == -1)
		return -1;
	open_tree(e, flags);
	e->flags = flags;
	*state = e;
	return 0;
}

static int
count_out(const struct env *e)
{
	int n = 0, fd = openat(e->dirfd, "out", O_RDONLY | O_DIRECTORY);
	DIR *d = fdopendir(fd);

	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n - 2;
}

static int
teardown(void **state)
{
	struct env *e = *state;
	struct stat st;

	/* Whatever the test did: nothing outside was touched. */
	assert_int_equal(count_out(e), 1);
	assert_string_equal(read_file(e->dirfd, "out/secret"), "secret");
	assert_int_equal(fstatat(e->dirfd, "out/secret", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
	assert_true(st.st_mtime > 1000);
	tree_close(e->t);
	close(e->root);
	close(e->dirfd);
	tempdir_remove(e->dir);
	free(e);
	return 0;
}

/* Whether path, as the tree names it, exists; itself, if a symlink. */
static bool
exists(const struct env *e, const char *path)
{
	struct stat st;

	return fstatat(e->root, path, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

/* The entry called name, or NULL. */
static const struct tree_entry *
find(const struct tree_list *list, const char *name)
{
	size_t i;

	for (i = 0; i < list->n; i++) {
		if (strcmp(list->entry[i].name, name) == 0)
			return &list->entry[i];
	}
	return NULL;
}

static void
test_list(void **state)
{
	struct env *e = *state;
	struct err err = ERR_INIT;
	struct timespec ts[2] = { { 1, 0 }, { 1700000000, 123456789 } };
	const struct tree_entry *x;
	struct tree_list list;
	size_t i;

	assert_int_equal(mkfifoat(e->root, "fifo", 0600), 0);
	write_file(e->root, "z\n\x1b", "12345");
	assert_int_equal(fchmodat(e->root, "z\n\x1b", 04751, 0), 0);
	assert_int_equal(utimensat(e->root, "z\n\x1b", ts, 0), 0);
	assert_int_equal(tree_list(e->t, "", &list, &err), 0);
	assert_int_equal(list.n, 6);
	assert_true(list.complete);
	for (i = 1; i < list.n; i++)
		assert_true(strcmp(list.entry[i - 1].name,
		    list.entry[i].name) < 0);

	x = find(&list, "z\n\x1b");
	assert_non_null(x);
	assert_int_equal(x->type, 'f');
	assert_int_equal(x->mode, 04751);
	assert_int_equal(x->size, 5);
	assert_int_equal(x->mtime.tv_sec, 1700000000);
	assert_int_equal(x->mtime.tv_nsec, 123456789);
	assert_null(x->target);
	x = find(&list, "link");
	assert_int_equal(x->type, 'l');
	assert_string_equal(x->target, "../out");
	assert_int_equal(find(&list, "d")->type, 'd');
	assert_int_equal(find(&list, "dangling")->type, 'l');
	assert_int_equal(find(&list, "fifo")->type, 'o');
	assert_null(find(&list, "absent"));
	tree_list_release(&list);

	assert_int_equal(tree_list(e->t, "d", &list, &err), 0);
	assert_int_equal(list.n, 2);
	tree_list_release(&list);
	assert_int_equal(tree_mkdir(e->t, "empty", 0700, &err), 0);
	assert_int_equal(tree_list(e->t, "empty", &list, &err), 0);
	assert_int_equal(list.n, 0);
	assert_null(find(&list, "d"));
	tree_list_release(&list);
	tree_list_release(&list);
}

static void
test_list_large(void **state)
{
	struct env *e = *state;
	struct err err = ERR_INIT;
	struct tree_list list;
	char name[256];
	int i;

	for (i = 0; i < 2000; i++) {
		snprintf(name, sizeof(name), "d/%0*d", 20 + i % 220, i);
		assert_int_equal(symlinkat(name, e->root, name), 0);
	}
	assert_int_equal(tree_list(e->t, "d", &list, &err), 0);
	assert_int_equal(list.n, 2002);
	for (i = 0; i < 2000; i++) {
		snprintf(name, sizeof(name), "d/%0*d", 20 + i % 220, i);
		assert_non_null(find(&list, name + 2));
		assert_string_equal(find(&list, name + 2)->target,
		    name);
	}
	tree_list_release(&list);
}

static void
test_list_errors(void **state)
{
	struct env *e = *state;
	struct err err = ERR_INIT;
	struct tree_list list;

	assert_int_equal(tree_list(e->t, "absent", &list, &err), -1);
	assert_int_equal(err.kind, ERR_LOCAL);
	assert_int_equal(err.sys, ENOENT);
	assert_int_equal(tree_list(e->t, "d/f", &list, &err), -1);
	assert_int_equal(err.sys, ENOTDIR);
	assert_int_equal(tree_list(e->t, "link", &list, &err), -1);
	assert_int_equal(tree_list(e->t, "inside", &list, &err), -1);
	assert_int_equal(list.n, 0);
}

/* What could be read before is not all: none of it is given. */
static void
test_list_broken(void **state)
{
	struct env *e = *state;
	struct err err = ERR_INIT;
	struct tree_list list;
	int rc;

	readable = 3;
	rc = tree_list(e->t, "", &list, &err);
	readable = -1;
	assert_int_equal(rc, -1);
	assert_int_equal(err.kind, ERR_LOCAL);
	assert_int_equal(err.sys, EIO);
	assert_int_equal(list.n, 0);
}

/* Runs as somebody who is bound by permissions. */
/* Gone between the listing and the look, which is no gap in it. */
static void
test_list_ghost(void **state)
{
	struct env *e = *state;
	struct err err = ERR_INIT;
	struct tree_list list;

	ghost = "ghost";
	assert_int_equal(tree_list(e->t, "d", &list, &err), 0);
	assert_true(list.complete);
	assert_int_equal(list.n, 2);
	assert_null(find(&list, "ghost"));
	tree_list_release(&list);
}

/* A link that cannot be read is a gap, unless it is gone. */
static void
test_list_link_broken(void **state)
{
	struct env *e = *state;
	struct err err = ERR_INIT;
	struct tree_list list;

	readlinkat_errno = EIO;
	assert_int_equal(tree_list(e->t, "d", &list, &err), 0);
	assert_false(list.complete);
	assert_int_equal(list.n, 2);
	assert_true(find(&list, "up")->unreadable);
	assert_int_equal(tree_list_error(&list, &err), -1);
	assert_int_equal(err.kind, ERR_LOCAL);
	assert_int_equal(err.sys, EIO);
	assert_string_equal(err.msg, "up: cannot examine: Input/output error");
	tree_list_release(&list);
	readlinkat_errno = ENOENT;
	err_clear(&err);
	assert_int_equal(tree_list(e->t, "d", &list, &err), 0);
	assert_true(list.complete);
	assert_int_equal(list.n, 1);
	tree_list_release(&list);
	/* Half a target is none. */
	endless = true;
	assert_int_equal(tree_list(e->t, "d", &list, &err), 0);
	endless = false;
	assert_false(list.complete);
	assert_true(find(&list, "up")->unreadable);
	assert_int_equal(list.sys, ENAMETOOLONG);
	tree_list_release(&list);
	fdopendir_errno = ENOMEM;
	assert_int_equal(tree_list(e->t, "d", &list, &err), -1);
	assert_int_equal(err.sys, ENOMEM);
	assert_string_equal(err.msg,
	    "d: cannot read the directory: Cannot allocate memory");
	assert_int_equal(list.n, 0);
}

/* A link may be longer than all names before it, and lead too far. */
static void
test_list_long_link(void **state)
{
	struct env *e = *state;
	struct err err = ERR_INIT;
	struct tree_list list;
	const struct tree_entry *found;
	char target[4001];

	memset(target, 'x', sizeof(target));
	target[sizeof(target) - 1] = '\0';
	assert_int_equal(mkdirat(e->root, "long", 0700), 0);
	assert_int_equal(symlinkat(target, e->root, "long/l"), 0);
	assert_int_equal(tree_list(e->t, "long", &list, &err), 0);
	assert_true(list.complete);
	assert_int_equal(list.n, 1);
	assert_string_equal(list.entry[0].target, target);
	tree_list_release(&list);

	open_tree(e, e->flags | TREE_FOLLOW);
	assert_int_equal(tree_list(e->t, "long", &list, &err), 0);
	assert_false(list.complete);
	assert_int_equal(list.sys, ENAMETOOLONG);
	found = find(&list, "l");
	assert_non_null(found);
	assert_true(found->unreadable);
	assert_int_equal(found->type, 'o');
	assert_int_equal(tree_list_error(&list, &err), -1);
	assert_string_equal(err.msg, "l: cannot examine: File name too long");
	tree_list_release(&list);
}

static void
assert_way(struct env *e, const char *path, const char *const *dirs,
    size_t want)
{
	struct err err = ERR_INIT;
	struct tree_id *way;
	struct stat st;
	size_t i, n = 0;

	way = tree_way(e->t, path, &n, &err);
	assert_non_null(way);
	assert_int_equal(n, want);
	for (i = 0; i < n; i++) {
		assert_int_equal(fstatat(e->root, dirs[i], &st, 0), 0);
		assert_int_equal(way[i].dev, st.st_dev);
		assert_int_equal(way[i].ino, st.st_ino);
	}
	free(way);
}

static void
test_way(void **state)
{
	static const char *const dirs[] = { ".", "d", "d/sub", "d/sub/x" };
	struct env *e = *state;
	struct err err = ERR_INIT;
	size_t n;

	assert_int_equal(mkdirat(e->root, "d/sub", 0700), 0);
	assert_int_equal(mkdirat(e->root, "d/sub/x", 0700), 0);
	assert_way(e, "", dirs, 1);
	assert_way(e, ".", dirs, 1);
	assert_way(e, "d", dirs, 2);
	assert_way(e, "d/sub", dirs, 3);
	assert_way(e, "d//sub/x", dirs, 4);
	assert_null(tree_way(e->t, "d/none/x", &n, &err));
	assert_int_equal(err.kind, ERR_LOCAL);
	assert_string_equal(err.msg, "a directory is no more there");
	err_clear(&err);
	assert_null(tree_way(e->t, "link/x", &n, &err));
	assert_non_null(strstr(err.msg, "a symbolic link is in the way"));
}

/* The kernel opens in one step, unless it cannot, or is not to. */
static void
test_openat2(void **state)
{
	struct env *e = *state;
	struct err err = ERR_INIT;
	struct stat st;
	bool has = false;
	mode_t mask;
	int fd, n;

#ifdef RESOLVE_BENEATH
	struct open_how how = { .flags = O_RDONLY };

	fd = (int)syscall(SYS_openat2, e->root, "d/f", &how, sizeof(how));
	has = fd != -1 && e->flags == 0;
	if (fd != -1)
		close(fd);
#endif
	n = beneath;
	assert_true((fd = tree_open_file(e->t, "d/f", O_RDONLY, 0, &err)) >= 0);
	close(fd);
	assert_int_equal(beneath - n, has);
	mask = umask(022);
	assert_true((fd = tree_open_file(e->t, "d/n", O_WRONLY | O_CREAT, 0604,
	    &err)) >= 0);
	umask(mask);
	assert_int_equal(beneath - n, 2 * has);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0604);
	assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	close(fd);
}

static void
test_permissions(void **state)
{
	struct env *e = *state;
	struct err err = ERR_INIT;
	struct tree_list list;
	uid_t was = geteuid();
	int fd;

	if (was == 0) {
		assert_int_equal(chmod(e->dir, 0755), 0);
		assert_int_equal(fchownat(e->root, "d", 65534, -1, 0), 0);
		assert_int_equal(seteuid(65534), 0);
	}
	/* Names can be read, but nothing behind them. */
	assert_int_equal(fchmodat(e->root, "d", 0444, 0), 0);
	assert_int_equal(tree_list(e->t, "d", &list, &err), 0);
	assert_false(list.complete);
	assert_int_equal(list.n, 2);
	assert_true(find(&list, "f")->unreadable);
	assert_int_equal(tree_list_error(&list, &err), -1);
	assert_int_equal(err.sys, EACCES);
	assert_non_null(strstr(err.msg, "Permission denied"));
	err_clear(&err);
	tree_list_release(&list);
	/* The reverse: passing through is enough for what lies below. */
	assert_int_equal(fchmodat(e->root, "d", 0111, 0), 0);
	assert_int_equal(tree_list(e->t, "d", &list, &err), -1);
	assert_int_equal(err.sys, EACCES);
	assert_true((fd = tree_open_file(e->t, "d/f", O_RDONLY, 0,
	    &err)) >= 0);
	close(fd);
	assert_int_equal(fchmodat(e->root, "d", 0755, 0), 0);
	assert_int_equal(seteuid(was), 0);
}

/* What a path that must not be followed can be given to; all have to fail. */
static void
refuses(struct env *e, const char *path)
{
	struct err err = ERR_INIT;
	struct tree_list list;
	struct stat st;

#define REFUSED(call) do {						\
	err_clear(&err);						\
	if ((call) != -1 || err.kind != ERR_LOCAL)			\
		fail_msg("%s: not refused: %s", path, #call);		\
} while (0)
	REFUSED(tree_list(e->t, path, &list, &err));
	REFUSED(tree_open_dir(e->t, path, &err));
	REFUSED(tree_open_file(e->t, path, O_RDONLY, 0, &err));
	REFUSED(tree_open_file(e->t, path, O_WRONLY | O_TRUNC, 0, &err));
	REFUSED(tree_open_file(e->t, path, O_WRONLY | O_CREAT, 0600, &err));
	REFUSED(tree_stat(e->t, path, &st, &err));
	REFUSED(tree_mkdir(e->t, path, 0700, &err));
	REFUSED(tree_unlink(e->t, path, &err));
	REFUSED(tree_rmdir(e->t, path, &err));
	REFUSED(tree_symlink(e->t, "f", path, &err));
	REFUSED(tree_chmod(e->t, path, 0777, &err));
#undef REFUSED
	assert_true(exists(e, "d/f"));
	assert_false(exists(e, "new"));
}

static void
test_leading_out(void **state)
{
	struct env *e = *state;
	char *absolute;

	refuses(e, "..");
	refuses(e, "../out");
	refuses(e, "../out/secret");
	refuses(e, "../out/new");
	refuses(e, "d/..");
	refuses(e, "d/../d/f");
	refuses(e, "d/../../out/secret");
	refuses(e, "/");
	refuses(e, "/etc/passwd");
	assert_true(asprintf(&absolute, "%s/out/secret", e->dir) > 0);
	refuses(e, absolute);
	free(absolute);
}

static void
test_symlinks(void **state)
{
	struct env *e = *state;
	char *absolute;

	refuses(e, "link/secret");
	refuses(e, "link/new");
	refuses(e, "d/up/secret");
	refuses(e, "inside/f");
	refuses(e, "dangling/new");
	assert_true(asprintf(&absolute, "%s/out", e->dir) > 0);
	assert_int_equal(symlinkat(absolute, e->root, "absolute"), 0);
	refuses(e, "absolute/secret");
	free(absolute);
	assert_int_equal(symlinkat("/proc/self/cwd", e->root, "magic"), 0);
	refuses(e, "magic/new");
}

/* A symlink as the last component is itself, or refused. */
static void
test_last_symlink(void **state)
{
	struct env *e = *state;
	struct err err = ERR_INIT;
	struct stat st;

	assert_int_equal(symlinkat("../out/secret", e->root, "s"), 0);
	assert_int_equal(tree_open_file(e->t, "s", O_RDONLY, 0, &err), -1);
	assert_non_null(strstr(err.msg, "symbolic link"));
	assert_int_equal(tree_open_file(e->t, "s", O_WRONLY | O_CREAT, 0600,
	    &err), -1);
	assert_int_equal(tree_open_file(e->t, "dangling", O_WRONLY | O_CREAT,
	    0600, &err), -1);
	assert_false(exists(e, "nowhere"));
	assert_int_equal(tree_open_dir(e->t, "link", &err), -1);
	assert_int_equal(tree_mkdir(e->t, "link", 0700, &err), -1);
	assert_int_equal(tree_mkdir(e->t, "d/f", 0700, &err), -1);
	assert_int_equal(err.sys, EEXIST);
	assert_int_equal(tree_rmdir(e->t, "link", &err), -1);
	assert_int_equal(tree_chmod(e->t, "s", 0777, &err), -1);

	err_clear(&err);
	assert_int_equal(tree_stat(e->t, "s", &st, &err), 1);
	assert_true(S_ISLNK(st.st_mode));
	assert_int_equal(tree_unlink(e->t, "s", &err), 0);
	assert_int_equal(tree_unlink(e->t, "link", &err), 0);
	assert_false(exists(e, "link"));
}

static void
test_changes(void **state)
{
	struct env *e = *state;
	struct err err = ERR_INIT;
	struct stat st;
	int fd;

	assert_int_equal(tree_mkdir(e->t, "d/sub", 0750, &err), 0);
	assert_int_equal(tree_mkdir(e->t, "d/sub", 0700, &err), 0);
	assert_int_equal(tree_mkdir(e->t, "", 0700, &err), 0);
	assert_int_equal(tree_mkdir(e->t, "absent/sub", 0700, &err), -1);
	assert_int_equal(err.sys, ENOENT);
	fd = tree_open_file(e->t, "d/sub/new", O_WRONLY | O_CREAT | O_EXCL,
	    0600, &err);
	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	close(fd);
	assert_int_equal(tree_chmod(e->t, "d/sub/new", 0640, &err), 0);
	assert_int_equal(tree_stat(e->t, "d/sub/new", &st, &err), 1);
	assert_int_equal(st.st_mode, S_IFREG | 0640);
	assert_int_equal(tree_rmdir(e->t, "d/sub", &err), -1);
	assert_int_equal(tree_unlink(e->t, "d/sub/new", &err), 0);
	assert_int_equal(tree_rmdir(e->t, "d/sub", &err), 0);
	assert_int_equal(tree_unlink(e->t, "d/f", &err), 0);
	assert_int_equal(tree_unlink(e->t, "d/f", &err), -1);
	assert_int_equal(err.sys, ENOENT);
	assert_non_null(strstr(err.msg, "d/f: "));

	/* The root itself. */
	assert_int_equal(tree_chmod(e->t, "", 0711, &err), 0);
	assert_int_equal(tree_stat(e->t, "", &st, &err), 1);
	assert_int_equal(st.st_mode, S_IFDIR | 0711);
	assert_int_equal(tree_unlink(e->t, "", &err), -1);
	assert_string_equal(err.msg, ": not a name in the tree");
	assert_int_equal(tree_rmdir(e->t, ".", &err), -1);
	assert_string_equal(err.msg, ".: not a name in the tree");
	assert_int_equal(tree_rmdir(e->t, "d/..", &err), -1);
	assert_string_equal(err.msg, "d/..: not a name in the tree");
}

static void
test_stat_absent(void **state)
{
	struct env *e = *state;
	struct err err = ERR_INIT;
	struct stat st;

	assert_int_equal(tree_stat(e->t, "absent", &st, &err), 0);
	assert_int_equal(tree_stat(e->t, "absent/x", &st, &err), 0);
	assert_int_equal(tree_stat(e->t, "d/f/x", &st, &err), 0);
	assert_int_equal(err.kind, ERR_NONE);
}

static void
test_long_names(void **state)
{
	struct env *e = *state;
	struct err err = ERR_INIT;
	char name[300];

	memset(name, 'a', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(tree_mkdir(e->t, name, 0700, &err), -1);
	assert_int_equal(err.sys, ENAMETOOLONG);
	assert_int_equal(tree_open_dir(e->t, name, &err), -1);
	assert_int_equal(err.sys, ENAMETOOLONG);
	name[256] = '\0';
	assert_int_equal(tree_open_dir(e->t, name, &err), -1);
	assert_int_equal(err.sys, ENAMETOOLONG);
	name[255] = '\0';
	assert_int_equal(tree_mkdir(e->t, name, 0700, &err), 0);
	name[255] = '/';
	name[256] = 'a';
	name[257] = '\0';
	assert_int_equal(tree_mkdir(e->t, name, 0700, &err), 0);
	assert_true(exists(e, name));
}

static void
test_symlink_targets(void **state)
{
	static const struct {
		const char *target, *path;
		bool fine;
	} cases[] = {
		{ "f", "l", true },
		{ "d/f", "l", true },
		{ ".hidden", "l", true },
		{ "..f", "l", true },
		{ "f..", "l", true },
		{ ".f", "l", true },
		{ "f.", "l", true },
		{ "./d/./f", "l", true },
		{ ".", "l", true },
		{ "../x", "d/l", true },
		{ "..", "d/l", true },
		{ ".././x", "d/l", true },
		{ "./../x", "d/l", true },
		{ "./../../out", "d/l", false },
		{ "/etc/passwd", "l", false },
		{ "/", "d/l", false },
		{ "..", "l", false },
		{ "../", "l", false },
		{ "../out", "l", false },
		{ ".//..//out", "l", false },
		{ "../..", "d/l", false },
		{ "../../out", "d/l", false },
		{ ".././../out", "d/l", false },
		/* "./d/" is one deep, not two. */
		{ "../../out", "./d/l", false },
		{ "../../out", "d//l", false },
		/* inside is a link: what follows it is not where it seems. */
		{ "inside/../../out", "d/l", false },
		{ "d/..", "d/l", false },
		{ "../d/../../out", "d/l", false },
	};
	struct env *e = *state;
	struct err err = ERR_INIT;
	char target[256];
	ssize_t n;
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		err_clear(&err);
		if ((tree_symlink(e->t, cases[i].target, cases[i].path,
		    &err) == 0) != cases[i].fine)
			fail_msg("%s -> %s: %s", cases[i].path,
			    cases[i].target, err.msg);
		if (!cases[i].fine) {
			assert_int_equal(err.kind, ERR_LOCAL);
			assert_false(exists(e, cases[i].path));
			continue;
		}
		n = readlinkat(e->root, cases[i].path, target,
		    sizeof(target));
		assert_int_equal(n, strlen(cases[i].target));
		assert_memory_equal(target, cases[i].target, n);
		assert_int_equal(unlinkat(e->root, cases[i].path, 0), 0);
	}
}

static void
test_symlink_replaces(void **state)
{
	struct env *e = *state;
	struct err err = ERR_INIT;
	struct tree_list list;

	assert_int_equal(tree_symlink(e->t, "d/f", "link", &err), 0);
	assert_string_equal(read_file(e->root, "link"), "data");
	assert_int_equal(tree_symlink(e->t, "../link", "d/f", &err), 0);
	assert_int_equal(tree_symlink(e->t, "x", "d", &err), -1);
	assert_int_equal(err.sys, EISDIR);
	assert_int_equal(tree_symlink(e->t, "", "new", &err), -1);
	/* No temporary link is left behind. */
	assert_int_equal(tree_list(e->t, "", &list, &err), 0);
	assert_int_equal(list.n, 4);
	assert_int_equal(find(&list, "d")->type, 'd');
	tree_list_release(&list);
}

static void
test_follow(void **state)
{
	struct env *e = *state;
	struct err err = ERR_INIT;
	struct tree_list list;
	struct stat st;
	int fd;

	open_tree(e, TREE_FOLLOW);
	assert_int_equal(symlinkat("loop", e->root, "loop"), 0);
	assert_int_equal(symlinkat("../out/secret", e->root, "s"), 0);
	assert_int_equal(tree_list(e->t, "", &list, &err), 0);
	assert_true(list.complete);
	assert_int_equal(find(&list, "link")->type, 'd');
	assert_int_equal(find(&list, "s")->type, 'f');
	assert_int_equal(find(&list, "s")->size, 6);
	assert_int_equal(find(&list, "dangling")->type, 'l');
	assert_int_equal(find(&list, "loop")->type, 'l');
	tree_list_release(&list);
	assert_int_equal(tree_list(e->t, "link", &list, &err), 0);
	assert_int_equal(list.n, 1);
	tree_list_release(&list);

	fd = tree_open_file(e->t, "link/secret", O_RDONLY, 0, &err);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(tree_stat(e->t, "s", &st, &err), 1);
	assert_true(S_ISREG(st.st_mode));
	assert_int_equal(tree_stat(e->t, "dangling", &st, &err), 1);
	assert_int_equal(tree_stat(e->t, "absent", &st, &err), 0);
	assert_int_equal(tree_stat(e->t, "../out", &st, &err), -1);

	assert_int_equal(tree_open_file(e->t, "link/secret",
	    O_WRONLY, 0, &err), -1);
	assert_int_equal(tree_open_file(e->t, "link/secret",
	    O_RDONLY | O_TRUNC, 0, &err), -1);
	assert_int_equal(tree_open_file(e->t, "link/new",
	    O_RDONLY | O_CREAT, 0600, &err), -1);
	assert_int_equal(tree_open_file(e->t, "../out/secret", O_RDONLY, 0,
	    &err), -1);
	assert_int_equal(tree_unlink(e->t, "link/secret", &err), -1);
	assert_int_equal(tree_chmod(e->t, "s", 0777, &err), -1);
}

static void
test_open(void **state)
{
	struct env *e = *state;
	struct err err = ERR_INIT;
	struct tree *t;

	assert_null(tree_open_at(e->dirfd, "new/a/b", 0, &err));
	assert_int_equal(err.kind, ERR_LOCAL);
	assert_int_equal(err.sys, ENOENT);
	t = tree_open_at(e->dirfd, "new//a/b/", TREE_CREATE, &err);
	assert_non_null(t);
	assert_int_equal(tree_mkdir(t, "c", 0700, &err), 0);
	tree_close(t);
	assert_int_equal(faccessat(e->dirfd, "new/a/b/c", F_OK, 0), 0);
	/* The root itself may be reached through symlinks. */
	t = tree_open_at(e->root, "inside/new", TREE_CREATE, &err);
	assert_non_null(t);
	tree_close(t);
	assert_true(exists(e, "d/new"));
	assert_null(tree_open_at(e->root, "d/f/x", TREE_CREATE, &err));
	assert_int_equal(err.sys, ENOTDIR);
	/* A link that leads nowhere is in the way. */
	assert_null(tree_open_at(e->root, "dangling/x", TREE_CREATE, &err));
	assert_int_equal(err.sys, EEXIST);
	t = tree_open_at(e->root, "", 0, &err);
	assert_non_null(t);
	assert_true(tree_fd(t) >= 0);
	tree_close(t);
	tree_close(NULL);
}

struct flipper {
	int root;
	atomic_bool stop;
};

/* Makes "flip" a directory and a symlink to out, in turns. */
static void *
flip(void *arg)
{
	struct flipper *f = arg;

	while (!atomic_load(&f->stop))
		renameat2(f->root, "flip", f->root, "flop", RENAME_EXCHANGE);
	return NULL;
}

/* Creates and deletes under flip; whether it was a directory then. */
static bool
write_below(struct env *e, struct err *err)
{
	int fd;

	tree_mkdir(e->t, "flip/sub", 0700, err);
	tree_unlink(e->t, "flip/secret", err);
	tree_symlink(e->t, "x", "flip/l", err);
	fd = tree_open_file(e->t, "flip/f", O_WRONLY | O_CREAT, 0600, err);
	if (fd != -1)
		close(fd);
	return fd != -1;
}

static void
test_race(void **state)
{
	struct env *e = *state;
	struct err err = ERR_INIT;
	struct flipper f = { .root = e->root };
	int seen[2] = { 0 };
	pthread_t thread;

	assert_int_equal(mkdirat(e->root, "flip", 0700), 0);
	assert_int_equal(symlinkat("../out", e->root, "flop"), 0);
	if (renameat2(e->root, "flip", e->root, "flop", RENAME_EXCHANGE) != 0)
		skip();
	assert_int_equal(pthread_create(&thread, NULL, flip, &f), 0);
	while (seen[0] < 100 || seen[1] < 100)
		seen[write_below(e, &err)]++;
	atomic_store(&f.stop, true);
	pthread_join(thread, NULL);
}

static int
count_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = 0;

	if (d == NULL)
		return -1;
	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n;
}

/* However many slashes there are. */
static void
test_slashes(void **state)
{
	static const char *const path[] = { "d", "d/", "d//", "d///" };
	struct env *e = *state;
	struct err err = ERR_INIT;
	struct stat st;
	size_t i;
	int fd;

	for (i = 0; i < sizeof(path) / sizeof(path[0]); i++) {
		fd = tree_open_dir(e->t, path[i], &err);
		if (fd == -1)
			fail_msg("%s: %s", path[i], err.msg);
		assert_int_equal(fstatat(fd, "f", &st, 0), 0);
		close(fd);
	}
	fd = tree_open_file(e->t, "d///f", O_RDONLY, 0, &err);
	assert_true(fd != -1);
	close(fd);
}

static void
test_descriptors(void **state)
{
	struct env *e = *state;
	struct err err = ERR_INIT;
	int before = count_fds();

	refuses(e, "link/secret");
	refuses(e, "d/up/secret");
	refuses(e, "../out");
	test_changes(state);
	assert_int_equal(tree_open_dir(e->t, "d/absent/x/y", &err), -1);
	assert_int_equal(count_fds(), before);
}

#define BOTH(f)								\
	{ #f, f, setup, teardown, &modes[0] },				\
	{ #f " without openat2", f, setup, teardown, &modes[1] }

int
main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH(test_list),
		BOTH(test_list_large),
		BOTH(test_list_errors),
		BOTH(test_list_broken),
		BOTH(test_list_ghost),
		BOTH(test_list_link_broken),
		BOTH(test_list_long_link),
		BOTH(test_way),
		BOTH(test_openat2),
		BOTH(test_permissions),
		BOTH(test_leading_out),
		BOTH(test_symlinks),
		BOTH(test_last_symlink),
		BOTH(test_changes),
		BOTH(test_stat_absent),
		BOTH(test_long_names),
		BOTH(test_symlink_targets),
		BOTH(test_symlink_replaces),
		BOTH(test_follow),
		BOTH(test_open),
		BOTH(test_race),
		BOTH(test_slashes),
		BOTH(test_descriptors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
