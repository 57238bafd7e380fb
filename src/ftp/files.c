/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ftp/files.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ftp/mtime.h"
#include "ftp/session_in.h"
#include "ftp/survey.h"

int
files_size(struct session *s, const char *path, int64_t *size,
    struct err *err)
{
	char *full = session_full(s, path, err);
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
files_time(struct session *s, const char *path, struct timespec *ts,
    enum time_precision *precision, struct err *err)
{
	char *full = session_full(s, path, err);
	struct reply *r;
	bool sub;
	int rc;

	if (full == NULL)
		return -1;
	rc = session_command(s, &r, NULL, err, "MDTM", full);
	if (rc == 0 && reply_mdtm(r, ts, &sub) == 0) {
		*precision = sub ? PRECISION_SUB : PRECISION_SECOND;
		rc = 1;
	}
	free(full);
	return rc;
}

static int
ask_version(struct session *s, const char *full, int64_t *size,
    struct timespec *mtime, struct err *err)
{
	struct conn *c = session_conn(s, err);
	struct timespec date;
	struct reply *r;
	bool sub;
	int known;

	if (c == NULL ||
	    control_send_path(c->control, err, "SIZE", full) != 0 ||
	    control_send_path(c->control, err, "MDTM", full) != 0 ||
	    control_reply(c->control, conn_soon(c), &r, err) != 0)
		return -1;
	known = reply_size(r, size) == 0;
	if (reply_mdtm(r, &date, &sub) == 0) {
		control_kill(c->control);
		return err_set(err, ERR_PROTOCOL,
		    "answers to SIZE and MDTM are out of step");
	}
	if (reply_class(r->code) == 4)
		reply_error(r, err, "%s", full);
	if (control_reply(c->control, conn_soon(c), &r, err) != 0)
		return -1;
	if (reply_class(r->code) == 4)
		reply_error(r, err, "%s", full);
	if (err->kind != ERR_NONE)
		return -1;
	return known && reply_mdtm(r, mtime, &sub) == 0;
}

int
files_version(struct session *s, const char *full, int64_t *size,
    struct timespec *mtime, struct err *err)
{
	int rc;

	session_try_begin(s);
	while ((rc = ask_version(s, full, size, mtime, err)) == -1 &&
	    session_again(s, "SIZE", err))
		err_clear(err);
	session_try_end(s);
	return rc;
}

static int
send_size(struct control *c, const char *full, struct err *err)
{
	return control_send_path(c, err, "SIZE", full);
}

static void
take_size(void *ctx, size_t i, struct conn *c, struct err *err)
{
	int64_t *size = ctx;
	struct reply *r;

	if (control_reply(c->control, conn_soon(c), &r, err) != 0)
		return;
	if (reply_size(r, &size[i]) != 0)
		size[i] = -1;
	if (r->code == 500 || r->code == 502)
		server_deny(c->server, TRAIT_SIZE, r);
}

int
files_sizes(struct session *s, const char *const *path, size_t n,
    int64_t *size, struct err *err)
{
	const struct survey v = {
		.verb = "SIZE", .most = SURVEY_MAX, .send = send_size,
		.take = take_size, .ctx = size,
	};

	return survey_run(s, &v, path, n, err);
}

static int
send_mdtm(struct control *c, const char *full, struct err *err)
{
	return control_send_path(c, err, "MDTM", full);
}

struct times {
	struct timespec *ts;
	bool *known;
};

static void
take_mdtm(void *ctx, size_t i, struct conn *c, struct err *err)
{
	struct times *times = ctx;
	struct reply *r;
	bool sub;

	if (control_reply(c->control, conn_soon(c), &r, err) != 0)
		return;
	times->known[i] = reply_mdtm(r, &times->ts[i], &sub) == 0;
}

int
files_times(struct session *s, const char *const *path, size_t n,
    struct timespec *ts, bool *known, struct err *err)
{
	struct times times = { .ts = ts, .known = known };
	const struct survey v = {
		.verb = "MDTM", .most = SURVEY_MAX, .send = send_mdtm,
		.take = take_mdtm, .ctx = &times,
	};

	return survey_run(s, &v, path, n, err);
}

int
files_set_time(struct session *s, const char *path, time_t t,
    struct err *err)
{
	char *full;
	int rc = -1;

	session_try_begin(s);
	do {
		err_clear(err);
		if ((full = session_full(s, path, err)) == NULL)
			break;
		rc = mtime_set(s, full, t, err);
		free(full);
	} while (rc == -1 && session_again(s, "MFMT", err));
	session_try_end(s);
	return rc;
}

int
files_sets_times(struct session *s, bool *seen, struct err *err)
{
	enum trait best;

	if (session_connect(s, err) != 0)
		return -1;
	best = mtime_best(s->server);
	*seen = best != TRAITS && server_shown(s->server, best, PROOF_SEEN);
	return best != TRAITS;
}

int
files_set_mode(struct session *s, const char *path, int mode, struct err *err)
{
	char *full = session_full(s, path, err), verb[32];
	struct reply *r;
	int rc;

	if (full == NULL)
		return -1;
	snprintf(verb, sizeof(verb), "SITE CHMOD %03o", (unsigned)mode);
	rc = session_command(s, &r, NULL, err, verb, full);
	if (rc == 0 && reply_class(r->code) != 2) {
		if (r->code == 500 || r->code == 502 || r->code == 504)
			server_deny(s->server, TRAIT_CHMOD, r);
		rc = reply_error(r, err, "%s", path);
	}
	free(full);
	return rc;
}

int
files_symlink(struct session *s, const char *target, const char *path,
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
	if (rc == 0 && reply_class(r->code) != 2) {
		rc = reply_error(r, err, "%s", path);
		if (r->code == 500 || r->code == 501 || r->code == 502 ||
		    r->code == 504) {
			server_deny(s->server, TRAIT_SYMLINK, r);
			reply_error(r, err, "%s: this server makes no "
			    "symbolic links", path);
			err->code = 502;
		}
	}
	free(full);
	return rc;
}
