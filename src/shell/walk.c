/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "shell/walk.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/path.h"
#include "ftp/lister.h"
#include "ftp/refusal.h"

enum {
	/* Entries that several directories may have together in memory. */
	ENTRIES_AT_ONCE = 4096,
};

struct walk_ahead {
	size_t n, next;
	size_t index[LISTER_MAX];	/* of the entry */
	struct listing listing[LISTER_MAX];
	struct err err[LISTER_MAX];
};

void
walk_begin(struct walk_level *level, struct walk *w, const char *path,
    const struct listing *listing, unsigned depth)
{
	*level = (struct walk_level){
		.walk = w, .path = path, .listing = listing, .depth = depth,
	};
	if (listing->n > w->largest)
		w->largest = listing->n;
	if (depth > WALK_DEPTH + 1)
		return;
	if (depth > 0)
		w->line[depth] = w->line[depth - 1];
	else
		w->line[0] = (struct lineage){ 0 };
	w->endless |= repeat_note(&w->repeats, &w->line[depth], listing);
}

/* How many to list at once: few if they are large. */
static size_t
flight_size(const struct walk *w)
{
	size_t n = ENTRIES_AT_ONCE / (w->largest + 1);

	if (n < 1 || lister_batch(w->run->session, LIST_WHOLE, 0) == 1)
		return 1;
	return n > LISTER_MAX ? LISTER_MAX : n;
}

static bool
is_entered(const struct walk *w, const struct entry *e)
{
	return e->type == 'd' && !(w->skip_parts && path_is_part(e->name));
}

/* Lists entry i, and in the same flight those that come next. */
static void
list_ahead(struct walk_level *level, size_t i)
{
	struct session *s = level->walk->run->session;
	const struct listing *l = level->listing;
	struct lister_request rq = {
		.need = LIST_WHOLE, .flags = level->walk->flags,
	};
	struct walk_ahead *a = level->ahead;
	char *full[LISTER_MAX], *path;
	size_t max = flight_size(level->walk);

	memset(a, 0, sizeof(*a));
	for (; i < l->n && a->n < max; i++) {
		if (!is_entered(level->walk, &l->entry[i]))
			continue;
		path = path_join(level->path, l->entry[i].name);
		full[a->n] = session_path(s, path);
		a->index[a->n++] = i;
		free(path);
	}
	rq.dir = (const char *const *)full;
	rq.n = a->n;
	lister_list_many(s, &rq, a->listing, a->err);
	for (i = 0; i < a->n; i++)
		free(full[i]);
}

int
walk_list(struct walk_level *level, size_t i, struct listing *out,
    struct err *err)
{
	struct walk_ahead *a = level->ahead;
	char *path;

	memset(out, 0, sizeof(*out));
	/*
	 * A link that its server shows as a directory (pyftpdlib's MLSD does)
	 * may lead back to where it is.
	 */
	if (level->walk->endless)
		return repeat_error(err);
	if (level->depth >= WALK_DEPTH)
		return err_set(err, ERR_PROTOCOL,
		    "too deep: a link that leads back?");
	if (a == NULL || a->next == a->n) {
		if (a == NULL)
			a = level->ahead = xcalloc(1, sizeof(*a));
		list_ahead(level, i);
	}
	assert(a->index[a->next] == i);
	*out = a->listing[a->next];
	memset(&a->listing[a->next], 0, sizeof(*out));
	*err = a->err[a->next++];
	if (err->kind == ERR_NONE)
		return 0;
	path = path_join(level->path, level->listing->entry[i].name);
	refusal_explain(level->walk->run->session, &(struct refusal){
	    .act = REFUSAL_LIST, .path = path, .type = 'd' }, err);
	free(path);
	return -1;
}

void
walk_end(struct walk_level *level)
{
	struct walk_ahead *a = level->ahead;
	size_t i;

	for (i = 0; a != NULL && i < a->n; i++)
		listing_release(&a->listing[i]);
	free(a);
}
