/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The state behind the progress line: which files are under way, how far
 * they are, how fast it goes.  Pure: the time is a parameter, nothing is
 * printed; the caller locks.
 *
 *	progress_update(p, "a/b", 32768, 100000, false);
 *	progress_tick(p, now);			several times a second
 *	progress_line(p, columns, &line);
 */
#ifndef UI_PROGRESS_H
#define UI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

struct progress;

struct progress *progress_new(void);
void progress_free(struct progress *p);
/* Forgets all: a new command begins. */
void progress_reset(struct progress *p);
/*
 * As observe.h has it: delta bytes more of name, total -1 if unknown; name
 * NULL: delta more files are to come.
 */
void progress_update(struct progress *p, const char *name, int64_t delta,
    int64_t total, bool done);
/* Whether a file is under way. */
bool progress_active(const struct progress *p);
/* Takes a sample for the rate.  Monotonic milliseconds. */
void progress_tick(struct progress *p, int64_t now);
/*
 * Appends the line: escaped, at most columns wide (20 or more).  As long as
 * more files may come there is no percentage, and a "+" behind what is known
 * so far.
 */
void progress_line(const struct progress *p, int columns, struct buf *out);
/*
 * The same where there is room for rows of them: once several files have been
 * under way, a line for each as far as they go, and last one of all.
 */
void progress_block(struct progress *p, int columns, int rows,
    struct buf *out);

#endif
