/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A place that holds a tree: a directory of this machine, or of a server.
 * What a mirror does to either it does by these operations, which
 * side_local.h and side_remote.h have.
 *
 *	side = side_local_new(AT_FDCWD, "pub", umask, false, cancel);
 *	rc = side->ops->open(side, worker, true, &err);
 *	...
 *	side_free(side);
 *
 * Paths are relative to the side's root, "" being the root itself.  A worker
 * has a session for each side of a server; other sides do not look at it.
 * An operation that is "or NULL" a side may lack: there is nothing to do, ask
 * or doubt of that sort.  Any thread may call them, each with its own worker.
 * Unless it is said otherwise they return 0, or -1 with err.
 */
#ifndef TRANSFER_SIDE_H
#define TRANSFER_SIDE_H

#include <sys/types.h>

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/fold.h"
#include "base/hash.h"
#include "base/strvec.h"
#include "ftp/refusal.h"
#include "listing/need.h"
#include "transfer/copy.h"
#include "transfer/manifest.h"
#include "transfer/plan.h"
#include "transfer/pool.h"
#include "transfer/remove.h"
#include "transfer/stored.h"
#include "transfer/times.h"

struct side;

/* How many directories are listed at once at most. */
enum { SIDE_BATCH = 32 };

/* What holds of a side from its beginning on. */
struct side_facts {
	/* of what is wrong with it: ERR_LOCAL; ERR_REFUSED of a server */
	enum err_kind failing;
	const char *op;		/* a transfer to it, in events: "get", "put" */
	/* why a time, or a mode, that was to be kept there was not */
	const char *no_time, *no_mode;
	mode_t mask;		/* bits that the modes of what is made lose */
	bool follows;		/* what is written in place follows links */
	bool tells_names;	/* an upload finds out what its name became */
	bool few_digests;	/* it has those of few algorithms, if any */
	bool links_last;	/* links need what they lead to */
	bool moves_links;	/* their targets come back in another form */
	bool asks_source;	/* a source that goes was asked for before */
};

/* What one directory holds: entries sorted by name, as plan.h wants them. */
struct side_list {
	struct plan_entry *entry;
	size_t n;
	struct strvec parts;	/* names of part files, for resuming */
	bool capitals;		/* and some are written so */
	bool doubt;		/* it may lack some: confirm() */
	bool may_hide;		/* names with a leading dot may be left out */
	bool dotfiles;		/* it shows some */
	struct strvec targets;	/* of links, as the mirror has changed them */
	void *held;		/* what owns the strings */
	void (*release)(void *held);
};

struct side_request {
	const char *const *dir;	/* n of them, SIDE_BATCH at most */
	const uint64_t *hint;	/* of each, from its plan_entry; or NULL */
	size_t n;
	enum list_need need;
	unsigned flags;		/* of enum list_flag */
	/* times that leave a selection by age in doubt are asked; or NULL */
	const struct mirror_options *ages;
};

/* A file to transfer, for either side's end of it. */
struct side_file {
	const char *path;	/* borrowed as long as that takes; so is */
	const char *full;	/* what full() made of it */
	/* of a source */
	const struct entry *entry;	/* what a listing told; borrowed */
	bool identify;		/* how it looks is wanted, as of look() */
	/* of a target */
	bool resume;		/* there may be parts of earlier runs */
	bool keep_time, keep_mode;
	bool to_disk;		/* fsync, where there is such a thing */
	enum verify_kind verify;
};

/* What became of a symbolic link. */
enum side_link {
	LINK_MADE,
	LINK_EARLY,		/* what it leads to may have to be there */
	LINK_CANNOT,		/* there are none, or no such */
	LINK_FAILED,
};

struct side_ops {
	void (*free)(struct side *side);

	/* The root, in this order. */

	/* Of both sides before anything else; sets side->root.  Or NULL. */
	int (*connect)(struct side *side, struct worker *w, struct err *err);
	/* Sets absent if it is a target that is known not to be there. */
	int (*open)(struct side *side, struct worker *w, bool source,
	    bool *absent, struct err *err);
	/* That a source is there, before its target is made.  Or NULL. */
	int (*check)(struct side *side, struct worker *w, struct err *err);
	/*
	 * A target's is made if need be; a rehearsal only looks.  *exists:
	 * there is something to compare with.
	 */
	int (*make_root)(struct side *side, struct worker *w, bool rehearsal,
	    bool *exists, struct err *err);
	/* dir as the user names it; sets side->backup and side->root. */
	int (*open_backup)(struct side *side, const char *dir, bool rehearsal,
	    struct err *err);
	/* All that was written is on the disk.  Or NULL. */
	int (*sync)(struct side *side, struct err *err);

	/* Looking. */

	/* What path is called in events; the caller frees it. */
	char *(*full)(const struct side *side, const char *path);
	/*
	 * How many directories with such a hint are worth being listed at
	 * once.  NULL: each when it is its turn.
	 */
	size_t (*batch)(struct side *side, struct worker *w,
	    enum list_need need, uint64_t hint);
	/*
	 * each[i].kind is ERR_NONE where that worked; what could be read of it
	 * is in out[i] in any case.  Release each.
	 */
	void (*list)(struct side *side, struct worker *w,
	    const struct side_request *rq, struct side_list *out,
	    struct err *each);
	/* Makes sure of a listing, rq's only one, in doubt.  Or NULL. */
	int (*confirm)(struct side *side, struct worker *w,
	    const struct side_request *rq, struct side_list *l,
	    struct err *err);
	/* As repeat_note() of listing/repeat.h.  NULL: trees have an end. */
	bool (*is_endless)(struct side *side, struct lineage *line,
	    const struct side_list *l);
	/*
	 * Of what a listing shows as directories some may be links: sets the
	 * type[i] of those.  Or NULL.
	 */
	int (*tell_links)(struct side *side, struct worker *w,
	    const char *dir, const struct side_list *l, char *type,
	    struct err *err);
	/* Whether there is such a thing: 1, 0, -1. */
	int (*has)(struct side *side, struct worker *w, const char *path,
	    struct err *err);
	/*
	 * there[i]: something answers to a name that no listing shows.  NULL:
	 * listings lack no names.
	 */
	int (*are_there)(struct side *side, struct worker *w,
	    const char *const *path, size_t n, bool *there, struct err *err);
	/*
	 * Looks for files and directories of dir that its listing hides: gives
	 * them size and time, or type 0.  NULL as above.
	 */
	int (*find_hidden)(struct side *side, struct worker *w,
	    const char *dir, struct plan_entry *e, size_t n, struct err *err);
	/*
	 * Whether some listing, l too, has shown that it hides nothing.  NULL
	 * as above.
	 */
	bool (*shows_dots)(struct side *side, const struct side_list *l);
	/* Whether a name that failed with why has vanished since. */
	bool (*is_gone)(struct side *side, struct worker *w, const char *path,
	    const struct err *why);
	/* Whether why says that a directory is not empty. */
	bool (*is_occupied)(const struct err *why);
	/* Explains a refusal of what->path in words.  Or NULL. */
	void (*explain)(struct side *side, struct worker *w,
	    const struct refusal *what, struct err *err);

	/* Names. */

	/* As stored_look(). */
	int (*stored)(struct side *side, struct worker *w, const char *dir,
	    struct stored *v, size_t n, struct err *err);
	/* The same of the root's name, if named_root. */
	int (*root_stored)(struct side *side, struct worker *w,
	    struct stored *v, struct err *err);
	/* Whether something answers to it, by whatever name: 1, 0, -1. */
	int (*answers)(struct side *side, struct worker *w, const char *path,
	    struct err *err);
	/* What it was seen to do with names: -1 no, 0 not known, 1. */
	int (*folds)(struct side *side, enum fold how);
	void (*note_folds)(struct side *side, enum fold how, bool folds);
	/*
	 * Finds out by something that was made what case means; false: there
	 * are no letters in its name.  NULL: that is not found out so.
	 */
	bool (*learn_case)(struct side *side, struct worker *w,
	    const char *path);

	/* Changing. */

	/* With parents; mode -1: as it comes.  *made: it was not there. */
	int (*make_dir)(struct side *side, struct worker *w, const char *path,
	    int mode, bool *made, struct err *err);
	/*
	 * Many at once, whose parents are there; each[i] of those that are not
	 * made, which make_dir() may do.  -1 when the connection failed.  NULL:
	 * there is nothing to be gained.
	 */
	int (*make_dirs)(struct side *side, struct worker *w,
	    const char *const *path, const int *mode, size_t n,
	    struct err *each, struct err *err);
	int (*set_mode)(struct side *side, struct worker *w, const char *path,
	    int mode, struct err *err);
	/* In place of what is no directory, which is backed up. */
	enum side_link (*link)(struct side *side, struct worker *w,
	    const char *path, const char *target, struct err *err);
	/*
	 * The gate of deletion: remove_entries() or, of those that are emptied,
	 * remove_dirs(), with what->dir a path of this side.
	 */
	int (*remove)(struct side *side, struct worker *w,
	    const struct remove *what, bool emptied, const struct seen *e,
	    size_t n, struct err *err);
	/* Moves it to the backup directory. */
	int (*back_up)(struct side *side, struct worker *w, const char *path,
	    struct err *err);
	/* The same before something takes its place: it may keep it so long. */
	int (*back_up_old)(struct side *side, struct worker *w,
	    const char *path, struct err *err);
	/* Undoes that, unless something has come there. */
	int (*take_back)(struct side *side, struct worker *w,
	    const char *path, struct err *err);
	/*
	 * A file is there as it should be: its parts are of no use.  Where
	 * there is end_parts() they go then, when nothing else is under way.
	 */
	int (*drop_parts)(struct side *side, const char *path,
	    struct err *err);
	int (*end_parts)(struct side *side, struct worker *w,
	    struct err *err);

	/* One file. */

	/* As they are for struct copy; NULL with err. */
	struct source *(*source)(struct side *side, struct worker *w,
	    const struct side_file *f, struct err *err);
	struct sink *(*sink)(struct side *side, struct worker *w,
	    const struct side_file *f, struct source *from, struct err *err);
	/* Whether it can tell digests. */
	bool (*has_digests)(struct side *side, struct worker *w);
	/*
	 * Sets chooses: by the best that it has, which *alg becomes; else by
	 * *alg.  1, 0: it has none such, -1.
	 */
	int (*digest)(struct side *side, struct worker *w, const char *path,
	    bool chooses, enum hash_alg *alg, char hex[HASH_HEX_MAX],
	    struct err *err);
	/* How a source looks, in res->look or res->st. */
	int (*look)(struct side *side, struct worker *w, const char *path,
	    struct copy_result *res, struct err *err);
	/*
	 * Deletes a source if it looks the same again: now, and err says why
	 * not; or in end_sources(), which tells side->kept of failures.
	 */
	void (*remove_source)(struct side *side, struct worker *w,
	    const char *path, const struct copy_result *res,
	    struct err *err);
	/* Or NULL. */
	void (*end_sources)(struct side *side, struct worker *w);

	/* Times. */

	/*
	 * As files_times(): more exactly than listings tell.  NULL: a listing
	 * tells all.
	 */
	int (*exact_times)(struct side *side, struct worker *w,
	    const char *const *path, size_t n, struct timespec *ts,
	    bool *known, struct err *err);
	/*
	 * Of a file of the target, which has time seen though source was set,
	 * or something near: finds out what becomes of times.
	 */
	void (*try_time)(struct side *side, struct worker *w,
	    const char *path, struct timespec source,
	    const struct reading *seen, struct time_model *tm);
	/*
	 * Whether times that are set are kept: 1, 0, -1; exact: what is told
	 * of target, or NULL.  Without a trial they are believed to be.  NULL:
	 * always.
	 */
	int (*keeps_times)(struct side *side, struct worker *w,
	    const char *path, const struct plan_entry *target,
	    const struct timespec *exact, bool trial, struct err *err);

	/* The manifest, see transfer/manifest.h.  Or NULL. */
	struct manifest *(*open_manifest)(struct side *side, struct worker *w,
	    unsigned shard, unsigned shards, struct err *err);
	int (*write_piece)(struct side *side, struct worker *w,
	    struct manifest *mf, struct err *err);
};

/* What all sides begin with. */
struct side {
	const struct side_ops *ops;
	struct side_facts facts;
	const char *name;	/* the root as the user calls it */
	const char *title;	/* the same in messages about all of it */
	char *root;		/* its absolute name, once that is needed */
	char *backup;		/* the backup directory's, or NULL */
	bool backed_up;		/* a name came there that is to be looked for */
	bool named_alike;	/* the root is called as the source is */
	bool named_root;	/* its name counts, too: root_stored() */
	unsigned list_flags;	/* what its listings have to show */
	/*
	 * See remove_source(); to be set by who calls that.  settle: puts all
	 * that was fetched on the disk.
	 */
	void (*kept)(void *ctx, const char *path, struct err *err);
	void (*settle)(void *ctx, struct err *err);
	void *ctx;
	pthread_mutex_t lock;	/* of what a side learns */
	signed char folding[FOLD_OTHER];
};

void side_init(struct side *side, const struct side_ops *ops,
    const char *name);
/* For the side's own free(). */
void side_release(struct side *side);
/* NULL is fine. */
void side_free(struct side *side);

void side_list_release(struct side_list *l);
/* Takes down the part files among its entries. */
void side_list_find_parts(struct side_list *l);
bool side_list_has_part(const struct side_list *l, const char *name);
/* As it has to be, after entries have come or have got other names. */
void side_list_sort(struct side_list *l);
bool side_list_is_sorted(const struct side_list *l);
/* By its name, or NULL. */
struct plan_entry *side_list_find(const struct side_list *l,
    const char *name);

/* Whether it is the backup directory, or in it; whether it holds it. */
bool side_is_backup(const struct side *side, const char *dir,
    const char *name);
bool side_holds_backup(const struct side *side, const char *dir,
    const char *name);

/* As in the table above, of sides that learn of no server. */
int side_folds(struct side *side, enum fold how);
void side_note_folds(struct side *side, enum fold how, bool folds);

#endif
