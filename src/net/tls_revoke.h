/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether a certificate was taken back: revocation lists, stapled answers. */
#ifndef NET_TLS_REVOKE_H
#define NET_TLS_REVOKE_H

#include <gnutls/gnutls.h>

#include "base/err.h"
#include "config/option.h"
#include "net/chain.h"

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
