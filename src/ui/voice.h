/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What one command has to say: an observer of its own before that of the
 * terminal.  It adds the number of the job to events, and keeps the progress,
 * of which the terminal draws that of one voice (term_show()).
 *
 *	v = voice_new(observer);
 *	... voice_observer(v) ...
 *	voice_free(v);
 */
#ifndef UI_VOICE_H
#define UI_VOICE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/observe.h"

struct voice;

/* to, borrowed, gets the events. */
struct voice *voice_new(const struct observer *to);
void voice_free(struct voice *v);
/* Any thread may call it. */
const struct observer *voice_observer(struct voice *v);
/* The job whose voice it is from now on, from 1; 0: the foreground's. */
void voice_set_job(struct voice *v, int number);
int voice_job(const struct voice *v);
/* Forgets the progress: a new command begins. */
void voice_reset(struct voice *v);
/*
 * Appends the progress line, at most columns wide, or nothing if no file is
 * under way.  now: monotonic milliseconds, for the rate.
 */
void voice_line(struct voice *v, int64_t now, int columns, struct buf *out);
/* The same in up to so many rows, as progress_block() has it. */
void voice_block(struct voice *v, int64_t now, int columns, int rows,
    struct buf *out);

#endif
