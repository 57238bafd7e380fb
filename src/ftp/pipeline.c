/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ftp/pipeline.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "ftp/mask.h"
#include "net/wait.h"

enum {
	READ_SIZE = 16 * 1024,
	PATIENCE_MS = 5000,
	/* Listings by STAT take their time. */
	STAT_PATIENCE = 6,
};

void
pipeline_init(struct pipeline *p, struct stream *s, int number,
    struct cancel *cancel)
{
	*p = (struct pipeline){
		.stream = s, .number = number, .cancel = cancel,
		.alive = true, .timeout = 60 * 1000, .reading = REPLY_INIT,
	};
	flight_init(&p->flight);
	buf_init(&p->in, REPLY_LINE_MAX + READ_SIZE);
}

int
pipeline_end(struct pipeline *p, const struct err *why)
{
	if (p->why.kind == ERR_NONE)
		p->why = *why;
	p->alive = false;
	flight_end(&p->flight);
	return -1;
}

void
pipeline_release(struct pipeline *p)
{
	flight_release(&p->flight);
	buf_release(&p->in);
	reply_release(&p->reading);
	stream_free(p->stream);
}

/*
 * cmd, or what is behind it, went astray.  What others were refused meanwhile
 * is their own matter.
 */
static void
stray(struct pipeline *p, struct command *cmd, const char *why)
{
	while (cmd != NULL &&
	    !(cmd->behind && !cmd->final && cmd->early.code == 0))
		cmd = STAILQ_NEXT(cmd, link);
	if (cmd == NULL || p->server == NULL || p->lockstep)
		return;
	p->astray = server_flight_failed(p->server, cmd->blame, cmd->verb, why);
}

/*
 * Whether r can be the answer to cmd.  One that is refused as out of order, or
 * unknown though every server knows it, may be the only one that was read.
 */
static bool
in_step(const struct pipeline *p, const struct command *cmd,
    const struct reply *r)
{
	if (p->server == NULL || p->lockstep ||
	    (!cmd->behind && STAILQ_NEXT(cmd, link) == NULL))
		return true;
	if (!verb_fits(cmd->verb, r->code))
		return false;
	return !cmd->behind || p->refused || !(r->code == 503 ||
	    (r->code == 500 && verb_is_basic(cmd->verb)));
}

static int
out_of_step(struct pipeline *p, struct command *cmd, struct err *err)
{
	char say[REPLY_SAY_MAX];

	reply_say(&p->reading, say, sizeof(say));
	err_set(err, ERR_NETWORK, "answers are out of step with commands: "
	    "%s: %s", cmd->verb, say);
	stray(p, cmd, say);
	p->lost_step = true;
	return pipeline_end(p, err);
}

/* Gives the complete reply in p->reading to the command it answers. */
static int
assign(struct pipeline *p, struct err *err)
{
	struct command *cmd = flight_unanswered(&p->flight);
	struct reply tmp, *into;
	char say[REPLY_SAY_MAX];

	if (p->reading.code == 421) {
		err_set(err, ERR_NETWORK, "server ended the session: %s",
		    reply_say(&p->reading, say, sizeof(say)));
		if (cmd == NULL)
			return pipeline_end(p, err);
		p->alive = false;
		if (p->why.kind == ERR_NONE)
			p->why = *err;
	} else if (cmd == NULL) {
		err_set(err, ERR_PROTOCOL, "reply to no command: %s",
		    reply_say(&p->reading, say, sizeof(say)));
		return pipeline_end(p, err);
	} else if (!in_step(p, cmd, &p->reading)) {
		return out_of_step(p, cmd, err);
	}
	p->heard = clock_ms();
	if (cmd->behind && p->server != NULL &&
	    p->reading.code != 500 && p->reading.code != 503)
		server_flight_worked(p->server, cmd->verb);
	p->refused = p->refused || p->reading.code >= 400;
	flight_note_path(&p->flight, cmd, p->reading.code, p->server);
	into = p->reading.code < 200 ? &cmd->early : &cmd->reply;
	tmp = *into;
	*into = p->reading;
	p->reading = tmp;
	reply_clear(&p->reading);
	cmd->final = cmd->reply.code != 0;
	flight_hold(&p->flight, cmd);
	flight_hand_out(&p->flight, cmd);
	if (!p->alive)
		return pipeline_end(p, err);
	return 0;
}

static void
log_reply(const struct pipeline *p, const struct command *cmd,
    const char *line, size_t n)
{
	bool fine = p->reading.lines > 0 || (n > 0 && line[0] == '2');
	enum log_level level = cmd != NULL && cmd->hushed && fine ?
	    LOG_DEBUG : LOG_DIALOGUE;
	struct buf shown = BUF_INIT(BUF_OWN);

	if (!log_enabled(level))
		return;
	text_escape(&shown, line, n);
	log_line(level, "[%d] <-- %s", p->number, shown.data);
	buf_release(&shown);
}

static int
take_line(struct pipeline *p, char *line, size_t n, struct err *err)
{
	struct command *cmd;
	int rc;

	cmd = flight_unanswered(&p->flight);
	if (cmd != NULL)
		p->reading.text.max = cmd->max;
	if (n > 0 && line[n - 1] == '\r')
		n--;
	n = reply_strip_telnet(line, n);
	if (cmd != NULL && cmd->secret != NULL)
		n = mask_echo(line, n, cmd->secret);
	log_reply(p, cmd, line, n);
	rc = reply_feed(&p->reading, line, n, err);
	if (rc < 0)
		return pipeline_end(p, err);
	return rc == 1 ? assign(p, err) : 0;
}

/* Takes whole lines off p->in. */
static int
take_lines(struct pipeline *p, struct err *err)
{
	char *nl;
	size_t done = 0;

	while ((nl = memchr(p->in.data + done, '\n', p->in.len - done))) {
		char *line = p->in.data + done;

		done = (size_t)(nl - p->in.data) + 1;
		if (take_line(p, line, (size_t)(nl - line), err) != 0)
			return -1;
	}
	if (done > 0)
		buf_consume(&p->in, done);
	if (p->in.len > REPLY_LINE_MAX) {
		err_set(err, ERR_PROTOCOL, "reply too long");
		return pipeline_end(p, err);
	}
	return 0;
}

int
pipeline_read(struct pipeline *p, struct err *err)
{
	char data[READ_SIZE];
	ssize_t n;

	if (p->why.kind != ERR_NONE) {
		*err = p->why;
		return -1;
	}
	n = stream_try_read(p->stream, data, sizeof(data), err);
	if (n == STREAM_AGAIN)
		return 0;
	if (n == 0)
		err_set(err, ERR_NETWORK, "server closed the connection");
	if (n <= 0) {
		stray(p, flight_unanswered(&p->flight), err->msg);
		return pipeline_end(p, err);
	}
	buf_add(&p->in, data, (size_t)n);
	return take_lines(p, err) == 0 ? 1 : -1;
}

int64_t
pipeline_patience(const struct pipeline *p)
{
	return p->timeout > 0 && p->timeout / 2 < PATIENCE_MS ?
	    p->timeout / 2 : PATIENCE_MS;
}

/*
 * When the answer to a command behind others is overdue.  Of data
 * connections others know; PASS, HASH and the like may take their time.
 */
static int64_t
overdue(struct pipeline *p)
{
	struct command *cmd = flight_unanswered(&p->flight);
	int64_t ms = pipeline_patience(p);

	if (cmd == NULL || !cmd->behind || cmd->early.code != 0 ||
	    p->server == NULL || p->lockstep)
		return DEADLINE_NONE;
	if (strcmp(cmd->verb, "STAT") == 0)
		ms *= STAT_PATIENCE;
	else if (!verb_is_quick(cmd->verb))
		return DEADLINE_NONE;
	return server_flew(p->server, cmd->verb) ? DEADLINE_NONE :
	    p->heard + ms;
}

/* Cancelled, but what is under way may still come to its end, and soon. */
static int
wait_in_grace(struct pipeline *p, struct pollfd *pfd, int64_t deadline,
    struct err *err)
{
	err_clear(err);
	if (p->grace_end == 0)
		p->grace_end = deadline_in(p->grace);
	return net_wait(pfd, 1, p->grace_end < deadline ? p->grace_end :
	    deadline, NULL, err);
}

int
pipeline_wait(struct pipeline *p, int64_t deadline, struct err *err)
{
	struct pollfd pfd;
	int rc;

	stream_pollfd(p->stream, &pfd);
	rc = net_wait(&pfd, 1, deadline, p->cancel, err);
	if (rc < 0 && p->grace > 0 && cancel_reason(p->cancel) != CANCEL_NONE)
		rc = wait_in_grace(p, &pfd, deadline, err);
	return rc < 0 ? pipeline_end(p, err) : rc > 0;
}

static int
no_answer(struct pipeline *p, struct err *err)
{
	struct command *cmd = flight_unanswered(&p->flight);

	if (cmd != NULL && *cmd->verb != '\0')
		err_set(err, ERR_TIMEOUT, "no answer from the server to %s",
		    cmd->verb);
	else
		err_set(err, ERR_TIMEOUT, "no answer from the server");
	if (cmd != NULL && cmd->behind)
		stray(p, cmd, "no answer");
	/* Given up in the middle, it would be out of step for ever. */
	return pipeline_end(p, err);
}

int
pipeline_wait_answer(struct pipeline *p, int64_t deadline, struct err *err)
{
	int64_t limit = overdue(p);
	int rc;

	rc = pipeline_wait(p, limit < deadline ? limit : deadline, err);
	if (rc > 0)
		return 0;
	return rc == 0 ? no_answer(p, err) : -1;
}

/* The server's last words may say why. */
static int
write_failed(struct pipeline *p, const struct err *why)
{
	while (pipeline_read(p, &(struct err)ERR_INIT) == 1)
		continue;
	return pipeline_end(p, why);
}

void
pipeline_try_flush(struct pipeline *p, struct err *err)
{
	if (p->alive && stream_try_flush(p->stream, err) == -1)
		write_failed(p, err);
}

int
pipeline_flush(struct pipeline *p, struct err *err)
{
	int64_t deadline = deadline_in(p->timeout);
	int rc;

	for (;;) {
		if (!p->alive) {
			*err = p->why;
			return -1;
		}
		rc = stream_try_flush(p->stream, err);
		if (rc == 0)
			return 0;
		if (rc == -1)
			return write_failed(p, err);
		/* Never fill both directions: take replies while writing. */
		if ((rc = pipeline_read(p, err)) < 0)
			return -1;
		if (rc == 0 && pipeline_wait_answer(p, deadline, err) != 0)
			return -1;
	}
}

/* Puts one line into the stream, as one TLS record of its own. */
static int
put_line(struct pipeline *p, const char *line, size_t n, struct err *err)
{
	ssize_t rc;

	while ((rc = stream_try_write(p->stream, line, n, err)) != (ssize_t)n) {
		if (rc == -1)
			return pipeline_end(p, err);
		if (rc > 0) {
			line += rc;
			n -= (size_t)rc;
		}
		if (pipeline_flush(p, err) != 0)
			return -1;
	}
	return 0;
}

int
pipeline_check(const char *s, size_t n, struct err *err)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (s[i] == '\r' || s[i] == '\n' || s[i] == '\0')
			return err_set(err, ERR_USAGE,
			    "a name with a line break cannot be sent");
		if ((unsigned char)s[i] == 0xff && i + 1 < n &&
		    (unsigned char)s[i + 1] >= 0xf0 &&
		    (unsigned char)s[i + 1] <= 0xfe)
			return err_set(err, ERR_USAGE,
			    "a name with the bytes 0xFF 0x%02X cannot be sent "
			    "(telnet)", (unsigned char)s[i + 1]);
	}
	return 0;
}

int
pipeline_await_all(struct pipeline *p, struct err *err)
{
	int64_t deadline = deadline_in(p->timeout);
	int rc;

	if (pipeline_flush(p, err) != 0)
		return -1;
	while (flight_unanswered(&p->flight) != NULL) {
		if ((rc = pipeline_read(p, err)) < 0)
			return -1;
		if (rc == 0 && pipeline_wait_answer(p, deadline, err) != 0)
			return -1;
	}
	return 0;
}

static void
log_command(const struct pipeline *p, const struct buf *b, const char *secret)
{
	enum log_level level = p->hushed ? LOG_DEBUG : LOG_DIALOGUE;
	struct buf shown = BUF_INIT(BUF_OWN);

	if (!log_enabled(level))
		return;
	text_escape(&shown, b->data,
	    secret != NULL ? (size_t)(secret - b->data) : b->len);
	log_line(level, "[%d] --> %s%s", p->number, shown.data,
	    secret != NULL ? "****" : "");
	buf_release(&shown);
}

int
pipeline_send(struct pipeline *p, struct buf *b, const char *secret,
    flight_done fn, void *ctx, struct err *err)
{
	size_t before = secret != NULL ? (size_t)(secret - b->data) : b->len;
	char verb[VERB_MAX];
	struct command *cmd;
	int rc = -1;
	bool behind;

	log_command(p, b, secret);
	if (!p->alive) {
		*err = p->why;
		goto out;
	}
	if (pipeline_check(b->data, b->len, err) != 0)
		goto out;
	if (p->lockstep && pipeline_await_all(p, err) != 0)
		goto out;
	behind = flight_unanswered(&p->flight) != NULL;
	p->refused = p->refused && behind;
	verb_of(b->data, verb);
	buf_adds(b, "\r\n");
	if (put_line(p, b->data, b->len, err) != 0)
		goto out;
	cmd = flight_add(&p->flight, fn, ctx);
	if (secret != NULL)
		cmd->secret = xstrndup(b->data + before,
		    b->len - before - strlen("\r\n"));
	strlcpy(cmd->verb, verb, sizeof(cmd->verb));
	cmd->behind = behind;
	cmd->hushed = p->hushed;
	rc = 0;
out:
	buf_release_secret(b);
	return rc;
}
