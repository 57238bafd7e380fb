/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The files of a mirror: each is transferred and reported. */
#include <stdlib.h>

#include "base/clock.h"
#include "transfer/copy.h"
#include "transfer/mirror_in.h"
#include "transfer/sink.h"
#include "transfer/source.h"
#include "transfer/todo.h"

static void
rehearse(struct mirror *m, const struct todo_file *j)
{
	struct event ev = {
		.type = EVENT_TRANSFER, .op = m->to->facts.op,
		.source = j->path, .target = j->path, .reason = j->reason,
		.bytes = j->entry.size, .dry_run = true,
	};

	observe_event(m->obs, &ev);
	tell_count(m, &m->sum->transferred, 1);
	if (j->entry.size > 0)
		tell_count(m, &m->sum->bytes, (uint64_t)j->entry.size);
}

void
mirror_file_stale(struct mirror *m, const char *path)
{
	struct err err = ERR_INIT;

	if (m->to->ops->drop_parts(m->to, path, &err) != 0)
		tell_failed(m, path, &err);
}

void
mirror_file_remove_source(struct mirror *m, struct worker *w,
    const char *path, const struct copy_result *res)
{
	struct side *from = m->from;
	struct err err = ERR_INIT;

	if (tell_is_incomplete(m)) {
		tell_count(m, &m->kept, 1);
		return;
	}
	if (!res->verified || res->changed ||
	    (from->facts.asks_source && !res->look.there))
		err_set(&err, ERR_VERIFY, "transferred, but the source is "
		    "kept: %s", res->changed ? "it was written to "
		    "meanwhile; run again" : "it could not be verified");
	else if (mirror_place_check(m, w, path, &err) != 0)
		err_prefix(&err, "transferred, but the source is kept");
	else
		from->ops->remove_source(from, w, path, res, &err);
	if (err.kind != ERR_NONE)
		tell_failed(m, path, &err);
}

static void
succeeded(struct mirror *m, const struct todo_file *j,
    const struct copy_result *res)
{
	struct side *to = m->to;

	mirror_manifest_sent(m, j->path, res->size, res->sha256);
	pthread_mutex_lock(&m->lock);
	m->sum->transferred++;
	m->sum->bytes += (uint64_t)res->bytes;
	pthread_mutex_unlock(&m->lock);
	if (m->o->keep_times && !res->time_kept)
		tell_lost(m, LOST_TIME, j->path, to->facts.no_time);
	if (j->mode != -1 && !res->mode_kept)
		tell_lost(m, LOST_MODE, j->path, to->facts.no_mode);
	if (res->changed && !m->o->remove_source)
		observe_warning(m->obs, "%s: changed while it was read; "
		    "what was there at first has been transferred, and it "
		    "will count as different next time", j->path);
	if (to->ops->end_parts != NULL && j->part)
		mirror_file_stale(m, j->path);
	if (!to->facts.tells_names)
		mirror_names_made(m, j->path);
	if (m->o->remove_source)
		mirror_file_remove_source(m, j->w, j->path, res);
}

static void
report(struct mirror *m, const struct todo_file *j,
    const struct copy_result *res, const struct err *err)
{
	struct event ev = {
		.type = EVENT_TRANSFER, .op = m->to->facts.op,
		.source = j->source, .target = j->target,
		.bytes = res->bytes, .resumed = res->resumed,
		.verified = res->verified, .err = err, .reason = j->reason,
		.seconds = (double)(clock_ms() - j->since) / 1000,
	};

	observe_event(m->obs, &ev);
}

/* Refusals are a server's; of two servers it is not known whose. */
static void
explain(struct mirror *m, const struct todo_file *j,
    const struct copy_result *res, struct err *err)
{
	struct side *side = m->to->ops->explain != NULL ? m->to : m->from;

	if ((m->to->ops->explain == NULL) != (m->from->ops->explain == NULL))
		side->ops->explain(side, j->w, &(struct refusal){
		    .act = side == m->to ? REFUSAL_WRITE : REFUSAL_READ,
		    .path = j->path, .shown = j->path, .part = res->part,
		    .type = side == m->to ? 0 : j->entry.type }, err);
}

static void
file_failed(struct mirror *m, const struct todo_file *j,
    const struct copy_result *res, const struct err *err)
{
	struct err why = *err;

	explain(m, j, res, &why);
	report(m, j, res, &why);
	if (!res->misnamed) {
		tell_failed(m, j->path, &why);
		return;
	}
	/* The content is there, and need not be sent again. */
	tell_misnamed(m, j->path, &why);
	mirror_manifest_sent(m, j->path, res->size, res->sha256);
}

/* The transfer has come to its end, one way or the other. */
static void
file_ended(void *ctx, const struct copy_result *res, const struct err *err)
{
	struct todo_file *j = ctx;
	struct mirror *m = j->m;

	if (err != NULL && pool_is_relieved(m->pool, j->w)) {
		/* From here on it is another's. */
		todo_again(m->pool, &j->todo);
		return;
	}
	if (err == NULL) {
		report(m, j, res, NULL);
		succeeded(m, j, res);
	} else if (m->from->ops->is_gone(m->from, j->w, j->path, err)) {
		tell_vanished(m, j->path);
		tell_left_out(m, LOST_GONE, 'f', j->path, err->msg);
	} else {
		file_failed(m, j, res, err);
	}
	todo_file_free(j);
}

/* Once: in a later try the name may be what was sent. */
static int
back_up(void *ctx, struct err *err)
{
	struct todo_file *j = ctx;
	struct side *to = j->m->to;

	if (j->backed_up)
		return 0;
	if (to->ops->back_up_old(to, j->w, j->path, err) != 0)
		return -1;
	j->backed_up = true;
	return 0;
}

static void
take_back(void *ctx)
{
	struct todo_file *j = ctx;
	struct side *to = j->m->to;
	struct err ignored = ERR_INIT;

	if (to->ops->take_back(to, j->w, j->path, &ignored) == 0)
		j->backed_up = false;
}

/* Both ends of it: 0, or -1 and neither is open. */
static int
open_ends(struct todo_file *j, struct copy *c, struct err *err)
{
	struct mirror *m = j->m;
	const struct mirror_options *o = m->o;
	const struct side_file source = {
		.path = j->path, .full = j->source, .entry = &j->entry,
		.identify = o->remove_source,
	}, target = {
		.path = j->path, .full = j->target, .resume = c->resume,
		.keep_time = o->keep_times, .keep_mode = o->perms,
		.to_disk = o->to_disk, .verify = o->verify,
	};

	c->source = m->from->ops->source(m->from, j->w, &source, err);
	if (c->source == NULL)
		return -1;
	c->sink = m->to->ops->sink(m->to, j->w, &target, c->source, err);
	if (c->sink != NULL)
		return 0;
	c->source->ops->close(c->source);
	return -1;
}

static void
transfer(struct mirror *m, struct todo_file *j)
{
	bool replaces = m->to->backup != NULL && j->replaces;
	const struct copy_result none = { .size = -1 };
	struct copy c = {
		.resume = m->o->resume && j->part,
		.more = pool_has(m->pool, JOB_FILE),
		.verify = m->o->verify, .digest = m->manifest != NULL,
		.before_rename = replaces ? back_up : NULL,
		.not_renamed = replaces ? take_back : NULL,
		.ctx = j, .rate = m->rate, .cancel = m->cancel, .obs = m->obs,
	};
	struct err err = ERR_INIT;

	if (open_ends(j, &c, &err) == 0) {
		copy_queue(pool_tail(j->w), &c, file_ended, j);
		return;
	}
	/* It does not count as one to come any more. */
	observe_progress(m->obs, j->path, 0, j->entry.size, true);
	file_ended(j, &none, &err);
}

void
mirror_file_run(struct mirror *m, struct worker *w, struct todo_file *j)
{
	j->w = w;
	if (j->source == NULL) {
		j->source = m->from->ops->full(m->from, j->path);
		j->target = m->to->ops->full(m->to, j->path);
	}
	j->since = clock_ms();
	if (m->o->dry_run) {
		rehearse(m, j);
		todo_file_free(j);
	} else {
		transfer(m, j);
	}
}
