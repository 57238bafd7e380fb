/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The command ln. */
#include <stdlib.h>

#include "base/mem.h"
#include "base/path.h"
#include "ftp/files.h"
#include "ftp/folders.h"
#include "shell/cmd_all.h"
#include "shell/args.h"
#include "shell/run.h"

static int
check_ln(struct run *run, const struct args *a, struct err *err)
{
	(void)run;
	if (args_has(a, 's'))
		return 0;
	return err_set(err, ERR_USAGE, "ln: FTP knows symbolic links only: "
	    "ln -s TARGET NAME");
}

/*
 * ProFTPD takes a target from the directory it happens to be in, and stores its
 * absolute name: it gets that at once.
 */
static char *
find_target(const struct run *run, const char *target, const char *path)
{
	char *full = session_path(run->session, path), *dir, *there;

	if (full == NULL)
		return xstrdup(target);
	dir = path_dir(full);
	there = path_resolve(dir, target);
	free(dir);
	free(full);
	return there;
}

static int
run_ln(struct run *run, const struct args *a, struct err *err)
{
	const char *target = a->word[0].text, *name = a->word[1].text;
	char *path, *there;
	int rc;

	if ((rc = folders_has(run->session, name, err)) < 0)
		return -1;
	path = rc == 1 ? path_join(name, path_base(target)) :
	    path_join("", name);
	there = find_target(run, target, path);
	rc = files_symlink(run->session, there, path, err);
	free(there);
	free(path);
	return rc == 0 ? 0 : err_prefix(err, "ln");
}

static const struct cmd_alias ln_aliases[] = { { "symlink", 's' }, { 0 } };

static const struct cmd_option ln_options[] = {
	{ 's', "symbolic", ARG_NONE, NULL, "a symbolic link: the only kind" },
	{ 0 }
};

const struct cmd cmd_ln = {
	.name = "ln",
	.aliases = ln_aliases,
	.options = ln_options,
	.min = 2, .max = 2, .first = ARG_REMOTE, .rest = ARG_REMOTE,
	.flags = CMD_SERVER,
	.usage = "ln -s TARGET NAME",
	.example = "ln -s release-2 current",
	.summary = "Make a symbolic link NAME that leads to TARGET",
	.help = "By SITE SYMLINK, which few servers have.",
	.check = check_ln,
	.run = run_ln,
};
