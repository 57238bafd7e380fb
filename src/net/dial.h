/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Resolve and connect: all addresses of a name, IPv6 and IPv4 interleaved,
 * each started 250 ms after the one before (happy eyeballs, RFC 8305).  All
 * sockets come back non-blocking, close-on-exec, with TCP_NODELAY and
 * keep-alive.
 */
#ifndef NET_DIAL_H
#define NET_DIAL_H

#include <stddef.h>
#include <stdint.h>

#include "base/cancel.h"
#include "base/err.h"
#include "config/option.h"

struct dial_options {
	const char *bind_address;	/* numeric, or NULL */
	enum address_family family;
	int64_t timeout_ms;		/* each address */
	int64_t deadline;		/* all of it */
	struct cancel *cancel;
};

struct dial;

/*
 * Finds the addresses of host (name or address literal without brackets;
 * names are converted by IDNA 2008, libidn2), for dial_connect().  o must
 * outlive it.  NULL: ERR_NETWORK ("no such host"), ERR_TIMEOUT, ERR_USAGE
 * (bind-address), or cancelled.  getaddrinfo runs in a detached thread that
 * owns its memory; a late answer is dropped.
 */
struct dial *dial_resolve(const char *host, int port,
    const struct dial_options *o, struct err *err);
/*
 * Connects to one of them, once.  Returns a socket, or -1: ERR_NETWORK
 * ("connection refused", with the address tried), ERR_TIMEOUT, or cancelled.
 */
int dial_connect(struct dial *d, struct err *err);
/*
 * The addresses, in the order in which they are tried: how many, the i-th by
 * its number, and a connection to that one alone, as dial_connect() makes it.
 */
size_t dial_count(const struct dial *d);
void dial_name(const struct dial *d, size_t i, char *buf, size_t size);
int dial_connect_to(const struct dial *d, size_t i, struct err *err);
/* NULL is fine. */
void dial_end(struct dial *d);
/*
 * Begins a connection to another port of the peer of the connected socket
 * control_fd, from the same local address; returns a socket still
 * connecting, or -1.  For passive data connections.
 */
int dial_peer_port(int control_fd, int port, struct err *err);
/* The address of that peer, "?" if it has gone. */
void dial_peer_name(int control_fd, char *buf, size_t size);
/* The same to a numeric IPv4 address (passive-address reply).  Loopback,
 * link-local and private addresses are refused unless the peer is such. */
int dial_address(int control_fd, const char *ipv4, int port, struct err *err);

#endif
