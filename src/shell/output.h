/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a command's output goes: "> file", ">> file", "| local command". */
#ifndef SHELL_OUTPUT_H
#define SHELL_OUTPUT_H

#include <sys/types.h>

#include <stdbool.h>
#include <stdio.h>

#include "base/err.h"
#include "shell/lex.h"
#include "shell/shell.h"

struct output {
	FILE *before;		/* sh->out as it was */
	bool was_ours;
	const struct line *line;
	pid_t pid;		/* of the local command */
};

/* Points sh->out to where the line says.  0, or -1 (ERR_LOCAL). */
int output_begin(struct shell *sh, const struct line *line,
    struct output *o, struct err *err);
/*
 * Ends that, waits for the local command, and points sh->out back.  rc is
 * the command's; that nobody wants to read more from a pipe is no failure,
 * that something could not be written is one.
 */
int output_end(struct shell *sh, struct output *o, int rc, struct err *err);

#endif
