/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One file over several connections, a range each.  Who has come to the end
 * of his takes some of another's, and has seen how the next one begins: that
 * it came from the right place.  The part has a name of its own, for its
 * size says nothing of what is in it; on an orderly stop it is cut to its
 * contiguous beginning and becomes an ordinary part.
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
#include "ftp/files.h"
#include "ftp/flow.h"
#include "local/part.h"
#include "net/wait.h"
#include "transfer/copy.h"
#include "transfer/seam.h"
#include "transfer/split.h"

enum {
	CHUNK = 256 * 1024,
	WORKERS_MAX = 64,
	/* What is worth a connection of its own, and a new login: near, far. */
	RANGE_MIN = 4 * 1024 * 1024,
	RANGE_MIN_FAR = 512 * 1024,
	FAR_MS = 10,		/* of round-trip time */
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
	pthread_cond_t over;	/* all has come, or failed */
	struct split split;
	struct seams seams;
	bool reserved;		/* room on the disk; by the first worker */
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

/* Until all is over, or others may have turned out slow; the lock is held. */
static void
wait_a_while(struct ranges *rs)
{
	struct timespec until;
	int64_t ms = rs->split.setup_ms + 1;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += ms / 1000;
	until.tv_nsec += ms % 1000 * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	pthread_cond_timedwait(&rs->over, &rs->lock, &until);
}

/*
 * The first worker begins at the beginning, and has the whole file if there
 * is no other; those come from the end.
 */
static struct range *
claim(struct ranges *rs, bool first)
{
	struct range *r = NULL;

	pthread_mutex_lock(&rs->lock);
	while (!rs->failed && rs->split.left > 0) {
		r = split_untaken(&rs->split, first);
		if (r == NULL)
			r = split_longest(&rs->split, clock_ms());
		if (r != NULL)
			break;
		wait_a_while(rs);
	}
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

/* How much of a range is still to come, a chunk at most. */
static size_t
room_in(struct ranges *rs, const struct range *r)
{
	int64_t room;

	pthread_mutex_lock(&rs->lock);
	room = r->end - r->at;
	pthread_mutex_unlock(&rs->lock);
	return room < CHUNK ? (size_t)room : CHUNK;
}

/* Puts n bytes where they belong. */
static int
take(struct ranges *rs, struct range *r, const char *data, size_t n,
    struct err *err)
{
	int64_t at;

	pthread_mutex_lock(&rs->lock);
	split_absorb(&rs->split, r, n);
	at = r->at;
	pthread_mutex_unlock(&rs->lock);
	if (write_at(rs->fd, data, n, at, err) != 0)
		return err_prefix(err, "%s", rs->g->local);
	observe_progress(session_observer(rs->own), rs->remote, (int64_t)n,
	    rs->size, false);
	pthread_mutex_lock(&rs->lock);
	rs->res->bytes += split_came(&rs->split, r, n, clock_ms());
	if (rs->split.left == 0)
		pthread_cond_broadcast(&rs->over);
	pthread_mutex_unlock(&rs->lock);
	return 0;
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
    struct flow *f, char *chunk, struct err *err)
{
	ssize_t n = 0;
	size_t room;
	int64_t ms;

	while ((room = room_in(rs, r)) > 0 &&
	    (n = flow_read(f, chunk, room, err)) > 0) {
		if (is_over(rs))
			return err_set(err, ERR_CANCELLED, "given up");
		if (take(rs, r, chunk, (size_t)n, err) != 0)
			return -1;
		ms = rate_take(rs->g->rate, (size_t)n, clock_ms());
		if (ms > 0 && net_sleep(ms, session_cancel(s), err) != 0)
			return -1;
	}
	if (room == 0)
		return 1;
	return n < 0 ? -1 : 0;
}

/* Nobody is to go on; err, unless NULL, is why. */
static void
give_up(struct ranges *rs, const struct err *err)
{
	pthread_mutex_lock(&rs->lock);
	if (!rs->failed && err != NULL)
		rs->err = *err;
	rs->failed = true;
	pthread_cond_broadcast(&rs->over);
	pthread_mutex_unlock(&rs->lock);
}

static void
only_single(struct ranges *rs)
{
	pthread_mutex_lock(&rs->lock);
	rs->single = true;
	pthread_mutex_unlock(&rs->lock);
	give_up(rs, NULL);
}

/*
 * Behind a range: what another connection brings, or the end of the file.
 * 1, 0, or -1.
 */
static int
see_border(struct ranges *rs, const struct flow_request *rq, struct flow *f,
    char *chunk, struct err *err)
{
	int64_t at = rq->offset + flow_bytes(f);
	ssize_t n = flow_read(f, chunk, CHUNK, err);

	if (n < 0)
		return -1;
	if (n == 0)
		return at == rs->size ? 0 : err_set(err, ERR_VERIFY,
		    "transfer ended early");
	if (at == rs->size) {
		only_single(rs);
		return err_set(err, ERR_VERIFY, "more came than the file "
		    "has; REST has no effect");
	}
	pthread_mutex_lock(&rs->lock);
	seams_add(&rs->seams, at, chunk, (size_t)n);
	pthread_mutex_unlock(&rs->lock);
	return 1;
}

/*
 * Beside the data of the others, and while the first ones of this come: some
 * file systems take their time.
 */
static int
reserve(struct ranges *rs, struct err *err)
{
	if (rs->reserved)
		return 0;
	rs->reserved = true;
	return part_reserve(rs->part, rs->size, err);
}

/*
 * How long to wait for the server's word on a range that was broken off: less
 * than a login takes, and not at all if there is nothing more to do.
 */
static int64_t
patience(struct ranges *rs, const struct session *s)
{
	int64_t ms;

	pthread_mutex_lock(&rs->lock);
	ms = rs->split.left > 0 || s == rs->own ? rs->split.setup_ms : 0;
	pthread_mutex_unlock(&rs->lock);
	return ms;
}

static int
fetch_once(struct ranges *rs, struct session *s, struct range *r,
    char *chunk, struct err *err)
{
	const struct flow_request rq = {
		.path = rs->remote, .offset = r->at,
	};
	int64_t since = clock_ms();
	struct flow *f;
	int rc;

	if (session_connect(s, err) != 0)
		return -1;
	if (flow_open(s, &rq, &f, err) != 0) {
		if (flow_needs_beginning(s, &rq, err))
			only_single(rs);
		return -1;
	}
	pthread_mutex_lock(&rs->lock);
	split_note_setup(&rs->split, clock_ms() - since);
	pthread_mutex_unlock(&rs->lock);
	rc = s == rs->own ? reserve(rs, err) : 0;
	if (rc == 0)
		rc = receive(rs, s, r, f, chunk, err);
	if (rc == 1)
		rc = see_border(rs, &rq, f, chunk, err);
	/* At the end of the file, its end is proven; else it is broken off. */
	if (rc == 0)
		return flow_finish(f, flow_expected(f, rs->size), err);
	if (rc == 1)
		flow_stop(f, patience(rs, s));
	else
		flow_abort(f);
	return rc == 1 ? 0 : -1;
}

static int
fetch(struct ranges *rs, struct session *s, struct range *r, char *chunk,
    struct err *err)
{
	int64_t before;
	int rc = -1;

	session_try_begin(s);
	for (;;) {
		before = r->at;
		if (fetch_once(rs, s, r, chunk, err) == 0 &&
		    r->at >= r->end) {
			rc = 0;
			break;
		}
		if (err->kind == ERR_NONE)
			err_set(err, ERR_VERIFY, "transfer ended early");
		if (r->at > before)
			session_progress(s);
		if (is_over(rs) || !session_again_with(s, "RETR",
		    rs->g->remote, r->at, err))
			break;
		err_clear(err);
	}
	session_try_end(s);
	return rc;
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
		give_up(rs, &err);
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
	if (session_connect_for_data(w->s, &err) == 0)
		work(w->rs, w->s);
	return NULL;
}

/*
 * The ranges may be of two versions if it changed meanwhile.  s is whoever
 * still has a connection: some were broken off.
 */
static void
check_unchanged(struct ranges *rs, struct session *s)
{
	struct err err = ERR_INIT;
	struct timespec now;
	int64_t size;
	int rc;

	if (is_over(rs))
		return;
	rc = files_version(s, rs->remote, &size, &now, &err);
	if (rc == 1 && size == rs->size && now.tv_sec == rs->mtime.tv_sec)
		return;
	if (rc >= 0)
		err_set(&err, ERR_VERIFY, "%s: changed while it was fetched",
		    rs->remote);
	give_up(rs, &err);
}

static void
work_all(struct ranges *rs, int n)
{
	struct worker w[WORKERS_MAX];
	struct session *s = rs->own;
	int i, started = 0;
	bool early;

	for (i = 1; i < n && i < WORKERS_MAX; i++) {
		w[started].rs = rs;
		w[started].s = session_new_beside(rs->own, i + 1);
		if (pthread_create(&w[started].thread, NULL, worker_main,
		    &w[started]) != 0) {
			session_free(w[started].s);
			break;
		}
		started++;
	}
	work(rs, rs->own);
	/* All bytes are there: no need to wait for the others' last words. */
	early = session_alive(s);
	if (early)
		check_unchanged(rs, s);
	for (i = 0; i < started; i++)
		pthread_join(w[i].thread, NULL);
	for (i = 0; i < started && !session_alive(s); i++)
		s = w[i].s;
	if (!early)
		check_unchanged(rs, s);
	for (i = 0; i < started; i++)
		session_free(w[i].s);
}

static int
commit(struct ranges *rs, struct err *err)
{
	const struct settings *set = &session_site(rs->own)->set;
	const struct copy_get *g = rs->g;
	struct part *part = rs->part;
	struct err ignored = ERR_INIT;
	int mode = -1, rc;

	if (g->before_rename != NULL && g->before_rename(g->ctx, err) != 0)
		return -1;
	if (g->keep_mode && g->entry != NULL && g->entry->mode >= 0)
		mode = g->entry->mode & 0777 & ~(int)g->umask;
	rs->part = NULL;
	rc = part_commit(part, mode, g->umask, set->preserve_times ?
	    &rs->mtime : NULL, set->fsync, err);
	if (rc < 0 && g->before_rename != NULL)
		(void)g->not_renamed(g->ctx, &ignored);
	if (rc < 0)
		return -1;
	rs->res->size = rs->size;
	rs->res->verified = true;
	rs->res->time_kept = set->preserve_times && rc == 0;
	rs->res->unfit = rc > 0;
	err_clear(err);
	return 0;
}

/* After a failure: what can be resumed by one connection. */
static void
keep_beginning(struct ranges *rs)
{
	char version[PART_VERSION_MAX];
	int64_t there = split_contiguous(&rs->split);

	if (rs->part == NULL)
		return;
	version_of(rs, "get", version);
	if ((!rs->g->lone && (rs->err.sys == ENOSPC ||
	    rs->err.sys == EDQUOT)) ||
	    !seams_fit(&rs->seams, rs->fd, there) ||
	    ftruncate(rs->fd, there) == -1)
		part_close(rs->part, false);
	else
		part_close_as(rs->part, version);
}

static void
locks_init(struct ranges *rs)
{
	pthread_condattr_t attr;

	pthread_mutex_init(&rs->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&rs->over, &attr);
	pthread_condattr_destroy(&attr);
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
	if (rs->part == NULL)
		return -1;
	rs->fd = part_fd(rs->part);
	split_begin(&rs->split, rs->size, n);
	locks_init(rs);
	work_all(rs, n);
	if (!rs->failed && !seams_fit(&rs->seams, rs->fd, rs->size))
		only_single(rs);
	pthread_cond_destroy(&rs->over);
	pthread_mutex_destroy(&rs->lock);
	observe_progress(session_observer(rs->own), rs->remote, 0, rs->size,
	    !rs->single);
	rc = rs->failed ? -1 : 0;
	if (rs->failed)
		*err = rs->err;
	if (rc == 0)
		rc = commit(rs, err);
	if (rs->single)
		part_close(rs->part, false);
	else if (rc != 0)
		keep_beginning(rs);
	seams_release(&rs->seams);
	return rc;
}

/* Whether ranges help, and what they need is known: 1, 0, -1. */
static int
is_worth_it(struct ranges *rs, int *n, struct err *err)
{
	char version[PART_VERSION_MAX], *name;
	int64_t since = clock_ms(), range_min;
	int rc;

	rc = files_version(rs->own, rs->remote, &rs->size, &rs->mtime, err);
	if (rc != 1)
		return rc;
	range_min = clock_ms() - since >= FAR_MS ? RANGE_MIN_FAR : RANGE_MIN;
	if (*n > rs->size / range_min)
		*n = (int)(rs->size / range_min);
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
	struct identity look = { 0 };
	const char *one;
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
	one = rs.remote;
	if (rs.dirfd == -1 || (g->identify && identity_many(s, &one, 1, &look,
	    err) != 0))
		rc = -1;
	else
		rc = is_worth_it(&rs, &n, err);
	if (rc == 1) {
		rc = fetch_ranges(&rs, n, err);
		if (rs.single) {
			err_clear(err);
			res->bytes = 0;
			rc = 0;
		} else if (rc == 0) {
			res->look = look;
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
