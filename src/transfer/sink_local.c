/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "transfer/sink_local.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/path.h"
#include "local/part.h"

/* How much of a part is fetched again and compared. */
enum { OVERLAP = 64 * 1024 };

struct local {
	struct sink sink;
	struct sink_local_request rq;
	int fd;			/* a stream's, or -1 */
	int dirfd;		/* of the file, or -1 */
	struct part *part;
	struct version version;	/* of the source, in this try */
	bool tried;		/* this is not the first try */
	int64_t have;		/* so much was there before this try */
	int64_t at;		/* where the next byte goes */
	int64_t reached;	/* the furthest position ever */
	int64_t there;		/* of ranges: so much is in order */
	char ordered[PART_VERSION_MAX];	/* and the part that it becomes */
};

static struct local *
local_of(struct sink *to)
{
	return (struct local *)to;
}

/* Of ranges the size says nothing of what is in it: they have other names. */
static void
name_version(const struct source *from, const char *how,
    char version[PART_VERSION_MAX])
{
	const struct version *v = &from->version;
	char *who = xasprintf("%s %s", how, from->key);

	part_version(version, who, v->size, v->exact ? &v->mtime : NULL);
	free(who);
}

static int
open_part(struct local *l, const struct source *from, bool resume,
    struct err *err)
{
	const struct version *v = &from->version;
	char version[PART_VERSION_MAX];

	name_version(from, l->rq.ranges ? "ranges" : "get", version);
	name_version(from, "get", l->ordered);
	l->version = *v;
	l->part = part_open(l->dirfd, path_base(l->rq.path), version,
	    resume && v->exact, v->size, &l->have, err);
	return l->part != NULL ? 0 : -1;
}

static int
find_part(struct sink *to, struct source *from, bool resume, int64_t *bytes,
    struct err *err)
{
	struct local *l = local_of(to);

	l->rq.resume |= l->tried;
	l->tried = true;
	l->have = to->stream ? l->at : 0;
	l->version = from->version;
	if (!to->stream && from->told && open_part(l, from, resume, err) != 0)
		return -1;
	*bytes = l->have;
	return 0;
}

static int
reserve_part(struct sink *to, const struct source *from, int64_t at, bool more,
    struct err *err)
{
	struct local *l = local_of(to);

	(void)more;
	if (to->stream)
		return 0;
	if (l->part == NULL && open_part(l, from, false, err) != 0)
		return -1;
	l->at = at;
	if (at == 0 && l->version.size > 0)
		return part_reserve(l->part, l->version.size, err);
	return 0;
}

/* At a position, or, -1, behind what was written. */
static int
write_all(int fd, const char *p, size_t n, int64_t at, struct err *err)
{
	ssize_t put;

	while (n > 0) {
		do {
			put = at == -1 ? write(fd, p, n) : pwrite(fd, p, n, at);
		} while (put == -1 && errno == EINTR);
		if (put == -1)
			return err_sys(err, ERR_LOCAL, "cannot write");
		p += put;
		n -= (size_t)put;
		if (at != -1)
			at += put;
	}
	return 0;
}

static int
append_chunk(struct sink *to, const void *buf, size_t n, struct err *err)
{
	struct local *l = local_of(to);

	if (to->stream && write_all(l->fd, buf, n, -1, err) != 0)
		return err_prefix(err, "output");
	if (!to->stream && write_all(part_fd(l->part), buf, n, -1, err) != 0)
		return err_prefix(err, "%s", l->rq.path);
	l->at += (int64_t)n;
	if (l->at > l->reached)
		l->reached = l->at;
	return 0;
}

static int
write_part_at(struct sink *to, const void *buf, size_t n, int64_t at,
    struct err *err)
{
	struct local *l = local_of(to);

	if (write_all(part_fd(l->part), buf, n, at, err) != 0)
		return err_prefix(err, "%s", l->rq.path);
	return 0;
}

static int
read_part_at(struct sink *to, void *buf, size_t n, int64_t at, struct err *err)
{
	struct local *l = local_of(to);
	char *p = buf;
	ssize_t got;

	while (n > 0) {
		do {
			got = pread(part_fd(l->part), p, n, at);
		} while (got == -1 && errno == EINTR);
		if (got <= 0)
			return err_sys(err, ERR_LOCAL, "%s: cannot read",
			    l->rq.path);
		p += got;
		at += got;
		n -= (size_t)got;
	}
	return 0;
}

/* With the source at its end, the size is proven. */
static int
prove_size(struct sink *to, struct err *err)
{
	(void)err;
	to->verified = local_of(to)->version.size >= 0;
	return 0;
}

static int
commit_part(struct sink *to, bool now, struct err *err)
{
	struct local *l = local_of(to);
	const struct version *v = &l->version;
	int mode = -1, rc;
	bool dated = l->rq.keep_time && v->dated;

	(void)now;
	if (to->stream)
		return 0;
	if (l->rq.keep_mode && v->mode >= 0)
		mode = v->mode & 0777 & ~(int)l->rq.umask;
	rc = part_commit(l->part, mode, l->rq.umask,
	    dated ? &v->mtime : NULL, l->rq.to_disk, err);
	if (rc < 0)
		return -1;
	l->part = NULL;
	to->time_kept = dated && rc == 0;
	to->mode_kept = mode != -1 && rc == 0;
	to->unfit = rc > 0;
	if (rc > 0)
		err_clear(err);
	/* Parts of other versions, that earlier runs left. */
	if (l->rq.resume)
		part_remove_stale(l->dirfd, path_base(l->rq.path));
	return 0;
}

static void
close_part(struct local *l, bool keep)
{
	l->sink.kept = !keep ? 0 : l->reached > l->have ? l->reached :
	    l->have;
	part_close(l->part, keep);
}

static void
close_ranges(struct local *l, bool keep)
{
	if (keep && l->there > 0 &&
	    ftruncate(part_fd(l->part), l->there) == 0)
		part_close_as(l->part, l->ordered);
	else
		part_close(l->part, false);
}

/*
 * A part that failed for lack of room would take it from the files to come,
 * and a resume cannot help until there is room.
 */
static void
end_part(struct sink *to, bool fresh, struct err *err)
{
	struct local *l = local_of(to);
	bool keep = l->version.exact && !fresh;

	if (to->stream)
		to->kept = l->at;
	if (l->part == NULL)
		return;
	if ((err->sys == ENOSPC || err->sys == EDQUOT) && keep &&
	    !l->rq.lone) {
		keep = false;
		err_append(err, "; what came of it was removed");
	}
	if (l->rq.ranges)
		close_ranges(l, keep);
	else
		close_part(l, keep);
	l->part = NULL;
}

static void
close_sink(struct sink *to)
{
	struct local *l = local_of(to);

	if (l->dirfd != -1)
		close(l->dirfd);
	free(l);
}

static const struct sink_ops ops = {
	.have = find_part, .begin = reserve_part, .write = append_chunk,
	.write_at = write_part_at, .read_at = read_part_at, .end = prove_size,
	.commit = commit_part, .stop = end_part, .close = close_sink,
};

static struct local *
local_new(void)
{
	struct local *l = xcalloc(1, sizeof(*l));

	l->sink.ops = &ops;
	l->sink.sure = true;
	l->fd = l->dirfd = -1;
	return l;
}

struct sink *
sink_local_open(const struct sink_local_request *rq, struct err *err)
{
	char *dir = path_dir(rq->path);
	int dirfd = tree_open_dir(rq->tree, dir, err);
	struct local *l;

	free(dir);
	if (dirfd == -1)
		return NULL;
	l = local_new();
	l->rq = *rq;
	l->dirfd = dirfd;
	l->sink.overlap = OVERLAP;
	return &l->sink;
}

void
sink_local_keep(struct sink *to, int64_t there)
{
	local_of(to)->there = there;
}

int
sink_local_part_fd(const struct sink *to)
{
	return part_fd(((const struct local *)to)->part);
}

bool
sink_local_has_part(const struct sink *to, const struct source *from)
{
	const struct local *l = (const struct local *)to;
	char version[PART_VERSION_MAX], *name;
	bool has;

	name_version(from, "get", version);
	name = part_name(path_base(l->rq.path), version);
	has = faccessat(l->dirfd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
	free(name);
	return has;
}

struct sink *
sink_local_fd(int fd)
{
	struct local *l = local_new();

	l->fd = fd;
	l->sink.stream = true;
	return &l->sink;
}
