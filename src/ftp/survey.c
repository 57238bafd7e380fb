/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ftp/survey.h"

#include <stdlib.h>

#include "ftp/session_in.h"

static int
send_all(struct session *s, const struct survey *v, const char *const *path,
    size_t n, struct err *err)
{
	struct conn *c = s->conn;
	size_t i;
	char *full;
	int rc = 0;

	if (v->moves) {
		free(c->cwd);
		c->cwd = NULL;
	}
	for (i = 0; i < n && rc == 0; i++) {
		full = session_path(s, path[i]);
		rc = v->send(c->control, full, err);
		free(full);
	}
	return rc;
}

/* One flight, about n names from the first on. */
static int
fly(struct session *s, const struct survey *v, const char *const *path,
    size_t first, size_t n, struct err *err)
{
	struct err refused = ERR_INIT;
	size_t i;

	if (session_connect(s, err) != 0 ||
	    send_all(s, v, path + first, n, err) != 0)
		return -1;
	for (i = first; i < first + n; i++)
		v->take(v->ctx, i, s->conn, &refused);
	if (refused.kind != ERR_NONE)
		*err = refused;
	return refused.kind != ERR_NONE ? -1 : 0;
}

int
survey_run(struct session *s, const struct survey *v, const char *const *path,
    size_t n, struct err *err)
{
	size_t i = 0, some;

	session_try_begin(s);
	while (i < n) {
		some = n - i < v->most ? n - i : v->most;
		if (fly(s, v, path, i, some, err) == 0) {
			i += some;
			session_progress(s);
		} else if (!session_again(s, v->verb, err)) {
			break;
		} else {
			err_clear(err);
		}
	}
	session_try_end(s);
	return i < n ? -1 : 0;
}
