/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ftp/mtime.h"

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

int
mtime_send(struct conn *c, const char *path, time_t t, struct err *err)
{
	struct control *k = c->control;
	char when[FTP_TIME_MAX];
	int rc = -1;

	if (c->quirks->time == TIME_UNTRIED)
		c->quirks->time = first_means(c);
	clock_format_ftp(t, when, sizeof(when));
	switch (c->quirks->time) {
	case TIME_UNTRIED:
	case TIME_NO_MEANS:
		return 0;
	case TIME_MFMT:
		rc = control_send(k, err, "MFMT %s %s", when, path);
		break;
	case TIME_MFF:
		rc = control_send(k, err, "MFF modify=%s; %s", when, path);
		break;
	case TIME_UTIME:
		rc = control_send(k, err, "SITE UTIME %s %s %s %s UTC", path,
		    when, when, when);
		break;
	case TIME_MDTM:
		rc = control_send(k, err, "MDTM %s %s", when, path);
		if (rc == 0)
			rc = control_send(k, err, "MDTM %s", path);
		break;
	}
	return rc == 0 ? 1 : -1;
}

/* Replies that mean "unknown here", not "not this file". */
static bool
is_unknown(int code)
{
	return code == 500 || code == 501 || code == 502 || code == 504;
}

static void
try_next(struct quirks *q)
{
	q->time = q->time == TIME_MFMT || q->time == TIME_MFF ? TIME_UTIME :
	    q->time == TIME_UTIME ? TIME_MDTM : TIME_NO_MEANS;
}

int
mtime_read(struct conn *c, time_t t, struct err *err)
{
	struct timespec ts;
	struct reply *r;
	bool done, sub;
	int code;

	if (control_reply(c->control, conn_soon(c), &r, err) != 0)
		return -1;
	code = r->code;
	done = code / 100 == 2;
	if (c->quirks->time == TIME_MDTM) {
		if (control_reply(c->control, conn_soon(c), &r, err) != 0)
			return -1;
		done = reply_mdtm(r, &ts, &sub) == 0 && ts.tv_sec == t;
		/* A server that only reads takes the time for a name: 550. */
		if (!done)
			code = 500;
	}
	if (!done && is_unknown(code))
		try_next(c->quirks);
	return done ? 1 : 0;
}

int
mtime_set(struct conn *c, const char *path, time_t t, struct err *err)
{
	enum time_means tried;
	int rc;

	do {
		if ((rc = mtime_send(c, path, t, err)) <= 0)
			return rc;
		tried = c->quirks->time;
		rc = mtime_read(c, t, err);
	} while (rc == 0 && c->quirks->time != tried);
	return rc;
}
