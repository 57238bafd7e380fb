/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ftp/mtime.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "ftp/question.h"
#include "ftp/session_in.h"

enum {
	FTP_TIME_MAX = 32,
	COARSEST = 60,		/* seconds that a file system keeps */
};

enum trait
mtime_best(const struct server *s)
{
	static const enum trait means[] = {
		TRAIT_MFMT, TRAIT_MFF, TRAIT_UTIME, TRAIT_UTIME_FIRST,
		TRAIT_MDTM_SETS,
	};
	size_t i;

	for (i = 0; i < sizeof(means) / sizeof(means[0]); i++)
		if (server_has(s, means[i]))
			return means[i];
	return TRAITS;
}

bool
mtime_has_more(const struct mtime *m, const struct server *s)
{
	enum trait best = mtime_best(s);

	return best != m->means && best != TRAITS;
}

static void
learn_means(const struct mtime *m, bool works, const struct reply *r)
{
	char say[REPLY_SAY_MAX];

	server_learn(m->server, m->means, works, PROOF_SEEN,
	    reply_say(r, say, sizeof(say)));
}

/* Replies that mean "unknown here", not "not this file". */
static bool
is_unknown(int code)
{
	return code == 500 || code == 501 || code == 502 || code == 504;
}

static void
note_set(void *ctx, const struct reply *r)
{
	struct mtime *m = ctx;

	m->asked--;
	if (r == NULL)
		return;
	/* 202: superfluous, that is, not done. */
	m->done = reply_class(r->code) == 2 && r->code != 202;
	m->code = r->code;
	reply_say(r, m->say, sizeof(m->say));
	if (m->done)
		learn_means(m, true, r);
	/* What is a name in the one order of words is a time in the other. */
	if (!m->done && (is_unknown(r->code) || r->code == 202 ||
	    (m->means == TRAIT_UTIME && reply_class(r->code) == 5)))
		learn_means(m, false, r);
}

/* The first of two answers: only the time read back counts. */
static void
note_claim(void *ctx, const struct reply *r)
{
	struct mtime *m = ctx;

	m->asked--;
	if (r != NULL)
		m->code = r->code;
}

static void
note_time(void *ctx, const struct reply *r)
{
	struct mtime *m = ctx;
	struct timespec ts;
	bool sub, known;

	m->asked--;
	if (r == NULL) {
		m->code = 0;
		return;
	}
	known = reply_mdtm(r, &ts, &sub) == 0;
	m->done = known && labs(ts.tv_sec - m->t) < COARSEST &&
	    reply_class(m->code) == 2;
	if (m->done)
		learn_means(m, true, r);
	/*
	 * A server that only reads times takes this one for a name; the time
	 * may have been right before.
	 */
	if ((known && !m->done) || is_unknown(m->code))
		learn_means(m, false, r);
}

static int
ask_mdtm(struct mtime *m, struct control *k, const char *path,
    const char *when, struct err *err)
{
	char verb[64];

	snprintf(verb, sizeof(verb), "MDTM %s", when);
	if (control_send_path_for(k, note_claim, m, err, verb, path) != 0)
		return -1;
	m->asked++;
	if (control_send_path_for(k, note_time, m, err, "MDTM", path) != 0)
		return -1;
	m->asked++;
	return 0;
}

bool
mtime_is_lost(const struct mtime *m)
{
	return m->server != NULL && m->means != TRAITS && m->code == 0;
}

int
mtime_ask(struct mtime *m, struct session *s, const char *path, time_t t,
    struct err *err)
{
	struct conn *c = session_current(s, err);
	char when[FTP_TIME_MAX], verb[64], *thrice = NULL;
	int rc;

	memset(m, 0, sizeof(*m));
	if (c == NULL)
		return -1;
	m->server = s->server;
	m->t = t;
	m->means = mtime_best(s->server);
	clock_format_ftp(t, when, sizeof(when));
	switch (m->means) {
	case TRAIT_MDTM_SETS:
		return ask_mdtm(m, c->control, path, when, err);
	case TRAIT_MFMT:
		snprintf(verb, sizeof(verb), "MFMT %s", when);
		break;
	case TRAIT_MFF:
		snprintf(verb, sizeof(verb), "MFF modify=%s;", when);
		break;
	case TRAIT_UTIME:
		strlcpy(verb, "SITE UTIME", sizeof(verb));
		thrice = xasprintf("%s %s %s UTC", when, when, when);
		break;
	case TRAIT_UTIME_FIRST:
		snprintf(verb, sizeof(verb), "SITE UTIME %s", when);
		break;
	default:
		return 0;
	}
	rc = control_send_path_then(c->control, note_set, m, err, verb, path,
	    thrice);
	free(thrice);
	if (rc == 0)
		m->asked++;
	return rc;
}

int
mtime_set(struct session *s, const char *path, time_t t, struct err *err)
{
	struct mtime m;

	do {
		if (mtime_ask(&m, s, path, t, err) != 0)
			return -1;
		if (m.asked > 0 && question_settle(s, false, err) != 0)
			return -1;
	} while (!m.done && mtime_has_more(&m, s->server));
	if (!m.done && *m.say != '\0' && !is_unknown(m.code))
		err_note_reply(err, m.code, m.say);
	return m.done ? 1 : 0;
}
