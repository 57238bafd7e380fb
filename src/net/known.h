/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The keys of servers that were taken on trust when first met (trust tofu),
 * in a file of lines "HOST:PORT PIN".  As with ssh, who issued the
 * certificate does not matter: a server's first key is kept, another one
 * later is refused.  Several lines may name one server: any of their keys
 * will do.  Blank lines and those that begin with '#' are left alone; any
 * other line is an error that names it, since a damaged file would otherwise
 * make every server a new one.
 *
 *	server = known_server("nas.example", 21, &err);
 *	known_check(file, server, pin, &is_new, &err);	in the handshake
 *	known_add(file, server, pin, &added, &err);	once the key is proven
 */
#ifndef NET_KNOWN_H
#define NET_KNOWN_H

#include <stdbool.h>
#include <stdio.h>

#include "base/err.h"

/*
 * What the file calls a server: "host:port", the host as lower-case A-labels
 * without a trailing dot, an IPv6 address in its shortest form and brackets.
 * The caller frees it; NULL (ERR_USAGE) for what is no host.
 */
char *known_server(const char *host, int port, struct err *err);

/*
 * 0 if the server's key may be pin ("sha256//BASE64"), *is_new if the file
 * (which need not exist) does not name the server; else -1: ERR_TRUST if it
 * has another key, for a bad line, and if others than its owner, who is us or
 * root, can write the file; ERR_LOCAL if it cannot be read or is a link.
 */
int known_check(const char *file, const char *server, const char *pin,
    bool *is_new, struct err *err);
/* The same of an open file, which is read from where it stands. */
int known_find(FILE *fp, const char *file, const char *server,
    const char *pin, bool *is_new, struct err *err);

/*
 * Adds the key unless it is there by now; another one there fails as in
 * known_check().  The file is replaced whole (mode 0600) under a lock, which
 * it waits for a few seconds (ERR_LOCK), so that runs and threads never tear
 * or lose a line.
 */
int known_add(const char *file, const char *server, const char *pin,
    bool *added, struct err *err);

#endif
