/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "shell/passwords.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "config/conceal.h"
#include "config/option.h"
#include "config/url.h"
#include "shell/alias.h"
#include "shell/cmd.h"
#include "shell/lex.h"

static bool alias_is_secret(const struct cmd *const *, const struct line *,
    size_t);

static bool
word_is_secret(const struct cmd *const *commands,
    const struct line *line, size_t i)
{
	const struct cmd *cmd;
	struct err err;
	size_t n;

	if (conceal_find(line->word[i].text, &n) != NULL)
		return true;
	cmd = cmd_find(commands, line->word[0].text, &err);
	if (cmd != NULL && (cmd->flags & CMD_ALIAS) != 0)
		return alias_is_secret(commands, line, i);
	return cmd != NULL && cmd->secret != NULL && i > 0 &&
	    cmd->secret(line, i);
}

/* NAME=TEXT, NAME TEXT, or NAME and the words of a command. */
static bool
alias_is_secret(const struct cmd *const *commands, const struct line *line,
    size_t i)
{
	const char *text = line->word[i].text;
	struct line inner = { .word = line->word + 2, .n = line->n - 2 };

	if (i == 1 && (text = strchr(text, '=')) != NULL)
		return passwords_in(commands, NULL, text + 1);
	if (i < 2)
		return false;
	return inner.n == 1 ? passwords_in(commands, NULL, text) :
	    word_is_secret(commands, &inner, i - 2);
}

static bool
line_is_secret(const struct cmd *const *commands,
    const struct line *line)
{
	size_t i, n;

	if ((line->shell != NULL && conceal_find(line->shell, &n) != NULL) ||
	    (line->pipe_to != NULL && conceal_find(line->pipe_to, &n) != NULL))
		return true;
	for (i = 0; i < line->n; i++)
		if (word_is_secret(commands, line, i))
			return true;
	return false;
}

/* Of text that cannot be parsed: rather a harmless line is forgotten. */
static bool
may_be_secret(const struct cmd *const *commands, const char *text)
{
	if (strstr(text, "://") != NULL ||
	    strcasestr(text, "pin-value") != NULL)
		return true;
	for (; *commands != NULL; commands++)
		if ((*commands)->secret != NULL &&
		    strcasestr(text, (*commands)->name) != NULL)
			return true;
	return false;
}

bool
passwords_in(const struct cmd *const *commands,
    const struct aliases *aliases, const char *text)
{
	struct script script = STAILQ_HEAD_INITIALIZER(script);
	struct line *line;
	struct err err;
	bool secret = false;

	if (lex_parse(text, NULL, &script, &err) != 0)
		secret = may_be_secret(commands, text);
	STAILQ_FOREACH(line, &script, link)
		secret = secret ||
		    alias_expand(aliases, &script, line, &err) != 0 ||
		    line_is_secret(commands, line);
	lex_release(&script);
	return secret;
}

/* Overwrites it wherever it stands; false: nowhere, so it is quoted. */
static bool
wipe_all(char *text, const char *secret)
{
	size_t n = strlen(secret);
	bool any = n == 0;

	while (n > 0 && (text = strstr(text, secret)) != NULL) {
		memset(text, 'x', n);
		text += n;
		any = true;
	}
	return any;
}

static bool
wipe_line(const struct cmd *const *commands, char *text,
    const struct line *line, bool *any)
{
	size_t i;

	for (i = 0; i < line->n; i++) {
		if (!word_is_secret(commands, line, i))
			continue;
		*any = true;
		if (!wipe_all(text, line->word[i].text))
			return false;
	}
	return true;
}

bool
passwords_wipe_script(const struct cmd *const *commands, char *text)
{
	struct script script = STAILQ_HEAD_INITIALIZER(script);
	const struct line *line;
	struct err err;
	bool any = false, done = true;

	if (lex_parse(text, NULL, &script, &err) != 0) {
		any = may_be_secret(commands, text);
		done = !any;
	}
	STAILQ_FOREACH(line, &script, link)
		done = done && wipe_line(commands, text, line, &any);
	lex_release(&script);
	any = conceal_wipe(text) || any;
	if (!done)
		memset(text, 'x', strlen(text));
	return any;
}

bool
passwords_wipe_words(const struct cmd *const *commands, char *const *argv,
    size_t n)
{
	struct script script = STAILQ_HEAD_INITIALIZER(script);
	const struct line *line;
	bool any = false;
	size_t i;

	lex_words(argv, n, true, &script);
	line = STAILQ_FIRST(&script);
	for (i = 0; i < n; i++) {
		if (!word_is_secret(commands, line, i))
			continue;
		any = true;
		if (!conceal_wipe(argv[i]) && !url_wipe_password(argv[i]))
			memset(argv[i], 'x', strlen(argv[i]));
	}
	lex_release(&script);
	return any;
}

bool
passwords_wipe_setting(char *text)
{
	char *equals = strchr(text, '='), *name;
	bool secret;

	if (equals == NULL)
		return conceal_wipe(text);
	name = xstrndup(text, (size_t)(equals - text));
	secret = option_is_secret(name, equals + 1);
	free(name);
	if (secret)
		memset(equals + 1, 'x', strlen(equals + 1));
	return conceal_wipe(equals + 1) || secret;
}
