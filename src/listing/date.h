/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Parts of dates and times that more than one dialect writes: 0 or -1. */
#ifndef LISTING_DATE_H
#define LISTING_DATE_H

#include <time.h>

#include "listing/span.h"

/* "2026-11-20" */
int date_iso(struct span w, struct tm *tm);
/* "13:24" */
int date_clock(struct span w, struct tm *tm);

#endif
