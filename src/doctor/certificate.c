/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "doctor/certificate.h"

#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "doctor/finding.h"
#include "doctor/visit.h"
#include "net/probe.h"

enum { DAY = 24 * 60 * 60, SOON_DAYS = 14 };

static void
examine_trust(struct exam *x, const struct probe_look *look,
    const struct err *trust)
{
	const char *ours = *trust->remedy != '\0' ? trust->remedy : NULL;
	bool unknown = ours != NULL && strncmp(ours, "pin ", 4) == 0;

	finding_ok(x, "certificate", "%s, issued by %s, for %s",
	    look->info.subject, look->self_signed ? "itself" :
	    look->info.issuer, look->info.names);
	if (trust->kind != ERR_NONE) {
		finding_bad(x, &(struct finding){ DOCTOR_FAIL, "trust", ours,
		    WISH_CERTIFICATE }, "%s", trust->msg);
	} else if (x->site->set.insecure) {
		finding_untested(x, "trust", "--insecure: anybody is believed");
	} else if (x->trusted) {
		finding_ok(x, "trust", "it is the server's, by %s",
		    x->site->set.pin.n > 0 ? "its pin" :
		    x->site->set.trust == TRUST_TOFU ? "its known key" :
		    "an authority");
	}
	/* A pin would do: it is the authority that is not known. */
	if (unknown && look->shown == 1 && !look->self_signed)
		finding_bad(x, &(struct finding){ DOCTOR_WARN, "chain", NULL,
		    WISH_CERTIFICATE }, "the server shows its own certificate "
		    "alone; if the authority is known, those in between are "
		    "missing from the file");
}

static void
examine_time(struct exam *x, const struct probe_look *look)
{
	time_t left = look->info.not_after - clock_now().tv_sec;
	long long days = left / DAY;
	char day[16];

	clock_format_day(look->info.not_after, day, sizeof(day));
	if (left < 0)
		finding_bad(x, &(struct finding){ DOCTOR_FAIL, "expiry", NULL,
		    WISH_CERTIFICATE }, "expired on %s", day);
	else if (days < SOON_DAYS)
		finding_bad(x, &(struct finding){ DOCTOR_WARN, "expiry", NULL,
		    WISH_CERTIFICATE }, "in %lld day%s (%s)", days,
		    days == 1 ? "" : "s", day);
	else
		finding_ok(x, "expiry", "in %lld days (%s)", days, day);
}

static void
examine_key(struct exam *x, const struct probe_look *look)
{
	if (look->weak_key || (look->weak_signature && !look->self_signed))
		finding_bad(x, &(struct finding){ DOCTOR_FAIL, "key", NULL,
		    WISH_CERTIFICATE }, "%s is weak: %s, signed by %s",
		    look->weak_key ? "it" : "its signature", look->key,
		    look->signature);
	else
		finding_ok(x, "key", "%s, signed by %s", look->key,
		    look->signature);
}

static void
examine_revocation(struct exam *x, const struct probe_look *look)
{
	bool listed = x->site->set.crl_file != NULL;

	if (look->must_staple && !look->stapled)
		finding_bad(x, &(struct finding){ DOCTOR_FAIL, "revocation",
		    NULL, WISH_CERTIFICATE }, "the certificate demands an OCSP "
		    "answer with it, and there is none");
	else if (look->stapled)
		finding_ok(x, "revocation", "an OCSP answer comes with it");
	else if (listed && x->trusted)
		finding_ok(x, "revocation", "it is on no list in crl-file");
	else if (listed)
		finding_untested(x, "revocation", "by the lists in crl-file, "
		    "of what is trusted otherwise");
	else if (look->tells_ocsp || look->tells_crl)
		finding_untested(x, "revocation", "%s%s%s would tell, and "
		    "nothing comes with the certificate",
		    look->tells_ocsp ? "OCSP" : "",
		    look->tells_ocsp && look->tells_crl ? " and " : "",
		    look->tells_crl ? "a list" : "");
	else
		finding_untested(x, "revocation", "nothing says whether it "
		    "was taken back");
}

void
certificate_examine(struct exam *x, const struct err *trust)
{
	struct err err = ERR_INIT;
	struct probe_look look;
	struct visit v;

	if (visit_anybody(x, x->site->set.tls == TLS_IMPLICIT ?
	    TLS_IMPLICIT : TLS_EXPLICIT, settings_port(&x->site->set), NULL,
	    &v, &err) != 0 || probe_look(v.c->peer, &look) != 0) {
		finding_untested(x, "certificate", "%s", err.msg[0] != '\0' ?
		    err.msg : "it cannot be read");
	} else {
		examine_trust(x, &look, trust);
		examine_time(x, &look);
		examine_key(x, &look);
		examine_revocation(x, &look);
		finding_ok(x, "pin", "%s", look.info.pin);
		finding_ok(x, "pin", "%s", look.pin_hex);
	}
	visit_end(x, &v);
}
