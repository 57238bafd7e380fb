/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What get and put have in common: several files over several connections,
 * events, a summary at the end.
 *
 *	xfer_init(&x, run, a, false, get_one);
 *	xfer_add(&x, source, target, entry);  ...
 *	xfer_add_dir(&x, source, target);  ...
 *	return xfer_run(&x, &err);
 */
#ifndef SHELL_XFER_H
#define SHELL_XFER_H

#include <pthread.h>
#include <stdbool.h>

#include "base/err.h"
#include "base/strvec.h"
#include "shell/args.h"
#include "shell/run.h"
#include "transfer/copy.h"
#include "transfer/fetched.h"
#include "transfer/pool.h"

struct xfer;

/* One file. */
struct xfer_item {
	struct job job;
	struct xfer *x;
	char *source, *target;
	/*
	 * Of the local side, where the user named it: "-", a FIFO or device.
	 * What a glob or a listing came up with is a name and no more.
	 */
	bool standard, special;
	const struct entry *entry;	/* or NULL */
	const char *twin;		/* a target that may be one with it */
	struct tree *tree;		/* of the local side, if it is open */
	/* the worker that took it last, in a pool; its session */
	struct worker *worker;
	struct session *s;
	struct copy_tail *tail;		/* where its uploads end */
	int64_t since;
	bool once;			/* no file: not to be done again */
};

/*
 * Transfers one file with its session, in any thread, and calls xfer_ended(),
 * at once or before its tail is settled.
 */
typedef void (*xfer_fn)(struct xfer_item *item);

struct xfer {
	struct run *run;
	bool upload;
	const char *op;			/* "get", "put", for people */
	xfer_fn one;
	struct pool *pool;		/* while several are under way */
	struct rate *rate;
	enum verify_kind verify;
	bool resume;			/* -c */
	bool recursive;			/* -r */
	bool erase;			/* -E: the source, after success */
	struct fetched_queue fetched;	/* sources that are to go, */
	int disk;			/* once all is on this, or -1 */
	bool parts;			/* the target has some already */
	int ranges;			/* -n: connections for one file */
	struct xfer_item **item;
	size_t n;
	struct strvec dir_source, dir_target;
	pthread_mutex_t lock;		/* for what follows */
	size_t full;			/* files that found no room */
	struct summary sum;
};

/* The options that both have, for their tables. */
#define XFER_OPTIONS(dir_kind_, name_kind_)				\
	{ 'c', "continue", ARG_NONE, NULL,				\
	    "go on where an interrupted transfer ended" },		\
	{ 'r', "recursive", ARG_NONE, NULL, "directories, too" },	\
	{ 'E', "delete-source", ARG_NONE, NULL,				\
	    "delete the source once the transfer is verified" },	\
	{ 'O', "directory", dir_kind_, "DIR", "put the files there" },	\
	{ 'o', "output", name_kind_, "NAME", "the one file's name there" }

/* sftp's names for some of these. */
extern const struct cmd_option *const xfer_foreign[];

void xfer_init(struct xfer *x, struct run *run, const struct args *a,
    bool upload, xfer_fn one);
/* target is taken over; entry is borrowed.  What is added, to be completed. */
struct xfer_item *xfer_add(struct xfer *x, const char *source, char *target,
    const struct entry *entry);
/* A whole directory; target is taken over. */
void xfer_add_dir(struct xfer *x, const char *source, char *target);
/*
 * The transfer is over; err NULL: with success.  It may be another worker's
 * from here on, which has a connection.
 */
void xfer_ended(struct xfer_item *item, const struct copy_result *res,
    const struct err *err);
/* Reports what is wrong with one source; false: no use in going on. */
bool xfer_failed(struct xfer *x, const char *source, const struct err *err);
/*
 * Does it all and releases x; nothing if two sources would go to one place.
 * 0, or -1 with an err, already reported if it has no message.
 */
int xfer_run(struct xfer *x, struct err *err);
/*
 * In ftp and sftp, "get A B" makes B of A; here these are two files.  Adds to
 * err how what was meant is said; dir: B is a directory.
 */
void xfer_advise_target(const struct args *a, bool dir, struct err *err);
/* Only releases. */
void xfer_release(struct xfer *x);

/*
 * The name that a source has in the target's directory: its last component,
 * without slashes at the end.  "" for what has none ("/", ".", "..").  The
 * caller frees it.
 */
char *xfer_base(const char *source);
/* dir (or NULL) and name as one path, "." if that is nothing. */
char *xfer_target(const char *dir, const char *name);

#endif
