/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The one place that waits: with a deadline, and cancelled at once. */
#ifndef NET_WAIT_H
#define NET_WAIT_H

#include <poll.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cancel.h"
#include "base/clock.h"
#include "base/err.h"

/* The most descriptors of one wait. */
enum { NET_WAIT_MAX = 31 };

/*
 * Waits until one of the n descriptors is ready.  Returns how many are
 * (revents filled), 0 when the deadline has passed, -1 when cancelled
 * (cancel_error()) or on a failure of poll.  Entries with fd -1 are ignored;
 * n may be 0.  cancel may be NULL.  A deadline already over still polls once.
 */
int net_wait(struct pollfd *fds, size_t n, int64_t deadline,
    struct cancel *cancel, struct err *err);
/* Sleeps ms; 0, or -1 when cancelled. */
int net_sleep(int64_t ms, struct cancel *cancel, struct err *err);

#endif
