/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ftp/space.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/parse.h"
#include "ftp/session_in.h"

/* "213 12345", also with words behind the number: 0 or -1. */
static int
bytes_in(const struct reply *r, int64_t *bytes)
{
	const char *text = r->text.data;
	size_t n = strspn(text, "0123456789");
	uint64_t value;

	if (r->code != 213 || (text[n] != '\0' && text[n] != ' ') ||
	    parse_u64n(text, n, INT64_MAX, &value) != 0)
		return -1;
	*bytes = (int64_t)value;
	return 0;
}

/* Whether a command is not there, and not just refused for this path. */
static bool
is_unknown(const struct reply *r)
{
	return reply_class(r->code) == 5 && r->code != 550;
}

static int
ask_site(struct session *s, const char *full, char **words, struct err *err)
{
	struct reply *r;

	if (session_command(s, &r, NULL, err, "SITE DF", full) != 0)
		return -1;
	if (reply_class(r->code) != 2)
		return is_unknown(r) ? 0 : reply_error(r, err, "%s", full);
	*words = xstrdup(r->text.data);
	return 2;
}

int
space_left(struct session *s, const char *path, int64_t *bytes, char **words,
    struct err *err)
{
	char *full = session_full(s, path, err);
	struct reply *r;
	int rc;

	*words = NULL;
	if (full == NULL)
		return -1;
	rc = session_command(s, &r, NULL, err, "AVBL", full);
	if (rc == 0) {
		if (bytes_in(r, bytes) == 0)
			rc = 1;
		else if (reply_class(r->code) != 2 && !is_unknown(r))
			rc = reply_error(r, err, "%s", path);
		else
			rc = ask_site(s, full, words, err);
	}
	free(full);
	return rc;
}
