/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Completion for the shell that calls us, as a script.  It asks the program
 * itself (complete_argv.h), and knows nothing of commands and options.
 */
#ifndef SHELL_COMPLETION_SCRIPT_H
#define SHELL_COMPLETION_SCRIPT_H

#include <stdio.h>

#include "base/err.h"

/*
 * Prints the script for bash, zsh or fish.  ERR_USAGE for any other shell.
 */
int completion_script_print(FILE *fp, const char *shell, struct err *err);

#endif
