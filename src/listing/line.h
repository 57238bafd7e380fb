/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One line of a listing taken apart, as the dialects (listing/dialect.h) do
 * it.  Nothing is copied: the spans point into the line.
 */
#ifndef LISTING_LINE_H
#define LISTING_LINE_H

#include <stdint.h>
#include <time.h>

#include "listing/listing.h"
#include "listing/span.h"

struct line {
	struct span name;		/* not empty */
	/* n 0: not given */
	struct span owner, group, target, unique;
	char type;	/* as struct entry; '.': the directory or its parent */
	int64_t size;
	struct timespec mtime;
	enum time_precision precision;
	int mode;
};

/* Nothing is known. */
void line_init(struct line *l);
/* A day that does not exist leaves the time unknown. */
void line_set_time(struct line *l, struct tm tm,
    enum time_precision precision);
/* Permission bits from octal digits, or -1. */
int line_mode(struct span w);

#endif
