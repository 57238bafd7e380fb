/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of a server's side share. */
#ifndef TRANSFER_SIDE_REMOTE_IN_H
#define TRANSFER_SIDE_REMOTE_IN_H

#include <stdlib.h>

#include "base/mem.h"
#include "base/path.h"
#include "base/strvec.h"
#include "listing/repeat.h"
#include "transfer/fetched.h"
#include "transfer/side.h"
#include "transfer/spool.h"

/* Whether the server lets us set times; it was told to, and read back. */
enum time_setting { SETTING_UNTRIED, SETTING_WORKS, SETTING_FAILS };

struct side_remote {
	struct side side;
	struct session *own;
	size_t i;			/* of a worker's sessions */
	bool source, follow;
	struct fetched_queue fetched;	/* sources that are to be deleted */
	struct spool *stale;		/* files that may have parts left */
	/* under side.lock */
	struct repeats repeats;		/* listings like those above */
	bool shows_dots;		/* listings do not hide such names */
	unsigned refused;		/* names that are there all the same */
	struct strvec hops;	/* links followed, and where each led */
	pthread_mutex_t times_lock;	/* held while one is tried out */
	enum time_setting setting;
};

static inline struct side_remote *
remote_of(struct side *side)
{
	return (struct side_remote *)side;
}

static inline struct session *
remote_session(const struct side *side, const struct worker *w)
{
	return pool_session(w, ((const struct side_remote *)side)->i);
}

/* The absolute name on the server; the caller frees it. */
static inline char *
remote_path(const struct side *side, const char *path)
{
	return path[0] != '\0' ? path_join(side->root, path) :
	    xstrdup(side->root);
}

/* side_remote_list.c: what is in directories, as in struct side_ops */
void side_remote_list_dirs(struct side *side, struct worker *w,
    const struct side_request *rq, struct side_list *out, struct err *each);
int side_remote_list_confirm(struct side *side, struct worker *w,
    const struct side_request *rq, struct side_list *l, struct err *err);
bool side_remote_list_is_endless(struct side *side, struct lineage *line,
    const struct side_list *l);
int side_remote_list_tell_links(struct side *side, struct worker *w,
    const char *dir, const struct side_list *l, char *type, struct err *err);

/*
 * side_remote_hops.c: what the listing of dir does not tell of a source is
 * found out, and links become what they lead to if they are followed; -1 if
 * that is not known of one, which is of type '?' then.
 */
int side_remote_hops_follow(struct side *side, struct worker *w,
    const char *dir, struct side_list *l, struct err *err);

/* side_remote_hide.c: names that listings lack, as in struct side_ops */
int side_remote_hide_ask(struct side *side, struct worker *w,
    const char *const *path, size_t n, bool *there, struct err *err);
int side_remote_hide_find(struct side *side, struct worker *w,
    const char *dir, struct plan_entry *e, size_t n, struct err *err);
bool side_remote_hide_not(struct side *side, const struct side_list *l);

/* side_remote_link.c: as in struct side_ops */
enum side_link side_remote_link_make(struct side *side, struct worker *w,
    const char *path, const char *target, struct err *err);

/* side_remote_backup.c: as in struct side_ops */
int side_remote_backup_open(struct side *side, const char *dir,
    bool rehearsal, struct err *err);
int side_remote_backup_move(struct side *side, struct worker *w,
    const char *path, struct err *err);
int side_remote_backup_undo(struct side *side, struct worker *w,
    const char *path, struct err *err);
/* What stepped aside for path, and is called aside, absolute. */
int side_remote_backup_aside(struct side *side, struct worker *w,
    const char *aside, const char *path, struct err *err);

/* side_remote_parts.c: as in struct side_ops */
int side_remote_parts_drop(struct side *side, const char *path,
    struct err *err);
int side_remote_parts_end(struct side *side, struct worker *w,
    struct err *err);

/* side_remote_times.c: as in struct side_ops */
int side_remote_times_ask(struct side *side, struct worker *w,
    const char *const *path, size_t n, struct timespec *ts, bool *known,
    struct err *err);
void side_remote_times_try(struct side *side, struct worker *w,
    const char *path, struct timespec source, const struct reading *seen,
    struct time_model *tm);
int side_remote_times_kept(struct side *side, struct worker *w,
    const char *path, const struct plan_entry *target,
    const struct timespec *exact, bool trial, struct err *err);

#endif
