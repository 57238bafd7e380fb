/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One file over several connections, a range each.  Who has come to the end
 * of his takes half of the largest that is left.  The part has a name of its
 * own, for its size says nothing of what is in it; on an orderly stop it is
 * cut to its contiguous beginning and becomes an ordinary part.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/path.h"
#include "ftp/data.h"
#include "local/part.h"
#include "net/wait.h"
#include "transfer/copy.h"

enum {
	CHUNK = 256 * 1024,
	RANGES_MAX = 256,
	WORKERS_MAX = 64,
	/* What is worth a connection of its own, and a new login. */
	RANGE_MIN = 4 * 1024 * 1024,
};

struct range {
	int64_t start;		/* where it began */
	int64_t at, end;	/* to come: from at up to end */
	bool taken;
};

struct ranges {
	struct session *own;
	const struct copy_get *g;
	struct copy_result *res;
	char *remote;		/* absolute */
	int64_t size;
	struct timespec mtime;
	int dirfd, fd;
	struct part *part;
	pthread_mutex_t lock;
	struct range range[RANGES_MAX];
	int n;
	bool failed;
	bool single;		/* by REST that is refused or has no effect */
	struct err err;		/* why */
};

struct worker {
	struct ranges *rs;
	struct session *s;
	pthread_t thread;
};

static void
version_of(const struct ranges *rs, const char *how,
    char version[PART_VERSION_MAX])
{
	const struct settings *set = &session_site(rs->own)->set;
	char *who;

	who = xasprintf("%s %s:%d:%s", how, set->host, set->port, rs->remote);
	part_version(version, who, rs->size, &rs->mtime);
	free(who);
}

/* The rest of a range goes to two, if it is worth it; the lock is held. */
static struct range *
split_largest(struct ranges *rs)
{
	struct range *r, *large = NULL;
	int i;

	for (i = 0; i < rs->n; i++) {
		r = &rs->range[i];
		if (large == NULL || r->end - r->at > large->end - large->at)
			large = r;
	}
	if (large == NULL || large->end - large->at < 2 * RANGE_MIN ||
	    rs->n == RANGES_MAX)
		return NULL;
	r = &rs->range[rs->n++];
	r->end = large->end;
	r->start = large->at + (large->end - large->at) / 2;
	r->at = large->end = r->start;
	r->taken = true;
	return r;
}

/*
 * The first worker begins at the beginning, and has the whole file if there
 * is no other; those come from the end.
 */
static struct range *
claim(struct ranges *rs, bool first)
{
	struct range *r = NULL, *next;
	int i;

	pthread_mutex_lock(&rs->lock);
	for (i = 0; i < rs->n && r == NULL; i++) {
		next = &rs->range[first ? i : rs->n - 1 - i];
		if (!next->taken)
			r = next;
	}
	if (r != NULL)
		r->taken = true;
	else if (!rs->failed)
		r = split_largest(rs);
	if (rs->failed)
		r = NULL;
	pthread_mutex_unlock(&rs->lock);
	return r;
}

static int
write_at(int fd, const char *p, size_t n, int64_t at, struct err *err)
{
	ssize_t put;

	while (n > 0) {
		put = pwrite(fd, p, n, at);
		if (put == -1 && errno == EINTR)
			continue;
		if (put == -1)
			return err_sys(err, ERR_LOCAL, "cannot write");
		p += put;
		at += put;
		n -= (size_t)put;
	}
	return 0;
}

/*
 * What follows a range that n bytes more would fill, and nobody has begun,
 * goes on with it.
 */
static void
absorb_next(struct ranges *rs, struct range *r, size_t n)
{
	struct range *next;
	int i;

	for (i = 0; r->end - r->at <= (int64_t)n && i < rs->n; i++) {
		next = &rs->range[i];
		if (next->taken || next->start != r->end)
			continue;
		next->taken = true;
		r->end = next->end;
		next->start = next->at = next->end;
		i = -1;
	}
}

/* Puts n bytes where they belong: 1 the range is full, 0 not yet, -1. */
static int
take(struct ranges *rs, struct range *r, const char *data, size_t n,
    struct err *err)
{
	int64_t at, end;

	pthread_mutex_lock(&rs->lock);
	absorb_next(rs, r, n);
	at = r->at;
	end = r->end;
	pthread_mutex_unlock(&rs->lock);
	if ((int64_t)n > end - at)
		n = (size_t)(end - at);
	if (write_at(rs->fd, data, n, at, err) != 0)
		return err_prefix(err, "%s", rs->g->local);
	observe_progress(session_observer(rs->own), rs->remote, (int64_t)n,
	    rs->size, false);
	pthread_mutex_lock(&rs->lock);
	r->at += (int64_t)n;
	rs->res->bytes += (int64_t)n;
	end = r->end;
	pthread_mutex_unlock(&rs->lock);
	return r->at >= end;
}

static bool
is_over(struct ranges *rs)
{
	bool over;

	pthread_mutex_lock(&rs->lock);
	over = rs->failed;
	pthread_mutex_unlock(&rs->lock);
	return over;
}

/* Reads until the range is full (1) or the file ends (0); -1. */
static int
receive(struct ranges *rs, struct session *s, struct range *r,
    struct data *d, char *chunk, struct err *err)
{
	int64_t ms;
	ssize_t n;
	int rc = 0;

	while (rc == 0 && (n = data_read(d, chunk, CHUNK, err)) > 0) {
		if (is_over(rs))
			return err_set(err, ERR_CANCELLED, "given up");
		rc = take(rs, r, chunk, (size_t)n, err);
		ms = rate_take(rs->g->rate, (size_t)n, clock_ms());
		if (rc == 0 && ms > 0 &&
		    net_sleep(ms, session_cancel(s), err) != 0)
			return -1;
	}
	if (rc != 0)
		return rc;
	return n < 0 ? -1 : 0;
}

static void
only_single(struct ranges *rs)
{
	pthread_mutex_lock(&rs->lock);
	rs->single = rs->failed = true;
	pthread_mutex_unlock(&rs->lock);
}

/* All of the file has come, and nothing more may: 0, or -1. */
static int
at_end(struct ranges *rs, struct data *d, char *chunk, struct err *err)
{
	ssize_t n = data_read(d, chunk, CHUNK, err);

	if (n > 0) {
		only_single(rs);
		err_set(err, ERR_VERIFY, "more came than the file has; REST "
		    "has no effect");
	}
	return n == 0 ? 0 : -1;
}

static int
fetch_once(struct ranges *rs, struct session *s, struct range *r,
    char *chunk, struct err *err)
{
	struct data_request rq = {
		.verb = "RETR", .arg = rs->remote, .offset = r->at,
	};
	struct conn *c = session_conn(s, err);
	struct data *d;
	int rc;

	if (c == NULL)
		return -1;
	if (data_open(c, &rq, &d, err) != 0) {
		if (rq.offset > 0 && c->quirks->no_rest)
			only_single(rs);
		return -1;
	}
	rc = receive(rs, s, r, d, chunk, err);
	if (rc == 1 && r->end == rs->size)
		rc = at_end(rs, d, chunk, err);
	/* At the end of the file, its end is proven; else it is broken off. */
	if (rc == 0)
		return data_finish(d, rs->size - rq.offset, NULL, err);
	data_abort(d);
	return rc == 1 ? 0 : -1;
}

static int
fetch(struct ranges *rs, struct session *s, struct range *r, char *chunk,
    struct err *err)
{
	int64_t before;
	int tries = 0;

	for (;;) {
		before = r->at;
		if (fetch_once(rs, s, r, chunk, err) == 0 && r->at >= r->end)
			return 0;
		if (err->kind == ERR_NONE)
			err_set(err, ERR_VERIFY, "transfer ended early");
		if (r->at > before)
			tries = 0;
		if (is_over(rs) || !session_again(s, &tries, err))
			return -1;
		err_clear(err);
	}
}

static void
work(struct ranges *rs, struct session *s)
{
	char *chunk = xmalloc(CHUNK);
	struct err err = ERR_INIT;
	struct range *r;

	while ((r = claim(rs, s == rs->own)) != NULL) {
		if (fetch(rs, s, r, chunk, &err) == 0)
			continue;
		pthread_mutex_lock(&rs->lock);
		if (!rs->failed)
			rs->err = err;
		rs->failed = true;
		pthread_mutex_unlock(&rs->lock);
		break;
	}
	free(chunk);
}

static void *
worker_main(void *arg)
{
	struct worker *w = arg;
	struct err err = ERR_INIT;

	cancel_block_signals();
	/* No further connection: the others take the range. */
	if (session_connect(w->s, &err) == 0)
		work(w->rs, w->s);
	return NULL;
}

/*
 * The ranges may be of two versions if it changed meanwhile.  s is whoever
 * still has a connection: some were broken off.
 */
static int
check_unchanged(struct ranges *rs, struct session *s, struct err *err)
{
	enum time_precision p;
	struct timespec now;
	int64_t size;

	if (session_size(s, rs->remote, &size, err) < 0 ||
	    session_mdtm(s, rs->remote, &now, &p, err) < 0)
		return -1;
	if (size == rs->size && now.tv_sec == rs->mtime.tv_sec)
		return 0;
	return err_set(err, ERR_VERIFY, "%s: changed while it was fetched",
	    rs->remote);
}

static void
work_all(struct ranges *rs, int n)
{
	struct worker w[WORKERS_MAX];
	struct session *s = rs->own;
	int i, started = 0;

	for (i = 1; i < n && i < WORKERS_MAX; i++) {
		w[started].rs = rs;
		w[started].s = session_new_beside(rs->own, i);
		if (pthread_create(&w[started].thread, NULL, worker_main,
		    &w[started]) != 0) {
			session_free(w[started].s);
			break;
		}
		started++;
	}
	work(rs, rs->own);
	for (i = 0; i < started; i++)
		pthread_join(w[i].thread, NULL);
	for (i = 0; i < started && !session_alive(s); i++)
		s = w[i].s;
	if (!rs->failed && check_unchanged(rs, s, &rs->err) != 0)
		rs->failed = true;
	for (i = 0; i < started; i++)
		session_free(w[i].s);
}

/* What is there from the beginning without a gap. */
static int64_t
contiguous(const struct ranges *rs)
{
	const struct range *r;
	int64_t at = 0;
	int i;

	for (i = 0; i < rs->n && at < rs->size; i++) {
		r = &rs->range[i];
		if (r->start != at || r->at == r->start)
			continue;
		at = r->at;
		if (r->at < r->end)
			break;
		i = -1;
	}
	return at;
}

static int
commit(struct ranges *rs, struct err *err)
{
	const struct settings *set = &session_site(rs->own)->set;
	const struct copy_get *g = rs->g;
	struct part *part = rs->part;
	int mode = -1, rc;

	if (g->before_rename != NULL && g->before_rename(g->ctx, err) != 0)
		return -1;
	if (g->keep_mode && g->entry != NULL && g->entry->mode >= 0)
		mode = g->entry->mode & 0777 & ~(int)g->umask;
	rs->part = NULL;
	rc = part_commit(part, mode, set->preserve_times ? &rs->mtime : NULL,
	    set->fsync, err);
	if (rc < 0)
		return -1;
	rs->res->size = rs->size;
	rs->res->verified = true;
	rs->res->time_kept = set->preserve_times && rc == 0;
	err_clear(err);
	return 0;
}

/* After a failure: what can be resumed by one connection. */
static void
keep_beginning(struct ranges *rs)
{
	char version[PART_VERSION_MAX];

	if (rs->part == NULL)
		return;
	version_of(rs, "get", version);
	if (ftruncate(rs->fd, contiguous(rs)) == -1)
		part_close(rs->part, false);
	else
		part_close_as(rs->part, version);
}

static void
divide(struct ranges *rs, int n)
{
	int64_t each = rs->size / n;
	int i;

	rs->n = n;
	for (i = 0; i < n; i++) {
		rs->range[i].start = rs->range[i].at = each * i;
		rs->range[i].end = i < n - 1 ? each * (i + 1) : rs->size;
	}
}

static int
fetch_ranges(struct ranges *rs, int n, struct err *err)
{
	char version[PART_VERSION_MAX];
	int64_t have;
	int rc;

	version_of(rs, "ranges", version);
	rs->part = part_open(rs->dirfd, path_base(rs->g->local), version,
	    false, rs->size, &have, err);
	if (rs->part == NULL || part_reserve(rs->part, rs->size, err) != 0) {
		part_close(rs->part, false);
		return -1;
	}
	rs->fd = part_fd(rs->part);
	divide(rs, n);
	pthread_mutex_init(&rs->lock, NULL);
	work_all(rs, n);
	pthread_mutex_destroy(&rs->lock);
	observe_progress(session_observer(rs->own), rs->remote, 0, rs->size,
	    true);
	rc = rs->failed ? -1 : 0;
	if (rs->failed)
		*err = rs->err;
	if (rc == 0)
		rc = commit(rs, err);
	if (rs->single)
		part_close(rs->part, false);
	else if (rc != 0)
		keep_beginning(rs);
	return rc;
}

/* Whether ranges help, and what they need is known: 1, 0, -1. */
static int
is_worth_it(struct ranges *rs, int *n, struct err *err)
{
	char version[PART_VERSION_MAX], *name;
	enum time_precision p;
	int rc;

	if ((rc = session_size(rs->own, rs->remote, &rs->size, err)) != 1 ||
	    (rc = session_mdtm(rs->own, rs->remote, &rs->mtime, &p, err)) != 1)
		return rc;
	if (*n > rs->size / RANGE_MIN)
		*n = (int)(rs->size / RANGE_MIN);
	if (*n > WORKERS_MAX)
		*n = WORKERS_MAX;
	if (*n < 2 || rs->g->verify == VERIFY_HASH)
		return 0;
	/* What one connection has begun, one ends. */
	version_of(rs, "get", version);
	name = part_name(path_base(rs->g->local), version);
	rc = !rs->g->resume ||
	    faccessat(rs->dirfd, name, F_OK, AT_SYMLINK_NOFOLLOW) == -1;
	free(name);
	return rc;
}

int
copy_get_ranges(struct session *s, const struct copy_get *g, int n,
    struct copy_result *res, struct err *err)
{
	struct ranges rs = { .own = s, .g = g, .res = res, .dirfd = -1 };
	char *dir;
	int rc = 0;

	memset(res, 0, sizeof(*res));
	res->size = -1;
	if (g->tree == NULL || n < 2)
		return copy_get(s, g, res, err);
	if (session_connect(s, err) != 0)
		return -1;
	rs.remote = session_path(s, g->remote);
	dir = path_dir(g->local);
	rs.dirfd = tree_open_dir(g->tree, dir, err);
	free(dir);
	rc = rs.dirfd == -1 ? -1 : is_worth_it(&rs, &n, err);
	if (rc == 1) {
		rc = fetch_ranges(&rs, n, err);
		if (rs.single) {
			err_clear(err);
			res->bytes = 0;
			rc = 0;
		} else if (rc == 0) {
			rc = 1;
		}
	}
	if (rc == 0)
		rc = copy_get(s, g, res, err);
	if (rs.dirfd != -1)
		close(rs.dirfd);
	free(rs.remote);
	return rc < 0 ? -1 : 0;
}
