/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One file over several connections, a range each.  Who has come to the end
 * of his takes some of another's, and has seen how the next one begins: that
 * it came from the right place.  The part has a name of its own, for its
 * size says nothing of what is in it; on an orderly stop it is cut to its
 * contiguous beginning and becomes an ordinary part.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "ftp/files.h"
#include "listing/listing.h"
#include "net/wait.h"
#include "transfer/copy_ranges.h"
#include "transfer/seams.h"
#include "transfer/sink_local.h"
#include "transfer/source_remote.h"
#include "transfer/split.h"
#include "transfer/tries.h"

enum {
	CHUNK = 256 * 1024,
	WORKERS_MAX = 64,
	/* What is worth a connection of its own, and a new login: near, far. */
	RANGE_MIN = 4 * 1024 * 1024,
	RANGE_MIN_FAR = 512 * 1024,
	FAR_MS = 10,		/* of round-trip time */
	ANSWER_MS = 1000,	/* of a server that is busy */
};

struct ranges {
	struct session *own;
	const struct copy_get *g;
	char *remote;		/* absolute */
	struct entry known;	/* its size and time */
	struct source *source;	/* the first worker's */
	struct sink *sink;
	pthread_mutex_t lock;
	pthread_cond_t over;	/* all has come, or failed */
	struct split split;
	struct seams seams;
	int64_t bytes;		/* that came */
	int working;		/* who have a connection, or hope for one */
	bool own_left;		/* the first of these is no more */
	bool reserved;		/* room on the disk; by the first worker */
	bool failed;
	bool single;		/* by REST that is refused or has no effect */
	struct err err;		/* why */
};

struct fetcher {
	struct ranges *rs;
	struct session *s;
	struct source *source;
	pthread_t thread;
	int64_t at;		/* of what it reads next */
};

static struct source *
open_source(const struct ranges *rs, struct session *s)
{
	return source_remote_open(s, &(struct source_remote_request){
	    .path = rs->g->remote, .entry = &rs->known });
}

/* Until all is over, or others may have turned out slow; the lock is held. */
static void
wait_a_while(struct ranges *rs)
{
	int64_t ms = clock_ms() + rs->split.setup_ms + 1;
	struct timespec until = {
		.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000,
	};

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
take_range(struct ranges *rs, struct range *r, const char *data, size_t n,
    struct err *err)
{
	int64_t at;

	pthread_mutex_lock(&rs->lock);
	split_absorb(&rs->split, r, n);
	at = r->at;
	pthread_mutex_unlock(&rs->lock);
	if (rs->sink->ops->write_at(rs->sink, data, n, at, err) != 0)
		return -1;
	observe_progress(session_observer(rs->own), rs->remote, (int64_t)n,
	    rs->known.size, false);
	pthread_mutex_lock(&rs->lock);
	rs->bytes += split_came(&rs->split, r, n, clock_ms());
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
receive_range(struct fetcher *w, struct range *r, char *chunk,
    struct err *err)
{
	struct ranges *rs = w->rs;
	size_t room;
	ssize_t n;
	int64_t ms;

	while ((room = room_in(rs, r)) != 0) {
		n = w->source->ops->read(w->source, chunk, room, err);
		if (n <= 0)
			return n < 0 ? -1 : 0;
		if (is_over(rs))
			return err_set(err, ERR_CANCELLED, "given up");
		w->at += n;
		if (take_range(rs, r, chunk, (size_t)n, err) != 0)
			return -1;
		ms = rate_take(rs->g->rate, (size_t)n, clock_ms());
		if (ms > 0 && net_sleep(ms, session_cancel(w->s), err) != 0)
			return -1;
	}
	return 1;
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
see_border(struct fetcher *w, int64_t at, char *chunk, struct err *err)
{
	struct ranges *rs = w->rs;
	ssize_t n = w->source->ops->read(w->source, chunk, CHUNK, err);

	if (n < 0)
		return -1;
	if (n == 0)
		return at == rs->known.size ? 0 : err_set(err, ERR_VERIFY,
		    "transfer ended early");
	if (at == rs->known.size) {
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
reserve_room(struct ranges *rs, struct err *err)
{
	if (rs->reserved)
		return 0;
	rs->reserved = true;
	return rs->sink->ops->begin(rs->sink, rs->source, 0, false, err);
}

/*
 * How long to wait for the server's word on a range that was broken off: not at
 * all if there is nothing more to do.  Else it is worth a while: a login in its
 * place takes its time, too, and may be one too many for the server.
 */
static int64_t
patience(struct ranges *rs, const struct session *s)
{
	int64_t ms;

	pthread_mutex_lock(&rs->lock);
	ms = rs->split.left > 0 || s == rs->own || rs->own_left ?
	    rs->split.setup_ms + ANSWER_MS : 0;
	pthread_mutex_unlock(&rs->lock);
	return ms;
}

static int
open_range(struct fetcher *w, const struct range *r, struct err *err)
{
	struct source *from = w->source;
	int64_t since = clock_ms();

	w->at = r->at;
	from->fault = FAULT_PLAIN;
	if (from->ops->look(from, false, err) != 0)
		return -1;
	if (from->ops->begin(from, r->at, false, err) != 0) {
		if (from->fault == FAULT_OFFSET)
			only_single(w->rs);
		return -1;
	}
	pthread_mutex_lock(&w->rs->lock);
	split_note_setup(&w->rs->split, clock_ms() - since);
	pthread_mutex_unlock(&w->rs->lock);
	return 0;
}

static int
fetch_once(struct fetcher *w, struct range *r, char *chunk, struct err *err)
{
	struct source *from = w->source;
	struct ranges *rs = w->rs;
	int rc;

	rc = open_range(w, r, err);
	if (rc == 0 && w->s == rs->own)
		rc = reserve_room(rs, err);
	if (rc == 0)
		rc = receive_range(w, r, chunk, err);
	if (rc == 1)
		rc = see_border(w, w->at, chunk, err);
	/* At the end of the file, its end is proven; else it is broken off. */
	if (rc == 0)
		rc = from->ops->end(from, err);
	else if (rc == 1)
		from->ops->leave(from, patience(rs, w->s));
	from->ops->stop(from, false);
	return rc < 0 ? -1 : 0;
}

static int
fetch_range(struct fetcher *w, struct range *r, char *chunk, struct err *err)
{
	struct tries *t = w->source->tries;
	int64_t before;
	int rc = -1;

	t->begin(t);
	for (;;) {
		before = r->at;
		if (fetch_once(w, r, chunk, err) == 0 && r->at >= r->end) {
			rc = 0;
			break;
		}
		if (err->kind == ERR_NONE)
			err_set(err, ERR_VERIFY, "transfer ended early");
		if (r->at > before)
			t->progress(t);
		if (is_over(w->rs) || !t->again(t, r->at, err))
			break;
		err_clear(err);
	}
	t->end(t);
	return rc;
}

/*
 * Whether there are others to go on; r, unless NULL, is theirs then, and err
 * is why they have it.
 */
static bool
resign(struct fetcher *w, struct range *r, const struct err *err)
{
	struct ranges *rs = w->rs;
	bool others;

	pthread_mutex_lock(&rs->lock);
	rs->working--;
	if (w->s == rs->own)
		rs->own_left = true;
	others = !rs->failed && rs->working > 0 &&
	    (r == NULL || split_give_back(&rs->split, r));
	if (others && r != NULL)
		rs->err = *err;
	pthread_cond_broadcast(&rs->over);
	pthread_mutex_unlock(&rs->lock);
	return others;
}

/*
 * A connection that is lost for good: the others take what it had.  To be
 * refused another login means no more than that.
 */
static bool
leave_range(struct fetcher *w, struct range *r, const struct err *err)
{
	return !session_alive(w->s) && err->kind != ERR_LOCAL &&
	    err->kind != ERR_CANCELLED && resign(w, r, err);
}

static void
fetch_all(struct fetcher *w)
{
	char *chunk = xmalloc(CHUNK);
	struct err err = ERR_INIT;
	struct range *r;

	while ((r = claim(w->rs, w->s == w->rs->own)) != NULL) {
		if (fetch_range(w, r, chunk, &err) == 0)
			continue;
		if (!leave_range(w, r, &err))
			give_up(w->rs, &err);
		break;
	}
	free(chunk);
}

static void *
worker_main(void *arg)
{
	struct fetcher *w = arg;
	struct err err = ERR_INIT;

	cancel_block_signals();
	if (session_connect_for_data(w->s, &err) == 0)
		fetch_all(w);
	else if (!resign(w, NULL, NULL))
		give_up(w->rs, NULL);
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
	if (rc == 1 && size == rs->known.size &&
	    now.tv_sec == rs->known.mtime.tv_sec)
		return;
	if (rc >= 0)
		err_set(&err, ERR_VERIFY, "%s: changed while it was fetched",
		    rs->remote);
	give_up(rs, &err);
}

/* A further worker; false: there is none. */
static bool
start_worker(struct ranges *rs, struct fetcher *w, int number)
{
	w->rs = rs;
	w->s = session_new_beside(rs->own, number);
	w->source = open_source(rs, w->s);
	pthread_mutex_lock(&rs->lock);
	rs->working++;
	pthread_mutex_unlock(&rs->lock);
	if (pthread_create(&w->thread, NULL, worker_main, w) == 0)
		return true;
	(void)resign(w, NULL, NULL);
	w->source->ops->close(w->source);
	session_free(w->s);
	return false;
}

static void
work_all(struct ranges *rs, int n)
{
	struct fetcher w[WORKERS_MAX], own = {
		.rs = rs, .s = rs->own, .source = rs->source,
	};
	struct session *s = rs->own;
	int i, started = 0;
	bool early;

	for (i = 1; i < n && i < WORKERS_MAX; i++) {
		if (!start_worker(rs, &w[started], i + 1))
			break;
		started++;
	}
	fetch_all(&own);
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
	for (i = 0; i < started; i++) {
		w[i].source->ops->close(w[i].source);
		session_free(w[i].s);
	}
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

/* After a failure: what can be resumed by one connection. */
static void
keep_beginning(struct ranges *rs)
{
	int64_t there = split_contiguous(&rs->split);
	struct err why = rs->err;
	bool fits = !rs->single &&
	    seams_fit(&rs->seams, sink_local_part_fd(rs->sink), there);

	sink_local_keep(rs->sink, there);
	rs->sink->ops->stop(rs->sink, !fits, &why);
}

/* The bytes into the part, by all workers. */
static void
fetch_ranges(struct ranges *rs, int n)
{
	split_begin(&rs->split, rs->known.size, n);
	locks_init(rs);
	rs->working = 1;
	work_all(rs, n);
	if (!rs->failed && !seams_fit(&rs->seams,
	    sink_local_part_fd(rs->sink), rs->known.size))
		only_single(rs);
	pthread_cond_destroy(&rs->over);
	pthread_mutex_destroy(&rs->lock);
	observe_progress(session_observer(rs->own), rs->remote, 0,
	    rs->known.size, !rs->single);
	if (rs->failed)
		keep_beginning(rs);
	else
		sink_local_keep(rs->sink, rs->known.size);
	seams_release(&rs->seams);
}

/* Whether ranges help, and what they need is known: 1, 0, -1. */
static int
is_worth_it(struct ranges *rs, int *n, struct err *err)
{
	int64_t since = clock_ms(), range_min;
	struct entry *e = &rs->known;
	int rc;

	*e = (struct entry){ .precision = PRECISION_SECOND, .mode = -1 };
	rc = files_version(rs->own, rs->remote, &e->size, &e->mtime, err);
	if (rc != 1)
		return rc;
	range_min = clock_ms() - since >= FAR_MS ? RANGE_MIN_FAR : RANGE_MIN;
	if (*n > e->size / range_min)
		*n = (int)(e->size / range_min);
	return *n >= 2 && rs->g->verify != VERIFY_HASH;
}

/* Which file it is, if the caller wants to know: 0, -1. */
static int
identify(const struct ranges *rs, struct identity *look, struct err *err)
{
	const char *one = rs->remote;
	int rc;

	if (!rs->g->identify)
		return 0;
	session_try_begin(rs->own);
	while ((rc = identity_many(rs->own, &one, 1, look, err)) != 0 &&
	    session_again_with(rs->own, NULL, one, 0, err))
		err_clear(err);
	session_try_end(rs->own);
	return rc;
}

static struct sink *
open_sink(const struct ranges *rs, struct err *err)
{
	const struct settings *set = &session_site(rs->own)->set;
	const struct copy_get *g = rs->g;

	return sink_local_open(&(struct sink_local_request){
	    .tree = g->tree, .path = g->local, .ranges = true,
	    .keep_time = set->preserve_times,
	    .to_disk = set->fsync, .lone = g->lone, .umask = g->umask,
	    }, err);
}

/*
 * A part of ranges is begun, if one connection has not begun one that it is
 * to end: 1, 0, -1.
 */
static int
begin_part(struct ranges *rs, struct err *err)
{
	struct source *from = rs->source = open_source(rs, rs->own);
	int64_t have;

	if (from->ops->look(from, false, err) != 0)
		return -1;
	if (rs->g->resume && sink_local_has_part(rs->sink, from))
		return 0;
	return rs->sink->ops->have(rs->sink, from, false, &have, err) == 0 ?
	    1 : -1;
}

/* All has come: the rest is that of any copy. */
static int
commit_ranges(struct ranges *rs, struct copy_result *res, struct err *err)
{
	const struct copy c = {
		.source = rs->source, .sink = rs->sink,
	};
	int rc;

	(void)rs->sink->ops->end(rs->sink, err);
	rs->source = NULL;
	rs->sink = NULL;
	rc = copy_commit(&c, res, err);
	res->bytes = rs->bytes;
	return rc;
}

static void
ranges_release(struct ranges *rs)
{
	if (rs->source != NULL)
		rs->source->ops->close(rs->source);
	if (rs->sink != NULL)
		rs->sink->ops->close(rs->sink);
	free(rs->remote);
}

/* 1 it is there, 0 one connection is to fetch it, -1. */
static int
get_by_ranges(struct ranges *rs, int n, struct copy_result *res,
    struct err *err)
{
	struct identity look = { 0 };
	int rc;

	rs->sink = open_sink(rs, err);
	if (rs->sink == NULL || identify(rs, &look, err) != 0)
		return -1;
	rc = is_worth_it(rs, &n, err);
	if (rc == 1)
		rc = begin_part(rs, err);
	if (rc != 1)
		return rc;
	fetch_ranges(rs, n);
	if (rs->single)
		return 0;
	res->bytes = rs->bytes;
	if (rs->failed) {
		*err = rs->err;
		return -1;
	}
	rc = commit_ranges(rs, res, err);
	res->look = look;
	return rc == 0 ? 1 : -1;
}

int
copy_ranges(struct session *s, const struct copy_get *g, int n,
    struct copy_result *res, struct err *err)
{
	struct ranges rs = { .own = s, .g = g };
	int rc;

	*res = (struct copy_result){ .size = -1 };
	if (g->tree == NULL || n < 2)
		return copy_get(s, g, res, err);
	if (session_connect(s, err) != 0)
		return -1;
	rs.remote = session_path(s, g->remote);
	rc = get_by_ranges(&rs, n, res, err);
	ranges_release(&rs);
	if (rc != 0)
		return rc > 0 ? 0 : -1;
	err_clear(err);
	return copy_get(s, g, res, err);
}
