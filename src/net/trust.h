/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Whether a server is who it should be: pins, certificate authorities, the
 * host name.  Part of tls.c; it keeps the credentials object, since GnuTLS
 * keeps the trust anchors there.  One for all connections of a context;
 * trust_check() may be called by several threads at once.
 */
#ifndef NET_TRUST_H
#define NET_TRUST_H

#include <gnutls/gnutls.h>

#include <stdbool.h>

#include "base/err.h"
#include "base/strvec.h"
#include "net/tls.h"

struct trust;

/*
 * name is what certificates call the server (host_certified()).  ca_file
 * NULL: the system's store, loaded when first needed.  ERR_USAGE for a CA
 * file without certificates or a pin of the wrong form.
 */
struct trust *trust_new(const char *name, const char *ca_file,
    const struct strvec *pins, bool insecure, struct err *err);
void trust_free(struct trust *t);
gnutls_certificate_credentials_t trust_credentials(const struct trust *t);

/*
 * For the session's verify function: 0, or -1 with ERR_TRUST.  A matching
 * pin stands in for an unknown issuer, and for the name if the certificate
 * is self-signed; with pins one must match.  Time, strength of keys and
 * revocation always count.  insecure: only that there is a certificate.
 */
int trust_check(struct trust *t, gnutls_session_t session, struct err *err);

/* What is to be told of a certificate: 0, or -1 if it can't be parsed. */
int trust_cert_info(const gnutls_datum_t *der, struct tls_cert_info *info);

#endif
