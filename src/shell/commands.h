/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of all commands.  Only main names it, and hands it in. */
#ifndef SHELL_COMMANDS_H
#define SHELL_COMMANDS_H

#include "shell/cmd.h"

/* By group; ended by NULL. */
extern const struct cmd *const commands[];

#endif
