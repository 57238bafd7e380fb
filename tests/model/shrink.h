/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A world that fails made smaller: less trouble, fewer options, well-behaved
 * sides, smaller trees, as long as it fails.
 */
#ifndef TESTS_MODEL_SHRINK_H
#define TESTS_MODEL_SHRINK_H

#include "world.h"

/* w itself gets smaller; fails must not change it. */
void shrink(struct world *w, bool (*fails)(const struct world *w));

#endif
