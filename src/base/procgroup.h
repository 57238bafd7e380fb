/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Process groups of the commands that we start.  One in a group of its own
 * can be ended with all that it started; but it could not ask anything on the
 * terminal, whose keys also would not reach it.  So where we have a terminal,
 * it stays in our group.
 *
 *	apart = procgroup_apart();
 *	... fork(); in the child: if (apart) setpgid(0, 0) ...
 *	procgroup_kill(pid, SIGTERM);
 */
#ifndef BASE_PROCGROUP_H
#define BASE_PROCGROUP_H

#include <sys/types.h>

#include <stdbool.h>

/* Whether a command is to get a group of its own: no terminal is ours. */
bool procgroup_apart(void);
/* To a command that is not waited for yet, with its group if it leads one. */
void procgroup_kill(pid_t pid, int sig);

#endif
