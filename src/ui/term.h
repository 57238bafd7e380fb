/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The one writer on the terminal.  Messages come from any thread and are
 * queued; the main thread writes them and draws the progress line while it
 * waits for a command to end (ui/tasks.h).
 */
#ifndef UI_TERM_H
#define UI_TERM_H

#include <stdbool.h>

#include "base/cancel.h"
#include "base/err.h"
#include "base/log.h"
#include "base/observe.h"
#include "config/option.h"
#include "ui/voice.h"

struct term;

enum term_verbosity { TERM_QUIET, TERM_NORMAL, TERM_VERBOSE, TERM_DEBUG };

struct term_options {
	enum term_verbosity verbosity;
	enum when progress;		/* auto: stderr is a terminal */
	bool json;			/* events to stdout as NDJSON */
	bool interactive;		/* a person types the commands */
	const char *log_file;		/* takes messages and dialogue, too */
	bool syslog;			/* so does it, errors and warnings */
};

/* Sets the log's sink, too.  ERR_LOCAL if the log file cannot be opened. */
struct term *term_new(const struct term_options *o, struct err *err);
/* Writes what is queued and frees. */
void term_free(struct term *t);
/* The observer to give to sessions: text, progress and JSON in one. */
const struct observer *term_observer(struct term *t);
bool term_is_json(const struct term *t);
bool term_is_interactive(const struct term *t);
/* Whether colours suit standard output: what the setting color auto means. */
bool term_color(void);
/* Columns of the terminal on fd, or 80. */
int term_columns(int fd);
void term_set_progress(struct term *t, enum when progress);
/* Another log file from now on; NULL: none.  ERR_LOCAL: as it was. */
int term_set_log(struct term *t, const char *name, struct err *err);
/* Whether errors and warnings also go to syslog(3) from now on. */
void term_set_syslog(struct term *t, bool on);

/*
 * Whose progress is drawn from now on; NULL: that of who has term_observer().
 * Borrowed.  Main thread.
 */
void term_show(struct term *t, struct voice *v);

/* Main thread: writes at once what is queued. */
void term_flush(struct term *t);
/*
 * Around what may print while a line is being edited: messages clear it
 * first, and the rows of it that are above the cursor's.  The end returns
 * whether it has to be drawn again.  Main thread.
 */
void term_edit_begin(struct term *t, int above);
bool term_edit_end(struct term *t);
/* A line on stdout in place of progress; any thread. For mirror -v, dry run. */
void term_print(struct term *t, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* A line for syslog(3) alone, if that is on.  Main thread. */
void term_record(struct term *t, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/*
 * For who serves the terminal while others work (ui/tasks.h), in the main
 * thread: between term_begin() and term_end(), which writes what is left and,
 * if the work has ended, says in the shell what became of a single transfer, it
 * waits, flushes and draws.  term_wait() returns when something was posted,
 * progress is to be drawn, at the deadline, or when cancel (or NULL) is set.
 */
void term_begin(struct term *t);
void term_end(struct term *t, bool ended);
void term_wait(struct term *t, int64_t deadline, struct cancel *cancel);
/* Ends term_wait(); any thread. */
void term_wake(struct term *t);
/* The progress line, if it is due; and takes it away. */
void term_draw(struct term *t);
void term_erase(struct term *t);
/* It is not where the cursor is any more. */
void term_forget(struct term *t);

#endif
