/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "shell/candidates.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void
candidates_add(struct candidates *c, const char *word, const char *about)
{
	if (strncmp(word, c->prefix, strlen(c->prefix)) != 0)
		return;
	strvec_add(&c->word, word);
	strvec_add(&c->about, about != NULL ? about : "");
}

void
candidates_put_back(struct candidates *c, const char *whole)
{
	size_t n = strlen(whole) - strlen(c->prefix), i;
	char *word;

	for (i = 0; i < c->word.n; i++) {
		word = xasprintf("%.*s%s", (int)n, whole, c->word.v[i]);
		free(c->word.v[i]);
		c->word.v[i] = word;
	}
	c->prefix = whole;
}

void
candidates_release(struct candidates *c)
{
	strvec_release(&c->word);
	strvec_release(&c->about);
}
