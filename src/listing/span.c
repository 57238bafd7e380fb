/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "listing/span.h"

#include "base/parse.h"

bool
span_digit_at(struct span w, size_t i)
{
	return i < w.n && w.s[i] >= '0' && w.s[i] <= '9';
}

int
span_number(struct span w, int min, int max, int *out)
{
	uint64_t v;

	if (parse_u64n(w.s, w.n, (uint64_t)max, &v) != 0 || v < (uint64_t)min)
		return -1;
	*out = (int)v;
	return 0;
}

int64_t
span_size(struct span w)
{
	uint64_t v;

	return parse_u64n(w.s, w.n, INT64_MAX, &v) == 0 ? (int64_t)v : -1;
}

uint64_t
span_sum(struct span w)
{
	uint64_t h = 0xcbf29ce484222325;

	/* FNV-1a */
	while (w.n-- > 0)
		h = (h ^ (unsigned char)*w.s++) * 0x100000001b3;
	return h | 1;
}
