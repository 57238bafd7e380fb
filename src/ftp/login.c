/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ftp/login.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "ftp/login_user.h"
#include "ftp/step.h"
#include "net/dial.h"
#include "net/socket.h"
#include "net/wait.h"

enum {
	CONTROL_BUFFER = 16 * 1024,
	FAR_US = 5000,
	HELLO_PAUSE_MS = 100,
	AGAIN_MAX = 2,		/* a password that was typed */
};

/* *fd is -1 where no more than resolving was wanted.  0 or -1. */
static int
dial(struct login *l, const struct dial_options *o, int *fd, struct err *err)
{
	const struct settings *set = l->set;
	struct dial *d;

	*fd = -1;
	step_begin(l, LOGIN_RESOLVE);
	d = dial_resolve(set->host, settings_port(set), o, err);
	if (d == NULL)
		return -1;
	step_end(l, LOGIN_RESOLVE, NULL);
	if (step_due(l, LOGIN_CONNECT)) {
		step_begin(l, LOGIN_CONNECT);
		*fd = dial_connect(d, err);
	}
	dial_end(d);
	if (*fd != -1)
		step_end(l, LOGIN_CONNECT, NULL);
	return *fd != -1 || !step_due(l, LOGIN_CONNECT) ? 0 : -1;
}

static int
reach(struct login *l, struct err *err)
{
	const struct settings *set = l->set;
	struct conn *c = l->c;
	struct dial_options o = {
		.bind_address = set->bind_address,
		.family = set->address_family,
		.timeout_ms = set->connect_timeout,
		.deadline = DEADLINE_NONE,
		.cancel = c->cancel,
	};
	int fd, rc;

	if (o.family == FAMILY_ANY && !server_has(c->server, TRAIT_IPV6))
		o.family = FAMILY_IPV4;
	rc = dial(l, &o, &fd, err);
	if (rc != 0 && o.family != set->address_family &&
	    cancel_reason(c->cancel) == CANCEL_NONE) {
		step_fail(l, err);
		err_clear(err);
		o.family = set->address_family;
		rc = dial(l, &o, &fd, err);
	}
	if (rc != 0 || fd == -1)
		return rc;
	c->far = socket_rtt_us(fd) >= FAR_US;
	c->control = control_new(stream_new(fd, CONTROL_BUFFER),
	    l->rq->number, c->cancel);
	control_set_timeout(c->control, set->timeout);
	control_set_lockstep(c->control, l->lockstep);
	return 0;
}

/* Where the user wants no TLS, nothing is worth more than the greeting. */
static void
note_greeting(struct login *l, const struct reply *r)
{
	bool clear = l->set->tls == TLS_EXPLICIT;

	server_greeted(l->c->server, r->text.data,
	    clear ? PROOF_HINT_IN_CLEAR : PROOF_TOLD_UNDER_TLS);
	if (!clear)
		l->greeting = xstrdup(r->text.data);
}

static int
greeting(struct login *l, struct err *err)
{
	struct reply *r;

	if (!step_due(l, LOGIN_GREETING))
		return 0;
	step_begin(l, LOGIN_GREETING);
	if (control_greeting(l->c->control, conn_soon(l->c), &r, err) != 0)
		return step_unanswered(l, err);
	note_greeting(l, r);
	if (r->code != 220)
		return step_refused(l, r, err);
	step_end(l, LOGIN_GREETING, r);
	return 0;
}

/* AUTH TLS, else AUTH SSL, which some old servers know alone (RFC 4217). */
static int
auth(struct login *l, struct err *err)
{
	static const char *const kind[] = { "TLS", "SSL" };
	struct reply *r;
	size_t i;

	if (!step_due(l, LOGIN_AUTH))
		return 0;
	step_begin(l, LOGIN_AUTH);
	for (i = 0; i < 2; i++) {
		l->auth = kind[i];
		if (control_send(l->c->control, err, "AUTH %s", kind[i]) != 0)
			return step_unanswered(l, err);
		if (step_hear(l, LOGIN_AUTH, &r, err) != 0)
			return -1;
		if (r->code == 234) {
			step_end(l, LOGIN_AUTH, r);
			return 0;
		}
		if (r->code != 500 && r->code != 502 && r->code != 504)
			break;
	}
	return step_refused(l, r, err);
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
	if (err->kind == ERR_TLS && reply_class(err->code) == 5)
		server_deny(c->server, TRAIT_HELLO, NULL);
	return -1;
}

static int
shake_hands(struct login *l, struct err *err)
{
	int rc;

	if (!step_due(l, LOGIN_HANDSHAKE))
		return 0;
	step_begin(l, LOGIN_HANDSHAKE);
	if (l->set->tls == TLS_EXPLICIT &&
	    !server_has(l->c->server, TRAIT_HELLO) &&
	    net_sleep(HELLO_PAUSE_MS, l->c->cancel, err) != 0)
		return -1;
	rc = start_tls(l->c, err);
	if (rc != 0 && err->kind != ERR_TRUST)
		return -1;
	step_end(l, LOGIN_HANDSHAKE, NULL);
	step_begin(l, LOGIN_TRUST);
	if (rc != 0)
		return -1;
	step_end(l, LOGIN_TRUST, NULL);
	return 0;
}

static int
take_steps(struct login *l, struct err *err)
{
	enum tls_mode tls = l->set->tls;

	return reach(l, err) != 0 ||
	    (tls == TLS_IMPLICIT && shake_hands(l, err) != 0) ||
	    greeting(l, err) != 0 ||
	    (tls == TLS_EXPLICIT &&
	    (auth(l, err) != 0 || shake_hands(l, err) != 0)) ||
	    login_user(l, err) != 0 ? -1 : 0;
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

/* What a failed attempt leaves to those who try again. */
struct outcome {
	bool astray;		/* its flight went wrong */
	bool unknown;		/* nobody vouches for the server's key, */
	struct tls_cert_info cert;	/* which is in this one */
};

static void
note_unknown(const struct conn *c, struct outcome *oc)
{
	oc->unknown = c->peer != NULL && tls_peer_unknown(c->peer) &&
	    tls_peer_cert(c->peer, &oc->cert) == 0;
}

static int
try_once(const struct login_request *rq, bool lockstep, struct outcome *oc,
    struct conn **out, struct err *err)
{
	struct login l = { .rq = rq, .set = &rq->site->set };
	int rc;

	l.c = conn_new(rq->site, rq->server, rq->cancel);
	l.lockstep = lockstep || !conn_flights(l.c);
	rc = take_steps(&l, err);
	if (rc != 0)
		step_fail(&l, err);
	oc->astray = l.astray;
	note_unknown(l.c, oc);
	warn(l.c, rq->obs);
	if (rc == 0)
		*out = l.c;
	else
		conn_close(l.c, false);
	free(l.greeting);
	free(l.features);
	return rc;
}

/*
 * Some servers end the handshake over the ALPN name, or take our hello for a
 * command if it comes at once; then without that.
 */
static int
try_well(const struct login_request *rq, bool lockstep, struct outcome *oc,
    struct conn **out, struct err *err)
{
	bool offered = server_has(rq->server, TRAIT_ALPN);
	bool at_once = server_has(rq->server, TRAIT_HELLO);
	int rc;

	rc = try_once(rq, lockstep, oc, out, err);
	if (rc == 0 || (offered == server_has(rq->server, TRAIT_ALPN) &&
	    at_once == server_has(rq->server, TRAIT_HELLO)))
		return rc;
	err_clear(err);
	return try_once(rq, lockstep, oc, out, err);
}

/*
 * If the login's flight goes wrong, step by step; it is learned when that
 * works, be it a few connections later.
 */
static int
try_both(const struct login_request *rq, struct outcome *oc,
    struct conn **out, struct err *err)
{
	char why[REPLY_SAY_MAX];
	int rc;

	if (!server_doubts_login(rq->server, why, sizeof(why))) {
		rc = try_well(rq, false, oc, out, err);
		if (rc == 0 || !oc->astray)
			return rc;
		strlcpy(why, err->msg, sizeof(why));
		server_doubt_login(rq->server, why);
		err_clear(err);
	}
	rc = try_well(rq, true, oc, out, err);
	if (rc == 0 && rq->until >= LOGIN_DIRECTORY)
		server_learn(rq->server, TRAIT_FLIGHTS, false, PROOF_SEEN,
		    why);
	if (rc == 0 || err->kind == ERR_LOGIN)
		server_doubt_login(rq->server, NULL);
	return rc;
}

/*
 * Whether a person has mended what it failed for: the key is the server's, or
 * there is another password.  n: how often that was asked for.
 */
static bool
is_mended(const struct login_request *rq, const struct outcome *oc, int *n,
    struct err *err)
{
	const struct login_ask *ask = rq->ask;
	enum login_trust answer;

	if (ask == NULL || cancel_reason(rq->cancel) != CANCEL_NONE)
		return false;
	if (oc->unknown && err->kind == ERR_TRUST && ask->trust != NULL) {
		answer = ask->trust(ask->ctx, rq->site, &oc->cert);
		if (answer == LOGIN_TRUST_NO)
			return false;
		err_clear(err);
		return tls_context_accept(rq->site->tls, &oc->cert,
		    answer == LOGIN_TRUST_ALWAYS, err) == 0;
	}
	return err->kind == ERR_LOGIN && err->code != 0 &&
	    ask->again != NULL && (*n)++ < AGAIN_MAX &&
	    ask->again(ask->ctx, rq->site, err);
}

int
login_open(const struct login_request *rq, struct conn **out,
    struct err *err)
{
	struct outcome oc;
	int rc, n = 0;

	while ((rc = try_both(rq, &oc, out, err)) != 0 &&
	    is_mended(rq, &oc, &n, err))
		err_clear(err);
	return rc;
}
