/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ftp/control.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "ftp/bare.h"
#include "ftp/mask.h"
#include "ftp/pipeline.h"
#include "net/wait.h"

struct control {
	struct pipeline pipe;
	char **cwd;		/* of control_set_place(), or NULL */
	bool resolving;		/* what was held is being said again */
	struct reply given;	/* the one the caller looks at */
};

/* Of a flight that was refused, said again to learn why. */
enum { TRIALS_MAX = 8 };

struct control *
control_new(struct stream *s, int number, struct cancel *cancel)
{
	struct control *c = xcalloc(1, sizeof(*c));

	pipeline_init(&c->pipe, s, number, cancel);
	c->given = (struct reply)REPLY_INIT;
	return c;
}

void
control_kill(struct control *c)
{
	struct err why = ERR_INIT;

	err_set(&why, ERR_NETWORK, "connection given up");
	pipeline_end(&c->pipe, &why);
}

void
control_free(struct control *c)
{
	if (c == NULL)
		return;
	control_kill(c);
	pipeline_release(&c->pipe);
	reply_release(&c->given);
	free(c);
}

struct cancel *
control_set_cancel(struct control *c, struct cancel *cancel)
{
	struct cancel *before = c->pipe.cancel;

	c->pipe.cancel = cancel;
	return before;
}

void
control_set_grace(struct control *c, int64_t ms)
{
	c->pipe.grace = ms;
	c->pipe.grace_end = 0;
}

struct stream *
control_stream(struct control *c)
{
	return c->pipe.stream;
}

void
control_set_lockstep(struct control *c, bool on)
{
	c->pipe.lockstep = on;
}

void
control_set_place(struct control *c, char **cwd)
{
	c->cwd = cwd;
}

void
control_set_timeout(struct control *c, int64_t ms)
{
	c->pipe.timeout = ms;
}

bool
control_alive(const struct control *c)
{
	return c->pipe.alive;
}

int
control_pending(const struct control *c)
{
	return c->pipe.flight.n;
}

void
control_reply_max(struct control *c, size_t max)
{
	struct command *cmd = flight_last(&c->pipe.flight);

	if (cmd != NULL)
		cmd->max = max;
}

int64_t
control_heard(const struct control *c)
{
	return c->pipe.heard;
}

int64_t
control_patience(const struct control *c)
{
	return pipeline_patience(&c->pipe);
}

int
control_astray(struct control *c, const char *why, struct err *err)
{
	err_set(err, ERR_NETWORK, "commands went astray: %s", why);
	if (!c->pipe.lockstep) {
		server_learn(c->pipe.server, TRAIT_FLIGHTS, false, PROOF_SEEN,
		    why);
		c->pipe.astray = true;
	}
	return pipeline_end(&c->pipe, err);
}

bool
control_lost_step(const struct control *c)
{
	return c->pipe.lost_step;
}

bool
control_went_astray(const struct control *c)
{
	return c->pipe.astray;
}

void
control_watch(struct control *c, struct server *server)
{
	c->pipe.server = server;
}

void
control_blame(struct control *c, enum trait t)
{
	struct command *cmd = flight_last(&c->pipe.flight);

	if (cmd != NULL)
		cmd->blame = t;
}

void
control_hush(struct control *c, const char *what)
{
	c->pipe.hushed = what != NULL;
	if (what != NULL)
		log_line(LOG_DIALOGUE, "[%d] --> %s", c->pipe.number, what);
}

int
control_flush(struct control *c, struct err *err)
{
	return pipeline_flush(&c->pipe, err);
}

int
control_check(const char *text, struct err *err)
{
	return pipeline_check(text, strlen(text), err);
}

struct move {
	bool done;
	int code;
	char say[REPLY_SAY_MAX];
};

static void
note_move(void *ctx, const struct reply *r)
{
	struct move *m = ctx;

	m->done = true;
	if (r != NULL) {
		m->code = r->code;
		reply_say(r, m->say, sizeof(m->say));
	}
}

/*
 * Nothing leaves for a name before it is certain where the server is: it
 * would be another file's.
 */
static int
move_to(struct control *c, const char *dir, struct err *err)
{
	struct move m = { 0 };

	if (*c->cwd != NULL && strcmp(*c->cwd, dir) == 0)
		return 0;
	free(*c->cwd);
	*c->cwd = NULL;
	if (pipeline_await_all(&c->pipe, err) != 0 ||
	    control_send_path_for(c, note_move, &m, err, "CWD", dir) != 0 ||
	    control_await(c, &m.done, deadline_in(c->pipe.timeout), err) != 0)
		return -1;
	if (reply_class(m.code) != 2) {
		err_set(err, ERR_REFUSED, "%s", m.say);
		err_note_reply(err, m.code, m.say);
		return -1;
	}
	/* One that was on its way may have told of itself. */
	free(*c->cwd);
	*c->cwd = xstrdup(dir);
	return 0;
}

/* Sets bare and settled, if it is known by now. */
static void
learn_slashes(struct control *c)
{
	struct flight *f = &c->pipe.flight;
	bool has;

	if (f->settled || c->resolving || c->cwd == NULL)
		return;
	has = server_has(c->pipe.server, TRAIT_SLASHES);
	if (has && !server_shown(c->pipe.server, TRAIT_SLASHES, PROOF_SEEN))
		return;
	f->settled = true;
	f->bare = !has;
}

/* A command about name, NULL: as it is. */
static int
send_words(struct control *c, const struct about *a, const char *name,
    control_done fn, void *ctx, struct err *err)
{
	struct buf b = BUF_INIT(BUF_OWN);

	buf_adds(&b, a->verb);
	if (name != NULL)
		buf_addf(&b, " %s", name);
	if (a->behind != NULL)
		buf_addf(&b, " %s", a->behind);
	return pipeline_send(&c->pipe, &b, NULL, fn, ctx, err);
}

/*
 * Whether names may have to go without their directories, and this command's
 * would: then *dir is where to go first, and *name what to say there.
 */
static bool
may_go_bare(struct control *c, const struct about *a, char **dir, char **name)
{
	const struct flight *f = &c->pipe.flight;

	learn_slashes(c);
	return c->cwd != NULL && (f->bare || !f->settled) &&
	    bare_split(a->verb, a->path, dir, name);
}

static int
send_about(struct control *c, const struct about *a, control_done fn,
    void *ctx, struct err *err)
{
	const struct flight *f = &c->pipe.flight;
	char *dir = NULL, *name = NULL;
	struct command *cmd;
	int rc;

	if (!may_go_bare(c, a, &dir, &name))
		return send_words(c, a, a->path, fn, ctx, err);
	if (!f->bare)
		rc = send_words(c, a, a->path, fn, ctx, err);
	else if ((rc = move_to(c, dir, err)) == 0)
		rc = send_words(c, a, name, fn, ctx, err);
	if (rc == 0) {
		cmd = flight_last(f);
		cmd->has_path = true;
		if (!f->bare)
			cmd->about = (struct about){ xstrdup(a->verb),
			    xstrdup(a->path), xstrdup_null(a->behind) };
	}
	free(dir);
	free(name);
	return rc;
}

static int __attribute__((format(printf, 5, 0)))
send_format(struct control *c, control_done fn, void *ctx, struct err *err,
    const char *fmt, va_list ap)
{
	struct buf b = BUF_INIT(BUF_OWN);
	char *line = NULL;
	int n;

	n = vasprintf(&line, fmt, ap);
	if (n < 0)
		abort();
	buf_add(&b, line, (size_t)n);
	freezero(line, (size_t)n);
	return pipeline_send(&c->pipe, &b, mask_secret(b.data), fn, ctx, err);
}

int
control_send(struct control *c, struct err *err, const char *fmt, ...)
{
	va_list ap;
	int rc;

	va_start(ap, fmt);
	rc = send_format(c, NULL, NULL, err, fmt, ap);
	va_end(ap);
	return rc;
}

int
control_send_for(struct control *c, control_done fn, void *ctx,
    struct err *err, const char *fmt, ...)
{
	va_list ap;
	int rc;

	va_start(ap, fmt);
	rc = send_format(c, fn, ctx, err, fmt, ap);
	va_end(ap);
	return rc;
}

int
control_send_path_then(struct control *c, control_done fn, void *ctx,
    struct err *err, const char *verb, const char *path, const char *behind)
{
	return send_about(c, &(struct about){ (char *)verb, (char *)path,
	    (char *)behind }, fn, ctx, err);
}

int
control_send_path_for(struct control *c, control_done fn, void *ctx,
    struct err *err, const char *verb, const char *path)
{
	return control_send_path_then(c, fn, ctx, err, verb, path, NULL);
}

int
control_send_path(struct control *c, struct err *err, const char *verb,
    const char *path)
{
	return control_send_path_for(c, NULL, NULL, err, verb, path);
}

int
control_send_secret(struct control *c, const char *verb, const char *secret,
    struct err *err)
{
	struct buf b = BUF_INIT(BUF_OWN);

	if (strpbrk(secret, "\r\n") != NULL)
		return err_set(err, ERR_USAGE, "%s: a line break in it cannot "
		    "be sent", strcmp(verb, "PASS") == 0 ? "password" : verb);
	buf_adds(&b, verb);
	buf_addc(&b, ' ');
	buf_adds(&b, secret);
	return pipeline_send(&c->pipe, &b, b.data + strlen(verb) + 1, NULL,
	    NULL, err);
}

/* Where the answer to a command goes that is said again. */
struct retold {
	struct command *cmd;
	bool done;
};

/* At the end of the connection the command may be no more. */
static void
note_retold(void *ctx, const struct reply *r)
{
	struct retold *again = ctx;
	struct reply *into;

	again->done = true;
	if (r == NULL)
		return;
	into = &again->cmd->early;
	reply_clear(into);
	into->code = r->code;
	into->lines = r->lines;
	buf_add(&into->text, r->text.data, r->text.len);
}

/* What cannot be said there is refused as before: 0, or -1. */
static int
say_again(struct control *c, struct command *cmd, struct err *err)
{
	struct retold again = { .cmd = cmd };
	int64_t deadline = deadline_in(c->pipe.timeout);

	if (send_about(c, &cmd->about, note_retold, &again, err) == 0)
		return control_await(c, &again.done, deadline, err);
	if (!c->pipe.alive)
		return -1;
	err_clear(err);
	return 0;
}

/*
 * All else is answered: says what was refused without its directories.  If
 * nothing of it is taken so, it was not the slashes.
 */
static int
resolve(struct control *c, struct err *err)
{
	struct flight *f = &c->pipe.flight;
	struct command *cmd;
	int tries = 0, rc = 0;

	f->bare = c->resolving = true;
	STAILQ_FOREACH(cmd, &f->commands, link) {
		if (!cmd->held)
			continue;
		if (!f->settled && tries++ == TRIALS_MAX)
			break;
		if ((rc = say_again(c, cmd, err)) != 0)
			break;
	}
	c->resolving = false;
	f->bare = f->settled;
	if (rc == 0)
		flight_let_go(f);
	return rc;
}

/* Waits for what answers are still to come, of whatever kind. */
static int
wait_answer(struct control *c, int64_t deadline, struct err *err)
{
	const struct flight *f = &c->pipe.flight;

	if (f->held > 0 && !c->resolving && flight_unanswered(f) == NULL)
		return resolve(c, err);
	return pipeline_wait_answer(&c->pipe, deadline, err);
}

int
control_go(struct control *c, const char *verb, const char *path,
    struct err *err)
{
	char *dir, *name;
	int rc;

	learn_slashes(c);
	if (!c->pipe.flight.bare || path == NULL ||
	    !bare_split(verb, path, &dir, &name))
		return 0;
	rc = move_to(c, dir, err) == 0 ? 1 : -1;
	free(dir);
	free(name);
	return rc;
}

bool
control_doubts_slashes(struct control *c)
{
	learn_slashes(c);
	return c->cwd != NULL && !c->pipe.flight.settled;
}

bool
control_try_bare(struct control *c, const char *verb, const char *path,
    const struct err *refusal)
{
	struct flight *f = &c->pipe.flight;
	struct err err = ERR_INIT;

	if (!c->pipe.alive || refusal->kind != ERR_REFUSED ||
	    !flight_may_be_slashes(refusal->code) ||
	    (f->held > 0 && resolve(c, &err) != 0) ||
	    (f->settled && !f->bare))
		return false;
	f->bare = true;
	if (control_go(c, verb, path, &err) == 1)
		return true;
	control_end_trial(c);
	return false;
}

void
control_end_trial(struct control *c)
{
	struct flight *f = &c->pipe.flight;

	f->bare = f->bare && f->settled;
}

/* Hands the oldest awaited reply out, if it is there. */
static bool
give(struct control *c, struct reply **r)
{
	struct flight *f = &c->pipe.flight;
	struct command *cmd = flight_awaited(f);
	struct reply tmp, *from;

	if (cmd == NULL || cmd->held || (cmd->early.code == 0 && !cmd->final))
		return false;
	from = cmd->early.code != 0 ? &cmd->early : &cmd->reply;
	tmp = c->given;
	c->given = *from;
	*from = tmp;
	reply_clear(from);
	if (from == &cmd->reply)
		flight_drop(f, cmd);
	*r = &c->given;
	return true;
}

int
control_try_reply(struct control *c, struct reply **r, struct err *err)
{
	int rc;

	while (!give(c, r)) {
		pipeline_try_flush(&c->pipe, err);
		rc = pipeline_read(&c->pipe, err);
		/* What came before the end is still good. */
		if (rc < 0)
			return give(c, r) ? 1 : -1;
		if (rc == 0)
			return 0;
	}
	return 1;
}

int
control_gather(struct control *c, const bool *until, int64_t ms,
    struct err *err)
{
	int rc;

	if (pipeline_flush(&c->pipe, err) != 0)
		return -1;
	while (flight_unanswered(&c->pipe.flight) != NULL) {
		if (until != NULL && *until)
			return 0;
		if ((rc = pipeline_read(&c->pipe, err)) < 0)
			return -1;
		if (rc == 0 && (rc = pipeline_wait(&c->pipe, deadline_in(ms),
		    err)) <= 0)
			return rc;
	}
	return 1;
}

bool
control_peek(const struct control *c, size_t i, const char **verb,
    const struct reply **r)
{
	const struct command *cmd;

	STAILQ_FOREACH(cmd, &c->pipe.flight.commands, link) {
		if (cmd->fn != NULL || i-- > 0)
			continue;
		*verb = cmd->verb;
		*r = cmd->final ? &cmd->reply : NULL;
		return true;
	}
	return false;
}

int
control_reply(struct control *c, int64_t deadline, struct reply **r,
    struct err *err)
{
	int rc;

	while ((rc = control_try_reply(c, r, err)) == 0)
		if (wait_answer(c, deadline, err) != 0)
			return -1;
	return rc == 1 ? 0 : -1;
}

/* Names what else than FTP answers there, where no whole line came. */
static int
hint(const struct control *c, struct err *err)
{
	const char *what = reply_looks_like(c->pipe.in.data, c->pipe.in.len);

	if (what == NULL || err->kind == ERR_PROTOCOL)
		return -1;
	if (strcmp(what, "TLS") == 0)
		return err_append(err, "; that is TLS at once, as with "
		    "ftps://");
	return err_append(err, "; that is %s, not FTP", what);
}

int
control_greeting(struct control *c, int64_t deadline, struct reply **r,
    struct err *err)
{
	flight_add(&c->pipe.flight, NULL, NULL);
	do {
		if (control_reply(c, deadline, r, err) != 0)
			return hint(c, err);
	} while ((*r)->code < 200);
	return 0;
}

int
control_start_tls(struct control *c, struct tls_peer *peer, int64_t deadline,
    struct err *err)
{
	struct stream *s = c->pipe.stream;
	struct pollfd pfd;
	int rc;

	if (c->pipe.in.len > 0 || c->pipe.reading.lines > 0 || !c->pipe.alive) {
		err_set(err, ERR_TLS, "server sent data before TLS; "
		    "somebody may be tampering with the connection");
		return pipeline_end(&c->pipe, err);
	}
	if (stream_start_tls(s, peer, TLS_CONTROL, err) != 0)
		return pipeline_end(&c->pipe, err);
	while ((rc = stream_try_handshake(s, err)) == STREAM_AGAIN) {
		stream_pollfd(s, &pfd);
		rc = net_wait(&pfd, 1, deadline, c->pipe.cancel, err);
		if (rc == 0)
			err_set(err, ERR_TIMEOUT, "TLS handshake timed out");
		if (rc <= 0)
			return pipeline_end(&c->pipe, err);
	}
	return rc == 0 ? 0 : pipeline_end(&c->pipe, err);
}

int
control_await(struct control *c, const bool *done, int64_t deadline,
    struct err *err)
{
	int rc;

	if (!*done && pipeline_flush(&c->pipe, err) != 0)
		return -1;
	while (!*done) {
		if ((rc = pipeline_read(&c->pipe, err)) < 0)
			return -1;
		if (rc == 0 && wait_answer(c, deadline, err) != 0)
			return -1;
	}
	return 0;
}

int
control_settle(struct control *c, int64_t deadline, struct err *err)
{
	int rc;

	if (pipeline_flush(&c->pipe, err) != 0)
		return -1;
	while (flight_tells(&c->pipe.flight)) {
		if ((rc = pipeline_read(&c->pipe, err)) < 0)
			return -1;
		if (rc == 0 && wait_answer(c, deadline, err) != 0)
			return -1;
	}
	return 0;
}
