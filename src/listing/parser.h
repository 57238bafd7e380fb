/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What MLSD, MLST, LIST, STAT and NLST say, as a listing.  Pure: bytes in,
 * entries out, in bounded memory.  The parser is fed with whatever pieces
 * come; lines may end in CRLF or LF.
 *
 *	p = parser_new(PARSER_MLSD, now);
 *	parser_feed(p, data, n, &err);  ...
 *	parser_finish(p, &listing, &err);	frees p
 *	listing_release(&listing);
 */
#ifndef LISTING_PARSER_H
#define LISTING_PARSER_H

#include "listing/listing.h"

enum parser_format { PARSER_MLSD, PARSER_LIST, PARSER_NLST };

/*
 * Limits of one directory.  A longer line or name is left out and counted as
 * bad, longer targets and owners are not known; too many entries, more than 1
 * GiB to keep, or more than 4 GiB of text, make parser_feed() fail.
 */
enum {
	PARSER_LINE_MAX = 64 * 1024,
	PARSER_ENTRIES_MAX = 10 * 1000 * 1000,
	/* Longer than any file system's, an object store's keys included. */
	PARSER_NAME_MAX = 1024,
	PARSER_TARGET_MAX = 4096,
	PARSER_OWNER_MAX = 256,
};

struct parser;

/*
 * now: for LIST's times without a year.  What LIST looks like (ls, DOS, EPLF)
 * is found out by its first line that is understood; all others must be alike.
 */
struct parser *parser_new(enum parser_format format, time_t now);
/* For tests: as if so many entries, and bytes of names, were the most. */
void parser_limit(struct parser *p, size_t entries, uint64_t names);
void parser_free(struct parser *p);
/*
 * 0, or -1 with ERR_PROTOCOL beyond a limit; the parser is then good only for
 * parser_free().
 */
int parser_feed(struct parser *p, const void *data, size_t n,
    struct err *err);
/*
 * Ends it and frees p: entries sorted; "." and ".." left out.  Names that are
 * not one plain component (path_is_component()) and lines that look like
 * nothing are counted in bad, as are each but the first of twin names and a
 * name torn by a LF in it (its line ends in LF alone, others in CRLF).  -1 and
 * ERR_PROTOCOL, with an empty listing, if it makes no sense as a whole: more
 * lines that look like nothing than others.
 */
int parser_finish(struct parser *p, struct listing *out, struct err *err);
/*
 * One MLST fact line ("type=file;size=1; name", with or without a blank before
 * it) as a new one-entry listing.  The name is as the server put it, mostly a
 * path; "cdir" and "pdir" are directories.  0 or -1 (ERR_PROTOCOL).
 */
int parser_mlst(const char *line, struct listing *out, struct err *err);

#endif
