/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reading lines from a person: editing, history, completion (libedit
 * underneath).  The history is kept in the state directory, readable by the
 * user only, a line a command, without those that hold a password.
 *
 *	e = edit_new(sh);
 *	while ((line = edit_line(e)) != NULL)
 *		...
 *	edit_free(e);
 */
#ifndef SHELL_EDIT_H
#define SHELL_EDIT_H

#include <stdbool.h>
#include <stdio.h>

struct edit;
struct shell;

/* Main thread; standard input is a terminal.  sh is borrowed. */
struct edit *edit_new(struct shell *sh);
/* Puts the terminal back as it was. */
void edit_free(struct edit *e);
/*
 * Prompts for the next line, without its newline; the caller frees it.
 * Ctrl-C discards what was typed and gives "".  NULL at the end of the input
 * (Ctrl-D), and when sh->cancel was set by anything else: it stays set then.
 * While idle, the session is kept alive.
 */
char *edit_line(struct edit *e);
/* Prints the last n lines of the history, numbered, oldest first; 0: all. */
void edit_history(const struct edit *e, FILE *fp, int n);
/* Which libedit this was built with. */
const char *edit_library(void);

#endif
