/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Times that do not come back as they were set: a file system of even
 * seconds or of minutes, a listing in local time beside an MDTM in UTC,
 * fractions that one side has and the other has not.  Where files are as large
 * and their times as far apart as that could make them, the first is tried
 * out, and what that shows holds for the run.
 */
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/path.h"
#include "ftp/files.h"
#include "ftp/lister.h"
#include "local/part.h"
#include "transfer/mirror_in.h"

enum {
	QUARTER = 15 * 60,	/* offsets of zones are multiples of it */
	QUARTERS_MAX = 4 * 26,
	FAT_GRAIN = 2, MINUTE = 60, HOUR = 3600, DAY = 24 * HOUR,
};

/* How far b is from a: whole quarter-hours, and what is left. */
static void
apart(time_t a, time_t b, time_t *offset, time_t *rest)
{
	time_t d = b - a, half = QUARTER / 2;

	*offset = (d >= 0 ? d + half : d - half) / QUARTER * QUARTER;
	*rest = d - *offset;
}

static bool
is_minute(time_t t)
{
	return t % MINUTE == 0;
}

static time_t
day_of(time_t t)
{
	return (t - (t % DAY + DAY) % DAY) / DAY;
}

/* Whether one may be what became of the other; p: of a day, or better. */
static bool
is_question(struct timespec a, struct timespec b, enum time_precision p)
{
	time_t offset, rest, max = FAT_GRAIN;

	if (p == PRECISION_DAY)
		return labs(b.tv_sec - a.tv_sec) <=
		    QUARTERS_MAX * QUARTER + DAY;
	apart(a.tv_sec, b.tv_sec, &offset, &rest);
	if (is_minute(a.tv_sec) || is_minute(b.tv_sec))
		max = MINUTE - 1;
	return labs(rest) <= max && labs(offset) <= QUARTERS_MAX * QUARTER;
}

/*
 * One in the same minute that even seconds and whole minutes each make
 * something else of: it is odd, and far from both ends.
 */
static time_t
telling(time_t t)
{
	time_t second = (t % MINUTE + MINUTE) % MINUTE;

	if (second % 2 != 0 && second > FAT_GRAIN &&
	    second < MINUTE - FAT_GRAIN)
		return t;
	return t - second + MINUTE / 2 + 1;
}

static bool
same_fraction(struct timespec a, struct timespec b)
{
	return a.tv_nsec / 1000000 == b.tv_nsec / 1000000;
}

/* What a telling time that was set, and how it came back, tell. */
static void
learn(struct time_model *tm, struct timespec set, struct timespec got)
{
	time_t offset, rest;

	apart(set.tv_sec, got.tv_sec, &offset, &rest);
	if (!tm->known)
		tm->offset[0] = offset;
	tm->offset[1] = offset;
	tm->fraction = !same_fraction(set, got);
	tm->grain = rest == 0 ? 1 : labs(rest) <= FAT_GRAIN ? FAT_GRAIN :
	    is_minute(got.tv_sec) ? MINUTE : 1;
	tm->known = true;
}

static bool
explains_by(const struct time_model *tm, time_t offset, struct timespec set,
    struct timespec got, enum time_precision p)
{
	time_t t = set.tv_sec + offset, d = got.tv_sec - t;

	if (p == PRECISION_DAY)
		return day_of(t - tm->grain + 1) <= day_of(got.tv_sec) &&
		    day_of(t + tm->grain - 1) >= day_of(got.tv_sec);
	if (tm->grain == 1)
		return d == 0 && (tm->fraction || got.tv_nsec / 1000000 == 0 ||
		    same_fraction(set, got));
	if (tm->grain == MINUTE && !is_minute(got.tv_sec))
		return false;
	return labs(d) < tm->grain;
}

/* Whether set would come back as got. */
static bool
explains(const struct time_model *tm, struct timespec set,
    struct timespec got, enum time_precision p)
{
	return explains_by(tm, tm->offset[0], set, got, p) ||
	    explains_by(tm, tm->offset[1], set, got, p);
}

/*
 * Whether trying out a further file may tell more: one hour more is that of
 * summer, and what was found of a download may only have been changed.
 */
static bool
is_open(const struct mirror *m, const struct time_model *tm,
    struct timespec a, struct timespec b)
{
	time_t offset, rest;

	if (!tm->known || (!m->o->reverse && tm->offset[0] == 0))
		return true;
	apart(a.tv_sec, b.tv_sec, &offset, &rest);
	return offset != tm->offset[0] && offset != tm->offset[1] &&
	    labs(offset - tm->offset[0]) <= HOUR;
}

/* Its time in a listing, if that is as coarse as the one before (r) was. */
static int
read_listed(struct mirror *m, struct session *s, const char *full,
    enum list_need need, struct reading *r, struct err *err)
{
	bool coarse = r->precision < PRECISION_SECOND;
	char *dir = path_dir(full);
	const struct entry *e = NULL;
	struct listing l;
	int rc;

	if (lister_list(s, dir, need, m->o->no_symlinks ? 0 : LIST_TARGETS,
	    &l, err) == 0)
		e = listing_find(&l, path_base(full));
	rc = e != NULL && e->precision != PRECISION_NONE &&
	    (e->precision < PRECISION_SECOND) == coarse ? 0 : -1;
	if (rc == 0) {
		r->time = e->mtime;
		r->precision = e->precision;
	}
	listing_release(&l);
	free(dir);
	return rc;
}

/* What the server says of a file, by the means it was said before. */
static int
read_back(struct mirror *m, struct session *s, const char *full,
    struct reading *r, struct err *err)
{
	if (r->by == READ_ASKED)
		return files_time(s, full, &r->time, &r->precision,
		    err) == 1 ? 0 : -1;
	return read_listed(m, s, full, LIST_ROUGH, r, err) == 0 ? 0 :
	    read_listed(m, s, full, LIST_WHOLE, r, err);
}

int
mirror_try_time(struct mirror *m, struct session *s, const char *full,
    time_t set, const struct reading *seen, struct reading *got,
    struct err *err)
{
	int rc = files_set_time(s, full, set, err);

	*got = *seen;
	if (rc != 1)
		return rc;
	if (read_back(m, s, full, got, err) != 0)
		return -1;
	m->setting = got->time.tv_sec != seen->time.tv_sec ? SETTING_WORKS :
	    SETTING_FAILS;
	return 1;
}

void
mirror_restore_time(struct session *s, const char *full, time_t set,
    const struct reading *seen, const struct reading *got)
{
	struct err ignored = ERR_INIT;

	(void)files_set_time(s, full, seen->time.tv_sec -
	    (got->time.tv_sec - set), &ignored);
}

/*
 * Uploads: the time of another minute is set on the server's file; today's,
 * where listings tell those of long ago by the day.  Where this one may not be
 * changed another may.
 */
static void
try_server(struct mirror *m, struct session *s, const char *path,
    struct timespec source, const struct reading *seen, struct time_model *tm)
{
	struct timespec set = { .tv_sec = telling(source.tv_sec) + MINUTE };
	char *full = mirror_remote(m, path);
	struct err ignored = ERR_INIT;
	struct reading got;

	if (seen->precision == PRECISION_DAY)
		set.tv_sec = telling(clock_now().tv_sec - DAY);
	if (m->setting == SETTING_FAILS || mirror_try_time(m, s, full,
	    set.tv_sec, seen, &got, &ignored) != 1 ||
	    m->setting != SETTING_WORKS)
		goto out;
	if (got.precision != PRECISION_DAY)
		learn(tm, set, got.time);
	if (explains(tm, source, seen->time, seen->precision))
		(void)files_set_time(s, full, source.tv_sec, &ignored);
	else
		mirror_restore_time(s, full, set.tv_sec, seen, &got);
out:
	free(full);
}

/* Downloads: what a local file of ours makes of a time like the source's. */
static void
try_local(struct mirror *m, const char *path, struct timespec source,
    struct time_model *tm)
{
	struct err ignored = ERR_INIT;
	char *dir = path_dir(path);
	struct timespec got;
	int fd;

	source.tv_sec = telling(source.tv_sec);
	fd = tree_open_dir(m->tree, dir, &ignored);
	if (fd != -1 && part_try_time(fd, &source, &got) == 0)
		learn(tm, source, got);
	if (fd != -1)
		close(fd);
	free(dir);
	/* Where nothing can be set nothing is known but what is seen. */
	if (!tm->known)
		tm->grain = 1;
	tm->known = true;
}

/*
 * A listing that is not in UTC: MDTM says the time that was set here (seen),
 * within what the file system makes of it, which tm knows.
 */
static void
try_mdtm(struct mirror *m, struct session *s, const char *path,
    struct timespec source, struct timespec seen, struct time_model *tm)
{
	enum time_precision precision;
	char *full = mirror_remote(m, path);
	struct err ignored = ERR_INIT;
	time_t offset, rest;
	struct timespec exact;

	if (files_time(s, full, &exact, &precision, &ignored) == 1 &&
	    explains_by(tm, 0, exact, seen, PRECISION_SECOND)) {
		apart(source.tv_sec, exact.tv_sec, &offset, &rest);
		if (tm->offset[0] == 0)
			tm->offset[0] = offset;
		tm->offset[1] = offset;
	}
	free(full);
}

static void
try_out(struct mirror *m, struct session *s, const char *path,
    struct timespec source, const struct reading *target,
    struct time_model *tm)
{
	if (m->o->reverse) {
		try_server(m, s, path, source, target, tm);
		return;
	}
	if (!tm->known)
		try_local(m, path, source, tm);
	if (target->by == READ_LISTED && !explains(tm, source, target->time,
	    target->precision))
		try_mdtm(m, s, path, source, target->time, tm);
}

/* Both times of a pair; false if there is nothing to compare. */
static bool
take_times(const struct mirror *m, const struct plan_action *a,
    const struct timespec *exact, struct timespec *from, struct reading *to)
{
	const struct plan_entry *source = a->source, *target = a->target;

	if (target == NULL || target->type != 'f' || source->size < 0 ||
	    source->size != target->size || m->o->ignore_time)
		return false;
	*from = !m->o->reverse && exact != NULL ? *exact : source->mtime;
	to->time = m->o->reverse && exact != NULL ? *exact : target->mtime;
	to->precision = exact != NULL ? PRECISION_SECOND :
	    source->precision < target->precision ? source->precision :
	    target->precision;
	to->by = exact != NULL ? READ_ASKED :
	    to->precision < PRECISION_SECOND ? READ_COARSE : READ_LISTED;
	/* What was fetched has the time of the listing, however coarse. */
	return to->precision >= PRECISION_SECOND ||
	    (m->o->reverse && to->precision != PRECISION_NONE);
}

bool
mirror_same_time(struct mirror *m, struct session *s, const char *path,
    const struct plan_action *a, const struct timespec *exact)
{
	struct timespec from;
	struct time_model *tm;
	struct reading to;
	bool same;

	if (!take_times(m, a, exact, &from, &to) ||
	    !is_question(from, to.time, to.precision))
		return false;
	/* A fraction of nothing is that of a server that has none. */
	if (from.tv_sec == to.time.tv_sec &&
	    (m->o->reverse ? to.time.tv_nsec : from.tv_nsec) == 0)
		return true;
	tm = &m->times[to.by];
	pthread_mutex_lock(&m->times_lock);
	same = tm->known && explains(tm, from, to.time, to.precision);
	if (!same && !m->o->dry_run && is_open(m, tm, from, to.time)) {
		try_out(m, s, path, from, &to, tm);
		same = tm->known && explains(tm, from, to.time, to.precision);
	}
	pthread_mutex_unlock(&m->times_lock);
	return same;
}
