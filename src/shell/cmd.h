/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The command table and what a command gets.  A command is one constant
 * beside its function, in the file of its family; the table in cmd.c lists
 * them.  Usage errors, help, completion and "needs a server" read only this.
 */
#ifndef SHELL_CMD_H
#define SHELL_CMD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"
#include "shell/lex.h"

struct run;

/*
 * What an operand or an option's argument is: drives completion.  Only
 * ARG_TEXT may be empty: an unset variable in a script must not mean "here".
 */
enum arg_kind {
	ARG_NONE, ARG_TEXT,
	ARG_NAME,		/* a name, pattern or command of another kind */
	ARG_REMOTE, ARG_REMOTE_DIR, ARG_LOCAL, ARG_LOCAL_DIR, ARG_SITE,
	ARG_SETTING, ARG_COMMAND,
};

struct cmd_option {
	int id;			/* the letter, or from 256 on if it has none */
	const char *name;	/* long name, or NULL */
	enum arg_kind arg;	/* ARG_NONE: a flag */
	const char *value;	/* its argument in the help: "FILE" */
	const char *help;	/* one line */
};

enum {
	CMD_SERVER = 1,		/* needs a site */
	CMD_MAIN = 2,		/* runs in the main thread, not in a worker */
	CMD_RAW = 4,		/* no options are parsed: quote, site, echo */
	CMD_WORDS = 8,		/* long options after one dash, as find's */
	CMD_DATA = 16,		/* begins with a data connection */
	CMD_SHELL = 32,		/* changes the shell: gets it; main thread */
};

/* The parsed arguments of one call; all strings are the line's. */
struct args {
	const struct cmd *cmd;
	const struct line *line;
	struct word *word;	/* operands */
	size_t n;
	struct arg_value *value;	/* options in order */
	size_t nvalues;
};

struct arg_value {
	int id;
	const char *text;	/* NULL for a flag */
};

struct cmd {
	const char *name;
	const char *const *aliases;	/* NULL-terminated, or NULL */
	const struct cmd_option *options;	/* ended by id 0, or NULL */
	int min, max;			/* operands; max -1: any number */
	enum arg_kind first, rest;	/* kind of the operands */
	unsigned flags;
	const char *usage;		/* "get [-c] FILE..." */
	const char *summary;		/* one line for help */
	const char *help;		/* further lines, or NULL */
	/*
	 * NULL, or what can be wrong with the arguments and is seen without
	 * doing anything: 0, or -1 (ERR_USAGE mostly).  run is as it will be
	 * when a script begins.
	 */
	int (*check)(struct run *run, const struct args *a, struct err *err);
	/*
	 * NULL, or whether a line's i-th word (from 1 on) holds a password;
	 * the line may be wrong in any way.
	 */
	bool (*secret)(const struct line *line, size_t i);
	/*
	 * 0, or -1 with err.  An err without message means that what went
	 * wrong was reported; only its kind counts (run_result()).  In a
	 * worker thread, unless CMD_MAIN or CMD_SHELL; under CMD_SERVER alone,
	 * the session is connected.
	 */
	int (*run)(struct run *run, const struct args *a, struct err *err);
};

/* NULL-terminated, by group. */
extern const struct cmd *const cmd_table[];

/*
 * By name, alias or unambiguous prefix.  ERR_USAGE "unknown command" (with
 * the nearest) or "ambiguous: ...".
 */
const struct cmd *cmd_find(const char *name, struct err *err);
/*
 * Splits a line's words (the first is the command) into options and
 * operands: bundled, after operands, "--" ends them.  Checks the number of
 * operands, that none is empty unless its kind may be, and that no line end
 * is in what goes to the server.  --help sets *help.  ERR_USAGE with the usage
 * line.  Release a in any case.
 */
int args_parse(const struct cmd *cmd, const struct line *line, struct args *a,
    bool *help, struct err *err);
void args_release(struct args *a);
bool args_has(const struct args *a, int id);
/* The last value given, or NULL. */
const char *args_value(const struct args *a, int id);

/* Prints a command's help, made from the table. */
void cmd_help(FILE *fp, const struct cmd *cmd);

#endif
