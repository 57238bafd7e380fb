/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "wanted.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

enum { NOW = 1700000000, DAY = 24 * 3600, DOUBT = 120 };

/* As many of the last components of path as the glob has. */
static const char *
last_components(const char *path, const char *glob)
{
	const char *s = path + strlen(path);
	size_t slashes = 0, n = strlen(glob);

	while (n > 0)
		slashes += glob[--n] == '/';
	while (s > path && (s[-1] != '/' || slashes-- > 0))
		s--;
	return s;
}

static bool
matches(const char *glob, const char *path, bool is_dir)
{
	char plain[32];
	size_t n;
	bool anchored = *glob == '/';

	snprintf(plain, sizeof(plain), "%s", glob + anchored);
	n = strlen(plain);
	if (n > 0 && plain[n - 1] == '/') {
		if (!is_dir)
			return false;
		plain[n - 1] = '\0';
	}
	return fnmatch(plain, anchored ? path : last_components(path, plain),
	    FNM_PATHNAME) == 0;
}

/* Whether the rules leave it out, whatever it is in. */
static enum left_out
filtered(const struct world *w, const char *path, bool is_dir)
{
	size_t i;

	for (i = w->nrules; i-- > 0;)
		if (matches(w->rule[i].glob, path, is_dir))
			return w->rule[i].include ? LEFT_NOT : LEFT_FILTER;
	return w->nrules > 0 && w->rule[0].include && !is_dir ?
	    LEFT_UNTAKEN : LEFT_NOT;
}

static bool
is_elsewhere(const struct world *w, const char *path)
{
	uint32_t h = 2166136261U;

	if (w->wish[WISH_SHARD] == 0)
		return false;
	for (; *path != '\0'; path++)
		h = (h ^ (unsigned char)*path) * 16777619U;
	return h % 3 != (uint32_t)w->wish[WISH_SHARD] - 1;
}

static bool
is_beyond(int64_t t, int64_t newer, int64_t older, const int *wish)
{
	return (wish[WISH_NEWER_THAN] != 0 && t <= newer) ||
	    (wish[WISH_OLDER_THAN] != 0 && t >= older);
}

static enum left_out
selection(const struct world *w, const struct node *n)
{
	const int *wish = w->wish;
	int64_t newer = NOW - (int64_t)wish[WISH_NEWER_THAN] * DAY;
	int64_t older = NOW - (int64_t)wish[WISH_OLDER_THAN] * DAY;
	int64_t t = n->mtime.tv_sec;

	if (n->type != 'f')
		return LEFT_NOT;
	if (is_beyond(t, newer - DOUBT, older + DOUBT, wish) ||
	    (wish[WISH_MIN_SIZE] != 0 &&
	    n->size < (size_t)wish[WISH_MIN_SIZE]) ||
	    (wish[WISH_MAX_SIZE] != 0 &&
	    n->size > (size_t)wish[WISH_MAX_SIZE]))
		return LEFT_SELECTION;
	return is_beyond(t, newer + DOUBT, older - DOUBT, wish) ?
	    LEFT_DOUBT : LEFT_NOT;
}

bool
wanted_is_part(const char *name)
{
	size_t n = strlen(name), m = strlen(".ftps-part");

	return n > m && strcmp(name + n - m, ".ftps-part") == 0;
}

static bool
is_backup(const struct world *w, const char *path)
{
	const char *name = strrchr(WORLD_BACKUP, '/') + 1;
	size_t n = strlen(name);

	return w->wish[WISH_BACKUP] != 0 && strncasecmp(path, name, n) == 0 &&
	    (path[n] == '\0' || path[n] == '/');
}

static enum left_out
left_out_itself(const struct world *w, const struct node *n,
    const char *path, bool filters)
{
	if (wanted_is_part(n->name))
		return LEFT_PART;
	if (is_backup(w, path))
		return LEFT_BACKUP;
	if (filters && filtered(w, path, n->type == 'd') != LEFT_NOT)
		return filtered(w, path, n->type == 'd');
	if (n->type != 'd' && is_elsewhere(w, path))
		return LEFT_SHARD;
	if (w->wish[WISH_NO_RECURSION] != 0 && (n->type == 'd' ||
	    strchr(path, '/') != NULL))
		return LEFT_DEEP;
	if (n->type == 'l' && w->wish[WISH_NO_SYMLINKS] != 0)
		return LEFT_LINK;
	return selection(w, n);
}

static enum left_out
find_reason(const struct world *w, const struct node *root,
    const struct node *n, bool filters)
{
	enum left_out why = LEFT_NOT;
	char *path;

	if (n->parent != root && n->parent != NULL)
		why = find_reason(w, root, n->parent, filters);
	if (why != LEFT_NOT)
		return why;
	path = node_path(root, n);
	why = left_out_itself(w, n, path, filters);
	free(path);
	return why;
}

enum left_out
wanted_left_out(const struct world *w, const struct node *root,
    const struct node *n)
{
	return find_reason(w, root, n, true);
}

enum left_out
wanted_spared(const struct world *w, const struct node *root,
    const struct node *n)
{
	return find_reason(w, root, n, w->wish[WISH_DELETE_EXCLUDED] == 0);
}
