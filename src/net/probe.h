/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is asked of a server's TLS by who examines it, and by nobody else: how
 * its certificate is made, and whether something could be offered at all.
 *
 *	if (probe_can_offer("NORMAL:-VERS-ALL:+VERS-TLS1.0")) ...
 *	if (probe_look(peer, &look) == 0) ...
 */
#ifndef NET_PROBE_H
#define NET_PROBE_H

#include <stdbool.h>

#include "net/tls.h"

/* A server's certificate and how it was shown; text is escaped. */
struct probe_look {
	struct tls_cert_info info;
	char pin_hex[65];	/* the pin as 64 hex digits */
	char key[32];		/* "RSA-2048" */
	char signature[32];	/* "RSA-SHA256" */
	bool weak_key, weak_signature;
	bool self_signed;
	bool tells_ocsp, tells_crl;	/* where revocation is to be had */
	bool must_staple;
	unsigned shown;		/* how many certificates came with it */
	bool stapled;		/* and an OCSP answer */
};

/* 0, or -1 if no certificate was shown, or none that can be read. */
int probe_look(const struct tls_peer *peer, struct probe_look *look);
/*
 * Whether our library can offer what is in a priority string (for
 * tls_options.probe): not where it was built without, or the system's policy
 * forbids it.
 */
bool probe_can_offer(const char *priority);

#endif
