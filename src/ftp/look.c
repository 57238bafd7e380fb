/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Many files looked at by name, in few flights. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "ftp/conn.h"
#include "ftp/session.h"
#include "ftp/session_in.h"

/* How many questions are asked before the first answer is read. */
enum { FLIGHT_MAX = 256 };

/*
 * Questions about many names: what is sent for each, and what takes the
 * answers to the i-th.
 */
struct ask {
	const char *verb;	/* what is lost if a flight is */
	size_t each;		/* questions about one name */
	int (*send)(struct control *c, const char *full, struct err *err);
	int (*take)(void *ctx, size_t i, struct conn *c, struct err *err);
	void *ctx;
};

static int
fly(struct session *s, const struct ask *a, const char *const *path,
    size_t first, size_t n, struct err *err)
{
	struct conn *c = session_conn(s, err);
	char *full;
	size_t i;
	int rc = 0;

	if (c == NULL)
		return -1;
	for (i = first; i < first + n && rc == 0; i++) {
		full = session_path(s, path[i]);
		rc = a->send(c->control, full, err);
		free(full);
	}
	for (i = first; i < first + n && rc == 0; i++)
		rc = a->take(a->ctx, i, c, err);
	s->used = clock_ms();
	return rc;
}

static int
ask_all(struct session *s, const struct ask *a, const char *const *path,
    size_t n, struct err *err)
{
	size_t i = 0, some;

	session_try_begin(s);
	while (i < n) {
		some = FLIGHT_MAX / a->each;
		some = n - i < some ? n - i : some;
		if (fly(s, a, path, i, some, err) == 0) {
			i += some;
			session_progress(s);
		} else if (!session_again(s, a->verb, err)) {
			break;
		} else {
			err_clear(err);
		}
	}
	session_try_end(s);
	return i < n ? -1 : 0;
}

static int
send_size(struct control *c, const char *full, struct err *err)
{
	return control_send_path(c, err, "SIZE", full);
}

static int
send_mdtm(struct control *c, const char *full, struct err *err)
{
	return control_send_path(c, err, "MDTM", full);
}

static int
send_both(struct control *c, const char *full, struct err *err)
{
	return send_size(c, full, err) != 0 ? -1 : send_mdtm(c, full, err);
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
session_look(struct session *s, const char *const *path, size_t n,
    struct entry *entry, int *found, struct err *err)
{
	struct look look = { .entry = entry, .found = found };
	const struct ask a = {
		.verb = "SIZE", .each = 2, .send = send_both,
		.take = take_both, .ctx = &look,
	};
	size_t i;

	if (ask_all(s, &a, path, n, err) != 0)
		return -1;
	for (i = 0; i < n; i++)
		if (found[i] == 0 && (found[i] = look_closer(s, path[i],
		    &entry[i], err)) < 0)
			return -1;
	return 0;
}

static int
take_size(void *ctx, size_t i, struct conn *c, struct err *err)
{
	int64_t *size = ctx;
	struct reply *r;

	if (control_reply(c->control, conn_soon(c), &r, err) != 0)
		return -1;
	if (reply_size(r, &size[i]) != 0)
		size[i] = -1;
	if (r->code == 500 || r->code == 502)
		server_deny(c->server, TRAIT_SIZE, r);
	return 0;
}

int
session_size_many(struct session *s, const char *const *path, size_t n,
    int64_t *size, struct err *err)
{
	const struct ask a = {
		.verb = "SIZE", .each = 1, .send = send_size,
		.take = take_size, .ctx = size,
	};

	return ask_all(s, &a, path, n, err);
}

struct times {
	struct timespec *ts;
	bool *known;
};

static int
take_mdtm(void *ctx, size_t i, struct conn *c, struct err *err)
{
	struct times *times = ctx;
	struct reply *r;
	bool sub;

	if (control_reply(c->control, conn_soon(c), &r, err) != 0)
		return -1;
	times->known[i] = reply_mdtm(r, &times->ts[i], &sub) == 0;
	return 0;
}

int
session_mdtm_many(struct session *s, const char *const *path, size_t n,
    struct timespec *ts, bool *known, struct err *err)
{
	struct times times = { .ts = ts, .known = known };
	const struct ask a = {
		.verb = "MDTM", .each = 1, .send = send_mdtm,
		.take = take_mdtm, .ctx = &times,
	};

	return ask_all(s, &a, path, n, err);
}
