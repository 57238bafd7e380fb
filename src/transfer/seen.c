/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "transfer/seen.h"

#include "transfer/plan.h"

struct seen
seen_remote(const struct entry *e)
{
	struct seen s = {
		.name = e->name, .type = e->type, .size = e->size,
		.mtime = e->mtime, .precision = e->precision,
		.number = e->unique,
	};

	/* Servers differ in what they tell of: the link, or its target. */
	if (e->type == 'l')
		s.number = e->target != NULL ? listing_name_sum(e->target) : 0;
	return s;
}

struct seen
seen_local(const struct tree_entry *e)
{
	return (struct seen){
		.name = e->name, .type = e->type, .size = e->size,
		.mtime = e->mtime, .precision = PRECISION_SUB,
		.device = e->dev, .number = e->ino,
	};
}

struct seen
seen_planned(const struct plan_entry *e)
{
	return (struct seen){
		.name = e->stored != NULL ? e->stored : e->name,
		.type = e->type, .size = e->size, .mtime = e->mtime,
		.precision = e->precision, .device = e->device,
		.number = e->number,
	};
}

static time_t
unit_of(enum time_precision p)
{
	return p == PRECISION_DAY ? 24 * 3600 :
	    p == PRECISION_MINUTE ? 60 : 1;
}

/*
 * Coarse times are by the clock of the server's listings, the others in UTC.
 */
static bool
same_time(const struct seen *a, const struct seen *b)
{
	bool fine = a->precision >= PRECISION_SECOND;
	time_t unit;

	if (a->precision == PRECISION_NONE || b->precision == PRECISION_NONE ||
	    fine != (b->precision >= PRECISION_SECOND))
		return true;
	if (a->precision == PRECISION_SUB && b->precision == PRECISION_SUB &&
	    a->mtime.tv_nsec != b->mtime.tv_nsec)
		return false;
	unit = unit_of(a->precision < b->precision ? a->precision :
	    b->precision);
	return a->mtime.tv_sec / unit == b->mtime.tv_sec / unit;
}

const char *
seen_change(const struct seen *was, const struct seen *now)
{
	if (was->type != now->type)
		return now->type == 'd' ? "it is a directory now" :
		    now->type == 'l' ? "it is a link now" :
		    "it is of another type now";
	if (was->number != 0 && now->number != 0 &&
	    (was->number != now->number || was->device != now->device))
		return now->type == 'l' ? "it leads elsewhere now" :
		    "another one is in its place";
	if (now->type == 'd' || now->type == 'l')
		return NULL;
	if (was->size >= 0 && now->size < 0)
		return "the server does not tell its size again";
	if (was->size >= 0 && was->size != now->size)
		return "its size has changed";
	return same_time(was, now) ? NULL : "it was written to";
}
