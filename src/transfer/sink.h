/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where a file goes: to a part, on either side, that gets its name once it is
 * whole (I3), or to a descriptor.  copy.c calls the operations, once a try in
 * this order:
 *
 *	have	begin	write ... write	end
 *	check	checked ... checked
 *	commit	committed ... committed
 *	stop					if any of these failed
 *
 * then leave() and close().  check() and commit() only begin: what they ask
 * may leave with the next file's commands, and checked() and committed() say
 * whether the answers have come.  A sink holds no stage.
 */
#ifndef TRANSFER_SINK_H
#define TRANSFER_SINK_H

#include "transfer/source.h"

struct sink;

/* Where the bytes are after a commit that nobody answered. */
enum sink_place { SINK_COMMITTED, SINK_PART, SINK_NEITHER };

struct sink_ops {
	/*
	 * Begins a try: how many bytes of this version are there.  resume
	 * false: whatever there is is of no use.  If the source is not told
	 * yet, begin() does it, without resuming.
	 */
	int (*have)(struct sink *, struct source *, bool resume,
	    int64_t *have, struct err *);
	/* From byte have on. */
	int (*begin)(struct sink *, const struct source *, int64_t have,
	    bool more, struct err *);
	int (*write)(struct sink *, const void *buf, size_t n, struct err *);
	/* The same anywhere in it, by any thread.  Or NULL. */
	int (*write_at)(struct sink *, const void *buf, size_t n, int64_t at,
	    struct err *);
	/* All n bytes of what is there already: 0, -1.  Or NULL. */
	int (*read_at)(struct sink *, void *buf, size_t n, int64_t at,
	    struct err *);
	/* All has been written.  Or NULL. */
	int (*end)(struct sink *, struct err *);
	/* Makes a connection that is gone anew.  Or NULL. */
	int (*connect)(struct sink *, struct err *);
	/*
	 * Asks for what arrived; alone: nobody else's check is on its way.  Or
	 * NULL: there is nothing to doubt.
	 */
	int (*check)(struct sink *, bool alone, struct err *);
	/* 1 it is what was sent, 0 not answered yet, -1. */
	int (*checked)(struct sink *, struct err *);
	/* The side's own SHA-256 of it: 1, 0 it has none, -1.  Or NULL. */
	int (*digest)(struct sink *, char hex[HASH_HEX_MAX], struct err *);
	/* now: until it is done, by all means that there are. */
	int (*commit)(struct sink *, bool now, struct err *);
	/* 1, 0 not answered yet, -1.  NULL: commit() has done it. */
	int (*committed)(struct sink *, struct err *);
	/* Waits for all answers that are on their way.  NULL: none is. */
	int (*await)(struct sink *, struct err *);
	/* After FAULT_UNANSWERED. */
	int (*where)(struct sink *, enum sink_place *place, struct err *);
	/*
	 * A try failed with err, to which more may be added; fresh: what came
	 * of it is of no use.  Or NULL.
	 */
	void (*stop)(struct sink *, bool fresh, struct err *err);
	/*
	 * The last thing before who waits is told: it is in place, or, with
	 * err, has failed for good.  Gives locks back.  Or NULL.
	 */
	void (*leave)(struct sink *, bool fresh, struct err *err);
	/* Whether it may bear another name there.  Or NULL: it does not. */
	bool (*wants_name)(struct sink *);
	/* The same looked up for n of one directory: sets misnamed, each. */
	void (*look_names)(struct sink *const *, size_t n, struct err *each);
	/* Frees it. */
	void (*close)(struct sink *);
};

struct sink {
	const struct sink_ops *ops;
	bool stream;		/* what is written is gone: no part */
	bool in_place;		/* no part: written to under its name */
	bool sure;		/* what is written is there */
	bool whole;		/* by copy.c: it lacks only its name */
	bool outdated;		/* and the source was written to meanwhile */
	int64_t overlap;	/* so much of what is there is compared */
	enum fault fault;	/* what the last failure was */
	const char *name;	/* for messages and progress; or NULL */
	const char *part;	/* what it is sent as, if a refusal may say */
	const char *dir;	/* where look_names() looks */
	struct tries *tries;	/* NULL: it is tried once */
	/* What came of it. */
	int64_t kept;		/* bytes to go on with, after a failure */
	bool verified, time_kept, mode_kept, misnamed;
	bool unfit;		/* mode or time cannot be set */
};

#endif
