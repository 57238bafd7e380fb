/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "local/draft.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/mem.h"
#include "base/path.h"

enum { CHUNK = 64 * 1024 };

struct draft {
	char *dir, *path;
	struct tree *tree;		/* of dir */
	char noted[HASH_HEX_MAX];	/* of its bytes; "": there was none */
};

/* $TMPDIR if it is absolute, since commands run elsewhere. */
static char *
make_dir(struct err *err)
{
	const char *tmp = getenv("TMPDIR");
	char *dir;

	if (tmp == NULL || *tmp != '/')
		tmp = "/tmp";
	dir = path_join(tmp, "ftps-XXXXXX");
	if (mkdtemp(dir) != NULL)
		return dir;
	err_sys(err, ERR_LOCAL, "%s: cannot make a directory for the draft",
	    tmp);
	free(dir);
	return NULL;
}

struct draft *
draft_new(const char *name, struct err *err)
{
	char *dir = make_dir(err);
	struct draft *d;

	if (dir == NULL)
		return NULL;
	d = xcalloc(1, sizeof(*d));
	d->dir = dir;
	d->path = path_join(dir, name);
	d->tree = tree_open_at(AT_FDCWD, dir, 0, err);
	if (d->tree != NULL)
		return d;
	draft_free(d, false);
	return NULL;
}

const char *
draft_path(const struct draft *d)
{
	return d->path;
}

struct tree *
draft_tree(const struct draft *d)
{
	return d->tree;
}

static int
hash_all(int fd, char hex[HASH_HEX_MAX])
{
	struct hash *h = hash_new(HASH_SHA256);
	char chunk[CHUNK];
	ssize_t n;

	while ((n = read(fd, chunk, sizeof(chunk))) > 0 ||
	    (n == -1 && errno == EINTR))
		if (n > 0)
			hash_update(h, chunk, (size_t)n);
	hash_finish(h, hex);
	return n == 0 ? 0 : -1;
}

/* hex "": there is no such file. */
static int
look(const struct draft *d, char hex[HASH_HEX_MAX], struct err *err)
{
	int fd = open(d->path, O_RDONLY | O_CLOEXEC | O_NOCTTY), rc;

	hex[0] = '\0';
	if (fd == -1 && errno == ENOENT)
		return 0;
	rc = fd == -1 ? -1 : hash_all(fd, hex);
	if (rc != 0)
		err_sys(err, ERR_LOCAL, "the draft: cannot read");
	if (fd != -1)
		close(fd);
	return rc;
}

int
draft_note(struct draft *d, struct err *err)
{
	return look(d, d->noted, err);
}

int
draft_changed(const struct draft *d, struct err *err)
{
	char now[HASH_HEX_MAX];

	if (look(d, now, err) != 0)
		return -1;
	if (now[0] == '\0' && d->noted[0] != '\0')
		return err_set(err, ERR_LOCAL, "the draft has vanished");
	return strcmp(now, d->noted) != 0;
}

/* What editors leave beside it goes, too. */
static void
empty_dir(const struct draft *d)
{
	struct err ignored = ERR_INIT;
	struct tree_list list;
	size_t i;

	if (tree_list(d->tree, "", &list, &ignored) != 0)
		return;
	for (i = 0; i < list.n; i++)
		unlinkat(tree_fd(d->tree), list.entry[i].name, 0);
	tree_list_release(&list);
}

void
draft_free(struct draft *d, bool keep)
{
	if (d == NULL)
		return;
	if (!keep && d->tree != NULL)
		empty_dir(d);
	if (!keep)
		rmdir(d->dir);
	tree_close(d->tree);
	free(d->path);
	free(d->dir);
	free(d);
}
