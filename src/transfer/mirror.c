/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "transfer/mirror.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/path.h"
#include "local/part.h"
#include "transfer/mirror_in.h"

void
mirror_failed(struct mirror *m, const char *path, struct err *err)
{
	if (err->kind == ERR_CANCELLED ||
	    cancel_reason(session_cancel(m->own)) != CANCEL_NONE)
		return;
	observe_error(m->obs, path, err);
	pthread_mutex_lock(&m->lock);
	m->sum->failed++;
	m->failed = err_merge(m->failed, err->kind);
	pthread_mutex_unlock(&m->lock);
	err_clear(err);
}

/* Something of the source was not read: nothing may be deleted (I7). */
static void
set_incomplete(struct mirror *m)
{
	pthread_mutex_lock(&m->lock);
	m->incomplete = true;
	pthread_mutex_unlock(&m->lock);
}

void
mirror_count(struct mirror *m, uint64_t *counter, uint64_t n)
{
	pthread_mutex_lock(&m->lock);
	*counter += n;
	pthread_mutex_unlock(&m->lock);
}

/* What cannot be carried over is counted, and said once of each sort. */
void
mirror_lost(struct mirror *m, enum mirror_loss loss, const char *path,
    const char *why)
{
	static const char *const what[LOSSES] = {
		[LOST_LINK] = "symbolic links",
		[LOST_OTHER] = "sockets, devices and the like",
		[LOST_TIME] = "modification times",
		[LOST_MODE] = "permission bits",
		[LOST_GONE] = "files that vanished meanwhile",
	};
	bool first;

	pthread_mutex_lock(&m->lock);
	m->sum->warned++;
	first = !m->warned[loss];
	m->warned[loss] = true;
	pthread_mutex_unlock(&m->lock);
	if (first)
		observe_warning(m->obs, "%s: not carried over: %s; further "
		    "%s are only counted", path, why, what[loss]);
}

char *
mirror_remote(const struct mirror *m, const char *path)
{
	return path[0] != '\0' ? path_join(m->remote, path) :
	    xstrdup(m->remote);
}

/* One directory's entries on either side, as plan.h wants them. */
struct side {
	struct plan_entry *entry;
	size_t n;
	struct listing remote;
	struct tree_list local;
	struct strvec parts;	/* their names, for resuming */
	struct strvec targets;	/* of links, in the form for comparing */
};

static void
side_release(struct side *side)
{
	free(side->entry);
	listing_release(&side->remote);
	tree_list_release(&side->local);
	strvec_release(&side->parts);
	strvec_release(&side->targets);
}

static void
side_from_remote(struct side *side)
{
	const struct entry *e;
	size_t i;

	side->n = side->remote.n;
	side->entry = xcalloc(side->n + 1, sizeof(*side->entry));
	for (i = 0; i < side->n; i++) {
		e = &side->remote.entry[i];
		side->entry[i] = (struct plan_entry){
			.name = e->name, .type = e->type, .size = e->size,
			.mtime = e->mtime, .precision = e->precision,
			.mode = e->mode, .target = e->target,
		};
		if (path_is_part(e->name))
			strvec_add(&side->parts, e->name);
	}
}

static void
side_from_local(struct side *side)
{
	const struct tree_entry *e;
	size_t i;

	side->n = side->local.n;
	side->entry = xcalloc(side->n + 1, sizeof(*side->entry));
	for (i = 0; i < side->n; i++) {
		e = &side->local.entry[i];
		side->entry[i] = (struct plan_entry){
			.name = e->name, .type = e->type, .size = e->size,
			.mtime = e->mtime, .precision = PRECISION_SUB,
			.mode = e->mode, .target = e->target,
		};
		if (path_is_part(e->name))
			strvec_add(&side->parts, e->name);
	}
}

static bool
has_part(const struct side *target, const char *name)
{
	size_t i;

	for (i = 0; i < target->parts.n; i++)
		if (part_belongs(target->parts.v[i], name))
			return true;
	return false;
}

/*
 * Targets of links are compared, and made locally, as one would write them;
 * those of a local tree come as they are unless they are to be compared with
 * a server's.
 */
static void
settle_targets(struct mirror *m, const char *dir, struct side *side)
{
	struct plan_entry *e;
	size_t i;

	for (i = 0; i < side->n; i++) {
		e = &side->entry[i];
		if (e->type != 'l' || e->target == NULL ||
		    (e->target[0] != '/' && !m->o->reverse))
			continue;
		strvec_take(&side->targets,
		    mirror_link_target(m, dir, e->target));
		e->target = side->targets.v[side->targets.n - 1];
	}
}

/* mirror -L: what a link on the server leads to. */
static void
follow_remote(struct mirror *m, struct session *s, const char *dir,
    struct side *side)
{
	struct err err = ERR_INIT;
	struct plan_entry *e;
	char *path, *full;
	size_t i;

	for (i = 0; i < side->n; i++) {
		e = &side->entry[i];
		if (e->type != 'l')
			continue;
		path = path_join(dir, e->name);
		full = mirror_remote(m, path);
		if (session_is_dir(s, full, &err) == 1) {
			e->type = 'd';
		} else if (session_size(s, full, &e->size, &err) == 1) {
			e->type = 'f';
			if (session_mdtm(s, full, &e->mtime, &e->precision,
			    &err) != 1)
				e->precision = PRECISION_NONE;
		}
		free(full);
		free(path);
		err_clear(&err);
	}
}

/* Lists a directory on the server; ERR_VERIFY if the listing was cut short. */
static int
list_remote(struct mirror *m, struct session *s, const char *dir,
    struct side *side, struct err *err)
{
	char *full = mirror_remote(m, dir);
	int rc;

	rc = m->o->no_symlinks ? session_list(s, full, &side->remote, err) :
	    session_list_links(s, full, &side->remote, err);
	free(full);
	if (rc != 0)
		return -1;
	side_from_remote(side);
	settle_targets(m, dir, side);
	if (!side->remote.complete)
		return err_set(err, ERR_VERIFY, "the listing was cut short");
	if (side->remote.bad > 0)
		return err_set(err, ERR_REFUSED, "%zu entries of the listing "
		    "cannot be used, the first: %s", side->remote.bad,
		    side->remote.bad_name);
	return 0;
}

static int
list_local(struct mirror *m, const char *dir, struct side *side,
    struct err *err)
{
	if (tree_list(m->tree, dir, &side->local, err) != 0)
		return -1;
	side_from_local(side);
	settle_targets(m, dir, side);
	if (!side->local.complete)
		return err_set(err, ERR_LOCAL, "cannot read all of it");
	return 0;
}

/* A job for each directory that both sides, or the source alone, have. */
struct dir_job {
	struct job job;
	struct mirror *m;
	char *path;		/* relative to the roots */
	bool target_exists;
};

static void dir_run(struct job *job, struct session *s);

static void
add_dir(struct mirror *m, const char *path, bool target_exists)
{
	struct dir_job *j = xcalloc(1, sizeof(*j));

	j->job.run = dir_run;
	j->m = m;
	j->path = xstrdup(path);
	j->target_exists = target_exists;
	pool_add(m->pool, JOB_DIRECTORY, &j->job);
}

static int
make_dir(struct mirror *m, struct session *s, const char *path, int mode,
    struct err *err)
{
	char *full;
	int rc;

	if (m->o->dry_run)
		return 0;
	if (!m->o->reverse)
		return tree_mkdir(m->tree, path,
		    mode >= 0 ? (mode_t)mode | 0700 : 0777, err);
	full = mirror_remote(m, path);
	rc = session_mkdir(s, full, err);
	/* Left by a run that was cut off, or made by another one. */
	if (rc != 0 && session_is_dir(s, full, &(struct err)ERR_INIT) == 1) {
		err_clear(err);
		rc = 0;
	}
	free(full);
	return rc;
}

static void
new_dir(struct mirror *m, struct session *s, const char *path,
    const struct plan_entry *e)
{
	struct event ev = {
		.type = EVENT_MKDIR, .path = path, .bytes = -1,
		.dry_run = m->o->dry_run,
	};
	struct err err = ERR_INIT;

	if (make_dir(m, s, path, plan_mode(e, m->o), &err) != 0) {
		mirror_failed(m, path, &err);
		return;
	}
	observe_event(m->obs, &ev);
	add_dir(m, path, false);
}

static void
set_mode(struct mirror *m, struct session *s, const char *path, int mode)
{
	struct err err = ERR_INIT;
	char *full;
	int rc;

	if (m->o->dry_run)
		return;
	if (m->o->reverse) {
		full = mirror_remote(m, path);
		rc = session_chmod(s, full, mode, &err);
		free(full);
	} else {
		rc = tree_chmod(m->tree, path, (mode_t)mode, &err);
	}
	if (rc != 0)
		mirror_lost(m, LOST_MODE, path, err.msg);
}

/* Something of another type stands in the way. */
static void
replace(struct mirror *m, const char *path, const struct plan_action *a)
{
	struct err err = ERR_INIT;

	/* Deleted last, like all else; then what replaces it goes. */
	if (m->o->delete) {
		mirror_doom(m, path, a->target->type);
		mirror_defer(m, path, a->source);
		return;
	}
	err_set(&err, m->o->reverse ? ERR_REFUSED : ERR_LOCAL,
	    "a %s is in the way; --delete would remove it",
	    a->target->type == 'd' ? "directory" : "file");
	mirror_failed(m, path, &err);
}

static void
same(struct mirror *m, struct session *s, const char *path,
    const struct plan_action *a)
{
	if (plan_wants_mode(a->source, a->target, m->o))
		set_mode(m, s, path, plan_mode(a->source, m->o));
	mirror_count(m, &m->sum->skipped, 1);
}

/* Whether the digests of both sides' files are the same: 1, 0, -1. */
static int
same_digest(struct mirror *m, struct session *s, const char *path,
    struct err *err)
{
	char theirs[HASH_HEX_MAX], ours[HASH_HEX_MAX], *full;
	enum hash_alg alg;
	int rc;

	full = mirror_remote(m, path);
	rc = session_hash(s, full, &alg, theirs, err);
	free(full);
	if (rc == 0)
		return err_set(err, ERR_REFUSED, "server gives no digest "
		    "(HASH, XSHA256, ...), which --checksum needs");
	if (rc < 0 || mirror_hash_local(m, path, alg, ours, err) != 0)
		return -1;
	return strcmp(ours, theirs) == 0;
}

static void
ask_digest(struct mirror *m, struct session *s, const char *path,
    const struct plan_action *a, bool part)
{
	struct err err = ERR_INIT;
	int rc = same_digest(m, s, path, &err);

	if (rc < 0)
		mirror_failed(m, path, &err);
	else if (rc == 1)
		same(m, s, path, a);
	else
		mirror_add_file(m, path, a, part);
}

/* The files of one directory whose exact times have to be asked for. */
struct questions {
	const struct plan_action **action;
	char **path;
	size_t n;
};

/*
 * Listings are coarse: the exact times decide.  Where the server has none,
 * the listing does as far as it goes.
 */
static bool
differs(const struct mirror *m, const struct plan_action *a,
    const struct timespec *exact)
{
	const struct plan_entry *remote, *local;
	enum time_precision p = PRECISION_SECOND;
	struct timespec ts;

	remote = m->o->reverse ? a->target : a->source;
	local = m->o->reverse ? a->source : a->target;
	ts = exact != NULL ? *exact : remote->mtime;
	if (exact == NULL)
		p = remote->precision;
	if (p == PRECISION_NONE)
		return false;
	if (plan_same_time(ts, p, local->mtime, PRECISION_SECOND))
		return false;
	if (!m->o->only_newer)
		return true;
	return m->o->reverse ? local->mtime.tv_sec > ts.tv_sec :
	    ts.tv_sec > local->mtime.tv_sec;
}

static void
ask_times(struct mirror *m, struct session *s, const struct questions *q,
    const struct side *target)
{
	struct timespec *ts = xcalloc(q->n + 1, sizeof(*ts));
	bool *known = xcalloc(q->n + 1, sizeof(*known));
	char **full = xcalloc(q->n + 1, sizeof(*full));
	struct err err = ERR_INIT;
	size_t i;
	int rc;

	for (i = 0; i < q->n; i++)
		full[i] = mirror_remote(m, q->path[i]);
	rc = session_mdtm_many(s, (const char *const *)full, q->n, ts, known,
	    &err);
	for (i = 0; i < q->n; i++) {
		if (rc == 0 && !differs(m, q->action[i],
		    known[i] ? &ts[i] : NULL)) {
			same(m, s, q->path[i], q->action[i]);
		} else if (rc == 0) {
			mirror_add_file(m, q->path[i], q->action[i],
			    has_part(target, q->action[i]->source->name));
		}
		free(full[i]);
	}
	if (rc != 0)
		mirror_failed(m, m->remote, &err);
	free(full);
	free(known);
	free(ts);
}

static void
act(struct mirror *m, struct session *s, const char *path,
    const struct plan_action *a, bool part)
{
	switch (a->kind) {
	case PLAN_TRANSFER:
		mirror_add_file(m, path, a, part);
		break;
	case PLAN_ENTER:
		if (plan_wants_mode(a->source, a->target, m->o))
			set_mode(m, s, path, plan_mode(a->source, m->o));
		add_dir(m, path, true);
		break;
	case PLAN_MKDIR:
		if (!m->o->no_empty_dirs)
			new_dir(m, s, path, a->source);
		else
			add_dir(m, path, false);
		break;
	case PLAN_LINK:
		mirror_link(m, path, a->source);
		break;
	case PLAN_CHMOD:
	case PLAN_SAME:
		same(m, s, path, a);
		break;
	case PLAN_ASK:
		if (m->o->checksum)
			ask_digest(m, s, path, a, part);
		break;
	case PLAN_DELETE:
		mirror_doom(m, path, a->target->type);
		break;
	case PLAN_REPLACE:
		replace(m, path, a);
		break;
	case PLAN_SKIP:
		break;
	case PLAN_CANNOT:
		mirror_lost(m, LOST_OTHER, path, "they are no files");
		break;
	}
}

void
mirror_enter(struct mirror *m, struct session *s, const char *path,
    const struct plan_entry *source)
{
	struct plan_action a = { .source = source };

	a.kind = source->type == 'd' ? PLAN_MKDIR :
	    source->type == 'l' ? PLAN_LINK : PLAN_TRANSFER;
	act(m, s, path, &a, false);
}

static void
act_all(struct mirror *m, struct session *s, const char *dir,
    const struct plan *plan, const struct side *target)
{
	const struct plan_action *a;
	struct questions q = { 0 };
	const char *name;
	char *path;
	size_t i;

	q.action = xcalloc(plan->n + 1, sizeof(*q.action));
	q.path = xcalloc(plan->n + 1, sizeof(*q.path));
	for (i = 0; i < plan->n; i++) {
		a = &plan->action[i];
		name = a->source != NULL ? a->source->name : a->target->name;
		if (a->kind == PLAN_DELETE && mirror_is_backup(m, dir, name))
			continue;
		path = path_join(dir, name);
		if (a->kind == PLAN_ASK && !m->o->checksum) {
			q.action[q.n] = a;
			q.path[q.n++] = path;
			continue;
		}
		act(m, s, path, a, has_part(target, name));
		free(path);
	}
	if (q.n > 0)
		ask_times(m, s, &q, target);
	for (i = 0; i < q.n; i++)
		free(q.path[i]);
	free(q.path);
	free(q.action);
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

enum { DEPTH_MAX = 512 };

static int
check_depth(const char *path, struct err *err)
{
	int depth = 0;

	for (; *path != '\0'; path++)
		depth += *path == '/';
	if (depth < DEPTH_MAX)
		return 0;
	return err_set(err, ERR_REFUSED,
	    "directories are nested deeper than %d", DEPTH_MAX);
}

/* A directory that vanished since its parent was listed is no failure. */
static bool
is_gone(struct mirror *m, struct session *s, const char *path,
    const struct err *err)
{
	struct err ignored = ERR_INIT;
	struct listing l;
	char *full;
	bool gone;

	if (path[0] == '\0')
		return false;
	if (m->o->reverse)
		return err->sys == ENOENT;
	if (err->code != 550)
		return false;
	full = mirror_remote(m, path);
	gone = session_stat(s, full, &l, &ignored) == 0;
	listing_release(&l);
	free(full);
	return gone;
}

static int
list_source(struct mirror *m, struct session *s, const char *path,
    struct side *source, struct err *err)
{
	int rc;

	if (check_depth(path, err) != 0)
		return -1;
	rc = m->o->reverse ? list_local(m, path, source, err) :
	    list_remote(m, s, path, source, err);
	if (rc == 0 && !m->o->reverse && m->o->dereference)
		follow_remote(m, s, path, source);
	return rc;
}

static void
mirror_dir(struct mirror *m, struct session *s, const struct dir_job *j)
{
	struct side source = { 0 }, target = { 0 };
	struct err err = ERR_INIT;
	struct plan plan;
	int rc = 0;

	if (list_source(m, s, j->path, &source, &err) != 0) {
		set_incomplete(m);
		if (is_gone(m, s, j->path, &err)) {
			mirror_lost(m, LOST_GONE, j->path, err.msg);
			goto out;
		}
		mirror_failed(m, j->path[0] != '\0' ? j->path : ".", &err);
		/* What could be read of it still goes. */
		if (source.n == 0)
			goto out;
	}
	count_source(m, &source);
	if (j->target_exists)
		rc = m->o->reverse ? list_remote(m, s, j->path, &target, &err) :
		    list_local(m, j->path, &target, &err);
	if (rc != 0) {
		mirror_failed(m, j->path[0] != '\0' ? j->path : ".", &err);
		goto out;
	}
	mirror_count(m, &m->target_entries, target.n);
	plan_directory(j->path, source.entry, source.n, target.entry,
	    target.n, m->o, &plan);
	act_all(m, s, j->path, &plan, &target);
	plan_release(&plan);
out:
	side_release(&source);
	side_release(&target);
}

static void
dir_run(struct job *job, struct session *s)
{
	struct dir_job *j = (struct dir_job *)job;

	if (s != NULL)
		mirror_dir(j->m, s, j);
	free(j->path);
	free(j);
}

/* The guard against an unmounted disk. */
static int
check_required(struct mirror *m, struct err *err)
{
	struct listing l;
	struct stat st;
	char *full;
	int rc;

	if (m->o->require == NULL)
		return 0;
	if (m->o->reverse) {
		rc = tree_stat(m->tree, m->o->require, &st, err);
	} else {
		full = mirror_remote(m, m->o->require);
		rc = session_stat(m->own, full, &l, err);
		listing_release(&l);
		free(full);
	}
	if (rc == 0)
		err_set(err, m->o->reverse ? ERR_LOCAL : ERR_REFUSED,
		    "%s: not in the source; nothing was done",
		    m->o->require);
	return rc == 1 ? 0 : -1;
}

/* Opens both roots. *exists: the target is there. */
static int
open_roots(struct mirror *m, bool *exists, struct err *err)
{
	const struct mirror_options *o = m->o;
	int flags, rc;

	if (session_connect(m->own, err) != 0)
		return -1;
	m->remote = session_path(m->own, o->remote);
	flags = o->reverse || o->dry_run ? 0 : TREE_CREATE;
	if (o->reverse && o->dereference)
		flags |= TREE_FOLLOW;
	*exists = true;
	m->tree = tree_open_at(o->local_dirfd, o->local, flags, err);
	if (m->tree == NULL) {
		if (o->reverse || !o->dry_run || err->sys != ENOENT)
			return -1;
		/* A rehearsal does not even make the directory. */
		err_clear(err);
		*exists = false;
	}
	if (check_required(m, err) != 0 || mirror_open_backup(m, err) != 0)
		return -1;
	if (!o->reverse)
		return 0;
	if ((rc = session_is_dir(m->own, m->remote, err)) < 0)
		return -1;
	*exists = rc == 1;
	if (rc == 1 || o->dry_run)
		return 0;
	return session_mkdir_p(m->own, m->remote, err);
}

static int
run_all(struct mirror *m, bool exists, struct err *err)
{
	add_dir(m, "", exists);
	if (pool_run(m->pool, err) != 0 || mirror_delete(m, err) != 0 ||
	    pool_run(m->pool, err) != 0 || mirror_make_links(m, err) != 0)
		return -1;
	if (!m->o->reverse && !m->o->dry_run && m->sum->transferred > 0 &&
	    syncfs(tree_fd(m->tree)) == -1)
		return err_sys(err, ERR_LOCAL, "%s: cannot write to the disk",
		    m->o->local);
	return 0;
}

static void
finish(struct mirror *m, int64_t since)
{
	struct event ev = {
		.type = EVENT_SUMMARY, .summary = m->sum, .bytes = -1,
		.source = m->o->reverse ? m->o->local : m->o->remote,
		.target = m->o->reverse ? m->o->remote : m->o->local,
		.op = "mirror",
	};

	m->sum->seconds = (double)(clock_ms() - since) / 1000;
	m->sum->dry_run = m->o->dry_run;
	observe_event(m->obs, &ev);
}

int
mirror_run(struct session *s, const struct mirror_options *o,
    struct summary *sum, struct err *err)
{
	struct mirror m = {
		.o = o, .own = s, .sum = sum, .obs = session_observer(s),
		.empty = true,
	};
	int64_t since = clock_ms();
	bool exists;
	int rc;

	memset(sum, 0, sizeof(*sum));
	STAILQ_INIT(&m.deferred);
	m.doomed = spool_new();
	m.links = spool_new();
	pthread_mutex_init(&m.lock, NULL);
	rc = open_roots(&m, &exists, err);
	if (rc == 0) {
		m.pool = pool_new(s, o->parallel);
		m.rate = rate_new(session_site(s)->set.rate_limit);
		rc = run_all(&m, exists, err);
		finish(&m, since);
	}
	if (rc == 0 && m.failed != ERR_NONE) {
		err->kind = m.failed;
		rc = -1;
	}
	pool_free(m.pool);
	rate_free(m.rate);
	mirror_forget(&m);
	spool_free(m.doomed);
	spool_free(m.links);
	tree_close(m.tree);
	tree_close(m.backup_tree);
	free(m.backup);
	free(m.target);
	free(m.remote);
	pthread_mutex_destroy(&m.lock);
	return rc;
}
