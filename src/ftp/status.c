/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ftp/status.h"

#include <string.h>

/*
 * The lines of ls in a reply to STAT, without the first and the last.  A file
 * name with a line break could fake the end of the reply; what is behind it
 * then breaks the dialogue, which ends the connection.
 */
static int
parse(const struct reply *r, struct listing *out, struct err *err)
{
	struct list_parser *p = list_parser_new(LIST_LIST, time(NULL));
	const char *line = strchr(r->text.data, '\n'), *end;

	for (; line != NULL && (end = strchr(line + 1, '\n')) != NULL;
	    line = end) {
		line += line[1] == ' ' ? 2 : 1;
		if (list_feed(p, line, (size_t)(end - line), err) != 0 ||
		    list_feed(p, "\r\n", 2, err) != 0) {
			list_parser_free(p);
			return -1;
		}
	}
	if (list_finish(p, out, err) != 0)
		return -1;
	out->complete = true;
	if (!out->self)
		return err_set(err, ERR_REFUSED, "no such directory");
	return 0;
}

int
status_list(struct conn *c, const char *const *path, size_t n,
    struct listing *out, struct err *err, struct err *err_conn)
{
	struct reply *r;
	size_t i;

	memset(out, 0, n * sizeof(*out));
	for (i = 0; i < n; i++) {
		if (control_send(c->control, err_conn, "STAT %s",
		    path[i]) != 0)
			return -1;
		control_reply_max(c->control, REPLY_LISTING_MAX);
	}
	for (i = 0; i < n; i++) {
		if (control_reply(c->control, conn_late(c), &r,
		    err_conn) != 0)
			return -1;
		if (r->code / 100 != 2)
			reply_error(r, &err[i], "STAT");
		else
			(void)parse(r, &out[i], &err[i]);
	}
	/* More replies than questions: none can be trusted. */
	if (!control_alive(c->control))
		return err_set(err_conn, ERR_PROTOCOL,
		    "answers to STAT are out of step");
	return 0;
}
