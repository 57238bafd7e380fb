/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "transfer/sink_remote.h"

#include <stdlib.h>
#include <string.h>

#include "base/fold.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/path.h"
#include "config/conf.h"
#include "ftp/digest.h"
#include "ftp/flow.h"
#include "ftp/folders.h"
#include "ftp/lister.h"
#include "ftp/removal.h"
#include "ftp/retry.h"
#include "ftp/server.h"
#include "local/lock.h"
#include "local/part.h"
#include "transfer/sink_remote_in.h"
#include "transfer/stored.h"

enum {
	/* How much of a part on the server is fetched and compared. */
	OVERLAP = 64 * 1024,
	/* How long the end of what is given up is waited for. */
	WITHDRAW_MS = 1000,
};

static struct sink_remote *
remote_of(struct sink *to)
{
	return (struct sink_remote *)to;
}

static char *
sender_to(const char *path)
{
	return xasprintf("put %s", path);
}

bool
sink_remote_is_sent(const char *candidate, const char *path)
{
	char *who = sender_to(path);
	bool sent = part_is_sent(candidate, path_base(path), who);

	free(who);
	return sent;
}

/* The name that goes with the version of the source, and with who we are. */
static int
name_part(struct sink_remote *r, struct err *err)
{
	const struct version *v = &r->version;
	char version[PART_VERSION_MAX], *who, *name;
	int rc;

	r->sink.in_place = !session_site(r->s)->set.temp_names;
	if (r->sink.in_place) {
		r->part = xstrdup(r->path);
		return 0;
	}
	who = sender_to(r->path);
	rc = part_version_sent(version, who, v->size, v->exact ? &v->mtime :
	    NULL, err);
	free(who);
	if (rc != 0)
		return -1;
	name = part_name(path_base(r->path), version);
	r->part = path_beside(r->path, name);
	free(name);
	r->sink.part = r->part;
	return 0;
}

/* Where the lock of a part on the server is; NULL without a home. */
static char *
lock_path(const struct session *s, const char *part)
{
	const struct settings *set = &session_site(s)->set;
	char hex[HASH_HEX_MAX], *key, *name, *path;

	key = xasprintf("%s:%d:%s", set->host, settings_port(set), part);
	hash_hex(HASH_SHA256, key, strlen(key), hex);
	free(key);
	name = xasprintf("part-%.32s.lock", hex);
	path = conf_state_file(name, true);
	free(name);
	return path;
}

/*
 * A lock of our own keeps two runs of one user off the same part on the server;
 * other users and machines have other parts.  Without a home there is none.
 */
static int
lock_part(struct sink_remote *r, struct err *err)
{
	r->lock_path = lock_path(r->s, r->part);
	if (r->lock_path == NULL)
		return 0;
	r->lock = lock_take(r->lock_path, err);
	if (r->lock == -1 && err->kind == ERR_LOCK)
		return err_set(err, ERR_LOCK, "%s: another run is sending it",
		    r->path);
	err_clear(err);
	return 0;
}

void
sink_remote_remove_part(struct session *s, const char *part)
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

/* Whether what comes from position at up to end is what the source has. */
static int
same_bytes(struct source *from, struct flow *f, int64_t at, int64_t end,
    char *chunk, struct err *err)
{
	char *ours = chunk, *theirs = chunk + OVERLAP;
	struct err ignored = ERR_INIT;
	ssize_t n;

	while (at < end) {
		n = flow_read(f, theirs, OVERLAP, err);
		if (n < 0)
			return -1;
		if (n == 0 || n > end - at)
			return 0;
		if (from->ops->read_at(from, ours, (size_t)n, at,
		    &ignored) != 0 || memcmp(ours, theirs, (size_t)n) != 0)
			return 0;
		at += n;
	}
	return flow_read(f, theirs, OVERLAP, err) == 0;
}

/* Fetches the end of the part and compares: 1 the same, 0 not, -1. */
static int
compare_end(struct sink_remote *r, struct source *from, int64_t have,
    struct err *err)
{
	struct flow_request rq = { .path = r->part };
	struct flow *f;
	char *chunk;
	int rc;

	rq.offset = have > OVERLAP ? have - OVERLAP : 0;
	if (flow_open(r->s, &rq, &f, err) != 0)
		return err->kind == ERR_REFUSED && session_alive(r->s) ? 0 :
		    -1;
	chunk = xmalloc(2 * OVERLAP);
	rc = same_bytes(from, f, rq.offset, have, chunk, err);
	free(chunk);
	if (rc != 1) {
		flow_abort(f);
		return rc;
	}
	return flow_finish(f, flow_expected(f, have), err) == 0 ? 1 : -1;
}

/* Whether a part may be there that can be gone on with. */
static bool
may_resume(const struct sink_remote *r)
{
	const struct server *sv = session_server(r->s);

	return !r->sink.in_place && server_has(sv, TRAIT_REST) &&
	    server_has(sv, TRAIT_REST_STOR);
}

/* How much of this version the server has already. */
static int
find_sent(struct sink *to, struct source *from, bool resume, int64_t *bytes,
    struct err *err)
{
	struct sink_remote *r = remote_of(to);
	struct question q;
	int rc;

	*bytes = 0;
	if (session_connect_for_data(r->s, err) != 0)
		return -1;
	if (!resume || !may_resume(r))
		return 0;
	if (question_size(&q, r->s, r->part, err) != 0)
		return -1;
	if (question_await(r->s, &q, err) != 0) {
		question_drop_all(r->s);
		return -1;
	}
	if (q.size <= 0 || q.size > from->version.size)
		return 0;
	rc = compare_end(r, from, q.size, err);
	if (rc < 0)
		return -1;
	err_clear(err);
	if (rc > 0)
		*bytes = q.size;
	else
		to->fault = FAULT_DIFFERS;
	return 0;
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

static void
note_refusal(struct sink_remote *r, const struct err *err)
{
	r->offset_refused = r->have > 0 && may_be_restart(err);
	if (r->offset_refused)
		r->sink.fault = FAULT_OFFSET;
}

static int
begin_upload(struct sink *to, const struct source *from, int64_t at, bool more,
    struct err *err)
{
	struct sink_remote *r = remote_of(to);
	const struct flow_request rq = {
		.path = r->part, .offset = at, .upload = true, .more = more,
	};

	r->have = at;
	r->version = from->version;
	if (session_connect(r->s, err) != 0 || sink_check_old(r, err) != 0)
		return -1;
	if (flow_open(r->s, &rq, &r->flow, err) != 0) {
		r->flow = NULL;
		note_refusal(r, err);
		return -1;
	}
	/* It was not the file, then, that was refused behind REST. */
	if (r->offset_refused)
		server_learn(session_server(r->s), TRAIT_REST_STOR, false,
		    PROOF_SEEN, NULL);
	r->sent = at;
	r->begun = true;
	return 0;
}

static int
send_chunk(struct sink *to, const void *buf, size_t n, struct err *err)
{
	struct sink_remote *r = remote_of(to);

	if (flow_write(r->flow, buf, n, err) != 0)
		return -1;
	r->sent += (int64_t)n;
	return 0;
}

static int
end_upload(struct sink *to, struct err *err)
{
	struct sink_remote *r = remote_of(to);
	struct flow *f = r->flow;

	r->flow = NULL;
	if (flow_finish(f, -1, err) == 0)
		return 0;
	note_refusal(r, err);
	return -1;
}

static int
connect_again(struct sink *to, struct err *err)
{
	return session_connect(remote_of(to)->s, err);
}

static int
await_answers(struct sink *to, struct err *err)
{
	struct session *s = remote_of(to)->s;

	if (question_settle(s, true, err) == 0)
		return 0;
	question_drop_all(s);
	return -1;
}

static int
ask_part_digest(struct sink *to, char hex[HASH_HEX_MAX], struct err *err)
{
	struct sink_remote *r = remote_of(to);

	return digest_ask_by(r->s, r->part, HASH_SHA256, hex, err);
}

static int
send_questions(struct sink *to, bool alone, struct err *err)
{
	return sink_check_ask(remote_of(to), alone, err);
}

static int
take_check(struct sink *to, struct err *err)
{
	return sink_check_hear(remote_of(to), err);
}

static int
send_rename(struct sink *to, bool now, struct err *err)
{
	return sink_rename_send(remote_of(to), now, err);
}

static int
take_rename(struct sink *to, struct err *err)
{
	return sink_rename_hear(remote_of(to), err);
}

static int
find_place(struct sink *to, enum sink_place *place, struct err *err)
{
	return sink_rename_where(remote_of(to), place, err);
}

static bool
is_cancelled(const struct sink_remote *r)
{
	return cancel_reason(session_cancel(r->s)) != CANCEL_NONE;
}

/* What can never be resumed is to be taken away as long as we can. */
static void
give_up_flow(struct sink_remote *r, const struct err *err)
{
	bool ours = err->kind == ERR_LOCAL || err->kind == ERR_CANCELLED ||
	    is_cancelled(r);

	if (ours && r->once && !r->sink.in_place)
		flow_withdraw(r->flow, WITHDRAW_MS);
	else
		flow_abort(r->flow);
	r->flow = NULL;
}

/* All of it is there, but cannot get its name. */
static void
say_where(struct sink_remote *r, struct err *err)
{
	struct err ignored = ERR_INIT;

	/* What can never get it is not left behind. */
	if (err->kind == ERR_REFUSED &&
	    folders_has(r->s, r->path, &ignored) == 1)
		r->hopeless = true;
	else
		err_append(err, "; what was sent is in %s",
		    path_base(r->part));
}

static void
stop_upload(struct sink *to, bool fresh, struct err *err)
{
	struct sink_remote *r = remote_of(to);
	struct err ignored = ERR_INIT;

	(void)fresh;
	if (r->flow != NULL)
		give_up_flow(r, err);
	/* Answers still out would go to a struct that is no more. */
	if (sink_check_waits(r))
		(void)await_answers(to, &ignored);
	if (to->whole && !to->in_place && to->fault == FAULT_PLAIN)
		say_where(r, err);
}

/*
 * What can never be resumed is not left behind; nor is what failed for lack of
 * room, which it would take from the files to come.
 */
static void
drop_part(struct sink_remote *r, bool fresh, struct err *err)
{
	struct err ignored = ERR_INIT;
	bool full = retry_is_full(err);
	bool goes = r->once || fresh || r->hopeless || full;

	if (r->sink.in_place || !r->begun)
		return;
	r->sink.kept = goes ? 0 : r->sent;
	if (!goes)
		return;
	if (is_cancelled(r))
		removal_withdraw(r->s, r->part, WITHDRAW_MS);
	else
		(void)removal_file(r->s, r->part, &ignored);
	if (full && ignored.kind == ERR_NONE)
		err_append(err, "; what was sent of it is removed there");
}

/* Parts of earlier streams to this name, which nobody else will take away. */
static void
remove_strays(struct sink_remote *r)
{
	const char *base = path_base(r->path);
	struct err ignored = ERR_INIT;
	struct listing l;
	char *part;
	size_t i;

	if (!r->once || r->lock == -1)
		return;
	if (lister_list(r->s, r->dir, LIST_ROUGH, 0, &l, &ignored) == 0)
		for (i = 0; i < l.n; i++) {
			if (!part_is_stray(l.entry[i].name, base,
			    path_base(r->part)))
				continue;
			part = path_beside(r->path, l.entry[i].name);
			sink_remote_remove_part(r->s, part);
			free(part);
		}
	listing_release(&l);
}

/* Whoever is told may begin it anew at once, elsewhere: unlocked. */
static void
leave_upload(struct sink *to, bool fresh, struct err *err)
{
	struct sink_remote *r = remote_of(to);

	if (err == NULL)
		remove_strays(r);
	else
		drop_part(r, fresh, err);
	if (r->lock != -1)
		lock_release(r->lock, r->lock_path);
}

/* Whether the server may have stored it under another name. */
static bool
may_differ(struct sink *to)
{
	struct sink_remote *r = remote_of(to);

	return r->doubt || fold_at_risk(path_base(r->path)) ||
	    server_has(session_server(r->s), TRAIT_FOLDS_CASE);
}

static void
look_up_names(struct sink *const *to, size_t n, struct err *each)
{
	struct sink_remote *first = remote_of(to[0]);
	struct stored *v = xcalloc(n, sizeof(*v));
	struct err failed = ERR_INIT;
	size_t i;

	for (i = 0; i < n; i++)
		v[i].name = path_base(remote_of(to[i])->path);
	(void)stored_look(first->s, first->dir, v, n, &failed);
	for (i = 0; i < n; i++) {
		each[i] = failed;
		to[i]->misnamed = failed.kind == ERR_NONE && !v[i].kept;
		if (to[i]->misnamed)
			stored_error(&v[i], ERR_REFUSED, &each[i]);
		stored_release(&v[i]);
	}
	free(v);
}

static void
close_upload(struct sink *to)
{
	struct sink_remote *r = remote_of(to);

	free(r->lock_path);
	free(r->part);
	free(r->dir);
	free(r->path);
	free(r->given);
	free(r);
}

static const struct sink_ops ops = {
	.have = find_sent, .begin = begin_upload, .write = send_chunk,
	.end = end_upload, .connect = connect_again, .check = send_questions,
	.checked = take_check, .digest = ask_part_digest,
	.commit = send_rename, .committed = take_rename,
	.await = await_answers, .where = find_place, .stop = stop_upload,
	.leave = leave_upload, .wants_name = may_differ,
	.look_names = look_up_names, .close = close_upload,
};

struct sink *
sink_remote_open(struct session *s, const struct sink_remote_request *rq,
    const struct source *from, struct err *err)
{
	struct sink_remote *r;

	if (session_connect(s, err) != 0)
		return NULL;
	r = xcalloc(1, sizeof(*r));
	r->sink.ops = &ops;
	r->sink.tries = &r->tries.tries;
	r->s = s;
	r->rq = *rq;
	r->given = xstrdup(rq->path);
	tries_of_session(&r->tries, s, "STOR", r->given);
	r->version = from->version;
	r->once = from->once;
	r->lock = -1;
	r->path = session_path(s, rq->path);
	r->dir = path_dir(r->path);
	r->sink.name = r->path;
	r->sink.dir = r->dir;
	if (name_part(r, err) == 0 && lock_part(r, err) == 0)
		return &r->sink;
	close_upload(&r->sink);
	return NULL;
}
