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
#include "shell/run.h"
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

static int
show_dir(struct run *run, struct look *look, const char *dir, bool header,
    struct err *err)
{
	struct listing l;
	int rc;

	rc = lister_list(run->session, dir, LIST_TO_LOOK, look->flags, &l, err);
	if (rc == 0 && header && !run_is_json(run)) {
		run_print_name(run, dir);
		fputs(":\n", run->out);
	}
	if (rc == 0)
		show_entries(run, dir, l.entry, l.n, &look->o);
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
	if (names_stat(run, name, look->flags, &l, &e, err) != 1)
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
show_files(struct run *run, struct look *look)
{
	struct ls_options o = look->o;
	size_t i;

	if (look->nfiles == 0)
		return false;
	for (i = 0; i < look->nfiles; i++)
		look->file[i].name = look->names.v[i];
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

static bool
is_colored(const struct run *run)
{
	switch (run->set->color) {
	case WHEN_ALWAYS:
		return true;
	case WHEN_NEVER:
		return false;
	case WHEN_AUTO:
		break;
	}
	return run_is_terminal(run) && term_color();
}

static struct ls_options
ls_options(const struct run *run, const struct args *a)
{
	struct ls_options o = {
		.all = args_has(a, 'a'), .reverse = args_has(a, 'r'),
		.human = args_has(a, 'h'), .color = is_colored(run),
		.raw = !run_is_terminal(run), .now = time(NULL),
	};

	o.long_form = args_has(a, 'l');
	o.one_column = args_has(a, '1') || o.raw;
	o.columns = term_columns(fileno(run->out));
	o.sort = args_has(a, 'S') ? LS_BY_SIZE :
	    args_has(a, 't') ? LS_BY_TIME : LS_BY_NAME;
	return o;
}

static int
run_ls(struct run *run, const struct args *a, struct err *err)
{
	struct look look = {
		.o = ls_options(run, a), .self = args_has(a, 'd'),
	};
	struct glob_result r = { 0 };
	bool go_on;

	look.flags = look.o.sort == LS_BY_SIZE ? LIST_SIZES :
	    look.o.sort == LS_BY_TIME ? LIST_TIMES : 0;
	if (a->n == 0 && !look.self)
		return show_dir(run, &look, "", false, err) == 0 ? 0 :
		    explain_refusal(run, REFUSAL_LIST, ".", err);
	if (a->n == 1 && !look.self && !a->word[0].glob) {
		if (show_dir(run, &look, a->word[0].text, false, err) == 0)
			return 0;
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
print_names(struct run *run, const struct strvec *names, const char *dir)
{
	const char *name;
	size_t i;

	for (i = 0; i < names->n; i++) {
		name = without_dir(names->v[i], dir);
		if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
			continue;
		run_print_name(run, name);
		putc('\n', run->out);
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
check_dir(struct run *run, const char *dir, int rc, struct err *err)
{
	struct err other = ERR_INIT;
	int is_dir = folders_has(run->session, dir, &other);

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
run_nlist(struct run *run, const struct args *a, struct err *err)
{
	const char *dir = a->n > 0 ? a->word[0].text : "";
	struct strvec names = STRVEC_INIT;
	char *full;
	int rc;

	rc = lister_names(run->session, dir, &names, err);
	full = session_path(run->session, dir);
	/*
	 * "550 No files found" is what an empty one gets; nothing, or itself,
	 * what is not there or may not be read.
	 */
	if ((rc != 0 && err->kind == ERR_REFUSED) || (rc == 0 &&
	    names_nothing(&names, full)))
		rc = check_dir(run, dir, rc, err);
	if (rc == 0)
		print_names(run, &names, full);
	free(full);
	strvec_release(&names);
	if (rc != 0)
		explain_refusal(run, REFUSAL_LIST, dir, err);
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
run_cd(struct run *run, const struct args *a, struct err *err)
{
	struct glob_result r = { 0 };
	int rc;

	rc = glob_remote(run, &a->word[0], &r, err);
	if (rc == 0 && r.n > 1)
		rc = err_set(err, ERR_USAGE, "cd: more than one directory");
	if (rc == 0)
		rc = session_cd(run->session, r.name[0].path, err);
	if (rc != 0 && r.n == 1)
		explain_refusal(run, REFUSAL_ENTER, r.name[0].path, err);
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
run_pwd(struct run *run, const struct args *a, struct err *err)
{
	(void)a;
	if (session_connect(run->session, err) != 0)
		return -1;
	if (session_cwd(run->session) == NULL)
		return err_set(err, ERR_REFUSED,
		    "pwd: the server does not say where it is");
	run_print_name(run, session_cwd(run->session));
	putc('\n', run->out);
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
print_field(struct run *run, const char *field, const char *value)
{
	if (value == NULL || *value == '\0')
		return;
	fprintf(run->out, "%-8s ", field);
	run_print_name(run, value);
	putc('\n', run->out);
}

static int
stat_one(struct run *run, const struct glob_name *name, void *ctx,
    struct err *err)
{
	struct entry e;
	struct listing l;

	(void)ctx;
	if (names_stat(run, name, LIST_SIZES | LIST_TIMES, &l, &e, err) != 1)
		return -1;
	if (run_is_json(run)) {
		tell_entry(run, name->path, &e);
		listing_release(&l);
		return 0;
	}
	print_field(run, "name", name->path);
	fprintf(run->out, "type     %s\n", type_name(e.type));
	if (e.size >= 0)
		fprintf(run->out, "size     %" PRId64 "\n", e.size);
	print_time(run->out, &e);
	if (e.mode >= 0)
		fprintf(run->out, "mode     %04o\n", (unsigned)e.mode);
	print_field(run, "owner", e.owner);
	print_field(run, "group", e.group);
	print_field(run, "target", e.target);
	listing_release(&l);
	return 0;
}

static int
run_stat(struct run *run, const struct args *a, struct err *err)
{
	return names_each(run, a, stat_one, NULL, err);
}

const struct cmd cmd_stat = {
	.name = "stat",
	.min = 1, .max = -1, .first = ARG_REMOTE, .rest = ARG_REMOTE,
	.flags = CMD_SERVER,
	.usage = "stat FILE...",
	.summary = "Show what is known of a file",
	.run = run_stat,
};
