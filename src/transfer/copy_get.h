/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One file of a session's server, fetched: copy() with both ends opened. */
#ifndef TRANSFER_COPY_GET_H
#define TRANSFER_COPY_GET_H

#include <sys/types.h>

#include <stdbool.h>

#include "ftp/session.h"
#include "local/tree.h"
#include "transfer/copy.h"

struct copy_get {
	const char *remote;	/* path on the server */
	/* known of the source by a listing, or NULL */
	const struct entry *entry;
	/* where to: path below tree, or, with tree NULL, fd */
	struct tree *tree;
	const char *local;
	int fd;
	bool resume;		/* -c: continue a part */
	mode_t umask;		/* of the process */
	enum verify_kind verify;
	bool identify;		/* the result's look is wanted */
	bool lone;		/* no other file wants its room */
	bool more;		/* other transfers are waiting */
	struct rate *rate;	/* shared limit, or NULL */
};

/*
 * Blocks until the file is committed; retries and resumes within (settings
 * retries) unless nothing can be repeated (a pipe).  0, or -1 with err.
 */
int copy_get(struct session *s, const struct copy_get *g,
    struct copy_result *res, struct err *err);

#endif
