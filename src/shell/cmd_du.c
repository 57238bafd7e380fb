/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The command du. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

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
	KIB = 1024,
	MIB = 1024 * 1024,
	SIZE_TEXT = 16,
};

struct du {
	struct walk walk;
	bool human, all;
	uint64_t unit;		/* bytes */
	uint64_t total;
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
		    (bytes + du->unit - 1) / du->unit);
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

/* A file's share; unknown counts those without. */
static void
du_file(struct du *du, const char *dir, const struct entry *e, uint64_t depth,
    uint64_t *sum, size_t *unknown)
{
	char *path;

	if (e->size < 0) {
		++*unknown;
		return;
	}
	*sum += (uint64_t)e->size;
	if (!du->all || depth > du->max_depth)
		return;
	path = path_join(dir, e->name);
	print_size(du, (uint64_t)e->size, path);
	free(path);
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
		if (l->entry[i].type == 'f')
			du_file(du, path, &l->entry[i], depth + 1, &own,
			    &unknown);
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
	du->total += sum;
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
	if (e.type != 'd' && e.size > 0)
		du->total += (uint64_t)e.size;
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
		.human = args_has(a, 'h'), .all = args_has(a, 'a'),
		.unit = args_has(a, 'b') ? 1 : args_has(a, 'm') ? MIB : KIB,
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
	if (args_has(a, 'c'))
		print_size(&du, du.total, "total");
	glob_release(&r);
	return run_result(run, err);
}

static const struct cmd_option du_options[] = {
	{ 's', "summarize", ARG_NONE, NULL, "only one line an operand" },
	{ 'a', "all", ARG_NONE, NULL, "lines for files, too" },
	{ 'c', "total", ARG_NONE, NULL, "a line for all together" },
	{ 'h', "human-readable", ARG_NONE, NULL, "sizes as 1.5K, 23M" },
	{ 'b', "bytes", ARG_NONE, NULL, "in bytes" },
	{ 'k', NULL, ARG_NONE, NULL, "in KiB (the default)" },
	{ 'm', NULL, ARG_NONE, NULL, "in MiB" },
	{ 'd', "max-depth", ARG_TEXT, "N", "no lines deeper than that" },
	{ 0 }
};

const struct cmd cmd_du = {
	.name = "du",
	.options = du_options,
	.min = 0, .max = -1, .first = ARG_REMOTE, .rest = ARG_REMOTE,
	.flags = CMD_SERVER | CMD_DATA,
	.usage = "du [-sachbkm] [-d N] [PATH]...",
	.summary = "Add up the sizes of files below directories, in KiB",
	.check = check_du,
	.run = run_du,
};
