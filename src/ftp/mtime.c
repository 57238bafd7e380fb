/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ftp/mtime.h"

#include <string.h>

#include "base/clock.h"

enum { FTP_TIME_MAX = 32 };

static enum time_means
first_means(const struct conn *c)
{
	if (c->feat.flags & FEAT_MFMT)
		return TIME_MFMT;
	if (c->feat.flags & FEAT_MFF)
		return TIME_MFF;
	return c->kind == SERVER_VSFTPD ? TIME_MDTM : TIME_UTIME;
}

/* Several questions may be out: only the first refusal moves on. */
static void
try_next(const struct mtime *m)
{
	struct quirks *q = m->conn->quirks;

	if (q->time != m->means)
		return;
	q->time = q->time == TIME_MFMT ? TIME_UTIME : q->time + 1;
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
	m->done = r->code / 100 == 2 && r->code != 202;
	m->code = r->code;
	/* What is a name in the one order of words is a time in the other. */
	if (!m->done && (is_unknown(r->code) || r->code == 202 ||
	    (m->means == TIME_UTIME && r->code / 100 == 5)))
		try_next(m);
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
	if (r == NULL)
		return;
	known = reply_mdtm(r, &ts, &sub) == 0;
	m->done = known && ts.tv_sec == m->t && m->code / 100 == 2;
	/*
	 * A server that only reads times takes this one for a name; the time
	 * may have been right before.
	 */
	if ((known && !m->done) || is_unknown(m->code))
		try_next(m);
}

static int
ask_mdtm(struct mtime *m, const char *path, const char *when,
    struct err *err)
{
	struct control *k = m->conn->control;

	if (control_send_for(k, note_claim, m, err, "MDTM %s %s", when,
	    path) != 0)
		return -1;
	m->asked++;
	if (control_send_for(k, note_time, m, err, "MDTM %s", path) != 0)
		return -1;
	m->asked++;
	return 0;
}

int
mtime_ask(struct mtime *m, struct conn *c, const char *path, time_t t,
    struct err *err)
{
	char when[FTP_TIME_MAX];
	int rc = -1;

	memset(m, 0, sizeof(*m));
	m->conn = c;
	m->t = t;
	if (c->quirks->time == TIME_UNTRIED)
		c->quirks->time = first_means(c);
	m->means = c->quirks->time;
	clock_format_ftp(t, when, sizeof(when));
	switch (m->means) {
	case TIME_UNTRIED:
	case TIME_NO_MEANS:
		return 0;
	case TIME_MDTM:
		return ask_mdtm(m, path, when, err);
	case TIME_MFMT:
		rc = control_send_for(c->control, note_set, m, err,
		    "MFMT %s %s", when, path);
		break;
	case TIME_MFF:
		rc = control_send_for(c->control, note_set, m, err,
		    "MFF modify=%s; %s", when, path);
		break;
	case TIME_UTIME:
		rc = control_send_for(c->control, note_set, m, err,
		    "SITE UTIME %s %s %s %s UTC", path, when, when, when);
		break;
	case TIME_UTIME_FIRST:
		rc = control_send_for(c->control, note_set, m, err,
		    "SITE UTIME %s %s", when, path);
		break;
	}
	if (rc == 0)
		m->asked++;
	return rc;
}

int
mtime_set(struct conn *c, const char *path, time_t t, struct err *err)
{
	struct mtime m;

	do {
		if (mtime_ask(&m, c, path, t, err) != 0)
			return -1;
		if (m.asked > 0 &&
		    control_settle(c->control, conn_soon(c), err) != 0)
			return -1;
	} while (!m.done && c->quirks->time != m.means &&
	    c->quirks->time != TIME_NO_MEANS);
	return m.done ? 1 : 0;
}
