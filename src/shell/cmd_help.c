/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The command help. */
#include <stdlib.h>
#include <string.h>

#include "config/option.h"
#include "shell/alias.h"
#include "shell/cmd_alias.h"
#include "shell/cmd_all.h"

enum { TITLE_COLUMNS = 10 };

static int
columns_of(const struct run *run)
{
	return run_is_terminal(run) ? term_columns(fileno(run->out)) : 0;
}

/* The names of a group in one line or a few; returns where the next begins. */
static const struct cmd *const *
print_group(const struct run *run, const struct cmd *const *table)
{
	const char *title = (*table)->group;
	struct buf names = BUF_INIT(BUF_OWN);
	int columns = columns_of(run);

	do {
		buf_addf(&names, "%s%s", names.len > 0 ? " " : "",
		    (*table)->name);
		table++;
	} while (*table != NULL && (*table)->group == NULL);
	fprintf(run->out, "%-*s", TITLE_COLUMNS, title);
	cmd_wrap(run->out, names.data, TITLE_COLUMNS, TITLE_COLUMNS,
	    columns > 0 ? columns : 80);
	buf_release(&names);
	return table;
}

static void
print_groups(const struct run *run)
{
	const struct cmd *const *table = run->commands;

	while (*table != NULL)
		table = print_group(run, table);
	putc('\n', run->out);
	cmd_wrap(run->out, "!COMMAND runs a local command, ! alone a local "
	    "shell.\nhelp COMMAND or SETTING explains one, help -a has a line "
	    "for each.", 0, 0, columns_of(run));
}

static void
print_all(const struct run *run)
{
	const struct cmd *const *cmd;

	for (cmd = run->commands; *cmd != NULL; cmd++) {
		fprintf(run->out, "%-9s ", (*cmd)->name);
		cmd_wrap(run->out, (*cmd)->summary, 10, 10, columns_of(run));
	}
	fputs("!COMMAND  Run a local command; alone, a local shell\n",
	    run->out);
}

static void
print_choices(FILE *fp, const struct option_row *row)
{
	static const char *const booleans[] = { "yes", "no", NULL };
	const char *const *word = row->type == OPTION_BOOL ? booleans :
	    row->choices;

	if (word == NULL)
		return;
	fputs("one of  ", fp);
	for (; *word != NULL; word++)
		fprintf(fp, " %s", *word);
	putc('\n', fp);
}

static void
print_setting(const struct run *run, const struct option_row *row)
{
	struct buf now = BUF_INIT(BUF_OWN);

	fprintf(run->out, "setting: %s\n", row->name);
	cmd_wrap(run->out, row->help, 0, 0, columns_of(run));
	print_choices(run->out, row);
	if (row->preset != NULL)
		fprintf(run->out, "default  %s\n", row->preset);
	option_print(run->set, row, &now);
	if (option_is_set(run->set, row)) {
		fputs("set to   ", run->out);
		run_print_name(run, now.data);
		putc('\n', run->out);
	}
	if (row->at_open)
		fputs("A site that is open keeps what it was opened with.\n",
		    run->out);
	buf_release(&now);
}

static int
check_help(struct run *run, const struct args *a, struct err *err)
{
	struct err none = ERR_INIT;

	if (a->n == 0 || option_find(a->word[0].text) != NULL ||
	    alias_find(run->aliases, a->word[0].text) != NULL ||
	    cmd_find(run->commands, a->word[0].text, &none) != NULL)
		return 0;
	*err = none;
	return -1;
}

static int
run_help(struct run *run, const struct args *a, struct err *err)
{
	const char *name = a->n > 0 ? a->word[0].text : NULL;
	const struct option_row *row = name != NULL ? option_find(name) : NULL;
	const struct cmd *cmd = name != NULL ?
	    cmd_find(run->commands, name, err) : NULL;

	err_clear(err);
	if (name != NULL && alias_find(run->aliases, name) != NULL) {
		cmd_alias_print(run, name);
		/* The command that it hides. */
		if (cmd != NULL && !cmd_is_called(cmd, name))
			cmd = NULL;
	}
	if (name == NULL && args_has(a, 'a'))
		print_all(run);
	else if (name == NULL)
		print_groups(run);
	/* "glob" is a setting, and what old scripts have. */
	else if (row != NULL && (cmd == NULL || strcmp(cmd->name, name) != 0))
		print_setting(run, row);
	else if (cmd != NULL)
		cmd_help(run->out, cmd, columns_of(run));
	return 0;
}

static const struct cmd_alias help_aliases[] = { { "?", 0 }, { 0 } };

static const struct cmd_option help_options[] = {
	{ 'a', "all", ARG_NONE, NULL, "a line for each command" },
	{ 0 }
};

const struct cmd cmd_help_ = {
	.name = "help",
	.aliases = help_aliases,
	.options = help_options,
	.min = 0, .max = 1, .first = ARG_COMMAND,
	.flags = CMD_MAIN,
	.group = "Shell",
	.usage = "help [-a] [COMMAND | SETTING]",
	.summary = "List the commands, or explain one, or a setting",
	.check = check_help,
	.run = run_help,
};
