/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How an entry looked, so that one can tell whether it has changed since. */
#ifndef TRANSFER_SEEN_H
#define TRANSFER_SEEN_H

#include <stdint.h>
#include <time.h>

#include "base/observe.h"
#include "listing/listing.h"
#include "local/tree.h"

struct plan_entry;

/* An entry of a directory as it was seen; its name is borrowed. */
struct seen {
	const char *name;
	char type;		/* 'f' 'd' 'l' 'o' '?' */
	int64_t size;		/* -1: not known */
	struct timespec mtime;
	enum time_precision precision;
	uint64_t device, number;	/* which one it is; 0: not known */
	enum reason reason;	/* why it is to go */
};

struct seen seen_remote(const struct entry *e);
struct seen seen_local(const struct tree_entry *e);
/* An entry of a mirror's target, by the name that it has there. */
struct seen seen_planned(const struct plan_entry *e);
/* How now is not what it was, or NULL. */
const char *seen_change(const struct seen *was, const struct seen *now);

#endif
