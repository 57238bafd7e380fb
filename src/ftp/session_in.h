/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The inside of a session, for the files in ftp/ that make it up. */
#ifndef FTP_SESSION_IN_H
#define FTP_SESSION_IN_H

#include "ftp/conn.h"
#include "ftp/retry.h"
#include "ftp/session.h"

/* What hindered an upload, for others into the same directory (refusal.h). */
struct refused_before {
	char *dir;
	int cause;
};

struct session {
	const struct site *site;
	const struct observer *obs;
	struct cancel *cancel;
	int number;
	struct conn *conn;	/* NULL: not connected */
	struct server *server;	/* shared with those beside it */
	char *cwd;		/* absolute, or NULL until connected */
	char *before;		/* the one that session_cd() left, or NULL */
	/*
	 * Where we are on a server whose directories are no paths (z/OS,
	 * VMS), in its own words; cwd is then NULL, and names go as they are.
	 */
	char *foreign;
	bool connected_once;
	struct retry retry;
	bool further;		/* beside another: a refusal is final */
	int64_t grace;		/* session_see_through(): ms, or 0 */
	int64_t noop_since;	/* one is not answered yet; 0: none */
	struct reply raw;	/* what session_quote() gave */
	struct refused_before refused;
};

/* session_connect(), and the connection; NULL if that failed. */
struct conn *session_conn(struct session *s, struct err *err);
/* The connection that there is; NULL (ERR_NETWORK) without one. */
struct conn *session_current(struct session *s, struct err *err);
/* session_connect(), and session_path(), which needs it; NULL the same. */
char *session_full(struct session *s, const char *path, struct err *err);
/*
 * Sends one command, about path (control_send_path()) unless that is NULL, and
 * reads its final reply, which stays good until the next one; connects before
 * and repeats as the settings say, also on a 4yz reply.  0 whatever else the
 * code.  again (may be NULL) is set if the command was repeated after a lost
 * connection: it may have been done.
 */
int session_command(struct session *s, struct reply **r, bool *again,
    struct err *err, const char *verb, const char *path);
/*
 * Whether what just failed was a flight of commands that this server does not
 * take: then it is to be done again, at once, and err is cleared.
 */
bool session_went_astray(struct session *s, struct err *err);

#endif
