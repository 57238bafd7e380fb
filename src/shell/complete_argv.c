/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "shell/complete_argv.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "config/option.h"
#include "shell/lex.h"
#include "shell/shline.h"

/* More than this nobody types. */
enum { INPUT_MAX = 1 << 20 };

/* What was typed. */

static int
read_all(FILE *fp, struct buf *b, struct err *err)
{
	char piece[4096];
	size_t n;

	while ((n = fread(piece, 1, sizeof(piece), fp)) > 0) {
		if (buf_add(b, piece, n) != 0)
			return err_set(err, ERR_USAGE, "too much to complete");
	}
	return 0;
}

/* Each ended by NUL. */
static void
split(const struct buf *b, struct strvec *words)
{
	size_t at = 0;

	while (at < b->len) {
		strvec_add(words, b->data + at);
		at += strlen(b->data + at) + 1;
	}
}

static int
take_words(struct complete_argv *c, struct strvec *words, struct err *err)
{
	if (words->n < 2)
		return err_set(err, ERR_USAGE, "nothing to complete");
	c->word = words->v[--words->n];
	words->v[words->n] = NULL;
	c->before = *words;
	*words = (struct strvec)STRVEC_INIT;
	return 0;
}

/* A line of bash, read as it reads it. */
static int
take_bash_line(struct complete_argv *c, const char *breaks, const char *line,
    struct err *err)
{
	struct shline l;
	int rc = 0;

	c->bash = true;
	if (!shline_read(&l, line, 0, breaks) || l.before.n == 0) {
		rc = err_set(err, ERR_USAGE, "nothing to complete");
	} else {
		c->kept = l.kept;
		c->quote = l.quote;
		c->word = buf_detach(&l.word);
		c->before = l.before;
		l.before = (struct strvec)STRVEC_INIT;
	}
	shline_release(&l);
	return rc;
}

int
complete_argv_read(struct complete_argv *c, const char *shell, FILE *fp,
    struct err *err)
{
	struct buf b = BUF_INIT(INPUT_MAX);
	struct strvec words = STRVEC_INIT;
	int rc;

	*c = (struct complete_argv){ 0 };
	rc = read_all(fp, &b, err);
	if (rc == 0)
		split(&b, &words);
	if (rc == 0 && strcmp(shell, "bash") != 0)
		rc = take_words(c, &words, err);
	else if (rc == 0 && words.n == 2)
		rc = take_bash_line(c, words.v[0], words.v[1], err);
	else if (rc == 0)
		rc = err_set(err, ERR_USAGE, "nothing to complete");
	strvec_release(&words);
	buf_release(&b);
	return rc;
}

void
complete_argv_release(struct complete_argv *c)
{
	strvec_release(&c->before);
	free(c->word);
	free(c->given);
}

/* What the words are. */

static void
give(struct complete_argv *c, const struct main_option *o, const char *value)
{
	c->given = xreallocarray(c->given, c->ngiven + 1, sizeof(*c->given));
	c->given[c->ngiven++] = (struct given_option){ o, value };
}

/*
 * The option in "--name=value", or of the first letter in "-abc" that takes
 * a value; *value points behind its '=' or letter, or is NULL if nothing
 * stands there.  Letters before it are given.
 */
static const struct main_option *
find_in_word(struct complete_argv *c, const char *word, const char **value)
{
	const struct main_option *o;
	size_t n;

	*value = NULL;
	if (word[1] == '-') {
		n = strcspn(word, "=");
		*value = word[n] == '=' ? word + n + 1 : NULL;
		return main_option_named(c->options, word + 2, n - 2);
	}
	for (word++; *word != '\0'; word++) {
		o = main_option_find(c->options, (unsigned char)*word);
		if (o != NULL && o->value != NULL) {
			*value = word[1] != '\0' ? word + 1 : NULL;
			return o;
		}
		if (o != NULL)
			give(c, o, NULL);
	}
	return NULL;
}

static void
scan_option(struct complete_argv *c, const char *word)
{
	const struct main_option *o;
	const char *value;

	o = find_in_word(c, word, &value);
	if (o != NULL && o->value != NULL && value == NULL)
		c->wanting = o;
	else if (o != NULL)
		give(c, o, value);
}

/* Options are ours up to the command, also behind the site. */
void
complete_argv_scan(struct complete_argv *c, const struct main_options *options)
{
	const char *word;
	size_t i;

	c->options = options;
	for (i = 1; i < c->before.n && c->command == 0; i++) {
		word = c->before.v[i];
		if (c->wanting != NULL) {
			give(c, c->wanting, word);
			c->wanting = NULL;
		} else if (!c->only_operands && strcmp(word, "--") == 0) {
			c->only_operands = true;
		} else if (!c->only_operands && word[0] == '-' &&
		    word[1] != '\0') {
			scan_option(c, word);
		} else if (c->site == NULL) {
			c->site = word;
			c->only_operands = false;
		} else {
			c->command = i;
		}
	}
}

/*
 * Candidates.  Names here are left to the shell: it is noted that some are
 * wanted, and none are given.
 */

struct search {
	const struct complete_argv *c;
	const struct complete_source *given;
	struct complete_source src;	/* the same, but for local names */
	struct candidates *found;
	/* where a local name would begin in the word, and what it is */
	const char *whole;
	bool files, dirs;
	int at;
};

static void
note_local(void *ctx, const char *dir, bool dirs, struct strvec *names)
{
	struct search *s = ctx;

	(void)dir;
	(void)names;
	s->files = !dirs;
	s->dirs = dirs;
	s->at = (int)(s->found->prefix - s->whole);
}

static void
pass_remote(void *ctx, const char *dir, bool dirs, struct strvec *names)
{
	const struct search *s = ctx;

	s->given->remote(s->given->ctx, dir, dirs, names);
}

static void
pass_sites(void *ctx, struct strvec *names)
{
	const struct search *s = ctx;

	s->given->sites(s->given->ctx, names);
}

static void
add_options(const struct search *s)
{
	const struct main_options *options = s->c->options;
	const struct main_option *o;
	char word[64];

	for (o = options->v; o < options->v + options->n; o++) {
		if (o->name != NULL)
			snprintf(word, sizeof(word), "--%s", o->name);
		else
			snprintf(word, sizeof(word), "-%c", o->id);
		candidates_add(s->found, word, o->help);
	}
}

/* NAME=, or what can stand behind that. */
static void
add_setting(const struct search *s)
{
	struct candidates *out = s->found;
	const char *whole = out->prefix, *equals = strchr(whole, '=');
	const struct option_row *row;
	char *name;

	if (equals == NULL) {
		for (row = option_table; row->name != NULL; row++) {
			name = xasprintf("%s=", row->name);
			candidates_add(out, name, row->help);
			free(name);
		}
		return;
	}
	name = xstrndup(whole, (size_t)(equals - whole));
	out->prefix = equals + 1;
	complete_value(name, &s->src, out);
	candidates_put_back(out, whole);
	free(name);
}

/* The value of an option of ours, by what the table calls it. */
static void
add_value(const struct search *s, const struct main_option *o)
{
	struct strvec none = STRVEC_INIT;

	if (strcmp(o->value, "FILE") == 0) {
		s->src.local(s->src.ctx, "", false, &none);
	} else if (strcmp(o->value, "NAME=VALUE") == 0) {
		add_setting(s);
	} else if (strcmp(o->value, "SHELL") == 0) {
		candidates_add(s->found, "bash", NULL);
		candidates_add(s->found, "fish", NULL);
		candidates_add(s->found, "zsh", NULL);
	} else if (o->setting != NULL) {
		complete_value(o->setting, &s->src, s->found);
	}
}

/* "--name=value" and "-ovalue" at the cursor. */
static void
add_value_in_word(const struct search *s)
{
	struct complete_argv here = { .options = s->c->options };
	struct candidates *out = s->found;
	const char *whole = out->prefix, *value;
	const struct main_option *o;

	o = find_in_word(&here, whole, &value);
	free(here.given);
	if (value == NULL)
		return;
	out->prefix = value;
	if (o != NULL && o->value != NULL)
		add_value(s, o);
	candidates_put_back(out, whole);
}

static void
add_sites(const struct search *s)
{
	struct strvec names = STRVEC_INIT;
	size_t i;

	s->src.sites(s->src.ctx, &names);
	for (i = 0; i < names.n; i++)
		candidates_add(s->found, names.v[i], NULL);
	strvec_release(&names);
}

/*
 * An argument as lex_words() takes it: what would be a pattern has a
 * backslash before it.
 */
static char *
as_argument(const char *name)
{
	struct buf b = BUF_INIT(BUF_OWN);

	for (; *name != '\0'; name++) {
		if (strchr("*?[]\\", *name) != NULL)
			buf_addc(&b, '\\');
		buf_addc(&b, *name);
	}
	return buf_detach(&b);
}

/* A word of the command.  Without such backslashes it is the prefix. */
static void
add_argument(struct search *s, struct candidates *out)
{
	const struct complete_argv *c = s->c;
	struct script before = STAILQ_HEAD_INITIALIZER(before);
	struct script last = STAILQ_HEAD_INITIALIZER(last);

	lex_words(c->before.v + c->command, c->before.n - c->command,
	    c->literal, &before);
	lex_words(&c->word, 1, c->literal, &last);
	out->prefix = s->whole = STAILQ_FIRST(&last)->word[0].text;
	s->found = out;
	complete_word(STAILQ_FIRST(&before), &s->src, out);
	lex_release(&last);
	lex_release(&before);
}

static void
add_arguments(struct search *s)
{
	struct candidates plain = { 0 }, *out = s->found;
	char *word;
	size_t i;

	add_argument(s, &plain);
	s->found = out;
	/* zsh and fish leave a ~ that was typed to stand for a home. */
	for (i = 0; i < plain.word.n &&
	    (s->c->bash || s->c->word[0] != '~'); i++) {
		word = s->c->literal ? xstrdup(plain.word.v[i]) :
		    as_argument(plain.word.v[i]);
		candidates_add(s->found, word, plain.about.v[i]);
		free(word);
	}
	candidates_release(&plain);
}

static void
add_all(struct search *s)
{
	const struct complete_argv *c = s->c;
	const struct line none = { 0 };

	if (c->wanting != NULL)
		add_value(s, c->wanting);
	else if (c->command != 0)
		add_arguments(s);
	else if (!c->only_operands && c->word[0] == '-') {
		add_value_in_word(s);
		add_options(s);
	} else if (c->site == NULL)
		add_sites(s);
	else
		complete_word(&none, &s->src, s->found);
}

/* Printing. */

/*
 * For bash's line, within the quotes that are open there.  What ends in the
 * open quote's character is closed here: readline takes that for the
 * closing one.  In "..." bash expands !, which no backslash hinders.
 */
static void
print_for_bash(FILE *fp, const char *word, char quote)
{
	const char *p;

	for (p = word; *p != '\0'; p++) {
		if (quote == '\'' && *p == '\'')
			fputs("'\\''", fp);
		else if (quote == '"' && *p == '!')
			fputs("\"\\!\"", fp);
		else if (quote == '"' && strchr("\"\\$`", *p) != NULL)
			fprintf(fp, "\\%c", *p);
		else if (quote == 0 && (*p & 0x80) == 0 &&
		    !isalnum((unsigned char)*p) &&
		    strchr("_./,:=@%+-", *p) == NULL)
			fprintf(fp, "\\%c", *p);
		else
			putc(*p, fp);
	}
	if (p > word && (p[-1] == quote ||
	    (quote == '"' && p[-1] == '!')))
		putc(quote, fp);
}

static void
print_candidates(const struct complete_argv *c, const struct candidates *found,
    FILE *fp)
{
	size_t i;

	fputs("words\n", fp);
	for (i = 0; i < found->word.n; i++) {
		if (c->bash)
			print_for_bash(fp, found->word.v[i] + c->kept,
			    c->quote);
		else
			fputs(found->word.v[i], fp);
		if (!c->bash && found->about.v[i][0] != '\0')
			fprintf(fp, "\t%s", found->about.v[i]);
		putc('\n', fp);
	}
}

void
complete_argv_print(const struct complete_argv *c,
    const struct complete_source *src, FILE *fp)
{
	struct candidates found = { .prefix = c->word };
	struct search s = {
		.c = c, .given = src, .found = &found, .whole = c->word,
		.src = { .commands = src->commands, .remote = pass_remote,
			.local = note_local, .sites = pass_sites },
	};

	s.src.ctx = &s;
	add_all(&s);
	if (s.files || s.dirs)
		fprintf(fp, "%s\t%.*s\n", s.files ? "files" : "dirs", s.at,
		    c->word);
	else
		print_candidates(c, &found, fp);
	candidates_release(&found);
}
