/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ftp/status.h"

#include <stdlib.h>
#include <string.h>

#include "ftp/admits.h"

enum {
	/* Commands behind a flight whose answers nobody can foresee. */
	PROBES = 16,
	/* "." and "..": where there are more, ls was made to go deeper. */
	SELVES = 2,
	/* "drwxr-xr-x" */
	MODE_LETTERS = 10,
};

/* Whether a line says that there is more; said: the words of the first. */
static bool
admits(const char *line, size_t n, char said[GAP_WORDS])
{
	char now[GAP_WORDS];

	/* An entry, whatever it is called. */
	if (strspn(line, "-bcdlpsDrwxStT") >= MODE_LETTERS)
		return false;
	if (!admits_line(line, n, now, sizeof(now)))
		return false;
	if (said[0] == '\0')
		strlcpy(said, now, GAP_WORDS);
	return true;
}

/*
 * The lines of ls in a reply to STAT.  The first and the last are the
 * server's words.
 */
static int
parse(const struct reply *r, struct listing *out, struct err *err)
{
	struct list_parser *p = list_parser_new(LIST_LIST, time(NULL));
	const char *line = strchr(r->text.data, '\n'), *end;
	char said[GAP_WORDS] = "";

	admits(r->text.data, strcspn(r->text.data, "\n"), said);
	for (; line != NULL && (end = strchr(line + 1, '\n')) != NULL;
	    line = end) {
		line += line[1] == ' ' ? 2 : 1;
		if (admits(line, (size_t)(end - line), said))
			continue;
		if (list_feed(p, line, (size_t)(end - line), err) != 0 ||
		    list_feed(p, "\r\n", 2, err) != 0) {
			list_parser_free(p);
			return -1;
		}
	}
	if (line != NULL)
		admits(line + 1, strlen(line + 1), said);
	if (list_finish(p, out, err) != 0)
		return -1;
	if (said[0] != '\0') {
		out->gap = GAP_SAID;
		strlcpy(out->said, said, sizeof(out->said));
	}
	if (out->self == 0)
		return err_set(err, ERR_REFUSED, "no such directory");
	if (out->self > SELVES)
		return err_set(err, ERR_REFUSED, "a listing of several "
		    "directories");
	return 0;
}

/*
 * A file name with line breaks can end a reply, and begin others, so that
 * listings look shorter than they are or change places.  Commands in an order
 * that only we know show whether the answers are still in step.
 */
static int
send_probes(struct conn *c, uint32_t order, struct err *err)
{
	int i;

	for (i = 0; i < PROBES; i++)
		if (control_send(c->control, err, "%s",
		    order >> i & 1 ? "PWD" : "NOOP") != 0)
			return -1;
	return 0;
}

static int
check_probes(struct conn *c, uint32_t order, struct err *err)
{
	struct reply *r;
	int i;

	for (i = 0; i < PROBES; i++) {
		if (control_reply(c->control, conn_late(c), &r, err) != 0)
			return -1;
		if (r->code == (order >> i & 1 ? 257 : 200))
			continue;
		control_kill(c->control);
		return err_set(err, ERR_PROTOCOL,
		    "answers to STAT are out of step");
	}
	return 0;
}

int
status_list(struct conn *c, const char *const *path, size_t n,
    struct listing *out, struct err *err, struct err *err_conn)
{
	uint32_t order = arc4random();
	struct reply *r;
	size_t i;

	memset(out, 0, n * sizeof(*out));
	for (i = 0; i < n; i++) {
		if (control_send(c->control, err_conn, "STAT %s",
		    path[i]) != 0)
			return -1;
		control_reply_max(c->control, REPLY_LISTING_MAX);
	}
	if (send_probes(c, order, err_conn) != 0)
		return -1;
	for (i = 0; i < n; i++) {
		if (control_reply(c->control, conn_late(c), &r,
		    err_conn) != 0)
			return -1;
		if (r->code / 100 != 2)
			reply_error(r, &err[i], "STAT");
		else
			(void)parse(r, &out[i], &err[i]);
	}
	return check_probes(c, order, err_conn);
}
