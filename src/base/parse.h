/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Strict parsers: the whole string, range-checked; 0 or -1 and no change. */
#ifndef BASE_PARSE_H
#define BASE_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Decimal digits only (no sign, no blanks), at most max. */
int parse_u64(const char *s, uint64_t max, uint64_t *out);
/* The same for exactly n bytes. */
int parse_u64n(const char *s, size_t n, uint64_t max, uint64_t *out);
/* Octal permission bits, at most 07777. */
int parse_mode(const char *s, int *out);
/*
 * The same, or changes as chmod(1) has them ("u+x,go-w", "a=rX") to was; X is
 * x for directories and what somebody may execute.  Without one of ugoa it is
 * all of them.
 */
int parse_mode_change(const char *s, int was, bool is_dir, int *out);
/*
 * "10", "10K", "1.5M", "2G", "1T": powers of 1024; "B" or "iB" may follow.
 * At most six digits after the point.
 */
int parse_size(const char *s, uint64_t *bytes);
/*
 * "90" and "90s", "500ms", "30m", "2h", "1d", "1h30m"; milliseconds.  Units
 * get smaller from left to right.
 */
int parse_duration(const char *s, int64_t *ms);
/* yes/no, on/off, true/false, 1/0. */
int parse_bool(const char *s, bool *out);
/*
 * A point in time for --newer-than and its like: a duration (that long
 * before now; also "now-7days", as lftp writes it), "YYYY-MM-DD[
 * HH:MM[:SS]]" in local time, "now".  Seconds.
 */
int parse_when(const char *s, int64_t now, int64_t *t);

#endif
