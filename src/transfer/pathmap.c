/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "transfer/pathmap.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct pathmap {
	void *root;
};

struct pair {
	char *path, *word;
};

static int
compare_paths(const void *a, const void *b)
{
	return strcmp(((const struct pair *)a)->path,
	    ((const struct pair *)b)->path);
}

static void
pair_free(void *d)
{
	free(((struct pair *)d)->path);
	free(((struct pair *)d)->word);
	free(d);
}

struct pathmap *
pathmap_new(void)
{
	return xcalloc(1, sizeof(struct pathmap));
}

void
pathmap_free(struct pathmap *map)
{
	if (map != NULL)
		tdestroy(map->root, pair_free);
	free(map);
}

void
pathmap_add(struct pathmap *map, const char *path, const char *word)
{
	struct pair *d;

	if (pathmap_find(map, path) != NULL)
		return;
	d = xcalloc(1, sizeof(*d));
	d->path = xstrdup(path);
	d->word = xstrdup(word);
	if (tsearch(d, &map->root, compare_paths) == NULL)
		abort();
}

const char *
pathmap_find(struct pathmap *map, const char *path)
{
	struct pair key = { .path = (char *)path }, **found;

	found = tfind(&key, &map->root, compare_paths);
	return found != NULL ? (*found)->word : NULL;
}
