/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Names that a server's listings do not show: those with a leading dot, and
 * what is beyond a limit.  Commands that name them tell.
 */
#include <string.h>

#include "ftp/answers.h"
#include "ftp/files.h"
#include "ftp/folders.h"
#include "transfer/side_remote_in.h"

int
side_remote_hide_ask(struct side *side, struct worker *w,
    const char *const *path, size_t n, bool *there, struct err *err)
{
	char **full = xcalloc(n + 1, sizeof(*full));
	size_t *at = xcalloc(n + 1, sizeof(*at)), i, asked = 0;
	bool *found = xcalloc(n + 1, sizeof(*found));
	struct err ignored = ERR_INIT;
	int rc = 0;

	for (i = 0; i < n; i++) {
		there[i] = false;
		at[asked] = i;
		full[asked] = remote_path(side, path[i]);
		/* What cannot be named is not there. */
		if (session_can_send(full[asked], &ignored))
			asked++;
		else
			free(full[asked]);
	}
	if (asked > 0)
		rc = answers_many(remote_session(side, w),
		    (const char *const *)full, asked, found, err);
	for (i = 0; i < asked; i++) {
		there[at[i]] = rc == 0 && found[i];
		free(full[i]);
	}
	free(found);
	free(at);
	free(full);
	return rc;
}

bool
side_remote_hide_not(struct side *side, const struct side_list *l)
{
	struct side_remote *r = remote_of(side);
	bool shows;

	pthread_mutex_lock(&side->lock);
	r->shows_dots |= l->dotfiles;
	shows = r->shows_dots;
	pthread_mutex_unlock(&side->lock);
	return shows;
}

/* One that is there, or type 0; -1 when the connection failed. */
static int
look_at_hidden(struct session *s, const char *full, struct plan_entry *e,
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
int
side_remote_hide_find(struct side *side, struct worker *w, const char *dir,
    struct plan_entry *e, size_t n, struct err *err)
{
	struct session *s = remote_session(side, w);
	const struct feat *feat = session_feat(s);
	struct timespec *ts = xcalloc(n, sizeof(*ts));
	bool *known = xcalloc(n, sizeof(*known));
	char **full = xcalloc(n, sizeof(*full)), *path;
	size_t i;
	int rc = 0;

	for (i = 0; i < n; i++) {
		path = path_join(dir, e[i].name);
		full[i] = remote_path(side, path);
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
			rc = look_at_hidden(s, full[i], &e[i], err);
		free(full[i]);
	}
	free(full);
	free(known);
	free(ts);
	return rc;
}
