/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The inside of a transfer: data_open.c brings its connection up, data.c moves
 * the bytes and ends it; either listens to the control connection meanwhile.
 */
#ifndef FTP_DATA_IN_H
#define FTP_DATA_IN_H

#include "ftp/data.h"
#include "ftp/passive.h"

/* What has left before its turn. */
enum early {
	EARLY_END = 1,		/* our close_notify, ahead of the data */
	EARLY_EPSV = 2,		/* that of the next transfer */
};

struct data {
	struct conn *conn;
	struct passive link;
	const char *verb;
	bool upload;
	bool more;		/* another transfer will follow */
	unsigned early;		/* of enum early */
	unsigned tickets;	/* that had come when TLS began */

	/* What the control connection said of it. */
	int begun;		/* how many 1yz replies came */
	int final;		/* code of the final reply, or 0 */
	char say[REPLY_SAY_MAX];	/* its words */
	char gap[GAP_WORDS];	/* those that admit one in a listing, or "" */
	int64_t announced;

	/* How far it has got. */
	int64_t bytes;
	uint64_t moved;		/* stream_moved() when stall was set */
	bool moves;		/* there was some progress */
	int64_t stall;		/* deadline without any */
	int64_t overdue;	/* when the answer to the command is */
};

void data_free(struct data *d);
/*
 * Takes what the control connection says meanwhile.  0 nothing decisive,
 * 1 the final reply is there, -1 the connection ended.
 */
int data_hear(struct data *d, struct err *err);
/*
 * When the data connection breaks, the control connection mostly says why a
 * moment later: waits for that.  True if it was a refusal.
 */
bool data_hear_soon(struct data *d);
/* The final reply, a refusal, as an error.  Returns -1. */
int data_refused(const struct data *d, struct err *err);
/*
 * Waits within the stall limit for either connection, or for what the control
 * connection says alone.  0 or -1.
 */
int data_wait(struct data *d, bool alone, struct err *err);
/* The stall limit begins anew. */
void data_progress(struct data *d);
/* Whether the command may never have been read. */
bool data_is_doubtful(const struct data *d);
/* EPSV for the next transfer, if there is one to come. */
void data_ask_ahead(struct data *d);

#endif
