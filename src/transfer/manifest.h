/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The manifest of an upload: size and SHA-256 of each file that was sent, and
 * the directories and links that were made, kept in the target's root on the
 * server.  A fresh checkout, whose times are all new, then sends only what
 * differs, also after a run that failed: what is sent is written to numbered
 * pieces as the run goes, and these become one file at its end.  Each shard
 * has files of its own; all are read.  Nothing of it stays in memory.
 *
 *	mf = manifest_load(session, "/target", shard, shards, &err);
 *	manifest_find(mf, "dir/file", &entry)
 *	manifest_note(mf, "dir/file", size, hex, &err);	what was sent
 *	if (manifest_is_due(mf)) manifest_write_piece(mf, session, &err);
 *	manifest_store(mf, &err);
 */
#ifndef TRANSFER_MANIFEST_H
#define TRANSFER_MANIFEST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "ftp/session.h"

/* How its names in the target's root begin; none is mirrored or deleted. */
#define MANIFEST_NAME ".ftps-manifest"

struct manifest;

struct manifest_entry {
	int64_t size;
	char hex[65];
};

/*
 * ERR_VERIFY if a file of it cannot be understood.  session is borrowed;
 * shards 0: none.
 */
struct manifest *manifest_load(struct session *s, const char *root,
    unsigned shard, unsigned shards, struct err *err);
void manifest_free(struct manifest *mf);
/* Whether name in the root is one of its files. */
bool manifest_is_file(const char *name);
/* What earlier runs say of a file. */
bool manifest_find(const struct manifest *mf, const char *path,
    struct manifest_entry *e);
/*
 * Whether earlier runs sent or made that: type 'd', 'l', 'f'; size of a file,
 * or -1.
 */
bool manifest_lists(const struct manifest *mf, const char *path, char type,
    int64_t size);
/* Any thread: a file, a directory or link; what is no more. */
int manifest_note(struct manifest *mf, const char *path, int64_t size,
    const char *hex, struct err *err);
int manifest_note_made(struct manifest *mf, const char *path, char type,
    struct err *err);
int manifest_forget(struct manifest *mf, const char *path, struct err *err);
/* Whether enough was noted, long enough ago, for a piece; true once. */
bool manifest_is_due(struct manifest *mf);
/* From a job: writes what was noted to a piece of its own. */
int manifest_write_piece(struct manifest *mf, struct session *s,
    struct err *err);
/* At the end: all into one file, if there is anything new. */
int manifest_store(struct manifest *mf, struct err *err);

#endif
