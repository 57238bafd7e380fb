/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The certificates that prove a server's: each signed by the next, the last
 * one trusted.  Part of trust.c, beside GnuTLS' own verification, which has
 * the last word on algorithms and time: here it is put together from links
 * that are proved one by one, and examined for what GnuTLS lets pass.
 *
 *	chain_init(&c, session, cred, &err);
 *	if (!c.anchored) ...	nobody known vouches for it
 *	chain_check(&c, &err);
 *	chain_release(&c);
 */
#ifndef NET_CHAIN_H
#define NET_CHAIN_H

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include <stdbool.h>

#include "base/err.h"

enum { CHAIN_MAX = 16 };	/* what GnuTLS accepts */

struct chain {
	/* The server's first; the signature of each is proved by the next. */
	gnutls_x509_crt_t certs[CHAIN_MAX + 1];
	unsigned n;
	bool anchored;		/* the last one is trusted, else n is 1 */
};

/*
 * From what the server shows and what cred trusts.  0, or -1 with ERR_TRUST
 * if its certificates cannot be read; chain_release() is due in any case.
 */
int chain_init(struct chain *c, gnutls_session_t session,
    gnutls_certificate_credentials_t cred, struct err *err);
void chain_release(struct chain *c);
/*
 * Whether an anchored chain is one for servers, by RFC 5280: who signs is an
 * authority and may, purposes and names fit, nothing critical is unknown.  0,
 * or -1 with ERR_TRUST.
 */
int chain_check(const struct chain *c, struct err *err);
/* Whether a certificate is for servers, as far as it says: 0, or -1. */
int chain_check_purpose(gnutls_x509_crt_t crt, struct err *err);

#endif
