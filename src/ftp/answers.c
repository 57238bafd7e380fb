/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ftp/answers.h"

#include <stdlib.h>
#include <string.h>

#include "base/fold.h"
#include "base/mem.h"
#include "base/path.h"
#include "ftp/session_in.h"
#include "ftp/survey.h"
#include "listing/parser.h"

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

	if (reply_class(r->code) != 2)
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

	if (reply_class(r->code) != 2)
		return r->code == 550 || r->code == 553 ? 0 : -1;
	rc = answers_mlst(r, full, &l, &ignored) == 1 ? 1 : -1;
	listing_release(&l);
	return rc;
}

struct asked {
	const char *const *full;
	int *there;
	bool sized;	/* SIZE was seen to answer */
};

static int
send_mlst(struct control *c, const char *full, struct err *err)
{
	return control_send_path(c, err, "MLST", full);
}

static void
take_mlst(void *ctx, size_t i, struct conn *c, struct err *err)
{
	struct asked *a = ctx;
	struct reply *r;

	if (control_reply(c->control, conn_soon(c), &r, err) != 0)
		return;
	a->there[i] = tells(r, a->full[i]);
}

/* A file has a size, into a directory one can go. */
static int
send_size(struct control *c, const char *full, struct err *err)
{
	int rc = control_send_path(c, err, "SIZE", full);

	return rc != 0 ? rc : control_send_path(c, err, "CWD", full);
}

static void
take_size(void *ctx, size_t i, struct conn *c, struct err *err)
{
	struct asked *a = ctx;
	struct reply *r;

	if (control_reply(c->control, conn_soon(c), &r, err) != 0)
		return;
	a->there[i] = r->code == 213;
	a->sized |= r->code == 213;
	if (control_reply(c->control, conn_soon(c), &r, err) != 0)
		return;
	if (reply_class(r->code) == 2)
		a->there[i] = 1;
	else if (reply_class(r->code) == 4 && a->there[i] == 0)
		reply_error(r, err, "%s", a->full[i]);
}

static int
ask_mlst(struct session *s, const char *const *full, size_t n, int *there,
    struct err *err)
{
	struct asked a = { .full = full, .there = there };
	const struct survey v = {
		.verb = "MLST", .most = SURVEY_MAX, .send = send_mlst,
		.take = take_mlst, .ctx = &a,
	};

	return survey_run(s, &v, full, n, err);
}

static int
send_mdtm(struct control *c, const char *full, struct err *err)
{
	return control_send_path(c, err, "MDTM", full);
}

static void
take_mdtm(void *ctx, size_t i, struct conn *c, struct err *err)
{
	struct asked *a = ctx;
	struct reply *r;

	if (control_reply(c->control, conn_soon(c), &r, err) != 0)
		return;
	if (r->code == 213)
		a->there[i] = 1;
}

/* SIZE may be unknown, or refuse whatever it is asked for. */
static int
ask_size(struct session *s, const char *const *full, size_t n, int *there,
    struct err *err)
{
	struct asked a = { .full = full, .there = there };
	const struct survey sizes = {
		.verb = "SIZE", .most = SURVEY_MAX, .moves = true,
		.send = send_size, .take = take_size, .ctx = &a,
	};
	const struct survey times = {
		.verb = "MDTM", .most = SURVEY_MAX,
		.send = send_mdtm, .take = take_mdtm, .ctx = &a,
	};

	if (survey_run(s, &sizes, full, n, err) != 0)
		return -1;
	return a.sized ? 0 : survey_run(s, &times, full, n, err);
}

/* Of what one means told nothing the other may. */
static int
ask_rest(struct session *s, const char *const *full, size_t n, int *there,
    struct err *err)
{
	const char **rest = xcalloc(n, sizeof(*rest));
	int *told = xcalloc(n, sizeof(*told));
	size_t i, k = 0;
	int rc;

	for (i = 0; i < n; i++)
		if (there[i] < 0)
			rest[k++] = full[i];
	rc = ask_size(s, rest, k, told, err);
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
	int *told = xcalloc(n, sizeof(*told)), rc = 0;
	size_t i;

	for (i = 0; i < n; i++)
		told[i] = -1;
	if (server_has(s->server, TRAIT_MLST))
		rc = ask_mlst(s, full, n, told, err);
	if (rc == 0)
		rc = ask_rest(s, full, n, told, err);
	for (i = 0; i < n; i++)
		there[i] = told[i] > 0;
	free(told);
	return rc;
}
