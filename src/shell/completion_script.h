/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Completion for the shell that calls us, as a script made from the tables:
 * that of the settings, and main's of commands and of its options.
 */
#ifndef SHELL_COMPLETION_SCRIPT_H
#define SHELL_COMPLETION_SCRIPT_H

#include <stddef.h>
#include <stdio.h>

#include "base/err.h"

struct cmd;

/* An option of the program. */
struct main_option {
	int id;			/* the letter, or from 256 on */
	const char *name;	/* or NULL */
	const char *value;	/* its argument, or NULL */
	const char *setting;	/* that it sets, or NULL */
	const char *to;		/* to what, if it has no argument */
	const char *help;
};

/*
 * Prints the script for bash, zsh or fish.  ERR_USAGE for any other shell.
 */
int completion_script_print(FILE *fp, const char *shell,
    const struct main_option *option, size_t n,
    const struct cmd *const *commands, struct err *err);

#endif
