/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Sources of one command that would end under one name, where the last would
 * take the place of all before it: such a command does nothing at all.
 *
 *	twins_add(&t, shown, source, target);  ...
 *	rc = twins_check(&t, "get", "fetched", &err);
 *	twins_release(&t);
 */
#ifndef SHELL_TWINS_H
#define SHELL_TWINS_H

#include <stddef.h>

#include "base/err.h"

struct twin {
	const char *shown;
	char *source, *target;
};

struct twins {
	struct twin *v;
	size_t n;
};

/*
 * One source, as it was typed or found (borrowed), and its path and that of
 * the target, which are taken over.
 */
void twins_add(struct twins *t, const char *shown, char *source,
    char *target);
/*
 * 0, or -1 (ERR_USAGE, "nothing was FETCHED") if two differing sources have
 * one target, or one what is below another's.
 */
int twins_check(struct twins *t, const char *command, const char *fetched,
    struct err *err);
void twins_release(struct twins *t);

#endif
