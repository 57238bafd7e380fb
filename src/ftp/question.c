/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ftp/question.h"

#include <stdio.h>
#include <string.h>

#include "ftp/session_in.h"

/* Replies that mean "unknown here", not "not this file". */
static bool
is_unknown(enum trait t, int code)
{
	return code == 500 || code == 502 || (t == TRAIT_CHMOD && code == 504);
}

static void
note_answer(void *ctx, const struct reply *r)
{
	struct question *q = ctx;
	bool sub;

	q->over = true;
	if (r == NULL) {
		q->state = QUESTION_LOST;
		return;
	}
	q->state = QUESTION_TOLD;
	q->code = r->code;
	if (reply_size(r, &q->size) != 0)
		q->size = -1;
	q->timed = reply_mdtm(r, &q->time, &sub) == 0;
	if (q->without != TRAITS && is_unknown(q->without, r->code))
		server_deny(q->server, q->without, r);
}

/* t is what the server turns out to lack if it does not know the verb. */
static int
send_question(struct question *q, struct session *s, enum trait t,
    const char *verb, const char *path, struct err *err)
{
	struct conn *c = session_current(s, err);

	*q = (struct question){
		.size = -1, .server = s->server, .without = t,
	};
	if (c == NULL || control_send_path_for(c->control, note_answer, q, err,
	    verb, path) != 0)
		return -1;
	q->state = QUESTION_OPEN;
	return 0;
}

int
question_size(struct question *q, struct session *s, const char *path,
    struct err *err)
{
	return send_question(q, s, TRAIT_SIZE, "SIZE", path, err);
}

int
question_time(struct question *q, struct session *s, const char *path,
    struct err *err)
{
	return send_question(q, s, TRAITS, "MDTM", path, err);
}

int
question_mode(struct question *q, struct session *s, const char *path,
    int mode, struct err *err)
{
	char verb[32];

	snprintf(verb, sizeof(verb), "SITE CHMOD %03o", (unsigned)mode);
	return send_question(q, s, TRAIT_CHMOD, verb, path, err);
}

int
question_rename(struct question q[2], struct session *s, const char *from,
    const char *to, struct err *err)
{
	int rc;

	q[1] = (struct question){ .state = QUESTION_NONE };
	rc = send_question(&q[0], s, TRAITS, "RNFR", from, err);
	return rc != 0 ? rc : send_question(&q[1], s, TRAITS, "RNTO", to, err);
}

bool
question_granted(const struct question *q)
{
	return reply_class(q->code) == 2;
}

int
question_settle(struct session *s, bool late, struct err *err)
{
	struct conn *c = s->conn;

	if (c == NULL)
		return 0;
	return control_settle(c->control, late ? conn_late(c) : conn_soon(c),
	    err);
}

int
question_await(struct session *s, const struct question *q, struct err *err)
{
	if (q->state != QUESTION_OPEN)
		return 0;
	return control_await(s->conn->control, &q->over, conn_soon(s->conn),
	    err);
}

void
question_drop_all(struct session *s)
{
	if (s->conn != NULL)
		control_kill(s->conn->control);
}

int
question_mixed_up(struct session *s, struct err *err)
{
	return control_astray(s->conn->control, "SIZE and MDTM have changed "
	    "places", err);
}
