/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "doctor/offers.h"

#include <string.h>

#include "base/buf.h"
#include "doctor/finding.h"
#include "doctor/visit.h"
#include "net/probe.h"

/* A handshake each, in which nothing else is offered. */
struct offer {
	const char *name, *priority;
	bool bad;		/* it should not be taken */
};

#define ANY_KEY	":%PROFILE_VERY_WEAK:+SIGN-ALL"

static const struct offer versions[] = {
	{ "SSL 3.0", "LEGACY:-VERS-ALL:+VERS-SSL3.0" ANY_KEY, true },
	{ "TLS 1.0", "LEGACY:-VERS-ALL:+VERS-TLS1.0" ANY_KEY, true },
	{ "TLS 1.1", "LEGACY:-VERS-ALL:+VERS-TLS1.1" ANY_KEY, true },
	{ "TLS 1.2", "LEGACY:-VERS-ALL:+VERS-TLS1.2" ANY_KEY, false },
	{ "TLS 1.3", "NORMAL:-VERS-ALL:+VERS-TLS1.3" ANY_KEY, false },
};

#define OLD	"LEGACY:-VERS-ALL:+VERS-TLS1.2" ANY_KEY ":-CIPHER-ALL:"

/* Of TLS 1.2 (1.3 has none but good ones). */
static const struct offer ciphers[] = {
	{ "AES-128-GCM", OLD "+AES-128-GCM:-RSA", false },
	{ "AES-256-GCM", OLD "+AES-256-GCM:-RSA", false },
	{ "CHACHA20", OLD "+CHACHA20-POLY1305:-RSA", false },
	{ "AES-CBC", OLD "+AES-128-CBC:+AES-256-CBC:-RSA", false },
	{ "3DES", OLD "+3DES-CBC", true },
	{ "RC4", OLD "+ARCFOUR-128", true },
	{ "NULL", OLD "+NULL", true },
	{ "keys without forward secrecy (RSA)",
	    "NORMAL:-VERS-ALL:+VERS-TLS1.2:-KX-ALL:+RSA" ANY_KEY, true },
};

enum taken { TAKEN, NOT_TAKEN, UNKNOWN };

/* What the server did, its messages say so; all else came to pass here. */
static bool
blames_server(const struct visit *v, const struct err *err)
{
	return v->failed == LOGIN_HANDSHAKE && err->kind == ERR_TLS &&
	    strncmp(err->msg, "server ", strlen("server ")) == 0;
}

static enum taken
try_offer(struct exam *x, const struct offer *o, struct err *err)
{
	struct visit v;
	enum taken taken;

	if (!probe_can_offer(o->priority)) {
		err_set(err, ERR_TLS, "our GnuTLS cannot offer it");
		return UNKNOWN;
	}
	taken = visit_anybody(x, x->site->set.tls == TLS_IMPLICIT ?
	    TLS_IMPLICIT : TLS_EXPLICIT, settings_port(&x->site->set),
	    o->priority, &v, err) == 0 ? TAKEN :
	    blames_server(&v, err) ? NOT_TAKEN : UNKNOWN;
	visit_end(x, &v);
	return taken;
}

static void
examine_versions(struct exam *x, bool *tls12)
{
	const struct offer *o;
	bool good = false;

	for (o = versions; o < versions + sizeof(versions) /
	    sizeof(versions[0]); o++) {
		struct err err = ERR_INIT;
		enum taken taken = try_offer(x, o, &err);

		if (taken == TAKEN && !o->bad) {
			good = true;
			*tls12 |= strcmp(o->name, "TLS 1.2") == 0;
		}
		if (taken == UNKNOWN)
			finding_untested(x, o->name, "%s", err.msg);
		else if (taken == TAKEN && o->bad)
			finding_bad(x, &(struct finding){ DOCTOR_WARN, o->name,
			    NULL, WISH_VERSIONS }, "taken, though it is "
			    "broken");
		else
			finding_ok(x, o->name, "%s", taken == TAKEN ? "taken" :
			    "not taken");
	}
	if (!good)
		finding_bad(x, &(struct finding){ DOCTOR_FAIL, "TLS", NULL,
		    WISH_VERSIONS }, "the server takes none of the versions "
		    "that are safe (1.2 and 1.3)");
}

static void
add_name(struct buf *b, const char *name)
{
	buf_addf(b, "%s%s", b->len > 0 ? ", " : "", name);
}

static void
examine_ciphers(struct exam *x)
{
	struct buf good = BUF_INIT(512), bad = BUF_INIT(512);
	struct buf unknown = BUF_INIT(512);
	const struct offer *o;

	for (o = ciphers; o < ciphers + sizeof(ciphers) / sizeof(ciphers[0]);
	    o++) {
		struct err err = ERR_INIT;
		enum taken taken = try_offer(x, o, &err);

		if (taken != NOT_TAKEN)
			add_name(taken == UNKNOWN ? &unknown : o->bad ? &bad :
			    &good, o->name);
	}
	if (good.len > 0)
		finding_ok(x, "ciphers", "of TLS 1.2: %s", good.data);
	if (bad.len > 0)
		finding_bad(x, &(struct finding){ DOCTOR_WARN, "ciphers", NULL,
		    WISH_CIPHERS }, "weak ones are taken: %s", bad.data);
	if (unknown.len > 0)
		finding_untested(x, "ciphers", "%s", unknown.data);
	buf_release(&good);
	buf_release(&bad);
	buf_release(&unknown);
}

void
offers_examine(struct exam *x)
{
	bool tls12 = false;

	examine_versions(x, &tls12);
	if (tls12)
		examine_ciphers(x);
}
