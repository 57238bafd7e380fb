/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Uploads: a file's bytes to its part on the server. */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/path.h"
#include "config/conf.h"
#include "ftp/flow.h"
#include "ftp/question.h"
#include "ftp/removal.h"
#include "ftp/server.h"
#include "local/lock.h"
#include "local/part.h"
#include "net/wait.h"
#include "transfer/put_in.h"

enum {
	CHUNK = 256 * 1024,
	/* How much of a part on the server is fetched and compared. */
	OVERLAP = 64 * 1024,
};

bool
put_is_in_place(const struct put *put)
{
	return strcmp(put->part, put->remote) == 0;
}

/* The name that goes with the version of the source. */
static void
name_part(struct put *put)
{
	char version[PART_VERSION_MAX], *who, *name;

	if (!session_site(put->s)->set.temp_names) {
		put->part = xstrdup(put->remote);
		return;
	}
	who = xasprintf("put %s", put->remote);
	part_version(version, who, put->regular ? put->st.st_size : -1,
	    put->regular ? &put->st.st_mtim : NULL);
	free(who);
	name = part_name(path_base(put->remote), version);
	put->part = path_beside(put->remote, name);
	free(name);
}

/* Where the lock of a part on the server is; NULL without a home. */
static char *
lock_path(const struct session *s, const char *part)
{
	const struct settings *set = &session_site(s)->set;
	char hex[HASH_HEX_MAX], *key, *name, *path;

	key = xasprintf("%s:%d:%s", set->host, set->port, part);
	hash_hex(HASH_SHA256, key, strlen(key), hex);
	free(key);
	name = xasprintf("part-%.32s.lock", hex);
	path = conf_state_file(name, true);
	free(name);
	return path;
}

/*
 * A lock of our own keeps two runs on this machine off the same part on the
 * server.  Without a home there is none.
 */
static int
lock_part(struct put *put, struct err *err)
{
	put->lock_path = lock_path(put->s, put->part);
	if (put->lock_path == NULL)
		return 0;
	put->lock = lock_take(put->lock_path, err);
	if (put->lock == -1 && err->kind == ERR_LOCK)
		return err_set(err, ERR_LOCK, "%s: another run is sending it",
		    put->remote);
	err_clear(err);
	return 0;
}

void
copy_put_remove_part(struct session *s, const char *part)
{
	struct err err = ERR_INIT;
	char *path = lock_path(s, part);
	int lock = path != NULL ? lock_take(path, &err) : -1;

	if (err.kind != ERR_LOCK) {
		err_clear(&err);
		(void)removal_file(s, part, &err);
	}
	if (lock != -1)
		lock_release(lock, path);
	free(path);
}

static int
open_source(struct put *put, struct err *err)
{
	const struct copy_put *p = &put->p;

	put->fd = p->fd;
	if (p->tree != NULL) {
		put->fd = tree_open_file(p->tree, p->local, O_RDONLY |
		    O_NONBLOCK | (p->follow ? 0 : O_NOFOLLOW), 0, err);
		if (put->fd == -1)
			return -1;
		put->own_fd = true;
	}
	if (fstat(put->fd, &put->st) == -1)
		return err_sys(err, ERR_LOCAL, "cannot examine the source");
	put->regular = S_ISREG(put->st.st_mode);
	put->res.st = put->st;
	if (p->tree != NULL && !put->regular)
		return err_set(err, ERR_LOCAL, "%s: not a regular file",
		    p->local);
	put->res.size = put->regular ? put->st.st_size : -1;
	return 0;
}

/* Small files get by with little; comparing needs two overlaps. */
static size_t
chunk_size(const struct put *put)
{
	if (!put->regular || put->st.st_size > 2 * OVERLAP)
		return CHUNK;
	return put->again || put->p.resume ? 2 * OVERLAP :
	    (size_t)put->st.st_size + 1;
}

static ssize_t
read_source(struct put *put, char *buf, size_t n, struct err *err)
{
	struct pollfd in = { .fd = put->fd, .events = POLLIN };
	ssize_t got;

	/* A pipe may say nothing for long, and we be told to stop. */
	if (!put->regular && net_wait(&in, 1, DEADLINE_NONE,
	    session_cancel(put->s), err) < 0)
		return -1;
	do {
		got = put->regular ? pread(put->fd, buf, n, put->sent) :
		    read(put->fd, buf, n);
	} while (got == -1 && errno == EINTR);
	if (got == -1)
		return err_sys(err, ERR_LOCAL, "%s: cannot read",
		    put->p.tree != NULL ? put->p.local : "input");
	return got;
}

static int
same_bytes(struct put *put, struct flow *f, int64_t at, int64_t end,
    struct err *err)
{
	char *ours = put->chunk, *theirs = put->chunk + OVERLAP;
	ssize_t n;

	while (at < end) {
		n = flow_read(f, theirs, OVERLAP, err);
		if (n < 0)
			return -1;
		if (n == 0 || n > end - at)
			return 0;
		if (pread(put->fd, ours, (size_t)n, at) != n ||
		    memcmp(ours, theirs, (size_t)n) != 0)
			return 0;
		at += n;
	}
	return flow_read(f, theirs, OVERLAP, err) == 0;
}

/* Fetches the end of the part and compares: 1 the same, 0 not, -1. */
static int
compare_end(struct put *put, int64_t have, struct err *err)
{
	struct flow_request rq = { .path = put->part };
	struct flow *f;
	int rc;

	rq.offset = have > OVERLAP ? have - OVERLAP : 0;
	if (flow_open(put->s, &rq, &f, err) != 0)
		return err->kind == ERR_REFUSED && session_alive(put->s) ? 0 :
		    -1;
	rc = same_bytes(put, f, rq.offset, have, err);
	if (rc != 1) {
		flow_abort(f);
		return rc;
	}
	return flow_finish(f, flow_expected(f, have), err) == 0 ? 1 : -1;
}

/* Whether a part may be there that can be gone on with. */
static bool
may_resume(const struct put *put)
{
	const struct server *sv = session_server(put->s);

	return (put->p.resume || put->again) && !put->fresh && put->regular &&
	    server_has(sv, TRAIT_REST) && server_has(sv, TRAIT_REST_STOR) &&
	    session_site(put->s)->set.temp_names;
}

/* How much of this version the server has already; 0 or -1. */
static int
look_for_part(struct put *put, int64_t *have, struct err *err)
{
	struct question q;
	int rc;

	*have = 0;
	if (!may_resume(put))
		return 0;
	if (question_size(&q, put->s, put->part, err) != 0)
		return -1;
	if (question_await(put->s, &q, err) != 0) {
		question_drop_all(put->s);
		return -1;
	}
	if (q.size <= 0 || q.size > put->st.st_size)
		return 0;
	rc = compare_end(put, q.size, err);
	if (rc > 0)
		*have = q.size;
	else if (rc == 0)
		put->fresh = true;
	err->kind = rc < 0 ? err->kind : ERR_NONE;
	return rc < 0 ? -1 : 0;
}

static int
hash_beginning(struct put *put, int64_t have, struct err *err)
{
	ssize_t n;

	if (put->hash == NULL)
		return 0;
	for (put->sent = 0; put->sent < have; put->sent += n) {
		n = (ssize_t)chunk_size(put);
		if (n > have - put->sent)
			n = have - put->sent;
		n = read_source(put, put->chunk, (size_t)n, err);
		if (n <= 0)
			return n < 0 ? -1 : err_set(err, ERR_LOCAL,
			    "%s: shrank while it was read", put->p.local);
		hash_update(put->hash, put->chunk, (size_t)n);
	}
	return 0;
}

static int
pace(struct put *put, size_t n, struct err *err)
{
	int64_t ms = rate_take(put->p.rate, n, clock_ms());

	return ms > 0 ? net_sleep(ms, session_cancel(put->s), err) : 0;
}

static void
show(struct put *put)
{
	observe_progress(session_observer(put->s), put->remote,
	    put->sent - put->shown, put->res.size, false);
	put->shown = put->sent;
}

static int
send_bytes(struct put *put, struct flow *f, struct err *err)
{
	size_t want;
	ssize_t n;

	show(put);
	for (;;) {
		want = chunk_size(put);
		/* What was there at its opening goes, no more. */
		if (put->regular && (off_t)want > put->st.st_size - put->sent)
			want = (size_t)(put->st.st_size - put->sent);
		n = want == 0 ? 0 : read_source(put, put->chunk, want, err);
		if (n <= 0)
			break;
		if (flow_write(f, put->chunk, (size_t)n, err) != 0)
			return -1;
		if (put->hash != NULL)
			hash_update(put->hash, put->chunk, (size_t)n);
		put->sent += n;
		put->res.bytes += n;
		show(put);
		if (pace(put, (size_t)n, err) != 0)
			return -1;
	}
	if (n < 0)
		return -1;
	if (put->regular && put->sent < put->st.st_size)
		return err_set(err, ERR_LOCAL,
		    "%s: shrank while it was read", put->p.local);
	return 0;
}

/* Some servers keep the old file and give the new one another name. */
static int
ask_old(struct put *put, struct err *err)
{
	const struct question none = { .state = QUESTION_NONE };

	put->of_time = none;
	/* What is there after a first try may be ours. */
	if (put->begun)
		return 0;
	put->old_size = none;
	put->old_time = none;
	if (!put_is_in_place(put) ||
	    !server_has(session_server(put->s), TRAIT_SIZE))
		return 0;
	return question_size(&put->old_size, put->s, put->remote, err) != 0 ?
	    -1 : question_time(&put->old_time, put->s, put->remote, err);
}

/* What can never be resumed is to be taken away as long as we can. */
static void
give_up(struct put *put, struct flow *f, const struct err *err)
{
	bool ours = err->kind == ERR_LOCAL || err->kind == ERR_CANCELLED ||
	    cancel_reason(session_cancel(put->s)) != CANCEL_NONE;

	if (ours && !put->regular && !put_is_in_place(put))
		flow_withdraw(f, PUT_WITHDRAW_MS);
	else
		flow_abort(f);
}

/*
 * Whether a refusal may be that of going on behind an accepted REST, as that of
 * ProFTPD (AllowStoreRestart, 451; HiddenStores, 501).
 */
static bool
may_be_restart(const struct err *err)
{
	if (err->kind != ERR_REFUSED)
		return false;
	switch (err->code) {
	case 530:
	case 532:
	case 552:
		return false;
	default:
		return err->code == 451 || err->code / 100 == 5;
	}
}

static int
store(struct put *put, int64_t have, struct err *err)
{
	const struct flow_request rq = {
		.path = put->part, .offset = have, .upload = true,
		.more = put->p.more,
	};
	struct flow *f;

	/* What earlier uploads still have to ask leaves in this flight. */
	if (uploads_advance(put->u, err) != 0 ||
	    session_connect(put->s, err) != 0 || ask_old(put, err) != 0)
		return -1;
	if (flow_open(put->s, &rq, &f, err) != 0) {
		put->again_whole = have > 0 && may_be_restart(err);
		return -1;
	}
	/* It was not the file, then, that was refused behind REST. */
	if (put->again_whole)
		server_learn(session_server(put->s), TRAIT_REST_STOR, false,
		    PROOF_SEEN, NULL);
	put->again_whole = false;
	put->sent = have;
	put->begun = true;
	if (send_bytes(put, f, err) != 0 ||
	    (put->p.before_end != NULL &&
	    put->p.before_end(put->p.ctx, err) != 0)) {
		give_up(put, f, err);
		return -1;
	}
	if (flow_finish(f, -1, err) == 0)
		return 0;
	put->again_whole = have > 0 && may_be_restart(err);
	return -1;
}

static void
look_again(struct put *put)
{
	struct stat now;

	if (put->regular && fstat(put->fd, &now) == 0)
		put->res.changed = now.st_size != put->st.st_size ||
		    now.st_mtim.tv_sec != put->st.st_mtim.tv_sec ||
		    now.st_mtim.tv_nsec != put->st.st_mtim.tv_nsec;
}

/* Without a part nothing is left to be backed up afterwards. */
static int
make_way(struct put *put, struct err *err)
{
	if (!put_is_in_place(put) || put->p.before_rename == NULL ||
	    put->way_made)
		return 0;
	put->way_made = true;
	return put->p.before_rename(put->p.ctx, err);
}

static int
send_once(struct put *put, struct err *err)
{
	int64_t have;
	int rc = -1;

	if (session_connect_for_data(put->s, err) != 0)
		return -1;
	put->chunk = xmalloc(chunk_size(put));
	hash_free(put->hash);		/* of a first try */
	put->hash = NULL;
	if (put->p.verify == VERIFY_HASH || put->p.digest)
		put->hash = hash_new(HASH_SHA256);
	if (look_for_part(put, &have, err) == 0 &&
	    hash_beginning(put, have, err) == 0 &&
	    make_way(put, err) == 0) {
		put->res.resumed = have > 0;
		put->had = have;
		rc = store(put, have, err);
	}
	free(put->chunk);
	put->chunk = NULL;
	if (rc != 0) {
		hash_free(put->hash);
		put->hash = NULL;
		return -1;
	}
	return 0;
}

int
put_send(struct put *put, struct err *err)
{
	if (send_once(put, err) != 0) {
		if (!put->again_whole)
			return -1;
		/* At once: what the server has of it is of no use. */
		put->fresh = true;
		err_clear(err);
		if (send_once(put, err) != 0)
			return -1;
	}
	look_again(put);
	put->res.size = put->sent;
	return 0;
}

struct put *
put_new(struct uploads *u, struct session *s, const struct copy_put *p,
    struct err *err)
{
	struct put *put = xcalloc(1, sizeof(*put));

	put->u = u;
	put->s = s;
	put->p = *p;
	put->fd = -1;
	put->lock = -1;
	put->local = xstrdup_null(p->local);
	put->named = xstrdup(p->remote);
	put->p.local = put->local;
	put->res.size = -1;
	if (session_connect(s, err) != 0 || open_source(put, err) != 0)
		goto fail;
	put->remote = session_path(s, p->remote);
	put->p.remote = put->remote;
	name_part(put);
	if (lock_part(put, err) == 0)
		return put;
fail:
	put_free(put);
	return NULL;
}

void
put_release_source(struct put *put)
{
	if (put->lock != -1)
		lock_release(put->lock, put->lock_path);
	put->lock = -1;
	if (put->own_fd)
		close(put->fd);
	put->own_fd = false;
}

void
put_free(struct put *put)
{
	put_release_source(put);
	free(put->lock_path);
	hash_free(put->hash);
	free(put->part);
	free(put->remote);
	free(put->named);
	free(put->local);
	free(put);
}
