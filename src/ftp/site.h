/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where to go, how, and as whom. */
#ifndef FTP_SITE_H
#define FTP_SITE_H

#include <stdbool.h>

#include "base/err.h"
#include "config/option.h"
#include "config/secret.h"
#include "net/tls.h"

/* How a person is asked during a login; in the thread that logs in. */
struct login_ask {
	void *ctx;
	/* There is no password: sets the site's. */
	int (*password)(void *ctx, struct err *err);
	/* What the server wants besides, in its words: a code, mostly. */
	int (*further)(void *ctx, const char *words, struct secret *answer,
	    struct err *err);
};

/* Constant, shared by all sessions with it. */
struct site {
	char *name;			/* as the user named it, for messages */
	struct settings set;
	struct secret password;
	struct tls_context *tls;	/* NULL under tls=off */
	bool terminal;		/* somebody there: no first retries */
	const struct login_ask *ask;	/* NULL: nobody is asked */
};

#endif
