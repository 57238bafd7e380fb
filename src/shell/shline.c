/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "shell/shline.h"

#include <string.h>

/* `...`, $(...), ${...}, $'...' and $"...", in which sh reads twice. */
static bool
is_expanded(const char *p)
{
	return *p == '`' ||
	    (*p == '$' && p[1] != '\0' && strchr("({'\"", p[1]) != NULL);
}

/* A byte that is quoted; returns how many were taken. */
static size_t
take_quoted(struct shline *l, const char *p)
{
	if (*p == l->quote) {
		l->quote = 0;
		return 1;
	}
	if (l->quote == '"' && p[0] == '\\' && p[1] != '\0' &&
	    strchr("\"\\$`", p[1]) != NULL) {
		buf_addc(&l->word, p[1]);
		return 2;
	}
	buf_addc(&l->word, *p);
	return 1;
}

static size_t
take_plain(struct shline *l, const char *p, const char *breaks,
    size_t *opened)
{
	if (*p == '\'' || *p == '"') {
		l->quote = *p;
		*opened = l->word.len;
		return 1;
	}
	if (*p != '\\') {
		/* readline replaces an @, too: it would complete hosts. */
		if (*p == '@' && strchr(breaks, *p) != NULL)
			l->kept = l->word.len;
		buf_addc(&l->word, *p);
		if (*p != '@' && strchr(breaks, *p) != NULL)
			l->kept = l->word.len;
		return 1;
	}
	if (p[1] == '\0')
		return 1;
	buf_addc(&l->word, p[1]);
	return 2;
}

/* At a blank or an operator. */
static void
end_word(struct shline *l, bool in_word, char c)
{
	if (strchr("\n;&|", c) != NULL)
		strvec_release(&l->before);
	else if (in_word)
		strvec_add(&l->before, l->word.data);
	buf_clear(&l->word);
	l->kept = 0;
}

bool
shline_read(struct shline *l, const char *text, size_t start,
    const char *breaks)
{
	size_t at = start, opened = 0;
	bool in_word = false;

	*l = (struct shline){ .word = BUF_INIT(BUF_OWN), .start = start };
	while (text[at] != '\0') {
		if (l->quote != '\'' && is_expanded(text + at))
			return false;
		if (l->quote != 0) {
			at += take_quoted(l, text + at);
		} else if (strchr(" \t\r\n;&|<>", text[at]) != NULL) {
			end_word(l, in_word, text[at++]);
			in_word = false;
		} else {
			if (!in_word)
				l->start = at;
			in_word = true;
			at += take_plain(l, text + at, breaks, &opened);
		}
	}
	if (!in_word)
		l->start = at;
	if (l->quote != 0)
		l->kept = opened;
	return true;
}

void
shline_release(struct shline *l)
{
	strvec_release(&l->before);
	buf_release(&l->word);
}
