/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The steps of one attempt to log in: which are due, that they begin and end,
 * and what is said of one that fails.  For the files that make up login.h.
 *
 *	if (!step_due(l, LOGIN_AUTH))
 *		return 0;
 *	step_begin(l, LOGIN_AUTH);
 *	...
 *	if (step_hear(l, LOGIN_AUTH, &r, &err) != 0)
 *		return -1;
 *	if (r->code != 234)
 *		return step_refused(l, r, &err);
 *	step_end(l, LOGIN_AUTH, r);
 */
#ifndef FTP_STEP_H
#define FTP_STEP_H

#include <stdbool.h>
#include <stdint.h>

#include "ftp/login.h"

/* One attempt. */
struct login {
	const struct login_request *rq;
	const struct settings *set;	/* the site's */
	struct conn *c;
	enum login_step at;	/* what is waited for; LOGIN_STEPS: nothing */
	int64_t began[LOGIN_STEPS];	/* clock_ms(); 0: not yet */
	bool lockstep;		/* without flights */
	bool astray;		/* its flight went wrong */
	const char *auth;	/* what TLS was asked for by */
	char *greeting;		/* if it did not come in the clear, or NULL */
	char *features;		/* what FEAT said, or NULL */
};

/* Whether it is to be taken at all: not behind the last one wanted. */
bool step_due(const struct login *l, enum login_step step);
void step_begin(struct login *l, enum login_step step);
/* It went well, by r; NULL: without a reply. */
void step_end(struct login *l, enum login_step step, const struct reply *r);
/* What is waited for failed; if nothing is, that was told already. */
void step_fail(const struct login *l, const struct err *err);

/* The answer to a step, which is waited for from now on: 0, or -1. */
int step_hear(struct login *l, enum login_step step, struct reply **r,
    struct err *err);
/* Adds what it may mean that the step had no answer.  Returns -1. */
int step_unanswered(const struct login *l, struct err *err);
/* The error that it is if the step was answered by r.  Returns -1. */
int step_refused(const struct login *l, const struct reply *r,
    struct err *err);
/* The same of the login by itself: say is its code and words. */
int step_refused_login(const struct login *l, int code, const char *say,
    struct err *err);

#endif
