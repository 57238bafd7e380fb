/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Directories that were to be deleted, and stay for what is in them. */
#ifndef TRANSFER_HELD_H
#define TRANSFER_HELD_H

struct held;

struct held *held_new(void);
void held_free(struct held *h);
/* keeper: a name in it.  The first that is told of stays. */
void held_add(struct held *h, const char *path, const char *keeper);
/* Its keeper, or NULL: it is not held. */
const char *held_find(struct held *h, const char *path);

#endif
