/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A SITE: what is accepted holds the promises of url.h. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "config/url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_part(const char *s)
{
	assert(s == NULL || strpbrk(s, "\r\n") == NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = xstrndup((const char *)data, size);
	struct err err = ERR_INIT;
	struct url u;
	size_t length = strlen(text);
	bool password = false;

	if (url_parse(text, &u, &err) == 0) {
		assert(url_is_host(u.host));
		assert(u.port >= 0 && u.port <= 65535);
		check_part(u.user);
		check_part(u.password.text);
		check_part(u.dir);
		password = u.password.text != NULL;
	} else
		assert(err.kind == ERR_USAGE);
	assert(url_wipe_password(text) || !password);
	assert(strlen(text) == length);
	url_release(&u);
	free(text);
	return 0;
}
