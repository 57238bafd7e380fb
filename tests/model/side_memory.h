/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A side of a mirror that is a tree in memory (transfer/side.h): what it is
 * like and what goes wrong on it says its stage.
 *
 *	side = side_memory_new(stage, TO);
 *	side_free(side);
 */
#ifndef TESTS_MODEL_SIDE_MEMORY_H
#define TESTS_MODEL_SIDE_MEMORY_H

#include "stage.h"

struct side;

/* stage is borrowed. */
struct side *side_memory_new(struct stage *st, int which);
void side_memory_free(struct side *side);

#endif
