/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A word in quotes gives the word; nothing else matters. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "shell/lex.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *
quote(const char *text)
{
	struct buf b = BUF_INIT(BUF_OWN);

	buf_addc(&b, '\'');
	for (; *text != '\0'; text++) {
		if (*text == '\'')
			buf_adds(&b, "'\\''");
		else
			buf_addc(&b, *text);
	}
	buf_addc(&b, '\'');
	return buf_detach(&b);
}

static void
check_word(const struct word *w)
{
	struct script script = STAILQ_HEAD_INITIALIZER(script);
	struct err err = ERR_INIT;
	const struct line *line;
	char *quoted = quote(w->text);

	assert(strlen(w->pattern) >= strlen(w->text));
	assert(lex_parse(quoted, NULL, &script, &err) == 0);
	line = STAILQ_FIRST(&script);
	assert(line != NULL && line->n == 1 && !line->word[0].glob);
	assert(strcmp(line->word[0].text, w->text) == 0);
	lex_release(&script);
	free(quoted);
}

/* Where a line that is being typed ends lies in it, whatever it is. */
static void
check_cursor(const char *text)
{
	struct lex_cursor c;
	size_t i;

	lex_cursor(text, &c);
	assert(c.start <= strlen(text) && c.word != NULL && c.line != NULL);
	assert(strlen(c.word) <= strlen(text) - c.start);
	assert(c.place == LEX_COMMAND || c.place == LEX_FILE || c.quote == 0 ||
	    c.place == LEX_NOWHERE);
	for (i = 0; i < c.line->n; i++)
		check_word(&c.line->word[i]);
	lex_cursor_release(&c);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct script script = STAILQ_HEAD_INITIALIZER(script);
	char *text = xstrndup((const char *)data, size);
	const struct line *line;
	struct err err = ERR_INIT;
	size_t i;
	int rc;

	check_cursor(text);
	rc = lex_parse(text, "f", &script, &err);
	assert(rc == 0 || (err.kind == ERR_USAGE && err.msg[0] != '\0'));
	STAILQ_FOREACH(line, &script, link) {
		assert((line->n > 0) != (line->shell != NULL));
		for (i = 0; i < line->n; i++)
			check_word(&line->word[i]);
	}
	lex_release(&script);
	lex_words(&text, 1, false, &script);
	check_word(&STAILQ_FIRST(&script)->word[0]);
	lex_release(&script);
	free(text);
	return 0;
}
