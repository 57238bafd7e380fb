/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What who asks for a listing needs of it. */
#ifndef LISTING_NEED_H
#define LISTING_NEED_H

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
	/*
	 * The caller goes on below: entries get their hints, to be passed on
	 * when that directory is asked for, which then costs less.
	 */
	LIST_BELOW = 16,
	/* For who shows times: in UTC, where the server tells its zone. */
	LIST_ZONE = 32,
};

#endif
