/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The dialects of listings, each in the file of its name: a fact line of MLSD
 * or MLST (RFC 3659, 7.2), a line as of "ls -l", of DOS's "dir", of EPLF, and
 * a bare name of NLST.  Names are taken as they are; whether they are harmless
 * is for the caller to see.
 *
 *	struct line l;
 *	if (unix_line(text, n, &latest, &l) == 0) ...l.name.s, l.name.n
 *
 * A further one is a file here, declared here, and a row of the parser's table
 * if LIST is to find it.
 */
#ifndef LISTING_DIALECT_H
#define LISTING_DIALECT_H

#include "listing/line.h"

/*
 * Each takes a line of n bytes without its end and returns 0, or -1 if it is
 * no such line.  A size, time or mode that is given but makes no sense is
 * "not known".  latest, in UTC, is the latest time that a date without a year
 * can mean; it means the last such day before.
 */
typedef int (*dialect_fn)(const char *s, size_t n, const struct tm *latest,
    struct line *l);

int mlsd_line(const char *s, size_t n, const struct tm *latest,
    struct line *l);
int unix_line(const char *s, size_t n, const struct tm *latest,
    struct line *l);
int dos_line(const char *s, size_t n, const struct tm *latest,
    struct line *l);
int eplf_line(const char *s, size_t n, const struct tm *latest,
    struct line *l);
int nlst_line(const char *s, size_t n, const struct tm *latest,
    struct line *l);

#endif
