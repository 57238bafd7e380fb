/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The words of one command line as options and operands, by the command's
 * row.  All strings are the line's.
 *
 *	rc = args_parse(cmd, line, &a, &help, &err);
 *	if (args_has(&a, 'n'))
 *		...
 *	args_release(&a);
 */
#ifndef SHELL_ARGS_H
#define SHELL_ARGS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "shell/cmd.h"
#include "shell/lex.h"

struct arg_value {
	int id;
	const char *text;	/* NULL for a flag */
};

struct args {
	const struct cmd *cmd;
	const struct line *line;
	struct word *word;	/* operands */
	size_t n;
	struct arg_value *value;	/* options in order */
	size_t nvalues;
};

/*
 * Splits a line's words (the first is the command) into options and
 * operands: bundled, after operands, "--" ends them.  An alias adds the option
 * that it implies.  Checks the number of operands, that none is empty unless
 * its kind may be, and that no line end is in what goes to the server.  --help
 * sets *help.  ERR_USAGE with the usage line.  Release a in any case.
 */
int args_parse(const struct cmd *cmd, const struct line *line, struct args *a,
    bool *help, struct err *err);
void args_release(struct args *a);
bool args_has(const struct args *a, int id);
/* The last value given, or NULL. */
const char *args_value(const struct args *a, int id);

/* What the word after those of a line would be. */
struct args_next {
	const struct cmd_option *option;	/* its argument, or NULL */
	bool only_operands;			/* "--" was there, or CMD_RAW */
};

/*
 * The same for a line that is still being typed: nothing is checked, and what
 * is wrong is passed over.
 */
void args_parse_part(const struct cmd *cmd, const struct line *line,
    struct args *a, struct args_next *next);
/*
 * The option whose name begins with the n bytes of name (which has no dashes):
 * by its whole name, or by a beginning that no other has.  NULL: none, or, if
 * *ambiguous, several.
 */
const struct cmd_option *args_option(const struct cmd *cmd, const char *name,
    size_t n, bool *ambiguous);

#endif
