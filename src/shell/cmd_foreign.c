/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Commands that old scripts have, and that would change nothing here. */
#include <stddef.h>

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

static const struct cmd_alias foreign_synonyms[] = {
	{ "bin", 0 }, { "image", 0 }, { "type", 0 }, { "ascii", 0 },
	{ "prompt", 0 }, { "hash", 0 }, { "tick", 0 }, { "progress", 0 },
	{ "passive", 0 }, { "epsv", 0 }, { "epsv4", 0 }, { "epsv6", 0 },
	{ "sendport", 0 }, { "glob", 0 }, { "bell", 0 }, { "verbose", 0 },
	{ "debug", 0 }, { "option", 0 }, { NULL, 0 }
};

const struct cmd cmd_foreign = {
	.name = "binary",
	.synonyms = foreign_synonyms,
	.min = 0, .max = -1, .first = ARG_TEXT, .rest = ARG_TEXT,
	.flags = CMD_RAW,
	.usage = "binary",
	.summary = "Nothing, as prompt, hash, passive...: for old scripts",
	.run = run_foreign,
};
