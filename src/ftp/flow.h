/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One file's bytes on their way to the server or from it, over a data
 * connection of a session.
 *
 *	session_connect_for_data(s, &err);
 *	flow_open(s, &request, &f, &err);
 *	while ((n = flow_read(f, buf, size, &err)) > 0) ...
 *	flow_finish(f, flow_expected(f, size_of_file), &err)
 *						or flow_abort(f)
 *
 * It uses the connection that the session has, and makes no other: questions
 * that were sent before it (ftp/question.h) are answered meanwhile.
 */
#ifndef FTP_FLOW_H
#define FTP_FLOW_H

#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "ftp/session.h"

struct flow;

struct flow_request {
	const char *path;	/* absolute */
	int64_t offset;		/* where in the file to begin */
	bool upload;
	bool more;		/* another transfer will follow at once */
};

/*
 * 0, or -1: the server's refusal (ERR_REFUSED with its code), ERR_NETWORK,
 * ERR_TLS.  The session can still be used if session_alive().
 */
int flow_open(struct session *s, const struct flow_request *rq,
    struct flow **f, struct err *err);
/*
 * Whether a download that would not open may do so from its beginning:
 * the server knows no REST, or refuses this offset.
 */
bool flow_needs_beginning(const struct session *s,
    const struct flow_request *rq, const struct err *err);
/*
 * Waits within the setting timeout (without progress).  > 0, 0 at the end,
 * -1.
 */
ssize_t flow_read(struct flow *f, void *buf, size_t n, struct err *err);
/* Takes all of it. 0 or -1. */
int flow_write(struct flow *f, const void *buf, size_t n, struct err *err);
/* How many bytes have moved. */
int64_t flow_bytes(const struct flow *f);
/*
 * How many must come if the file has size bytes; with size -1 what the
 * server announced of a whole file, or -1.
 */
int64_t flow_expected(const struct flow *f, int64_t size);
/*
 * Ends it, and judges (I2): 0 or -1.  Of a download, expected is what must
 * have come; -1: not known, and then close_notify is required, by tls-eof.
 * ERR_VERIFY when bytes are missing, whatever the reply.  Frees f.
 */
int flow_finish(struct flow *f, int64_t expected, struct err *err);
/*
 * Gives up, and frees f (NULL is fine).  The connection goes with it, unless
 * the server refused for good.
 */
void flow_abort(struct flow *f);
/*
 * Gives up an upload so that what came of it can be taken away: the
 * connection stays where the server answers in order within ms, cancelled or
 * not.  Frees f.
 */
void flow_withdraw(struct flow *f, int64_t ms);
/*
 * Leaves the rest of a download that goes well.  The connection stays where
 * the server is known to answer to that in order, and does within ms.  Frees
 * f.
 */
void flow_stop(struct flow *f, int64_t ms);

#endif
