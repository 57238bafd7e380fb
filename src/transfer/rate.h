/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A token bucket shared by all connections of a run: bytes a second. */
#ifndef TRANSFER_RATE_H
#define TRANSFER_RATE_H

#include <stddef.h>
#include <stdint.h>

struct rate;

/* NULL for bytes_per_second 0: no limit. */
struct rate *rate_new(uint64_t bytes_per_second);
void rate_free(struct rate *r);
/*
 * Takes n bytes at time now_ms (clock_ms()) and tells how many ms to wait
 * before going on.  r may be NULL (0).  Any thread.
 */
int64_t rate_take(struct rate *r, size_t n, int64_t now_ms);

#endif
