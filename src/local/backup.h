/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What another file is about to replace is kept in another directory, under
 * its name.
 *
 *	backup_keep(from, to, name)
 *	renameat(..., from, name)	or, if that fails,
 *	backup_undo(from, to, name)
 */
#ifndef LOCAL_BACKUP_H
#define LOCAL_BACKUP_H

/*
 * name in the directory from gets the same name in to, in place of what has
 * it there.  It keeps its own, too, where the file system has hard links.
 * 0, or -1 with errno.
 */
int backup_keep(int from, int to, const char *name);
/* It has its own name again, and no other.  0, or -1 with errno. */
int backup_undo(int from, int to, const char *name);

#endif
