/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a session can learn of one name. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/path.h"
#include "ftp/answers.h"
#include "ftp/conn.h"
#include "ftp/lister.h"
#include "ftp/session.h"
#include "ftp/session_in.h"
#include "listing/parser.h"

/* 1, 0, -1; 2: that was no answer. */
static int
stat_mlst(struct session *s, const char *full, struct listing *out,
    struct err *err)
{
	struct reply *r;

	if (session_command(s, &r, NULL, err, "MLST", full) != 0)
		return -1;
	if (r->code / 100 == 2)
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
	while ((rc = refine_once(s, full, e, err)) < 0 &&
	    session_again(s, "SIZE", err))
		err_clear(err);
	session_try_end(s);
	return rc;
}

static int
stat_root(struct listing *out, struct err *err)
{
	return parser_mlst("type=dir; .", out, err) == 0 ? 1 : -1;
}

/* By the listing of the directory it is in. */
static int
stat_listed(struct session *s, const char *full, struct listing *out,
    struct err *err)
{
	const struct entry *found;
	char *dir;
	int rc;

	if (path_base(full)[0] == '\0')
		return stat_root(out, err);
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
session_stat(struct session *s, const char *path, struct listing *out,
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
		rc = stat_mlst(s, full, out, err);
	if (rc == 1)
		rc = refine(s, full, &out->entry[0], err);
	if (rc == 2) {
		listing_release(out);
		rc = stat_listed(s, full, out, err);
	}
	if (rc != 1)
		listing_release(out);
	free(full);
	return rc;
}
