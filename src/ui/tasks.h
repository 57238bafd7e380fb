/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Work in a thread of its own, while the main thread serves the terminal:
 * messages, progress, and the questions that the work has for a person.
 *
 *	t = tasks_new(term);
 *	tasks_run(t, fn, arg, cancel, deadline);
 *	task = tasks_start(t, fn, arg, false);		or several
 *	if (tasks_serve(t, task, &how))
 *		tasks_end(task);
 *	tasks_free(t);
 */
#ifndef UI_TASKS_H
#define UI_TASKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cancel.h"
#include "base/err.h"
#include "config/secret.h"
#include "ui/term.h"

struct tasks;
struct task;			/* one that has begun */

/* Main thread.  term is borrowed. */
struct tasks *tasks_new(struct term *term);
void tasks_free(struct tasks *t);
/*
 * Runs fn(arg) in a worker thread (signals blocked) and serves the terminal
 * meanwhile; the deadline, when it passes, sets cancel.  Returns when fn has
 * returned and all its messages are out.  Main thread.
 */
void tasks_run(struct tasks *t, void (*fn)(void *arg), void *arg,
    struct cancel *cancel, int64_t deadline);
/*
 * Begins fn(arg) in a worker thread, which tasks_serve() is called for next
 * unless it is put aside.  Where there is no thread to be had, it has ended on
 * return.  Main thread.
 */
struct task *tasks_start(struct tasks *t, void (*fn)(void *arg), void *arg,
    bool aside);
bool tasks_has_ended(const struct task *task);
/* Waits for its end and frees it.  NULL is fine. */
void tasks_end(struct task *task);
/* A task that is aside has nobody to ask: its questions are declined. */
void tasks_put_aside(struct task *task, bool aside);

struct tasks_service {
	struct cancel *cancel;		/* set when the deadline passes */
	int64_t deadline;
	bool can_stop;			/* Ctrl-Z ends the service */
	bool only_waits;		/* so does cancel: of others */
	void (*turn)(void *ctx);	/* now and then meanwhile; or NULL */
	void *ctx;
};

/*
 * Serves the terminal until the task has ended, and all its messages are out:
 * true; or until the service ends before that: false.  Main thread.
 */
bool tasks_serve(struct tasks *t, const struct task *task,
    const struct tasks_service *how);
/* Whether the calling thread can ask. */
bool tasks_can_ask(struct tasks *t);
/*
 * Asks yes or no; any thread under tasks_run(), or the main thread.  False
 * if not interactive.
 */
bool tasks_ask(struct tasks *t, const char *question);
/*
 * Asks for a line; likewise.  False at the end of input, when cancelled, and if
 * not interactive.
 */
bool tasks_ask_line(struct tasks *t, const char *question, char *line,
    size_t size);
/* Asks for a secret, without echo; likewise.  ERR_LOGIN if not interactive. */
int tasks_ask_secret(struct tasks *t, const char *prompt,
    struct secret *secret, struct err *err);

#endif
