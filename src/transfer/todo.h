/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a mirror has yet to do, as data: the jobs that its workers take from
 * the pool.  mirror.c alone gets them there, and does what each kind wants.
 */
#ifndef TRANSFER_TODO_H
#define TRANSFER_TODO_H

#include "ftp/session.h"
#include "listing/listing.h"
#include "listing/repeat.h"
#include "transfer/plan.h"
#include "transfer/pool.h"

enum todo_kind {
	TODO_DIR,		/* struct todo_dir */
	TODO_VISITS,		/* struct visits: times to be asked for */
	TODO_FILE,		/* struct todo_file */
	TODO_PIECE,		/* struct todo: of the manifest */
	TODO_DOOMED,		/* struct todo_dir: all in it is to go */
};

struct todo {
	struct job job;
	enum todo_kind kind;
};

/* A directory to visit; there may be very many. */
struct todo_dir {
	struct todo todo;
	char *path;		/* relative to the roots */
	char *within;		/* as the target spells it, if not so; NULL */
	bool target_exists;
	uint64_t from_hint, to_hint;	/* for listing it on either side */
	struct lineage line;
	enum reason reason;	/* why what is in it is to go */
};

/* A file to transfer. */
struct todo_file {
	struct todo todo;
	struct mirror *m;
	char *path;		/* relative to the roots */
	struct entry entry;	/* of the source; its strings are not set */
	int mode;		/* for the target, -1: as it comes */
	bool part;		/* one is there */
	bool replaces;		/* a file of the target */
	bool backed_up;		/* which is in the backup directory now */
	enum reason reason;	/* why it goes */
	char *source, *target;	/* as events show them; from its first run on */
	/* of the worker that took it last */
	struct worker *w;
	int64_t since;
};

/*
 * within: path as the target spells it, or NULL; is taken over.
 * source and target: what is known of the directory on either side, or NULL;
 * line, of what is in it, is the source's.
 */
void todo_add_dir(struct mirror *m, const char *path, char *within,
    bool target_exists, const struct plan_entry *source,
    const struct plan_entry *target);
void todo_add_doomed(struct pool *p, const char *path, char *within,
    const struct lineage *line, enum reason reason);
/* mode: for the target; part: one may be resumed. */
void todo_add_file(struct mirror *m, struct pool *p, const char *path,
    const struct plan_action *a, int mode, bool part);
void todo_add_piece(struct pool *p);
/* Queues one that was taken once more. */
void todo_again(struct pool *p, struct todo *t);
void todo_dir_free(struct todo_dir *j);
void todo_file_free(struct todo_file *j);

#endif
