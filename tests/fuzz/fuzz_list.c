/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * LIST and NLST.  The first byte gives the size of the pieces, the second the
 * time of year.
 */
#include <stddef.h>
#include <stdint.h>

#include "listing.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data + 2;
	time_t now;

	if (size < 2)
		return 0;
	now = 1795181040 + (time_t)data[1] * 1000000;
	fuzz_listing(PARSER_LIST, now, text, size - 2, data[0] + 1u);
	fuzz_listing(PARSER_NLST, now, text, size - 2, data[0] + 1u);
	return 0;
}
