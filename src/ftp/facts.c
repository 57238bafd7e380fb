/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ftp/facts.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/path.h"
#include "ftp/conn.h"
#include "ftp/control.h"
#include "ftp/files.h"
#include "ftp/session_in.h"

/* Files of which something is not known, and their absolute names. */
struct unknown {
	struct entry **entry;
	char **path;
	size_t n;
};

static bool
lacks_size(const struct entry *e)
{
	return e->type == 'f' && e->size < 0;
}

static bool
lacks_time(const struct entry *e)
{
	return e->type == 'f' && e->precision == PRECISION_NONE;
}

static void
unknown_find(struct unknown *u, const struct session *s, const char *dir,
    struct listing *l, bool (*lacks)(const struct entry *e))
{
	struct err ignored = ERR_INIT;
	char *full = session_path(s, dir), *path;
	size_t i;

	*u = (struct unknown){ 0 };
	u->entry = xcalloc(l->n, sizeof(struct entry *));
	u->path = xcalloc(l->n, sizeof(char *));
	for (i = 0; i < l->n; i++) {
		if (!lacks(&l->entry[i]))
			continue;
		path = path_join(full, l->entry[i].name);
		if (control_check(path, &ignored) != 0) {
			free(path);
			continue;
		}
		u->entry[u->n] = &l->entry[i];
		u->path[u->n++] = path;
	}
	free(full);
}

static void
unknown_release(struct unknown *u)
{
	size_t i;

	for (i = 0; i < u->n; i++)
		free(u->path[i]);
	free(u->path);
	free(u->entry);
}

int
facts_add_sizes(struct session *s, const char *path, struct listing *l,
    struct err *err)
{
	struct unknown u;
	int64_t *size;
	size_t i;
	int rc = 0;

	if (!server_has(s->server, TRAIT_SIZE))
		return 0;
	unknown_find(&u, s, path, l, lacks_size);
	size = xcalloc(u.n, sizeof(*size));
	if (u.n > 0)
		rc = files_sizes(s, (const char *const *)u.path, u.n,
		    size, err);
	for (i = 0; rc == 0 && i < u.n; i++)
		u.entry[i]->size = size[i];
	free(size);
	unknown_release(&u);
	return rc;
}

int
facts_add_times(struct session *s, const char *path, struct listing *l,
    struct err *err)
{
	struct timespec *ts;
	struct unknown u;
	bool *known;
	size_t i;
	int rc = 0;

	unknown_find(&u, s, path, l, lacks_time);
	ts = xcalloc(u.n, sizeof(*ts));
	known = xcalloc(u.n, sizeof(*known));
	if (u.n > 0)
		rc = files_times(s, (const char *const *)u.path, u.n,
		    ts, known, err);
	for (i = 0; rc == 0 && i < u.n; i++) {
		if (!known[i])
			continue;
		u.entry[i]->mtime = ts[i];
		u.entry[i]->precision = PRECISION_SECOND;
	}
	free(known);
	free(ts);
	unknown_release(&u);
	return rc;
}
