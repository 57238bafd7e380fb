/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "shell/run.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"
#include "shell/args.h"

int
run_call(struct run *run, const struct args *a, struct err *err)
{
	unsigned flags = a->cmd->flags;
	struct session *s = run->session;
	int rc;

	/* These connect by themselves, if they need to. */
	if ((flags & (CMD_SERVER | CMD_MAIN | CMD_SHELL | CMD_APART)) !=
	    CMD_SERVER)
		return a->cmd->run(run, a, err);
	session_run_begin(s);
	/* Until it is known where we are, relative names mean nothing. */
	rc = flags & CMD_DATA ? session_connect_for_data(s, err) :
	    session_connect(s, err);
	if (rc == 0)
		rc = a->cmd->run(run, a, err);
	if (rc == 0 && run->partial) {
		err->kind = ERR_REFUSED;
		rc = -1;
	}
	session_run_end(s);
	return rc;
}

/* Messages of connections begin with the site's name. */
static bool
is_about_site(const struct run *run, const struct err *err)
{
	size_t n;

	if (run->site == NULL)
		return false;
	n = strlen(run->site->name);
	return strncmp(err->msg, run->site->name, n) == 0 &&
	    err->msg[n] == ':';
}

bool
run_failed(struct run *run, const char *path, const struct err *err)
{
	/* Nobody reads from our pipe any more: that is no failure. */
	if (err->sys == EPIPE && run->redirected)
		return true;
	run->kind = err_merge(run->kind, err->kind != ERR_NONE ? err->kind :
	    ERR_PROTOCOL);
	if (err->kind != ERR_CANCELLED && err->msg[0] != '\0')
		observe_error(run->obs, is_about_site(run, err) ? NULL : path,
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
		return cancel_reason(run->cancel) != CANCEL_NONE;
	}
}

int
run_result(const struct run *run, struct err *err)
{
	if (run->kind == ERR_NONE)
		return 0;
	err_clear(err);
	err->kind = run->kind;
	return -1;
}

bool
run_is_json(const struct run *run)
{
	return !run->redirected && term_is_json(run->term);
}

bool
run_is_terminal(const struct run *run)
{
	return isatty(fileno(run->out)) != 0;
}

void
run_print_name(const struct run *run, const char *name)
{
	char *escaped;

	if (!run_is_terminal(run)) {
		fputs(name, run->out);
		return;
	}
	escaped = text_escaped(name);
	fputs(escaped, run->out);
	free(escaped);
}

bool
run_confirm(const struct run *run, const char *fmt, ...)
{
	va_list ap;
	char *question;
	bool yes;

	if (!run->interactive || !run->set->confirm)
		return true;
	va_start(ap, fmt);
	question = xvasprintf(fmt, ap);
	va_end(ap);
	yes = tasks_ask(run->tasks, question);
	free(question);
	return yes;
}
