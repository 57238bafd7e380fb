/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "side_memory.h"

#include <errno.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/path.h"
#include "file_memory.h"
#include "memory_in.h"
#include "transfer/copy.h"

/* The root. */

static int
open_root(struct side *side, struct worker *w, bool source, bool *absent,
    struct err *err)
{
	struct side_memory *m = memory_of(side);

	(void)w;
	pthread_mutex_lock(&m->st->lock);
	*absent = memory_find(m, "") == NULL;
	pthread_mutex_unlock(&m->st->lock);
	return *absent && source ? memory_refuse(m, ENOENT, err) : 0;
}

static int
make_root(struct side *side, struct worker *w, bool look, bool *exists,
    struct err *err)
{
	struct side_memory *m = memory_of(side);
	struct begun b;
	int rc;

	(void)w;
	rc = memory_begin(m, DEED_MAKE_DIR, "", &b, err);
	*exists = memory_find(m, "") != NULL;
	if (rc == 0 && !look && !*exists)
		b.done = stage_make(m->st, m->which, m->st->top[m->which],
		    WORLD_ROOT, 'd') != NULL;
	return stage_end(m->st, &b, rc, err);
}

static int
open_backup(struct side *side, const char *dir, bool look, struct err *err)
{
	struct side_memory *m = memory_of(side);
	const char *name = path_base(WORLD_BACKUP);
	struct node *root, *n;

	(void)dir;
	pthread_mutex_lock(&m->st->lock);
	root = memory_find(m, "");
	n = root != NULL ? memory_find(m, name) : NULL;
	if (n == NULL && root != NULL && !look)
		n = stage_make(m->st, m->which, root, name, 'd');
	pthread_mutex_unlock(&m->st->lock);
	if (n == NULL && look)
		return 0;
	if (n == NULL || n->type != 'd')
		return memory_refuse(m, ENOTDIR, err);
	side->backup = xstrdup("/" WORLD_BACKUP);
	return 0;
}

static char *
full(const struct side *side, const char *path)
{
	(void)side;
	return *path != '\0' ? path_join("/" WORLD_ROOT, path) :
	    xstrdup("/" WORLD_ROOT);
}

/* One file. */

static struct source *
open_source(struct side *side, struct worker *w, const struct side_file *f,
    struct err *err)
{
	struct side_memory *m = memory_of(side);

	(void)w, (void)err;
	return source_memory_new(m->st, m->which, f->path);
}

static struct sink *
open_sink(struct side *side, struct worker *w, const struct side_file *f,
    struct source *from, struct err *err)
{
	struct side_memory *m = memory_of(side);

	(void)w, (void)from, (void)err;
	return sink_memory_new(m->st, m->which, f->path, f->keep_time,
	    f->keep_mode);
}

static bool
has_digests(struct side *side, struct worker *w)
{
	(void)w;
	return memory_nature(memory_of(side), NATURE_NO_DIGEST) == 0;
}

static int
digest(struct side *side, struct worker *w, const char *path, bool chooses,
    enum hash_alg *alg, char hex[HASH_HEX_MAX], struct err *err)
{
	struct side_memory *m = memory_of(side);
	const struct node *n;
	struct begun b;
	int rc;

	(void)w;
	if (memory_nature(m, NATURE_NO_DIGEST) != 0)
		return 0;
	if (chooses)
		*alg = HASH_SHA256;
	rc = memory_begin(m, DEED_DIGEST, path, &b, err);
	n = rc == 0 ? memory_find(m, path) : NULL;
	if (rc == 0 && (n == NULL || n->type != 'f'))
		rc = memory_refuse(m, ENOENT, err);
	if (rc == 0) {
		hash_hex(*alg, n->size > 0 ? n->data : "", n->size, hex);
		b.done = true;
	}
	return stage_end(m->st, &b, rc, err) == 0 ? 1 : -1;
}

static int
look(struct side *side, struct worker *w, const char *path,
    struct copy_result *res, struct err *err)
{
	struct side_memory *m = memory_of(side);
	const struct node *n;
	struct begun b;
	int rc;

	(void)w;
	rc = memory_begin(m, DEED_LOOK, path, &b, err);
	n = rc == 0 ? memory_find(m, path) : NULL;
	if (rc == 0 && n == NULL)
		rc = memory_refuse(m, ENOENT, err);
	if (rc == 0) {
		file_memory_stat(n, &res->st);
		b.done = true;
	}
	return stage_end(m->st, &b, rc, err);
}

static void
remove_source(struct side *side, struct worker *w, const char *path,
    const struct copy_result *res, struct err *err)
{
	struct side_memory *m = memory_of(side);
	struct node *n;
	struct stat now;
	struct begun b;
	int rc;

	(void)w;
	rc = memory_begin(m, DEED_REMOVE, path, &b, err);
	n = rc == 0 ? memory_find(m, path) : NULL;
	if (n != NULL) {
		file_memory_stat(n, &now);
		if (now.st_ino != res->st.st_ino ||
		    now.st_size != res->st.st_size ||
		    now.st_mtim.tv_sec != res->st.st_mtim.tv_sec ||
		    now.st_mtim.tv_nsec != res->st.st_mtim.tv_nsec)
			rc = err_set(err, ERR_VERIFY, "it has changed");
	}
	if (n != NULL && rc == 0) {
		stage_was(&b, n);
		node_free(n);
		b.done = true;
	}
	(void)stage_end(m->st, &b, rc, err);
}

/* Times. */

static int
exact_times(struct side *side, struct worker *w, const char *const *path,
    size_t n, struct timespec *ts, bool *known, struct err *err)
{
	struct side_memory *m = memory_of(side);
	const struct node *there;
	struct begun b;
	size_t i;
	int rc = 0;

	(void)w;
	for (i = 0; i < n && rc == 0; i++) {
		rc = memory_begin(m, DEED_TIME, path[i], &b, err);
		there = rc == 0 ? memory_find(m, path[i]) : NULL;
		known[i] = there != NULL && there->type == 'f';
		ts[i] = (struct timespec){ 0 };
		if (known[i])
			ts[i].tv_sec = there->mtime.tv_sec;
		b.done = rc == 0;
		rc = stage_end(m->st, &b, rc, err);
	}
	return rc;
}

/* What is set, and how it comes back, is known here. */
static void
try_time(struct side *side, struct worker *w, const char *path,
    struct timespec source, const struct reading *seen, struct time_model *tm)
{
	struct side_memory *m = memory_of(side);
	struct timespec set = { .tv_sec = times_telling(source.tv_sec) };
	struct plan_entry e;
	struct node n = { .type = 'f' };

	(void)w, (void)path;
	if (memory_nature(m, NATURE_NO_TIMES) != 0)
		return;
	n.mtime = stage_time(m->st, m->which, set);
	e.mtime = n.mtime;
	if (seen->by == READ_COARSE)
		memory_show_time(m, &n, &e);
	times_learn(tm, set, e.mtime);
}

static int
keeps_times(struct side *side, struct worker *w, const char *path,
    const struct plan_entry *target, const struct timespec *exact,
    bool trial, struct err *err)
{
	(void)w, (void)path, (void)target, (void)exact, (void)err;
	return !trial || memory_nature(memory_of(side), NATURE_NO_TIMES) == 0;
}

static void
release_side(struct side *side)
{
	side_release(side);
	free(side);
}

static const struct side_ops ops = {
	.free = release_side,
	.open = open_root, .make_root = make_root,
	.open_backup = open_backup, .full = full,
	.batch = memory_batch, .list = memory_list,
	.confirm = memory_confirm, .tell_links = memory_tell_links,
	.has = memory_has, .are_there = memory_are_there,
	.find_hidden = memory_find_hidden, .shows_dots = memory_shows_dots,
	.is_gone = memory_is_gone, .is_occupied = memory_is_occupied,
	.stored = memory_stored, .answers = memory_has,
	.folds = side_folds, .note_folds = side_note_folds,
	.learn_case = memory_learn_case,
	.make_dir = memory_make_dir, .make_dirs = memory_make_dirs,
	.set_mode = memory_set_mode, .link = memory_make_link,
	.remove = memory_remove_all, .back_up = memory_back_up,
	.back_up_old = memory_back_up_old, .take_back = memory_take_back,
	.drop_parts = memory_drop_parts,
	.source = open_source, .sink = open_sink,
	.has_digests = has_digests, .digest = digest, .look = look,
	.remove_source = remove_source, .exact_times = exact_times,
	.try_time = try_time, .keeps_times = keeps_times,
};

struct side *
side_memory_new(struct stage *st, int which)
{
	struct side_memory *m = xcalloc(1, sizeof(*m));

	m->st = st;
	m->which = which;
	m->ops = ops;
	if (memory_nature(m, NATURE_SERVER) == 0) {
		m->ops.learn_case = NULL;
		m->ops.are_there = NULL;
		m->ops.find_hidden = NULL;
		m->ops.exact_times = NULL;
	}
	side_init(&m->side, &m->ops, which == FROM ? "from" : "to");
	m->side.root = xstrdup("/" WORLD_ROOT);
	m->side.facts = (struct side_facts){
		.failing = memory_nature(m, NATURE_SERVER) != 0 ? ERR_REFUSED :
		    ERR_LOCAL,
		.links_last = memory_nature(m, NATURE_LINKS_NEED) != 0,
		.op = "put", .no_time = "no times", .no_mode = "no modes",
	};
	return &m->side;
}
