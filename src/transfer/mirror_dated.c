/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where no times are kept each file has that of its transfer: of one that is
 * newer than its source, and as large, nothing else can be told.  What a
 * server says of itself is no proof of either: vsftpd may be set up to take no
 * times, others say that they took one and did not.  So the first file in
 * doubt is given another time, which is read back.
 */
#include <stdlib.h>

#include "ftp/files.h"
#include "transfer/mirror_in.h"

enum {
	DAY = 24 * 3600,
	/* Listings may be in local time, and of a day's precision. */
	DOUBT = 14 * 3600 + DAY,
};

/* A time days before, as listings may be coarse: 1 the server takes it. */
static int
try_setting(struct mirror *m, struct session *s, const char *path,
    const struct plan_entry *target, const struct timespec *exact,
    struct err *err)
{
	struct reading got, seen = {
		.by = exact != NULL ? READ_ASKED : READ_LISTED,
		.time = exact != NULL ? *exact : target->mtime,
		.precision = target->precision,
	};
	char *full = mirror_remote(m, path);
	enum time_precision precision;
	time_t set;
	int rc = 0;

	if (exact == NULL && target->precision < PRECISION_SECOND)
		rc = files_time(s, full, &seen.time, &precision, err);
	if (rc == 1)
		seen.by = READ_ASKED;
	set = seen.time.tv_sec - 2 * DAY;
	if (rc >= 0)
		rc = mirror_try_time(m, s, full, set, &seen, &got, err);
	if (rc == 1 && m->setting == SETTING_WORKS)
		mirror_restore_time(s, full, set, &seen, &got);
	free(full);
	return rc == 1 ? m->setting == SETTING_WORKS : rc;
}

/*
 * Whether times are kept that are set: 1, 0, -1.  Where just this file's may
 * not be, that may be so with all.  Without a trial they are believed to be.
 */
static int
keeps_times(struct mirror *m, struct session *s, const char *path,
    const struct plan_entry *target, const struct timespec *exact, bool trial,
    struct err *err)
{
	bool seen, untried;
	int rc = files_sets_times(s, &seen, err);

	if (rc != 1)
		return rc;
	pthread_mutex_lock(&m->times_lock);
	if (m->setting == SETTING_UNTRIED && trial && !m->o->dry_run)
		rc = try_setting(m, s, path, target, exact, err);
	else
		rc = m->setting != SETTING_FAILS;
	untried = m->setting == SETTING_UNTRIED;
	pthread_mutex_unlock(&m->times_lock);
	/* Refused for now; or others were not. */
	if (rc == 0 && untried && (err->code / 100 == 4 || seen))
		rc = files_sets_times(s, &seen, err);
	return rc;
}

/* A listing may be in local time; MDTM hardly ever is. */
static void
make_exact(struct mirror *m, struct session *s, const char *path,
    struct timespec *remote)
{
	char *full = mirror_remote(m, path);
	struct err ignored = ERR_INIT;
	enum time_precision precision;
	struct timespec ts;

	if (files_time(s, full, &ts, &precision, &ignored) == 1)
		*remote = ts;
	free(full);
}

bool
mirror_is_dated(struct mirror *m, struct session *s, const char *path,
    const struct plan_action *a, const struct timespec *exact)
{
	const struct plan_entry *source = a->source, *target = a->target;
	bool kept = session_site(s)->set.preserve_times;
	struct timespec from, to, *remote;
	struct err ignored = ERR_INIT;

	if (target == NULL || target->type != 'f' || m->o->ignore_size ||
	    source->size < 0 || source->size != target->size ||
	    (kept && !m->o->reverse) ||
	    (exact == NULL && (m->o->reverse ? target : source)->precision ==
	    PRECISION_NONE))
		return false;
	from = source->mtime;
	to = target->mtime;
	remote = m->o->reverse ? &to : &from;
	if (exact != NULL)
		*remote = *exact;
	if (to.tv_sec + DOUBT < from.tv_sec || (kept && keeps_times(m, s, path,
	    target, exact, to.tv_sec >= from.tv_sec, &ignored) != 0))
		return false;
	if (exact == NULL && labs(to.tv_sec - from.tv_sec) < DOUBT)
		make_exact(m, s, path, remote);
	return to.tv_sec >= from.tv_sec;
}
