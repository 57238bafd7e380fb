/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "shell/xfer.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/path.h"
#include "transfer/mirror.h"

void
xfer_init(struct xfer *x, struct shell *sh, const struct args *a,
    const char *op, xfer_fn one)
{
	*x = (struct xfer){
		.sh = sh, .op = op, .one = one,
		.resume = args_has(a, 'c'), .recursive = args_has(a, 'r'),
		.erase = args_has(a, 'E'),
	};
	x->rate = rate_new(shell_settings(sh)->rate_limit);
	x->verify = shell_settings(sh)->verify;
	pthread_mutex_init(&x->lock, NULL);
}

static void
item_free(struct xfer_item *item)
{
	tree_close(item->tree);
	free(item->source);
	free(item->target);
	free(item);
}

void
xfer_release(struct xfer *x)
{
	size_t i;

	for (i = 0; i < x->n; i++)
		item_free(x->item[i]);
	free(x->item);
	strvec_release(&x->dir_source);
	strvec_release(&x->dir_target);
	rate_free(x->rate);
	pthread_mutex_destroy(&x->lock);
}

struct xfer_item *
xfer_add(struct xfer *x, const char *source, char *target,
    const struct entry *entry)
{
	struct xfer_item *item = xcalloc(1, sizeof(*item));

	item->x = x;
	item->source = xstrdup(source);
	item->target = target;
	item->entry = entry;
	x->item = xreallocarray(x->item, x->n + 1, sizeof(struct xfer_item *));
	x->item[x->n++] = item;
	return item;
}

void
xfer_add_dir(struct xfer *x, const char *source, char *target)
{
	strvec_add(&x->dir_source, source);
	strvec_take(&x->dir_target, target);
}

bool
xfer_failed(struct xfer *x, const char *source, const struct err *err)
{
	bool stop;

	pthread_mutex_lock(&x->lock);
	stop = shell_failed(x->sh, source, err, &x->kind);
	x->sum.failed++;
	pthread_mutex_unlock(&x->lock);
	return !stop;
}

static void
tell(struct xfer_item *item, const struct copy_result *res,
    const struct err *err)
{
	struct event ev = {
		.type = EVENT_TRANSFER, .op = item->x->op,
		.source = item->source, .target = item->target,
		.bytes = res->bytes, .resumed = res->resumed,
		.verified = res->verified, .err = err,
		.seconds = (double)(clock_ms() - item->since) / 1000,
	};

	observe_event(item->x->sh->obs, &ev);
}

static void
count(struct xfer *x, const struct copy_result *res, bool done)
{
	pthread_mutex_lock(&x->lock);
	x->sum.files++;
	x->sum.bytes += (uint64_t)res->bytes;
	if (done)
		x->sum.transferred++;
	pthread_mutex_unlock(&x->lock);
}

void
xfer_ended(struct xfer_item *item, const struct copy_result *res,
    const struct err *err)
{
	struct xfer *x = item->x;

	tell(item, res, err);
	count(x, res, err == NULL);
	if (err != NULL)
		xfer_failed(x, item->source, err);
	else if (res->changed)
		observe_warning(x->sh->obs, "%s: changed while it was read",
		    item->source);
}

static void
run_item(struct xfer_item *item, struct session *s)
{
	item->s = s;
	item->since = clock_ms();
	item->x->one(item);
}

static void
run_job(struct job *job, struct session *s)
{
	struct xfer_item *item = (struct xfer_item *)job;

	if (s != NULL)
		run_item(item, s);
}

static void
run_pool(struct xfer *x)
{
	struct err err = ERR_INIT;
	struct pool *pool;
	size_t i;

	/* -n: one file after another, each over all connections. */
	pool = pool_new(x->sh->session, x->ranges > 1 ? 1 :
	    shell_settings(x->sh)->connections);
	x->pool = pool;
	/* The newest goes first. */
	for (i = x->n; i > 0; i--) {
		x->item[i - 1]->job.run = run_job;
		pool_add(pool, JOB_FILE, &x->item[i - 1]->job);
	}
	if (pool_run(pool, &err) != 0)
		xfer_failed(x, NULL, &err);
	pool_free(pool);
}

static bool
run_dir(struct xfer *x, const char *source, const char *target)
{
	bool up = strcmp(x->op, "put") == 0;
	struct err err = ERR_INIT;
	struct summary sum;
	struct mirror_options o = {
		.reverse = up, .remote = up ? target : source,
		.local = up ? source : target,
		.local_dirfd = x->sh->local_dir,
		.parallel = shell_settings(x->sh)->connections,
		.resume = true, .min_size = -1, .max_size = -1,
		.umask = x->sh->umask, .max_delete = -1,
		.max_delete_percent = -1, .remove_source = x->erase,
		.verify = x->verify,
	};

	if (mirror_run(x->sh->session, &o, &sum, &err) == 0)
		return true;
	return !shell_failed(x->sh, source, &err, &x->kind);
}

static void
summarize(struct xfer *x, int64_t since)
{
	struct event ev = {
		.type = EVENT_SUMMARY, .op = x->op, .summary = &x->sum,
		.bytes = -1, .seconds = -1,
	};

	x->sum.seconds = (double)(clock_ms() - since) / 1000;
	observe_event(x->sh->obs, &ev);
}

int
xfer_run(struct xfer *x, struct err *err)
{
	int64_t since = clock_ms();
	bool go_on = true;
	size_t i;

	if (x->n == 1) {
		run_item(x->item[0], x->sh->session);
		session_finish(x->sh->session);
	} else if (x->n > 1) {
		run_pool(x);
	}
	if (x->n > 1)
		summarize(x, since);
	if (cancel_reason(x->sh->cancel) != CANCEL_NONE)
		go_on = false;
	for (i = 0; i < x->dir_source.n && go_on; i++)
		go_on = run_dir(x, x->dir_source.v[i], x->dir_target.v[i]);
	xfer_release(x);
	return shell_result(x->kind, err);
}

char *
xfer_base(const char *source)
{
	size_t n = strlen(source);
	const char *base;
	char *path;

	while (n > 0 && source[n - 1] == '/')
		n--;
	path = xstrndup(source, n);
	base = path_base(path);
	if (strcmp(base, ".") == 0 || strcmp(base, "..") == 0)
		base = "";
	memmove(path, base, strlen(base) + 1);
	return path;
}

char *
xfer_target(const char *dir, const char *name)
{
	if (dir == NULL || *dir == '\0')
		return xstrdup(*name != '\0' ? name : ".");
	return path_join(dir, name);
}
