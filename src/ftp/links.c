/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ftp/links.h"

#include <stdlib.h>
#include <string.h>

#include "base/fold.h"
#include "base/mem.h"
#include "base/path.h"
#include "ftp/conn.h"
#include "ftp/listway.h"
#include "ftp/session.h"
#include "ftp/session_in.h"
#include "ftp/status.h"

/* Entries of a directory that is listed over the control connection. */
enum { STAT_MAX = 400 };

static bool
lacks_targets(const struct listing *l)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		if (l->entry[i].type == 'l' && l->entry[i].target == NULL)
			return true;
	return false;
}

/*
 * ProFTPD's MLSD tells where a link leads, not what is in it, and leaves out
 * those that lead nowhere; its STAT is ls, and needs no data connection.
 */
static int
links_by_stat(struct session *s, const char *full, struct listing *out,
    struct err *err)
{
	struct err refused = ERR_INIT;
	struct conn *c = session_conn(s, err);

	memset(out, 0, sizeof(*out));
	if (c == NULL || status_list(c, &full, 1, true, out, &refused,
	    err) != 0)
		return -1;
	if (refused.kind == ERR_NONE)
		return 0;
	*err = refused;
	return -1;
}

/*
 * ProFTPD's MLSD resolves targets from the current directory, not from the
 * link's: better none than a wrong one.
 */
static void
forget_targets(struct listing *l)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		l->entry[i].target = NULL;
}

/* CWD to path, and where that led: the caller frees it; NULL if nowhere. */
static char *
read_where(struct conn *c, struct err *err)
{
	struct reply *r;
	char *where = NULL;
	int code;

	if (control_reply(c->control, conn_soon(c), &r, err) != 0)
		return NULL;
	code = r->code;
	if (control_reply(c->control, conn_soon(c), &r, err) != 0)
		return NULL;
	if (reply_class(code) == 2)
		(void)reply_path(r, &where);
	return where;
}

/* Whether a link leads to the directory that it is in, or to that one's. */
static int
ask_dots(struct session *s, const char *dir, struct entry *e,
    struct err *err)
{
	char *path = path_join(dir, e->name), *here = NULL, *there = NULL;
	char *parent = NULL;
	struct conn *c = session_conn(s, err);
	int rc = -1;

	if (c == NULL)
		goto out;
	free(c->cwd);
	c->cwd = NULL;
	if (control_send_path(c->control, err, "CWD", dir) != 0 ||
	    control_send(c->control, err, "PWD") != 0 ||
	    control_send_path(c->control, err, "CWD", path) != 0 ||
	    control_send(c->control, err, "PWD") != 0)
		goto out;
	here = read_where(c, err);
	if (err->kind == ERR_NONE)
		there = read_where(c, err);
	if (err->kind != ERR_NONE)
		goto out;
	rc = 0;
	if (here == NULL || there == NULL)
		goto out;
	parent = path_dir(here);
	if (strcmp(there, here) == 0)
		e->target = ".";
	else if (strcmp(there, parent) == 0)
		e->target = "..";
out:
	free(path);
	free(here);
	free(there);
	free(parent);
	return rc;
}

/*
 * What ProFTPD's STAT leaves out and its MLSD tells of points to ".", "..",
 * "./" or "../"; a link's size is the length of its target.
 */
static int
find_dots(struct session *s, const char *full, struct listing *l,
    struct err *err)
{
	struct entry *e;
	size_t i;

	if (!server_has(s->server, TRAIT_STAT_LEAVES_OUT))
		return 0;
	for (i = 0; i < l->n; i++) {
		e = &l->entry[i];
		if (e->type != 'l' || e->target != NULL || e->size < 1 ||
		    e->size > 3)
			continue;
		err_clear(err);
		while (ask_dots(s, full, e, err) != 0) {
			if (!session_again(s, "STAT", err))
				return -1;
			err_clear(err);
		}
	}
	return 0;
}

static int
links_by_list(struct session *s, const char *full, struct listing *out,
    struct err *err)
{
	memset(out, 0, sizeof(*out));
	return session_connect(s, err) != 0 ? -1 :
	    listway_list(s, full, true, out, err);
}

/*
 * The n names once more; half of them would be worse than none.  ProFTPD's
 * STAT takes 0.2 ms a line: four round trips are soon less.
 */
static int
links_of(struct session *s, const char *full, size_t n, struct listing *out,
    struct err *err)
{
	int rc;

	rc = server_has(s->server, TRAIT_STAT_LEAVES_OUT) &&
	    server_has(s->server, TRAIT_SLASHES) && n <= STAT_MAX ?
	    links_by_stat(s, full, out, err) :
	    links_by_list(s, full, out, err);
	if (rc == 0)
		rc = listing_check(out, err);
	if (rc != 0)
		listing_release(out);
	return rc;
}

int
links_add(struct session *s, const char *path, struct listing *out,
    struct err *err)
{
	struct listing links;
	struct err why = ERR_INIT;
	char *full;
	int rc;

	if (!out->by_mlsd || !(server_has(s->server, TRAIT_MLSD_NO_LINKS) ||
	    lacks_targets(out)))
		return 0;
	if (server_has(s->server, TRAIT_MLSD_RESOLVES))
		forget_targets(out);
	full = session_path(s, path);
	session_try_begin(s);
	do {
		rc = links_of(s, full, out->n, &links, &why);
	} while (rc == -1 && session_again(s, "STAT", &why));
	if (rc == 0) {
		listing_take_links(out, &links);
		rc = find_dots(s, full, out, &why);
	} else if (why.kind == ERR_REFUSED)
		observe_warning(s->obs, "%s: cannot tell %s: %s", path,
		    lacks_targets(out) ? "where symbolic links point to" :
		    "symbolic links from what they point to", why.msg);
	session_try_end(s);
	free(full);
	if (rc != 0 && why.kind != ERR_REFUSED) {
		*err = why;
		return -1;
	}
	return 0;
}

/*
 * By LIST, which tells links from directories where an MLSD (pyftpdlib's)
 * does not, and shows those that lead nowhere (ProFTPD's MLSD does not): 1;
 * 0: the server refuses, so that there is no more to be known; -1.
 */
static int
list_plain(struct session *s, const char *full, struct listing *out,
    struct err *err)
{
	int rc;

	session_try_begin(s);
	while ((rc = links_by_list(s, full, out, err)) == -1 &&
	    session_again(s, "LIST", err))
		err_clear(err);
	session_try_end(s);
	if (rc == 0 && out->gap > GAP_DOUBT)
		return listing_check(out, err);
	if (rc == 0)
		return 1;
	if (err->kind != ERR_REFUSED)
		return -1;
	err_clear(err);
	return 0;
}

/* Whether LIST may lack it since it begins with a dot, and for that alone. */
static bool
is_hidden(const struct listing *plain, const char *name)
{
	return name[0] == '.' && !plain->dotfiles;
}

int
links_mark(struct session *s, const char *path, struct listing *l,
    struct err *err)
{
	const struct entry *e;
	struct listing plain;
	size_t i, shown = 0;
	char *full;
	int rc;

	if (!l->by_mlsd)
		return 0;
	full = session_path(s, path);
	rc = list_plain(s, full, &plain, err);
	for (i = 0; rc > 0 && i < l->n; i++)
		shown += !is_hidden(&plain, l->entry[i].name);
	for (i = 0; rc > 0 && i < l->n; i++) {
		e = listing_find(&plain, l->entry[i].name);
		if (e != NULL && e->type == 'l')
			l->entry[i].type = 'l';
		/* Cut short: it may be a link, and is not to be entered. */
		else if (e == NULL && plain.n < shown &&
		    l->entry[i].type == 'd' &&
		    !is_hidden(&plain, l->entry[i].name))
			l->entry[i].type = '?';
	}
	if (rc > 0)
		listing_take_links(l, &plain);
	listing_release(&plain);
	free(full);
	return rc < 0 ? -1 : 0;
}

/* By its name, or by one that the server may take for the same. */
static const struct entry *
find_like(const struct listing *l, const char *name)
{
	const struct entry *e = listing_find(l, name);
	size_t i;

	if (e != NULL)
		return e;
	for (i = 0; i < l->n && (e == NULL || e->type != 'l'); i++)
		if (fold_between(name, l->entry[i].name) != FOLD_OTHER)
			e = &l->entry[i];
	return e;
}

int
links_is_link(struct session *s, const char *full, struct err *err)
{
	char *dir = path_dir(full);
	const struct entry *e;
	struct listing l;
	int rc;

	rc = list_plain(s, dir, &l, err);
	if (rc == 1) {
		e = find_like(&l, path_base(full));
		rc = e != NULL && e->type == 'l';
		if (e == NULL && !is_hidden(&l, path_base(full)))
			rc = 2;
	}
	listing_release(&l);
	free(dir);
	return rc;
}
