/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "transfer/reap.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/parse.h"
#include "base/path.h"
#include "transfer/later.h"
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

/* A record that is made. */
struct doom {
	struct lineage line;	/* of what is in it */
	struct buf text;
	struct strvec dirs;	/* in it, that are to go */
	uint64_t n;
	char *keeper;		/* what is never deleted, or NULL */
};

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
add_doomed(struct mirror *m, const char *dir, const char *name,
    const struct lineage *line)
{
	char *path = path_join(dir, name);

	todo_add_doomed(m->pool, path, line);
	free(path);
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
		tell_failed(m, dir[0] != '\0' ? dir : ".", &err);
	tell_count(m, &m->ndoomed, d->n);
	for (i = 0; i < d->dirs.n; i++)
		add_doomed(m, dir, d->dirs.v[i], &d->line);
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

	return path_is_part(e->name) || side_is_backup(m->to, dir, e->name) ||
	    plan_spares(dir, &entry, m->o) ||
	    mirror_manifest_is_foreign(m, dir, e->name, e->type, e->size);
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
	tell_count(m, &m->target_entries, 1);
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

/* All that is in it: 0, -1. */
static int
doom_all(struct mirror *m, struct worker *w, const char *dir,
    struct doom *d, struct err *err)
{
	struct side_list l;
	struct seen e;
	size_t i;
	int rc;

	rc = mirror_list_one(m, w, m->to, dir, LIST_WHOLE,
	    mirror_list_flags(m) | LIST_TARGETS | LIST_LINKS, &l, err);
	if (rc == 0 && !mirror_list_is_endless(m, m->to, dir, &d->line, &l))
		for (i = 0; i < l.n; i++) {
			e = seen_planned(&l.entry[i]);
			doom_child(m, dir, &e, d);
		}
	side_list_release(&l);
	return rc;
}

/* false: it is for another worker. */
static bool
look_into(struct mirror *m, struct worker *w, struct todo_dir *j)
{
	struct err err = ERR_INIT;
	struct doom d;

	doom_init(&d);
	d.line = j->line;
	if (mirror_list_check_depth(j->path, &err) != 0 ||
	    doom_all(m, w, j->path, &d, &err) != 0) {
		if (pool_is_relieved(m->pool, w))
			return false;
		tell_failed(m, j->path, &err);
	}
	/* It may come into it only with what goes there. */
	if (side_holds_backup(m->to, "", j->path))
		set_keeper(&d, path_base(m->to->backup));
	doom_end(m, j->path, &d);
	return true;
}

void
reap_look_into(struct mirror *m, struct worker *w, struct todo_dir *j)
{
	if (mirror_list_was_endless(m) || look_into(m, w, j))
		todo_dir_free(j);
	else
		todo_again(m->pool, &j->todo);
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
    const struct side_list *source, struct doom *d)
{
	const struct plan_action *a;
	const struct plan_entry *e;
	bool *sent = xcalloc(source->n + 1, sizeof(*sent));
	const char *name;
	size_t i;

	for (i = 0; i < plan->n; i++) {
		a = &plan->action[i];
		if ((name = sent_name(m, a)) == NULL)
			continue;
		buf_addf(&d->text, "%c%s/", LINE_SENT, name);
		sent[a->source - source->entry] =
		    strcmp(name, a->source->name) == 0;
	}
	for (i = 0; i < source->n; i++) {
		e = &source->entry[i];
		if (!sent[i] && (!m->o->delete_excluded ||
		    !plan_filters_out(dir, e->name, e->type, m->o)))
			buf_addf(&d->text, "%c%s/", LINE_KNOWN, e->name);
	}
	free(sent);
}

void
reap_doom(struct mirror *m, const char *dir, const struct plan *plan,
    const struct side_list *source)
{
	const struct plan_action *a;
	struct seen e;
	struct doom d;
	size_t i;

	doom_init(&d);
	for (i = 0; i < plan->n; i++) {
		a = &plan->action[i];
		if ((a->kind != PLAN_DELETE && a->kind != PLAN_REPLACE) ||
		    side_is_backup(m->to, dir, a->target->name) ||
		    (a->kind == PLAN_REPLACE &&
		    side_holds_backup(m->to, dir, a->target->name)))
			continue;
		e = seen_planned(a->target);
		doom_add(&d, &e);
	}
	buf_addf(&d.text, "%c/", LINE_VISITED);
	if (d.n > 0)
		add_beside(m, dir, plan, source, &d);
	doom_end(m, dir, &d);
}

/* It was not deleted: what waits for its place, or NULL. */
static struct later *
stays(struct mirror *m, const char *path)
{
	struct later *d;

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

	mirror_manifest_deleted(m, path);
	tell_count(m, &m->sum->deleted, 1);
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
	const struct side_request rq = {
		.dir = &dir, .n = 1, .need = LIST_WHOLE,
		.flags = mirror_list_flags(m),
	};
	struct err ignored = ERR_INIT;
	struct side_list l;
	struct seen e;
	size_t i;

	*k = (struct keeper){ 0 };
	m->to->ops->list(m->to, m->own, &rq, &l, &ignored);
	for (i = 0; i < l.n; i++) {
		e = seen_planned(&l.entry[i]);
		choose_keeper(r, dir, &e, k);
	}
	k->name = xstrdup_null(k->name);
	side_list_release(&l);
}

/*
 * A directory stays for what is in it.  Filters are the user's wish; of a part
 * whose source is gone he may not know, and it is his to remove: it may be
 * somebody else's who is still at it (I7).
 */
static void
kept(struct mirror *m, const char *path, const struct keeper *k)
{
	struct later *d = stays(m, path);
	struct err err = ERR_INIT;

	if (d != NULL) {
		free(d->keeper);
		d->keeper = xstrdup(k->name);
	} else if (k->foreign) {
		err_set(&err, ERR_VERIFY, "kept: something has come into it "
		    "meanwhile; run again");
		tell_failed(m, path, &err);
	} else if (path_is_part(k->name)) {
		tell_count(m, &m->sum->warned, 1);
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

	if (type == 'd' && m->to->ops->is_occupied(err))
		find_keeper(r, path, &k);
	if (k.name != NULL) {
		kept(m, path, &k);
		free((char *)k.name);
		return;
	}
	(void)stays(m, path);
	if (m->to->ops->explain != NULL)
		m->to->ops->explain(m->to, m->own, &(struct refusal){
		    .act = type == 'd' ? REFUSAL_RMDIR : REFUSAL_DELETE,
		    .path = path, .shown = path, .type = type }, &why);
	tell_failed(m, path, &why);
}

/* Said once a directory. */
static void
told_unsent(struct record *r, const struct err *err)
{
	struct err why = *err;

	if (!r->told)
		tell_failed(r->m, r->dir[0] != '\0' ? r->dir : ".", &why);
	r->told = true;
}

/* It is too much, perhaps; but what waits for its place is missing. */
static void
told_namesake(struct mirror *m, const char *path, const struct err *err)
{
	struct err why = *err;

	if (stays(m, path) != NULL) {
		tell_failed(m, path, &why);
		return;
	}
	tell_count(m, &m->sum->warned, 1);
	observe_warning(m->obs, "%s: %s", path, err->msg);
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
		told_namesake(m, path, err);
		break;
	case FATE_CHANGED:
		why = *err;
		tell_failed(m, path, &why);
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
	int rc = r->m->to->ops->back_up(r->m->to, r->m->own, path, err);

	free(path);
	return rc;
}

/* The directory could not be listed: nothing in it goes. */
static void
spare_all(struct record *r, struct err *err)
{
	char *path;
	size_t i;

	tell_failed(r->m, r->dir[0] != '\0' ? r->dir : ".", err);
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

	if (m->to->ops->remove(m->to, m->own, rm, false, r->seen, r->nseen,
	    &err) == 0)
		return 0;
	if (err.kind == ERR_CANCELLED ||
	    cancel_reason(m->cancel) != CANCEL_NONE)
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
	struct side *to = r->m->to;
	struct err err = ERR_INIT;
	size_t i, n = 0;
	char *path;

	for (i = 0; i < r->nseen; i++) {
		path = path_join(r->dir, r->seen[i].name);
		if (r->seen[i].type == 'd' && !is_spared(r->spared, path))
			r->seen[n++] = r->seen[i];
		free(path);
	}
	return n > 0 && to->ops->remove(to, r->m->own, rm, true, r->seen, n,
	    &err) != 0 ? 1 : 0;
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
	struct remove rm = {
		.dir = dir, .links = !m->o->no_symlinks, .cancel = m->cancel,
		.move = m->to->backup != NULL ? move : NULL, .ended = ended,
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
	return rc;
}

int
reap_run(struct mirror *m, struct err *err)
{
	struct reaping rp = { .m = m };
	struct err why = ERR_INIT;
	const char *objects = NULL;
	bool reaped = false;
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
		tell_failed(m, m->to->title, &why);
	} else if (rc == 0) {
		rc = reap_all(&rp, err);
		reaped = rc == 0;
	}
	strvec_release(&rp.spared);
	strvec_release(&rp.left);
	pathmap_free(rp.held);
	return rc < 0 ? -1 : reaped;
}
