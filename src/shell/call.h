/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A command line that is at work in a thread of its own, with all that it
 * holds meanwhile: so that it can go on as a job (jobs.h) when the shell turns
 * to something else.
 *
 *	c = call_new(&run, line);
 *	args_parse(cmd, c->line, &c->args, &help, &err);
 *	if (call_serve(sh, c, &err))
 *		rc = call_end(c, &err);		else it was put aside
 *	call_free(c);
 *
 * All of this is called by the main thread.
 */
#ifndef SHELL_CALL_H
#define SHELL_CALL_H

#include <sys/queue.h>
#include <sys/types.h>

#include <stdbool.h>
#include <stdio.h>

#include "base/cancel.h"
#include "base/err.h"
#include "config/option.h"
#include "ftp/session.h"
#include "shell/args.h"
#include "shell/lex.h"
#include "shell/output.h"
#include "shell/run.h"
#include "shell/site.h"
#include "ui/tasks.h"
#include "ui/voice.h"

struct shell;

/*
 * What a command runs on, and what the shell has one of for those in the
 * foreground.
 */
struct seat {
	struct site *site;		/* NULL: none is open */
	struct session *session;	/* NULL with it */
	struct cancel *cancel;
	struct voice *voice;
};

struct call {
	TAILQ_ENTRY(call) link;		/* of jobs */
	int number;			/* of the job; 0: none */
	bool killed;			/* by the command kill */
	char *text;			/* what was typed, without passwords */
	struct line *line;
	struct args args;
	struct run run;
	struct settings set;		/* the run's */
	struct local_dir dir;		/* likewise, of jobs */
	struct output output;
	bool put_out;			/* call_end() is to end that */
	FILE *out;			/* of its own, or NULL */
	FILE *kept;			/* what a job put out, or NULL */
	off_t shown;			/* how much of that is out */
	/*
	 * A job's own.  As long as it is in the foreground: what the shell
	 * goes on with if it is put aside; without cancel, it cannot be.
	 */
	struct seat seat;
	struct task *task;
	struct err err;
	int rc;
};

/*
 * A line as it was typed, as far as blanks and quotes do not matter, without
 * passwords.  The caller frees it.
 */
char *call_text(const struct cmd *const *commands, const struct line *line);
/* A copy of the line, and of what of the run could change meanwhile. */
struct call *call_new(const struct run *run, const struct line *line);
/* It has ended, or was never begun. */
void call_free(struct call *c);

/*
 * Begins it in the foreground, and serves the terminal.  True: it has ended,
 * or could not begin, which call_end() tells; false: Ctrl-Z, and the shell
 * has another seat.
 */
bool call_serve(struct shell *sh, struct call *c);
/* Begins it beside the foreground, on a seat like the shell's. */
int call_start_aside(struct shell *sh, struct call *c, struct err *err);
/* It has ended: its result. */
int call_end(struct call *c, struct err *err);

/* From now on its output, if it would go to the shell's, is kept. */
void call_hide(struct call *c);
/* Puts out what was kept so far. */
void call_show(struct call *c, struct shell *sh);
/* The same, but for a line that is not whole yet. */
void call_show_lines(struct call *c, struct shell *sh);
/* The same, and lets it put out the rest by itself, unless on a terminal. */
void call_unhide(struct call *c, struct shell *sh);

#endif
