/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An account of retries, as a source or a sink has one: that of its session.
 *
 *	tries_of_session(&t, session, "RETR", path);
 *	t.tries.begin(&t.tries);
 *	while (attempt(&err) != 0 && t.tries.again(&t.tries, at, &err))
 *		...
 *	t.tries.end(&t.tries);
 */
#ifndef TRANSFER_TRIES_H
#define TRANSFER_TRIES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "ftp/session.h"

struct tries {
	void (*begin)(struct tries *t);
	void (*end)(struct tries *t);
	/*
	 * Waits, and returns true if err is worth another try, which goes on
	 * from byte at.
	 */
	bool (*again)(struct tries *t, int64_t at, struct err *err);
	/* Something was reached that stays. */
	void (*progress)(struct tries *t);
};

struct tries_session {
	struct tries tries;
	struct session *s;
	const char *verb;
	const char *name;	/* as the user knows it; borrowed */
};

void tries_of_session(struct tries_session *t, struct session *s,
    const char *verb, const char *name);

#endif
