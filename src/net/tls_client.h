/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Our own certificate and key: from files, or from a token. */
#ifndef NET_TLS_CLIENT_H
#define NET_TLS_CLIENT_H

#include <gnutls/gnutls.h>

#include "base/err.h"
#include "net/tls.h"

struct tls_client;

/*
 * Loads them, as o says, into cred, which must not outlive what is returned.
 * Errors as of tls_context_new(); *info tells of the certificate.
 */
struct tls_client *tls_client_new(const struct tls_options *o,
    gnutls_certificate_credentials_t cred, struct tls_cert_info *info,
    struct err *err);
void tls_client_free(struct tls_client *client);

#endif
