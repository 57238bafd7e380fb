/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "doctor/listings.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "doctor/entry.h"
#include "doctor/fetch.h"
#include "doctor/finding.h"
#include "ftp/control.h"

enum {
	MINUTE = 60,
	QUARTER = 15 * 60,	/* what zones differ by */
	AHEAD_S = 2 * MINUTE,
	NAME_SHOWN = 128,
	ASKED_MAX = 8,		/* MDTM of so many files */
};

static void
tell_size(struct exam *x, const char *verb, const struct fetched *f)
{
	char size[16];
	int64_t ms = f->ms > 0 ? f->ms : 1;

	finding_ok(x, verb, "%zu entr%s in %lld ms (%s/s)", f->listing.n,
	    f->listing.n == 1 ? "y" : "ies", (long long)f->ms,
	    text_size(size, sizeof(size), (uint64_t)(f->bytes * 1000 / ms)));
}

static void
tell_end(struct exam *x, const struct visit *v, const struct fetched *f)
{
	if (v->c->peer == NULL)
		return;
	if (f->bare)
		finding_bad(x, &(struct finding){ DOCTOR_WARN, "close_notify",
		    NULL, WISHES }, "listings end without it: one that was "
		    "cut short looks like a whole one, so that mirrors refuse "
		    "them");
	else
		finding_ok(x, "close_notify", "listings end with it");
}

/* 0, or -1 and told. */
static int
fetch_timed(struct exam *x, struct visit *v, const char *verb,
    struct fetched *f)
{
	const struct settings *set = x->suits;
	struct err err = ERR_INIT;

	memset(f, 0, sizeof(*f));
	if (entry_again(x, v, &err) == 0 && fetch_listing(v->c, verb,
	    set->mode, set->passive_command, f, &err) == 0)
		return 0;
	finding_bad(x, &(struct finding){ DOCTOR_WARN, verb, NULL, WISHES },
	    "%s", err.msg);
	return -1;
}

/* MDTM of one entry: 0 or -1. */
static int
ask_time(struct visit *v, const char *name, struct timespec *ts)
{
	struct err err = ERR_INIT;
	struct reply *r;
	bool sub;

	return control_send_path(v->c->control, &err, "MDTM", name) == 0 &&
	    control_reply(v->c->control, conn_soon(v->c), &r, &err) == 0 &&
	    reply_mdtm(r, ts, &sub) == 0 ? 0 : -1;
}

/* One whose time LIST tells to the minute, and another command exactly. */
static const struct entry *
find_dated(struct visit *v, const struct listing *list,
    const struct listing *facts, struct timespec *exact)
{
	const struct entry *e, *same;
	size_t i, asked = 0;

	for (i = 0; i < list->n; i++) {
		e = &list->entry[i];
		if (e->precision != PRECISION_MINUTE || e->type != 'f')
			continue;
		same = listing_find(facts, e->name);
		if (same != NULL && same->precision >= PRECISION_SECOND) {
			*exact = same->mtime;
			return e;
		}
		if (asked++ < ASKED_MAX && ask_time(v, e->name, exact) == 0)
			return e;
	}
	return NULL;
}

static void
tell_zone(struct exam *x, struct visit *v, const struct listing *list,
    const struct listing *facts)
{
	struct timespec exact = { 0 };
	const struct entry *e = find_dated(v, list, facts, &exact);
	long long off;

	if (e == NULL) {
		finding_untested(x, "zone", "no file is there whose time is "
		    "told twice");
		return;
	}
	off = (long long)(e->mtime.tv_sec - exact.tv_sec);
	off = (off + (off < 0 ? -QUARTER / 2 : QUARTER / 2)) / QUARTER *
	    (QUARTER / MINUTE);
	if (off == 0)
		finding_ok(x, "zone", "LIST tells times in UTC");
	else
		finding_bad(x, &(struct finding){ DOCTOR_WARN, "zone", NULL,
		    WISH_UTC }, "LIST tells times %c%lld:%02lld from UTC; "
		    "MLSD and MDTM are right", off < 0 ? '-' : '+',
		    llabs(off) / MINUTE, llabs(off) % MINUTE);
}

/* Only times that are told in UTC prove anything. */
static void
tell_future(struct exam *x, const struct listing *facts)
{
	time_t now = clock_now().tv_sec;
	const struct entry *e, *worst = NULL;
	char name[NAME_SHOWN];
	size_t i;

	for (i = 0; i < facts->n; i++) {
		e = &facts->entry[i];
		if (e->precision >= PRECISION_SECOND &&
		    e->mtime.tv_sec > now + AHEAD_S &&
		    (worst == NULL || e->mtime.tv_sec > worst->mtime.tv_sec))
			worst = e;
	}
	if (worst == NULL)
		finding_ok(x, "clock", "no time lies in the future");
	else
		finding_bad(x, &(struct finding){ DOCTOR_WARN, "clock", NULL,
		    WISHES }, "%s is %lld minutes ahead of us: the server's "
		    "clock, or ours, is wrong", text_escape_to(name,
		    sizeof(name), worst->name),
		    (long long)(worst->mtime.tv_sec - now) / MINUTE);
}

void
listings_examine(struct exam *x, struct visit *v)
{
	struct fetched list = { 0 }, facts = { 0 };
	struct err err = ERR_INIT;
	bool mlsd, dated;

	if (entry_again(x, v, &err) != 0)
		return;
	mlsd = server_has(x->server, TRAIT_MLSD);
	if (mlsd && fetch_timed(x, v, "MLSD", &facts) == 0)
		tell_size(x, "MLSD", &facts);
	dated = fetch_timed(x, v, "LIST", &list) == 0;
	if (dated) {
		tell_size(x, "LIST", &list);
		tell_end(x, v, mlsd ? &facts : &list);
		tell_zone(x, v, &list.listing, &facts.listing);
	}
	if (facts.listing.n > 0)
		tell_future(x, &facts.listing);
	fetch_release(&list);
	fetch_release(&facts);
}
