/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files of the server as people look at them: in pieces, escaped. */
#ifndef SHELL_VIEW_H
#define SHELL_VIEW_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/err.h"
#include "ftp/session.h"

/* 0 to go on, 1 to stop (which is no failure), -1. */
typedef int (*view_fn)(void *ctx, const char *data, size_t n,
    struct err *err);

/*
 * Calls take with what the file holds from offset on.  0, or -1; what was
 * taken cannot be taken back, so only the beginning is tried again.
 */
int view_file(struct session *s, const char *path, int64_t offset,
    view_fn take, void *ctx, struct err *err);

/*
 * Text on its way to a terminal, escaped but for its line ends and tabs.
 *
 *	struct screen scr = SCREEN_INIT(fp);
 *	screen_take(&scr, data, n, &err);	as a view_fn
 *	screen_finish(&scr);
 */
struct screen {
	FILE *fp;
	struct buf line;	/* one not yet ended */
};

#define SCREEN_INIT(fp_) { .fp = (fp_), .line = BUF_INIT(BUF_OWN) }

int screen_take(void *screen, const char *data, size_t n, struct err *err);
void screen_finish(struct screen *scr);

#endif
