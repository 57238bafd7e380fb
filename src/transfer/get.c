/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Downloads. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/path.h"
#include "ftp/digest.h"
#include "ftp/flow.h"
#include "ftp/question.h"
#include "ftp/server.h"
#include "listing/listing.h"
#include "local/part.h"
#include "net/wait.h"
#include "transfer/copy.h"

enum {
	/* Read and written at once; small files get by with less. */
	CHUNK = 256 * 1024,
	/* How much of a part is fetched again and compared. */
	OVERLAP = 64 * 1024,
};

/* What is known of the file on the server. */
struct source {
	int64_t size;		/* -1: unknown */
	struct timespec mtime;
	bool exact;		/* mtime is known to the second at least */
	bool asked;		/* by these: */
	struct question by_size, by_time;
};

/* One download over all its attempts. */
struct get {
	struct session *s;
	const struct copy_get *g;
	struct copy_result *res;
	char *remote;		/* absolute */
	struct source src;
	struct identity look;	/* as of when the part was begun */
	struct identity now;	/* as of this attempt */
	int dirfd;		/* of the local file; -1 with a descriptor */
	struct part *part;
	int64_t done;		/* of a descriptor: bytes written to it */
	int64_t shown;		/* position told to the observer */
	int64_t reached;	/* the furthest position ever */
	bool again;		/* not the first attempt */
	bool fresh;		/* no part is of use: from the beginning */
	bool anew;		/* that was just found: at once */
	struct hash *hash;
	char *chunk;
	size_t chunk_size;
};

/* Uses what a listing told, or sends the questions ahead of the transfer. */
static int
learn(struct source *src, struct session *s, const char *remote,
    const struct entry *e, struct err *err)
{
	memset(src, 0, sizeof(*src));
	if (e != NULL && e->size >= 0 && e->precision >= PRECISION_SECOND) {
		src->size = e->size;
		src->mtime = e->mtime;
		src->exact = true;
		return 0;
	}
	src->size = -1;
	src->asked = true;
	return question_size(&src->by_size, s, remote, err) != 0 ? -1 :
	    question_time(&src->by_time, s, remote, err);
}

/* Takes what was answered. */
static void
note_answers(struct source *src)
{
	if (!src->asked)
		return;
	src->size = src->by_size.size;
	src->exact = src->by_time.timed;
	src->mtime = src->by_time.time;
}

static bool
is_open(const struct source *src)
{
	return src->by_size.state == QUESTION_OPEN ||
	    src->by_time.state == QUESTION_OPEN;
}

static int
open_part(struct get *get, bool resume, int64_t *offset, struct err *err)
{
	char version[PART_VERSION_MAX], *who;

	who = xasprintf("get %s:%d:%s", session_site(get->s)->set.host,
	    session_site(get->s)->set.port, get->remote);
	part_version(version, who, get->src.size,
	    get->src.exact ? &get->src.mtime : NULL);
	free(who);
	get->part = part_open(get->dirfd, path_base(get->g->local), version,
	    resume && get->src.exact, get->src.size, offset, err);
	return get->part != NULL ? 0 : -1;
}

/* What learn() does not ask, for telling later whether it is the same file. */
static int
identify(struct get *get, struct err *err)
{
	return (get->src.asked ? identity_ask_facts : identity_ask)(&get->now,
	    get->s, get->remote, err);
}

/* Where the bytes go and what is there already, if that can be said yet. */
static int
prepare(struct get *get, int64_t *have, struct err *err)
{
	bool resume = (get->g->resume || get->again) && !get->fresh &&
	    server_has(session_server(get->s), TRAIT_REST);

	*have = 0;
	if (learn(&get->src, get->s, get->remote, get->g->entry, err) != 0 ||
	    (get->g->identify && identify(get, err) != 0))
		return -1;
	if (get->dirfd == -1) {
		*have = get->done;
		return 0;
	}
	if (is_open(&get->src) && resume &&
	    question_settle(get->s, false, err) != 0)
		return -1;
	if (is_open(&get->src))
		return 0;
	note_answers(&get->src);
	return open_part(get, resume, have, err);
}

static int
write_all(int fd, const char *p, size_t n, struct err *err)
{
	ssize_t put;

	while (n > 0) {
		put = write(fd, p, n);
		if (put == -1 && errno == EINTR)
			continue;
		if (put == -1)
			return err_sys(err, ERR_LOCAL, "cannot write");
		p += put;
		n -= (size_t)put;
	}
	return 0;
}

static int
read_all(int fd, char *p, size_t n, off_t at)
{
	ssize_t got;

	while (n > 0) {
		got = pread(fd, p, n, at);
		if (got == -1 && errno == EINTR)
			continue;
		if (got <= 0)
			return -1;
		p += got;
		at += got;
		n -= (size_t)got;
	}
	return 0;
}

/* Hashes what a resumed part holds already. */
static int
hash_part(struct get *get, int64_t have, struct err *err)
{
	int64_t at = 0;
	size_t n;

	if (get->hash == NULL || get->part == NULL)
		return 0;
	while (at < have) {
		n = get->chunk_size;
		if ((int64_t)n > have - at)
			n = (size_t)(have - at);
		if (read_all(part_fd(get->part), get->chunk, n, at) != 0)
			return err_sys(err, ERR_LOCAL, "%s: cannot read",
			    get->g->local);
		hash_update(get->hash, get->chunk, n);
		at += (int64_t)n;
	}
	return 0;
}

/*
 * Compares n bytes that came for position at with the part.  A difference
 * means that it belongs to something else, whatever its name says.
 */
static int
compare(struct get *get, const char *data, size_t n, int64_t at,
    struct err *err)
{
	char *old = xmalloc(n);
	int rc;

	rc = read_all(part_fd(get->part), old, n, at);
	if (rc == 0 && memcmp(old, data, n) != 0)
		rc = -1;
	free(old);
	if (rc == 0)
		return 0;
	get->fresh = get->anew = true;
	return err_set(err, ERR_VERIFY, "%s: the part kept from before "
	    "differs from the file; beginning anew", get->remote);
}

static int
take(struct get *get, const char *data, size_t n, int64_t at, int64_t have,
    struct err *err)
{
	size_t old = 0;
	int fd;

	if (at < have) {
		old = (int64_t)n < have - at ? n : (size_t)(have - at);
		/* What a pipe has swallowed cannot be compared. */
		if (get->part != NULL &&
		    compare(get, data, old, at, err) != 0)
			return -1;
	}
	if (n == old)
		return 0;
	fd = get->part != NULL ? part_fd(get->part) : get->g->fd;
	if (write_all(fd, data + old, n - old, err) != 0)
		return err_prefix(err, "%s", get->part != NULL ?
		    get->g->local : "output");
	if (get->hash != NULL)
		hash_update(get->hash, data + old, n - old);
	get->done += (int64_t)(n - old);
	get->res->bytes += (int64_t)(n - old);
	return 0;
}

static int
pace(struct get *get, size_t n, struct err *err)
{
	int64_t ms = rate_take(get->g->rate, n, clock_ms());

	return ms > 0 ? net_sleep(ms, session_cancel(get->s), err) : 0;
}

static void
show(struct get *get, int64_t position)
{
	observe_progress(session_observer(get->s), get->remote,
	    position - get->shown, get->src.size, false);
	get->shown = position;
	if (position > get->reached)
		get->reached = position;
}

/* The bytes, from position at on, of which there are have already. */
static int
receive(struct get *get, struct flow *f, int64_t at, int64_t have,
    struct err *err)
{
	ssize_t n;

	show(get, at);
	while ((n = flow_read(f, get->chunk, get->chunk_size, err)) > 0) {
		if (take(get, get->chunk, (size_t)n, at, have, err) != 0 ||
		    pace(get, (size_t)n, err) != 0)
			return -1;
		at += n;
		show(get, at);
	}
	return n == 0 ? 0 : -1;
}

/*
 * A transfer that the server broke off with a reply is first of all one that
 * came short.
 */
static void
say_short(const struct flow *f, int64_t expected, struct err *err)
{
	char said[256];

	if (err->kind != ERR_REFUSED || flow_bytes(f) == 0 || expected < 0 ||
	    flow_bytes(f) >= expected)
		return;
	strlcpy(said, err->msg, sizeof(said));
	err_set(err, ERR_VERIFY, "transfer ended early: %lld of %lld bytes "
	    "came: %s", (long long)flow_bytes(f), (long long)expected, said);
}

/* What was asked ahead of the transfer is answered, and has its part. */
static int
settle(struct get *get, int64_t *have, struct err *err)
{
	if (question_await(get->s, &get->src.by_time, err) != 0)
		return -1;
	note_answers(&get->src);
	if (get->now.asked > 0 && question_settle(get->s, false, err) != 0)
		return -1;
	/* No file has 20 TB and the size of a date: that is MDTM's answer. */
	if (get->src.by_size.timed)
		return question_mixed_up(get->s, err);
	if (get->dirfd != -1 && get->part == NULL &&
	    open_part(get, false, have, err) != 0)
		return -1;
	if (get->part != NULL && *have == 0 && get->src.size > 0)
		return part_reserve(get->part, get->src.size, err);
	return 0;
}

static int
transfer(struct get *get, int64_t have, struct err *err)
{
	struct flow_request rq = {
		.path = get->remote, .more = get->g->more, .offset = have,
	};
	struct flow *f;
	int64_t expected;

	if (get->dirfd != -1)
		rq.offset = have > OVERLAP ? have - OVERLAP : 0;
	if (flow_open(get->s, &rq, &f, err) != 0) {
		if (flow_needs_beginning(get->s, &rq, err))
			get->fresh = get->anew = true;
		return -1;
	}
	if (settle(get, &have, err) != 0)
		goto out;
	expected = flow_expected(f, get->src.size);
	if (receive(get, f, rq.offset, have, err) != 0) {
		say_short(f, expected, err);
		goto out;
	}
	get->res->size = rq.offset + flow_bytes(f);
	if (get->src.size >= 0 && get->res->size > get->src.size)
		get->res->changed = true;
	return flow_finish(f, expected, err);
out:
	flow_abort(f);
	return -1;
}

static int
verify(struct get *get, struct err *err)
{
	char theirs[HASH_HEX_MAX], ours[HASH_HEX_MAX];
	enum hash_alg alg;
	int rc;

	get->res->verified = get->src.size >= 0;
	get->res->look = get->look;
	if (get->hash == NULL)
		return 0;
	hash_finish(get->hash, ours);
	get->hash = NULL;
	rc = digest_ask(get->s, get->remote, &alg, theirs, err);
	if (rc < 0)
		return -1;
	if (rc == 0 || alg != HASH_SHA256)
		return err_set(err, ERR_REFUSED, "%s: server gives no "
		    "SHA-256 digests; use verify=size", get->remote);
	if (strcmp(ours, theirs) == 0)
		return 0;
	get->fresh = true;
	return err_set(err, ERR_VERIFY, "%s: digest differs: the server says "
	    "SHA-256 %s, what came has %s", get->remote, theirs, ours);
}

/*
 * A listing's time will do where the server has nothing better: mirror
 * compares with that, too.
 */
static const struct timespec *
time_to_keep(const struct get *get)
{
	const struct entry *e = get->g->entry;

	if (!session_site(get->s)->set.preserve_times)
		return NULL;
	if (get->src.exact)
		return &get->src.mtime;
	return e != NULL && e->precision != PRECISION_NONE ? &e->mtime : NULL;
}

static int
commit(struct get *get, struct err *err)
{
	const struct timespec *mtime = time_to_keep(get);
	const struct settings *set = &session_site(get->s)->set;
	const struct copy_get *g = get->g;
	struct part *part = get->part;
	struct err ignored = ERR_INIT;
	int mode = -1, rc;

	if (part == NULL)
		return 0;
	if (g->before_rename != NULL && g->before_rename(g->ctx, err) != 0)
		return -1;
	if (g->keep_mode && g->entry != NULL && g->entry->mode >= 0)
		mode = g->entry->mode & 0777 & ~(int)g->umask;
	get->part = NULL;
	rc = part_commit(part, mode, g->umask, mtime, set->fsync, err);
	if (rc < 0 && g->before_rename != NULL)
		(void)g->not_renamed(g->ctx, &ignored);
	if (rc < 0)
		return -1;
	get->res->time_kept = mtime != NULL && rc == 0;
	get->res->mode_kept = mode != -1 && rc == 0;
	get->res->unfit = rc > 0;
	if (rc > 0)
		err_clear(err);
	/* Parts of other versions, that earlier runs left. */
	if (g->resume || get->again)
		part_remove_stale(get->dirfd, path_base(g->local));
	return 0;
}

/*
 * A part that failed for lack of room would take it from the files to come,
 * and a resume cannot help until there is room.
 */
static void
end_part(struct get *get, int64_t have, struct err *err)
{
	bool keep = get->src.exact && !get->fresh, full;

	full = err->sys == ENOSPC || err->sys == EDQUOT;
	if (full && keep && !get->g->lone) {
		keep = false;
		err_append(err, "; what came of it was removed");
	}
	get->res->kept = !keep ? 0 : get->reached > have ? get->reached : have;
	part_close(get->part, keep);
	get->part = NULL;
}

static int
get_once(struct get *get, struct err *err)
{
	int64_t have;
	int rc;

	if (session_connect_for_data(get->s, err) != 0)
		return -1;
	free(get->remote);
	get->remote = session_path(get->s, get->g->remote);
	if (get->g->verify == VERIFY_HASH)
		get->hash = hash_new(HASH_SHA256);
	rc = prepare(get, &have, err);
	get->res->resumed = have > 0;
	if (rc == 0)
		rc = hash_part(get, have, err);
	if (rc == 0)
		rc = transfer(get, have, err);
	/* Answers still out would go to a struct that is no more. */
	if (is_open(&get->src) || get->now.asked > 0)
		question_drop_all(get->s);
	note_answers(&get->src);
	if (get->src.asked && get->g->identify)
		identity_tell(&get->now, get->src.size,
		    get->src.exact ? &get->src.mtime : NULL);
	if (have == 0 || !get->look.there)
		get->look = get->now;
	if (rc == 0)
		rc = verify(get, err);
	if (rc == 0)
		rc = commit(get, err);
	hash_free(get->hash);
	get->hash = NULL;
	if (get->part != NULL)
		end_part(get, have, err);
	return rc;
}

/* Whether the same can be done again: a pipe only from where it stands. */
static bool
repeatable(const struct get *get)
{
	return get->dirfd != -1 || get->done == 0 || get->src.exact;
}

static int
get_retried(struct get *get, struct err *err)
{
	int64_t before;

	for (;;) {
		before = get->reached;
		if (get_once(get, err) == 0)
			return 0;
		get->again = true;
		if (get->anew && get->dirfd != -1) {
			get->anew = false;
			err_clear(err);
			continue;
		}
		if (get->reached > before)
			session_progress(get->s);
		if (!repeatable(get) || !session_again_with(get->s, "RETR",
		    get->g->remote, get->dirfd != -1 ? get->res->kept :
		    get->done, err))
			return -1;
		err_clear(err);
	}
}

int
copy_get(struct session *s, const struct copy_get *g,
    struct copy_result *res, struct err *err)
{
	struct get get = { .s = s, .g = g, .res = res, .dirfd = -1 };
	char *dir;
	int rc = -1;

	memset(res, 0, sizeof(*res));
	res->size = -1;
	get.chunk_size = CHUNK;
	if (g->entry != NULL && g->entry->size >= 0 &&
	    g->entry->size < CHUNK)
		get.chunk_size = (size_t)g->entry->size + 1;
	if (g->tree != NULL) {
		dir = path_dir(g->local);
		get.dirfd = tree_open_dir(g->tree, dir, err);
		free(dir);
	}
	if (g->tree == NULL || get.dirfd != -1) {
		get.chunk = xmalloc(get.chunk_size);
		session_try_begin(s);
		rc = get_retried(&get, err);
		session_try_end(s);
		if (get.remote != NULL)
			observe_progress(session_observer(s), get.remote, 0,
			    res->size, true);
		free(get.chunk);
	}
	free(get.remote);
	if (get.dirfd != -1)
		close(get.dirfd);
	return rc;
}
