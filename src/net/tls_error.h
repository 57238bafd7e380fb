/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What went wrong in TLS, in words that say what to do. */
#ifndef NET_TLS_ERROR_H
#define NET_TLS_ERROR_H

#include <gnutls/gnutls.h>

#include "base/err.h"
#include "net/tls_private.h"

/* What is known of it beside the error. */
struct tls_scene {
	gnutls_session_t session;
	const struct tls_context *ctx;
	enum tls_role role;
	const char *first;	/* bytes that the server sent first */
	size_t nfirst;
};

/* GnuTLS' error rc in a handshake; both return -1 with ERR_TLS. */
int tls_error_handshake(const struct tls_scene *at, int rc, struct err *err);
/* And behind it. */
int tls_error_session(const struct tls_scene *at, int rc, struct err *err);
/* GnuTLS' words for its error rc, to stand within a message. */
const char *tls_error_reason(int rc, char *out, size_t size);

#endif
