/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The commands that look at directories: ls, nlist, cd, pwd, stat. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "base/path.h"
#include "base/text.h"
#include "ftp/folders.h"
#include "ftp/lister.h"
#include "shell/cmd_all.h"
#include "shell/names.h"
#include "shell/shell.h"
#include "ui/ls.h"

/* ls */

/* What one ls is to show: first files, then directories, as ls(1) does. */
struct look {
	struct ls_options o;
	bool self;			/* -d */
	unsigned flags;			/* what it is sorted by (lister.h) */
	struct entry *file;
	size_t nfiles;
	struct strvec names;		/* of the files */
	struct strvec dirs;
	struct listing *kept;		/* what file borrows from */
	size_t nkept;
};

static void
tell_entry(struct shell *sh, const char *path, const struct entry *e)
{
	struct event ev = {
		.type = EVENT_ENTRY, .path = path, .entry = e, .bytes = -1,
		.seconds = -1,
	};

	observe_event(sh->obs, &ev);
}

static void
show(struct shell *sh, const char *dir, const struct entry *entry, size_t n,
    const struct ls_options *o)
{
	char *path;
	size_t i;

	if (!shell_is_json(sh)) {
		ls_print(sh->out, entry, n, o);
		return;
	}
	for (i = 0; i < n; i++) {
		if (entry[i].name[0] == '.' && !o->all)
			continue;
		path = path_join(dir, entry[i].name);
		tell_entry(sh, path, &entry[i]);
		free(path);
	}
}

static int
show_dir(struct shell *sh, struct look *look, const char *dir, bool header,
    struct err *err)
{
	struct listing l;
	int rc;

	rc = lister_list(sh->session, dir, LIST_TO_LOOK, look->flags, &l, err);
	if (rc == 0 && header && !shell_is_json(sh)) {
		shell_print_name(sh, dir);
		fputs(":\n", sh->out);
	}
	if (rc == 0)
		show(sh, dir, l.entry, l.n, &look->o);
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
is_to_enter(struct shell *sh, const struct look *look,
    const struct glob_name *name, struct err *err)
{
	/* A link that a glob met is shown, one that was named is followed. */
	if (look->self || (name->entry != NULL && name->entry->type == 'l'))
		return 0;
	return names_is_dir(sh, name, err);
}

/* In words, why a directory was refused. */
static int
refused(struct shell *sh, enum refusal_act act, const char *path,
    struct err *err)
{
	return refusal_explain(sh->session, &(struct refusal){ .act = act,
	    .path = *path != '\0' ? path : "." }, err);
}

static int
sort_out(struct shell *sh, const struct glob_name *name, void *ctx,
    struct err *err)
{
	struct look *look = ctx;
	struct entry e;
	struct listing l;
	int rc;

	if ((rc = is_to_enter(sh, look, name, err)) < 0)
		return -1;
	if (rc == 1) {
		strvec_add(&look->dirs, name->path);
		return 0;
	}
	if (names_stat(sh, name, look->flags, &l, &e, err) != 1)
		return -1;
	/* One that cannot be entered: listing it tells why. */
	if (e.type == 'd' && !look->self) {
		strvec_add(&look->dirs, name->path);
		listing_release(&l);
		return 0;
	}
	add_file(look, name->path, &e, &l);
	return 0;
}

static bool
show_files(struct shell *sh, struct look *look)
{
	struct ls_options o = look->o;
	size_t i;

	if (look->nfiles == 0)
		return false;
	for (i = 0; i < look->nfiles; i++)
		look->file[i].name = look->names.v[i];
	o.all = true;
	show(sh, "", look->file, look->nfiles, &o);
	return true;
}

static int
show_dirs(struct shell *sh, struct look *look, bool more, struct err *err)
{
	enum err_kind kind = ERR_NONE;
	bool header = more || look->dirs.n > 1;
	size_t i;

	for (i = 0; i < look->dirs.n; i++) {
		if ((more || i > 0) && !shell_is_json(sh))
			putc('\n', sh->out);
		if (show_dir(sh, look, look->dirs.v[i], header, err) == 0)
			continue;
		refused(sh, REFUSAL_LIST, look->dirs.v[i], err);
		if (shell_failed(sh, look->dirs.v[i], err, &kind))
			break;
		err_clear(err);
	}
	return shell_result(kind, err);
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

static bool
is_colored(const struct shell *sh)
{
	switch (shell_settings(sh)->color) {
	case WHEN_ALWAYS:
		return true;
	case WHEN_NEVER:
		return false;
	case WHEN_AUTO:
		break;
	}
	return shell_is_terminal(sh) && term_color();
}

static struct ls_options
ls_options(const struct shell *sh, const struct args *a)
{
	const char *name = a->line->word[0].text;
	struct ls_options o = {
		.all = args_has(a, 'a'), .reverse = args_has(a, 'r'),
		.human = args_has(a, 'h'), .color = is_colored(sh),
		.raw = !shell_is_terminal(sh), .now = time(NULL),
	};

	o.long_form = args_has(a, 'l') || strcmp(name, "ll") == 0 ||
	    strcmp(name, "dir") == 0;
	o.one_column = args_has(a, '1') || o.raw;
	o.columns = term_columns(fileno(sh->out));
	o.sort = args_has(a, 'S') ? LS_BY_SIZE :
	    args_has(a, 't') ? LS_BY_TIME : LS_BY_NAME;
	return o;
}

static int
run_ls(struct shell *sh, const struct args *a, struct err *err)
{
	struct look look = { .o = ls_options(sh, a), .self = args_has(a, 'd') };
	struct glob_result r = { 0 };
	enum err_kind kind = ERR_NONE;
	bool go_on;

	look.flags = look.o.sort == LS_BY_SIZE ? LIST_SIZES :
	    look.o.sort == LS_BY_TIME ? LIST_TIMES : 0;
	if (a->n == 0 && !look.self)
		return show_dir(sh, &look, "", false, err) == 0 ? 0 :
		    refused(sh, REFUSAL_LIST, ".", err);
	if (a->n == 1 && !look.self && !a->word[0].glob) {
		if (show_dir(sh, &look, a->word[0].text, false, err) == 0)
			return 0;
		if (err->kind != ERR_REFUSED || err->code / 100 != 5) {
			shell_failed(sh, a->word[0].text, err, &kind);
			return shell_result(kind, err);
		}
	}
	/* No directory, then: what it is has to be asked for. */
	err_clear(err);
	go_on = names_expand(sh, a, 0, a->n, &r, &kind);
	if (a->n == 0)
		names_add(&r, ".");
	if (go_on)
		go_on = names_call(sh, &r, sort_out, &look, &kind);
	if (go_on && show_dirs(sh, &look, show_files(sh, &look), err) != 0)
		kind = err_merge(kind, err->kind);
	release_look(&look);
	glob_release(&r);
	return shell_result(kind, err);
}

static const char *const ls_aliases[] = { "dir", "ll", NULL };

static const struct cmd_option ls_options_[] = {
	{ 'l', "long", ARG_NONE, NULL, "modes, owner, size and time, too" },
	{ 'a', "all", ARG_NONE, NULL, "hidden names, too" },
	{ '1', NULL, ARG_NONE, NULL, "one name a line" },
	{ 't', NULL, ARG_NONE, NULL, "newest first" },
	{ 'S', NULL, ARG_NONE, NULL, "largest first" },
	{ 'r', "reverse", ARG_NONE, NULL, "in reverse order" },
	{ 'h', "human-readable", ARG_NONE, NULL, "sizes as 1.5K, 23M" },
	{ 'd', "directory", ARG_NONE, NULL,
	    "directories themselves, not what is in them" },
	{ 0 }
};

const struct cmd cmd_ls = {
	.name = "ls",
	.aliases = ls_aliases,
	.options = ls_options_,
	.min = 0, .max = -1, .first = ARG_REMOTE, .rest = ARG_REMOTE,
	.flags = CMD_SERVER | CMD_DATA,
	.usage = "ls [-la1tSrhd] [FILE]...",
	.summary = "List directories and files; dir and ll: ls -l",
	.run = run_ls,
};

/* nlist */

/* Some servers put the directory asked for before each name. */
static const char *
without_dir(const char *name, const char *dir)
{
	size_t n = strlen(dir);

	if (n > 0 && dir[n - 1] == '/')
		n--;
	if (strncmp(name, dir, n) == 0 && name[n] == '/')
		return name + n + 1;
	return name;
}

static void
print_names(struct shell *sh, const struct strvec *names, const char *dir)
{
	const char *name;
	size_t i;

	for (i = 0; i < names->n; i++) {
		name = without_dir(names->v[i], dir);
		if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
			continue;
		shell_print_name(sh, name);
		putc('\n', sh->out);
	}
}

/* Whether there is no name in a list but the directory's own. */
static bool
names_nothing(const struct strvec *names, const char *full)
{
	return names->n == 0 || (names->n == 1 &&
	    strcmp(path_base(names->v[0]), path_base(full)) == 0);
}

/* What an empty list, or a refusal (rc is not 0), is worth. */
static int
check_dir(struct shell *sh, const char *dir, int rc, struct err *err)
{
	struct err other = ERR_INIT;
	int is_dir = folders_has(sh->session, dir, &other);

	if (is_dir == 1) {
		err_clear(err);
		return 0;
	}
	if (rc != 0)
		return rc;
	if (is_dir < 0)
		*err = other;
	else
		err_set(err, ERR_REFUSED, "%s: no such directory, or it may "
		    "not be read", dir);
	return -1;
}

static int
run_nlist(struct shell *sh, const struct args *a, struct err *err)
{
	const char *dir = a->n > 0 ? a->word[0].text : "";
	struct strvec names = STRVEC_INIT;
	char *full;
	int rc;

	rc = lister_names(sh->session, dir, &names, err);
	full = session_path(sh->session, dir);
	/*
	 * "550 No files found" is what an empty one gets; nothing, or itself,
	 * what is not there or may not be read.
	 */
	if ((rc != 0 && err->kind == ERR_REFUSED) || (rc == 0 &&
	    names_nothing(&names, full)))
		rc = check_dir(sh, dir, rc, err);
	if (rc == 0)
		print_names(sh, &names, full);
	free(full);
	strvec_release(&names);
	if (rc != 0)
		refused(sh, REFUSAL_LIST, dir, err);
	return rc != 0 ? err_prefix(err, "nlist") : 0;
}

const struct cmd cmd_nlist = {
	.name = "nlist",
	.min = 0, .max = 1, .first = ARG_REMOTE_DIR,
	.flags = CMD_SERVER | CMD_DATA,
	.usage = "nlist [DIR]",
	.summary = "List names as the server gives them (NLST)",
	.run = run_nlist,
};

/* cd, pwd */

static int
run_cd(struct shell *sh, const struct args *a, struct err *err)
{
	struct glob_result r = { 0 };
	int rc;

	rc = glob_remote(sh, &a->word[0], &r, err);
	if (rc == 0 && r.n > 1)
		rc = err_set(err, ERR_USAGE, "cd: more than one directory");
	if (rc == 0)
		rc = session_cd(sh->session, r.name[0].path, err);
	if (rc != 0 && r.n == 1)
		refused(sh, REFUSAL_ENTER, r.name[0].path, err);
	glob_release(&r);
	return rc;
}

const struct cmd cmd_cd = {
	.name = "cd",
	.min = 1, .max = 1, .first = ARG_REMOTE_DIR,
	.flags = CMD_SERVER,
	.usage = "cd DIR",
	.summary = "Change the directory on the server",
	.run = run_cd,
};

static int
run_pwd(struct shell *sh, const struct args *a, struct err *err)
{
	(void)a;
	if (session_connect(sh->session, err) != 0)
		return -1;
	if (session_cwd(sh->session) == NULL)
		return err_set(err, ERR_REFUSED,
		    "pwd: the server does not say where it is");
	shell_print_name(sh, session_cwd(sh->session));
	putc('\n', sh->out);
	return 0;
}

const struct cmd cmd_pwd = {
	.name = "pwd",
	.flags = CMD_SERVER,
	.usage = "pwd",
	.summary = "Print the directory on the server",
	.run = run_pwd,
};

/* stat */

static const char *
type_name(char type)
{
	switch (type) {
	case 'f':
		return "file";
	case 'd':
		return "directory";
	case 'l':
		return "link";
	default:
		return "other";
	}
}

static void
print_time(FILE *fp, const struct entry *e)
{
	char text[64];
	struct tm tm;

	if (e->precision == PRECISION_NONE)
		return;
	/* What a LIST says is the server's own clock. */
	if ((e->precision >= PRECISION_SECOND ?
	    localtime_r(&e->mtime.tv_sec, &tm) :
	    gmtime_r(&e->mtime.tv_sec, &tm)) == NULL ||
	    strftime(text, sizeof(text), e->precision >= PRECISION_SECOND ?
	    "%Y-%m-%d %H:%M:%S %z" : e->precision == PRECISION_MINUTE ?
	    "%Y-%m-%d %H:%M (server's clock)" :
	    "%Y-%m-%d (server's clock)", &tm) == 0)
		strlcpy(text, "?", sizeof(text));
	fprintf(fp, "modified %s\n", text);
}

static void
print_field(struct shell *sh, const char *field, const char *value)
{
	if (value == NULL || *value == '\0')
		return;
	fprintf(sh->out, "%-8s ", field);
	shell_print_name(sh, value);
	putc('\n', sh->out);
}

static int
stat_one(struct shell *sh, const struct glob_name *name, void *ctx,
    struct err *err)
{
	struct entry e;
	struct listing l;

	(void)ctx;
	if (names_stat(sh, name, LIST_SIZES | LIST_TIMES, &l, &e, err) != 1)
		return -1;
	if (shell_is_json(sh)) {
		tell_entry(sh, name->path, &e);
		listing_release(&l);
		return 0;
	}
	print_field(sh, "name", name->path);
	fprintf(sh->out, "type     %s\n", type_name(e.type));
	if (e.size >= 0)
		fprintf(sh->out, "size     %" PRId64 "\n", e.size);
	print_time(sh->out, &e);
	if (e.mode >= 0)
		fprintf(sh->out, "mode     %04o\n", (unsigned)e.mode);
	print_field(sh, "owner", e.owner);
	print_field(sh, "group", e.group);
	print_field(sh, "target", e.target);
	listing_release(&l);
	return 0;
}

static int
run_stat(struct shell *sh, const struct args *a, struct err *err)
{
	return names_each(sh, a, stat_one, NULL, err);
}

const struct cmd cmd_stat = {
	.name = "stat",
	.min = 1, .max = -1, .first = ARG_REMOTE, .rest = ARG_REMOTE,
	.flags = CMD_SERVER,
	.usage = "stat FILE...",
	.summary = "Show what is known of a file",
	.run = run_stat,
};
