/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the files that know GnuTLS share (tls.c, tls_session.c, tls_client.c,
 * tls_error.c, tls_revoke.c, trust.c); nobody else includes it.
 */
#ifndef NET_TLS_PRIVATE_H
#define NET_TLS_PRIVATE_H

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <pthread.h>

#include <stdbool.h>

#include "base/strvec.h"
#include "net/tls.h"
#include "net/trust.h"

struct chain;
struct tls_client;

struct tls_context {
	gnutls_priority_t priority;
	struct trust *trust;
	struct tls_client *client;	/* NULL: no certificate of ours */
	enum tls_resume resume;
	char *name;		/* host_certified() */
	bool sni;		/* the name is none of an address */
	char offered[64];	/* "TLS1.3, TLS1.2" */
	bool own_priority;	/* the user's */
	pthread_mutex_t lock;	/* of what follows */
	struct strvec notes;	/* not yet taken */
	bool expiry_noted;	/* of the server's certificate */
};

struct tls_peer {
	struct tls_context *ctx;
	gnutls_datum_t ticket;	/* the newest; size 0: none */
	gnutls_datum_t leaf;	/* DER, after the control handshake */
	gnutls_group_t group;	/* of the control handshake */
	bool resumes;
	bool alpn, alpn_refused;
};

/* Makes it the newest; takes the memory over. */
void tls_peer_take_ticket(struct tls_peer *peer, gnutls_datum_t *ticket);
/*
 * The handshake of the control connection is complete, so that the server
 * has proven its key: keeps its certificate, and its key under trust tofu.
 */
int tls_peer_accept(struct tls_peer *peer, const gnutls_datum_t *der,
    struct err *err);

/*
 * tls_client.c: loads our certificate and key, as o says, into cred, which
 * must not outlive what is returned.  Errors as of tls_context_new(); *info
 * tells of the certificate.
 */
struct tls_client *tls_client_new(const struct tls_options *o,
    gnutls_certificate_credentials_t cred, struct tls_cert_info *info,
    struct err *err);
void tls_client_free(struct tls_client *client);

/* tls_revoke.c: whether a certificate was taken back. */
struct tls_revoke;

/*
 * crl_file may be NULL.  Sets in cred what GnuTLS is to check by itself.
 * ERR_USAGE for a file without revocation lists.
 */
struct tls_revoke *tls_revoke_new(const char *crl_file, enum ocsp_kind ocsp,
    gnutls_certificate_credentials_t cred, struct err *err);
void tls_revoke_free(struct tls_revoke *r);
/*
 * Checks the server's chain by the revocation lists, and its certificate by
 * the stapled answer, which there must be under OCSP_REQUIRE: 0, or -1 with
 * ERR_TRUST.  With revocation lists there must be a valid one of the
 * certificate's issuer, unless that is itself.  Comes after the chain is
 * accepted.
 */
int tls_revoke_check(const struct tls_revoke *r, gnutls_session_t session,
    const struct chain *chain, struct err *err);

#endif
