/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the command alias prints, for others, too. */
#ifndef SHELL_CMD_ALIAS_H
#define SHELL_CMD_ALIAS_H

#include "shell/run.h"

/*
 * An alias, or with NULL all of them, as it can be typed again, but for
 * passwords.  Main thread.
 */
void cmd_alias_print(const struct run *run, const char *name);

#endif
