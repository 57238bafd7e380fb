/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A word about each of some paths. */
#ifndef TRANSFER_PATHMAP_H
#define TRANSFER_PATHMAP_H

struct pathmap;

struct pathmap *pathmap_new(void);
void pathmap_free(struct pathmap *map);
/* The first word about a path stays. */
void pathmap_add(struct pathmap *map, const char *path, const char *word);
/* NULL: none.  It stays where it is. */
const char *pathmap_find(struct pathmap *map, const char *path);

#endif
