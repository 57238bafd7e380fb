/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "local/lock.h"

#include <sys/file.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/text.h"

enum { SHOWN_MAX = 512 };

/*
 * Whether path still names the file behind fd: the holder before us may have
 * unlinked it between our open and our lock.  1, 0, -1.
 */
static int
is_current(int fd, const char *path)
{
	struct stat mine, there;

	if (fstat(fd, &mine) == -1)
		return -1;
	if (lstat(path, &there) == -1)
		return errno == ENOENT ? 0 : -1;
	return mine.st_dev == there.st_dev && mine.st_ino == there.st_ino;
}

int
lock_take(const char *path, struct err *err)
{
	return lock_take_as(path, false, err);
}

int
lock_take_as(const char *path, bool shared, struct err *err)
{
	char shown[SHOWN_MAX];
	int fd, current;

	for (;;) {
		fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW |
		    O_NONBLOCK | O_NOCTTY, 0600);
		if (fd == -1)
			return err_path(err, path, "cannot open the lock file");
		if (flock(fd, (shared ? LOCK_SH : LOCK_EX) | LOCK_NB) == -1)
			break;
		current = is_current(fd, path);
		if (current == 1)
			return fd;
		if (current == -1)
			err_path(err, path, "cannot examine");
		close(fd);
		if (current == -1)
			return -1;
	}
	if (errno == EWOULDBLOCK) {
		text_escape_to(shown, sizeof(shown), path);
		err_set(err, ERR_LOCK, "%s: locked by another run", shown);
	} else {
		err_path(err, path, "cannot lock");
	}
	close(fd);
	return -1;
}

void
lock_release(int fd, const char *unlink_path)
{
	/* Only under the lock is the name surely ours. */
	if (unlink_path != NULL && flock(fd, LOCK_EX | LOCK_NB) == 0 &&
	    is_current(fd, unlink_path) == 1)
		unlink(unlink_path);
	close(fd);
}
