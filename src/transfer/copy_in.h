/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A copy that is under way: for copy.c, and copy_bytes.c, which moves it. */
#ifndef TRANSFER_COPY_IN_H
#define TRANSFER_COPY_IN_H

#include <sys/queue.h>

#include "transfer/copy.h"
#include "transfer/next.h"
#include "transfer/sink.h"

struct copying {
	STAILQ_ENTRY(copying) link;
	struct copy c;			/* what was asked for */
	struct source *source;
	struct sink *sink;
	struct tries *tries;		/* or NULL */
	struct copy_tail *tail;		/* or NULL: on its own */
	bool pending;			/* in the tail's list */
	enum copy_stage stage;
	enum next next;			/* at COPY_AGAIN */
	bool again;			/* not the first try */
	bool fresh;			/* what is there is of no use */
	bool way_made;			/* the old file was moved away */
	bool drawn;			/* bytes were taken from the source */
	bool left;			/* the sink was left */
	bool named;			/* err tells of its name */
	bool cut;			/* it has failed: err, sink->fault */
	enum fault fault;		/* of the copying itself */
	struct version first;		/* what a stream has something of */
	/* positions in the file */
	int64_t have;			/* so much was there before this try */
	int64_t at;			/* where it is */
	int64_t shown;			/* what the observer was told */
	int64_t reached;		/* what counts as progress */
	int64_t before;			/* and where it was a try ago */
	struct hash *hash;		/* of what is there up to at, or NULL */
	char *chunk;
	struct copy_result res;
	struct err err;
	struct err lost;		/* why it came to COPY_WHERE */
	copy_done done;
	void *ctx;
};

/* Begins the hash, if one is wanted, with what is there already. */
int copy_bytes_begin(struct copying *c, struct err *err);
/* All bytes, from where the source was begun. */
int copy_bytes_move(struct copying *c, struct err *err);
/* Whether they are the bytes that the sides have, by their own digests. */
int copy_bytes_compare(struct copying *c, struct err *err);
/* Where the source is to be begun. */
int64_t copy_bytes_offset(const struct copying *c);
/* What they are called in messages and for the observer. */
const char *copy_bytes_name(const struct copying *c);
/* What it takes to move them is needed no more. */
void copy_bytes_free_chunk(struct copying *c);
void copy_bytes_release(struct copying *c);

#endif
