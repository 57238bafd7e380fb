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

#include "base/mem.h"
#include "base/path.h"
#include "ftp/lister.h"
#include "local/part.h"
#include "transfer/mirror_in.h"

enum {
	QUARTER = 15 * 60,	/* offsets of zones are multiples of it */
	QUARTERS_MAX = 4 * 26,
	FAT_GRAIN = 2, MINUTE = 60,
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

/* Whether one may be what became of the other. */
static bool
is_question(struct timespec a, struct timespec b)
{
	time_t offset, rest, max = FAT_GRAIN;

	apart(a.tv_sec, b.tv_sec, &offset, &rest);
	if (is_minute(a.tv_sec) || is_minute(b.tv_sec))
		max = MINUTE - 1;
	return labs(rest) <= max && labs(offset) <= QUARTERS_MAX * QUARTER;
}

/* What a time that was set, and how it came back, tell. */
static void
learn(struct time_model *tm, struct timespec set, struct timespec got)
{
	time_t rest;

	apart(set.tv_sec, got.tv_sec, &tm->offset, &rest);
	tm->fraction = got.tv_nsec != 0;
	tm->grain = rest == 0 ? 1 : labs(rest) <= FAT_GRAIN ? FAT_GRAIN :
	    is_minute(got.tv_sec) ? MINUTE : 1;
	/* A whole minute so close may be one of minutes or of even seconds. */
	tm->sure = tm->grain != FAT_GRAIN || !is_minute(got.tv_sec);
	tm->known = true;
}

/* Whether set would come back as got. */
static bool
explains(const struct time_model *tm, struct timespec set,
    struct timespec got)
{
	time_t d = got.tv_sec - set.tv_sec - tm->offset;

	if (tm->grain == 1)
		return d == 0 && (tm->fraction || got.tv_nsec / 1000000 == 0 ||
		    got.tv_nsec / 1000000 == set.tv_nsec / 1000000);
	if (tm->grain == MINUTE && !is_minute(got.tv_sec))
		return false;
	return labs(d) < tm->grain;
}

/* What the server says of a file, by the means it was said before. */
static int
read_back(struct mirror *m, struct session *s, const char *full,
    enum time_reading by, struct timespec *ts, struct err *err)
{
	enum time_precision precision = PRECISION_NONE;
	char *dir = path_dir(full);
	const struct entry *e;
	struct listing l;
	int rc = 0;

	if (by == READ_LISTED) {
		rc = lister_list(s, dir, LIST_WHOLE, m->o->no_symlinks ? 0 :
		    LIST_TARGETS, &l, err);
		e = rc == 0 ? listing_find(&l, path_base(full)) : NULL;
		if (e != NULL) {
			*ts = e->mtime;
			precision = e->precision;
		}
		listing_release(&l);
	}
	free(dir);
	if (rc == 0 && precision < PRECISION_SECOND)
		rc = session_mdtm(s, full, ts, &precision, err) == 1 ? 0 : -1;
	return rc;
}

/*
 * Uploads: the source's time is set on the server's file, which has got
 * another one (seen).  If it was really another, it gets that back.
 */
static void
try_server(struct mirror *m, struct session *s, const char *path,
    struct timespec source, struct timespec seen, enum time_reading by,
    struct time_model *tm)
{
	char *full = mirror_remote(m, path);
	struct err ignored = ERR_INIT;
	struct timespec got;

	source.tv_nsec = 0;
	if (session_set_mtime(s, full, source.tv_sec, &ignored) == 1 &&
	    read_back(m, s, full, by, &got, &ignored) == 0) {
		learn(tm, source, got);
		if (got.tv_sec != seen.tv_sec)
			(void)session_set_mtime(s, full, seen.tv_sec -
			    (got.tv_sec - source.tv_sec), &ignored);
	}
	free(full);
}

/* Downloads: what a local file of ours makes of the source's time. */
static void
try_local(struct mirror *m, const char *path, struct timespec source,
    struct time_model *tm)
{
	struct err ignored = ERR_INIT;
	char *dir = path_dir(path);
	struct timespec got;
	int fd;

	fd = tree_open_dir(m->tree, dir, &ignored);
	if (fd != -1 && part_try_time(fd, &source, &got) == 0)
		learn(tm, source, got);
	if (fd != -1)
		close(fd);
	free(dir);
}

/*
 * A listing that is not in UTC: MDTM says the time that was set here, within
 * what the file system makes of it.
 */
static void
try_mdtm(struct mirror *m, struct session *s, const char *path,
    struct timespec source, struct timespec seen, struct time_model *tm)
{
	enum time_precision precision;
	char *full = mirror_remote(m, path);
	struct err ignored = ERR_INIT;
	struct timespec exact;

	if (session_mdtm(s, full, &exact, &precision, &ignored) == 1 &&
	    (exact.tv_sec != source.tv_sec || exact.tv_nsec != source.tv_nsec))
		learn(tm, source, seen);
	free(full);
}

static void
try_out(struct mirror *m, struct session *s, const char *path,
    struct timespec source, struct timespec target, enum time_reading by,
    struct time_model *tm)
{
	struct time_model found = { 0 };

	if (m->o->reverse) {
		try_server(m, s, path, source, target, by, &found);
	} else {
		try_local(m, path, source, &found);
		if (by == READ_LISTED && (!found.known ||
		    !explains(&found, source, target)))
			try_mdtm(m, s, path, source, target, &found);
	}
	/* Where nothing can be set nothing is known but what is seen. */
	found.grain = found.known ? found.grain : 1;
	found.sure |= !found.known;
	found.known = true;
	*tm = found;
}

bool
mirror_same_time(struct mirror *m, struct session *s, const char *path,
    const struct plan_action *a, const struct timespec *exact)
{
	enum time_reading by = exact != NULL ? READ_ASKED : READ_LISTED;
	const struct plan_entry *source = a->source, *target = a->target;
	struct time_model *tm = &m->times[by];
	struct timespec from, to;
	bool same;

	if (target == NULL || target->type != 'f' || source->size < 0 ||
	    source->size != target->size || m->o->ignore_time ||
	    (exact == NULL && (source->precision < PRECISION_SECOND ||
	    target->precision < PRECISION_SECOND)))
		return false;
	from = !m->o->reverse && exact != NULL ? *exact : source->mtime;
	to = m->o->reverse && exact != NULL ? *exact : target->mtime;
	if (!is_question(from, to))
		return false;
	/* A fraction of nothing is that of a server that has none. */
	if (from.tv_sec == to.tv_sec &&
	    (m->o->reverse ? to.tv_nsec : from.tv_nsec) == 0)
		return true;
	pthread_mutex_lock(&m->times_lock);
	same = tm->known && explains(tm, from, to);
	if (!same && !m->o->dry_run && (!tm->known || !tm->sure)) {
		try_out(m, s, path, from, to, by, tm);
		same = explains(tm, from, to);
	}
	pthread_mutex_unlock(&m->times_lock);
	return same;
}
