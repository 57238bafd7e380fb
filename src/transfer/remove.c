/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "transfer/remove.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/path.h"
#include "base/strvec.h"
#include "ftp/files.h"
#include "ftp/lister.h"
#include "ftp/look.h"
#include "ftp/removal.h"
#include "listing/repeat.h"
#include "transfer/gone.h"

enum {
	FLIGHT = 64,		/* removals between two looks at a cancel */
	DEPTH_MAX = 512,
};

/* An entry that was judged and is to go, or has gone. */
enum state { OPEN, LOST, ENDED };

struct run {
	const struct remove *r;
	const struct seen *e;
	size_t n;
	enum state *state;
	/* what is there now */
	struct listing remote;
	struct tree_list local;
	struct seen *now;
	size_t nnow;
	bool fresh;		/* e itself was listed just now */
	struct judge judge;	/* of that */
};

static void
forget_now(struct run *run)
{
	listing_release(&run->remote);
	tree_list_release(&run->local);
	judge_end(&run->judge);
	free(run->now);
	run->now = NULL;
	run->nnow = 0;
}

static struct seen *
all_seen(const struct listing *l)
{
	struct seen *all = xcalloc(l->n + 1, sizeof(*all));
	size_t i;

	for (i = 0; i < l->n; i++)
		all[i] = seen_remote(&l->entry[i]);
	return all;
}

/* What cannot be read right does not matter to who names the others. */
static int
list_named(struct run *run, struct err *err)
{
	const struct remove *r = run->r;

	if (lister_list(r->s, r->dir, LIST_TO_LOOK, r->links ? LIST_TARGETS |
	    LIST_LINKS : 0, &run->remote, err) != 0)
		return -1;
	return run->remote.gap > GAP_DOUBT ? listing_check(&run->remote,
	    err) : 0;
}

/* Those that were seen to have a size, and now are listed without. */
static size_t
find_unsized(struct run *run, struct seen **now)
{
	const struct judge j = { .now = run->now, .n = run->nnow };
	const struct seen *found;
	size_t i, n = 0;

	for (i = 0; i < run->n; i++) {
		found = run->e[i].type == 'f' && run->e[i].size >= 0 &&
		    run->state[i] != ENDED ? judge_find(&j, run->e[i].name) :
		    NULL;
		if (found != NULL && found->type == 'f' && found->size < 0)
			now[n++] = &run->now[found - run->now];
	}
	return n;
}

static int
add_sizes(struct run *run, struct err *err)
{
	struct seen **now = xcalloc(run->n + 1, sizeof(*now));
	char **path = xcalloc(run->n + 1, sizeof(*path));
	int64_t *size = xcalloc(run->n + 1, sizeof(*size));
	size_t i, n;
	int rc = 0;

	n = find_unsized(run, now);
	for (i = 0; i < n; i++)
		path[i] = path_join(run->r->dir, now[i]->name);
	if (n > 0)
		rc = files_sizes(run->r->s, (const char *const *)path,
		    n, size, err);
	for (i = 0; i < n; i++) {
		if (rc == 0)
			now[i]->size = size[i];
		free(path[i]);
	}
	free(size);
	free(path);
	free(now);
	return rc;
}

static int
list_remote(struct run *run, struct err *err)
{
	const struct remove *r = run->r;

	if ((r->named ? list_named(run, err) : lister_list(r->s, r->dir,
	    LIST_WHOLE, r->links ? LIST_TARGETS : 0, &run->remote,
	    err)) != 0)
		return err_append(err, "; nothing in it was deleted");
	run->nnow = run->remote.n;
	run->now = all_seen(&run->remote);
	return add_sizes(run, err);
}

static int
list_local(struct run *run, struct err *err)
{
	size_t i;

	if (tree_list(run->r->tree, run->r->dir, &run->local, err) != 0)
		return -1;
	if (!run->local.complete) {
		(void)tree_list_error(&run->local, err);
		return err_append(err, "; nothing in it was deleted");
	}
	run->nnow = run->local.n;
	run->now = xcalloc(run->nnow + 1, sizeof(*run->now));
	for (i = 0; i < run->nnow; i++)
		run->now[i] = seen_local(&run->local.entry[i]);
	return 0;
}

static bool
is_known(const struct run *run, const char *name)
{
	size_t i;

	for (i = 0; i < run->n; i++)
		if (strcmp(run->e[i].name, name) == 0)
			return true;
	return false;
}

/* Tells of a name that is none of those that were judged. */
static void
tell_foreign(const struct run *run)
{
	const struct judge j = { .now = run->now, .n = run->nnow };
	size_t i, n = 0;

	for (i = 0; i < run->n; i++)
		n += judge_find(&j, run->e[i].name) != NULL;
	for (i = 0; i < run->nnow && n < run->nnow; i++) {
		if (is_known(run, run->now[i].name))
			continue;
		run->r->foreign(run->r->ctx, run->now[i].name);
		break;
	}
}

static void
tell_fate(struct run *run, size_t i, enum fate fate, const struct err *err)
{
	if (fate == FATE_GONE && run->state[i] == LOST)
		fate = FATE_REMOVED;
	run->state[i] = ENDED;
	run->r->ended(run->r->ctx, &run->e[i], fate, fate == FATE_REMOVED ||
	    fate == FATE_GONE || fate == FATE_PASSED ? NULL : err);
}

static int
remove_local(const struct remove *r, const struct seen *e, struct err *err)
{
	char *path = path_join(r->dir, e->name);
	int rc;

	rc = e->type == 'd' ? tree_rmdir(r->tree, path, err) :
	    tree_unlink(r->tree, path, err);
	free(path);
	return rc;
}

/* One by one: what is local, and what is moved. */
static void
remove_singly(struct run *run, size_t i)
{
	const struct remove *r = run->r;
	const struct seen *e = &run->e[i];
	struct err err = ERR_INIT;
	int rc;

	rc = r->move != NULL && e->type != 'd' ?
	    r->move(r->ctx, e->name, &err) : remove_local(r, e, &err);
	tell_fate(run, i, rc == 0 ? FATE_REMOVED : err.sys == ENOENT ?
	    FATE_GONE : FATE_FAILED, &err);
}

/* Those that go in one flight. */
struct flight {
	struct removal removal[FLIGHT];
	char *path[FLIGHT];
	size_t index[FLIGHT], n;
};

static int
fly(struct run *run, struct flight *f, struct err *err)
{
	int rc = removal_run(run->r->s, f->removal, f->n, err);
	const struct removal *m;
	size_t i;

	for (i = 0; i < f->n; i++) {
		m = &f->removal[i];
		if (m->done) {
			tell_fate(run, f->index[i], FATE_REMOVED, NULL);
			session_progress(run->r->s);
		} else if (m->err.kind != ERR_NONE)
			tell_fate(run, f->index[i], FATE_FAILED, &m->err);
		else if (m->tried)
			run->state[f->index[i]] = LOST;
		free(f->path[i]);
	}
	f->n = 0;
	return rc;
}

static int
add_to_flight(struct run *run, struct flight *f, size_t i, struct err *err)
{
	const struct seen *e = &run->e[i];

	f->path[f->n] = path_join(run->r->dir, e->name);
	f->removal[f->n] = (struct removal){
		.path = f->path[f->n], .is_dir = e->type == 'd',
	};
	f->index[f->n++] = i;
	return f->n == FLIGHT ? fly(run, f, err) : 0;
}

static void
begin_judging(struct run *run)
{
	const struct remove *r = run->r;

	run->judge = (struct judge){
		.now = run->now, .n = run->nnow, .keep_dirs = r->keep_dirs,
		.beside = r->beside, .nbeside = r->nbeside,
		.kind = r->s != NULL ? ERR_REFUSED : ERR_LOCAL,
	};
	judge_begin(&run->judge);
}

static bool
may_go(const struct run *run, const struct seen *e, enum fate *fate,
    struct err *err)
{
	return judge_lets_go(&run->judge, e, run->fresh ? e :
	    judge_find(&run->judge, e->name), fate, err);
}

static bool
is_cancelled(const struct remove *r)
{
	return r->cancel != NULL && cancel_reason(r->cancel) != CANCEL_NONE;
}

/* All that is open, as it is now. */
static int
remove_now(struct run *run, struct err *err)
{
	const struct remove *r = run->r;
	struct flight *f = xcalloc(1, sizeof(*f));
	struct err why = ERR_INIT;
	enum fate fate;
	size_t i;
	int rc = 0;

	begin_judging(run);
	for (i = 0; i < run->n && rc == 0; i++) {
		if (run->state[i] == ENDED)
			continue;
		if (is_cancelled(r))
			rc = cancel_error(r->cancel, err);
		else if (!may_go(run, &run->e[i], &fate, &why))
			tell_fate(run, i, fate, &why);
		else if (r->s == NULL || (r->move != NULL &&
		    run->e[i].type != 'd'))
			remove_singly(run, i);
		else
			rc = add_to_flight(run, f, i, err);
	}
	if (rc == 0)
		rc = fly(run, f, err);
	for (i = 0; i < f->n; i++)
		free(f->path[i]);
	free(f);
	return rc;
}

static int
run_all(struct run *run, struct err *err)
{
	struct session *s = run->r->s;
	int rc;

	run->state = xcalloc(run->n + 1, sizeof(*run->state));
	if (s != NULL)
		session_try_begin(s);
	for (;;) {
		rc = run->fresh ? 0 : s != NULL ? list_remote(run, err) :
		    list_local(run, err);
		if (rc != 0)
			break;
		if (run->r->foreign != NULL)
			tell_foreign(run);
		rc = remove_now(run, err);
		if (rc == 0 || s == NULL || !session_again(s, NULL, err))
			break;
		err_clear(err);
		forget_now(run);
		run->fresh = false;
	}
	if (s != NULL)
		session_try_end(s);
	forget_now(run);
	free(run->state);
	return rc;
}

int
remove_entries(const struct remove *r, const struct seen *e, size_t n,
    struct err *err)
{
	struct run run = { .r = r, .e = e, .n = n };

	return n == 0 ? 0 : run_all(&run, err);
}

/* lost: it may have been done before the connection was. */
static void
remove_dir(const struct remove *r, const struct seen *e, bool lost)
{
	struct err err = ERR_INIT;
	char *path;
	int rc;

	if (r->s == NULL) {
		rc = remove_local(r, e, &err);
	} else {
		path = path_join(r->dir, e->name);
		rc = removal_dir(r->s, path, &err);
		if (rc != 0 && lost && err.kind == ERR_REFUSED &&
		    look_is_gone(r->s, path))
			rc = 0;
		free(path);
	}
	r->ended(r->ctx, e, rc == 0 ? FATE_REMOVED : err.sys == ENOENT ?
	    FATE_GONE : FATE_FAILED, rc == 0 || err.sys == ENOENT ? NULL :
	    &err);
}

int
remove_dirs(const struct remove *r, const struct seen *e, size_t n,
    struct err *err)
{
	struct run run = { .r = r, .e = e, .n = n };
	struct flight *f = xcalloc(1, sizeof(*f));
	struct err ignored = ERR_INIT;
	size_t i;
	int rc = 0;

	run.state = xcalloc(n + 1, sizeof(*run.state));
	for (i = 0; r->s != NULL && i < n && rc == 0; i++)
		rc = add_to_flight(&run, f, i, &ignored);
	if (rc == 0)
		rc = fly(&run, f, &ignored);
	free(f);
	for (i = 0, rc = 0; i < n && rc == 0; i++) {
		if (is_cancelled(r))
			rc = cancel_error(r->cancel, err);
		else if (run.state[i] != ENDED)
			remove_dir(r, &e[i], run.state[i] == LOST);
	}
	free(run.state);
	return rc;
}

/* What is in it may be elsewhere. */
static enum named
untold(struct err *err)
{
	err_set(err, ERR_REFUSED, "is a directory or a link to one: no "
	    "listing shows which, so it was left");
	return NAMED_FAILED;
}

/* No listing has shown it, which proves nothing; err: why not, if known. */
static enum named
remove_unlisted(struct session *s, const char *path, struct err *err)
{
	struct err asked = ERR_INIT;
	int what = look_unlisted(s, path, &asked);

	if (what == 'f') {
		err_clear(err);
		return removal_file(s, path, err) == 0 ? NAMED_REMOVED :
		    NAMED_FAILED;
	}
	if (what < 0)
		*err = asked;
	else if (what == 0 && err->kind == ERR_NONE)
		return NAMED_NOTHING;
	else if (err->kind == ERR_NONE)
		return untold(err);
	return NAMED_FAILED;
}

enum named
remove_name(struct session *s, const char *path, struct err *err)
{
	struct listing l;
	bool is_dir;
	int rc;

	rc = look_one(s, path, &l, err);
	is_dir = rc == 1 && l.entry[0].type == 'd';
	listing_release(&l);
	if (rc == 0 || (rc < 0 && err->kind == ERR_REFUSED))
		return remove_unlisted(s, path, err);
	if (is_dir)
		rc = lister_is_link(s, path, err);
	if (rc == 0 || rc == 2)
		return rc == 0 ? NAMED_DIR : untold(err);
	return rc == 1 && removal_file(s, path, err) == 0 ? NAMED_REMOVED :
	    NAMED_FAILED;
}

/* One directory of a tree that is removed, in the frame of its level. */
struct level {
	const struct remove_tree *t;
	struct repeats *repeats;
	struct lineage line;
	const char *path;
	bool all;		/* is gone so far */
	bool stop;
};

static void
level_failed(struct level *v, const char *path, char type,
    const struct err *err)
{
	v->all = false;
	v->stop = !v->t->failed(v->t->ctx, path, type, err) || v->stop;
}

static void
level_ended(void *ctx, const struct seen *e, enum fate fate,
    const struct err *err)
{
	struct level *v = ctx;
	char *path;

	if (fate == FATE_PASSED || fate == FATE_GONE)
		return;
	path = path_join(v->path, e->name);
	if (fate == FATE_REMOVED)
		v->t->removed(v->t->ctx, path, false);
	else
		level_failed(v, path, 'f', err);
	free(path);
}

static bool remove_level(struct level *above, const char *path, int depth);

/* What was listed: its files at once, then its directories. */
static void
remove_listed(struct level *v, const struct listing *l, int depth)
{
	struct remove r = {
		.s = v->t->s, .dir = v->path, .links = true, .keep_dirs = true,
		.cancel = session_cancel(v->t->s), .ended = level_ended,
		.ctx = v,
	};
	struct seen *all = all_seen(l);
	struct run run = { .r = &r, .e = all, .n = l->n, .fresh = true };
	struct err err = ERR_INIT;
	char *path;
	size_t i;

	if (run_all(&run, &err) != 0)
		level_failed(v, v->path, 0, &err);
	for (i = 0; i < l->n && !v->stop; i++) {
		if (all[i].type != 'd')
			continue;
		path = path_join(v->path, all[i].name);
		v->all = remove_level(v, path, depth + 1) && v->all;
		free(path);
	}
	free(all);
}

static int
list_level(const struct remove_tree *t, const char *path, int depth,
    struct listing *l, struct err *err)
{
	if (depth == DEPTH_MAX)
		return err_set(err, ERR_REFUSED, "directories are nested "
		    "deeper than %d; nothing in it was deleted", DEPTH_MAX);
	if (lister_list(t->s, path, LIST_WHOLE, LIST_LINKS, l, err) != 0)
		return err_append(err, "; nothing in it was deleted");
	return 0;
}

/* Whether all of it is gone. */
static bool
remove_level(struct level *above, const char *path, int depth)
{
	const struct remove_tree *t = above->t;
	struct level v = {
		.t = t, .repeats = above->repeats, .line = above->line,
		.path = path, .all = true,
	};
	struct listing l = { 0 };
	struct err err = ERR_INIT;

	if (list_level(t, path, depth, &l, &err) != 0) {
		level_failed(&v, path, 0, &err);
	} else if (repeat_note(v.repeats, &v.line, &l)) {
		repeat_error(&err);
		level_failed(&v, path, 0, &err);
		v.stop = true;
	} else {
		remove_listed(&v, &l, depth);
	}
	listing_release(&l);
	if (v.all && !v.stop) {
		err_clear(&err);
		if (removal_dir(t->s, path, &err) == 0)
			t->removed(t->ctx, path, true);
		else
			level_failed(&v, path, 'd', &err);
	}
	above->stop = above->stop || v.stop;
	return v.all && !v.stop;
}

void
remove_tree(const struct remove_tree *t, const char *path)
{
	struct repeats repeats = { 0 };
	struct level top = { .t = t, .repeats = &repeats };

	remove_level(&top, path, 0);
}

/* The files whose turn it is, and how far each is. */
struct pickup {
	struct session *s;
	const struct fetched *f;
	size_t n;
	bool has_ended[FETCHED_MAX];
	struct identity now[FETCHED_MAX];
	struct removal removal[FETCHED_MAX];
	void (*ended)(void *ctx, const struct fetched *f, enum fate fate,
	    const struct err *err);
	void *ctx;
};

static void
pickup_end(struct pickup *p, size_t i, enum fate fate, const struct err *err)
{
	p->has_ended[i] = true;
	p->ended(p->ctx, &p->f[i], fate, err);
}

static int
look_again(struct pickup *p, struct err *err)
{
	const char *path[FETCHED_MAX];
	size_t i;

	for (i = 0; i < p->n; i++)
		path[i] = p->f[i].path;
	return identity_many(p->s, path, p->n, p->now, err);
}

/* What is as it was. */
static void
choose(struct pickup *p)
{
	struct err err = ERR_INIT;
	const char *why;
	size_t i;

	for (i = 0; i < p->n; i++) {
		p->removal[i] = (struct removal){
			.path = p->f[i].path, .done = p->has_ended[i],
		};
		if (p->has_ended[i])
			continue;
		why = identity_change(&p->f[i].look, &p->now[i]);
		if (why == NULL)
			continue;
		p->removal[i].done = true;
		if (!p->now[i].there && gone_is(p->s, p->f[i].path)) {
			pickup_end(p, i, FATE_GONE, NULL);
			continue;
		}
		err_set(&err, ERR_VERIFY, "fetched, but kept on the server: "
		    "%s since; fetch it again", why);
		pickup_end(p, i, FATE_CHANGED, &err);
	}
}

static int
pick_up(struct pickup *p, struct err *err)
{
	const struct removal *m;
	size_t i;
	int rc;

	if (look_again(p, err) != 0)
		return -1;
	choose(p);
	rc = removal_run(p->s, p->removal, p->n, err);
	for (i = 0; i < p->n; i++) {
		m = &p->removal[i];
		if (p->has_ended[i])
			continue;
		if (m->done)
			pickup_end(p, i, FATE_REMOVED, NULL);
		else if (m->err.kind != ERR_NONE)
			pickup_end(p, i, FATE_FAILED, &m->err);
	}
	return rc;
}

void
remove_fetched(struct session *s, const struct fetched *f, size_t n,
    void (*fn)(void *ctx, const struct fetched *f, enum fate fate,
    const struct err *err), void *ctx)
{
	struct pickup *p = xcalloc(1, sizeof(*p));
	struct err err = ERR_INIT;
	size_t i;
	int rc;

	*p = (struct pickup){
		.s = s, .f = f, .n = n, .ended = fn, .ctx = ctx,
	};
	session_try_begin(s);
	while ((rc = pick_up(p, &err)) != 0 && session_again(s, NULL, &err))
		err_clear(&err);
	session_try_end(s);
	for (i = 0; i < n; i++)
		if (!p->has_ended[i])
			pickup_end(p, i, FATE_FAILED, &err);
	free(p);
}

int
remove_sent(struct tree *tree, const char *path, const struct stat *was,
    struct err *err)
{
	const char *why = NULL;
	struct stat now;
	int rc;

	if ((rc = tree_stat(tree, path, &now, err)) < 0)
		return -1;
	if (rc == 0)
		return 0;
	if (now.st_dev != was->st_dev || now.st_ino != was->st_ino)
		why = "another file is in its place";
	else if (now.st_size != was->st_size ||
	    now.st_mtim.tv_sec != was->st_mtim.tv_sec ||
	    now.st_mtim.tv_nsec != was->st_mtim.tv_nsec)
		why = "it was written to meanwhile";
	if (why != NULL)
		return err_set(err, ERR_VERIFY, "sent, but kept here: %s; "
		    "send it again", why);
	return tree_unlink(tree, path, err);
}
