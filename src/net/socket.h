/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What all TCP sockets of this program have in common, and their addresses. */
#ifndef NET_SOCKET_H
#define NET_SOCKET_H

#include <sys/socket.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* A socket address with its length; len 0: none. */
struct address {
	struct sockaddr_storage ss;
	socklen_t len;
};

/* Which part of the world an address is of. */
enum address_scope {
	SCOPE_GLOBAL,
	SCOPE_PRIVATE,		/* RFC 1918, RFC 6598, RFC 4193 */
	SCOPE_LINK,
	SCOPE_LOOPBACK,
	SCOPE_NONE,		/* no host's: unspecified, multicast */
};

/*
 * A new TCP socket: non-blocking, close-on-exec, TCP_NODELAY (BASELINE: 44 ms
 * a file without), keep-alive after 60 s, 4 probes each 15 s.
 */
int socket_new(int family, struct err *err);
/* Sets the options of a socket that accept4() made. */
void socket_setup(int fd);
/* Whether its port may be listened on beside it, as after it is closed. */
void socket_share(int fd, bool may);
/*
 * End our side, and close: what remains of it for a while (TIME-WAIT) does
 * not keep its port from being used again.
 */
void socket_end(int fd);
void socket_close(int fd);
/*
 * What has come is acknowledged at once, until we send again: some servers
 * write in two pieces and keep the second back for that (RFC 896), for 40 ms.
 */
void socket_hurry(int fd);

/* The addresses of a connected socket: 0, or -1. */
int socket_local(int fd, struct address *a, struct err *err);
int socket_peer(int fd, struct address *a, struct err *err);

/*
 * The round-trip time in microseconds as the kernel knows it, exact as long as
 * only the connection was made; -1: not known.
 */
int64_t socket_rtt_us(int fd);

void address_set_port(struct address *a, int port);
int address_port(const struct address *a);
/* The numeric address without its port; "?" if it has none. */
void address_name(const struct address *a, char *buf, size_t size);
/* Same host, whatever the port. */
bool address_same_host(const struct address *a, const struct address *b);
enum address_scope address_scope(const struct address *a);

#endif
