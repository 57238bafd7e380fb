/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A byte stream over a socket, in the clear or under TLS, with large
 * read-ahead and write-behind buffers: TLS takes its records from and puts
 * them into these, so that one system call moves many.  Nobody above knows
 * sockets or TLS.  A stream belongs to one thread.
 *
 * The try functions never wait.  They return STREAM_AGAIN when they would
 * have to; the caller then waits with stream_pollfd() and net_wait(), and
 * tries again.  Always try before waiting: what is buffered makes no socket
 * readable.
 *
 *	while ((n = stream_try_read(s, buf, size, &err)) == STREAM_AGAIN) {
 *		stream_pollfd(s, &pfd);
 *		if (net_wait(&pfd, 1, deadline, cancel, &err) <= 0) ...
 *	}
 */
#ifndef NET_STREAM_H
#define NET_STREAM_H

#include <sys/types.h>

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cancel.h"
#include "base/err.h"
#include "net/tls.h"

struct stream;

enum { STREAM_AGAIN = -2 };

/* How the peer's side ended. */
enum stream_end {
	STREAM_OPEN,
	STREAM_END_NOTIFY,	/* TLS close_notify */
	STREAM_END_BARE,	/* end of the TCP stream only */
};

/*
 * Takes over the socket (non-blocking), which may still be connecting: the
 * try functions then finish that first.  bufsize is the size of each
 * direction's buffer in bytes (16 KiB for control, 256 KiB or more for data).
 */
struct stream *stream_new(int fd, size_t bufsize);
/* Closes at once, whatever is buffered. NULL is fine. */
void stream_free(struct stream *s);
int stream_fd(const struct stream *s);
/*
 * What to wait for after STREAM_AGAIN: fills fd and events.  While output
 * waits, input counts only if the last read returned STREAM_AGAIN: a writer
 * who does not read is not woken by what he leaves unread.  fd is -1 if
 * there is nothing to wait for.
 */
void stream_pollfd(const struct stream *s, struct pollfd *pfd);

/*
 * Puts TLS on top; the handshake is then driven by stream_try_handshake()
 * (or by any other try function).  Bytes that came before are an error
 * (ERR_TLS "data before TLS").  TLS_CONTROL: SNI unless the host is an
 * address, ALPN "ftp", certificate checked by the context's trust before
 * our Finished is sent, remembered in peer.  TLS_DATA: no ALPN, same SNI,
 * resumes peer's newest ticket (unless tls-resume is off); after the
 * handshake it must be resumed, or show the very certificate of the control
 * connection, else ERR_TLS.  Under tls-resume require it must be resumed.
 */
int stream_start_tls(struct stream *s, struct tls_peer *peer,
    enum tls_role role, struct err *err);
/* After a TLS_DATA handshake: the session was resumed. */
bool stream_resumed(const struct stream *s);
/* "TLS1.3 AES-128-GCM, resumed", or "no TLS". */
void stream_describe(const struct stream *s, struct buf *out);

/* 0 done (also if there is no TLS, once connected), STREAM_AGAIN, -1. */
int stream_try_handshake(struct stream *s, struct err *err);
/*
 * Up to n bytes: > 0, 0 at the end (stream_ended() says how), STREAM_AGAIN,
 * -1: a reset or broken TLS (ERR_NETWORK, ERR_TLS).  New session tickets met
 * on the way are put into peer.
 */
ssize_t stream_try_read(struct stream *s, void *buf, size_t n,
    struct err *err);
enum stream_end stream_ended(const struct stream *s);
/*
 * Takes up to n bytes into the write-behind buffer (under TLS as full
 * 16 KiB records where n allows) and sends when it is full.  > 0, or
 * STREAM_AGAIN (buffer full and the socket takes nothing), or -1.
 */
ssize_t stream_try_write(struct stream *s, const void *buf, size_t n,
    struct err *err);
/* Sends all that is buffered: 0 done, STREAM_AGAIN, -1. */
int stream_try_flush(struct stream *s, struct err *err);
/*
 * Ends our side: close_notify, flush, shutdown(SHUT_WR): 0, STREAM_AGAIN,
 * -1.  Reading goes on being possible.
 */
int stream_try_finish(struct stream *s, struct err *err);

/*
 * Once reading has ended: reads and drops what may still come, so that
 * closing sends no reset behind what we sent.  0 at the end of the connection,
 * STREAM_AGAIN, -1.
 */
int stream_try_discard(struct stream *s, struct err *err);

/*
 * Bytes moved over the socket for the sake of data, for the stall limit.  Not
 * what is TLS' own business, once that is known: it may be less than before.
 */
uint64_t stream_moved(const struct stream *s);

bool stream_is_ipv6(const struct stream *s);

#endif
