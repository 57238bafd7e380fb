/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is known of a server, and where from: by its family (a table in
 * server.c), by what it told, and by what this run has seen of it.  Whoever
 * wants to know asks for a trait; no name of a server is compared elsewhere.
 * One object serves all sessions with a server, from any thread, and outlives
 * their connections.
 *
 *	server_greeted(sv, greeting, PROOF_HINT_IN_CLEAR);
 *	server_told(sv, &words);		under TLS, with the login
 *	if (server_has(sv, TRAIT_EPSV)) ...
 *	server_learn(sv, TRAIT_EPSV, false, PROOF_SEEN, "502 no such thing");
 */
#ifndef FTP_SERVER_H
#define FTP_SERVER_H

#include <stdbool.h>

#include "ftp/reply.h"
#include "ftp/verb.h"

/* What one may do, or has to expect. */
enum trait {
	TRAIT_FLIGHTS,		/* several commands may be on their way */
	TRAIT_ALPN,		/* goes on with a client that offers "ftp" */
	TRAIT_HELLO,		/* takes ours as soon as it has said 234 */
	TRAIT_EPSV,
	TRAIT_PASV,
	TRAIT_PORTS,		/* the ports that it names can be reached */
	TRAIT_IPV6,		/* over IPv6, too */
	TRAIT_EPSV_AT_LOGIN,	/* EPSV among the commands of a login */
	TRAIT_EPSV_AHEAD,	/* and between a download and its 226 */
	TRAIT_EPSV_DURING,	/* or at any time during a transfer */
	TRAIT_EARLY_END,	/* our close_notify ahead of a download */
	TRAIT_STOP,		/* a download broken off: one answer */
	TRAIT_PRELIMINARY,	/* 150 when a transfer begins */
	TRAIT_REST,
	TRAIT_REST_STOR,	/* for uploads, too */
	TRAIT_SIZE,
	TRAIT_SLASHES,		/* takes paths, not only names */
	TRAIT_MLSD,
	TRAIT_MLST,
	TRAIT_LIST_A,		/* LIST takes -a for an option */
	TRAIT_STAT,		/* STAT with a name makes sense */
	TRAIT_STAT_IS_WHOLE,	/* and shows what LIST -a would */
	TRAIT_STAT_LEAVES_OUT,	/* but links to ".", and from a limit on */
	TRAIT_NLST_BELOW,	/* NLST -aR of all subdirectories */
	TRAIT_MLSD_NO_LINKS,	/* MLSD shows what they lead to, or nothing */
	TRAIT_MLSD_RESOLVES,	/* or wrong targets */
	TRAIT_RENAMES_ONTO,	/* RNTO takes a name that exists */
	TRAIT_CHMOD,
	TRAIT_SYMLINK,
	TRAIT_MFMT,		/* the ways to set times, best first */
	TRAIT_MFF,
	TRAIT_UTIME,
	TRAIT_UTIME_FIRST,	/* SITE UTIME with the time before the name */
	TRAIT_MDTM_SETS,
	TRAIT_FOLDS_CASE,	/* names that differ in case alone are one */
	TRAIT_TELLS_CASE,	/* or two; neither is known at first */
	TRAITS
};

/*
 * What stands behind a trait, weakest first.  What came in the clear may be
 * anybody's words: server_has() takes it only where a lie costs no more than
 * time.
 */
enum proof { PROOF_HINT_IN_CLEAR, PROOF_TOLD_UNDER_TLS, PROOF_SEEN };

/* What can be wrong with a server that its administrator can mend. */
enum server_wish {
	WISH_TLS,		/* that it offers TLS */
	WISH_VERSIONS,		/* nothing older than TLS 1.2 */
	WISH_CIPHERS,		/* no weak ciphers */
	WISH_CERTIFICATE,	/* another certificate */
	WISH_PROT,		/* protected data */
	WISH_ANY_SESSION,	/* data connections that resume none */
	WISH_PORTS,		/* a range of passive ports, to be opened */
	WISH_ADDRESS,		/* the right address in the answer to PASV */
	WISH_UTF8,
	WISH_UTC,		/* listings in UTC */
	WISH_CONNECTIONS,	/* more of them at once */
	WISHES
};

struct server;

struct server *server_new(void);
/* One more owner, each of whom frees it; returns s. */
struct server *server_hold(struct server *s);
void server_free(struct server *s);
/* One control connection more (1) or less (-1); how many there are. */
void server_count(struct server *s, int change);
int server_connections(struct server *s);

/* The family, for a start, by what the server says of itself. */
void server_greeted(struct server *s, const char *greeting,
    enum proof proof);

/* How a server answered in its login under TLS; NULL: not, or refused. */
struct server_words {
	const char *greeting;
	const char *features;	/* FEAT, as struct reply.text */
	const char *type;	/* TYPE I */
};

/* The family for good.  None of the words costs a round trip. */
void server_told(struct server *s, const struct server_words *w);
bool server_has(const struct server *s, enum trait t);
/*
 * The line that fulfils it, and where that belongs; NULL where the family has
 * none, or is not known.  It is advice for people: nothing decides by it.
 */
const char *server_directive(const struct server *s, enum server_wish wish,
    const char **where);
/* The same, if no weaker proof than this stands behind it. */
bool server_shown(const struct server *s, enum trait t, enum proof proof);
/*
 * A weaker proof does not replace a stronger one.  why is for -v, which shows
 * what changes: the server's words, escaped, or NULL.
 */
void server_learn(struct server *s, enum trait t, bool has, enum proof proof,
    const char *why);
/*
 * A command (its verb) was sent while others were unanswered, and was answered
 * as it would have been alone, or went astray: by what does not go without
 * such flights, t.  A kind of flight that worked once is not doubted for one
 * loss.  True if t is denied for this.
 */
void server_flight_worked(struct server *s, const char *verb);
bool server_flight_failed(struct server *s, enum trait t, const char *verb,
    const char *why);
/* Whether that kind worked before. */
bool server_flew(const struct server *s, const char *verb);
/*
 * A login with our password was refused, or not; how many were since the last
 * good one.  All sessions count together: some servers lock an account that
 * is refused often.
 */
void server_login(struct server *s, bool good);
int server_refusals(const struct server *s);
/*
 * A login's flight went wrong, and what it would have been without is not
 * known yet: the next login goes without, too.  NULL: it is known.
 */
void server_doubt_login(struct server *s, const char *why);
/* Whether that is so, and then why. */
bool server_doubts_login(const struct server *s, char *why, size_t size);
/* It was seen to lack it: r is the refusal, or NULL. */
void server_deny(struct server *s, enum trait t, const struct reply *r);

#endif
