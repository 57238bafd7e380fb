/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names of hosts: the form a resolver takes, and the form certificates have. */
#ifndef NET_HOST_H
#define NET_HOST_H

#include <stdbool.h>

#include "base/err.h"

/* IPv4, or IPv6 with or without brackets and %zone. */
bool host_is_address(const char *host);
/*
 * The A-label form (IDNA 2008) of a name, as the resolver wants it; an
 * address without its brackets.  The caller frees it; NULL (ERR_USAGE) for
 * what is no name.
 */
char *host_ascii(const char *host, struct err *err);
/*
 * The same as certificates and SNI have it: without a trailing dot (RFC 6066,
 * 3) and without a zone.
 */
char *host_certified(const char *host, struct err *err);
/* Which libidn2 is in use. */
const char *host_library(void);

#endif
