/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A file of this machine as a sink: a part file that becomes NAME; or a
 * descriptor, which only takes.
 */
#ifndef TRANSFER_SINK_LOCAL_H
#define TRANSFER_SINK_LOCAL_H

#include <sys/types.h>

#include <stdbool.h>

#include "local/tree.h"
#include "transfer/sink.h"

struct sink_local_request {
	struct tree *tree;	/* borrowed, and */
	const char *path;	/* below it */
	bool resume;		/* there may be parts of earlier runs */
	bool keep_time, keep_mode;
	bool to_disk;		/* fsync */
	bool lone;		/* no other file wants its room */
	bool ranges;		/* it is written by write_at() */
	mode_t umask;		/* of the process */
};

/* NULL with err if its directory cannot be opened. */
struct sink *sink_local_open(const struct sink_local_request *rq,
    struct err *err);
/*
 * Of ranges, when what is to be written is known as far as it will be: all up
 * to there is right, and becomes the part of who writes in order if it is not
 * committed.
 */
void sink_local_keep(struct sink *to, int64_t there);
/* The part's descriptor, between have() and commit(). */
int sink_local_part_fd(const struct sink *to);
/* Whether there is a part for who writes in order; the source was told. */
bool sink_local_has_part(const struct sink *to, const struct source *from);
/* fd is borrowed. */
struct sink *sink_local_fd(int fd);

#endif
