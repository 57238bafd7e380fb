/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "transfer/copy.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "transfer/copy_in.h"
#include "transfer/tries.h"

enum {
	/* So many copies wait for their names to be looked for together. */
	NAMES_MAX = 32,
	/* What a stage comes to, beside 0 and -1. */
	WAITS = 1,
};

STAILQ_HEAD(copy_list, copying);

struct copy_tail {
	struct copy_list sent;		/* not committed, oldest first */
	struct copy_list names;		/* at COPY_NAME */
	size_t nnames;
};

/* What earlier copies have to ask or do next is sent: 0, or -1 it is not. */
static int tail_advance(struct copy_tail *t, struct err *err);

static int
look_at_both(struct copying *c)
{
	bool resume = (c->c.resume || c->again) && !c->fresh;
	struct source *from = c->source;
	struct sink *to = c->sink;

	c->have = 0;
	to->whole = false;
	/* What goes on with earlier bytes goes by what is there now. */
	from->stale = c->c.resume || c->again;
	if (from->ops->look != NULL &&
	    from->ops->look(from, resume && !to->stream, &c->err) != 0)
		return -1;
	if (to->ops->have(to, from, resume && from->restarts, &c->have,
	    &c->err) != 0)
		return -1;
	/* There is a part, but it was found to be another file's. */
	if (to->fault == FAULT_DIFFERS)
		c->fresh = true;
	to->fault = FAULT_PLAIN;
	if (!to->sure)
		c->reached = c->have;
	c->res.resumed = c->have > 0;
	return copy_bytes_begin(c, &c->err);
}

/* Without a part nothing is left to be backed up afterwards. */
static int
make_way(struct copying *c)
{
	if (!c->sink->in_place || c->c.before_rename == NULL || c->way_made)
		return 0;
	c->way_made = true;
	return c->c.before_rename(c->c.ctx, &c->err);
}

/*
 * What a stream has swallowed is of one version, and no other may follow.  0,
 * or -1 for good.
 */
static int
keep_version(struct copying *c)
{
	const struct version *v = &c->source->version, *first = &c->first;

	if (!c->sink->stream)
		return 0;
	if (c->have == 0)
		c->first = *v;
	else if (!first->exact || !v->exact || v->size != first->size ||
	    v->mtime.tv_sec != first->mtime.tv_sec ||
	    v->mtime.tv_nsec != first->mtime.tv_nsec) {
		c->first.exact = false;
		return err_set(&c->err, ERR_VERIFY, "%s: it was changed "
		    "meanwhile, and what came of it before is of no use",
		    copy_bytes_name(c));
	}
	return 0;
}

static int
begin_both(struct copying *c)
{
	struct source *from = c->source;
	struct sink *to = c->sink;

	if (make_way(c) != 0)
		return -1;
	if (c->tail != NULL && tail_advance(c->tail, &c->err) != 0)
		return -1;
	if (from->ops->begin(from, copy_bytes_offset(c), c->c.more,
	    &c->err) != 0 || keep_version(c) != 0)
		return -1;
	return to->ops->begin(to, from, c->have, c->c.more, &c->err);
}

static int
move_bytes(struct copying *c)
{
	struct source *from = c->source;
	struct sink *to = c->sink;

	if (copy_bytes_move(c, &c->err) != 0)
		return -1;
	to->outdated = c->res.changed;
	if (from->ops->stop != NULL)
		from->ops->stop(from, c->have == 0);
	copy_bytes_free_chunk(c);
	return 0;
}

static int
connect_sink(struct copying *c)
{
	const struct sink_ops *ops = c->sink->ops;

	return ops->connect != NULL ? ops->connect(c->sink, &c->err) : 0;
}

/* Whether no other check of the tail is on its way. */
static bool
is_checked_alone(const struct copying *c)
{
	const struct copying *other;

	if (c->tail == NULL)
		return true;
	STAILQ_FOREACH(other, &c->tail->sent, link)
		if (other != c && other->stage == COPY_CHECKING)
			return false;
	return true;
}

static int
send_check(struct copying *c)
{
	const struct sink_ops *ops = c->sink->ops;

	if (ops->check == NULL)
		return 0;
	return connect_sink(c) != 0 ? -1 : ops->check(c->sink,
	    is_checked_alone(c), &c->err);
}

/* On its own a copy waits for its answers; in a tail they come by and by. */
static int
hear_answer(struct copying *c, int (*answer)(struct sink *, struct err *))
{
	const struct sink_ops *ops = c->sink->ops;

	if (answer == NULL)
		return 0;
	if (!c->pending && ops->await != NULL &&
	    ops->await(c->sink, &c->err) != 0)
		return -1;
	switch (answer(c->sink, &c->err)) {
	case 1:
		return 0;
	case 0:
		return WAITS;
	default:
		return -1;
	}
}

static int
hear_check(struct copying *c)
{
	int rc = hear_answer(c, c->sink->ops->checked);

	return rc == 0 ? copy_bytes_compare(c, &c->err) : rc;
}

/* By a step of its own, not in others' flights. */
static bool
commits_alone(const struct copying *c)
{
	return !c->pending || c->sink->in_place ||
	    c->c.before_rename != NULL;
}

static int
send_commit(struct copying *c)
{
	bool hooked = c->c.before_rename != NULL && !c->sink->in_place &&
	    !c->sink->stream;

	c->sink->whole = true;
	if (connect_sink(c) != 0)
		return -1;
	if (hooked && c->c.before_rename(c->c.ctx, &c->err) != 0)
		return -1;
	if (c->sink->ops->commit(c->sink, commits_alone(c), &c->err) == 0)
		return 0;
	if (hooked && c->c.not_renamed != NULL)
		c->c.not_renamed(c->c.ctx);
	return -1;
}

/* After a commit that nobody has answered. */
static int
ask_where(struct copying *c, enum copy_stage *next)
{
	enum sink_place place;

	if (c->sink->ops->where(c->sink, &place, &c->err) != 0)
		return -1;
	*next = place == SINK_COMMITTED ? COPY_NAME :
	    place == SINK_PART ? COPY_COMMIT : COPY_LOOK;
	if (*next == COPY_LOOK && c->source->once && c->drawn) {
		c->err = c->lost;
		*next = COPY_FAILED;
	}
	return 0;
}

/* From here on nothing of it is to be sent again. */
static void
leave_sink(struct copying *c, struct err *err)
{
	if (!c->left && c->sink->ops->leave != NULL)
		c->sink->ops->leave(c->sink, c->fresh, err);
	c->left = true;
}

static int
find_name(struct copying *c)
{
	struct sink *to = c->sink;

	if (c->named)
		return c->err.kind != ERR_NONE ? -1 : 0;
	leave_sink(c, NULL);
	if (to->ops->wants_name == NULL || !to->ops->wants_name(to))
		return 0;
	if (c->tail != NULL)
		return WAITS;
	to->ops->look_names(&to, 1, &c->err);
	return c->err.kind != ERR_NONE ? -1 : 0;
}

/* Whether the source still gives what the sink does not have. */
static bool
is_repeatable(const struct copying *c)
{
	if (c->next == NEXT_WHERE)
		return true;
	if (c->source->once && c->drawn)
		return false;
	if (!c->sink->stream || c->sink->kept == 0)
		return true;
	return c->first.exact && c->next != NEXT_ANEW;
}

static bool
waits_for_another_try(struct copying *c)
{
	if (c->tries == NULL)
		return false;
	if (c->reached > c->before)
		c->tries->progress(c->tries);
	c->before = c->reached;
	return is_repeatable(c) &&
	    c->tries->again(c->tries, c->sink->kept, &c->err);
}

static bool
is_at_once(const struct copying *c)
{
	return c->stage == COPY_AGAIN && c->next == NEXT_AT_ONCE &&
	    !c->sink->stream;
}

/* Which stage another try begins with, if there is one. */
static enum copy_stage
begin_again(struct copying *c)
{
	struct err why = c->err;

	if (!is_at_once(c) && !waits_for_another_try(c))
		return COPY_FAILED;
	c->again = true;
	err_clear(&c->err);
	if (c->next != NEXT_WHERE)
		return COPY_LOOK;
	if (c->lost.kind == ERR_NONE)
		c->lost = why;
	return COPY_WHERE;
}

static enum fault
fault_of(const struct copying *c)
{
	if (c->fault != FAULT_PLAIN)
		return c->fault;
	return c->source->fault != FAULT_PLAIN ? c->source->fault :
	    c->sink->fault;
}

/* A stage has failed: the try is over.  Which stage is next? */
static enum copy_stage
end_try(struct copying *c)
{
	struct source *from = c->source;
	struct sink *to = c->sink;

	c->next = next_of(c->stage, fault_of(c));
	c->fresh |= c->next == NEXT_AT_ONCE || c->next == NEXT_ANEW;
	if (c->stage <= COPY_MOVE && from->ops->stop != NULL)
		from->ops->stop(from, c->have == 0);
	if (c->stage < COPY_WHERE && to->ops->stop != NULL)
		to->ops->stop(to, c->fresh, &c->err);
	return c->next == NEXT_NEVER ? COPY_FAILED : COPY_AGAIN;
}

/* What the stage is for: 0, WAITS or -1; *next is then the stage after it. */
static int
act(struct copying *c, enum copy_stage *next)
{
	*next = c->stage + 1;
	c->fault = c->source->fault = c->sink->fault = FAULT_PLAIN;
	switch (c->stage) {
	case COPY_LOOK:
		return look_at_both(c);
	case COPY_BEGIN:
		return begin_both(c);
	case COPY_MOVE:
		return move_bytes(c);
	case COPY_CHECK:
		return send_check(c);
	case COPY_CHECKING:
		return hear_check(c);
	case COPY_COMMIT:
		return send_commit(c);
	case COPY_COMMITTING:
		*next = COPY_NAME;
		return hear_answer(c, c->sink->ops->committed);
	case COPY_WHERE:
		return ask_where(c, next);
	case COPY_NAME:
		*next = COPY_DONE;
		return find_name(c);
	case COPY_AGAIN:
		*next = begin_again(c);
		return 0;
	case COPY_DONE:
	case COPY_FAILED:
		break;
	}
	return WAITS;
}

/*
 * The one place where stages change.  0, or -1 with err if what a pending
 * copy has to ask could not leave: that is no failure of its own.
 */
static int
step(struct copying *c, struct err *err)
{
	bool asks = c->stage == COPY_CHECK ||
	    (c->stage == COPY_COMMIT && !commits_alone(c));
	enum copy_stage next;
	int rc;

	rc = c->cut ? -1 : act(c, &next);
	if (rc == -1 && !c->cut && c->pending && asks) {
		*err = c->err;
		err_clear(&c->err);
		return -1;
	}
	if (rc != WAITS)
		c->stage = rc == 0 ? next : end_try(c);
	c->cut = false;
	return 0;
}

static bool
is_over(const struct copying *c)
{
	return c->stage == COPY_DONE || c->stage == COPY_FAILED;
}

static struct copying *
copying_new(const struct copy *req, struct copy_tail *t)
{
	struct copying *c = xcalloc(1, sizeof(*c));

	c->c = *req;
	c->source = req->source;
	c->sink = req->sink;
	c->tail = t;
	c->tries = c->sink->tries != NULL ? c->sink->tries :
	    c->source->tries;
	c->res.size = c->source->told ? c->source->version.size : -1;
	return c;
}

static void
copying_free(struct copying *c)
{
	copy_bytes_release(c);
	c->source->ops->close(c->source);
	c->sink->ops->close(c->sink);
	free(c);
}

/* It is over; what came of it is for the caller. */
static void
note_result(struct copying *c)
{
	const struct sink *to = c->sink;

	if (c->stage == COPY_FAILED)
		leave_sink(c, &c->err);
	assert(c->left);
	c->res.kept = to->stream ? 0 : to->kept;
	c->res.verified = to->verified;
	c->res.time_kept = to->time_kept;
	c->res.mode_kept = to->mode_kept;
	c->res.unfit = to->unfit;
	c->res.misnamed = to->misnamed;
	c->res.part = to->part;
	c->res.look = c->source->look;
	c->res.st = c->source->st;
	if (copy_bytes_name(c) != NULL)
		observe_progress(c->c.obs, copy_bytes_name(c), 0,
		    c->res.size, true);
}

static void
begin_tries(struct copying *c)
{
	if (c->tries != NULL)
		c->tries->begin(c->tries);
}

static void
end_tries(struct copying *c)
{
	if (c->tries != NULL)
		c->tries->end(c->tries);
}

static int
step_to_end(struct copying *c, struct copy_result *res, struct err *err)
{
	int rc;

	begin_tries(c);
	while (!is_over(c))
		(void)step(c, err);
	end_tries(c);
	note_result(c);
	*res = c->res;
	res->part = NULL;
	rc = c->stage == COPY_DONE ? 0 : -1;
	if (rc != 0)
		*err = c->err;
	copying_free(c);
	return rc;
}

int
copy(const struct copy *req, struct copy_result *res, struct err *err)
{
	return step_to_end(copying_new(req, NULL), res, err);
}

int
copy_commit(const struct copy *req, struct copy_result *res, struct err *err)
{
	struct copying *c = copying_new(req, NULL);

	c->stage = COPY_CHECK;
	return step_to_end(c, res, err);
}

static void
tell_end(struct copying *c)
{
	note_result(c);
	c->done(c->ctx, &c->res, c->stage == COPY_DONE ? NULL : &c->err);
	copying_free(c);
}

static int
tail_advance(struct copy_tail *t, struct err *err)
{
	struct copying *c;

	STAILQ_FOREACH(c, &t->sent, link) {
		if (connect_sink(c) != 0) {
			*err = c->err;
			err_clear(&c->err);
			return -1;
		}
		if (c->stage == COPY_CHECK && step(c, err) != 0)
			return -1;
		if (c->stage == COPY_COMMIT && step(c, err) != 0)
			return -1;
	}
	return 0;
}

/* As far as it gets by the answers that have come. */
static void
take_answers(struct copying *c)
{
	struct err none = ERR_INIT;
	enum copy_stage was;

	do {
		was = c->stage;
		if (was == COPY_CHECKING || was == COPY_COMMITTING ||
		    (was == COPY_COMMIT && commits_alone(c)))
			(void)step(c, &none);
	} while (c->stage != was);
}

/* The rest of what is no longer pending. */
static void
finish_copy(struct copy_tail *t, struct copying *c)
{
	struct err none = ERR_INIT;

	begin_tries(c);
	while (c->stage != COPY_NAME && !is_over(c))
		(void)step(c, &none);
	end_tries(c);
	(void)step(c, &none);
	if (c->stage == COPY_NAME) {
		STAILQ_INSERT_TAIL(&t->names, c, link);
		t->nnames++;
	} else {
		tell_end(c);
	}
}

/* Takes some of one directory from the list; returns how many. */
static size_t
take_names(struct copy_tail *t, struct copying *of[NAMES_MAX])
{
	const char *dir = STAILQ_FIRST(&t->names)->sink->dir;
	struct copying *c, *next;
	size_t n = 0;

	STAILQ_FOREACH_SAFE(c, &t->names, link, next) {
		if (n == NAMES_MAX || strcmp(c->sink->dir, dir) != 0)
			continue;
		STAILQ_REMOVE(&t->names, c, copying, link);
		t->nnames--;
		of[n++] = c;
	}
	return n;
}

/* The names of what was committed, directory by directory. */
static void
look_for_names(struct copy_tail *t)
{
	struct copying *of[NAMES_MAX];
	struct sink *sink[NAMES_MAX];
	struct err each[NAMES_MAX], none = ERR_INIT;
	size_t i, n;

	while (!STAILQ_EMPTY(&t->names)) {
		n = take_names(t, of);
		for (i = 0; i < n; i++)
			sink[i] = of[i]->sink;
		memset(each, 0, sizeof(each));
		sink[0]->ops->look_names(sink, n, each);
		for (i = 0; i < n; i++) {
			of[i]->err = each[i];
			of[i]->named = true;
			(void)step(of[i], &none);
			tell_end(of[i]);
		}
	}
}

/* Ends those that have come to their end; no file may be on its way. */
static void
tail_reap(struct copy_tail *t)
{
	struct copying *c, *next;

	STAILQ_FOREACH_SAFE(c, &t->sent, link, next) {
		take_answers(c);
		if (c->stage < COPY_NAME)
			continue;
		STAILQ_REMOVE(&t->sent, c, copying, link);
		c->pending = false;
		finish_copy(t, c);
	}
	if (t->nnames >= NAMES_MAX)
		look_for_names(t);
}

/* The connection is gone for good, with all that is pending. */
static void
tail_cut(struct copy_tail *t, const struct err *err)
{
	struct err none = ERR_INIT;
	struct copying *c;

	STAILQ_FOREACH(c, &t->sent, link) {
		c->err = *err;
		c->sink->fault = c->stage == COPY_COMMITTING ?
		    FAULT_UNANSWERED : FAULT_LOST;
		c->cut = true;
		(void)step(c, &none);
	}
}

static void
tail_await(struct copy_tail *t)
{
	struct copying *c;

	STAILQ_FOREACH(c, &t->sent, link) {
		struct err ignored = ERR_INIT;

		if (c->sink->ops->await != NULL)
			(void)c->sink->ops->await(c->sink, &ignored);
	}
}

struct copy_tail *
copy_tail_new(void)
{
	struct copy_tail *t = xcalloc(1, sizeof(*t));

	STAILQ_INIT(&t->sent);
	STAILQ_INIT(&t->names);
	return t;
}

void
copy_tail_free(struct copy_tail *t)
{
	if (t != NULL)
		copy_settle(t);
	free(t);
}

void
copy_queue(struct copy_tail *t, const struct copy *req, copy_done done,
    void *ctx)
{
	struct copying *c = copying_new(req, t);
	struct err none = ERR_INIT;

	c->done = done;
	c->ctx = ctx;
	/* Nothing of it ever waits for others. */
	if (c->sink->ops->await == NULL) {
		finish_copy(t, c);
		return;
	}
	while (c->stage < COPY_CHECK || is_at_once(c))
		(void)step(c, &none);
	STAILQ_INSERT_TAIL(&t->sent, c, link);
	c->pending = true;
	tail_reap(t);
}

void
copy_settle(struct copy_tail *t)
{
	while (!STAILQ_EMPTY(&t->sent)) {
		struct err err = ERR_INIT;

		if (tail_advance(t, &err) != 0)
			tail_cut(t, &err);
		else
			tail_await(t);
		tail_reap(t);
	}
	look_for_names(t);
}
