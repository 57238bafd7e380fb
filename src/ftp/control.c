/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ftp/control.h"

#include <sys/queue.h>

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "ftp/bare.h"
#include "ftp/mask.h"
#include "net/wait.h"

/* A command about a path. */
struct about {
	char *verb;		/* all that stands before the path */
	char *path;
	char *behind;		/* what stands after it, or NULL */
};

/* A command whose final reply has not been handed out. */
struct pending {
	STAILQ_ENTRY(pending) link;
	control_done fn;	/* NULL: somebody calls control_reply() */
	void *ctx;
	struct reply early;	/* the latest 1yz not handed out yet */
	struct reply reply;	/* the final one, once complete */
	bool final;		/* it is */
	char verb[VERB_MAX];
	bool behind;		/* others were unanswered when it was sent */
	bool has_path;		/* or had one before CWD went there */
	struct about about;	/* while slashes are in doubt, or NULLs */
	bool held;		/* refused, and to be said again without them */
	enum trait blame;	/* if it goes astray then */
	size_t max;		/* bytes its text may have */
	char *secret;		/* in the command, or NULL */
};

STAILQ_HEAD(pending_list, pending);

struct control {
	struct stream *stream;
	struct cancel *cancel;
	int number;
	bool alive;
	bool lockstep;
	char **cwd;		/* of control_set_place(), or NULL */
	bool bare;		/* names go without their directories */
	bool settled;		/* that is known */
	int held;		/* commands */
	bool resolving;		/* they are being said again */
	int64_t timeout;
	struct pending_list queue;
	int npending;
	struct buf in;		/* bytes read, not yet a whole line */
	struct reply reading;	/* its lines so far */
	struct reply given;	/* the one the caller looks at */
	struct err why;		/* of its end */
	struct server *server;	/* whose flights are watched, or NULL */
	int64_t heard;		/* clock_ms() of the latest reply */
	bool refused;		/* something of what is unanswered was */
	bool astray;		/* a flight went wrong, and is given up */
	bool lost_step;		/* by an answer to something else */
};

enum {
	READ_SIZE = 16 * 1024,
	PATIENCE_MS = 5000,
	/* Listings by STAT take their time. */
	STAT_PATIENCE = 6,
	/* Of a flight that was refused, said again to learn why. */
	TRIALS_MAX = 8,
};

struct control *
control_new(struct stream *s, int number, struct cancel *cancel)
{
	struct control *c = xcalloc(1, sizeof(*c));

	c->stream = s;
	c->number = number;
	c->cancel = cancel;
	c->alive = true;
	c->timeout = 60 * 1000;
	STAILQ_INIT(&c->queue);
	buf_init(&c->in, REPLY_LINE_MAX + READ_SIZE);
	c->reading = (struct reply)REPLY_INIT;
	c->given = (struct reply)REPLY_INIT;
	return c;
}

static void
pending_free(struct control *c, struct pending *p)
{
	STAILQ_REMOVE(&c->queue, p, pending, link);
	c->npending--;
	c->held -= p->held;
	reply_release(&p->early);
	reply_release(&p->reply);
	if (p->secret != NULL)
		freezero(p->secret, strlen(p->secret));
	free(p->about.verb);
	free(p->about.path);
	free(p->about.behind);
	free(p);
}

/*
 * The end of the connection: those who gave a function are told now, those
 * who ask find out when they do.
 */
static int
die(struct control *c, const struct err *why)
{
	struct pending *p, *next;
	control_done fn;
	void *ctx;

	if (c->why.kind == ERR_NONE)
		c->why = *why;
	c->alive = false;
	STAILQ_FOREACH_SAFE(p, &c->queue, link, next) {
		if (p->fn == NULL)
			continue;
		fn = p->fn;
		ctx = p->ctx;
		pending_free(c, p);
		fn(ctx, NULL);
	}
	return -1;
}

/*
 * p, or what is behind it, went astray.  What others were refused meanwhile is
 * their own matter.
 */
static void
stray(struct control *c, struct pending *p, const char *why)
{
	while (p != NULL && !(p->behind && !p->final && p->early.code == 0))
		p = STAILQ_NEXT(p, link);
	if (p == NULL || c->server == NULL || c->lockstep)
		return;
	c->astray = server_flight_failed(c->server, p->blame, p->verb, why);
}

void
control_kill(struct control *c)
{
	struct err why = ERR_INIT;

	err_set(&why, ERR_NETWORK, "connection given up");
	die(c, &why);
}

void
control_free(struct control *c)
{
	struct pending *p;

	if (c == NULL)
		return;
	control_kill(c);
	while ((p = STAILQ_FIRST(&c->queue)) != NULL)
		pending_free(c, p);
	buf_release(&c->in);
	reply_release(&c->reading);
	reply_release(&c->given);
	stream_free(c->stream);
	free(c);
}

struct cancel *
control_set_cancel(struct control *c, struct cancel *cancel)
{
	struct cancel *before = c->cancel;

	c->cancel = cancel;
	return before;
}

struct stream *
control_stream(struct control *c)
{
	return c->stream;
}

void
control_set_lockstep(struct control *c, bool on)
{
	c->lockstep = on;
}

void
control_set_place(struct control *c, char **cwd)
{
	c->cwd = cwd;
}

void
control_set_timeout(struct control *c, int64_t ms)
{
	c->timeout = ms;
}

bool
control_alive(const struct control *c)
{
	return c->alive;
}

int
control_pending(const struct control *c)
{
	return c->npending;
}

void
control_reply_max(struct control *c, size_t max)
{
	struct pending *p = STAILQ_LAST(&c->queue, pending, link);

	if (p != NULL)
		p->max = max;
}

/* The command that the next reply belongs to. */
static struct pending *
oldest_unanswered(struct control *c)
{
	struct pending *p;

	STAILQ_FOREACH(p, &c->queue, link)
		if (!p->final)
			return p;
	return NULL;
}

/*
 * Whether r can be the answer to p.  One that is refused as out of order, or
 * unknown though every server knows it, may be the only one that was read.
 */
static bool
in_step(const struct control *c, const struct pending *p,
    const struct reply *r)
{
	if (c->server == NULL || c->lockstep ||
	    (!p->behind && STAILQ_NEXT(p, link) == NULL))
		return true;
	if (!verb_fits(p->verb, r->code))
		return false;
	return !p->behind || c->refused || !(r->code == 503 ||
	    (r->code == 500 && verb_is_basic(p->verb)));
}

static int
out_of_step(struct control *c, struct pending *p, struct err *err)
{
	char say[REPLY_SAY_MAX];

	reply_say(&c->reading, say, sizeof(say));
	err_set(err, ERR_NETWORK, "answers are out of step with commands: "
	    "%s: %s", p->verb, say);
	stray(c, p, say);
	c->lost_step = true;
	return die(c, err);
}

/*
 * What a good answer to a command with a path tells of slashes.  Those of SITE
 * may be another program's.
 */
static void
note_path(struct control *c, const struct pending *p, int code)
{
	if (code >= 400 || c->settled || strcmp(p->verb, "SITE") == 0)
		return;
	server_learn(c->server, TRAIT_SLASHES, !c->bare, PROOF_SEEN, NULL);
	c->settled = true;
}

/* Whether this is how a path can be refused for its slashes. */
static bool
may_be_slashes(int code)
{
	return code == 500 || code == 501 || code == 504 || code == 550 ||
	    code == 553;
}

/*
 * Whether p, which was refused, is to be said again.  What stood behind one
 * that is may have been refused for that (RNTO behind RNFR).
 */
static bool
is_doubtful(const struct control *c, const struct pending *p)
{
	int code = p->reply.code;

	if (p->about.path == NULL || (c->settled && !c->bare) ||
	    verb_moves_data(p->verb))
		return false;
	return may_be_slashes(code) || (c->held > 0 && code >= 500);
}

static struct pending *
first_held(struct control *c)
{
	struct pending *p;

	STAILQ_FOREACH(p, &c->queue, link)
		if (p->held)
			return p;
	return NULL;
}

/*
 * The answers of those that were held: the later ones if they count, or if
 * the refusal is another (550 no such file, where the path was a 501).
 */
static void
let_go(struct control *c)
{
	struct pending *p;
	struct reply tmp;

	while ((p = first_held(c)) != NULL) {
		p->held = false;
		c->held--;
		if (p->early.code != 0 &&
		    (c->bare || p->early.code != p->reply.code)) {
			tmp = p->reply;
			p->reply = p->early;
			p->early = tmp;
		}
		reply_clear(&p->early);
		if (p->fn != NULL) {
			p->fn(p->ctx, &p->reply);
			pending_free(c, p);
		}
	}
}

/* Gives the complete reply in c->reading to the command it answers. */
static int
assign(struct control *c, struct err *err)
{
	struct pending *p = oldest_unanswered(c);
	struct reply tmp, *into;
	char say[REPLY_SAY_MAX];

	if (c->reading.code == 421) {
		err_set(err, ERR_NETWORK, "server ended the session: %s",
		    reply_say(&c->reading, say, sizeof(say)));
		if (p == NULL)
			return die(c, err);
		c->alive = false;
		if (c->why.kind == ERR_NONE)
			c->why = *err;
	} else if (p == NULL) {
		err_set(err, ERR_PROTOCOL, "reply to no command: %s",
		    reply_say(&c->reading, say, sizeof(say)));
		return die(c, err);
	} else if (!in_step(c, p, &c->reading)) {
		return out_of_step(c, p, err);
	}
	c->heard = clock_ms();
	if (p != NULL && p->behind && c->server != NULL &&
	    c->reading.code != 500 && c->reading.code != 503)
		server_flight_worked(c->server, p->verb);
	c->refused = c->refused || c->reading.code >= 400;
	if (p != NULL && p->has_path)
		note_path(c, p, c->reading.code);
	into = c->reading.code < 200 ? &p->early : &p->reply;
	tmp = *into;
	*into = c->reading;
	c->reading = tmp;
	reply_clear(&c->reading);
	p->final = p->reply.code != 0;
	p->held = p->final && is_doubtful(c, p);
	c->held += p->held;
	if (c->held > 0 && c->settled && !c->bare)
		let_go(c);
	if (!p->held && p->fn != NULL && p->final) {
		p->fn(p->ctx, &p->reply);
		pending_free(c, p);
	}
	if (!c->alive)
		return die(c, err);
	return 0;
}

static int
take_line(struct control *c, char *line, size_t n, struct err *err)
{
	struct buf shown = BUF_INIT(BUF_OWN);
	struct pending *p;
	int rc;

	p = oldest_unanswered(c);
	if (c->reading.lines == 0 && p != NULL)
		c->reading.text.max = p->max;
	if (n > 0 && line[n - 1] == '\r')
		n--;
	n = reply_strip_telnet(line, n);
	if (p != NULL && p->secret != NULL)
		n = mask_echo(line, n, p->secret);
	if (log_enabled(LOG_DIALOGUE)) {
		text_escape(&shown, line, n);
		log_line(LOG_DIALOGUE, "[%d] <-- %s", c->number, shown.data);
		buf_release(&shown);
	}
	rc = reply_feed(&c->reading, line, n, err);
	if (rc < 0)
		return die(c, err);
	return rc == 1 ? assign(c, err) : 0;
}

/* Takes whole lines off c->in. */
static int
take_lines(struct control *c, struct err *err)
{
	char *nl;
	size_t done = 0;

	while ((nl = memchr(c->in.data + done, '\n', c->in.len - done))) {
		char *line = c->in.data + done;

		done = (size_t)(nl - c->in.data) + 1;
		if (take_line(c, line, (size_t)(nl - line), err) != 0)
			return -1;
	}
	if (done > 0)
		buf_consume(&c->in, done);
	if (c->in.len > REPLY_LINE_MAX) {
		err_set(err, ERR_PROTOCOL, "reply too long");
		return die(c, err);
	}
	return 0;
}

/* Reads what is there: 1 something came, 0 nothing, -1 the end. */
static int
pump(struct control *c, struct err *err)
{
	char data[READ_SIZE];
	ssize_t n;

	if (c->why.kind != ERR_NONE) {
		*err = c->why;
		return -1;
	}
	n = stream_try_read(c->stream, data, sizeof(data), err);
	if (n == STREAM_AGAIN)
		return 0;
	if (n == 0)
		err_set(err, ERR_NETWORK, "server closed the connection");
	if (n <= 0) {
		stray(c, oldest_unanswered(c), err->msg);
		return die(c, err);
	}
	buf_add(&c->in, data, (size_t)n);
	return take_lines(c, err) == 0 ? 1 : -1;
}

int64_t
control_heard(const struct control *c)
{
	return c->heard;
}

int64_t
control_patience(const struct control *c)
{
	return c->timeout > 0 && c->timeout / 2 < PATIENCE_MS ?
	    c->timeout / 2 : PATIENCE_MS;
}

/*
 * When the answer to a command behind others is overdue.  Of data
 * connections others know; PASS, HASH and the like may take their time.
 */
static int64_t
overdue(struct control *c)
{
	struct pending *p = oldest_unanswered(c);
	int64_t ms = control_patience(c);

	if (p == NULL || !p->behind || p->early.code != 0 ||
	    c->server == NULL || c->lockstep)
		return DEADLINE_NONE;
	if (strcmp(p->verb, "STAT") == 0)
		ms *= STAT_PATIENCE;
	else if (!verb_is_quick(p->verb))
		return DEADLINE_NONE;
	return server_flew(c->server, p->verb) ? DEADLINE_NONE :
	    c->heard + ms;
}

/* Waits for something to come: 1, 0 not by the deadline, -1. */
static int
wait_by(struct control *c, int64_t deadline, struct err *err)
{
	struct pollfd pfd;
	int rc;

	stream_pollfd(c->stream, &pfd);
	rc = net_wait(&pfd, 1, deadline, c->cancel, err);
	return rc < 0 ? die(c, err) : rc > 0;
}

static int
no_answer(struct control *c, struct err *err)
{
	struct pending *p = oldest_unanswered(c);

	if (p != NULL && p->verb[0] != '\0')
		err_set(err, ERR_TIMEOUT, "no answer from the server to %s",
		    p->verb);
	else
		err_set(err, ERR_TIMEOUT, "no answer from the server");
	if (p != NULL && p->behind)
		stray(c, p, "no answer");
	/* Given up in the middle, it would be out of step for ever. */
	return die(c, err);
}

static int
wait_for(struct control *c, int64_t deadline, struct err *err)
{
	int64_t limit = overdue(c);
	int rc;

	rc = wait_by(c, limit < deadline ? limit : deadline, err);
	if (rc == 0)
		return no_answer(c, err);
	return rc < 0 ? -1 : 0;
}

int
control_astray(struct control *c, const char *why, struct err *err)
{
	err_set(err, ERR_NETWORK, "commands went astray: %s", why);
	if (c->server != NULL && !c->lockstep) {
		server_learn(c->server, TRAIT_FLIGHTS, false, PROOF_SEEN, why);
		c->astray = true;
	}
	return die(c, err);
}

bool
control_lost_step(const struct control *c)
{
	return c->lost_step;
}

bool
control_went_astray(const struct control *c)
{
	return c->astray;
}

void
control_watch(struct control *c, struct server *server)
{
	c->server = server;
}

void
control_blame(struct control *c, enum trait t)
{
	struct pending *p = STAILQ_LAST(&c->queue, pending, link);

	if (p != NULL)
		p->blame = t;
}

int
control_flush(struct control *c, struct err *err)
{
	int64_t deadline = deadline_in(c->timeout);
	int rc;

	for (;;) {
		if (!c->alive) {
			*err = c->why;
			return -1;
		}
		rc = stream_try_flush(c->stream, err);
		if (rc == 0)
			return 0;
		if (rc == -1) {
			/* The server's last words may say why. */
			while (pump(c, &(struct err)ERR_INIT) == 1)
				continue;
			return die(c, err);
		}
		/* Never fill both directions: take replies while writing. */
		if ((rc = pump(c, err)) < 0)
			return -1;
		if (rc == 0 && wait_for(c, deadline, err) != 0)
			return -1;
	}
}

/* Puts one line into the stream, as one TLS record of its own. */
static int
put_line(struct control *c, const char *line, size_t n, struct err *err)
{
	ssize_t rc;

	while ((rc = stream_try_write(c->stream, line, n, err)) != (ssize_t)n) {
		if (rc == -1)
			return die(c, err);
		if (rc > 0) {
			line += rc;
			n -= (size_t)rc;
		}
		if (control_flush(c, err) != 0)
			return -1;
	}
	return 0;
}

/* What must not be in a command: it would be another one, or telnet's. */
static int
check_line(const char *s, size_t n, struct err *err)
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
control_check(const char *text, struct err *err)
{
	return check_line(text, strlen(text), err);
}

static int
wait_unanswered(struct control *c, struct err *err)
{
	int64_t deadline = deadline_in(c->timeout);
	int rc;

	if (oldest_unanswered(c) == NULL)
		return 0;
	if (control_flush(c, err) != 0)
		return -1;
	while (oldest_unanswered(c) != NULL) {
		if ((rc = pump(c, err)) < 0)
			return -1;
		if (rc == 0 && wait_for(c, deadline, err) != 0)
			return -1;
	}
	return 0;
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
	if (wait_unanswered(c, err) != 0 ||
	    control_send_path_for(c, note_move, &m, err, "CWD", dir) != 0 ||
	    control_await(c, &m.done, deadline_in(c->timeout), err) != 0)
		return -1;
	if (m.code / 100 != 2) {
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
	bool has;

	if (c->settled || c->resolving || c->cwd == NULL)
		return;
	has = server_has(c->server, TRAIT_SLASHES);
	if (has && !server_shown(c->server, TRAIT_SLASHES, PROOF_SEEN))
		return;
	c->settled = true;
	c->bare = !has;
}

static void
log_command(const struct control *c, const struct buf *b, const char *secret)
{
	struct buf shown = BUF_INIT(BUF_OWN);

	if (!log_enabled(LOG_DIALOGUE))
		return;
	text_escape(&shown, b->data,
	    secret != NULL ? (size_t)(secret - b->data) : b->len);
	log_line(LOG_DIALOGUE, "[%d] --> %s%s", c->number, shown.data,
	    secret != NULL ? "****" : "");
	buf_release(&shown);
}

static struct pending *
pending_new(control_done fn, void *ctx)
{
	struct pending *p = xcalloc(1, sizeof(*p));

	p->fn = fn;
	p->ctx = ctx;
	p->early = (struct reply)REPLY_INIT;
	p->reply = (struct reply)REPLY_INIT;
	p->max = REPLY_TEXT_MAX;
	p->blame = TRAIT_FLIGHTS;
	return p;
}

/*
 * Sends the line in b (without its end), in which secret begins unless it is
 * NULL, and releases b.
 */
static int
send_line(struct control *c, struct buf *b, const char *secret,
    control_done fn, void *ctx, struct err *err)
{
	size_t before = secret != NULL ? (size_t)(secret - b->data) : b->len;
	char verb[VERB_MAX];
	struct pending *p;
	int rc = -1;
	bool behind;

	log_command(c, b, secret);
	if (!c->alive) {
		*err = c->why;
		goto out;
	}
	if (check_line(b->data, b->len, err) != 0)
		goto out;
	if (c->lockstep && wait_unanswered(c, err) != 0)
		goto out;
	behind = oldest_unanswered(c) != NULL;
	c->refused = c->refused && behind;
	verb_of(b->data, verb);
	buf_adds(b, "\r\n");
	if (put_line(c, b->data, b->len, err) != 0)
		goto out;
	p = pending_new(fn, ctx);
	if (secret != NULL)
		p->secret = xstrndup(b->data + before,
		    b->len - before - strlen("\r\n"));
	strlcpy(p->verb, verb, sizeof(p->verb));
	p->behind = behind;
	STAILQ_INSERT_TAIL(&c->queue, p, link);
	c->npending++;
	rc = 0;
out:
	buf_release_secret(b);
	return rc;
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
	return send_line(c, &b, NULL, fn, ctx, err);
}

/*
 * Whether names may have to go without their directories, and this command's
 * would: then *dir is where to go first, and *name what to say there.
 */
static bool
may_go_bare(struct control *c, const struct about *a, char **dir, char **name)
{
	learn_slashes(c);
	return c->cwd != NULL && (c->bare || !c->settled) &&
	    bare_split(a->verb, a->path, dir, name);
}

static int
send_about(struct control *c, const struct about *a, control_done fn,
    void *ctx, struct err *err)
{
	char *dir = NULL, *name = NULL;
	struct pending *p;
	int rc;

	if (!may_go_bare(c, a, &dir, &name))
		return send_words(c, a, a->path, fn, ctx, err);
	if (!c->bare)
		rc = send_words(c, a, a->path, fn, ctx, err);
	else if ((rc = move_to(c, dir, err)) == 0)
		rc = send_words(c, a, name, fn, ctx, err);
	if (rc == 0) {
		p = STAILQ_LAST(&c->queue, pending, link);
		p->has_path = true;
		if (!c->bare)
			p->about = (struct about){ xstrdup(a->verb),
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
	return send_line(c, &b, mask_secret(b.data), fn, ctx, err);
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
	return send_line(c, &b, b.data + strlen(verb) + 1, NULL, NULL, err);
}

/* Where the answer to a command goes that is said again. */
struct retold {
	struct pending *p;
	bool done;
};

/* At the end of the connection p may be no more. */
static void
note_retold(void *ctx, const struct reply *r)
{
	struct retold *again = ctx;
	struct reply *into;

	again->done = true;
	if (r == NULL)
		return;
	into = &again->p->early;
	reply_clear(into);
	into->code = r->code;
	into->lines = r->lines;
	into->done = true;
	buf_add(&into->text, r->text.data, r->text.len);
}

/* What cannot be said there is refused as before: 0, or -1. */
static int
say_again(struct control *c, struct pending *p, struct err *err)
{
	struct retold again = { .p = p };

	if (send_about(c, &p->about, note_retold, &again, err) == 0 &&
	    control_await(c, &again.done, deadline_in(c->timeout), err) == 0)
		return 0;
	if (!c->alive)
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
	struct pending *p;
	int tries = 0, rc = 0;

	c->bare = c->resolving = true;
	STAILQ_FOREACH(p, &c->queue, link) {
		if (!p->held)
			continue;
		if (!c->settled && tries++ == TRIALS_MAX)
			break;
		if ((rc = say_again(c, p, err)) != 0)
			break;
	}
	c->resolving = false;
	c->bare = c->settled;
	if (rc == 0)
		let_go(c);
	return rc;
}

/* Waits for what answers are still to come, of whatever kind. */
static int
wait_answer(struct control *c, int64_t deadline, struct err *err)
{
	if (c->held > 0 && !c->resolving && oldest_unanswered(c) == NULL)
		return resolve(c, err);
	return wait_for(c, deadline, err);
}

int
control_go(struct control *c, const char *verb, const char *path,
    struct err *err)
{
	char *dir, *name;
	int rc;

	learn_slashes(c);
	if (!c->bare || path == NULL || !bare_split(verb, path, &dir, &name))
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
	return c->cwd != NULL && !c->settled;
}

bool
control_try_bare(struct control *c, const char *verb, const char *path,
    const struct err *refusal)
{
	struct err err = ERR_INIT;

	if (!c->alive || refusal->kind != ERR_REFUSED ||
	    !may_be_slashes(refusal->code) ||
	    (c->held > 0 && resolve(c, &err) != 0) ||
	    (c->settled && !c->bare))
		return false;
	c->bare = true;
	if (control_go(c, verb, path, &err) == 1)
		return true;
	control_end_trial(c);
	return false;
}

void
control_end_trial(struct control *c)
{
	c->bare = c->bare && c->settled;
}

/* Hands the oldest awaited reply out, if it is there. */
static bool
give(struct control *c, struct reply **r)
{
	struct pending *p;
	struct reply tmp, *from;

	STAILQ_FOREACH(p, &c->queue, link)
		if (p->fn == NULL)
			break;
	if (p == NULL || p->held || (p->early.code == 0 && !p->final))
		return false;
	from = p->early.code != 0 ? &p->early : &p->reply;
	tmp = c->given;
	c->given = *from;
	*from = tmp;
	reply_clear(from);
	if (from == &p->reply)
		pending_free(c, p);
	*r = &c->given;
	return true;
}

int
control_try_reply(struct control *c, struct reply **r, struct err *err)
{
	int rc;

	for (;;) {
		if (give(c, r))
			return 1;
		if (c->alive && stream_try_flush(c->stream, err) == -1) {
			while (pump(c, &(struct err)ERR_INIT) == 1)
				continue;
			die(c, err);
		}
		if ((rc = pump(c, err)) == 0)
			return 0;
		/* What came before the end is still good. */
		if (rc < 0)
			return give(c, r) ? 1 : -1;
	}
}

int
control_gather(struct control *c, int64_t ms, struct err *err)
{
	int rc;

	if (control_flush(c, err) != 0)
		return -1;
	while (oldest_unanswered(c) != NULL) {
		if ((rc = pump(c, err)) < 0)
			return -1;
		if (rc == 0 && (rc = wait_by(c, deadline_in(ms), err)) <= 0)
			return rc;
	}
	return 1;
}

bool
control_peek(const struct control *c, size_t i, const char **verb,
    const struct reply **r)
{
	const struct pending *p;

	STAILQ_FOREACH(p, &c->queue, link) {
		if (p->fn != NULL || i-- > 0)
			continue;
		*verb = p->verb;
		*r = p->final ? &p->reply : NULL;
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
	return rc < 0 ? -1 : 0;
}

/* Names what else than FTP answers there, where no whole line came. */
static int
hint(const struct control *c, struct err *err)
{
	const char *what = reply_looks_like(c->in.data, c->in.len);

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
	STAILQ_INSERT_TAIL(&c->queue, pending_new(NULL, NULL), link);
	c->npending++;
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
	int rc;

	if (c->in.len > 0 || c->reading.lines > 0 || !c->alive) {
		err_set(err, ERR_TLS, "server sent data before TLS; "
		    "somebody may be tampering with the connection");
		return die(c, err);
	}
	if (stream_start_tls(c->stream, peer, TLS_CONTROL, err) != 0)
		return die(c, err);
	while ((rc = stream_try_handshake(c->stream, err)) == STREAM_AGAIN) {
		struct pollfd pfd;

		stream_pollfd(c->stream, &pfd);
		rc = net_wait(&pfd, 1, deadline, c->cancel, err);
		if (rc == 0)
			err_set(err, ERR_TIMEOUT, "TLS handshake timed out");
		if (rc <= 0)
			return die(c, err);
	}
	return rc == 0 ? 0 : die(c, err);
}

int
control_await(struct control *c, const bool *done, int64_t deadline,
    struct err *err)
{
	int rc;

	if (!*done && control_flush(c, err) != 0)
		return -1;
	while (!*done) {
		if ((rc = pump(c, err)) < 0)
			return -1;
		if (rc == 0 && wait_answer(c, deadline, err) != 0)
			return -1;
	}
	return 0;
}

int
control_settle(struct control *c, int64_t deadline, struct err *err)
{
	struct pending *p;
	int rc;

	if (control_flush(c, err) != 0)
		return -1;
	for (;;) {
		STAILQ_FOREACH(p, &c->queue, link)
			if (p->fn != NULL)
				break;
		if (p == NULL)
			return 0;
		if ((rc = pump(c, err)) < 0)
			return -1;
		if (rc == 0 && wait_answer(c, deadline, err) != 0)
			return -1;
	}
}
