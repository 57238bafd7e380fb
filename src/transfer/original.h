/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A file of a server that is to be replaced by what is made of it elsewhere,
 * however long that takes, and only if nobody has changed it by then.
 *
 *	original_look(&o, session, "/etc/motd", &err);
 *	... it is fetched, by copy_get() with identify ...
 *	original_note(&o, &result.look, &err);
 *	... later, as near as can be to the rename ...
 *	original_check(&o, &why, &err);
 *	original_release(&o);
 */
#ifndef TRANSFER_ORIGINAL_H
#define TRANSFER_ORIGINAL_H

#include <stdbool.h>

#include "base/err.h"
#include "base/hash.h"
#include "ftp/identity.h"
#include "ftp/session.h"
#include "transfer/seen.h"

struct original {
	struct session *s;		/* borrowed */
	char *path;
	bool there;			/* else there was no such file */
	int mode;			/* permission bits, or -1 */
	/* How it was, by whatever this server tells. */
	struct identity was;
	struct seen seen;
	enum hash_alg alg;
	char digest[HASH_HEX_MAX];	/* "": there is none */
};

/*
 * Looks at what is there, with s connected: a file, or nothing (there false)
 * in a directory that exists.  0, or -1: ERR_REFUSED for all else.  Release in
 * any case.
 */
int original_look(struct original *o, struct session *s, const char *path,
    struct err *err);
/* Remembers which one was fetched.  0 or -1. */
int original_note(struct original *o, const struct identity *fetched,
    struct err *err);
/* 0, with *why how it is no longer what it was, or NULL; -1. */
int original_check(const struct original *o, const char **why,
    struct err *err);
void original_release(struct original *o);

#endif
