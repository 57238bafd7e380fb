/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <gnutls/gnutls.h>
#include <gnutls/ocsp.h>
#include <gnutls/x509.h>

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "net/tls_private.h"

enum {
	SHOWN_MAX = 256,
	/* Of an OCSP answer that does not say how long it holds; GnuTLS'. */
	OCSP_AGE_MAX_S = 15 * 24 * 60 * 60,
	CHAIN_MAX = 16,	/* what GnuTLS accepts */
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
	gnutls_x509_crt_t issuer;	/* NULL: nobody knows it */
	char name[SHOWN_MAX], issuer_name[SHOWN_MAX];	/* escaped */
	bool self_signed;
};

static void
escape_dn(int rc, gnutls_datum_t *dn, char *out, size_t size)
{
	text_escape_to(out, size, rc == 0 ? (char *)dn->data : "?");
	gnutls_free(dn->data);
}

static int
import(const gnutls_datum_t *der, gnutls_x509_crt_t *crt)
{
	if (gnutls_x509_crt_init(crt) < 0)
		return -1;
	if (gnutls_x509_crt_import(*crt, der, GNUTLS_X509_FMT_DER) >= 0)
		return 0;
	gnutls_x509_crt_deinit(*crt);
	return -1;
}

/* The issuer as we know it, else as the server shows it. */
static void
find_issuer(struct link *l, gnutls_certificate_credentials_t cred,
    const gnutls_datum_t *next)
{
	if (gnutls_certificate_get_issuer(cred, l->crt, &l->issuer,
	    GNUTLS_TL_GET_COPY) >= 0)
		return;
	l->issuer = NULL;
	if (next == NULL || import(next, &l->issuer) != 0)
		return;
	if (gnutls_x509_crt_check_issuer(l->crt, l->issuer) == 0) {
		gnutls_x509_crt_deinit(l->issuer);
		l->issuer = NULL;
	}
}

static int
link_init(struct link *l, gnutls_certificate_credentials_t cred,
    const gnutls_datum_t *chain, unsigned i, unsigned n)
{
	gnutls_datum_t dn = { NULL, 0 };

	memset(l, 0, sizeof(*l));
	if (import(&chain[i], &l->crt) != 0)
		return -1;
	escape_dn(gnutls_x509_crt_get_dn3(l->crt, &dn, 0), &dn, l->name,
	    sizeof(l->name));
	escape_dn(gnutls_x509_crt_get_issuer_dn3(l->crt, &dn, 0), &dn,
	    l->issuer_name, sizeof(l->issuer_name));
	l->self_signed = gnutls_x509_crt_check_issuer(l->crt, l->crt) != 0;
	find_issuer(l, cred, i + 1 < n ? &chain[i + 1] : NULL);
	return 0;
}

static void
link_release(struct link *l)
{
	gnutls_x509_crt_deinit(l->crt);
	if (l->issuer != NULL)
		gnutls_x509_crt_deinit(l->issuer);
}

static bool
is_from_issuer(gnutls_x509_crl_t crl, const struct link *l)
{
	gnutls_datum_t a = { NULL, 0 }, b = { NULL, 0 };
	bool same;

	same = gnutls_x509_crl_get_raw_issuer_dn(crl, &a) >= 0 &&
	    gnutls_x509_crt_get_raw_issuer_dn(l->crt, &b) >= 0 &&
	    a.size == b.size && memcmp(a.data, b.data, a.size) == 0;
	gnutls_free(a.data);
	gnutls_free(b.data);
	return same;
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
		    trust_format_day(gnutls_x509_crl_get_next_update(crl),
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
check_lists(const struct tls_revoke *r, const struct link *l, bool required,
    struct err *err)
{
	unsigned i;

	for (i = 0; i < r->ncrls; i++) {
		if (!is_from_issuer(r->crls[i], l))
			continue;
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
	return err_set(err, ERR_TRUST, "%s: no revocation list of %s in it",
	    r->file, l->issuer_name);
}

static int
check_age(time_t from, time_t until, struct err *err)
{
	time_t now = clock_now().tv_sec;
	char day[16];

	if (until == -1)
		until = from + OCSP_AGE_MAX_S;
	if (from != -1 && from <= now && now <= until)
		return 0;
	return err_set(err, ERR_TRUST, "stapled OCSP answer is %s (%s)",
	    from <= now ? "too old" : "from the future",
	    trust_format_day(from <= now ? until : from, day, sizeof(day)));
}

/* One of the statements in an answer, the one on this certificate. */
static int
check_statement(gnutls_ocsp_resp_t resp, const struct link *l,
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
		    "its issuer on %s (OCSP)", trust_format_day(revoked, day,
		    sizeof(day)));
	if (status != GNUTLS_OCSP_CERT_GOOD)
		return err_set(err, ERR_TRUST, "stapled OCSP answer: the "
		    "issuer does not know the certificate");
	return check_age(from, until, err);
}

static int
check_answer(gnutls_ocsp_resp_t resp, const gnutls_datum_t *der,
    const struct link *l, struct err *err)
{
	unsigned status;

	if (gnutls_ocsp_resp_import2(resp, der, GNUTLS_X509_FMT_DER) < 0)
		return err_set(err, ERR_TRUST,
		    "stapled OCSP answer is not readable");
	if (gnutls_ocsp_resp_get_status(resp) != GNUTLS_OCSP_RESP_SUCCESSFUL)
		return err_set(err, ERR_TRUST, "stapled OCSP answer says "
		    "nothing: the responder had an error");
	if (l->issuer == NULL)
		return err_set(err, ERR_TRUST, "stapled OCSP answer cannot be "
		    "checked: certificate of %s is not known",
		    l->issuer_name);
	if (gnutls_ocsp_resp_verify_direct(resp, l->issuer, &status, 0) < 0 ||
	    status != 0)
		return err_set(err, ERR_TRUST, "stapled OCSP answer is not "
		    "signed by %s", l->issuer_name);
	return check_statement(resp, l, err);
}

/*
 * GnuTLS alone would take no answer, and one that says nothing, for consent
 * (curl CVE-2024-8096).
 */
static int
check_staple(gnutls_session_t session, const struct link *l, struct err *err)
{
	gnutls_datum_t der;
	gnutls_ocsp_resp_t resp;
	int rc;

	if (gnutls_ocsp_status_request_get2(session, 0, &der) < 0)
		return err_set(err, ERR_TRUST, "server staples no OCSP answer "
		    "to its certificate (ocsp require)");
	if (gnutls_ocsp_resp_init(&resp) < 0)
		return err_set(err, ERR_TLS, "no OCSP");
	rc = check_answer(resp, &der, l, err);
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
	if (is_leaf && r->ocsp == OCSP_REQUIRE)
		return check_staple(session, l, err);
	return 0;
}

int
tls_revoke_check(const struct tls_revoke *r, gnutls_session_t session,
    gnutls_certificate_credentials_t cred, struct err *err)
{
	const gnutls_datum_t *chain;
	struct link l;
	unsigned i, n = 0;
	int rc = 0;

	if (r->ncrls == 0 && r->ocsp != OCSP_REQUIRE)
		return 0;
	chain = gnutls_certificate_get_peers(session, &n);
	for (i = 0; rc == 0 && i < n && i < CHAIN_MAX; i++) {
		if (link_init(&l, cred, chain, i, n) != 0)
			return err_set(err, ERR_TRUST,
			    "server's certificates are not readable");
		rc = check_link(r, session, &l, i == 0, err);
		link_release(&l);
	}
	return rc;
}
