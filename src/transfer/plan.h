/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is to be done in one directory: a pure function of the two listings
 * and the options.  --dry-run prints the actions, the real run queues them.
 */
#ifndef TRANSFER_PLAN_H
#define TRANSFER_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/observe.h"
#include "listing/listing.h"
#include "local/tree.h"
#include "transfer/mirror.h"

struct lineage;

/*
 * One side's entry, whichever side it is.  There are as many as names: the
 * small members stand together, so that they leave no holes.
 */
struct plan_entry {
	const char *name;
	int64_t size;			/* -1 unknown */
	struct timespec mtime;
	enum time_precision precision;
	int mode;			/* -1 unknown */
	char type;		/* 'f' 'd' 'l' 'o' */
	bool loops;		/* a directory that it is itself in; type 'o' */
	bool hidden;		/* a listing does not show it */
	const char *target;
	uint64_t hint;		/* of a server's directory: ftp/lister.h */
	const struct lineage *line;	/* of what is in it, or NULL */
	/* Of a source: a name beside it that may be one with it there. */
	const char *twin;
	/* Of a target, unless as in the source: what it really is called. */
	const char *stored;
	const char *within;	/* the same of the path it is in */
	uint64_t device, number;	/* as in struct seen */
};

enum plan_kind {
	PLAN_TRANSFER,		/* file: absent or different */
	PLAN_ENTER,		/* directory on both sides */
	PLAN_MKDIR,		/* directory: make it, then enter */
	PLAN_LINK,		/* symlink: absent or different */
	PLAN_CHMOD,		/* same content, other permission bits */
	PLAN_SAME,
	PLAN_OLDER,		/* than the target, and only newer ones go */
	PLAN_ASK,		/* the listing is too coarse: time, or digest */
	PLAN_DELETE,		/* only the target has it */
	PLAN_REPLACE,		/* another type is in its place */
	PLAN_BLOCKED,		/* and is left out, thus never deleted */
	PLAN_SKIP,		/* left out by selection */
	PLAN_UNTOLD,		/* whether it is selected cannot be told */
	PLAN_CANNOT,		/* a socket; a link to follow, to nothing */
	PLAN_LATER,		/* absent, when its twin is there */
};

struct plan_action {
	enum plan_kind kind;
	enum reason reason;	/* of a transfer or deletion, also of a doubt */
	const struct plan_entry *source, *target;	/* either may be NULL */
};

struct plan {
	struct plan_action *action;
	size_t n;
};

/*
 * dir is the directory's path relative to the root ("" the root).  source
 * and target are sorted by name.  Release with plan_release().
 */
void plan_directory(const char *dir, const struct plan_entry *source,
    size_t ns, const struct plan_entry *target, size_t nt,
    const struct mirror_options *o, struct plan *out);
void plan_release(struct plan *p);
/*
 * Whether it rests on a side's (the target's, or the source's) having no such
 * name, or a directory and no link there: then that must be sure.
 */
bool plan_needs_sure(const struct plan *p, bool target);
/* Whether the filters leave an entry of directory dir out, on either side. */
bool plan_filters_out(const char *dir, const char *name, char type,
    const struct mirror_options *o);
/*
 * The path of an entry of the target as it is spelled there, if the source
 * spells it otherwise; or NULL.  The caller frees it.
 */
char *plan_path_there(const char *dir, const struct plan_entry *target);
/*
 * Whether the filters exclude what an entry of the target really is called,
 * and not what the source calls it, nor are such to be deleted.
 */
bool plan_bars(const char *dir, const struct plan_entry *target,
    const struct mirror_options *o);
/* Whether it belongs to another shard (directories belong to all). */
bool plan_is_elsewhere(const char *dir, const char *name, char type,
    const struct mirror_options *o);
/*
 * Whether an entry of the target is left out by filters, selection or shards
 * and so never deleted, also where what is not known of it might leave it out.
 * Only the filters give way to --delete-excluded.
 */
bool plan_spares(const char *dir, const struct plan_entry *target,
    const struct mirror_options *o);
/*
 * Selection by age and size, which concerns files only; the last two: it is
 * not known, and would decide.
 */
enum plan_selection {
	PLAN_SELECTED, PLAN_LEFT_OUT, PLAN_NO_TIME, PLAN_NO_SIZE
};

enum plan_selection plan_selects(const struct plan_entry *e,
    const struct mirror_options *o);
/* Whether a time is so coarse that it may be on the other side of a limit. */
bool plan_age_in_doubt(struct timespec mtime, enum time_precision precision,
    const struct mirror_options *o);
/* The permission bits the target is to have; -1: as they are. */
int plan_mode(const struct plan_entry *source,
    const struct mirror_options *o);
/* Whether the listings' times are too coarse to tell which file is newer. */
bool plan_wants_times(const struct plan_entry *source,
    const struct plan_entry *target, const struct mirror_options *o);
/* Whether the target's are known and others. */
bool plan_wants_mode(const struct plan_entry *source,
    const struct plan_entry *target, const struct mirror_options *o);
/*
 * Whether two times are the same at the coarser of both precisions.
 */
bool plan_same_time(struct timespec a, enum time_precision pa,
    struct timespec b, enum time_precision pb);

#endif
