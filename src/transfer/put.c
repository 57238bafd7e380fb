/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Uploads. */
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
#include "ftp/data.h"
#include "ftp/mtime.h"
#include "local/lock.h"
#include "local/part.h"
#include "net/wait.h"
#include "transfer/copy.h"

enum {
	CHUNK = 256 * 1024,
	/* How much of a part on the server is fetched and compared. */
	OVERLAP = 64 * 1024,
};

/* One upload over all its attempts. */
struct put {
	struct session *s;
	const struct copy_put *p;
	struct copy_result *res;
	char *remote;		/* absolute: the destination */
	char *part;		/* and what it is sent to first */
	int fd;
	bool own_fd;
	bool regular;		/* size and time are known, can be repeated */
	struct stat st;		/* at its opening */
	int64_t sent;		/* position reached */
	bool again, fresh;
	struct hash *hash;
	int lock;		/* of the part's name, or -1 */
	char *lock_path;
	char *chunk;
};

/* The name that goes with the version of the source. */
static void
name_part(struct put *put)
{
	char version[PART_VERSION_MAX], *who, *name, *dir;

	if (!session_site(put->s)->set.temp_names) {
		put->part = xstrdup(put->remote);
		return;
	}
	who = xasprintf("put %s", put->remote);
	part_version(version, who, put->regular ? put->st.st_size : -1,
	    put->regular ? &put->st.st_mtim : NULL);
	free(who);
	name = part_name(path_base(put->remote), version);
	dir = path_dir(put->remote);
	put->part = path_join(dir, name);
	free(dir);
	free(name);
}

/*
 * A lock of our own keeps two runs on this machine off the same part on the
 * server.  Without a home there is none.
 */
static int
lock_part(struct put *put, struct err *err)
{
	const struct settings *set = &session_site(put->s)->set;
	char hex[HASH_HEX_MAX], *key, *name;

	key = xasprintf("%s:%d:%s", set->host, set->port, put->part);
	hash_hex(HASH_SHA256, key, strlen(key), hex);
	free(key);
	name = xasprintf("part-%.32s.lock", hex);
	put->lock_path = conf_state_file(name, true);
	free(name);
	if (put->lock_path == NULL)
		return 0;
	put->lock = lock_take(put->lock_path, err);
	if (put->lock == -1 && err->kind == ERR_LOCK)
		return err_set(err, ERR_LOCK, "%s: another run is sending it",
		    put->remote);
	err_clear(err);
	return 0;
}

static int
open_source(struct put *put, struct err *err)
{
	const struct copy_put *p = put->p;

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
	if (p->tree != NULL && !put->regular)
		return err_set(err, ERR_LOCAL, "%s: not a regular file",
		    p->local);
	put->res->size = put->regular ? put->st.st_size : -1;
	return 0;
}

static ssize_t
read_source(struct put *put, char *buf, size_t n, struct err *err)
{
	ssize_t got;

	do {
		got = put->regular ? pread(put->fd, buf, n, put->sent) :
		    read(put->fd, buf, n);
	} while (got == -1 && errno == EINTR);
	if (got == -1)
		return err_sys(err, ERR_LOCAL, "%s: cannot read",
		    put->p->tree != NULL ? put->p->local : "input");
	return got;
}

static int
same_bytes(struct put *put, struct data *d, int64_t at, int64_t end,
    struct err *err)
{
	char *ours = put->chunk, *theirs = put->chunk + OVERLAP;
	ssize_t n;

	while (at < end) {
		n = data_read(d, theirs, OVERLAP, err);
		if (n < 0)
			return -1;
		if (n == 0 || n > end - at)
			return 0;
		if (pread(put->fd, ours, (size_t)n, at) != n ||
		    memcmp(ours, theirs, (size_t)n) != 0)
			return 0;
		at += n;
	}
	return data_read(d, theirs, OVERLAP, err) == 0;
}

/* Fetches the end of the part and compares: 1 the same, 0 not, -1. */
static int
compare_end(struct put *put, struct conn *c, int64_t have, struct err *err)
{
	struct data_request rq = { .verb = "RETR", .arg = put->part };
	struct data *d;
	int rc;

	rq.offset = have > OVERLAP ? have - OVERLAP : 0;
	if (data_open(c, &rq, &d, err) != 0)
		return err->kind == ERR_REFUSED && conn_alive(c) ? 0 : -1;
	rc = same_bytes(put, d, rq.offset, have, err);
	if (rc != 1) {
		data_abort(d);
		return rc;
	}
	return data_finish(d, have - rq.offset, NULL, err) == 0 ? 1 : -1;
}

/* How much of this version the server has already; 0 or -1. */
static int
look_for_part(struct put *put, struct conn *c, int64_t *have,
    struct err *err)
{
	struct reply *r;
	int64_t size;
	int rc;

	*have = 0;
	if (!(put->p->resume || put->again) || put->fresh || !put->regular ||
	    c->quirks->no_rest || !session_site(put->s)->set.temp_names)
		return 0;
	if (control_send(c->control, err, "SIZE %s", put->part) != 0 ||
	    control_reply(c->control, conn_soon(c), &r, err) != 0)
		return -1;
	if (reply_size(r, &size) != 0 || size == 0 || size > put->st.st_size)
		return 0;
	rc = compare_end(put, c, size, err);
	if (rc > 0)
		*have = size;
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
		n = CHUNK < have - put->sent ? CHUNK : have - put->sent;
		n = read_source(put, put->chunk, (size_t)n, err);
		if (n <= 0)
			return n < 0 ? -1 : err_set(err, ERR_LOCAL,
			    "%s: shrank while it was read", put->p->local);
		hash_update(put->hash, put->chunk, (size_t)n);
	}
	return 0;
}

static int
pace(struct put *put, size_t n, struct err *err)
{
	int64_t ms = rate_take(put->p->rate, n, clock_ms());

	return ms > 0 ? net_sleep(ms, session_cancel(put->s), err) : 0;
}

static int
send_bytes(struct put *put, struct data *d, struct err *err)
{
	const struct observer *obs = session_observer(put->s);
	size_t want;
	ssize_t n;

	observe_progress(obs, put->remote, put->sent, put->res->size, false);
	for (;;) {
		want = CHUNK;
		/* What was there at its opening goes, no more. */
		if (put->regular && (off_t)want > put->st.st_size - put->sent)
			want = (size_t)(put->st.st_size - put->sent);
		n = want == 0 ? 0 : read_source(put, put->chunk, want, err);
		if (n <= 0)
			break;
		if (data_write(d, put->chunk, (size_t)n, err) != 0)
			return -1;
		if (put->hash != NULL)
			hash_update(put->hash, put->chunk, (size_t)n);
		put->sent += n;
		put->res->bytes += n;
		observe_progress(obs, put->remote, n, put->res->size, false);
		if (pace(put, (size_t)n, err) != 0)
			return -1;
	}
	if (n < 0)
		return -1;
	if (put->regular && put->sent < put->st.st_size)
		return err_set(err, ERR_LOCAL,
		    "%s: shrank while it was read", put->p->local);
	return 0;
}

static int
store(struct put *put, struct conn *c, int64_t have, struct err *err)
{
	struct data_request rq = {
		.verb = "STOR", .arg = put->part, .offset = have,
		.upload = true,
	};
	struct data *d;

	if (data_open(c, &rq, &d, err) != 0)
		return -1;
	put->sent = have;
	if (send_bytes(put, d, err) != 0 ||
	    (put->p->may_commit != NULL &&
	    put->p->may_commit(put->p->ctx, err) != 0)) {
		data_abort(d);
		return -1;
	}
	return data_finish(d, -1, NULL, err);
}

/* The questions of one flight: size, time and mode of what was sent. */
struct asked {
	bool size, time, mode;
};

static int
ask(struct put *put, struct conn *c, struct asked *a, struct err *err)
{
	const struct settings *set = &session_site(put->s)->set;
	int rc;

	memset(a, 0, sizeof(*a));
	if (set->verify != VERIFY_NONE && !c->quirks->no_size) {
		if (control_send(c->control, err, "SIZE %s", put->part) != 0)
			return -1;
		a->size = true;
	}
	if (set->preserve_times && put->regular) {
		rc = mtime_send(c, put->part, put->st.st_mtim.tv_sec, err);
		if (rc < 0)
			return -1;
		a->time = rc == 1;
	}
	if (put->p->keep_mode && put->regular && !c->quirks->no_chmod) {
		if (control_send(c->control, err, "SITE CHMOD %03o %s",
		    (unsigned)put->st.st_mode & 0777, put->part) != 0)
			return -1;
		a->mode = true;
	}
	return 0;
}

/* 1 the size is right, 0 not known, -1. */
static int
read_size(struct put *put, struct conn *c, struct err *err)
{
	struct reply *r;
	int64_t size;

	if (control_reply(c->control, conn_soon(c), &r, err) != 0)
		return -1;
	if (reply_size(r, &size) != 0) {
		if (r->code == 500 || r->code == 502)
			c->quirks->no_size = true;
		return 0;
	}
	if (size == put->sent)
		return 1;
	put->fresh = true;
	return err_set(err, ERR_VERIFY, "%s: server has %lld of %lld bytes",
	    put->remote, (long long)size, (long long)put->sent);
}

static int
read_mode(struct put *put, struct conn *c, struct err *err)
{
	struct reply *r;

	if (control_reply(c->control, conn_soon(c), &r, err) != 0)
		return -1;
	put->res->mode_kept = r->code / 100 == 2;
	if (r->code == 500 || r->code == 502 || r->code == 504)
		c->quirks->no_chmod = true;
	return 0;
}

static int
read_answers(struct put *put, struct conn *c, const struct asked *a,
    struct err *err)
{
	time_t t = put->st.st_mtim.tv_sec;
	enum time_means tried = c->quirks->time;
	struct err short_ = ERR_INIT;
	int rc, kept = 0;

	if (a->size && (rc = read_size(put, c, &short_)) != 0) {
		if (rc < 0 && short_.kind != ERR_VERIFY) {
			*err = short_;
			return -1;
		}
		put->res->verified = rc > 0;
	}
	if (a->time && (kept = mtime_read(c, t, err)) < 0)
		return -1;
	if (a->mode && read_mode(put, c, err) != 0)
		return -1;
	if (short_.kind != ERR_NONE) {
		*err = short_;
		return -1;
	}
	/* Other means may be left to set the time by. */
	if (a->time && kept == 0 && c->quirks->time != tried &&
	    (kept = mtime_set(c, put->part, t, err)) < 0)
		return -1;
	put->res->time_kept = kept > 0;
	return 0;
}

/* Without SIZE, the listing tells how much arrived. */
static int
check_listed(struct put *put, struct err *err)
{
	struct listing l;
	int rc;

	if (put->res->verified ||
	    session_site(put->s)->set.verify == VERIFY_NONE)
		return 0;
	rc = session_stat(put->s, put->part, &l, err);
	if (rc < 0)
		return -1;
	if (rc == 1 && l.entry[0].size >= 0 && l.entry[0].size != put->sent)
		rc = err_set(err, ERR_VERIFY, "%s: server has %lld of %lld "
		    "bytes", put->remote, (long long)l.entry[0].size,
		    (long long)put->sent);
	else
		put->res->verified = rc == 1 && l.entry[0].size >= 0;
	listing_release(&l);
	return rc < 0 ? -1 : 0;
}

static int
check_hash(struct put *put, struct err *err)
{
	char theirs[HASH_HEX_MAX], ours[HASH_HEX_MAX];
	enum hash_alg alg;
	int rc;

	if (put->hash == NULL)
		return 0;
	hash_finish(put->hash, ours);
	put->hash = NULL;
	rc = session_hash(put->s, put->part, &alg, theirs, err);
	if (rc < 0)
		return -1;
	if (rc == 0 || alg != HASH_SHA256)
		return err_set(err, ERR_REFUSED, "%s: server gives no "
		    "SHA-256 digests; use verify=size", put->remote);
	if (strcmp(ours, theirs) == 0)
		return 0;
	put->fresh = true;
	return err_set(err, ERR_VERIFY, "%s: digest differs: the server says "
	    "SHA-256 %s, what was sent has %s", put->remote, theirs, ours);
}

static void
look_again(struct put *put)
{
	struct stat now;

	if (put->regular && fstat(put->fd, &now) == 0)
		put->res->changed = now.st_size != put->st.st_size ||
		    now.st_mtim.tv_sec != put->st.st_mtim.tv_sec ||
		    now.st_mtim.tv_nsec != put->st.st_mtim.tv_nsec;
}

static int
put_once(struct put *put, struct err *err)
{
	struct asked asked;
	struct conn *c;
	int64_t have;

	if ((c = session_conn(put->s, err)) == NULL)
		return -1;
	if (session_site(put->s)->set.verify == VERIFY_HASH)
		put->hash = hash_new(HASH_SHA256);
	if (look_for_part(put, c, &have, err) != 0 ||
	    hash_beginning(put, have, err) != 0)
		return -1;
	put->res->resumed = have > 0;
	if (store(put, c, have, err) != 0)
		return -1;
	look_again(put);
	if (ask(put, c, &asked, err) != 0 || control_flush(c->control, err) != 0 ||
	    read_answers(put, c, &asked, err) != 0 ||
	    check_listed(put, err) != 0 || check_hash(put, err) != 0)
		return -1;
	if (strcmp(put->part, put->remote) == 0)
		return 0;
	if (session_rename(put->s, put->part, put->remote, true, err) != 0)
		return err_append(err, "; what was sent is in %s",
		    path_base(put->part));
	return 0;
}

/* What was refused for good, or can never be resumed, is not left behind. */
static void
remove_part(struct put *put, const struct err *err)
{
	struct err ignored = ERR_INIT;

	if (strcmp(put->part, put->remote) == 0 || put->sent == 0 ||
	    cancel_reason(session_cancel(put->s)) != CANCEL_NONE)
		return;
	if (!put->regular || put->fresh ||
	    (err->kind == ERR_REFUSED && err->code == 552))
		(void)session_delete(put->s, put->part, &ignored);
}

static int
put_retried(struct put *put, struct err *err)
{
	int64_t before;
	int tries = 0;

	for (;;) {
		before = put->res->bytes;
		if (put_once(put, err) == 0)
			return 0;
		hash_free(put->hash);
		put->hash = NULL;
		if (put->res->bytes > before && !put->fresh)
			tries = 0;
		if (!(put->regular || put->sent == 0) ||
		    !session_again(put->s, &tries, err))
			break;
		put->again = true;
		err_clear(err);
	}
	remove_part(put, err);
	return -1;
}

int
copy_put(struct session *s, const struct copy_put *p,
    struct copy_result *res, struct err *err)
{
	struct put put = {
		.s = s, .p = p, .res = res, .fd = -1, .lock = -1,
	};
	int rc = -1;

	memset(res, 0, sizeof(*res));
	res->size = -1;
	if (session_connect(s, err) != 0 || open_source(&put, err) != 0)
		goto out;
	put.remote = session_path(s, p->remote);
	name_part(&put);
	if (lock_part(&put, err) != 0)
		goto out;
	put.chunk = xmalloc(CHUNK);
	rc = put_retried(&put, err);
	res->size = put.sent;
	observe_progress(session_observer(s), put.remote, 0, res->size, true);
out:
	if (put.lock != -1)
		lock_release(put.lock, put.lock_path);
	free(put.lock_path);
	if (put.own_fd)
		close(put.fd);
	free(put.chunk);
	free(put.part);
	free(put.remote);
	return rc;
}
