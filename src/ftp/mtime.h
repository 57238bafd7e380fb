/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Setting a modification time by whatever the server knows: MFMT, MFF, SITE
 * UTIME in both its forms, or MDTM with a time (vsftpd), believed only after
 * reading it back.
 * The question can travel with others in one flight:
 *
 *	mtime_ask(&m, s, path, t, &err);
 *	question_settle(...)	until m.asked is 0
 *	if (m.done) ...		else mtime_set() tries what is left
 */
#ifndef FTP_MTIME_H
#define FTP_MTIME_H

#include <stdbool.h>
#include <time.h>

#include "base/err.h"
#include "ftp/reply.h"
#include "ftp/server.h"
#include "ftp/session.h"

struct mtime {
	struct server *server;
	enum trait means;	/* that was asked by, TRAITS: none */
	time_t t;
	int asked;		/* answers still to come */
	int code;		/* of the answer; 0: none came */
	char say[REPLY_SAY_MAX];	/* its words */
	bool done;
};

/* The best means that the server is not known to lack; TRAITS: none. */
enum trait mtime_best(const struct server *s);
/*
 * Sends the question, as those of ftp/question.h; m must stay until asked is
 * 0.  m->asked stays 0 if the server has no means.  0 or -1.
 */
int mtime_ask(struct mtime *m, struct session *s, const char *path, time_t t,
    struct err *err);
/*
 * After a refusal: whether other means are left to try.  m's connection may be
 * gone.
 */
bool mtime_has_more(const struct mtime *m, const struct server *s);
/* Whether it was asked, and the connection ended before the answer. */
bool mtime_is_lost(const struct mtime *m);
/*
 * Asks and waits, with all means there are: 1 done, 0 not (err has the reply,
 * and no kind, if this was refused), -1.
 */
int mtime_set(struct session *s, const char *path, time_t t, struct err *err);

#endif
