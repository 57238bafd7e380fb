/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The commands that walk trees on the server: find and du. */
#include <fnmatch.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "base/parse.h"
#include "base/path.h"
#include "base/text.h"
#include "ftp/lister.h"
#include "shell/cmd_all.h"
#include "shell/names.h"
#include "shell/run.h"
#include "shell/walk.h"

enum {
	DAY = 24 * 3600,
	BLOCK = 512,
	KIB = 1024,
	SIZE_TEXT = 16,
};

enum { FIND_NAME = 256, FIND_TYPE, FIND_SIZE, FIND_MTIME, FIND_MAXDEPTH };

/* "+5", "-5" or "5": more, less or just so much. */
struct number {
	char sign;		/* or 0 */
	uint64_t n;
	uint64_t unit;
};

static int
parse_number(const char *s, bool units, struct number *out)
{
	static const char letters[] = "cbkMG";
	static const uint64_t sizes[] = {
		1, BLOCK, 1 << 10, 1 << 20, 1 << 30
	};
	const char *letter;
	size_t n;

	*out = (struct number){ .unit = units ? BLOCK : 1 };
	if (*s == '+' || *s == '-')
		out->sign = *s++;
	n = strspn(s, "0123456789");
	if (units && s[n] != '\0' && s[n + 1] == '\0' &&
	    (letter = strchr(letters, s[n])) != NULL)
		out->unit = sizes[letter - letters];
	else if (s[n] != '\0')
		return -1;
	return parse_u64n(s, n, INT64_MAX / 2, &out->n);
}

/* As find(1) does it: what is begun counts as a whole unit. */
static bool
meets_number(const struct number *want, uint64_t have)
{
	have = (have + want->unit - 1) / want->unit;
	return want->sign == '+' ? have > want->n :
	    want->sign == '-' ? have < want->n : have == want->n;
}

struct find {
	struct walk walk;
	const struct args *a;
	uint64_t max_depth;
	time_t now;
};

static bool
meets_condition(const struct find *f, const struct arg_value *v,
    const char *name, const struct entry *e)
{
	struct number want;

	switch (v->id) {
	case FIND_NAME:
		return fnmatch(v->text, name, 0) == 0;
	case FIND_TYPE:
		return e->type == v->text[0];
	case FIND_SIZE:
		parse_number(v->text, true, &want);
		return e->type == 'f' && e->size >= 0 &&
		    meets_number(&want, (uint64_t)e->size);
	case FIND_MTIME:
		parse_number(v->text, false, &want);
		return e->precision != PRECISION_NONE &&
		    e->mtime.tv_sec <= f->now &&
		    meets_number(&want, (uint64_t)(f->now - e->mtime.tv_sec) /
		    DAY);
	default:
		return true;
	}
}

static void
tell_found(struct find *f, const char *path, const struct entry *e)
{
	const struct args *a = f->a;
	const char *name = path_base(path);
	struct event ev = {
		.type = EVENT_ENTRY, .path = path, .entry = e, .bytes = -1,
		.seconds = -1,
	};
	size_t i;

	for (i = 0; i < a->nvalues; i++) {
		if (!meets_condition(f, &a->value[i], name, e))
			return;
	}
	if (run_is_json(f->walk.run)) {
		observe_event(f->walk.run->obs, &ev);
		return;
	}
	run_print_name(f->walk.run, path);
	putc('\n', f->walk.run->out);
}

static bool find_in(struct find *f, const char *path, uint64_t depth,
    const struct listing *l);

/* What is below entry i; false: there is no use in going on. */
static bool
find_below(struct find *f, struct walk_level *level, size_t i,
    const char *path, uint64_t depth)
{
	struct err err = ERR_INIT;
	struct listing l;
	bool go_on = true;

	if (depth > f->max_depth)
		return true;
	if (walk_list(level, i, &l, &err) != 0)
		go_on = !run_failed(f->walk.run, path, &err) &&
		    !f->walk.endless;
	go_on = go_on && find_in(f, path, depth, &l);
	listing_release(&l);
	return go_on;
}

/* False: there is no use in going on. */
static bool
find_in(struct find *f, const char *path, uint64_t depth,
    const struct listing *l)
{
	struct walk_level level;
	bool go_on = true;
	char *name;
	size_t i;

	walk_begin(&level, &f->walk, path, l, (unsigned)depth);
	for (i = 0; i < l->n && go_on; i++) {
		if (path_is_part(l->entry[i].name))
			continue;
		name = path_join(path, l->entry[i].name);
		tell_found(f, name, &l->entry[i]);
		if (l->entry[i].type == 'd')
			go_on = find_below(f, &level, i, name, depth + 1);
		free(name);
	}
	walk_end(&level);
	return go_on;
}

static void
find_root(struct find *f, const char *path)
{
	struct err err = ERR_INIT;
	struct listing l;

	if (f->max_depth == 0)
		return;
	if (names_list(f->walk.run, path, f->walk.flags, &l, &err) == 0 ||
	    !run_failed(f->walk.run, path, &err))
		find_in(f, path, 1, &l);
	listing_release(&l);
}

static int
find_from(struct run *run, const struct glob_name *name, void *ctx,
    struct err *err)
{
	struct find *f = ctx;
	struct entry self;
	struct listing l;
	int rc;

	if ((rc = names_stat(run, name, f->walk.flags, &l, &self, err)) != 1)
		return -1;
	self.name = path_base(name->path);
	if (self.type != 'd' && self.type != 'f' &&
	    (rc = names_is_dir(run, name, err)) == 1)
		self.type = 'd';
	if (rc >= 0) {
		tell_found(f, name->path, &self);
		if (self.type == 'd')
			find_root(f, name->path);
	}
	listing_release(&l);
	return rc >= 0 ? 0 : -1;
}

static int
check_find_value(const struct arg_value *v)
{
	struct number n;
	uint64_t depth;

	switch (v->id) {
	case FIND_TYPE:
		return strlen(v->text) == 1 &&
		    strchr("fdl", v->text[0]) != NULL ? 0 : -1;
	case FIND_SIZE:
		return parse_number(v->text, true, &n);
	case FIND_MTIME:
		return parse_number(v->text, false, &n);
	case FIND_MAXDEPTH:
		return parse_u64(v->text, UINT32_MAX, &depth);
	default:
		return 0;
	}
}

static int
check_find(struct run *run, const struct args *a, struct err *err)
{
	const struct cmd_option *o;
	size_t i;

	(void)run;
	for (i = 0; i < a->nvalues; i++) {
		if (check_find_value(&a->value[i]) == 0)
			continue;
		o = a->cmd->options;
		while (o->id != a->value[i].id)
			o++;
		return err_set(err, ERR_USAGE, "find: -%s: not %s", o->name,
		    o->value);
	}
	return 0;
}

static int
run_find(struct run *run, const struct args *a, struct err *err)
{
	struct find f = {
		.walk = { .run = run, .skip_parts = true }, .a = a,
		.max_depth = UINT64_MAX, .now = time(NULL),
	};
	struct glob_result r = { 0 };
	bool go_on;

	if (args_has(a, FIND_SIZE))
		f.walk.flags |= LIST_SIZES;
	if (args_has(a, FIND_MTIME))
		f.walk.flags |= LIST_TIMES;
	if (args_value(a, FIND_MAXDEPTH) != NULL)
		parse_u64(args_value(a, FIND_MAXDEPTH), UINT32_MAX,
		    &f.max_depth);
	go_on = names_expand(run, a, 0, a->n, &r);
	if (a->n == 0)
		names_add(&r, ".");
	if (go_on)
		names_call(run, &r, find_from, &f);
	glob_release(&r);
	return run_result(run, err);
}

static const struct cmd_option find_options[] = {
	{ FIND_NAME, "name", ARG_NAME, "GLOB", "the last component matches" },
	{ FIND_TYPE, "type", ARG_TEXT, "f|d|l", "file, directory, link" },
	{ FIND_SIZE, "size", ARG_TEXT, "[+-]N[ckMG]",
	    "more, less or so many blocks, bytes (c), KiB ..." },
	{ FIND_MTIME, "mtime", ARG_TEXT, "[+-]N", "days since it changed" },
	{ FIND_MAXDEPTH, "maxdepth", ARG_TEXT, "N", "no deeper than that" },
	{ 0 }
};

const struct cmd cmd_find_ = {
	.name = "find",
	.options = find_options,
	.min = 0, .max = -1, .first = ARG_REMOTE, .rest = ARG_REMOTE,
	.flags = CMD_SERVER | CMD_DATA | CMD_WORDS,
	.usage = "find [PATH]... [-name GLOB] [-type f|d|l] "
	    "[-size [+-]N[ckMG]] [-mtime [+-]N] [-maxdepth N]",
	.summary = "Print the names in a tree that meet all conditions",
	.check = check_find,
	.run = run_find,
};

/* du */

struct du {
	struct walk walk;
	bool human;
	uint64_t max_depth;
};

static void
print_size(struct du *du, uint64_t bytes, const char *path)
{
	char text[SIZE_TEXT];

	if (du->human)
		fprintf(du->walk.run->out, "%s\t",
		    text_size(text, sizeof(text), bytes));
	else
		fprintf(du->walk.run->out, "%" PRIu64 "\t",
		    (bytes + KIB - 1) / KIB);
	run_print_name(du->walk.run, path);
	putc('\n', du->walk.run->out);
}

static bool du_in(struct du *du, const char *path, uint64_t depth,
    const struct listing *l, uint64_t *sum);

static bool
du_below(struct du *du, struct walk_level *level, size_t i, uint64_t *sum)
{
	const char *base = level->listing->entry[i].name;
	char *path = path_join(level->path, base);
	struct err err = ERR_INIT;
	struct listing l;
	bool go_on = true;

	if (walk_list(level, i, &l, &err) != 0)
		go_on = !run_failed(du->walk.run, path, &err) &&
		    !du->walk.endless;
	go_on = go_on && du_in(du, path, level->depth + 1, &l, sum);
	listing_release(&l);
	free(path);
	return go_on;
}

/* The sum is less than all. */
static bool
du_lacks(struct du *du, const char *path, size_t n)
{
	struct err err = ERR_INIT;

	err_set(&err, ERR_REFUSED, "the sum lacks %zu files in it, of which "
	    "the server tells no size", n);
	return !run_failed(du->walk.run, path, &err);
}

/* Adds up a directory; false: there is no use in going on. */
static bool
du_in(struct du *du, const char *path, uint64_t depth,
    const struct listing *l, uint64_t *sum)
{
	struct walk_level level;
	uint64_t own = 0;
	bool go_on = true;
	size_t i, unknown = 0;

	walk_begin(&level, &du->walk, path, l, (unsigned)depth);
	for (i = 0; i < l->n && go_on; i++) {
		if (l->entry[i].type == 'f' && l->entry[i].size > 0)
			own += (uint64_t)l->entry[i].size;
		unknown += l->entry[i].type == 'f' && l->entry[i].size < 0;
		if (l->entry[i].type == 'd')
			go_on = du_below(du, &level, i, &own);
	}
	walk_end(&level);
	if (unknown > 0)
		go_on = du_lacks(du, path, unknown) && go_on;
	if (go_on && depth <= du->max_depth)
		print_size(du, own, path);
	*sum += own;
	return go_on;
}

static void
du_root(struct du *du, const char *path)
{
	struct err err = ERR_INIT;
	struct listing l;
	uint64_t sum = 0;
	bool go_on = true;

	if (names_list(du->walk.run, path, du->walk.flags, &l, &err) != 0)
		go_on = !run_failed(du->walk.run, path, &err);
	if (go_on)
		du_in(du, path, 0, &l, &sum);
	listing_release(&l);
}

static int
du_from(struct run *run, const struct glob_name *name, void *ctx,
    struct err *err)
{
	struct du *du = ctx;
	struct listing l;
	struct entry e;
	int rc;

	if ((rc = names_is_dir(run, name, err)) < 0)
		return -1;
	if (rc == 1) {
		du_root(du, name->path);
		return 0;
	}
	if (names_stat(run, name, LIST_SIZES, &l, &e, err) != 1)
		return -1;
	/* One that cannot be entered: listing it tells why. */
	if (e.type == 'd')
		du_root(du, name->path);
	else
		print_size(du, e.size > 0 ? (uint64_t)e.size : 0,
		    name->path);
	listing_release(&l);
	return 0;
}

static int
check_du(struct run *run, const struct args *a, struct err *err)
{
	uint64_t n;

	(void)run;
	if (args_value(a, 'd') == NULL ||
	    parse_u64(args_value(a, 'd'), UINT32_MAX, &n) == 0)
		return 0;
	return err_set(err, ERR_USAGE, "du: -d: not a number");
}

static int
run_du(struct run *run, const struct args *a, struct err *err)
{
	struct du du = {
		.walk = { .run = run, .flags = LIST_SIZES },
		.human = args_has(a, 'h'),
		.max_depth = UINT64_MAX,
	};
	struct glob_result r = { 0 };
	bool go_on;

	if (args_value(a, 'd') != NULL)
		parse_u64(args_value(a, 'd'), UINT32_MAX, &du.max_depth);
	if (args_has(a, 's'))
		du.max_depth = 0;
	go_on = names_expand(run, a, 0, a->n, &r);
	if (a->n == 0)
		names_add(&r, ".");
	if (go_on)
		names_call(run, &r, du_from, &du);
	glob_release(&r);
	return run_result(run, err);
}

static const struct cmd_option du_options[] = {
	{ 's', "summarize", ARG_NONE, NULL, "only one line an operand" },
	{ 'h', "human-readable", ARG_NONE, NULL, "sizes as 1.5K, 23M" },
	{ 'd', "max-depth", ARG_TEXT, "N", "no lines deeper than that" },
	{ 0 }
};

const struct cmd cmd_du = {
	.name = "du",
	.options = du_options,
	.min = 0, .max = -1, .first = ARG_REMOTE, .rest = ARG_REMOTE,
	.flags = CMD_SERVER | CMD_DATA,
	.usage = "du [-sh] [-d N] [PATH]...",
	.summary = "Add up the sizes of files below directories, in KiB",
	.check = check_du,
	.run = run_du,
};
