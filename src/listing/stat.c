/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "listing/stat.h"

#include <string.h>

#include "listing/admits.h"
#include "listing/parser.h"

enum {
	/* "." and "..": where there are more, ls was made to go deeper. */
	SELVES = 2,
	/* "drwxr-xr-x" */
	MODE_LETTERS = 10,
};

/* Whether a line says that there is more; said: the words of the first. */
static bool
admits(const char *line, size_t n, char said[GAP_WORDS])
{
	char now[GAP_WORDS];

	/* An entry, whatever it is called. */
	if (strspn(line, "-bcdlpsDrwxStT") >= MODE_LETTERS)
		return false;
	if (!admits_line(line, n, now, sizeof(now)))
		return false;
	if (said[0] == '\0')
		strlcpy(said, now, GAP_WORDS);
	return true;
}

/* All lines but the first and the last, which are the server's words. */
static int
feed_lines(struct parser *p, const char *text, char said[GAP_WORDS],
    struct err *err)
{
	const char *line = strchr(text, '\n'), *end;

	admits(text, strcspn(text, "\n"), said);
	for (; line != NULL && (end = strchr(line + 1, '\n')) != NULL;
	    line = end) {
		line += line[1] == ' ' ? 2 : 1;
		if (admits(line, (size_t)(end - line), said))
			continue;
		if (parser_feed(p, line, (size_t)(end - line), err) != 0 ||
		    parser_feed(p, "\r\n", 2, err) != 0)
			return -1;
	}
	if (line != NULL)
		admits(line + 1, strlen(line + 1), said);
	return 0;
}

int
stat_parse(const char *text, time_t now, struct listing *out, struct err *err)
{
	struct parser *p = parser_new(PARSER_LIST, now);
	char said[GAP_WORDS] = "";

	memset(out, 0, sizeof(*out));
	if (feed_lines(p, text, said, err) != 0) {
		parser_free(p);
		return -1;
	}
	if (parser_finish(p, out, err) != 0)
		return -1;
	if (said[0] != '\0') {
		out->gap = GAP_SAID;
		strlcpy(out->said, said, sizeof(out->said));
	}
	if (out->self == 0)
		return err_set(err, ERR_REFUSED, "no such directory");
	if (out->self > SELVES)
		return err_set(err, ERR_REFUSED, "a listing of several "
		    "directories");
	return 0;
}
