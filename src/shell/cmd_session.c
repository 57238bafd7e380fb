/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The commands about the session: open, close, user, set, exit and others. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/parse.h"
#include "base/text.h"
#include "config/conceal.h"
#include "config/url.h"
#include "shell/cmd_all.h"
#include "shell/jobs.h"
#include "shell/lftp.h"
#include "shell/run.h"
#include "shell/shell.h"

/* Warns of a password in the line, where others may read it. */
static void
warn_of_password(struct run *run, const struct args *a)
{
	size_t i;

	for (i = 1; i < a->line->n; i++) {
		if (!a->cmd->secret(a->line, i))
			continue;
		observe_warning(run->obs, "%s: a password that is typed or "
		    "kept in a script can be seen by others", a->cmd->name);
		return;
	}
}

/* In SITE, or in what -u has. */
static bool
open_is_secret(const struct line *line, size_t i)
{
	const char *word = line->word[i].text, *value;
	struct args_next next;
	struct args a;
	size_t at, n, k;
	bool found = url_password(word, &at, &n) && n > 0;

	args_parse_part(&cmd_open, line, &a, &next);
	for (k = 0; k < a.nvalues; k++) {
		value = a.value[k].text;
		n = strlen(value);
		/* The whole word, or its end. */
		if (n <= strlen(word) && word + strlen(word) - n == value &&
		    strchr(value, ',') != NULL)
			found = true;
	}
	args_release(&a);
	return found;
}

/*
 * Whether a command that follows in the script connects (in one flight with
 * what it asks for), or logs in as another user before that.
 */
static bool
others_connect(const struct run *run, const struct line *line)
{
	const struct line *next = STAILQ_NEXT(line, link), *later;
	const struct cmd *cmd = NULL;
	struct err err;

	for (later = next; later != NULL && later->join != JOIN_OR;
	    later = STAILQ_NEXT(later, link)) {
		if (later->shell != NULL)
			continue;
		cmd = cmd_find(run->commands, later->word[0].text, &err);
		if (cmd != NULL && (cmd->flags & CMD_SERVER) != 0)
			return later == next || (cmd->flags & CMD_LOGIN) != 0;
	}
	return false;
}

/* Connects now, if a person waits for that or no other command will. */
static int
connect_now(struct run *run, const struct args *a, struct err *err)
{
	return !run->interactive && others_connect(run, a->line) ? 0 :
	    shell_connect(run->shell, err);
}

/* As "open HOST PORT" and -p have it, or NULL. */
static const char *
given_port(const struct args *a)
{
	return a->n > 1 ? a->word[1].text : args_value(a, 'p');
}

/* SITE with the port that was given beside it, to be wiped and freed. */
static char *
with_port(const struct args *a)
{
	const char *site = a->word[0].text, *port = given_port(a);
	const char *scheme = strstr(site, "://"), *host, *at;
	size_t n;

	if (port == NULL)
		return xstrdup(site);
	host = scheme != NULL ? scheme + 3 : site;
	n = strcspn(host, "/");
	/* In the directory it means nothing. */
	at = memrchr(host, '@', n);
	if (at != NULL) {
		n -= (size_t)(at + 1 - host);
		host = at + 1;
	}
	return xasprintf("%.*s:%s%s", (int)(host + n - site), site, port,
	    host + n);
}

static int
run_open(struct run *run, const struct args *a, struct err *err)
{
	char *site = with_port(a);
	int rc;

	warn_of_password(run, a);
	rc = shell_open(run->shell, site, args_value(a, 'u'), err);
	freezero(site, strlen(site));
	return rc != 0 ? -1 : connect_now(run, a, err);
}

static int
check_open(struct run *run, const struct args *a, struct err *err)
{
	const char *port = given_port(a);
	uint64_t n = 1;

	(void)run;
	if (port == NULL || (parse_u64(port, UINT16_MAX, &n) == 0 && n > 0))
		return 0;
	return err_set(err, ERR_USAGE, "open: the port is not a number from 1 "
	    "to 65535");
}

static const struct cmd_option open_options[] = {
	{ 'u', "user", ARG_TEXT, "USER", "login name, if SITE has none" },
	{ 'p', "port", ARG_TEXT, "PORT", "control port, if SITE has none" },
	{ 0 }
};

static const struct cmd_alias open_synonyms[] = {
	{ "connect", 0 }, { NULL, 0 }
};

const struct cmd cmd_open = {
	.name = "open",
	.synonyms = open_synonyms,
	.options = open_options,
	.min = 1, .max = 2, .first = ARG_SITE, .rest = ARG_TEXT,
	.flags = CMD_SHELL | CMD_LOGIN,
	.group = "Session",
	.usage = "open [-u USER] [-p PORT] SITE [PORT]",
	.example = "open me@ftp.example.net",
	.summary = "Open a site: a name of the configuration, "
	    "[user@]host[:port][/dir] or a URL",
	.secret = open_is_secret,
	.check = check_open,
	.run = run_open,
};

static int
run_close(struct run *run, const struct args *a, struct err *err)
{
	(void)a;
	(void)err;
	shell_close(run->shell);
	return 0;
}

static const struct cmd_alias close_synonyms[] = {
	{ "disconnect", 0 }, { NULL, 0 }
};

const struct cmd cmd_close = {
	.name = "close",
	.synonyms = close_synonyms,
	.flags = CMD_SHELL,
	.usage = "close",
	.summary = "Say goodbye to the server",
	.run = run_close,
};

static bool
user_is_secret(const struct line *line, size_t i)
{
	return i > 1 || strchr(line->word[i].text, ',') != NULL;
}

static int
run_user(struct run *run, const struct args *a, struct err *err)
{
	const char *password = a->n > 1 ? a->word[1].text : NULL;

	warn_of_password(run, a);
	if (shell_login(run->shell, a->word[0].text, password, err) != 0)
		return -1;
	return connect_now(run, a, err);
}

static const struct cmd_alias user_synonyms[] = {
	{ "login", 0 }, { NULL, 0 }
};

const struct cmd cmd_user = {
	.name = "user",
	.synonyms = user_synonyms,
	.min = 1, .max = 2, .first = ARG_NAME, .rest = ARG_TEXT,
	.flags = CMD_SHELL | CMD_SERVER | CMD_LOGIN,
	.usage = "user NAME [PASSWORD]",
	.summary = "Log in to the open site as another user",
	.secret = user_is_secret,
	.run = run_user,
};

static void
print_cert(FILE *fp, const struct tls_cert_info *info)
{
	char day[16];

	fprintf(fp, "certificate  %s, issued by %s, good until %s\n",
	    info->subject, info->issuer,
	    clock_format_day(info->not_after, day, sizeof(day)));
	fprintf(fp, "pin          %s\n", info->pin);
}

static void
print_session(struct run *run)
{
	const struct site *site = session_site(run->session);
	const char *cwd = session_cwd(run->session);
	struct session_state st;
	char *escaped;

	session_state(run->session, &st);
	fprintf(run->out, "site         %s\n", site->name);
	if (!st.alive) {
		fputs("not connected\n", run->out);
		return;
	}
	fprintf(run->out, "server       %s, %s\n", site->set.host, st.tls);
	fprintf(run->out, "user         %s\n", site->set.user);
	fprintf(run->out, "data         %s, %s\n", st.protected_data ?
	    "protected" : "IN THE CLEAR", site->set.mode == MODE_ACTIVE ?
	    "active" : "passive");
	if (st.certified)
		print_cert(run->out, &st.cert);
	if (cwd != NULL) {
		escaped = text_escaped(cwd);
		fprintf(run->out, "directory    %s\n", escaped);
		free(escaped);
	}
}

static int
run_status(struct run *run, const struct args *a, struct err *err)
{
	(void)a;
	/* In the shell it tells of the connection there is, or is not. */
	if (run->session != NULL && !run->interactive &&
	    session_connect(run->session, err) != 0)
		return -1;
	if (run->session == NULL)
		fputs("no site is open\n", run->out);
	else
		print_session(run);
	fputs("local        ", run->out);
	run_print_name(run, run->dir->path);
	putc('\n', run->out);
	return 0;
}

const struct cmd cmd_status = {
	.name = "status",
	.usage = "status",
	.summary = "Show the connection: server, TLS, certificate, user, "
	    "directories",
	.run = run_status,
};

static int
run_features(struct run *run, const struct args *a, struct err *err)
{
	const struct feat *feat;

	(void)a;
	if (session_connect(run->session, err) != 0)
		return -1;
	feat = session_feat(run->session);
	if (feat == NULL || !feat->known)
		return err_set(err, ERR_REFUSED,
		    "the server does not say what it can do (FEAT)");
	fputs(feat->lines.data, run->out);
	if (feat->lines.len > 0 &&
	    feat->lines.data[feat->lines.len - 1] != '\n')
		putc('\n', run->out);
	return 0;
}

static const struct cmd_alias features_synonyms[] = {
	{ "feat", 0 }, { NULL, 0 }
};

const struct cmd cmd_features = {
	.name = "features",
	.synonyms = features_synonyms,
	.flags = CMD_SERVER,
	.usage = "features",
	.summary = "Show what the server says it can do",
	.run = run_features,
};

/* set */

static void
print_setting(struct run *run, const struct option_row *row)
{
	struct buf b = BUF_INIT(BUF_OWN);
	char *shown;

	option_print(run->set, row, &b);
	shown = conceal_copy(b.data);
	fprintf(run->out, "%s ", row->name);
	run_print_name(run, shown);
	putc('\n', run->out);
	free(shown);
	buf_release(&b);
}

static void
print_settings(struct run *run, bool all)
{
	const struct option_row *row;

	for (row = option_table; row->name != NULL; row++) {
		if (all || option_is_set(run->set, row))
			print_setting(run, row);
	}
}

/* The words behind the name, with blanks between them. */
static char *
setting_value(const struct args *a)
{
	struct buf b = BUF_INIT(BUF_OWN);
	size_t i;

	for (i = 1; i < a->n; i++)
		buf_addf(&b, "%s%s", i > 1 ? " " : "", a->word[i].text);
	return buf_detach(&b);
}

static int
find_setting(const char *name, struct err *err)
{
	struct settings none;
	int rc;

	if (option_find(name) != NULL)
		return 0;
	settings_init(&none);
	rc = option_set(&none, name, "", err);
	settings_release(&none);
	return rc;
}

/* A setting of lftp's: what it comes to has to be right. */
static int
check_lftp(struct run *run, const struct args *a, struct err *err)
{
	char *value = setting_value(a);
	struct settings copy;
	struct lftp_set set;
	int rc;

	rc = lftp_setting(a->word[0].text, value, &set, err);
	if (rc == 0 && set.ours != NULL) {
		settings_copy(&copy, run->set);
		rc = option_set(&copy, set.ours, set.value, err);
		settings_release(&copy);
	}
	lftp_release(&set);
	free(value);
	return rc;
}

static int
check_set(struct run *run, const struct args *a, struct err *err)
{
	struct settings copy;
	char *value;
	int rc;

	if (a->n == 0)
		return 0;
	if (lftp_is_setting(a->word[0].text))
		return check_lftp(run, a, err);
	if (a->n == 1)
		return find_setting(a->word[0].text, err);
	value = setting_value(a);
	settings_copy(&copy, run->set);
	rc = *value == '\0' ? find_setting(a->word[0].text, err) :
	    option_set(&copy, a->word[0].text, value, err);
	settings_release(&copy);
	free(value);
	return rc;
}

static int
apply_deadline(struct shell *sh, struct err *err)
{
	const char *deadline = shell_settings(sh)->deadline;

	if (deadline != NULL)
		return shell_set_deadline(sh, deadline, err);
	sh->deadline = DEADLINE_NONE;
	return 0;
}

/* Some settings are the shell's own, too. */
static int
apply_setting(struct shell *sh, const char *name, const char *value,
    struct err *err)
{
	if (shell_set(sh, name, value, err) != 0)
		return -1;
	if (strcmp(name, "progress") == 0)
		term_set_progress(sh->term, shell_settings(sh)->progress);
	if (strcmp(name, "syslog") == 0)
		term_set_syslog(sh->term, shell_settings(sh)->syslog);
	if (strcmp(name, "log-file") == 0)
		return term_set_log(sh->term, shell_settings(sh)->log_file,
		    err);
	return strcmp(name, "deadline") == 0 ? apply_deadline(sh, err) : 0;
}

static int
set_lftp(struct run *run, const struct args *a, struct err *err)
{
	const char *name = a->word[0].text;
	char *value = setting_value(a);
	struct lftp_set set;
	int rc;

	rc = lftp_setting(name, value, &set, err);
	if (rc == 0 && set.ours != NULL)
		rc = apply_setting(run->shell, set.ours, set.value, err);
	if (rc == 0 && set.say != NULL)
		observe_warning(run->obs, "%s: %s", name, set.say);
	lftp_release(&set);
	free(value);
	return rc;
}

static int
run_set(struct run *run, const struct args *a, struct err *err)
{
	const char *name = a->n > 0 ? a->word[0].text : NULL;
	char *value;
	int rc;

	if (name != NULL && lftp_is_setting(name))
		return set_lftp(run, a, err);
	if (a->n < 2) {
		if (name == NULL)
			print_settings(run, args_has(a, 'a'));
		else
			print_setting(run, option_find(name));
		return 0;
	}
	value = setting_value(a);
	rc = apply_setting(run->shell, name, value, err);
	free(value);
	return rc;
}

static bool
set_is_secret(const struct line *line, size_t i)
{
	struct args_next next;
	struct args a;
	bool secret = false;
	size_t k;

	args_parse_part(&cmd_set, line, &a, &next);
	for (k = 1; k < a.n; k++)
		if (a.word[k].text == line->word[i].text)
			secret = option_is_secret(a.word[0].text,
			    a.word[1].text);
	args_release(&a);
	return secret;
}

static const struct cmd_option set_options[] = {
	{ 'a', "all", ARG_NONE, NULL, "those at their default, too" },
	{ 0 }
};

const struct cmd cmd_set = {
	.name = "set",
	.options = set_options,
	.min = 0, .max = -1, .first = ARG_SETTING, .rest = ARG_TEXT,
	.flags = CMD_SHELL,
	.usage = "set [-a] [NAME [VALUE]]",
	.summary = "Show the settings that were set, or set one",
	.help = "An empty VALUE takes a setting back to what holds without: "
	    "the\nconfiguration's, or the default.  Where a site is, who "
	    "logs in, how that is\nprotected (tls..., trust, pin and all "
	    "files for it) and mode hold from the\nnext 'open' on, all else "
	    "from the next command.",
	.check = check_set,
	.secret = set_is_secret,
	.run = run_set,
};

/* exit */

static int
check_exit(struct run *run, const struct args *a, struct err *err)
{
	uint64_t n;

	(void)run;
	if (a->n == 0 || parse_u64(a->word[0].text, 255, &n) == 0)
		return 0;
	return err_set(err, ERR_USAGE, "exit: not a number up to 255");
}

static int
run_exit(struct run *run, const struct args *a, struct err *err)
{
	uint64_t n = 0;

	(void)err;
	if (!jobs_may_leave(run->shell, run->set->confirm))
		return 0;
	if (a->n > 0)
		parse_u64(a->word[0].text, 255, &n);
	run->shell->quit = true;
	run->shell->status = (int)n;
	return 0;
}

static const struct cmd_alias exit_aliases[] = {
	{ "quit", 0 }, { "bye", 0 }, { 0 }
};

const struct cmd cmd_exit = {
	.name = "exit",
	.aliases = exit_aliases,
	.min = 0, .max = 1, .first = ARG_TEXT,
	.flags = CMD_SHELL,
	.usage = "exit [STATUS]",
	.summary = "End, with status 0 or the one given",
	.check = check_exit,
	.run = run_exit,
};
