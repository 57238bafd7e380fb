/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Events as lines for people.  Pure. */
#ifndef UI_REPORT_H
#define UI_REPORT_H

#include "base/buf.h"
#include "base/observe.h"

/* How much somebody has to want to see a line. */
enum report_level {
	REPORT_ERROR,		/* always, on stderr after "ftps: " */
	REPORT_WARNING,		/* unless quiet, likewise */
	REPORT_RESULT,		/* unless quiet, on stdout */
	REPORT_DETAIL,		/* if verbose, on stderr: stdout may be data */
	REPORT_NOTE,		/* if verbose, on stderr after "ftps: " */
	REPORT_NOTHING,		/* no line for people */
};

/*
 * Appends the line, escaped and without its newline, and returns its level.
 * A failed transfer is told by the error that belongs to it, not here.
 */
enum report_level report_event(const struct event *ev, struct buf *out);
/*
 * What a summary event says, in columns if it can be: of a wide one it leaves
 * out how much there was in the source.  0: all of it.
 */
void report_summary(const struct summary *s, int columns, struct buf *out);
/* A reason's name, as in JSON: never translated or changed; or NULL. */
const char *report_reason(enum reason reason);
/* "NAME  12M  34M/s  3s": a transfer that ended well, for the shell. */
void report_transfer(const struct event *ev, struct buf *out);

#endif
