/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "local/tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#if defined(__linux__) && __has_include(<linux/openat2.h>)
#include <linux/openat2.h>
#include <sys/syscall.h>
#endif

#include "base/mem.h"
#include "base/path.h"
#include "base/text.h"
#include "local/part.h"

/* A directory only passed through need not be readable. */
#if defined(O_PATH)
#define OPEN_SEARCH	O_PATH
#elif defined(O_SEARCH)
#define OPEN_SEARCH	O_SEARCH
#else
#define OPEN_SEARCH	O_RDONLY
#endif

enum {
	SHOWN_MAX = 512,
	/* Many small directories are kept at once, and some are large. */
	NAMES_FIRST = 1024,
	NAMES_MAX = 32 * 1024,
};

struct tree {
	int fd;
	bool follow;
	bool has_openat2;
};

/* Memory of a listing's strings: chunks that never move. */
struct tree_names {
	struct tree_names *next;
	size_t used, size;
	char text[];
};

/* As err_path(): ELOOP here means that a link was met. */
static int
refuse_path(const char *path, const char *what, struct err *err)
{
	char shown[SHOWN_MAX];

	if (errno != ELOOP)
		return err_path(err, path, what);
	text_escape_to(shown, sizeof(shown), path);
	return err_set(err, ERR_LOCAL, "%s: %s: a symbolic link is in the way",
	    shown, what);
}

/* Refuses symlinks itself; O_NOFOLLOW would only blur errno. */
static int
open_beneath(int root, const char *path, int flags, mode_t mode)
{
#ifdef RESOLVE_BENEATH
	struct open_how how = {
		.flags = (unsigned int)(flags & ~O_NOFOLLOW),
		.mode = (flags & O_CREAT) != 0 ? mode : 0,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS |
		    RESOLVE_NO_MAGICLINKS,
	};

	return (int)syscall(SYS_openat2, root, path, &how, sizeof(how));
#else
	(void)root, (void)path, (void)flags, (void)mode;
	errno = ENOSYS;
	return -1;
#endif
}

/* One component; ELOOP, as from openat2(2), for a symlink in the way. */
static int
open_component(int dir, const char *name, int flags, mode_t mode)
{
	struct stat st;
	int fd;

	fd = openat(dir, name, flags, mode);
	if (fd == -1 && errno == ENOTDIR)
		errno = fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISLNK(st.st_mode) ? ELOOP : ENOTDIR;
	return fd;
}

/* What openat2(2) does, a component at a time; path has no "..". */
static int
open_walking(int root, const char *path, int flags, mode_t mode)
{
	char name[NAME_MAX + 1];
	int fd = root, next, saved;
	bool last;
	size_t n;

	do {
		path += strspn(path, "/");
		n = strcspn(path, "/");
		if (n >= sizeof(name)) {
			errno = ENAMETOOLONG;
			next = -1;
			break;
		}
		memcpy(name, path, n);
		name[n] = '\0';
		path += n;
		last = path[strspn(path, "/")] == '\0';
		next = open_component(fd, name, last ? flags :
		    OPEN_SEARCH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, mode);
		if (fd != root) {
			saved = errno;
			close(fd);
			errno = saved;
		}
		fd = next;
	} while (fd != -1 && !last);
	return next;
}

static bool
is_dots(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static bool
leads_out(const char *path)
{
	size_t n;

	if (*path == '/')
		return true;
	for (; *path != '\0'; path += strspn(path, "/")) {
		n = strcspn(path, "/");
		if (n == 2 && path[0] == '.' && path[1] == '.')
			return true;
		path += n;
	}
	return false;
}

/* Opens what path names below the root, through no symlink. */
static int
open_below(const struct tree *t, const char *path, int flags, mode_t mode,
    struct err *err)
{
	char shown[SHOWN_MAX];
	int fd;

	if (leads_out(path))
		return err_set(err, ERR_LOCAL, "%s: leads out of the tree",
		    text_escape_to(shown, sizeof(shown), path));
	if (*path == '\0')
		path = ".";
	flags |= O_CLOEXEC | O_NOFOLLOW;
	if (t->has_openat2)
		fd = open_beneath(t->fd, path, flags, mode);
	else
		fd = open_walking(t->fd, path, flags, mode);
	return fd != -1 ? fd : refuse_path(path, "cannot open", err);
}

/* The same for reading; follows symlinks if the tree was opened so. */
static int
open_reading(const struct tree *t, const char *path, int flags,
    struct err *err)
{
	int fd;

	if (!t->follow || leads_out(path))
		return open_below(t, path, flags, 0, err);
	fd = openat(t->fd, *path != '\0' ? path : ".", (flags & ~O_NOFOLLOW) |
	    O_CLOEXEC);
	return fd != -1 ? fd : refuse_path(path, "cannot open", err);
}

/*
 * The directory that holds path, for the *at functions, with the name there
 * in *base.  It may be the root's descriptor: end with parent_done().
 */
static int
parent_open(const struct tree *t, const char *path, const char **base,
    struct err *err)
{
	char shown[SHOWN_MAX], *dir;
	int fd;

	*base = path_base(path);
	if (**base == '\0' || is_dots(*base))
		return err_set(err, ERR_LOCAL, "%s: not a name in the tree",
		    text_escape_to(shown, sizeof(shown), path));
	if (*base == path)
		return t->fd;
	dir = path_dir(path);
	fd = open_below(t, dir, OPEN_SEARCH | O_DIRECTORY, 0, err);
	free(dir);
	return fd;
}

/* Closes dir; turns a failed system call's rc into an error. */
static int
parent_done(const struct tree *t, int dir, int rc, const char *path,
    const char *what, struct err *err)
{
	int saved = errno;

	if (dir != t->fd)
		close(dir);
	errno = saved;
	return rc == 0 ? 0 : refuse_path(path, what, err);
}

static bool
is_root(const char *path)
{
	return *path == '\0' || strcmp(path, ".") == 0;
}

/* mkdir; a directory already there, or a symlink to one, is fine. */
static int
make_dir(int dirfd, const char *path)
{
	struct stat st;
	int saved, rc;

	if (mkdirat(dirfd, path, 0777) == 0)
		return 0;
	saved = errno;
	rc = fstatat(dirfd, path, &st, 0);
	if (rc == 0 && S_ISDIR(st.st_mode))
		return 0;
	if (rc == 0 || errno == ENOENT || saved != EEXIST)
		errno = saved;
	return -1;
}

/* mkdir -p; path is changed and restored. */
static int
make_dirs(int dirfd, char *path)
{
	char *p = path, end;
	int rc;

	do {
		p += strspn(p, "/");
		p += strcspn(p, "/");
		end = *p;
		*p = '\0';
		rc = make_dir(dirfd, path);
		*p = end;
	} while (rc == 0 && end != '\0');
	return rc;
}

static int
open_root(int dirfd, const char *path, int flags)
{
	const int how = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
	char *copy;
	int fd, rc;

	fd = openat(dirfd, path, how);
	if (fd != -1 || errno != ENOENT || (flags & TREE_CREATE) == 0)
		return fd;
	copy = xstrdup(path);
	rc = make_dirs(dirfd, copy);
	free(copy);
	return rc == 0 ? openat(dirfd, path, how) : -1;
}

/* Kernels before 5.6, and sandboxes, do not have it. */
static bool
probe_openat2(int dirfd)
{
	int fd = open_beneath(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC,
	    0);

	if (fd != -1)
		close(fd);
	return fd != -1;
}

struct tree *
tree_open_at(int dirfd, const char *path, int flags, struct err *err)
{
	struct tree *t;
	int fd;

	if (*path == '\0')
		path = ".";
	if ((fd = open_root(dirfd, path, flags)) == -1) {
		refuse_path(path, "cannot open the local directory", err);
		return NULL;
	}
	t = xcalloc(1, sizeof(*t));
	t->fd = fd;
	t->follow = (flags & TREE_FOLLOW) != 0;
	t->has_openat2 = (flags & TREE_NO_OPENAT2) == 0 && probe_openat2(fd);
	return t;
}

void
tree_close(struct tree *t)
{
	if (t == NULL)
		return;
	close(t->fd);
	free(t);
}

int
tree_fd(const struct tree *t)
{
	return t->fd;
}

static char *
names_add(struct tree_names **names, const char *s)
{
	size_t n = strlen(s) + 1, size;
	struct tree_names *c = *names;
	char *copy;

	if (c == NULL || c->size - c->used < n) {
		size = c == NULL ? NAMES_FIRST : c->size * 2;
		if (size > NAMES_MAX)
			size = NAMES_MAX;
		if (size < n)
			size = n;
		c = xmalloc(sizeof(*c) + size);
		c->next = *names;
		c->used = 0;
		c->size = size;
		*names = c;
	}
	copy = memcpy(c->text + c->used, s, n);
	c->used += n;
	return copy;
}

/* Under TREE_FOLLOW a link that leads nowhere is shown as a link. */
static int
examine(const struct tree *t, int dir, const char *name, struct stat *st)
{
	if (t->follow) {
		if (fstatat(dir, name, st, 0) == 0)
			return 0;
		if (errno != ENOENT && errno != ENOTDIR && errno != ELOOP)
			return -1;
	}
	return fstatat(dir, name, st, AT_SYMLINK_NOFOLLOW);
}

static char
type_of(mode_t mode)
{
	if (S_ISREG(mode))
		return 'f';
	if (S_ISDIR(mode))
		return 'd';
	return S_ISLNK(mode) ? 'l' : 'o';
}

/* Fills e; 0, or -1 with errno. */
static int
read_entry(const struct tree *t, int dir, const char *name,
    struct tree_names **names, struct tree_entry *e)
{
	char target[PATH_MAX];
	struct stat st;
	ssize_t n;

	if (examine(t, dir, name, &st) == -1)
		return -1;
	e->type = type_of(st.st_mode);
	e->mode = st.st_mode & 07777;
	e->size = st.st_size;
	e->mtime = st.st_mtim;
	e->dev = st.st_dev;
	e->ino = st.st_ino;
	if (e->type != 'l')
		return 0;
	n = readlinkat(dir, name, target, sizeof(target));
	if (n == -1)
		return -1;
	if ((size_t)n == sizeof(target)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	target[n] = '\0';
	e->target = names_add(names, target);
	return 0;
}

static void
list_add(const struct tree *t, int dir, const char *name,
    struct tree_list *list, size_t *cap)
{
	struct tree_entry e = { 0 };

	if (read_entry(t, dir, name, &list->names, &e) == -1) {
		if (errno == ENOENT)
			return;
		if (list->complete)
			list->sys = errno;
		e = (struct tree_entry){ .type = 'o', .unreadable = true };
		list->complete = false;
	}
	e.name = names_add(&list->names, name);
	if (list->n == *cap) {
		*cap = *cap != 0 ? *cap * 2 : 64;
		list->entry = xreallocarray(list->entry, *cap,
		    sizeof(*list->entry));
	}
	list->entry[list->n++] = e;
}

static int
compare_entries(const void *a, const void *b)
{
	const struct tree_entry *x = a, *y = b;

	return strcmp(x->name, y->name);
}

int
tree_list(struct tree *t, const char *path, struct tree_list *list,
    struct err *err)
{
	struct dirent *de;
	size_t cap = 0;
	DIR *d;
	int fd, failed;

	*list = (struct tree_list){ .complete = true };
	if ((fd = tree_open_dir(t, path, err)) == -1)
		return -1;
	if ((d = fdopendir(fd)) == NULL) {
		refuse_path(path, "cannot read the directory", err);
		close(fd);
		return -1;
	}
	while ((errno = 0, de = readdir(d)) != NULL)
		if (!is_dots(de->d_name))
			list_add(t, fd, de->d_name, list, &cap);
	failed = errno;
	closedir(d);
	if (failed != 0) {
		tree_list_release(list);
		errno = failed;
		return refuse_path(path, "cannot read the directory", err);
	}
	if (list->n != 0)
		qsort(list->entry, list->n, sizeof(*list->entry),
		    compare_entries);
	return 0;
}

int
tree_list_error(const struct tree_list *list, struct err *err)
{
	size_t i;

	for (i = 0; !list->entry[i].unreadable; i++)
		;
	errno = list->sys;
	return refuse_path(list->entry[i].name, "cannot examine", err);
}

void
tree_list_release(struct tree_list *list)
{
	struct tree_names *next;

	for (; list->names != NULL; list->names = next) {
		next = list->names->next;
		free(list->names);
	}
	free(list->entry);
	*list = (struct tree_list){ 0 };
}

int
tree_open_dir(struct tree *t, const char *path, struct err *err)
{
	return open_reading(t, path, O_RDONLY | O_DIRECTORY, err);
}

int
tree_open_file(struct tree *t, const char *path, int flags, mode_t mode,
    struct err *err)
{
	flags |= O_NOCTTY;
	if ((flags & (O_ACCMODE | O_CREAT | O_TRUNC)) == O_RDONLY)
		return open_reading(t, path, flags, err);
	return open_below(t, path, flags, mode, err);
}

/* tree_stat() of a tree whose symlinks are followed. */
static int
stat_following(const struct tree *t, const char *path, struct stat *st,
    struct err *err)
{
	char shown[SHOWN_MAX];

	if (leads_out(path))
		return err_set(err, ERR_LOCAL, "%s: leads out of the tree",
		    text_escape_to(shown, sizeof(shown), path));
	if (examine(t, t->fd, path, st) == 0)
		return 0;
	return refuse_path(path, "cannot examine", err);
}

int
tree_stat(struct tree *t, const char *path, struct stat *st, struct err *err)
{
	const char *base;
	int dir, rc;

	if (is_root(path)) {
		rc = fstat(t->fd, st) == 0 ? 0 :
		    refuse_path(path, "cannot examine", err);
	} else if (t->follow) {
		rc = stat_following(t, path, st, err);
	} else if ((rc = dir = parent_open(t, path, &base, err)) != -1) {
		rc = fstatat(dir, base, st, AT_SYMLINK_NOFOLLOW);
		rc = parent_done(t, dir, rc, path, "cannot examine", err);
	}
	if (rc == 0)
		return 1;
	if (err->sys != ENOENT && err->sys != ENOTDIR)
		return -1;
	err_clear(err);
	return 0;
}

/* How many directories lie between the root and the name that path ends in. */
static size_t
depth_of(const char *path)
{
	const char *base = path_base(path);
	size_t depth = 0, n;

	for (; path < base; path += n + strspn(path + n, "/")) {
		n = strcspn(path, "/");
		if (n != 1 || *path != '.')
			depth++;
	}
	return depth;
}

/* The part of path before its nth '/'. */
static char *
beginning(const char *path, size_t n)
{
	const char *end = path;

	while (n-- > 0) {
		end += strspn(end, "/");
		end += strcspn(end, "/");
	}
	return xstrndup(path, (size_t)(end - path));
}

struct tree_id *
tree_way(struct tree *t, const char *path, size_t *n, struct err *err)
{
	size_t max = is_root(path) ? 1 : depth_of(path) + 2, i;
	struct tree_id *id = xcalloc(max, sizeof(*id));
	struct stat st;
	char *dir;
	int rc = 1;

	for (i = 0; i < max && rc == 1; i++) {
		dir = beginning(path, i);
		rc = tree_stat(t, dir, &st, err);
		id[i] = (struct tree_id){ st.st_dev, st.st_ino };
		free(dir);
	}
	*n = max;
	if (rc == 1)
		return id;
	if (rc == 0)
		err_set(err, ERR_LOCAL, "a directory is no more there");
	free(id);
	return NULL;
}

int
tree_mkdir(struct tree *t, const char *path, mode_t mode, struct err *err)
{
	const char *base;
	struct stat st;
	int dir, rc;

	if (is_root(path))
		return 0;
	if ((dir = parent_open(t, path, &base, err)) == -1)
		return -1;
	rc = mkdirat(dir, base, mode);
	if (rc == -1 && errno == EEXIST) {
		rc = fstatat(dir, base, &st, AT_SYMLINK_NOFOLLOW);
		if (rc == 0 && !S_ISDIR(st.st_mode)) {
			errno = EEXIST;
			rc = -1;
		}
	}
	return parent_done(t, dir, rc, path, "cannot create the directory",
	    err);
}

static int
remove_name(struct tree *t, const char *path, int flags, const char *what,
    struct err *err)
{
	const char *base;
	int dir, rc;

	if ((dir = parent_open(t, path, &base, err)) == -1)
		return -1;
	rc = unlinkat(dir, base, flags);
	return parent_done(t, dir, rc, path, what, err);
}

int
tree_unlink(struct tree *t, const char *path, struct err *err)
{
	return remove_name(t, path, 0, "cannot delete", err);
}

int
tree_rmdir(struct tree *t, const char *path, struct err *err)
{
	return remove_name(t, path, AT_REMOVEDIR,
	    "cannot delete the directory", err);
}

/*
 * Whether a link to target, depth directories below the root, stays below it
 * whatever other links it passes: ".." may only come first, and no more than
 * depth times.  ("a/.." leads out if a is a link to ".".)
 */
static bool
target_stays(const char *target, size_t depth)
{
	size_t n;

	for (; *target == '.'; target += n + strspn(target + n, "/")) {
		n = strcspn(target, "/");
		if (n == 1)
			continue;
		if (n != 2 || target[1] != '.')
			break;
		if (depth-- == 0)
			return false;
	}
	return !leads_out(target);
}

/* symlinkat() onto a name that exists: beside it, then renamed. */
static int
replace_link(const char *target, int dir, const char *base)
{
	char version[PART_VERSION_MAX], *temp;
	int rc, saved;

	part_version(version, "link", 0, NULL);
	temp = part_name(base, version);
	rc = symlinkat(target, dir, temp);
	if (rc == 0 && (rc = renameat(dir, temp, dir, base)) == -1) {
		saved = errno;
		unlinkat(dir, temp, 0);
		errno = saved;
	}
	free(temp);
	return rc;
}

int
tree_symlink(struct tree *t, const char *target, const char *path,
    struct err *err)
{
	char shown[SHOWN_MAX], shown_target[SHOWN_MAX];
	const char *base;
	int dir, rc;

	if (!target_stays(target, depth_of(path))) {
		text_escape_to(shown, sizeof(shown), path);
		text_escape_to(shown_target, sizeof(shown_target), target);
		return err_set(err, ERR_LOCAL, "%s: link not created: its "
		    "target %s may lead out of the tree", shown, shown_target);
	}
	if ((dir = parent_open(t, path, &base, err)) == -1)
		return -1;
	rc = symlinkat(target, dir, base);
	if (rc == -1 && errno == EEXIST)
		rc = replace_link(target, dir, base);
	return parent_done(t, dir, rc, path, "cannot create the link", err);
}

int
tree_chmod(struct tree *t, const char *path, mode_t mode, struct err *err)
{
	const char *base;
	int dir, rc;

	if (is_root(path))
		return fchmod(t->fd, mode) == 0 ? 0 :
		    refuse_path(path, "cannot set the mode", err);
	if ((dir = parent_open(t, path, &base, err)) == -1)
		return -1;
	rc = fchmodat(dir, base, mode, AT_SYMLINK_NOFOLLOW);
	return parent_done(t, dir, rc, path, "cannot set the mode", err);
}
