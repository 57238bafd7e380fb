/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A listing of the directory that a login leads to, fetched as it is asked
 * for: the one transfer that changes nothing on a server.
 */
#ifndef DOCTOR_FETCH_H
#define DOCTOR_FETCH_H

#include "ftp/conn.h"
#include "listing/listing.h"

struct fetched {
	int64_t bytes, ms;
	bool bare;			/* it ended without close_notify */
	struct listing listing;
};

/*
 * verb: MLSD or LIST; mode and command: how the data connection is made.  0,
 * or -1; fetch_release() is due in any case.
 */
int fetch_listing(struct conn *c, const char *verb, enum data_mode mode,
    enum passive_command command, struct fetched *out, struct err *err);
void fetch_release(struct fetched *f);
/* MLSD where the server has it, else LIST. */
const char *fetch_verb(const struct conn *c);

#endif
