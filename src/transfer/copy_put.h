/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One file sent to a session's server: copying with both ends opened. */
#ifndef TRANSFER_COPY_PUT_H
#define TRANSFER_COPY_PUT_H

#include <stdbool.h>

#include "ftp/session.h"
#include "local/tree.h"
#include "transfer/copy.h"

struct copy_put {
	const char *remote;	/* final path on the server */
	/* where from: path below tree, or, with tree NULL, fd (a pipe) */
	struct tree *tree;
	const char *local;	/* a link is followed */
	int fd;
	bool resume;
	enum verify_kind verify;
	bool more;		/* other transfers are waiting */
	bool keep_mode;		/* SITE CHMOD where there is one */
	copy_hook before_end;	/* behind the last byte; or NULL */
	copy_hook before_rename;	/* of the part; or NULL */
	void *ctx;		/* the hooks' */
	struct rate *rate;	/* shared limit, or NULL */
};

/*
 * Blocks until the file is committed; retries and resumes within (settings
 * retries) unless nothing can be repeated (a pipe).  0, or -1 with err.
 */
int copy_put(struct session *s, const struct copy_put *p,
    struct copy_result *res, struct err *err);
/* The same by copy_queue(). */
void copy_put_queue(struct copy_tail *t, struct session *s,
    const struct copy_put *p, copy_done done, void *ctx);

#endif
