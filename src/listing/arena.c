/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "listing/arena.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum {
	/* Many small listings are kept at once, and some are large. */
	CHUNK_FIRST = 1024,
	CHUNK_MAX = 64 * 1024,
};

/* The chunk that is being filled, the others behind it. */
struct arena {
	struct arena *next;
	uint64_t before;	/* bytes kept in those behind */
	size_t used, size;
	char data[];
};

/* A chunk that has room for n bytes, in front of a. */
static struct arena *
add_chunk(struct arena *a, size_t n)
{
	size_t size = a == NULL ? CHUNK_FIRST : a->size * 2;
	struct arena *c;

	if (size > CHUNK_MAX)
		size = CHUNK_MAX;
	if (size < n)
		size = n;
	c = xmalloc(sizeof(*c) + size);
	c->next = a;
	c->before = arena_size(a);
	c->used = 0;
	c->size = size;
	return c;
}

const char *
arena_keep(struct arena **a, const char *s, size_t n)
{
	char *copy;

	if (*a == NULL || (*a)->size - (*a)->used <= n)
		*a = add_chunk(*a, n + 1);
	copy = (*a)->data + (*a)->used;
	memcpy(copy, s, n);
	copy[n] = '\0';
	(*a)->used += n + 1;
	return copy;
}

void
arena_unkeep(struct arena *a, size_t n)
{
	a->used -= n + 1;
}

uint64_t
arena_size(const struct arena *a)
{
	return a == NULL ? 0 : a->before + a->used;
}

void
arena_free(struct arena *a)
{
	struct arena *next;

	for (; a != NULL; a = next) {
		next = a->next;
		free(a);
	}
}
