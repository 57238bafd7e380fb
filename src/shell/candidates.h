/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the word at the cursor can become, as it is gathered: unquoted. */
#ifndef SHELL_CANDIDATES_H
#define SHELL_CANDIDATES_H

#include "base/strvec.h"

struct candidates {
	const char *prefix;	/* what each has to begin with; borrowed */
	struct strvec word;
	struct strvec about;	/* a line of help for each; "": none */
};

/* Adds a word if it begins with the prefix; about may be NULL. */
void candidates_add(struct candidates *c, const char *word,
    const char *about);
/*
 * The prefix was the end of whole: it is whole from now on, and what stands
 * before that end stands before each word, too.
 */
void candidates_put_back(struct candidates *c, const char *whole);
void candidates_release(struct candidates *c);

#endif
