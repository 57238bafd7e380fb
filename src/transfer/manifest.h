/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The manifest of an upload: size and SHA-256 of each file that was sent,
 * kept in the target's root on the server.  A fresh checkout, whose times are
 * all new, then sends only what differs.
 *
 *	mf = manifest_load(session, "/target", &err);	empty if there is none
 *	e = manifest_find(mf, "dir/file");
 *	manifest_note(mf, "dir/file", size, hex, &err);	what is there now
 *	manifest_store(mf, &err);
 */
#ifndef TRANSFER_MANIFEST_H
#define TRANSFER_MANIFEST_H

#include <stdint.h>

#include "base/err.h"
#include "ftp/session.h"

/* Its name in the target's root; never mirrored or deleted. */
#define MANIFEST_NAME ".ftps-manifest"

struct manifest;

struct manifest_entry {
	char *path;
	int64_t size;
	char hex[65];
};

/* ERR_VERIFY if it cannot be understood. session is borrowed. */
struct manifest *manifest_load(struct session *s, const char *root,
    struct err *err);
void manifest_free(struct manifest *mf);
/* What the last run left there, or NULL. */
const struct manifest_entry *manifest_find(const struct manifest *mf,
    const char *path);
/* Any thread. */
int manifest_note(struct manifest *mf, const char *path, int64_t size,
    const char *hex, struct err *err);
/* Replaces the one on the server by what was noted. */
int manifest_store(struct manifest *mf, struct err *err);

#endif
