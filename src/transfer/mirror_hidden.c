/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Names with a leading dot that a server's listings hide: uploaded they are
 * there, and would be sent again each time.  Commands that name them tell.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/path.h"
#include "ftp/files.h"
#include "ftp/folders.h"
#include "transfer/mirror_in.h"

static int
compare_entries(const void *a, const void *b)
{
	return strcmp(((const struct plan_entry *)a)->name,
	    ((const struct plan_entry *)b)->name);
}

/* What would be sent, if the server did not have it already. */
static bool
is_candidate(const struct mirror *m, const char *dir,
    const struct plan_entry *e, const struct side *target)
{
	return e->name[0] == '.' && (e->type == 'f' || e->type == 'd') &&
	    !path_is_part(e->name) &&
	    !plan_filters_out(dir, e->name, e->type, m->o) &&
	    !plan_is_elsewhere(dir, e->name, e->type, m->o) &&
	    (target->n == 0 || bsearch(e, target->entry, target->n,
	    sizeof(*e), compare_entries) == NULL);
}

/* Whether a listing has shown that nothing is hidden. */
static bool
shows_dots(struct mirror *m, const struct side *target)
{
	bool shows;

	pthread_mutex_lock(&m->lock);
	m->shows_dots |= target->remote.dotfiles;
	shows = m->shows_dots;
	pthread_mutex_unlock(&m->lock);
	return shows;
}

/* One that is there, or type 0; -1 when the connection failed. */
static int
look(struct session *s, const char *full, struct plan_entry *e,
    struct err *err)
{
	int rc;

	if (e->type == 'd') {
		rc = folders_has(s, full, err);
	} else {
		rc = files_size(s, full, &e->size, err);
		if (rc > 0 && files_time(s, full, &e->mtime, &e->precision,
		    err) < 0)
			return -1;
	}
	if (rc == 0)
		e->type = 0;
	return rc < 0 ? -1 : 0;
}

/* Files that MDTM does not know are not there, where it knows any at all. */
static int
look_at_times(struct mirror *m, struct session *s, const char *dir,
    struct plan_entry *e, size_t n, struct err *err)
{
	const struct feat *feat = session_feat(s);
	struct timespec *ts = xcalloc(n, sizeof(*ts));
	bool *known = xcalloc(n, sizeof(*known));
	char **full = xcalloc(n, sizeof(*full)), *path;
	size_t i;
	int rc = 0;

	for (i = 0; i < n; i++) {
		path = path_join(dir, e[i].name);
		full[i] = mirror_remote(m, path);
		free(path);
	}
	if (feat != NULL && (feat->flags & FEAT_MDTM) && n > 1)
		rc = files_times(s, (const char *const *)full, n, ts,
		    known, err);
	else
		memset(known, true, n * sizeof(*known));
	for (i = 0; i < n; i++) {
		if (rc == 0 && !known[i] && e[i].type == 'f')
			e[i].type = 0;
		else if (rc == 0)
			rc = look(s, full[i], &e[i], err);
		free(full[i]);
	}
	free(full);
	free(known);
	free(ts);
	return rc;
}

void
mirror_find_hidden(struct mirror *m, struct session *s, const char *dir,
    const struct side *source, struct side *target)
{
	struct plan_entry *e = xcalloc(source->n + 1, sizeof(*e));
	struct err ignored = ERR_INIT;
	size_t i, n = 0, found = 0;

	for (i = 0; !shows_dots(m, target) && i < source->n; i++)
		if (is_candidate(m, dir, &source->entry[i], target))
			e[n++] = (struct plan_entry){
				.name = source->entry[i].name,
				.type = source->entry[i].type, .size = -1,
				.mode = -1, .hidden = true,
			};
	if (n > 0 && look_at_times(m, s, dir, e, n, &ignored) == 0) {
		target->entry = xreallocarray(target->entry, target->n + n,
		    sizeof(*e));
		for (i = 0; i < n; i++)
			if (e[i].type != 0)
				target->entry[target->n + found++] = e[i];
		target->n += found;
		qsort(target->entry, target->n, sizeof(*e), compare_entries);
	}
	free(e);
}

void
mirror_hidden(struct mirror *m, const char *path)
{
	bool first;

	pthread_mutex_lock(&m->lock);
	first = !m->warned_hidden;
	m->warned_hidden = true;
	m->sum->warned += first;
	pthread_mutex_unlock(&m->lock);
	if (first)
		observe_warning(m->obs, "%s: on the server, though its "
		    "listings hide names with a leading dot; such names are "
		    "compared one by one, not counted and never deleted",
		    path);
}
