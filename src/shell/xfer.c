/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "shell/xfer.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fold.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/text.h"
#include "ftp/refusal.h"
#include "shell/twins.h"
#include "transfer/mirror_pair.h"
#include "transfer/stored.h"

enum { NAME_SHOWN = 256 };

/* get -E: tells of a source that could not be deleted. */
static void
source_erased(void *ctx, const struct fetched *f, enum fate fate,
    const struct err *err)
{
	struct xfer *x = ctx;
	const struct xfer_item *item = f->tag;
	struct err why;

	if (fate != FATE_CHANGED && fate != FATE_FAILED)
		return;
	why = *err;
	refusal_explain(NULL, &(struct refusal){ .act = REFUSAL_DELETE,
	    .path = f->path, .shown = item->source, .type = 'f' }, &why);
	if (fate == FATE_FAILED)
		err_append(&why, "; it was fetched, and is kept on the server");
	xfer_failed(x, item->source, &why);
}

static void
settle_files(void *ctx, struct err *err)
{
	const struct xfer *x = ctx;

	if (x->disk != -1 && syncfs(x->disk) != 0)
		err_sys(err, ERR_LOCAL, "cannot write to the disk");
}

/* get -E: where the files go, all to one directory; errors show from now on. */
static void
open_disk(struct xfer *x)
{
	char *dir;

	if (x->upload || !x->erase || x->n == 0 || x->item[0]->standard)
		return;
	dir = path_dir(x->item[0]->target);
	x->disk = openat(x->run->dir->fd, dir, O_RDONLY | O_DIRECTORY |
	    O_CLOEXEC);
	free(dir);
}

/*
 * sftp's -a and -R are our -c and -r.  Times are kept in any case, and what
 * the setting fsync says holds for all.  lftp's -e deletes first what is to be
 * replaced.
 */
static const struct cmd_option others[] = {
	{ 'a', NULL, ARG_NONE, NULL, "" },
	{ 'R', NULL, ARG_NONE, NULL, "" },
	{ 'p', NULL, ARG_NONE, NULL, "" },
	{ 'P', NULL, ARG_NONE, NULL, "" },
	{ 'f', NULL, ARG_NONE, NULL, "" },
	{ 'e', NULL, ARG_NONE, NULL, "" },
	{ 0 }
};

const struct cmd_option *const xfer_foreign[] = { others, NULL };

/* A word as it could be typed; the quotes are those that mostly do. */
static char *
show_word(const struct word *w)
{
	char shown[NAME_SHOWN];
	bool quotes = !w->glob && strpbrk(w->text, " *?[|;&<>#'") != NULL;

	text_escape_to(shown, sizeof(shown), w->text);
	return xasprintf("%s%s%s", quotes ? "\"" : "", shown,
	    quotes ? "\"" : "");
}

void
xfer_advise_target(const struct args *a, bool dir, struct err *err)
{
	const char *to = a->word[1].text;
	bool recursive = args_has(a, 'r') || args_has(a, 'R');
	char *one = show_word(&a->word[0]), *two = show_word(&a->word[1]);

	dir = dir || a->word[0].glob || recursive || *to == '\0' ||
	    to[strlen(to) - 1] == '/';
	if (*to == '|')
		err_append(err, "; use cat %s %s", one, to);
	else
		err_append(err, "; %s: %s %s%s %s %s", dir ?
		    "into a directory" : "as another name", a->cmd->name,
		    recursive ? "-r " : "", dir ? "-O" : "-o", two, one);
	free(two);
	free(one);
}

void
xfer_init(struct xfer *x, struct run *run, const struct args *a,
    bool upload, xfer_fn one)
{
	*x = (struct xfer){
		.run = run, .one = one, .upload = upload,
		.op = upload ? "put" : "get",
		.resume = args_has(a, 'c') || args_has(a, 'a'),
		.recursive = args_has(a, 'r') || args_has(a, 'R'),
		.erase = args_has(a, 'E'), .disk = -1,
	};
	x->rate = rate_new(run->set->rate_limit);
	x->verify = run->set->verify;
	pthread_mutex_init(&x->lock, NULL);
	fetched_init(&x->fetched, source_erased, x);
	x->fetched.settle = settle_files;
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
	fetched_release(&x->fetched);
	if (x->disk != -1)
		close(x->disk);
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
	bool stop = false;

	pthread_mutex_lock(&x->lock);
	/* Lack of room fails all that follow: the first tells of it. */
	if (err_no_room(err) && x->full++ > 0)
		x->run->kind = err_merge(x->run->kind, err->kind);
	else
		stop = run_failed(x->run, source, err);
	x->sum.failed++;
	pthread_mutex_unlock(&x->lock);
	return !stop;
}

static void
tell_transfer(struct xfer_item *item, const struct copy_result *res,
    const struct err *err)
{
	struct event ev = {
		.type = EVENT_TRANSFER, .op = item->x->op,
		.source = item->source, .target = item->target,
		.bytes = res->bytes, .resumed = res->resumed,
		.verified = res->verified, .err = err,
		.seconds = (double)(clock_ms() - item->since) / 1000,
	};

	observe_event(item->x->run->obs, &ev);
}

static void
count_transfer(struct xfer *x, const struct copy_result *res, bool done)
{
	pthread_mutex_lock(&x->lock);
	x->sum.files++;
	x->sum.bytes += (uint64_t)res->bytes;
	if (done)
		x->sum.transferred++;
	pthread_mutex_unlock(&x->lock);
}

/* Takes the absolute name off a message: the user typed another. */
static void
shorten_name(const struct xfer_item *item, struct err *err)
{
	const char *remote = item->x->upload ? item->target : item->source;
	char *full = session_path(item->x->run->session, remote);
	char *shown = text_escaped(full);
	size_t n = strlen(shown);

	if (strcmp(full, remote) != 0 && strncmp(err->msg, shown, n) == 0 &&
	    strncmp(err->msg + n, ": ", 2) == 0)
		memmove(err->msg, err->msg + n + 2,
		    strlen(err->msg + n + 2) + 1);
	free(shown);
	free(full);
}

/* Tells of the part that is left, and how to go on from it. */
static void
say_kept(const struct xfer_item *item, const struct copy_result *res,
    struct err *err)
{
	char shown[NAME_SHOWN], size[16];

	if (res->kept <= 0)
		return;
	text_size(size, sizeof(size), (uint64_t)res->kept);
	/* Why it ended is for the shell to say, once. */
	if (err->kind == ERR_CANCELLED)
		observe_warning(item->x->run->obs, "%s: up to %s of it are "
		    "kept: %s -c goes on from there", item->source, size,
		    item->x->op);
	if (!err_retry(err))
		return;
	text_escape_to(shown, sizeof(shown), item->source);
	if (strncmp(err->msg, shown, strlen(shown)) != 0)
		err_prefix(err, "%s", item->source);
	err_append(err, "; up to %s of it are kept: %s -c goes on from there",
	    size, item->x->op);
}

/* Tells of the first such file; all are counted. */
static void
say_unfit(const struct xfer_item *item)
{
	struct xfer *x = item->x;
	bool first;

	pthread_mutex_lock(&x->lock);
	first = x->sum.warned++ == 0;
	pthread_mutex_unlock(&x->lock);
	if (first)
		observe_warning(x->run->obs, "%s: its mode or time cannot be "
		    "set here; more such are counted, not shown",
		    item->target);
}

void
xfer_ended(struct xfer_item *item, const struct copy_result *res,
    const struct err *err)
{
	struct xfer *x = item->x;
	struct err why;

	if (err != NULL && x->pool != NULL && !item->once &&
	    pool_is_relieved(x->pool, item->worker)) {
		pool_add(x->pool, JOB_FILE, &item->job);
		return;
	}
	tell_transfer(item, res, err);
	count_transfer(x, res, err == NULL);
	if (err != NULL) {
		why = *err;
		shorten_name(item, &why);
		say_kept(item, res, &why);
		xfer_failed(x, item->source, &why);
		return;
	}
	if (res->unfit)
		say_unfit(item);
	if (res->changed && !x->erase)
		observe_warning(x->run->obs, "%s: changed while it was read: "
		    "what arrived is what was there then; %s it again",
		    item->source, x->op);
}

static void
transfer_item(struct xfer_item *item, struct session *s,
    struct copy_tail *tail)
{
	item->s = s;
	item->tail = tail;
	item->since = clock_ms();
	item->x->one(item);
}

static void
transfer_job(void *ctx, struct job *job, struct worker *w)
{
	struct xfer_item *item = (struct xfer_item *)job;

	(void)ctx;
	if (w == NULL)
		return;
	item->worker = w;
	transfer_item(item, pool_session(w, 0), pool_tail(w));
}

/* With our own session, to its end. */
static void
transfer_alone(struct xfer_item *item)
{
	struct copy_tail *tail = copy_tail_new();

	transfer_item(item, item->x->run->session, tail);
	copy_tail_free(tail);
}

/* Of two targets that may be one to the other side, the later waits. */
static void
find_twins(struct xfer *x)
{
	const char **name = xcalloc(x->n, sizeof(*name)), *found;
	struct fold_set *set;
	size_t i, j, k;

	for (i = 0; i < x->n; i++)
		name[i] = x->item[i]->target;
	set = fold_set_new(name, x->n);
	for (i = 0; i < x->n; i++) {
		found = fold_set_find(set, name[i]);
		for (j = 0; found != NULL && name[j] != found; j++)
			;
		if (found == NULL || x->item[i]->twin != NULL ||
		    x->item[j]->twin != NULL)
			continue;
		/* Of a:b and a_b the first would take the other's place. */
		k = fold_at_risk(name[i]) == fold_at_risk(name[j]) ?
		    (i > j ? i : j) : fold_at_risk(name[i]) ? i : j;
		x->item[k]->twin = name[k == i ? j : i];
	}
	fold_set_free(set);
	free(name);
}

/* Whether something answers to a target that no listing shows: 1, 0, -1. */
static int
is_taken(struct xfer_item *item, struct err *err)
{
	struct stored v = { .name = path_base(item->target) };
	struct run *run = item->x->run;
	char *full = NULL, *dir = path_dir(item->target);
	struct tree *tree = NULL;
	int rc = -1;

	if (item->x->upload) {
		full = session_path(run->session, item->target);
		free(dir);
		dir = path_dir(full);
		if (stored_look(run->session, dir, &v, 1, err) == 0)
			rc = v.listed ? 0 :
			    stored_answers(run->session, full, err);
	} else {
		tree = tree_open_at(run->dir->fd, dir, TREE_FOLLOW, err);
		if (tree != NULL &&
		    stored_look_local(tree, "", &v, 1, err) == 0)
			rc = !v.listed && faccessat(run->dir->fd,
			    item->target, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
	}
	tree_close(tree);
	stored_release(&v);
	free(full);
	free(dir);
	return rc;
}

static void
transfer_twin(struct xfer_item *item)
{
	struct copy_result none = { .size = -1 };
	struct xfer *x = item->x;
	struct err err = ERR_INIT;
	int rc = is_taken(item, &err);

	if (rc == 0) {
		transfer_alone(item);
		return;
	}
	if (rc > 0)
		stored_twin(path_base(item->target), path_base(item->twin),
		    x->upload ? ERR_REFUSED : ERR_LOCAL, &err);
	item->since = clock_ms();
	xfer_ended(item, &none, &err);
}

static void
transfer_twins(struct xfer *x)
{
	size_t i;

	for (i = 0; i < x->n; i++)
		if (x->item[i]->twin != NULL &&
		    cancel_reason(x->run->cancel) == CANCEL_NONE)
			transfer_twin(x->item[i]);
}

static void
transfer_in_pool(struct xfer *x)
{
	struct err err = ERR_INIT;
	struct pool *pool;
	size_t i;

	/* -n: one file after another, each over all connections. */
	pool = pool_new(&x->run->session, 1, x->run->cancel, x->ranges > 1 ?
	    1 : x->run->set->connections);
	x->pool = pool;
	/* The pool takes what was added last first. */
	for (i = x->n; i > 0; i--) {
		if (x->item[i - 1]->twin != NULL)
			continue;
		pool_add(pool, JOB_FILE, &x->item[i - 1]->job);
	}
	if (pool_run(pool, transfer_job, NULL, &err) != 0)
		xfer_failed(x, NULL, &err);
	pool_free(pool);
	x->pool = NULL;
}

static bool
transfer_dir(struct xfer *x, const char *source, const char *target)
{
	bool up = x->upload;
	struct err err = ERR_INIT;
	struct summary sum;
	char *base = xfer_base(source);
	struct mirror_options o = {
		.reverse = up, .remote = up ? target : source,
		.local = up ? source : target,
		.local_dirfd = x->run->dir->fd,
		.parallel = x->run->set->connections,
		.resume = true, .min_size = -1, .max_size = -1,
		.umask = x->run->umask, .max_delete = -1,
		.max_delete_percent = -1, .remove_source = x->erase,
		.verify = x->verify,
		.in_place = !x->run->set->temp_names,
		.named_alike = up && strcmp(path_base(target), base) == 0,
	};

	free(base);
	if (mirror_pair_run(x->run->session, &o, x->run->obs, &sum,
	    &err) == 0)
		return true;
	return !run_failed(x->run, source, &err);
}

static void
tell_summary(struct xfer *x, int64_t since)
{
	struct event ev = {
		.type = EVENT_SUMMARY, .op = x->op, .summary = &x->sum,
		.bytes = -1, .seconds = -1,
	};

	x->sum.seconds = (double)(clock_ms() - since) / 1000;
	observe_event(x->run->obs, &ev);
}

static void
add_target(struct xfer *x, struct twins *t, const char *source,
    const char *target)
{
	twins_add(t, source, x->upload ? xstrdup(source) :
	    session_path(x->run->session, source), xstrdup(target));
}

/* Whether each source has a place of its own. */
static int
check_targets(struct xfer *x, struct err *err)
{
	struct twins t = { 0 };
	size_t i;
	int rc;

	for (i = 0; i < x->n; i++)
		add_target(x, &t, x->item[i]->source, x->item[i]->target);
	for (i = 0; i < x->dir_source.n; i++)
		add_target(x, &t, x->dir_source.v[i], x->dir_target.v[i]);
	rc = twins_check(&t, x->op, x->upload ? "sent" : "fetched", err);
	twins_release(&t);
	return rc;
}

int
xfer_run(struct xfer *x, struct err *err)
{
	int64_t since = clock_ms();
	bool go_on = true;
	size_t i;

	if (check_targets(x, err) != 0) {
		xfer_release(x);
		return -1;
	}
	open_disk(x);
	observe_progress(x->run->obs, NULL, (int64_t)x->n, -1, true);
	if (x->n == 1) {
		transfer_alone(x->item[0]);
	} else if (x->n > 1) {
		find_twins(x);
		transfer_in_pool(x);
		transfer_twins(x);
	}
	fetched_flush(&x->fetched, x->run->session);
	if (x->full > 1)
		observe_warning(x->run->obs, "%zu more files failed for lack "
		    "of room; make room and run it again", x->full - 1);
	if (x->n > 1)
		tell_summary(x, since);
	if (cancel_reason(x->run->cancel) != CANCEL_NONE)
		go_on = false;
	for (i = 0; i < x->dir_source.n && go_on; i++)
		go_on = transfer_dir(x, x->dir_source.v[i], x->dir_target.v[i]);
	xfer_release(x);
	return run_result(x->run, err);
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
