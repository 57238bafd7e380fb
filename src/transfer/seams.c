/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "transfer/seams.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

enum { SEAM_MAX = 16 * 1024 };

struct seam {
	int64_t at;
	size_t n;
	char data[SEAM_MAX];
};

void
seams_add(struct seams *s, int64_t at, const void *data, size_t n)
{
	struct seam *seam;

	s->seam = xreallocarray(s->seam, s->n + 1, sizeof(*s->seam));
	seam = &s->seam[s->n++];
	seam->at = at;
	seam->n = n < SEAM_MAX ? n : SEAM_MAX;
	memcpy(seam->data, data, seam->n);
}

static bool
fits(const struct seam *seam, int fd, int64_t size)
{
	char there[SEAM_MAX];
	size_t n = seam->n;

	if (seam->at >= size)
		return true;
	if ((int64_t)n > size - seam->at)
		n = (size_t)(size - seam->at);
	return pread(fd, there, n, seam->at) == (ssize_t)n &&
	    memcmp(there, seam->data, n) == 0;
}

bool
seams_fit(const struct seams *s, int fd, int64_t size)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		if (!fits(&s->seam[i], fd, size))
			return false;
	return true;
}

void
seams_release(struct seams *s)
{
	free(s->seam);
}
