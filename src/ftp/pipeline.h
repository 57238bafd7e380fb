/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Lines out, replies in: the bytes of a control connection, and which reply
 * answers which command.  Notices where a flight went wrong.  For
 * ftp/control.h alone.
 */
#ifndef FTP_PIPELINE_H
#define FTP_PIPELINE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/cancel.h"
#include "base/err.h"
#include "ftp/flight.h"
#include "ftp/reply.h"
#include "ftp/server.h"
#include "net/stream.h"

struct pipeline {
	struct stream *stream;	/* its own */
	struct cancel *cancel;
	int64_t grace;		/* ms that a cancel leaves, */
	int64_t grace_end;	/* when that is over; 0: none came yet */
	int number;		/* in the log */
	bool alive;
	bool lockstep;
	bool hushed;		/* what is sent is in the log at -vv only */
	int64_t timeout;	/* ms, of waiting in lockstep and for output */
	struct flight flight;
	struct buf in;		/* bytes read, not yet a whole line */
	struct reply reading;	/* its lines so far */
	struct err why;		/* of its end */
	struct server *server;	/* whose flights are watched, or NULL */
	int64_t heard;		/* clock_ms() of the latest reply */
	bool refused;		/* something of what is unanswered was */
	bool astray;		/* a flight went wrong, and is given up */
	bool lost_step;		/* by an answer to something else */
};

/* Takes the stream over. */
void pipeline_init(struct pipeline *p, struct stream *s, int number,
    struct cancel *cancel);
void pipeline_release(struct pipeline *p);
/*
 * The end of the connection: those who gave a function are told now, those
 * who ask find out when they do.  -1.
 */
int pipeline_end(struct pipeline *p, const struct err *why);
/*
 * Queues the line in b, which is released, in a TLS record of its own; it may
 * begin to leave.  secret: where one begins in it, or NULL.  fn gets its reply
 * (flight_add()).  0, and it is the flight's last, or -1.
 */
int pipeline_send(struct pipeline *p, struct buf *b, const char *secret,
    flight_done fn, void *ctx, struct err *err);
/* What must not be in a command: it would be another one, or telnet's. */
int pipeline_check(const char *s, size_t n, struct err *err);
/* Hands everything queued to the socket; waits for it by the time limit. */
int pipeline_flush(struct pipeline *p, struct err *err);
/* The same without waiting; a failure shows when reading. */
void pipeline_try_flush(struct pipeline *p, struct err *err);
/* Reads what is there: 1 something came, 0 nothing, -1 the end. */
int pipeline_read(struct pipeline *p, struct err *err);
/* Reads until every command has its final reply: 0 or -1. */
int pipeline_await_all(struct pipeline *p, struct err *err);
/* Waits for something to come: 1, 0 not by the deadline, -1. */
int pipeline_wait(struct pipeline *p, int64_t deadline, struct err *err);
/*
 * The same for an answer: ERR_TIMEOUT, and the end, where none came by the
 * deadline, or one behind others is overdue.  0 or -1.
 */
int pipeline_wait_answer(struct pipeline *p, int64_t deadline,
    struct err *err);
/* ms that an answer to a quick command may take behind the one before. */
int64_t pipeline_patience(const struct pipeline *p);

#endif
