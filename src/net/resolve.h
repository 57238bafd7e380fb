/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * getaddrinfo() with a deadline: it runs in a detached thread that owns its
 * memory, and a late answer is dropped.
 */
#ifndef NET_RESOLVE_H
#define NET_RESOLVE_H

#include <stdint.h>

#include "base/cancel.h"
#include "base/err.h"

struct addrinfo;

/*
 * The TCP addresses of host (as host_ascii() makes it) and port; family is
 * AF_UNSPEC, AF_INET or AF_INET6.  The caller frees *res by freeaddrinfo().
 * -1: ERR_NETWORK ("no such host"), ERR_TIMEOUT, or cancelled.
 */
int resolve_host(const char *host, int port, int family, int64_t deadline,
    struct cancel *cancel, struct addrinfo **res, struct err *err);

#endif
