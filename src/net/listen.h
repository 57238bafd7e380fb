/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Listening for a server's data connection in active mode. */
#ifndef NET_LISTEN_H
#define NET_LISTEN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cancel.h"
#include "base/err.h"

struct listener;

struct listen_options {
	int lo, hi;		/* the range of ports; 0: any */
	const char *host;	/* what listen_host() is to say, or NULL */
	int64_t deadline;	/* for a port to become free */
	struct cancel *cancel;
};

/*
 * Listens on the local address of the connected socket control_fd.  Where all
 * ports of the range are taken, as by other connections of ours, waits for one
 * of them.  Free with listen_close().
 */
struct listener *listen_open(int control_fd, const struct listen_options *o,
    struct err *err);
/*
 * The address of name, of the kind that control_fd's connection has: for
 * listen_options.host.  The caller frees it.  ERR_USAGE if there is none.
 */
char *listen_resolve(int control_fd, const char *name, int64_t deadline,
    struct cancel *cancel, struct err *err);
void listen_close(struct listener *l);
int listen_fd(const struct listener *l);
const char *listen_host(const struct listener *l);
int listen_port(const struct listener *l);
bool listen_is_ipv6(const struct listener *l);
/*
 * Accepts one connection from the address of control_fd's peer; others are
 * closed at once.  Returns a non-blocking socket, whose port is taken until
 * socket_close(), STREAM_AGAIN (-2), or -1.
 */
int listen_try_accept(struct listener *l, int control_fd, struct err *err);

#endif
