/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Many files looked at by name, in few flights. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "ftp/conn.h"
#include "ftp/session.h"
#include "ftp/session_in.h"

/* How many names are asked for before the first answer is read. */
enum { FLIGHT_MAX = 128 };

static int
send_questions(struct session *s, const char *path, struct err *err)
{
	struct control *c = s->conn->control;
	char *full = session_path(s, path);
	int rc;

	rc = control_send(c, err, "SIZE %s", full);
	if (rc == 0)
		rc = control_send(c, err, "MDTM %s", full);
	free(full);
	return rc;
}

/* Takes both answers; a size makes it a file, for all else found is 0. */
static int
take_answers(struct conn *c, struct entry *e, int *found, struct err *err)
{
	struct timespec ts;
	struct reply *r;
	bool sub;

	*e = (struct entry){ .type = 'f', .size = -1, .mode = -1 };
	if (control_reply(c->control, conn_soon(c), &r, err) != 0)
		return -1;
	/* No file has 20 TB and the size of a date: that is MDTM's answer. */
	*found = reply_size(r, &e->size) == 0 &&
	    reply_mdtm(r, &ts, &sub) != 0;
	if (control_reply(c->control, conn_soon(c), &r, err) != 0)
		return -1;
	if (reply_mdtm(r, &e->mtime, &sub) == 0)
		e->precision = sub ? PRECISION_SUB : PRECISION_SECOND;
	return 0;
}

static int
look_flight(struct session *s, const char *const *path, size_t n,
    struct entry *entry, int *found, struct err *err)
{
	struct conn *c = session_conn(s, err);
	size_t i;

	if (c == NULL)
		return -1;
	for (i = 0; i < n; i++)
		if (send_questions(s, path[i], err) != 0)
			return -1;
	for (i = 0; i < n; i++)
		if (take_answers(c, &entry[i], &found[i], err) != 0)
			return -1;
	s->used = clock_ms();
	return 0;
}

/* One that gave no size: a directory, nothing, or who knows. */
static int
look_closer(struct session *s, const char *path, struct entry *e,
    struct err *err)
{
	struct listing l;
	int rc;

	rc = session_stat(s, path, &l, err);
	if (rc == 1)
		*e = (struct entry){ .type = l.entry[0].type, .size = -1,
		    .mode = -1 };
	listing_release(&l);
	/* What may not be looked at may yet be fetched. */
	if (rc < 0 && err->kind == ERR_REFUSED) {
		err_clear(err);
		*e = (struct entry){ .type = '?', .size = -1, .mode = -1 };
		rc = 1;
	}
	return rc;
}

int
session_look(struct session *s, const char *const *path, size_t n,
    struct entry *entry, int *found, struct err *err)
{
	size_t i = 0, some;

	session_try_begin(s);
	while (i < n) {
		some = n - i < FLIGHT_MAX ? n - i : FLIGHT_MAX;
		if (look_flight(s, path + i, some, entry + i, found + i,
		    err) == 0) {
			i += some;
			session_progress(s);
		} else if (!session_again(s, "SIZE", err)) {
			break;
		} else {
			err_clear(err);
		}
	}
	session_try_end(s);
	if (i < n)
		return -1;
	for (i = 0; i < n; i++)
		if (found[i] == 0 && (found[i] = look_closer(s, path[i],
		    &entry[i], err)) < 0)
			return -1;
	return 0;
}
