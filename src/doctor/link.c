/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "doctor/link.h"

#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "doctor/entry.h"
#include "doctor/fetch.h"
#include "doctor/finding.h"
#include "ftp/control.h"
#include "ftp/verdict.h"
#include "net/dial.h"
#include "net/wait.h"

enum { PORT_TRIES = 10, ADDRESS_SIZE = 64 };

/* A way to a data connection, as its user would set it. */
struct way {
	const char *subject;
	enum data_mode mode;
	enum passive_command command;
};

static const struct way epsv = { "EPSV", MODE_PASSIVE, PASSIVE_EPSV };
static const struct way pasv = { "PASV", MODE_PASSIVE, PASSIVE_PASV };
static const struct way active = { "active", MODE_ACTIVE, PASSIVE_AUTO };

/* What the answers to PASV or EPSV name. */
struct ports {
	int lo, hi, n;
	char address[16];	/* of the latest, or "" */
	struct err err;		/* why there are not more */
};

static int
control_fd(const struct conn *c)
{
	return stream_fd(control_stream(c->control));
}

/* Whether a listing comes that way, over the login in v, or another one. */
static bool
try_way(struct exam *x, struct visit *v, const struct way *way,
    struct fetched *f, struct err *err)
{
	memset(f, 0, sizeof(*f));
	return entry_again(x, v, err) == 0 && fetch_listing(v->c,
	    fetch_verb(v->c), way->mode, way->command, f, err) == 0;
}

static bool
examine_passive(struct exam *x, struct visit *v, const struct way *way,
    struct err *err)
{
	struct fetched f;
	bool good = try_way(x, v, way, &f, err);

	if (good)
		finding_ok(x, way->subject, "a listing came, %lld bytes in "
		    "%lld ms", (long long)f.bytes, (long long)f.ms);
	fetch_release(&f);
	return good;
}

/* One more port: 0 or -1. */
static int
ask_port(struct conn *c, const char *verb, struct ports *p)
{
	struct err *err = &p->err;
	char say[REPLY_SAY_MAX];
	struct reply *r;
	int port;

	if (control_send(c->control, err, "%s", verb) != 0 ||
	    control_reply(c->control, conn_soon(c), &r, err) != 0)
		return -1;
	if (strcmp(verb, "PASV") == 0 ? r->code != 227 ||
	    reply_pasv(r, p->address, &port) != 0 :
	    r->code != 229 || reply_epsv(r, &port) != 0)
		return err_set(err, ERR_REFUSED, "%s: %s", verb,
		    reply_say(r, say, sizeof(say)));
	p->lo = p->n == 0 || port < p->lo ? port : p->lo;
	p->hi = port > p->hi ? port : p->hi;
	p->n++;
	return 0;
}

static void
tell_address(struct exam *x, const struct conn *c, const struct ports *p)
{
	bool reply = x->site->set.passive_address == PASSIVE_REPLY;
	char peer[ADDRESS_SIZE];

	dial_peer_name(control_fd(c), peer, sizeof(peer));
	if (p->address[0] == '\0')
		return;
	if (strcmp(p->address, peer) == 0)
		finding_ok(x, "227", "PASV names %s, where we are", peer);
	else
		finding_bad(x, &(struct finding){ reply ? DOCTOR_FAIL :
		    DOCTOR_WARN, "227", reply ? "passive-address control" :
		    NULL, WISH_ADDRESS }, "PASV names %s, not %s: whoever "
		    "believes it gets no data%s", p->address, peer,
		    reply ? "" : " (we do not)");
}

static void
examine_ports(struct exam *x, struct visit *v, const char *verb)
{
	struct ports p = { 0 };
	int i;

	if (entry_again(x, v, &p.err) != 0)
		return;
	for (i = 0; i < PORT_TRIES && ask_port(v->c, verb, &p) == 0; i++)
		continue;
	if (p.n == 0)
		return;
	tell_address(x, v->c, &p);
	if (i == PORT_TRIES)
		finding_ok(x, "ports", "%d were named, from %d to %d", p.n,
		    p.lo, p.hi);
	else
		finding_bad(x, &(struct finding){ DOCTOR_WARN, "ports", NULL,
		    WISH_PORTS }, "after %d of them: %s", p.n, p.err.msg);
}

/*
 * Neither EPSV nor PASV leads to data: the port cannot be reached, or what
 * reached it was refused.
 */
static void
tell_closed(struct exam *x, bool by_active, const struct err *err)
{
	static const char unreachable[] = "no data connection (";

	if (strncmp(err->msg, unreachable, strlen(unreachable)) != 0 &&
	    verdict_blames_connection(err))
		finding_bad(x, &(struct finding){ DOCTOR_FAIL, "resumption",
		    x->site->set.tls_resume == TLS_RESUME_OFF ?
		    "tls-resume auto" : NULL, WISH_ANY_SESSION }, "%s",
		    err->msg);
	else
		finding_bad(x, &(struct finding){ by_active &&
		    x->site->set.mode == MODE_ACTIVE ? DOCTOR_WARN :
		    DOCTOR_FAIL, "passive", by_active ? "mode active" : NULL,
		    WISH_PORTS }, "%s", err->msg);
}

static bool
is_ipv6(const struct conn *c)
{
	return c != NULL && stream_is_ipv6(control_stream(c->control));
}

/* All ways; whether one leads to data. */
static bool
examine_ways(struct exam *x, struct visit *v)
{
	struct err no_epsv = ERR_INIT, no_pasv = ERR_INIT, no_active = ERR_INIT;
	bool by_epsv, by_pasv = false, by_active, v6 = is_ipv6(v->c);
	struct fetched f;

	by_epsv = examine_passive(x, v, &epsv, &no_epsv);
	if (!v6)
		by_pasv = examine_passive(x, v, &pasv, &no_pasv);
	by_active = try_way(x, v, &active, &f, &no_active);
	fetch_release(&f);
	if (!by_epsv && !by_pasv)
		tell_closed(x, by_active, &no_epsv);
	else if (!by_epsv)
		finding_bad(x, &(struct finding){ DOCTOR_WARN, "EPSV",
		    "passive-command pasv", WISHES }, "%s", no_epsv.msg);
	else if (!by_pasv && !v6)
		finding_bad(x, &(struct finding){ DOCTOR_WARN, "PASV", NULL,
		    WISHES }, "%s", no_pasv.msg);
	examine_ports(x, v, v6 ? "EPSV" : "PASV");
	if (by_active)
		finding_ok(x, "active", "a listing came that way, too");
	else
		finding_bad(x, &(struct finding){ by_epsv || by_pasv ?
		    DOCTOR_WARN : DOCTOR_FAIL, "active", NULL, WISHES }, "%s",
		    no_active.msg);
	return by_epsv || by_pasv || by_active;
}

/* Without resuming, by a login of its own: whether the server takes that. */
static bool
takes_any_session(struct exam *x, const struct way *way, struct err *err)
{
	struct fetched f;
	struct visit v;
	bool good = false;

	memset(&f, 0, sizeof(f));
	if (visit_begin(x, x->site, LOGIN_STEPS, &v, err) == 0) {
		tls_peer_without_resuming(v.c->peer);
		good = fetch_listing(v.c, fetch_verb(v.c), way->mode,
		    way->command, &f, err) == 0;
	}
	fetch_release(&f);
	visit_end(x, &v);
	return good;
}

static void
examine_sessions(struct exam *x, struct visit *v)
{
	const struct settings *set = x->suits;
	const struct way way = { NULL, set->mode, set->passive_command };
	struct err err = ERR_INIT;
	struct fetched f;
	bool resumed;

	if (v->c == NULL || v->c->peer == NULL)
		return;
	if (!try_way(x, v, &way, &f, &err)) {
		fetch_release(&f);
		return;
	}
	fetch_release(&f);
	resumed = tls_peer_resumes(v->c->peer);
	visit_end(x, v);
	if (takes_any_session(x, &way, &err))
		finding_ok(x, "resumption", resumed ? "data connections "
		    "resume the TLS session; others are taken, too" :
		    "data connections do not resume the TLS session: a full "
		    "handshake each");
	else if (resumed)
		finding_ok(x, "resumption", "data connections resume the TLS "
		    "session, and have to (%s)", err.msg);
	else
		finding_bad(x, &(struct finding){ DOCTOR_FAIL, "resumption",
		    NULL, WISH_ANY_SESSION }, "%s", err.msg);
}

bool
link_examine(struct exam *x, struct visit *v)
{
	bool good = examine_ways(x, v);

	if (good)
		examine_sessions(x, v);
	return good;
}
