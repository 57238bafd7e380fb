/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Text on its way to a terminal, escaped but for its line ends and tabs.
 *
 *	struct screen scr = SCREEN_INIT(fp);
 *	screen_take(&scr, data, n, &err);	as a view_fn (view.h)
 *	screen_finish(&scr);
 */
#ifndef SHELL_SCREEN_H
#define SHELL_SCREEN_H

#include <stddef.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/err.h"

struct screen {
	FILE *fp;
	struct buf line;	/* one not yet ended */
};

#define SCREEN_INIT(fp_) { .fp = (fp_), .line = BUF_INIT(BUF_OWN) }

int screen_take(void *screen, const char *data, size_t n, struct err *err);
void screen_finish(struct screen *scr);

#endif
