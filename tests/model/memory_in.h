/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The inside of a side_memory, for the files that make it up. */
#ifndef TESTS_MODEL_MEMORY_IN_H
#define TESTS_MODEL_MEMORY_IN_H

#include <string.h>

#include "stage.h"
#include "transfer/side.h"

struct side_memory {
	struct side side;
	struct side_ops ops;	/* what it has of them */
	struct stage *st;
	int which;
	bool shows_dots;
};

static inline struct side_memory *
memory_of(const struct side *side)
{
	return (struct side_memory *)side;
}

static inline int
memory_nature(const struct side_memory *m, enum nature n)
{
	return stage_nature(m->st, m->which, n);
}

static inline struct node *
memory_find(const struct side_memory *m, const char *path)
{
	return stage_find(m->st, m->which, path, false);
}

static inline int
memory_begin(struct side_memory *m, enum deed d, const char *path,
    struct begun *b, struct err *err)
{
	return stage_begin(m->st, m->which, d, path, b, err);
}

static inline int
memory_refuse(struct side_memory *m, int sys, struct err *err)
{
	return stage_refuse(m->st, m->which, sys, err, strerror(sys));
}

/* memory_list.c: looking; what becomes of names. */
size_t memory_batch(struct side *side, struct worker *w, enum list_need need,
    uint64_t hint);
void memory_list(struct side *side, struct worker *w, const struct
    side_request *rq, struct side_list *out, struct err *each);
int memory_confirm(struct side *side, struct worker *w, const struct
    side_request *rq, struct side_list *l, struct err *err);
int memory_tell_links(struct side *side, struct worker *w, const char *dir,
    const struct side_list *l, char *type, struct err *err);
int memory_has(struct side *side, struct worker *w, const char *path, struct
    err *err);
int memory_are_there(struct side *side, struct worker *w, const char *const
    *path, size_t n, bool *there, struct err *err);
int memory_find_hidden(struct side *side, struct worker *w, const char *dir,
    struct plan_entry *e, size_t n, struct err *err);
bool memory_shows_dots(struct side *side, const struct side_list *l);
bool memory_is_gone(struct side *side, struct worker *w, const char *path,
    const struct err *err);
bool memory_is_occupied(const struct err *err);
int memory_stored(struct side *side, struct worker *w, const char *dir, struct
    stored *v, size_t n, struct err *err);
bool memory_learn_case(struct side *side, struct worker *w, const char *path);
void memory_show_time(const struct side_memory *m, const struct node *n,
    struct plan_entry *e);
int memory_list_dir(struct side_memory *m, const struct side_request *rq,
    const char *dir, bool rough, struct side_list *l, struct err *err);

/* memory_change.c: changing; the gate of deletion. */
int memory_make_dir(struct side *side, struct worker *w, const char *path, int
    mode, bool *made, struct err *err);
int memory_make_dirs(struct side *side, struct worker *w, const char *const
    *path, const int *mode, size_t n, struct err *each, struct err *err);
int memory_set_mode(struct side *side, struct worker *w, const char *path, int
    mode, struct err *err);
int memory_back_up(struct side *side, struct worker *w, const char *path,
    struct err *err);
int memory_back_up_old(struct side *side, struct worker *w, const char *path,
    struct err *err);
int memory_take_back(struct side *side, struct worker *w, const char *path,
    struct err *err);
enum side_link memory_make_link(struct side *side, struct worker *w, const
    char *path, const char *target, struct err *err);
int memory_remove_all(struct side *side, struct worker *w, const struct remove
    *what, bool emptied, const struct seen *e, size_t n, struct err *err);
int memory_drop_parts(struct side *side, const char *path, struct err *err);

#endif
