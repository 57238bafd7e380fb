/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "shell/complete.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/text.h"
#include "config/option.h"
#include "shell/alias.h"
#include "shell/args.h"
#include "shell/lex.h"
#include "shell/shline.h"

struct search {
	const struct complete_source *src;
	struct candidates *found;
};

/* Candidates. */

static void
add_word(struct search *s, const char *word, const char *about)
{
	candidates_add(s->found, word, about);
}

static void
add_words(struct search *s, const char *const *words)
{
	for (; words != NULL && *words != NULL; words++)
		add_word(s, *words, NULL);
}

static void
add_aliases(struct search *s)
{
	const struct aliases *as = s->src->aliases;
	size_t i;

	for (i = 0; as != NULL && i < as->n; i++)
		add_word(s, as->v[i].name, as->v[i].text);
}

static void
add_commands(struct search *s)
{
	const struct cmd *const *cmd = s->src->commands;
	const struct cmd_alias *alias;

	for (; *cmd != NULL; cmd++) {
		add_word(s, (*cmd)->name, (*cmd)->summary);
		alias = (*cmd)->aliases;
		for (; alias != NULL && alias->name != NULL; alias++)
			add_word(s, alias->name, (*cmd)->summary);
	}
	add_aliases(s);
}

static void
add_settings(struct search *s)
{
	const struct option_row *row;

	for (row = option_table; row->name != NULL; row++)
		add_word(s, row->name, row->help);
}

static void
add_sites(struct search *s)
{
	struct strvec names = STRVEC_INIT;
	size_t i;

	s->src->sites(s->src->ctx, &names);
	for (i = 0; i < names.n; i++)
		add_word(s, names.v[i], NULL);
	strvec_release(&names);
}

/* What cannot be typed or seen is not offered. */
static bool
is_plain(const char *name)
{
	char *escaped = text_escaped(name);
	bool plain = strcmp(escaped, name) == 0;

	free(escaped);
	return plain;
}

/* Names in the directory that the prefix names. */
static void
add_names(struct search *s, enum arg_kind kind)
{
	bool dirs = kind == ARG_REMOTE_DIR || kind == ARG_LOCAL_DIR;
	bool remote = kind == ARG_REMOTE || kind == ARG_REMOTE_DIR;
	struct strvec names = STRVEC_INIT;
	const char *prefix = s->found->prefix, *base = path_base(prefix);
	char *dir, *path;
	size_t i;

	dir = xstrndup(prefix, (size_t)(base - prefix));
	(remote ? s->src->remote : s->src->local)(s->src->ctx, dir, dirs,
	    &names);
	for (i = 0; i < names.n; i++) {
		if ((names.v[i][0] == '.' && base[0] != '.') ||
		    !is_plain(names.v[i]))
			continue;
		/* "./-x", lest it be taken for an option. */
		path = xasprintf("%s%s%s", prefix[0] == '\0' &&
		    names.v[i][0] == '-' ? "./" : "", dir, names.v[i]);
		add_word(s, path, NULL);
		free(path);
	}
	strvec_release(&names);
	free(dir);
}

static void
add_kind(struct search *s, enum arg_kind kind)
{
	switch (kind) {
	case ARG_REMOTE:
	case ARG_REMOTE_DIR:
	case ARG_LOCAL:
	case ARG_LOCAL_DIR:
		add_names(s, kind);
		break;
	case ARG_SITE:
		add_sites(s);
		break;
	case ARG_SETTING:
		add_settings(s);
		break;
	case ARG_COMMAND:
		add_commands(s);
		break;
	case ARG_ALIAS:
		add_aliases(s);
		break;
	case ARG_NONE:
	case ARG_TEXT:
	case ARG_NAME:
		break;
	}
}

static void
add_options(struct search *s, const struct cmd *cmd)
{
	const char *dashes = (cmd->flags & CMD_WORDS) != 0 ? "-" : "--";
	const struct cmd_option *o;
	char word[64];

	for (o = cmd->options; o != NULL && o->id != 0; o++) {
		if (o->name != NULL)
			snprintf(word, sizeof(word), "%s%s", dashes, o->name);
		else
			snprintf(word, sizeof(word), "-%c", o->id);
		add_word(s, word, o->help);
	}
	add_word(s, "--help", "what it does");
}

/* Arguments, by what the command's row tells of them. */

/* A setting's value, where the words before it name one. */
static void
add_values(struct search *s, const char *setting)
{
	static const char *const booleans[] = { "yes", "no", NULL };
	const struct option_row *row = option_find(setting);

	if (row == NULL)
		return;
	if (row->type == OPTION_PATH)
		add_names(s, ARG_LOCAL);
	add_words(s, row->type == OPTION_BOOL ? booleans : row->choices);
}

static void
add_operand(struct search *s, const struct args *a)
{
	const struct cmd *cmd = a->cmd;
	bool exchanged = args_has(a, cmd->exchange);

	if (cmd->max >= 0 && a->n >= (size_t)cmd->max)
		return;
	if (a->n == 1 && cmd->first == ARG_SETTING)
		add_values(s, a->word[0].text);
	else
		add_kind(s, (a->n == 0) != exchanged ? cmd->first : cmd->rest);
}

/*
 * "--name=value": value is completed by itself, the rest put back in front
 * of what was found.
 */
static void
add_option_value(struct search *s, const struct cmd *cmd, const char *equals)
{
	const char *whole = s->found->prefix;
	const struct cmd_option *o;
	size_t n = (size_t)(equals + 1 - whole);
	bool ambiguous;

	o = args_option(cmd, whole + 2, n - 3, &ambiguous);
	if (o == NULL)
		return;
	s->found->prefix = equals + 1;
	add_kind(s, o->arg);
	candidates_put_back(s->found, whole);
}

static void
add_argument(struct search *s, const struct cmd *cmd, const struct line *line)
{
	const char *prefix = s->found->prefix, *equals = strchr(prefix, '=');
	struct args_next next;
	struct args a;

	args_parse_part(cmd, line, &a, &next);
	if (next.option != NULL)
		add_kind(s, next.option->arg);
	else if (next.only_operands || prefix[0] != '-')
		add_operand(s, &a);
	else if (strncmp(prefix, "--", 2) == 0 && equals != NULL)
		add_option_value(s, cmd, equals);
	else
		add_options(s, cmd);
	args_release(&a);
}

/* A command's, or those of what an alias stands for. */
static void
add_arguments(struct search *s, const struct line *typed)
{
	struct script script = STAILQ_HEAD_INITIALIZER(script);
	struct line *line = lex_line_copy(typed);
	const struct cmd *cmd;
	struct err err;

	STAILQ_INSERT_TAIL(&script, line, link);
	alias_expand(s->src->aliases, &script, line, &err);
	line = STAILQ_LAST(&script, line, link);
	if (line->shell != NULL || line->pipe_to != NULL) {
		add_names(s, ARG_LOCAL);
	} else {
		cmd = cmd_find(s->src->commands, line->word[0].text, &err);
		if (cmd != NULL)
			add_argument(s, cmd, line);
	}
	lex_release(&script);
}

void
complete_word(const struct line *line, const struct complete_source *src,
    struct candidates *out)
{
	struct search s = { src, out };

	if (line->n == 0)
		add_commands(&s);
	else
		add_arguments(&s, line);
}

void
complete_value(const char *setting, const struct complete_source *src,
    struct candidates *out)
{
	add_values(&(struct search){ src, out }, setting);
}

/* From candidates to text. */

static void
remove_twins(struct strvec *sv)
{
	size_t i, n = 0;

	for (i = 0; i < sv->n; i++) {
		if (n > 0 && strcmp(sv->v[n - 1], sv->v[i]) == 0)
			free(sv->v[i]);
		else
			sv->v[n++] = sv->v[i];
	}
	if (n < sv->n)
		sv->v[n] = NULL;
	sv->n = n;
}

/* Bytes that all have in common, whole characters only. */
static size_t
common_length(const struct strvec *sv)
{
	const char *first = sv->v[0];
	size_t n = strlen(first), i, k;

	for (i = 1; i < sv->n; i++) {
		for (k = 0; k < n && sv->v[i][k] == first[k]; k++)
			continue;
		n = k;
	}
	while (n > 0 && (first[n] & 0xc0) == 0x80)
		n--;
	return n;
}

static bool
is_special(char c, char quote, bool sh)
{
	if (quote == '\'')
		return false;
	if (quote == '"')
		return strchr(sh ? "\"\\$`" : "\"\\", c) != NULL;
	if (!sh)
		return strchr(" \t'\"\\;&|<>#*?[]", c) != NULL;
	/* All but what has no meaning in any shell. */
	return (c & 0x80) == 0 && !isalnum((unsigned char)c) &&
	    strchr("_./,:@%+-", c) == NULL;
}

/* So that our lexer, or (sh) sh, reads it as it is. */
static void
add_quoted(struct buf *b, const char *s, size_t n, char quote, bool sh)
{
	size_t i;

	if (quote != 0)
		buf_addc(b, quote);
	for (i = 0; i < n; i++) {
		if (quote == '\'' && s[i] == '\'') {
			buf_adds(b, "'\\''");
			continue;
		}
		if (is_special(s[i], quote, sh))
			buf_addc(b, '\\');
		buf_addc(b, s[i]);
	}
}

static char *
quoted_text(const struct strvec *found, char quote, bool sh)
{
	struct buf b = BUF_INIT(BUF_OWN);
	size_t n = common_length(found);

	add_quoted(&b, found->v[0], n, quote, sh);
	if (found->n == 1 && n > 0 && found->v[0][n - 1] != '/') {
		if (quote != 0)
			buf_addc(&b, quote);
		buf_addc(&b, ' ');
	}
	return buf_detach(&b);
}

/* The last component, with the '/' that marks a directory. */
static const char *
last_part(const char *word)
{
	const char *p = word + strlen(word);

	if (p > word && p[-1] == '/')
		p--;
	while (p > word && p[-1] != '/')
		p--;
	return p;
}

/* Puts what was found in place of the word, which begins at start. */
static void
finish_word(struct strvec *found, size_t start, char quote, bool sh,
    struct completion *out)
{
	size_t i;

	strvec_sort(found);
	remove_twins(found);
	*out = (struct completion){ .start = start };
	if (found->n > 0)
		out->text = quoted_text(found, quote, sh);
	for (i = 0; i < found->n; i++)
		strvec_add(&out->shown, last_part(found->v[i]));
}

/* A name of this machine, for us or for sh. */
static void
complete_local(const struct complete_source *src, const char *word,
    size_t start, char quote, bool sh, struct completion *out)
{
	struct candidates found = { .prefix = word };
	struct search s = { src, &found };

	if (word[0] != '-')
		add_names(&s, ARG_LOCAL);
	finish_word(&found.word, start, quote, sh, out);
	candidates_release(&found);
}

/* Behind ! or |, where sh reads from start on. */
static void
complete_for_sh(const struct complete_source *src, const char *text,
    size_t start, struct completion *out)
{
	struct shline l;

	if (shline_read(&l, text, start, ""))
		complete_local(src, l.word.data, l.start, l.quote, true, out);
	else
		*out = (struct completion){ .start = start };
	shline_release(&l);
}

void
complete_line(const char *line, const struct complete_source *src,
    struct completion *out)
{
	struct candidates found;
	struct lex_cursor c;

	lex_cursor(line, &c);
	found = (struct candidates){ .prefix = c.word };
	switch (c.place) {
	case LEX_COMMAND:
		complete_word(c.line, src, &found);
		finish_word(&found.word, c.start, c.quote, false, out);
		break;
	case LEX_FILE:
		complete_local(src, c.word, c.start, c.quote, false, out);
		break;
	case LEX_LOCAL:
		complete_for_sh(src, line, c.start, out);
		break;
	case LEX_NOWHERE:
		*out = (struct completion){ .start = c.start };
		break;
	}
	candidates_release(&found);
	lex_cursor_release(&c);
}

void
complete_release(struct completion *c)
{
	free(c->text);
	c->text = NULL;
	strvec_release(&c->shown);
}
