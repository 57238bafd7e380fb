/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What can be asked of one file by its name: SIZE, MDTM, and MLST where the
 * server has it.  Asked before and after, in the same words, so that the
 * answers can be compared whatever they are worth; the question can travel
 * with others in one flight:
 *
 *	identity_ask(&was, s, path, &err);
 *	question_settle(...)	until was.asked is 0
 *	if (identity_change(&was, &now) != NULL) ...
 */
#ifndef FTP_IDENTITY_H
#define FTP_IDENTITY_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "base/err.h"
#include "ftp/session.h"

struct session;

/* What one command told; a size of -1, no time, a unique of 0: not that. */
struct identity_facts {
	int64_t size;
	struct timespec mtime;
	bool dated;
	uint64_t unique;
};

struct identity {
	struct identity_facts told;		/* by SIZE and MDTM */
	struct identity_facts listed;	/* by MLST */
	int asked;		/* answers still to come */
	bool there;		/* something was told */
};

/*
 * Sends the questions, as those of ftp/question.h; l must stay until asked is
 * 0.  0 or -1.
 */
int identity_ask(struct identity *l, struct session *s, const char *path,
    struct err *err);
/* The same without SIZE and MDTM, which somebody else asks: identity_tell(). */
int identity_ask_facts(struct identity *l, struct session *s,
    const char *path, struct err *err);
/* What they said; mtime NULL: nothing. */
void identity_tell(struct identity *l, int64_t size,
    const struct timespec *mtime);
/* One flight of questions, answered: 0, or -1 when the connection failed. */
int identity_many(struct session *s, const char *const *path, size_t n,
    struct identity *out, struct err *err);
/* How now is not what it was (or cannot be told to be), or NULL. */
const char *identity_change(const struct identity *was,
    const struct identity *now);

#endif
