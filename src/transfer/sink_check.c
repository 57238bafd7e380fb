/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What has arrived of an upload (I2): the questions about it leave in one
 * flight, that of the next file if there is one; what they do not tell is then
 * asked for by other means.
 */
#include <stdlib.h>
#include <string.h>

#include "base/path.h"
#include "base/text.h"
#include "ftp/files.h"
#include "ftp/lister.h"
#include "ftp/look.h"
#include "ftp/server.h"
#include "transfer/sink_remote_in.h"
#include "transfer/stored.h"

enum { NAME_SHOWN = 256 };

bool
sink_check_waits(const struct sink_remote *r)
{
	const struct question *const all[] = {
		&r->old_size, &r->old_time, &r->of_size, &r->of_time,
		&r->of_mode, &r->of_case, &r->rename[0], &r->rename[1],
	};
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (all[i]->state == QUESTION_OPEN)
			return true;
	return r->mtime.asked > 0;
}

int
sink_check_lost(struct sink_remote *r, enum fault fault, struct err *err)
{
	r->sink.fault = fault;
	return err_set(err, ERR_NETWORK, "connection lost before the file was "
	    "committed");
}

/* Some servers keep the old file and give the new one another name. */
int
sink_check_old(struct sink_remote *r, struct err *err)
{
	const struct question none = { .state = QUESTION_NONE };

	r->of_time = none;
	/* What is there after a first try may be ours. */
	if (r->begun)
		return 0;
	r->old_size = none;
	r->old_time = none;
	if (!r->sink.in_place ||
	    !server_has(session_server(r->s), TRAIT_SIZE))
		return 0;
	return question_size(&r->old_size, r->s, r->path, err) != 0 ? -1 :
	    question_time(&r->old_time, r->s, r->path, err);
}

/* Whether the name had a file before, which may still be there. */
static bool
had_old(const struct sink_remote *r)
{
	return r->old_time.timed;
}

static void
forget_answers(struct sink_remote *r)
{
	const struct question none = { .state = QUESTION_NONE };

	r->size = -1;
	r->of_size = none;
	r->of_time = none;
	r->of_mode = none;
	r->of_case = none;
}

static bool
wants_case(const struct sink_remote *r)
{
	const struct server *sv = session_server(r->s);

	return !server_has(sv, TRAIT_TELLS_CASE) &&
	    !server_has(sv, TRAIT_FOLDS_CASE);
}

static int
ask_case(struct sink_remote *r, struct err *err)
{
	char *other = stored_other_case(r->part);
	int rc = 0;

	if (other != NULL)
		rc = question_size(&r->of_case, r->s, other, err);
	free(other);
	return rc;
}

static bool
keeps_time(const struct sink_remote *r)
{
	return session_site(r->s)->set.preserve_times && r->version.exact;
}

static int
ask_time(struct sink_remote *r, struct err *err)
{
	if (had_old(r))
		return question_time(&r->of_time, r->s, r->part, err);
	if (!keeps_time(r))
		return 0;
	return mtime_ask(&r->mtime, r->s, r->part, r->version.mtime.tv_sec,
	    err);
}

int
sink_check_ask(struct sink_remote *r, bool alone, struct err *err)
{
	const struct server *sv = session_server(r->s);

	forget_answers(r);
	/* It counts as different also if that was within the same second. */
	if (r->sink.outdated)
		r->version.mtime.tv_sec--;
	if (r->rq.verify != VERIFY_NONE && server_has(sv, TRAIT_SIZE) &&
	    (question_size(&r->of_size, r->s, r->part, err) != 0 ||
	    (alone && wants_case(r) && ask_case(r, err) != 0)))
		return -1;
	if (ask_time(r, err) != 0)
		return -1;
	if (!r->rq.keep_mode || r->once || !server_has(sv, TRAIT_CHMOD))
		return 0;
	return question_mode(&r->of_mode, r->s, r->part, r->version.mode,
	    err);
}

/* The same file by a name in other case: both are one there. */
static void
take_case(struct sink_remote *r)
{
	const struct question *q = &r->of_case;
	struct server *sv = session_server(r->s);

	if (q->state != QUESTION_TOLD && q->state != QUESTION_LOST)
		return;
	/* That means something only if the part's own name has an answer. */
	if (q->state == QUESTION_TOLD && q->code / 100 == 5 &&
	    q->code != 500 && q->code != 502 && r->of_size.size >= 0)
		server_learn(sv, TRAIT_TELLS_CASE, true, PROOF_SEEN, NULL);
	if (q->state == QUESTION_TOLD && q->size == r->sent) {
		/* Without parts it may be another file; a listing shows. */
		r->doubt = true;
		if (!r->sink.in_place)
			server_learn(sv, TRAIT_FOLDS_CASE, true, PROOF_SEEN,
			    NULL);
	}
	r->of_case.state = QUESTION_NONE;
}

/*
 * Without SIZE, the listing tells how much arrived, and what case means has to
 * be asked for otherwise; or else a listing shows what the name became.
 */
static int
look_for_size(struct sink_remote *r, struct err *err)
{
	struct listing l;

	if (look_one(r->s, r->part, &l, err) < 0)
		return -1;
	if (l.n > 0)
		r->size = l.entry[0].size;
	listing_release(&l);
	if (!r->sink.in_place &&
	    stored_learn_case(r->s, r->part, err) != 0)
		return -1;
	r->doubt |= !stored_knows_case(r->s);
	return 0;
}

/* Whether a name looks as if a server had made it from another. */
static bool
is_made_from(const char *name, const char *base)
{
	size_t stem = strcspn(base + 1, ".") + 1;

	return strcmp(name, base) != 0 && strncmp(name, base, stem) == 0;
}

/* What the server may have called it instead, escaped; else "". */
static void
find_made(struct sink_remote *r, char shown[NAME_SHOWN])
{
	const char *base = path_base(r->path), *made = NULL;
	struct err ignored = ERR_INIT;
	struct listing l;
	size_t i;

	if (lister_list(r->s, r->dir, LIST_TO_LOOK, LIST_SIZES, &l,
	    &ignored) == 0)
		for (i = 0; i < l.n; i++)
			if (l.entry[i].size == r->sent &&
			    is_made_from(l.entry[i].name, base))
				made = l.entry[i].name;
	text_escape_to(shown, NAME_SHOWN, made != NULL ? made : "");
	listing_release(&l);
}

/*
 * The file that was there before still is, as it was: what was sent is then
 * another file, or was stored within the same second.
 */
static int
judge_old(struct sink_remote *r, struct err *err)
{
	char made[NAME_SHOWN];

	if (!had_old(r) || r->size < 0 || r->size != r->old_size.size ||
	    !r->of_time.timed ||
	    r->of_time.time.tv_sec != r->old_time.time.tv_sec)
		return 0;
	find_made(r, made);
	if (*made == '\0' && r->size == r->sent)
		return 0;
	return err_set(err, ERR_REFUSED, "the server has kept the old file, "
	    "and stored this one under another name%s%s; delete one, or use "
	    "temp-names=yes", *made != '\0' ? ", " : "", made);
}

static int
judge_size(struct sink_remote *r, struct err *err)
{
	if (r->size >= 0 && r->size != r->sent) {
		r->sink.fault = FAULT_DIFFERS;
		return err_set(err, ERR_VERIFY, "%s: server has %lld of %lld "
		    "bytes", r->path, (long long)r->size,
		    (long long)r->sent);
	}
	r->sink.verified = r->size >= 0;
	return 0;
}

/* Other means may be left to set the time by. */
static int
complete_time(struct sink_remote *r, struct err *err)
{
	bool late = had_old(r) && keeps_time(r);
	int rc;

	r->sink.time_kept = r->mtime.done;
	if ((r->mtime.server == NULL && !late) || r->mtime.done)
		return 0;
	if (session_connect(r->s, err) != 0)
		return -1;
	if (!late && !mtime_is_lost(&r->mtime) &&
	    !mtime_has_more(&r->mtime, session_server(r->s)))
		return 0;
	rc = mtime_set(r->s, r->part, r->version.mtime.tv_sec, err);
	r->sink.time_kept = rc == 1;
	return rc < 0 ? -1 : 0;
}

/* The connection may have ended before the answer. */
static int
complete_mode(struct sink_remote *r, struct err *err)
{
	int rc;

	r->sink.mode_kept = question_granted(&r->of_mode);
	if (r->of_mode.state != QUESTION_LOST)
		return 0;
	rc = files_set_mode(r->s, r->part, r->version.mode, err);
	r->sink.mode_kept = rc == 0;
	if (rc != 0 && err->kind != ERR_REFUSED)
		return -1;
	err_clear(err);
	return 0;
}

int
sink_check_hear(struct sink_remote *r, struct err *err)
{
	take_case(r);
	if (r->of_size.state == QUESTION_LOST)
		return sink_check_lost(r, FAULT_LOST, err);
	if (sink_check_waits(r))
		return 0;
	if (r->of_size.state == QUESTION_TOLD)
		r->size = r->of_size.size;
	if (r->rq.verify != VERIFY_NONE && r->size < 0 &&
	    look_for_size(r, err) != 0)
		return -1;
	if (judge_old(r, err) != 0 || judge_size(r, err) != 0 ||
	    complete_time(r, err) != 0 || complete_mode(r, err) != 0)
		return -1;
	return 1;
}
