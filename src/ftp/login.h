/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From a name to a connection that is ready, in as few flights as that takes,
 * as a list of named steps.
 *
 *	struct login_request rq = { .site = site, .server = server,
 *	    .number = 1, .until = LOGIN_STEPS, .obs = obs, .cancel = cancel };
 *	login_open(&rq, &conn, &err);
 *	conn_close(conn, true);
 */
#ifndef FTP_LOGIN_H
#define FTP_LOGIN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/observe.h"
#include "ftp/conn.h"
#include "ftp/site.h"

/* In this order; but under implicit TLS the greeting is behind LOGIN_TRUST. */
enum login_step {
	LOGIN_RESOLVE,
	LOGIN_CONNECT,
	LOGIN_GREETING,
	LOGIN_AUTH,
	LOGIN_HANDSHAKE,
	LOGIN_TRUST,		/* the verdict on the server's certificate */
	LOGIN_USER,
	LOGIN_PASSWORD,		/* codes and ACCT, too */
	LOGIN_PBSZ,
	LOGIN_PROT,
	LOGIN_FEATURES,		/* FEAT */
	LOGIN_OPTIONS,		/* TYPE; nobody waits for OPTS */
	LOGIN_DIRECTORY,	/* PWD */
	LOGIN_STEPS
};

/* What became of a step.  All of it is borrowed for the call. */
struct login_report {
	enum login_step step;
	int64_t began, ended;		/* clock_ms() */
	const struct err *err;		/* NULL: it went well */
	const struct reply *reply;	/* then; NULL: it has none */
	/* LOGIN_TRUST: the server's, also if it failed; NULL: none. */
	const struct tls_cert_info *cert;
};

/*
 * Steps that leave in one flight begin together, and end in order once all of
 * it is answered.  Those behind one that failed do not end.  A step may begin
 * again: where its flight was in vain, or a connection is tried once more
 * without what seems to have hindered it (IPv6, ALPN, flights).
 *
 * LOGIN_TRUST is decided within the handshake, before our last message: it
 * begins when that has ended.
 */
struct login_watch {
	void *ctx;
	void (*begins)(void *ctx, enum login_step step);
	void (*ends)(void *ctx, const struct login_report *report);
};

struct login_request {
	const struct site *site;
	struct server *server;	/* what is known, and what will be learned */
	int number;		/* of the connection, for the log */
	/*
	 * The last step to take; LOGIN_STEPS: all.  LOGIN_HANDSHAKE includes
	 * LOGIN_TRUST.  With fewer than all the connection can only be closed.
	 */
	enum login_step until;
	bool data_soon;		/* the first data connection may begin beside */
	const struct login_ask *ask;	/* NULL: nobody is asked */
	const struct login_watch *watch;	/* NULL: nobody is told */
	const struct observer *obs;
	struct cancel *cancel;
};

/*
 * 0, or -1: ERR_LOGIN, ERR_TLS, ERR_TRUST are final; ERR_NETWORK covers 421
 * and other 4yz.
 */
int login_open(const struct login_request *rq, struct conn **out,
    struct err *err);

#endif
