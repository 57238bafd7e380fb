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
	mode_t umask;		/* of the process */
};

/* NULL with err if its directory cannot be opened. */
struct sink *sink_local_open(const struct sink_local_request *rq,
    struct err *err);
/* fd is borrowed. */
struct sink *sink_local_fd(int fd);

#endif
