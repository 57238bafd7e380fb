/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "shell/lex.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

static const char blanks[] = " \t\r";
static const char globs[] = "*?[]\\";
/* What ends a word that is not quoted. */
static const char breaks[] = " \t\r\n;&|<>";

struct lexer {
	const char *p;
	const char *file;
	int number;
	struct script *script;
	struct line *line;	/* being read */
	enum lex_join join;	/* of the next line */
	const char *pending;	/* operator that wants one, or NULL */
	/* for a line that is being typed, else NULL */
	struct lex_cursor *cursor;
	const char *text;	/* its beginning */
	struct err *err;
};

/* A word being put together. */
struct piece {
	struct buf text, pattern;
	bool glob, quoted;
};

static int __attribute__((format(printf, 2, 3)))
syntax_error(struct lexer *lx, const char *fmt, ...)
{
	va_list ap;
	char *what;

	va_start(ap, fmt);
	what = xvasprintf(fmt, ap);
	va_end(ap);
	err_set(lx->err, ERR_USAGE, "%s", what);
	free(what);
	if (lx->file != NULL)
		err_prefix(lx->err, "%s:%d", lx->file, lx->number);
	return -1;
}

/* Bytes. */

static void
piece_add(struct piece *w, char c, bool quoted)
{
	bool special = strchr(globs, c) != NULL;

	buf_addc(&w->text, c);
	if (special && quoted)
		buf_addc(&w->pattern, '\\');
	buf_addc(&w->pattern, c);
	if (special && !quoted && c != ']')
		w->glob = true;
}

static struct word
piece_word(struct piece *w)
{
	return (struct word){
		.text = buf_detach(&w->text),
		.pattern = buf_detach(&w->pattern),
		.glob = w->glob,
		.quoted = w->quoted,
	};
}

static void
word_release(struct word *w)
{
	free(w->text);
	free(w->pattern);
}

static void
piece_release(struct piece *w)
{
	buf_release(&w->text);
	buf_release(&w->pattern);
}

/* lx->p is behind the opening quote; takes the closing one, too. */
static int
take_quoted(struct lexer *lx, struct piece *w, char quote)
{
	for (; *lx->p != quote; lx->p++) {
		if (*lx->p == '\0' && lx->cursor != NULL) {
			lx->cursor->quote = quote;
			return 0;
		}
		if (*lx->p == '\0')
			return syntax_error(lx, "the quote %c is not closed; "
			    "\\%c is one that means nothing", quote, quote);
		if (*lx->p == '\n')
			lx->number++;
		if (quote == '"' && lx->p[0] == '\\' &&
		    (lx->p[1] == '"' || lx->p[1] == '\\'))
			lx->p++;
		piece_add(w, *lx->p, true);
	}
	lx->p++;
	return 0;
}

static int
take_backslash(struct lexer *lx, struct piece *w)
{
	lx->p++;
	if (*lx->p == '\0' && lx->cursor != NULL)
		return 0;
	if (*lx->p == '\0')
		return syntax_error(lx, "nothing behind the backslash");
	if (*lx->p == '\n')
		lx->number++;
	else {
		piece_add(w, *lx->p, true);
		w->quoted = true;
	}
	lx->p++;
	return 0;
}

/* Whether the word that began at start is the one at the cursor. */
static bool
is_at_cursor(const struct lexer *lx, const char *start)
{
	return lx->cursor != NULL && *lx->p == '\0' && lx->p > start;
}

/* A word's bytes, up to what ends it. */
static int
take_bytes(struct lexer *lx, struct piece *w)
{
	const char *start = lx->p;
	int rc = 0;

	while (rc == 0 && *lx->p != '\0' && strchr(breaks, *lx->p) == NULL) {
		if (*lx->p == '\'' || *lx->p == '"') {
			w->quoted = true;
			lx->p++;
			rc = take_quoted(lx, w, lx->p[-1]);
		} else if (*lx->p == '\\') {
			rc = take_backslash(lx, w);
		} else {
			piece_add(w, *lx->p++, false);
		}
	}
	if (rc == 0 && *lx->p == '>' && lx->p > start &&
	    strspn(start, "0123456789") == (size_t)(lx->p - start))
		rc = syntax_error(lx, "only standard output can be redirected");
	return rc;
}

/*
 * lx->p is at the first byte of a word, which may turn out to be nothing: also
 * the one at the cursor, which goes there.
 */
static int
take_word(struct lexer *lx, struct word *out, bool *any)
{
	struct piece w = { .text = BUF_INIT(BUF_OWN),
		.pattern = BUF_INIT(BUF_OWN) };
	const char *start = lx->p;
	int rc = take_bytes(lx, &w);

	*any = w.quoted || w.text.len > 0;
	if (rc == 0 && is_at_cursor(lx, start)) {
		lx->cursor->start = (size_t)(start - lx->text);
		lx->cursor->word = buf_detach(&w.text);
		*any = false;
	}
	if (rc != 0 || !*any) {
		piece_release(&w);
		return rc;
	}
	*out = piece_word(&w);
	return 0;
}

/* Commands. */

static struct line *
line_new(const char *file, int number, enum lex_join join)
{
	struct line *line = xcalloc(1, sizeof(*line));

	line->file = file;
	line->number = number;
	line->join = join;
	return line;
}

void
lex_line_free(struct line *line)
{
	size_t i;

	if (line == NULL)
		return;
	for (i = 0; i < line->n; i++)
		word_release(&line->word[i]);
	free(line->word);
	free(line->out_file);
	free(line->pipe_to);
	free(line->shell);
	free(line->alias);
	if (line->sourced != NULL) {
		lex_release(line->sourced);
		free(line->sourced);
	}
	free(line);
}

struct line *
lex_line_copy(const struct line *line)
{
	struct line *copy = line_new(line->file, line->number, line->join);
	size_t i;

	copy->ignore_failure = line->ignore_failure;
	copy->aside = line->aside;
	copy->append = line->append;
	copy->out_file = xstrdup_null(line->out_file);
	copy->pipe_to = xstrdup_null(line->pipe_to);
	copy->word = xreallocarray(NULL, line->n, sizeof(*copy->word));
	for (i = 0; i < line->n; i++)
		copy->word[copy->n++] = (struct word){
			.text = xstrdup(line->word[i].text),
			.pattern = xstrdup(line->word[i].pattern),
			.glob = line->word[i].glob,
			.quoted = line->word[i].quoted,
		};
	return copy;
}

static void
line_add(struct line *line, struct word word)
{
	line->word = xreallocarray(line->word, line->n + 1,
	    sizeof(*line->word));
	line->word[line->n++] = word;
}

static struct line *
current_line(struct lexer *lx)
{
	if (lx->line == NULL) {
		lx->line = line_new(lx->file, lx->number, lx->join);
		lx->join = JOIN_ALWAYS;
		lx->pending = NULL;
	}
	return lx->line;
}

/* The command read so far is whole. */
static int
end_line(struct lexer *lx)
{
	struct line *line = lx->line;

	if (line == NULL)
		return 0;
	if (line->n == 0 && line->shell == NULL)
		return syntax_error(lx, "no command");
	STAILQ_INSERT_TAIL(lx->script, line, link);
	lx->line = NULL;
	return 0;
}

static void
skip_comment(struct lexer *lx)
{
	lx->p += strcspn(lx->p, "\n");
	if (lx->cursor != NULL && *lx->p == '\0')
		lx->cursor->place = LEX_NOWHERE;
}

/* > and >>: the next word is a file. */
static int
take_redirection(struct lexer *lx)
{
	struct line *line = current_line(lx);
	struct word word;
	bool any = false;

	lx->p++;
	if (line->out_file != NULL)
		return syntax_error(lx, "output is redirected twice");
	if (*lx->p == '>') {
		line->append = true;
		lx->p++;
	}
	lx->p += strspn(lx->p, blanks);
	if (take_word(lx, &word, &any) != 0)
		return -1;
	if (!any && lx->cursor != NULL && *lx->p == '\0') {
		lx->cursor->place = LEX_FILE;
		return 0;
	}
	if (!any)
		return syntax_error(lx, "no file behind >");
	if (*word.text == '\0') {
		word_release(&word);
		return syntax_error(lx, "the file behind > has an empty name "
		    "(a variable that is not set?)");
	}
	line->out_file = xstrdup(word.text);
	word_release(&word);
	return 0;
}

/* How far a local command goes: to ; && || newline outside its quotes. */
static size_t
local_length(const char *s)
{
	const char *p = s;
	char quote = 0;

	for (; *p != '\0'; p++) {
		if (*p == '\\' && quote != '\'' && p[1] != '\0')
			p++;
		else if (quote != 0)
			quote = *p == quote ? 0 : quote;
		else if (*p == '\'' || *p == '"')
			quote = *p;
		else if (*p == ';' || *p == '\n' ||
		    ((*p == '&' || *p == '|') && p[1] == *p))
			break;
	}
	return (size_t)(p - s);
}

/* The rest, up to n bytes, as a command for sh; NULL if it is blank. */
static char *
take_local(struct lexer *lx, size_t n)
{
	const char *start = lx->p + strspn(lx->p, blanks);
	const char *end = lx->p + n, *p;

	for (p = lx->p; p < end; p++) {
		if (*p == '\n')
			lx->number++;
	}
	lx->p = end;
	if (lx->cursor != NULL && *end == '\0') {
		lx->cursor->place = LEX_LOCAL;
		lx->cursor->start = (size_t)(start - lx->text);
	}
	while (end > start && strchr(blanks, end[-1]) != NULL)
		end--;
	return end > start ? xstrndup(start, (size_t)(end - start)) : NULL;
}

static int
take_pipe(struct lexer *lx)
{
	struct line *line = lx->line;

	if (line == NULL || line->n == 0)
		return syntax_error(lx, "no command before |");
	if (line->out_file != NULL)
		return syntax_error(lx, "output is redirected twice");
	lx->p++;
	line->pipe_to = take_local(lx, local_length(lx->p));
	if (line->pipe_to == NULL && lx->cursor == NULL)
		return syntax_error(lx, "no command behind |");
	return end_line(lx);
}

static int
take_join(struct lexer *lx, enum lex_join join, const char *operator)
{
	const struct line *last = STAILQ_LAST(lx->script, line, link);

	lx->p += 2;
	/* Behind a pipe the line has ended already. */
	if (lx->line == NULL && (last == NULL || last->pipe_to == NULL ||
	    lx->pending != NULL))
		return syntax_error(lx, "no command before %s", operator);
	if (end_line(lx) != 0)
		return -1;
	lx->join = join;
	lx->pending = operator;
	return 0;
}

/* A single &: the command is to be a job. */
static int
take_aside(struct lexer *lx)
{
	if (lx->line == NULL || lx->line->n == 0)
		return syntax_error(lx, "no command before &");
	if (lx->line->join != JOIN_ALWAYS)
		return syntax_error(lx, "'&' behind && or ||: a job is one "
		    "command");
	lx->line->aside = true;
	lx->p++;
	return end_line(lx);
}

static int
take_operator(struct lexer *lx)
{
	switch (*lx->p) {
	case '>':
		return take_redirection(lx);
	case '<':
		return syntax_error(lx, "'<' means nothing here; quote it");
	case '|':
		return lx->p[1] == '|' ? take_join(lx, JOIN_OR, "||") :
		    take_pipe(lx);
	case '&':
		return lx->p[1] == '&' ? take_join(lx, JOIN_AND, "&&") :
		    take_aside(lx);
	case ';':
		if (lx->pending != NULL)
			return syntax_error(lx, "no command behind %s",
			    lx->pending);
		break;
	case '\n':
		lx->number++;
		break;
	}
	lx->p++;
	return end_line(lx);
}

/*
 * What only the beginning of a command can have: "-", "!" and sftp's "@", by
 * which a command is not echoed, as none is here.
 */
static bool
take_beginning(struct lexer *lx)
{
	if (*lx->p == '@') {
		lx->p++;
		return true;
	}
	if (*lx->p == '-' && (lx->line == NULL ||
	    !lx->line->ignore_failure)) {
		current_line(lx)->ignore_failure = true;
		lx->p++;
		return true;
	}
	if (*lx->p != '!')
		return false;
	lx->p++;
	current_line(lx)->shell = take_local(lx, strcspn(lx->p, "\n"));
	if (lx->line->shell == NULL)
		lx->line->shell = xstrdup("");
	return true;
}

static int
take_next(struct lexer *lx)
{
	struct word word;
	bool any = false;

	if (strchr(";&|<>\n", *lx->p) != NULL)
		return take_operator(lx);
	if (*lx->p == '#') {
		skip_comment(lx);
		return 0;
	}
	if ((lx->line == NULL || lx->line->n == 0) && take_beginning(lx))
		return 0;
	if (take_word(lx, &word, &any) != 0)
		return -1;
	if (any)
		line_add(current_line(lx), word);
	return 0;
}

/* To the end of the text, where a command may still be open. */
static int
take_text(struct lexer *lx)
{
	int rc = 0;

	while (rc == 0) {
		lx->p += strspn(lx->p, blanks);
		if (*lx->p == '\0')
			break;
		rc = take_next(lx);
	}
	return rc;
}

int
lex_parse(const char *text, const char *file, struct script *script,
    struct err *err)
{
	struct lexer lx = {
		.p = text, .file = file, .number = 1, .script = script,
		.err = err,
	};
	int rc = take_text(&lx);

	if (rc == 0 && lx.pending != NULL && lx.line == NULL)
		rc = syntax_error(&lx, "no command behind %s", lx.pending);
	if (rc == 0)
		rc = end_line(&lx);
	if (rc != 0)
		lex_line_free(lx.line);
	return rc;
}

void
lex_words(char *const *argv, size_t n, bool literal, struct script *script)
{
	struct line *line = line_new(NULL, 0, JOIN_ALWAYS);
	struct piece w;
	const char *p;
	size_t i;

	for (i = 0; i < n; i++) {
		w = (struct piece){ .text = BUF_INIT(BUF_OWN),
			.pattern = BUF_INIT(BUF_OWN) };
		for (p = argv[i]; *p != '\0'; p++) {
			if (literal) {
				piece_add(&w, *p, true);
			} else if (*p != '\\') {
				piece_add(&w, *p, false);
			} else {
				if (p[1] != '\0' && strchr(globs, p[1]) != NULL)
					p++;
				piece_add(&w, *p, true);
			}
		}
		line_add(line, piece_word(&w));
	}
	STAILQ_INSERT_TAIL(script, line, link);
}

void
lex_release(struct script *script)
{
	struct line *line;

	while ((line = STAILQ_FIRST(script)) != NULL) {
		STAILQ_REMOVE_HEAD(script, link);
		lex_line_free(line);
	}
}

void
lex_cursor(const char *text, struct lex_cursor *c)
{
	struct script script = STAILQ_HEAD_INITIALIZER(script);
	struct err ignored = ERR_INIT;
	struct lexer lx = {
		.p = text, .script = &script, .cursor = c, .text = text,
		.err = &ignored,
	};

	*c = (struct lex_cursor){ .start = strlen(text) };
	if (take_text(&lx) != 0)
		c->place = LEX_NOWHERE;
	if (c->word == NULL)
		c->word = xstrdup("");
	c->line = current_line(&lx);
	lex_release(&script);
}

void
lex_cursor_release(struct lex_cursor *c)
{
	free(c->word);
	lex_line_free(c->line);
}
