/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * --backup-dir: what a mirror would overwrite or delete is moved there, on
 * the target's side.
 */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/path.h"
#include "ftp/folders.h"
#include "ftp/rename.h"
#include "local/backup.h"
#include "transfer/mirror_in.h"

/* The absolute name of an open directory; the caller frees it. */
static char *
name_of(int fd, struct err *err)
{
	char link[64], path[PATH_MAX];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path));
	if (n == -1) {
		err_sys(err, ERR_LOCAL, "cannot tell a directory's name");
		return NULL;
	}
	return xstrndup(path, (size_t)n);
}

/* A rehearsal makes none: what is not there needs no care. */
static int
open_local(struct mirror *m, struct err *err)
{
	const struct mirror_options *o = m->o;

	m->backup_tree = tree_open_at(o->local_dirfd, o->backup_dir,
	    o->dry_run ? 0 : TREE_CREATE, err);
	if (m->backup_tree == NULL && o->dry_run && err->sys == ENOENT) {
		err_clear(err);
		return 0;
	}
	if (m->backup_tree == NULL)
		return err_prefix(err, "backup directory");
	if (m->tree == NULL)
		return 0;
	m->backup = name_of(tree_fd(m->backup_tree), err);
	m->target = name_of(tree_fd(m->tree), err);
	return m->backup != NULL && m->target != NULL ? 0 : -1;
}

int
mirror_open_backup(struct mirror *m, struct err *err)
{
	if (m->o->backup_dir == NULL)
		return 0;
	if (!m->o->reverse)
		return open_local(m, err);
	m->backup = session_path(m->own, m->o->backup_dir);
	m->target = xstrdup(m->remote);
	return 0;
}

/* Takes the first component off an absolute path; NULL at its end. */
static char *
next_component(const char **path)
{
	size_t n;

	*path += strspn(*path, "/");
	n = strcspn(*path, "/");
	*path += n;
	return n > 0 ? xstrndup(*path - n, n) : NULL;
}

/*
 * Whether path may be dir, or be below it, wherever the side spells names in
 * its own way.
 */
static bool
may_be_below(const char *path, const char *dir)
{
	char *x, *y;
	bool alike = true;

	while (alike && (y = next_component(&dir)) != NULL) {
		x = next_component(&path);
		alike = x != NULL && (fold_between(x, y) != FOLD_OTHER ||
		    fold_between(y, x) != FOLD_OTHER);
		free(x);
		free(y);
	}
	return alike;
}

/* The absolute name of an entry of the target; the caller frees it. */
static char *
full_name(const struct mirror *m, const char *dir, const char *name)
{
	char *inside = path_join(m->target, dir), *full;

	full = path_resolve(inside, name);
	free(inside);
	return full;
}

bool
mirror_is_backup(const struct mirror *m, const char *dir, const char *name)
{
	char *full;
	bool is;

	if (m->backup == NULL)
		return false;
	full = full_name(m, dir, name);
	is = may_be_below(full, m->backup);
	free(full);
	return is;
}

bool
mirror_holds_backup(const struct mirror *m, const char *dir,
    const char *name)
{
	char *full;
	bool holds;

	if (m->backup == NULL)
		return false;
	full = full_name(m, dir, name);
	holds = may_be_below(m->backup, full);
	free(full);
	return holds;
}

/* Most are there but for the last: tries that first. */
int
mirror_mkdir_p(struct tree *t, const char *dir, int mode, struct err *err)
{
	char *parent;
	int rc;

	if (strcmp(dir, ".") == 0 || tree_mkdir(t, dir,
	    mode >= 0 ? (mode_t)mode : 0777, err) == 0)
		return 0;
	if (err->sys != ENOENT)
		return -1;
	err_clear(err);
	parent = path_dir(dir);
	rc = mirror_mkdir_p(t, parent, -1, err);
	free(parent);
	return rc == 0 ? tree_mkdir(t, dir, mode >= 0 ? (mode_t)mode : 0777,
	    err) : -1;
}

enum way { MOVE, LINK, BACK };

/* To the backup directory, or back from there. */
static int
move_local(struct mirror *m, const char *path, enum way way, struct err *err)
{
	const char *name = path_base(path);
	char *dir = path_dir(path);
	int from = -1, to = -1, rc = -1;

	if (mirror_mkdir_p(m->backup_tree, dir, -1, err) != 0 ||
	    (from = tree_open_dir(m->tree, dir, err)) == -1 ||
	    (to = tree_open_dir(m->backup_tree, dir, err)) == -1)
		goto out;
	rc = way == LINK ? backup_keep(from, to, name) :
	    way == BACK ? backup_undo(from, to, name) :
	    renameat(from, name, to, name);
	/* What is not there needs no backup. */
	if (rc == -1 && errno == ENOENT)
		rc = 0;
	else if (rc == -1)
		err_sys(err, ERR_LOCAL, "%s: cannot move %s the backup "
		    "directory", path, way == BACK ? "back from" : "to");
out:
	if (from != -1)
		close(from);
	if (to != -1)
		close(to);
	free(dir);
	return rc;
}

/* It is there: under its name? */
static void
note_backup(struct mirror *m)
{
	bool first;

	pthread_mutex_lock(&m->lock);
	first = !m->backed_up;
	m->backed_up = true;
	pthread_mutex_unlock(&m->lock);
	if (first)
		mirror_made_name(m, m->backup);
}

/* from: what path is called now, absolute. */
static int
move_remote(struct mirror *m, struct session *s, const char *from,
    const char *path, struct err *err)
{
	char *to = path_join(m->backup, path), *dir = path_dir(to);
	int rc;

	rc = folders_make_path(s, dir, NULL, err);
	if (rc == 0)
		note_backup(m);
	if (rc == 0)
		rc = rename_path(s, from, to, true, err);
	if (rc != 0)
		err_prefix(err, "cannot move to the backup directory");
	free(dir);
	free(to);
	return rc;
}

int
mirror_back_up(struct mirror *m, struct session *s, const char *path,
    struct err *err)
{
	char *full;
	int rc;

	if (!m->o->reverse)
		return move_local(m, path, MOVE, err);
	full = mirror_remote(m, path);
	rc = move_remote(m, s, full, path, err);
	free(full);
	return rc;
}

int
mirror_back_up_old(struct mirror *m, struct session *s, const char *path,
    struct err *err)
{
	return m->o->reverse ? mirror_back_up(m, s, path, err) :
	    move_local(m, path, LINK, err);
}

int
mirror_take_back(struct mirror *m, const char *path, struct err *err)
{
	return move_local(m, path, BACK, err);
}

int
mirror_back_up_aside(struct mirror *m, const char *aside, const char *path,
    struct err *err)
{
	if (move_remote(m, m->own, aside, path, err) == 0)
		return 0;
	return err_append(err, "; it is now called %s", path_base(aside));
}
