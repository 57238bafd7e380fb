/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A line that sh will read, up to the cursor: its words, quotes removed.
 * Pure.
 *
 *	if (shline_read(&l, text, 0, ""))
 *		...
 *	shline_release(&l);		in any case
 */
#ifndef SHELL_SHLINE_H
#define SHELL_SHLINE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/strvec.h"

struct shline {
	struct strvec before;	/* the words of this command before the last */
	struct buf word;	/* that at the cursor, or "" */
	size_t start;		/* where it begins in the text */
	size_t kept;		/* of word: up to the last break in it */
	char quote;		/* still open: ' or ", else 0 */
};

/*
 * Reads text from start on.  A break is an unquoted character of breaks, or
 * the quote that is still open: where readline begins what it replaces.
 * False if sh expands something in it ($(...), `...`): what its words are is
 * not known then.
 */
bool shline_read(struct shline *l, const char *text, size_t start,
    const char *breaks);
void shline_release(struct shline *l);

#endif
