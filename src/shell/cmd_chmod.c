/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The command chmod. */
#include <stdlib.h>
#include <string.h>

#include "base/parse.h"
#include "base/path.h"
#include "base/text.h"
#include "ftp/files.h"
#include "listing/need.h"
#include "shell/cmd_all.h"
#include "shell/names.h"
#include "shell/run.h"
#include "shell/walk.h"

enum { NAME_SHOWN = 256 };

struct chmod {
	struct walk walk;
	const char *change;	/* "644", "u+x" */
	bool deep;		/* -R */
	bool stop;		/* there is no use in going on */
};

static int
check_chmod(struct run *run, const struct args *a, struct err *err)
{
	char shown[NAME_SHOWN];
	int mode;

	(void)run;
	if (parse_mode_change(a->word[0].text, 0, false, &mode) == 0)
		return 0;
	return err_set(err, ERR_USAGE, "chmod: '%s' is no mode, as 644 or "
	    "u+x,go-w", text_escape_to(shown, sizeof(shown),
	    a->word[0].text));
}

/* e: what is known of it, for a mode that depends on the present one. */
static int
set_mode(struct chmod *c, const char *path, const struct entry *e,
    struct err *err)
{
	struct session *s = c->walk.run->session;
	int mode;

	if (parse_mode(c->change, &mode) != 0) {
		if (e->mode < 0)
			return err_set(err, ERR_REFUSED, "the server does not "
			    "tell the present mode: give one in octal (644)");
		parse_mode_change(c->change, e->mode, e->type == 'd', &mode);
		if (mode == e->mode)
			return 0;
	}
	if (files_set_mode(s, path, mode, err) == 0)
		return 0;
	return refusal_explain(s, &(struct refusal){ .act = REFUSAL_CHMOD,
	    .path = path }, err);
}

static void
mode_failed(struct chmod *c, const char *path, const struct err *err)
{
	if (run_failed(c->walk.run, path, err))
		c->stop = true;
}

/* Directories before what is in them; links are left alone, as by chmod(1). */
static void
chmod_in(struct chmod *c, const char *path, const struct listing *l,
    unsigned depth)
{
	struct walk_level level;
	struct listing below;
	struct err err;
	char *name;
	size_t i;

	walk_begin(&level, &c->walk, path, l, depth);
	for (i = 0; i < l->n && !c->stop; i++) {
		name = path_join(path, l->entry[i].name);
		err_clear(&err);
		if (l->entry[i].type != 'l' &&
		    set_mode(c, name, &l->entry[i], &err) != 0)
			mode_failed(c, name, &err);
		if (l->entry[i].type == 'd' && !c->stop) {
			err_clear(&err);
			if (walk_list(&level, i, &below, &err) == 0)
				chmod_in(c, name, &below, depth + 1);
			else
				mode_failed(c, name, &err);
			c->stop = c->stop || c->walk.endless;
			listing_release(&below);
		}
		free(name);
	}
	walk_end(&level);
}

static void
chmod_below(struct chmod *c, const char *path)
{
	struct err err = ERR_INIT;
	struct listing l;

	if (names_list(c->walk.run, path, c->walk.flags, &l, &err) == 0)
		chmod_in(c, path, &l, 0);
	else
		mode_failed(c, path, &err);
	listing_release(&l);
}

static int
chmod_one(struct run *run, const struct glob_name *name, void *ctx,
    struct err *err)
{
	struct chmod *c = ctx;
	struct listing l = { 0 };
	struct entry e = { .type = '?', .mode = -1 };
	int mode, rc = 0;

	/* A mode in octal needs no look at the present one. */
	if (parse_mode(c->change, &mode) != 0 &&
	    names_stat(run, name, 0, &l, &e, err) != 1)
		return -1;
	rc = set_mode(c, name->path, &e, err);
	listing_release(&l);
	if (rc == 0 && c->deep && (rc = names_is_dir(run, name, err)) == 1)
		chmod_below(c, name->path);
	return rc < 0 ? -1 : 0;
}

static int
run_chmod(struct run *run, const struct args *a, struct err *err)
{
	struct chmod c = {
		.walk = { .run = run, .flags = LIST_LINKS },
		.change = a->word[0].text, .deep = args_has(a, 'R'),
	};
	struct glob_result r = { 0 };

	if (names_expand(run, a, 1, a->n, &r))
		names_call(run, &r, chmod_one, &c);
	glob_release(&r);
	return run_result(run, err);
}

static const struct cmd_option chmod_options[] = {
	{ 'R', "recursive", ARG_NONE, NULL, "and all in directories" },
	{ 0 }
};

const struct cmd cmd_chmod = {
	.name = "chmod",
	.options = chmod_options,
	.min = 2, .max = -1, .first = ARG_TEXT, .rest = ARG_REMOTE,
	.flags = CMD_SERVER,
	.usage = "chmod [-R] MODE FILE...",
	.example = "chmod -R u+w,go-w www",
	.summary = "Change permissions; MODE is 644, u+x, go-w and the like",
	.check = check_chmod,
	.run = run_chmod,
};
