/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "transfer/source_local.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "net/wait.h"

struct local {
	struct source source;
	struct cancel *cancel;
	char *path;		/* NULL: a descriptor */
	int fd;
	int64_t at;
};

static struct local *
local_of(struct source *src)
{
	return (struct local *)src;
}

static const char *
shown_name(const struct local *l)
{
	return l->path != NULL ? l->path : "input";
}

static int
seek_local(struct source *src, int64_t offset, bool more, struct err *err)
{
	(void)more;
	(void)err;
	local_of(src)->at = offset;
	return 0;
}

static int
say_shrunk(const struct local *l, struct err *err)
{
	return err_set(err, ERR_LOCAL, "%s: shrank while it was read",
	    shown_name(l));
}

static ssize_t
read_from(struct local *l, void *buf, size_t n, int64_t at, struct err *err)
{
	struct pollfd in = { .fd = l->fd, .events = POLLIN };
	bool once = l->source.once;
	ssize_t got;

	/* A pipe may say nothing for long, and we be told to stop. */
	if (once && net_wait(&in, 1, DEADLINE_NONE, l->cancel, err) == -1)
		return -1;
	do {
		got = once ? read(l->fd, buf, n) : pread(l->fd, buf, n, at);
	} while (got == -1 && errno == EINTR);
	if (got == -1)
		return err_sys(err, ERR_LOCAL, "%s: cannot read",
		    shown_name(l));
	return got;
}

/* What was there at its opening goes, no more. */
static ssize_t
read_on(struct source *src, void *buf, size_t n, struct err *err)
{
	struct local *l = local_of(src);
	int64_t left = src->version.size - l->at;
	ssize_t got;

	if (!src->once && (int64_t)n > left)
		n = (size_t)left;
	if (n == 0)
		return 0;
	got = read_from(l, buf, n, l->at, err);
	if (got == 0 && !src->once)
		return say_shrunk(l, err);
	if (got > 0)
		l->at += got;
	return got;
}

static int
read_local_at(struct source *src, void *buf, size_t n, int64_t at,
    struct err *err)
{
	struct local *l = local_of(src);
	char *p = buf;
	ssize_t got;

	for (; n > 0; n -= (size_t)got) {
		got = read_from(l, p, n, at, err);
		if (got <= 0)
			return got == 0 ? say_shrunk(l, err) : -1;
		p += got;
		at += got;
	}
	return 0;
}

static bool
has_changed(struct source *src)
{
	const struct stat *was = &src->st;
	struct stat now;

	return !src->once && fstat(local_of(src)->fd, &now) == 0 &&
	    (now.st_size != was->st_size ||
	    now.st_mtim.tv_sec != was->st_mtim.tv_sec ||
	    now.st_mtim.tv_nsec != was->st_mtim.tv_nsec);
}

static void
close_source(struct source *src)
{
	struct local *l = local_of(src);

	if (l->path != NULL && l->fd != -1)
		close(l->fd);
	free(l->path);
	free(l);
}

static const struct source_ops ops = {
	.begin = seek_local, .read = read_on, .read_at = read_local_at,
	.changed = has_changed, .close = close_source,
};

/* The same of what can be read once only. */
static const struct source_ops stream_ops = {
	.begin = seek_local, .read = read_on, .close = close_source,
};

/* As those of /proc: their size is 0, and tells nothing. */
static bool
has_more(const struct local *l)
{
	char c;

	return l->source.st.st_size == 0 && pread(l->fd, &c, 1, 0) == 1;
}

static int
examine(struct local *l, struct err *err)
{
	struct source *src = &l->source;
	bool regular;

	if (fstat(l->fd, &src->st) == -1)
		return err_sys(err, ERR_LOCAL, "cannot examine the source");
	regular = S_ISREG(src->st.st_mode);
	if (l->path != NULL && !regular)
		return err_set(err, ERR_LOCAL, "%s: not a regular file",
		    l->path);
	regular = regular && !has_more(l);
	src->ops = regular ? &ops : &stream_ops;
	src->told = true;
	src->restarts = regular;
	src->once = !regular;
	src->version = (struct version){
		.size = regular ? src->st.st_size : -1,
		.mtime = src->st.st_mtim, .exact = regular,
		.dated = regular, .mode = (int)(src->st.st_mode & 0777),
	};
	return 0;
}

/* Takes over path. */
static struct source *
local_new(int fd, char *path, struct cancel *cancel, struct err *err)
{
	struct local *l = xcalloc(1, sizeof(*l));

	l->fd = fd;
	l->path = path;
	l->cancel = cancel;
	if (fd != -1 && examine(l, err) == 0)
		return &l->source;
	close_source(&l->source);
	return NULL;
}

struct source *
source_local_open(struct tree *t, const char *path, bool follow,
    struct cancel *cancel, struct err *err)
{
	int flags = O_RDONLY | O_NONBLOCK | (follow ? 0 : O_NOFOLLOW);

	return local_new(tree_open_file(t, path, flags, 0, err),
	    xstrdup(path), cancel, err);
}

struct source *
source_local_fd(int fd, struct cancel *cancel, struct err *err)
{
	return local_new(fd, NULL, cancel, err);
}
