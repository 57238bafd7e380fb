/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "doctor/visit.h"

#include "base/clock.h"
#include "ftp/control.h"
#include "net/wait.h"

enum {
	ROOM_TRIES = 6,		/* for a server to forget those before, */
	ROOM_MS = 250,		/* so long apart */
	QUIT_MS = 2000,
	STRANGER_MS = 5000,	/* for an answer from another port */
};

static void
begins(void *ctx, enum login_step step)
{
	(void)ctx;
	(void)step;
}

static void
ends(void *ctx, const struct login_report *r)
{
	struct visit *v = ctx;

	v->ms[r->step] = r->ended - r->began;
	v->failed = r->err != NULL ? r->step : LOGIN_STEPS;
	if (r->step == LOGIN_GREETING && r->reply != NULL)
		server_greeted(v->x->greeted, r->reply->text.data,
		    PROOF_HINT_IN_CLEAR);
}

static int
try_once(struct visit *v, const struct site *site, struct server *server,
    enum login_step until, struct err *err)
{
	struct login_watch watch = { .ctx = v, .begins = begins,
	    .ends = ends };
	struct login_ask ask;
	struct login_request rq = { .site = site, .server = server,
	    .number = 1, .until = until, .watch = &watch,
	    .cancel = v->x->rq->cancel };
	size_t i;

	/* What is wrong is to be told, not to be mended. */
	if (site->ask != NULL) {
		ask = *site->ask;
		ask.trust = NULL;
		ask.again = NULL;
		rq.ask = &ask;
	}

	v->failed = LOGIN_STEPS;
	for (i = 0; i < LOGIN_STEPS; i++)
		v->ms[i] = -1;
	return login_open(&rq, &v->c, err);
}

/* Where there was room before, there is some again soon. */
static int
try_patiently(struct exam *x, struct visit *v, const struct site *site,
    struct server *server, enum login_step until, struct err *err)
{
	int i, rc;

	for (i = 0;; i++) {
		rc = try_once(v, site, server, until, err);
		if (rc == 0)
			x->reached = true;
		if (rc == 0 || err->kind != ERR_NETWORK || !x->reached ||
		    (v->failed != LOGIN_GREETING &&
		    v->failed != LOGIN_PASSWORD) || i == ROOM_TRIES)
			return rc;
		err_clear(err);
		if (net_sleep(ROOM_MS, x->rq->cancel, err) != 0)
			return -1;
	}
}

int
visit_begin(struct exam *x, const struct site *site, enum login_step until,
    struct visit *v, struct err *err)
{
	*v = (struct visit){ .x = x };
	return try_patiently(x, v, site, x->server, until, err);
}

int
visit_anybody(struct exam *x, enum tls_mode tls, int port,
    const char *priority, struct visit *v, struct err *err)
{
	struct tls_options to = tls_options_of(&x->site->set);

	*v = (struct visit){ .x = x, .site = *x->site };
	v->site.set.tls = tls;
	v->site.set.port = port;
	if (port != settings_port(&x->site->set) &&
	    v->site.set.connect_timeout > STRANGER_MS)
		v->site.set.connect_timeout = v->site.set.timeout =
		    STRANGER_MS;
	to.probe = priority;
	to.insecure = true;
	to.pins = NULL;
	to.trust = TRUST_CA;
	/* Who that is has not been proved to anybody. */
	to.cert = to.key = NULL;
	to.crl_file = NULL;
	to.ocsp = OCSP_AUTO;
	to.cancel = x->rq->cancel;
	v->tls = v->site.tls = tls_context_new(&to, err);
	if (v->tls == NULL)
		return -1;
	v->server = server_new();
	return try_patiently(x, v, &v->site, v->server, LOGIN_HANDSHAKE, err);
}

/* What still comes, to the end. */
static void
read_to_end(struct visit *v, struct stream *s)
{
	int64_t deadline = deadline_in(QUIT_MS);
	struct err err = ERR_INIT;
	struct pollfd pfd;
	char buf[512];
	ssize_t n;

	do {
		n = stream_try_read(s, buf, sizeof(buf), &err);
		if (n != STREAM_AGAIN)
			continue;
		stream_pollfd(s, &pfd);
		if (net_wait(&pfd, 1, deadline, v->x->rq->cancel, &err) <= 0)
			return;
	} while (n > 0 || n == STREAM_AGAIN);
}

void
visit_end(struct exam *x, struct visit *v)
{
	struct err err = ERR_INIT;
	struct reply *r;

	if (v->c != NULL && conn_alive(v->c) &&
	    control_send(v->c->control, &err, "QUIT") == 0 &&
	    control_reply(v->c->control, deadline_in(QUIT_MS), &r,
	    &err) == 0) {
		read_to_end(v, control_stream(v->c->control));
		x->goodbye = stream_ended(control_stream(v->c->control));
	}
	conn_close(v->c, false);
	tls_context_free(v->tls);
	server_free(v->server);
	v->c = NULL;
	v->tls = NULL;
	v->server = NULL;
}
