/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One session with a server: a control connection, logged in and protected,
 * which is made again when it was lost, and the account of retries.  A session
 * belongs to one thread at a time.
 *
 *	s = session_new(site, 1, observer, cancel);
 *	folders_make(s, "dir", &err);			connects if need be
 *	session_free(s);
 *
 * Verbs (ftp/files.h, ftp/folders.h and others) connect and log in by
 * themselves, and retry what can be retried as the settings say (retries,
 * retry-delay).  Remote paths are relative to the session's directory or
 * absolute.
 */
#ifndef FTP_SESSION_H
#define FTP_SESSION_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "base/cancel.h"
#include "base/err.h"
#include "base/observe.h"
#include "ftp/feat.h"
#include "ftp/reply.h"
#include "ftp/site.h"

struct server;
struct session;

/* site, obs and cancel are borrowed; number names it in the log (from 1). */
struct session *session_new(const struct site *site, int number,
    const struct observer *obs, struct cancel *cancel);
/*
 * A further session to the same server, beside an established one, which
 * outlives it: begins in its directory, shares what is learned, and does not
 * repeat a refused login.
 */
struct session *session_new_beside(const struct session *first, int number);
/*
 * An equal session to the same server, for a thread of its own: likewise, but
 * the two do not need one another.  site is for the same user; obs and cancel
 * are its own.
 */
struct session *session_new_like(const struct session *first,
    const struct site *site, const struct observer *obs,
    struct cancel *cancel);
/* Says QUIT if connected (without waiting long) and closes. NULL is fine. */
void session_free(struct session *s);
/*
 * From now on site is what holds: the one before with other settings, of those
 * that a session may change under way (at_open of config/option.h is false).
 */
void session_set_site(struct session *s, const struct site *site);
/* Closes as session_free() does; the next verb connects again. */
void session_close(struct session *s);
/*
 * Connects and logs in unless that is done; with retries.  ERR_LOGIN (530 at
 * the first login) and ERR_TLS, ERR_TRUST are final.
 */
int session_connect(struct session *s, struct err *err);
/* The same where a data connection comes next: a login may begin it. */
int session_connect_for_data(struct session *s, struct err *err);
bool session_alive(const struct session *s);
const struct site *session_site(const struct session *s);
const struct feat *session_feat(const struct session *s);
/* What is known of the server, by all sessions with it. */
struct server *session_server(const struct session *s);
struct cancel *session_cancel(const struct session *s);
const struct observer *session_observer(const struct session *s);
/* What a session is at the moment, beside its site and its directory. */
struct session_state {
	bool alive;		/* else nothing of the rest is known */
	char tls[128];		/* "TLS1.3 AES-128-GCM" or "no TLS" */
	bool protected_data;
	bool certified;		/* by cert, */
	bool by_key;		/* whose key is trusted, whoever issued it */
	struct tls_cert_info cert;
};

void session_state(const struct session *s, struct session_state *out);

/*
 * The session's account of retries (ftp/retry.h).  An operation that repeats
 * what failed stands between session_try_begin() and session_try_end();
 * within it, session_again() waits and returns true if err, of verb (NULL:
 * none), is worth another try, and says so on the observer;
 * session_progress() tells that something was reached that stays.  err becomes
 * ERR_TIMEOUT if the run's deadline ends the wait.
 */
void session_try_begin(struct session *s);
void session_try_end(struct session *s);
bool session_again(struct session *s, const char *verb, struct err *err);
/* The same about one file (NULL: none), which is gone on with from byte at. */
bool session_again_with(struct session *s, const char *verb,
    const char *name, int64_t at, struct err *err);
void session_progress(struct session *s);
/*
 * Around many operations that belong together (a pool's jobs, a command's
 * files): once connecting was given up in one of them, it is not tried again
 * in the next.
 */
void session_run_begin(struct session *s);
void session_run_end(struct session *s);
/* Connecting was given up, and the run is not over yet. */
bool session_is_lost(const struct session *s);

/*
 * From on to off a cancel does not break commands off, but leaves them one
 * second: for what must not be left half done.
 */
void session_see_through(struct session *s, bool on);

/* The current remote directory, absolute; NULL until connected. */
const char *session_cwd(const struct session *s);
/* That of the login, and the one before session_cd(); NULL: not known. */
const char *session_login_dir(const struct session *s);
const char *session_last_dir(const struct session *s);
/* The absolute form of path; the caller frees it. */
char *session_path(const struct session *s, const char *path);
/* Whether a name can be part of a command; else *err says why not. */
bool session_can_send(const char *path, struct err *err);
/* Changes the directory (checked by the server). */
int session_cd(struct session *s, const char *path, struct err *err);

/*
 * A raw command, sent once whatever becomes of it; *r is the session's, good
 * until the next verb.  0 whatever the code, -1 if there was no reply.
 */
int session_quote(struct session *s, const char *line,
    const struct reply **r, struct err *err);
/*
 * NOOP if idle for the setting keepalive; called again and again while waiting
 * for input, never waits itself.  A server that does not answer in time has
 * lost the connection; the next verb makes another.
 */
void session_keepalive(struct session *s);

#endif
