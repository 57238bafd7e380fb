/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The gate of deletion: whatever is deleted, or moved to a backup directory,
 * on either side, passes it (invariant I7).  Its rules:
 *
 * - What goes was listed wholly, and at the last moment is looked at again:
 *   by a new listing of its directory, whole as well, or by name.  What is
 *   not what was seen (type, size, time, identity) stays.
 * - In a directory that something was sent to, everything sent has to stand
 *   there: under its own name, or under one that this is known to become
 *   (base/fold.h), which then stays.  Else nothing goes, since any name may
 *   be the one that the server gave it.
 * - Part files are not for callers to name here.
 *
 * Not through here go only, each checked where it stands: parts, drafts and
 * kept listings of our own, what steps aside for a rename (I3), and rmdir's
 * empty directories.
 * tests/lint/banned.test keeps the list.
 *
 *	struct remove r = { .s = s, .dir = "/d", .ended = fn, .ctx = ctx };
 *	remove_entries(&r, seen, n, &err);
 */
#ifndef TRANSFER_REMOVE_H
#define TRANSFER_REMOVE_H

#include <sys/stat.h>

#include <stdbool.h>
#include <stddef.h>

#include "base/cancel.h"
#include "base/err.h"
#include "ftp/identity.h"
#include "ftp/session.h"
#include "listing/listing.h"
#include "local/tree.h"
#include "transfer/judge.h"
#include "transfer/seen.h"

/* A directory to remove from. */
struct remove {
	struct session *s;	/* of a server's side, or NULL */
	struct tree *tree;	/* of the local side */
	struct cancel *cancel;	/* or NULL */
	const char *dir;	/* absolute there; below the tree here */
	bool links;		/* seen with LIST_TARGETS; named: and LINKS */
	bool keep_dirs;		/* directories are only looked at */
	bool named;		/* by the user: other names do not matter */
	const struct beside *beside;	/* no name twice */
	size_t nbeside;
	/* instead of deleting what is no directory; or NULL */
	int (*move)(void *ctx, const char *name, struct err *err);
	/* a name in dir that is none of these; or NULL */
	void (*foreign)(void *ctx, const char *name);
	/* once for each entry; err NULL unless kept or failed */
	void (*ended)(void *ctx, const struct seen *e, enum fate fate,
	    const struct err *err);
	void *ctx;
};

/*
 * Removes n entries.  0, or -1 if the directory cannot be listed, or the
 * connection is lost for good: those left were not ended.
 */
int remove_entries(const struct remove *r, const struct seen *e, size_t n,
    struct err *err);
/*
 * Removes directories, empty by now, that remove_entries() has passed; their
 * names are all that counts of e.
 */
int remove_dirs(const struct remove *r, const struct seen *e, size_t n,
    struct err *err);

/* One name of a server, looked at now; a directory stays. */
enum named { NAMED_REMOVED, NAMED_NOTHING, NAMED_DIR, NAMED_FAILED };

enum named remove_name(struct session *s, const char *path, struct err *err);

/* A whole tree on a server. */
struct remove_tree {
	struct session *s;
	void (*removed)(void *ctx, const char *path, bool is_dir);
	/*
	 * type 'f' or 'd': it could not be removed; 0: not looked into.  False:
	 * there is no use in going on.
	 */
	bool (*failed)(void *ctx, const char *path, char type,
	    const struct err *err);
	void *ctx;
};

/*
 * Removes a directory and all in it, depth first; links in it are not
 * followed.  Each directory's files go right after it was listed.
 */
void remove_tree(const struct remove_tree *t, const char *path);

/* A file of a server that was fetched, and how it looked before. */
struct fetched {
	char *path;		/* absolute */
	struct identity look;
	void *tag;		/* the caller's */
};

/*
 * Deletes n (at most FETCHED_MAX) of them if they look the same in one more
 * flight.  FATE_REMOVED, GONE, CHANGED (ERR_VERIFY), FAILED.  Calls ended for
 * each.
 */
enum { FETCHED_MAX = 64 };

void remove_fetched(struct session *s, const struct fetched *f, size_t n,
    void (*ended)(void *ctx, const struct fetched *f, enum fate fate,
    const struct err *err), void *ctx);
/*
 * Deletes the source of an upload: path of a tree, if it is still the very
 * file that it was when it was opened.  ERR_VERIFY.
 */
int remove_sent(struct tree *tree, const char *path, const struct stat *was,
    struct err *err);

#endif
