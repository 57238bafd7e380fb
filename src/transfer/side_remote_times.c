/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a server makes of times that are set.  What it says of itself is no
 * proof: vsftpd may be set up to take no times, others say that they took one
 * and did not.  So one file in doubt is given another time, which is read
 * back.
 */
#include "base/clock.h"
#include "ftp/files.h"
#include "ftp/lister.h"
#include "transfer/side_remote_in.h"

enum { MINUTE = 60, DAY = 24 * 3600 };

int
side_remote_times_ask(struct side *side, struct worker *w,
    const char *const *path, size_t n, struct timespec *ts, bool *known,
    struct err *err)
{
	struct session *s = remote_session(side, w);
	char **full = xcalloc(n + 1, sizeof(*full));
	size_t i;
	int rc;

	for (i = 0; i < n; i++)
		full[i] = remote_path(side, path[i]);
	rc = files_times(s, (const char *const *)full, n, ts, known, err);
	for (i = 0; i < n; i++)
		free(full[i]);
	free(full);
	return rc;
}

/* Its time in a listing, if that is as coarse as the one before (r) was. */
static int
read_listed(const struct side *side, struct session *s, const char *full,
    enum list_need need, struct reading *r, struct err *err)
{
	bool coarse = r->precision < PRECISION_SECOND;
	char *dir = path_dir(full);
	const struct entry *e = NULL;
	struct listing l;
	int rc;

	if (lister_list(s, dir, need, side->list_flags & LIST_TARGETS, &l,
	    err) == 0)
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
read_back(const struct side *side, struct session *s, const char *full,
    struct reading *r, struct err *err)
{
	if (r->by == READ_ASKED)
		return files_time(s, full, &r->time, &r->precision,
		    err) == 1 ? 0 : -1;
	return read_listed(side, s, full, LIST_ROUGH, r, err) == 0 ? 0 :
	    read_listed(side, s, full, LIST_WHOLE, r, err);
}

/*
 * Sets the time of a file, of which seen was read, and reads it again by the
 * same means: r->setting is known then.  The caller undoes it.  1, 0 (this
 * file's time is not ours to set), -1.
 */
static int
try_setting(struct side_remote *r, struct session *s, const char *full,
    time_t set, const struct reading *seen, struct reading *got,
    struct err *err)
{
	int rc = files_set_time(s, full, set, err);

	*got = *seen;
	if (rc != 1)
		return rc;
	if (read_back(&r->side, s, full, got, err) != 0)
		return -1;
	r->setting = got->time.tv_sec != seen->time.tv_sec ? SETTING_WORKS :
	    SETTING_FAILS;
	return 1;
}

/* So that it reads as it did. */
static void
restore(struct session *s, const char *full, time_t set,
    const struct reading *seen, const struct reading *got)
{
	struct err ignored = ERR_INIT;

	(void)files_set_time(s, full, seen->time.tv_sec -
	    (got->time.tv_sec - set), &ignored);
}

/*
 * The time of an earlier minute is set on the server's file (of what is to
 * come listings tell the day); today's, where they tell those of long ago by
 * the day.  Where this one may not be changed another may.
 */
static void
try_out(struct side_remote *r, struct session *s, const char *full,
    struct timespec source, const struct reading *seen,
    struct time_model *tm)
{
	struct timespec set = {
		.tv_sec = times_telling(source.tv_sec) - MINUTE,
	};
	struct err ignored = ERR_INIT;
	struct reading got;

	if (seen->precision == PRECISION_DAY)
		set.tv_sec = times_telling(clock_now().tv_sec - DAY);
	if (r->setting == SETTING_FAILS || try_setting(r, s, full,
	    set.tv_sec, seen, &got, &ignored) != 1 ||
	    r->setting != SETTING_WORKS)
		return;
	if (got.precision != PRECISION_DAY)
		times_learn(tm, set, got.time);
	if (times_explain(tm, source, seen->time, seen->precision))
		(void)files_set_time(s, full, source.tv_sec, &ignored);
	else
		restore(s, full, set.tv_sec, seen, &got);
}

void
side_remote_times_try(struct side *side, struct worker *w, const char *path,
    struct timespec source, const struct reading *seen,
    struct time_model *tm)
{
	struct side_remote *r = remote_of(side);
	char *full = remote_path(side, path);

	pthread_mutex_lock(&r->times_lock);
	try_out(r, remote_session(side, w), full, source, seen, tm);
	pthread_mutex_unlock(&r->times_lock);
	free(full);
}

/* A time days before, as listings may be coarse: 1 the server takes it. */
static int
is_kept(struct side_remote *r, struct session *s, const char *full,
    const struct plan_entry *target, const struct timespec *exact,
    struct err *err)
{
	struct reading got, seen = {
		.by = exact != NULL ? READ_ASKED : READ_LISTED,
		.time = exact != NULL ? *exact : target->mtime,
		.precision = target->precision,
	};
	enum time_precision precision;
	time_t set;
	int rc = 0;

	if (exact == NULL && target->precision < PRECISION_SECOND)
		rc = files_time(s, full, &seen.time, &precision, err);
	if (rc == 1)
		seen.by = READ_ASKED;
	set = seen.time.tv_sec - 2 * DAY;
	if (rc >= 0)
		rc = try_setting(r, s, full, set, &seen, &got, err);
	if (rc == 1 && r->setting == SETTING_WORKS)
		restore(s, full, set, &seen, &got);
	return rc == 1 ? r->setting == SETTING_WORKS : rc;
}

/* Where just this file's may not be set, that may be so with all. */
int
side_remote_times_kept(struct side *side, struct worker *w, const char *path,
    const struct plan_entry *target, const struct timespec *exact, bool trial,
    struct err *err)
{
	struct side_remote *r = remote_of(side);
	struct session *s = remote_session(side, w);
	char *full = remote_path(side, path);
	bool seen, untried;
	int rc = files_sets_times(s, &seen, err);

	if (rc != 1) {
		free(full);
		return rc;
	}
	pthread_mutex_lock(&r->times_lock);
	if (r->setting == SETTING_UNTRIED && trial)
		rc = is_kept(r, s, full, target, exact, err);
	else
		rc = r->setting != SETTING_FAILS;
	untried = r->setting == SETTING_UNTRIED;
	pthread_mutex_unlock(&r->times_lock);
	free(full);
	/* Refused for now; or others were not. */
	if (rc == 0 && untried && (err->code / 100 == 4 || seen))
		rc = files_sets_times(s, &seen, err);
	return rc;
}
