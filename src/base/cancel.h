/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Cancelling: one object that every wait watches.  Setting it wakes them all
 * at once, from another thread or from a signal handler; it stays set until
 * its owner, once nobody works under it, resets it.
 */
#ifndef BASE_CANCEL_H
#define BASE_CANCEL_H

#include <stdbool.h>

#include "base/err.h"

struct cancel;

/* Why; signals are given as their number. */
enum { CANCEL_NONE = 0, CANCEL_DEADLINE = -1 };

/* NULL with errno if there are no descriptors for it. */
struct cancel *cancel_new(void);
void cancel_free(struct cancel *c);
/* Async-signal-safe.  The first reason stays. */
void cancel_set(struct cancel *c, int reason);
void cancel_reset(struct cancel *c);
/* CANCEL_NONE, or the reason.  c may be NULL. */
int cancel_reason(const struct cancel *c);
/* Readable while set; nobody but cancel_reset() reads it. -1 for NULL. */
int cancel_fd(const struct cancel *c);
/*
 * Fills err according to the reason: ERR_CANCELLED, or ERR_TIMEOUT for the
 * deadline.  Returns -1.
 */
int cancel_error(const struct cancel *c, struct err *err);

/*
 * Ends the process at once by the signal that set c, or with the status of a
 * deadline: for work that does not notice that it was cancelled.
 */
void cancel_die(const struct cancel *c) __attribute__((noreturn));

/*
 * Installs handlers for SIGINT, SIGTERM and SIGHUP that set c (one that comes
 * while c is set ends the process at once), and ignores SIGPIPE and SIGXFSZ.
 * What was ignored at the start, as under nohup(1), stays so.  Main thread,
 * once.
 */
void cancel_install(struct cancel *c);
/* From now on signals set c in place of the one before.  Main thread. */
void cancel_follow(struct cancel *c);
/* Blocks all signals but faults of its own in the calling (worker) thread. */
void cancel_block_signals(void);

#endif
