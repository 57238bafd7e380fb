/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ftp/zone.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/path.h"
#include "ftp/conn.h"
#include "ftp/files.h"

enum {
	MINUTE = 60,
	QUARTER = 15 * MINUTE,
	FARTHEST = 26 * 60 * MINUTE,	/* between two zones of the earth */
	SAMPLES_MAX = 8,
};

/* A file whose time is asked for: one a month, for summer and winter. */
struct sample {
	int year, month;
	char *path;
	time_t listed;
	time_t offset;
	bool good;
};

struct samples {
	struct sample v[SAMPLES_MAX];
	size_t n;
};

bool
zone_apart(time_t listed, time_t utc, time_t *offset)
{
	/* LIST leaves the seconds out: half a minute on the average. */
	time_t d = listed - utc + MINUTE / 2, half = QUARTER / 2, rest;

	*offset = (d >= 0 ? d + half : d - half) / QUARTER * QUARTER;
	rest = d - *offset;
	return labs(rest) <= MINUTE && labs(*offset) <= FARTHEST;
}

static bool
has_clock(const struct entry *e)
{
	return e->precision == PRECISION_MINUTE && !e->utc;
}

/* Takes a file of a month of which there is none yet. */
static void
sample_add(struct samples *s, const char *dir, const struct entry *e)
{
	struct err ignored = ERR_INIT;
	struct sample *new = &s->v[s->n];
	struct tm tm;
	size_t i;

	if (e->type != 'f' || !has_clock(e) || s->n == SAMPLES_MAX ||
	    gmtime_r(&e->mtime.tv_sec, &tm) == NULL)
		return;
	for (i = 0; i < s->n; i++)
		if (s->v[i].year == tm.tm_year && s->v[i].month == tm.tm_mon)
			return;
	*new = (struct sample){ .year = tm.tm_year, .month = tm.tm_mon,
		.listed = e->mtime.tv_sec, .path = path_join(dir, e->name) };
	if (control_check(new->path, &ignored) == 0)
		s->n++;
	else
		free(new->path);
}

static int
samples_ask(struct samples *x, struct session *s, struct err *err)
{
	const char *path[SAMPLES_MAX];
	struct timespec ts[SAMPLES_MAX];
	bool known[SAMPLES_MAX];
	size_t i;

	for (i = 0; i < x->n; i++)
		path[i] = x->v[i].path;
	if (files_times(s, path, x->n, ts, known, err) != 0)
		return -1;
	for (i = 0; i < x->n; i++)
		x->v[i].good = known[i] && zone_apart(x->v[i].listed,
		    ts[i].tv_sec, &x->v[i].offset);
	return 0;
}

/* The sample that is nearest in time, or NULL. */
static const struct sample *
samples_nearest(const struct samples *x, time_t t)
{
	const struct sample *best = NULL;
	size_t i;

	for (i = 0; i < x->n; i++)
		if (x->v[i].good && (best == NULL || labs(x->v[i].listed - t) <
		    labs(best->listed - t)))
			best = &x->v[i];
	return best;
}

static void
settle_times(struct listing *l, const struct samples *x)
{
	const struct sample *near;
	size_t i;

	for (i = 0; i < l->n; i++) {
		if (!has_clock(&l->entry[i]))
			continue;
		near = samples_nearest(x, l->entry[i].mtime.tv_sec);
		if (near == NULL)
			continue;
		l->entry[i].mtime.tv_sec -= near->offset;
		l->entry[i].utc = true;
	}
}

int
zone_settle(struct session *s, const char *path, struct listing *l,
    struct err *err)
{
	char *full = session_path(s, path);
	struct samples x = { .n = 0 };
	size_t i;
	int rc = 0;

	for (i = 0; i < l->n; i++)
		sample_add(&x, full, &l->entry[i]);
	if (x.n > 0)
		rc = samples_ask(&x, s, err);
	if (rc == 0)
		settle_times(l, &x);
	for (i = 0; i < x.n; i++)
		free(x.v[i].path);
	free(full);
	return rc;
}
