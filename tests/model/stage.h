/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where one run of a model takes place: both sides' trees as they are at the
 * moment, what the sides do with names, the troubles that come, and a log of
 * all that is done.  One lock for all of it: stage_begin() takes it, and
 * stage_end() lets it go.
 *
 *	st = stage_new(world);
 *	if (stage_begin(st, TO, DEED_LINK, "dir/a", &deed, &err) == 0) {
 *		...
 *		deed.done = true;
 *	}
 *	return stage_end(st, &deed, &err);
 */
#ifndef TESTS_MODEL_STAGE_H
#define TESTS_MODEL_STAGE_H

#include <pthread.h>

#include "base/cancel.h"
#include "base/err.h"
#include "world.h"

/* What was done, and to what. */
struct record {
	int side;
	enum deed deed;
	char *path;		/* from the side's top, as it is stored */
	const struct trouble *trouble;	/* or NULL */
	bool foreign;		/* by another hand */
	bool done;
	bool failed;		/* so the mirror was told */
	struct node *was;	/* what was at path and is not any more */
	struct node *now;	/* what is there instead */
	uint64_t *seen;		/* editions that a listing showed */
	size_t nseen;
	bool whole;		/* it showed all there was */
};

struct stage {
	const struct world *w;
	pthread_mutex_t lock;
	struct node *top[SIDES];
	struct record *log;
	size_t n, cap;
	unsigned count[SIDES][DEEDS];
	bool calm;		/* no trouble any more */
	struct cancel *cancel;	/* of the run, for TROUBLE_KILLED; borrowed */
	uint64_t number;	/* the last that was given away */
	int64_t clock;		/* seconds */
};

struct stage *stage_new(const struct world *w);
void stage_free(struct stage *st);
/* A new run with what the last one left; calm: without troubles. */
void stage_again(struct stage *st, bool calm);

/* The nature of a side. */
int stage_nature(const struct stage *st, int side, enum nature n);
/* As the side stores a name; the caller frees it. */
char *stage_stored(const struct stage *st, int side, const char *name);
/* Whether two names are one there. */
bool stage_is_same(const struct stage *st, int side, const char *a,
    const char *b);
struct node *stage_child(const struct stage *st, int side,
    const struct node *dir, const char *name);
/*
 * What path, from the mirror's root, leads to; links on the way are followed
 * by servers alone, one at its end if follow.  NULL if there is nothing.
 */
struct node *stage_find(const struct stage *st, int side, const char *path,
    bool follow);
/* The directory that path is in, and *name in it. */
struct node *stage_dir(const struct stage *st, int side, const char *path,
    const char **name);
/* A new entry, dated now; NULL if the name cannot be. */
struct node *stage_make(struct stage *st, int side, struct node *dir,
    const char *name, char type);
/* It changed: another edition. */
void stage_touch(struct stage *st, struct node *n);
struct timespec stage_time(const struct stage *st, int side,
    struct timespec ts);

/* A deed that has begun; valid until stage_end(). */
struct begun {
	struct record *r;
	const struct trouble *trouble;
	bool done;
};

/*
 * Takes the lock, counts and notes the deed.  -1: a trouble prevents it.  What
 * another hand does is done now.
 */
int stage_begin(struct stage *st, int side, enum deed d, const char *path,
    struct begun *b, struct err *err);
/* rc is handed on, unless the answer gets lost. */
int stage_end(struct stage *st, struct begun *b, int rc, struct err *err);
/* Notes what stands at path before it is replaced or removed. */
void stage_was(struct begun *b, const struct node *n);
void stage_now(struct begun *b, const struct node *n);
/* Refused, as the side does it; -1. */
int stage_refuse(const struct stage *st, int side, int sys, struct err *err,
    const char *why);
/* Takes, with the lock held, what is at a node out of the tree. */
void stage_print(const struct stage *st, FILE *fp);

#endif
