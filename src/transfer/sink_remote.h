/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A server's file as a sink: a part, checked and then renamed (I2, I3), or,
 * with the setting temp-names=no, the name itself.
 */
#ifndef TRANSFER_SINK_REMOTE_H
#define TRANSFER_SINK_REMOTE_H

#include <stdbool.h>

#include "config/option.h"
#include "ftp/session.h"
#include "transfer/sink.h"

struct sink_remote_request {
	const char *path;	/* as the user knows it; copied */
	bool keep_mode;		/* SITE CHMOD where there is one */
	enum verify_kind verify;
};

/*
 * Connects, and takes the lock of the part that belongs to this version of the
 * source.  NULL with err.
 */
struct sink *sink_remote_open(struct session *s,
    const struct sink_remote_request *rq, const struct source *from,
    struct err *err);
/*
 * Whether candidate is the name of a part that this user sends to path, an
 * absolute name, from this machine.
 */
bool sink_remote_is_sent(const char *candidate, const char *path);
/* Deletes a part of an earlier upload (absolute) unless a run holds it. */
void sink_remote_remove_part(struct session *s, const char *part);

#endif
