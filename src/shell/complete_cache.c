/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "shell/complete_cache.h"

#include <sys/stat.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/path.h"
#include "config/conf.h"

enum { FILE_BYTES_MAX = 1 << 20 };

/* The caller frees it; NULL if there is no home. */
static char *
file_of(const char *key, bool create)
{
	char name[sizeof("names/") + HASH_HEX_MAX], hex[HASH_HEX_MAX];

	hash_hex(HASH_SHA256, key, strlen(key), hex);
	snprintf(name, sizeof(name), "names/%s", hex);
	return conf_cache_file(name, create);
}

static bool
is_fresh(const struct stat *st, time_t now, int max_age)
{
	return st->st_mtime <= now && now - st->st_mtime <= max_age;
}

static void
read_lines(FILE *fp, struct strvec *lines)
{
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;

	while ((n = getline(&line, &cap, fp)) > 0) {
		if (line[n - 1] == '\n')
			line[n - 1] = '\0';
		strvec_add(lines, line);
	}
	free(line);
}

bool
complete_cache_get(const char *key, time_t now, int max_age,
    struct strvec *lines)
{
	char *file = file_of(key, false);
	FILE *fp = NULL;
	struct stat st;
	int fd = -1;

	if (file != NULL)
		fd = open(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK |
		    O_NOCTTY | O_CLOEXEC);
	free(file);
	if (fd == -1)
		return false;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    st.st_uid == geteuid() && st.st_size <= FILE_BYTES_MAX &&
	    is_fresh(&st, now, max_age))
		fp = fdopen(fd, "r");
	if (fp == NULL) {
		close(fd);
		return false;
	}
	read_lines(fp, lines);
	fclose(fp);
	return true;
}

/* Named by a digest, also one that is still being written. */
static bool
is_ours(const char *name)
{
	size_t n = strspn(name, "0123456789abcdef");

	return n == 64 && (name[n] == '\0' || name[n] == '.');
}

static void
forget_old(const char *file, time_t now, int max_age)
{
	char *dir = path_dir(file);
	const struct dirent *e;
	struct stat st;
	DIR *d = opendir(dir);

	free(dir);
	if (d == NULL)
		return;
	while ((e = readdir(d)) != NULL) {
		if (is_ours(e->d_name) && fstatat(dirfd(d), e->d_name, &st,
		    AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) &&
		    !is_fresh(&st, now, max_age))
			unlinkat(dirfd(d), e->d_name, 0);
	}
	closedir(d);
}

/* Under another name first: another shell may be reading. */
static void
write_file(const char *file, const struct buf *text)
{
	char *name = xasprintf("%s.XXXXXX", file);
	int fd = mkostemp(name, O_CLOEXEC);
	bool whole;

	if (fd != -1) {
		whole = write(fd, text->data, text->len) ==
		    (ssize_t)text->len;
		if (close(fd) != 0 || !whole || rename(name, file) != 0)
			unlink(name);
	}
	free(name);
}

void
complete_cache_put(const char *key, time_t now, int max_age,
    const struct strvec *lines)
{
	struct buf text = BUF_INIT(FILE_BYTES_MAX);
	char *file = file_of(key, true);
	size_t i;

	if (file == NULL)
		return;
	for (i = 0; i < lines->n; i++)
		buf_addf(&text, "%s\n", lines->v[i]);
	forget_old(file, now, max_age);
	write_file(file, &text);
	buf_release(&text);
	free(file);
}
