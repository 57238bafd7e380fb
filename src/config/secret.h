/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Secrets and where they come from.  A secret is wiped when released and is
 * never copied into a setting, an argument vector, a log or an event.
 */
#ifndef CONFIG_SECRET_H
#define CONFIG_SECRET_H

#include <stdbool.h>
#include <stddef.h>

#include "base/cancel.h"
#include "base/err.h"

struct secret {
	char *text;	/* NUL-terminated; NULL: none */
};

#define SECRET_INIT { NULL }

/* Copies s. */
void secret_set(struct secret *sec, const char *s);
void secret_copy(struct secret *to, const struct secret *from);
void secret_release(struct secret *sec);

/*
 * The first line of a file ("-": standard input), without its line end and
 * a byte order mark; an empty one is an empty password.  readable_by_others
 * tells whether a warning is due.  ERR_USAGE if it cannot be read, or has no
 * line.
 */
int secret_from_file(const char *path, struct secret *sec,
    bool *readable_by_others, struct err *err);
/*
 * The same of what "sh -c command" prints; its stderr is ours, its stdin
 * /dev/null.  ERR_USAGE if its status is not 0 or it prints nothing; can be
 * cancelled.
 */
int secret_from_command(const char *command, struct secret *sec,
    struct cancel *cancel, struct err *err);
/*
 * Takes $FTPS_PASSWORD, without one line end behind it, and removes it from
 * the environment (wiping it).
 */
bool secret_from_environment(struct secret *sec);
/* Asks on the terminal without echo (readpassphrase). Main thread. */
int secret_from_terminal(const char *prompt, struct secret *sec,
    struct err *err);

#endif
