/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A line, or a whole script, as commands: words, control operators,
 * redirections.  Pure.
 */
#ifndef SHELL_LEX_H
#define SHELL_LEX_H

#include <sys/queue.h>

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/*
 * One word.  pattern is text with a backslash before every glob character
 * that was quoted (and before backslashes), for glob.h; glob tells whether
 * an unquoted one of * ? [ is in it; quoted, whether any of it was quoted.
 */
struct word {
	char *text;
	char *pattern;
	bool glob, quoted;
};

/* How a command follows the one before it. */
enum lex_join { JOIN_ALWAYS, JOIN_AND, JOIN_OR };

struct line {
	STAILQ_ENTRY(line) link;
	enum lex_join join;
	bool ignore_failure;	/* a leading '-' */
	bool aside;		/* a single & behind it: a job */
	struct word *word;
	size_t n;
	char *out_file;		/* > or >> */
	bool append;
	char *pipe_to;		/* | local command, as typed */
	char *shell;		/* "!command": the rest of the line, or NULL */
	struct script *sourced;	/* what "source" reads, or NULL */
	char *alias;		/* that it comes of, or NULL */
	const char *file;	/* where it stands, borrowed; NULL: typed */
	int number;		/* its line there */
};

STAILQ_HEAD(script, line);

/*
 * Parses text (file names it in messages, may be NULL).  Appends to script,
 * which the caller initialised.  ERR_USAGE "FILE:LINE: ..." for unbalanced
 * quotes, operators in wrong places.
 */
int lex_parse(const char *text, const char *file, struct script *script,
    struct err *err);
/*
 * One command from words that the calling shell made (one-shot form): a
 * backslash is special only before * ? [ ] and itself, and nothing is if
 * literal.
 */
void lex_words(char *const *argv, size_t n, bool literal,
    struct script *script);
void lex_release(struct script *script);
/* Its words and where its output goes, on its own; lex_line_free() it. */
struct line *lex_line_copy(const struct line *line);
void lex_line_free(struct line *line);

/* Where a line that is being typed ends: at the cursor. */
enum lex_place {
	LEX_COMMAND,		/* in a command: a word of it, or before one */
	LEX_FILE,		/* behind > */
	LEX_LOCAL,		/* in what sh reads: behind | or ! */
	LEX_NOWHERE,		/* in a comment, or behind what is wrong */
};

struct lex_cursor {
	enum lex_place place;
	size_t start;		/* of the word at the cursor, or of sh's text */
	char quote;		/* open at the cursor: ' or ", else 0 */
	char *word;		/* that word, quotes removed; or "" */
	struct line *line;	/* its command: the words before it */
};

/* Reads text as lex_parse() does.  Release c with lex_cursor_release(). */
void lex_cursor(const char *text, struct lex_cursor *c);
void lex_cursor_release(struct lex_cursor *c);

#endif
