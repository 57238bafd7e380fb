/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "shell/shell.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/parse.h"
#include "base/text.h"
#include "config/conceal.h"
#include "shell/ask.h"
#include "shell/edit.h"
#include "shell/output.h"
#include "shell/spawn.h"
#include "ui/report.h"

/* The shell itself. */

/* What mirror -v shows is told the terminal anyway, but only under -v. */
static void
on_event(void *ctx, const struct event *ev)
{
	struct shell *sh = ctx;
	struct buf line = BUF_INIT(BUF_OWN);

	observe_event(term_observer(sh->term), ev);
	if (sh->verbose && report_event(ev, &line) == REPORT_DETAIL)
		term_print(sh->term, "%s", line.data);
	buf_release(&line);
}

static void
on_progress(void *ctx, const char *name, int64_t delta, int64_t total,
    bool done)
{
	struct shell *sh = ctx;

	observe_progress(term_observer(sh->term), name, delta, total, done);
}

/* A directory that can be entered but not read will do. */
#ifdef O_PATH
#define OPEN_DIRECTORY	(O_PATH | O_DIRECTORY | O_CLOEXEC)
#else
#define OPEN_DIRECTORY	(O_RDONLY | O_DIRECTORY | O_CLOEXEC)
#endif

void
shell_init(struct shell *sh, struct cancel *cancel, mode_t umask)
{
	*sh = (struct shell){ .cancel = cancel, .umask = umask,
		.out = stdout, .out_is_ours = true,
		.deadline = DEADLINE_NONE };
	settings_init(&sh->base);
	sh->ask = ask_person(sh);
	sh->observer = (struct observer){ .ctx = sh, .event = on_event,
		.progress = on_progress };
	sh->obs = &sh->observer;
	if ((sh->local_dir = open(".", OPEN_DIRECTORY)) == -1)
		sh->local_dir = AT_FDCWD;
	sh->local_path = getcwd(NULL, 0);
	if (sh->local_path == NULL)
		sh->local_path = xstrdup(".");
}

void
shell_set_term(struct shell *sh, struct term *term)
{
	sh->term = term;
	sh->out = term_is_json(term) ? stderr : stdout;
}

void
shell_release(struct shell *sh)
{
	shell_close(sh);
	settings_release(&sh->base);
	strvec_release(&sh->config_files);
	secret_release(&sh->given_password);
	free(sh->given_user);
	free(sh->given_for);
	free(sh->source_for);
	free(sh->local_path);
	if (sh->local_dir != AT_FDCWD)
		close(sh->local_dir);
}

const struct settings *
shell_settings(const struct shell *sh)
{
	return sh->site != NULL ? &sh->site->set : &sh->base;
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

/* For commands. */

/* What a connection says of itself begins with the site's name. */
static bool
is_about_site(const struct shell *sh, const struct err *err)
{
	size_t n;

	if (sh->site == NULL)
		return false;
	n = strlen(sh->site->name);
	return strncmp(err->msg, sh->site->name, n) == 0 && err->msg[n] == ':';
}

bool
shell_failed(struct shell *sh, const char *path, const struct err *err,
    enum err_kind *kind)
{
	/* Nobody reads from our pipe any more: that is no failure. */
	if (err->sys == EPIPE && !sh->out_is_ours)
		return true;
	*kind = err_merge(*kind, err->kind);
	if (err->kind != ERR_CANCELLED && err->msg[0] != '\0')
		observe_error(sh->obs, is_about_site(sh, err) ? NULL : path,
		    err);
	switch (err->kind) {
	case ERR_CANCELLED:
	case ERR_NETWORK:
	case ERR_TIMEOUT:
	case ERR_TLS:
	case ERR_TRUST:
	case ERR_LOGIN:
		return true;
	default:
		return cancel_reason(sh->cancel) != CANCEL_NONE;
	}
}

int
shell_result(enum err_kind kind, struct err *err)
{
	if (kind == ERR_NONE)
		return 0;
	err_clear(err);
	err->kind = kind;
	return -1;
}

bool
shell_is_json(const struct shell *sh)
{
	return sh->out_is_ours && term_is_json(sh->term);
}

bool
shell_is_terminal(const struct shell *sh)
{
	return isatty(fileno(sh->out)) != 0;
}

void
shell_print_name(struct shell *sh, const char *name)
{
	char *escaped;

	if (!shell_is_terminal(sh)) {
		fputs(name, sh->out);
		return;
	}
	escaped = text_escaped(name);
	fputs(escaped, sh->out);
	free(escaped);
}

bool
shell_confirm(struct shell *sh, const char *fmt, ...)
{
	va_list ap;
	char *question;
	bool yes;

	if (!sh->interactive || !shell_settings(sh)->confirm)
		return true;
	va_start(ap, fmt);
	question = xvasprintf(fmt, ap);
	va_end(ap);
	yes = term_ask(sh->term, question);
	free(question);
	return yes;
}

/* Running. */

struct call {
	struct shell *sh;
	const struct args *args;
	struct err *err;
	int rc;
};

static void
run_call(void *arg)
{
	struct call *call = arg;
	const struct cmd *cmd = call->args->cmd;
	struct session *s = (cmd->flags & (CMD_SERVER | CMD_MAIN)) ==
	    CMD_SERVER ? call->sh->session : NULL;

	call->rc = 0;
	if (s != NULL)
		session_run_begin(s);
	/* Relative names mean something only once it is known where we are. */
	if (s != NULL)
		call->rc = cmd->flags & CMD_DATA ?
		    session_connect_for_data(s, call->err) :
		    session_connect(s, call->err);
	if (call->rc == 0)
		call->rc = cmd->run(call->sh, call->args, call->err);
	if (s != NULL)
		session_run_end(s);
}

struct connection {
	struct session *s;
	struct err *err;
	int rc;
};

static void
connect_session(void *arg)
{
	struct connection *c = arg;

	c->rc = session_connect(c->s, c->err);
}

int
shell_connect(struct shell *sh, struct err *err)
{
	struct connection c = { .s = sh->session, .err = err };

	term_run(sh->term, connect_session, &c, sh->cancel, sh->deadline);
	return c.rc;
}

static int
run_parsed(struct shell *sh, const struct args *a, struct err *err)
{
	struct call call = { .sh = sh, .args = a, .err = err };

	if ((a->cmd->flags & CMD_SERVER) != 0 && sh->session == NULL)
		return err_set(err, ERR_USAGE, "%s: no site is open; see "
		    "'help open'", a->cmd->name);
	if ((a->cmd->flags & CMD_MAIN) != 0)
		run_call(&call);
	else
		term_run(sh->term, run_call, &call, sh->cancel, sh->deadline);
	return call.rc;
}

static int
run_command(struct shell *sh, const struct line *line, struct err *err)
{
	const struct cmd *cmd;
	struct output out;
	struct args a;
	bool help;
	int rc;

	cmd = cmd_find(line->word[0].text, err);
	if (cmd == NULL)
		return -1;
	rc = args_parse(cmd, line, &a, &help, err);
	if (rc == 0)
		rc = output_begin(sh, line, &out, err);
	if (rc == 0) {
		if (help)
			cmd_help(sh->out, cmd);
		else
			rc = run_parsed(sh, &a, err);
		rc = output_end(sh, &out, rc, err);
	}
	args_release(&a);
	return rc;
}

/* "!command", and "!" alone for a shell. */
static int
run_local(struct shell *sh, const char *command, struct err *err)
{
	struct spawn sp = { .command = command, .dir = sh->local_dir,
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

/* The kind of what went wrong, reported. */
static enum err_kind
run_line(struct shell *sh, const struct line *line)
{
	struct err err = ERR_INIT;
	int rc;

	if (deadline_left(sh->deadline) == 0)
		cancel_set(sh->cancel, CANCEL_DEADLINE);
	if (cancel_reason(sh->cancel) != CANCEL_NONE)
		rc = cancel_error(sh->cancel, &err);
	else if (line->shell != NULL)
		rc = run_local(sh, line->shell, &err);
	else
		rc = run_command(sh, line, &err);
	if (rc == 0)
		return ERR_NONE;
	/* A slip of the fingers: to be asked for again. */
	if (err.kind == ERR_LOGIN && sh->asked)
		secret_release(&sh->site->password);
	/* Of several items that were cancelled, none has said so. */
	if (err.kind == ERR_CANCELLED && err.msg[0] == '\0')
		cancel_error(sh->cancel, &err);
	if (err.msg[0] != '\0')
		observe_error(sh->obs, NULL, &err);
	return err.kind;
}

static bool
is_due(const struct line *line, bool failed)
{
	return line->join == JOIN_ALWAYS ||
	    (line->join == JOIN_OR) == failed;
}

/* Whether nothing is joined to the command before next. */
static bool
ends_chain(const struct line *next)
{
	return next == NULL || next->join == JOIN_ALWAYS;
}

static enum err_kind
run_script(struct shell *sh, const struct script *script, bool stop)
{
	const struct line *line;
	enum err_kind kind = ERR_NONE;

	STAILQ_FOREACH(line, script, link) {
		if (is_due(line, kind != ERR_NONE))
			kind = run_line(sh, line);
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
	enum err_kind kind = run_script(sh, script, stop);

	return sh->quit ? sh->status : err_status(kind);
}

int
shell_run_within(struct shell *sh, const struct script *script,
    struct err *err)
{
	return shell_result(run_script(sh, script, true), err);
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

int
shell_interactive(struct shell *sh)
{
	char *text;

	sh->edit = edit_new(sh);
	while (!sh->quit && cancel_reason(sh->cancel) == CANCEL_NONE &&
	    (text = edit_line(sh->edit)) != NULL) {
		run_typed(sh, text);
		explicit_bzero(text, strlen(text));
		free(text);
	}
	edit_free(sh->edit);
	sh->edit = NULL;
	if (cancel_reason(sh->cancel) == CANCEL_DEADLINE)
		return err_status(ERR_TIMEOUT);
	return sh->status;
}
