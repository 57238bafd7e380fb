/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "listing/line.h"

#include <string.h>

int
line_mode(struct span w)
{
	int mode = 0;
	size_t i;

	/* pyftpdlib writes it as Python does. */
	if (w.n > 2 && w.s[0] == '0' && w.s[1] == 'o') {
		w.s += 2;
		w.n -= 2;
	}
	if (w.n == 0 || w.n > 7)
		return -1;
	for (i = 0; i < w.n; i++) {
		if (w.s[i] < '0' || w.s[i] > '7')
			return -1;
		mode = mode * 8 + w.s[i] - '0';
	}
	/* Servers also send the file type's bits. */
	return mode & 07777;
}

void
line_init(struct line *l)
{
	memset(l, 0, sizeof(*l));
	l->type = '?';
	l->size = -1;
	l->mode = -1;
}

void
line_set_time(struct line *l, struct tm tm, enum time_precision precision)
{
	int day = tm.tm_mday;
	time_t t = timegm(&tm);

	if (tm.tm_mday != day)
		return;
	l->mtime.tv_sec = t;
	l->precision = precision;
}
