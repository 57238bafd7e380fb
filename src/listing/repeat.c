/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "listing/repeat.h"

#include <string.h>

enum {
	REPEATS_MAX = 500,	/* in a run */
	LEVELS_MAX = 50,	/* below each other */
	LIKE_ABOVE = 2,		/* of the levels */
};

static uint64_t
mix(uint64_t h, uint64_t v)
{
	h = (h ^ v) * 0x9e3779b97f4a7c15U;
	return h ^ h >> 29;
}

/* 0: it has less than two directories, and so does not multiply. */
static uint64_t
sum_of(const struct listing *l)
{
	uint64_t h = l->n;
	const struct entry *e;
	size_t i, dirs = 0;

	for (i = 0; i < l->n; i++) {
		e = &l->entry[i];
		dirs += e->type == 'd';
		h = mix(h, listing_name_sum(e->name));
		h = mix(h, (uint64_t)e->type);
		h = mix(h, (uint64_t)e->size);
		h = mix(h, (uint64_t)e->mtime.tv_sec);
		h = mix(h, (uint64_t)e->mtime.tv_nsec);
		h = mix(h, e->unique);
	}
	return dirs < 2 ? 0 : h;
}

bool
repeat_note(struct repeats *r, struct lineage *line, const struct listing *l)
{
	uint64_t sum = sum_of(l);
	size_t i, like = 0;

	for (i = 0; i < REPEAT_LEVELS; i++)
		like += sum != 0 && line->sum[i] == sum;
	memmove(line->sum + 1, line->sum, sizeof(line->sum) -
	    sizeof(line->sum[0]));
	line->sum[0] = sum;
	r->n += like >= LIKE_ABOVE;
	line->like += like >= LIKE_ABOVE;
	return r->n > REPEATS_MAX || line->like > LEVELS_MAX;
}

int
repeat_error(struct err *err)
{
	return err_set(err, ERR_PROTOCOL, "the server shows the same in each "
	    "directory, without an end: a link leads back, or other "
	    "directories are listed than were asked for; leave it out");
}
