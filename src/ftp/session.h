/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One session with a server: a control connection, logged in and protected,
 * its data connections, and the verbs of FTP on top.  A session belongs to
 * one thread at a time.
 *
 *	s = session_new(site, 1, observer, cancel);
 *	session_mkdir(s, "dir", &err);			connects if need be
 *	session_free(s);
 *
 * Verbs connect (and log in) by themselves, retry what can be retried as the
 * settings say (retries, retry-delay), and reconnect when the connection was
 * lost.  Remote paths are relative to the session's directory or absolute.
 */
#ifndef FTP_SESSION_H
#define FTP_SESSION_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "base/cancel.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/observe.h"
#include "base/strvec.h"
#include "config/option.h"
#include "config/secret.h"
#include "ftp/feat.h"
#include "ftp/reply.h"
#include "listing/listing.h"
#include "net/tls.h"

/* How a person is asked during a login; in the thread that logs in. */
struct login_ask {
	void *ctx;
	/* There is no password: sets the site's. */
	int (*password)(void *ctx, struct err *err);
	/* What the server wants besides, in its words: a code, mostly. */
	int (*further)(void *ctx, const char *words, struct secret *answer,
	    struct err *err);
};

/* Where to go and how; constant, shared by all sessions with it. */
struct site {
	char *name;			/* as the user named it, for messages */
	struct settings set;
	struct secret password;
	struct tls_context *tls;	/* NULL under tls=off */
	bool terminal;		/* somebody there: no first retries */
	const struct login_ask *ask;	/* NULL: nobody is asked */
};

struct conn;
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
/* session_connect(), and the connection; NULL if that failed. */
struct conn *session_conn(struct session *s, struct err *err);
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
	bool certified;		/* by cert */
	struct tls_cert_info cert;
};

void session_state(const struct session *s, struct session_state *out);

/*
 * What somebody above still has to finish with this session (uploads that
 * are not committed): finish() is called by session_finish() and before the
 * session closes, release() when it is freed.
 */
void session_set_tail(struct session *s, void *tail,
    void (*finish)(void *tail), void (*release)(void *tail));
void *session_tail(const struct session *s);
void session_finish(struct session *s);

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

/* The current remote directory, absolute; NULL until connected. */
const char *session_cwd(const struct session *s);
/* The absolute form of path; the caller frees it. */
char *session_path(const struct session *s, const char *path);
/* Changes the directory (checked by the server). */
int session_cd(struct session *s, const char *path, struct err *err);

/*
 * One entry by name (MLST, else from its directory's listing; with SIZE and
 * MDTM where these are not exact): 1 found, 0 no such name, -1.  Release out
 * if 1.
 */
int session_stat(struct session *s, const char *path, struct listing *out,
    struct err *err);
/*
 * n of them by name, in as few flights as that takes: found[i] is 1 (entry[i]
 * has type, size and time, no strings; type '?' where a look is refused) or 0.
 * 0, or -1 when the connection fails.
 */
int session_look(struct session *s, const char *const *path, size_t n,
    struct entry *entry, int *found, struct err *err);
/* Whether path is a directory: 1, 0, -1. Links are followed. */
int session_is_dir(struct session *s, const char *path, struct err *err);
/* The same, and what the server calls it (the caller's; NULL: not said). */
int session_where(struct session *s, const char *path, char **where,
    struct err *err);

int session_mkdir(struct session *s, const char *path, struct err *err);
/*
 * Makes n directories by absolute names in one flight, with permission bits
 * unless mode[i] is -1 (best effort).  err[i].kind is ERR_NONE where that
 * worked.  0, or -1 when the connection failed.
 */
int session_mkdir_many(struct session *s, const char *const *path,
    const int *mode, size_t n, struct err *each, struct err *err);
/*
 * With parents; existing ones are fine.  *made, unless NULL: it was not there.
 */
int session_mkdir_p(struct session *s, const char *path, bool *made,
    struct err *err);
/*
 * Remove what they are told to, be it what was seen there or not: that is for
 * transfer/remove.h, through which all deletions go.
 */
int session_rmdir(struct session *s, const char *path, struct err *err);
int session_delete(struct session *s, const char *path, struct err *err);
/*
 * Deletes a file of ours (absolute) when all was cancelled: over the
 * connection that there is, if it is still good, and within ms.
 */
void session_withdraw(struct session *s, const char *path, int64_t ms);

/* One of many removals, and what became of it. */
struct removal {
	const char *path;
	bool is_dir;
	bool done;
	bool tried;		/* the connection failed before the answer */
	struct err err;		/* neither done nor tried: why not */
};

/*
 * Removes n of them in few flights, in this order; those done already are
 * left out.  What seems to be in use is tried again a little later.  0, or -1
 * when the connection failed: the caller then looks what is still there.
 */
int session_remove(struct session *s, struct removal *r, size_t n,
    struct err *err);
/*
 * Renames.  replace: onto an existing name, too; where the server refuses
 * that: old aside, new in, old deleted, each undone if the next fails (I3).
 */
int session_rename(struct session *s, const char *from, const char *to,
    bool replace, struct err *err);
int session_chmod(struct session *s, const char *path, int mode,
    struct err *err);
/* SITE SYMLINK; ERR_REFUSED with code 502 where there is none. */
int session_symlink(struct session *s, const char *target, const char *path,
    struct err *err);
/*
 * Sets the modification time: MFMT, MFF, SITE UTIME, or MDTM with a time,
 * whichever the server takes (MDTM is believed only after reading it back).
 * 1 done, 0 the server has no means, -1.
 */
int session_set_mtime(struct session *s, const char *path, time_t t,
    struct err *err);
/*
 * Whether the server may let one set times, as far as is known: 1, 0, -1;
 * seen: it has said so of a file in this run.
 */
int session_sets_times(struct session *s, bool *seen, struct err *err);
/* 1, 0 (not known or no such file), -1. */
int session_size(struct session *s, const char *path, int64_t *size,
    struct err *err);
int session_mdtm(struct session *s, const char *path, struct timespec *ts,
    enum time_precision *precision, struct err *err);
/* SIZE of n paths in few flights; -1 where none came.  0, or -1 as below. */
int session_size_many(struct session *s, const char *const *path, size_t n,
    int64_t *size, struct err *err);
/*
 * MDTM of n paths in few flights; known[i] tells which came.  Returns 0, or
 * -1 when the connection fails.
 */
int session_mdtm_many(struct session *s, const char *const *path, size_t n,
    struct timespec *ts, bool *known, struct err *err);
/* Whether the server, which is connected, says that it knows digests. */
bool session_gives_digests(const struct session *s);
/* The server's digest of a file by the best it has: 1, 0 (has none), -1. */
int session_hash(struct session *s, const char *path, enum hash_alg *alg,
    char hex[HASH_HEX_MAX], struct err *err);
/*
 * A raw command; *r is the session's, good until the next verb.  0 whatever
 * the code, -1 if there was no reply.
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
