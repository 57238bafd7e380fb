/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "transfer/next.h"

static const enum next moving[FAULTS] = {
	[FAULT_PLAIN] = NEXT_RESUME,
	[FAULT_OFFSET] = NEXT_AT_ONCE,
	[FAULT_DIFFERS] = NEXT_AT_ONCE,
	[FAULT_LOST] = NEXT_RESUME,
	[FAULT_UNANSWERED] = NEXT_RESUME,
};

/* What came out wrong might do so again: not at once. */
static const enum next checking[FAULTS] = {
	[FAULT_PLAIN] = NEXT_RESUME,
	[FAULT_OFFSET] = NEXT_RESUME,
	[FAULT_DIFFERS] = NEXT_ANEW,
	[FAULT_LOST] = NEXT_RESUME,
	[FAULT_UNANSWERED] = NEXT_RESUME,
};

/* Whoever is to rename has tried all there is before he fails. */
static const enum next committing[FAULTS] = {
	[FAULT_PLAIN] = NEXT_NEVER,
	[FAULT_OFFSET] = NEXT_NEVER,
	[FAULT_DIFFERS] = NEXT_NEVER,
	[FAULT_LOST] = NEXT_RESUME,
	[FAULT_UNANSWERED] = NEXT_WHERE,
};

static const enum next asking[FAULTS] = {
	[FAULT_PLAIN] = NEXT_WHERE,
	[FAULT_OFFSET] = NEXT_WHERE,
	[FAULT_DIFFERS] = NEXT_WHERE,
	[FAULT_LOST] = NEXT_WHERE,
	[FAULT_UNANSWERED] = NEXT_WHERE,
};

/* The others cannot fail, or have failed for good. */
static const enum next *const table[] = {
	[COPY_LOOK] = moving,
	[COPY_BEGIN] = moving,
	[COPY_MOVE] = moving,
	[COPY_CHECK] = checking,
	[COPY_CHECKING] = checking,
	[COPY_COMMIT] = committing,
	[COPY_COMMITTING] = committing,
	[COPY_WHERE] = asking,
};

enum next
next_of(enum copy_stage stage, enum fault fault)
{
	return stage <= COPY_WHERE ? table[stage][fault] : NEXT_NEVER;
}
