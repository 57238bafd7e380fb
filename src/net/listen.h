/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Listening for a server's data connection in active mode. */
#ifndef NET_LISTEN_H
#define NET_LISTEN_H

#include <stdbool.h>

#include "base/err.h"

struct listener;

/*
 * Listens on the local address of the connected socket control_fd, on a port
 * from lo to hi (0: any).  address, if not NULL, is what listen_host() is to
 * say (NAT).  Free with listen_close().
 */
struct listener *listen_open(int control_fd, int lo, int hi,
    const char *address, struct err *err);
void listen_close(struct listener *l);
int listen_fd(const struct listener *l);
const char *listen_host(const struct listener *l);
int listen_port(const struct listener *l);
bool listen_is_ipv6(const struct listener *l);
/*
 * Accepts one connection from the address of control_fd's peer; others are
 * closed at once.  Returns a non-blocking socket, STREAM_AGAIN (-2), or -1.
 */
int listen_try_accept(struct listener *l, int control_fd, struct err *err);

#endif
