/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a command is: one constant beside its function, in the file of its
 * family.  commands.h has the table of them all, which main hands in.  Usage
 * errors, help, completion and "needs a server" read only this; nothing else
 * knows a command by its name.
 */
#ifndef SHELL_CMD_H
#define SHELL_CMD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/err.h"

struct args;
struct line;
struct run;

/*
 * What an operand or an option's argument is: drives completion.  Only
 * ARG_TEXT may be empty: an unset variable in a script must not mean "here".
 */
enum arg_kind {
	ARG_NONE, ARG_TEXT,
	ARG_NAME,		/* a name, pattern or command of another kind */
	ARG_REMOTE, ARG_REMOTE_DIR, ARG_LOCAL, ARG_LOCAL_DIR, ARG_SITE,
	ARG_SETTING, ARG_COMMAND, ARG_ALIAS,
};

struct cmd_option {
	int id;			/* the letter, or from 256 on if it has none */
	const char *name;	/* long name, or NULL */
	enum arg_kind arg;	/* ARG_NONE: a flag */
	/* its argument in the help: "FILE"; "[=N]": only "--name=N" gives it */
	const char *value;
	const char *help;	/* one line */
};

enum {
	CMD_SERVER = 1,		/* needs a site */
	CMD_MAIN = 2,		/* runs in the main thread, not in a worker */
	CMD_RAW = 4,		/* no options are parsed: quote, site, echo */
	/* long options after one dash, and only whole ones, as find's */
	CMD_WORDS = 8,
	CMD_DATA = 16,		/* begins with a data connection */
	CMD_SHELL = 32,		/* changes the shell: gets it; main thread */
	CMD_LOGIN = 64,		/* opens a site, or logs in to it anew */
	CMD_SOURCE = 128,	/* its operand is a script to be run */
	CMD_APART = 256,	/* with CMD_SERVER: connects by itself */
	CMD_COUNT = 512,	/* -5 means -n 5, as head and tail have it */
	CMD_FRONT = 1024,	/* is of no use as a job */
	CMD_ALIAS = 2048,	/* behind the first operand is a command */
};

/* A further name; who calls the command by it has given an option, too. */
struct cmd_alias {
	const char *name;
	int implies;		/* the option's id; 0: none */
};

struct cmd {
	const char *name;
	const struct cmd_alias *aliases;	/* ended by { 0 }, or NULL */
	/* the same, of other programs: whole only, and not offered */
	const struct cmd_alias *synonyms;
	const struct cmd_option *options;	/* ended by id 0, or NULL */
	/* tables of further ones, of other programs: as synonyms; or NULL */
	const struct cmd_option *const *foreign;
	int min, max;			/* operands; max -1: any number */
	enum arg_kind first, rest;	/* kind of the operands */
	int exchange;			/* option that swaps those two, or 0 */
	unsigned flags;
	const char *group;		/* that begins with it, or NULL */
	const char *usage;		/* "get [-c] FILE..." */
	const char *summary;		/* one line for help */
	const char *help;		/* further lines, or NULL */
	const char *example;		/* for who gives no operand, or NULL */
	/*
	 * NULL, or what can be wrong with the arguments and is seen without
	 * doing anything: 0, or -1 (ERR_USAGE mostly).  run is as it will be
	 * when a script begins, but for the aliases: those that hold here.
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

/*
 * In a table that a NULL ends, by name, alias or unambiguous prefix.
 * ERR_USAGE "unknown command" (with the nearest) or "ambiguous: ...".
 */
const struct cmd *cmd_find(const struct cmd *const *table, const char *name,
    struct err *err);
/* Whether an option does without its argument. */
bool cmd_is_optional(const struct cmd_option *o);
/* Whether it is called so, abbreviations aside. */
bool cmd_is_called(const struct cmd *cmd, const char *name);
/* The option that is implied by calling cmd by this name, or 0. */
int cmd_implied(const struct cmd *cmd, const char *name);
/* Whether it can be a job; else ERR_USAGE. */
int cmd_check_aside(const struct cmd *cmd, struct err *err);
/* Prints a command's help, made from the table; columns 0: in long lines. */
void cmd_help(FILE *fp, const struct cmd *cmd, int columns);
/* Words behind what has taken at columns already, further lines indented. */
void cmd_wrap(FILE *fp, const char *text, int at, int indent, int columns);

#endif
