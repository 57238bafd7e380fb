/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "transfer/doom.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/path.h"

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
	const char *within;	/* as the target spells it, if not so; NULL */
	struct buf text;
	struct strvec dirs;	/* in it, that are to go */
	struct buf reasons;	/* of each of dirs: a byte */
	enum reason reason;	/* of what is in it, where all of it goes */
	uint64_t n;
	char *keeper;		/* what is never deleted, or NULL */
};

static void
begin_record(struct doom *d)
{
	*d = (struct doom){
		.text = BUF_INIT(BUF_OWN), .reasons = BUF_INIT(BUF_OWN),
	};
}

static void
add_entry(struct doom *d, const struct seen *e)
{
	buf_addf(&d->text, "%c%c %" PRId64 " %" PRId64 " %ld %d %" PRIx64
	    " %" PRIx64 " %x %s/", LINE_DOOMED, e->type, e->size,
	    (int64_t)e->mtime.tv_sec, e->mtime.tv_nsec,
	    (int)e->precision, e->device, e->number, (unsigned)e->reason,
	    e->name);
	if (e->type == 'd') {
		strvec_add(&d->dirs, e->name);
		buf_addc(&d->reasons, (char)e->reason);
	}
	d->n++;
}

static void
add_doomed(struct mirror *m, const char *dir, const struct doom *d, size_t i)
{
	char *path = path_join(dir, d->dirs.v[i]);

	todo_add_doomed(m->pool, path, d->within != NULL ?
	    path_join(d->within, d->dirs.v[i]) : NULL, &d->line,
	    (enum reason)d->reasons.data[i]);
	free(path);
}

/* Writes the record, and goes into its directories. */
static void
end_record(struct mirror *m, const char *dir, struct doom *d)
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
		tell_failed(m, dir, &err);
	tell_count(m, &m->ndoomed, d->n);
	for (i = 0; i < d->dirs.n; i++)
		add_doomed(m, dir, d, i);
	strvec_release(&d->dirs);
	buf_release(&d->reasons);
	free(d->keeper);
	buf_release(&d->text);
}

bool
doom_never(const struct mirror *m, const char *dir, const char *within,
    const struct seen *e)
{
	const struct plan_entry entry = {
		.name = e->name, .within = within, .type = e->type,
		.size = e->size, .mtime = e->mtime, .precision = e->precision,
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
add_child(struct mirror *m, const char *dir, const struct seen *e,
    struct doom *d)
{
	if (!doom_never(m, dir, d->within, e))
		add_entry(d, e);
	else if (d->keeper == NULL || path_is_part(e->name))
		set_keeper(d, e->name);
	tell_count(m, &m->target_entries, 1);
}

/* All that is in it: 0, -1. */
static int
add_all(struct mirror *m, struct worker *w, const char *dir,
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
			e.reason = d->reason;
			add_child(m, dir, &e, d);
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

	begin_record(&d);
	d.line = j->line;
	d.reason = j->reason;
	d.within = j->within;
	if (mirror_list_check_depth(j->path, &err) != 0 ||
	    add_all(m, w, j->path, &d, &err) != 0) {
		if (pool_is_relieved(m->pool, w))
			return false;
		tell_failed(m, j->path, &err);
	}
	/* It may come into it only with what goes there. */
	if (side_holds_backup(m->to, "", j->path))
		set_keeper(&d, path_base(m->to->backup));
	end_record(m, j->path, &d);
	return true;
}

void
doom_look_into(struct mirror *m, struct worker *w, struct todo_dir *j)
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
		return seen_planned(a->target).name;
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
doom_plan(struct mirror *m, const char *dir, const struct plan *plan,
    const struct side_list *source)
{
	const struct plan_action *a;
	struct seen e;
	struct doom d;
	size_t i;

	begin_record(&d);
	for (i = 0; i < plan->n; i++) {
		a = &plan->action[i];
		if ((a->kind != PLAN_DELETE && a->kind != PLAN_REPLACE) ||
		    side_is_backup(m->to, dir, a->target->name) ||
		    (a->kind == PLAN_REPLACE &&
		    side_holds_backup(m->to, dir, a->target->name)))
			continue;
		e = seen_planned(a->target);
		e.reason = a->reason;
		d.within = a->target->within;
		add_entry(&d, &e);
	}
	buf_addf(&d.text, "%c/", LINE_VISITED);
	if (d.n > 0)
		add_beside(m, dir, plan, source, &d);
	end_record(m, dir, &d);
}

/* One number, which may be negative, and the blank behind it. */
static uint64_t
read_number(char **p, int base)
{
	char *end;
	uint64_t n = strtoull(*p, &end, base);

	*p = end + 1;
	return n;
}

/* As add_entry() wrote it. */
static void
read_seen(char *line, struct seen *e)
{
	uint64_t v[7];
	size_t i;

	*e = (struct seen){ .type = line[0] };
	line += 2;
	for (i = 0; i < 7; i++)
		v[i] = read_number(&line, i < 4 ? 10 : 16);
	e->size = (int64_t)v[0];
	e->mtime.tv_sec = (time_t)v[1];
	e->mtime.tv_nsec = (long)v[2];
	e->precision = (enum time_precision)v[3];
	e->device = v[4];
	e->number = v[5];
	e->reason = (enum reason)v[6];
	e->name = line;
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

void
doom_read(struct doomed *r, const struct mirror *m, const char *dir,
    const char *text)
{
	size_t n = 0;
	char *rest, *line;
	const char *p;

	for (p = text; *p != '\0'; p++)
		n += *p == '/';
	*r = (struct doomed){ .text = xstrdup(text) };
	rest = r->text;
	r->seen = xcalloc(n + 1, sizeof(*r->seen));
	r->beside = xcalloc(n + 1, sizeof(*r->beside));
	while ((line = strsep(&rest, "/")) != NULL && *line != '\0') {
		if (*line == LINE_DOOMED)
			read_seen(line + 1, &r->seen[r->nseen++]);
		else if (*line == LINE_VISITED)
			r->visited = true;
		else if (*line == LINE_KEEPER)
			r->keeper = line + 1;
		else
			r->beside[r->nbeside++] = (struct beside){
				.name = line + 1, .sent = *line == LINE_SENT &&
				    !is_gone(m, dir, line + 1),
			};
	}
}

void
doom_release(struct doomed *r)
{
	free(r->beside);
	free(r->seen);
	free(r->text);
}
