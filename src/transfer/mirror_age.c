/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * --newer-than and --older-than where listings give minutes or days, by a
 * clock of unknown zone: the server is asked for the times of files that this
 * leaves in doubt.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "base/path.h"
#include "ftp/files.h"
#include "transfer/mirror_in.h"

static bool
is_in_doubt(const struct mirror *m, const struct entry *e)
{
	return e->type == 'f' && e->precision != PRECISION_NONE &&
	    plan_age_in_doubt(e->mtime, e->precision, m->o);
}

static void
ask(struct session *s, struct entry *const *entry, char **full, size_t n)
{
	struct timespec *ts = xcalloc(n, sizeof(*ts));
	bool *known = xcalloc(n, sizeof(*known));
	struct err ignored = ERR_INIT;
	size_t i;

	/* What fails here fails again. */
	if (files_times(s, (const char *const *)full, n, ts, known,
	    &ignored) != 0)
		n = 0;
	for (i = 0; i < n; i++) {
		if (!known[i])
			continue;
		entry[i]->mtime = ts[i];
		entry[i]->precision = PRECISION_SECOND;
	}
	free(known);
	free(ts);
}

void
mirror_settle_ages(struct mirror *m, struct session *s, const char *dir,
    struct listing *l)
{
	struct entry **entry;
	struct err ignored = ERR_INIT;
	char **full, *path;
	size_t i, n = 0;

	if ((!m->o->has_newer && !m->o->has_older) ||
	    (m->o->reverse && !m->o->delete))
		return;
	entry = xcalloc(l->n + 1, sizeof(struct entry *));
	full = xcalloc(l->n + 1, sizeof(char *));
	for (i = 0; i < l->n; i++) {
		if (!is_in_doubt(m, &l->entry[i]))
			continue;
		path = path_join(dir, l->entry[i].name);
		entry[n] = &l->entry[i];
		full[n] = mirror_remote(m, path);
		free(path);
		if (session_can_send(full[n], &ignored))
			n++;
		else
			free(full[n]);
	}
	if (n > 0)
		ask(s, entry, full, n);
	for (i = 0; i < n; i++)
		free(full[i]);
	free(full);
	free(entry);
}
