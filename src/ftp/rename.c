/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ftp/rename.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/path.h"
#include "ftp/files.h"
#include "ftp/folders.h"
#include "ftp/look.h"
#include "ftp/removal.h"
#include "ftp/session_in.h"

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
	if (folders_leave(s, from, err) != 0 ||
	    control_send_path(c->control, err, "RNFR", from) != 0 ||
	    control_send_path(c->control, err, "RNTO", to) != 0 ||
	    control_reply(c->control, conn_soon(c), &r, err) != 0)
		return -1;
	if (r->code != 350)
		reply_error(r, &first, "rename");
	if (control_reply(c->control, conn_soon(c), &r, err) != 0)
		return -1;
	if (reply_class(r->code) == 2)
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
	int new;

	if (!look_is_gone(s, from))
		return false;
	new = look_one(s, to, &l, &err);
	listing_release(&l);
	return new == 1;
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

	rc = look_one(s, path, &l, &ignored);
	has = rc == 1 && l.entry[0].type != 'd';
	listing_release(&l);
	return has || (rc == 0 && hidden &&
	    files_size(s, path, &size, &ignored) == 1 &&
	    folders_has(s, path, &ignored) == 0);
}

/* Whether from may take the place of a file: no directory can. */
static bool
may_replace(struct session *s, const char *from)
{
	struct err ignored = ERR_INIT;

	return path_is_part(from) || folders_has(s, from, &ignored) == 0;
}

/* The new one is in its place: what is left of the old one is no failure. */
static void
remove_aside(struct session *s, const char *aside, const char *to)
{
	struct err err = ERR_INIT;

	if (removal_file(s, aside, &err) != 0)
		observe_warning(s->obs, "%s: replaced, but the old file could "
		    "not be deleted: it is now called %s: %s", to,
		    path_base(aside), err.msg);
}

/* The old one is aside: the new one in, or else the old one back. */
static int
move_in(struct session *s, const char *from, const char *aside,
    const char *to, struct err *err)
{
	struct err ignored = ERR_INIT;

	if (rename_retried(s, from, to, err) == 0) {
		remove_aside(s, aside, to);
		return 0;
	}
	if (rename_retried(s, aside, to, &ignored) != 0)
		err_append(err, "; the old file is now called %s",
		    path_base(aside));
	return -1;
}

/*
 * Where the server refuses to rename onto an existing name: the old one
 * aside, the new one in, the old one deleted; each undone if the next fails.
 * A cancel does not come between.  0, 1 there is no old one that could be
 * moved, -1.
 */
static int
rename_by_way(struct session *s, const char *from, const char *to,
    bool refused, struct err *err)
{
	struct err why = ERR_INIT;
	char *aside;
	int rc;

	if (!has_file(s, to, refused) || !may_replace(s, from))
		return 1;
	aside = path_aside(to);
	session_see_through(s, true);
	rc = rename_retried(s, to, aside, &why);
	if (rc == 0) {
		err_clear(err);
		rc = move_in(s, from, aside, to, err);
	} else {
		/* "Exists" is what the server always says; not the reason. */
		*err = why;
		if (rc > 0)
			err_append(err, "; the old file can neither be "
			    "replaced nor moved aside");
		else
			err_append(err, "; the old file may now be called %s",
			    path_base(aside));
	}
	session_see_through(s, false);
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
rename_path(struct session *s, const char *from, const char *to,
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
