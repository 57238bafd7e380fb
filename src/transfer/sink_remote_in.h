/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The inside of a server's file as a sink: sink_remote.c sends the bytes to
 * the part, sink_check.c asks what has arrived, sink_rename.c gives it its
 * name.
 */
#ifndef TRANSFER_SINK_REMOTE_IN_H
#define TRANSFER_SINK_REMOTE_IN_H

#include "ftp/mtime.h"
#include "ftp/question.h"
#include "transfer/sink_remote.h"
#include "transfer/tries.h"

struct flow;

struct sink_remote {
	struct sink sink;
	struct tries_session tries;
	struct session *s;
	struct sink_remote_request rq;	/* its path is given */
	char *given;
	char *path;		/* absolute: the destination */
	char *part;		/* and what it is sent to first */
	char *dir;		/* of both */
	struct version version;	/* of the source */
	bool once;		/* which is a pipe, and gives nothing twice */
	int lock;		/* of the part's name, or -1 */
	char *lock_path;
	/* the bytes */
	struct flow *flow;
	int64_t have;		/* so much was there before this try */
	int64_t sent;		/* position reached */
	bool begun;		/* the server has something of it */
	bool offset_refused;	/* the last try went on, and that was refused */
	bool hopeless;		/* what it has cannot be put in its place */
	/* without a part: the file that it replaces */
	struct question old_size, old_time;
	/* of the part, and of its name in other case */
	struct question of_size, of_time, of_mode, of_case;
	struct mtime mtime;
	int64_t size;		/* of the part; -1: not known */
	bool doubt;		/* its name may be another there */
	struct question rename[2];
};

/* Whether any answer is still to come. */
bool sink_check_waits(const struct sink_remote *r);
/* The connection ended before it was committed. */
int sink_check_lost(struct sink_remote *r, enum fault fault,
    struct err *err);

/* What was there of its name, before an upload without a part. */
int sink_check_old(struct sink_remote *r, struct err *err);
/* check() and checked() of sink.h. */
int sink_check_ask(struct sink_remote *r, bool alone, struct err *err);
int sink_check_hear(struct sink_remote *r, struct err *err);

/* commit(), committed() and where() of sink.h. */
int sink_rename_send(struct sink_remote *r, bool now, struct err *err);
int sink_rename_hear(struct sink_remote *r, struct err *err);
int sink_rename_where(struct sink_remote *r, enum sink_place *place,
    struct err *err);

#endif
