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

/* What a certificate is worth beside the verdict. */
struct trust_seen {
	bool unknown;	/* it was refused, and only since nobody vouches */
	bool by_key;	/* its key is trusted, whoever vouches for it */
};

/*
 * name is what certificates call the server (host_certified()).  The
 * system's store is loaded when first needed.  ERR_USAGE for a CA or CRL file
 * with nothing in it, a pin of the wrong form, tofu without a file.
 */
struct trust *trust_new(const char *name, const struct tls_options *o,
    struct err *err);
void trust_free(struct trust *t);
gnutls_certificate_credentials_t trust_credentials(const struct trust *t);

/*
 * For the session's verify function: 0, or -1 with ERR_TRUST.  What is not
 * proved is refused: a chain has to be good for GnuTLS and for chain.h.  A
 * matching pin stands in for an unknown issuer, and for name, purpose and
 * signature if the certificate is self-signed; with pins one must match, and
 * nothing else is asked for the key.  Without pins, under tofu, the key must
 * be the known one or the server be new; it stands in for issuer and name,
 * and is decisive even where an authority vouches for another one.  Without
 * tofu, a known key stands in where nobody vouches for it.  Time, strength of
 * keys and revocation always count.  insecure: only that there is a
 * certificate.
 */
int trust_check(struct trust *t, gnutls_session_t session,
    struct trust_seen *seen, struct err *err);
/*
 * A person has said that this key is the server's: from now on it is known;
 * keep: also to later runs.
 */
int trust_accept(struct trust *t, const struct tls_cert_info *info, bool keep,
    struct err *err);
/*
 * Once a server that trust_check() accepted has proven its key: keeps it
 * under tofu, with *added if it was new.
 */
int trust_learn(struct trust *t, const struct tls_cert_info *info,
    bool *added, struct err *err);

#endif
