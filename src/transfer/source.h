/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A file that is read from: of this machine, of a server.  copy.c calls the
 * operations, once a try in this order, and close() at last:
 *
 *	look	begin	read ... read	end
 *	stop					whatever has happened
 *
 * Whoever opens one embeds it in front of what it keeps beside.
 */
#ifndef TRANSFER_SOURCE_H
#define TRANSFER_SOURCE_H

#include <sys/stat.h>
#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/err.h"
#include "base/hash.h"
#include "ftp/identity.h"
#include "transfer/fault.h"

struct source;
struct tries;

/* Which file it is, as far as is known. */
struct version {
	int64_t size;		/* -1: not known */
	struct timespec mtime;
	bool exact;		/* mtime tells versions apart */
	bool dated;		/* or is at least worth keeping */
	int mode;		/* permission bits; -1: not known */
};

struct source_ops {
	/*
	 * Begins a try, and asks for the version if it is not known; wait:
	 * until it is.  Or NULL.
	 */
	int (*look)(struct source *, bool wait, struct err *);
	/* The version is known after it.  more: another file will follow. */
	int (*begin)(struct source *, int64_t offset, bool more,
	    struct err *);
	/* > 0, 0 at the end, -1. */
	ssize_t (*read)(struct source *, void *buf, size_t n, struct err *);
	/* All n bytes from a place, whatever read() does: 0, -1.  Or NULL. */
	int (*read_at)(struct source *, void *buf, size_t n, int64_t at,
	    struct err *);
	/* All has been read: are these all bytes (I2)?  Or NULL. */
	int (*end)(struct source *, struct err *);
	/* Whether what was read is no longer what is there.  Or NULL. */
	bool (*changed)(struct source *);
	/* The side's own SHA-256 of it: 1, 0 it has none, -1.  Or NULL. */
	int (*digest)(struct source *, char hex[HASH_HEX_MAX], struct err *);
	/*
	 * Leaves the rest of what goes well, which may take so long.  NULL:
	 * stop() does as well.
	 */
	void (*leave)(struct source *, int64_t ms);
	/* Ends a try; anew: which began at the file's beginning.  Or NULL. */
	void (*stop)(struct source *, bool anew);
	/* Frees it. */
	void (*close)(struct source *);
};

struct source {
	const struct source_ops *ops;
	struct version version;
	bool told;		/* the version is known as far as it will be */
	bool stale;		/* by copy.c: what a listing told will not do */
	bool restarts;		/* can begin in the middle */
	bool once;		/* a pipe: cannot be read again */
	enum fault fault;	/* what the last failure was */
	const char *key;	/* tells it from all others, for parts */
	const char *name;	/* for messages and progress; or NULL */
	struct tries *tries;	/* NULL: it is tried once */
	/* For whoever wants to know later whether it still is what it was. */
	struct identity look;	/* of a server, if that was asked for */
	struct stat st;		/* of this machine */
};

#endif
