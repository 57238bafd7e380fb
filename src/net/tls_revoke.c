/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/tls_revoke.h"

#include <gnutls/gnutls.h>
#include <gnutls/ocsp.h>
#include <gnutls/x509.h>

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "net/cert.h"
#include "net/chain.h"
#include "net/der.h"

enum {
	SHOWN_MAX = 256,
	/* Of an OCSP answer that does not say how long it holds; GnuTLS'. */
	OCSP_AGE_MAX_S = 15 * 24 * 60 * 60,
};

struct tls_revoke {
	char *file;	/* escaped */
	gnutls_x509_crl_t *crls;
	unsigned ncrls;
	enum ocsp_kind ocsp;
};

static int
load_crls(struct tls_revoke *r, const char *file, struct err *err)
{
	gnutls_datum_t pem;
	int rc;

	r->file = text_escaped(file);
	rc = gnutls_load_file(file, &pem);
	if (rc < 0)
		return err_sys(err, ERR_USAGE, "crl-file: %s", r->file);
	rc = gnutls_x509_crl_list_import2(&r->crls, &r->ncrls, &pem,
	    GNUTLS_X509_FMT_PEM, 0);
	gnutls_free(pem.data);
	if (rc < 0 || r->ncrls == 0)
		return err_set(err, ERR_USAGE, "crl-file: %s: no revocation "
		    "list (PEM) in it", r->file);
	return 0;
}

struct tls_revoke *
tls_revoke_new(const char *crl_file, enum ocsp_kind ocsp,
    gnutls_certificate_credentials_t cred, struct err *err)
{
	struct tls_revoke *r = xcalloc(1, sizeof(*r));

	r->ocsp = ocsp;
	/* GnuTLS' flag speaks of CRLs too, but ours are not among its. */
	if (ocsp == OCSP_OFF)
		gnutls_certificate_set_verify_flags(cred,
		    gnutls_certificate_get_verify_flags(cred) |
		    GNUTLS_VERIFY_DISABLE_CRL_CHECKS);
	if (crl_file == NULL || load_crls(r, crl_file, err) == 0)
		return r;
	tls_revoke_free(r);
	return NULL;
}

void
tls_revoke_free(struct tls_revoke *r)
{
	unsigned i;

	if (r == NULL)
		return;
	for (i = 0; i < r->ncrls; i++)
		gnutls_x509_crl_deinit(r->crls[i]);
	gnutls_free(r->crls);
	free(r->file);
	free(r);
}

/* A certificate of the server's chain, and who issued it. */
struct link {
	gnutls_x509_crt_t crt;
	gnutls_x509_crt_t issuer;	/* NULL: nobody known */
	char name[SHOWN_MAX], issuer_name[SHOWN_MAX];	/* escaped */
	bool self_signed;
};

/* Only an issuer that is proved to be trusted speaks for its certificates. */
static void
link_init(struct link *l, const struct chain *chain, unsigned i)
{
	memset(l, 0, sizeof(*l));
	l->crt = chain->certs[i];
	if (i + 1 != chain->n)
		l->issuer = chain->certs[i + 1];
	cert_name(l->crt, false, "?", l->name, sizeof(l->name));
	cert_name(l->crt, true, "?", l->issuer_name, sizeof(l->issuer_name));
	l->self_signed = gnutls_x509_crt_check_issuer(l->crt, l->crt) != 0;
}

static bool
is_from_issuer(gnutls_x509_crl_t crl, const struct link *l)
{
	gnutls_datum_t a = { .data = NULL }, b = { .data = NULL };
	bool same;

	same = gnutls_x509_crl_get_raw_issuer_dn(crl, &a) >= 0 &&
	    gnutls_x509_crt_get_raw_issuer_dn(l->crt, &b) >= 0 &&
	    a.size == b.size && memcmp(a.data, b.data, a.size) == 0;
	gnutls_free(a.data);
	gnutls_free(b.data);
	return same;
}

/* Whether one of the places of a list is one that the certificate names. */
static bool
is_named(const struct link *l, gnutls_datum_t place)
{
	gnutls_datum_t names = { .data = NULL }, name, own = { .data = NULL };
	const unsigned char *start;
	bool found = false;
	unsigned critical;

	if (gnutls_x509_crt_get_extension_by_oid2(l->crt, "2.5.29.31", 0,
	    &own, &critical) < 0 || !der_take(&place, DER_CONTEXT, &names))
		names.size = 0;
	for (start = names.data; !found && der_take_any(&names, &name);
	    start = names.data)
		found = memmem(own.data, own.size, start,
		    (size_t)(names.data - start)) != NULL;
	gnutls_free(own.data);
	return found;
}

/*
 * RFC 5280, 5.2.5: issuingDistributionPoint.  A list of a part of the
 * certificates serves if it is the part of this one.
 */
static bool
covers(const struct link *l, bool is_leaf, const gnutls_datum_t *scope)
{
	gnutls_datum_t rest = *scope, in, value;

	if (!der_take(&rest, DER_SEQUENCE, &in))
		return false;
	if (der_take(&in, DER_CONTEXT, &value) && !is_named(l, value))
		return false;
	(void)der_take(&in, is_leaf ? DER_USER_CERTS : DER_CA_CERTS, &value);
	return in.size == 0;
}

enum fit { FIT_OTHERS, FIT_YES, FIT_UNKNOWN };

/* Whether a list is on such certificates, or says what is not understood. */
static enum fit
fits(gnutls_x509_crl_t crl, const struct link *l, bool is_leaf)
{
	static const char delta[] = "2.5.29.27", scope[] = "2.5.29.28";
	char oid[128];
	size_t size = sizeof(oid);
	enum fit fit = FIT_YES;
	unsigned i, critical;
	gnutls_datum_t value;
	int rc;

	for (i = 0; (rc = gnutls_x509_crl_get_extension_info(crl, i, oid,
	    &size, &critical)) >= 0; i++, size = sizeof(oid)) {
		if (strcmp(oid, scope) == 0) {
			if (gnutls_x509_crl_get_extension_data2(crl, i,
			    &value) < 0)
				return FIT_UNKNOWN;
			if (!covers(l, is_leaf, &value))
				fit = FIT_OTHERS;
			gnutls_free(value.data);
		} else if (critical != 0 && strcmp(oid, delta) != 0) {
			return FIT_UNKNOWN;
		}
	}
	return rc == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE ? fit :
	    FIT_UNKNOWN;
}

/* GnuTLS, given a file, looks neither at signature nor at dates. */
static int
check_list(const struct tls_revoke *r, gnutls_x509_crl_t crl,
    const struct link *l, struct err *err)
{
	unsigned status;
	char day[16];

	if (l->issuer == NULL)
		return err_set(err, ERR_TRUST, "revocation list cannot be "
		    "checked: certificate of %s is not known",
		    l->issuer_name);
	if (gnutls_x509_crl_verify(crl, &l->issuer, 1, 0, &status) < 0)
		status = GNUTLS_CERT_INVALID;
	if ((status & GNUTLS_CERT_REVOCATION_DATA_SUPERSEDED) != 0)
		return err_set(err, ERR_TRUST, "%s: revocation list of %s "
		    "expired on %s; fetch a new one", r->file, l->issuer_name,
		    clock_format_day(gnutls_x509_crl_get_next_update(crl),
		    day, sizeof(day)));
	if ((status & GNUTLS_CERT_REVOCATION_DATA_ISSUED_IN_FUTURE) != 0)
		return err_set(err, ERR_TRUST, "%s: revocation list of %s is "
		    "not valid yet; is this machine's clock right?", r->file,
		    l->issuer_name);
	if (status != 0)
		return err_set(err, ERR_TRUST, "%s: revocation list of %s is "
		    "not signed by it", r->file, l->issuer_name);
	return 0;
}

static int
check_lists(const struct tls_revoke *r, const struct link *l, bool is_leaf,
    struct err *err)
{
	bool required = is_leaf;
	enum fit fit;
	unsigned i;

	for (i = 0; i < r->ncrls; i++) {
		if (!is_from_issuer(r->crls[i], l) ||
		    (fit = fits(r->crls[i], l, is_leaf)) == FIT_OTHERS)
			continue;
		if (fit == FIT_UNKNOWN)
			return err_set(err, ERR_TRUST, "%s: revocation list "
			    "of %s has a critical extension that is unknown",
			    r->file, l->issuer_name);
		required = false;
		if (check_list(r, r->crls[i], l, err) != 0)
			return -1;
		if (gnutls_x509_crt_check_revocation(l->crt, &r->crls[i],
		    1) != 0)
			return err_set(err, ERR_TRUST, "certificate of %s was "
			    "revoked by its issuer (%s)", l->name, r->file);
	}
	if (!required)
		return 0;
	return err_set(err, ERR_TRUST, "%s: no revocation list of %s in it "
	    "that covers the certificate", r->file, l->issuer_name);
}

/* One from the future is as good as none: that may be our clock. */
static int
check_age(time_t from, time_t until, bool required, struct err *err)
{
	time_t now = clock_now().tv_sec;
	char day[16];

	if (until == -1)
		until = from + OCSP_AGE_MAX_S;
	if (from != -1 && now < from && !required)
		return 0;
	if (from != -1 && from <= now && now <= until)
		return 0;
	return err_set(err, ERR_TRUST, "stapled OCSP answer is %s (%s)",
	    from <= now ? "too old" : "from the future",
	    clock_format_day(from <= now ? until : from, day, sizeof(day)));
}

/* One of the statements in an answer, the one on this certificate. */
static int
check_statement(gnutls_ocsp_resp_t resp, const struct link *l, bool required,
    struct err *err)
{
	time_t from, until, revoked;
	unsigned i, status;
	char day[16];
	int rc;

	for (i = 0; (rc = gnutls_ocsp_resp_check_crt(resp, i, l->crt)) < 0 &&
	    rc != GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE; i++)
		continue;
	if (rc < 0 || gnutls_ocsp_resp_get_single(resp, i, NULL, NULL, NULL,
	    NULL, &status, &from, &until, &revoked, NULL) < 0)
		return err_set(err, ERR_TRUST, "stapled OCSP answer is on "
		    "another certificate");
	if (status == GNUTLS_OCSP_CERT_REVOKED)
		return err_set(err, ERR_TRUST, "certificate was revoked by "
		    "its issuer on %s (OCSP)", clock_format_day(revoked, day,
		    sizeof(day)));
	if (status != GNUTLS_OCSP_CERT_GOOD)
		return err_set(err, ERR_TRUST, "stapled OCSP answer: the "
		    "issuer does not know the certificate");
	return check_age(from, until, required, err);
}

static int
check_answer(gnutls_ocsp_resp_t resp, const gnutls_datum_t *der,
    const struct link *l, bool required, struct err *err)
{
	unsigned status;

	if (gnutls_ocsp_resp_import2(resp, der, GNUTLS_X509_FMT_DER) < 0)
		return err_set(err, ERR_TRUST,
		    "stapled OCSP answer is not readable");
	if (gnutls_ocsp_resp_get_status(resp) != GNUTLS_OCSP_RESP_SUCCESSFUL)
		return !required ? 0 : err_set(err, ERR_TRUST, "stapled OCSP "
		    "answer says nothing: the responder had an error");
	if (l->issuer == NULL)
		return !required ? 0 : err_set(err, ERR_TRUST, "stapled OCSP "
		    "answer cannot be checked: certificate of %s is not known",
		    l->issuer_name);
	if (gnutls_ocsp_resp_verify_direct(resp, l->issuer, &status, 0) < 0 ||
	    status != 0)
		return err_set(err, ERR_TRUST, "stapled OCSP answer is not "
		    "signed by %s", l->issuer_name);
	return check_statement(resp, l, required, err);
}

/*
 * GnuTLS alone would take no answer, and one that says nothing, for consent
 * (curl CVE-2024-8096), and of several statements the first.
 */
static int
check_staple(gnutls_session_t session, const struct link *l, bool required,
    struct err *err)
{
	gnutls_datum_t der;
	gnutls_ocsp_resp_t resp;
	int rc;

	if (gnutls_ocsp_status_request_get2(session, 0, &der) < 0)
		return !required ? 0 : err_set(err, ERR_TRUST, "server "
		    "staples no OCSP answer to its certificate (ocsp "
		    "require)");
	if (gnutls_ocsp_resp_init(&resp) < 0)
		return err_set(err, ERR_TLS, "no OCSP");
	rc = check_answer(resp, &der, l, required, err);
	gnutls_ocsp_resp_deinit(resp);
	return rc;
}

static int
check_link(const struct tls_revoke *r, gnutls_session_t session,
    const struct link *l, bool is_leaf, struct err *err)
{
	if (!l->self_signed && r->ncrls > 0 &&
	    check_lists(r, l, is_leaf, err) != 0)
		return -1;
	if (!is_leaf || r->ocsp == OCSP_OFF)
		return 0;
	return check_staple(session, l, r->ocsp == OCSP_REQUIRE, err);
}

int
tls_revoke_check(const struct tls_revoke *r, gnutls_session_t session,
    const struct chain *chain, struct err *err)
{
	struct link l;
	unsigned i;

	for (i = 0; i < chain->n; i++) {
		link_init(&l, chain, i);
		if (check_link(r, session, &l, i == 0, err) != 0)
			return -1;
	}
	return 0;
}
