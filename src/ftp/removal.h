/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Deleting on a server.  These remove what they are told to, be it what was
 * seen there or not: that is for transfer/remove.h, through which all
 * deletions go.
 */
#ifndef FTP_REMOVAL_H
#define FTP_REMOVAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "ftp/session.h"

/* One of many removals, and what became of it. */
struct removal {
	const char *path;
	bool is_dir;
	bool done;
	bool tried;		/* the connection failed before the answer */
	struct err err;		/* neither done nor tried: why not */
};

/*
 * Removes n of them in few flights, in this order; those done already are
 * left out.  What seems to be in use is tried again a little later.  0, or -1
 * when the connection failed: the caller then looks what is still there.
 */
int removal_run(struct session *s, struct removal *r, size_t n,
    struct err *err);
int removal_file(struct session *s, const char *path, struct err *err);
int removal_dir(struct session *s, const char *path, struct err *err);
/*
 * Deletes a file of ours (absolute) when all was cancelled: over the
 * connection that there is, if it is still good, and within ms.
 */
void removal_withdraw(struct session *s, const char *path, int64_t ms);

#endif
