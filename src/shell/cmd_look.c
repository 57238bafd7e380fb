/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The commands that tell where we are and what is there: nlist, cd, pwd... */
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

/* nlist */

/* In words, why a directory was refused. */
static int
explain_refusal(struct run *run, enum refusal_act act, const char *path,
    struct err *err)
{
	return refusal_explain(run->session, &(struct refusal){ .act = act,
	    .path = *path != '\0' ? path : "." }, err);
}

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

/* The list is empty, or was refused (rc is not 0): is it a directory? */
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
	 * An empty directory may get "550 No files found"; one that does not
	 * exist, or may not be read, an empty list or its own name.
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

static const struct cmd_alias nlist_synonyms[] = {
	{ "renlist", 0 }, { NULL, 0 }
};

const struct cmd cmd_nlist = {
	.name = "nlist",
	.synonyms = nlist_synonyms,
	.min = 0, .max = 1, .first = ARG_REMOTE_DIR,
	.flags = CMD_SERVER | CMD_DATA,
	.usage = "nlist [DIR]",
	.summary = "List names as the server gives them (NLST)",
	.run = run_nlist,
};

/* cd, pwd */

/* The option without a letter. */
enum { CD_UP = 256 };

/* A directory that the session knows: NULL, "~" or "~/...", "-". */
static char *
known_dir(const struct session *s, const char *word, struct err *err)
{
	bool last = word != NULL && strcmp(word, "-") == 0;
	const char *dir = last ? session_last_dir(s) : session_login_dir(s);

	if (dir == NULL) {
		err_set(err, ERR_USAGE, last ? "cd: there is no directory "
		    "before this one" : "cd: the server does not say where "
		    "the login leads; give a directory");
		return NULL;
	}
	return word != NULL && word[0] == '~' && word[1] == '/' ?
	    path_join(dir, word + 2) : xstrdup(dir);
}

static bool
is_known_dir(const struct word *w)
{
	return strcmp(w->text, "-") == 0 || (w->text[0] == '~' &&
	    (w->text[1] == '/' || w->text[1] == '\0'));
}

static int
cd_known(struct run *run, const char *word, struct err *err)
{
	char *dir = known_dir(run->session, word, err);
	int rc = -1;

	if (dir == NULL)
		return -1;
	rc = session_cd(run->session, dir, err);
	if (rc != 0)
		explain_refusal(run, REFUSAL_ENTER, dir, err);
	else if (word != NULL && strcmp(word, "-") == 0) {
		run_print_name(run, session_cwd(run->session));
		putc('\n', run->out);
	}
	free(dir);
	return rc;
}

static int
cd_up(struct run *run, const struct args *a, struct err *err)
{
	if (a->n > 0)
		return err_set(err, ERR_USAGE, "cd: --up takes no directory");
	if (session_cd(run->session, "..", err) == 0)
		return 0;
	return explain_refusal(run, REFUSAL_ENTER, "..", err);
}

static int
run_cd(struct run *run, const struct args *a, struct err *err)
{
	struct glob_result r = { 0 };
	int rc;

	if (args_has(a, CD_UP))
		return cd_up(run, a, err);
	if (a->n == 0 || is_known_dir(&a->word[0]))
		return cd_known(run, a->n > 0 ? a->word[0].text : NULL, err);
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

static const struct cmd_option cd_options[] = {
	{ CD_UP, "up", ARG_NONE, NULL, "to the directory above" },
	{ 0 }
};

static const struct cmd_alias cd_synonyms[] = {
	{ "chdir", 0 }, { "cdup", CD_UP }, { NULL, 0 }
};

const struct cmd cmd_cd = {
	.name = "cd",
	.synonyms = cd_synonyms,
	.options = cd_options,
	.min = 0, .max = 1, .first = ARG_REMOTE_DIR,
	.flags = CMD_SERVER | CMD_FRONT,
	.usage = "cd [--up] [DIR]",
	.summary = "Change the directory; - the last, ~ or none the login's",
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

static void
tell_entry(struct run *run, const char *path, const struct entry *e)
{
	struct event ev = {
		.type = EVENT_ENTRY, .path = path, .entry = e, .bytes = -1,
		.seconds = -1,
	};

	observe_event(run->obs, &ev);
}

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
	/* LIST tells times by the server's clock, in a zone of its own. */
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
	bool *shown = ctx;
	struct entry e;
	struct listing l;

	if (names_stat(run, name, LIST_SIZES | LIST_TIMES, &l, &e, err) != 1)
		return -1;
	if (run_is_json(run)) {
		tell_entry(run, name->path, &e);
		listing_release(&l);
		return 0;
	}
	if (*shown)
		putc('\n', run->out);
	*shown = true;
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
	bool shown = false;

	return names_each(run, a, stat_one, &shown, err);
}

static const struct cmd_alias stat_synonyms[] = {
	{ "size", 0 }, { "modtime", 0 }, { "mlst", 0 }, { NULL, 0 }
};

const struct cmd cmd_stat = {
	.name = "stat",
	.synonyms = stat_synonyms,
	.min = 1, .max = -1, .first = ARG_REMOTE, .rest = ARG_REMOTE,
	.flags = CMD_SERVER,
	.usage = "stat FILE...",
	.summary = "Show what is known of a file",
	.run = run_stat,
};
