/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A data connection and the command it serves (RFC 959, 3.2; RFC 2428;
 * RFC 4217, 7).  EPSV and the command leave in one flight; the TCP
 * connection, its TLS handshake and the control connection go on side by
 * side; nothing moves before the data connection is proven to be the same
 * server's.  Where more transfers follow and the server takes it, the EPSV of
 * the next one leaves before this one's final reply has come.
 *
 *	data_open(conn, &request, &d, &err);
 *	while ((n = data_read(d, buf, size, &err)) > 0) ...
 *	data_finish(d, expected, NULL, &err)	or data_abort(d)
 */
#ifndef FTP_DATA_H
#define FTP_DATA_H

#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>

#include "ftp/conn.h"
#include "listing/listing.h"

struct data;

/* How a listing ended, for who judges what it is worth. */
struct data_end {
	bool bare;		/* without close_notify, where tls-eof asks */
	char said[GAP_WORDS];	/* words of the reply that admit a gap, or "" */
};

struct data_request {
	const char *verb;	/* "RETR", "STOR", "MLSD", "LIST", ... */
	const char *path;	/* NULL: where we are */
	const char *options;	/* of ls, before the path, or NULL */
	int64_t offset;		/* REST; 0: none */
	bool upload;
	bool more;		/* another transfer will follow at once */
};

/*
 * Opens.  0, or -1: the command's refusal (ERR_REFUSED with its code; 501 or
 * 502 and TRAIT_REST denied where REST is not known), ERR_NETWORK, ERR_TLS.
 * The connection can still be used unless !conn_alive().
 */
int data_open(struct conn *c, const struct data_request *rq, struct data **d,
    struct err *err);
/*
 * Whether a download was refused for its offset (551 and 554 of RFC 3659, 501)
 * though REST was taken.
 */
bool data_refuses_restart(const struct err *err);
/* Size from the 150 reply, or -1. */
int64_t data_announced(const struct data *d);
/*
 * Waits within the setting timeout (without progress).  > 0, 0 at the end,
 * -1.  A refusal on the control connection ends it at once.
 */
ssize_t data_read(struct data *d, void *buf, size_t n, struct err *err);
/* Takes all of it. 0 or -1. */
int data_write(struct data *d, const void *buf, size_t n, struct err *err);
/*
 * Ends the transfer, closes, reads the final reply and judges (I2).  Frees d.
 * Of a download, expected is what must have come since the offset; -1: not
 * known, and then close_notify is required, by tls-eof.  ERR_VERIFY when
 * bytes are missing, whatever the reply.  end is for listings (else NULL):
 * under tls-eof size a bare end is then no error, but told.
 */
int data_finish(struct data *d, int64_t expected, struct data_end *end,
    struct err *err);
/*
 * Gives up: closes and frees d.  The control connection is dropped, too,
 * unless the server refused for good: what it would say need not come in order
 * any more.
 */
void data_abort(struct data *d);
/*
 * Gives up an upload so that what came of it can be taken away: closes and
 * frees d.  The control connection can be used further where the server
 * answers in order within ms.  All that is waited for, cancelled or not.
 */
void data_withdraw(struct data *d, int64_t ms);
/*
 * Leaves the rest of a download that goes well: closes and frees d.  The
 * control connection can be used further where the server is known to answer
 * to that in order, and does within ms; else it is dropped.
 */
void data_stop(struct data *d, int64_t ms);
/* Bytes moved by data_read() or data_write(). */
int64_t data_bytes(const struct data *d);

#endif
