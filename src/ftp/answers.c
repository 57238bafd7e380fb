/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ftp/answers.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fold.h"
#include "base/mem.h"
#include "base/path.h"
#include "ftp/conn.h"
#include "ftp/session_in.h"
#include "listing/parser.h"

/* How many names are asked for in one flight. */
enum { FLIGHT_MAX = 256 };

static bool
has_facts(const char *line)
{
	return strchr(line, '=') != NULL && strchr(line, ';') != NULL;
}

int
answers_facts(const struct reply *r, struct listing *out, struct err *err)
{
	char *copy = NULL, *rest, *line;
	bool blank = true;
	int rc = -1, i;

	if (r->code / 100 != 2)
		return -1;
	/* It begins with a blank; not everywhere. */
	for (i = 0; i < 2 && rc != 0; i++, blank = false) {
		free(copy);
		copy = rest = xstrdup(r->text.data);
		while (rc != 0 && (line = strsep(&rest, "\n")) != NULL)
			if ((*line == ' ') == blank && has_facts(line))
				rc = parser_mlst(line, out, err);
	}
	free(copy);
	return rc;
}

/*
 * Whether an answer is about the name asked for.  Servers name it by its
 * path, the rest of it or its last component, and as they spell it; some
 * answer for another where they take the name for a pattern.
 */
static bool
is_about(const struct listing *l, const char *full)
{
	char *name = xstrdup(l->entry[0].name);
	size_t n = strlen(name);
	bool same;

	while (n > 1 && name[n - 1] == '/')
		name[--n] = '\0';
	same = path_base(full)[0] == '\0' ? l->entry[0].type == 'd' :
	    fold_between(path_base(full), path_base(name)) != FOLD_OTHER;
	free(name);
	return same;
}

int
answers_mlst(const struct reply *r, const char *full, struct listing *out,
    struct err *err)
{
	if (answers_facts(r, out, err) == 0)
		return is_about(out, full) ? 1 : 2;
	if (err->kind == ERR_NONE)
		err_set(err, ERR_PROTOCOL, "answer to MLST makes no sense");
	return -1;
}

/* What MLST tells of one name: 1 it is there, 0 it is not, -1 neither. */
static int
tells(const struct reply *r, const char *full)
{
	struct err ignored = ERR_INIT;
	struct listing l = { 0 };
	int rc;

	if (r->code / 100 != 2)
		return r->code == 550 || r->code == 553 ? 0 : -1;
	rc = answers_mlst(r, full, &l, &ignored) == 1 ? 1 : -1;
	listing_release(&l);
	return rc;
}

static int
by_mlst(struct session *s, const char *const *full, size_t n, int *there,
    struct err *err)
{
	struct conn *c = session_conn(s, err);
	struct reply *r;
	size_t i;

	if (c == NULL)
		return -1;
	for (i = 0; i < n; i++)
		if (control_send_path(c->control, err, "MLST", full[i]) != 0)
			return -1;
	for (i = 0; i < n; i++) {
		if (control_reply(c->control, conn_soon(c), &r, err) != 0)
			return -1;
		there[i] = tells(r, full[i]);
	}
	s->used = clock_ms();
	return 0;
}

/* A file has a size, into a directory one can go. */
static int
by_size(struct session *s, const char *const *full, size_t n, int *there,
    struct err *err)
{
	struct conn *c = session_conn(s, err);
	struct reply *r;
	size_t i;
	int rc = 0;

	if (c == NULL)
		return -1;
	free(c->cwd);
	c->cwd = NULL;
	for (i = 0; i < n; i++)
		if (control_send_path(c->control, err, "SIZE", full[i]) != 0 ||
		    control_send_path(c->control, err, "CWD", full[i]) != 0)
			return -1;
	for (i = 0; i < n; i++) {
		if (control_reply(c->control, conn_soon(c), &r, err) != 0)
			return -1;
		there[i] = r->code == 213;
		if (control_reply(c->control, conn_soon(c), &r, err) != 0)
			return -1;
		if (r->code / 100 == 2)
			there[i] = 1;
		else if (r->code / 100 == 4 && there[i] == 0)
			rc = reply_error(r, err, "%s", full[i]);
	}
	s->used = clock_ms();
	return rc;
}

/* By one of these means, in flights. */
static int
ask(struct session *s, int (*by)(struct session *, const char *const *,
    size_t, int *, struct err *), const char *const *full, size_t n,
    int *there, struct err *err)
{
	size_t i = 0, some;

	session_try_begin(s);
	while (i < n) {
		some = n - i < FLIGHT_MAX ? n - i : FLIGHT_MAX;
		if (by(s, full + i, some, there + i, err) == 0) {
			i += some;
			session_progress(s);
		} else if (!session_again(s, "MLST", err)) {
			break;
		} else {
			err_clear(err);
		}
	}
	session_try_end(s);
	return i < n ? -1 : 0;
}

/* Of what one means told nothing the other may. */
static int
ask_rest(struct session *s, const char *const *full, size_t n, int *there,
    struct err *err)
{
	const char **rest = xcalloc(n + 1, sizeof(*rest));
	int *told = xcalloc(n + 1, sizeof(*told));
	size_t i, k = 0;
	int rc;

	for (i = 0; i < n; i++)
		if (there[i] < 0)
			rest[k++] = full[i];
	rc = ask(s, by_size, rest, k, told, err);
	for (i = k = 0; i < n; i++)
		if (there[i] < 0)
			there[i] = told[k++];
	free(rest);
	free(told);
	return rc;
}

int
answers_many(struct session *s, const char *const *full, size_t n, bool *there,
    struct err *err)
{
	int *told = xcalloc(n + 1, sizeof(*told)), rc = 0;
	size_t i;

	for (i = 0; i < n; i++)
		told[i] = -1;
	if (server_has(s->server, TRAIT_MLST))
		rc = ask(s, by_mlst, full, n, told, err);
	if (rc == 0)
		rc = ask_rest(s, full, n, told, err);
	for (i = 0; i < n; i++)
		there[i] = told[i] > 0;
	free(told);
	return rc;
}
