/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "transfer/tries.h"

static void
session_begin(struct tries *t)
{
	session_try_begin(((struct tries_session *)t)->s);
}

static void
session_end(struct tries *t)
{
	session_try_end(((struct tries_session *)t)->s);
}

static bool
session_again_at(struct tries *t, int64_t at, struct err *err)
{
	struct tries_session *of = (struct tries_session *)t;

	return session_again_with(of->s, of->verb, of->name, at, err);
}

static void
session_reached(struct tries *t)
{
	session_progress(((struct tries_session *)t)->s);
}

void
tries_of_session(struct tries_session *t, struct session *s,
    const char *verb, const char *name)
{
	*t = (struct tries_session){
		.tries = {
			.begin = session_begin, .end = session_end,
			.again = session_again_at,
			.progress = session_reached,
		},
		.s = s, .verb = verb, .name = name,
	};
}
