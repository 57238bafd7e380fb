/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Time: monotonic milliseconds for deadlines, and calendar time in UTC.
 * A deadline is absolute, so that no loop can restart it.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

#define DEADLINE_NONE	INT64_MAX

/* Milliseconds on the monotonic clock. */
int64_t clock_ms(void);
/* The deadline ms from now; ms <= 0: DEADLINE_NONE. */
int64_t deadline_in(int64_t ms);
/* What is left for poll(): 0 if over, -1 for DEADLINE_NONE, at most INT_MAX. */
int deadline_left(int64_t deadline);

/* Wall clock, nanoseconds. */
struct timespec clock_now(void);
/*
 * "YYYYMMDDHHMMSS[.frac]" (RFC 3659, 2.3) at s, of exactly n bytes, in UTC.
 * Strict: 14 digits, ranges checked.  Returns 0 or -1.
 */
int clock_parse_ftp(const char *s, size_t n, struct timespec *ts);
/*
 * Writes "YYYYMMDDHHMMSS" in UTC (the nearest that four digits of a year can
 * say); buf holds 15 bytes or more.
 */
void clock_format_ftp(time_t t, char *buf, size_t size);
/* Writes RFC 3339, UTC, with milliseconds; buf holds 25 bytes or more. */
void clock_format_rfc3339(struct timespec ts, char *buf, size_t size);
/* "2026-11-17", UTC; "?" if there is no saying it.  Returns buf. */
char *clock_format_day(time_t t, char *buf, size_t size);

#endif
