/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Local directory trees, walked and written below one directory descriptor:
 * no name, symlink or ".." leads out of it.  Paths are relative to the root,
 * with '/', "" or "." being the root itself.
 *
 *	struct tree *t = tree_open_at(AT_FDCWD, "/srv/data", 0, &err);
 *	tree_list(t, "sub", &list, &err);
 *	fd = tree_open_file(t, "sub/name", O_RDONLY, 0, &err);
 */
#ifndef LOCAL_TREE_H
#define LOCAL_TREE_H

#include <sys/stat.h>
#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "base/err.h"

struct tree;

struct tree_entry {
	char *name;
	int mode;		/* permission bits, 07777 */
	char type;		/* 'f' file, 'd' directory, 'l' link, or 'o' */
	bool unreadable;	/* could not be examined: listing incomplete */
	int64_t size;
	struct timespec mtime;
	char *target;		/* of a link */
	dev_t dev;
	ino_t ino;
};

struct tree_names;

struct tree_list {
	struct tree_entry *entry;	/* sorted by name (strcmp) */
	size_t n;
	bool complete;		/* every entry was examined */
	int sys;		/* errno of the first that was not */
	struct tree_names *names;	/* owns the strings */
};

/* TREE_NO_OPENAT2 is for tests: as on a kernel without openat2(2). */
enum { TREE_CREATE = 1, TREE_FOLLOW = 2, TREE_NO_OPENAT2 = 4 };

/*
 * Opens the root directory; a path that is not absolute begins at the
 * directory dirfd, which is borrowed.  TREE_CREATE makes it (and its parents)
 * if missing.  The root itself may be reached through symlinks.  TREE_FOLLOW:
 * symlinks below are followed when reading, wherever they lead (mirror -L),
 * never when writing.  A tree has no state but its descriptor: threads may
 * share it.
 */
struct tree *tree_open_at(int dirfd, const char *path, int flags,
    struct err *err);
void tree_close(struct tree *t);
/* The root's descriptor, borrowed. */
int tree_fd(const struct tree *t);

/*
 * Lists one directory: all but "." and "..", part files included (the caller
 * leaves them out).  An entry that vanishes meanwhile is left out; one that
 * cannot be examined makes complete false, see tree_list_error().  A read
 * error is -1.  Under TREE_FOLLOW entries are what their links lead to; a
 * dangling link is shown as a link.  Release with tree_list_release().
 */
int tree_list(struct tree *t, const char *path, struct tree_list *list,
    struct err *err);
/* Of one that is not complete: which entry was not examined, and why; -1. */
int tree_list_error(const struct tree_list *list, struct err *err);
void tree_list_release(struct tree_list *list);

/*
 * A descriptor of a directory below the root; the caller closes it.  Counts
 * as reading under TREE_FOLLOW.
 */
int tree_open_dir(struct tree *t, const char *path, struct err *err);
/* As openat(2) with O_CLOEXEC, O_NOCTTY and O_NOFOLLOW; ERR_LOCAL. */
int tree_open_file(struct tree *t, const char *path, int flags, mode_t mode,
    struct err *err);
/*
 * lstat (stat under TREE_FOLLOW, but a dangling link is itself); returns 1
 * there, 0 no such entry, -1.
 */
int tree_stat(struct tree *t, const char *path, struct stat *st,
    struct err *err);
/* Which directory one is. */
struct tree_id {
	dev_t dev;
	ino_t ino;
};

/*
 * The directories that lead to path, from the root to itself, as names lead
 * there (under TREE_FOLLOW through links): a new array, which the caller
 * frees, of *n.  NULL on failure.
 */
struct tree_id *tree_way(struct tree *t, const char *path, size_t *n,
    struct err *err);
/* Existing directories are fine; a symlink or file in the place is not. */
int tree_mkdir(struct tree *t, const char *path, mode_t mode, struct err *err);
int tree_unlink(struct tree *t, const char *path, struct err *err);
int tree_rmdir(struct tree *t, const char *path, struct err *err);
/*
 * Creates a symlink, replacing by rename a file or link there.  ERR_LOCAL for
 * a target that is absolute, or whose ".." lead out of the root or do not all
 * come first (behind another link they may lead anywhere).
 */
int tree_symlink(struct tree *t, const char *target, const char *path,
    struct err *err);
int tree_chmod(struct tree *t, const char *path, mode_t mode, struct err *err);

#endif
