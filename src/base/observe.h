/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How the engine reports: the one interface between what works and what
 * shows.  Calls come from any thread; an observer brings its own lock and
 * never blocks for long.  Text, progress and JSON are observers in ui/.
 */
#ifndef BASE_OBSERVE_H
#define BASE_OBSERVE_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "base/err.h"

enum event_type {
	EVENT_CONNECT, EVENT_LOGIN, EVENT_ENTRY, EVENT_TRANSFER, EVENT_DELETE,
	EVENT_MKDIR, EVENT_SKIP, EVENT_WARNING, EVENT_ERROR, EVENT_CHECK,
	EVENT_SUMMARY,
};

/* Why a mirror transfers or deletes something; the words are ui/report.h's. */
enum reason {
	REASON_NONE,		/* there is nothing to say */
	REASON_NEW,		/* the target does not have it */
	REASON_SIZE, REASON_TIME,	/* they differ */
	REASON_NEWER,		/* with --only-newer */
	REASON_DIGEST,		/* by --checksum or --manifest */
	REASON_UNKNOWN,		/* nothing tells that they are equal */
	REASON_MOVE,		/* equal, but the source is to go */
	REASON_TYPE,		/* another type is, or was, in its place */
	REASON_ABSENT,		/* the source does not have it */
	REASON_EXCLUDED,	/* --delete-excluded */
	REASONS
};

/* What a mirror, or a get or put of several files, did. */
struct summary {
	uint64_t dirs, files, links;		/* seen in the source */
	uint64_t transferred, skipped, deleted, failed, warned;
	uint64_t bytes;				/* transferred */
	double seconds;
	bool dry_run;
};

struct entry;	/* listing/listing.h; here only carried */
struct doctor_finding;	/* doctor/doctor.h; likewise */

/*
 * One event.  Strings are borrowed for the call; NULL or -1 where a field
 * does not apply or is not known.  path, source and target are raw names:
 * the observer escapes.
 */
struct event {
	enum event_type type;
	const char *op;		/* transfer: "get", "put"; skip: why */
	const char *path;	/* entry, delete, mkdir, skip, error */
	const char *source, *target;	/* transfer */
	const char *message;	/* warning, error: escaped text */
	const struct entry *entry;	/* entry */
	const struct doctor_finding *check;	/* check */
	const struct err *err;	/* error, a failed transfer */
	const struct summary *summary;
	const char *host;	/* connect, login */
	const char *detail;	/* connect: TLS description; login: user */
	int64_t bytes;		/* transfer; -1 unknown */
	double seconds;		/* transfer */
	enum reason reason;	/* transfer, delete: of a mirror */
	char type_of;		/* skip: 'f' 'd' 'l' 'o' */
	bool resumed, verified, is_dir, dry_run;
	bool loud;		/* warning: not to be silenced */
	int job;		/* the number of the job it is of; 0: none */
};

struct observer {
	void *ctx;
	void (*event)(void *ctx, const struct event *ev);
	/*
	 * delta bytes more of a transfer have moved (negative: taken back);
	 * name says of which, total is its size or -1; done ends it.  name
	 * NULL: delta more files are to come, of total bytes or -1; done: and
	 * that is all, as far as can be told.
	 */
	void (*progress)(void *ctx, const char *name, int64_t delta,
	    int64_t total, bool done);
};

/* Conveniences; obs may be NULL. */
void observe_event(const struct observer *obs, const struct event *ev);
void observe_warning(const struct observer *obs, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Of what weakens the protection: also where others are kept quiet. */
void observe_loud_warning(const struct observer *obs, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void observe_error(const struct observer *obs, const char *path,
    const struct err *err);
void observe_progress(const struct observer *obs, const char *name,
    int64_t delta, int64_t total, bool done);

#endif
