/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the answers to a login's flight say together, before any of them is
 * taken: some servers throw away what came with USER, or answer in an order of
 * their own.
 */
#ifndef FTP_SIGHT_H
#define FTP_SIGHT_H

#include <stdbool.h>

#include "ftp/control.h"

struct sight {
	bool own;		/* each may be that of its command */
	bool missing;		/* some are not there yet */
	bool in;		/* one lets us in */
	bool refused;		/* one is a refusal */
	bool final;		/* of USER or PASS, or an end: that counts */
	bool lost;		/* PASS was not what was refused */
	char no[REPLY_SAY_MAX];	/* the last refusal of a login */
};

/* All commands since the greeting are USER and what was sent behind it. */
void sight_look(const struct control *c, struct sight *s);
/* Whether the first command that is not answered yet is verb. */
bool sight_awaits(const struct control *c, const char *verb);

#endif
