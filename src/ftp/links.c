/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Listings with the targets of symbolic links, which MLSD mostly lacks. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ftp/conn.h"
#include "ftp/list.h"
#include "ftp/session.h"
#include "ftp/session_in.h"
#include "ftp/status.h"

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
	if (c == NULL || status_list(c, &full, 1, out, &refused, err) != 0)
		return -1;
	if (refused.kind == ERR_NONE)
		return 0;
	*err = refused;
	return -1;
}

/*
 * ProFTPD's MLSD resolves targets from the current directory, not from the
 * link's, and its STAT leaves out links to "." and "..": better none than a
 * wrong one.
 */
static void
forget_targets(struct listing *l)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		l->entry[i].target = NULL;
}

/* The same names once more; half of them would be worse than none. */
static int
links_of(struct session *s, const char *full, struct listing *out,
    struct err *err)
{
	int rc;

	rc = s->conn != NULL && s->conn->kind == SERVER_PROFTPD ?
	    links_by_stat(s, full, out, err) :
	    session_list_plain(s, full, out, err);
	if (rc == 0 && !out->complete)
		rc = err_set(err, ERR_VERIFY, "the listing was cut short");
	if (rc != 0)
		listing_release(out);
	return rc;
}

int
session_list_links(struct session *s, const char *path, struct listing *out,
    struct err *err)
{
	struct listing links;
	struct err why = ERR_INIT;
	char *full;
	int rc, tries = 0;

	if (session_list(s, path, out, err) != 0)
		return -1;
	if (!out->by_mlsd || !(s->conn->kind == SERVER_PROFTPD ||
	    s->conn->kind == SERVER_PYFTPDLIB || lacks_targets(out)))
		return 0;
	if (s->conn->kind == SERVER_PROFTPD)
		forget_targets(out);
	full = session_path(s, path);
	do {
		rc = links_of(s, full, &links, &why);
	} while (rc != 0 && session_again(s, &tries, &why));
	free(full);
	if (rc == 0)
		listing_take_links(out, &links);
	else if (why.kind == ERR_REFUSED)
		observe_warning(s->obs, "%s: cannot tell where symbolic links "
		    "point to: %s", path, why.msg);
	listing_release(&links);
	if (rc != 0 && why.kind != ERR_REFUSED) {
		*err = why;
		return -1;
	}
	return 0;
}
