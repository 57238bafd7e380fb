/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a command gets to work with.  Each command line that is run has a run
 * of its own, made from what the shell is at that moment; nothing in it but
 * out, kind and partial changes while the command runs.  So several may go on
 * side by side, each in its thread and with its session, and none of them
 * knows the shell: a command that changes the shell itself (open, set, lcd)
 * says so in its row (CMD_SHELL) and gets it, too.
 */
#ifndef SHELL_RUN_H
#define SHELL_RUN_H

#include <sys/types.h>

#include <stdbool.h>
#include <stdio.h>

#include "base/cancel.h"
#include "base/err.h"
#include "base/observe.h"
#include "config/option.h"
#include "ftp/session.h"
#include "ui/tasks.h"
#include "ui/term.h"

struct aliases;
struct args;
struct cmd;
struct shell;

/* lcd's directory. */
struct local_dir {
	int fd;			/* or AT_FDCWD */
	char *path;		/* its name, for lpwd */
};

struct run {
	struct session *session;	/* NULL: no site is open */
	const struct site *site;	/* the session's; NULL with it */
	const struct settings *set;	/* that hold: the site's, or without */
	FILE *out;			/* where the command's output goes */
	bool redirected;		/* there by > or | */
	struct term *term;
	struct tasks *tasks;		/* for questions */
	const struct observer *obs;
	struct cancel *cancel;
	const struct local_dir *dir;
	const struct cmd *const *commands;	/* all there are */
	/* The shell's; in a check, a copy that it may change.  Main thread. */
	struct aliases *aliases;
	mode_t umask;			/* of the process */
	bool interactive;		/* a person is there to be asked */
	bool *stdin_taken;		/* something reads or has read it */
	enum err_kind kind;		/* of what failed: run_failed() */
	bool partial;			/* names could not be used: warned of */
	struct shell *shell;		/* of rows with CMD_SHELL, else NULL */
};

/*
 * Calls the command of a, in the present thread; connects the session before
 * if its row says so.
 */
int run_call(struct run *run, const struct args *a, struct err *err);

/*
 * For commands with several items: reports err for path and remembers its
 * kind in run->kind (err_merge()).  Returns whether the others would fail
 * alike, so that there is no use in going on.  One thread at a time.
 */
bool run_failed(struct run *run, const char *path, const struct err *err);
/*
 * 0, or -1 with an err that is already reported, by what was remembered: what
 * such a command returns.
 */
int run_result(const struct run *run, struct err *err);

/* Whether entries are to be told as events, not printed. */
bool run_is_json(const struct run *run);
/* Whether output goes to a terminal, and has to be escaped. */
bool run_is_terminal(const struct run *run);
/* Prints a name, escaped on a terminal. */
void run_print_name(const struct run *run, const char *name);
/* Asks if interactive and the setting confirm says so; else true. */
bool run_confirm(const struct run *run, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
