/* SPDX-License-Identifier: GPL-3.0-or-later */
/* MLSD, and the same text as one line of MLST; a byte for the pieces first. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/mem.h"
#include "listing.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data + 1;
	struct err err = ERR_INIT;
	struct listing l;
	char *line;

	if (size < 1)
		return 0;
	fuzz_listing(PARSER_MLSD, 0, text, size - 1, data[0] + 1u);
	line = xstrndup(text, size - 1);
	if (parser_mlst(line, &l, &err) == 0)
		assert(l.n == 1 && l.entry[0].name[0] != '\0');
	else
		assert(l.n == 0 && err.kind == ERR_PROTOCOL);
	listing_release(&l);
	free(line);
	return 0;
}
