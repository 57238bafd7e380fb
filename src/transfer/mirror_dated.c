/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where no times are kept each file has that of its transfer: of one that is
 * newer than its source, and as large, nothing else can be told.
 */
#include <stdlib.h>

#include "transfer/mirror_in.h"

enum {
	DAY = 24 * 3600,
	/* Listings may be in local time, and of a day's precision. */
	DOUBT = 14 * 3600 + DAY,
};

/* A listing may be in local time; MDTM hardly ever is. */
static void
make_exact(struct side *side, struct worker *w, const char *path,
    struct timespec *t)
{
	struct err ignored = ERR_INIT;
	struct timespec ts;
	bool known = false;

	if (side->ops->exact_times != NULL && side->ops->exact_times(side, w,
	    &path, 1, &ts, &known, &ignored) == 0 && known)
		*t = ts;
}

/* Whether what is set there is kept, as far as a trial tells: 1, 0, -1. */
static int
is_kept(struct mirror *m, struct worker *w, const char *path,
    const struct plan_entry *target, const struct timespec *exact, bool trial)
{
	struct err ignored = ERR_INIT;

	return m->to->ops->keeps_times(m->to, w, path, target, exact,
	    trial && !m->o->dry_run, &ignored);
}

/* Whether there is a time at all: listed, or told. */
static bool
is_dated(const struct plan_entry *e, const struct timespec *exact)
{
	return exact != NULL || e->precision != PRECISION_NONE;
}

bool
mirror_dated_is(struct mirror *m, struct worker *w, const char *path,
    const struct plan_action *a, const struct exact *exact)
{
	const struct plan_entry *source = a->source, *target = a->target;
	struct timespec from, to;
	bool kept = m->o->keep_times;

	if (target == NULL || target->type != 'f' || m->o->ignore_size ||
	    source->size < 0 || source->size != target->size ||
	    (kept && m->to->ops->keeps_times == NULL) ||
	    !is_dated(source, exact->from) || !is_dated(target, exact->to))
		return false;
	from = exact->from != NULL ? *exact->from : source->mtime;
	to = exact->to != NULL ? *exact->to : target->mtime;
	if (kept && is_kept(m, w, path, target, exact->to,
	    to.tv_sec >= from.tv_sec) != 0)
		return false;
	if (labs(to.tv_sec - from.tv_sec) < DOUBT) {
		if (exact->from == NULL)
			make_exact(m->from, w, path, &from);
		if (exact->to == NULL)
			make_exact(m->to, w, path, &to);
	}
	return to.tv_sec >= from.tv_sec;
}
