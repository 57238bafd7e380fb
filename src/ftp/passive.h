/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Agreeing on a data connection (RFC 959, 4.1.2; RFC 2428): EPSV or PASV, and
 * a connection to the port that was named; or EPRT or PORT, and one from
 * there.  EPSV may also leave ahead of its time: behind the transfer before,
 * or among the commands of a login.
 *
 *	passive_open(c, &behind, &p, &err);
 *	while ((rc = passive_try_accept(c, &p, &err)) == STREAM_AGAIN) ...
 *	p.stream ...
 *	passive_release(&p);			in any case
 */
#ifndef FTP_PASSIVE_H
#define FTP_PASSIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "net/listen.h"
#include "net/stream.h"

struct conn;

/* What became of an EPSV that was sent for the transfer to come. */
enum ahead_state {
	AHEAD_NONE,		/* there is none */
	AHEAD_SENT,
	AHEAD_PORT,		/* answered */
	AHEAD_DIALED,		/* answered, and fd, if any, goes there */
	AHEAD_REFUSED,
	AHEAD_ASTRAY,		/* answered by what is no answer to EPSV */
};

struct ahead {
	enum ahead_state state;
	bool answered;		/* state is beyond AHEAD_SENT */
	bool at_login;		/* sent among the commands of a login */
	int port;
	int fd;			/* owned; -1: none */
	int64_t since;		/* clock_ms() when it was sent */
};

/* Commands that may leave in one flight with EPSV, right behind it. */
struct passive_behind {
	const char *verb;	/* the last of them, for TRAIT_FLIGHTS */
	int n;			/* how many they are */
	int (*send)(void *ctx, struct err *err);
	void *ctx;
};

/* What has left besides EPSV. */
enum passive_flight {
	PASSIVE_ALONE,
	PASSIVE_FLIGHT,		/* what was to go behind */
	PASSIVE_TRIAL,		/* that, and it may not have been read */
};

/* What was agreed on. */
struct passive {
	struct stream *stream;		/* may still be connecting */
	struct listener *listener;	/* instead, until it is accepted */
	enum passive_flight flight;
	bool by_ahead;			/* by an EPSV sent ahead */
	int port;			/* the server's; 0: none was named */
	char address[16];		/* if another's than control's */
};

/*
 * By the setting mode, and what the server takes.  behind may be NULL.  0, or
 * -1: ERR_REFUSED (no way is taken), ERR_NETWORK, ERR_TIMEOUT, ERR_PROTOCOL.
 * p is to be released in any case, after passive_failed() if it came to that.
 */
int passive_open(struct conn *c, const struct passive_behind *behind,
    struct passive *p, struct err *err);
/* The server's connection in active mode: 0 there, STREAM_AGAIN, -1. */
int passive_try_accept(struct conn *c, struct passive *p, struct err *err);
void passive_release(struct passive *p);
/*
 * Adds to err where the connection, which cannot be made, was to go to or
 * come from, and what to do.  Returns -1.
 */
int passive_unreachable(const struct conn *c, const struct passive *p,
    struct err *err);
/*
 * It worked, or failed for err before the transfer began; up: though bytes
 * came over it.  What that tells of the server is learned.
 */
void passive_worked(struct conn *c);
void passive_failed(struct conn *c, const struct passive *p, bool up,
    const struct err *err);

/*
 * EPSV for a transfer that will come next, where it can go ahead and did not
 * yet: whether it was sent.
 */
bool passive_ask_ahead(struct conn *c);
/* The same among the commands of a login: 0 (also if it was not), -1. */
int passive_ask_at_login(struct conn *c, struct err *err);
/*
 * For control_gather() by who reads a login's replies: set once
 * passive_dial_ahead() has something to do; NULL if it has not, nor will.
 */
const bool *passive_awaited(const struct conn *c);
/* Begins the connection to the port that was told at login. */
void passive_dial_ahead(struct conn *c);
/*
 * Waits for the answer to an EPSV sent ahead: whether that, or another since,
 * was not its command's.
 */
bool passive_went_astray(struct conn *c);

#endif
