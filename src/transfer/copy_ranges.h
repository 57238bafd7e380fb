/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The same over n connections, where that can help: it is copy_get() for small
 * files, for descriptors, and where a part can be resumed.
 */
#ifndef TRANSFER_COPY_RANGES_H
#define TRANSFER_COPY_RANGES_H

#include "transfer/copy_get.h"

int copy_ranges(struct session *s, const struct copy_get *g, int n,
    struct copy_result *res, struct err *err);

#endif
