/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Passwords in what was typed, or given in arguments, as far as they can be
 * told: to keep them from the history and from the eyes of others.  commands
 * is the table of all commands, whose rows know which words are passwords.
 */
#ifndef SHELL_PASSWORDS_H
#define SHELL_PASSWORDS_H

#include <stdbool.h>
#include <stddef.h>

struct aliases;
struct cmd;

/*
 * Whether a line of the shell, or several, holds one; aliases (or NULL) may
 * stand in it.
 */
bool passwords_in(const struct cmd *const *commands,
    const struct aliases *aliases, const char *text);
/*
 * Overwrite them by 'x's in a script, in the words of one command, or in a
 * SITE, USER,PASSWORD or NAME=VALUE, which are elements of argv.  Each returns
 * whether there was one.
 */
bool passwords_wipe_script(const struct cmd *const *commands, char *text);
bool passwords_wipe_words(const struct cmd *const *commands, char *const *argv,
    size_t n);
bool passwords_wipe_setting(char *text);

#endif
