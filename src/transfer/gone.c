/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "transfer/gone.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/path.h"
#include "ftp/lister.h"
#include "ftp/look.h"

bool
gone_is(struct session *s, const char *path)
{
	struct err ignored = ERR_INIT;
	struct listing l;
	char *dir = path_dir(path);
	bool gone;

	gone = lister_list(s, dir, LIST_WHOLE, 0, &l, &ignored) == 0 &&
	    listing_find(&l, path_base(path)) == NULL;
	listing_release(&l);
	free(dir);
	return gone && look_unlisted(s, path, &ignored) == 0;
}

bool
gone_is_local(struct tree *tree, const char *path, const struct err *why)
{
	struct err ignored = ERR_INIT;
	struct tree_list l;
	char *dir;
	bool gone;
	size_t i;

	if (why->sys != ENOENT)
		return false;
	dir = path_dir(path);
	gone = tree_list(tree, dir, &l, &ignored) == 0;
	free(dir);
	for (i = 0; i < l.n && gone; i++)
		gone = strcmp(l.entry[i].name, path_base(path)) != 0;
	tree_list_release(&l);
	return gone;
}
