/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Whether what was transferred stands where it should: a directory above it
 * may have become another's name, and a source is not to be deleted for that.
 * What the end of a run would show (mirror_names.c) is looked up before.
 */
#include <stdlib.h>
#include <string.h>

#include "base/fold.h"
#include "base/mem.h"
#include "base/path.h"
#include "transfer/mirror_in.h"
#include "transfer/stored.h"

/* Whether a name is one that the target may store as another. */
static bool
is_at_risk(struct mirror *m, const char *path)
{
	struct side *to = m->to;

	if (path[0] == '\0' && !to->named_root)
		return false;
	return fold_at_risk(path_base(path[0] != '\0' ? path : to->root)) ||
	    (to->ops->learn_case != NULL &&
	    to->ops->folds(to, FOLD_CASE) > 0);
}

/* In the listing of what it is in. */
static int
look_up_dir(struct mirror *m, struct worker *w, const char *path,
    struct err *err)
{
	struct side *to = m->to;
	struct stored v = { .name = path_base(path) };
	char *dir = path_parent(path);
	int rc;

	if (path[0] == '\0')
		rc = to->ops->root_stored(to, w, &v, err);
	else
		rc = to->ops->stored(to, w, dir, &v, 1, err);
	if (rc == 0 && !v.kept)
		stored_error(&v, to->facts.failing, err);
	stored_release(&v);
	free(dir);
	return rc;
}

/* 0, or -1 with what is wrong with this name, once it was looked for. */
static int
check_dir(struct mirror *m, struct worker *w, const char *path, struct err *err)
{
	const char *known;

	if (!is_at_risk(m, path))
		return 0;
	pthread_mutex_lock(&m->lock);
	known = pathmap_find(m->places, path);
	pthread_mutex_unlock(&m->lock);
	if (known == NULL) {
		if (look_up_dir(m, w, path, err) != 0)
			return -1;
		known = err->kind != ERR_NONE ? err->msg : "";
		pthread_mutex_lock(&m->lock);
		pathmap_add(m->places, path, known);
		pthread_mutex_unlock(&m->lock);
	} else if (*known != '\0') {
		err_set(err, m->to->facts.failing, "%s", known);
	}
	return err->kind == ERR_NONE ? 0 : -1;
}

int
mirror_place_check(struct mirror *m, struct worker *w, const char *path,
    struct err *err)
{
	const char *slash = path;
	char *above;
	int rc = check_dir(m, w, "", err);

	while (rc == 0 && (slash = strchr(slash, '/')) != NULL) {
		above = xstrndup(path, (size_t)(slash++ - path));
		rc = check_dir(m, w, above, err);
		free(above);
	}
	return rc == 0 && !m->to->facts.tells_names ?
	    check_dir(m, w, path, err) : rc;
}
