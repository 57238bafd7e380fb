/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What holds for every listing, whatever it was made of. */
#ifndef FUZZ_LISTING_H
#define FUZZ_LISTING_H

#include <assert.h>
#include <string.h>

#include "base/path.h"
#include "listing/parser.h"

static inline void
check_listing(const struct listing *l)
{
	size_t i;

	for (i = 0; i < l->n; i++) {
		const struct entry *e = &l->entry[i];

		assert(path_is_component(e->name));
		assert(i == 0 || strcmp(e[-1].name, e->name) < 0);
		assert(strchr("fdlo?", e->type) != NULL && e->type != '\0');
		assert(e->size >= -1 && e->mode >= -1 && e->mode <= 07777);
		assert(e->mtime.tv_nsec >= 0 && e->mtime.tv_nsec < 1000000000);
		assert(e->precision == PRECISION_NONE ||
		    e->precision >= l->precision);
		assert(listing_find(l, e->name) == e);
	}
	assert(strlen(l->bad_name) < sizeof(l->bad_name));
	assert((l->bad == 0) == (l->bad_name[0] == '\0'));
}

/* Fed in pieces, it gives the same as at once. */
static inline void
fuzz_listing(enum parser_format format, time_t now, const char *s, size_t n,
    size_t piece)
{
	struct listing whole, parts;
	struct err err = ERR_INIT;
	struct parser *p = parser_new(format, now);
	size_t i;
	int rc;

	assert(parser_feed(p, s, n, &err) == 0);
	rc = parser_finish(p, &whole, &err);
	p = parser_new(format, now);
	for (i = 0; i < n; i += piece)
		assert(parser_feed(p, s + i, n - i < piece ? n - i : piece,
		    &err) == 0);
	assert(parser_finish(p, &parts, &err) == rc);
	check_listing(&whole);
	assert(whole.n == parts.n && whole.bad == parts.bad);
	for (i = 0; i < whole.n; i++) {
		assert(strcmp(whole.entry[i].name, parts.entry[i].name) == 0);
		assert(whole.entry[i].order == parts.entry[i].order);
	}
	listing_release(&whole);
	listing_release(&parts);
}

#endif
