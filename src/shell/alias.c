/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "shell/alias.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"

enum {
	NAME_SHOWN = 64,
	EXPANDED_MAX = 1000,	/* aliases, for one line */
};

/* What a name cannot have, so that it is one word however it is typed. */
static const char specials[] = " \t\r\n'\"\\;&|<>#*?[]=";

/* The table. */

static void
release_alias(struct alias *a)
{
	free(a->name);
	/* There may be a password in it. */
	freezero(a->text, strlen(a->text));
}

void
alias_release_all(struct aliases *as)
{
	size_t i;

	for (i = 0; i < as->n; i++)
		release_alias(&as->v[i]);
	free(as->v);
	*as = (struct aliases){ 0 };
}

void
alias_copy_all(struct aliases *to, const struct aliases *from)
{
	size_t i;

	*to = (struct aliases){ 0 };
	to->v = xreallocarray(NULL, from->n + 1, sizeof(*to->v));
	for (i = 0; i < from->n; i++)
		to->v[to->n++] = (struct alias){
			.name = xstrdup(from->v[i].name),
			.text = xstrdup(from->v[i].text),
		};
}

/* Its place, or where it belongs. */
static size_t
find_place(const struct aliases *as, const char *name, bool *found)
{
	size_t i = 0;

	while (i < as->n && strcmp(as->v[i].name, name) < 0)
		i++;
	*found = i < as->n && strcmp(as->v[i].name, name) == 0;
	return i;
}

const char *
alias_find(const struct aliases *as, const char *name)
{
	bool found;
	size_t i = find_place(as, name, &found);

	return found ? as->v[i].text : NULL;
}

static int
check_text(const char *text, struct err *err)
{
	struct script script = STAILQ_HEAD_INITIALIZER(script);
	int rc = lex_parse(text, NULL, &script, err);

	if (rc == 0 && STAILQ_EMPTY(&script))
		rc = err_set(err, ERR_USAGE, "no command");
	lex_release(&script);
	return rc;
}

int
alias_define(struct aliases *as, const char *name, const char *text,
    struct err *err)
{
	char shown[NAME_SHOWN];
	bool found;
	size_t i;

	text_escape_to(shown, sizeof(shown), name);
	if (name[0] == '\0' || name[0] == '-' || name[0] == '!' ||
	    strpbrk(name, specials) != NULL)
		return err_set(err, ERR_USAGE, "'%s' cannot be an alias: it "
		    "has to be one plain word", shown);
	if (check_text(text, err) != 0)
		return err_prefix(err, "%s", shown);
	i = find_place(as, name, &found);
	if (found) {
		release_alias(&as->v[i]);
	} else {
		as->v = xreallocarray(as->v, as->n + 1, sizeof(*as->v));
		memmove(as->v + i + 1, as->v + i,
		    (as->n++ - i) * sizeof(*as->v));
	}
	as->v[i] = (struct alias){
		.name = xstrdup(name), .text = xstrdup(text),
	};
	return 0;
}

bool
alias_remove(struct aliases *as, const char *name)
{
	bool found;
	size_t i = find_place(as, name, &found);

	if (!found)
		return false;
	release_alias(&as->v[i]);
	memmove(as->v + i, as->v + i + 1, (--as->n - i) * sizeof(*as->v));
	return true;
}

/* A pattern as the lexer has to read it. */
static void
add_pattern(struct buf *b, const char *p)
{
	if (*p == '\0')
		buf_adds(b, "''");
	for (; *p != '\0'; p++) {
		if (*p == '\n') {
			buf_adds(b, "'\n'");
			continue;
		}
		if (*p == '\\')
			buf_addc(b, *p++);
		else if (strchr(" \t\r'\";&|<>#", *p) != NULL)
			buf_addc(b, '\\');
		buf_addc(b, *p);
	}
}

char *
alias_text(const struct word *word, size_t n)
{
	struct buf b = BUF_INIT(BUF_OWN);
	size_t i;

	if (n == 1)
		return xstrdup(word[0].text);
	for (i = 0; i < n; i++) {
		if (i > 0)
			buf_addc(&b, ' ');
		add_pattern(&b, word[i].pattern);
	}
	return buf_detach(&b);
}

int
alias_define_line(struct aliases *as, const char *definition, struct err *err)
{
	struct script script = STAILQ_HEAD_INITIALIZER(script);
	const struct line *line;
	char *text = NULL;
	int rc = lex_parse(definition, NULL, &script, err);

	line = STAILQ_FIRST(&script);
	if (rc == 0 && (line == NULL || line->n < 2 ||
	    STAILQ_NEXT(line, link) != NULL ||
	    line->out_file != NULL || line->pipe_to != NULL || line->aside))
		rc = err_set(err, ERR_USAGE, "a name and one command; quote "
		    "the whole if it is more");
	if (rc != 0 || alias_find(as, line->word[0].text) != NULL)
		goto out;
	text = alias_text(line->word + 1, line->n - 1);
	rc = alias_define(as, line->word[0].text, text, err);
out:
	free(text);
	lex_release(&script);
	return rc == 0 ? 0 : err_prefix(err, "alias");
}

/* Expanding. */

/* The aliases that are being expanded, from the inner one outwards. */
struct chain {
	const char *name;
	const struct chain *outer;
};

struct expansion {
	const struct aliases *as;
	struct script lines;	/* what comes of it */
	int n;			/* aliases, so far */
	struct err *err;
};

/* What a line's first word stands for, or NULL. */
static const char *
stands_for(const struct aliases *as, const struct line *line,
    const struct chain *chain)
{
	if (as == NULL || line->n == 0 || line->word[0].quoted)
		return NULL;
	for (; chain != NULL; chain = chain->outer) {
		if (strcmp(chain->name, line->word[0].text) == 0)
			return NULL;
	}
	return alias_find(as, line->word[0].text);
}

static void
add_for_sh(struct buf *b, const char *s)
{
	buf_adds(b, " '");
	for (; *s != '\0'; s++) {
		if (*s == '\'')
			buf_adds(b, "'\\'");
		buf_addc(b, *s);
	}
	buf_addc(b, '\'');
}

/* What stands behind the alias, added to a local command. */
static char *
local_with_rest(const char *local, const struct line *line)
{
	struct buf b = BUF_INIT(BUF_OWN);
	size_t i;

	buf_adds(&b, local);
	for (i = 1; i < line->n; i++)
		add_for_sh(&b, line->word[i].text);
	if (line->out_file != NULL) {
		buf_adds(&b, line->append ? " >>" : " >");
		add_for_sh(&b, line->out_file);
	}
	if (line->pipe_to != NULL)
		buf_addf(&b, " | %s", line->pipe_to);
	return buf_detach(&b);
}

/* The same to a command of ours; takes it from line. */
static int
take_rest(struct line *last, struct line *line, struct err *err)
{
	size_t i;

	if (last->out_file != NULL &&
	    (line->out_file != NULL || line->pipe_to != NULL))
		return err_set(err, ERR_USAGE, "output is redirected twice");
	last->word = xreallocarray(last->word, last->n + line->n,
	    sizeof(*last->word));
	for (i = 1; i < line->n; i++)
		last->word[last->n++] = line->word[i];
	line->n = 1;
	if (line->out_file != NULL) {
		last->out_file = line->out_file;
		last->append = line->append;
		line->out_file = NULL;
	}
	last->pipe_to = line->pipe_to;
	line->pipe_to = NULL;
	return 0;
}

static int
add_rest(struct line *last, struct line *line, struct err *err)
{
	char **local = last->shell != NULL ? &last->shell : &last->pipe_to;
	char *text;

	if (line->aside && (last->shell != NULL || last->join != JOIN_ALWAYS))
		return err_set(err, ERR_USAGE, "cannot be a job (&)");
	last->aside = last->aside || line->aside;
	if (*local == NULL)
		return take_rest(last, line, err);
	text = local_with_rest(*local, line);
	free(*local);
	*local = text;
	return 0;
}

/* The lines of an alias, put where line stands. */
static int
fit_lines(struct script *script, struct line *line, struct err *err)
{
	struct line *each;

	STAILQ_FIRST(script)->join = line->join;
	STAILQ_FOREACH(each, script, link) {
		each->file = line->file;
		each->number = line->number;
		each->ignore_failure = each->ignore_failure ||
		    line->ignore_failure;
	}
	return add_rest(STAILQ_LAST(script, line, link), line, err);
}

/* Takes line over. */
static int
expand(struct expansion *x, struct line *line, const struct chain *outer)
{
	struct script inner = STAILQ_HEAD_INITIALIZER(inner);
	const char *text = stands_for(x->as, line, outer);
	struct chain chain;
	struct line *each;
	int rc;

	if (text == NULL) {
		STAILQ_INSERT_TAIL(&x->lines, line, link);
		return 0;
	}
	chain = (struct chain){ line->word[0].text, outer };
	if (x->n++ == EXPANDED_MAX)
		rc = err_set(x->err, ERR_USAGE, "stands for too many commands");
	else
		rc = lex_parse(text, NULL, &inner, x->err);
	if (rc == 0)
		rc = fit_lines(&inner, line, x->err);
	while (rc == 0 && (each = STAILQ_FIRST(&inner)) != NULL) {
		STAILQ_REMOVE_HEAD(&inner, link);
		rc = expand(x, each, &chain);
	}
	lex_release(&inner);
	lex_line_free(line);
	return rc;
}

/* Puts lines in place of the one, which becomes the first of them. */
static void
replace_line(struct script *script, struct line *line, struct script *lines,
    char *name)
{
	struct line *first = STAILQ_FIRST(lines), *each, old = *line;

	STAILQ_REMOVE_HEAD(lines, link);
	*line = *first;
	line->link = old.link;
	line->alias = xstrdup(name);
	*first = old;
	lex_line_free(first);
	while ((each = STAILQ_FIRST(lines)) != NULL) {
		STAILQ_REMOVE_HEAD(lines, link);
		each->alias = xstrdup(name);
		STAILQ_INSERT_AFTER(script, line, each, link);
		line = each;
	}
}

int
alias_expand(const struct aliases *as, struct script *script,
    struct line *line, struct err *err)
{
	struct expansion x = { .as = as, .err = err,
		.lines = STAILQ_HEAD_INITIALIZER(x.lines) };
	char *name;
	int rc;

	if (line->alias != NULL || stands_for(as, line, NULL) == NULL)
		return 0;
	name = xstrdup(line->word[0].text);
	rc = expand(&x, lex_line_copy(line), NULL);
	if (rc == 0)
		replace_line(script, line, &x.lines, name);
	else
		err_prefix(err, "%s", name);
	lex_release(&x.lines);
	free(name);
	return rc;
}
