/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "shrink.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* Takes over smaller if that fails as well. */
static bool
attempt(struct world *w, struct world *smaller,
    bool (*fails)(const struct world *))
{
	struct world was;
	bool is_good = fails(smaller);

	if (is_good) {
		was = *w;
		*w = *smaller;
		*smaller = was;
	}
	world_free(smaller);
	return is_good;
}

static bool
switch_off(struct world *w, int *value, bool (*fails)(const struct world *))
{
	size_t at = (size_t)((char *)value - (char *)w);
	struct world *smaller;

	if (*value == 0)
		return false;
	smaller = world_copy(w);
	*(int *)((char *)smaller + at) = 0;
	return attempt(w, smaller, fails);
}

static bool
shrink_knobs(struct world *w, bool (*fails)(const struct world *))
{
	bool any = false;
	size_t i;

	for (i = 0; i < WISHES; i++)
		any |= switch_off(w, &w->wish[i], fails);
	for (i = 0; i < NATURES; i++) {
		any |= switch_off(w, &w->nature[FROM][i], fails);
		any |= switch_off(w, &w->nature[TO][i], fails);
	}
	return any;
}

static bool
shrink_lists(struct world *w, bool (*fails)(const struct world *))
{
	struct world *smaller;
	bool any = false;
	size_t i;

	for (i = w->ntroubles; i-- > 0;) {
		smaller = world_copy(w);
		smaller->ntroubles--;
		memmove(&smaller->trouble[i], &smaller->trouble[i + 1],
		    (smaller->ntroubles - i) * sizeof(*smaller->trouble));
		any |= attempt(w, smaller, fails);
	}
	for (i = w->nrules; i-- > 0;) {
		smaller = world_copy(w);
		smaller->nrules--;
		memmove(&smaller->rule[i], &smaller->rule[i + 1],
		    (smaller->nrules - i) * sizeof(*smaller->rule));
		any |= attempt(w, smaller, fails);
	}
	return any;
}

/* The i'th of a tree from above, with what is in it; NULL beyond the end. */
static struct node *
ith(struct node *root, size_t i)
{
	struct node *n = root;

	while (n != NULL && i-- > 0)
		n = node_next(root, n);
	return n;
}

static bool
shrink_tree(struct world *w, int side, bool (*fails)(const struct world *))
{
	struct world *smaller;
	struct node *n;
	bool any = false;
	size_t i;

	for (i = 1; ith(w->side[side], i) != NULL;) {
		smaller = world_copy(w);
		n = ith(smaller->side[side], i);
		if (strcmp(n->name, WORLD_ROOT) == 0 && side == FROM &&
		    n->parent == smaller->side[side]) {
			world_free(smaller);
			i++;
			continue;
		}
		node_free(n);
		if (attempt(w, smaller, fails))
			any = true;
		else
			i++;
	}
	return any;
}

void
shrink(struct world *w, bool (*fails)(const struct world *w))
{
	bool any = true;

	while (any) {
		any = shrink_tree(w, TO, fails);
		any |= shrink_tree(w, FROM, fails);
		any |= shrink_lists(w, fails);
		any |= shrink_knobs(w, fails);
	}
}
