/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a mirror tells of its work as it goes: failures, what could not be
 * carried over, counts.  Any thread.
 */
#ifndef TRANSFER_TELL_H
#define TRANSFER_TELL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct mirror;

/* What may not be carried over without that being a failure. */
enum loss {
	LOST_LINK, LOST_OTHER, LOST_TIME, LOST_MODE, LOST_GONE,
	LOST_LOOP, LOSSES
};

/* Reports, counts and clears err; path "": the root. */
void tell_failed(struct mirror *m, const char *path, struct err *err);
/* The same where a name is not what was asked for, though the content is. */
void tell_misnamed(struct mirror *m, const char *path, struct err *err);
/* Counted, and said once of each sort. */
void tell_lost(struct mirror *m, enum loss loss, const char *path,
    const char *why);
/* The same of what is not carried over at all, of a type as in plan_entry. */
void tell_left_out(struct mirror *m, enum loss loss, char type,
    const char *path, const char *why);
void tell_count(struct mirror *m, uint64_t *counter, uint64_t n);
/* Something of the source was not read: nothing may be deleted (I7). */
void tell_incomplete(struct mirror *m);
bool tell_is_incomplete(struct mirror *m);
/* A file that the source no longer has: the target may lack it. */
void tell_vanished(struct mirror *m, const char *path);

#endif
