/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "net/known.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* No file makes a server both known and new, or an unknown key known. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char pin[] =
	    "sha256//AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
	struct err err = ERR_INIT;
	bool is_new = false;
	FILE *fp;
	int rc;

	if (size == 0)
		return 0;
	fp = fmemopen((void *)data, size, "r");
	assert(fp != NULL);
	rc = known_find(fp, "/known", "nas.example:21", pin, &is_new, &err);
	assert(rc == 0 || err.kind == ERR_TRUST);
	assert(rc != 0 || is_new || memmem(data, size, "BgcICQoL", 8) != NULL ||
	    memmem(data, size, "06", 2) != NULL);
	fclose(fp);
	return 0;
}
