/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a session can learn of one name: stat, times, digests. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/path.h"
#include "ftp/answers.h"
#include "ftp/conn.h"
#include "ftp/lister.h"
#include "ftp/mtime.h"
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

int
session_set_mtime(struct session *s, const char *path, time_t t,
    struct err *err)
{
	struct conn *c;
	char *full;
	int rc = -1;

	session_try_begin(s);
	do {
		err_clear(err);
		if ((c = session_conn(s, err)) == NULL)
			break;
		full = session_path(s, path);
		rc = mtime_set(c, full, t, err);
		free(full);
	} while (rc < 0 && session_again(s, "MFMT", err));
	session_try_end(s);
	s->used = clock_ms();
	return rc;
}

/* How a digest can be asked for, best first. */
static const struct {
	unsigned flag;
	enum hash_alg alg;
	const char *verb;
	size_t digits;
} digests[] = {
	{ FEAT_XSHA256, HASH_SHA256, "XSHA256", 64 },
	{ FEAT_XSHA512, HASH_SHA512, "XSHA512", 128 },
	{ FEAT_XSHA1, HASH_SHA1, "XSHA1", 40 },
	{ FEAT_XMD5, HASH_MD5, "XMD5", 32 },
	{ FEAT_XCRC, HASH_CRC32, "XCRC", 8 },
};

enum { DIGESTS = sizeof(digests) / sizeof(digests[0]) };

/* HASH with the best algorithm the server has (draft-bryan-ftpext-hash). */
static int
ask_hash(struct session *s, const char *full, enum hash_alg *alg, char *hex,
    struct err *err)
{
	unsigned have = s->conn->feat.hashes;
	struct reply *r;
	char opts[64];
	size_t i;

	for (i = 0; i < DIGESTS; i++)
		if (have & (1U << digests[i].alg))
			break;
	if (i == DIGESTS)
		return 0;
	snprintf(opts, sizeof(opts), "OPTS HASH %s",
	    hash_name(digests[i].alg));
	if (session_command(s, &r, NULL, err, opts, NULL) != 0 ||
	    session_command(s, &r, NULL, err, "HASH", full) != 0)
		return -1;
	*alg = digests[i].alg;
	return r->code / 100 == 2 &&
	    reply_digest(r, digests[i].digits, hex) == 0;
}

bool
session_gives_digests(const struct session *s)
{
	const struct feat *feat = session_feat(s);
	unsigned all = FEAT_HASH;
	size_t i;

	for (i = 0; i < DIGESTS; i++)
		all |= digests[i].flag;
	return feat != NULL && (feat->flags & all) != 0;
}

int
session_hash(struct session *s, const char *path, enum hash_alg *alg,
    char hex[HASH_HEX_MAX], struct err *err)
{
	struct reply *r;
	char *full;
	size_t i;
	int rc = 0;

	if (session_connect(s, err) != 0)
		return -1;
	full = session_path(s, path);
	if (s->conn->feat.flags & FEAT_HASH)
		rc = ask_hash(s, full, alg, hex, err);
	for (i = 0; rc == 0 && i < DIGESTS; i++) {
		if (!(s->conn->feat.flags & digests[i].flag))
			continue;
		rc = session_command(s, &r, NULL, err, digests[i].verb, full);
		if (rc == 0 && r->code / 100 == 2 &&
		    reply_digest(r, digests[i].digits, hex) == 0) {
			*alg = digests[i].alg;
			rc = 1;
		}
	}
	free(full);
	return rc;
}
