/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Times that do not come back as they were set (transfer/times.h).  Where
 * files are as large and their times as far apart as that could make them, the
 * first is tried out, and what that shows holds for the run.
 */
#include <stdlib.h>

#include "transfer/mirror_in.h"

enum { HOUR = 3600 };

/*
 * Whether trying out a further file may tell more: one hour more is that of
 * summer, and what was found of a download may only have been changed.
 */
static bool
is_open(const struct mirror *m, const struct time_model *tm,
    struct timespec a, struct timespec b)
{
	time_t offset, rest;

	if (!tm->known || (m->from->ops->exact_times != NULL &&
	    tm->offset[0] == 0))
		return true;
	times_apart(a.tv_sec, b.tv_sec, &offset, &rest);
	return offset != tm->offset[0] && offset != tm->offset[1] &&
	    labs(offset - tm->offset[0]) <= HOUR;
}

/*
 * A listing that is not in UTC: MDTM says the time that was set here (seen),
 * within what the file system makes of it, which tm knows.
 */
static void
try_mdtm(struct mirror *m, struct worker *w, const char *path,
    struct timespec source, struct timespec seen, struct time_model *tm)
{
	struct err ignored = ERR_INIT;
	struct timespec exact;
	time_t offset, rest;
	bool known = false;

	if (m->from->ops->exact_times(m->from, w, &path, 1, &exact, &known,
	    &ignored) != 0 || !known ||
	    !times_explain_by(tm, 0, exact, seen, PRECISION_SECOND))
		return;
	times_apart(source.tv_sec, exact.tv_sec, &offset, &rest);
	if (tm->offset[0] == 0)
		tm->offset[0] = offset;
	tm->offset[1] = offset;
}

static void
try_out(struct mirror *m, struct worker *w, const char *path,
    struct timespec source, const struct reading *target,
    struct time_model *tm)
{
	m->to->ops->try_time(m->to, w, path, source, target, tm);
	if (m->from->ops->exact_times != NULL && target->by == READ_LISTED &&
	    !times_explain(tm, source, target->time, target->precision))
		try_mdtm(m, w, path, source, target->time, tm);
}

static enum time_precision
coarser(enum time_precision a, enum time_precision b)
{
	return a < b ? a : b;
}

/* Both times of a pair; false if there is nothing to compare. */
static bool
take_times(const struct mirror *m, const struct plan_action *a,
    const struct exact *exact, struct timespec *from, struct reading *to)
{
	const struct plan_entry *source = a->source, *target = a->target;

	if (target == NULL || target->type != 'f' || source->size < 0 ||
	    source->size != target->size || m->o->ignore_time)
		return false;
	*from = exact->from != NULL ? *exact->from : source->mtime;
	to->time = exact->to != NULL ? *exact->to : target->mtime;
	to->precision = coarser(
	    exact->from != NULL ? PRECISION_SECOND : source->precision,
	    exact->to != NULL ? PRECISION_SECOND : target->precision);
	to->by = exact->from != NULL || exact->to != NULL ? READ_ASKED :
	    to->precision < PRECISION_SECOND ? READ_COARSE : READ_LISTED;
	/* What was fetched has the time of the listing, however coarse. */
	return to->precision >= PRECISION_SECOND ||
	    (m->to->ops->exact_times != NULL &&
	    to->precision != PRECISION_NONE);
}

/* A fraction of nothing is that of a server that has none. */
static bool
has_no_fraction(const struct side *side, struct timespec t)
{
	return side->ops->exact_times != NULL && t.tv_nsec == 0;
}

bool
mirror_times_are_same(struct mirror *m, struct worker *w, const char *path,
    const struct plan_action *a, const struct exact *exact)
{
	struct timespec from;
	struct time_model *tm;
	struct reading to;
	bool same;

	if (!take_times(m, a, exact, &from, &to) ||
	    !times_may_be(from, to.time, to.precision))
		return false;
	if (from.tv_sec == to.time.tv_sec && (has_no_fraction(m->from, from) ||
	    has_no_fraction(m->to, to.time)))
		return true;
	tm = &m->times[to.by];
	pthread_mutex_lock(&m->times_lock);
	same = tm->known && times_explain(tm, from, to.time, to.precision);
	if (!same && !m->o->dry_run && is_open(m, tm, from, to.time)) {
		try_out(m, w, path, from, &to, tm);
		same = tm->known &&
		    times_explain(tm, from, to.time, to.precision);
	}
	pthread_mutex_unlock(&m->times_lock);
	return same;
}
