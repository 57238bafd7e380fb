/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "local/backup.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "local/part.h"

/* What has the name in to stays until the link takes it. */
static int
link_onto(int from, int to, const char *name)
{
	char version[PART_VERSION_MAX], *temp;
	int rc, saved;

	part_version(version, "backup", 0, NULL);
	temp = part_name(name, version);
	rc = linkat(from, name, to, temp, 0);
	if (rc == 0) {
		rc = renameat(to, temp, to, name);
		saved = errno;
		/* Of two names of one file rename(2) leaves both. */
		unlinkat(to, temp, 0);
		errno = saved;
	}
	free(temp);
	return rc;
}

int
backup_keep(int from, int to, const char *name)
{
	int rc = linkat(from, name, to, name, 0);

	if (rc == -1 && errno == EEXIST)
		rc = link_onto(from, to, name);
	return rc == 0 || errno == ENOENT ? rc :
	    renameat(from, name, to, name);
}

int
backup_undo(int from, int to, const char *name)
{
	struct stat its, other;

	if (renameat(to, name, from, name) == -1)
		return -1;
	/* Left by rename(2) if it had both names. */
	if (fstatat(from, name, &its, AT_SYMLINK_NOFOLLOW) == 0 &&
	    fstatat(to, name, &other, AT_SYMLINK_NOFOLLOW) == 0 &&
	    its.st_dev == other.st_dev && its.st_ino == other.st_ino)
		unlinkat(to, name, 0);
	return 0;
}
