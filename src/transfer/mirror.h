/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Trees: one side made like the other, as a stream.  Directories are listed
 * in parallel, compared as they arrive and turned into jobs at once;
 * deletions wait in a spool until all else is complete (I7).
 */
#ifndef TRANSFER_MIRROR_H
#define TRANSFER_MIRROR_H

#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "base/cancel.h"
#include "base/err.h"
#include "base/observe.h"
#include "config/option.h"
#include "transfer/filter.h"

struct pool;
struct side;

/* What a mirror works with; all of it is borrowed. */
struct mirror_context {
	struct side *from, *to;		/* transfer/side.h */
	struct pool *pool;		/* has sessions for both */
	struct cancel *cancel;
	const struct observer *obs;
};

struct mirror_options {
	/* for transfer/mirror_pair.h */
	bool reverse;			/* upload */
	const char *remote;		/* directory on the server */
	const char *local;		/* local directory */
	int local_dirfd;		/* what local is relative to */
	int parallel;			/* connections */
	/* comparing */
	bool only_newer, ignore_time, ignore_size, checksum, manifest;
	bool resume;
	/* selecting */
	const struct filter *filter;	/* or NULL */
	bool has_newer, has_older;
	time_t newer_than, older_than;
	int64_t min_size, max_size;	/* -1: none */
	unsigned shard, shards;		/* from 0, of so many; 0: all */
	bool no_recursion, no_empty_dirs, no_symlinks, dereference;
	bool perms;
	bool in_place;			/* on a server: without part files */
	mode_t umask;			/* of the process, where it counts */
	/* deleting */
	bool delete, delete_excluded, force;
	int64_t max_delete;		/* -1: none */
	int max_delete_percent;		/* -1: none */
	const char *require;		/* or NULL */
	const char *backup_dir;		/* on the target side, expanded; NULL */
	bool remove_source;
	bool named_alike;		/* the remote directory by the local */
	bool dry_run;
	enum verify_kind verify;
	bool keep_times;
	bool to_disk;			/* fsync of each file */
	uint64_t rate_limit;		/* bytes a second; 0: none */
};

/*
 * Mirrors.  sum is filled in any case.  Single failures are reported to the
 * observer and counted; err then says how the command as a whole failed: its
 * kind is that of the failures if all are of one status, else ERR_REFUSED.
 */
int mirror_run(const struct mirror_context *cx,
    const struct mirror_options *o, struct summary *sum, struct err *err);

#endif
