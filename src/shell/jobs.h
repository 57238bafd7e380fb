/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The commands that go on beside the shell: begun with &, or put aside with
 * Ctrl-Z.  Each has a thread, a session and a cancel of its own (call.h).
 * That one has ended is told before the next prompt (jobs_tell()) or by who
 * waits for it; until then it is listed.
 *
 * All of this is called by the main thread.
 */
#ifndef SHELL_JOBS_H
#define SHELL_JOBS_H

#include <sys/queue.h>

#include <stdbool.h>
#include <stdio.h>

#include "base/err.h"
#include "shell/call.h"

struct shell;

TAILQ_HEAD(jobs, call);

/*
 * Runs a command that has its arguments, and takes it over: in the foreground,
 * from where Ctrl-Z makes a job of it, or at once as a job, if its line says
 * so.  The site's connections are divided: a job gets half of those that are
 * free.  If there are none, a script waits for a job to end; a person gets
 * ERR_USAGE.
 */
int jobs_run(struct shell *sh, struct call *c, struct err *err);

/* ERR_USAGE if there is no such job.  number 0: the one begun last. */
int jobs_find(struct shell *sh, int number, struct call **out,
    struct err *err);
/* A line for each. */
void jobs_list(struct shell *sh, FILE *fp);
/* Tells of those that have ended. */
void jobs_tell(struct shell *sh);
/* While a person is typing: ends them at the deadline. */
void jobs_look_at_deadline(struct shell *sh);

/*
 * Waits for c, or with NULL for all.  0, or -1 with the kind of what failed,
 * which is told; Ctrl-C ends a person's wait, and a script's jobs.
 */
int jobs_wait(struct shell *sh, struct call *c, struct err *err);
/*
 * Back to the foreground, until it has ended or is put aside again: -1, as in
 * jobs_run(), with an empty ERR_CANCELLED and sh->put_aside.
 */
int jobs_fetch(struct shell *sh, struct call *c, struct err *err);
/* Ends it as SIGTERM does, without waiting for that. */
void jobs_kill(struct call *c);

/*
 * At the end of a script: waits for all.  The kind of what failed, also of
 * those that nobody had waited for.
 */
enum err_kind jobs_wait_at_end(struct shell *sh);
/*
 * Whether the shell may end: a person is asked while jobs are running, if
 * confirm (the setting) says so.
 */
bool jobs_may_leave(struct shell *sh, bool confirm);
/* Ends them all, cleanly, for a reason (cancel.h), and waits for that. */
void jobs_end(struct shell *sh, int reason);

#endif
