/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Parts of files that are there as they should be: they are of no use.  They
 * are looked for when all transfers are done, with one listing a directory.
 * What others are sending may be on its way.
 */
#include <string.h>

#include "base/clock.h"
#include "ftp/lister.h"
#include "local/part.h"
#include "transfer/side_remote_in.h"
#include "transfer/sink_remote.h"

/* Since when others are not sending it any more, in whichever zone. */
enum { ABANDONED = 2 * 24 * 3600 };

int
side_remote_parts_drop(struct side *side, const char *path, struct err *err)
{
	return spool_add(remote_of(side)->stale, path, "", err);
}

/* The directory that a part was last looked for in. */
struct search {
	struct side *side;
	struct session *s;
	char *dir;
	struct listing l;
	bool capitals;		/* parts are written so there */
};

/* Takes over dir. */
static void
list_dir(struct search *f, char *dir)
{
	struct err ignored = ERR_INIT;
	size_t i;

	if (f->dir != NULL && strcmp(f->dir, dir) == 0) {
		free(dir);
		return;
	}
	listing_release(&f->l);
	free(f->dir);
	f->dir = dir;
	(void)lister_list(f->s, dir, LIST_WHOLE, 0, &f->l, &ignored);
	f->capitals = false;
	for (i = 0; i < f->l.n; i++)
		f->capitals |= part_in_capitals(f->l.entry[i].name);
}

/* Whether it is a part of full, and nobody's who is at work. */
static bool
is_of_no_use(const struct entry *e, const char *full)
{
	if (!part_belongs(e->name, path_base(full)))
		return false;
	return sink_remote_is_sent(e->name, full) ||
	    (e->precision != PRECISION_NONE &&
	    e->mtime.tv_sec < clock_now().tv_sec - ABANDONED);
}

static int
remove_parts(void *ctx, const char *path, const char *unused)
{
	struct search *f = ctx;
	char *full = remote_path(f->side, path), *stem, *part;
	size_t i;

	(void)unused;
	list_dir(f, path_dir(full));
	/* "NAME..ftps-part": they all begin as far as the first dot. */
	stem = part_name(path_base(full), "");
	*strrchr(stem, '.') = '\0';
	for (i = f->capitals ? 0 : listing_from(&f->l, stem); i < f->l.n &&
	    (f->capitals || strncmp(f->l.entry[i].name, stem,
	    strlen(stem)) == 0); i++) {
		if (!is_of_no_use(&f->l.entry[i], full))
			continue;
		part = path_join(f->dir, f->l.entry[i].name);
		sink_remote_remove_part(f->s, part);
		free(part);
	}
	free(stem);
	free(full);
	return 0;
}

int
side_remote_parts_end(struct side *side, struct worker *w, struct err *err)
{
	struct search f = { .side = side, .s = remote_session(side, w) };
	int rc;

	rc = spool_each(remote_of(side)->stale, SPOOL_FORWARD, remove_parts,
	    &f, err);
	listing_release(&f.l);
	free(f.dir);
	return rc;
}
