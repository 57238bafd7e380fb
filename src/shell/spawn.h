/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Local commands: sh -c in lcd's directory. */
#ifndef SHELL_SPAWN_H
#define SHELL_SPAWN_H

#include <sys/types.h>

#include "base/cancel.h"
#include "base/err.h"

struct spawn {
	const char *command;	/* for sh -c */
	char *const *argv;	/* its "$@", NULL-terminated, or NULL */
	int dir;		/* where it runs; AT_FDCWD: where we do */
	int in, out;		/* its standard input and output; -1: ours */
};

/* Starts it.  0, or -1 (ERR_LOCAL).  Any thread. */
int spawn_start(const struct spawn *sp, pid_t *pid, struct err *err);
/*
 * Waits.  0 if it ended with status 0, else -1 and ERR_LOCAL; err has the
 * reason, not the command.  When cancelled it is ended, with all that it
 * started unless we have the terminal (base/procgroup.h).
 */
int spawn_wait(pid_t pid, struct cancel *cancel, struct err *err);
/* Ends it so, and waits for that. */
void spawn_end(pid_t pid);
/*
 * Both, for a command that has the terminal: the keys that interrupt are
 * for it alone.  Main thread.
 */
int spawn_foreground(const struct spawn *sp, struct cancel *cancel,
    struct err *err);

#endif
