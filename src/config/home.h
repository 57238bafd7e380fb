/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The user's home directory, and names that begin with "~/". */
#ifndef CONFIG_HOME_H
#define CONFIG_HOME_H

/* $HOME if absolute, else by the password database; NULL if there is none.
 * The caller frees it. */
char *home_dir(void);
/* "~" and "~/NAME" become the home directory's, all else (and all without a
 * home) is copied.  The caller frees it. */
char *home_expand(const char *path);

#endif
