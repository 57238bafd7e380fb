/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a command's output goes: "> file", ">> file", "| local command". */
#ifndef SHELL_OUTPUT_H
#define SHELL_OUTPUT_H

#include <sys/types.h>

#include <stdbool.h>
#include <stdio.h>

#include "base/err.h"
#include "shell/lex.h"
#include "shell/run.h"

struct output {
	FILE *before;		/* run->out as it was */
	bool was_redirected;
	const struct line *line;
	pid_t pid;		/* of the local command */
};

/* Points run->out to where the line says.  0, or -1 (ERR_LOCAL). */
int output_begin(struct run *run, const struct line *line,
    struct output *o, struct err *err);
/*
 * Ends that, waits for the local command, and points run->out back.  rc is
 * the command's; that nobody wants to read more from a pipe is no failure,
 * that something could not be written is one.
 */
int output_end(struct run *run, struct output *o, int rc, struct err *err);

#endif
