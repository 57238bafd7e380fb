/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ftp/conn.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "ftp/passive.h"
#include "ftp/retry.h"
#include "net/dial.h"
#include "net/socket.h"
#include "net/wait.h"

enum {
	CONTROL_BUFFER = 16 * 1024,
	FAR_US = 5000,
	QUIT_WAIT_MS = 500,
	HELLO_PAUSE_MS = 100,
	/* How often answers that are still coming are looked at. */
	GLANCE_MS = 200,
	QUESTIONS_MAX = 5,
};

int64_t
conn_soon(const struct conn *c)
{
	return deadline_in(c->site->set.timeout);
}

int64_t
conn_late(const struct conn *c)
{
	return deadline_in(c->site->set.reply_timeout);
}

bool
conn_alive(const struct conn *c)
{
	return c != NULL && c->control != NULL && control_alive(c->control);
}

bool
conn_flights(const struct conn *c)
{
	return c->site->set.pipeline &&
	    server_has(c->server, TRAIT_FLIGHTS);
}

void
conn_set_site(struct conn *c, const struct site *site)
{
	c->site = site;
	control_set_timeout(c->control, site->set.timeout);
	control_set_lockstep(c->control, !conn_flights(c));
}

static int
dial(struct conn *c, int number, struct err *err)
{
	const struct settings *set = &c->site->set;
	struct dial_options o = {
		.bind_address = set->bind_address,
		.family = set->address_family,
		.timeout_ms = set->connect_timeout,
		.deadline = DEADLINE_NONE,
		.cancel = c->cancel,
	};
	int fd;

	if (o.family == FAMILY_ANY && !server_has(c->server, TRAIT_IPV6))
		o.family = FAMILY_IPV4;
	fd = dial_host(set->host, settings_port(set), &o, err);
	if (fd == -1 && o.family != set->address_family &&
	    cancel_reason(c->cancel) == CANCEL_NONE) {
		err_clear(err);
		o.family = set->address_family;
		fd = dial_host(set->host, settings_port(set), &o, err);
	}
	if (fd == -1)
		return -1;
	c->far = socket_rtt_us(fd) >= FAR_US;
	c->control = control_new(stream_new(fd, CONTROL_BUFFER), number,
	    c->cancel);
	control_set_timeout(c->control, set->timeout);
	return 0;
}

static int
start_tls(struct conn *c, struct err *err)
{
	c->peer = tls_peer_new(c->site->tls);
	if (!server_has(c->server, TRAIT_ALPN))
		tls_peer_without_alpn(c->peer);
	if (control_start_tls(c->control, c->peer,
	    deadline_in(c->site->set.connect_timeout), err) == 0)
		return 0;
	if (tls_peer_alpn_refused(c->peer))
		server_deny(c->server, TRAIT_ALPN, NULL);
	if (err->kind == ERR_TLS && err->code / 100 == 5)
		server_deny(c->server, TRAIT_HELLO, NULL);
	return -1;
}

/* Where the user wants no TLS, nothing is worth more than the greeting. */
static void
note_greeting(struct conn *c, const struct reply *r)
{
	bool clear = c->site->set.tls == TLS_EXPLICIT;

	server_greeted(c->server, r->text.data,
	    clear ? PROOF_HINT_IN_CLEAR : PROOF_TOLD_UNDER_TLS);
	if (!clear)
		c->greeting = xstrdup(r->text.data);
}

static int
greeting(struct conn *c, struct err *err)
{
	struct reply *r;
	char say[REPLY_SAY_MAX];

	if (control_greeting(c->control, conn_soon(c), &r, err) != 0) {
		if (err->kind == ERR_TIMEOUT || err->kind == ERR_NETWORK)
			err_append(err, " (no greeting)%s",
			    c->site->set.tls == TLS_EXPLICIT ?
			    "; if this port is for implicit TLS, use ftps://" :
			    "");
		return -1;
	}
	note_greeting(c, r);
	if (r->code == 220)
		return 0;
	reply_say(r, say, sizeof(say));
	if (r->code == 230)
		return err_set(err, ERR_PROTOCOL,
		    "server wants no login: %s", say);
	if (r->code / 100 == 5)
		return reply_error(r, err, "server refuses the connection");
	return err_set(err, ERR_NETWORK, "server is not ready: %s", say);
}

static int
auth_lost(const char *kind, struct err *err)
{
	if (err->kind != ERR_NETWORK)
		return -1;
	return err_append(err, " at AUTH %s; a firewall that reads along, or "
	    "a server without TLS, does so; ftps:// may work", kind);
}

/* AUTH TLS, else AUTH SSL, which some old servers know alone (RFC 4217). */
static int
auth(struct conn *c, struct err *err)
{
	static const char *const kind[] = { "TLS", "SSL" };
	struct reply *r;
	char say[REPLY_SAY_MAX];
	size_t i;

	for (i = 0; i < 2; i++) {
		if (control_send(c->control, err, "AUTH %s", kind[i]) != 0 ||
		    control_reply(c->control, conn_soon(c), &r, err) != 0)
			return auth_lost(kind[i], err);
		if (r->code == 234)
			return !server_has(c->server, TRAIT_HELLO) &&
			    net_sleep(HELLO_PAUSE_MS, c->cancel, err) != 0 ?
			    -1 : start_tls(c, err);
		if (r->code != 500 && r->code != 502 && r->code != 504)
			break;
	}
	if (r->code == 421)
		return err_set(err, ERR_NETWORK, "server ended the session: %s",
		    reply_say(r, say, sizeof(say)));
	return err_set(err, ERR_TLS, "server offers no TLS: %s; nothing was "
	    "sent in the clear", reply_say(r, say, sizeof(say)));
}

/* Where login stands after a reply to USER, PASS or ACCT. */
enum step { STEP_DONE, STEP_PASS, STEP_ACCT, STEP_FAILED };

/* What is only about numbers or time is no refusal of the password. */
static int
refuse_login(struct conn *c, int code, const char *say, struct err *err)
{
	if (!retry_is_crowded(say))
		server_login(c->server, false);
	err_set(err, ERR_LOGIN, "login as %s refused: %s", c->site->set.user,
	    say);
	err_note_reply(err, code, say);
	return -1;
}

static enum step
judge(struct conn *c, const struct reply *r, struct err *err)
{
	char say[REPLY_SAY_MAX];

	reply_say(r, say, sizeof(say));
	switch (r->code) {
	case 331:
	case 336:
		return STEP_PASS;
	case 332:
		return STEP_ACCT;
	}
	if (r->code / 100 == 2)
		return STEP_DONE;
	if (r->code / 100 == 4)
		err_set(err, ERR_NETWORK, "server cannot log us in now: %s",
		    say);
	else
		(void)refuse_login(c, r->code, say, err);
	err_note_reply(err, r->code, say);
	return STEP_FAILED;
}

static int
send_acct(struct conn *c, struct err *err)
{
	const char *account = c->site->set.account;
	struct reply *r;

	if (account == NULL)
		return err_set(err, ERR_LOGIN, "server asks for an account; "
		    "give it by the setting account");
	if (control_send_secret(c->control, "ACCT", account, err) != 0 ||
	    control_reply(c->control, conn_soon(c), &r, err) != 0)
		return -1;
	if (judge(c, r, err) == STEP_DONE)
		return 0;
	if (err->kind == ERR_NONE)
		err_set(err, ERR_LOGIN, "server refuses the account");
	return -1;
}

static int
send_pass(struct conn *c, struct err *err)
{
	if (c->site->password.text == NULL && c->ask != NULL &&
	    c->ask->password(c->ask->ctx, err) != 0)
		return -1;
	if (c->site->password.text == NULL)
		return err_set(err, ERR_LOGIN, "no password for %s, which the "
		    "server asks for; see PASSWORDS in the manual",
		    c->site->set.user);
	if (server_refusals(c->server) > RETRY_BRIEF_MAX)
		return err_set(err, ERR_LOGIN, "login as %s was refused "
		    "several times; the password is not sent again",
		    c->site->set.user);
	return control_send_secret(c->control, "PASS", c->site->password.text,
	    err);
}

/* The commands of one flight behind USER and PASS; wanted replies in order. */
static int
send_setup(struct conn *c, struct err *err)
{
	struct control *k = c->control;

	if (c->peer != NULL &&
	    (control_send(k, err, "PBSZ 0") != 0 ||
	    control_send(k, err, "PROT %s", c->protected_data ? "P" : "C")
	    != 0))
		return -1;
	if (control_send(k, err, "FEAT") != 0 ||
	    control_send(k, err, "TYPE I") != 0 ||
	    control_send(k, err, "PWD") != 0)
		return -1;
	return 0;
}

static int
read_protection(struct conn *c, struct err *err)
{
	struct reply *r;
	char say[REPLY_SAY_MAX];

	if (control_reply(c->control, conn_soon(c), &r, err) != 0 ||
	    control_reply(c->control, conn_soon(c), &r, err) != 0)
		return -1;
	if (r->code == 200)
		return 0;
	/* Implied by implicit TLS; the handshake is made in any case. */
	if (c->site->set.tls == TLS_IMPLICIT && r->code / 100 == 5 &&
	    c->protected_data)
		return 0;
	if (r->code == 421)
		return reply_error(r, err, "PROT");
	reply_say(r, say, sizeof(say));
	return err_set(err, ERR_TLS, "server refuses PROT %s, %s: %s",
	    c->protected_data ? "P" : "C",
	    c->protected_data ? "the protection of data" : "clear data", say);
}

static void
note_features(struct conn *c, const char *text)
{
	static const struct {
		unsigned flag;
		enum trait trait;
	} told[] = {
		{ FEAT_EPSV, TRAIT_EPSV }, { FEAT_REST, TRAIT_REST },
		{ FEAT_MLST, TRAIT_MLSD }, { FEAT_MLST, TRAIT_MLST },
		{ FEAT_MFMT, TRAIT_MFMT }, { FEAT_MFF, TRAIT_MFF },
	};
	size_t i;

	feat_parse(&c->feat, text);
	for (i = 0; i < sizeof(told) / sizeof(told[0]); i++)
		if (c->feat.flags & told[i].flag)
			server_learn(c->server, told[i].trait, true,
			    PROOF_TOLD_UNDER_TLS, NULL);
}

/* FEAT and TYPE: what it can do, and whose it is. */
static int
read_words(struct conn *c, struct err *err)
{
	struct server_words words = { .greeting = c->greeting };
	char *features = NULL;
	struct reply *r;
	int rc = -1;

	if (control_reply(c->control, conn_soon(c), &r, err) != 0)
		return -1;
	if (r->code == 211)
		words.features = features = xstrdup(r->text.data);
	if (control_reply(c->control, conn_soon(c), &r, err) != 0)
		goto out;
	if (r->code / 100 != 2) {
		reply_error(r, err, "server refuses binary transfers");
		goto out;
	}
	words.type = r->text.data;
	server_told(c->server, &words);
	if (features != NULL)
		note_features(c, features);
	rc = 0;
out:
	free(features);
	return rc;
}

static int
read_setup(struct conn *c, struct err *err)
{
	struct reply *r;

	if (c->peer != NULL && read_protection(c, err) != 0)
		return -1;
	if (read_words(c, err) != 0)
		return -1;
	if (control_reply(c->control, conn_soon(c), &r, err) != 0)
		return -1;
	if (r->code == 257 && reply_path(r, &c->login_dir) == 0 &&
	    c->login_dir[0] != '/') {
		c->foreign = c->login_dir;
		c->login_dir = NULL;
	}
	c->cwd = xstrdup_null(c->login_dir);
	return 0;
}

/*
 * The answer to PASS is another question, as for the code of a token: say, and
 * those that follow, until the server has enough.
 */
static enum step
answer_further(struct conn *c, char say[REPLY_SAY_MAX], struct err *err)
{
	struct secret answer = SECRET_INIT;
	enum step step = STEP_PASS;
	struct reply *r;
	int i;

	for (i = 0; i < QUESTIONS_MAX && step == STEP_PASS; i++) {
		step = STEP_FAILED;
		if (c->ask == NULL)
			err_set(err, ERR_LOGIN, "server asks for more than the "
			    "password, which only the interactive shell can "
			    "answer: %s", say);
		else if (c->ask->further(c->ask->ctx, say, &answer, err) == 0 &&
		    control_send_secret(c->control, "PASS", answer.text,
		    err) == 0 &&
		    control_reply(c->control, conn_soon(c), &r, err) == 0) {
			step = judge(c, r, err);
			reply_say(r, say, REPLY_SAY_MAX);
		}
		secret_release(&answer);
	}
	if (step != STEP_PASS)
		return step;
	err_set(err, ERR_LOGIN, "server asks again and again: %s", say);
	return STEP_FAILED;
}

/* Takes the replies of a flight that was sent for nothing. */
static int
discard(struct conn *c, struct err *err)
{
	struct reply *r;

	while (control_pending(c->control) > 0)
		if (control_reply(c->control, conn_soon(c), &r, err) != 0)
			return -1;
	return 0;
}

static void
ignore_reply(void *ctx, const struct reply *r)
{
	(void)ctx;
	(void)r;
}

/*
 * Whether r is what verb would be answered alone.  in: we are logged in;
 * refused: something before it was.
 */
static bool
is_own(const char *verb, const struct reply *r, bool in, bool refused)
{
	if (!verb_fits(verb, r->code))
		return false;
	if (refused || r->code < 500)
		return true;
	if (strcmp(verb, "PASS") != 0 && r->code == 530)
		return !in;
	return r->code != 503 && (r->code != 500 || !verb_is_basic(verb));
}

/* What the answers to a login's flight say together. */
struct sight {
	bool own;		/* each may be that of its command */
	bool missing;		/* some are not there yet */
	bool in;		/* one lets us in */
	bool refused;		/* one is a refusal */
	bool final;		/* of USER or PASS, or an end: that counts */
	bool lost;		/* PASS was not what was refused */
	char no[REPLY_SAY_MAX];	/* the last refusal of a login */
};

static void
see(struct sight *s, int code, const char *words)
{
	s->in = s->in || code == 230 || code == 232;
	s->refused = s->refused || code >= 400;
	if (code == 530 || code == 430)
		snprintf(s->no, sizeof(s->no), "%d %.500s", code, words);
}

/* Answers that came in the middle of one of several lines. */
static int
see_within(struct sight *s, const struct reply *r)
{
	char *copy = xstrdup(r->text.data), *rest = copy, *line;
	int n = 0;

	(void)strsep(&rest, "\n");
	while (rest != NULL && (line = strsep(&rest, "\n")) != NULL)
		if (rest != NULL && strspn(line, "0123456789") == 3 &&
		    line[3] == ' ') {
			see(s, (int)strtol(line, NULL, 10), line + 4);
			n++;
		}
	free(copy);
	return n;
}

static bool
awaits_password(const struct conn *c)
{
	const char *verb;
	const struct reply *r;
	size_t i;

	for (i = 0; control_peek(c->control, i, &verb, &r); i++)
		if (r == NULL)
			return strcmp(verb, "PASS") == 0;
	return false;
}

static void
look_at_flight(const struct conn *c, struct sight *s)
{
	const char *verb;
	const struct reply *r;
	int unanswered = 0;
	bool own;
	size_t i;

	*s = (struct sight){ .own = true };
	for (i = 0; control_peek(c->control, i, &verb, &r); i++) {
		if (r == NULL) {
			unanswered++;
			continue;
		}
		own = is_own(verb, r, s->in, s->refused);
		s->own = s->own && own;
		s->lost = s->lost || (!own && r->code == 503);
		s->final = s->final || r->code == 421 || (s->own &&
		    r->code >= 400 && (strcmp(verb, "USER") == 0 ||
		    strcmp(verb, "PASS") == 0));
		see(s, r->code, r->text.data);
		unanswered -= see_within(s, r);
	}
	s->missing = unanswered > 0;
}

/*
 * Until all answers are there, or no more come: 1, 0 if some were not read for
 * certain, -1.  To look a password up may take very long (27 s were seen);
 * whether it was read at all, a further command shows: if that is answered in
 * its place, nothing else will be.
 */
static int
await_flight(struct conn *c, struct sight *s, struct err *err)
{
	int64_t deadline = conn_soon(c), since = clock_ms();
	bool asked = false;
	int rc;

	for (;;) {
		rc = control_gather(c->control, passive_awaited(c), GLANCE_MS,
		    err);
		passive_dial_ahead(c);
		look_at_flight(c, s);
		if (rc != 0 || (!s->own && (s->in || !s->missing)))
			return rc < 0 && cancel_reason(c->cancel) !=
			    CANCEL_NONE ? -1 : 1;
		if (control_heard(c->control) > since)
			since = control_heard(c->control);
		if (clock_ms() - since < control_patience(c->control))
			continue;
		if (!s->own || !awaits_password(c))
			return s->final && !asked;
		if (clock_ms() >= deadline)
			return err_set(err, ERR_TIMEOUT,
			    "no answer from the server to PASS");
		if (!asked && control_send_for(c->control, ignore_reply, NULL,
		    err, "NOOP") != 0)
			return -1;
		asked = true;
	}
}

/*
 * A server may read one command and throw away what came with it, answer in
 * an order of its own, or hang up: then we log in once more, step by step.
 * But a password that was refused is not sent again: where the order is lost,
 * that is so when every answer is there and none lets us in.
 */
static int
gather_flight(struct conn *c, struct err *err)
{
	struct sight s;
	int rc = await_flight(c, &s, err);

	if (rc < 0)
		return -1;
	if (rc > 0 && (s.final || (s.own && !s.missing))) {
		err_clear(err);
		return 0;
	}
	if (!s.missing && !s.in && !s.lost && s.no[0] != '\0')
		return refuse_login(c, 530, s.no, err);
	c->astray = true;
	if (err->kind == ERR_NONE)
		err_set(err, ERR_NETWORK,
		    "answers are out of step with commands");
	return -1;
}

/*
 * USER, PASS and all behind them in one flight: everything is under TLS, and
 * no answer changes what comes next on any server that lets us in at once.
 */
static int
login_flight(struct conn *c, bool data_soon, struct err *err)
{
	char say[REPLY_SAY_MAX];
	struct reply *r;
	enum step step;

	if (control_send(c->control, err, "USER %s", c->site->set.user) != 0)
		return -1;
	if (c->site->password.text != NULL && send_pass(c, err) != 0)
		return -1;
	if (data_soon && passive_ask_at_login(c, err) != 0)
		return -1;
	if (send_setup(c, err) != 0 || gather_flight(c, err) != 0)
		return -1;
	if (control_reply(c->control, conn_soon(c), &r, err) != 0)
		return -1;
	step = judge(c, r, err);
	if (step == STEP_FAILED)
		return -1;
	if (c->site->password.text != NULL) {
		if (control_reply(c->control, conn_soon(c), &r, err) != 0)
			return -1;
		if (step == STEP_PASS)
			step = judge(c, r, err);
	}
	if (step == STEP_FAILED)
		return -1;
	if (step == STEP_PASS && c->site->password.text == NULL)
		return send_pass(c, err);
	if (step == STEP_DONE)
		return read_setup(c, err);
	reply_say(r, say, sizeof(say));
	if (discard(c, err) != 0)
		return -1;
	if (step == STEP_PASS)
		step = answer_further(c, say, err);
	if (step == STEP_FAILED ||
	    (step == STEP_ACCT && send_acct(c, err) != 0) ||
	    send_setup(c, err) != 0)
		return -1;
	return read_setup(c, err);
}

/* The same, each command after the answer to the one before. */
static int
login_lockstep(struct conn *c, struct err *err)
{
	char say[REPLY_SAY_MAX];
	struct reply *r;
	enum step step;

	if (control_send(c->control, err, "USER %s", c->site->set.user) != 0 ||
	    control_reply(c->control, conn_soon(c), &r, err) != 0)
		return -1;
	step = judge(c, r, err);
	if (step == STEP_PASS) {
		if (send_pass(c, err) != 0 ||
		    control_reply(c->control, conn_soon(c), &r, err) != 0)
			return -1;
		step = judge(c, r, err);
		reply_say(r, say, sizeof(say));
		if (step == STEP_PASS)
			step = answer_further(c, say, err);
	}
	if (step == STEP_FAILED ||
	    (step == STEP_ACCT && send_acct(c, err) != 0))
		return -1;
	if (send_setup(c, err) != 0)
		return -1;
	return read_setup(c, err);
}

static void
report(struct conn *c, const struct observer *obs)
{
	struct buf tls = BUF_INIT(BUF_OWN);
	struct event ev = {
		.type = EVENT_CONNECT, .host = c->site->set.host, .bytes = -1,
	};

	stream_describe(control_stream(c->control), &tls);
	ev.detail = tls.data;
	observe_event(obs, &ev);
	ev.type = EVENT_LOGIN;
	ev.detail = c->site->set.user;
	observe_event(obs, &ev);
	buf_release(&tls);
}

/* They leave with whatever comes first; no answer matters. */
static int
send_options(struct conn *c, struct err *err)
{
	const struct feat *f = &c->feat;

	if ((f->flags & FEAT_UTF8) && control_send_for(c->control,
	    ignore_reply, NULL, err, "OPTS UTF8 ON") != 0)
		return -1;
	/* What is offered may be told only if asked for. */
	if (f->facts & ~f->facts_on &
	    (FACT_TYPE | FACT_SIZE | FACT_MODIFY | FACT_UNIX_MODE))
		return control_send_for(c->control, ignore_reply, NULL, err,
		    "OPTS MLST type;size;modify;unique;unix.mode;"
		    "unix.owner;unix.group;");
	return 0;
}

static int
set_up(struct conn *c, const struct login_request *rq, struct err *err)
{
	const struct settings *set = &c->site->set;
	bool asks;
	int rc;

	if (dial(c, rq->number, err) != 0)
		return -1;
	c->lockstep = c->lockstep || !conn_flights(c);
	control_set_lockstep(c->control, c->lockstep);
	if (set->tls == TLS_IMPLICIT && start_tls(c, err) != 0)
		return -1;
	if (greeting(c, err) != 0)
		return -1;
	if (set->tls == TLS_EXPLICIT && auth(c, err) != 0)
		return -1;
	c->protected_data = c->peer != NULL &&
	    set->tls_data == TLS_DATA_PRIVATE;
	/* Whoever may have to be asked for the password comes behind USER. */
	asks = c->site->password.text == NULL && c->ask != NULL;
	rc = c->lockstep || asks ? login_lockstep(c, err) :
	    login_flight(c, rq->data_soon, err);
	if (rc != 0)
		return -1;
	server_login(c->server, true);
	control_watch(c->control, c->server);
	if (send_options(c, err) != 0)
		return -1;
	c->since = clock_ms();
	report(c, rq->obs);
	return 0;
}

/* What TLS has to say of certificates, each thing once a site. */
static void
warn(const struct conn *c, const struct observer *obs)
{
	char *note;

	while (c->peer != NULL &&
	    (note = tls_context_note(c->site->tls)) != NULL) {
		observe_warning(obs, "%s: %s", c->site->name, note);
		free(note);
	}
}

static int
open_once(const struct login_request *rq, bool lockstep, bool *astray,
    struct conn **out, struct err *err)
{
	struct conn *c = xcalloc(1, sizeof(*c));
	int rc;

	c->site = rq->site;
	c->cancel = rq->cancel;
	c->server = rq->server;
	c->lockstep = lockstep;
	c->ask = rq->ask;
	c->ahead.fd = -1;
	feat_init(&c->feat);
	rc = set_up(c, rq, err);
	*astray = c->astray;
	warn(c, rq->obs);
	if (rc == 0)
		*out = c;
	else
		conn_close(c, false);
	return rc;
}

/*
 * Some servers end the handshake over the ALPN name, or take our hello for a
 * command if it comes at once; then without that.
 */
static int
open_well(const struct login_request *rq, bool lockstep, bool *astray,
    struct conn **out, struct err *err)
{
	bool offered = server_has(rq->server, TRAIT_ALPN);
	bool at_once = server_has(rq->server, TRAIT_HELLO);
	int rc;

	rc = open_once(rq, lockstep, astray, out, err);
	if (rc == 0 || (offered == server_has(rq->server, TRAIT_ALPN) &&
	    at_once == server_has(rq->server, TRAIT_HELLO)))
		return rc;
	err_clear(err);
	return open_once(rq, lockstep, astray, out, err);
}

/*
 * If the login's flight goes wrong, step by step; it is learned when that
 * works, be it a few connections later.
 */
int
conn_open(const struct login_request *rq, struct conn **out, struct err *err)
{
	char why[REPLY_SAY_MAX];
	bool astray, ignored;
	int rc;

	if (!server_doubts_login(rq->server, why, sizeof(why))) {
		rc = open_well(rq, false, &astray, out, err);
		if (rc == 0 || !astray)
			return rc;
		strlcpy(why, err->msg, sizeof(why));
		server_doubt_login(rq->server, why);
		err_clear(err);
	}
	rc = open_well(rq, true, &ignored, out, err);
	if (rc == 0)
		server_learn(rq->server, TRAIT_FLIGHTS, false, PROOF_SEEN,
		    why);
	if (rc == 0 || err->kind == ERR_LOGIN)
		server_doubt_login(rq->server, NULL);
	return rc;
}

/*
 * QUIT leaves with our close_notify behind it; a moment is given to both so
 * that the server sees an orderly end, but nobody waits for its answer.
 */
static void
say_quit(struct conn *c)
{
	struct err err = ERR_INIT;
	int64_t deadline = deadline_in(QUIT_WAIT_MS);
	struct stream *s = control_stream(c->control);
	struct pollfd pfd;

	if (control_send(c->control, &err, "QUIT") != 0)
		return;
	while (stream_try_finish(s, &err) == STREAM_AGAIN) {
		stream_pollfd(s, &pfd);
		if (net_wait(&pfd, 1, deadline, NULL, &err) <= 0)
			break;
	}
}

void
conn_close(struct conn *c, bool polite)
{
	if (c == NULL)
		return;
	if (polite && conn_alive(c))
		say_quit(c);
	control_free(c->control);
	if (c->ahead.fd != -1)
		close(c->ahead.fd);
	tls_peer_free(c->peer);
	feat_release(&c->feat);
	free(c->greeting);
	free(c->login_dir);
	free(c->foreign);
	free(c->cwd);
	free(c->active_address);
	free(c);
}
