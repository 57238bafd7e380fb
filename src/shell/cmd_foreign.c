/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Commands that old scripts have, and that would change nothing here. */
#include <stddef.h>
#include <string.h>

#include "shell/cmd_all.h"
#include "shell/foreign.h"

static int
run_foreign(struct run *run, const struct args *a, struct err *err)
{
	const char *name = a->line->word[0].text;
	const char *say = foreign_needless(name);

	(void)err;
	observe_warning(run->obs, "%s: does nothing here: %s", name,
	    say != NULL ? say : foreign_needless(a->cmd->name));
	return 0;
}

/* ftp's glob is a switch, lftp's a command in front of another one. */
static int
check_foreign(struct run *run, const struct args *a, struct err *err)
{
	const char *to = a->n > 0 ? a->word[0].text : "on";

	(void)run;
	if (strcmp(a->line->word[0].text, "glob") != 0 ||
	    strcmp(to, "on") == 0 || strcmp(to, "off") == 0)
		return 0;
	return err_set(err, ERR_USAGE, "glob: leave it out, names may be "
	    "patterns anyway; 'ls -d GLOB' is a test");
}

static const struct cmd_alias foreign_synonyms[] = {
	{ "bin", 0 }, { "image", 0 }, { "type", 0 }, { "ascii", 0 },
	{ "prompt", 0 }, { "hash", 0 }, { "tick", 0 }, { "progress", 0 },
	{ "passive", 0 }, { "epsv", 0 }, { "epsv4", 0 }, { "epsv6", 0 },
	{ "sendport", 0 }, { "glob", 0 }, { "bell", 0 }, { "verbose", 0 },
	{ "debug", 0 }, { "trace", 0 }, { "form", 0 }, { "struct", 0 },
	{ "preserve", 0 }, { "reset", 0 }, { "sndbuf", 0 }, { "rcvbuf", 0 },
	{ "xferbuf", 0 }, { "option", 0 }, { NULL, 0 }
};

const struct cmd cmd_foreign = {
	.name = "binary",
	.synonyms = foreign_synonyms,
	.min = 0, .max = -1, .first = ARG_TEXT, .rest = ARG_TEXT,
	.flags = CMD_RAW,
	.usage = "binary",
	.summary = "Nothing, as prompt, hash, passive...: for old scripts",
	.check = check_foreign,
	.run = run_foreign,
};
