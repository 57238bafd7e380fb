/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Questions about one file that nobody waits for one by one: they leave
 * with whatever is sent next, and are answered while others' answers, or
 * data, are read.
 *
 *	session_connect(s, &err);
 *	question_size(&q, s, "/file", &err);
 *	...				others, or a transfer
 *	question_settle(s, false, &err);
 *	if (q.state == QUESTION_TOLD) ... q.size
 *
 * They are asked over the connection that the session has, and make no other:
 * without it they fail.  A question must stay where it is until it is over.
 */
#ifndef FTP_QUESTION_H
#define FTP_QUESTION_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "base/err.h"
#include "ftp/server.h"
#include "ftp/session.h"

enum question_state {
	QUESTION_NONE,		/* not asked */
	QUESTION_OPEN,		/* on its way */
	QUESTION_TOLD,		/* answered, be it by a refusal */
	QUESTION_LOST,		/* the connection ended before the answer */
};

struct question {
	enum question_state state;
	bool over;		/* told or lost; for question_await() */
	int code;		/* of the answer */
	int64_t size;		/* what the answer to SIZE gives, or -1 */
	bool timed;		/* it is one to MDTM, which gives */
	struct timespec time;	/* this */
	struct server *server;	/* that may turn out to lack */
	enum trait without;	/* this, if it does not know the command */
};

/*
 * SIZE, MDTM, SITE CHMOD with permission bits; by absolute names.  0 or -1.
 */
int question_size(struct question *q, struct session *s, const char *path,
    struct err *err);
int question_time(struct question *q, struct session *s, const char *path,
    struct err *err);
int question_mode(struct question *q, struct session *s, const char *path,
    int mode, struct err *err);
/* RNFR and RNTO; only what the second is answered decides. */
int question_rename(struct question q[2], struct session *s,
    const char *from, const char *to, struct err *err);
/* Whether one was answered by 2yz. */
bool question_granted(const struct question *q);

/*
 * Reads until all are over, within the time for quick commands or, late, for
 * slow ones.  0 or -1.
 */
int question_settle(struct session *s, bool late, struct err *err);
/* Reads until this one, if it was asked, is over. */
int question_await(struct session *s, const struct question *q,
    struct err *err);
/*
 * No answer may come any more, since what it would go to ends: gives the
 * connection up.
 */
void question_drop_all(struct session *s);
/*
 * The answer to a SIZE is that of an MDTM: gives the connection up, and is
 * learned of the server (TRAIT_FLIGHTS).  Sets err; -1.
 */
int question_mixed_up(struct session *s, struct err *err);

#endif
