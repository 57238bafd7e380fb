/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One file from a source to a sink (invariants I2, I3): to a part, which is
 * checked and then renamed, on whichever side; tried again and gone on with as
 * long as that can help.
 *
 *	c.source = source_remote_open(session, &source_request);
 *	c.sink = sink_local_open(&sink_request, &err);
 *	copy(&c, &result, &err);
 *
 * Progress goes to the observer; the caller reports the event.
 */
#ifndef TRANSFER_COPY_H
#define TRANSFER_COPY_H

#include <sys/stat.h>
#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "base/err.h"
#include "base/hash.h"
#include "ftp/identity.h"
#include "ftp/session.h"
#include "local/tree.h"
#include "transfer/rate.h"

struct sink;
struct source;

/* What was done; valid after success and failure. */
struct copy_result {
	int64_t bytes;		/* moved in this run */
	int64_t size;		/* of the whole file, -1 if unknown */
	int64_t kept;		/* in a part that can be gone on with, or 0 */
	bool resumed, verified;
	bool changed;		/* the source changed while it was read */
	bool unfit;		/* a download's mode or time cannot be set */
	bool time_kept;		/* the modification time was carried over */
	bool misnamed;		/* all there, but by another name: a failure */
	bool mode_kept;		/* so were the permission bits, if asked for */
	char sha256[HASH_HEX_MAX];	/* of an upload that asked for it */
	const char *part;	/* what an upload is sent as; for copy_done */
	struct identity look;	/* a download's source, if identify asked */
	struct stat st;		/* an upload's, at its opening */
};

/* 0 to go on, -1 with err not to. */
typedef int (*copy_hook)(void *ctx, struct err *err);

struct copy {
	struct source *source;	/* both are taken over, and closed */
	struct sink *sink;
	bool resume;		/* a part of an earlier run is gone on with */
	bool more;		/* other transfers are waiting */
	enum verify_kind verify;
	bool digest;		/* the result's sha256 is wanted */
	copy_hook before_end;	/* behind the last byte; or NULL */
	copy_hook before_rename;	/* of the part; or NULL */
	void (*not_renamed)(void *ctx);	/* undoes what that did; or NULL */
	void *ctx;		/* the hooks' */
	struct rate *rate;	/* shared limit, or NULL */
	struct cancel *cancel;	/* or NULL, and */
	const struct observer *obs;
};

/* Steps to the end; 0, or -1 with err. */
int copy(const struct copy *c, struct copy_result *res, struct err *err);
/* The same of a sink that has all bytes, by other ways: checked, committed. */
int copy_commit(const struct copy *c, struct copy_result *res,
    struct err *err);

/* err NULL: the file is committed. */
typedef void (*copy_done)(void *ctx, const struct copy_result *res,
    const struct err *err);

/*
 * The copies of one worker that are not committed yet, though their bytes have
 * gone: what is left to ask about them leaves with the next files' commands,
 * and costs no round trips of its own.
 */
struct copy_tail;

struct copy_tail *copy_tail_new(void);
/* Settles it first. */
void copy_tail_free(struct copy_tail *t);
/*
 * Returns when the bytes have gone.  done is called from a later copy_queue(),
 * from copy_settle(), or from this one.
 */
void copy_queue(struct copy_tail *t, const struct copy *c, copy_done done,
    void *ctx);
/* All that is left of them, to its end. */
void copy_settle(struct copy_tail *t);

#endif
