/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is in a directory of a server, and what is known to be missing.  Pure:
 * listing/parser.h makes it of the bytes that came, ftp/lister.h gets these.
 *
 *	e = listing_find(&listing, "name");
 *	listing_release(&listing);
 */
#ifndef LISTING_LISTING_H
#define LISTING_LISTING_H

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

/* There may be millions: no byte is wasted. */
struct entry {
	const char *name;	/* one component, raw bytes; in the arena */
	char type;		/* 'f' 'd' 'l' 'o' as local/tree.h; or '?' */
	enum time_precision precision : 7;
	bool utc : 1;		/* mtime is, though a LIST told it */
	int mode : 16;		/* permission bits, 07777; -1: not known */
	unsigned order;		/* place among the lines as they came */
	int64_t size;		/* -1: not known */
	struct timespec mtime;	/* see listing_is_utc() */
	const char *owner, *group, *target;	/* or NULL */
	uint64_t unique;	/* MLSD's, summed up; 0: not given */
	uint64_t hint;		/* ftp/lister.h: what is below it; or 0 */
};

/*
 * Whether its time is UTC; else it is what the server's clock shows, in a zone
 * that is not known.
 */
bool listing_is_utc(const struct entry *e);

/* What is known to speak against a listing's being all there is. */
enum listing_gap {
	GAP_NONE,
	GAP_DOUBT,	/* this way of listing is known to leave things out */
	GAP_CUT,	/* the data did not end as invariant I2 demands */
	GAP_SAID,	/* the server says that it left things out */
};

/* Room for the server's words about that. */
enum { GAP_WORDS = 128 };

struct arena;

struct listing {
	struct entry *entry;	/* sorted by name (strcmp), no two the same */
	size_t n;
	enum time_precision precision;	/* coarsest of the times there are */
	size_t bad;		/* lines or names left out: see bad_name */
	char bad_name[80];	/* the first of them, escaped */
	const char *bad_why;	/* what is wrong with that one */
	bool dotfiles;		/* some name begins with a dot */
	unsigned self;		/* how often "." and ".." were, and left out */
	enum listing_gap gap;	/* set by who got the text */
	char said[GAP_WORDS];	/* GAP_SAID: in what words, escaped */
	bool by_mlsd;		/* set by who got it, too */
	bool may_hide;		/* names with a dot: ls without "." */
	struct arena *arena;	/* internal */
	struct listing *other;	/* whose strings entries borrow; internal */
};

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
/* Takes over from another listing of the directory what hints there are. */
void listing_take_hints(struct listing *l, const struct listing *other);
/* By name; twins in the order in which they came. */
void listing_sort(struct listing *l);
/*
 * What the names sum up to in any order, "." and ".." with them, so that two
 * listings can be known to have the same ones; one name's share.  Either is as
 * good as never 0.
 */
uint64_t listing_sum(const struct listing *l);
uint64_t listing_name_sum(const char *name);
/* Binary search, or NULL. */
const struct entry *listing_find(const struct listing *l, const char *name);
/* Where name, or what comes behind it, begins: up to l->n. */
size_t listing_from(const struct listing *l, const char *name);

#endif
