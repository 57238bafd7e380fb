/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One control connection from greeting to QUIT: protected, logged in, and
 * what is known of the server behind it.  A session holds one at a time.
 */
#ifndef FTP_CONN_H
#define FTP_CONN_H

#include <stdbool.h>
#include <stdint.h>

#include "ftp/control.h"
#include "ftp/feat.h"
#include "ftp/passive.h"
#include "ftp/server.h"
#include "ftp/session.h"
#include "net/tls.h"

struct conn {
	const struct site *site;
	struct control *control;
	struct cancel *cancel;
	struct tls_peer *peer;		/* NULL under tls=off */
	struct server *server;		/* the session's */
	const struct login_ask *ask;	/* NULL: nobody is asked */
	struct feat feat;
	char *greeting;			/* if it did not come in the clear */
	char *login_dir;		/* PWD after login, or NULL */
	char *cwd;			/* where the server is; NULL: unknown */
	char *foreign;			/* PWD after login, if no path */
	char *active_address;		/* resolved, or NULL */
	int64_t since;			/* clock_ms() of the login */
	bool protected_data;
	bool had_port;			/* EPSV or PASV was answered */
	bool lockstep;			/* login without flights */
	bool astray;			/* the login's flight went wrong */
	bool far;			/* round trips cost more than work */
	struct ahead ahead;		/* an EPSV sent ahead: passive.c's */
};

struct login_request {
	const struct site *site;
	struct server *server;	/* what is known, and what will be learned */
	int number;		/* of the connection, for the log */
	bool data_soon;		/* the first data connection may begin beside */
	const struct observer *obs;
	struct cancel *cancel;
	const struct login_ask *ask;	/* NULL: nobody is asked */
};

/*
 * Dials, protects and logs in, in as few flights as possible.  ERR_LOGIN,
 * ERR_TLS, ERR_TRUST are final; ERR_NETWORK covers 421 and other 4yz.
 */
int conn_open(const struct login_request *rq, struct conn **out,
    struct err *err);
/* For session_set_site(). */
void conn_set_site(struct conn *c, const struct site *site);
/* polite: says QUIT first, without waiting for long. */
void conn_close(struct conn *c, bool polite);
bool conn_alive(const struct conn *c);
/* Whether several commands may be on their way (TRAIT_FLIGHTS). */
bool conn_flights(const struct conn *c);
/* Deadline for a reply to a quick or a slow command. */
int64_t conn_soon(const struct conn *c);
int64_t conn_late(const struct conn *c);

#endif
