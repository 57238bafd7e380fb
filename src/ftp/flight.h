/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The commands of a control connection that are on their way: in order, each
 * until its final reply has been handed out.  Those that a server refuses,
 * perhaps for the slashes of their paths, are held back until that is known.
 * For ftp/control.h alone; it neither reads nor writes.
 */
#ifndef FTP_FLIGHT_H
#define FTP_FLIGHT_H

#include <sys/queue.h>

#include <stdbool.h>
#include <stddef.h>

#include "ftp/reply.h"
#include "ftp/server.h"
#include "ftp/verb.h"

/* What a command about a name is made of. */
struct about {
	char *verb;		/* all that stands before the path */
	char *path;
	char *behind;		/* what stands after it, or NULL */
};

/* As control_done of ftp/control.h. */
typedef void (*flight_done)(void *ctx, const struct reply *r);

struct command {
	STAILQ_ENTRY(command) link;
	flight_done fn;		/* NULL: somebody calls control_reply() */
	void *ctx;
	struct reply early;	/* the latest 1yz not handed out yet */
	struct reply reply;	/* the final one, once complete */
	bool final;		/* it is */
	bool behind;		/* others were unanswered when it was sent */
	bool has_path;		/* or had one before CWD went there */
	bool held;		/* refused, and to be said again bare */
	bool hushed;		/* in the log at -vv only */
	char verb[VERB_MAX];
	enum trait blame;	/* if it goes astray when said again */
	struct about about;	/* while slashes are in doubt, or NULLs */
	size_t max;		/* bytes its text may have */
	char *secret;		/* in the command, or NULL */
};

struct flight {
	STAILQ_HEAD(, command) commands;
	int n;
	int held;		/* of these */
	bool bare;		/* names go without their directories */
	bool settled;		/* that is known */
};

/* f is all zero. */
void flight_init(struct flight *f);
/* Ends all commands; nobody is told. */
void flight_release(struct flight *f);
/* One more, at the end: *fn gets its reply, NULL: control_reply() does. */
struct command *flight_add(struct flight *f, flight_done fn, void *ctx);
void flight_drop(struct flight *f, struct command *c);
/* The command that the next reply belongs to; NULL: there is none. */
struct command *flight_unanswered(const struct flight *f);
/* The one that control_reply() is about; NULL: there is none. */
struct command *flight_awaited(const struct flight *f);
/* Whether there is one whose function waits. */
bool flight_tells(const struct flight *f);
/* The one that was sent last; NULL: there is none. */
struct command *flight_last(const struct flight *f);
/* Its reply, if it is the final one, to its function, which ends it. */
void flight_hand_out(struct flight *f, struct command *c);
/* Each that has a function is told of the end, and ended. */
void flight_end(struct flight *f);
/*
 * What a reply to a command with a path tells of slashes, which is learned of
 * the server (those of SITE may be another program's).
 */
void flight_note_path(struct flight *f, const struct command *c, int code,
    struct server *server);
/* Whether this is how a path can be refused for its slashes. */
bool flight_may_be_slashes(int code);
/*
 * Decides of a command that got its final reply whether that is held back, to
 * be said again bare.
 */
void flight_hold(struct flight *f, struct command *c);
/*
 * The answers of those that were held are handed out: the later ones if they
 * count, or if the refusal is another (550 no such file, where the path was a
 * 501).
 */
void flight_let_go(struct flight *f);

#endif
