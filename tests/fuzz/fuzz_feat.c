/* SPDX-License-Identifier: GPL-3.0-or-later */
/* FEAT: any text. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ftp/feat.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = xstrndup((const char *)data, size);
	struct feat f = { 0 }, again = { 0 };

	feat_parse(&f, text);
	assert(f.known);
	assert((f.facts_on & ~f.facts) == 0);
	assert(f.facts == 0 || (f.flags & FEAT_MLST));
	assert(f.hashes == 0 || (f.flags & FEAT_HASH));
	assert(strchr(f.lines.data, '\033') == NULL);
	/* What is shown is a FEAT reply again. */
	feat_parse(&again, f.lines.data);
	assert((again.flags & ~f.flags) == 0);
	feat_release(&again);
	feat_release(&f);
	free(text);
	return 0;
}
