/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ftp/step.h"

#include <string.h>

#include "base/clock.h"
#include "ftp/retry.h"

/* The place of a step in the order of this login. */
static int
place_of(const struct login *l, enum login_step step)
{
	if (l->set->tls != TLS_IMPLICIT || step < LOGIN_GREETING ||
	    step > LOGIN_TRUST)
		return (int)step;
	return step == LOGIN_GREETING ? (int)LOGIN_TRUST : (int)step - 1;
}

bool
step_due(const struct login *l, enum login_step step)
{
	return place_of(l, step) <= place_of(l, l->rq->until);
}

void
step_begin(struct login *l, enum login_step step)
{
	const struct login_watch *w = l->rq->watch;

	l->at = step;
	l->began[step] = clock_ms();
	if (w != NULL)
		w->begins(w->ctx, step);
}

static void
report(const struct login *l, enum login_step step, const struct reply *r,
    const struct err *err)
{
	const struct login_watch *w = l->rq->watch;
	struct login_report report = {
		.step = step, .began = l->began[step], .ended = clock_ms(),
		.err = err, .reply = r,
	};
	struct tls_cert_info cert;

	if (w == NULL)
		return;
	if (step == LOGIN_TRUST && l->c->peer != NULL &&
	    tls_peer_cert(l->c->peer, &cert) == 0)
		report.cert = &cert;
	w->ends(w->ctx, &report);
}

void
step_end(struct login *l, enum login_step step, const struct reply *r)
{
	report(l, step, r, NULL);
	if (l->at == step)
		l->at = LOGIN_STEPS;
}

void
step_fail(const struct login *l, const struct err *err)
{
	if (l->at != LOGIN_STEPS)
		report(l, l->at, NULL, err);
}

int
step_unanswered(const struct login *l, struct err *err)
{
	bool gone = err->kind == ERR_NETWORK;

	if (l->at == LOGIN_GREETING && (gone || err->kind == ERR_TIMEOUT))
		err_append(err, " (no greeting)%s",
		    l->set->tls == TLS_EXPLICIT ? "; if this port is for "
		    "implicit TLS, use ftps://" : "");
	else if (l->at == LOGIN_AUTH && gone)
		err_append(err, " at AUTH %s; a firewall that reads along, or "
		    "a server without TLS, does so; ftps:// may work",
		    l->auth);
	return -1;
}

/* What is only about numbers or time is no refusal of the password. */
int
step_refused_login(const struct login *l, int code, const char *say,
    struct err *err)
{
	if (!retry_is_crowded(say))
		server_login(l->c->server, false);
	err_set(err, ERR_LOGIN, "login as %s refused: %s%s",
	    l->set->user, say, strcmp(l->set->user, "anonymous") == 0 ?
	    "; say who you are: USER@HOST or -u USER" : "");
	err_note_reply(err, code, say);
	return -1;
}

int
step_refused(const struct login *l, const struct reply *r,
    struct err *err)
{
	bool protects = l->c->protected_data;
	char say[REPLY_SAY_MAX];

	reply_say(r, say, sizeof(say));
	switch (l->at) {
	case LOGIN_GREETING:
		if (r->code == 230)
			return err_set(err, ERR_PROTOCOL,
			    "server wants no login: %s", say);
		if (reply_class(r->code) == 5)
			return reply_error(r, err,
			    "server refuses the connection");
		return err_set(err, ERR_NETWORK, "server is not ready: %s",
		    say);
	case LOGIN_AUTH:
		if (r->code == 421)
			return err_set(err, ERR_NETWORK,
			    "server ended the session: %s", say);
		return err_set(err, ERR_TLS, "server offers no TLS: %s; "
		    "nothing was sent in the clear", say);
	case LOGIN_PROT:
		if (r->code == 421)
			return reply_error(r, err, "PROT");
		return err_set(err, ERR_TLS, "server refuses PROT %s, %s: %s",
		    protects ? "P" : "C", protects ?
		    "the protection of data" : "clear data", say);
	case LOGIN_OPTIONS:
		return reply_error(r, err, "server refuses binary transfers");
	default:
		if (reply_class(r->code) != 4)
			return step_refused_login(l, r->code, say, err);
		err_set(err, ERR_NETWORK, "server cannot log us in now: %s",
		    say);
		err_note_reply(err, r->code, say);
		return -1;
	}
}

int
step_hear(struct login *l, enum login_step step, struct reply **r,
    struct err *err)
{
	l->at = step;
	return control_reply(l->c->control, conn_soon(l->c), r, err) == 0 ?
	    0 : step_unanswered(l, err);
}
