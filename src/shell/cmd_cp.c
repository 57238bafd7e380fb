/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The command cp: by the server itself, or through here. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/path.h"
#include "base/text.h"
#include "ftp/duplicate.h"
#include "ftp/folders.h"
#include "ftp/look.h"
#include "listing/need.h"
#include "shell/cmd_all.h"
#include "shell/names.h"
#include "shell/run.h"
#include "shell/walk.h"
#include "transfer/copy_get.h"
#include "transfer/copy_put.h"

enum { NAME_SHOWN = 256 };

struct cp {
	struct walk walk;
	const char *to;
	bool into;		/* TO is a directory */
	bool deep, force;
	bool through;		/* the server makes no copies */
	struct rate *rate;
	bool stop;		/* there is no use in going on */
};

/* bytes -1: not known */
static void
tell_done(struct cp *c, enum event_type type, const char *from,
    const char *to, int64_t bytes)
{
	struct event ev = {
		.type = type, .op = "cp", .path = to, .source = from,
		.target = to, .is_dir = type == EVENT_MKDIR, .bytes = bytes,
		.seconds = -1,
	};

	observe_event(c->walk.run->obs, &ev);
}

/* Fetched and sent again: *bytes. */
static int
copy_through(struct cp *c, const char *from, const struct entry *e,
    const char *to, int64_t *bytes, struct err *err)
{
	struct run *run = c->walk.run;
	struct copy_get g = {
		.remote = from, .entry = e, .rate = c->rate, .lone = true,
		.verify = run->set->verify,
	};
	struct copy_put p = {
		.remote = to, .rate = c->rate,
		.verify = run->set->verify,
	};
	FILE *between = tmpfile();
	struct copy_result res;
	int rc;

	if (between == NULL)
		return err_sys(err, ERR_LOCAL, "cannot make a file for what "
		    "is to be copied");
	g.fd = p.fd = fileno(between);
	rc = copy_get(run->session, &g, &res, err);
	if (rc != 0)
		refusal_explain(run->session, &(struct refusal){
		    .act = REFUSAL_READ, .path = from }, err);
	if (rc == 0 && lseek(p.fd, 0, SEEK_SET) == -1)
		rc = err_sys(err, ERR_LOCAL, "cannot read what was fetched");
	if (rc == 0 && (rc = copy_put(run->session, &p, &res, err)) != 0)
		refusal_explain(run->session, &(struct refusal){
		    .act = REFUSAL_WRITE, .path = to }, err);
	if (rc == 0)
		*bytes = res.size;
	fclose(between);
	return rc;
}

static int
copy_file(struct cp *c, const char *from, const struct entry *e,
    const char *to, struct err *err)
{
	struct run *run = c->walk.run;
	int64_t bytes = e != NULL ? e->size : -1;
	int rc = 1;

	if (!c->through)
		rc = duplicate_file(run->session, from, to, err);
	if (rc < 0)
		return refusal_explain(run->session, &(struct refusal){
		    .act = REFUSAL_READ, .path = from }, err);
	if (rc == 1) {
		if (!c->through)
			observe_warning(run->obs, "cp: the server makes no "
			    "copies (SITE CPFR): fetched and sent again");
		c->through = true;
		rc = copy_through(c, from, e, to, &bytes, err);
	}
	if (rc == 0)
		tell_done(c, EVENT_TRANSFER, from, to, bytes);
	return rc;
}

static void
note_failure(struct cp *c, const char *path, const struct err *err)
{
	if (run_failed(c->walk.run, path, err))
		c->stop = true;
}

static int
make_dir(struct cp *c, const char *from, const char *to, struct err *err)
{
	bool made;

	if (folders_make_path(c->walk.run->session, to, &made, err) != 0)
		return refusal_explain(c->walk.run->session, &(struct refusal){
		    .act = REFUSAL_MKDIR, .path = to }, err);
	if (made)
		tell_done(c, EVENT_MKDIR, from, to, -1);
	return 0;
}

static void copy_in(struct cp *c, const char *from, const char *to,
    const struct listing *l, unsigned depth);

static void
copy_entry(struct cp *c, struct walk_level *level, size_t i, const char *from,
    const char *to)
{
	const struct entry *e = &level->listing->entry[i];
	struct err err = ERR_INIT;
	struct listing below;
	int rc;

	if (e->type != 'd') {
		rc = e->type == 'f' || e->type == '?' ?
		    copy_file(c, from, e, to, &err) :
		    err_set(&err, ERR_REFUSED, "not copied: no file and no "
		    "directory");
		if (rc != 0)
			note_failure(c, from, &err);
		return;
	}
	if (walk_list(level, i, &below, &err) == 0 &&
	    make_dir(c, from, to, &err) == 0)
		copy_in(c, from, to, &below, level->depth + 1);
	else
		note_failure(c, from, &err);
	c->stop = c->stop || c->walk.endless;
	listing_release(&below);
}

static void
copy_in(struct cp *c, const char *from, const char *to,
    const struct listing *l, unsigned depth)
{
	struct walk_level level;
	char *a, *b;
	size_t i;

	walk_begin(&level, &c->walk, from, l, depth);
	for (i = 0; i < l->n && !c->stop; i++) {
		if (path_is_part(l->entry[i].name))
			continue;
		a = path_join(from, l->entry[i].name);
		b = path_join(to, l->entry[i].name);
		copy_entry(c, &level, i, a, b);
		free(b);
		free(a);
	}
	walk_end(&level);
}

/* A directory into itself would have no end. */
static bool
is_within(struct cp *c, const char *from, const char *to)
{
	char *a = session_path(c->walk.run->session, from);
	char *b = session_path(c->walk.run->session, to);
	bool within = strcmp(a, b) == 0 || path_is_below(b, a);

	free(b);
	free(a);
	return within;
}

static int
copy_dir(struct cp *c, const char *from, const char *to, struct err *err)
{
	struct listing l;
	int rc;

	if (!c->deep)
		return err_set(err, ERR_REFUSED, "is a directory; use -r");
	if (is_within(c, from, to))
		return err_set(err, ERR_USAGE, "cannot be copied into itself");
	rc = names_list(c->walk.run, from, c->walk.flags, &l, err);
	if (rc == 0)
		rc = make_dir(c, from, to, err);
	if (rc == 0)
		copy_in(c, from, to, &l, 0);
	listing_release(&l);
	return rc;
}

/* As mv: whether there is nothing at to, or nothing that must be kept. */
static bool
may_replace(struct cp *c, const char *to)
{
	struct run *run = c->walk.run;
	struct err ignored = ERR_INIT;
	char shown[NAME_SHOWN];
	struct listing l;
	bool there;

	if (!run->interactive || c->force)
		return true;
	there = look_one(run->session, to, &l, &ignored) == 1;
	listing_release(&l);
	return !there || run_confirm(run, "Replace %s?",
	    text_escape_to(shown, sizeof(shown), to));
}

static int
copy_one(struct run *run, const struct glob_name *name, void *ctx,
    struct err *err)
{
	struct cp *c = ctx;
	char *from = xstrndup(name->path, strlen(name->path)), *to;
	size_t n = strlen(from);
	int rc;

	while (n > 1 && from[n - 1] == '/')
		from[--n] = '\0';
	to = c->into ? path_join(c->to, path_base(from)) : xstrdup(c->to);
	rc = names_is_dir(run, name, err);
	if (rc == 1)
		rc = copy_dir(c, from, to, err);
	else if (rc == 0 && is_within(c, from, to))
		rc = err_set(err, ERR_USAGE, "cannot be copied onto itself");
	else if (rc == 0 && may_replace(c, to))
		rc = copy_file(c, from, name->entry, to, err);
	free(to);
	free(from);
	return rc < 0 ? -1 : 0;
}

static int
run_cp(struct run *run, const struct args *a, struct err *err)
{
	struct cp c = {
		.walk = { .run = run, .flags = LIST_LINKS, .skip_parts = true },
		.to = a->word[a->n - 1].text,
		.deep = args_has(a, 'r') || args_has(a, 'R'),
		.force = args_has(a, 'f'),
	};
	struct glob_result r = { 0 };
	bool go_on;
	int rc;

	if ((rc = folders_has(run->session, c.to, err)) < 0)
		return -1;
	c.into = rc == 1;
	go_on = names_expand(run, a, 0, a->n - 1, &r);
	if (go_on && r.n > 1 && !c.into) {
		glob_release(&r);
		return err_set(err, ERR_USAGE, "cp: several names, but %s is "
		    "no directory", c.to);
	}
	if (go_on && c.into && names_check_into(run, &r, c.to, "cp", "copied",
	    err) != 0) {
		glob_release(&r);
		return -1;
	}
	c.rate = rate_new(run->set->rate_limit);
	if (go_on)
		names_call(run, &r, copy_one, &c);
	rate_free(c.rate);
	glob_release(&r);
	return run_result(run, err);
}

static const struct cmd_alias cp_aliases[] = { { "copy", 0 }, { 0 } };

static const struct cmd_option cp_options[] = {
	{ 'r', "recursive", ARG_NONE, NULL, "directories, too" },
	{ 'R', NULL, ARG_NONE, NULL, "the same" },
	{ 'f', "force", ARG_NONE, NULL, "replace without asking" },
	{ 0 }
};

const struct cmd cmd_cp = {
	.name = "cp",
	.aliases = cp_aliases,
	.options = cp_options,
	.min = 2, .max = -1, .first = ARG_REMOTE, .rest = ARG_REMOTE,
	.flags = CMD_SERVER,
	.usage = "cp [-rf] FROM... TO",
	.example = "cp -r www www.old",
	.summary = "Copy files on the server, replacing what is there",
	.help = "By the server itself (SITE CPFR and CPTO) where it can; else "
	    "they are fetched\nand sent again.",
	.run = run_cp,
};
