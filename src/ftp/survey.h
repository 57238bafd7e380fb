/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Questions about many names, as many in a flight as is good, and asked again
 * on the session's account of retries when the connection fails.
 *
 *	const struct survey v = {
 *		.verb = "SIZE", .most = SURVEY_MAX, .send = send_size,
 *		.take = take_size, .ctx = sizes,
 *	};
 *	survey_run(s, &v, path, n, &err);
 */
#ifndef FTP_SURVEY_H
#define FTP_SURVEY_H

#include "ftp/conn.h"
#include "ftp/session.h"

/* How many questions are asked before the first answer is read. */
enum { SURVEY_MAX = 256 };

struct survey {
	const char *verb;	/* what is lost if a flight is */
	size_t most;		/* how many names one may be about */
	bool moves;		/* CWD is among the questions */
	/* Sends what is asked of one name, which is absolute. */
	int (*send)(struct control *c, const char *full, struct err *err);
	/*
	 * Reads the answers about the i-th.  What failed stands in err, the
	 * connection, or what another try may mend: then all of the flight is
	 * asked again, once the rest is read.
	 */
	void (*take)(void *ctx, size_t i, struct conn *c, struct err *err);
	void *ctx;
};

/* 0, or -1 when the connection failed, or what was refused stayed so. */
int survey_run(struct session *s, const struct survey *v,
    const char *const *path, size_t n, struct err *err);

#endif
