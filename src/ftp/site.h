/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where to go, how, and as whom. */
#ifndef FTP_SITE_H
#define FTP_SITE_H

#include <stdbool.h>

#include "base/err.h"
#include "config/option.h"
#include "config/secret.h"
#include "net/tls.h"

enum login_trust { LOGIN_TRUST_NO, LOGIN_TRUST_ONCE, LOGIN_TRUST_ALWAYS };

struct site;

/*
 * How a person is asked during a login to a site; in the thread that logs in.
 */
struct login_ask {
	void *ctx;
	/* Whether a key for which nobody known vouches is the server's. */
	enum login_trust (*trust)(void *ctx, const struct site *site,
	    const struct tls_cert_info *info);
	/* Nobody said who logs in: sets the site's user. */
	int (*user)(void *ctx, const struct site *site, struct err *err);
	/*
	 * The password was refused for why: whether there may be another, for
	 * which password() will be called.
	 */
	bool (*again)(void *ctx, const struct site *site,
	    const struct err *why);
	/* There is no password: sets the site's. */
	int (*password)(void *ctx, const struct site *site, struct err *err);
	/* What the server wants besides, in its words: a code, mostly. */
	int (*further)(void *ctx, const struct site *site, const char *words,
	    struct secret *answer, struct err *err);
};

/*
 * Constant, shared by all sessions with it, but for what a person says during
 * the first login: user, password.
 */
struct site {
	char *name;			/* as the user named it, for messages */
	struct settings set;
	struct secret password;
	bool typed;		/* that was, and may be mistyped */
	struct tls_context *tls;	/* NULL under tls=off */
	bool terminal;		/* somebody there: no first retries */
	const struct login_ask *ask;	/* NULL: nobody is asked */
};

#endif
