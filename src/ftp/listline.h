/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One line of a listing taken apart: a fact line of MLSD (RFC 3659, 7.2), a
 * line as of "ls -l", DOS's "dir" or EPLF, a bare name.  Nothing is copied:
 * the spans point into the line.  Names are taken as they are; whether they
 * are harmless is for the caller to see.
 *
 *	struct listline l;
 *	if (listline_unix(line, n, &latest, &l) == 0) ...l.name.s, l.name.n
 */
#ifndef FTP_LISTLINE_H
#define FTP_LISTLINE_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "ftp/list.h"

struct span {
	const char *s;
	size_t n;
};

struct listline {
	struct span name;		/* not empty */
	/* n 0: not given */
	struct span owner, group, target, unique;
	char type;	/* as struct entry; '.': the directory or its parent */
	int64_t size;
	struct timespec mtime;
	enum time_precision precision;
	int mode;
};

/*
 * Each takes a line of n bytes without its end and returns 0, or -1 if it is
 * no such line.  A size, time or mode that is given but makes no sense is
 * "not known".  latest, in UTC, is the latest time that a date without a year
 * can mean; it means the last such day before.
 */
typedef int (*listline_fn)(const char *s, size_t n, const struct tm *latest,
    struct listline *l);

int listline_mlsd(const char *s, size_t n, const struct tm *latest,
    struct listline *l);
int listline_unix(const char *s, size_t n, const struct tm *latest,
    struct listline *l);
int listline_dos(const char *s, size_t n, const struct tm *latest,
    struct listline *l);
int listline_eplf(const char *s, size_t n, const struct tm *latest,
    struct listline *l);
int listline_name(const char *s, size_t n, const struct tm *latest,
    struct listline *l);

#endif
