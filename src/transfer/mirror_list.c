/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How the directories of a mirror are listed, on either side. */
#include "listing/repeat.h"
#include "transfer/mirror_in.h"

enum { DEPTH_MAX = 512 };

/*
 * What a target lacks is found when the source has it; but what is new in a
 * source, or to be deleted from a target, would be missed.
 */
enum list_need
mirror_list_need(const struct mirror *m, const struct side *side)
{
	return side == m->to && !m->o->delete ? LIST_ROUGH : LIST_WHOLE;
}

/* Sizes where they decide: whether it differs, is selected, or deleted. */
unsigned
mirror_list_flags(const struct mirror *m)
{
	const struct mirror_options *o = m->o;
	unsigned flags = o->no_symlinks ? 0 : LIST_TARGETS;

	if (o->delete || o->manifest || o->min_size >= 0 ||
	    o->max_size >= 0 || !(o->ignore_size || o->checksum))
		flags |= LIST_SIZES;
	if (o->has_newer || o->has_older)
		flags |= LIST_TIMES;
	return flags;
}

const struct mirror_options *
mirror_list_ages(const struct mirror *m, const struct side *side)
{
	const struct mirror_options *o = m->o;

	return (o->has_newer || o->has_older) &&
	    (side == m->from || o->delete) ? o : NULL;
}

int
mirror_list_one(struct mirror *m, struct worker *w, struct side *side,
    const char *dir, enum list_need need, unsigned flags,
    struct side_list *out, struct err *err)
{
	const struct side_request rq = {
		.dir = &dir, .n = 1, .need = need, .flags = flags,
		.ages = mirror_list_ages(m, side),
	};

	side->ops->list(side, w, &rq, out, err);
	return err->kind == ERR_NONE ? 0 : -1;
}

int
mirror_list_check_depth(const char *path, struct err *err)
{
	int depth = 0;

	for (; *path != '\0'; path++)
		depth += *path == '/';
	if (depth < DEPTH_MAX)
		return 0;
	return err_set(err, ERR_REFUSED,
	    "directories are nested deeper than %d", DEPTH_MAX);
}

bool
mirror_list_was_endless(struct mirror *m)
{
	bool endless;

	pthread_mutex_lock(&m->lock);
	endless = m->endless;
	pthread_mutex_unlock(&m->lock);
	return endless;
}

bool
mirror_list_is_endless(struct mirror *m, struct side *side, const char *path,
    struct lineage *line, const struct side_list *l)
{
	struct err err = ERR_INIT;
	bool endless, first;

	if (side->ops->is_endless == NULL)
		return false;
	endless = side->ops->is_endless(side, line, l);
	pthread_mutex_lock(&m->lock);
	first = endless && !m->endless;
	m->endless |= endless;
	pthread_mutex_unlock(&m->lock);
	if (first) {
		repeat_error(&err);
		tell_failed(m, path, &err);
	}
	return endless;
}
