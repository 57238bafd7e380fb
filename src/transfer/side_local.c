/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "transfer/side_local.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/path.h"
#include "local/backup.h"
#include "local/part.h"
#include "transfer/gone.h"
#include "transfer/sink_local.h"
#include "transfer/source_local.h"

enum { HASH_CHUNK = 256 * 1024 };

struct side_local {
	struct side side;
	int dirfd;
	bool follow;
	struct cancel *cancel;
	struct tree *tree;		/* NULL: not there, in a rehearsal */
	struct tree *backup;
};

static struct side_local *
local_of(struct side *side)
{
	return (struct side_local *)side;
}

static void
free_local(struct side *side)
{
	struct side_local *l = local_of(side);

	tree_close(l->tree);
	tree_close(l->backup);
	side_release(side);
	free(l);
}

static int
open_root(struct side *side, struct worker *w, bool source, bool *absent,
    struct err *err)
{
	struct side_local *l = local_of(side);

	(void)w;
	l->tree = tree_open_at(l->dirfd, side->name,
	    source && l->follow ? TREE_FOLLOW : 0, err);
	if (l->tree != NULL)
		return 0;
	if (source || err->sys != ENOENT)
		return -1;
	*absent = true;
	err_clear(err);
	return 0;
}

/* A rehearsal does not even make the directory. */
static int
make_root(struct side *side, struct worker *w, bool rehearsal, bool *exists,
    struct err *err)
{
	struct side_local *l = local_of(side);

	(void)w;
	if (l->tree == NULL && !rehearsal) {
		l->tree = tree_open_at(l->dirfd, side->name, TREE_CREATE, err);
		if (l->tree == NULL)
			return -1;
	}
	*exists = l->tree != NULL;
	return 0;
}

/* The absolute name of an open directory; the caller frees it. */
static char *
name_of_dir(int fd, struct err *err)
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
open_backup(struct side *side, const char *dir, bool rehearsal,
    struct err *err)
{
	struct side_local *l = local_of(side);

	l->backup = tree_open_at(l->dirfd, dir, rehearsal ? 0 : TREE_CREATE,
	    err);
	if (l->backup == NULL && rehearsal && err->sys == ENOENT) {
		err_clear(err);
		return 0;
	}
	if (l->backup == NULL)
		return err_prefix(err, "backup directory");
	if (l->tree == NULL)
		return 0;
	side->backup = name_of_dir(tree_fd(l->backup), err);
	side->root = name_of_dir(tree_fd(l->tree), err);
	return side->backup != NULL && side->root != NULL ? 0 : -1;
}

static int
sync_root(struct side *side, struct err *err)
{
	if (syncfs(tree_fd(local_of(side)->tree)) == -1)
		return err_sys(err, ERR_LOCAL, "%s: cannot write to the disk",
		    side->name);
	return 0;
}

static char *
full_name(const struct side *side, const char *path)
{
	(void)side;
	return xstrdup(path);
}

static void
release_list(void *held)
{
	tree_list_release(held);
	free(held);
}

static void
take_entries(struct side_list *out, const struct tree_list *l)
{
	const struct tree_entry *e;
	size_t i;

	out->entry = xcalloc(l->n + 1, sizeof(*out->entry));
	for (i = 0; i < l->n; i++) {
		e = &l->entry[i];
		/* That the listing is not whole says all that is known. */
		if (e->unreadable)
			continue;
		out->entry[out->n++] = (struct plan_entry){
			.name = e->name, .type = e->type, .size = e->size,
			.mtime = e->mtime, .precision = PRECISION_SUB,
			.mode = e->mode, .target = e->target,
			.device = e->dev, .number = e->ino,
		};
	}
	side_list_find_parts(out);
}

/*
 * Where links are followed: one may lead back to a directory that it is in;
 * that is not gone into.
 */
static void
find_loops(struct side_local *l, const char *dir, struct side_list *list,
    struct err *err)
{
	struct tree_id *way = NULL;
	struct plan_entry *e;
	size_t i, j, n = 0;

	for (i = 0; i < list->n; i++) {
		e = &list->entry[i];
		if (e->type != 'd')
			continue;
		if (way == NULL &&
		    (way = tree_way(l->tree, dir, &n, err)) == NULL)
			return;
		for (j = 0; j < n && !e->loops; j++)
			e->loops = e->device == way[j].dev &&
			    e->number == way[j].ino;
		if (e->loops)
			e->type = 'o';
	}
	free(way);
}

static void
list_dir(struct side_local *l, const char *dir, struct side_list *out,
    struct err *err)
{
	struct tree_list *held = xcalloc(1, sizeof(*held));

	out->held = held;
	out->release = release_list;
	if (tree_list(l->tree, dir, held, err) != 0)
		return;
	take_entries(out, held);
	if (l->follow)
		find_loops(l, dir, out, err);
	if (!held->complete && err->kind == ERR_NONE)
		(void)tree_list_error(held, err);
}

static void
list_dirs(struct side *side, struct worker *w, const struct side_request *rq,
    struct side_list *out, struct err *each)
{
	size_t i;

	(void)w;
	memset(out, 0, rq->n * sizeof(*out));
	for (i = 0; i < rq->n; i++)
		list_dir(local_of(side), rq->dir[i], &out[i], &each[i]);
}

static int
has_path(struct side *side, struct worker *w, const char *path,
    struct err *err)
{
	struct stat st;

	(void)w;
	return tree_stat(local_of(side)->tree, path, &st, err);
}

static bool
is_gone(struct side *side, struct worker *w, const char *path,
    const struct err *why)
{
	(void)w;
	return gone_is_local(local_of(side)->tree, path, why);
}

static bool
is_occupied(const struct err *why)
{
	return why->sys == ENOTEMPTY || why->sys == EEXIST;
}

static int
look_for_stored(struct side *side, struct worker *w, const char *dir,
    struct stored *v, size_t n, struct err *err)
{
	(void)w;
	return stored_look_local(local_of(side)->tree, dir, v, n, err);
}

/* Most are there but for the last: tries that first. */
static int
make_path(struct tree *t, const char *dir, int mode, struct err *err)
{
	char *parent;
	int rc;

	if (strcmp(dir, ".") == 0 || tree_mkdir(t, dir,
	    mode != -1 ? (mode_t)mode : 0777, err) == 0)
		return 0;
	if (err->sys != ENOENT)
		return -1;
	err_clear(err);
	parent = path_dir(dir);
	rc = make_path(t, parent, -1, err);
	free(parent);
	return rc == 0 ? tree_mkdir(t, dir, mode != -1 ? (mode_t)mode : 0777,
	    err) : -1;
}

static int
make_dir(struct side *side, struct worker *w, const char *path, int mode,
    bool *made, struct err *err)
{
	(void)w;
	*made = true;
	return make_path(local_of(side)->tree, path, mode, err);
}

static int
set_mode(struct side *side, struct worker *w, const char *path, int mode,
    struct err *err)
{
	(void)w;
	return tree_chmod(local_of(side)->tree, path, (mode_t)mode, err);
}

enum way { MOVE, LINK, BACK };

/* To the backup directory, or back from there. */
static int
move_entry(struct side_local *l, const char *path, enum way way,
    struct err *err)
{
	const char *name = path_base(path);
	char *dir = path_dir(path);
	int from = -1, to = -1, rc = -1;

	if (make_path(l->backup, dir, -1, err) != 0 ||
	    (from = tree_open_dir(l->tree, dir, err)) == -1 ||
	    (to = tree_open_dir(l->backup, dir, err)) == -1)
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

static int
back_up(struct side *side, struct worker *w, const char *path,
    struct err *err)
{
	(void)w;
	return move_entry(local_of(side), path, MOVE, err);
}

static int
back_up_old(struct side *side, struct worker *w, const char *path,
    struct err *err)
{
	(void)w;
	return move_entry(local_of(side), path, LINK, err);
}

static int
take_back(struct side *side, struct worker *w, const char *path,
    struct err *err)
{
	(void)w;
	return move_entry(local_of(side), path, BACK, err);
}

/* The file system has no links, or no such: not that it failed. */
static bool
has_no_links(const struct err *err)
{
	return err->sys == 0 || err->sys == EPERM || err->sys == ENOSYS ||
	    err->sys == EOPNOTSUPP || err->sys == ENAMETOOLONG;
}

static enum side_link
make_link(struct side *side, struct worker *w, const char *path,
    const char *target, struct err *err)
{
	struct side_local *l = local_of(side);
	struct err ignored = ERR_INIT;

	(void)w;
	if (side->backup != NULL && move_entry(l, path, LINK, err) != 0)
		return LINK_FAILED;
	if (tree_symlink(l->tree, target, path, err) == 0)
		return LINK_MADE;
	if (side->backup != NULL)
		(void)move_entry(l, path, BACK, &ignored);
	return has_no_links(err) ? LINK_CANNOT : LINK_FAILED;
}

static int
remove_seen(struct side *side, struct worker *w, const struct remove *what,
    bool emptied, const struct seen *e, size_t n, struct err *err)
{
	struct remove r = *what;

	(void)w;
	r.tree = local_of(side)->tree;
	return emptied ? remove_dirs(&r, e, n, err) :
	    remove_entries(&r, e, n, err);
}

static int
drop_parts(struct side *side, const char *path, struct err *err)
{
	char *dir = path_dir(path);
	struct err ignored = ERR_INIT;
	int fd = tree_open_dir(local_of(side)->tree, dir, &ignored);

	(void)err;
	if (fd != -1) {
		part_remove_stale(fd, path_base(path));
		close(fd);
	}
	free(dir);
	return 0;
}

static struct source *
open_source(struct side *side, struct worker *w, const struct side_file *f,
    struct err *err)
{
	struct side_local *l = local_of(side);

	(void)w;
	return source_local_open(l->tree, f->path, l->follow, l->cancel, err);
}

static struct sink *
open_sink(struct side *side, struct worker *w, const struct side_file *f,
    struct source *from, struct err *err)
{
	const struct sink_local_request rq = {
		.tree = local_of(side)->tree, .path = f->path,
		.resume = f->resume, .keep_time = f->keep_time,
		.keep_mode = f->keep_mode, .to_disk = f->to_disk,
		.umask = side->facts.mask,
	};

	(void)w;
	(void)from;
	return sink_local_open(&rq, err);
}

static bool
has_digests(struct side *side, struct worker *w)
{
	(void)side;
	(void)w;
	return true;
}

/* A FIFO may have come into its place meanwhile: that is not waited for. */
static int
open_regular(struct side_local *l, const char *path, struct err *err)
{
	struct stat st;
	int fd;

	fd = tree_open_file(l->tree, path, O_RDONLY | O_NONBLOCK, 0, err);
	if (fd == -1)
		return -1;
	if (fstat(fd, &st) == -1)
		err_sys(err, ERR_LOCAL, "%s: cannot examine", path);
	else if (S_ISREG(st.st_mode))
		return fd;
	else
		err_set(err, ERR_LOCAL, "%s: cannot read: no regular file "
		    "any more", path);
	close(fd);
	return -1;
}

/* All of fd goes into h: 0, -1. */
static int
hash_file(struct side_local *l, const char *path, int fd, struct hash *h,
    struct err *err)
{
	char *chunk = xmalloc(HASH_CHUNK);
	ssize_t n = 0;

	while (cancel_reason(l->cancel) == CANCEL_NONE &&
	    ((n = read(fd, chunk, HASH_CHUNK)) > 0 ||
	    (n == -1 && errno == EINTR)))
		if (n > 0)
			hash_update(h, chunk, (size_t)n);
	if (cancel_reason(l->cancel) != CANCEL_NONE)
		n = cancel_error(l->cancel, err);
	else if (n == -1)
		err_sys(err, ERR_LOCAL, "%s: cannot read", path);
	free(chunk);
	return n == 0 ? 0 : -1;
}

static int
digest(struct side *side, struct worker *w, const char *path, bool chooses,
    enum hash_alg *alg, char hex[HASH_HEX_MAX], struct err *err)
{
	struct side_local *l = local_of(side);
	struct hash *h;
	int fd, rc;

	(void)w;
	if (chooses)
		*alg = HASH_SHA256;
	if ((fd = open_regular(l, path, err)) == -1)
		return -1;
	h = hash_new(*alg);
	rc = hash_file(l, path, fd, h, err);
	if (rc == 0)
		hash_finish(h, hex);
	else
		hash_free(h);
	close(fd);
	return rc == 0 ? 1 : -1;
}

static int
look_at_source(struct side *side, struct worker *w, const char *path,
    struct copy_result *res, struct err *err)
{
	(void)w;
	switch (tree_stat(local_of(side)->tree, path, &res->st, err)) {
	case 1:
		return 0;
	case 0:
		return err_set(err, ERR_LOCAL, "%s: no such file any more",
		    path);
	default:
		return -1;
	}
}

static void
remove_source(struct side *side, struct worker *w, const char *path,
    const struct copy_result *res, struct err *err)
{
	(void)w;
	(void)remove_sent(local_of(side)->tree, path, &res->st, err);
}

/* What a file of ours makes of a time like the source's. */
static void
try_time(struct side *side, struct worker *w, const char *path,
    struct timespec source, const struct reading *seen,
    struct time_model *tm)
{
	struct err ignored = ERR_INIT;
	struct timespec got;
	char *dir;
	int fd;

	(void)w;
	(void)seen;
	if (tm->known)
		return;
	dir = path_dir(path);
	source.tv_sec = times_telling(source.tv_sec);
	fd = tree_open_dir(local_of(side)->tree, dir, &ignored);
	if (fd != -1 && part_try_time(fd, &source, &got) == 0)
		times_learn(tm, source, got);
	if (fd != -1)
		close(fd);
	free(dir);
	/* Where nothing can be set nothing is known but what is seen. */
	if (!tm->known)
		tm->grain = 1;
	tm->known = true;
}

static const struct side_ops ops = {
	.free = free_local,
	.open = open_root,
	.make_root = make_root,
	.open_backup = open_backup,
	.sync = sync_root,
	.full = full_name,
	.list = list_dirs,
	.has = has_path,
	.is_gone = is_gone,
	.is_occupied = is_occupied,
	.stored = look_for_stored,
	.answers = has_path,
	.folds = side_folds,
	.note_folds = side_note_folds,
	.make_dir = make_dir,
	.set_mode = set_mode,
	.link = make_link,
	.remove = remove_seen,
	.back_up = back_up,
	.back_up_old = back_up_old,
	.take_back = take_back,
	.drop_parts = drop_parts,
	.source = open_source,
	.sink = open_sink,
	.has_digests = has_digests,
	.digest = digest,
	.look = look_at_source,
	.remove_source = remove_source,
	.try_time = try_time,
};

struct side *
side_local_new(int dirfd, const char *name, mode_t umask, bool follow,
    struct cancel *cancel)
{
	struct side_local *l = xcalloc(1, sizeof(*l));

	side_init(&l->side, &ops, name);
	l->side.facts = (struct side_facts){
		.failing = ERR_LOCAL, .op = "get", .mask = umask,
		.no_time = "it cannot be set here",
		.no_mode = "they cannot be set here",
	};
	l->dirfd = dirfd;
	l->follow = follow;
	l->cancel = cancel;
	return &l->side;
}
