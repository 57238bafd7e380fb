/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The commands about the local side: lcd, lpwd, lls, lmkdir. */
#include <sys/stat.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/path.h"
#include "base/text.h"
#include "config/home.h"
#include "shell/cmd_all.h"
#include "shell/glob.h"
#include "shell/run.h"
#include "shell/shell.h"
#include "shell/spawn.h"

enum { NAME_SHOWN = 256 };

/* Where lcd leads, to be freed; NULL with err. */
static char *
find_local_dir(const struct shell *sh, const struct args *a, struct err *err)
{
	const char *word = a->n > 0 ? a->word[0].text : NULL;
	char *name;

	if (word != NULL && strcmp(word, "-") == 0) {
		if (sh->last_local == NULL)
			err_set(err, ERR_USAGE, "lcd: there was no local "
			    "directory before");
		return sh->last_local != NULL ? xstrdup(sh->last_local) : NULL;
	}
	name = word != NULL ? home_expand(word) : home_dir();
	if (name == NULL)
		err_set(err, ERR_LOCAL, "lcd: no home directory");
	return name;
}

static int
run_lcd(struct run *run, const struct args *a, struct err *err)
{
	struct local_dir *dir = &run->shell->dir;
	char *name, *path, shown[NAME_SHOWN];
	int fd;

	name = find_local_dir(run->shell, a, err);
	if (name == NULL)
		return -1;
	path = path_resolve(dir->path, name);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1) {
		err_sys(err, ERR_LOCAL, "%s: cannot change the local "
		    "directory", text_escape_to(shown, sizeof(shown), name));
		free(path);
		free(name);
		return -1;
	}
	free(name);
	free(run->shell->last_local);
	run->shell->last_local = dir->path;
	dir->path = path;
	if (dir->fd != AT_FDCWD)
		close(dir->fd);
	dir->fd = fd;
	return 0;
}

static const struct cmd_alias lcd_synonyms[] = {
	{ "lchdir", 0 }, { NULL, 0 }
};

const struct cmd cmd_lcd = {
	.name = "lcd",
	.synonyms = lcd_synonyms,
	.min = 0, .max = 1, .first = ARG_LOCAL_DIR,
	.flags = CMD_SHELL,
	.group = "Local",
	.usage = "lcd [DIR]",
	.summary = "Change the local directory; alone, to the home directory",
	.run = run_lcd,
};

static int
run_lpwd(struct run *run, const struct args *a, struct err *err)
{
	(void)a;
	(void)err;
	run_print_name(run, run->dir->path);
	putc('\n', run->out);
	return 0;
}

const struct cmd cmd_lpwd = {
	.name = "lpwd",
	.usage = "lpwd",
	.summary = "Print the local directory",
	.run = run_lpwd,
};

/* A name that a glob found is no option, even if it begins with a dash. */
static int
add_word(struct run *run, const struct word *word, struct strvec *words,
    struct err *err)
{
	struct strvec found = STRVEC_INIT;
	size_t i;
	int rc = glob_local(run, word, &found, err);

	for (i = 0; i < found.n; i++)
		strvec_addf(words, "%s%s", word->glob &&
		    word->text[0] != '-' && found.v[i][0] == '-' ? "./" : "",
		    found.v[i]);
	strvec_release(&found);
	return rc;
}

static int
run_lls(struct run *run, const struct args *a, struct err *err)
{
	struct spawn sp = { .command = "exec ls \"$@\"",
		.dir = run->dir->fd, .in = -1, .out = -1 };
	struct strvec words = STRVEC_INIT;
	size_t i;
	int rc = 0;

	for (i = 0; i < a->n && rc == 0; i++)
		rc = add_word(run, &a->word[i], &words, err);
	if (rc == 0) {
		fflush(run->out);
		sp.argv = words.v;
		sp.out = fileno(run->out);
		rc = spawn_foreground(&sp, run->cancel, err);
		if (rc != 0)
			err_prefix(err, "ls");
	}
	strvec_release(&words);
	return rc;
}

const struct cmd cmd_lls = {
	.name = "lls",
	.min = 0, .max = -1, .first = ARG_LOCAL, .rest = ARG_LOCAL,
	.flags = CMD_MAIN | CMD_RAW,
	.usage = "lls [OPTION]... [FILE]...",
	.summary = "List local files, by ls(1) and its options",
	.run = run_lls,
};

static int
run_lmkdir(struct run *run, const struct args *a, struct err *err)
{
	size_t i;

	for (i = 0; i < a->n; i++) {
		if (mkdirat(run->dir->fd, a->word[i].text, 0777) == 0)
			continue;
		err_sys(err, ERR_LOCAL, "cannot make the directory");
		run_failed(run, a->word[i].text, err);
	}
	return run_result(run, err);
}

const struct cmd cmd_lmkdir = {
	.name = "lmkdir",
	.min = 1, .max = -1, .first = ARG_LOCAL_DIR, .rest = ARG_LOCAL_DIR,
	.usage = "lmkdir DIR...",
	.summary = "Make local directories",
	.run = run_lmkdir,
};
