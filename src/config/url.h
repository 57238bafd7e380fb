/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * SITE on the command line: [user[:password]@]host[:port][/dir], an IPv6
 * address in brackets, or a URL (ftp:// and ftpes://: explicit TLS; ftps://:
 * implicit).  Percent-escapes are decoded; CR, LF and NUL are refused.
 * "/dir" counts from the login directory, "//dir" from the root.  The user
 * ends at the last @ before the first slash.  A '/' in a password has to be
 * written as %2F, and an @ in the directory as %40 where a ':' comes before it:
 * what may be a password with a '/' is refused, and not taken for a host.
 */
#ifndef CONFIG_URL_H
#define CONFIG_URL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "config/secret.h"

struct url {
	/*
	 * Without a scheme implicit is false: that port 990 then means
	 * implicit TLS is the caller's to see, who knows the settings.
	 */
	bool has_scheme, implicit;
	char *user;		/* NULL if absent */
	struct secret password;	/* empty if absent */
	char *host;		/* without brackets, never NULL */
	int port;		/* 0 if absent */
	char *dir;		/* NULL if absent; "d" or "/d" */
};

/*
 * ERR_USAGE if it is none of these; the message never shows more of text
 * than its host, since the rest may be a password.  Whatever u held is
 * overwritten.  Release with url_release() either way.
 */
int url_parse(const char *text, struct url *u, struct err *err);
void url_release(struct url *u);
/*
 * Where a password stands in a SITE, also in one that url_parse() refuses
 * because of unescaped '/' or '@' in it; false if there is none.
 */
bool url_password(const char *text, size_t *at, size_t *n);
/*
 * Overwrites a password within text (an element of argv) by 'x's; returns
 * whether there was one.
 */
bool url_wipe_password(char *text);
/*
 * Whether s can be a host's name or address: not empty, without blanks,
 * control bytes, slashes, brackets or @.
 */
bool url_is_host(const char *s);

#endif
