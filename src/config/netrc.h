/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ~/.netrc or $NETRC: machine, default, login, password, account; macdef is
 * skipped, and so are comments.  Quoted and escaped words as in tnftp.
 */
#ifndef CONFIG_NETRC_H
#define CONFIG_NETRC_H

#include "base/err.h"
#include "config/secret.h"

struct netrc {
	char *login, *account;	/* NULL if absent */
	struct secret password;
};

/*
 * Looks host up (and user, unless NULL: then only an entry for that login
 * gives a password).  The first entry that fits counts.  Returns 1 found,
 * 0 none or no such file (a character device, as /dev/null, is none), -1:
 * the file cannot be read or parsed, or holds a password for it but others
 * can read it or it is not ours, or is no regular file (ERR_USAGE).  path
 * NULL: $NETRC, else ~/.netrc.  Whatever n held is overwritten; release with
 * netrc_release() whatever comes back.
 */
int netrc_lookup(const char *path, const char *host, const char *user,
    struct netrc *n, struct err *err);
void netrc_release(struct netrc *n);

#endif
