/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "oracle.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fold.h"
#include "base/mem.h"
#include "wanted.h"

static bool __attribute__((format(printf, 2, 3)))
complain(struct ran *r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(r->complaint, sizeof(r->complaint), fmt, ap);
	va_end(ap);
	return false;
}

static int
nature(const struct ran *r, int side, enum nature n)
{
	return world_nature(r->w, side, n);
}

static bool
hides(const struct ran *r, int side)
{
	return nature(r, side, NATURE_HIDES) != 0 ||
	    nature(r, side, NATURE_HIDES_DOTS) != 0 ||
	    nature(r, side, NATURE_DOUBT) != 0 ||
	    nature(r, side, NATURE_LINKS_AS_DIRS) != 0;
}

static const struct node *
root_of(const struct node *top)
{
	return node_child(top, WORLD_ROOT);
}

static const struct node *
after(const struct ran *r, int side)
{
	return r->st->top[side];
}

/* The mirror's own deed, which was done. */
static bool
is_done(const struct record *d, int side, enum deed deed)
{
	return d->side == side && d->deed == deed && d->done && !d->foreign;
}

/* Its names are not those that it was given. */
static bool
renames(const struct ran *r, int side)
{
	return nature(r, side, NATURE_FOLDS_CASE) != 0 ||
	    nature(r, side, NATURE_DECOMPOSES) != 0 ||
	    nature(r, side, NATURE_REPLACES) != 0 ||
	    nature(r, side, NATURE_LOWERS) != 0;
}

/* What another hand did to path, or to what it is in. */
static bool
is_disturbed(const struct ran *r, int side, const char *path)
{
	const struct record *d;
	size_t i, n;

	for (i = 0; i < r->st->n; i++) {
		d = &r->st->log[i];
		n = strlen(d->path);
		if (d->foreign && d->side == side && renames(r, side))
			return true;
		if (d->foreign && d->side == side &&
		    strncmp(d->path, path, n) == 0 &&
		    (path[n] == '\0' || path[n] == '/'))
			return true;
	}
	return false;
}

static bool
is_same_tree(const struct node *a, const struct node *b)
{
	const struct node *x, *y;

	if (a == NULL || b == NULL)
		return a == b;
	if (strcmp(a->name, b->name) != 0 || !node_is_like(a, b) ||
	    a->edition != b->edition)
		return false;
	for (x = a->child, y = b->child; x != NULL && y != NULL;
	    x = x->next, y = y->next)
		if (!is_same_tree(x, y))
			return false;
	return x == y;
}

/* Outside of the roots everything is as it was (I4). */
static bool
check_beside(struct ran *r)
{
	const struct node *was, *is;
	int side;

	for (side = FROM; side < SIDES; side++) {
		if (is_disturbed(r, side, WORLD_BESIDE "/a") ||
		    is_disturbed(r, side, WORLD_BESIDE "/d1/a"))
			continue;
		was = node_child(r->before[side], WORLD_BESIDE);
		is = node_child(after(r, side), WORLD_BESIDE);
		if (!is_same_tree(was, is))
			return complain(r, "I4: %s has changed beside the "
			    "root", side == FROM ? "the source" :
			    "the target");
	}
	return true;
}

/* A file of the target was made of this content, under that name. */
static bool
was_sent(const struct ran *r, const struct node *file, const char *path)
{
	const struct record *d;
	const struct node *n;
	size_t i;

	n = node_at(after(r, TO), path);
	if (n != NULL && node_is_like(n, file))
		return true;
	n = is_disturbed(r, TO, path) ? node_at(r->before[TO], path) : NULL;
	if (n != NULL && node_is_like(n, file))
		return true;
	for (i = 0; i < r->st->n; i++) {
		d = &r->st->log[i];
		if (is_done(d, TO, DEED_COMMIT) && node_is_like(d->now, file))
			return true;
	}
	return false;
}

/* The source: nothing is done to it, but to files that were to be moved. */
static bool
check_source(struct ran *r)
{
	const struct record *d;
	size_t i;

	for (i = 0; i < r->st->n; i++) {
		d = &r->st->log[i];
		if (d->side != FROM || d->foreign || !d->done ||
		    d->deed == DEED_LIST || d->deed == DEED_LOOK ||
		    d->deed == DEED_READ || d->deed == DEED_TIME ||
		    d->deed == DEED_DIGEST)
			continue;
		if (d->deed == DEED_REMOVE && d->was == NULL)
			continue;
		if (d->deed != DEED_REMOVE ||
		    r->w->wish[WISH_REMOVE_SOURCE] == 0 ||
		    d->was->type != 'f')
			return complain(r, "the source was changed: %s of %s",
			    world_deed_name(d->deed), d->path);
		if (!was_sent(r, d->was, d->path))
			return complain(r, "I7: %s was deleted at its source, "
			    "and is not in the target", d->path);
	}
	return true;
}

static bool
check_dry_run(struct ran *r)
{
	const struct record *d;
	size_t i;

	for (i = 0; r->w->wish[WISH_DRY_RUN] != 0 && i < r->st->n; i++) {
		d = &r->st->log[i];
		if (!d->foreign && d->done && (d->now != NULL ||
		    d->was != NULL || d->deed == DEED_WRITE ||
		    d->deed == DEED_SET_MODE))
			return complain(r, "a rehearsal did something: %s of "
			    "%s", world_deed_name(d->deed), d->path);
	}
	return true;
}

/* The source's entry that is the target's at path, by whatever name. */
static const struct node *
counterpart(const struct ran *r, const struct node *from, const char *path)
{
	const char *rest = path + strlen(WORLD_ROOT);
	const struct node *n = from, *next, *child;
	char name[256];
	size_t len;

	while (n != NULL && *(rest += strspn(rest, "/")) != '\0') {
		len = strcspn(rest, "/");
		snprintf(name, sizeof(name), "%.*s", (int)len, rest);
		rest += len;
		next = node_child(n, name);
		for (child = n->child; next == NULL && child != NULL;
		    child = child->next)
			if (stage_is_same(r->st, TO, child->name, name))
				next = child;
		n = next;
	}
	return n;
}

/*
 * An entry of the source that is the target's at path, or may be one with it
 * there, and is like it.
 */
static const struct node *
version_at(const struct ran *r, const struct node *from, const char *rest,
    const struct node *like)
{
	const struct node *child, *found = NULL;
	char name[256];
	size_t len;

	rest += strspn(rest, "/");
	if (*rest == '\0' || from == NULL)
		return from != NULL && node_is_like(from, like) ? from : NULL;
	len = strcspn(rest, "/");
	snprintf(name, sizeof(name), "%.*s", (int)len, rest);
	for (child = from->child; found == NULL && child != NULL;
	    child = child->next)
		if (stage_is_same(r->st, TO, child->name, name))
			found = version_at(r, child, rest + len, like);
	return found;
}

/* The very one, or another. */
static const struct node *
version_of(const struct ran *r, const struct node *like, const char *path)
{
	const struct node *root = root_of(r->before[FROM]), *n;

	n = counterpart(r, root, path);
	return n != NULL && node_is_like(n, like) ? n :
	    version_at(r, root, path + strlen(WORLD_ROOT), like);
}

/* What the source has, or had for a while, at the target's path. */
static bool
is_version_of(const struct ran *r, const struct node *file, const char *path)
{
	const struct node *n;
	const struct record *d;
	size_t i;

	/* A link that passes for a directory, or that no listing shows. */
	if (nature(r, FROM, NATURE_LINKS_AS_DIRS) != 0 ||
	    nature(r, TO, NATURE_HIDES) != 0)
		return true;
	n = counterpart(r, root_of(r->before[FROM]), path);
	if (n != NULL && node_is_like(n, file))
		return true;
	/* Of several spellings the very one counts, if it was seen. */
	if ((n == NULL || hides(r, FROM) || wanted_left_out(r->w,
	    root_of(r->before[FROM]), n) != LEFT_NOT) &&
	    version_of(r, file, path) != NULL)
		return true;
	/* By way of a link that is shown as a directory: any. */
	for (n = r->before[FROM]; n != NULL &&
	    nature(r, TO, NATURE_LINKS_AS_DIRS) != 0;
	    n = node_next(r->before[FROM], n))
		if (node_is_like(n, file))
			return true;
	for (i = 0; i < r->st->n; i++) {
		d = &r->st->log[i];
		if (d->foreign && d->side == FROM && d->now != NULL &&
		    node_is_like(d->now, file))
			return true;
	}
	return false;
}

/* I7: what filters exclude is left alone, whatever the source calls it. */
static bool
check_barred(struct ran *r, const struct record *d)
{
	const struct node *root = root_of(r->before[TO]), *n = NULL;
	char *path = xstrdup(d->path), *slash;

	/* It, or the first above it that was there before. */
	while ((n = node_at(r->before[TO], path)) == NULL &&
	    (slash = strrchr(path, '/')) != NULL)
		*slash = '\0';
	free(path);
	if (n == NULL || n == root || root == NULL || hides(r, TO) ||
	    wanted_spared(r->w, root, n) != LEFT_FILTER)
		return true;
	return complain(r, "I7: %s is excluded, and was changed: %s", d->path,
	    world_deed_name(d->deed));
}

/* I3: what gets a name is whole, and what it replaces is another version. */
static bool
check_commits(struct ran *r)
{
	const struct record *d;
	size_t i;

	for (i = 0; i < r->st->n; i++) {
		d = &r->st->log[i];
		if ((is_done(d, TO, DEED_COMMIT) ||
		    is_done(d, TO, DEED_LINK) ||
		    is_done(d, TO, DEED_MAKE_DIR) ||
		    is_done(d, TO, DEED_SET_MODE)) && !check_barred(r, d))
			return false;
		if (!is_done(d, TO, DEED_COMMIT))
			continue;
		if (!is_version_of(r, d->now, d->path))
			return complain(r, "I3: %s has got what no source "
			    "has", d->path);
		if (d->was != NULL && d->was->type == 'd')
			return complain(r, "I3: %s replaced a directory",
			    d->path);
		if (strncmp(d->path, WORLD_ROOT "/",
		    strlen(WORLD_ROOT) + 1) != 0)
			return complain(r, "I4: %s was written to", d->path);
	}
	return true;
}

/* Deletions. */

/* In how many listings of its directory, or of any, it was seen before. */
static size_t
times_seen(const struct ran *r, size_t before, const struct record *of,
    bool anywhere)
{
	const char *slash = strrchr(of->path, '/');
	const struct record *d;
	size_t i, j, n = 0, len = (size_t)(slash - of->path);

	for (i = 0; i < before; i++) {
		d = &r->st->log[i];
		if (d->side != TO || d->deed != DEED_LIST || (!anywhere &&
		    (strncmp(d->path, of->path, len) != 0 ||
		    d->path[len] != '\0')))
			continue;
		for (j = 0; j < d->nseen; j++)
			n += d->seen[j] == of->was->edition;
	}
	return n;
}

static bool
is_own_work(const struct ran *r, uint64_t edition)
{
	const struct record *d;
	size_t i;

	for (i = 0; i < r->st->n; i++) {
		d = &r->st->log[i];
		if (!d->foreign && d->side == TO && d->now != NULL &&
		    d->now->edition == edition)
			return true;
	}
	return false;
}

/* Whether nothing answers to the path of what could not be read, now. */
static bool
has_vanished(const struct ran *r, const char *path)
{
	return node_at(after(r, FROM), path) == NULL;
}

/* The first listing or reading of the source that never succeeded. */
static const struct record *
unread(const struct ran *r, size_t before)
{
	const struct record *d, *again;
	size_t i, j;

	for (i = 0; i < before; i++) {
		d = &r->st->log[i];
		if (d->side != FROM || !d->failed || (d->deed != DEED_LIST &&
		    d->deed != DEED_READ) || (d->deed == DEED_READ &&
		    has_vanished(r, d->path)))
			continue;
		for (j = i + 1; j < before; j++) {
			again = &r->st->log[j];
			if (again->side == FROM && again->deed == d->deed &&
			    !again->failed &&
			    strcmp(again->path, d->path) == 0)
				break;
		}
		if (j >= before)
			return d;
	}
	return NULL;
}

static bool
is_source_empty(const struct ran *r)
{
	const struct node *root = root_of(r->before[FROM]), *n;

	for (n = root != NULL ? root->child : NULL; n != NULL; n = n->next)
		if (!wanted_is_part(n->name))
			return false;
	return true;
}

/* Whether an entry of the target may go at all. */
static bool
check_doomed(struct ran *r, const struct record *d)
{
	const struct node *root = root_of(r->before[TO]), *n, *s;
	enum left_out why;

	if (is_own_work(r, d->was->edition))
		return complain(r, "I7: %s was sent, and deleted", d->path);
	if (wanted_is_part(d->was->name))
		return complain(r, "I7: a part was deleted: %s", d->path);
	n = node_at(r->before[TO], d->path);
	why = n != NULL && n != root ? wanted_spared(r->w, root, n) :
	    LEFT_NOT;
	/* What an -I takes is so called in the source. */
	if (why != LEFT_NOT && why != LEFT_DOUBT && why != LEFT_LINK &&
	    !(why == LEFT_UNTAKEN && renames(r, TO)) &&
	    (why != LEFT_SHARD || n->type == 'd') &&
	    (why != LEFT_DEEP || n->type != 'd' || n->parent != root))
		return complain(r, "I7: %s is left out, and was deleted "
		    "(%d)", d->path, (int)why);
	s = counterpart(r, root_of(after(r, FROM)), d->path);
	if (s == NULL || s->type != d->was->type || (s->type == 'l' &&
	    nature(r, FROM, NATURE_LINKS_AS_DIRS) != 0) ||
	    is_disturbed(r, FROM, d->path))
		return true;
	/* What a source hides is asked for as the target calls it. */
	if (hides(r, FROM) && node_at(after(r, FROM), d->path) == NULL)
		return true;
	why = wanted_left_out(r->w, root_of(after(r, FROM)), s);
	if ((why == LEFT_FILTER || why == LEFT_UNTAKEN) &&
	    r->w->wish[WISH_DELETE_EXCLUDED] != 0)
		return true;
	return complain(r, "I7: %s is in the source, and was deleted",
	    d->path);
}

static bool
check_removal(struct ran *r, size_t i)
{
	const struct record *d = &r->st->log[i], *u;

	if (r->w->wish[WISH_DELETE] == 0)
		return complain(r, "I7: %s was deleted, unasked", d->path);
	if (is_source_empty(r) && r->w->wish[WISH_FORCE] == 0)
		return complain(r, "I7: %s was deleted, of an empty source",
		    d->path);
	if ((u = unread(r, i)) != NULL)
		return complain(r, "I7: %s was deleted, though %s could not "
		    "be read", d->path, u->path);
	if (times_seen(r, i, d, false) > 0)
		return check_doomed(r, d);
	/* By way of a link that is shown as a directory. */
	if (nature(r, TO, NATURE_LINKS_AS_DIRS) != 0 &&
	    times_seen(r, i, d, true) > 0)
		return true;
	/* Between the last look and the deletion nothing can be done. */
	if (d->trouble == NULL)
		return complain(r, "I7: %s was deleted, and was not what was "
		    "seen", d->path);
	return check_doomed(r, d);
}

static bool
is_removal(const struct record *d)
{
	return d->was != NULL && (is_done(d, TO, DEED_REMOVE) ||
	    is_done(d, TO, DEED_MOVE));
}

static uint64_t
count_entries(const struct node *root)
{
	const struct node *n;
	uint64_t entries = 0;

	for (n = root; n != NULL; n = node_next(root, n))
		entries += n != root;
	return entries;
}

static bool
check_removals(struct ran *r)
{
	uint64_t n = 0, entries = count_entries(root_of(r->before[TO]));
	size_t i;

	for (i = 0; i < r->st->n; i++) {
		/* What came meanwhile may have been seen. */
		entries += r->st->log[i].foreign && r->st->log[i].side == TO;
		if (!is_removal(&r->st->log[i]))
			continue;
		n++;
		if (!check_removal(r, i))
			return false;
	}
	if (r->w->wish[WISH_MAX_PERCENT] != 0 &&
	    r->w->wish[WISH_BACKUP] == 0 && n * 100 > entries *
	    ((uint64_t)r->w->wish[WISH_MAX_PERCENT] - 1))
		return complain(r, "I7: %" PRIu64 " were deleted, more than "
		    "--max-delete in percent", n);
	if (r->w->wish[WISH_MAX_DELETE] != 0 &&
	    n > (uint64_t)r->w->wish[WISH_MAX_DELETE] - 1)
		return complain(r, "I7: %" PRIu64 " were deleted, more than "
		    "--max-delete", n);
	return true;
}

/* The status. */

/* Whether a time may be what became of the other. */
static bool
are_near(const struct ran *r, const struct node *a, const struct node *b)
{
	int64_t apart = llabs((int64_t)a->mtime.tv_sec - b->mtime.tv_sec);
	bool zone = nature(r, FROM, NATURE_MINUTES) != 0 ||
	    nature(r, TO, NATURE_MINUTES) != 0;

	if (zone)
		apart %= 900;
	return apart <= 60 || (zone && apart >= 840);
}

/* The target's file is one that the options take for the same. */
static bool
passes_for_same(const struct ran *r, const struct node *s,
    const struct node *was)
{
	const int *wish = r->w->wish;

	if (was == NULL || was->type != 'f')
		return false;
	if (wish[WISH_ONLY_NEWER] != 0 &&
	    (was->mtime.tv_sec >= s->mtime.tv_sec - 1 || are_near(r, s, was)))
		return true;
	if (wish[WISH_CHECKSUM] != 0)
		return false;
	return (wish[WISH_IGNORE_SIZE] != 0 || s->size == was->size) &&
	    (wish[WISH_IGNORE_TIME] != 0 || are_near(r, s, was) ||
	    nature(r, TO, NATURE_NO_TIMES) != 0);
}

/* What a target need not have. */
static bool
is_dispensable(const struct ran *r, const struct node *s)
{
	const struct node *c;

	if (s->type == 'o')
		return true;
	if (s->type == 'l')
		return nature(r, TO, NATURE_NO_LINKS) != 0 ||
		    nature(r, TO, NATURE_LINKS_NEED) != 0 ||
		    s->target[0] == '/' || strstr(s->target, "..") != NULL;
	if (s->type != 'd' || r->w->wish[WISH_NO_EMPTY_DIRS] == 0)
		return false;
	for (c = s->child; c != NULL; c = c->next)
		if (wanted_left_out(r->w, root_of(after(r, FROM)), c) ==
		    LEFT_NOT && !is_dispensable(r, c))
			return false;
	return true;
}

/* Status 0: one entry of the source is there as it should be. */
static bool
check_carried(struct ran *r, const struct node *s)
{
	char *path = node_path(after(r, FROM), s);
	/* A link that is shown as a directory is one. */
	const struct node *t = hides(r, TO) ? stage_find(r->st, TO,
	    path + strlen(WORLD_ROOT), s->type == 'd') :
	    node_at(after(r, TO), path);
	const struct node *was = node_at(r->before[TO], path);
	bool good = true;

	if (is_disturbed(r, FROM, path) || is_disturbed(r, TO, path) ||
	    is_dispensable(r, s))
		;
	else if (t == NULL || t->type != s->type)
		good = complain(r, "I5: status 0, and %s is %s", path,
		    t == NULL ? "not there" : "of another type");
	else if (!node_is_like(s, t) && !(t->type == 'f' && was != NULL &&
	    was->edition == t->edition && passes_for_same(r, s, was)))
		good = complain(r, "I5: status 0, and %s is another", path);
	free(path);
	return good;
}

/* A name beside it, in the source, that may be what it is called there. */
static bool
may_be_namesake(const struct node *dir, const char *name)
{
	const struct node *n;

	for (n = dir->child; n != NULL; n = n->next)
		if (fold_between(n->name, name) != FOLD_OTHER ||
		    fold_between(name, n->name) != FOLD_OTHER)
			return true;
	return false;
}

/* With --delete: what the source does not have is not there, either. */
static bool
check_extra(struct ran *r, const struct node *t)
{
	const struct node *root = root_of(after(r, TO)), *dir;
	char *path = node_path(after(r, TO), t), *in;
	bool extra;

	in = node_path(after(r, TO), t->parent);
	dir = node_at(r->before[FROM], in);
	extra = dir != NULL && dir->type == 'd' &&
	    node_at(after(r, FROM), path) == NULL &&
	    node_at(r->before[FROM], path) == NULL &&
	    wanted_spared(r->w, root, t) == LEFT_NOT &&
	    !is_disturbed(r, TO, path) && !is_disturbed(r, FROM, path) &&
	    !(t->type == 'd' && t->child != NULL) &&
	    !may_be_namesake(dir, t->name);
	if (extra)
		complain(r, "I5: status 0, and %s is too much", path);
	free(in);
	free(path);
	return !extra;
}

/* With --remove-source-files: a file of the source that was to go is gone. */
static bool
check_moved(struct ran *r, const struct node *s)
{
	char *path = node_path(after(r, FROM), s);
	const struct node *was = node_at(r->before[FROM], path);
	bool stays = s->type == 'f' && was != NULL &&
	    r->w->wish[WISH_REMOVE_SOURCE] != 0 &&
	    r->w->wish[WISH_ONLY_NEWER] == 0 &&
	    !is_disturbed(r, FROM, path) && !is_disturbed(r, TO, path);

	if (stays)
		complain(r, "I5: status 0, and %s is still at its source",
		    path);
	free(path);
	return !stays;
}

static bool
check_success(struct ran *r)
{
	const struct node *root = root_of(after(r, FROM)), *n;
	const struct node *to = root_of(after(r, TO));

	if (r->w->wish[WISH_DRY_RUN] != 0 || root == NULL)
		return true;
	for (n = node_next(root, root); n != NULL; n = node_next(root, n))
		if (!hides(r, FROM) && wanted_left_out(r->w, root, n) ==
		    LEFT_NOT && (!check_carried(r, n) || !check_moved(r, n)))
			return false;
	if (r->w->wish[WISH_DELETE] == 0 || to == NULL || hides(r, TO) ||
	    hides(r, FROM))
		return true;
	for (n = node_next(to, to); n != NULL; n = node_next(to, n))
		if (!check_extra(r, n))
			return false;
	return true;
}

static bool
check_status(struct ran *r)
{
	if (r->rc == 0)
		return r->sum.failed != 0 ? complain(r, "I5: status 0 with "
		    "%" PRIu64 " failures", r->sum.failed) : check_success(r);
	if (r->err.kind == ERR_NONE)
		return complain(r, "it failed for no reason");
	return true;
}

/* Reasons not to succeed. */

static bool
is_spelled_otherwise(const struct ran *r, const struct node *s)
{
	char *stored = stage_stored(r->st, TO, s->name);
	bool is = strcmp(stored, s->name) != 0;
	const struct node *n;

	for (n = s->parent->child; n != NULL; n = n->next)
		is |= n != s && stage_is_same(r->st, TO, n->name, s->name);
	free(stored);
	return is;
}

/* What stands at its place in the target has to go first, or cannot be. */
static bool
is_obstructed(const struct ran *r, const struct node *s)
{
	int max = nature(r, TO, NATURE_NAME_MAX);
	char *path = node_path(r->before[FROM], s);
	const struct node *t = counterpart(r, root_of(r->before[TO]), path);

	free(path);
	return (t != NULL && t->type != s->type && s->type != 'o') ||
	    (t != NULL && strcmp(t->name, s->name) != 0) ||
	    (max != 0 && strlen(s->name) > (size_t)max) ||
	    is_spelled_otherwise(r, s);
}

static bool
is_troubled(const struct ran *r)
{
	size_t i;

	for (i = 0; i < r->st->n; i++)
		if (r->st->log[i].trouble != NULL || r->st->log[i].foreign)
			return true;
	return false;
}

/* A reason that the oracle can see; it need not be the one. */
static bool
has_reason(const struct ran *r)
{
	const struct node *root = root_of(r->before[FROM]), *n;
	const int *wish = r->w->wish;

	if (is_troubled(r) || hides(r, FROM) || hides(r, TO) ||
	    wish[WISH_REQUIRE] != 0 || wish[WISH_BACKUP] != 0 ||
	    (wish[WISH_CHECKSUM] != 0 && (nature(r, FROM, NATURE_NO_DIGEST) !=
	    0 || nature(r, TO, NATURE_NO_DIGEST) != 0)) ||
	    wish[WISH_VERIFY] != 0 || (wish[WISH_DELETE] != 0 &&
	    (wish[WISH_MAX_DELETE] != 0 || wish[WISH_MAX_PERCENT] != 0 ||
	    is_source_empty(r))))
		return true;
	for (n = node_next(root, root); n != NULL; n = node_next(root, n))
		if (is_obstructed(r, n))
			return true;
	return false;
}

/* What came of it, of a run without trouble. */

static uint64_t
count_done(const struct ran *r, enum deed deed)
{
	const struct record *d;
	uint64_t n = 0;
	size_t i;

	for (i = 0; i < r->st->n; i++) {
		d = &r->st->log[i];
		n += is_done(d, TO, deed) && !d->failed &&
		    (d->now != NULL || d->was != NULL);
	}
	return n;
}

static uint64_t
bytes_sent(const struct ran *r)
{
	const struct record *d;
	uint64_t n = 0;
	size_t i;

	for (i = 0; i < r->st->n; i++) {
		d = &r->st->log[i];
		if (is_done(d, TO, DEED_COMMIT))
			n += d->now->size;
	}
	return n;
}

/* Parts that may be gone on with. */
static bool
has_parts(const struct ran *r)
{
	const struct node *top = r->before[TO], *n;

	for (n = top; n != NULL; n = node_next(top, n))
		if (wanted_is_part(n->name))
			return true;
	return false;
}

static bool
check_counts_done(struct ran *r)
{
	uint64_t sent = count_done(r, DEED_COMMIT) + count_done(r, DEED_LINK);
	uint64_t gone = count_done(r, DEED_REMOVE) + count_done(r, DEED_MOVE);

	if (r->sum.transferred != sent)
		return complain(r, "the summary says %" PRIu64 " transferred, "
		    "and it were %" PRIu64, r->sum.transferred, sent);
	if (r->w->wish[WISH_BACKUP] == 0 && r->sum.deleted != gone)
		return complain(r, "the summary says %" PRIu64 " deleted, and "
		    "it were %" PRIu64, r->sum.deleted, gone);
	if (!has_parts(r) && r->sum.bytes != bytes_sent(r))
		return complain(r, "the summary says %" PRIu64 " bytes, and "
		    "it were %" PRIu64, r->sum.bytes, bytes_sent(r));
	return true;
}

/* What there is to see in the source. */
struct sights {
	/* of directories that are entered */
	uint64_t dirs, files, links, others;
	uint64_t wanted;		/* files and links */
	bool odd;			/* what cannot be told from here */
};

static void
look_at_source(const struct ran *r, struct sights *out)
{
	const struct node *root = root_of(r->before[FROM]), *n;
	bool is_part;

	*out = (struct sights){ .dirs = 1 };
	for (n = node_next(root, root); n != NULL; n = node_next(root, n)) {
		is_part = wanted_is_part(n->name);
		out->odd |= (is_part && n->type != 'f') ||
		    wanted_left_out(r->w, root, n) == LEFT_DOUBT;
		out->dirs += n->type == 'd' &&
		    wanted_left_out(r->w, root, n) == LEFT_NOT;
		out->wanted += (n->type == 'f' || n->type == 'l') &&
		    wanted_left_out(r->w, root, n) == LEFT_NOT;
		if (n->parent != root &&
		    wanted_left_out(r->w, root, n->parent) != LEFT_NOT)
			continue;
		out->files += n->type == 'f' && !is_part;
		out->links += n->type == 'l';
		out->others += n->type == 'o';
	}
}

/* Whether there is something to warn of. */
static bool
may_warn(const struct ran *r, const struct sights *is)
{
	return is->links + is->others != 0 || r->w->wish[WISH_DELETE] != 0 ||
	    nature(r, TO, NATURE_NO_TIMES) != 0 ||
	    nature(r, TO, NATURE_NO_MODES) != 0;
}

static bool
check_counts_seen(struct ran *r)
{
	struct sights is;

	look_at_source(r, &is);
	if (r->rc != 0 || hides(r, FROM) || hides(r, TO) || is.odd ||
	    r->w->wish[WISH_BACKUP] != 0)
		return true;
	if (r->sum.dirs != is.dirs || r->sum.files != is.files ||
	    r->sum.links != is.links)
		return complain(r, "the summary says %" PRIu64 " directories, "
		    "%" PRIu64 " files, %" PRIu64 " links, and there are %"
		    PRIu64 ", %" PRIu64 ", %" PRIu64, r->sum.dirs,
		    r->sum.files, r->sum.links, is.dirs, is.files, is.links);
	if (r->sum.warned == 0 && is.wanted != r->sum.transferred +
	    r->sum.skipped)
		return complain(r, "the summary says %" PRIu64 " transferred, "
		    "%" PRIu64 " skipped, and there are %" PRIu64,
		    r->sum.transferred, r->sum.skipped, is.wanted);
	if (r->sum.warned != 0 && !may_warn(r, &is))
		return complain(r, "%" PRIu64 " warnings of nothing",
		    r->sum.warned);
	return true;
}

/* What was just written has the time and mode of its source. */
static bool
check_dress(struct ran *r, const struct record *d)
{
	const struct node *s, *t = node_at(after(r, TO), d->path);
	struct timespec ts;

	s = version_of(r, d->now, d->path);
	if (s == NULL || t == NULL || s->type != 'f' ||
	    t->edition != d->now->edition)
		return true;
	ts = stage_time(r->st, TO, s->mtime);
	if (nature(r, TO, NATURE_NO_TIMES) == 0 &&
	    (t->mtime.tv_sec != ts.tv_sec || t->mtime.tv_nsec != ts.tv_nsec))
		return complain(r, "%s has another time", d->path);
	if (r->w->wish[WISH_PERMS] != 0 && t->mode != s->mode &&
	    nature(r, TO, NATURE_NO_MODES) == 0 &&
	    nature(r, FROM, NATURE_NO_MODES) == 0)
		return complain(r, "%s has another mode", d->path);
	return true;
}

/* A newer one is not replaced by an older. */
static bool
check_newer(struct ran *r, const struct record *d)
{
	const struct node *s;

	s = counterpart(r, root_of(r->before[FROM]), d->path);
	if (r->w->wish[WISH_ONLY_NEWER] == 0 || s == NULL || hides(r, TO) ||
	    d->was == NULL ||
	    d->was->type != 'f' || d->was->mtime.tv_sec <= s->mtime.tv_sec ||
	    r->w->wish[WISH_REMOVE_SOURCE] != 0 ||
	    r->w->wish[WISH_IGNORE_TIME] != 0 || are_near(r, s, d->was))
		return true;
	return complain(r, "%s was newer", d->path);
}

/* What was replaced or deleted is in the backup directory. */
static bool
check_backup(struct ran *r, const struct record *d)
{
	const char *rest = d->path + strlen(WORLD_ROOT);
	const struct node *n;
	char path[1024];

	if (r->w->wish[WISH_BACKUP] == 0 || hides(r, TO) || d->was == NULL ||
	    node_at(r->before[FROM], WORLD_BACKUP) != NULL ||
	    d->was->type == 'd' ||
	    (d->now != NULL && node_is_like(d->was, d->now)) ||
	    (r->w->wish[WISH_REMOVE_SOURCE] != 0 && d->now != NULL &&
	    d->now->size == d->was->size && are_near(r, d->now, d->was)))
		return true;
	snprintf(path, sizeof(path), "%s%s", WORLD_BACKUP, rest);
	n = counterpart(r, root_of(after(r, TO)), path);
	if (n != NULL && node_is_like(n, d->was))
		return true;
	return complain(r, "%s is not in the backup directory", d->path);
}

/* --no-empty-dirs: what was made has something in it. */
static bool
check_made(struct ran *r, const struct record *d)
{
	const struct node *n = node_at(after(r, TO), d->path);

	if (r->w->wish[WISH_NO_EMPTY_DIRS] == 0 || r->rc != 0 ||
	    d->now == NULL || n == NULL || n->type != 'd' ||
	    n->child != NULL || n == root_of(after(r, TO)) ||
	    r->sum.warned != 0)
		return true;
	return complain(r, "%s was made, and is empty", d->path);
}

static bool
check_results(struct ran *r)
{
	const struct record *d;
	size_t i;

	for (i = 0; i < r->st->n; i++) {
		d = &r->st->log[i];
		if (is_done(d, TO, DEED_COMMIT) && (!check_dress(r, d) ||
		    !check_newer(r, d) || !check_backup(r, d)))
			return false;
		if ((is_removal(d) || is_done(d, TO, DEED_LINK)) &&
		    !check_backup(r, d))
			return false;
		if (is_done(d, TO, DEED_MAKE_DIR) && !check_made(r, d))
			return false;
	}
	return true;
}

/* Parts that were not there before. */
static bool
check_parts(struct ran *r)
{
	const struct node *top = after(r, TO), *n, *was;
	char *path;

	for (n = top; r->rc == 0 && n != NULL; n = node_next(top, n)) {
		if (!wanted_is_part(n->name))
			continue;
		path = node_path(top, n);
		was = node_at(r->before[TO], path);
		free(path);
		if (was == NULL || was->edition != n->edition)
			return complain(r, "%s was left", n->name);
	}
	return true;
}

static bool
check_outcome(struct ran *r)
{
	if (r->w->wish[WISH_DRY_RUN] != 0 || is_troubled(r))
		return true;
	return check_counts_done(r) && check_counts_seen(r) &&
	    check_results(r) && check_parts(r);
}

/* What it said was to come came. */
static bool
check_shown(struct ran *r)
{
	const struct shown *s = &r->shown;

	if (s->again && !is_troubled(r))
		return complain(r, "an error was told of twice");
	if (r->w->wish[WISH_DRY_RUN] != 0)
		return (s->announced == 0 && !s->all) ||
		    complain(r, "a rehearsal shows progress");
	if (is_troubled(r))
		return true;
	if ((r->rc == 0 && !s->all) || s->announced != s->ended)
		return complain(r, "of %" PRIu64 " files%s %" PRIu64
		    " came to an end", s->announced, s->all ? "" : " or more",
		    s->ended);
	return r->rc != 0 || s->expected < 0 || s->expected == s->moved ||
	    complain(r, "of %" PRId64 " bytes %" PRId64 " moved", s->expected,
	    s->moved);
}

/* Nothing was left to do, and nothing is done. */
static bool
check_settled(struct ran *r)
{
	const struct record *d;
	size_t i;

	/* What no listing shows is sent again, and what nothing tells of. */
	if (!r->settled || hides(r, TO) ||
	    (nature(r, TO, NATURE_NO_TIMES) != 0 &&
	    r->w->wish[WISH_IGNORE_SIZE] != 0))
		return true;
	for (i = 0; i < r->st->n; i++) {
		d = &r->st->log[i];
		/* What was said to stay while something was not there yet. */
		if (r->warned && is_removal(d))
			continue;
		if (d->side == TO && d->done && strncmp(d->path, WORLD_BACKUP,
		    strlen(WORLD_BACKUP)) != 0 && (d->now != NULL ||
		    d->was != NULL || d->deed == DEED_WRITE))
			return complain(r, "the same once more: %s of %s",
			    world_deed_name(d->deed), d->path);
	}
	return true;
}

/* Without trouble it fails only for what cannot be. */
static bool
check_failure(struct ran *r)
{
	return r->rc == 0 || has_reason(r) ||
	    complain(r, "I5: it failed without a reason: %s", r->err.msg);
}

/* A rehearsal says what the real run does, but tries out no times. */
static bool
check_rehearsed(struct ran *r)
{
	const struct summary *was = r->rehearsed;

	if (was == NULL || is_troubled(r) || r->rc != 0 || was->failed != 0 ||
	    world_grain(r->w, TO) >= 1000000000 ||
	    nature(r, FROM, NATURE_MINUTES) != 0 ||
	    nature(r, TO, NATURE_MINUTES) != 0 ||
	    nature(r, TO, NATURE_NO_TIMES) != 0 ||
	    hides(r, FROM) || hides(r, TO) || r->sum.warned != 0 ||
	    was->warned != 0)
		return true;
	if (was->transferred != r->sum.transferred ||
	    was->deleted != r->sum.deleted || was->skipped != r->sum.skipped)
		return complain(r, "rehearsed: %" PRIu64 " transferred, %"
		    PRIu64 " deleted, %" PRIu64 " skipped; then: %" PRIu64
		    ", %" PRIu64 ", %" PRIu64, was->transferred, was->deleted,
		    was->skipped, r->sum.transferred, r->sum.deleted,
		    r->sum.skipped);
	return true;
}

bool
oracle_approves(struct ran *r)
{
	r->complaint[0] = '\0';
	return check_beside(r) && check_source(r) && check_dry_run(r) &&
	    check_commits(r) && check_removals(r) && check_status(r) &&
	    check_failure(r) && check_outcome(r) && check_shown(r) &&
	    check_settled(r) &&
	    check_rehearsed(r);
}
