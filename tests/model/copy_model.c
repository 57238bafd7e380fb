/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The model of one copy: files of random trees go from one side in memory to
 * another, by themselves or queued, through the troubles of both; then once
 * more without.
 *
 *	copy_model			as in make check
 *	copy_model 100000 1		so many seeds, from seed 1 on
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/path.h"
#include "file_memory.h"
#include "transfer/copy.h"
#include "wanted.h"

enum { SEEDS = 20000, FILES_MAX = 64 };

/* One file on its way. */
struct sent {
	struct model *m;
	char *path;		/* from the roots */
	struct node *old;	/* what was there before, or NULL */
	int ended;		/* how often that was said */
	int rc;
	struct copy_result res;
};

struct model {
	const struct world *w;
	struct stage *st;
	struct sent sent[FILES_MAX];
	size_t n;
	char complaint[256];
};

static const struct node *
find(const struct model *m, int side, const char *path)
{
	return stage_find(m->st, side, path, false);
}

static void
ended(void *ctx, const struct copy_result *res, const struct err *err)
{
	struct sent *f = ctx;

	f->ended++;
	f->rc = err == NULL ? 0 : -1;
	f->res = *res;
}

/* By itself every fifth, the others one behind the other. */
static void
send_one(struct model *m, struct copy_tail *tail, struct sent *f)
{
	struct err err = ERR_INIT;
	struct copy c = {
		.source = source_memory_new(m->st, FROM, f->path),
		.sink = sink_memory_new(m->st, TO, f->path, true, true),
		.resume = m->w->wish[WISH_NO_RESUME] == 0, .more = true,
		.verify = m->w->wish[WISH_VERIFY] != 0 ? VERIFY_HASH :
		    VERIFY_SIZE,
		.digest = m->w->wish[WISH_CHECKSUM] != 0,
		.cancel = m->st->cancel,
	};
	struct copy_result res;
	int rc;

	if ((m->w->seed + m->n) % 5 != 0) {
		copy_queue(tail, &c, ended, f);
		return;
	}
	rc = copy(&c, &res, &err);
	ended(f, &res, rc == 0 ? NULL : &err);
}

/* Those whose directory is there. */
static void
send_all(struct model *m)
{
	const struct node *root = node_child(m->st->top[FROM], WORLD_ROOT);
	struct copy_tail *tail = copy_tail_new();
	const struct node *n, *old;
	struct sent *f;
	char *paths[FILES_MAX];
	size_t i;

	m->n = 0;
	for (n = root; n != NULL && m->n < FILES_MAX; n = node_next(root, n))
		if (n->type == 'f' && !wanted_is_part(n->name))
			paths[m->n++] = node_path(root, n);
	for (i = 0; i < m->n; i++) {
		f = &m->sent[i];
		*f = (struct sent){ .m = m, .path = paths[i] };
		old = find(m, TO, f->path);
		f->old = old != NULL ? node_copy(old) : NULL;
		send_one(m, tail, f);
	}
	copy_tail_free(tail);
}

static bool
complain(struct model *m, const struct sent *f, const char *what)
{
	snprintf(m->complaint, sizeof(m->complaint), "%s: %s", f->path, what);
	return false;
}

/* What the source has, or had at some time of this run. */
static bool
is_version(const struct model *m, const struct sent *f, const struct node *t)
{
	const struct node *s = find(m, FROM, f->path);
	const struct record *d;
	size_t i;

	if (s != NULL && node_is_like(s, t))
		return true;
	for (i = 0; i < m->st->n; i++) {
		d = &m->st->log[i];
		if (d->foreign && d->side == FROM &&
		    strcmp(d->path + strlen(WORLD_ROOT "/"), f->path) == 0 &&
		    ((d->now != NULL && node_is_like(d->now, t)) ||
		    (d->was != NULL && node_is_like(d->was, t))))
			return true;
	}
	return false;
}

/* Another hand was at it, in the target. */
static bool
is_disturbed(const struct model *m, const struct sent *f)
{
	const struct record *d;
	size_t i;

	for (i = 0; i < m->st->n; i++) {
		d = &m->st->log[i];
		if (d->foreign && d->side == TO)
			return true;
	}
	(void)f;
	return false;
}

static bool
judge_one(struct model *m, const struct sent *f, bool calm)
{
	const struct node *t = find(m, TO, f->path);
	const struct node *s = find(m, FROM, f->path);

	if (f->ended != 1)
		return complain(m, f, "its end was not said once");
	if (is_disturbed(m, f))
		return true;
	if (f->rc == 0 && (t == NULL || t->type != 'f' ||
	    !is_version(m, f, t)))
		return complain(m, f, "I2: it is said to be done");
	if (f->rc == 0 && f->res.size != (int64_t)t->size)
		return complain(m, f, "the result has another size");
	if (t != NULL && t->type == 'f' && !is_version(m, f, t) &&
	    (f->old == NULL || !node_is_like(f->old, t)))
		return complain(m, f, "I3: it is neither old nor new");
	if (f->old != NULL && t == NULL)
		return complain(m, f, "I8: it is lost");
	if (calm && f->rc == 0 && !node_is_like(s, t))
		return complain(m, f, "it is another version");
	if (calm && f->rc != 0 && f->old != NULL && f->old->type == 'f')
		return complain(m, f, "it failed without trouble");
	return true;
}

/* What sides do with names has its place in the model of the mirror. */
static void
tame(struct world *w)
{
	static const enum nature out[] = {
		NATURE_FOLDS_CASE, NATURE_DECOMPOSES, NATURE_REPLACES,
		NATURE_LOWERS, NATURE_NAME_MAX,
	};
	size_t i;

	for (i = 0; i < sizeof(out) / sizeof(out[0]); i++)
		w->nature[FROM][out[i]] = w->nature[TO][out[i]] = 0;
}

static void
forget(struct model *m)
{
	size_t i;

	for (i = 0; i < m->n; i++) {
		free(m->sent[i].path);
		node_free(m->sent[i].old);
	}
}

static bool
play(struct world *w, bool verbose)
{
	struct model m = { .w = w };
	bool good = true;
	size_t i;
	int run;

	tame(w);
	m.st = stage_new(w);
	for (run = 0; good && run < 2; run++) {
		stage_again(m.st, run > 0);
		m.st->cancel = cancel_new();
		send_all(&m);
		cancel_free(m.st->cancel);
		for (i = 0; good && i < m.n; i++)
			good = judge_one(&m, &m.sent[i], run > 0);
		if (verbose)
			stage_print(m.st, stdout);
		forget(&m);
	}
	if (!good)
		printf("# seed %" PRIu64 ", run %d: %s\n", w->seed, run,
		    m.complaint);
	stage_free(m.st);
	return good;
}

int
main(int argc, char **argv)
{
	uint64_t n = argc > 1 ? strtoull(argv[1], NULL, 10) : SEEDS;
	uint64_t from = argc > 2 ? strtoull(argv[2], NULL, 10) : 1, seed;
	struct world *w;
	int failed = 0;

	puts("1..1");
	for (seed = from; seed < from + n && failed < 10; seed++) {
		w = world_new(seed);
		if (argc > 3)
			world_print(w, stdout);
		failed += !play(w, argc > 3);
		world_free(w);
	}
	printf("%s 1 - %" PRIu64 " worlds from seed %" PRIu64 "\n",
	    failed == 0 ? "ok" : "not ok", n, from);
	return failed != 0;
}
