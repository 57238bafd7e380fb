/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The life of one control connection, and what is known of where it stands: a
 * login makes it (login.h), a session holds one at a time, data connections
 * are opened beside it.
 */
#ifndef FTP_CONN_H
#define FTP_CONN_H

#include <stdbool.h>
#include <stdint.h>

#include "ftp/control.h"
#include "ftp/feat.h"
#include "ftp/passive.h"
#include "ftp/server.h"
#include "ftp/site.h"

struct conn {
	const struct site *site;
	struct control *control;	/* NULL: not connected yet */
	struct cancel *cancel;
	struct tls_peer *peer;		/* NULL under tls=off */
	struct server *server;		/* the session's */
	struct feat feat;
	char *login_dir;		/* PWD after login, or NULL */
	char *cwd;			/* where the server is; NULL: unknown */
	char *foreign;			/* PWD after login, if no path */
	char *active_address;		/* resolved, or NULL */
	int64_t since;			/* clock_ms() of the login */
	bool protected_data;
	bool had_port;			/* EPSV or PASV was answered */
	bool far;			/* round trips cost more than work */
	struct ahead ahead;		/* passive.c's */
};

/* All borrowed. */
struct conn *conn_new(const struct site *site, struct server *server,
    struct cancel *cancel);
/* polite: says QUIT first, without waiting for long.  NULL is fine. */
void conn_close(struct conn *c, bool polite);
/* From now on site is what holds; see session_set_site(). */
void conn_set_site(struct conn *c, const struct site *site);
/* False for NULL. */
bool conn_alive(const struct conn *c);
/* Whether several commands may be on their way (TRAIT_FLIGHTS). */
bool conn_flights(const struct conn *c);
/* Deadline for a reply to a quick or a slow command. */
int64_t conn_soon(const struct conn *c);
int64_t conn_late(const struct conn *c);

#endif
