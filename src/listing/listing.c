/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "listing/listing.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "listing/arena.h"
#include "listing/span.h"

void
listing_release(struct listing *l)
{
	arena_free(l->arena);
	free(l->entry);
	if (l->other != NULL)
		listing_release(l->other);
	free(l->other);
	memset(l, 0, sizeof(*l));
}

bool
listing_is_utc(const struct entry *e)
{
	return e->utc || e->precision >= PRECISION_SECOND;
}

int
listing_check(const struct listing *l, struct err *err)
{
	if (l->gap == GAP_CUT)
		return err_set(err, ERR_VERIFY, "the listing was cut short");
	if (l->gap == GAP_SAID)
		return err_set(err, ERR_REFUSED, "the server leaves names "
		    "out of the listing: %s; its limit has to be raised",
		    l->said);
	if (l->bad > 0)
		return err_set(err, ERR_REFUSED, "%zu entries of the listing "
		    "cannot be used, the first: %s (%s)", l->bad, l->bad_name,
		    l->bad_why);
	return 0;
}

uint64_t
listing_name_sum(const char *name)
{
	return span_sum(span_of(name));
}

uint64_t
listing_sum(const struct listing *l)
{
	uint64_t sum = listing_name_sum(".") + listing_name_sum("..");
	size_t i;

	for (i = 0; i < l->n; i++)
		sum += listing_name_sum(l->entry[i].name);
	return sum;
}

static int
compare_entries(const void *va, const void *vb)
{
	const struct entry *a = va, *b = vb;
	int rc = strcmp(a->name, b->name);

	if (rc == 0)
		rc = a->order < b->order ? -1 : a->order > b->order;
	return rc;
}

void
listing_sort(struct listing *l)
{
	qsort(l->entry, l->n, sizeof(*l->entry), compare_entries);
}

static int
compare_name(const void *key, const void *entry)
{
	return strcmp(key, ((const struct entry *)entry)->name);
}

const struct entry *
listing_find(const struct listing *l, const char *name)
{
	if (l->n == 0)
		return NULL;
	return bsearch(name, l->entry, l->n, sizeof(*l->entry), compare_name);
}

size_t
listing_from(const struct listing *l, const char *name)
{
	size_t lo = 0, hi = l->n, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (strcmp(l->entry[mid].name, name) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

void
listing_take_links(struct listing *l, struct listing *other)
{
	const struct entry *from;
	struct listing **last;
	struct entry *to;
	size_t i, n = l->n;

	for (i = 0; i < other->n; i++) {
		from = &other->entry[i];
		if (from->type != 'l' || from->target == NULL)
			continue;
		to = n == 0 ? NULL : bsearch(from->name, l->entry, n,
		    sizeof(*to), compare_name);
		/* pyftpdlib's MLSD tells of what a link points to. */
		if (to != NULL) {
			to->type = 'l';
			to->target = from->target;
		}
		if (to != NULL)
			continue;
		l->entry = xreallocarray(l->entry, l->n + 1, sizeof(*to));
		l->entry[l->n++] = *from;
		l->dotfiles |= *from->name == '.';
	}
	if (l->n != n)
		listing_sort(l);
	for (last = &l->other; *last != NULL; last = &(*last)->other)
		continue;
	*last = xcalloc(1, sizeof(**last));
	**last = *other;
	memset(other, 0, sizeof(*other));
}

void
listing_take_hints(struct listing *l, const struct listing *other)
{
	const struct entry *from;
	size_t i;

	for (i = 0; i < l->n; i++) {
		from = listing_find(other, l->entry[i].name);
		if (from != NULL)
			l->entry[i].hint = from->hint;
	}
}
