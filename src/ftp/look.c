/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ftp/look.h"

#include <stdlib.h>
#include <string.h>

#include "ftp/session_in.h"
#include "ftp/survey.h"

static int
send_both(struct control *c, const char *full, struct err *err)
{
	return control_send_path(c, err, "SIZE", full) != 0 ? -1 :
	    control_send_path(c, err, "MDTM", full);
}

struct look {
	struct entry *entry;
	int *found;
};

/* Takes both answers; a size makes it a file, for all else found is 0. */
static int
take_both(void *ctx, size_t i, struct conn *c, struct err *err)
{
	struct look *look = ctx;
	struct entry *e = &look->entry[i];
	struct timespec ts;
	struct reply *r;
	bool sub;

	*e = (struct entry){ .type = 'f', .size = -1, .mode = -1 };
	if (control_reply(c->control, conn_soon(c), &r, err) != 0)
		return -1;
	/* No file has 20 TB and the size of a date: that is MDTM's answer. */
	look->found[i] = reply_size(r, &e->size) == 0 &&
	    reply_mdtm(r, &ts, &sub) != 0;
	if (control_reply(c->control, conn_soon(c), &r, err) != 0)
		return -1;
	if (reply_mdtm(r, &e->mtime, &sub) == 0)
		e->precision = sub ? PRECISION_SUB : PRECISION_SECOND;
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
	if (rc == 1 && e->type == 'f') {
		e->size = l.entry[0].size;
		e->mtime = l.entry[0].mtime;
		e->precision = l.entry[0].precision;
	}
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
look_many(struct session *s, const char *const *path, size_t n,
    struct entry *entry, int *found, struct err *err)
{
	struct look look = { .entry = entry, .found = found };
	const struct survey v = {
		.verb = "SIZE", .most = SURVEY_MAX / 2, .send = send_both,
		.take = take_both, .ctx = &look,
	};
	size_t i;

	if (survey_run(s, &v, path, n, err) != 0)
		return -1;
	for (i = 0; i < n; i++)
		if (found[i] == 0 && (found[i] = look_closer(s, path[i],
		    &entry[i], err)) < 0)
			return -1;
	return 0;
}
