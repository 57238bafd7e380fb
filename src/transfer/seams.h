/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where ranges of one file meet.  Who comes to the end of his range saw what
 * follows, and tells: so a range that another connection brought from the
 * wrong place shows.
 *
 *	seams_add(&seams, end, data, n);
 *	seams_fit(&seams, fd, size)
 *	seams_release(&seams);
 */
#ifndef TRANSFER_SEAMS_H
#define TRANSFER_SEAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct seam;

struct seams {
	struct seam *seam;
	size_t n;
};

/* n bytes that came for position at; the first of them are kept. */
void seams_add(struct seams *s, int64_t at, const void *data, size_t n);
/* Whether the file's first size bytes are what was seen of them. */
bool seams_fit(const struct seams *s, int fd, int64_t size);
void seams_release(struct seams *s);

#endif
