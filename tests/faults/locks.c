/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Preloaded (LD_PRELOAD): a lock that is taken twice, or given back by who
 * has it not, or freed while it is held, ends the program.
 */
#define _GNU_SOURCE
#define LOCKS_OF_LIBRARIES
#include "../unit/locks.h"
