/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "transfer/plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/path.h"
#include "transfer/manifest.h"

enum {
	DAY = 24 * 3600,
	/* Servers list local times: how far these can be from UTC. */
	ZONE_MAX = 14 * 3600,
};

static time_t
unit_of(enum time_precision p)
{
	return p == PRECISION_DAY ? DAY : p == PRECISION_MINUTE ? 60 : 1;
}

static time_t
floor_to(time_t t, time_t unit)
{
	return t >= 0 ? t / unit : (t - unit + 1) / unit;
}

bool
plan_same_time(struct timespec a, enum time_precision pa, struct timespec b,
    enum time_precision pb)
{
	enum time_precision p = pa < pb ? pa : pb;
	time_t unit = unit_of(p);

	if (p == PRECISION_SUB && a.tv_nsec / 1000000 != b.tv_nsec / 1000000)
		return false;
	return floor_to(a.tv_sec, unit) == floor_to(b.tv_sec, unit);
}

/* Why a file goes, as far as the listings tell. */
static enum reason
why_transferred(const struct plan_entry *s, const struct plan_entry *t,
    const struct mirror_options *o)
{
	if (t == NULL)
		return REASON_NEW;
	if (t->type != 'f')
		return REASON_TYPE;
	if (!o->ignore_size && (s->size < 0 || t->size < 0))
		return REASON_UNKNOWN;
	if (o->only_newer)
		return s->mtime.tv_sec > t->mtime.tv_sec ? REASON_NEWER :
		    REASON_SIZE;
	return o->ignore_size || s->size == t->size ? REASON_TIME :
	    REASON_SIZE;
}

static enum reason
why(enum plan_kind kind, const struct plan_entry *s,
    const struct plan_entry *t, const struct mirror_options *o)
{
	switch (kind) {
	case PLAN_TRANSFER:
		return why_transferred(s, t, o);
	case PLAN_ASK:
		return o->checksum || o->manifest ? REASON_DIGEST :
		    o->only_newer ? REASON_NEWER : REASON_TIME;
	case PLAN_REPLACE:
		return REASON_TYPE;
	case PLAN_DELETE:
		return s == NULL ? REASON_ABSENT : s->type != t->type ?
		    REASON_TYPE : REASON_EXCLUDED;
	default:
		return REASON_NONE;
	}
}

static void
add_action(struct plan *p, size_t *cap, struct plan_action a)
{
	if (p->n == *cap) {
		*cap = *cap != 0 ? *cap * 2 : 64;
		p->action = xreallocarray(p->action, *cap,
		    sizeof(*p->action));
	}
	p->action[p->n++] = a;
}

enum plan_selection
plan_selects(const struct plan_entry *e, const struct mirror_options *o)
{
	bool dated = e->precision != PRECISION_NONE, sized = e->size >= 0;

	if (e->type != 'f')
		return PLAN_SELECTED;
	if (dated && ((o->has_newer && e->mtime.tv_sec <= o->newer_than) ||
	    (o->has_older && e->mtime.tv_sec >= o->older_than)))
		return PLAN_LEFT_OUT;
	if (sized && (e->size < o->min_size ||
	    (o->max_size >= 0 && e->size > o->max_size)))
		return PLAN_LEFT_OUT;
	if (!dated && (o->has_newer || o->has_older))
		return PLAN_NO_TIME;
	return !sized && (o->min_size >= 0 || o->max_size >= 0) ?
	    PLAN_NO_SIZE : PLAN_SELECTED;
}

/* Listings in minutes or days are by a clock of unknown zone. */
static bool
is_near(struct timespec mtime, time_t limit)
{
	return labs(mtime.tv_sec - limit) <= ZONE_MAX + DAY;
}

bool
plan_age_in_doubt(struct timespec mtime, enum time_precision precision,
    const struct mirror_options *o)
{
	if (precision == PRECISION_NONE)
		return o->has_newer || o->has_older;
	return precision < PRECISION_SECOND &&
	    ((o->has_newer && is_near(mtime, o->newer_than)) ||
	    (o->has_older && is_near(mtime, o->older_than)));
}

/* What is not known of it might leave it out. */
static bool
is_surely_selected(const struct plan_entry *e, const struct mirror_options *o)
{
	bool sized = o->min_size >= 0 || o->max_size >= 0;

	if (e->type != 'f' && e->type != '?')
		return true;
	if ((sized && e->size < 0) ||
	    plan_age_in_doubt(e->mtime, e->precision, o))
		return false;
	return plan_selects(e, o) == PLAN_SELECTED;
}

/* FNV-1a: the same name belongs to the same shard on each run. */
static unsigned
shard_of(const char *path, unsigned shards)
{
	uint32_t h = 2166136261U;

	for (; *path != '\0'; path++)
		h = (h ^ (unsigned char)*path) * 16777619U;
	return h % shards;
}

bool
plan_filters_out(const char *dir, const char *name, char type,
    const struct mirror_options *o)
{
	char *path;
	bool out;

	if (o->filter == NULL)
		return false;
	path = path_join(dir, name);
	out = !filter_takes(o->filter, path, type == 'd');
	free(path);
	return out;
}

char *
plan_path_there(const char *dir, const struct plan_entry *target)
{
	if (target->stored == NULL && target->within == NULL)
		return NULL;
	return path_join(target->within != NULL ? target->within : dir,
	    target->stored != NULL ? target->stored : target->name);
}

bool
plan_bars(const char *dir, const struct plan_entry *target,
    const struct mirror_options *o)
{
	char *path;
	bool bars;

	if (o->filter == NULL || o->delete_excluded ||
	    (path = plan_path_there(dir, target)) == NULL)
		return false;
	bars = filter_excludes(o->filter, path, target->type == 'd');
	free(path);
	return bars;
}

bool
plan_is_elsewhere(const char *dir, const char *name, char type,
    const struct mirror_options *o)
{
	char *path;
	bool elsewhere;

	if (o->shards == 0 || type == 'd')
		return false;
	path = path_join(dir, name);
	elsewhere = shard_of(path, o->shards) != o->shard;
	free(path);
	return elsewhere;
}

/* By filters or selection; --delete-excluded is about the filters only. */
static bool
is_left_out(const char *dir, const struct plan_entry *target,
    const struct mirror_options *o)
{
	return !is_surely_selected(target, o) || plan_bars(dir, target, o) ||
	    (!o->delete_excluded &&
	    plan_filters_out(dir, target->name, target->type, o));
}

bool
plan_spares(const char *dir, const struct plan_entry *target,
    const struct mirror_options *o)
{
	return (o->no_recursion && dir[0] != '\0') ||
	    plan_is_elsewhere(dir, target->name, target->type, o) ||
	    is_left_out(dir, target, o);
}

/*
 * Times of which one is from a coarse listing: far enough apart to tell?
 * Where it leaves out the year, that may be wrong by one.
 */
static bool
surely_differ(const struct plan_entry *s, const struct plan_entry *t)
{
	time_t apart = labs(s->mtime.tv_sec - t->mtime.tv_sec);

	return apart > ZONE_MAX + DAY && (apart < 365 * DAY - ZONE_MAX ||
	    apart > 367 * DAY + ZONE_MAX);
}

static enum plan_kind
compare_times(const struct plan_entry *s, const struct plan_entry *t,
    const struct mirror_options *o)
{
	enum time_precision p;

	p = s->precision < t->precision ? s->precision : t->precision;
	if (p == PRECISION_NONE)
		return PLAN_ASK;
	if (p < PRECISION_SECOND && !surely_differ(s, t))
		return PLAN_ASK;
	if (plan_same_time(s->mtime, s->precision, t->mtime, t->precision))
		return PLAN_SAME;
	if (o->only_newer && s->mtime.tv_sec < t->mtime.tv_sec)
		return PLAN_OLDER;
	return PLAN_TRANSFER;
}

bool
plan_wants_times(const struct plan_entry *source,
    const struct plan_entry *target, const struct mirror_options *o)
{
	return !o->ignore_time && compare_times(source, target, o) == PLAN_ASK;
}

static enum plan_kind
compare_files(const struct plan_entry *s, const struct plan_entry *t,
    const struct mirror_options *o)
{
	enum plan_kind kind;
	bool told = s->size >= 0 && t->size >= 0;
	/* What is not known is not known to be equal; a digest would tell. */
	bool sizes = !o->ignore_size && (told ? s->size != t->size :
	    !o->checksum);

	if (sizes && !o->only_newer)
		return PLAN_TRANSFER;
	kind = o->ignore_time ? PLAN_SAME : compare_times(s, t, o);
	if ((o->checksum || o->manifest) && kind != PLAN_OLDER)
		return PLAN_ASK;
	if (kind == PLAN_SAME && sizes)
		return PLAN_TRANSFER;
	if (kind == PLAN_SAME && plan_wants_mode(s, t, o))
		return PLAN_CHMOD;
	return kind;
}

int
plan_mode(const struct plan_entry *source, const struct mirror_options *o)
{
	int mode;

	if (!o->perms || source->mode < 0 || source->type == 'l')
		return -1;
	mode = source->mode & 0777 & ~(int)o->umask;
	/* What is in a directory could not be written without. */
	return source->type == 'd' ? mode | 0700 : mode;
}

bool
plan_wants_mode(const struct plan_entry *source,
    const struct plan_entry *target, const struct mirror_options *o)
{
	int mode = plan_mode(source, o);

	return mode >= 0 && target->mode >= 0 && mode != (target->mode & 0777);
}

static enum plan_kind
plan_link(const struct plan_entry *s, const struct plan_entry *t,
    const struct mirror_options *o)
{
	if (o->no_symlinks)
		return PLAN_SKIP;
	/* It is to be followed, and leads nowhere. */
	if (o->dereference)
		return PLAN_CANNOT;
	if (t == NULL)
		return PLAN_LINK;
	if (t->type == 'd')
		return PLAN_REPLACE;
	/* Some listings do not say where a link points to. */
	if (t->type == 'l' && (s->target == NULL || t->target == NULL ||
	    strcmp(s->target, t->target) == 0))
		return PLAN_SAME;
	return PLAN_LINK;
}

static enum plan_kind
plan_present(const struct plan_entry *s, const struct plan_entry *t,
    const struct mirror_options *o)
{
	switch (s->type) {
	case 'd':
		if (o->no_recursion)
			return PLAN_SKIP;
		if (t == NULL)
			return PLAN_MKDIR;
		return t->type == 'd' ? PLAN_ENTER : PLAN_REPLACE;
	case 'l':
		return plan_link(s, t, o);
	case 'f':
		switch (plan_selects(s, o)) {
		case PLAN_SELECTED:
			break;
		case PLAN_LEFT_OUT:
			return PLAN_SKIP;
		default:
			return PLAN_UNTOLD;
		}
		/* What is written in place goes where a link leads. */
		if (t != NULL && (t->type == 'd' || (t->type == 'l' &&
		    o->in_place)))
			return PLAN_REPLACE;
		if (t != NULL && t->type == 'f')
			return compare_files(s, t, o);
		return PLAN_TRANSFER;
	default:
		return PLAN_CANNOT;
	}
}

static enum plan_kind
plan_source(const char *dir, const struct plan_entry *s,
    const struct plan_entry *t, const struct mirror_options *o)
{
	enum plan_kind kind = plan_present(s, t, o);

	if (kind == PLAN_SKIP || kind == PLAN_UNTOLD || kind == PLAN_CANNOT)
		return kind;
	if (t != NULL && (plan_bars(dir, t, o) ||
	    (kind == PLAN_REPLACE && is_left_out(dir, t, o))))
		return PLAN_BLOCKED;
	if (t == NULL && s->twin != NULL && (kind == PLAN_TRANSFER ||
	    kind == PLAN_MKDIR || kind == PLAN_LINK))
		return PLAN_LATER;
	return kind;
}

/* Nobody's part files are mirrored or deleted, nor is the manifest. */
static bool
is_ours(const char *dir, const char *name, const struct mirror_options *o)
{
	return path_is_part(name) || (o->manifest && dir[0] == '\0' &&
	    manifest_is_file(name));
}

void
plan_directory(const char *dir, const struct plan_entry *source, size_t ns,
    const struct plan_entry *target, size_t nt,
    const struct mirror_options *o, struct plan *out)
{
	const struct plan_entry *s, *t;
	size_t i = 0, j = 0, cap = 0;
	const char *name;
	enum plan_kind kind;
	bool filtered, lacked;
	int order;
	char type;

	memset(out, 0, sizeof(*out));
	while (i < ns || j < nt) {
		order = i == ns ? 1 : j == nt ? -1 :
		    strcmp(source[i].name, target[j].name);
		s = order <= 0 ? &source[i++] : NULL;
		t = order >= 0 ? &target[j++] : NULL;
		name = s != NULL ? s->name : t->name;
		type = s != NULL ? s->type : t->type;
		if (is_ours(dir, name, o))
			continue;
		filtered = plan_filters_out(dir, name, type, o);
		lacked = (s == NULL || (filtered && o->delete_excluded)) &&
		    o->delete;
		kind = s == NULL || filtered ? PLAN_SKIP :
		    plan_source(dir, s, t, o);
		if (plan_is_elsewhere(dir, name, type, o)) {
			/* All shards clear a directory out of a file's way. */
			if (kind != PLAN_REPLACE || !o->delete)
				continue;
			kind = PLAN_DELETE;
		} else if (lacked && t != NULL && !plan_spares(dir, t, o)) {
			kind = PLAN_DELETE;
		}
		if (s != NULL || kind == PLAN_DELETE)
			add_action(out, &cap, (struct plan_action){
			    kind, why(kind, s, t, o), s, t });
	}
}

bool
plan_needs_sure(const struct plan *p, bool target)
{
	const struct plan_action *a;
	size_t i;

	for (i = 0; i < p->n; i++) {
		a = &p->action[i];
		/* A directory that is a link must not be emptied. */
		if (a->kind == PLAN_DELETE || a->kind == PLAN_REPLACE ||
		    (target && a->target == NULL && a->kind != PLAN_SKIP))
			return true;
	}
	return false;
}

void
plan_release(struct plan *p)
{
	free(p->action);
	memset(p, 0, sizeof(*p));
}
