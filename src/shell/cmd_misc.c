/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Raw commands, and those about the shell itself. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/parse.h"
#include "base/text.h"
#include "ftp/mask.h"
#include "ftp/reply.h"
#include "net/wait.h"
#include "shell/cmd_all.h"
#include "shell/edit.h"
#include "shell/run.h"
#include "shell/shell.h"
#include "shell/version.h"

/* The operands with blanks between them. */
static char *
join_operands(const struct args *a)
{
	struct buf b = BUF_INIT(BUF_OWN);
	size_t i;

	for (i = 0; i < a->n; i++)
		buf_addf(&b, "%s%s", i > 0 ? " " : "", a->word[i].text);
	return buf_detach(&b);
}

/* site, quote */

static void
print_reply(struct run *run, const struct reply *r)
{
	char *copy = xstrdup(r->text.data), *rest = copy, *line, *escaped;

	while ((line = strsep(&rest, "\n")) != NULL) {
		if (rest != NULL && *rest == '\0')
			rest = NULL;
		escaped = text_escaped(line);
		fprintf(run->out, "%d%c%s\n", r->code, rest != NULL ? '-' : ' ',
		    escaped);
		free(escaped);
	}
	free(copy);
}

static int
send_raw(struct run *run, const char *line, struct err *err)
{
	const struct reply *r;

	if (session_quote(run->session, line, &r, err) != 0)
		return -1;
	print_reply(run, r);
	if (r->code >= 400)
		return reply_error(r, err, "%.*s",
		    (int)strcspn(line, " "), line);
	return 0;
}

/*
 * Whether what is sent, first and the words up to this one, ends within a
 * password.
 */
static bool
raw_is_secret(const char *first, const struct line *line, size_t word)
{
	struct buf b = BUF_INIT(BUF_OWN);
	bool found;
	size_t i;

	buf_adds(&b, first);
	for (i = 1; i < word; i++)
		buf_addf(&b, "%s ", line->word[i].text);
	buf_adds(&b, line->word[word].text);
	found = mask_secret(b.data) != NULL;
	buf_release_secret(&b);
	return found;
}

static bool
site_is_secret(const struct line *line, size_t word)
{
	return raw_is_secret("SITE ", line, word);
}

static bool
quote_is_secret(const struct line *line, size_t word)
{
	return raw_is_secret("", line, word);
}

static int
run_site(struct run *run, const struct args *a, struct err *err)
{
	char *words = join_operands(a), *line = xasprintf("SITE %s", words);
	int rc = send_raw(run, line, err);

	free(line);
	free(words);
	return rc;
}

const struct cmd cmd_site = {
	.name = "site",
	.min = 1, .max = -1, .first = ARG_NAME, .rest = ARG_TEXT,
	.flags = CMD_SERVER | CMD_RAW,
	.group = "Raw",
	.usage = "site WORD...",
	.summary = "Send a SITE command",
	.secret = site_is_secret,
	.run = run_site,
};

static const char by_user[] = "use 'user NAME [PASSWORD]'";
static const char by_ls[] = "use 'ls' or 'nlist'";
static const char by_put[] = "use 'put'";
static const char by_mv[] = "use 'mv'";
static const char breaks[] = "it would break the session or its protection";

/* Commands that would undo the protection or confuse the session. */
static const struct {
	const char *verb, *say;
} refused[] = {
	{ "USER", by_user }, { "PASS", by_user }, { "ACCT", "'set account' is "
	    "for it" },
	{ "LIST", by_ls }, { "NLST", by_ls }, { "MLSD", by_ls },
	{ "RETR", "use 'get'" }, { "REST", "use 'get -c'" },
	{ "STOR", by_put }, { "STOU", by_put }, { "APPE", by_put },
	{ "RNFR", by_mv }, { "RNTO", by_mv }, { "QUIT", "use 'close'" },
	{ "AUTH", breaks }, { "CCC", breaks }, { "PBSZ", breaks },
	{ "PROT", breaks }, { "REIN", breaks }, { "PASV", breaks },
	{ "EPSV", breaks }, { "PORT", breaks }, { "EPRT", breaks },
	{ "LPSV", breaks }, { "LPRT", breaks }, { "CPSV", breaks },
	{ "SPSV", breaks }, { "SSCN", breaks }, { "MODE", breaks },
	{ "TYPE", breaks }, { "STRU", breaks }, { "ABOR", breaks },
};

static int
check_quote(struct run *run, const struct args *a, struct err *err)
{
	char *line = join_operands(a), *text = line + strspn(line, " \t");
	size_t i, n = strcspn(text, " \t");
	int rc = 0;

	(void)run;
	for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		if (strncasecmp(refused[i].verb, text, n) == 0 &&
		    strlen(refused[i].verb) == n)
			rc = err_set(err, ERR_USAGE, "quote: not %s: %s",
			    refused[i].verb, refused[i].say);
	}
	free(line);
	return rc;
}

static int
run_quote(struct run *run, const struct args *a, struct err *err)
{
	char *line = join_operands(a);
	int rc = send_raw(run, line, err);

	free(line);
	return rc;
}

static const struct cmd_alias quote_synonyms[] = {
	{ "literal", 0 }, { NULL, 0 }
};

const struct cmd cmd_quote = {
	.name = "quote",
	.synonyms = quote_synonyms,
	.min = 1, .max = -1, .first = ARG_NAME, .rest = ARG_TEXT,
	.flags = CMD_SERVER | CMD_RAW,
	.usage = "quote WORD...",
	.summary = "Send a command as it is and print the reply",
	.help = "Not for what belongs to the login, the protection or data "
	    "connections.",
	.check = check_quote,
	.secret = quote_is_secret,
	.run = run_quote,
};

/* history */

static int
check_history(struct run *run, const struct args *a, struct err *err)
{
	uint64_t n;

	(void)run;
	if (a->n == 0 || parse_u64(a->word[0].text, INT32_MAX, &n) == 0)
		return 0;
	return err_set(err, ERR_USAGE, "history: not a number");
}

static int
run_history(struct run *run, const struct args *a, struct err *err)
{
	const struct edit *edit = run->shell->edit;
	uint64_t n = 0;

	if (edit == NULL)
		return err_set(err, ERR_USAGE,
		    "history: only the interactive shell has one");
	if (a->n > 0)
		parse_u64(a->word[0].text, INT32_MAX, &n);
	edit_history(edit, run->out, (int)n);
	return 0;
}

const struct cmd cmd_history = {
	.name = "history",
	.min = 0, .max = 1, .first = ARG_TEXT,
	.flags = CMD_SHELL,
	.usage = "history [N]",
	.summary = "Print what was typed, or the last N lines of it",
	.check = check_history,
	.run = run_history,
};

static int
run_echo(struct run *run, const struct args *a, struct err *err)
{
	char *text = join_operands(a);

	(void)err;
	fprintf(run->out, "%s\n", text);
	free(text);
	return 0;
}

const struct cmd cmd_echo = {
	.name = "echo",
	.min = 0, .max = -1, .first = ARG_TEXT, .rest = ARG_TEXT,
	.flags = CMD_RAW,
	.usage = "echo [WORD]...",
	.summary = "Print the words",
	.run = run_echo,
};

static int
run_source(struct run *run, const struct args *a, struct err *err)
{
	return shell_run_within(run->shell, run, a->line->sourced, err);
}

const struct cmd cmd_source = {
	.name = "source",
	.min = 1, .max = 1, .first = ARG_LOCAL,
	.flags = CMD_SHELL | CMD_SOURCE,
	.usage = "source FILE",
	.summary = "Run the commands in a local file",
	.run = run_source,
};

static int
check_sleep(struct run *run, const struct args *a, struct err *err)
{
	int64_t ms;

	(void)run;
	if (parse_duration(a->word[0].text, &ms) == 0)
		return 0;
	return err_set(err, ERR_USAGE, "sleep: not a time (90, 30m, 2h)");
}

static int
run_sleep(struct run *run, const struct args *a, struct err *err)
{
	int64_t ms = 0;

	parse_duration(a->word[0].text, &ms);
	return net_sleep(ms, run->cancel, err);
}

const struct cmd cmd_sleep = {
	.name = "sleep",
	.min = 1, .max = 1, .first = ARG_TEXT,
	.usage = "sleep TIME",
	.summary = "Wait: seconds, or 500ms, 30m, 2h",
	.check = check_sleep,
	.run = run_sleep,
};

static int
run_version(struct run *run, const struct args *a, struct err *err)
{
	(void)a;
	(void)err;
	version_print(run->out);
	return 0;
}

const struct cmd cmd_version = {
	.name = "version",
	.usage = "version",
	.summary = "Print the version",
	.run = run_version,
};
