/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The directories of a mirror: listed on both sides, compared, and turned
 * into jobs.  Where the server can list many in one flight, a worker takes
 * several at once.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/path.h"
#include "ftp/folders.h"
#include "ftp/lister.h"
#include "ftp/refusal.h"
#include "transfer/mirror_in.h"

enum {
	DEPTH_MAX = 512,
	/* Entries that several directories may have together in memory. */
	ENTRIES_AT_ONCE = 2048,
};

/* A directory to visit; there may be very many. */
struct dir_job {
	struct job job;
	struct mirror *m;
	char *path;		/* relative to the roots */
	bool target_exists;
	uint64_t hint;		/* for listing it on the server */
	struct lineage line;
};

/* One directory that both sides, or the source alone, have. */
struct visit {
	struct mirror *m;
	char *path;
	bool target_exists;
	uint64_t hint;
	struct lineage line;
	struct side source, target;
	struct plan plan;
	struct err err;		/* of listing it on the server */
	bool left;		/* to another worker */
};

/*
 * Directories that were visited together, until the times are known that
 * could not be told from their listings.
 */
struct batch {
	struct job job;
	struct mirror *m;
	struct visit *v;
	size_t n;
	struct questions q;
};

static void dir_run(struct job *job, struct session *s);

void
mirror_add_dir(struct mirror *m, const char *path, bool target_exists,
    const struct plan_entry *e)
{
	struct dir_job *j = xcalloc(1, sizeof(*j));

	j->job.run = dir_run;
	j->m = m;
	j->path = xstrdup(path);
	j->target_exists = target_exists;
	j->hint = e != NULL ? e->hint : 0;
	if (e != NULL && e->line != NULL)
		j->line = *e->line;
	pool_add(m->pool, JOB_DIRECTORY, &j->job);
}

static void
visit_init(struct visit *v, struct dir_job *j)
{
	v->m = j->m;
	v->path = j->path;
	v->target_exists = j->target_exists;
	v->hint = j->hint;
	v->line = j->line;
	free(j);
}

static void
visit_release(struct visit *v)
{
	plan_release(&v->plan);
	side_release(&v->source);
	side_release(&v->target);
	free(v->path);
}

static void
count_source(struct mirror *m, const struct side *source)
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

int
mirror_check_depth(const char *path, struct err *err)
{
	int depth = 0;

	for (; *path != '\0'; path++)
		depth += *path == '/';
	if (depth < DEPTH_MAX)
		return 0;
	return err_set(err, ERR_REFUSED,
	    "directories are nested deeper than %d", DEPTH_MAX);
}

/*
 * What a target lacks is found when the source has it; but what is new in a
 * source, or to be deleted from a target, would be missed.
 */
static enum list_need
need_of(const struct mirror *m)
{
	return m->o->reverse && !m->o->delete ? LIST_ROUGH : LIST_WHOLE;
}

/* Sizes where they decide: whether it differs, is selected, or deleted. */
unsigned
mirror_list_flags(const struct mirror *m)
{
	const struct mirror_options *o = m->o;
	unsigned flags = o->no_symlinks ? 0 : LIST_TARGETS;

	if (o->delete || o->manifest || o->min_size >= 0 ||
	    o->max_size >= 0 || !(o->ignore_size || o->checksum))
		flags |= LIST_SIZES;
	if (o->has_newer || o->has_older)
		flags |= LIST_TIMES;
	return flags;
}

/* What the server has, of all visits in one flight if it can do that. */
static void
list_remote(struct mirror *m, struct session *s, struct visit *v, size_t n)
{
	struct listing out[LISTER_MAX];
	struct err err[LISTER_MAX] = { 0 };
	char *full[LISTER_MAX] = { NULL };
	uint64_t hint[LISTER_MAX];
	struct visit *asked[LISTER_MAX];
	struct lister_request rq = {
		.dir = (const char *const *)full, .hint = hint,
		.need = need_of(m), .flags = mirror_list_flags(m) | LIST_BELOW,
	};
	struct side *side;
	size_t i;

	for (i = 0; i < n; i++) {
		if (m->o->reverse && !v[i].target_exists)
			continue;
		asked[rq.n] = &v[i];
		hint[rq.n] = v[i].hint;
		full[rq.n++] = mirror_remote(m, v[i].path);
	}
	lister_list_many(s, &rq, out, err);
	for (i = 0; i < rq.n; i++) {
		side = m->o->reverse ? &asked[i]->target : &asked[i]->source;
		side->remote = out[i];
		asked[i]->err = err[i];
		side_take_remote(m, s, asked[i]->path, side);
		free(full[i]);
	}
}

/* The directory for messages; the roots as the user named them. */
static const char *
name_of(const struct visit *v, bool source)
{
	const struct mirror_options *o = v->m->o;

	if (v->path[0] != '\0')
		return v->path;
	return source == o->reverse ? o->local : o->remote;
}

/* Why the server does not list it. */
static void
explain(const struct visit *v, struct session *s, struct err *err)
{
	char *full = mirror_remote(v->m, v->path);

	refusal_explain(s, &(struct refusal){
	    .act = REFUSAL_LIST, .path = full,
	    .shown = name_of(v, !v->m->o->reverse),
	    .type = v->path[0] != '\0' ? 'd' : 0 }, err);
	free(full);
}

/* Of the source nothing is there, or part of it: -1, 0. */
static int
source_failed(struct visit *v, struct session *s, struct err *err)
{
	struct mirror *m = v->m;

	mirror_incomplete(m);
	if (v->path[0] != '\0' && mirror_is_gone(m, s, v->path, err)) {
		mirror_lost(m, LOST_GONE, v->path, err->msg);
		return -1;
	}
	if (!m->o->reverse)
		explain(v, s, err);
	mirror_failed(m, name_of(v, true), err);
	/* What could be read of it still goes. */
	return v->source.n > 0 ? 0 : -1;
}

/* The source's side is there, or partly: 0, or -1 if nothing is to be done. */
static int
check_source(struct visit *v, struct session *s)
{
	struct mirror *m = v->m;
	struct err err = ERR_INIT;

	if (mirror_check_depth(v->path, &err) != 0) {
		mirror_incomplete(m);
		mirror_failed(m, v->path, &err);
		return -1;
	}
	if (m->o->reverse)
		(void)side_list_local(m, v->path, &v->source, &err);
	else
		err = v->err;
	return err.kind == ERR_NONE ? 0 : source_failed(v, s, &err);
}

static int
check_target(struct visit *v, struct session *s)
{
	struct mirror *m = v->m;
	struct err err = ERR_INIT;

	if (!v->target_exists)
		return 0;
	if (m->o->reverse)
		err = v->err;
	else
		(void)side_list_local(m, v->path, &v->target, &err);
	if (err.kind == ERR_NONE)
		return 0;
	if (m->o->reverse)
		explain(v, s, &err);
	mirror_failed(m, name_of(v, false), &err);
	return -1;
}

static void
act_all(struct visit *v, struct session *s, struct questions *q)
{
	struct mirror *m = v->m;
	const struct plan_action *a;
	const char *name;
	char *path;
	size_t i;
	bool part;

	mirror_spare_foreign(m, v->path, &v->plan);
	mirror_spare_links(m, s, v->path, &v->target, &v->plan);
	if (m->o->delete)
		mirror_doom(m, v->path, &v->plan, v->source.entry,
		    v->source.n);
	for (i = 0; i < v->plan.n; i++) {
		a = &v->plan.action[i];
		if (a->kind == PLAN_DELETE)
			continue;
		name = a->source != NULL ? a->source->name : a->target->name;
		part = side_has_part(&v->target, name);
		path = path_join(v->path, name);
		if (a->kind == PLAN_ASK && !m->o->checksum &&
		    !m->o->manifest)
			questions_add(q, path, a, part);
		else
			mirror_act(m, s, path, a, part);
		free(path);
	}
}

/* How many directories are made in one flight. */
enum { MKDIR_FLIGHT = 64 };

/* The names and modes of a flight's directories, from action *i on. */
static size_t
collect_dirs(const struct visit *v, size_t *i, struct plan_action **action,
    char **full, int *mode)
{
	struct plan_action *a;
	size_t k = 0;
	char *path;

	for (; *i < v->plan.n && k < MKDIR_FLIGHT; ++*i) {
		a = &v->plan.action[*i];
		if (a->kind != PLAN_MKDIR)
			continue;
		path = path_join(v->path, a->source->name);
		full[k] = mirror_remote(v->m, path);
		free(path);
		mode[k] = plan_mode(a->source, v->m->o);
		action[k++] = a;
	}
	return k;
}

static void
made_dir(const struct visit *v, struct plan_action *a)
{
	char *path = path_join(v->path, a->source->name);

	mirror_entered(v->m, path, NULL);
	free(path);
	a->kind = PLAN_SKIP;
}

/*
 * New directories on the server, many in one flight.  What is not done now is
 * done, or found to be impossible, one by one.
 */
static void
make_dirs(struct visit *v, struct session *s)
{
	struct plan_action *action[MKDIR_FLIGHT];
	struct err each[MKDIR_FLIGHT], err = ERR_INIT;
	char *full[MKDIR_FLIGHT];
	int mode[MKDIR_FLIGHT], rc = 0;
	size_t i = 0, j, k;

	while (rc == 0 && (k = collect_dirs(v, &i, action, full, mode)) > 0) {
		memset(each, 0, sizeof(each));
		rc = folders_make_many(s, (const char *const *)full, mode, k,
		    each, &err);
		for (j = 0; j < k; j++) {
			if (rc == 0 && each[j].kind == ERR_NONE)
				made_dir(v, action[j]);
			free(full[j]);
		}
	}
}

/* A directory was made, and perhaps those above it. */
static void
note_late(struct mirror *m, const char *path)
{
	size_t n;

	for (n = strlen(path); n > 0;) {
		char *dir = xstrndup(path, n);

		mirror_made_name(m, dir);
		while (n > 0 && path[--n] != '/')
			continue;
		free(dir);
	}
}

/* --no-empty-dirs: a directory is made once something is to be in it. */
static int
make_late(struct visit *v, struct session *s)
{
	struct err err = ERR_INIT;
	bool made;
	size_t i;

	for (i = 0; i < v->plan.n; i++)
		if (v->plan.action[i].kind == PLAN_TRANSFER ||
		    v->plan.action[i].kind == PLAN_LINK)
			break;
	if (i == v->plan.n || v->path[0] == '\0')
		return 0;
	if (mirror_make_dir(v->m, s, v->path, -1, &made, &err) != 0) {
		mirror_failed(v->m, v->path, &err);
		return -1;
	}
	note_late(v->m, v->path);
	return 0;
}

static void
make_plan(struct visit *v, struct session *s)
{
	if (v->m->o->reverse && v->target_exists)
		mirror_find_hidden(v->m, s, v->path, &v->source, &v->target);
	mirror_match_names(v->m, s, v->path, &v->source, &v->target);
	plan_directory(v->path, v->source.entry, v->source.n,
	    v->target.entry, v->target.n, v->m->o, &v->plan);
}

/* It could not be listed by a worker that has no connection any more. */
static bool
leave(struct visit *v, struct session *s)
{
	if (v->err.kind == ERR_NONE || !pool_is_relieved(v->m->pool, s))
		return false;
	mirror_add_dir(v->m, v->path, v->target_exists,
	    &(struct plan_entry){ .hint = v->hint, .line = &v->line });
	v->left = true;
	return true;
}

/* The server's side once more, so that it can be relied on: 0, -1 as above. */
static int
confirm(struct visit *v, struct session *s)
{
	struct mirror *m = v->m;
	struct side *side = m->o->reverse ? &v->target : &v->source;
	struct listing doubtful = side->remote;
	char *full = mirror_remote(m, v->path);

	side->remote = (struct listing){ 0 };
	side_release(side);
	*side = (struct side){ .remote = doubtful };
	if (lister_confirm(s, full, mirror_list_flags(m), &side->remote,
	    &v->err) == 0)
		err_clear(&v->err);
	side_take_remote(m, s, v->path, side);
	free(full);
	if (v->err.kind == ERR_NONE)
		return 0;
	if (leave(v, s))
		return -1;
	return m->o->reverse ? check_target(v, s) :
	    source_failed(v, s, &v->err);
}

static int
find_differences(struct visit *v, struct session *s)
{
	const struct side *remote = v->m->o->reverse ? &v->target : &v->source;
	struct err err = ERR_INIT;

	make_plan(v, s);
	if (remote->remote.gap == GAP_DOUBT &&
	    plan_needs_sure(&v->plan, v->m->o)) {
		plan_release(&v->plan);
		if (confirm(v, s) != 0)
			return -1;
		make_plan(v, s);
	}
	/* What there is still goes. */
	if (!v->m->o->reverse && mirror_make_absence_sure(v->m, s, v->path,
	    &v->source, &v->plan, &err) != 0) {
		mirror_incomplete(v->m);
		mirror_failed(v->m, v->path[0] != '\0' ? v->path : ".", &err);
	}
	return 0;
}

bool
mirror_was_endless(struct mirror *m)
{
	bool endless;

	pthread_mutex_lock(&m->lock);
	endless = m->endless;
	pthread_mutex_unlock(&m->lock);
	return endless;
}

bool
mirror_is_endless(struct mirror *m, const char *path, struct lineage *line,
    const struct listing *l)
{
	struct err err = ERR_INIT;
	bool endless, first;

	pthread_mutex_lock(&m->lock);
	endless = repeat_note(&m->repeats, line, l);
	first = endless && !m->endless;
	m->endless |= endless;
	pthread_mutex_unlock(&m->lock);
	if (first) {
		repeat_error(&err);
		mirror_failed(m, path, &err);
	}
	return endless;
}

/* What is in it is to know what is above it: 0, -1 if that has no end. */
static int
trace(struct visit *v)
{
	size_t i;

	if (v->m->o->reverse)
		return 0;
	if (mirror_is_endless(v->m, v->path, &v->line, &v->source.remote)) {
		mirror_incomplete(v->m);
		return -1;
	}
	for (i = 0; i < v->source.n; i++)
		v->source.entry[i].line = &v->line;
	return 0;
}

static void
compare(struct visit *v, struct session *s, struct questions *q)
{
	struct mirror *m = v->m;
	int rc;

	if (leave(v, s) || check_source(v, s) != 0)
		return;
	rc = check_target(v, s);
	if (rc == 0)
		rc = find_differences(v, s);
	if (v->left)
		return;
	count_source(m, &v->source);
	if (rc != 0)
		return;
	pthread_mutex_lock(&m->lock);
	m->target_entries += v->target.n;
	pthread_mutex_unlock(&m->lock);
	if (m->o->no_empty_dirs && !v->target_exists) {
		if (make_late(v, s) != 0)
			return;
	} else if (m->o->reverse && !m->o->dry_run && !m->o->no_empty_dirs) {
		make_dirs(v, s);
	}
	if (trace(v) != 0)
		return;
	act_all(v, s, q);
}

/* How many directories to take at once: few if they are large. */
static size_t
batch_size(struct mirror *m, uint64_t hint, const struct session *s)
{
	size_t n;

	if (lister_batch(s, need_of(m), hint) == 1)
		return 1;
	pthread_mutex_lock(&m->lock);
	n = ENTRIES_AT_ONCE / (m->large_dir + 1);
	pthread_mutex_unlock(&m->lock);
	return n < 1 ? 1 : n > LISTER_MAX ? LISTER_MAX : n;
}

/* A large one is forgotten in time: it may be the only one. */
static void
note_sizes(struct mirror *m, const struct visit *v, size_t n)
{
	size_t i, large = 0;

	for (i = 0; i < n; i++) {
		if (v[i].source.n > large)
			large = v[i].source.n;
		if (v[i].target.n > large)
			large = v[i].target.n;
	}
	pthread_mutex_lock(&m->lock);
	m->large_dir /= 2;
	if (large > m->large_dir)
		m->large_dir = large;
	pthread_mutex_unlock(&m->lock);
}

static void
batch_run(struct job *job, struct session *s)
{
	struct batch *b = (struct batch *)job;
	size_t i;

	if (s != NULL && b->q.n > 0 && !mirror_ask_times(b->m, s, &b->q)) {
		pool_add(b->m->pool, JOB_FILE, &b->job);
		return;
	}
	questions_release(&b->q);
	for (i = 0; i < b->n; i++)
		visit_release(&b->v[i]);
	free(b->v);
	free(b);
}

static void
dir_run(struct job *job, struct session *s)
{
	struct dir_job *j = (struct dir_job *)job;
	struct job *more[LISTER_MAX];
	struct mirror *m = j->m;
	struct batch *b;
	struct visit *v;
	size_t i, n = 1;

	if (s == NULL || mirror_was_endless(m)) {
		free(j->path);
		free(j);
		return;
	}
	n += pool_take_share(m->pool, JOB_DIRECTORY, more,
	    batch_size(m, j->hint, s) - 1);
	v = xcalloc(n, sizeof(*v));
	visit_init(&v[0], j);
	for (i = 1; i < n; i++)
		visit_init(&v[i], (struct dir_job *)more[i - 1]);
	list_remote(m, s, v, n);
	b = xcalloc(1, sizeof(*b));
	*b = (struct batch){ .job.run = batch_run, .m = m, .v = v, .n = n };
	for (i = 0; i < n; i++)
		compare(&v[i], s, &b->q);
	note_sizes(m, v, n);
	batch_run(&b->job, s);
}
