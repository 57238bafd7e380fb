/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A server's file as a source.  What no listing has told of it is asked ahead
 * of the transfer, and answered while that begins.
 */
#ifndef TRANSFER_SOURCE_REMOTE_H
#define TRANSFER_SOURCE_REMOTE_H

#include <stdbool.h>

#include "ftp/session.h"
#include "transfer/source.h"

struct entry;

struct source_remote_request {
	const char *path;	/* borrowed, and */
	const struct entry *entry;	/* what a listing told, or NULL */
	bool identify;		/* source.look is wanted */
};

/* Connects once it is needed. */
struct source *source_remote_open(struct session *s,
    const struct source_remote_request *rq);

#endif
