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
#include "ftp/server.h"
#include "transfer/mirror_in.h"
#include "transfer/pathmap.h"
#include "transfer/stored.h"

/* Whether a name is one that the target may store as another. */
static bool
is_at_risk(struct mirror *m, const char *path)
{
	if (path[0] == '\0' && !m->root_at_risk)
		return false;
	return fold_at_risk(path_base(path[0] != '\0' ? path : m->remote)) ||
	    (m->o->reverse && server_has(session_server(m->own),
	    TRAIT_FOLDS_CASE));
}

/* In the listing of what it is in. */
static int
look(struct mirror *m, struct session *s, const char *path, struct err *err)
{
	char *full = m->o->reverse ? mirror_remote(m, path) : xstrdup(path);
	struct stored v = { .name = path_base(full) };
	char *dir = path_dir(full);
	int rc;

	rc = m->o->reverse ? stored_look(s, dir, &v, 1, err) :
	    stored_look_local(m->tree, strcmp(dir, ".") == 0 ? "" : dir, &v,
	    1, err);
	if (rc == 0 && !v.kept)
		stored_error(&v, m->o->reverse ? ERR_REFUSED : ERR_LOCAL,
		    err);
	stored_release(&v);
	free(dir);
	free(full);
	return rc;
}

/* 0, or -1 with what is wrong with this name, once it was looked for. */
static int
check(struct mirror *m, struct session *s, const char *path, struct err *err)
{
	const char *known;

	if (!is_at_risk(m, path))
		return 0;
	pthread_mutex_lock(&m->lock);
	known = pathmap_find(m->places, path);
	pthread_mutex_unlock(&m->lock);
	if (known == NULL) {
		if (look(m, s, path, err) != 0)
			return -1;
		known = err->kind != ERR_NONE ? err->msg : "";
		pthread_mutex_lock(&m->lock);
		pathmap_add(m->places, path, known);
		pthread_mutex_unlock(&m->lock);
	} else if (*known != '\0') {
		err_set(err, m->o->reverse ? ERR_REFUSED : ERR_LOCAL, "%s",
		    known);
	}
	return err->kind == ERR_NONE ? 0 : -1;
}

int
mirror_check_place(struct mirror *m, struct session *s, const char *path,
    struct err *err)
{
	const char *slash = path;
	char *above;
	int rc = check(m, s, "", err);

	while (rc == 0 && (slash = strchr(slash, '/')) != NULL) {
		above = xstrndup(path, (size_t)(slash++ - path));
		rc = check(m, s, above, err);
		free(above);
	}
	/* An upload's own name has been looked for. */
	return rc == 0 && !m->o->reverse ? check(m, s, path, err) : rc;
}
