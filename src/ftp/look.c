/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ftp/look.h"

#include <stdlib.h>
#include <string.h>

#include "base/path.h"
#include "ftp/answers.h"
#include "ftp/conn.h"
#include "ftp/files.h"
#include "ftp/folders.h"
#include "ftp/lister.h"
#include "ftp/session_in.h"
#include "ftp/survey.h"
#include "listing/parser.h"

/* 1, 0, -1; 2: that was no answer. */
static int
by_mlst(struct session *s, const char *full, struct listing *out,
    struct err *err)
{
	struct reply *r;

	if (session_command(s, &r, NULL, err, "MLST", full) != 0)
		return -1;
	if (reply_class(r->code) == 2)
		return answers_mlst(r, full, out, err);
	if (r->code == 550 || r->code == 553)
		return 0;
	if (r->code >= 500 && r->code <= 504) {
		server_deny(s->server, TRAIT_MLST, r);
		return 2;
	}
	return reply_error(r, err, "%s", full);
}

static int
refine_once(struct session *s, const char *full, struct entry *e,
    struct err *err)
{
	struct conn *c = session_conn(s, err);
	struct timespec ts;
	struct reply *r;
	int64_t size;
	bool sub;

	if (c == NULL ||
	    control_send_path(c->control, err, "SIZE", full) != 0 ||
	    control_send_path(c->control, err, "MDTM", full) != 0 ||
	    control_reply(c->control, conn_soon(c), &r, err) != 0)
		return -1;
	if (reply_size(r, &size) == 0)
		e->size = size;
	if (control_reply(c->control, conn_soon(c), &r, err) != 0)
		return -1;
	if (e->precision < PRECISION_SECOND &&
	    reply_mdtm(r, &ts, &sub) == 0) {
		e->mtime = ts;
		e->precision = sub ? PRECISION_SUB : PRECISION_SECOND;
	}
	return 1;
}

/* SIZE and MDTM in one flight, for a file that is not told of exactly. */
static int
refine(struct session *s, const char *full, struct entry *e,
    struct err *err)
{
	int rc;

	if (e->type != 'f' || (e->size >= 0 &&
	    e->precision >= PRECISION_SECOND))
		return 1;
	session_try_begin(s);
	while ((rc = refine_once(s, full, e, err)) == -1 &&
	    session_again(s, "SIZE", err))
		err_clear(err);
	session_try_end(s);
	return rc;
}

static int
the_root(struct listing *out, struct err *err)
{
	return parser_mlst("type=dir; .", out, err) == 0 ? 1 : -1;
}

/* By the listing of the directory it is in. */
static int
by_listing(struct session *s, const char *full, struct listing *out,
    struct err *err)
{
	const struct entry *found;
	char *dir;
	int rc;

	if (path_base(full)[0] == '\0')
		return the_root(out, err);
	dir = path_dir(full);
	rc = lister_list(s, dir, LIST_WHOLE, 0, out, err);
	free(dir);
	found = listing_find(out, path_base(full));
	if (found == NULL)
		return rc == 0 || err->code == 550 ? 0 : -1;
	err_clear(err);
	out->entry[0] = *found;
	out->n = 1;
	return refine(s, full, &out->entry[0], err);
}

int
look_one(struct session *s, const char *path, struct listing *out,
    struct err *err)
{
	char *full;
	int rc = 2;

	memset(out, 0, sizeof(*out));
	if (session_connect(s, err) != 0)
		return -1;
	full = session_path(s, path);
	if (server_has(s->server, TRAIT_MLST) &&
	    s->site->set.listing != LISTING_LIST)
		rc = by_mlst(s, full, out, err);
	if (rc == 1)
		rc = refine(s, full, &out->entry[0], err);
	if (rc == 2) {
		listing_release(out);
		rc = by_listing(s, full, out, err);
	}
	if (rc != 1)
		listing_release(out);
	free(full);
	return rc;
}

int
look_unlisted(struct session *s, const char *path, struct err *err)
{
	int64_t size;
	int rc;

	rc = files_size(s, path, &size, err);
	if (rc != 0)
		return rc > 0 ? 'f' : -1;
	rc = folders_has(s, path, err);
	return rc > 0 ? 'd' : rc;
}

bool
look_is_gone(struct session *s, const char *path)
{
	struct err ignored = ERR_INIT;
	struct listing l;
	int rc;

	rc = look_one(s, path, &l, &ignored);
	listing_release(&l);
	return rc == 0 && look_unlisted(s, path, &ignored) == 0;
}

static int
send_both(struct control *c, const char *full, struct err *err)
{
	int rc = control_send_path(c, err, "SIZE", full);

	return rc != 0 ? rc : control_send_path(c, err, "MDTM", full);
}

struct look {
	struct entry *entry;
	int *found;
};

/* Takes both answers; a size makes it a file, for all else found is 0. */
static void
take_both(void *ctx, size_t i, struct conn *c, struct err *err)
{
	struct look *look = ctx;
	struct entry *e = &look->entry[i];
	struct timespec ts;
	struct reply *r;
	bool sub;

	*e = (struct entry){ .type = 'f', .size = -1, .mode = -1 };
	if (control_reply(c->control, conn_soon(c), &r, err) != 0)
		return;
	/* No file has 20 TB and the size of a date: that is MDTM's answer. */
	look->found[i] = reply_size(r, &e->size) == 0 &&
	    reply_mdtm(r, &ts, &sub) != 0;
	if (control_reply(c->control, conn_soon(c), &r, err) != 0)
		return;
	if (reply_mdtm(r, &e->mtime, &sub) == 0)
		e->precision = sub ? PRECISION_SUB : PRECISION_SECOND;
}

/* One that gave no size: a directory, nothing, or who knows. */
static int
look_closer(struct session *s, const char *path, struct entry *e,
    struct err *err)
{
	struct listing l;
	int rc;

	rc = look_one(s, path, &l, err);
	if (rc == 1)
		*e = (struct entry){ .type = l.entry[0].type, .size = -1,
		    .mode = -1 };
	if (rc == 1 && e->type == 'f') {
		e->size = l.entry[0].size;
		e->mtime = l.entry[0].mtime;
		e->precision = l.entry[0].precision;
	}
	listing_release(&l);
	if (rc == 0 && (rc = folders_has(s, path, err)) == 1)
		*e = (struct entry){ .type = 'd', .size = -1, .mode = -1 };
	/* What may not be looked at, nor listed, may yet be fetched. */
	if (rc != 1 && err->kind == ERR_REFUSED) {
		*e = (struct entry){ .type = '?', .size = -1, .mode = -1 };
		rc = 1;
	}
	if (rc == 1)
		err_clear(err);
	return rc;
}

int
look_many(struct session *s, const char *const *path, size_t n,
    struct entry *entry, int *found, struct err *err)
{
	struct look look = { .entry = entry, .found = found };
	const struct survey v = {
		.verb = "SIZE", .most = SURVEY_MAX / 2, .send = send_both,
		.take = take_both, .ctx = &look,
	};
	size_t i;

	if (survey_run(s, &v, path, n, err) != 0)
		return -1;
	for (i = 0; i < n; i++)
		if (found[i] == 0 && (found[i] = look_closer(s, path[i],
		    &entry[i], err)) < 0)
			return -1;
	return 0;
}
