/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Plays a world: the mirror runs in it with all its troubles, then, when these
 * are over, again, and once more when there is nothing left to do.  The oracle
 * judges each run.
 */
#ifndef TESTS_MODEL_PLAY_H
#define TESTS_MODEL_PLAY_H

#include "oracle.h"

/* "" or what is wrong; trace: all that happens is told there, or NULL. */
void play(const struct world *w, char complaint[COMPLAINT_MAX], FILE *trace);

#endif
