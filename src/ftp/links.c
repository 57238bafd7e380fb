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

int
session_list_links(struct session *s, const char *path, struct listing *out,
    struct err *err)
{
	struct listing links;
	struct err why = ERR_INIT;
	char *full;
	int rc;

	if (session_list(s, path, out, err) != 0)
		return -1;
	if (!out->by_mlsd || !(s->conn->kind == SERVER_PROFTPD ||
	    s->conn->kind == SERVER_PYFTPDLIB || lacks_targets(out)))
		return 0;
	full = session_path(s, path);
	if (s->conn->kind == SERVER_PROFTPD)
		rc = links_by_stat(s, full, &links, &why);
	else
		rc = session_list_plain(s, full, &links, &why);
	free(full);
	if (rc == 0)
		listing_take_links(out, &links);
	else
		observe_warning(s->obs, "%s: cannot tell where symbolic links "
		    "point to: %s", path, why.msg);
	listing_release(&links);
	return 0;
}
