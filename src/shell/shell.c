/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "shell/shell.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/parse.h"
#include "config/conceal.h"
#include "config/conf.h"
#include "config/url.h"
#include "shell/args.h"
#include "shell/ask.h"
#include "shell/call.h"
#include "shell/check.h"
#include "shell/edit.h"
#include "shell/jobs.h"
#include "shell/output.h"
#include "shell/spawn.h"

/* The shell itself. */

/* A directory that can be entered but not read will do. */
#ifdef O_PATH
#define OPEN_DIRECTORY	(O_PATH | O_DIRECTORY | O_CLOEXEC)
#else
#define OPEN_DIRECTORY	(O_RDONLY | O_DIRECTORY | O_CLOEXEC)
#endif

void
shell_init(struct shell *sh, const struct cmd *const *commands,
    struct cancel *cancel, mode_t umask)
{
	*sh = (struct shell){ .commands = commands, .cancel = cancel,
		.umask = umask, .out = stdout,
		.deadline = DEADLINE_NONE };
	site_sources_init(&sh->sources);
	sh->ask = ask_person(sh);
	TAILQ_INIT(&sh->jobs);
	if ((sh->dir.fd = open(".", OPEN_DIRECTORY)) == -1)
		sh->dir.fd = AT_FDCWD;
	sh->dir.path = getcwd(NULL, 0);
	if (sh->dir.path == NULL)
		sh->dir.path = xstrdup(".");
}

void
shell_set_term(struct shell *sh, struct term *term)
{
	sh->term = term;
	sh->tasks = tasks_new(term);
	sh->voice = voice_new(term_observer(term));
	sh->obs = voice_observer(sh->voice);
	term_show(term, sh->voice);
	sh->out = term_is_json(term) ? stderr : stdout;
}

void
shell_release(struct shell *sh)
{
	jobs_end(sh, SIGTERM);
	shell_close(sh);
	if (sh->term != NULL)
		term_show(sh->term, NULL);
	voice_free(sh->voice);
	tasks_free(sh->tasks);
	site_sources_release(&sh->sources);
	alias_release_all(&sh->aliases);
	free(sh->dir.path);
	free(sh->last_local);
	if (sh->dir.fd != AT_FDCWD)
		close(sh->dir.fd);
}

const struct settings *
shell_settings(const struct shell *sh)
{
	return sh->site != NULL ? &sh->site->set : &sh->sources.base;
}

/* The next time that the clock shows HH:MM. */
static int64_t
until_time_of_day(int hour, int minute)
{
	time_t now = time(NULL), then;
	struct tm tm;

	localtime_r(&now, &tm);
	tm.tm_hour = hour;
	tm.tm_min = minute;
	tm.tm_sec = 0;
	tm.tm_isdst = -1;
	then = mktime(&tm);
	if (then <= now) {
		tm.tm_mday++;
		tm.tm_isdst = -1;
		then = mktime(&tm);
	}
	return (int64_t)(then - now) * 1000;
}

int
shell_set_deadline(struct shell *sh, const char *text, struct err *err)
{
	const char *colon = strchr(text, ':');
	uint64_t hour, minute;
	int64_t ms;

	if (colon != NULL && parse_u64n(text, (size_t)(colon - text), 23,
	    &hour) == 0 && parse_u64(colon + 1, 59, &minute) == 0)
		ms = until_time_of_day((int)hour, (int)minute);
	else if (parse_duration(text, &ms) != 0 || ms <= 0)
		return err_set(err, ERR_USAGE,
		    "deadline: neither a time (30m, 2h) nor HH:MM");
	sh->deadline = deadline_in(ms);
	return 0;
}

/* The open site. */

/* Puts it in place of the one open before, if there was one. */
static int
take_site(struct shell *sh, struct site *site, const char *text,
    struct err *err)
{
	if (sh->deadline == DEADLINE_NONE && site->set.deadline != NULL &&
	    shell_set_deadline(sh, site->set.deadline, err) != 0) {
		site_free(site);
		return -1;
	}
	site_warn(site, sh->obs);
	shell_close(sh);
	sh->site = site;
	sh->site_text = xstrdup(text);
	url_wipe_password(sh->site_text);
	sh->session = session_new(site, 1, sh->obs, sh->cancel);
	return 0;
}

/* Makes the site that rq tells of, and opens it. */
static int
open_requested(struct shell *sh, struct site_request *rq, struct err *err)
{
	struct site *site;

	rq->sources = &sh->sources;
	rq->ask = sh->interactive ? &sh->ask : NULL;
	rq->terminal = sh->interactive || isatty(STDIN_FILENO);
	rq->obs = sh->obs;
	rq->cancel = sh->cancel;
	/* A password may be asked for on the terminal now. */
	term_flush(sh->term);
	if (site_make(rq, &site, err) != 0)
		return -1;
	return take_site(sh, site, rq->text, err);
}

int
shell_open(struct shell *sh, const char *text, const char *login,
    struct err *err)
{
	return open_requested(sh, &(struct site_request){ .text = text,
	    .login = login }, err);
}

int
shell_login(struct shell *sh, const char *login, const char *password,
    struct err *err)
{
	char *text = xstrdup(sh->site_text);
	int rc;

	rc = open_requested(sh, &(struct site_request){ .text = text,
	    .login = login, .password = password, .set = &sh->site->set },
	    err);
	free(text);
	return rc;
}

void
shell_close(struct shell *sh)
{
	if (sh->site == NULL)
		return;
	session_free(sh->session);
	sh->session = NULL;
	site_free(sh->site);
	sh->site = NULL;
	free(sh->site_text);
	sh->site_text = NULL;
}

static int
change_open_site(struct shell *sh, const struct option_row *row,
    const char *value, struct err *err)
{
	struct site *before = sh->site;

	if (site_change(before, &sh->sources, row, value, &sh->site,
	    err) != 0)
		return -1;
	session_set_site(sh->session, sh->site);
	site_free(before);
	return 0;
}

int
shell_set(struct shell *sh, const char *name, const char *value,
    struct err *err)
{
	const struct option_row *row = option_find(name);

	if (site_sources_set(&sh->sources, row, value, err) != 0)
		return -1;
	if (sh->site == NULL)
		return 0;
	if (!row->at_open)
		return change_open_site(sh, row, value, err);
	observe_warning(sh->obs, "%s: holds from the next 'open' on; the site "
	    "that is open stays as it is", name);
	return 0;
}

/* Who can tell more of what is wrong with the server: a line for sh. */
static void
advise_doctor(const struct shell *sh, struct err *err)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@:./_-[]";
	const struct settings *given = &sh->sources.base;
	const char *text = sh->site_text, *user = given->user;

	if (text == NULL || err->msg[0] == '\0' ||
	    text[strspn(text, plain)] != '\0' ||
	    (user != NULL && user[strspn(user, plain)] != '\0'))
		return;
	err_append(err, "; see 'ftps");
	if (given->port != 0)
		err_append(err, " -p %d", given->port);
	if (user != NULL)
		err_append(err, " -u %s", user);
	err_append(err, " %s doctor'", text);
}

/* Running. */

struct run
shell_make_run(struct shell *sh)
{
	return (struct run){
		.session = sh->session, .site = sh->site,
		.set = shell_settings(sh), .out = sh->out, .term = sh->term,
		.tasks = sh->tasks, .obs = sh->obs, .cancel = sh->cancel,
		.dir = &sh->dir, .commands = sh->commands,
		.aliases = &sh->aliases, .umask = sh->umask,
		.interactive = sh->interactive,
		.stdin_taken = &sh->stdin_taken,
	};
}

struct connection {
	struct session *s;
	struct err *err;
	int rc;
};

static void
connect_in_task(void *arg)
{
	struct connection *c = arg;

	c->rc = session_connect(c->s, c->err);
}

int
shell_connect(struct shell *sh, struct err *err)
{
	struct connection c = { .s = sh->session, .err = err };

	tasks_run(sh->tasks, connect_in_task, &c, sh->cancel, sh->deadline);
	return c.rc;
}

/* Whether doctor examines what such a failure comes of. */
static bool
is_for_doctor(enum err_kind kind)
{
	switch (kind) {
	case ERR_NETWORK:
	case ERR_TIMEOUT:
	case ERR_PROTOCOL:
	case ERR_TLS:
	case ERR_TRUST:
	case ERR_LOGIN:
		return true;
	default:
		return false;
	}
}

int
shell_begin(struct shell *sh, const char *text, struct err *err)
{
	if (shell_open(sh, text, NULL, err) != 0)
		return -1;
	if (shell_connect(sh, err) == 0)
		return 0;
	if (is_for_doctor(err->kind))
		advise_doctor(sh, err);
	return -1;
}

/* In the main thread: what changes the shell, or only prints. */
static int
run_here(struct shell *sh, struct run *run, const struct args *a, bool help,
    struct err *err)
{
	struct output out;
	int rc = output_begin(run, a->line, &out, err);

	if (rc != 0)
		return -1;
	if (help)
		cmd_help(run->out, a->cmd, run_is_terminal(run) ?
		    term_columns(fileno(run->out)) : 0);
	if ((a->cmd->flags & CMD_SHELL) != 0)
		run->shell = sh;
	if (!help)
		rc = run_call(run, a, err);
	return output_end(run, &out, rc, err);
}

/* In a thread of its own, in the foreground or as a job. */
static int
run_apart(struct shell *sh, const struct run *run, const struct args *a,
    struct err *err)
{
	struct call *c = call_new(run, a->line);
	bool help;
	int rc;

	rc = args_parse(a->cmd, c->line, &c->args, &help, err);
	if (rc == 0)
		return jobs_run(sh, c, err);
	call_free(c);
	return rc;
}

static int
run_parsed(struct shell *sh, struct run *run, const struct args *a, bool help,
    struct err *err)
{
	unsigned flags = a->cmd->flags;

	if (help || (flags & (CMD_MAIN | CMD_SHELL)) != 0)
		return run_here(sh, run, a, help, err);
	return run_apart(sh, run, a, err);
}

static int
run_command(struct shell *sh, struct run *run, const struct line *line,
    struct err *err)
{
	const struct cmd *cmd;
	struct args a;
	bool help;
	int rc;

	cmd = cmd_find(sh->commands, line->word[0].text, err);
	if (cmd == NULL)
		return -1;
	rc = args_parse(cmd, line, &a, &help, err);
	if (rc == 0 && !help && (cmd->flags & CMD_SERVER) != 0 &&
	    run->session == NULL)
		rc = err_set(err, ERR_USAGE, "%s: no site is open; see "
		    "'help open'", cmd->name);
	if (rc == 0)
		rc = run_parsed(sh, run, &a, help, err);
	args_release(&a);
	return rc;
}

/* "!command", and "!" alone for a shell. */
static int
run_local_command(struct shell *sh, const char *command, struct err *err)
{
	struct spawn sp = { .command = command, .dir = sh->dir.fd,
		.in = -1, .out = -1 };
	char *shown;

	if (*command == '\0')
		sp.command = "exec \"${SHELL:-/bin/sh}\"";
	if (term_is_json(sh->term))
		sp.out = STDERR_FILENO;
	term_flush(sh->term);
	fflush(stdout);
	if (spawn_foreground(&sp, sh->cancel, err) == 0)
		return 0;
	shown = conceal_copy(command);
	err_prefix(err, "!%.60s", shown);
	free(shown);
	return -1;
}

/* Of a line; what it means for the site, too. */
static void
report_failure(struct shell *sh, struct err *err)
{
	/* The password that was typed is wrong: it is asked for again. */
	if (err->kind == ERR_LOGIN && sh->site != NULL && sh->site->typed)
		secret_release(&sh->site->password);
	/* A command with several items says of none that it was cancelled. */
	if (err->kind == ERR_CANCELLED && err->msg[0] == '\0' &&
	    cancel_reason(sh->cancel) != CANCEL_NONE)
		cancel_error(sh->cancel, err);
	if ((err->kind == ERR_TLS || err->kind == ERR_TRUST) &&
	    err->msg[0] != '\0' && sh->interactive && sh->site != NULL)
		err_append(err, "; see 'doctor'");
	else if (err->kind == ERR_TLS || err->kind == ERR_TRUST)
		advise_doctor(sh, err);
	if (err->msg[0] != '\0')
		observe_error(sh->obs, NULL, err);
}

/* What was done, for syslog; of a person, the errors are enough. */
static void
record_line(const struct shell *sh, const struct line *line,
    enum err_kind kind)
{
	char *text;

	/* Of a job its end counts. */
	if (sh->interactive || line->aside)
		return;
	text = line->shell != NULL ? conceal_copy(line->shell) :
	    call_text(sh->commands, line);
	term_record(sh->term, "%s: %s%s: status %d", sh->site != NULL ?
	    sh->site->name : "no site", line->shell != NULL ? "!" : "", text,
	    err_status(kind));
	free(text);
}

/*
 * The kind of what went wrong, reported.  outer: the run of the command whose
 * script this line is in, whose output it shares; or NULL.
 */
static enum err_kind
run_line(struct shell *sh, const struct run *outer, const struct line *line)
{
	struct run run = shell_make_run(sh);
	struct err err = ERR_INIT;
	int rc;

	sh->put_aside = false;
	if (outer != NULL) {
		run.out = outer->out;
		run.redirected = outer->redirected;
	}
	if (deadline_left(sh->deadline) == 0)
		cancel_set(sh->cancel, CANCEL_DEADLINE);
	if (cancel_reason(sh->cancel) != CANCEL_NONE)
		rc = cancel_error(sh->cancel, &err);
	else if (line->shell != NULL)
		rc = run_local_command(sh, line->shell, &err);
	else
		rc = run_command(sh, &run, line, &err);
	if (rc == 0)
		err_clear(&err);
	else
		report_failure(sh, &err);
	record_line(sh, line, err.kind);
	return err.kind;
}

/* kind: how the command before it ended. */
static bool
is_due(const struct shell *sh, const struct line *line, enum err_kind kind)
{
	return line->join == JOIN_ALWAYS || (!sh->put_aside &&
	    (line->join == JOIN_OR) == (kind != ERR_NONE));
}

/* Whether nothing is joined to the command before next. */
static bool
ends_chain(const struct line *next)
{
	return next == NULL || next->join == JOIN_ALWAYS;
}

static enum err_kind
run_script(struct shell *sh, const struct run *outer,
    const struct script *script, bool stop)
{
	const struct line *line;
	enum err_kind kind = ERR_NONE;

	STAILQ_FOREACH(line, script, link) {
		if (is_due(sh, line, kind))
			kind = run_line(sh, outer, line);
		if (sh->quit || cancel_reason(sh->cancel) != CANCEL_NONE)
			return kind;
		if (line->ignore_failure)
			kind = ERR_NONE;
		if (kind != ERR_NONE && stop &&
		    ends_chain(STAILQ_NEXT(line, link)))
			return kind;
	}
	return kind;
}

int
shell_run(struct shell *sh, const struct script *script, bool stop)
{
	enum err_kind kind = run_script(sh, NULL, script, stop);
	enum err_kind jobs = ERR_NONE;

	if (!sh->interactive) {
		jobs = jobs_wait_at_end(sh);
		if (kind == ERR_NONE)
			kind = jobs;
	}
	/* "exit" is no reason to forget a job that has failed. */
	return sh->quit && (sh->status != 0 || jobs == ERR_NONE) ?
	    sh->status : err_status(sh->quit ? jobs : kind);
}

int
shell_run_within(struct shell *sh, struct run *run,
    const struct script *script, struct err *err)
{
	run->kind = run_script(sh, run, script, true);
	return run_result(run, err);
}

int
shell_check(struct shell *sh, struct script *script, struct err *err)
{
	struct run run = shell_make_run(sh);
	struct aliases aliases;
	int rc;

	alias_copy_all(&aliases, &sh->aliases);
	run.aliases = &aliases;
	rc = check_script(&run, sh->site != NULL || sh->site_coming, script,
	    err);
	alias_release_all(&aliases);
	return rc;
}

/* The interactive loop. */

static void
run_typed(struct shell *sh, const char *text)
{
	struct script script = STAILQ_HEAD_INITIALIZER(script);
	struct err err = ERR_INIT;

	if (lex_parse(text, NULL, &script, &err) != 0 ||
	    shell_check(sh, &script, &err) != 0)
		observe_error(sh->obs, NULL, &err);
	else
		shell_run(sh, &script, false);
	lex_release(&script);
	if (cancel_reason(sh->cancel) == SIGINT)
		cancel_reset(sh->cancel);
}

static int
take_alias(void *ctx, const char *definition, struct err *err)
{
	return alias_define_line(ctx, definition, err);
}

/* Those of the configuration. */
static void
read_aliases(struct shell *sh)
{
	const struct site_sources *src = &sh->sources;
	struct err err = ERR_INIT;
	size_t i;

	for (i = 0; i < src->config_files.n; i++) {
		if (conf_aliases(src->config_files.v[i], src->config_named,
		    take_alias, &sh->aliases, &err) != 0)
			observe_error(sh->obs, NULL, &err);
	}
}

int
shell_interactive(struct shell *sh)
{
	char *text;

	read_aliases(sh);
	sh->edit = edit_new(sh);
	while (!sh->quit && cancel_reason(sh->cancel) == CANCEL_NONE) {
		jobs_tell(sh);
		text = edit_line(sh->edit);
		if (text == NULL && cancel_reason(sh->cancel) == CANCEL_NONE &&
		    !jobs_may_leave(sh, shell_settings(sh)->confirm))
			continue;
		if (text == NULL)
			break;
		run_typed(sh, text);
		explicit_bzero(text, strlen(text));
		free(text);
	}
	edit_free(sh->edit);
	sh->edit = NULL;
	jobs_end(sh, cancel_reason(sh->cancel) != CANCEL_NONE ?
	    cancel_reason(sh->cancel) : SIGTERM);
	if (cancel_reason(sh->cancel) == CANCEL_DEADLINE)
		return err_status(ERR_TIMEOUT);
	return sh->status;
}
