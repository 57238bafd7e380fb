/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The one writer on the terminal.  Messages come from any thread and are
 * queued; the main thread writes them, draws the progress line and asks the
 * questions while it waits for a command to end (term_pump()).
 */
#ifndef UI_TERM_H
#define UI_TERM_H

#include <stdbool.h>

#include "base/cancel.h"
#include "base/err.h"
#include "base/log.h"
#include "base/observe.h"
#include "config/option.h"
#include "config/secret.h"

struct term;

enum term_verbosity { TERM_QUIET, TERM_NORMAL, TERM_VERBOSE, TERM_DEBUG };

struct term_options {
	enum term_verbosity verbosity;
	enum when progress;		/* auto: stderr is a terminal */
	bool json;			/* events to stdout as NDJSON */
	bool interactive;		/* questions may be asked */
	const char *log_file;		/* takes messages and dialogue, too */
};

/* Sets the log's sink, too.  ERR_LOCAL if the log file cannot be opened. */
struct term *term_new(const struct term_options *o, struct err *err);
/* Writes what is queued and frees. */
void term_free(struct term *t);
/* The observer to give to sessions: text, progress and JSON in one. */
const struct observer *term_observer(struct term *t);
bool term_is_json(const struct term *t);
/* Whether colours suit standard output: what the setting color auto means. */
bool term_color(void);
/* Columns of the terminal on fd, or 80. */
int term_columns(int fd);
void term_set_progress(struct term *t, enum when progress);
/* Another log file from now on; NULL: none.  ERR_LOCAL: as it was. */
int term_set_log(struct term *t, const char *name, struct err *err);

/*
 * Runs fn(arg) in a worker thread (signals blocked) and serves the terminal
 * meanwhile: messages, progress, questions; the deadline, when it passes,
 * sets cancel.  Returns when fn has returned and all its messages are out.
 * Main thread.
 */
void term_run(struct term *t, void (*fn)(void *arg), void *arg,
    struct cancel *cancel, int64_t deadline);
/*
 * Asks yes or no; any thread under term_run(), or the main thread.  False
 * if not interactive.
 */
bool term_ask(struct term *t, const char *question);
/*
 * Asks for a secret, without echo; any thread under term_run(), or the main
 * thread.  ERR_LOGIN if not interactive.
 */
int term_ask_secret(struct term *t, const char *prompt,
    struct secret *secret, struct err *err);
/* Main thread: writes at once what is queued. */
void term_flush(struct term *t);
/*
 * Around what may print while a line is being edited: messages clear it
 * first.  The end returns whether it has to be drawn again.  Main thread.
 */
void term_edit_begin(struct term *t);
bool term_edit_end(struct term *t);
/* A line on stdout in place of progress; any thread. For mirror -v, dry run. */
void term_print(struct term *t, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* The whole progress of a known amount of work; resets the progress line. */
void term_progress_reset(struct term *t);

#endif
