/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Symbolic links on a server. */
#include <string.h>

#include "ftp/files.h"
#include "ftp/folders.h"
#include "ftp/lister.h"
#include "ftp/look.h"
#include "ftp/removal.h"
#include "ftp/rename.h"
#include "transfer/side_remote_in.h"

/* One link that is made. */
struct making {
	struct side *side;
	struct worker *w;
	struct session *s;
	const char *path;
	char *full;		/* its absolute name */
	char *there;		/* that of what it leads to */
};

/* A directory, not a link to one: 1, 0, -1.  No listing need have shown it. */
static int
is_dir_there(struct session *s, const char *full, struct err *err)
{
	struct listing l;
	bool is_link;
	int rc;

	rc = folders_has(s, full, err);
	if (rc != 1)
		return rc;
	is_link = look_one(s, full, &l, err) == 1 && l.entry[0].type == 'l';
	listing_release(&l);
	err_clear(err);
	rc = is_link ? 1 : lister_is_link(s, full, err);
	return rc < 0 ? -1 : rc != 1;
}

/* What cannot be deleted gets its name back. */
static int
remove_aside(const struct making *k, const char *aside, struct err *err)
{
	struct err ignored = ERR_INIT;

	if (removal_file(k->s, aside, err) == 0)
		return 0;
	if (err->kind != ERR_REFUSED ||
	    removal_file(k->s, k->full, &ignored) != 0 ||
	    rename_path(k->s, aside, k->full, false, &ignored) != 0)
		err_append(err, "; what it replaces is now called %s",
		    path_base(aside));
	return 1;
}

/*
 * What is in the link's place steps aside, and comes back if the link cannot
 * be made; a cancel does not come between.  0, -1, or 1: another attempt would
 * not help.
 */
static int
make_instead(const struct making *k, struct err *err)
{
	char *aside = path_aside(k->full);
	struct err ignored = ERR_INIT;
	int rc = -1;

	session_see_through(k->s, true);
	if (rename_path(k->s, k->full, aside, false, &ignored) == 0) {
		rc = files_symlink(k->s, k->there, k->full, err);
		/* Another attempt would back up the link itself. */
		if (rc == 0 && k->side->backup != NULL)
			rc = side_remote_backup_aside(k->side, k->w, aside,
			    k->path, err) == 0 ? 0 : 1;
		else if (rc == 0)
			rc = remove_aside(k, aside, err);
		else
			(void)rename_path(k->s, aside, k->full, false,
			    &ignored);
	}
	session_see_through(k->s, false);
	free(aside);
	return rc;
}

/* The same, but for a directory, which is nothing that a link replaces. */
static int
make_in_place(const struct making *k, struct err *err)
{
	struct err why = ERR_INIT;
	int rc = is_dir_there(k->s, k->full, &why);

	if (rc == 0)
		return make_instead(k, err);
	*err = why;
	if (rc > 0)
		err_set(err, ERR_REFUSED, "a directory is in the way; "
		    "remove it");
	return 1;
}

/*
 * ProFTPD wants the target to be there, and takes it from the current
 * directory: it gets the absolute name, which is also what it would store.
 * 0, -1, or 1: another attempt would not help.
 */
static int
make_link(struct making *k, const char *target, struct err *err)
{
	char *dir = path_dir(k->full);
	int rc;

	k->there = path_resolve(dir, target);
	rc = files_symlink(k->s, k->there, k->full, err);
	if (rc != 0 && err->kind == ERR_REFUSED && err->code != 502)
		rc = make_in_place(k, err);
	free(k->there);
	free(dir);
	return rc;
}

enum side_link
side_remote_link_make(struct side *side, struct worker *w, const char *path,
    const char *target, struct err *err)
{
	struct making k = {
		.side = side, .w = w, .s = remote_session(side, w),
		.path = path, .full = remote_path(side, path),
	};
	int rc = make_link(&k, target, err);

	free(k.full);
	if (rc == 0)
		return LINK_MADE;
	if (rc > 0 || err->kind != ERR_REFUSED)
		return LINK_FAILED;
	return err->code == 502 ? LINK_CANNOT : LINK_EARLY;
}
