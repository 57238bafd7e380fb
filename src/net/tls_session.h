/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One TLS session over a transport of two functions: the half of a stream
 * that knows GnuTLS.  For stream.c only.
 */
#ifndef NET_TLS_SESSION_H
#define NET_TLS_SESSION_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "net/tls.h"

enum {
	TLS_RECORD_MAX = 16384,	/* RFC 8446, 5.1 */
	TLS_AGAIN = -2,		/* the transport has nothing more */
	TLS_IO = -3,		/* the transport failed; it knows why */
};

struct tls_transport {
	void *ctx;
	/* As read(2): 0 at the end, -1 and EAGAIN when it would wait. */
	ssize_t (*pull)(void *ctx, void *buf, size_t n);
	/* Takes all. */
	void (*push)(void *ctx, const void *buf, size_t n);
};

struct tls_session;

/* peer must outlive it; NULL on failure. */
struct tls_session *tls_session_new(struct tls_peer *peer,
    enum tls_role role, const struct tls_transport *transport,
    struct err *err);
void tls_session_free(struct tls_session *ts);

/*
 * 0 done and the server is accepted, TLS_AGAIN, TLS_IO, or -1.  After -1 an
 * alert for the server has been pushed.
 */
int tls_session_handshake(struct tls_session *ts, struct err *err);
/*
 * > 0, 0 at the end (*notified: by close_notify), TLS_AGAIN, TLS_IO, -1.
 * Tickets go to the peer.
 */
ssize_t tls_session_read(struct tls_session *ts, void *buf, size_t n,
    bool *notified, struct err *err);
/* Bytes of the records read that held no data. */
uint64_t tls_session_idle_bytes(const struct tls_session *ts);
/*
 * Pushes n bytes (at most TLS_RECORD_MAX), as one record if the server takes
 * such: 0, or -1.
 */
int tls_session_write(struct tls_session *ts, const void *buf, size_t n,
    struct err *err);
/* Pushes close_notify. */
void tls_session_bye(struct tls_session *ts);

bool tls_session_resumed(const struct tls_session *ts);
/* "TLS1.3 AES-128-GCM, resumed" */
void tls_session_describe(const struct tls_session *ts, struct buf *out);

#endif
