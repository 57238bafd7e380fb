/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Commands of other programs (ftp, sftp, lftp, WinSCP) that fingers and old
 * scripts know and that are none here: what is to be said of them.
 */
#ifndef SHELL_FOREIGN_H
#define SHELL_FOREIGN_H

#include <stdbool.h>

/*
 * Of one that would change nothing here, so that it can be passed over: why
 * not; NULL: it is none of these.
 */
const char *foreign_needless(const char *name);
/* What to use instead of one that is not known, or NULL. */
const char *foreign_instead(const char *name);
/* The same of an option of the program, "-P" or "--norc". */
const char *foreign_option(const char *option);
/* Whether such an option changes nothing: ftp's -n and -i. */
bool foreign_option_needless(int letter);
/* What to use instead of a setting, or NULL. */
const char *foreign_setting(const char *name);

#endif
