/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Records of strings that wait in an unlinked file until it is their turn,
 * so that a large tree's take no memory.  Any thread may add.
 */
#ifndef TRANSFER_SPOOL_H
#define TRANSFER_SPOOL_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct spool;

struct spool *spool_new(void);
void spool_free(struct spool *sp);
/*
 * Appends a record of two strings; ERR_LOCAL, and then nothing in it counts
 * any more.
 */
int spool_add(struct spool *sp, const char *first, const char *second,
    struct err *err);
uint64_t spool_count(const struct spool *sp);

enum spool_order { SPOOL_FORWARD, SPOOL_BACKWARD };

/*
 * Calls fn for each record in the order asked for until it returns other
 * than 0, which is then returned; -1 with ERR_LOCAL if it cannot be read.
 * Nothing may be added meanwhile.
 */
int spool_each(struct spool *sp, enum spool_order order,
    int (*fn)(void *ctx, const char *first, const char *second), void *ctx,
    struct err *err);

#endif
