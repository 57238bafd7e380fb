/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The command alias, also called unalias. */
#include "shell/cmd_alias.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "shell/alias.h"
#include "shell/cmd_all.h"
#include "shell/passwords.h"

enum { REMOVE = 'd' };		/* what "unalias" implies */

/* NAME=TEXT in one word; the '=', or NULL. */
static const char *
find_equals(const struct args *a)
{
	return a->n == 1 ? strchr(a->word[0].text, '=') : NULL;
}

static int
define(struct run *run, const struct args *a, struct err *err)
{
	const char *word = a->word[0].text, *equals = find_equals(a);
	char *name, *text;
	int rc;

	name = equals == NULL ? xstrdup(word) :
	    xstrndup(word, (size_t)(equals - word));
	text = equals == NULL ? alias_text(a->word + 1, a->n - 1) :
	    xstrdup(equals + 1);
	rc = alias_define(run->aliases, name, text, err);
	freezero(text, strlen(text));
	free(name);
	return rc == 0 ? 0 : err_prefix(err, "alias");
}

/* Names of which one is no alias. */
static int
unknown_alias(const char *name, struct err *err)
{
	char shown[TEXT_NAME_MAX];

	return err_set(err, ERR_USAGE, "%s: no such alias",
	    text_name(shown, sizeof(shown), name));
}

static int
remove_all(struct run *run, const struct args *a, struct err *err)
{
	size_t i;

	if (a->n == 0)
		return err_set(err, ERR_USAGE, "unalias: missing operand; "
		    "usage: unalias NAME...");
	for (i = 0; i < a->n; i++) {
		if (!alias_remove(run->aliases, a->word[i].text))
			return unknown_alias(a->word[i].text, err);
	}
	return 0;
}

static bool
is_definition(const struct args *a)
{
	return a->n > 1 || find_equals(a) != NULL;
}

/* So that what comes behind it in a script can be checked. */
static int
check_alias(struct run *run, const struct args *a, struct err *err)
{
	if (args_has(a, REMOVE))
		return remove_all(run, a, err);
	if (is_definition(a))
		return define(run, a, err);
	if (a->n == 1 && alias_find(run->aliases, a->word[0].text) == NULL)
		return unknown_alias(a->word[0].text, err);
	return 0;
}

static void
print_alias(const struct run *run, const struct alias *alias)
{
	char *text = xstrdup(alias->text), *rest = text, *piece;

	passwords_wipe_script(run->commands, text);
	fprintf(run->out, "alias %s '", alias->name);
	while ((piece = strsep(&rest, "'")) != NULL) {
		run_print_name(run, piece);
		fputs(rest != NULL ? "'\\''" : "'\n", run->out);
	}
	free(text);
}

void
cmd_alias_print(const struct run *run, const char *name)
{
	const struct aliases *as = run->aliases;
	size_t i;

	for (i = 0; i < as->n; i++) {
		if (name == NULL || strcmp(name, as->v[i].name) == 0)
			print_alias(run, &as->v[i]);
	}
}

/* A command of that name has become hard to reach. */
static void
tell_hidden(struct run *run, const struct args *a)
{
	const struct cmd *const *cmd;
	char *name = xstrndup(a->word[0].text,
	    strcspn(a->word[0].text, "="));

	for (cmd = run->commands; *cmd != NULL; cmd++) {
		if (cmd_is_called(*cmd, name))
			observe_warning(run->obs, "%s: the alias hides a "
			    "command, which is now called \\%s", name, name);
	}
	free(name);
}

static int
run_alias(struct run *run, const struct args *a, struct err *err)
{
	if (args_has(a, REMOVE))
		return remove_all(run, a, err);
	if (!is_definition(a)) {
		cmd_alias_print(run, a->n == 1 ? a->word[0].text : NULL);
		return 0;
	}
	if (define(run, a, err) != 0)
		return -1;
	tell_hidden(run, a);
	return 0;
}

static const struct cmd_alias alias_synonyms[] = {
	{ "unalias", REMOVE }, { NULL, 0 }
};

const struct cmd cmd_alias_ = {
	.name = "alias",
	.synonyms = alias_synonyms,
	.min = 0, .max = -1, .first = ARG_ALIAS, .rest = ARG_COMMAND,
	.flags = CMD_SHELL | CMD_RAW | CMD_ALIAS,
	.usage = "alias [NAME [COMMAND [ARG]...]] | unalias NAME...",
	.summary = "Print what names stand for, or let one stand for a "
	    "command",
	.help = "What follows the name goes to the command.  Several commands "
	    "are one word:\n"
	    "alias up 'lcd /srv; mirror -R www'.  Lines with alias in the "
	    "configuration\n"
	    "hold for what is typed, not in scripts.",
	.check = check_alias,
	.run = run_alias,
};
