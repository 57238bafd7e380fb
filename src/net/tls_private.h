/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What tls.c and tls_session.c share; nobody else includes it. */
#ifndef NET_TLS_PRIVATE_H
#define NET_TLS_PRIVATE_H

#include <gnutls/gnutls.h>

#include <stdbool.h>

#include "net/tls.h"
#include "net/trust.h"

struct tls_context {
	gnutls_priority_t priority;
	struct trust *trust;
	enum tls_resume resume;
	char *name;		/* host_certified() */
	bool sni;		/* the name is none of an address */
	char offered[64];	/* "TLS1.3, TLS1.2" */
};

struct tls_peer {
	struct tls_context *ctx;
	gnutls_datum_t ticket;	/* the newest; size 0: none */
	gnutls_datum_t leaf;	/* DER, after the control handshake */
	bool resumes;
	bool alpn, alpn_refused;
};

/* Makes it the newest; takes the memory over. */
void tls_peer_take_ticket(struct tls_peer *peer, gnutls_datum_t *ticket);
/* Copies the certificate of the control connection. */
void tls_peer_set_leaf(struct tls_peer *peer, const gnutls_datum_t *der);

#endif
