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
#include "listing/need.h"

/* How many directories are listed at once at most. */
enum { LISTER_MAX = 32 };

struct lister_request {
	const char *const *dir;	/* absolute names */
	size_t n;		/* LISTER_MAX at most */
	const uint64_t *hint;	/* of each, from its parent's; or NULL */
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
 * How many directories with such a hint as this are worth being asked for at
 * once: 1, or LISTER_MAX.
 */
size_t lister_batch(const struct session *s, enum list_need need,
    uint64_t hint);
/*
 * Makes sure of a listing of dir that is in doubt (GAP_DOUBT): once what it
 * lacks, or what it takes for a directory, decides.  0 or -1 as from
 * lister_list() for LIST_WHOLE, and l as out there.
 */
int lister_confirm(struct session *s, const char *dir, unsigned flags,
    struct listing *l, struct err *err);
/* What LIST_LINKS does, to a listing of dir that came without it. */
int lister_mark_links(struct session *s, const char *dir, struct listing *l,
    struct err *err);
/*
 * Whether a name is a symbolic link, as far as the server tells: 1, 0, 2 if no
 * listing shows it, -1.
 */
int lister_is_link(struct session *s, const char *path, struct err *err);
/* The server's own NLST, names as sent, one an element. */
int lister_names(struct session *s, const char *dir, struct strvec *names,
    struct err *err);

#endif
