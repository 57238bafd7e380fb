/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "shell/cmd.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "config/conceal.h"
#include "config/url.h"
#include "shell/foreign.h"

enum {
	SHOWN_MAX = 64,		/* bytes of an unknown name in a message */
	OPTION_COLUMNS = 26,	/* where the help of an option begins */
};

/* Calls fn for each name of each command until it returns true. */
static void
each_name(const struct cmd *const *table,
    bool (*fn)(void *ctx, const struct cmd *cmd, const char *name), void *ctx)
{
	const struct cmd_alias *alias;

	for (; *table != NULL; table++) {
		if (fn(ctx, *table, (*table)->name))
			return;
		alias = (*table)->aliases;
		for (; alias != NULL && alias->name != NULL; alias++) {
			if (fn(ctx, *table, alias->name))
				return;
		}
	}
}

static const struct cmd_alias *
find_called(const struct cmd_alias *s, const char *name)
{
	for (; s != NULL && s->name != NULL; s++) {
		if (strcmp(s->name, name) == 0)
			return s;
	}
	return NULL;
}

struct search {
	const char *name;
	bool on_server;		/* only commands that need a site */
	const struct cmd *exact, *prefix;
	bool ambiguous;
	struct err *err;
	int listed;
};

static bool
note_match(void *ctx, const struct cmd *cmd, const char *name)
{
	struct search *s = ctx;

	if (strncmp(name, s->name, strlen(s->name)) != 0)
		return false;
	if (strcmp(name, s->name) == 0) {
		s->exact = cmd;
		return true;
	}
	if (s->prefix != NULL && s->prefix != cmd)
		s->ambiguous = true;
	s->prefix = cmd;
	return false;
}

static bool
list_prefixed(void *ctx, const struct cmd *cmd, const char *name)
{
	struct search *s = ctx;

	(void)cmd;
	if (strncmp(name, s->name, strlen(s->name)) == 0)
		err_append(s->err, "%s%s", s->listed++ == 0 ? ": " : ", ",
		    name);
	return false;
}

/* Whether they differ in one letter, or in two neighbours exchanged. */
static bool
is_near(const char *a, const char *b)
{
	while (*a != '\0' && *a == *b) {
		a++;
		b++;
	}
	if (*a == '\0' || *b == '\0')
		return strlen(a) + strlen(b) <= 1;
	return strcmp(a + 1, b) == 0 || strcmp(a, b + 1) == 0 ||
	    strcmp(a + 1, b + 1) == 0 ||
	    (a[0] == b[1] && a[1] == b[0] && strcmp(a + 2, b + 2) == 0);
}

static void
list(struct search *s, const char *name)
{
	err_append(s->err, "%s '%s'", s->listed++ == 0 ? "; did you mean" :
	    " or", name);
}

static bool
list_near(void *ctx, const struct cmd *cmd, const char *name)
{
	struct search *s = ctx;

	if (((cmd->flags & CMD_SERVER) != 0) == s->on_server &&
	    (strcasecmp(name, s->name) == 0 ||
	    (strlen(s->name) > 2 && is_near(name, s->name))))
		list(s, name);
	return false;
}

/* Those of other programs that are near, or that it abbreviates. */
static void
list_synonyms(const struct cmd *const *table, struct search *s)
{
	const struct cmd_alias *alias;
	size_t n = strlen(s->name);

	for (; *table != NULL; table++) {
		alias = (*table)->synonyms;
		for (; alias != NULL && alias->name != NULL; alias++) {
			if (n > 2 && (is_near(alias->name, s->name) ||
			    strncmp(alias->name, s->name, n) == 0))
				list(s, alias->name);
		}
	}
}

/* Those that ask the server first: "nls" is ls, not lls. */
static void
list_nearest(const struct cmd *const *table, struct search *s)
{
	s->on_server = true;
	each_name(table, list_near, s);
	s->on_server = false;
	if (s->listed == 0)
		each_name(table, list_near, s);
	if (s->listed == 0)
		list_synonyms(table, s);
	if (s->listed > 0)
		err_append(s->err, "?");
}

/* What is said of a name that is none. */
static void
explain_unknown(const struct cmd *const *table, struct search *s)
{
	const char *instead = foreign_instead(s->name);

	if (instead != NULL)
		err_append(s->err, ": %s", instead);
	else if (strpbrk(s->name, " \t;&|") != NULL)
		err_append(s->err, "; for a line of commands in one argument "
		    "use -c");
	else if (strpbrk(s->name, "()") != NULL)
		err_append(s->err, "; there are no groups in '(' and ')'");
	else if (strstr(s->name, ":/") != NULL)
		err_append(s->err, "; 'get' and 'put' transfer files");
	else
		list_nearest(table, s);
}

const struct cmd *
cmd_find(const struct cmd *const *table, const char *name, struct err *err)
{
	struct search s = { .name = name, .err = err };
	const struct cmd *const *cmd;
	char shown[SHOWN_MAX], *masked;

	if (name[0] != '\0')
		each_name(table, note_match, &s);
	for (cmd = table; s.exact == NULL && *cmd != NULL; cmd++) {
		if (find_called((*cmd)->synonyms, name) != NULL)
			s.exact = *cmd;
	}
	if (s.exact != NULL || (s.prefix != NULL && !s.ambiguous))
		return s.exact != NULL ? s.exact : s.prefix;
	masked = conceal_copy(name);
	url_wipe_password(masked);
	text_escape_to(shown, sizeof(shown), masked);
	free(masked);
	if (name[0] == '\0') {
		err_set(err, ERR_USAGE, "the command's name is empty (a "
		    "variable that is not set?)");
	} else if (s.ambiguous) {
		err_set(err, ERR_USAGE, "%s: ambiguous", shown);
		each_name(table, list_prefixed, &s);
	} else {
		err_set(err, ERR_USAGE, "%s: unknown command", shown);
		explain_unknown(table, &s);
	}
	return NULL;
}

bool
cmd_is_optional(const struct cmd_option *o)
{
	return o->value != NULL && strncmp(o->value, "[=", 2) == 0;
}

bool
cmd_is_called(const struct cmd *cmd, const char *name)
{
	return strcmp(cmd->name, name) == 0 ||
	    find_called(cmd->aliases, name) != NULL ||
	    find_called(cmd->synonyms, name) != NULL;
}

int
cmd_implied(const struct cmd *cmd, const char *name)
{
	const struct cmd_alias *alias = cmd->aliases;
	const struct cmd_alias *found = find_called(cmd->synonyms, name);
	size_t n = strlen(name);

	if (found != NULL)
		return found->implies;
	if (alias == NULL || strncmp(cmd->name, name, n) == 0)
		return 0;
	for (; alias->name != NULL; alias++) {
		if (strcmp(alias->name, name) == 0)
			return alias->implies;
		if (found == NULL && strncmp(alias->name, name, n) == 0)
			found = alias;
	}
	return found != NULL ? found->implies : 0;
}

void
cmd_wrap(FILE *fp, const char *text, int at, int indent, int columns)
{
	int n;

	for (; *text != '\0'; text += n) {
		n = (int)strcspn(text + 1, " \n") + 1;
		if (*text == '\n' || (columns > 0 && at + n > columns &&
		    at > indent)) {
			text += *text == ' ' || *text == '\n';
			n -= n > 1;
			fprintf(fp, "\n%*s", indent, "");
			at = indent;
		}
		fprintf(fp, "%.*s", n, text);
		at += n;
	}
	putc('\n', fp);
}

/* "-n, --lines N", "-r", "--force", "-name GLOB" */
static void
print_option(FILE *fp, const struct cmd *cmd, const struct cmd_option *o,
    int columns)
{
	const char *dashes = (cmd->flags & CMD_WORDS) != 0 ? "-" : "--";
	char text[64];
	size_t n = 0;

	if (o->id < 256)
		n = (size_t)snprintf(text, sizeof(text), "-%c%s", o->id,
		    o->name != NULL ? ", " : "");
	if (o->name != NULL)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s",
		    dashes, o->name);
	if (o->value != NULL)
		snprintf(text + n, sizeof(text) - n, "%s%s",
		    cmd_is_optional(o) ? "" : " ", o->value);
	fprintf(fp, "  %-*s ", OPTION_COLUMNS, text);
	n = strlen(text);
	cmd_wrap(fp, o->help, 3 + (n > OPTION_COLUMNS ? (int)n :
	    OPTION_COLUMNS), OPTION_COLUMNS + 3, columns);
}

int
cmd_check_aside(const struct cmd *cmd, struct err *err)
{
	if ((cmd->flags & (CMD_MAIN | CMD_SHELL | CMD_FRONT)) == 0)
		return 0;
	return err_set(err, ERR_USAGE, "%s: cannot be a job (&)", cmd->name);
}

void
cmd_help(FILE *fp, const struct cmd *cmd, int columns)
{
	const struct cmd_option *o;
	const struct cmd_alias *alias = cmd->aliases;

	fputs("usage: ", fp);
	cmd_wrap(fp, cmd->usage, 7, 7, columns);
	cmd_wrap(fp, cmd->summary, 0, 0, columns);
	if (alias != NULL) {
		fputs("also called", fp);
		for (; alias->name != NULL; alias++)
			fprintf(fp, " %s", alias->name);
		putc('\n', fp);
	}
	for (o = cmd->options; o != NULL && o->id != 0; o++)
		print_option(fp, cmd, o, columns);
	if (cmd->example != NULL)
		fprintf(fp, "for example: %s\n", cmd->example);
	if (cmd->help != NULL)
		fprintf(fp, "%s\n", cmd->help);
}
