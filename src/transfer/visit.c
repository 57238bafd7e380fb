/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "transfer/visit.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/path.h"

/* Entries that several directories may have together in memory. */
enum { ENTRIES_AT_ONCE = 2048 };

static void
init_visit(struct mirror *m, struct visit *v, struct todo_dir *j)
{
	v->m = m;
	v->path = j->path;
	v->within = j->within;
	v->target_exists = j->target_exists;
	v->source.hint = j->from_hint;
	v->target.hint = j->to_hint;
	v->line = j->line;
	free(j);
}

void
visit_free(struct visits *all)
{
	struct visit *v;

	doubts_release(&all->doubts);
	for (v = all->visit; v < all->visit + all->n; v++) {
		plan_release(&v->plan);
		side_list_release(&v->source.list);
		side_list_release(&v->target.list);
		free(v->within);
		free(v->path);
	}
	free(all->visit);
	free(all);
}

static struct side *
side_of(const struct visit *v, const struct view *view)
{
	return view == &v->source ? v->m->from : v->m->to;
}

static struct view *
view_of(struct visit *v, const struct side *side)
{
	return side == v->m->from ? &v->source : &v->target;
}

static struct side_request
request_for(const struct mirror *m, const struct side *side)
{
	return (struct side_request){
		.need = mirror_list_need(m, side),
		.flags = mirror_list_flags(m) | LIST_BELOW,
		.ages = mirror_list_ages(m, side),
	};
}

/* What a side has, of all visits in one flight if it can do that. */
static void
list_ahead(struct mirror *m, struct worker *w, struct side *side,
    struct visits *all)
{
	struct side_request rq = request_for(m, side);
	struct visit *asked[SIDE_BATCH];
	const char *dir[SIDE_BATCH];
	uint64_t hint[SIDE_BATCH];
	struct side_list out[SIDE_BATCH];
	struct err err[SIDE_BATCH] = { 0 };
	struct view *view;
	size_t i;

	rq.dir = dir;
	rq.hint = hint;
	for (i = 0; i < all->n; i++) {
		if (side == m->to && !all->visit[i].target_exists)
			continue;
		asked[rq.n] = &all->visit[i];
		dir[rq.n] = all->visit[i].path;
		hint[rq.n++] = view_of(&all->visit[i], side)->hint;
	}
	side->ops->list(side, w, &rq, out, err);
	for (i = 0; i < rq.n; i++) {
		view = view_of(asked[i], side);
		view->list = out[i];
		view->err = err[i];
		mirror_link_settle(m, side, asked[i]->path, &view->list);
	}
}

/* Where each directory is listed when it is its turn. */
static void
list_now(struct visit *v, struct worker *w, struct view *view)
{
	struct side *side = side_of(v, view);
	struct side_request rq = request_for(v->m, side);
	const char *dir = v->path;

	if (side->ops->batch != NULL)
		return;
	rq.dir = &dir;
	rq.n = 1;
	side->ops->list(side, w, &rq, &view->list, &view->err);
	mirror_link_settle(v->m, side, v->path, &view->list);
}

static void
count_source(struct mirror *m, const struct side_list *source)
{
	uint64_t files = 0, links = 0, parts = source->parts.n;
	size_t i;

	for (i = 0; i < source->n; i++) {
		files += source->entry[i].type == 'f';
		links += source->entry[i].type == 'l';
	}
	pthread_mutex_lock(&m->lock);
	m->sum->dirs++;
	m->sum->files += files - (parts < files ? parts : files);
	m->sum->links += links;
	if (source->n > parts)
		m->empty = false;
	pthread_mutex_unlock(&m->lock);
}

/* The directory for messages; the roots as the user named them. */
static const char *
name_of(const struct visit *v, const struct side *side)
{
	return v->path[0] != '\0' ? v->path : side->name;
}

/* Why a side does not list it. */
static void
explain(const struct visit *v, struct worker *w, struct side *side,
    struct err *err)
{
	if (side->ops->explain != NULL)
		side->ops->explain(side, w, &(struct refusal){
		    .act = REFUSAL_LIST, .path = v->path,
		    .shown = name_of(v, side),
		    .type = v->path[0] != '\0' ? 'd' : 0 }, err);
}

/* Of the source nothing is there, or part of it: -1, 0. */
static int
source_failed(struct visit *v, struct worker *w, struct err *err)
{
	struct mirror *m = v->m;

	tell_incomplete(m);
	if (v->path[0] != '\0' &&
	    m->from->ops->is_gone(m->from, w, v->path, err)) {
		tell_left_out(m, LOST_GONE, 'd', v->path, err->msg);
		return -1;
	}
	explain(v, w, m->from, err);
	tell_failed(m, name_of(v, m->from), err);
	/* What could be read of it still goes. */
	return v->source.list.n > 0 ? 0 : -1;
}

/* The source's side is there, or partly: 0, or -1 if nothing is to be done. */
static int
check_source(struct visit *v, struct worker *w)
{
	struct mirror *m = v->m;
	struct err err = ERR_INIT;

	if (mirror_list_check_depth(v->path, &err) != 0) {
		tell_incomplete(m);
		tell_failed(m, v->path, &err);
		return -1;
	}
	list_now(v, w, &v->source);
	err = v->source.err;
	return err.kind == ERR_NONE ? 0 : source_failed(v, w, &err);
}

static int
target_failed(struct visit *v, struct worker *w)
{
	struct err err = v->target.err;

	explain(v, w, v->m->to, &err);
	tell_failed(v->m, name_of(v, v->m->to), &err);
	return -1;
}

static int
check_target(struct visit *v, struct worker *w)
{
	if (!v->target_exists)
		return 0;
	list_now(v, w, &v->target);
	return v->target.err.kind == ERR_NONE ? 0 : target_failed(v, w);
}

static void
make_plan(struct visit *v, struct worker *w)
{
	struct side_list *source = &v->source.list, *target = &v->target.list;
	size_t i;

	if (v->target_exists)
		mirror_hidden_find(v->m, w, v->path, source, target);
	assert(side_list_is_sorted(source) && side_list_is_sorted(target));
	mirror_names_match(v->m, w, v->path, source, target);
	assert(side_list_is_sorted(target));
	for (i = 0; i < target->n; i++)
		target->entry[i].within = v->within;
	plan_directory(v->path, source->entry, source->n, target->entry,
	    target->n, v->m->o, &v->plan);
}

/* It could not be listed by a worker that has no connection any more. */
static bool
leave(struct visit *v, struct worker *w)
{
	struct mirror *m = v->m;

	if ((v->source.err.kind == ERR_NONE &&
	    v->target.err.kind == ERR_NONE) || !pool_is_relieved(m->pool, w))
		return false;
	todo_add_dir(m, v->path, xstrdup_null(v->within), v->target_exists,
	    &(struct plan_entry){ .hint = v->source.hint, .line = &v->line },
	    &(struct plan_entry){ .hint = v->target.hint });
	return true;
}

/* What became of a directory. */
enum turn { DONE, LEFT, PLANNED };

/* A side once more, so that it can be relied on. */
static enum turn
confirm(struct visit *v, struct worker *w, struct view *view)
{
	struct side *side = side_of(v, view);
	struct side_request rq = request_for(v->m, side);
	const char *dir = v->path;
	int rc;

	rq.dir = &dir;
	rq.n = 1;
	if (side->ops->confirm(side, w, &rq, &view->list, &view->err) == 0)
		err_clear(&view->err);
	mirror_link_settle(v->m, side, v->path, &view->list);
	if (view->err.kind == ERR_NONE)
		return PLANNED;
	if (leave(v, w))
		return LEFT;
	rc = side == v->m->to ? target_failed(v, w) :
	    source_failed(v, w, &view->err);
	return rc == 0 ? PLANNED : DONE;
}

static enum turn
plan_surely(struct visit *v, struct worker *w)
{
	struct view *const views[] = { &v->source, &v->target };
	enum turn turn = PLANNED;
	size_t i;

	make_plan(v, w);
	for (i = 0; i < 2 && turn == PLANNED; i++) {
		if (!views[i]->list.doubt ||
		    !plan_needs_sure(&v->plan, views[i] == &v->target))
			continue;
		plan_release(&v->plan);
		turn = confirm(v, w, views[i]);
		if (turn == PLANNED)
			make_plan(v, w);
	}
	return turn;
}

static enum turn
find_differences(struct visit *v, struct worker *w)
{
	struct err err = ERR_INIT;
	enum turn turn = plan_surely(v, w);

	/* What there is still goes. */
	if (turn == PLANNED && mirror_absent_ask(v->m, w, v->path,
	    &v->source.list, &v->plan, &err) != 0) {
		tell_incomplete(v->m);
		tell_failed(v->m, v->path, &err);
	}
	return turn;
}

/* What is in it is to know what is above it: 0, -1 if that has no end. */
static int
trace(struct visit *v)
{
	struct side_list *source = &v->source.list;
	size_t i;

	if (mirror_list_is_endless(v->m, v->m->from, v->path, &v->line,
	    source)) {
		tell_incomplete(v->m);
		return -1;
	}
	for (i = 0; i < source->n; i++)
		source->entry[i].line = &v->line;
	return 0;
}

bool
visit_compare(struct visit *v, struct worker *w)
{
	struct mirror *m = v->m;
	enum turn turn = DONE;

	if (leave(v, w) || check_source(v, w) != 0)
		return false;
	if (check_target(v, w) == 0)
		turn = find_differences(v, w);
	if (turn == LEFT)
		return false;
	count_source(m, &v->source.list);
	if (turn != PLANNED)
		return false;
	tell_count(m, &m->target_entries, v->target.list.n);
	return trace(v) == 0;
}

static size_t
worth_listing(struct mirror *m, struct worker *w, struct side *side,
    uint64_t hint)
{
	return side->ops->batch == NULL ? SIDE_BATCH :
	    side->ops->batch(side, w, mirror_list_need(m, side), hint);
}

/* How many directories to take at once: few if they are large. */
static size_t
batch_size(struct mirror *m, struct worker *w, const struct todo_dir *j)
{
	size_t n;

	if (worth_listing(m, w, m->from, j->from_hint) == 1 ||
	    worth_listing(m, w, m->to, j->to_hint) == 1)
		return 1;
	pthread_mutex_lock(&m->lock);
	n = ENTRIES_AT_ONCE / (m->large_dir + 1);
	pthread_mutex_unlock(&m->lock);
	return n < 1 ? 1 : n > SIDE_BATCH ? SIDE_BATCH : n;
}

/* A large one is forgotten in time: it may be the only one. */
void
visit_note_sizes(struct mirror *m, const struct visits *all)
{
	const struct visit *v;
	size_t large = 0;

	for (v = all->visit; v < all->visit + all->n; v++) {
		if (v->source.list.n > large)
			large = v->source.list.n;
		if (v->target.list.n > large)
			large = v->target.list.n;
	}
	pthread_mutex_lock(&m->lock);
	m->large_dir /= 2;
	if (large > m->large_dir)
		m->large_dir = large;
	pthread_mutex_unlock(&m->lock);
}

struct visits *
visit_take(struct mirror *m, struct worker *w, struct todo_dir *j)
{
	struct visits *all = xcalloc(1, sizeof(*all));
	struct job *more[SIDE_BATCH];
	size_t i;

	all->todo.kind = TODO_VISITS;
	all->n = 1 + pool_take_share(m->pool, JOB_DIRECTORY, more,
	    batch_size(m, w, j) - 1);
	all->visit = xcalloc(all->n, sizeof(*all->visit));
	init_visit(m, &all->visit[0], j);
	for (i = 1; i < all->n; i++)
		init_visit(m, &all->visit[i], (struct todo_dir *)more[i - 1]);
	if (m->from->ops->batch != NULL)
		list_ahead(m, w, m->from, all);
	if (m->to->ops->batch != NULL)
		list_ahead(m, w, m->to, all);
	return all;
}
