/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The one answer to "what is there?"  The caller says what it needs, for one
 * directory or many; by what commands that is found out, in flights or one by
 * one, with second looks where a server is known to leave things out, nobody
 * else knows.
 *
 *	lister_list(s, "dir", LIST_WHOLE, LIST_TARGETS, &listing, &err);
 *	listing_release(&listing);		in any case
 */
#ifndef FTP_LISTER_H
#define FTP_LISTER_H

#include "base/strvec.h"
#include "ftp/session.h"
#include "listing/listing.h"

enum list_need {
	LIST_TO_LOOK,	/* for people: what is missing is warned of */
	LIST_ROUGH,	/* cheap: it may lack some, and then is GAP_DOUBT */
	LIST_WHOLE,	/* all there is, or an error (of listing_check()) */
};

enum list_flag {
	/*
	 * With the targets of symbolic links, and all of these: MLSD often
	 * does not say where a link leads, and ProFTPD's leaves out those that
	 * lead out of its root.
	 */
	LIST_TARGETS = 1,
	/*
	 * For who deletes: a link is shown as one even where the server's MLSD
	 * (pyftpdlib's) shows what it leads to.
	 */
	LIST_LINKS = 2,
	/* With sizes, and times, of files that it does not tell by itself. */
	LIST_SIZES = 4,
	LIST_TIMES = 8,
};

/* How many directories are listed at once at most. */
enum { LISTER_MAX = 32 };

struct lister_request {
	const char *const *dir;	/* absolute names */
	size_t n;		/* LISTER_MAX at most */
	const uint64_t *sum;	/* lister_sum_below() of each, or NULL */
	enum list_need need;
	unsigned flags;
};

/*
 * Lists one directory ("" the current one).  0 or -1; where listing_check()
 * objects to it, what came is in out all the same, for those who can use a
 * part.
 */
int lister_list(struct session *s, const char *dir, enum list_need need,
    unsigned flags, struct listing *out, struct err *err);
/*
 * Lists several, in one flight where the server lets one: each[i].kind is
 * ERR_NONE where that worked.  Release each out[i].
 */
void lister_list_many(struct session *s, const struct lister_request *rq,
    struct listing *out, struct err *each);
/*
 * How many directories are worth being asked for at once: 1, or LISTER_MAX;
 * summed: their sums are known.
 */
size_t lister_batch(const struct session *s, enum list_need need, bool summed);
/*
 * What helps to have the subdirectories of a directory whole (full is its
 * absolute name, l its listing) for less: sum[i] for l's entry i, which is for
 * the request for that one, or 0.  May ask the server.
 */
void lister_sum_below(struct session *s, const char *full,
    const struct listing *l, uint64_t *sum);
/* Whether a name is a symbolic link, as far as the server tells: 1, 0, -1. */
int lister_is_link(struct session *s, const char *path, struct err *err);
/* The server's own NLST, names as sent, one an element. */
int lister_names(struct session *s, const char *dir, struct strvec *names,
    struct err *err);

#endif
