/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The deletions of a mirror.  They wait in an unlinked spool file until all
 * else is complete (invariant I7), a record a directory; a directory's record
 * stands before those of what is below it.  What then goes, and what stays all
 * the same, transfer/remove.h says.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/parse.h"
#include "base/path.h"
#include "ftp/lister.h"
#include "ftp/refusal.h"
#include "transfer/mirror_in.h"
#include "transfer/pathmap.h"
#include "transfer/remove.h"

/* How the lines of a record begin; they end in '/', as no name does. */
enum {
	LINE_DOOMED = 'd',	/* an entry of the target, as seen */
	LINE_VISITED = 'v',	/* the source has this directory */
	LINE_SENT = 's',	/* a name that has to be there */
	LINE_KNOWN = 'k',	/* another that the source has */
	LINE_KEEPER = 'h',	/* one that is never deleted, holds it */
};

/* A job for each directory that is doomed: its contents are, too. */
struct doomed_job {
	struct job job;
	struct mirror *m;
	char *path;
	struct lineage line;
};

/* A record that is made. */
struct doom {
	struct lineage line;	/* of what is in it */
	struct buf text;
	struct strvec dirs;	/* in it, that are to go */
	uint64_t n;
	char *keeper;		/* what is never deleted, or NULL */
};

static void doomed_run(struct job *job, struct session *s);

static void
doom_init(struct doom *d)
{
	*d = (struct doom){ .text = BUF_INIT(BUF_OWN) };
}

static void
doom_add(struct doom *d, const struct seen *e)
{
	buf_addf(&d->text, "%c%c %" PRId64 " %" PRId64 " %ld %d %" PRIx64
	    " %" PRIx64 " %s/", LINE_DOOMED, e->type, e->size,
	    (int64_t)e->mtime.tv_sec, e->mtime.tv_nsec,
	    (int)e->precision, e->device, e->number, e->name);
	if (e->type == 'd')
		strvec_add(&d->dirs, e->name);
	d->n++;
}

static void
look_into(struct mirror *m, char *path, const struct lineage *line)
{
	struct doomed_job *j = xcalloc(1, sizeof(*j));

	j->job.run = doomed_run;
	j->m = m;
	j->path = path;
	j->line = *line;
	pool_add(m->pool, JOB_DOOMED, &j->job);
}

/* Writes the record, and goes into its directories. */
static void
doom_end(struct mirror *m, const char *dir, struct doom *d)
{
	struct err err = ERR_INIT;
	size_t i;

	if (d->keeper != NULL)
		buf_addf(&d->text, "%c%s/", LINE_KEEPER, d->keeper);
	if (d->text.full)
		err_set(&err, ERR_LOCAL, "too many names");
	else if (d->n > 0 || d->keeper != NULL)
		(void)spool_add(m->doomed, dir, d->text.data, &err);
	if (err.kind != ERR_NONE)
		mirror_failed(m, dir[0] != '\0' ? dir : ".", &err);
	mirror_count(m, &m->ndoomed, d->n);
	for (i = 0; i < d->dirs.n; i++)
		look_into(m, path_join(dir, d->dirs.v[i]), &d->line);
	strvec_release(&d->dirs);
	free(d->keeper);
	buf_release(&d->text);
}

/* It is never deleted. */
static bool
is_kept(const struct mirror *m, const char *dir, const struct seen *e)
{
	const struct plan_entry entry = {
		.name = e->name, .type = e->type, .size = e->size,
		.mtime = e->mtime, .precision = e->precision,
	};

	return path_is_part(e->name) || mirror_is_backup(m, dir, e->name) ||
	    plan_spares(dir, &entry, m->o) ||
	    mirror_is_foreign(m, dir, e->name, e->type, e->size);
}

/* Of a part one has to know. */
static void
set_keeper(struct doom *d, const char *name)
{
	free(d->keeper);
	d->keeper = xstrdup(name);
}

static void
doom_child(struct mirror *m, const char *dir, const struct seen *e,
    struct doom *d)
{
	if (!is_kept(m, dir, e))
		doom_add(d, e);
	else if (d->keeper == NULL || path_is_part(e->name))
		set_keeper(d, e->name);
	mirror_count(m, &m->target_entries, 1);
}

static int
doom_remote(struct mirror *m, struct session *s, const char *dir,
    struct doom *d, struct err *err)
{
	char *full = mirror_remote(m, dir);
	struct listing l;
	struct seen e;
	bool endless;
	size_t i;
	int rc;

	rc = lister_list(s, full, LIST_WHOLE, mirror_list_flags(m) |
	    LIST_TARGETS | LIST_LINKS, &l, err);
	if (rc == 0)
		mirror_settle_ages(m, s, dir, &l);
	endless = rc == 0 && mirror_is_endless(m, dir, &d->line, &l);
	for (i = 0; rc == 0 && !endless && i < l.n; i++) {
		e = seen_remote(&l.entry[i]);
		doom_child(m, dir, &e, d);
	}
	listing_release(&l);
	free(full);
	return rc;
}

static int
doom_local(struct mirror *m, const char *dir, struct doom *d,
    struct err *err)
{
	struct tree_list l;
	struct seen e;
	size_t i;
	int rc;

	if (tree_list(m->tree, dir, &l, err) != 0)
		return -1;
	rc = l.complete ? 0 : tree_list_error(&l, err);
	for (i = 0; rc == 0 && i < l.n; i++) {
		e = seen_local(&l.entry[i]);
		doom_child(m, dir, &e, d);
	}
	tree_list_release(&l);
	return rc;
}

static void
doomed_run(struct job *job, struct session *s)
{
	struct doomed_job *j = (struct doomed_job *)job;
	struct err err = ERR_INIT;
	struct doom d;

	if (s != NULL && !mirror_was_endless(j->m)) {
		doom_init(&d);
		d.line = j->line;
		if (mirror_check_depth(j->path, &err) != 0 ||
		    (j->m->o->reverse ? doom_remote(j->m, s, j->path, &d,
		    &err) : doom_local(j->m, j->path, &d, &err)) != 0) {
			if (pool_is_relieved(j->m->pool, s)) {
				pool_add(j->m->pool, JOB_DOOMED, &j->job);
				return;
			}
			mirror_failed(j->m, j->path, &err);
		}
		/* It may come into it only with what goes there. */
		if (mirror_holds_backup(j->m, "", j->path))
			set_keeper(&d, path_base(j->m->backup));
		doom_end(j->m, j->path, &d);
	}
	free(j->path);
	free(j);
}

/* What the target calls it, where that is not the source's name. */
static const char *
stored_name(const struct plan_entry *e)
{
	return e->stored != NULL ? e->stored : e->name;
}

static struct seen
seen_planned(const struct plan_entry *e)
{
	return (struct seen){
		.name = stored_name(e), .type = e->type, .size = e->size,
		.mtime = e->mtime, .precision = e->precision,
		.device = e->device, .number = e->number,
	};
}

/* What the target has when an action is done, or NULL for what is unsure. */
static const char *
sent_name(const struct mirror *m, const struct plan_action *a)
{
	if (a->source == NULL || a->source->type == 'l')
		return NULL;
	switch (a->kind) {
	case PLAN_MKDIR:
		return m->o->no_empty_dirs || a->source->name[0] == '.' ?
		    NULL : a->source->name;
	case PLAN_TRANSFER:
	case PLAN_ENTER:
	case PLAN_CHMOD:
	case PLAN_SAME:
	case PLAN_OLDER:
	case PLAN_ASK:
		if (a->target == NULL || a->target->hidden)
			/* Dots may hide. */
			return a->source->name[0] == '.' ? NULL :
			    a->source->name;
		return stored_name(a->target);
	default:
		return NULL;
	}
}

/*
 * The names that may be met under others.  What the filters leave out counts
 * as well, unless it is to be deleted.
 */
static void
add_beside(struct mirror *m, const char *dir, const struct plan *plan,
    const struct plan_entry *source, size_t n, struct doom *d)
{
	const struct plan_action *a;
	bool *sent = xcalloc(n + 1, sizeof(*sent));
	const char *name;
	size_t i;

	for (i = 0; i < plan->n; i++) {
		a = &plan->action[i];
		if ((name = sent_name(m, a)) == NULL)
			continue;
		buf_addf(&d->text, "%c%s/", LINE_SENT, name);
		sent[a->source - source] = strcmp(name, a->source->name) == 0;
	}
	for (i = 0; i < n; i++)
		if (!sent[i] && (!m->o->delete_excluded || !plan_filters_out(
		    dir, source[i].name, source[i].type, m->o)))
			buf_addf(&d->text, "%c%s/", LINE_KNOWN,
			    source[i].name);
	free(sent);
}

void
mirror_doom(struct mirror *m, const char *dir, const struct plan *plan,
    const struct plan_entry *source, size_t n)
{
	const struct plan_action *a;
	struct seen e;
	struct doom d;
	size_t i;

	doom_init(&d);
	for (i = 0; i < plan->n; i++) {
		a = &plan->action[i];
		if ((a->kind != PLAN_DELETE && a->kind != PLAN_REPLACE) ||
		    mirror_is_backup(m, dir, a->target->name) ||
		    (a->kind == PLAN_REPLACE &&
		    mirror_holds_backup(m, dir, a->target->name)))
			continue;
		e = seen_planned(a->target);
		doom_add(&d, &e);
	}
	buf_addf(&d.text, "%c/", LINE_VISITED);
	if (d.n > 0)
		add_beside(m, dir, plan, source, n, &d);
	doom_end(m, dir, &d);
}

void
mirror_vanished(struct mirror *m, const char *path)
{
	pthread_mutex_lock(&m->lock);
	strvec_add(&m->gone, path);
	pthread_mutex_unlock(&m->lock);
}

void
mirror_defer(struct mirror *m, const char *path,
    const struct plan_entry *source)
{
	struct deferred *d = xcalloc(1, sizeof(*d));

	d->path = xstrdup(path);
	d->entry = *source;
	d->link_target = xstrdup_null(source->target);
	d->entry.name = NULL;
	d->entry.target = d->link_target;
	d->entry.line = NULL;
	pthread_mutex_lock(&m->lock);
	STAILQ_INSERT_TAIL(&m->deferred, d, link);
	pthread_mutex_unlock(&m->lock);
}

/* It was not deleted: what waits for its place, or NULL. */
static struct deferred *
stays(struct mirror *m, const char *path)
{
	struct deferred *d;

	STAILQ_FOREACH(d, &m->deferred, link) {
		if (strcmp(d->path, path) != 0)
			continue;
		d->stays = true;
		return d;
	}
	return NULL;
}

/* A record that is read, and how far it is. */
struct record {
	struct mirror *m;
	const char *dir;
	char *text;		/* what the names point into */
	struct seen *seen;
	size_t nseen;
	struct beside *beside;
	size_t nbeside;
	const char *keeper;	/* in it is what is never deleted; or NULL */
	bool visited;
	bool told;		/* why nothing in it goes */
	struct strvec *spared;	/* paths of directories that stay */
	struct strvec *left;	/* of all that was to go, and stays */
	struct pathmap *held;	/* directories that stay for their contents */
};

/* One number and the blank behind it. */
static bool
read_number(char **p, int base, uint64_t *out)
{
	char *end;

	*out = (uint64_t)(base == 10 ? (uint64_t)strtoll(*p, &end, base) :
	    strtoull(*p, &end, base));
	if (end == *p || *end != ' ')
		return false;
	*p = end + 1;
	return true;
}

/* As doom_add() wrote it. */
static bool
read_seen(char *line, struct seen *e)
{
	uint64_t v[6];
	size_t i;

	*e = (struct seen){ .type = line[0] };
	line += 2;
	for (i = 0; i < 6; i++)
		if (!read_number(&line, i < 4 ? 10 : 16, &v[i]))
			return false;
	e->size = (int64_t)v[0];
	e->mtime.tv_sec = (time_t)v[1];
	e->mtime.tv_nsec = (long)v[2];
	e->precision = (enum time_precision)v[3];
	e->device = v[4];
	e->number = v[5];
	e->name = line;
	return true;
}

static int
compare_text(const void *key, const void *text)
{
	return strcmp(key, *(char *const *)text);
}

/* The source had it, but no longer: it was not sent. */
static bool
is_gone(const struct mirror *m, const char *dir, const char *name)
{
	char *path;
	bool gone;

	if (m->gone.n == 0)
		return false;
	path = path_join(dir, name);
	gone = bsearch(path, m->gone.v, m->gone.n, sizeof(*m->gone.v),
	    compare_text) != NULL;
	free(path);
	return gone;
}

static void
read_record(struct record *r, const char *text)
{
	size_t n = 0;
	char *rest, *line;
	const char *p;

	for (p = text; *p != '\0'; p++)
		n += *p == '/';
	r->text = rest = xstrdup(text);
	r->seen = xcalloc(n + 1, sizeof(*r->seen));
	r->beside = xcalloc(n + 1, sizeof(*r->beside));
	while ((line = strsep(&rest, "/")) != NULL && *line != '\0') {
		if (*line == LINE_DOOMED)
			r->nseen += read_seen(line + 1, &r->seen[r->nseen]);
		else if (*line == LINE_VISITED)
			r->visited = true;
		else if (*line == LINE_KEEPER)
			r->keeper = line + 1;
		else
			r->beside[r->nbeside++] = (struct beside){
				.name = line + 1, .sent = *line == LINE_SENT &&
				    !is_gone(r->m, r->dir, line + 1),
			};
	}
}

static void
record_release(struct record *r)
{
	free(r->beside);
	free(r->seen);
	free(r->text);
}

static void
told_deleted(struct mirror *m, const char *path, bool is_dir)
{
	struct event ev = {
		.type = EVENT_DELETE, .path = path, .is_dir = is_dir,
		.bytes = -1, .dry_run = m->o->dry_run,
	};

	mirror_note_deleted(m, path);
	mirror_count(m, &m->sum->deleted, 1);
	observe_event(m->obs, &ev);
}

/* What is still in a directory. */
struct keeper {
	const char *name;	/* NULL: nothing is to be seen */
	bool foreign;		/* it was not there before */
};

static bool
is_in(const struct strvec *paths, const char *dir, const char *name)
{
	char *path = path_join(dir, name);
	bool found = false;
	size_t i;

	for (i = 0; i < paths->n && !found; i++)
		found = strcmp(paths->v[i], path) == 0;
	free(path);
	return found;
}

/* Of what came meanwhile one has to know, of a part next. */
static void
choose_keeper(const struct record *r, const char *dir, const struct seen *e,
    struct keeper *k)
{
	const char *name = e->name;
	bool foreign = !is_kept(r->m, dir, e) && !is_in(r->left, dir, name);

	if (k->foreign || (k->name != NULL && !foreign && !path_is_part(name)))
		return;
	*k = (struct keeper){ name, foreign };
}

/* k->name is the caller's. */
static void
find_keeper(const struct record *r, const char *dir, struct keeper *k)
{
	struct mirror *m = r->m;
	struct err ignored = ERR_INIT;
	struct listing remote = { 0 };
	struct tree_list local = { 0 };
	struct seen e;
	char *full;
	size_t i;

	*k = (struct keeper){ 0 };
	if (m->o->reverse) {
		full = mirror_remote(m, dir);
		(void)lister_list(m->own, full, LIST_WHOLE,
		    mirror_list_flags(m), &remote, &ignored);
		free(full);
	} else if (tree_list(m->tree, dir, &local, &ignored) != 0) {
		return;
	}
	for (i = 0; i < remote.n; i++) {
		e = seen_remote(&remote.entry[i]);
		choose_keeper(r, dir, &e, k);
	}
	for (i = 0; i < local.n; i++) {
		e = seen_local(&local.entry[i]);
		choose_keeper(r, dir, &e, k);
	}
	k->name = xstrdup_null(k->name);
	listing_release(&remote);
	tree_list_release(&local);
}

/*
 * A directory stays for what is in it.  Filters are the user's wish; of a part
 * whose source is gone he may not know, and it is his to remove: it may be
 * somebody else's who is still at it (I7).
 */
static void
kept(struct mirror *m, const char *path, const struct keeper *k)
{
	struct deferred *d = stays(m, path);
	struct err err = ERR_INIT;

	if (d != NULL) {
		free(d->keeper);
		d->keeper = xstrdup(k->name);
	} else if (k->foreign) {
		err_set(&err, ERR_VERIFY, "kept: something has come into it "
		    "meanwhile; run again");
		mirror_failed(m, path, &err);
	} else if (path_is_part(k->name)) {
		mirror_count(m, &m->sum->warned, 1);
		observe_warning(m->obs, "%s: kept for the part of an "
		    "unfinished transfer in it, %s; remove that and run "
		    "again", path, k->name);
	}
}

/* Something in it stays; what the source has was not to go anyway. */
static void
hold(const struct record *r, const char *keeper)
{
	if (!r->visited)
		pathmap_add(r->held, r->dir, keeper);
}

/* Whether it is a directory that stays for what is in it. */
static bool
is_held(struct record *r, const struct seen *e, bool tell)
{
	const char *keeper;
	char *path;

	if (e->type != 'd')
		return false;
	path = path_join(r->dir, e->name);
	keeper = pathmap_find(r->held, path);
	if (keeper != NULL)
		hold(r, e->name);
	if (keeper != NULL && tell)
		kept(r->m, path, &(struct keeper){ .name = keeper });
	free(path);
	return keeper != NULL;
}

/* Those are not even tried: a server might remove all that is in them. */
static void
drop_held(struct record *r, bool tell)
{
	size_t i, n = 0;

	for (i = 0; i < r->nseen; i++)
		if (!is_held(r, &r->seen[i], tell))
			r->seen[n++] = r->seen[i];
	r->nseen = n;
}

/* It was to go, and could not. */
static void
not_removed(struct record *r, const char *path, char type,
    const struct err *err)
{
	struct mirror *m = r->m;
	struct err why = *err;
	struct keeper k = { 0 };
	char *full;
	bool occupied;

	occupied = m->o->reverse ? err->kind == ERR_REFUSED :
	    err->sys == ENOTEMPTY || err->sys == EEXIST;
	if (type == 'd' && occupied)
		find_keeper(r, path, &k);
	if (k.name != NULL) {
		kept(m, path, &k);
		free((char *)k.name);
		return;
	}
	(void)stays(m, path);
	full = mirror_remote(m, path);
	refusal_explain(m->own, &(struct refusal){
	    .act = type == 'd' ? REFUSAL_RMDIR : REFUSAL_DELETE,
	    .path = full, .shown = path, .type = type }, &why);
	free(full);
	mirror_failed(m, path, &why);
}

/* Said once a directory. */
static void
told_unsent(struct record *r, const struct err *err)
{
	struct err why = *err;

	if (!r->told)
		mirror_failed(r->m, r->dir[0] != '\0' ? r->dir : ".", &why);
	r->told = true;
}

static void
ended(void *ctx, const struct seen *e, enum fate fate, const struct err *err)
{
	struct record *r = ctx;
	struct mirror *m = r->m;
	char *path = path_join(r->dir, e->name);
	struct err why;

	switch (fate) {
	case FATE_REMOVED:
		told_deleted(m, path, e->type == 'd');
		break;
	case FATE_GONE:
	case FATE_PASSED:
		break;
	case FATE_FAILED:
		not_removed(r, path, e->type, err);
		break;
	case FATE_UNSENT:
		told_unsent(r, err);
		break;
	case FATE_NAMESAKE:
		mirror_count(m, &m->sum->warned, 1);
		observe_warning(m->obs, "%s: %s", path, err->msg);
		break;
	case FATE_CHANGED:
		why = *err;
		mirror_failed(m, path, &why);
		break;
	}
	if (fate > FATE_PASSED) {
		strvec_add(r->left, path);
		hold(r, e->name);
	}
	if (fate > FATE_PASSED && fate != FATE_FAILED) {
		(void)stays(m, path);
		if (e->type == 'd')
			strvec_add(r->spared, path);
	}
	free(path);
}

static int
move(void *ctx, const char *name, struct err *err)
{
	struct record *r = ctx;
	char *path = path_join(r->dir, name);
	int rc = mirror_back_up(r->m, r->m->own, path, err);

	free(path);
	return rc;
}

/* The directory could not be listed: nothing in it goes. */
static void
spare_all(struct record *r, struct err *err)
{
	char *path;
	size_t i;

	mirror_failed(r->m, r->dir[0] != '\0' ? r->dir : ".", err);
	for (i = 0; i < r->nseen; i++) {
		path = path_join(r->dir, r->seen[i].name);
		(void)stays(r->m, path);
		strvec_add(r->left, path);
		hold(r, r->seen[i].name);
		if (r->seen[i].type == 'd')
			strvec_add(r->spared, path);
		free(path);
	}
}

static int
remove_record(struct record *r, const struct remove *rm)
{
	struct mirror *m = r->m;
	struct err err = ERR_INIT;

	if (remove_entries(rm, r->seen, r->nseen, &err) == 0)
		return 0;
	if (err.kind == ERR_CANCELLED ||
	    cancel_reason(session_cancel(m->own)) != CANCEL_NONE)
		return 1;
	spare_all(r, &err);
	return 0;
}

static void
rehearse(struct record *r)
{
	char *path;
	size_t i;

	for (i = 0; i < r->nseen; i++) {
		path = path_join(r->dir, r->seen[i].name);
		told_deleted(r->m, path, r->seen[i].type == 'd');
		free(path);
	}
}

static bool
is_spared(const struct strvec *spared, const char *path)
{
	size_t i, n;

	for (i = 0; i < spared->n; i++) {
		n = strlen(spared->v[i]);
		if (strncmp(path, spared->v[i], n) == 0 &&
		    (path[n] == '/' || path[n] == '\0'))
			return true;
	}
	return false;
}

/* Directories whose contents are gone by now. */
static int
remove_emptied(struct record *r, const struct remove *rm)
{
	struct err err = ERR_INIT;
	size_t i, n = 0;
	char *path;

	for (i = 0; i < r->nseen; i++) {
		path = path_join(r->dir, r->seen[i].name);
		if (r->seen[i].type == 'd' && !is_spared(r->spared, path))
			r->seen[n++] = r->seen[i];
		free(path);
	}
	return n > 0 && remove_dirs(rm, r->seen, n, &err) != 0 ? 1 : 0;
}

/* Both passes, each over all records. */
struct reaping {
	struct mirror *m;
	struct strvec spared, left;
	struct pathmap *held;
	bool trees;		/* the second pass */
};

/* Backwards: a directory holds what it is in. */
static int
find_held(void *ctx, const char *dir, const char *text)
{
	struct reaping *rp = ctx;
	struct record r = { .m = rp->m, .dir = dir, .held = rp->held };
	size_t n;

	read_record(&r, text);
	if (r.keeper != NULL)
		hold(&r, r.keeper);
	n = r.nseen;
	drop_held(&r, false);
	rp->m->ndoomed -= n - r.nseen;
	record_release(&r);
	return 0;
}

/*
 * First what goes beside what the source has: whether the names there are
 * right tells as well which trees may go.  These are next, from below.
 */
static int
reap(void *ctx, const char *dir, const char *text)
{
	struct reaping *rp = ctx;
	struct mirror *m = rp->m;
	struct record r = { .m = m, .dir = dir, .spared = &rp->spared,
		.left = &rp->left, .held = rp->held };
	char *full = m->o->reverse ? mirror_remote(m, dir) : xstrdup(dir);
	struct remove rm = {
		.s = m->o->reverse ? m->own : NULL, .tree = m->tree,
		.dir = full, .links = !m->o->no_symlinks,
		.cancel = session_cancel(m->own),
		.move = m->backup != NULL ? move : NULL, .ended = ended,
		.ctx = &r,
	};
	int rc = 0;

	read_record(&r, text);
	drop_held(&r, rp->trees);
	rm.beside = r.beside;
	rm.nbeside = r.nbeside;
	rm.keep_dirs = r.visited;
	if (m->o->dry_run && rp->trees)
		rehearse(&r);
	else if (m->o->dry_run || is_spared(&rp->spared, dir))
		;
	else if (rp->trees && r.visited)
		rc = remove_emptied(&r, &rm);
	else if (rp->trees != r.visited)
		rc = remove_record(&r, &rm);
	record_release(&r);
	free(full);
	return rc;
}

/* Why nothing is deleted, or NULL. */
static const char *
objection(const struct mirror *m)
{
	const struct mirror_options *o = m->o;
	uint64_t n = m->ndoomed;

	if (m->incomplete)
		return "the source could not be read completely";
	if (m->failed != ERR_NONE)
		return "not everything else was done";
	if (m->merged)
		return "of directories that are one in the target only one "
		    "was compared";
	if (m->empty && !o->force)
		return "the source is empty; --force if that is right";
	if (o->max_delete >= 0 && n > (uint64_t)o->max_delete)
		return "more than --max-delete allows";
	if (o->max_delete_percent >= 0 && n * 100 >
	    m->target_entries * (uint64_t)o->max_delete_percent)
		return "more than --max-delete allows";
	return NULL;
}

/* What was kept from its place by something of another type. */
static void
run_deferred(struct mirror *m)
{
	struct err err = ERR_INIT;
	struct deferred *d;

	STAILQ_FOREACH(d, &m->deferred, link) {
		if (!d->stays)
			mirror_enter(m, m->own, d->path, &d->entry);
		if (d->keeper == NULL)
			continue;
		err_set(&err, m->o->reverse ? ERR_REFUSED : ERR_LOCAL,
		    "a directory is in the way, and stays for what is in it, "
		    "%s%s", d->keeper, path_is_part(d->keeper) ?
		    " (the part of an unfinished transfer): remove that and "
		    "run again" : "");
		mirror_failed(m, d->path, &err);
	}
}

/* Both passes.  0, 1 when cancelled, -1. */
static int
reap_all(struct reaping *rp, struct err *err)
{
	struct mirror *m = rp->m;
	int rc;

	rc = spool_each(m->doomed, SPOOL_FORWARD, reap, rp, err);
	rp->trees = true;
	/* Backwards: the contents of a directory before itself. */
	if (rc == 0)
		rc = spool_each(m->doomed, SPOOL_BACKWARD, reap, rp, err);
	if (rc == 0)
		run_deferred(m);
	return rc;
}

int
mirror_delete(struct mirror *m, struct err *err)
{
	struct reaping rp = { .m = m };
	struct err why = ERR_INIT;
	const char *objects = NULL;
	int rc;

	if (m->ndoomed == 0)
		return 0;
	strvec_sort(&m->gone);
	rp.held = pathmap_new();
	rc = spool_each(m->doomed, SPOOL_BACKWARD, find_held, &rp, err);
	if (rc == 0 && m->ndoomed > 0 && (objects = objection(m)) != NULL) {
		err_set(&why, ERR_REFUSED, "nothing was deleted (%llu entries "
		    "would be): %s", (unsigned long long)m->ndoomed,
		    objects);
		mirror_failed(m, m->o->reverse ? m->remote : m->o->local,
		    &why);
	} else if (rc == 0) {
		rc = reap_all(&rp, err);
	}
	strvec_release(&rp.spared);
	strvec_release(&rp.left);
	pathmap_free(rp.held);
	return rc < 0 ? -1 : 0;
}

void
mirror_forget(struct mirror *m)
{
	struct deferred *d;

	strvec_release(&m->gone);
	strvec_release(&m->hops);
	while ((d = STAILQ_FIRST(&m->deferred)) != NULL) {
		STAILQ_REMOVE_HEAD(&m->deferred, link);
		free(d->path);
		free(d->link_target);
		free(d->keeper);
		free(d);
	}
}
