/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The shell's state, and running scripts: batch, one-shot and interactive
 * are one loop over lines.
 *
 *	shell_init(&sh, commands, cancel, umask);
 *	shell_set_term(&sh, term);
 *	shell_open(&sh, "nas", &err);
 *	shell_check(&sh, &script, &err);
 *	status = shell_run(&sh, &script, true);
 *	shell_release(&sh);
 */
#ifndef SHELL_SHELL_H
#define SHELL_SHELL_H

#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/cancel.h"
#include "base/err.h"
#include "base/observe.h"
#include "config/option.h"
#include "ftp/session.h"
#include "shell/alias.h"
#include "shell/cmd.h"
#include "shell/jobs.h"
#include "shell/lex.h"
#include "shell/run.h"
#include "shell/site.h"
#include "ui/tasks.h"
#include "ui/term.h"

struct edit;

struct shell {
	const struct cmd *const *commands;	/* the table of all */
	struct term *term;
	struct tasks *tasks;
	struct cancel *cancel;
	struct voice *voice;		/* of the foreground */
	const struct observer *obs;	/* the voice's */
	struct site_sources sources;
	bool site_coming;		/* opened before a script begins */
	struct site *site;		/* NULL: none opened */
	char *site_text;		/* as it was opened */
	struct session *session;	/* NULL with site NULL */
	struct local_dir dir;
	char *last_local;		/* the one before it, or NULL */
	FILE *out;			/* of commands that say nothing else */
	bool interactive;
	bool stdin_taken;		/* something reads or has read it */
	int64_t deadline;
	mode_t umask;
	struct login_ask ask;		/* the person at the terminal */
	struct edit *edit;		/* of the interactive shell, or NULL */
	struct aliases aliases;
	struct jobs jobs;
	enum err_kind failed;		/* of a script's jobs */
	bool put_aside;			/* the last command, by Ctrl-Z */
	/* of the interactive shell and "exit" */
	bool quit;
	int status;
};

/*
 * Main thread.  The present directory is lcd's first, output is standard
 * output (standard error with --json, which leaves the former to events).
 */
void shell_init(struct shell *sh, const struct cmd *const *commands,
    struct cancel *cancel, mode_t umask);
/* What is to be told from now on goes to term. */
void shell_set_term(struct shell *sh, struct term *term);
void shell_release(struct shell *sh);

/* What a command gets now (CMD_SHELL: with the shell). */
struct run shell_make_run(struct shell *sh);
/* Settings in force: of the open site, else the base. */
const struct settings *shell_settings(const struct shell *sh);
/* "30m", "06:00" (the next in local time); sets the shell's deadline. */
int shell_set_deadline(struct shell *sh, const char *text, struct err *err);

/*
 * Opens a site by name, host or URL, as USER or USER,PASSWORD if login is not
 * NULL and text names none (site.h; asks only if interactive).  Does not
 * connect.  Closes the one open before.  Main thread.
 */
int shell_open(struct shell *sh, const char *text, const char *login,
    struct err *err);
/*
 * The open site again, by the settings that hold for it, as another user
 * (USER, or USER,PASSWORD); password NULL: the site's, if the configuration
 * has it for no other user, else from netrc, or asked for.
 */
int shell_login(struct shell *sh, const char *login, const char *password,
    struct err *err);
void shell_close(struct shell *sh);
/*
 * Sets, or with an empty value takes back to what holds without, a setting for
 * the sites to be opened, and for the open one unless it is not for an open
 * site to change (at_open, of which the user is told).  Main thread, between
 * commands.
 */
int shell_set(struct shell *sh, const char *name, const char *value,
    struct err *err);
/* Connects the open site.  Main thread. */
int shell_connect(struct shell *sh, struct err *err);
/*
 * Both, for a person, who wants to know at once whether it works; and if not,
 * who can tell why.
 */
int shell_begin(struct shell *sh, const char *text, struct err *err);

/* Checks a whole script (check.h), as it would begin now.  ERR_USAGE. */
int shell_check(struct shell *sh, struct script *script, struct err *err);
/*
 * Runs it.  Returns the exit status: of the first failing command where
 * stop is true (batch), else of the last.  Errors are reported.
 */
int shell_run(struct shell *sh, const struct script *script, bool stop);
/*
 * The same within a command, whose output is that of its commands: 0, or -1
 * with an err already reported.
 */
int shell_run_within(struct shell *sh, struct run *run,
    const struct script *script, struct err *err);
/* The interactive loop; its exit status. */
int shell_interactive(struct shell *sh);

#endif
