/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Part files: data go to NAME.VERSION.ftps-part, which is checked and then
 * renamed; the destination never holds half a file (invariant I3).
 *
 *	part_version(v, "get nas:/path", size, &mtime);
 *	p = part_open(dirfd, "name", v, resume, size, &offset, &err);
 *	... write to part_fd(p) from offset on ...
 *	part_commit(p, mode, mtime, fsync, &err)	or part_close(p, keep)
 *
 * This file alone knows how a part is named, on either side.
 */
#ifndef LOCAL_PART_H
#define LOCAL_PART_H

#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "base/err.h"

/* Hex digits of a version and a NUL. */
#define PART_VERSION_MAX 17

struct part;

/*
 * The version of a source: a short hash of its size and exact time and of who
 * sends it.  mtime NULL: no exact time is known; then half of the version is
 * random, nothing is ever resumed, and who tells user and machine apart.
 */
void part_version(char version[PART_VERSION_MAX], const char *who,
    int64_t size, const struct timespec *mtime);
/*
 * The same of what is sent to a place where others send, too: who tells user
 * and machine apart here as well, for no lock keeps them off one part.  0, or
 * -1 (ERR_LOCAL) if it cannot be read which machine this is.
 */
int part_version_sent(char version[PART_VERSION_MAX], const char *who,
    int64_t size, const struct timespec *mtime, struct err *err);
/*
 * NAME.VERSION.ftps-part; a name too long for 255 bytes is shortened (at a
 * UTF-8 boundary) and given "~" and a digest of the whole, so that two long
 * names never share a part.  name is one component.  The caller frees it.
 */
char *part_name(const char *name, const char *version);
/*
 * Whether candidate is a part file of name (whatever its version): stale
 * ones are removed after success.
 */
bool part_belongs(const char *candidate, const char *name);
/*
 * Whether a part shows that its side writes names in capitals: then it may
 * belong to a name in other case.
 */
bool part_in_capitals(const char *name);

/*
 * Whether candidate is a part of name, like the part given, of an unknown
 * version, and of the same maker: user and machine.
 */
bool part_is_stray(const char *candidate, const char *name,
    const char *part);

/* Whether it is a part of name whose version is of part_version_sent(who). */
bool part_is_sent(const char *candidate, const char *name, const char *who);

/*
 * Opens (O_NOFOLLOW) or creates the part for dirfd/name, and locks it: a part
 * that is open elsewhere, in this process too, is ERR_LOCK.  resume false, or
 * no part there: it is made empty, *offset 0.  Else *offset is its size; more
 * than size (unless size < 0) means it is made empty.  What bears the part's
 * name but is a symlink, another user's or a hard link is not used but
 * removed.  The file offset is *offset.  Mode 0600 & ~umask until the commit.
 * A directory at the destination, or a name too long for the file system, is
 * ERR_LOCAL.
 * dirfd is borrowed and must stay open until the part is closed.
 */
struct part *part_open(int dirfd, const char *name, const char *version,
    bool resume, int64_t size, int64_t *offset, struct err *err);
/* Whether part_open() failed since its directory takes no new file. */
bool part_is_unwritable(const struct err *err);
int part_fd(const struct part *p);
/*
 * Reserves size bytes without changing the file's length; best effort, but
 * ERR_LOCAL if the disk is known to be too full, or the file too large.
 */
int part_reserve(struct part *p, int64_t size, struct err *err);
/* Makes it empty. */
int part_restart(struct part *p, struct err *err);
/*
 * Sets mode (-1: that of the file it replaces, else 0666 & ~umask), mtime
 * (unless NULL), syncs to disk if asked, renames over the destination (a
 * symlink there is itself replaced) and frees p.  Returns 0; 1 if the file is
 * in place but its mode or time could not be set (err says why); -1 on
 * failure, when p stays, to be closed.
 */
int part_commit(struct part *p, int mode, mode_t umask,
    const struct timespec *mtime, bool to_disk, struct err *err);
/*
 * Without commit: kept (if not empty) or removed.  Frees p.  What was
 * reserved is given back.
 */
void part_close(struct part *p, bool keep);

/*
 * Without commit: it becomes the part of another version, whose progress its
 * size then is.  Frees p.
 */
void part_close_as(struct part *p, const char *version);

/*
 * What the file system of a directory makes of a modification time: a file of
 * ours, which goes at once, is given t and shows got.  0 or -1.
 */
int part_try_time(int dirfd, const struct timespec *t, struct timespec *got);

/*
 * Removes our parts of name that nobody holds: after a success, the stale
 * ones.  Reads the whole directory, so who has a listing asks part_belongs()
 * first.
 */
void part_remove_stale(int dirfd, const char *name);

#endif
