/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "stage.h"

#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

enum { NOW = 1700000000, LINKS_MAX = 8, NAME_BYTES = 255 };

/* What DECOMPOSES makes of some letters. */
static const char *const forms[][2] = {
	{ "\xc3\xa4", "a\xcc\x88" }, { "\xc3\x84", "A\xcc\x88" },
};

int
stage_nature(const struct stage *st, int side, enum nature n)
{
	return world_nature(st->w, side, n);
}

static const char *
decomposed(const char *s, size_t *len)
{
	size_t i;

	for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (strncmp(s, forms[i][0], 2) == 0) {
			*len = 2;
			return forms[i][1];
		}
	return NULL;
}

/* In small letters, of the alphabet that the worlds' names are made of. */
static void
lower(char *s)
{
	for (; *s != '\0'; s++) {
		if (strncmp(s, "\xc3\x84", 2) == 0)
			s[1] = '\xa4';
		*s = (char)tolower((unsigned char)*s);
	}
}

static char *
changed_name(const char *name, bool decomposes, bool replaces, bool lowers)
{
	struct buf b = BUF_INIT(BUF_OWN);
	const char *form;
	size_t len = 1;
	char *stored;

	for (; *name != '\0'; name += len) {
		form = decomposes ? decomposed(name, &len) : NULL;
		if (form != NULL) {
			buf_adds(&b, form);
			continue;
		}
		len = 1;
		buf_addc(&b, replaces && strchr(":\n", *name) ? '_' : *name);
	}
	stored = buf_detach(&b);
	if (lowers)
		lower(stored);
	return stored;
}

char *
stage_stored(const struct stage *st, int side, const char *name)
{
	return changed_name(name,
	    stage_nature(st, side, NATURE_DECOMPOSES) != 0,
	    stage_nature(st, side, NATURE_REPLACES) != 0,
	    stage_nature(st, side, NATURE_LOWERS) != 0);
}

bool
stage_is_same(const struct stage *st, int side, const char *a, const char *b)
{
	bool folds = stage_nature(st, side, NATURE_FOLDS_CASE) != 0;
	bool replaces = stage_nature(st, side, NATURE_REPLACES) != 0;
	bool lowers = stage_nature(st, side, NATURE_LOWERS) != 0;
	bool decomposes = stage_nature(st, side, NATURE_DECOMPOSES) != 0;
	char *x = changed_name(a, decomposes || folds, replaces,
	    lowers || folds);
	char *y = changed_name(b, decomposes || folds, replaces,
	    lowers || folds);
	bool same = strcmp(x, y) == 0;

	free(x);
	free(y);
	return same;
}

struct node *
stage_child(const struct stage *st, int side, const struct node *dir,
    const char *name)
{
	struct node *n;

	for (n = dir->child; n != NULL; n = n->next)
		if (stage_is_same(st, side, n->name, name))
			return n;
	return NULL;
}

/* From dir; links counts those that were followed. */
static struct node *
walk(const struct stage *st, int side, struct node *dir, const char *path,
    bool follow, int links)
{
	struct node *n = dir;
	bool last, is_server = stage_nature(st, side, NATURE_SERVER) != 0;
	char *name;
	size_t len;

	while (n != NULL && *(path += strspn(path, "/")) != '\0') {
		if (n->type != 'd')
			return NULL;
		len = strcspn(path, "/");
		name = xstrndup(path, len);
		path += len;
		last = path[strspn(path, "/")] == '\0';
		dir = n;
		if (strcmp(name, "..") == 0)
			n = n->parent != NULL ? n->parent : n;
		else if (strcmp(name, ".") != 0)
			n = stage_child(st, side, n, name);
		free(name);
		if (n == NULL || n->type != 'l' || (last && !follow))
			continue;
		n = is_server && links < LINKS_MAX && n->target[0] != '/' ?
		    walk(st, side, dir, n->target, true, links + 1) : NULL;
	}
	return n;
}

static struct node *
root_of(const struct stage *st, int side)
{
	return node_child(st->top[side], WORLD_ROOT);
}

struct node *
stage_find(const struct stage *st, int side, const char *path, bool follow)
{
	struct node *root = root_of(st, side);

	return root == NULL ? NULL : walk(st, side, root, path, follow, 0);
}

struct node *
stage_dir(const struct stage *st, int side, const char *path,
    const char **name)
{
	const char *slash = strrchr(path, '/');
	struct node *n;
	char *dir;

	*name = slash != NULL ? slash + 1 : path;
	dir = slash != NULL ? xstrndup(path, (size_t)(slash - path)) :
	    xstrdup("");
	n = stage_find(st, side, dir, true);
	free(dir);
	return n != NULL && n->type == 'd' ? n : NULL;
}

void
stage_touch(struct stage *st, struct node *n)
{
	n->edition = ++st->number;
}

struct timespec
stage_time(const struct stage *st, int side, struct timespec ts)
{
	int64_t grain = world_grain(st->w, side), s = grain / 1000000000;

	if (s > 0) {
		ts.tv_sec -= ts.tv_sec % s;
		ts.tv_nsec = 0;
	} else {
		ts.tv_nsec -= ts.tv_nsec % (long)grain;
	}
	return ts;
}

struct node *
stage_make(struct stage *st, int side, struct node *dir, const char *name,
    char type)
{
	size_t max = (size_t)stage_nature(st, side, NATURE_NAME_MAX);
	char *stored = stage_stored(st, side, name);
	struct node *n = NULL;

	/* Parts are of any length. */
	if (strlen(stored) <= NAME_BYTES && (max == 0 ||
	    strlen(stored) <= max + 4 || strstr(stored, "ftps-part"))) {
		n = node_new(dir, stored, type);
		n->number = ++st->number;
		n->mtime = stage_time(st, side, (struct timespec){
			.tv_sec = st->clock });
		stage_touch(st, n);
	}
	free(stored);
	return n;
}

/* What a side cannot hold it does not have from the beginning. */
static void
settle(struct stage *st, int side, struct node *dir)
{
	struct node *n, *next;
	char *name;

	for (n = dir->child; n != NULL; n = next) {
		next = n->next;
		name = stage_stored(st, side, n->name);
		if (strcmp(name, n->name) != 0 ||
		    (n->type == 'l' &&
		    stage_nature(st, side, NATURE_NO_LINKS) != 0) ||
		    stage_child(st, side, dir, n->name) != n) {
			node_free(n);
		} else {
			n->mtime = stage_time(st, side, n->mtime);
			if (stage_nature(st, side, NATURE_NO_MODES) != 0)
				n->mode = n->type == 'd' ? 0755 : 0644;
			settle(st, side, n);
		}
		free(name);
	}
}

struct stage *
stage_new(const struct world *w)
{
	struct stage *st = xcalloc(1, sizeof(*st));
	int side;

	st->w = w;
	st->number = 1000000;
	st->clock = NOW;
	pthread_mutex_init(&st->lock, NULL);
	for (side = FROM; side < SIDES; side++) {
		st->top[side] = node_copy(w->side[side]);
		settle(st, side, st->top[side]);
	}
	return st;
}

static void
forget_log(struct stage *st)
{
	size_t i;

	for (i = 0; i < st->n; i++) {
		free(st->log[i].path);
		free(st->log[i].seen);
		node_free(st->log[i].was);
		node_free(st->log[i].now);
	}
	free(st->log);
	st->log = NULL;
	st->n = st->cap = 0;
}

void
stage_free(struct stage *st)
{
	forget_log(st);
	node_free(st->top[FROM]);
	node_free(st->top[TO]);
	pthread_mutex_destroy(&st->lock);
	free(st);
}

void
stage_again(struct stage *st, bool calm)
{
	forget_log(st);
	memset(st->count, 0, sizeof(st->count));
	st->calm = calm;
	st->clock += 3600;
}

static struct record *
note(struct stage *st, int side, enum deed d, const char *path)
{
	struct record *r;
	struct node *n;

	if (st->n == st->cap) {
		st->cap = st->cap != 0 ? st->cap * 2 : 64;
		st->log = xreallocarray(st->log, st->cap, sizeof(*st->log));
	}
	r = &st->log[st->n++];
	*r = (struct record){ .side = side, .deed = d };
	n = stage_find(st, side, path, false);
	r->path = n != NULL ? node_path(st->top[side], n) :
	    xasprintf("%s%s%s", WORLD_ROOT, *path != '\0' ? "/" : "", path);
	return r;
}

static const struct trouble *
trouble_of(struct stage *st, int side, enum deed d)
{
	unsigned count = ++st->count[side][d];
	const struct trouble *t;
	size_t i;

	for (i = 0; !st->calm && i < st->w->ntroubles; i++) {
		t = &st->w->trouble[i];
		if (t->side == side && t->deed == d && count >= t->nth &&
		    count < t->nth + t->times)
			return t;
	}
	return NULL;
}

int
stage_refuse(const struct stage *st, int side, int sys, struct err *err,
    const char *why)
{
	if (stage_nature(st, side, NATURE_SERVER) == 0) {
		errno = sys;
		return err_sys(err, ERR_LOCAL, "%s", why);
	}
	err_set(err, ERR_REFUSED, "%s", why);
	err->code = 550;
	return -1;
}

/* A content that no file has. */
static void
scribble(struct stage *st, struct node *n)
{
	char data[40];
	size_t len;

	len = (size_t)snprintf(data, sizeof(data), "foreign %llu..",
	    (unsigned long long)st->number);
	node_set_data(n, data, len - (n->size == len));
}

/* Somebody else changes what is at path: of a directory, what is in it. */
static struct node *
change(struct stage *st, int side, struct node *n)
{
	if (n->type == 'd') {
		if (stage_child(st, side, n, "new") != NULL)
			return n;
		n = stage_make(st, side, n, "new", 'f');
	}
	if (n->type == 'f') {
		scribble(st, n);
		n->mtime = stage_time(st, side, (struct timespec){
			.tv_sec = st->clock += 61 });
	}
	stage_touch(st, n);
	return n;
}

/* The same, or takes it away. */
static void
disturb(struct stage *st, int side, const char *path, bool removes)
{
	struct node *n = stage_find(st, side, path, false);
	struct record *r;

	if (n == NULL || n == root_of(st, side))
		return;
	r = note(st, side, removes ? DEED_REMOVE : DEED_WRITE, path);
	r->foreign = r->done = true;
	r->was = node_copy(n);
	if (removes) {
		node_free(n);
		return;
	}
	n = change(st, side, n);
	free(r->path);
	r->path = node_path(st->top[side], n);
	r->now = node_copy(n);
}

int
stage_begin(struct stage *st, int side, enum deed d, const char *path,
    struct begun *b, struct err *err)
{
	size_t i;

	pthread_mutex_lock(&st->lock);
	st->clock++;
	*b = (struct begun){ .trouble = trouble_of(st, side, d) };
	if (b->trouble != NULL && (b->trouble->kind == TROUBLE_VANISHED ||
	    b->trouble->kind == TROUBLE_CHANGED))
		disturb(st, side, path, b->trouble->kind == TROUBLE_VANISHED);
	note(st, side, d, path);
	i = st->n - 1;
	b->r = &st->log[i];
	b->r->trouble = b->trouble;
	/* Nothing is done any more. */
	if (st->cancel != NULL && cancel_reason(st->cancel) != CANCEL_NONE)
		return cancel_error(st->cancel, err);
	if (b->trouble == NULL)
		return 0;
	switch (b->trouble->kind) {
	case TROUBLE_REFUSED:
		return stage_refuse(st, side, EACCES, err, "refused");
	case TROUBLE_LOST:
		return err_set(err, ERR_NETWORK, "lost");
	case TROUBLE_NEVER:
		return err_set(err, ERR_TIMEOUT, "no answer");
	case TROUBLE_KILLED:
		cancel_set(st->cancel, SIGTERM);
		return cancel_error(st->cancel, err);
	default:
		return 0;
	}
}

int
stage_end(struct stage *st, struct begun *b, int rc, struct err *err)
{
	b->r->done = b->done;
	if (b->done && b->trouble != NULL && b->trouble->kind == TROUBLE_LATE)
		rc = err_set(err, ERR_NETWORK, "lost, when it was done");
	b->r->failed = rc < 0;
	pthread_mutex_unlock(&st->lock);
	return rc;
}

void
stage_was(struct begun *b, const struct node *n)
{
	node_free(b->r->was);
	b->r->was = n != NULL ? node_copy(n) : NULL;
}

void
stage_now(struct begun *b, const struct node *n)
{
	node_free(b->r->now);
	b->r->now = n != NULL ? node_copy(n) : NULL;
}

void
stage_print(const struct stage *st, FILE *fp)
{
	const struct record *r;
	size_t i;

	for (i = 0; i < st->n; i++) {
		r = &st->log[i];
		fprintf(fp, "%4zu %s %s %s%s%s%s%s\n", i,
		    r->side == FROM ? "from" : "to  ",
		    world_deed_name(r->deed), r->path,
		    r->foreign ? " (another hand)" : "",
		    r->trouble != NULL ? ": " : "",
		    r->trouble != NULL ? world_trouble_name(r->trouble->kind) :
		    "", r->failed ? " FAILED" : r->done ? "" : " (not done)");
	}
}
