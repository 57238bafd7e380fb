/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "transfer/split.h"

#include <string.h>

enum {
	SHARE_MIN = 64 * 1024,		/* what is worth its own transfer */
	FIRST_FLIGHT = 10 * 1460,	/* of a connection (RFC 6928) */
};

void
split_begin(struct split *sp, int64_t size, int n)
{
	int64_t each = size / n;
	int i;

	memset(sp, 0, sizeof(*sp));
	sp->n = n;
	sp->left = size;
	for (i = 0; i < n; i++) {
		sp->range[i].start = sp->range[i].at = each * i;
		sp->range[i].end = i < n - 1 ? each * (i + 1) : size;
	}
}

struct range *
split_untaken(struct split *sp, bool first)
{
	struct range *r;
	int i;

	for (i = 0; i < sp->n; i++) {
		r = &sp->range[first ? i : sp->n - 1 - i];
		if (!r->taken) {
			r->taken = true;
			return r;
		}
	}
	return NULL;
}

/*
 * What the commands of a transfer, and then TCP's slow start up to a rate,
 * take away from it.  Three round trips are known; the first bytes come with
 * the fourth.
 */
static double
setup_for(const struct split *sp, double rate)
{
	double trip = (double)sp->setup_ms / 3, ms = 4 * trip;
	double flight = 2 * FIRST_FLIGHT;

	for (; flight < rate * trip; flight *= 2)
		ms += trip;
	return ms;
}

/* Of all that has come and of what came last, the better: TCP speeds up. */
static double
rate_so_far(const struct range *r, int64_t now)
{
	double bytes = (double)(r->at - r->start + 1), all;

	all = bytes / (double)(now - r->since_ms + 1);
	return r->last > all ? r->last : all;
}

/* It may have only begun to speed up. */
static bool
is_young(const struct split *sp, const struct range *r, int64_t now)
{
	return r->since_ms == 0 || now - r->since_ms < 3 * sp->setup_ms;
}

/* The mean of what is under way and has shown how fast it is; or 0. */
static double
rate_mean(const struct split *sp, int64_t now)
{
	double sum = 0;
	int i, n = 0;

	for (i = 0; i < sp->n; i++) {
		if (is_young(sp, &sp->range[i], now) ||
		    sp->range[i].at == sp->range[i].end)
			continue;
		sum += rate_so_far(&sp->range[i], now);
		n++;
	}
	return n > 0 ? sum / n : 0;
}

static double
rate_of(const struct split *sp, const struct range *r, double mean,
    int64_t now)
{
	return is_young(sp, r, now) ? mean : rate_so_far(r, now);
}

static struct range *
longest(struct split *sp, double mean, int64_t now)
{
	struct range *r, *found = NULL;
	double ms, most = 0;
	int i;

	for (i = 0; i < sp->n; i++) {
		r = &sp->range[i];
		ms = (double)(r->end - r->at) / rate_of(sp, r, mean, now);
		if (ms > most) {
			found = r;
			most = ms;
		}
	}
	return found;
}

/*
 * How much of a range that comes at a rate to give to one who will have the
 * mean, so that both end together.  0: not worth it.
 */
static int64_t
share_of(const struct split *sp, const struct range *r, double rate,
    double mean)
{
	double left = (double)(r->end - r->at), setup = setup_for(sp, mean);
	double share;

	share = left - rate * (setup * mean + left) / (rate + mean);
	if (share < SHARE_MIN || share < rate * setup / 2)
		return 0;
	return (int64_t)share;
}

struct range *
split_longest(struct split *sp, int64_t now)
{
	int64_t share;
	double mean = rate_mean(sp, now);
	struct range *r, *from;

	if (mean == 0 || sp->n == SPLIT_MAX)
		return NULL;
	from = longest(sp, mean, now);
	share = share_of(sp, from, rate_of(sp, from, mean, now), mean);
	if (share == 0)
		return NULL;
	r = &sp->range[sp->n++];
	r->end = from->end;
	r->start = r->at = from->end = from->end - share;
	r->taken = true;
	return r;
}

void
split_absorb(struct split *sp, struct range *r, size_t n)
{
	struct range *next;
	int i;

	for (i = 0; r->end - r->at <= (int64_t)n && i < sp->n; i++) {
		next = &sp->range[i];
		if (next->taken || next->start != r->end)
			continue;
		next->taken = true;
		r->end = next->end;
		next->start = next->at = next->end;
		i = -1;
	}
}

bool
split_give_back(struct split *sp, struct range *r)
{
	struct range *rest;

	if (sp->n == SPLIT_MAX)
		return false;
	rest = &sp->range[sp->n++];
	*rest = (struct range){ .start = r->at, .at = r->at, .end = r->end };
	r->end = r->at;
	return true;
}

static void
set_mark(const struct split *sp, struct range *r, int64_t now)
{
	int64_t ms = now - r->mark_ms;

	if (r->since_ms == 0)
		r->since_ms = now;
	else if (ms <= sp->setup_ms)
		return;
	else
		r->last = (double)(r->at - r->mark) / (double)ms;
	r->mark = r->at;
	r->mark_ms = now;
}

int64_t
split_came(struct split *sp, struct range *r, size_t n, int64_t now)
{
	int64_t counted = (int64_t)n;

	if (counted > r->end - r->at)
		counted = r->end - r->at;
	r->at += counted;
	sp->left -= counted;
	set_mark(sp, r, now);
	return counted;
}

void
split_note_setup(struct split *sp, int64_t ms)
{
	sp->setup_ms = sp->setup_ms == 0 ? ms + 1 : (sp->setup_ms + ms + 1) / 2;
}

int64_t
split_contiguous(const struct split *sp)
{
	const struct range *r;
	int64_t at = 0;
	int i;

	for (i = 0; i < sp->n; i++) {
		r = &sp->range[i];
		if (r->start != at || r->at == r->start)
			continue;
		at = r->at;
		if (r->at < r->end)
			break;
		i = -1;
	}
	return at;
}
