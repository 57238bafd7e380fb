/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "play.h"

#include <stdlib.h>
#include <string.h>

#include "base/cancel.h"
#include "base/mem.h"
#include "base/strvec.h"
#include "side_memory.h"
#include "transfer/mirror.h"
#include "transfer/pool.h"
#include "transfer/side.h"

enum { NOW = 1700000000, DAY = 24 * 3600 };

static struct filter *
make_filter(const struct world *w)
{
	struct filter *f = filter_new();
	struct err err = ERR_INIT;
	size_t i;

	for (i = 0; i < w->nrules; i++)
		(void)filter_add(f, w->rule[i].include ? FILTER_INCLUDE_GLOB :
		    FILTER_EXCLUDE_GLOB, w->rule[i].glob, &err);
	return f;
}

static struct mirror_options
make_options(const struct world *w, const struct filter *filter)
{
	const int *wish = w->wish;

	return (struct mirror_options){
		.remote = "from", .local = "to", .parallel = 1 +
		    wish[WISH_PARALLEL], .filter = filter,
		.delete = wish[WISH_DELETE], .force = wish[WISH_FORCE],
		.delete_excluded = wish[WISH_DELETE_EXCLUDED],
		.max_delete = wish[WISH_MAX_DELETE] - 1,
		.max_delete_percent = wish[WISH_MAX_PERCENT] - 1,
		.only_newer = wish[WISH_ONLY_NEWER],
		.ignore_time = wish[WISH_IGNORE_TIME],
		.ignore_size = wish[WISH_IGNORE_SIZE],
		.checksum = wish[WISH_CHECKSUM],
		.resume = !wish[WISH_NO_RESUME],
		.has_newer = wish[WISH_NEWER_THAN],
		.newer_than = NOW - wish[WISH_NEWER_THAN] * DAY,
		.has_older = wish[WISH_OLDER_THAN],
		.older_than = NOW - wish[WISH_OLDER_THAN] * DAY,
		.min_size = wish[WISH_MIN_SIZE] != 0 ? wish[WISH_MIN_SIZE] :
		    -1,
		.max_size = wish[WISH_MAX_SIZE] != 0 ? wish[WISH_MAX_SIZE] :
		    -1,
		.shard = (unsigned)wish[WISH_SHARD] - 1,
		.shards = wish[WISH_SHARD] != 0 ? 3 : 0,
		.no_recursion = wish[WISH_NO_RECURSION],
		.no_empty_dirs = wish[WISH_NO_EMPTY_DIRS],
		.no_symlinks = wish[WISH_NO_SYMLINKS],
		.perms = wish[WISH_PERMS],
		.require = wish[WISH_REQUIRE] ? "a" : NULL,
		.backup_dir = wish[WISH_BACKUP] ? WORLD_BACKUP : NULL,
		.remove_source = wish[WISH_REMOVE_SOURCE],
		.dry_run = wish[WISH_DRY_RUN],
		.verify = wish[WISH_VERIFY] ? VERIFY_HASH : VERIFY_SIZE,
		.keep_times = true,
	};
}

/* Who is told what happens. */
struct audience {
	FILE *trace;
	pthread_mutex_t lock;
	struct strvec errors;
	struct shown shown;
};

static void
note_error(struct audience *a, const struct event *ev)
{
	char *line = xasprintf("%s: %s", ev->path != NULL ? ev->path : "",
	    ev->err->msg);
	size_t i;

	pthread_mutex_lock(&a->lock);
	for (i = 0; i < a->errors.n; i++)
		a->shown.again |= strcmp(a->errors.v[i], line) == 0;
	strvec_take(&a->errors, line);
	pthread_mutex_unlock(&a->lock);
}

static void
tell(void *ctx, const struct event *ev)
{
	FILE *fp = ((struct audience *)ctx)->trace;

	if (ev->type == EVENT_ERROR && ev->err != NULL)
		note_error(ctx, ev);
	if (fp == NULL)
		return;
	if (ev->type == EVENT_WARNING)
		fprintf(fp, "     warning: %s\n", ev->message);
	else if (ev->type == EVENT_ERROR && ev->err != NULL)
		fprintf(fp, "     error: %s: %s\n",
		    ev->path != NULL ? ev->path : "", ev->err->msg);
}

static void
show(void *ctx, const char *name, int64_t delta, int64_t total, bool done)
{
	struct audience *a = ctx;
	struct shown *s = &a->shown;

	pthread_mutex_lock(&a->lock);
	if (name != NULL) {
		s->moved += delta;
		s->ended += done;
	} else {
		s->announced += (uint64_t)delta;
		s->expected = total < 0 || s->expected < 0 ? -1 :
		    s->expected + total;
		s->all |= done;
	}
	pthread_mutex_unlock(&a->lock);
}

static void
run_mirror(struct ran *r, struct stage *st, FILE *trace)
{
	struct audience audience = { .trace = trace };
	const struct observer obs = { &audience, tell, show };
	struct filter *filter = make_filter(st->w);
	struct mirror_options o = make_options(st->w, filter);
	struct mirror_context cx = {
		.from = side_memory_new(st, FROM),
		.to = side_memory_new(st, TO),
		.cancel = cancel_new(), .obs = &obs,
	};

	pthread_mutex_init(&audience.lock, NULL);
	cx.pool = pool_new(NULL, 0, cx.cancel, o.parallel);
	st->cancel = cx.cancel;
	r->rc = mirror_run(&cx, &o, &r->sum, &r->err);
	r->shown = audience.shown;
	pool_free(cx.pool);
	strvec_release(&audience.errors);
	pthread_mutex_destroy(&audience.lock);
	side_free(cx.from);
	side_free(cx.to);
	cancel_free(cx.cancel);
	filter_free(filter);
}

static void
print_run(const struct ran *r, int number, FILE *trace)
{
	if (trace == NULL)
		return;
	fprintf(trace, "run %d\n", number);
	stage_print(r->st, trace);
	world_print_tree(r->st->top[FROM], "then from", trace);
	world_print_tree(r->st->top[TO], "then to", trace);
	fprintf(trace, "returned %d (%s), failed %llu\n\n", r->rc,
	    err_kind_name(r->err.kind), (unsigned long long)r->sum.failed);
}

static void
run_once(struct ran *r, struct stage *st, int number, FILE *trace)
{
	r->w = st->w;
	r->st = st;
	r->before[FROM] = node_copy(st->top[FROM]);
	r->before[TO] = node_copy(st->top[TO]);
	stage_again(st, r->calm);
	run_mirror(r, st, trace);
	print_run(r, number, trace);
	r->complaint[0] = '\0';
	(void)oracle_approves(r);
	node_free((struct node *)r->before[FROM]);
	node_free((struct node *)r->before[TO]);
}

/* The first of them in all its trouble. */
enum { RUNS = 3 };

void
play(const struct world *w, char complaint[COMPLAINT_MAX], FILE *trace)
{
	struct world *real = world_copy(w);
	struct stage *st = stage_new(w);
	struct ran r = { 0 }, last;
	int i;

	complaint[0] = '\0';
	real->wish[WISH_DRY_RUN] = 0;
	for (i = 0; i < RUNS && r.complaint[0] == '\0'; i++) {
		last = r;
		r = (struct ran){
			.calm = i > 0,
			.settled = i > 1 && last.rc == 0 &&
			    w->wish[WISH_REMOVE_SOURCE] == 0,
			.warned = i > 1 && last.sum.warned != 0,
			.rehearsed = i == 1 && w->wish[WISH_DRY_RUN] != 0 &&
			    last.rc == 0 ? &last.sum : NULL,
		};
		run_once(&r, st, i + 1, trace);
		/* What was rehearsed is done next. */
		st->w = real;
	}
	if (r.complaint[0] != '\0')
		snprintf(complaint, COMPLAINT_MAX, "run %d: %s", i,
		    r.complaint);
	stage_free(st);
	world_free(real);
}
