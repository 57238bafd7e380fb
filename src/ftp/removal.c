/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ftp/removal.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "ftp/folders.h"
#include "ftp/look.h"
#include "ftp/retry.h"
#include "ftp/session_in.h"

enum { REMOVALS_MAX = 64 };

static const char *
verb_for(const struct removal *r)
{
	return r->is_dir ? "RMD" : "DELE";
}

/* What cannot be sent fails, and the others go. */
static int
send_removal(struct session *s, struct conn *c, struct removal *r,
    struct err *err)
{
	char *full = session_path(s, r->path);
	int rc = 0;

	r->tried = false;
	if (control_check(full, &r->err) == 0) {
		if (r->is_dir)
			rc = folders_leave(s, full, err);
		if (rc == 0)
			rc = control_send_path(c->control, err, verb_for(r),
			    full);
		r->tried = rc == 0;
	}
	free(full);
	return rc;
}

static int
read_removal(struct conn *c, struct removal *r, struct err *err)
{
	int64_t deadline = conn_late(c);
	struct reply *reply;

	do {
		if (control_reply(c->control, deadline, &reply, err) != 0)
			return -1;
	} while (reply->code < 200);
	if (reply->code == 421)
		return reply_error(reply, err, "%s", r->path);
	r->tried = false;
	r->done = reply_class(reply->code) == 2;
	if (!r->done)
		reply_error(reply, &r->err, "%s", r->path);
	return 0;
}

/* One flight of those that are not done. */
static int
removal_flight(struct session *s, struct removal *r, size_t n,
    struct err *err)
{
	struct conn *c = session_conn(s, err);
	size_t i;

	if (c == NULL)
		return -1;
	for (i = 0; i < n; i++) {
		err_clear(&r[i].err);
		if (!r[i].done && send_removal(s, c, &r[i], err) != 0)
			return -1;
	}
	for (i = 0; i < n; i++)
		if (r[i].tried && read_removal(c, &r[i], err) != 0)
			return -1;
	return 0;
}

/*
 * Somebody may have it open for a moment.  451 is trouble that does not end in
 * one.
 */
static bool
is_busy(const struct removal *r)
{
	const struct retry_case rc = { .verb = verb_for(r) };

	return !r->done && r->err.kind == ERR_REFUSED && r->err.code != 451 &&
	    retry_kind(&rc, &r->err) != RETRY_NEVER;
}

static struct removal *
find_busy(struct removal *r, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (is_busy(&r[i]))
			return &r[i];
	return NULL;
}

/* The busy ones once more, and only they: others are settled. */
static int
remove_busy(struct session *s, struct removal *r, size_t n, struct err *err)
{
	struct removal *busy;
	struct err why;
	size_t i;
	int rc = 0;

	session_try_begin(s);
	while (rc == 0 && (busy = find_busy(r, n)) != NULL) {
		why = busy->err;
		if (!session_again(s, verb_for(busy), &why))
			break;
		for (i = 0; i < n && rc == 0; i++)
			if (is_busy(&r[i]))
				rc = removal_flight(s, &r[i], 1, err);
	}
	session_try_end(s);
	return rc;
}

int
removal_run(struct session *s, struct removal *r, size_t n,
    struct err *err)
{
	size_t i, some;

	for (i = 0; i < n; i += some) {
		some = n - i < REMOVALS_MAX ? n - i : REMOVALS_MAX;
		if (removal_flight(s, r + i, some, err) != 0 ||
		    remove_busy(s, r + i, some, err) != 0)
			return -1;
	}
	return 0;
}

/* What was done before its answer was lost is done. */
static int
remove_one(struct session *s, const char *path, bool is_dir, struct err *err)
{
	struct removal r = { .path = path, .is_dir = is_dir };
	bool lost = false;
	int rc;

	session_try_begin(s);
	while ((rc = removal_run(s, &r, 1, err)) != 0) {
		lost = lost || r.tried;
		if (!session_again(s, NULL, err))
			break;
		err_clear(err);
	}
	session_try_end(s);
	if (rc != 0 || r.done)
		return rc;
	if (lost && look_is_gone(s, path))
		r.done = true;
	if (r.done)
		return 0;
	*err = r.err;
	return -1;
}

int
removal_dir(struct session *s, const char *path, struct err *err)
{
	return remove_one(s, path, true, err);
}

int
removal_file(struct session *s, const char *path, struct err *err)
{
	return remove_one(s, path, false, err);
}

void
removal_withdraw(struct session *s, const char *path, int64_t ms)
{
	struct err ignored = ERR_INIT;
	struct cancel *before;
	struct control *k;
	struct reply *r;

	if (!session_alive(s))
		return;
	k = s->conn->control;
	before = control_set_cancel(k, NULL);
	if (control_send_path(k, &ignored, "DELE", path) == 0)
		(void)control_reply(k, deadline_in(ms), &r, &ignored);
	control_set_cancel(k, before);
}
