/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is done to a side in memory. */
#include <errno.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/path.h"
#include "local/part.h"
#include "memory_in.h"
#include "transfer/judge.h"

/* One step down, made if need be; NULL with err. */
static struct node *
step_into(struct side_memory *m, struct node *dir, const char *name,
    bool *made, struct err *err)
{
	struct node *n = stage_child(m->st, m->which, dir, name);

	*made = n == NULL;
	if (n == NULL) {
		n = stage_make(m->st, m->which, dir, name, 'd');
		if (n == NULL)
			memory_refuse(m, ENAMETOOLONG, err);
	} else if (n->type == 'l' && memory_nature(m, NATURE_SERVER) != 0) {
		char *path = node_path(node_child(m->st->top[m->which],
		    WORLD_ROOT), n);

		n = stage_find(m->st, m->which, path, true);
		free(path);
	}
	if (n != NULL && n->type == 'd')
		return n;
	if (err->kind == ERR_NONE)
		memory_refuse(m, ENOTDIR, err);
	return NULL;
}

static struct node *
make_path(struct side_memory *m, const char *path, bool *made,
    struct err *err)
{
	struct node *n = memory_find(m, "");
	char *name;
	size_t len;

	*made = false;
	if (n == NULL)
		memory_refuse(m, ENOENT, err);
	while (n != NULL && *(path += strspn(path, "/")) != '\0') {
		len = strcspn(path, "/");
		name = xstrndup(path, len);
		n = step_into(m, n, name, made, err);
		free(name);
		path += len;
	}
	return n;
}

int
memory_make_dir(struct side *side, struct worker *w, const char *path, int mode,
    bool *made, struct err *err)
{
	struct side_memory *m = memory_of(side);
	struct node *n = NULL;
	struct begun b;
	int rc;

	(void)w;
	*made = false;
	rc = memory_begin(m, DEED_MAKE_DIR, path, &b, err);
	/* A link in another spelling leads who knows where. */
	if (rc == 0 && (n = memory_find(m, path)) != NULL && n->type == 'l') {
		n = NULL;
		rc = memory_refuse(m, EEXIST, err);
	} else if (rc == 0 && (n = make_path(m, path, made, err)) == NULL) {
		rc = -1;
	}
	if (n != NULL && *made && mode >= 0 &&
	    memory_nature(m, NATURE_NO_MODES) == 0)
		n->mode = mode;
	b.done = n != NULL;
	if (*made)
		stage_now(&b, n);
	return stage_end(m->st, &b, rc, err);
}

int
memory_make_dirs(struct side *side, struct worker *w, const char *const *path,
    const int *mode, size_t n, struct err *each, struct err *err)
{
	bool made;
	size_t i;

	for (i = 0; i < n; i++) {
		(void)memory_make_dir(side, w, path[i], mode[i], &made,
		    &each[i]);
		if (each[i].kind == ERR_NETWORK) {
			*err = each[i];
			return -1;
		}
		if (each[i].kind == ERR_NONE && !made)
			err_set(&each[i], ERR_REFUSED, "it is there");
	}
	return 0;
}

int
memory_set_mode(struct side *side, struct worker *w, const char *path, int mode,
    struct err *err)
{
	struct side_memory *m = memory_of(side);
	struct node *n;
	struct begun b;
	int rc;

	(void)w;
	rc = memory_begin(m, DEED_SET_MODE, path, &b, err);
	n = rc == 0 ? stage_find(m->st, m->which, path, true) : NULL;
	if (rc == 0 && (n == NULL || memory_nature(m, NATURE_NO_MODES) != 0))
		rc = memory_refuse(m, n == NULL ? ENOENT : EPERM, err);
	if (rc == 0) {
		n->mode = mode;
		b.done = true;
	}
	return stage_end(m->st, &b, rc, err);
}

/* What is in the place goes, a copy of it to the backup directory. */
static int
keep_copy(struct side_memory *m, const char *path, const struct node *n,
    struct err *err)
{
	char *to = path_join(path_base(WORLD_BACKUP), path);
	char *dir = path_dir(to);
	struct node *d, *copy, *there;
	bool made;
	int rc = -1;

	if ((d = make_path(m, dir, &made, err)) != NULL) {
		there = stage_child(m->st, m->which, d, path_base(to));
		if (there == NULL || there->type != 'd') {
			node_free(there);
			copy = node_copy(n);
			node_move(copy, d, n->name);
			rc = 0;
		} else {
			rc = memory_refuse(m, EISDIR, err);
		}
	}
	free(dir);
	free(to);
	return rc;
}

static int
back_up_as(struct side *side, const char *path, bool moves, struct err *err)
{
	struct side_memory *m = memory_of(side);
	struct node *n;
	struct begun b;
	int rc;

	rc = memory_begin(m, DEED_MOVE, path, &b, err);
	n = rc == 0 ? memory_find(m, path) : NULL;
	if (n != NULL) {
		rc = keep_copy(m, path, n, err);
		b.done = rc == 0;
	}
	if (n != NULL && rc == 0 && moves) {
		stage_was(&b, n);
		node_free(n);
	}
	return stage_end(m->st, &b, rc, err);
}

int
memory_back_up(struct side *side, struct worker *w, const char *path,
    struct err *err)
{
	(void)w;
	return back_up_as(side, path, true, err);
}

int
memory_back_up_old(struct side *side, struct worker *w, const char *path,
    struct err *err)
{
	(void)w;
	return back_up_as(side, path, false, err);
}

int
memory_take_back(struct side *side, struct worker *w, const char *path,
    struct err *err)
{
	struct side_memory *m = memory_of(side);
	char *kept = path_join(path_base(WORLD_BACKUP), path);

	(void)w;
	(void)err;
	pthread_mutex_lock(&m->st->lock);
	node_free(memory_find(m, kept));
	pthread_mutex_unlock(&m->st->lock);
	free(kept);
	return 0;
}

/* Whether a link there, so targeted, would lead to something. */
static bool
leads_somewhere(const struct side_memory *m, const char *path,
    const char *target)
{
	char *dir = path_dir(path);
	char *to = path_join(strcmp(dir, ".") == 0 ? "" : dir, target);
	bool leads = target[0] != '/' &&
	    stage_find(m->st, m->which, to, true) != NULL;

	free(to);
	free(dir);
	return leads;
}

enum side_link
memory_make_link(struct side *side, struct worker *w, const char *path,
    const char *target, struct err *err)
{
	struct side_memory *m = memory_of(side);
	const char *name;
	struct node *dir, *n = NULL;
	struct begun b;
	int rc;

	(void)w;
	rc = memory_begin(m, DEED_LINK, path, &b, err);
	dir = rc == 0 ? stage_dir(m->st, m->which, path, &name) : NULL;
	if (rc == 0 && memory_nature(m, NATURE_NO_LINKS) != 0) {
		stage_refuse(m->st, m->which, EPERM, err, "no links");
		(void)stage_end(m->st, &b, 0, err);
		return LINK_CANNOT;
	}
	if (rc == 0 && memory_nature(m, NATURE_LINKS_NEED) != 0 &&
	    !leads_somewhere(m, path, target)) {
		memory_refuse(m, ENOENT, err);
		(void)stage_end(m->st, &b, 0, err);
		return LINK_EARLY;
	}
	if (rc == 0 && dir == NULL)
		rc = memory_refuse(m, ENOENT, err);
	if (rc == 0 && (n = stage_child(m->st, m->which, dir, name)) != NULL &&
	    n->type == 'd')
		rc = memory_refuse(m, EISDIR, err);
	if (rc == 0 && n != NULL && side->backup != NULL)
		rc = keep_copy(m, path, n, err);
	if (rc == 0) {
		stage_was(&b, n);
		node_free(n);
		n = stage_make(m->st, m->which, dir, name, 'l');
		if (n == NULL)
			rc = memory_refuse(m, ENAMETOOLONG, err);
		else
			node_set_target(n, target);
		b.done = n != NULL;
		stage_now(&b, n);
	}
	return stage_end(m->st, &b, rc, err) == 0 ? LINK_MADE : LINK_FAILED;
}

/* The gate of deletion. */

struct gate {
	struct side_memory *m;
	const struct remove *r;
	struct judge judge;
};

static struct seen *
all_seen(const struct side_list *l)
{
	struct seen *all = xcalloc(l->n + 1, sizeof(*all));
	const struct plan_entry *e;
	size_t i;

	for (i = 0; i < l->n; i++) {
		e = &l->entry[i];
		all[i] = (struct seen){
			.name = e->name, .type = e->type, .size = e->size,
			.mtime = e->mtime, .precision = e->precision,
			.number = e->number,
		};
	}
	return all;
}

/* What passed the gate: FATE_REMOVED, GONE, FAILED. */
static enum fate
remove_one(const struct gate *g, const struct seen *e, struct err *err)
{
	struct side_memory *m = g->m;
	char *path = path_join(g->r->dir, e->name);
	enum fate fate = FATE_GONE;
	struct node *n;
	struct begun b;
	int rc;

	rc = memory_begin(m, DEED_REMOVE, path, &b, err);
	n = rc == 0 ? memory_find(m, path) : NULL;
	if (n != NULL && n->type == 'd' && n->child != NULL)
		rc = memory_refuse(m, ENOTEMPTY, err);
	if (n != NULL && rc == 0) {
		stage_was(&b, n);
		node_free(n);
		b.done = true;
		fate = FATE_REMOVED;
	}
	if (stage_end(m->st, &b, rc, err) != 0)
		fate = FATE_FAILED;
	free(path);
	return fate;
}

static int
remove_listed(struct gate *g, bool emptied, const struct seen *e, size_t n)
{
	struct err err = ERR_INIT;
	enum fate fate;
	size_t i;

	for (i = 0; i < n; i++) {
		err_clear(&err);
		fate = FATE_REMOVED;
		if (!emptied && judge_lets_go(&g->judge, &e[i],
		    judge_find(&g->judge, e[i].name), &fate, &err))
			fate = FATE_REMOVED;
		if (fate == FATE_REMOVED && g->r->move != NULL &&
		    e[i].type != 'd')
			fate = g->r->move(g->r->ctx, e[i].name, &err) == 0 ?
			    FATE_REMOVED : FATE_FAILED;
		else if (fate == FATE_REMOVED)
			fate = remove_one(g, &e[i], &err);
		g->r->ended(g->r->ctx, &e[i], fate, fate == FATE_REMOVED ||
		    fate == FATE_GONE || fate == FATE_PASSED ? NULL : &err);
	}
	return 0;
}

int
memory_remove_all(struct side *side, struct worker *w,
    const struct remove *what, bool emptied, const struct seen *e, size_t n,
    struct err *err)
{
	struct side_request rq = { .need = LIST_WHOLE, .flags =
		what->links ? LIST_TARGETS : 0 };
	struct gate g = { .m = memory_of(side), .r = what };
	struct side_list now = { 0 };
	struct seen *seen;
	int rc;

	(void)w;
	if (emptied)
		return remove_listed(&g, true, e, n);
	rc = memory_list_dir(g.m, &rq, what->dir, false, &now, err);
	if (rc == 0) {
		seen = all_seen(&now);
		g.judge = (struct judge){ .now = seen, .n = now.n,
			.keep_dirs = what->keep_dirs, .beside = what->beside,
			.nbeside = what->nbeside,
			.kind = side->facts.failing };
		judge_begin(&g.judge);
		rc = remove_listed(&g, false, e, n);
		judge_end(&g.judge);
		free(seen);
	}
	side_list_release(&now);
	return rc;
}

int
memory_drop_parts(struct side *side, const char *path, struct err *err)
{
	struct side_memory *m = memory_of(side);
	struct node *dir, *n, *next;
	const char *name;

	(void)err;
	pthread_mutex_lock(&m->st->lock);
	dir = stage_dir(m->st, m->which, path, &name);
	for (n = dir != NULL ? dir->child : NULL; n != NULL; n = next) {
		next = n->next;
		if (part_belongs(n->name, name))
			node_free(n);
	}
	pthread_mutex_unlock(&m->st->lock);
	return 0;
}
