/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ftp/login_user.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "ftp/passive.h"
#include "ftp/retry.h"
#include "ftp/sight.h"

enum {
	/* How often answers that are still coming are looked at. */
	GLANCE_MS = 200,
	QUESTIONS_MAX = 5,
};

/* What stands before us after a reply to USER, PASS or ACCT. */
enum gate { GATE_OPEN, GATE_PASS, GATE_ACCT, GATE_SHUT };

static enum gate
gate_after(struct login *l, const struct reply *r, struct err *err)
{
	enum gate gate = GATE_SHUT;

	if (reply_class(r->code) == 2)
		gate = GATE_OPEN;
	else if (r->code == 331 || r->code == 336)
		gate = GATE_PASS;
	else if (r->code == 332)
		gate = GATE_ACCT;
	else
		(void)step_refused(l, r, err);
	if (gate == GATE_OPEN || (gate != GATE_SHUT && l->at == LOGIN_USER))
		step_end(l, l->at, r);
	return gate;
}

static int
send_user(struct login *l, struct err *err)
{
	step_begin(l, LOGIN_USER);
	return control_send(l->c->control, err, "USER %s",
	    l->set->user);
}

static int
send_pass(struct login *l, struct err *err)
{
	const struct secret *password = &l->rq->site->password;
	const struct login_ask *ask = l->rq->ask;
	const char *user = l->set->user;

	step_begin(l, LOGIN_PASSWORD);
	if (password->text == NULL && ask != NULL &&
	    ask->password(ask->ctx, l->rq->site, err) != 0)
		return -1;
	if (password->text == NULL)
		return err_set(err, ERR_LOGIN, "no password for %s, which the "
		    "server asks for; see PASSWORDS in the manual", user);
	if (server_refusals(l->c->server) > RETRY_BRIEF_MAX)
		return err_set(err, ERR_LOGIN, "login as %s was refused "
		    "several times; the password is not sent again", user);
	return control_send_secret(l->c->control, "PASS", password->text,
	    err);
}

static int
send_acct(struct login *l, struct err *err)
{
	const char *account = l->set->account;
	struct reply *r;

	if (l->began[LOGIN_PASSWORD] == 0)
		step_begin(l, LOGIN_PASSWORD);
	if (account == NULL)
		return err_set(err, ERR_LOGIN, "server asks for an account; "
		    "give it by the setting account");
	if (control_send_secret(l->c->control, "ACCT", account, err) != 0 ||
	    step_hear(l, LOGIN_PASSWORD, &r, err) != 0)
		return -1;
	if (gate_after(l, r, err) == GATE_OPEN)
		return 0;
	if (err->kind == ERR_NONE)
		err_set(err, ERR_LOGIN, "server refuses the account");
	return -1;
}

/*
 * The answer to PASS is another question, as for the code of a token: say, and
 * those that follow, until the server has enough.
 */
static enum gate
answer_further(struct login *l, char say[REPLY_SAY_MAX], struct err *err)
{
	struct secret answer = SECRET_INIT;
	const struct login_ask *ask = l->rq->ask;
	enum gate gate = GATE_PASS;
	struct reply *r;
	int i;

	for (i = 0; i < QUESTIONS_MAX && gate == GATE_PASS; i++) {
		gate = GATE_SHUT;
		if (ask == NULL)
			err_set(err, ERR_LOGIN, "server asks for more than the "
			    "password, which only the interactive shell can "
			    "answer: %s", say);
		else if (ask->further(ask->ctx, l->rq->site, say, &answer,
		    err) == 0 &&
		    control_send_secret(l->c->control, "PASS", answer.text,
		    err) == 0 && step_hear(l, LOGIN_PASSWORD, &r, err) == 0) {
			gate = gate_after(l, r, err);
			reply_say(r, say, REPLY_SAY_MAX);
		}
		secret_release(&answer);
	}
	if (gate != GATE_PASS)
		return gate;
	err_set(err, ERR_LOGIN, "server asks again and again: %s", say);
	return GATE_SHUT;
}

/* Through what stands there after PASS, in whose words say: 0 or -1. */
static int
pass_gate(struct login *l, enum gate gate, char say[REPLY_SAY_MAX],
    struct err *err)
{
	if (gate == GATE_PASS)
		gate = answer_further(l, say, err);
	return gate == GATE_SHUT ||
	    (gate == GATE_ACCT && send_acct(l, err) != 0) ? -1 : 0;
}

/* Whether one of the commands behind PASS is to be sent. */
static bool
sets_up(const struct login *l, enum login_step step)
{
	return step_due(l, step) && (l->c->peer != NULL ||
	    (step != LOGIN_PBSZ && step != LOGIN_PROT));
}

static int
send_step(struct login *l, enum login_step step, struct err *err)
{
	static const char *const command[LOGIN_STEPS] = {
		[LOGIN_PBSZ] = "PBSZ 0", [LOGIN_PROT] = "PROT C",
		[LOGIN_FEATURES] = "FEAT", [LOGIN_OPTIONS] = "TYPE I",
		[LOGIN_DIRECTORY] = "PWD",
	};

	step_begin(l, step);
	return control_send(l->c->control, err, "%s",
	    step == LOGIN_PROT && l->c->protected_data ? "PROT P" :
	    command[step]);
}

static bool
is_protected(const struct login *l, const struct reply *r)
{
	/* Implied by implicit TLS; the handshake is made in any case. */
	return r->code == 200 || (l->set->tls == TLS_IMPLICIT &&
	    reply_class(r->code) == 5 && l->c->protected_data);
}

/* What it can do, and whose it is; type: the answer to TYPE, or NULL. */
static void
note_words(struct login *l, const char *type)
{
	static const struct {
		unsigned flag;
		enum trait trait;
	} told[] = {
		{ FEAT_EPSV, TRAIT_EPSV }, { FEAT_REST, TRAIT_REST },
		{ FEAT_MLST, TRAIT_MLSD }, { FEAT_MLST, TRAIT_MLST },
		{ FEAT_MFMT, TRAIT_MFMT }, { FEAT_MFF, TRAIT_MFF },
	};
	struct server_words words = { .greeting = l->greeting,
	    .features = l->features, .type = type };
	struct conn *c = l->c;
	size_t i;

	server_told(c->server, &words);
	if (l->features == NULL)
		return;
	feat_parse(&c->feat, l->features);
	for (i = 0; i < sizeof(told) / sizeof(told[0]); i++)
		if (c->feat.flags & told[i].flag)
			server_learn(c->server, told[i].trait, true,
			    PROOF_TOLD_UNDER_TLS, NULL);
}

static void
note_directory(struct conn *c, const struct reply *r)
{
	if (reply_path(r, &c->login_dir) == 0 && c->login_dir[0] != '/') {
		c->foreign = c->login_dir;
		c->login_dir = NULL;
	}
	c->cwd = xstrdup_null(c->login_dir);
}

static int
hear_step(struct login *l, enum login_step step, struct err *err)
{
	struct reply *r;

	if (step_hear(l, step, &r, err) != 0)
		return -1;
	if ((step == LOGIN_PROT && !is_protected(l, r)) ||
	    (step == LOGIN_OPTIONS && reply_class(r->code) != 2))
		return step_refused(l, r, err);
	if (step == LOGIN_FEATURES && r->code == 211)
		l->features = xstrdup(r->text.data);
	if (step == LOGIN_OPTIONS)
		note_words(l, r->text.data);
	else if (step == LOGIN_FEATURES && !step_due(l, LOGIN_OPTIONS))
		note_words(l, NULL);
	if (step == LOGIN_DIRECTORY)
		note_directory(l->c, r);
	step_end(l, step, r);
	return 0;
}

/* The commands behind USER and PASS; without flights their answers, too. */
static int
send_setup(struct login *l, struct err *err)
{
	enum login_step step;

	for (step = LOGIN_PBSZ; step <= LOGIN_DIRECTORY; step++)
		if (sets_up(l, step) && (send_step(l, step, err) != 0 ||
		    (l->lockstep && hear_step(l, step, err) != 0)))
			return -1;
	return 0;
}

static int
hear_setup(struct login *l, struct err *err)
{
	enum login_step step;

	for (step = LOGIN_PBSZ; step <= LOGIN_DIRECTORY; step++)
		if (sets_up(l, step) && hear_step(l, step, err) != 0)
			return -1;
	return 0;
}

static int
set_up(struct login *l, struct err *err)
{
	if (send_setup(l, err) != 0)
		return -1;
	return l->lockstep ? 0 : hear_setup(l, err);
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
		sight_look(c->control, s);
		if (rc != 0 || (!s->own && (s->in || !s->missing)))
			return rc < 0 && cancel_reason(c->cancel) !=
			    CANCEL_NONE ? -1 : 1;
		if (control_heard(c->control) > since)
			since = control_heard(c->control);
		if (clock_ms() - since < control_patience(c->control))
			continue;
		if (!s->own || !sight_awaits(c->control, "PASS"))
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
gather_flight(struct login *l, struct err *err)
{
	struct sight s;
	int rc = await_flight(l->c, &s, err);

	l->at = l->began[LOGIN_PASSWORD] == 0 ||
	    sight_awaits(l->c->control, "USER") ? LOGIN_USER : LOGIN_PASSWORD;
	if (rc < 0)
		return -1;
	if (rc > 0 && (s.final || (s.own && !s.missing))) {
		err_clear(err);
		return 0;
	}
	if (!s.missing && !s.in && !s.lost && *s.no != '\0')
		return step_refused_login(l, 530, s.no, err);
	l->astray = true;
	if (err->kind == ERR_NONE)
		err_set(err, ERR_NETWORK,
		    "answers are out of step with commands");
	return -1;
}

/* pass: the password goes with it. */
static int
send_flight(struct login *l, bool pass, struct err *err)
{
	return send_user(l, err) != 0 || (pass && send_pass(l, err) != 0) ||
	    (l->rq->data_soon && passive_ask_at_login(l->c, err) != 0) ||
	    send_setup(l, err) != 0 || gather_flight(l, err) != 0 ? -1 : 0;
}

/* What USER, and PASS if that was sent, are answered; *r is the last of it. */
static enum gate
hear_gate(struct login *l, bool pass, struct reply **r, struct err *err)
{
	enum gate gate;

	if (step_hear(l, LOGIN_USER, r, err) != 0)
		return GATE_SHUT;
	gate = gate_after(l, *r, err);
	if (gate == GATE_SHUT || !pass)
		return gate;
	if (step_hear(l, LOGIN_PASSWORD, r, err) != 0)
		return GATE_SHUT;
	if (gate == GATE_PASS)
		return gate_after(l, *r, err);
	if (gate == GATE_OPEN)
		step_end(l, LOGIN_PASSWORD, *r);
	return gate;
}

/*
 * USER, PASS and all behind them in one flight: everything is under TLS, and
 * no answer changes what comes next on any server that lets us in at once.
 */
static int
log_in_at_once(struct login *l, struct err *err)
{
	bool pass = l->rq->site->password.text != NULL &&
	    step_due(l, LOGIN_PASSWORD);
	char say[REPLY_SAY_MAX];
	struct reply *r;
	enum gate gate;

	if (send_flight(l, pass, err) != 0 ||
	    (gate = hear_gate(l, pass, &r, err)) == GATE_SHUT)
		return -1;
	if (!step_due(l, LOGIN_PASSWORD))
		return 0;
	if (gate == GATE_PASS && !pass)
		return send_pass(l, err);
	if (gate == GATE_OPEN)
		return hear_setup(l, err);
	reply_say(r, say, sizeof(say));
	return discard(l->c, err) != 0 || pass_gate(l, gate, say, err) != 0 ?
	    -1 : set_up(l, err);
}

/* The same, USER and PASS each after the answer to the one before. */
static int
log_in_by_steps(struct login *l, struct err *err)
{
	char say[REPLY_SAY_MAX];
	struct reply *r;
	enum gate gate;

	if (send_user(l, err) != 0 || step_hear(l, LOGIN_USER, &r, err) != 0)
		return -1;
	gate = gate_after(l, r, err);
	if (gate != GATE_SHUT && !step_due(l, LOGIN_PASSWORD))
		return 0;
	if (gate == GATE_PASS) {
		if (send_pass(l, err) != 0 ||
		    step_hear(l, LOGIN_PASSWORD, &r, err) != 0)
			return -1;
		gate = gate_after(l, r, err);
	}
	reply_say(r, say, sizeof(say));
	return pass_gate(l, gate, say, err) != 0 ? -1 : set_up(l, err);
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

/* The events of a login, once all its steps are done. */
static void
tell_login(const struct login *l)
{
	struct buf tls = BUF_INIT(BUF_OWN);
	struct event ev = {
		.type = EVENT_CONNECT, .host = l->set->host,
	};

	stream_describe(control_stream(l->c->control), &tls);
	ev.detail = tls.data;
	observe_event(l->rq->obs, &ev);
	ev.type = EVENT_LOGIN;
	ev.detail = l->set->user;
	observe_event(l->rq->obs, &ev);
	buf_release(&tls);
}

int
login_user(struct login *l, struct err *err)
{
	struct conn *c = l->c;
	/* Whoever may have to be asked for the password comes behind USER. */
	bool asks = l->rq->site->password.text == NULL && l->rq->ask != NULL;

	if (!step_due(l, LOGIN_USER))
		return 0;
	if (l->set->user == NULL && l->rq->ask != NULL &&
	    l->rq->ask->user(l->rq->ask->ctx, l->rq->site, err) != 0)
		return -1;
	c->protected_data = c->peer != NULL &&
	    l->set->tls_data == TLS_DATA_PRIVATE;
	if ((l->lockstep || asks ? log_in_by_steps(l, err) :
	    log_in_at_once(l, err)) != 0)
		return -1;
	if (step_due(l, LOGIN_PASSWORD))
		server_login(c->server, true);
	if (!step_due(l, LOGIN_DIRECTORY))
		return 0;
	control_watch(c->control, c->server);
	if (send_options(c, err) != 0)
		return -1;
	c->since = clock_ms();
	tell_login(l);
	return 0;
}
