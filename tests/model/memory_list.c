/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a side in memory shows, and what becomes of names there. */
#include <errno.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/path.h"
#include "memory_in.h"
#include "transfer/stored.h"

size_t
memory_batch(struct side *side, struct worker *w, enum list_need need,
    uint64_t hint)
{
	(void)w, (void)need, (void)hint;
	return (size_t)memory_nature(memory_of(side), NATURE_BATCH) + 1;
}

static bool
is_hidden(const struct side_memory *m, const struct node *n, size_t i,
    bool rough)
{
	int each = memory_nature(m, NATURE_HIDES);
	int maybe = memory_nature(m, NATURE_DOUBT);

	if (memory_nature(m, NATURE_HIDES_DOTS) != 0 && n->name[0] == '.')
		return true;
	if (each != 0 && i % (size_t)(each + 1) == 0)
		return true;
	return rough && maybe != 0 && i % (size_t)(maybe + 1) == 0;
}

/* As a listing shows a time. */
void
memory_show_time(const struct side_memory *m, const struct node *n,
    struct plan_entry *e)
{
	e->mtime = n->mtime;
	e->precision = PRECISION_SUB;
	if (memory_nature(m, NATURE_NO_FRACTIONS) != 0 ||
	    memory_nature(m, NATURE_MINUTES) != 0) {
		e->mtime.tv_nsec = 0;
		e->precision = PRECISION_SECOND;
	}
	if (memory_nature(m, NATURE_MINUTES) != 0) {
		e->mtime.tv_sec += 3600 * memory_nature(m, NATURE_ZONE);
		e->mtime.tv_sec -= e->mtime.tv_sec % 60;
		e->precision = PRECISION_MINUTE;
	}
}

static void
show(const struct side_memory *m, const struct node *n, struct plan_entry *e)
{
	*e = (struct plan_entry){
		.name = xstrdup(n->name), .type = n->type,
		.size = n->type == 'f' ? (int64_t)n->size : -1,
		.mode = memory_nature(m, NATURE_NO_MODES) != 0 ? -1 : n->mode,
		.target = n->target != NULL ? xstrdup(n->target) : NULL,
		.number = memory_nature(m, NATURE_NO_IDENTITY) != 0 ? 0 :
		    n->number,
	};
	memory_show_time(m, n, e);
}

/* A link that is shown as what it leads to. */
static void
show_followed(const struct side_memory *m, const char *dir,
    struct plan_entry *e)
{
	char *path = path_join(dir, e->name);
	const struct node *n = stage_find(m->st, m->which, path, true);

	free(path);
	/* What leads upwards has no end. */
	if (n == NULL || n->type != 'd' || strstr(e->target, "..") != NULL)
		return;
	free((char *)e->target);
	e->target = NULL;
	e->type = 'd';
	memory_show_time(m, n, e);
}

/* What a listing's entries borrow from. */
struct held {
	struct plan_entry *entry;
	size_t n;
};

static void
release(void *arg)
{
	struct held *h = arg;
	size_t i;

	for (i = 0; i < h->n; i++) {
		free((char *)h->entry[i].name);
		free((char *)h->entry[i].target);
	}
	free(h->entry);
	free(h);
}

/* Its strings: the caller may change the entries. */
static void
hold(struct side_list *l)
{
	struct held *h = xcalloc(1, sizeof(*h));

	h->n = l->n;
	h->entry = xcalloc(l->n + 1, sizeof(*h->entry));
	memcpy(h->entry, l->entry, l->n * sizeof(*h->entry));
	l->held = h;
	l->release = release;
}

static void
note_seen(struct begun *b, const struct node *n)
{
	struct record *r = b->r;

	r->seen = xreallocarray(r->seen, r->nseen + 1, sizeof(*r->seen));
	r->seen[r->nseen++] = n->edition;
}

static void
add_entry(struct side_memory *m, const struct side_request *rq,
    const char *dir, const struct node *n, struct side_list *l)
{
	struct plan_entry *e = &l->entry[l->n++];

	show(m, n, e);
	if (e->type == 'l' && memory_nature(m, NATURE_LINKS_AS_DIRS) != 0 &&
	    !(rq->flags & LIST_LINKS))
		show_followed(m, dir, e);
	if (rq->ages != NULL && plan_age_in_doubt(e->mtime, e->precision,
	    rq->ages)) {
		e->mtime = (struct timespec){ .tv_sec = n->mtime.tv_sec };
		e->precision = PRECISION_SECOND;
	}
	if (path_is_part(e->name))
		strvec_add(&l->parts, e->name);
	l->dotfiles |= e->name[0] == '.';
}

/* All of dir that shows; the trouble's number is where a listing ends. */
int
memory_list_dir(struct side_memory *m, const struct side_request *rq,
    const char *dir, bool rough, struct side_list *l, struct err *err)
{
	const struct node *d, *n;
	size_t i = 0, max = SIZE_MAX;
	struct begun b;
	int rc;

	rc = memory_begin(m, DEED_LIST, dir, &b, err);
	d = rc == 0 ? stage_find(m->st, m->which, dir,
	    memory_nature(m, NATURE_SERVER) != 0) : NULL;
	if (rc == 0 && (d == NULL || d->type != 'd'))
		rc = memory_refuse(m, d == NULL ? ENOENT : ENOTDIR, err);
	for (n = rc == 0 ? d->child : NULL; n != NULL; n = n->next)
		i++;
	l->entry = xcalloc(i + 1, sizeof(*l->entry));
	if (rc == 0 && b.trouble != NULL && b.trouble->kind == TROUBLE_CUT) {
		max = b.trouble->after % (i + 1);
		rc = err_set(err, ERR_VERIFY, "the listing was cut short");
	}
	b.r->whole = rc == 0;
	i = 0;
	for (n = d != NULL && d->type == 'd' ? d->child : NULL;
	    n != NULL && l->n < max; n = n->next, i++) {
		if (is_hidden(m, n, i, rough)) {
			b.r->whole = false;
			continue;
		}
		note_seen(&b, n);
		add_entry(m, rq, dir, n, l);
	}
	l->doubt = rough && memory_nature(m, NATURE_DOUBT) != 0;
	l->may_hide = memory_nature(m, NATURE_HIDES_DOTS) != 0;
	hold(l);
	b.done = rc == 0;
	return stage_end(m->st, &b, rc, err);
}

void
memory_list(struct side *side, struct worker *w, const struct side_request *rq,
    struct side_list *out, struct err *each)
{
	size_t i;

	(void)w;
	for (i = 0; i < rq->n; i++) {
		memset(&out[i], 0, sizeof(out[i]));
		err_clear(&each[i]);
		(void)memory_list_dir(memory_of(side), rq, rq->dir[i],
		    rq->need != LIST_WHOLE, &out[i], &each[i]);
	}
}

int
memory_confirm(struct side *side, struct worker *w,
    const struct side_request *rq, struct side_list *l, struct err *err)
{
	(void)w;
	side_list_release(l);
	memset(l, 0, sizeof(*l));
	return memory_list_dir(memory_of(side), rq, rq->dir[0], false, l, err);
}

int
memory_tell_links(struct side *side, struct worker *w, const char *dir,
    const struct side_list *l, char *type, struct err *err)
{
	struct side_memory *m = memory_of(side);
	const struct node *n;
	char *path;
	size_t i;

	(void)w, (void)err;
	pthread_mutex_lock(&m->st->lock);
	for (i = 0; i < l->n; i++) {
		path = path_join(dir, l->entry[i].stored != NULL ?
		    l->entry[i].stored : l->entry[i].name);
		n = memory_find(m, path);
		type[i] = n != NULL ? n->type : l->entry[i].type;
		free(path);
	}
	pthread_mutex_unlock(&m->st->lock);
	return 0;
}

/* Something that a name leads to: 1, 0, -1. */
static int
look_for(struct side_memory *m, const char *path, struct err *err)
{
	struct begun b;
	bool there = false;
	int rc;

	rc = memory_begin(m, DEED_LOOK, path, &b, err);
	if (rc == 0) {
		there = memory_find(m, path) != NULL;
		b.done = true;
	}
	rc = stage_end(m->st, &b, rc, err);
	return rc != 0 ? -1 : there;
}

int
memory_has(struct side *side, struct worker *w, const char *path,
    struct err *err)
{
	(void)w;
	return look_for(memory_of(side), path, err);
}

int
memory_are_there(struct side *side, struct worker *w, const char *const *path,
    size_t n, bool *there, struct err *err)
{
	size_t i;
	int rc = 0;

	for (i = 0; i < n && rc >= 0; i++) {
		rc = memory_has(side, w, path[i], err);
		there[i] = rc > 0;
	}
	return rc < 0 ? -1 : 0;
}

int
memory_find_hidden(struct side *side, struct worker *w, const char *dir,
    struct plan_entry *e, size_t n, struct err *err)
{
	struct side_memory *m = memory_of(side);
	const struct node *there;
	struct begun b;
	char *path;
	size_t i;
	int rc = 0;

	(void)w;
	for (i = 0; i < n && rc == 0; i++) {
		path = path_join(dir, e[i].name);
		rc = memory_begin(m, DEED_LOOK, path, &b, err);
		there = rc == 0 ? memory_find(m, path) : NULL;
		if (rc == 0 && (there == NULL || there->type != e[i].type))
			e[i].type = 0;
		else if (rc == 0 && there->type == 'f') {
			e[i].size = (int64_t)there->size;
			e[i].mtime = there->mtime;
			e[i].mtime.tv_nsec = 0;
			e[i].precision = PRECISION_SECOND;
		}
		b.done = rc == 0;
		rc = stage_end(m->st, &b, rc, err);
		free(path);
	}
	return rc;
}

bool
memory_shows_dots(struct side *side, const struct side_list *l)
{
	struct side_memory *m = memory_of(side);
	bool shows;

	pthread_mutex_lock(&m->st->lock);
	m->shows_dots |= l != NULL && l->dotfiles;
	shows = m->shows_dots;
	pthread_mutex_unlock(&m->st->lock);
	return shows;
}

bool
memory_is_gone(struct side *side, struct worker *w, const char *path,
    const struct err *err)
{
	struct side_memory *m = memory_of(side);
	bool gone;

	(void)w;
	if (err->kind != ERR_REFUSED && err->kind != ERR_LOCAL)
		return false;
	pthread_mutex_lock(&m->st->lock);
	gone = memory_find(m, path) == NULL;
	pthread_mutex_unlock(&m->st->lock);
	return gone;
}

bool
memory_is_occupied(const struct err *err)
{
	return err->sys == ENOTEMPTY || err->kind == ERR_REFUSED;
}

/* Names. */

int
memory_stored(struct side *side, struct worker *w, const char *dir,
    struct stored *v, size_t n, struct err *err)
{
	struct side_request rq = { .need = LIST_TO_LOOK };
	struct side_list l = { 0 };
	const char **listed;
	size_t i;
	int rc;

	(void)w;
	rc = memory_list_dir(memory_of(side), &rq, dir, false, &l, err);
	if (rc == 0) {
		listed = xcalloc(l.n + 1, sizeof(*listed));
		for (i = 0; i < l.n; i++)
			listed[i] = l.entry[i].name;
		stored_compare(v, n, listed, l.n);
		free(listed);
	}
	/* As of what a listing hides. */
	for (i = 0; rc == 0 && i < n; i++)
		v[i].kept |= v[i].as == NULL;
	side_list_release(&l);
	return rc;
}

bool
memory_learn_case(struct side *side, struct worker *w, const char *path)
{
	char *other = stored_other_case(path);
	struct err ignored = ERR_INIT;
	bool has_letters = other != NULL;
	int rc;

	if (has_letters && side_folds(side, FOLD_CASE) == 0) {
		rc = memory_has(side, w, other, &ignored);
		if (rc > 0 || memory_has(side, w, path, &ignored) > 0)
			side_note_folds(side, FOLD_CASE, rc > 0);
	}
	free(other);
	return has_letters;
}
