/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The command tree. */
#include <inttypes.h>
#include <langinfo.h>
#include <stdlib.h>
#include <string.h>

#include "base/parse.h"
#include "base/path.h"
#include "listing/need.h"
#include "shell/cmd_all.h"
#include "shell/names.h"
#include "shell/run.h"
#include "shell/walk.h"

/* How the lines are drawn. */
struct lines {
	const char *child, *last;	/* before a name */
	const char *go_on, *done;	/* before what is below it */
};

struct tree_view {
	struct walk walk;
	const struct lines *lines;
	bool all, dirs_only;
	uint64_t max_depth;
	uint64_t dirs, files;
	struct buf indent;		/* of the directory under way */
	bool stop;			/* there is no use in going on */
};

static bool
is_shown(const struct tree_view *t, const struct entry *e)
{
	return (t->all || e->name[0] != '.') &&
	    (!t->dirs_only || e->type == 'd') && !path_is_part(e->name);
}

static void
print_entry(struct tree_view *t, const struct entry *e, bool last)
{
	struct run *run = t->walk.run;

	fprintf(run->out, "%s%s", t->indent.data, last ? t->lines->last :
	    t->lines->child);
	run_print_name(run, e->name);
	if (e->target != NULL) {
		fputs(" -> ", run->out);
		run_print_name(run, e->target);
	}
	putc('\n', run->out);
	if (e->type == 'd')
		t->dirs++;
	else
		t->files++;
}

static void tree_in(struct tree_view *t, const char *path,
    const struct listing *l, unsigned depth);

static void
tree_below(struct tree_view *t, struct walk_level *level, size_t i, bool last)
{
	size_t before = t->indent.len;
	struct err err = ERR_INIT;
	struct listing l;
	char *path;

	path = path_join(level->path, level->listing->entry[i].name);
	buf_adds(&t->indent, last ? t->lines->done : t->lines->go_on);
	if (walk_list(level, i, &l, &err) == 0)
		tree_in(t, path, &l, level->depth + 1);
	else if (run_failed(t->walk.run, path, &err))
		t->stop = true;
	t->stop = t->stop || t->walk.endless;
	listing_release(&l);
	buf_truncate(&t->indent, before);
	free(path);
}

static void
tree_in(struct tree_view *t, const char *path, const struct listing *l,
    unsigned depth)
{
	struct walk_level level;
	size_t i, left = 0;

	for (i = 0; i < l->n; i++)
		left += is_shown(t, &l->entry[i]);
	walk_begin(&level, &t->walk, path, l, depth);
	for (i = 0; i < l->n && !t->stop; i++) {
		if (!is_shown(t, &l->entry[i]))
			continue;
		print_entry(t, &l->entry[i], --left == 0);
		if (l->entry[i].type == 'd' && depth + 1 < t->max_depth)
			tree_below(t, &level, i, left == 0);
	}
	walk_end(&level);
}

static int
tree_from(struct run *run, const struct glob_name *name, void *ctx,
    struct err *err)
{
	struct tree_view *t = ctx;
	struct listing l;
	int rc;

	rc = names_list(run, name->path, t->walk.flags, &l, err);
	if (rc == 0) {
		run_print_name(run, name->path);
		putc('\n', run->out);
		tree_in(t, name->path, &l, 0);
	}
	listing_release(&l);
	return rc;
}

static void
print_sum(const struct tree_view *t)
{
	FILE *fp = t->walk.run->out;

	fprintf(fp, "\n%" PRIu64 " director%s", t->dirs,
	    t->dirs == 1 ? "y" : "ies");
	if (!t->dirs_only)
		fprintf(fp, ", %" PRIu64 " file%s", t->files,
		    t->files == 1 ? "" : "s");
	putc('\n', fp);
}

static int
check_tree(struct run *run, const struct args *a, struct err *err)
{
	uint64_t n = 1;

	(void)run;
	if (args_value(a, 'L') == NULL ||
	    (parse_u64(args_value(a, 'L'), UINT32_MAX, &n) == 0 && n > 0))
		return 0;
	return err_set(err, ERR_USAGE, "tree: -L: not a number from 1 on");
}

static int
run_tree(struct run *run, const struct args *a, struct err *err)
{
	static const struct lines fine = {
		"\u251c\u2500\u2500 ", "\u2514\u2500\u2500 ",
		"\u2502   ", "    "
	}, plain = { "|-- ", "`-- ", "|   ", "    " };
	struct tree_view t = {
		.walk = { .run = run, .flags = LIST_TARGETS | LIST_LINKS },
		.lines = strcmp(nl_langinfo(CODESET), "UTF-8") == 0 ? &fine :
		    &plain,
		.all = args_has(a, 'a'), .dirs_only = args_has(a, 'd'),
		.max_depth = UINT64_MAX, .indent = BUF_INIT(BUF_OWN),
	};
	struct glob_result r = { 0 };
	bool go_on;

	if (args_value(a, 'L') != NULL)
		parse_u64(args_value(a, 'L'), UINT32_MAX, &t.max_depth);
	buf_adds(&t.indent, "");
	go_on = names_expand(run, a, 0, a->n, &r);
	if (a->n == 0)
		names_add(&r, ".");
	if (go_on && names_call(run, &r, tree_from, &t))
		print_sum(&t);
	buf_release(&t.indent);
	glob_release(&r);
	return run_result(run, err);
}

static const struct cmd_option tree_options[] = {
	{ 'a', "all", ARG_NONE, NULL, "hidden names, too" },
	{ 'd', NULL, ARG_NONE, NULL, "directories only" },
	{ 'L', NULL, ARG_TEXT, "N", "no deeper than N levels" },
	{ 0 }
};

const struct cmd cmd_tree = {
	.name = "tree",
	.options = tree_options,
	.min = 0, .max = -1, .first = ARG_REMOTE_DIR, .rest = ARG_REMOTE_DIR,
	.flags = CMD_SERVER | CMD_DATA,
	.usage = "tree [-ad] [-L N] [DIR]...",
	.summary = "Draw what is below directories as a tree",
	.check = check_tree,
	.run = run_tree,
};
