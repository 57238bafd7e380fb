/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Listings: what MLSD, MLST, LIST, STAT and NLST say, as entries.  Pure:
 * bytes in, entries out, in bounded memory.  The parser is fed with whatever
 * pieces come; lines may end in CRLF or LF.
 *
 *	p = list_parser_new(LIST_MLSD, now);
 *	list_feed(p, data, n, &err);  ...
 *	list_finish(p, &listing, &err);		frees p
 *	listing_release(&listing);
 */
#ifndef FTP_LIST_H
#define FTP_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/err.h"

/* How exact a time is. */
enum time_precision {
	PRECISION_NONE,		/* no time given */
	PRECISION_DAY,		/* LIST: "Nov 20  2023" */
	PRECISION_MINUTE,	/* LIST: "Nov 20 13:24"; DOS */
	PRECISION_SECOND,	/* MLSD, MDTM */
	PRECISION_SUB,		/* MLSD or MDTM with a fraction */
};

struct entry {
	const char *name;	/* one component, raw bytes; in the arena */
	char type;		/* 'f' 'd' 'l' 'o' as local/tree.h; or '?' */
	unsigned order;		/* place among the lines as they came */
	int64_t size;		/* -1: not known */
	struct timespec mtime;	/* UTC (LIST: as the server's clock shows) */
	enum time_precision precision;
	int mode;		/* permission bits, 07777; -1: not known */
	const char *owner, *group, *target;	/* or NULL */
	uint64_t unique;	/* MLSD's, summed up; 0: not given */
};

/* What is known to speak against a listing's being all there is. */
enum list_gap {
	GAP_NONE,
	GAP_DOUBT,	/* this way of listing is known to leave things out */
	GAP_CUT,	/* the data did not end as invariant I2 demands */
	GAP_SAID,	/* the server says that it left things out */
};

/* Room for the server's words about that. */
enum { GAP_WORDS = 128 };

struct listing {
	struct entry *entry;	/* sorted by name (strcmp), no two the same */
	size_t n;
	enum time_precision precision;	/* coarsest of the times there are */
	size_t bad;		/* lines or names left out: see bad_name */
	char bad_name[80];	/* the first of them, escaped */
	const char *bad_why;	/* what is wrong with that one */
	bool dotfiles;		/* some name begins with a dot */
	unsigned self;		/* how often "." and ".." were, and left out */
	enum list_gap gap;	/* set by who got the text */
	char said[GAP_WORDS];	/* GAP_SAID: in what words, escaped */
	bool by_mlsd;		/* set by who got it, too */
	bool may_hide;		/* names with a dot: ls without "." */
	void *arena;		/* internal */
	uint64_t kept;		/* bytes in there; internal */
	struct listing *other;	/* one whose strings entries borrow; internal */
};

enum list_format { LIST_MLSD, LIST_LIST, LIST_NLST };

/*
 * Limits of one directory.  A longer line or name is left out and counted as
 * bad, longer targets and owners are not known; too many entries, more than 1
 * GiB to keep, or more than 4 GiB of text, make list_feed() fail.
 */
enum {
	LIST_LINE_MAX = 64 * 1024,
	LIST_ENTRIES_MAX = 10 * 1000 * 1000,
	/* Longer than any file system's, an object store's keys included. */
	LIST_NAME_MAX = 1024,
	LIST_TARGET_MAX = 4096,
	LIST_OWNER_MAX = 256,
};

struct list_parser;

/*
 * now: for LIST's times without a year.  What LIST looks like (ls, DOS, EPLF)
 * is found out by its first line that is understood; all others must be alike.
 */
struct list_parser *list_parser_new(enum list_format format, time_t now);
void list_parser_free(struct list_parser *p);
/*
 * 0, or -1 with ERR_PROTOCOL beyond a limit; the parser is then good only for
 * list_parser_free().
 */
int list_feed(struct list_parser *p, const void *data, size_t n,
    struct err *err);
/*
 * Ends it and frees p: entries sorted; "." and ".." left out.  Names that are
 * not one plain component (path_is_component()) and lines that look like
 * nothing are counted in bad, as are each but the first of twin names and a
 * name torn by a LF in it (its line ends in LF alone, others in CRLF).  -1 and
 * ERR_PROTOCOL, with an empty listing, if it makes no sense as a whole: more
 * lines that look like nothing than others.
 */
int list_finish(struct list_parser *p, struct listing *out, struct err *err);
void listing_release(struct listing *l);
/*
 * 0 if nothing is known to be missing in it, else -1 and why: ERR_VERIFY where
 * it was cut short, ERR_REFUSED where the server says that it left names out,
 * or sent some that cannot be used.  A doubt is not looked at: it is for those
 * who asked for a rough listing.
 */
int listing_check(const struct listing *l, struct err *err);
/*
 * Takes over what other knows of symbolic links: their targets, and links
 * that are only there.  other is emptied.
 */
void listing_take_links(struct listing *l, struct listing *other);
/*
 * What the names sum up to in any order, "." and ".." with them, so that two
 * listings can be known to have the same ones.  list_name_sum() is one name's
 * share.  A sum is as good as never 0.
 */
uint64_t listing_sum(const struct listing *l);
uint64_t list_name_sum(const char *name);
/* Binary search, or NULL. */
const struct entry *listing_find(const struct listing *l, const char *name);
/* Where name, or what comes behind it, begins: up to l->n. */
size_t listing_from(const struct listing *l, const char *name);
/*
 * One MLST fact line ("type=file;size=1; name", with or without a blank before
 * it) as a new one-entry listing.  The name is as the server put it, mostly a
 * path; "cdir" and "pdir" are directories.  0 or -1 (ERR_PROTOCOL).
 */
int list_parse_mlst(const char *line, struct listing *out, struct err *err);

#endif
