/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What of a command, and of the answer to it, nobody is to see.  Pure. */
#ifndef FTP_MASK_H
#define FTP_MASK_H

#include <stddef.h>

/*
 * Where a secret begins in a raw command, or NULL: behind PASS and ACCT, and
 * behind what changes passwords by SITE on the servers that have it (PSWD,
 * CPWD, GPASS, CHPASS, ADDUSER and their like).
 */
const char *mask_secret(const char *command);
/*
 * Takes the words of a secret out of a line of the reply, n bytes, where the
 * server repeats them (short ones only where they stand alone), but leaves its
 * code.  Returns how long it is now.
 */
size_t mask_echo(char *line, size_t n, const char *secret);

#endif
