/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Connections of an examination: one at a time, each ended in good order, so
 * that a server which grants but one has forgotten it when the next comes.
 *
 *	struct visit v;
 *	if (visit_begin(x, x->site, LOGIN_STEPS, &v, &err) == 0)
 *		... v.c
 *	visit_end(x, &v);			in any case
 */
#ifndef DOCTOR_VISIT_H
#define DOCTOR_VISIT_H

#include <stdbool.h>
#include <stdint.h>

#include "doctor/exam.h"
#include "ftp/login.h"

struct visit {
	struct conn *c;			/* NULL: it failed */
	enum login_step failed;		/* then; else LOGIN_STEPS */
	int64_t ms[LOGIN_STEPS];	/* how long each took; -1: not taken */
	struct exam *x;
	/* Of one that trusts whoever answers; what c refers to. */
	struct site site;
	struct tls_context *tls;
	struct server *server;
};

/* Waits a little for room where the server had some before.  0 or -1. */
int visit_begin(struct exam *x, const struct site *site,
    enum login_step until, struct visit *v, struct err *err);
/*
 * The same up to the handshake, with whoever answers at port: by explicit or
 * implicit TLS, made by priority (NULL: as usual).  v is not to be moved.
 */
int visit_anybody(struct exam *x, enum tls_mode tls, int port,
    const char *priority, struct visit *v, struct err *err);
void visit_end(struct exam *x, struct visit *v);

#endif
