/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the parts of an examination share. */
#ifndef DOCTOR_EXAM_H
#define DOCTOR_EXAM_H

#include <stdbool.h>

#include "doctor/doctor.h"
#include "ftp/server.h"
#include "net/stream.h"

struct exam {
	const struct doctor_request *rq;
	const struct site *site;	/* the user's */
	struct settings *suits;
	struct server *server;		/* what is learned of it */
	struct server *greeted;		/* by its greeting alone */
	bool reached;			/* a connection was taken before */
	bool speaks;			/* it answers our TLS handshake, */
	bool secure;			/* and that can be used, */
	bool trusted;			/* with who it should be */
	enum stream_end goodbye;	/* how the last connection ended */
};

#endif
