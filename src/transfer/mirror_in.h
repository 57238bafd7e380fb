/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The inside of a mirror, for the files in transfer/ that make it up. */
#ifndef TRANSFER_MIRROR_IN_H
#define TRANSFER_MIRROR_IN_H

#include <sys/queue.h>

#include <errno.h>
#include <pthread.h>

#include "base/fold.h"
#include "base/hash.h"
#include "base/strvec.h"
#include "listing/repeat.h"
#include "local/tree.h"
#include "transfer/copy.h"
#include "transfer/fetched.h"
#include "transfer/manifest.h"
#include "transfer/mirror.h"
#include "transfer/plan.h"
#include "transfer/pool.h"
#include "transfer/rate.h"
#include "transfer/spool.h"

/* What may not be carried over without that being a failure. */
enum mirror_loss {
	LOST_LINK, LOST_OTHER, LOST_TIME, LOST_MODE, LOST_GONE,
	LOST_LOOP, LOSSES
};

/* What waits for the deletions: its name was taken by another type. */
struct deferred {
	STAILQ_ENTRY(deferred) link;
	char *path;
	struct plan_entry entry;	/* name and target not set */
	char *link_target;
	char *keeper;		/* what keeps the directory in its place */
	bool stays;		/* its place was not cleared */
};

struct twin;

/* What becomes of a time that is set, see mirror_times.c. */
struct time_model {
	bool known;
	time_t offset[2];	/* may be one: winter's and summer's */
	time_t grain;
	bool fraction;		/* of a second is shown that nobody set */
};

/* Whether the server lets us set times; it was told to, and read back. */
enum time_setting { SETTING_UNTRIED, SETTING_WORKS, SETTING_FAILS };

/* How the server's time came: in a listing, without seconds, or by MDTM. */
enum time_reading { READ_LISTED, READ_COARSE, READ_ASKED, TIME_READINGS };

struct reading {
	enum time_reading by;
	struct timespec time;
	enum time_precision precision;
};

struct mirror {
	const struct mirror_options *o;
	struct session *own;
	const struct observer *obs;
	struct pool *pool;
	struct rate *rate;
	struct tree *tree;		/* NULL: dry run without a target */
	char *remote;			/* absolute root */
	char *backup, *target;		/* absolute; NULL: no --backup-dir */
	struct tree *backup_tree;
	struct manifest *manifest;	/* or NULL */
	/* shared by the workers */
	pthread_mutex_t lock;
	struct summary *sum;
	enum err_kind failed;		/* by err_merge() */
	enum err_kind misnamed;		/* the same, but all is there */
	signed char folds[FOLD_OTHER];	/* see mirror_names.c */
	bool warned[LOSSES];
	bool empty;			/* nothing seen in the source */
	bool backed_up;			/* something, on the server */
	bool shows_dots;		/* listings do not hide such names */
	bool warned_hidden;		/* or not */
	bool incomplete;		/* the source was not read wholly */
	bool merged;			/* directories of it are one there */
	struct repeats repeats;		/* listings like those above */
	bool endless;			/* too many of them */
	size_t full;			/* files that found no room */
	uint64_t target_entries;
	size_t large_dir;		/* entries of large ones seen lately */
	struct spool *doomed;		/* a directory, what of it is to go */
	uint64_t ndoomed;		/* entries in there */
	struct strvec gone;		/* vanished from the source */
	struct fetched_queue fetched;	/* sources to be deleted */
	struct strvec hops;	/* -L: links followed, and where each led */
	unsigned refused;		/* names that are there all the same */
	struct spool *links;		/* path and target: made last */
	struct spool *stale;		/* paths that may have parts left */
	pthread_mutex_t times_lock;	/* held while one is tried out */
	struct time_model times[TIME_READINGS];
	enum time_setting setting;
	struct spool *made;		/* directories, links: their names */
	bool root_at_risk;		/* the target's: its name counts */
	struct pathmap *places;		/* see mirror_place.c */
	STAILQ_HEAD(, deferred) deferred;
	STAILQ_HEAD(, twin) twins;
};

/* The absolute name on the server; the caller frees it. */
char *mirror_remote(const struct mirror *m, const char *path);
/* Reports, counts and clears err. */
void mirror_failed(struct mirror *m, const char *path, struct err *err);
void mirror_lost(struct mirror *m, enum mirror_loss loss, const char *path,
    const char *why);
void mirror_count(struct mirror *m, uint64_t *counter, uint64_t n);

/* Something of the source was not read: nothing may be deleted (I7). */
void mirror_incomplete(struct mirror *m);
bool mirror_is_incomplete(struct mirror *m);

/* mirror_side.c: one directory's entries on one side, as plan.h wants them. */
struct side {
	struct plan_entry *entry;
	size_t n;
	struct listing remote;
	struct tree_list local;
	struct strvec parts;	/* their names, for resuming */
	bool capitals;		/* and some are written so */
	struct strvec targets;	/* of links, in the form for comparing */
};

/* From side->remote. */
void side_take_remote(struct mirror *m, struct session *s, const char *dir,
    struct side *side);
int side_list_local(struct mirror *m, const char *dir, struct side *side,
    struct err *err);
bool side_has_part(const struct side *target, const char *name);
void side_release(struct side *side);

/* mirror_age.c: what is in doubt is asked for. */
void mirror_settle_ages(struct mirror *m, struct session *s, const char *dir,
    struct listing *l);

/* mirror_dir.c: how the server's directories are listed (ftp/lister.h) */
unsigned mirror_list_flags(const struct mirror *m);
/* e: what is known of it on the server, or NULL */
void mirror_add_dir(struct mirror *m, const char *path, bool target_exists,
    const struct plan_entry *e);
/*
 * Takes note of a server's listing of directory path.  True if its tree has no
 * end: that is said, once, and no further directory is looked at.
 */
bool mirror_is_endless(struct mirror *m, const char *path,
    struct lineage *line, const struct listing *l);
/* Whether it was. */
bool mirror_was_endless(struct mirror *m);

/* mirror_act.c: files whose exact times have to be asked for. */
struct question {
	char *path;
	const struct plan_action *action;
	bool part;
};

struct questions {
	struct question *question;
	size_t n, cap;
};

void questions_add(struct questions *q, const char *path,
    const struct plan_action *a, bool part);
void questions_release(struct questions *q);
/* False: s cannot any more, and others can. */
bool mirror_ask_times(struct mirror *m, struct session *s,
    const struct questions *q);
/* Makes a directory of the target, with parents; *made: it was not there. */
int mirror_make_dir(struct mirror *m, struct session *s, const char *path,
    int mode, bool *made, struct err *err);
/* Reports it made and queues it; e as for mirror_add_dir(). */
void mirror_entered(struct mirror *m, const char *path,
    const struct plan_entry *e);
void mirror_act(struct mirror *m, struct session *s, const char *path,
    const struct plan_action *a, bool part);
/* Puts one entry of the source where nothing is in the target. */
void mirror_enter(struct mirror *m, struct session *s, const char *path,
    const struct plan_entry *source);

/*
 * mirror_link.c.  A link's target in the form that both sides' listings are
 * compared in: ProFTPD makes targets absolute.  The caller frees it.
 */
char *mirror_link_target(const struct mirror *m, const char *dir,
    const char *target);
/* Makes it now or, on the server, when all else is there. */
void mirror_link(struct mirror *m, const char *path,
    const struct plan_entry *source);
int mirror_make_links(struct mirror *m, struct err *err);
/*
 * On the server: a link that its listing shows as the directory it leads to is
 * not deleted, nor is what is in it (I4); said, and counted as failed.
 */
void mirror_spare_links(struct mirror *m, struct session *s, const char *dir,
    struct side *target, struct plan *plan);

/*
 * mirror_names.c.  Finds names that the target spells otherwise, and those of
 * the source that may be one there, before a directory is planned.
 */
void mirror_match_names(struct mirror *m, struct session *s, const char *dir,
    struct side *source, struct side *target);
/* A name is not what was asked for, though the content is: fails, as above. */
void mirror_misnamed(struct mirror *m, const char *path, struct err *err);
/* Says so if the target spells path otherwise; target may be NULL. */
void mirror_check_name(struct mirror *m, const char *path,
    const struct plan_entry *target);
/* What waits for its twin; runs all that do, when all else is there. */
void mirror_twin(struct mirror *m, const char *path,
    const struct plan_entry *source);
int mirror_run_twins(struct mirror *m, struct err *err);
/* Something was made under this name; looks for all such names. */
void mirror_made_name(struct mirror *m, const char *path);
int mirror_look_for_made(struct mirror *m, struct err *err);
void mirror_forget_names(struct mirror *m);

/*
 * mirror_place.c.  Whether all directories above path, in a download itself,
 * stand in the target under their own names: 0, else -1.
 */
int mirror_check_place(struct mirror *m, struct session *s, const char *path,
    struct err *err);

/*
 * mirror_absent.c.  What the plan of a download wants deleted is looked up by
 * name; what is there, though not listed, stays.  -1 where that shows that the
 * listing was not all.
 */
int mirror_make_absence_sure(struct mirror *m, struct session *s,
    const char *dir, const struct side *source, struct plan *plan,
    struct err *err);

/*
 * mirror_hidden.c.  Adds to an upload's target what its listing hides; says
 * that, once.
 */
void mirror_find_hidden(struct mirror *m, struct session *s, const char *dir,
    const struct side *source, struct side *target);
void mirror_hidden(struct mirror *m, const char *path);

/*
 * mirror_times.c.  Whether a file whose time differs has the one that was set
 * all the same; exact: what MDTM said of it on the server, or NULL.
 */
bool mirror_same_time(struct mirror *m, struct session *s, const char *path,
    const struct plan_action *a, const struct timespec *exact);
/*
 * Sets the time of the server's file full, of which seen was read, and reads
 * it again by the same means: m->setting is known then.  The caller holds
 * times_lock, and undoes it.  1, 0 (this file's time is not ours to set), -1.
 */
int mirror_try_time(struct mirror *m, struct session *s, const char *full,
    time_t set, const struct reading *seen, struct reading *got,
    struct err *err);
/* So that it reads as it did. */
void mirror_restore_time(struct session *s, const char *full, time_t set,
    const struct reading *seen, const struct reading *got);

/*
 * mirror_dated.c.  Whether a file whose time differs has, where none can be
 * set, that of its transfer, which was after its source was changed; exact as
 * above.  Not if that cannot be found out.
 */
bool mirror_is_dated(struct mirror *m, struct session *s, const char *path,
    const struct plan_action *a, const struct timespec *exact);

/*
 * mirror_manifest.c: what is done to the target, for the manifest if there is
 * one; by it, whether something there was sent by us; such things are not
 * deleted.
 */
void mirror_note_sent(struct mirror *m, const char *path, int64_t size,
    const char *hex);
void mirror_note_made(struct mirror *m, const char *path, char type);
void mirror_note_deleted(struct mirror *m, const char *path);
bool mirror_is_foreign(const struct mirror *m, const char *dir,
    const char *name, char type, int64_t size);
void mirror_spare_foreign(struct mirror *m, const char *dir,
    struct plan *plan);

/* mirror_backup.c */
/* A local directory with its parents; mode -1: by the umask. */
int mirror_mkdir_p(struct tree *t, const char *dir, int mode,
    struct err *err);
int mirror_open_backup(struct mirror *m, struct err *err);
/* Whether it is the backup directory, or in it; whether it holds it. */
bool mirror_is_backup(const struct mirror *m, const char *dir,
    const char *name);
bool mirror_holds_backup(const struct mirror *m, const char *dir,
    const char *name);
/* Moves path of the target there. */
int mirror_back_up(struct mirror *m, struct session *s, const char *path,
    struct err *err);
/* The same before something takes its place: a local one may stay so long. */
int mirror_back_up_old(struct mirror *m, struct session *s, const char *path,
    struct err *err);
/* A local one comes back. */
int mirror_take_back(struct mirror *m, const char *path, struct err *err);
/* On the server: what stepped aside for path, absolute as aside. */
int mirror_back_up_aside(struct mirror *m, const char *aside,
    const char *path, struct err *err);

/*
 * mirror_file.c.  Whether what failed of the source with err has vanished
 * since it was listed.
 */
bool mirror_is_gone(struct mirror *m, struct session *s, const char *path,
    const struct err *err);
/* What was fetched, and is deleted on the server. */
void mirror_fetched(void *ctx, const struct fetched *f, enum fate fate,
    const struct err *err);
/*
 * --remove-source-files of what a digest has shown to be in the target: how
 * the source looks before (verified is the caller's); then it goes, if it
 * still looks so.
 */
int mirror_look_at_source(struct mirror *m, struct session *s,
    const char *path, struct copy_result *seen, struct err *err);
void mirror_remove_source(struct mirror *m, struct session *s,
    const char *path, const struct copy_result *res);
/* Queues the transfer of a file; part: one may be resumed. */
void mirror_add_file(struct mirror *m, const char *path,
    const struct plan_action *a, bool part);
/*
 * The target has this file as it should be: parts of it are of no use.  Those
 * on the server are removed when all transfers are done.
 */
void mirror_stale(struct mirror *m, const char *path);
int mirror_remove_stale(struct mirror *m, struct err *err);
int mirror_hash_local(struct mirror *m, const char *path, enum hash_alg alg,
    char hex[HASH_HEX_MAX], struct err *err);

/* mirror_dir.c; ERR_REFUSED for a path that nobody means. */
int mirror_check_depth(const char *path, struct err *err);
/*
 * mirror_delete.c: what the plan for directory dir wants deleted, beside the n
 * entries that the source has there.
 */
void mirror_doom(struct mirror *m, const char *dir, const struct plan *plan,
    const struct plan_entry *source, size_t n);
/* A file that the source no longer has: the target may lack it. */
void mirror_vanished(struct mirror *m, const char *path);
/* What takes its name afterwards. */
void mirror_defer(struct mirror *m, const char *path,
    const struct plan_entry *source);
/* Deletes (I7) and queues what was deferred. -1 only when cancelled. */
int mirror_delete(struct mirror *m, struct err *err);
void mirror_forget(struct mirror *m);

#endif
