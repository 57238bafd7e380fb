/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines of replies, one after the other, and telnet sequences in them. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ftp/reply.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_reply(const struct reply *r, int rc)
{
	struct err err = ERR_INIT;
	char say[100];

	assert(r->code >= 100 && r->code <= 599);
	assert(r->done == (rc == 1));
	assert(r->text.len <= REPLY_TEXT_MAX);
	assert(strlen(r->text.data) == r->text.len);
	reply_say(r, say, sizeof(say));
	assert(strchr(say, '\n') == NULL && strchr(say, '\033') == NULL);
	assert(reply_error(r, &err, "%s", "x") == -1);
	assert(err.code == r->code);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reply r = REPLY_INIT;
	struct err err = ERR_INIT;
	const uint8_t *end = data + size, *nl;
	size_t n;
	char *line;
	int rc = 0;

	for (; data < end && rc >= 0; data = nl < end ? nl + 1 : end) {
		nl = memchr(data, '\n', (size_t)(end - data));
		if (nl == NULL)
			nl = end;
		n = (size_t)(nl - data);
		line = xmalloc(n > 0 ? n : 1);
		memcpy(line, data, n);
		n = reply_strip_telnet(line, n);
		assert(n <= (size_t)(nl - data));
		rc = reply_feed(&r, line, n, &err);
		free(line);
		if (rc >= 0)
			check_reply(&r, rc);
		else
			assert(err.kind == ERR_PROTOCOL &&
			    strchr(err.msg, '\033') == NULL);
	}
	reply_release(&r);
	return 0;
}
