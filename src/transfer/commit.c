/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * After an upload's bytes: its part is checked and renamed (I2, I3).  The
 * questions about one file leave with the next file's first flight, and its
 * RNFR and RNTO with the one after that, so that they cost no round trips.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fold.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/text.h"
#include "ftp/digest.h"
#include "ftp/files.h"
#include "ftp/folders.h"
#include "ftp/lister.h"
#include "ftp/look.h"
#include "ftp/removal.h"
#include "ftp/rename.h"
#include "ftp/retry.h"
#include "ftp/server.h"
#include "local/part.h"
#include "transfer/put_in.h"
#include "transfer/stored.h"

/* Files of a session that wait to be looked for in one listing. */
enum { LOOKS_MAX = 32, NAME_SHOWN = 256 };

STAILQ_HEAD(put_list, put);

/* Uploads of one session that are not committed yet, oldest first. */
struct uploads {
	struct session *s;
	struct put_list list;
	struct put_list looks;	/* committed; under which names? */
	int nlooks;
	bool case_asked;	/* is one name in other case another one? */
};

static void
fail(struct put *put, const struct err *err)
{
	put->stage = PUT_FAILED;
	put->err = *err;
}

static void
lost(struct put *put)
{
	struct err err = ERR_INIT;

	err_set(&err, ERR_NETWORK, "connection lost before the file was "
	    "committed");
	fail(put, &err);
}

static bool
is_waiting(const struct put *put)
{
	const struct question *const all[] = {
		&put->old_size, &put->old_time, &put->of_size, &put->of_time,
		&put->of_mode, &put->of_case, &put->rename[0], &put->rename[1],
	};
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (all[i]->state == QUESTION_OPEN)
			return true;
	return put->mtime.asked > 0;
}

/* The same file by a name in other case: both are one there. */
static void
note_case(struct put *put)
{
	const struct question *q = &put->of_case;
	struct server *sv = session_server(put->s);

	if (q->state != QUESTION_TOLD && q->state != QUESTION_LOST)
		return;
	put->u->case_asked = false;
	/* That means something only if the part's own name has an answer. */
	if (q->state == QUESTION_TOLD && q->code / 100 == 5 &&
	    q->code != 500 && q->code != 502 && put->of_size.size >= 0)
		server_learn(sv, TRAIT_TELLS_CASE, true, PROOF_SEEN, NULL);
	if (q->state == QUESTION_TOLD && q->size == put->sent) {
		/* Without parts it may be another file; a listing shows. */
		put->look = true;
		if (!put_is_in_place(put))
			server_learn(sv, TRAIT_FOLDS_CASE, true, PROOF_SEEN,
			    NULL);
	}
	put->of_case.state = QUESTION_NONE;
}

/* Takes the answers that came since. */
static void
note_answers(struct put *put)
{
	const struct question *to = &put->rename[1];

	note_case(put);
	if (put->stage == PUT_CHECKING) {
		if (put->of_size.state == QUESTION_LOST)
			lost(put);
		if (put->of_size.state == QUESTION_TOLD)
			put->size = put->of_size.size;
		put->res.mode_kept = question_granted(&put->of_mode);
	} else if (put->stage == PUT_RENAMING) {
		/* Only what RNTO is answered decides. */
		if (put->rename[0].state == QUESTION_LOST ||
		    to->state == QUESTION_LOST)
			lost(put);
		if (to->state == QUESTION_TOLD)
			put->unanswered = false;
	}
}

static bool
wants_case(const struct put *put)
{
	const struct server *sv = session_server(put->s);

	return !put->u->case_asked && !server_has(sv, TRAIT_TELLS_CASE) &&
	    !server_has(sv, TRAIT_FOLDS_CASE);
}

static int
ask_case(struct put *put, struct err *err)
{
	char *other = stored_other_case(put->part);
	int rc = 0;

	if (other != NULL) {
		rc = question_size(&put->of_case, put->s, other, err);
		put->u->case_asked = rc == 0;
	}
	free(other);
	return rc;
}

/* Whether the name had a file before, which may still be there. */
static bool
had_old(const struct put *put)
{
	return put->old_size.state == QUESTION_TOLD && put->old_size.size >= 0;
}

static void
forget_answers(struct put *put)
{
	const struct question none = { .state = QUESTION_NONE };

	put->size = -1;
	put->of_size = none;
	put->of_time = none;
	put->of_mode = none;
	put->of_case = none;
	memset(&put->mtime, 0, sizeof(put->mtime));
}

static int
ask(struct put *put, struct err *err)
{
	const struct settings *set = &session_site(put->s)->set;
	const struct server *sv = session_server(put->s);

	put->stage = PUT_CHECKING;
	forget_answers(put);
	if (put->p.verify != VERIFY_NONE && server_has(sv, TRAIT_SIZE) &&
	    (question_size(&put->of_size, put->s, put->part, err) != 0 ||
	    (wants_case(put) && ask_case(put, err) != 0)))
		return -1;
	if (had_old(put) && put->old_time.timed) {
		if (question_time(&put->of_time, put->s, put->part, err) != 0)
			return -1;
	} else if (set->preserve_times && put->regular &&
	    mtime_ask(&put->mtime, put->s, put->part, put->st.st_mtim.tv_sec,
	    err) != 0) {
		return -1;
	}
	if (!put->p.keep_mode || !put->regular || !server_has(sv, TRAIT_CHMOD))
		return 0;
	return question_mode(&put->of_mode, put->s, put->part,
	    (int)put->st.st_mode & 0777, err);
}

static int
send_rename(struct put *put, struct err *err)
{
	int rc;

	put->stage = PUT_RENAMING;
	rc = question_rename(put->rename, put->s, put->part, put->remote, err);
	put->unanswered = put->rename[0].state != QUESTION_NONE;
	return rc;
}

int
uploads_advance(struct uploads *u, struct err *err)
{
	struct put *put;

	if (session_connect(u->s, err) != 0)
		return -1;
	STAILQ_FOREACH(put, &u->list, link) {
		if (put->stage == PUT_SENT && ask(put, err) != 0)
			return -1;
		if (put->stage == PUT_CHECKED && send_rename(put, err) != 0)
			return -1;
	}
	return 0;
}

/*
 * Without SIZE, the listing tells how much arrived, and what case means has to
 * be asked for otherwise; or else a listing shows what the name became.
 */
static int
check_listed(struct put *put, struct err *err)
{
	struct listing l;

	if (look_one(put->s, put->part, &l, err) < 0)
		return -1;
	if (l.n > 0)
		put->size = l.entry[0].size;
	listing_release(&l);
	if (!put_is_in_place(put) &&
	    stored_learn_case(put->s, put->part, err) != 0)
		return -1;
	put->look |= !stored_knows_case(put->s);
	return 0;
}

static int
check_hash(struct put *put, struct err *err)
{
	const char *ours = put->res.sha256;
	char theirs[HASH_HEX_MAX];
	enum hash_alg alg;
	int rc;

	if (put->hash == NULL)
		return 0;
	hash_finish(put->hash, put->res.sha256);
	put->hash = NULL;
	if (put->p.verify != VERIFY_HASH)
		return 0;
	rc = digest_ask(put->s, put->part, &alg, theirs, err);
	if (rc < 0)
		return -1;
	if (rc == 0 || alg != HASH_SHA256)
		return err_set(err, ERR_REFUSED, "%s: server gives no "
		    "SHA-256 digests; use verify=size", put->remote);
	if (strcmp(ours, theirs) == 0)
		return 0;
	return err_set(err, ERR_VERIFY, "%s: digest differs: the server says "
	    "SHA-256 %s, what was sent has %s", put->remote, theirs, ours);
}

/* Whether a name looks as if a server had made it from another. */
static bool
is_made_from(const char *name, const char *base)
{
	size_t stem = strcspn(base + 1, ".") + 1;

	return strcmp(name, base) != 0 && strncmp(name, base, stem) == 0;
}

/*
 * The file that was there before still is, as it was: what was sent is then
 * another file, or was stored within the same second.
 */
static int
check_old(struct put *put, struct err *err)
{
	const char *base = path_base(put->remote), *made = NULL;
	char *dir, shown[NAME_SHOWN];
	struct listing l;
	size_t i;

	if (!had_old(put) || put->size != put->old_size.size ||
	    !put->of_time.timed || !put->old_time.timed ||
	    put->of_time.time.tv_sec != put->old_time.time.tv_sec)
		return 0;
	dir = path_dir(put->remote);
	if (lister_list(put->s, dir, LIST_TO_LOOK, LIST_SIZES, &l, err) == 0)
		for (i = 0; i < l.n; i++)
			if (l.entry[i].size == put->sent &&
			    is_made_from(l.entry[i].name, base))
				made = l.entry[i].name;
	free(dir);
	text_escape_to(shown, sizeof(shown), made != NULL ? made : "");
	listing_release(&l);
	err_clear(err);
	if (made == NULL && put->size == put->sent)
		return 0;
	return err_set(err, ERR_REFUSED, "the server has kept the old file, "
	    "and stored this one under another name%s%s; delete one, or use "
	    "temp-names=yes", made != NULL ? ", " : "", shown);
}

/* Other means may be left to set the time by. */
static int
check_time(struct put *put, struct err *err)
{
	bool late = had_old(put) && put->old_time.timed && put->regular &&
	    session_site(put->s)->set.preserve_times;
	int rc;

	put->res.time_kept = put->mtime.done;
	if ((put->mtime.server == NULL && !late) || put->mtime.done)
		return 0;
	if (session_connect(put->s, err) != 0)
		return -1;
	if (!late && !mtime_is_lost(&put->mtime) &&
	    !mtime_has_more(&put->mtime, session_server(put->s)))
		return 0;
	rc = mtime_set(put->s, put->part, put->st.st_mtim.tv_sec, err);
	put->res.time_kept = rc == 1;
	return rc < 0 ? -1 : 0;
}

/* The connection may have ended before the answer. */
static int
check_mode(struct put *put, struct err *err)
{
	int rc;

	if (put->of_mode.state != QUESTION_LOST)
		return 0;
	rc = files_set_mode(put->s, put->part, (int)put->st.st_mode & 0777,
	    err);
	put->res.mode_kept = rc == 0;
	if (rc != 0 && err->kind != ERR_REFUSED)
		return -1;
	err_clear(err);
	return 0;
}

/* All answers are there: is the part what was sent? */
static int
judge(struct put *put, struct err *err)
{
	if (put->p.verify != VERIFY_NONE && put->size < 0 &&
	    check_listed(put, err) != 0)
		return -1;
	if (check_old(put, err) != 0)
		return -1;
	if (put->size >= 0 && put->size != put->sent) {
		put->fresh = true;
		return err_set(err, ERR_VERIFY, "%s: server has %lld of %lld "
		    "bytes", put->remote, (long long)put->size,
		    (long long)put->sent);
	}
	put->res.verified = put->size >= 0;
	if (check_time(put, err) != 0 || check_mode(put, err) != 0)
		return -1;
	if (check_hash(put, err) != 0) {
		put->fresh = err->kind == ERR_VERIFY;
		return -1;
	}
	return 0;
}

/*
 * Takes an upload as far as it gets without sending anything for it; the
 * answers that came decide.
 */
static void
look_at(struct put *put)
{
	struct err err = ERR_INIT;

	if (is_waiting(put))
		return;
	if (put->stage == PUT_CHECKING) {
		if (judge(put, &err) != 0)
			fail(put, &err);
		else if (put_is_in_place(put))
			put->stage = PUT_DONE;
		else if (put->p.before_rename != NULL)
			put->stage = PUT_BY_HAND;
		else
			put->stage = PUT_CHECKED;
	} else if (put->stage == PUT_RENAMING) {
		put->stage = question_granted(&put->rename[1]) ? PUT_DONE :
		    PUT_BY_HAND;
	}
}

/* The last step by itself, with all that a server may need for it. */
static int
rename_part(struct put *put, struct err *err)
{
	struct err ignored = ERR_INIT;

	if (put_is_in_place(put))
		return 0;
	if ((put->p.before_rename == NULL ||
	    put->p.before_rename(put->p.ctx, err) == 0) &&
	    rename_path(put->s, put->part, put->remote, true, err) == 0)
		return 0;
	/* What can never get its name is not left behind. */
	if (err->kind == ERR_REFUSED &&
	    folders_has(put->s, put->remote, &ignored) == 1) {
		put->hopeless = true;
		return -1;
	}
	return err_append(err, "; what was sent is in %s",
	    path_base(put->part));
}

/* Whether the destination is what was sent: 1, 0, -1. */
static int
is_in_place(struct put *put, struct err *err)
{
	enum time_precision precision;
	struct timespec ts;
	int64_t size;
	int rc;

	rc = files_size(put->s, put->remote, &size, err);
	if (rc <= 0 || size != put->sent)
		return rc < 0 ? -1 : 0;
	if (!put->res.time_kept)
		return 1;
	rc = files_time(put->s, put->remote, &ts, &precision, err);
	return rc > 0 ? ts.tv_sec == put->st.st_mtim.tv_sec : rc;
}

/*
 * After a rename whose answer was lost: 1 done, 0 it has to be sent again,
 * -1.  The part was checked, so while it is there the rename is enough.
 */
static int
settle_rename(struct put *put, struct err *err)
{
	int64_t size;
	int rc;

	rc = files_size(put->s, put->part, &size, err);
	if (rc < 0)
		return -1;
	if (rc > 0 && size == put->sent)
		return rename_part(put, err) == 0 ? 1 : -1;
	rc = rc == 0 ? is_in_place(put, err) : 0;
	put->unanswered = rc < 0;
	return rc;
}

/* One more attempt at all of it, step by step. */
static int
put_again(struct put *put, struct err *err)
{
	int rc;

	put->again = true;
	if (put_send(put, err) != 0 || session_connect(put->s, err) != 0 ||
	    ask(put, err) != 0)
		return -1;
	rc = question_settle(put->s, true, err);
	note_answers(put);
	if (rc != 0)
		return -1;
	if (put->stage == PUT_FAILED) {
		*err = put->err;
		return -1;
	}
	return judge(put, err) == 0 ? rename_part(put, err) : -1;
}

/* What failed at first: again, as long as that can help. */
static int
repair(struct put *put, struct err *err)
{
	int64_t before;
	int rc;

	if (put->stage == PUT_BY_HAND)
		return rename_part(put, err);
	*err = put->err;
	while ((put->regular || put->sent == 0 || put->unanswered) &&
	    session_again_with(put->s, "STOR", put->named, 0, err)) {
		before = put->had;
		err_clear(err);
		rc = put->unanswered ? settle_rename(put, err) : 0;
		if (rc > 0)
			return 0;
		if (rc < 0)
			continue;
		if (!put->regular && put->sent > 0) {
			*err = put->err;
			return -1;
		}
		if (put_again(put, err) == 0)
			return 0;
		/* What was sent is no progress until the server has it. */
		if (put->had > before)
			session_progress(put->s);
	}
	return -1;
}

/*
 * What can never be resumed is not left behind; nor is what failed for lack of
 * room, which it would take from the files to come.
 */
static void
drop_part(struct put *put, struct err *err)
{
	struct err ignored = ERR_INIT;
	bool full = retry_is_full(err);
	bool goes = !put->regular || put->fresh || put->hopeless || full;

	if (put_is_in_place(put) || !put->begun)
		return;
	put->res.kept = goes ? 0 : put->sent;
	if (!goes)
		return;
	if (cancel_reason(session_cancel(put->s)) != CANCEL_NONE)
		removal_withdraw(put->s, put->part, PUT_WITHDRAW_MS);
	else
		(void)removal_file(put->s, put->part, &ignored);
	if (full && ignored.kind == ERR_NONE)
		err_append(err, "; what was sent of it is removed there");
}

/* Parts of earlier streams to this name, which nobody else will take away. */
static void
remove_strays(struct put *put)
{
	const char *base = path_base(put->remote);
	struct err ignored = ERR_INIT;
	struct listing l;
	char *dir, *part;
	size_t i;

	if (put->regular || put->lock == -1)
		return;
	dir = path_dir(put->remote);
	if (lister_list(put->s, dir, LIST_ROUGH, 0, &l, &ignored) == 0)
		for (i = 0; i < l.n; i++) {
			if (!part_is_stray(l.entry[i].name, base,
			    path_base(put->part)))
				continue;
			part = path_beside(put->remote, l.entry[i].name);
			copy_put_remove_part(put->s, part);
			free(part);
		}
	listing_release(&l);
	free(dir);
}

static void
end(struct put *put, const struct err *err)
{
	if (!put_is_in_place(put))
		put->res.part = put->part;
	observe_progress(session_observer(put->s), put->remote, 0,
	    put->res.size, true);
	/* Whoever is told may begin it anew at once, elsewhere. */
	put_release_source(put);
	put->done(put->ctx, &put->res, err);
	put_free(put);
}

/* Whether the server may have stored it under another name. */
static bool
wants_look(const struct put *put)
{
	return put->look || fold_at_risk(path_base(put->remote)) ||
	    server_has(session_server(put->s), TRAIT_FOLDS_CASE);
}

static void
finish(struct put *put)
{
	struct err err = ERR_INIT;
	int rc = 0;

	session_try_begin(put->s);
	if (put->stage != PUT_DONE)
		rc = repair(put, &err);
	session_try_end(put->s);
	if (rc != 0) {
		drop_part(put, &err);
		end(put, &err);
		return;
	}
	remove_strays(put);
	if (wants_look(put)) {
		put_release_source(put);
		STAILQ_INSERT_TAIL(&put->u->looks, put, link);
		put->u->nlooks++;
	} else {
		end(put, NULL);
	}
}

/* Takes some of one directory from the list; returns how many. */
static size_t
take_looks(struct uploads *u, struct put *of[LOOKS_MAX], char **dir)
{
	struct put *put, *next;
	size_t n = 0;
	char *here;

	*dir = path_dir(STAILQ_FIRST(&u->looks)->remote);
	STAILQ_FOREACH_SAFE(put, &u->looks, link, next) {
		here = path_dir(put->remote);
		if (n < LOOKS_MAX && strcmp(here, *dir) == 0) {
			STAILQ_REMOVE(&u->looks, put, put, link);
			u->nlooks--;
			of[n++] = put;
		}
		free(here);
	}
	return n;
}

/* The names of what was committed, directory by directory. */
static void
look_for_names(struct uploads *u)
{
	struct stored v[LOOKS_MAX];
	struct put *of[LOOKS_MAX];
	struct err err, failed;
	size_t i, n;
	char *dir;

	while (!STAILQ_EMPTY(&u->looks)) {
		n = take_looks(u, of, &dir);
		memset(v, 0, sizeof(v));
		memset(&failed, 0, sizeof(failed));
		for (i = 0; i < n; i++)
			v[i].name = path_base(of[i]->remote);
		(void)stored_look(u->s, dir, v, n, &failed);
		for (i = 0; i < n; i++) {
			err = failed;
			of[i]->res.misnamed = err.kind == ERR_NONE &&
			    !v[i].kept;
			if (of[i]->res.misnamed)
				stored_error(&v[i], ERR_REFUSED, &err);
			stored_release(&v[i]);
			end(of[i], err.kind != ERR_NONE ? &err : NULL);
		}
		free(dir);
	}
}

/* Ends those that have come to their end; no transfer may be under way. */
static void
reap(struct uploads *u)
{
	struct put *put, *next;

	STAILQ_FOREACH(put, &u->list, link)
		note_answers(put);
	STAILQ_FOREACH_SAFE(put, &u->list, link, next) {
		look_at(put);
		if (put->stage != PUT_DONE && put->stage != PUT_BY_HAND &&
		    put->stage != PUT_FAILED)
			continue;
		STAILQ_REMOVE(&u->list, put, put, link);
		finish(put);
	}
	if (u->nlooks >= LOOKS_MAX)
		look_for_names(u);
}

static void
fail_all(struct uploads *u, const struct err *err)
{
	struct put *put;

	STAILQ_FOREACH(put, &u->list, link)
		if (put->stage != PUT_DONE)
			fail(put, err);
}

/* All that is left of the uploads so far, to its end. */
static void
drain(void *ctx)
{
	struct uploads *u = ctx;
	struct err err = ERR_INIT;

	while (!STAILQ_EMPTY(&u->list)) {
		if (uploads_advance(u, &err) != 0)
			fail_all(u, &err);
		else if (question_settle(u->s, true, &err) != 0)
			question_drop_all(u->s);
		err_clear(&err);
		reap(u);
	}
	look_for_names(u);
}

static void
release(void *ctx)
{
	free(ctx);
}

static struct uploads *
uploads_of(struct session *s)
{
	struct uploads *u = session_tail(s);

	if (u != NULL)
		return u;
	u = xcalloc(1, sizeof(*u));
	u->s = s;
	STAILQ_INIT(&u->list);
	STAILQ_INIT(&u->looks);
	session_set_tail(s, u, drain, release);
	return u;
}

void
copy_put_queue(struct session *s, const struct copy_put *p, copy_done done,
    void *ctx)
{
	struct uploads *u = uploads_of(s);
	struct copy_result none = { .size = -1 };
	struct err err = ERR_INIT;
	struct put *put;

	put = put_new(u, s, p, &err);
	if (put == NULL) {
		done(ctx, &none, &err);
		return;
	}
	put->done = done;
	put->ctx = ctx;
	if (put_send(put, &err) == 0)
		put->stage = PUT_SENT;
	else
		fail(put, &err);
	STAILQ_INSERT_TAIL(&u->list, put, link);
	reap(u);
}

/* Where a caller who waits gets the result. */
struct outcome {
	struct copy_result *res;
	struct err *err;
	int rc;
};

static void
note_outcome(void *ctx, const struct copy_result *res, const struct err *err)
{
	struct outcome *o = ctx;

	*o->res = *res;
	o->res->part = NULL;
	o->rc = err == NULL ? 0 : -1;
	if (err != NULL)
		*o->err = *err;
}

int
copy_put(struct session *s, const struct copy_put *p,
    struct copy_result *res, struct err *err)
{
	struct outcome o = { .res = res, .err = err };

	copy_put_queue(s, p, note_outcome, &o);
	session_finish(s);
	return o.rc;
}
