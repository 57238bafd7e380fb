/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "transfer/side.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/path.h"
#include "local/part.h"

void
side_init(struct side *side, const struct side_ops *ops, const char *name)
{
	side->ops = ops;
	side->name = side->title = name;
	pthread_mutex_init(&side->lock, NULL);
}

void
side_release(struct side *side)
{
	free(side->root);
	free(side->backup);
	pthread_mutex_destroy(&side->lock);
}

void
side_free(struct side *side)
{
	if (side != NULL)
		side->ops->free(side);
}

void
side_list_release(struct side_list *l)
{
	free(l->entry);
	strvec_release(&l->parts);
	strvec_release(&l->targets);
	if (l->held != NULL)
		l->release(l->held);
	memset(l, 0, sizeof(*l));
}

void
side_list_find_parts(struct side_list *l)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		if (path_is_part(l->entry[i].name))
			strvec_add(&l->parts, l->entry[i].name);
}

/* The first of the parts, which are sorted, that begins with stem or more. */
static size_t
first_part(const struct strvec *parts, const char *stem)
{
	size_t lo = 0, hi = parts->n, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (strcmp(parts->v[mid], stem) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

bool
side_list_has_part(const struct side_list *l, const char *name)
{
	const struct strvec *parts = &l->parts;
	bool found = false;
	char *stem;
	size_t i, n;

	if (parts->n == 0)
		return false;
	/* "NAME..ftps-part" */
	stem = part_name(name, "");
	n = (size_t)(strrchr(stem, '.') - stem);
	stem[n] = '\0';
	for (i = l->capitals ? 0 : first_part(parts, stem); !found &&
	    i < parts->n && (l->capitals || strncmp(parts->v[i], stem,
	    n) == 0); i++)
		found = part_belongs(parts->v[i], name);
	free(stem);
	return found;
}

static int
compare_entries(const void *a, const void *b)
{
	return strcmp(((const struct plan_entry *)a)->name,
	    ((const struct plan_entry *)b)->name);
}

void
side_list_sort(struct side_list *l)
{
	qsort(l->entry, l->n, sizeof(*l->entry), compare_entries);
}

bool
side_list_is_sorted(const struct side_list *l)
{
	size_t i;

	for (i = 1; i < l->n; i++)
		if (compare_entries(&l->entry[i - 1], &l->entry[i]) > 0)
			return false;
	return true;
}

struct plan_entry *
side_list_find(const struct side_list *l, const char *name)
{
	struct plan_entry key = { .name = name };

	return l->n == 0 ? NULL : bsearch(&key, l->entry, l->n, sizeof(key),
	    compare_entries);
}

/* Takes the first component off an absolute path; NULL at its end. */
static char *
next_component(const char **path)
{
	size_t n;

	*path += strspn(*path, "/");
	n = strcspn(*path, "/");
	*path += n;
	return n > 0 ? xstrndup(*path - n, n) : NULL;
}

/*
 * Whether path may be dir, or be below it, wherever the side spells names in
 * its own way.
 */
static bool
may_be_below(const char *path, const char *dir)
{
	char *x, *y;
	bool alike = true;

	while (alike && (y = next_component(&dir)) != NULL) {
		x = next_component(&path);
		alike = x != NULL && (fold_between(x, y) != FOLD_OTHER ||
		    fold_between(y, x) != FOLD_OTHER);
		free(x);
		free(y);
	}
	return alike;
}

/* The absolute name of an entry; the caller frees it. */
static char *
full_name(const struct side *side, const char *dir, const char *name)
{
	char *inside = path_join(side->root, dir), *full;

	full = path_resolve(inside, name);
	free(inside);
	return full;
}

bool
side_is_backup(const struct side *side, const char *dir, const char *name)
{
	char *full;
	bool is;

	if (side->backup == NULL)
		return false;
	full = full_name(side, dir, name);
	is = may_be_below(full, side->backup);
	free(full);
	return is;
}

bool
side_holds_backup(const struct side *side, const char *dir, const char *name)
{
	char *full;
	bool holds;

	if (side->backup == NULL)
		return false;
	full = full_name(side, dir, name);
	holds = may_be_below(side->backup, full);
	free(full);
	return holds;
}

int
side_folds(struct side *side, enum fold how)
{
	int seen;

	pthread_mutex_lock(&side->lock);
	seen = side->folding[how];
	pthread_mutex_unlock(&side->lock);
	return seen;
}

void
side_note_folds(struct side *side, enum fold how, bool folds)
{
	pthread_mutex_lock(&side->lock);
	side->folding[how] = folds ? 1 : -1;
	pthread_mutex_unlock(&side->lock);
}
