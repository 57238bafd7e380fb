/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For one file of a test whose certificates have to be of some time. */
#ifndef TESTS_UNIT_TIME_NOW_H
#define TESTS_UNIT_TIME_NOW_H

#include <time.h>

#include "instead.h"

/* What time of day it is for us; 0: what it is. */
static time_t time_now;

/* Instead of the C library's. */
int
clock_gettime(clockid_t id, struct timespec *ts)
{
	int (*real)(clockid_t, struct timespec *), rc;

	REAL("clock_gettime");
	rc = real(id, ts);
	if (id == CLOCK_REALTIME && time_now != 0)
		*ts = (struct timespec){ .tv_sec = time_now };
	return rc;
}

#endif
