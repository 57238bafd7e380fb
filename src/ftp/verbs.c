/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The verbs that change things, and what the server knows of one file. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/path.h"
#include "ftp/conn.h"
#include "ftp/mtime.h"
#include "ftp/session.h"
#include "ftp/session_in.h"

enum { REMOVALS_MAX = 64 };

static void
ignore_reply(void *ctx, const struct reply *r)
{
	(void)ctx;
	(void)r;
}

/* The absolute name, which is known once there is a connection. */
static char *
full_path(struct session *s, const char *path, struct err *err)
{
	return session_connect(s, err) == 0 ? session_path(s, path) : NULL;
}

int
session_is_dir(struct session *s, const char *path, struct err *err)
{
	char *full = full_path(s, path, err);
	struct reply *r;
	int rc;

	if (full == NULL)
		return -1;
	rc = session_command(s, &r, NULL, err, "CWD", full);
	if (rc == 0) {
		rc = r->code / 100 == 2 ? 1 : 0;
		if (rc == 1) {
			free(s->conn->cwd);
			s->conn->cwd = xstrdup(full);
		}
	}
	free(full);
	return rc;
}

int
session_where(struct session *s, const char *path, char **where,
    struct err *err)
{
	struct reply *r;
	int rc;

	*where = NULL;
	rc = session_is_dir(s, path, err);
	if (rc != 1)
		return rc;
	if (session_command(s, &r, NULL, err, "PWD", NULL) != 0)
		return -1;
	if (r->code == 257)
		(void)reply_path(r, where);
	return 1;
}

int
session_mkdir(struct session *s, const char *path, struct err *err)
{
	char *full = full_path(s, path, err);
	bool again = false;
	struct reply *r;
	struct err said = ERR_INIT;
	int rc;

	if (full == NULL)
		return -1;
	rc = session_command(s, &r, &again, err, "MKD", full);
	if (rc == 0 && r->code / 100 != 2) {
		rc = reply_error(r, &said, "%s", path);
		if (again && session_is_dir(s, full, err) == 1)
			rc = 0;
		else
			*err = said;
	}
	free(full);
	return rc;
}

static int
send_mode(struct control *c, const char *path, int mode, struct err *err)
{
	char verb[32];

	snprintf(verb, sizeof(verb), "SITE CHMOD %03o", (unsigned)mode);
	return control_send_path_for(c, ignore_reply, NULL, err, verb, path);
}

int
session_mkdir_many(struct session *s, const char *const *path,
    const int *mode, size_t n, struct err *each, struct err *err)
{
	struct conn *c = session_conn(s, err);
	struct reply *r;
	size_t i;

	if (c == NULL)
		return -1;
	for (i = 0; i < n; i++)
		if (control_send_path(c->control, err, "MKD", path[i]) != 0 ||
		    (mode[i] >= 0 && server_has(s->server, TRAIT_CHMOD) &&
		    send_mode(c->control, path[i], mode[i], err) != 0))
			return -1;
	for (i = 0; i < n; i++) {
		if (control_reply(c->control, conn_soon(c), &r, err) != 0)
			return -1;
		if (r->code / 100 != 2)
			reply_error(r, &each[i], "%s", path[i]);
	}
	s->used = clock_ms();
	return 0;
}

/* Another run, or worker, may have been quicker to make it. */
static int
make_unless_there(struct session *s, const char *full, bool *made,
    struct err *err)
{
	struct err said = ERR_INIT;
	int rc;

	*made = session_mkdir(s, full, &said) == 0;
	if (*made)
		return 0;
	rc = session_is_dir(s, full, err);
	if (rc == 0)
		*err = said;
	return rc == 1 ? 0 : -1;
}

/* Up to the first directory that is there, then down again. */
int
session_mkdir_p(struct session *s, const char *path, bool *made,
    struct err *err)
{
	struct strvec missing = STRVEC_INIT;
	bool last = false;
	char *dir, *parent;
	int rc;

	if (session_connect(s, err) != 0)
		return -1;
	dir = session_path(s, path);
	while ((rc = session_is_dir(s, dir, err)) == 0) {
		parent = path_dir(dir);
		strvec_take(&missing, dir);
		dir = parent;
		if (strcmp(dir, "/") == 0 || strcmp(dir, ".") == 0)
			break;
	}
	free(dir);
	while (rc >= 0 && missing.n > 0) {
		rc = make_unless_there(s, missing.v[missing.n - 1], &last,
		    err);
		free(missing.v[--missing.n]);
	}
	strvec_release(&missing);
	if (made != NULL)
		*made = last;
	return rc < 0 ? -1 : 0;
}

/* Where a CWD that nobody waits for leads. */
struct leaving {
	struct conn *conn;
	char *to;
};

static void
note_left(void *ctx, const struct reply *r)
{
	struct leaving *l = ctx;

	if (r != NULL && r->code / 100 == 2) {
		free(l->conn->cwd);
		l->conn->cwd = l->to;
		l->to = NULL;
	}
	free(l->to);
	free(l);
}

/*
 * A server may refuse to remove the directory that the session is in, where
 * listing it or what is below it led.
 */
static int
leave(struct conn *c, const char *full, struct err *err)
{
	struct leaving *l;

	if (c->cwd == NULL || !path_is_below(c->cwd, full))
		return 0;
	l = xcalloc(1, sizeof(*l));
	l->conn = c;
	l->to = path_dir(full);
	free(c->cwd);
	c->cwd = NULL;
	if (control_send_path_for(c->control, note_left, l, err, "CWD",
	    l->to) == 0)
		return 0;
	free(l->to);
	free(l);
	return -1;
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
			rc = leave(c, full, err);
		if (rc == 0)
			rc = control_send_path(c->control, err,
			    r->is_dir ? "RMD" : "DELE", full);
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
	r->done = reply->code / 100 == 2;
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
	s->used = clock_ms();
	return 0;
}

/*
 * Somebody may have it open for a moment.  451 and 452 are trouble that does
 * not end in one.
 */
static bool
is_busy(const struct err *err)
{
	return err->kind == ERR_REFUSED && err->code >= 400 &&
	    err->code < 500 && err->code != 451 && err->code != 452;
}

static struct removal *
find_busy(struct removal *r, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!r[i].done && is_busy(&r[i].err))
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
		if (!session_again(s, busy->is_dir ? "RMD" : "DELE", &why))
			break;
		for (i = 0; i < n && rc == 0; i++)
			if (!r[i].done && is_busy(&r[i].err))
				rc = removal_flight(s, &r[i], 1, err);
	}
	session_try_end(s);
	return rc;
}

int
session_remove(struct session *s, struct removal *r, size_t n,
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
	struct err ignored = ERR_INIT;
	struct listing found;
	bool lost = false;
	int rc;

	session_try_begin(s);
	while ((rc = session_remove(s, &r, 1, err)) != 0) {
		lost = lost || r.tried;
		if (!session_again(s, NULL, err))
			break;
		err_clear(err);
	}
	session_try_end(s);
	if (rc != 0 || r.done)
		return rc;
	if (lost) {
		r.done = session_stat(s, path, &found, &ignored) == 0;
		listing_release(&found);
	}
	if (r.done)
		return 0;
	*err = r.err;
	return -1;
}

int
session_rmdir(struct session *s, const char *path, struct err *err)
{
	return remove_one(s, path, true, err);
}

void
session_withdraw(struct session *s, const char *path, int64_t ms)
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

int
session_delete(struct session *s, const char *path, struct err *err)
{
	return remove_one(s, path, false, err);
}

/* Where names go bare CWD stands between RNFR and RNTO. */
static int
elsewhere(const struct session *s, const char *from, const char *to,
    struct err *err)
{
	char *a = path_dir(from), *b = path_dir(to);

	if (!server_has(s->server, TRAIT_SLASHES) && strcmp(a, b) != 0) {
		err_clear(err);
		err_set(err, ERR_REFUSED, "this server takes no paths, and "
		    "renames nothing to another directory");
	}
	free(a);
	free(b);
	return 1;
}

/* RNFR and RNTO: 0 done, 1 refused (*err says), -1 the connection failed. */
static int
rename_once(struct session *s, const char *from, const char *to,
    struct err *err)
{
	struct conn *c = session_conn(s, err);
	struct err first = ERR_INIT;
	struct reply *r;

	if (c == NULL)
		return -1;
	if (leave(c, from, err) != 0 ||
	    control_send_path(c->control, err, "RNFR", from) != 0 ||
	    control_send_path(c->control, err, "RNTO", to) != 0 ||
	    control_reply(c->control, conn_soon(c), &r, err) != 0)
		return -1;
	if (r->code != 350)
		reply_error(r, &first, "rename");
	if (control_reply(c->control, conn_soon(c), &r, err) != 0)
		return -1;
	s->used = clock_ms();
	if (r->code / 100 == 2)
		return 0;
	reply_error(r, err, "rename");
	if (first.kind != ERR_NONE)
		*err = first;
	else if (r->code == 503)
		return elsewhere(s, from, to, err);
	return 1;
}

/* After a lost reply: it is done if only the new name is left. */
static bool
was_renamed(struct session *s, const char *from, const char *to)
{
	struct err err = ERR_INIT;
	struct listing l;
	int old, new;

	old = session_stat(s, from, &l, &err);
	listing_release(&l);
	new = session_stat(s, to, &l, &err);
	listing_release(&l);
	return old == 0 && new == 1;
}

static int
rename_retried(struct session *s, const char *from, const char *to,
    struct err *err)
{
	int rc;
	bool lost = false;

	session_try_begin(s);
	for (;;) {
		rc = rename_once(s, from, to, err);
		if (rc != 0 && lost && was_renamed(s, from, to))
			rc = 0;
		if (rc == 0 || !session_again(s, "RNFR", err))
			break;
		lost = lost || rc < 0;
		err_clear(err);
	}
	session_try_end(s);
	return rc;
}

/* Whether a file is there; hidden: also one that listings do not show. */
static bool
has_file(struct session *s, const char *path, bool hidden)
{
	struct err ignored = ERR_INIT;
	struct listing l;
	int64_t size;
	bool has;
	int rc;

	rc = session_stat(s, path, &l, &ignored);
	has = rc == 1 && l.entry[0].type != 'd';
	listing_release(&l);
	return has || (rc == 0 && hidden &&
	    session_size(s, path, &size, &ignored) == 1 &&
	    session_is_dir(s, path, &ignored) == 0);
}

/*
 * Where the server refuses to rename onto an existing name: the old one
 * aside, the new one in, the old one deleted; each undone if the next fails.
 * 0, 1 there is no old one that could be moved, -1.
 */
static int
rename_by_way(struct session *s, const char *from, const char *to,
    bool refused, struct err *err)
{
	struct err ignored = ERR_INIT;
	char *aside;
	int rc;

	if (!has_file(s, to, refused))
		return 1;
	aside = xasprintf("%s.%08x.ftps-part", to, arc4random());
	rc = rename_retried(s, to, aside, &ignored);
	/* "Exists" is what the server always says; this is the reason. */
	if (rc > 0) {
		*err = ignored;
		err_append(err, "; the old file can neither be replaced nor "
		    "moved aside");
	} else if (rc == 0) {
		err_clear(err);
		rc = rename_retried(s, from, to, err);
		if (rc == 0) {
			rc = session_delete(s, aside, err);
		} else if (rename_retried(s, aside, to, &ignored) != 0) {
			err_append(err, "; the old file is now called %s",
			    path_base(aside));
		}
	}
	free(aside);
	return rc == 0 ? 0 : -1;
}

/* Tries, and remembers what that of an existing name came to. */
static int
rename_onto(struct session *s, const char *from, const char *to,
    struct err *err)
{
	struct err said;
	int rc;

	rc = rename_retried(s, from, to, err);
	if (rc <= 0)
		return rc;
	said = *err;
	rc = rename_by_way(s, from, to, true, err);
	if (rc == 0 &&
	    (said.code == 553 || strcasestr(said.msg, "exist") != NULL))
		server_learn(s->server, TRAIT_RENAMES_ONTO, false, PROOF_SEEN,
		    said.msg);
	return rc;
}

int
session_rename(struct session *s, const char *from, const char *to,
    bool replace, struct err *err)
{
	char *a, *b;
	int rc = 1;

	if (session_connect(s, err) != 0)
		return -1;
	a = session_path(s, from);
	b = session_path(s, to);
	if (replace && !server_has(s->server, TRAIT_RENAMES_ONTO))
		rc = rename_by_way(s, a, b, false, err);
	if (rc == 1)
		rc = replace ? rename_onto(s, a, b, err) :
		    rename_retried(s, a, b, err);
	free(a);
	free(b);
	return rc == 0 ? 0 : -1;
}

int
session_chmod(struct session *s, const char *path, int mode, struct err *err)
{
	char *full = full_path(s, path, err), verb[32];
	struct reply *r;
	int rc;

	if (full == NULL)
		return -1;
	snprintf(verb, sizeof(verb), "SITE CHMOD %03o", (unsigned)mode);
	rc = session_command(s, &r, NULL, err, verb, full);
	if (rc == 0 && r->code / 100 != 2) {
		if (r->code == 500 || r->code == 502 || r->code == 504)
			server_deny(s->server, TRAIT_CHMOD, r);
		rc = reply_error(r, err, "%s", path);
	}
	free(full);
	return rc;
}

int
session_symlink(struct session *s, const char *target, const char *path,
    struct err *err)
{
	char *full, *verb;
	struct reply *r;
	bool known;
	int rc;

	if (session_connect(s, err) != 0)
		return -1;
	/* SITE SYMLINK's arguments are split at blanks. */
	known = server_has(s->server, TRAIT_SYMLINK);
	if (!known || strpbrk(target, " \t") != NULL ||
	    strpbrk(path, " \t") != NULL) {
		err_set(err, ERR_REFUSED, !known ?
		    "%s: this server makes no symbolic links" :
		    "%s: SITE SYMLINK knows no names with blanks", path);
		err->code = 502;
		return -1;
	}
	full = session_path(s, path);
	verb = xasprintf("SITE SYMLINK %s", target);
	rc = session_command(s, &r, NULL, err, verb, full);
	free(verb);
	if (rc == 0 && r->code / 100 != 2) {
		rc = reply_error(r, err, "%s", path);
		if (r->code == 500 || r->code == 501 || r->code == 502 ||
		    r->code == 504) {
			server_deny(s->server, TRAIT_SYMLINK, r);
			rc = reply_error(r, err, "%s: this server makes no "
			    "symbolic links", path);
			err->code = 502;
		}
	}
	free(full);
	return rc;
}

int
session_size(struct session *s, const char *path, int64_t *size,
    struct err *err)
{
	char *full = full_path(s, path, err);
	struct reply *r;
	int rc;

	if (full == NULL)
		return -1;
	rc = session_command(s, &r, NULL, err, "SIZE", full);
	if (rc == 0)
		rc = reply_size(r, size) == 0 ? 1 : 0;
	free(full);
	return rc;
}

int
session_sets_times(struct session *s, bool *seen, struct err *err)
{
	enum trait best;

	if (session_connect(s, err) != 0)
		return -1;
	best = mtime_best(s->server);
	*seen = best != TRAITS && server_shown(s->server, best, PROOF_SEEN);
	return best != TRAITS;
}

int
session_mdtm(struct session *s, const char *path, struct timespec *ts,
    enum time_precision *precision, struct err *err)
{
	char *full = full_path(s, path, err);
	struct reply *r;
	bool sub = false;
	int rc;

	if (full == NULL)
		return -1;
	rc = session_command(s, &r, NULL, err, "MDTM", full);
	if (rc == 0) {
		rc = reply_mdtm(r, ts, &sub) == 0 ? 1 : 0;
		*precision = sub ? PRECISION_SUB : PRECISION_SECOND;
	}
	free(full);
	return rc;
}
