/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ftp/identity.h"

#include <stdlib.h>
#include <string.h>

#include "ftp/answers.h"
#include "ftp/question.h"
#include "ftp/session_in.h"

static void
note_size(void *ctx, const struct reply *r)
{
	struct identity *l = ctx;

	l->asked--;
	if (r != NULL && reply_size(r, &l->told.size) == 0)
		l->there = true;
}

static void
note_time(void *ctx, const struct reply *r)
{
	struct identity *l = ctx;
	bool sub;

	l->asked--;
	l->told.dated = r != NULL && reply_mdtm(r, &l->told.mtime, &sub) == 0;
	l->there = l->there || l->told.dated;
}

static void
note_facts(void *ctx, const struct reply *r)
{
	struct identity *l = ctx;
	struct err ignored = ERR_INIT;
	struct listing facts;

	l->asked--;
	if (r == NULL || answers_facts(r, &facts, &ignored) != 0)
		return;
	l->listed.size = facts.entry[0].size;
	l->listed.mtime = facts.entry[0].mtime;
	l->listed.dated = facts.entry[0].precision != PRECISION_NONE;
	l->listed.unique = facts.entry[0].unique;
	l->there = true;
	listing_release(&facts);
}

static int
send_question(struct identity *l, struct session *s, control_done fn,
    const char *verb, const char *path, struct err *err)
{
	struct conn *c = session_current(s, err);

	if (c == NULL || control_send_path_for(c->control, fn, l, err, verb,
	    path) != 0)
		return -1;
	l->asked++;
	return 0;
}

static int
ask_facts(struct identity *l, struct session *s, const char *path,
    struct err *err)
{
	if (!server_has(s->server, TRAIT_MLST))
		return 0;
	return send_question(l, s, note_facts, "MLST", path, err);
}

int
identity_ask_facts(struct identity *l, struct session *s, const char *path,
    struct err *err)
{
	*l = (struct identity){ .told.size = -1, .listed.size = -1 };
	return ask_facts(l, s, path, err);
}

int
identity_ask(struct identity *l, struct session *s, const char *path,
    struct err *err)
{
	*l = (struct identity){ .told.size = -1, .listed.size = -1 };
	if (send_question(l, s, note_size, "SIZE", path, err) != 0 ||
	    send_question(l, s, note_time, "MDTM", path, err) != 0)
		return -1;
	/* Last, and so nearest to what is done next. */
	return ask_facts(l, s, path, err);
}

void
identity_tell(struct identity *l, int64_t size,
    const struct timespec *mtime)
{
	l->told.size = size;
	l->told.dated = mtime != NULL;
	if (mtime != NULL)
		l->told.mtime = *mtime;
	l->there = l->there || size >= 0 || mtime != NULL;
}

int
identity_many(struct session *s, const char *const *path, size_t n,
    struct identity *out, struct err *err)
{
	size_t i;
	int rc = 0;

	memset(out, 0, n * sizeof(*out));
	if (session_connect(s, err) != 0)
		return -1;
	for (i = 0; i < n && rc == 0; i++)
		if (session_can_send(path[i], err))
			rc = identity_ask(&out[i], s, path[i], err);
		else
			err_clear(err);
	if (rc == 0)
		rc = question_settle(s, true, err);
	/* Answers still out would go to structs that are no more. */
	if (rc != 0)
		question_drop_all(s);
	return rc;
}

static const char *
facts_change(const struct identity_facts *was, const struct identity_facts *now,
    bool *compared)
{
	if (was->unique != 0 && now->unique != 0 && was->unique != now->unique)
		return "another file is in its place";
	if (was->size >= 0 && now->size >= 0) {
		*compared = true;
		if (was->size != now->size)
			return "its size has changed";
	}
	if (was->dated && now->dated && (was->mtime.tv_sec !=
	    now->mtime.tv_sec || was->mtime.tv_nsec != now->mtime.tv_nsec))
		return "it was written to";
	return NULL;
}

const char *
identity_change(const struct identity *was, const struct identity *now)
{
	const char *why;
	bool compared = false;

	why = facts_change(&was->listed, &now->listed, &compared);
	if (why == NULL)
		why = facts_change(&was->told, &now->told, &compared);
	if (why == NULL && !compared)
		why = "the server does not tell its size again";
	return why;
}
