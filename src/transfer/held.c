/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "transfer/held.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct held {
	void *root;
};

struct directory {
	char *path, *keeper;
};

static int
compare(const void *a, const void *b)
{
	return strcmp(((const struct directory *)a)->path,
	    ((const struct directory *)b)->path);
}

static void
directory_free(void *d)
{
	free(((struct directory *)d)->path);
	free(((struct directory *)d)->keeper);
	free(d);
}

struct held *
held_new(void)
{
	return xcalloc(1, sizeof(struct held));
}

void
held_free(struct held *h)
{
	if (h != NULL)
		tdestroy(h->root, directory_free);
	free(h);
}

void
held_add(struct held *h, const char *path, const char *keeper)
{
	struct directory *d;

	if (held_find(h, path) != NULL)
		return;
	d = xcalloc(1, sizeof(*d));
	d->path = xstrdup(path);
	d->keeper = xstrdup(keeper);
	if (tsearch(d, &h->root, compare) == NULL)
		abort();
}

const char *
held_find(struct held *h, const char *path)
{
	struct directory key = { .path = (char *)path }, **found;

	found = tfind(&key, &h->root, compare);
	return found != NULL ? (*found)->keeper : NULL;
}
