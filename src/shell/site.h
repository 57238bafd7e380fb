/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Makes a site (ftp/site.h) from what the user typed, the configuration and
 * the sources of passwords.
 *
 *	site_sources_init(&src);
 *	site_sources_password(&src, NULL, obs, &err);
 *	site_make(&(struct site_request){ .sources = &src, .text = "nas" },
 *	    &site, &err);
 *	site_free(site);
 *	site_sources_release(&src);
 *
 * A site is constant from then on, but for a password that is asked for
 * during the first login.
 */
#ifndef SHELL_SITE_H
#define SHELL_SITE_H

#include <stdbool.h>

#include "base/cancel.h"
#include "base/err.h"
#include "base/observe.h"
#include "base/strvec.h"
#include "config/option.h"
#include "config/secret.h"
#include "ftp/site.h"

struct site_sources {
	/* what -o, options and "set" gave: the base for every site */
	struct settings base;
	struct strvec config_files;	/* read for every site, in order */
	bool config_named;		/* -F: the file has to exist */
	/*
	 * -u USER,PASSWORD, --password-file, or $FTPS_PASSWORD.  It goes to
	 * one target alone, as do the password-command and password-file
	 * that no configuration gives: scheme, host and port of the first
	 * site that is opened (behind "set password-...").  NULL: none yet.
	 */
	struct secret given_password;
	char *given_user;		/* whose it is; NULL: any one's */
	char *given_for, *source_for;
};

void site_sources_init(struct site_sources *src);
void site_sources_release(struct site_sources *src);
/*
 * The password that is given for all: the one of -u, which is there already,
 * else that of a file (or NULL), else the environment's, which is taken from
 * it in any case.
 */
int site_sources_password(struct site_sources *src, const char *file,
    const struct observer *obs, struct err *err);
/* Sets the base, or with an empty value takes it back to the default. */
int site_sources_set(struct site_sources *src, const struct option_row *row,
    const char *value, struct err *err);
/*
 * What holds for a site (NULL: for none): the base, then the configuration.
 * *known (unless NULL) becomes true if a block names the site.  Release set in
 * any case.
 */
int site_configure(const struct site_sources *src, const char *name,
    struct settings *set, bool *known, struct err *err);
/* Adds the names in the configuration, in its order. */
int site_names(const struct site_sources *src, struct strvec *names,
    struct err *err);

struct site_request {
	struct site_sources *sources;
	const char *text;		/* SITE: a name, a host or a URL */
	/* USER or USER,PASSWORD, if text names no user; or NULL */
	const char *login;
	/*
	 * NULL, or what holds for the site already: it is made again for the
	 * user of login, with password (NULL: that of login, else the
	 * configuration's if that names no other user, else from netrc or
	 * asked for).
	 */
	const struct settings *set;
	const char *password;
	const struct login_ask *ask;	/* borrowed; NULL: nobody is asked */
	bool terminal;			/* of struct site */
	const struct observer *obs;
	struct cancel *cancel;
};

/*
 * Finds out where the site is, who logs in and with what password, and makes
 * its TLS context (which may ask, on the terminal, for our key's password).
 * Connects to nothing.  Main thread.
 */
int site_make(const struct site_request *rq, struct site **out,
    struct err *err);
/* Tells of what the user has asked for and had better not. */
void site_warn(const struct site *site, const struct observer *obs);
/*
 * The same site with another setting, or with an empty value the configured
 * one.  *out takes over the password and the TLS context; site is good for
 * site_free() only, once nobody works with it.
 */
int site_change(struct site *site, const struct site_sources *src,
    const struct option_row *row, const char *value, struct site **out,
    struct err *err);
/* The same once more, for a session of its own; asks the same person. */
struct site *site_copy(const struct site *site);
void site_free(struct site *site);

#endif
