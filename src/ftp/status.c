/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ftp/status.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/path.h"
#include "listing/stat.h"

/* Commands behind a flight whose answers nobody can foresee. */
enum { PROBES = 16 };

/*
 * A file name with line breaks can end a reply, and begin others, so that
 * listings look shorter than they are or change places.  Commands in an order
 * that only we know show whether the answers are still in step.
 */
static int
send_probes(struct conn *c, uint32_t order, struct err *err)
{
	int i, rc = 0;

	control_hush(c->control, "(NOOP and PWD, to see that answers are in "
	    "step)");
	for (i = 0; i < PROBES && rc == 0; i++)
		rc = control_send(c->control, err, "%s",
		    order >> i & 1 ? "PWD" : "NOOP");
	control_hush(c->control, NULL);
	return rc;
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

/*
 * Before it is believed for the first time: whether what it shows is what it
 * is asked for.  A name that nothing has must not be a directory.
 */
static int
send_doubt(struct conn *c, const char *path, struct err *err)
{
	char *name = xasprintf("%08x.%08x", arc4random(), arc4random());
	char *full = path_join(path, name);
	int rc = control_send_path(c->control, err, "STAT", full);

	if (rc == 0)
		control_reply_max(c->control, REPLY_LISTING_MAX);
	free(full);
	free(name);
	return rc;
}

/* 0, -1; nothing of the flight is good if it was right to doubt. */
static int
check_doubt(struct conn *c, struct err *each, size_t n, struct err *err)
{
	static const char why[] = "it shows another directory than it is "
	    "asked for";
	struct err ignored = ERR_INIT;
	struct listing l = { 0 };
	struct reply *r;
	bool shows;
	size_t i;

	if (control_reply(c->control, conn_late(c), &r, err) != 0)
		return -1;
	shows = reply_class(r->code) == 2 &&
	    stat_parse(r->text.data, time(NULL), &l, &ignored) == 0;
	listing_release(&l);
	server_learn(c->server, TRAIT_STAT, !shows, PROOF_SEEN, shows ? why :
	    NULL);
	for (i = 0; shows && i < n; i++) {
		err_clear(&each[i]);
		err_set(&each[i], ERR_REFUSED, "%s", why);
	}
	return 0;
}

int
status_list(struct conn *c, const char *const *path, size_t n, bool sure,
    struct listing *out, struct err *err, struct err *err_conn)
{
	bool doubt = sure && !server_shown(c->server, TRAIT_STAT, PROOF_SEEN);
	uint32_t order = arc4random();
	struct reply *r;
	size_t i;

	memset(out, 0, n * sizeof(*out));
	for (i = 0; i < n; i++) {
		if (control_send_path(c->control, err_conn, "STAT",
		    path[i]) != 0)
			return -1;
		control_reply_max(c->control, REPLY_LISTING_MAX);
	}
	if ((doubt && send_doubt(c, path[0], err_conn) != 0) ||
	    send_probes(c, order, err_conn) != 0)
		return -1;
	for (i = 0; i < n; i++) {
		if (control_reply(c->control, conn_late(c), &r,
		    err_conn) != 0)
			return -1;
		if (reply_class(r->code) != 2)
			reply_error(r, &err[i], "STAT");
		else
			(void)stat_parse(r->text.data, time(NULL), &out[i],
			    &err[i]);
	}
	if (doubt && check_doubt(c, err, n, err_conn) != 0)
		return -1;
	return check_probes(c, order, err_conn);
}
