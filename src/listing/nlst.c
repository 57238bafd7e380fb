/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "listing/dialect.h"

int
nlst_line(const char *s, size_t n, const struct tm *latest, struct line *l)
{
	(void)latest;
	line_init(l);
	l->name = (struct span){ s, n };
	return n > 0 ? 0 : -1;
}
