/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The inside of a mirror, for the files in transfer/ that make it up. */
#ifndef TRANSFER_MIRROR_IN_H
#define TRANSFER_MIRROR_IN_H

#include <sys/queue.h>

#include <pthread.h>

#include "base/strvec.h"
#include "transfer/copy.h"
#include "transfer/mirror.h"
#include "transfer/pathmap.h"
#include "transfer/plan.h"
#include "transfer/pool.h"
#include "transfer/rate.h"
#include "transfer/side.h"
#include "transfer/spool.h"
#include "transfer/tell.h"
#include "transfer/times.h"

struct later;
struct todo_file;

struct mirror {
	const struct mirror_options *o;
	struct side *from, *to;
	struct pool *pool;
	struct worker *own;		/* of the thread that runs the mirror */
	struct cancel *cancel;
	const struct observer *obs;
	struct rate *rate;
	struct manifest *manifest;	/* or NULL */
	/* shared by the workers */
	pthread_mutex_t lock;
	struct summary *sum;
	enum err_kind failed;		/* by err_merge() */
	enum err_kind misnamed;		/* the same, but all is there */
	bool warned[LOSSES];
	bool empty;			/* nothing seen in the source */
	bool warned_hidden;		/* of names that listings hide */
	bool incomplete;		/* the source was not read wholly */
	uint64_t kept;			/* sources that stay for that */
	bool merged;			/* directories of it are one there */
	bool endless;			/* a tree without an end */
	size_t full;			/* files that found no room */
	uint64_t target_entries;
	uint64_t unvisited;		/* directories that are to be, or are */
	size_t large_dir;		/* entries of large ones seen lately */
	struct spool *doomed;		/* a directory, what of it is to go */
	uint64_t ndoomed;		/* entries in there */
	struct strvec gone;		/* vanished from the source */
	struct spool *links;		/* path and target: made last */
	pthread_mutex_t times_lock;	/* held while one is tried out */
	struct time_model times[TIME_READINGS];
	struct spool *made;		/* what was made: its names */
	struct pathmap *places;		/* see mirror_place.c */
	/* see transfer/later.h */
	STAILQ_HEAD(later_queue, later) deferred, twins;
};

/* What MDTM and its like say of a pair; NULL: nothing, or not asked. */
struct exact {
	const struct timespec *from, *to;
};

/* mirror_list.c: how directories are listed, of either side. */
unsigned mirror_list_flags(const struct mirror *m);
enum list_need mirror_list_need(const struct mirror *m,
    const struct side *side);
/* Selection by age of this side, as in struct side_request. */
const struct mirror_options *mirror_list_ages(const struct mirror *m,
    const struct side *side);
/* One directory; what came is in out, to be released, in any case. */
int mirror_list_one(struct mirror *m, struct worker *w, struct side *side,
    const char *dir, enum list_need need, unsigned flags,
    struct side_list *out, struct err *err);
/* ERR_REFUSED for a path that nobody means. */
int mirror_list_check_depth(const char *path, struct err *err);
/*
 * Takes note of a side's listing of directory path.  True if its tree has no
 * end: that is said, once, and no further directory is looked at.
 */
bool mirror_list_is_endless(struct mirror *m, struct side *side,
    const char *path, struct lineage *line, const struct side_list *l);
/* Whether it was. */
bool mirror_list_was_endless(struct mirror *m);

/*
 * mirror_link.c.  The targets of links of a listing in the form that both
 * sides are compared in.
 */
void mirror_link_settle(const struct mirror *m, const struct side *side,
    const char *dir, struct side_list *l);
/* Makes it now or, if it needs what it leads to, when all else is there. */
void mirror_link_make(struct mirror *m, struct worker *w, const char *path,
    const struct plan_entry *source);
int mirror_link_make_rest(struct mirror *m, struct err *err);
/*
 * A link that the target's listing shows as the directory it leads to is not
 * deleted, nor is what is in it (I4); said, and counted as failed.
 */
void mirror_link_spare(struct mirror *m, struct worker *w, const char *dir,
    const struct side_list *target, struct plan *plan);

/*
 * mirror_names.c.  Finds names that the target spells otherwise, and those of
 * the source that may be one there, before a directory is planned.
 */
void mirror_names_match(struct mirror *m, struct worker *w, const char *dir,
    struct side_list *source, struct side_list *target);
/* Says so if the target spells path otherwise; target may be NULL. */
void mirror_names_check(struct mirror *m, const char *path,
    const struct plan_entry *target);
/* Whether what waited for its twin can go: else that is said. */
bool mirror_names_may_go(struct mirror *m, const struct later *twin);
/* Something was made under this name; looks for all such names. */
void mirror_names_made(struct mirror *m, const char *path);
int mirror_names_look(struct mirror *m, struct err *err);

/*
 * mirror_place.c.  Whether all directories above path, and itself unless its
 * upload has told, stand in the target under their own names: 0, else -1.
 */
int mirror_place_check(struct mirror *m, struct worker *w, const char *path,
    struct err *err);

/*
 * mirror_absent.c.  What a plan wants deleted is looked up in the source by
 * name; what is there, though not listed, stays.  -1 where that shows that the
 * listing was not all.
 */
int mirror_absent_ask(struct mirror *m, struct worker *w, const char *dir,
    const struct side_list *source, struct plan *plan, struct err *err);

/* mirror_hidden.c.  Adds to a target's listing what that hides. */
void mirror_hidden_find(struct mirror *m, struct worker *w, const char *dir,
    const struct side_list *source, struct side_list *target);
/* Says, once, that names are hidden. */
void mirror_hidden_tell(struct mirror *m, const char *path);

/*
 * mirror_times.c.  Whether a file whose time differs has the one that was set
 * all the same.
 */
bool mirror_times_are_same(struct mirror *m, struct worker *w,
    const char *path, const struct plan_action *a, const struct exact *exact);

/*
 * mirror_dated.c.  Whether a file whose time differs has, where none can be
 * set, that of its transfer, which was after its source was changed.  Not if
 * that cannot be found out.
 */
bool mirror_dated_is(struct mirror *m, struct worker *w, const char *path,
    const struct plan_action *a, const struct exact *exact);

/*
 * mirror_manifest.c: what is done to the target, for the manifest if there is
 * one; by it, whether something there was sent by us; such things are not
 * deleted.
 */
void mirror_manifest_sent(struct mirror *m, const char *path, int64_t size,
    const char *hex);
void mirror_manifest_made(struct mirror *m, const char *path, char type);
void mirror_manifest_deleted(struct mirror *m, const char *path);
void mirror_manifest_write(struct mirror *m, struct worker *w);
bool mirror_manifest_is_foreign(const struct mirror *m, const char *dir,
    const char *name, char type, int64_t size);
void mirror_manifest_spare(struct mirror *m, const char *dir,
    struct plan *plan);

/* mirror_file.c: transfers it, and reports that.  j is freed or queued. */
void mirror_file_run(struct mirror *m, struct worker *w,
    struct todo_file *j);
/* The target has this file as it should be: its parts are of no use. */
void mirror_file_stale(struct mirror *m, const char *path);
/*
 * --remove-source-files of what is in the target as res tells, and how it
 * looked before: then it goes, if it still looks so.
 */
void mirror_file_remove_source(struct mirror *m, struct worker *w,
    const char *path, const struct copy_result *res);

#endif
