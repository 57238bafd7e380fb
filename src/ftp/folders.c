/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ftp/folders.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/path.h"
#include "base/strvec.h"
#include "ftp/session_in.h"

int
folders_has(struct session *s, const char *path, struct err *err)
{
	char *full = session_full(s, path, err);
	struct reply *r;
	int rc;

	if (full == NULL)
		return -1;
	rc = session_command(s, &r, NULL, err, "CWD", full);
	if (rc == 0) {
		rc = reply_class(r->code) == 2 ? 1 : 0;
		if (rc == 1) {
			free(s->conn->cwd);
			s->conn->cwd = xstrdup(full);
		}
	}
	free(full);
	return rc;
}

int
folders_where(struct session *s, const char *path, char **where,
    struct err *err)
{
	struct reply *r;
	int rc;

	*where = NULL;
	rc = folders_has(s, path, err);
	if (rc != 1)
		return rc;
	if (session_command(s, &r, NULL, err, "PWD", NULL) != 0)
		return -1;
	(void)reply_path(r, where);
	return 1;
}

int
folders_make(struct session *s, const char *path, struct err *err)
{
	char *full = session_full(s, path, err);
	bool again = false;
	struct reply *r;
	struct err said = ERR_INIT;
	int rc;

	if (full == NULL)
		return -1;
	rc = session_command(s, &r, &again, err, "MKD", full);
	if (rc == 0 && reply_class(r->code) != 2) {
		rc = reply_error(r, &said, "%s", path);
		if (again && folders_has(s, full, err) == 1)
			rc = 0;
		else
			*err = said;
	}
	free(full);
	return rc;
}

static void
ignore_reply(void *ctx, const struct reply *r)
{
	(void)ctx;
	(void)r;
}

static int
send_mode(struct control *c, const char *path, int mode, struct err *err)
{
	char verb[32];

	snprintf(verb, sizeof(verb), "SITE CHMOD %03o", (unsigned)mode);
	return control_send_path_for(c, ignore_reply, NULL, err, verb, path);
}

int
folders_make_many(struct session *s, const char *const *path,
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
		if (reply_class(r->code) != 2)
			reply_error(r, &each[i], "%s", path[i]);
	}
	return 0;
}

/* Another run, or worker, may have been quicker to make it. */
static int
make_unless_there(struct session *s, const char *full, bool *made,
    struct err *err)
{
	struct err said = ERR_INIT;
	int rc;

	*made = folders_make(s, full, &said) == 0;
	if (*made)
		return 0;
	rc = folders_has(s, full, err);
	if (rc == 0)
		*err = said;
	return rc == 1 ? 0 : -1;
}

/* Up to the first directory that is there, then down again. */
int
folders_make_path(struct session *s, const char *path, bool *made,
    struct err *err)
{
	struct strvec missing = STRVEC_INIT;
	bool last = false;
	char *dir, *parent;
	int rc;

	if (session_connect(s, err) != 0)
		return -1;
	dir = session_path(s, path);
	while ((rc = folders_has(s, dir, err)) == 0) {
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
	if (rc < 0)
		return -1;
	err_clear(err);		/* of one that was not shown at first */
	return 0;
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

	if (r != NULL && reply_class(r->code) == 2) {
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
int
folders_leave(struct session *s, const char *full, struct err *err)
{
	struct conn *c = s->conn;
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
