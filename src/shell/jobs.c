/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "shell/jobs.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "ftp/server.h"
#include "shell/shell.h"

enum { MANY = 64 };	/* jobs of a script that have ended, not told of */

/* Which there are. */

static bool
is_running(const struct call *c)
{
	return !tasks_has_ended(c->task);
}

static int
count_running(const struct shell *sh)
{
	const struct call *c;
	int n = 0;

	TAILQ_FOREACH(c, &sh->jobs, link)
		n += is_running(c);
	return n;
}

int
jobs_find(struct shell *sh, int number, struct call **out, struct err *err)
{
	struct call *c;

	if (number == 0 && !TAILQ_EMPTY(&sh->jobs)) {
		*out = TAILQ_LAST(&sh->jobs, jobs);
		return 0;
	}
	if (number == 0)
		return err_set(err, ERR_USAGE, "there are no jobs");
	TAILQ_FOREACH(c, &sh->jobs, link) {
		if (c->number == number) {
			*out = c;
			return 0;
		}
	}
	return err_set(err, ERR_USAGE, "there is no job %d; see 'jobs'",
	    number);
}

static void
add_progress(struct call *c, struct buf *line)
{
	int columns = term_columns(STDOUT_FILENO) - (int)line->len - 3;
	struct buf progress = BUF_INIT(BUF_OWN);

	voice_line(c->seat.voice, clock_ms(), columns > 20 ? columns : 20,
	    &progress);
	if (progress.len > 0)
		buf_addf(line, "  %s", progress.data);
	buf_release(&progress);
}

void
jobs_list(struct shell *sh, FILE *fp)
{
	struct buf line = BUF_INIT(BUF_OWN);
	struct call *c;

	TAILQ_FOREACH(c, &sh->jobs, link) {
		buf_truncate(&line, 0);
		buf_addf(&line, "[%d] %s  ", c->number, !is_running(c) ?
		    "ended  " : c->killed ? "ending " : "running");
		text_escape(&line, c->text, strlen(c->text));
		if (is_running(c))
			add_progress(c, &line);
		fprintf(fp, "%s\n", line.data);
	}
	buf_release(&line);
}

static void
number_job(const struct shell *sh, struct call *c)
{
	const struct call *last = TAILQ_LAST(&sh->jobs, jobs);

	c->number = last != NULL ? last->number + 1 : 1;
}

/* Those to the open site that are there, or on their way. */
static int
count_connections(const struct shell *sh)
{
	struct server *server = session_server(sh->session);
	int seen = server_connections(server), least = 1;
	const struct call *c;

	TAILQ_FOREACH(c, &sh->jobs, link)
		least += is_running(c) && c->run.session != NULL &&
		    session_server(c->run.session) == server;
	return seen > least ? seen : least;
}

static void
put_aside(struct shell *sh, struct call *c)
{
	call_hide(c);
	tasks_put_aside(c->task, true);
	voice_set_job(c->seat.voice, c->number);
	term_print(sh->term, "[%d] %s &", c->number, c->text);
}

/* Their end. */

/* What is told of a job that has ended. */
static const char *
ending_of(const struct call *c, enum err_kind kind)
{
	if (kind == ERR_NONE)
		return "done";
	return c->killed && kind == ERR_CANCELLED ? "killed" : "failed";
}

/* Tells of one that has ended, and frees it.  What failed, if that counts. */
static enum err_kind
finish_job(struct shell *sh, struct call *c)
{
	struct err err = ERR_INIT;
	enum err_kind kind = ERR_NONE;

	if (call_end(c, &err) != 0)
		kind = err.kind;
	call_show(c, sh);
	/* One with several items says of none that it was cancelled. */
	if (kind == ERR_CANCELLED && err.msg[0] == '\0')
		cancel_error(c->seat.cancel, &err);
	if (kind != ERR_NONE && err.msg[0] != '\0' &&
	    !(c->killed && kind == ERR_CANCELLED && sh->interactive))
		observe_error(voice_observer(c->seat.voice), NULL, &err);
	if (sh->interactive)
		term_print(sh->term, "[%d] %s: %s", c->number,
		    ending_of(c, kind), c->text);
	else
		term_record(sh->term, "%s: %s &: status %d", c->run.site !=
		    NULL ? c->run.site->name : "no site", c->text,
		    err_status(kind));
	if (c->line->ignore_failure)
		kind = ERR_NONE;
	TAILQ_REMOVE(&sh->jobs, c, link);
	call_free(c);
	return kind;
}

void
jobs_tell(struct shell *sh)
{
	struct call *c, *next;

	for (c = TAILQ_FIRST(&sh->jobs); c != NULL; c = next) {
		next = TAILQ_NEXT(c, link);
		if (!is_running(c))
			finish_job(sh, c);
	}
	term_flush(sh->term);
}

static void
cancel_all(struct shell *sh, int reason)
{
	struct call *c;

	TAILQ_FOREACH(c, &sh->jobs, link)
		cancel_set(c->seat.cancel, reason);
}

void
jobs_look_at_deadline(struct shell *sh)
{
	if (deadline_left(sh->deadline) == 0)
		cancel_all(sh, CANCEL_DEADLINE);
}

/* False: a person does not want to wait. */
static bool
wait_for(struct shell *sh, const struct call *c)
{
	struct tasks_service how = {
		.cancel = sh->cancel, .deadline = sh->deadline,
		.only_waits = true,
	};

	if (tasks_serve(sh->tasks, c->task, &how))
		return true;
	if (sh->interactive && cancel_reason(sh->cancel) == SIGINT)
		return false;
	cancel_all(sh, cancel_reason(sh->cancel));
	how.only_waits = false;
	return tasks_serve(sh->tasks, c->task, &how);
}

int
jobs_wait(struct shell *sh, struct call *c, struct err *err)
{
	enum err_kind kind = ERR_NONE;
	bool all = c == NULL;

	if (all)
		c = TAILQ_FIRST(&sh->jobs);
	while (c != NULL) {
		if (!wait_for(sh, c))
			return cancel_error(sh->cancel, err);
		kind = err_merge(kind, finish_job(sh, c));
		c = all ? TAILQ_FIRST(&sh->jobs) : NULL;
	}
	if (kind == ERR_NONE)
		return 0;
	err_clear(err);
	err->kind = kind;
	return -1;
}

/* A signal that ended the command in the foreground may be meant for all. */
static void
pass_on_signal(struct shell *sh, const struct call *c)
{
	int reason = cancel_reason(c->seat.cancel);

	if (reason == CANCEL_NONE || c->killed ||
	    (reason == SIGINT && sh->interactive))
		return;
	cancel_set(sh->cancel, reason);
}

/* What is put aside has not succeeded: nothing that is joined to it runs. */
static int
tell_put_aside(struct shell *sh, struct err *err)
{
	sh->put_aside = true;
	err_clear(err);
	err->kind = ERR_CANCELLED;
	return -1;
}

/* A job that is in front again, and who looks on. */
struct front {
	struct shell *sh;
	struct call *call;
};

static void
show_front(void *ctx)
{
	const struct front *f = ctx;

	call_show_lines(f->call, f->sh);
}

static bool
serve_in_front(struct shell *sh, struct call *c)
{
	struct front front = { sh, c };
	const struct tasks_service how = {
		.cancel = c->seat.cancel, .deadline = sh->deadline,
		.can_stop = sh->interactive, .turn = show_front,
		.ctx = &front,
	};
	bool ended;

	tasks_put_aside(c->task, false);
	cancel_follow(c->seat.cancel);
	term_show(sh->term, c->seat.voice);
	if (sh->interactive)
		term_print(sh->term, "%s", c->text);
	call_unhide(c, sh);
	ended = tasks_serve(sh->tasks, c->task, &how);
	cancel_follow(sh->cancel);
	term_show(sh->term, sh->voice);
	return ended;
}

int
jobs_fetch(struct shell *sh, struct call *c, struct err *err)
{
	enum err_kind kind;

	if (!serve_in_front(sh, c)) {
		put_aside(sh, c);
		return tell_put_aside(sh, err);
	}
	pass_on_signal(sh, c);
	kind = finish_job(sh, c);
	if (kind == ERR_NONE)
		return 0;
	err_clear(err);
	err->kind = kind;
	return -1;
}

void
jobs_kill(struct call *c)
{
	c->killed = true;
	cancel_set(c->seat.cancel, SIGTERM);
}

bool
jobs_may_leave(struct shell *sh, bool confirm)
{
	int n = count_running(sh);
	char line[8], *question;
	bool given;

	if (!sh->interactive || n == 0 || !confirm)
		return true;
	question = xasprintf("%d job%s still running.  End %s, and leave? "
	    "(y/N)", n, n == 1 ? " is" : "s are", n == 1 ? "it" : "them");
	given = tasks_ask_line(sh->tasks, question, line, sizeof(line));
	free(question);
	/* Whoever types Ctrl-D again, or has gone, means it. */
	return !given || line[0] == 'y' || line[0] == 'Y';
}

void
jobs_end(struct shell *sh, int reason)
{
	struct call *c;

	cancel_all(sh, reason);
	while ((c = TAILQ_FIRST(&sh->jobs)) != NULL) {
		tasks_serve(sh->tasks, c->task, &(struct tasks_service){
		    .cancel = c->seat.cancel, .deadline = DEADLINE_NONE });
		c->killed = true;
		finish_job(sh, c);
	}
}

enum err_kind
jobs_wait_at_end(struct shell *sh)
{
	struct err err = ERR_INIT;

	if (jobs_wait(sh, NULL, &err) != 0)
		sh->failed = err_merge(sh->failed, err.kind);
	return sh->failed;
}

/* Their beginning. */

/* What a command in the foreground leaves to jobs. */
static void
leave_connections(const struct shell *sh, struct call *c)
{
	int left;

	if (sh->session == NULL || count_running(sh) == 0)
		return;
	left = c->set.connections - (count_connections(sh) - 1);
	c->set.connections = left > 1 ? left : 1;
}

/* In a script: waits until one has ended.  False: cancelled. */
static bool
wait_for_any(struct shell *sh)
{
	const struct call *c;

	TAILQ_FOREACH(c, &sh->jobs, link) {
		if (is_running(c))
			return wait_for(sh, c) &&
			    cancel_reason(sh->cancel) == CANCEL_NONE;
	}
	return true;
}

/* A share of the connections for a job. */
static int
give_connections(struct shell *sh, struct call *c, struct err *err)
{
	int max = c->set.connections, left;

	while ((left = max - count_connections(sh)) <= 0) {
		if (sh->interactive || count_running(sh) == 0)
			return err_set(err, ERR_USAGE, "connections=%d: none "
			    "of them is left for a job", max);
		if (!wait_for_any(sh))
			return cancel_error(sh->cancel, err);
	}
	c->set.connections = (left + 1) / 2;
	return 0;
}

/* Each that has ended holds a few descriptors until somebody waits for it. */
static void
tell_if_many(struct shell *sh)
{
	const struct call *last = TAILQ_LAST(&sh->jobs, jobs);
	struct call *c, *next;

	if (last == NULL || last->number % MANY != 0)
		return;
	for (c = TAILQ_FIRST(&sh->jobs); c != NULL; c = next) {
		next = TAILQ_NEXT(c, link);
		if (c != last && !is_running(c))
			sh->failed = err_merge(sh->failed, finish_job(sh, c));
	}
}

static int
start_job(struct shell *sh, struct call *c, struct err *err)
{
	if (c->run.session != NULL && give_connections(sh, c, err) != 0)
		return -1;
	if (!sh->interactive)
		tell_if_many(sh);
	number_job(sh, c);
	if (call_start_aside(sh, c, err) != 0)
		return -1;
	TAILQ_INSERT_TAIL(&sh->jobs, c, link);
	if (sh->interactive)
		term_print(sh->term, "[%d] %s", c->number, c->text);
	return 0;
}

static int
run_in_front(struct shell *sh, struct call *c, struct err *err)
{
	int rc;

	leave_connections(sh, c);
	if (call_serve(sh, c)) {
		rc = call_end(c, err);
		call_free(c);
		return rc;
	}
	number_job(sh, c);
	TAILQ_INSERT_TAIL(&sh->jobs, c, link);
	put_aside(sh, c);
	return tell_put_aside(sh, err);
}

int
jobs_run(struct shell *sh, struct call *c, struct err *err)
{
	if (!c->line->aside)
		return run_in_front(sh, c, err);
	if (start_job(sh, c, err) == 0)
		return 0;
	call_free(c);
	return -1;
}
