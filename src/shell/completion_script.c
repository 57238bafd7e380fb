/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "shell/completion_script.h"

#include <stdbool.h>
#include <string.h>

#include "config/option.h"
#include "shell/cmd.h"

/* The options of the program, and its commands. */
struct options {
	const struct main_option *v;
	size_t n;
	const struct cmd *const *commands;
};

/* What an option of the program takes. */
enum value_kind { VALUE_NONE, VALUE_TEXT, VALUE_FILE, VALUE_SETTING };

static enum value_kind
value_kind(const struct main_option *o)
{
	if (o->value == NULL)
		return VALUE_NONE;
	if (strcmp(o->value, "FILE") == 0)
		return VALUE_FILE;
	if (strcmp(o->value, "NAME=VALUE") == 0)
		return VALUE_SETTING;
	return VALUE_TEXT;
}

/* The words that the setting behind it can have, or NULL. */
static const char *const *
choices(const struct main_option *o)
{
	const struct option_row *row = NULL;

	if (o->value != NULL && o->setting != NULL)
		row = option_find(o->setting);
	return row != NULL ? row->choices : NULL;
}

static bool
is_local(enum arg_kind kind)
{
	return kind == ARG_LOCAL || kind == ARG_LOCAL_DIR;
}

/* bash, and zsh by its bashcompinit */

/* "-b|--batch" */
static void
bash_names(FILE *fp, int id, const char *name, const char *dashes)
{
	if (id < 256)
		fprintf(fp, "-%c", id);
	if (name != NULL)
		fprintf(fp, "%s%s%s", id < 256 ? "|" : "", dashes, name);
}

static void
bash_words(FILE *fp, const char *const *words)
{
	size_t i;

	fputs("_ftps_words '", fp);
	for (i = 0; words[i] != NULL; i++)
		fprintf(fp, "%s%s", i > 0 ? " " : "", words[i]);
	fputs("'", fp);
}

/* The value of the option that prev is. */
static void
bash_option_values(FILE *fp, const struct options *options)
{
	const struct option_row *row;
	const struct main_option *o;

	for (o = options->v; o < options->v + options->n; o++) {
		if (value_kind(o) == VALUE_NONE ||
		    (value_kind(o) == VALUE_TEXT && choices(o) == NULL))
			continue;
		fputs("\t\t", fp);
		bash_names(fp, o->id, o->name, "--");
		fputs(") ", fp);
		if (choices(o) != NULL) {
			bash_words(fp, choices(o));
		} else if (value_kind(o) == VALUE_FILE) {
			fputs("_ftps_files -f", fp);
		} else {
			fputs("compopt -o nospace 2> /dev/null\n"
			    "\t\t\t_ftps_words '", fp);
			for (row = option_table; row->name != NULL; row++)
				fprintf(fp, "%s= ", row->name);
			fputs("'", fp);
		}
		fputs(" ;;\n", fp);
	}
}

/* Which options take the next word. */
static void
bash_takers(FILE *fp, const struct options *options)
{
	const struct main_option *o;
	bool first = true;

	for (o = options->v; o < options->v + options->n; o++) {
		if (o->value == NULL)
			continue;
		if (!first)
			fputs("|", fp);
		bash_names(fp, o->id, o->name, "--");
		first = false;
	}
}

static void
bash_options(FILE *fp, const struct options *options)
{
	const struct main_option *o;

	for (o = options->v; o < options->v + options->n; o++) {
		if (o->name != NULL)
			fprintf(fp, "--%s ", o->name);
		else
			fprintf(fp, "-%c ", o->id);
	}
}

/* Between all names of a command; "?" is none that shells could take. */
static void
names(FILE *fp, const struct cmd *cmd, const char *between)
{
	const struct cmd_alias *alias = cmd->aliases;

	fputs(cmd->name, fp);
	for (; alias != NULL && alias->name != NULL; alias++) {
		if (strcmp(alias->name, "?") != 0)
			fprintf(fp, "%s%s", between, alias->name);
	}
}

static void
bash_commands(FILE *fp, const struct cmd *const *cmd)
{
	for (; *cmd != NULL; cmd++) {
		names(fp, *cmd, " ");
		putc(' ', fp);
	}
}

static bool
has_local(const struct cmd *cmd)
{
	return is_local(cmd->first) || is_local(cmd->rest);
}

/* What is known of one command: its options, and which words are local. */
static void
bash_command(FILE *fp, const struct cmd *cmd)
{
	const char *dashes = (cmd->flags & CMD_WORDS) != 0 ? "-" : "--";
	const struct cmd_option *o;

	if (cmd->options == NULL && !has_local(cmd))
		return;
	putc('\t', fp);
	names(fp, cmd, "|");
	fputs(")\n\t\toptions='--help", fp);
	for (o = cmd->options; o != NULL && o->id != 0; o++) {
		if (o->name != NULL)
			fprintf(fp, " %s%s", dashes, o->name);
		else
			fprintf(fp, " -%c", o->id);
	}
	fputs("'\n", fp);
	if (has_local(cmd))
		fprintf(fp, "\t\tfiles=%s\n", cmd->first == ARG_LOCAL ||
		    cmd->rest == ARG_LOCAL ? "-f" : "-d");
	for (o = cmd->options; o != NULL && o->id != 0; o++) {
		if (!is_local(o->arg))
			continue;
		fputs("\t\tcase $prev in ", fp);
		bash_names(fp, o->id, o->name, dashes);
		fprintf(fp, ") files=%s ;; esac\n",
		    o->arg == ARG_LOCAL ? "-f" : "-d");
	}
	fputs("\t\t;;\n", fp);
}

static const char bash_head[] =
"_ftps_words()\n"
"{\n"
"	local IFS=$' \\t\\n'\n"
"	COMPREPLY=($(compgen -W \"$1\" -- \"$cur\"))\n"
"}\n"
"\n"
"_ftps_files()\n"
"{\n"
"	local IFS=$'\\n'\n"
"	compopt -o filenames 2> /dev/null\n"
"	COMPREPLY=($(compgen \"$1\" -- \"$cur\"))\n"
"}\n"
"\n"
"_ftps_sites()\n"
"{\n"
"	local name\n"
"	while IFS= read -r name; do\n"
"		[[ $name == \"$cur\"* ]] && COMPREPLY+=(\"$name\")\n"
"	done < <(ftps -c sites 2> /dev/null)\n"
"}\n"
"\n"
"# Sets site, command, and wait if the word at the cursor is a value.\n"
"_ftps_scan()\n"
"{\n"
"	local i word\n"
"	for ((i = 1; i < COMP_CWORD; i++)); do\n"
"		word=${COMP_WORDS[i]}\n"
"		# bash ends words there, which are none to us.\n"
"		case $word in =|:) ((++i)); continue ;; esac\n"
"		if [[ -n $command ]]; then\n"
"			return\n"
"		elif [[ -n $wait ]]; then\n"
"			wait=\n"
"		elif [[ -n $site ]]; then\n"
"			command=$word\n"
"		else\n"
"			case $word in\n"
"			";

static const char bash_scan_end[] =
") wait=1 ;;\n"
"			-*) ;;\n"
"			*) site=$word ;;\n"
"			esac\n"
"		fi\n"
"	done\n"
"}\n"
"\n"
"_ftps_argument()\n"
"{\n"
"	local options=--help files=\n"
"	case $command in\n";

static const char bash_argument_end[] =
"	esac\n"
"	if [[ $cur == -* ]]; then\n"
"		_ftps_words \"$options\"\n"
"	elif [[ -n $files ]]; then\n"
"		_ftps_files $files\n"
"	fi\n"
"}\n"
"\n"
"_ftps()\n"
"{\n"
"	local cur prev site= command= wait=\n"
"	COMPREPLY=()\n"
"	cur=${COMP_WORDS[COMP_CWORD]}\n"
"	prev=${COMP_WORDS[COMP_CWORD-1]}\n"
"	# bash parts words at = and :.\n"
"	if [[ $cur == = && ${COMP_WORDS[COMP_CWORD-2]} == -o ]]; then\n"
"		cur=\n"
"		_ftps_setting \"$prev\"\n"
"		return\n"
"	elif [[ $prev == = && ${COMP_WORDS[COMP_CWORD-3]} == -o ]]; then\n"
"		_ftps_setting \"${COMP_WORDS[COMP_CWORD-2]}\"\n"
"		return\n"
"	fi\n"
"	[[ $prev$cur == *[=:]* ]] && return\n"
"	_ftps_scan\n"
"	if [[ -n $wait ]]; then\n"
"		case $prev in\n";

static const char bash_tail[] =
"'\n"
"	else\n"
"		_ftps_argument\n"
"	fi\n"
"}\n"
"\n"
"complete -F _ftps ftps\n";

/* The values that settings can have, for -o NAME=. */
static void
print_bash_settings(FILE *fp)
{
	static const char *const booleans[] = { "yes", "no", NULL };
	const struct option_row *row;
	const char *const *words;

	fputs("# What the setting $1 can be.\n_ftps_setting()\n{\n"
	    "\tcase $1 in\n", fp);
	for (row = option_table; row->name != NULL; row++) {
		words = row->type == OPTION_BOOL ? booleans : row->choices;
		if (words == NULL && row->type != OPTION_PATH)
			continue;
		fprintf(fp, "\t%s) ", row->name);
		if (words != NULL)
			bash_words(fp, words);
		else
			fputs("_ftps_files -f", fp);
		fputs(" ;;\n", fp);
	}
	fputs("\tesac\n}\n\n", fp);
}

static void
print_bash(FILE *fp, const struct options *options)
{
	const struct cmd *const *cmd;

	print_bash_settings(fp);
	fputs(bash_head, fp);
	bash_takers(fp, options);
	fputs(bash_scan_end, fp);
	for (cmd = options->commands; *cmd != NULL; cmd++)
		bash_command(fp, *cmd);
	fputs(bash_argument_end, fp);
	bash_option_values(fp, options);
	fputs("\t\tesac\n\telif [[ -z $site && $cur == -* ]]; then\n"
	    "\t\t_ftps_words '", fp);
	bash_options(fp, options);
	fputs("'\n\telif [[ -z $site ]]; then\n"
	    "\t\t_ftps_sites\n"
	    "\telif [[ -z $command ]]; then\n\t\t_ftps_words '", fp);
	bash_commands(fp, options->commands);
	fputs(bash_tail, fp);
}

static void
print_zsh(FILE *fp, const struct options *options)
{
	fputs("autoload -U +X compinit && compinit\n"
	    "autoload -U +X bashcompinit && bashcompinit\n\n", fp);
	print_bash(fp, options);
}

/* fish */

static void
fish_text(FILE *fp, const char *text)
{
	putc('\'', fp);
	for (; *text != '\0'; text++) {
		if (*text == '\'' || *text == '\\')
			putc('\\', fp);
		putc(*text, fp);
	}
	putc('\'', fp);
}

/* " -s b -l batch" */
static void
fish_names(FILE *fp, int id, const char *name, const char *dashes)
{
	if (id < 256)
		fprintf(fp, " -s %c", id);
	if (name != NULL)
		fprintf(fp, " -%c %s", strcmp(dashes, "-") == 0 ? 'o' : 'l',
		    name);
}

/* Each with what it is about, and each of its values. */
static void
fish_settings(FILE *fp)
{
	static const char *const booleans[] = { "yes", "no", NULL };
	const struct option_row *row;
	const char *const *word;

	fputs("function __ftps_settings\n", fp);
	for (row = option_table; row->name != NULL; row++) {
		word = row->type == OPTION_BOOL ? booleans : row->choices;
		fprintf(fp, "\tprintf '%%s=\\t%%s\\n' %s ", row->name);
		fish_text(fp, row->help);
		putc('\n', fp);
		for (; word != NULL && *word != NULL; word++)
			fprintf(fp, "\techo %s=%s\n", row->name, *word);
	}
	fputs("end\n\n", fp);
}

static void
fish_option(FILE *fp, const struct main_option *o)
{
	const char *const *word = choices(o);

	fputs("complete -c ftps -n '__ftps_at 0'", fp);
	fish_names(fp, o->id, o->name, "--");
	if (value_kind(o) == VALUE_FILE)
		fputs(" -r -F", fp);
	else if (o->value != NULL)
		fputs(" -x", fp);
	if (value_kind(o) == VALUE_SETTING)
		fputs(" -a '(__ftps_settings)'", fp);
	if (word != NULL) {
		fputs(" -a '", fp);
		for (; *word != NULL; word++)
			fprintf(fp, "%s ", *word);
		fputs("'", fp);
	}
	fputs(" -d ", fp);
	fish_text(fp, o->help);
	putc('\n', fp);
}

static void
fish_in(FILE *fp, const struct cmd *cmd)
{
	fputs("complete -c ftps -n '__ftps_in ", fp);
	names(fp, cmd, " ");
	putc('\'', fp);
}

static void
fish_command(FILE *fp, const struct cmd *cmd)
{
	const char *dashes = (cmd->flags & CMD_WORDS) != 0 ? "-" : "--";
	const struct cmd_option *o;

	fprintf(fp, "complete -c ftps -n '__ftps_at 1' -a %s -d ", cmd->name);
	fish_text(fp, cmd->summary);
	putc('\n', fp);
	for (o = cmd->options; o != NULL && o->id != 0; o++) {
		fish_in(fp, cmd);
		fish_names(fp, o->id, o->name, dashes);
		if (o->arg != ARG_NONE)
			fputs(is_local(o->arg) ? " -r -F" : " -x", fp);
		fputs(" -d ", fp);
		fish_text(fp, o->help);
		putc('\n', fp);
	}
	if (has_local(cmd)) {
		fish_in(fp, cmd);
		fputs(" -F\n", fp);
	}
}

static const char fish_head[] =
"# The site, the command and its words before the cursor.\n"
"function __ftps_words\n"
"	set -l seen 0\n"
"	set -l value 0\n"
"	for word in (commandline -opc)[2..-1]\n"
"		if test $value = 1\n"
"			set value 0\n"
"			continue\n"
"		end\n"
"		if test $seen = 0\n"
"			switch $word\n"
"				case";

static const char fish_functions[] =
"\n"
"					set value 1\n"
"					continue\n"
"				case '-*'\n"
"					continue\n"
"			end\n"
"		end\n"
"		set seen 1\n"
"		echo -- $word\n"
"	end\n"
"end\n"
"\n"
"function __ftps_at\n"
"	set -l words (__ftps_words)\n"
"	test (count $words) -eq $argv[1]\n"
"end\n"
"\n"
"function __ftps_in\n"
"	set -l words (__ftps_words)\n"
"	test (count $words) -ge 2; and contains -- $words[2] $argv\n"
"end\n"
"\n"
"complete -c ftps -f\n"
"complete -c ftps -n '__ftps_at 0' -a '(ftps -c sites 2> /dev/null)'"
" -d site\n";

static void
print_fish(FILE *fp, const struct options *options)
{
	const struct cmd *const *cmd;
	const struct main_option *o;

	fish_settings(fp);
	fputs(fish_head, fp);
	for (o = options->v; o < options->v + options->n; o++) {
		if (o->value != NULL && o->id < 256)
			fprintf(fp, " -%c", o->id);
		if (o->value != NULL && o->name != NULL)
			fprintf(fp, " --%s", o->name);
	}
	fputs(fish_functions, fp);
	for (o = options->v; o < options->v + options->n; o++)
		fish_option(fp, o);
	for (cmd = options->commands; *cmd != NULL; cmd++)
		fish_command(fp, *cmd);
}

int
completion_script_print(FILE *fp, const char *shell,
    const struct main_option *option, size_t n,
    const struct cmd *const *commands, struct err *err)
{
	struct options options = { option, n, commands };

	if (strcmp(shell, "bash") == 0)
		print_bash(fp, &options);
	else if (strcmp(shell, "zsh") == 0)
		print_zsh(fp, &options);
	else if (strcmp(shell, "fish") == 0)
		print_fish(fp, &options);
	else
		return err_set(err, ERR_USAGE,
		    "--completion: neither bash, zsh nor fish");
	return 0;
}
