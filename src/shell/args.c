/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "shell/args.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

enum { SHOWN_MAX = 128 };	/* bytes of a wrong word in a message */

struct parser {
	const struct cmd *cmd;
	const struct line *line;
	size_t next;		/* word */
	struct args *a;
	bool help;
	/* for a line that is being typed, else NULL */
	struct args_next *typed;
	struct err *err;
};

static int __attribute__((format(printf, 2, 3)))
usage_error(struct parser *p, const char *fmt, ...)
{
	va_list ap;
	char *what;

	va_start(ap, fmt);
	what = xvasprintf(fmt, ap);
	va_end(ap);
	err_set(p->err, ERR_USAGE, "%s: %s; usage: %s", p->cmd->name, what,
	    p->cmd->usage);
	free(what);
	return -1;
}

/* With the usage, if that fits into a line of 80 columns. */
static int
unknown_option(struct parser *p, const char *dashes, const char *shown)
{
	const struct cmd *cmd = p->cmd;
	char *what = xasprintf("%s: unknown option '%s%s'", cmd->name, dashes,
	    shown);

	if (strlen("ftps: ; usage: ") + strlen(what) + strlen(cmd->usage) > 80)
		err_set(p->err, ERR_USAGE, "%s; see '%s --help'", what,
		    cmd->name);
	else
		err_set(p->err, ERR_USAGE, "%s; usage: %s", what, cmd->usage);
	free(what);
	return -1;
}

static void
add_value(struct parser *p, int id, const char *text)
{
	struct args *a = p->a;

	a->value = xreallocarray(a->value, a->nvalues + 1,
	    sizeof(*a->value));
	a->value[a->nvalues++] = (struct arg_value){ id, text };
}

static void
add_operand(struct parser *p, const struct word *w)
{
	p->a->word[p->a->n++] = *w;
}

static bool
is_long_option(const char *text)
{
	return strncmp(text, "--", 2) == 0 && text[2] != '\0';
}

/* The argument of an option: the rest of its word, or the next one. */
static int
take_argument(struct parser *p, const struct cmd_option *o, const char *rest)
{
	if (rest == NULL) {
		if (p->next == p->line->n || (strcmp(o->value, "N") == 0 &&
		    is_long_option(p->line->word[p->next].text))) {
			if (p->typed != NULL)
				p->typed->option = o;
			if (o->name != NULL)
				return usage_error(p, "option '%s' needs %s",
				    o->name, o->value);
			return usage_error(p, "option -%c needs %s", o->id,
			    o->value);
		}
		rest = p->line->word[p->next++].text;
	}
	add_value(p, o->id, rest);
	return 0;
}

/* Those of other programs: whole only. */
static const struct cmd_option *
foreign_by_name(const struct cmd *cmd, const char *name, size_t n)
{
	const struct cmd_option *const *table, *o;

	for (table = cmd->foreign; table != NULL && *table != NULL; table++) {
		for (o = *table; o->id != 0; o++) {
			if (o->name != NULL && strlen(o->name) == n &&
			    strncmp(o->name, name, n) == 0)
				return o;
		}
	}
	return NULL;
}

/* The first with an id; the letter is one. */
static const struct cmd_option *
option_by_id(const struct cmd *cmd, int id)
{
	const struct cmd_option *const *table, *o;

	for (o = cmd->options; o != NULL && o->id != 0; o++) {
		if (o->id == id)
			return o;
	}
	for (table = cmd->foreign; table != NULL && *table != NULL; table++) {
		for (o = *table; o->id != 0; o++) {
			if (o->id == id)
				return o;
		}
	}
	return NULL;
}

const struct cmd_option *
args_option(const struct cmd *cmd, const char *name, size_t n,
    bool *ambiguous)
{
	const struct cmd_option *o, *found = NULL;

	*ambiguous = false;
	for (o = cmd->options; o != NULL && o->id != 0; o++) {
		if (o->name == NULL || strncmp(o->name, name, n) != 0)
			continue;
		if (o->name[n] == '\0') {
			*ambiguous = false;
			return o;
		}
		if ((cmd->flags & CMD_WORDS) != 0)
			continue;
		*ambiguous = *ambiguous || found != NULL;
		found = o;
	}
	if (found == NULL)
		return foreign_by_name(cmd, name, n);
	return *ambiguous ? NULL : found;
}

static int
take_long(struct parser *p, const char *name)
{
	size_t n = strcspn(name, "=");
	const char *rest = name[n] == '=' ? name + n + 1 : NULL;
	const char *dashes = (p->cmd->flags & CMD_WORDS) != 0 ? "-" : "--";
	const struct cmd_option *o;
	char shown[SHOWN_MAX], *only;
	bool ambiguous = false;

	if (strcmp(name, "help") == 0) {
		p->help = true;
		return 0;
	}
	o = n > 0 ? args_option(p->cmd, name, n, &ambiguous) : NULL;
	/* Only the name is shown: the value may be a password. */
	only = xstrndup(name, n);
	text_escape_to(shown, sizeof(shown), only);
	free(only);
	if (ambiguous)
		return usage_error(p, "option '--%s' is ambiguous", shown);
	if (o == NULL)
		return unknown_option(p, dashes, shown);
	if (o->arg != ARG_NONE && (rest != NULL || !cmd_is_optional(o)))
		return take_argument(p, o, rest);
	if (rest != NULL)
		return usage_error(p, "option '%s%s' takes no argument", dashes,
		    o->name);
	add_value(p, o->id, NULL);
	return 0;
}

static int
take_short(struct parser *p, const char *letters)
{
	const struct cmd_option *o;
	char shown[SHOWN_MAX], letter[2] = { 0 };

	for (; *letters != '\0'; letters++) {
		o = option_by_id(p->cmd, *letters);
		if (o == NULL) {
			letter[0] = *letters;
			text_escape_to(shown, sizeof(shown), letter);
			return unknown_option(p, "-", shown);
		}
		if (o->arg != ARG_NONE && !cmd_is_optional(o))
			return take_argument(p, o,
			    letters[1] != '\0' ? letters + 1 : NULL);
		add_value(p, o->id, NULL);
	}
	return 0;
}

static int
take_option(struct parser *p, const char *text)
{
	if (text[1] == '-')
		return take_long(p, text + 2);
	if ((p->cmd->flags & CMD_COUNT) != 0 &&
	    isdigit((unsigned char)text[1])) {
		add_value(p, 'n', text + 1);
		return 0;
	}
	if ((p->cmd->flags & CMD_WORDS) != 0)
		return take_long(p, text + 1);
	return take_short(p, text + 1);
}

/* --help alone, also of a command that takes its words as they are. */
static bool
is_lone_help(const struct parser *p)
{
	return p->line->n == 2 && strcmp(p->line->word[1].text, "--help") == 0;
}

static void
take_alias(struct parser *p)
{
	int id = cmd_implied(p->cmd, p->line->word[0].text);

	if (id != 0)
		add_value(p, id, NULL);
}

static int
take_words(struct parser *p)
{
	bool ended = (p->cmd->flags & CMD_RAW) != 0;
	const struct word *w;

	p->help = is_lone_help(p);
	while (p->next < p->line->n) {
		w = &p->line->word[p->next++];
		if (ended || w->text[0] != '-' || w->text[1] == '\0')
			add_operand(p, w);
		else if (strcmp(w->text, "--") == 0)
			ended = true;
		else if (take_option(p, w->text) != 0 && p->typed == NULL)
			return -1;
	}
	if (p->typed != NULL)
		p->typed->only_operands = ended;
	return 0;
}

static bool
is_remote(const struct cmd *cmd, enum arg_kind kind)
{
	return kind == ARG_REMOTE || kind == ARG_REMOTE_DIR ||
	    (cmd->flags & (CMD_RAW | CMD_SERVER)) == (CMD_RAW | CMD_SERVER);
}

/*
 * An empty word mostly comes of a variable that is not set, and must not mean
 * the current directory.  A line end in a name would begin another command.
 */
static int
check_word(struct parser *p, enum arg_kind kind, const char *text,
    const char *what)
{
	if (*text == '\0' && kind != ARG_TEXT)
		return usage_error(p, "%s is empty (a variable that is not "
		    "set?)", what);
	if (is_remote(p->cmd, kind) && strpbrk(text, "\r\n") != NULL)
		return usage_error(p, "line break in a name");
	return 0;
}

static int
check_operands(struct parser *p)
{
	const struct cmd *cmd = p->cmd;
	char what[SHOWN_MAX];
	size_t i;

	for (i = 0; i < p->a->n; i++) {
		snprintf(what, sizeof(what), "operand %zu", i + 1);
		if (check_word(p, i == 0 ? cmd->first : cmd->rest,
		    p->a->word[i].text, what) != 0)
			return -1;
	}
	return 0;
}

static int
check_values(struct parser *p)
{
	const struct arg_value *v = p->a->value, *end = v + p->a->nvalues;
	const struct cmd_option *o;
	char what[SHOWN_MAX];

	for (; v < end; v++) {
		if (v->text == NULL)
			continue;
		o = option_by_id(p->cmd, v->id);
		if (o->name != NULL)
			snprintf(what, sizeof(what), "%s of option '%s'",
			    o->value, o->name);
		else
			snprintf(what, sizeof(what), "%s of option -%c",
			    o->value, o->id);
		if (check_word(p, o->arg, v->text, what) != 0)
			return -1;
	}
	return 0;
}

/* What is wanted first, and how that looks. */
static int
missing_operand(struct parser *p)
{
	static const char *const wanted[] = {
		[ARG_REMOTE] = ": a name on the server",
		[ARG_REMOTE_DIR] = ": a directory of the server",
		[ARG_LOCAL] = ": a local name",
		[ARG_LOCAL_DIR] = ": a local directory",
		[ARG_SITE] = ": a site", [ARG_ALIAS] = "",
	};
	const struct cmd *cmd = p->cmd;
	enum arg_kind kind = args_has(p->a, cmd->exchange) ? cmd->rest :
	    cmd->first;

	usage_error(p, "missing operand%s", p->a->n > 0 ||
	    wanted[kind] == NULL ? "" : wanted[kind]);
	return cmd->example == NULL ? -1 :
	    err_append(p->err, "; for example: %s", cmd->example);
}

int
args_parse(const struct cmd *cmd, const struct line *line, struct args *a,
    bool *help, struct err *err)
{
	struct parser p = {
		.cmd = cmd, .line = line, .next = 1, .a = a, .err = err,
	};

	*a = (struct args){ .cmd = cmd, .line = line };
	a->word = xcalloc(line->n, sizeof(*a->word));
	*help = false;
	take_alias(&p);
	if (take_words(&p) != 0)
		return -1;
	*help = p.help;
	if (p.help)
		return 0;
	if (a->n < (size_t)cmd->min)
		return missing_operand(&p);
	if (cmd->max >= 0 && a->n > (size_t)cmd->max)
		return usage_error(&p, "too many operands");
	return check_operands(&p) == 0 ? check_values(&p) : -1;
}

void
args_parse_part(const struct cmd *cmd, const struct line *line,
    struct args *a, struct args_next *next)
{
	struct err ignored = ERR_INIT;
	struct parser p = {
		.cmd = cmd, .line = line, .next = 1, .a = a, .typed = next,
		.err = &ignored,
	};

	*a = (struct args){ .cmd = cmd, .line = line };
	*next = (struct args_next){ 0 };
	a->word = xcalloc(line->n, sizeof(*a->word));
	take_words(&p);
}

void
args_release(struct args *a)
{
	free(a->word);
	free(a->value);
	*a = (struct args){ 0 };
}

bool
args_has(const struct args *a, int id)
{
	size_t i;

	for (i = 0; i < a->nvalues; i++) {
		if (a->value[i].id == id)
			return true;
	}
	return false;
}

const char *
args_value(const struct args *a, int id)
{
	size_t i;

	for (i = a->nvalues; i > 0; i--) {
		if (a->value[i - 1].id == id)
			return a->value[i - 1].text;
	}
	return NULL;
}
