/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The inside of contexts and peers (net/tls.h), for tls.c, tls_session.c and
 * tls_error.c.
 */
#ifndef NET_TLS_PRIVATE_H
#define NET_TLS_PRIVATE_H

#include <gnutls/gnutls.h>
#include <pthread.h>

#include <stdbool.h>

#include "base/strvec.h"
#include "net/tls.h"

struct tls_client;
struct trust;

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
	int others;		/* owners beside the first */
};

struct tls_peer {
	struct tls_context *ctx;
	gnutls_datum_t ticket;	/* the newest; size 0: none */
	unsigned tickets;	/* how many the control connection brought */
	gnutls_datum_t leaf;	/* DER, as the control handshake showed it */
	unsigned shown;		/* how many certificates that was */
	bool stapled;		/* with an OCSP answer */
	bool unknown, by_key;	/* see struct trust_seen */
	bool accepted;		/* and it is trusted */
	gnutls_group_t group;	/* of the control handshake */
	bool resumes;
	bool alpn, alpn_refused;
	bool no_resuming;
};

/* Makes it the newest; takes the memory over. */
void tls_peer_take_ticket(struct tls_peer *peer, gnutls_datum_t *ticket);
/*
 * The control handshake has shown n certificates, trusted or not, of which der
 * is the first; stapled: an OCSP answer, too.
 */
void tls_peer_met(struct tls_peer *peer, const gnutls_datum_t *der,
    unsigned n, bool stapled);
/*
 * That handshake is complete, so that the server has proven its key: which is
 * kept under trust tofu.
 */
int tls_peer_accept(struct tls_peer *peer, const gnutls_datum_t *der,
    struct err *err);

#endif
