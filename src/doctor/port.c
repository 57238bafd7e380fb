/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "doctor/port.h"

#include <stdlib.h>
#include <string.h>

#include "doctor/finding.h"
#include "doctor/visit.h"

static const char *const kinds[] = {
	[TLS_EXPLICIT] = "explicit TLS", [TLS_IMPLICIT] = "implicit TLS",
};

/* The kind that the site is used with; none counts as explicit. */
static enum tls_mode
kind_of(const struct exam *x)
{
	return x->site->set.tls == TLS_IMPLICIT ? TLS_IMPLICIT : TLS_EXPLICIT;
}

/* "TLS1.3 AES-128-GCM" */
static void
describe(struct visit *v, struct buf *out)
{
	stream_describe(control_stream(v->c->control), out);
}

static void
tell_good(struct exam *x, struct visit *v, enum tls_mode kind, int port)
{
	struct buf b = BUF_INIT(256);

	describe(v, &b);
	finding_ok(x, kinds[kind], "port %d: %s", port, b.data);
	buf_release(&b);
}

/* Whether what came may be the other kind of TLS. */
static bool
may_be_other(const struct visit *v, enum tls_mode kind, const struct err *err)
{
	return kind == TLS_EXPLICIT ? v->failed == LOGIN_GREETING &&
	    (err->kind == ERR_TIMEOUT || err->kind == ERR_NETWORK) :
	    v->failed == LOGIN_HANDSHAKE && err->code != 0;
}

/*
 * The site's own port, by the site's own trust.  *other: it may want the other
 * kind of TLS.
 */
static bool
try_own(struct exam *x, struct err *trust, bool *other)
{
	int port = settings_port(&x->site->set);
	enum tls_mode kind = kind_of(x);
	struct err err = ERR_INIT;
	struct visit v;
	int rc;

	if (x->site->set.tls == TLS_OFF)
		rc = visit_anybody(x, kind, port, NULL, &v, &err);
	else
		rc = visit_begin(x, x->site, LOGIN_HANDSHAKE, &v, &err);
	x->trusted = rc == 0 && x->site->set.tls != TLS_OFF;
	x->secure = rc == 0 || v.failed == LOGIN_TRUST;
	*other = rc != 0 && may_be_other(&v, kind, &err);
	x->speaks = x->secure || (v.failed == LOGIN_HANDSHAKE && !*other);
	if (rc == 0)
		tell_good(x, &v, kind, port);
	else if (v.failed == LOGIN_TRUST)
		*trust = err;
	else
		finding_bad(x, &(struct finding){ DOCTOR_FAIL, kinds[kind],
		    NULL, v.failed == LOGIN_AUTH ? WISH_TLS : WISHES },
		    "port %d: %s", port, err.msg);
	visit_end(x, &v);
	return x->secure;
}

/* The other kind of TLS at the same port: whether that is what it wants. */
static bool
try_as_other(struct exam *x)
{
	enum tls_mode other = kind_of(x) == TLS_EXPLICIT ? TLS_IMPLICIT :
	    TLS_EXPLICIT;
	int port = settings_port(&x->site->set);
	struct err err = ERR_INIT;
	struct visit v;
	bool good;

	good = visit_anybody(x, other, port, NULL, &v, &err) == 0;
	if (good)
		finding_bad(x, &(struct finding){ DOCTOR_WARN, kinds[other],
		    other == TLS_IMPLICIT ? "tls implicit" : "tls explicit",
		    WISHES }, "port %d wants it so", port);
	visit_end(x, &v);
	return good;
}

/* The other kind at its own port. */
static void
try_other(struct exam *x, bool good)
{
	enum tls_mode other = kind_of(x) == TLS_EXPLICIT ? TLS_IMPLICIT :
	    TLS_EXPLICIT;
	int port = other == TLS_IMPLICIT ? PORT_IMPLICIT : PORT_EXPLICIT;
	struct err err = ERR_INIT;
	struct visit v;

	if (port == settings_port(&x->site->set))
		return;
	if (visit_anybody(x, other, port, NULL, &v, &err) == 0 && good)
		tell_good(x, &v, other, port);
	else if (v.c != NULL)
		finding_bad(x, &(struct finding){ DOCTOR_WARN, kinds[other],
		    other == TLS_IMPLICIT ? "tls implicit" : "tls explicit",
		    WISHES }, "works at port %d", port);
	else if (v.failed <= LOGIN_CONNECT)
		finding_ok(x, kinds[other], "not offered (%s)", err.msg);
	else
		finding_ok(x, kinds[other], "not offered; port %d: %s", port,
		    err.msg);
	visit_end(x, &v);
}

void
port_examine(struct exam *x, struct err *trust)
{
	bool other, good = try_own(x, trust, &other);

	if (trust->kind != ERR_NONE)
		finding_ok(x, kinds[kind_of(x)], "port %d takes it",
		    settings_port(&x->site->set));
	if (!other || !try_as_other(x))
		try_other(x, good);
}
