/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Strings that are kept in few large pieces and freed together.  NULL is an
 * empty one.
 *
 *	struct arena *a = NULL;
 *	name = arena_keep(&a, s, n);
 *	arena_free(a);
 */
#ifndef LISTING_ARENA_H
#define LISTING_ARENA_H

#include <stddef.h>
#include <stdint.h>

struct arena;

/* A copy of s (n bytes, ended by a NUL) that lives as long as the arena. */
const char *arena_keep(struct arena **a, const char *s, size_t n);
/* Takes back the last copy, of n bytes. */
void arena_unkeep(struct arena *a, size_t n);
/* Bytes kept, the NULs with them. */
uint64_t arena_size(const struct arena *a);
void arena_free(struct arena *a);

#endif
