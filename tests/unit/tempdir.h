/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A scratch directory for one unit test, and small files in it.  Any failure
 * ends the program.
 */
#ifndef TESTS_UNIT_TEMPDIR_H
#define TESTS_UNIT_TEMPDIR_H

#include <sys/stat.h>

#include <err.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Its path; end with tempdir_remove(). */
static inline char *
tempdir_new(void)
{
	const char *parent = getenv("TMPDIR");
	char *path;

	if (asprintf(&path, "%s/ftps-unit-XXXXXX",
	    parent != NULL ? parent : "/tmp") == -1 || mkdtemp(path) == NULL)
		err(1, "mkdtemp");
	return path;
}

static inline int
tempdir_remove_one(const char *path, const struct stat *st, int type,
    struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

static inline void
tempdir_remove(char *path)
{
	if (nftw(path, tempdir_remove_one, 16, FTW_DEPTH | FTW_PHYS) != 0)
		err(1, "%s", path);
	free(path);
}

static inline void
write_file(int dirfd, const char *name, const char *text)
{
	int fd = openat(dirfd, name, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	if (fd == -1 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		err(1, "%s", name);
	close(fd);
}

/* What dirfd/name holds (at most 255 bytes), or NULL if it cannot be opened. */
static inline const char *
read_file(int dirfd, const char *name)
{
	static char text[256];
	int fd = openat(dirfd, name, O_RDONLY);
	ssize_t n;

	if (fd == -1)
		return NULL;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	return text;
}

#endif
