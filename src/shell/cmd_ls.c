/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The command ls. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "base/path.h"
#include "base/text.h"
#include "ftp/lister.h"
#include "ftp/zone.h"
#include "shell/cmd_all.h"
#include "shell/names.h"
#include "shell/run.h"
#include "shell/walk.h"
#include "ui/ls.h"

/* Options without a letter. */
enum { COLOR = 256, SORT };

enum { NAME_SHOWN = 256 };

/* What one ls is to show: first files, then directories, as ls(1) does. */
struct look {
	const struct args *a;
	struct ls_options o;
	bool self;			/* -d */
	bool deep;			/* -R */
	unsigned flags;			/* what it is sorted by (lister.h) */
	struct entry *file;
	size_t nfiles;
	struct strvec names;		/* of the files */
	struct strvec dirs;
	struct listing *kept;		/* what file borrows from */
	size_t nkept;
	struct walk walk;		/* -R */
};

static void
tell_entry(struct run *run, const char *path, const struct entry *e)
{
	struct event ev = {
		.type = EVENT_ENTRY, .path = path, .entry = e, .bytes = -1,
		.seconds = -1,
	};

	observe_event(run->obs, &ev);
}

static void
show_entries(struct run *run, const char *dir, const struct entry *entry,
    size_t n, const struct ls_options *o)
{
	char *path;
	size_t i;

	if (!run_is_json(run)) {
		ls_print(run->out, entry, n, o);
		return;
	}
	for (i = 0; i < n; i++) {
		if (entry[i].name[0] == '.' && !o->all)
			continue;
		path = path_join(dir, entry[i].name);
		tell_entry(run, path, &entry[i]);
		free(path);
	}
}

static void
print_header(struct run *run, const char *dir)
{
	if (run_is_json(run))
		return;
	run_print_name(run, *dir != '\0' ? dir : ".");
	fputs(":\n", run->out);
}

static bool show_below(struct run *run, struct look *look, const char *dir,
    const struct listing *l, unsigned depth);

/* -R: directory i of a level; false: there is no use in going on. */
static bool
show_subdir(struct run *run, struct look *look, struct walk_level *level,
    size_t i, const char *path)
{
	struct err err = ERR_INIT;
	struct listing l;
	bool go_on = true;

	if (walk_list(level, i, &l, &err) != 0) {
		go_on = !run_failed(run, path, &err) &&
		    !look->walk.endless;
	} else {
		if (!run_is_json(run))
			putc('\n', run->out);
		print_header(run, path);
		show_entries(run, path, l.entry, l.n, &look->o);
		go_on = show_below(run, look, path, &l, level->depth + 1);
	}
	listing_release(&l);
	return go_on;
}

static bool
show_below(struct run *run, struct look *look, const char *dir,
    const struct listing *l, unsigned depth)
{
	struct walk_level level;
	bool go_on = true;
	char *path;
	size_t i;

	walk_begin(&level, &look->walk, dir, l, depth);
	for (i = 0; i < l->n && go_on; i++) {
		if (l->entry[i].type != 'd' ||
		    (l->entry[i].name[0] == '.' && !look->o.all))
			continue;
		path = path_join(dir, l->entry[i].name);
		go_on = show_subdir(run, look, &level, i, path);
		free(path);
	}
	walk_end(&level);
	return go_on;
}

static int
show_dir(struct run *run, struct look *look, const char *dir, bool header,
    struct err *err)
{
	struct listing l;
	int rc;

	rc = lister_list(run->session, dir, LIST_TO_LOOK, look->flags, &l, err);
	if (rc == 0 && (header || look->deep))
		print_header(run, dir);
	if (rc == 0)
		show_entries(run, dir, l.entry, l.n, &look->o);
	if (rc == 0 && look->deep)
		show_below(run, look, dir, &l, 0);
	listing_release(&l);
	return rc;
}

static void
add_file(struct look *look, const char *path, const struct entry *e,
    const struct listing *l)
{
	look->file = xreallocarray(look->file, look->nfiles + 1,
	    sizeof(*look->file));
	look->file[look->nfiles++] = *e;
	strvec_add(&look->names, path);
	if (l->arena == NULL)
		return;
	look->kept = xreallocarray(look->kept, look->nkept + 1,
	    sizeof(*look->kept));
	look->kept[look->nkept++] = *l;
}

/* Whether to list what is in it: 1, 0, -1. */
static int
is_to_enter(struct run *run, const struct look *look,
    const struct glob_name *name, struct err *err)
{
	/* A link that a glob met is shown, one that was named is followed. */
	if (look->self || (name->entry != NULL && name->entry->type == 'l'))
		return 0;
	return names_is_dir(run, name, err);
}

/* In words, why a directory was refused. */
static int
explain_refusal(struct run *run, enum refusal_act act, const char *path,
    struct err *err)
{
	return refusal_explain(run->session, &(struct refusal){ .act = act,
	    .path = *path != '\0' ? path : "." }, err);
}

/* ftp writes "ls DIR FILE" into a local file. */
static void
advise_file(const struct look *look, const char *path, struct err *err)
{
	const struct args *a = look->a;
	char dir[NAME_SHOWN], file[NAME_SHOWN];

	if (err->kind == ERR_REFUSED && a->n == 2 && look->dirs.n == 1 &&
	    strcmp(path, a->word[1].text) == 0)
		err_append(err, "; into a local file: ls %s > %s",
		    text_escape_to(dir, sizeof(dir), a->word[0].text),
		    text_escape_to(file, sizeof(file), path));
}

static int
sort_name(struct run *run, const struct glob_name *name, void *ctx,
    struct err *err)
{
	struct look *look = ctx;
	struct entry e;
	struct listing l;
	int rc;

	if ((rc = is_to_enter(run, look, name, err)) < 0)
		return -1;
	if (rc == 1) {
		strvec_add(&look->dirs, name->path);
		return 0;
	}
	if (names_stat(run, name, look->flags, &l, &e, err) != 1) {
		advise_file(look, name->path, err);
		return -1;
	}
	/* One that cannot be entered: listing it tells why. */
	if (e.type == 'd' && !look->self) {
		strvec_add(&look->dirs, name->path);
		listing_release(&l);
		return 0;
	}
	add_file(look, name->path, &e, &l);
	return 0;
}

/* Files that were named: in the zone of those in directories. */
static void
settle_zone(struct run *run, struct look *look)
{
	struct listing l = { .entry = look->file, .n = look->nfiles };
	struct err ignored = ERR_INIT;

	if ((look->flags & LIST_ZONE) != 0)
		zone_settle(run->session, "", &l, &ignored);
}

static bool
show_files(struct run *run, struct look *look)
{
	struct ls_options o = look->o;
	size_t i;

	if (look->nfiles == 0)
		return false;
	for (i = 0; i < look->nfiles; i++)
		look->file[i].name = look->names.v[i];
	settle_zone(run, look);
	o.all = true;
	show_entries(run, "", look->file, look->nfiles, &o);
	return true;
}

static void
show_dirs(struct run *run, struct look *look, bool more)
{
	struct err err = ERR_INIT;
	bool header = more || look->dirs.n > 1;
	size_t i;

	for (i = 0; i < look->dirs.n; i++) {
		if ((more || i > 0) && !run_is_json(run))
			putc('\n', run->out);
		if (show_dir(run, look, look->dirs.v[i], header, &err) == 0)
			continue;
		explain_refusal(run, REFUSAL_LIST, look->dirs.v[i], &err);
		if (run_failed(run, look->dirs.v[i], &err))
			break;
		err_clear(&err);
	}
}

static void
release_look(struct look *look)
{
	size_t i;

	for (i = 0; i < look->nkept; i++)
		listing_release(&look->kept[i]);
	free(look->kept);
	free(look->file);
	strvec_release(&look->names);
	strvec_release(&look->dirs);
}

/* WHEN of --color, also in the words that ls(1) knows; -1: none of them. */
static int
color_when(const char *text)
{
	static const struct {
		const char *word;
		enum when when;
	} words[] = {
		{ "auto", WHEN_AUTO }, { "always", WHEN_ALWAYS },
		{ "never", WHEN_NEVER }, { "tty", WHEN_AUTO },
		{ "if-tty", WHEN_AUTO }, { "yes", WHEN_ALWAYS },
		{ "force", WHEN_ALWAYS }, { "no", WHEN_NEVER },
		{ "none", WHEN_NEVER },
	};
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(words[i].word, text) == 0)
			return (int)words[i].when;
	return -1;
}

static bool
is_colored(const struct run *run, const struct args *a)
{
	const char *text = args_value(a, COLOR);
	int when = (int)run->set->color;

	if (args_has(a, COLOR))
		when = text != NULL ? color_when(text) : WHEN_ALWAYS;
	return when == WHEN_ALWAYS || (when == WHEN_AUTO &&
	    run_is_terminal(run) && term_color());
}

/* --sort; -1: no such word. */
static int
sort_by(const char *text)
{
	static const struct {
		const char *text;
		enum ls_sort sort;
	} words[] = {
		{ "name", LS_BY_NAME }, { "size", LS_BY_SIZE },
		{ "time", LS_BY_TIME }, { "date", LS_BY_TIME },
		{ "none", LS_UNSORTED },
	};
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(words[i].text, text) == 0)
			return (int)words[i].sort;
	}
	return -1;
}

static enum ls_sort
sort_of(const struct args *a)
{
	if (args_has(a, SORT))
		return (enum ls_sort)sort_by(args_value(a, SORT));
	if (args_has(a, 'f'))
		return LS_UNSORTED;
	return args_has(a, 'S') ? LS_BY_SIZE :
	    args_has(a, 't') ? LS_BY_TIME : LS_BY_NAME;
}

static int
check_ls(struct run *run, const struct args *a, struct err *err)
{
	const char *text = args_value(a, COLOR);

	(void)run;
	if (text != NULL && color_when(text) == -1)
		return err_set(err, ERR_USAGE, "ls: --color: neither auto, "
		    "always nor never");
	if (args_has(a, SORT) && sort_by(args_value(a, SORT)) == -1)
		return err_set(err, ERR_USAGE, "ls: --sort: neither name, "
		    "size, time nor none");
	return 0;
}

static struct ls_options
ls_options(const struct run *run, const struct args *a)
{
	struct ls_options o = {
		.all = args_has(a, 'a') || args_has(a, 'A'),
		.reverse = args_has(a, 'r'), .human = args_has(a, 'h'),
		.classify = args_has(a, 'F'), .color = is_colored(run, a),
		.raw = !run_is_terminal(run), .now = time(NULL),
	};

	o.long_form = args_has(a, 'l') || args_has(a, 'n');
	o.one_column = args_has(a, '1') || (o.raw && !args_has(a, 'C'));
	o.columns = term_columns(fileno(run->out));
	o.sort = sort_of(a);
	return o;
}

static int
run_ls(struct run *run, const struct args *a, struct err *err)
{
	struct look look = {
		.a = a, .o = ls_options(run, a), .self = args_has(a, 'd'),
		.deep = args_has(a, 'R') && !args_has(a, 'd'),
		.walk = { .run = run },
	};
	struct glob_result r = { 0 };
	bool go_on;

	look.flags = look.o.sort == LS_BY_SIZE ? LIST_SIZES :
	    look.o.sort == LS_BY_TIME ? LIST_TIMES : 0;
	if (look.o.long_form || run_is_json(run))
		look.flags |= LIST_ZONE;
	look.walk.flags = look.flags;
	if (a->n == 0 && !look.self)
		return show_dir(run, &look, "", false, err) == 0 ?
		    run_result(run, err) :
		    explain_refusal(run, REFUSAL_LIST, ".", err);
	if (a->n == 1 && !look.self && !a->word[0].glob) {
		if (show_dir(run, &look, a->word[0].text, false, err) == 0)
			return run_result(run, err);
		if (err->kind != ERR_REFUSED || err->code / 100 != 5) {
			run_failed(run, a->word[0].text, err);
			return run_result(run, err);
		}
	}
	/* No directory, then: what it is has to be asked for. */
	err_clear(err);
	go_on = names_expand(run, a, 0, a->n, &r);
	if (a->n == 0)
		names_add(&r, ".");
	if (go_on)
		go_on = names_call(run, &r, sort_name, &look);
	if (go_on)
		show_dirs(run, &look, show_files(run, &look));
	release_look(&look);
	glob_release(&r);
	return run_result(run, err);
}

static const struct cmd_alias ls_aliases[] = {
	{ "dir", 'l' }, { "ll", 'l' }, { 0 }
};

static const struct cmd_option ls_options_[] = {
	{ 'l', "long", ARG_NONE, NULL, "modes, owner, size and time, too" },
	{ 'a', "all", ARG_NONE, NULL, "hidden names, too" },
	{ 'A', "almost-all", ARG_NONE, NULL, "the same" },
	{ '1', NULL, ARG_NONE, NULL, "one name a line" },
	{ 'C', NULL, ARG_NONE, NULL, "in columns, also to a file or pipe" },
	{ 'F', "classify", ARG_NONE, NULL,
	    "a mark behind directories (/), links (@), programs (*)" },
	{ 'R', "recursive", ARG_NONE, NULL, "directories below, too" },
	{ 't', NULL, ARG_NONE, NULL, "newest first" },
	{ 'S', NULL, ARG_NONE, NULL, "largest first" },
	{ 'r', "reverse", ARG_NONE, NULL, "in reverse order" },
	{ 'h', "human-readable", ARG_NONE, NULL, "sizes as 1.5K, 23M" },
	{ 'n', "numeric-uid-gid", ARG_NONE, NULL,
	    "as -l: owners are what the server tells" },
	{ 'd', "directory", ARG_NONE, NULL,
	    "directories themselves, not what is in them" },
	{ COLOR, "color", ARG_TEXT, "[=WHEN]", "colours: auto, always, never" },
	{ 0 }
};

/* sftp's, and lftp's and coreutils'. */
static const struct cmd_option ls_others[] = {
	{ 'f', NULL, ARG_NONE, NULL, "" },
	{ SORT, "sort", ARG_TEXT, "WORD", "" },
	{ 0 }
};

static const struct cmd_option *const ls_foreign[] = { ls_others, NULL };

static const struct cmd_alias ls_synonyms[] = {
	{ "cls", 'F' }, { "recls", 'F' }, { "rels", 0 }, { "mls", 0 },
	{ "mdir", 'l' }, { "mlsd", 0 }, { NULL, 0 }
};

const struct cmd cmd_ls = {
	.name = "ls",
	.aliases = ls_aliases,
	.synonyms = ls_synonyms,
	.options = ls_options_,
	.foreign = ls_foreign,
	.min = 0, .max = -1, .first = ARG_REMOTE, .rest = ARG_REMOTE,
	.flags = CMD_SERVER | CMD_DATA,
	.group = "Look",
	.usage = "ls [-laACFRtSr1hnd] [--color[=WHEN]] [FILE]...",
	.summary = "List directories and files; dir and ll: ls -l",
	.check = check_ls,
	.run = run_ls,
};
