/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Opening a site: what is known of it, who logs in, and with what. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "config/conf.h"
#include "config/netrc.h"
#include "config/url.h"
#include "net/tls.h"
#include "shell/shell.h"

enum { HOST_SHOWN = 256 };

static const char anonymous[] = "anonymous";

/* What is gathered about a site before it is opened. */
struct opening {
	struct shell *sh;
	struct settings set;
	struct url url;
	struct secret password;
	bool other_user;	/* "user": what was given is another's */
};

int
shell_configure(const struct shell *sh, const char *site,
    struct settings *st, bool *known, struct err *err)
{
	size_t i;

	settings_copy(st, &sh->base);
	for (i = 0; i < sh->config_files.n; i++) {
		if (conf_read(sh->config_files.v[i], sh->config_named, site,
		    st, known, err) != 0)
			return -1;
	}
	return 0;
}

/* What a URL says counts for more than the configuration. */
static int
apply_url(struct opening *o, struct err *err)
{
	const struct url *u = &o->url;
	struct settings *st = &o->set;
	char port[16];

	snprintf(port, sizeof(port), "%d", u->port);
	if ((st->host == NULL && option_set(st, "host", u->host, err) != 0) ||
	    (u->port != 0 && option_set(st, "port", port, err) != 0) ||
	    (u->user != NULL && option_set(st, "user", u->user, err) != 0) ||
	    (u->dir != NULL && option_set(st, "dir", u->dir, err) != 0))
		return -1;
	if (u->implicit && st->tls == TLS_OFF)
		return err_set(err, ERR_USAGE,
		    "ftps:// contradicts the setting tls=off");
	if (st->insecure && st->pin.n > 0)
		return err_set(err, ERR_USAGE,
		    "--insecure and a pin contradict each other");
	if (u->has_scheme && st->tls != TLS_OFF)
		st->tls = u->implicit ? TLS_IMPLICIT : TLS_EXPLICIT;
	else if (!u->has_scheme && st->port == PORT_IMPLICIT &&
	    !option_is_set(st, option_find("tls")))
		st->tls = TLS_IMPLICIT;
	return 0;
}

/* Whether what is meant for one target, the first, is for this one. */
static bool
is_for(char **target, const struct settings *st)
{
	static const char *const schemes[] = {
		[TLS_EXPLICIT] = "ftpes", [TLS_IMPLICIT] = "ftps",
		[TLS_OFF] = "clear",
	};
	char *this = xasprintf("%s %s %d", schemes[st->tls], st->host,
	    settings_port(st));
	bool same;

	if (*target == NULL)
		*target = xstrdup(this);
	same = strcasecmp(*target, this) == 0;
	free(this);
	return same;
}

/* The URL's; else -u's, --password-file's or the environment's (main.c). */
static bool
given_password(struct opening *o)
{
	struct shell *sh = o->sh;
	bool ours = is_for(&sh->given_for, &o->set);

	if (o->url.password.text != NULL) {
		secret_copy(&o->password, &o->url.password);
		return true;
	}
	if (sh->given_user != NULL && (o->set.user == NULL ||
	    strcmp(sh->given_user, o->set.user) != 0))
		ours = false;
	if (ours)
		secret_copy(&o->password, &sh->given_password);
	return o->password.text != NULL;
}

static int
configured_password(struct opening *o, struct err *err)
{
	const struct settings *st = &o->set, *base = &o->sh->base;
	bool ours = is_for(&o->sh->source_for, st), others = false;

	if (st->password_command != NULL &&
	    (ours || base->password_command == NULL)) {
		if (secret_from_command(st->password_command, &o->password,
		    o->sh->cancel, err) != 0)
			return err_prefix(err, "password-command");
		return 0;
	}
	if (st->password_file == NULL ||
	    !(ours || base->password_file == NULL))
		return 0;
	if (secret_from_file(st->password_file, &o->password, &others,
	    err) != 0)
		return -1;
	if (others)
		observe_warning(o->sh->obs,
		    "%s: the password in it can be read by others; run "
		    "'chmod 600 %s'", st->password_file,
		    st->password_file);
	return 0;
}

/* The login name, too, unless it is known. */
static int
ask_netrc(struct opening *o, struct err *err)
{
	struct settings *st = &o->set;
	struct err why = ERR_INIT;
	struct netrc n;
	int rc;

	rc = netrc_lookup(NULL, st->host, st->user, &n, &why);
	if (rc < 0)
		observe_warning(o->sh->obs, "%s", why.msg);
	if (rc == 1 && st->user == NULL && n.login != NULL)
		rc = option_set(st, "user", n.login, err);
	else
		rc = 0;
	if (rc == 0 && st->account == NULL && n.account != NULL)
		rc = option_set(st, "account", n.account, err);
	if (rc == 0 && o->password.text == NULL && n.password.text != NULL)
		secret_copy(&o->password, &n.password);
	netrc_release(&n);
	return rc;
}

/* Who logs in, and with which password. */
static int
find_login(struct opening *o, struct err *err)
{
	struct settings *st = &o->set;

	if (!o->other_user && !given_password(o) &&
	    configured_password(o, err) != 0)
		return -1;
	if ((st->user == NULL || o->password.text == NULL) &&
	    ask_netrc(o, err) != 0)
		return -1;
	if (st->user == NULL) {
		/* Nobody's name goes with no password of somebody's. */
		secret_release(&o->password);
		if (option_set(st, "user", anonymous, err) != 0)
			return -1;
	}
	/* Who has none may not need one: the server is asked first. */
	if (o->password.text == NULL && (strcmp(st->user, anonymous) == 0 ||
	    strcmp(st->user, "ftp") == 0))
		secret_set(&o->password, "anonymous@");
	return 0;
}

static int
make_tls(const struct opening *o, struct tls_context **tls, struct err *err)
{
	const struct settings *st = &o->set;
	struct tls_options to = {
		.host = st->host, .port = settings_port(st),
		.server_name = st->tls_server_name,
		.priority = st->tls_priority, .min = st->tls_min,
		.resume = st->tls_resume, .ca_file = st->ca_file,
		.pins = &st->pin, .insecure = st->insecure,
		.trust = st->trust, .crl_file = st->crl_file,
		.ocsp = st->ocsp, .cert = st->cert, .key = st->key,
		.key_password = st->key_password, .cancel = o->sh->cancel,
		.ask = o->sh->interactive ? secret_from_terminal : NULL,
	};
	char *known = NULL;

	*tls = NULL;
	if (st->tls == TLS_OFF)
		return 0;
	if (st->trust == TRUST_TOFU)
		known = conf_state_file("known_servers", true);
	to.known_file = known;
	term_flush(o->sh->term);
	*tls = tls_context_new(&to, err);
	free(known);
	return *tls != NULL ? 0 : -1;
}

/* What the user has asked for and had better not. */
static void
warn(const struct opening *o)
{
	const struct observer *obs = o->sh->obs;
	const struct settings *st = &o->set;
	char host[HOST_SHOWN];

	text_escape_to(host, sizeof(host), o->url.host);
	if (st->tls == TLS_OFF)
		observe_loud_warning(obs, "%s: tls=off: the password and all "
		    "data cross the network in clear text", host);
	else if (st->tls_data == TLS_DATA_CLEAR)
		observe_loud_warning(obs, "%s: tls-data=clear: listings and "
		    "files cross the network in clear text", host);
	if (st->tls_eof == TLS_EOF_LAX && st->tls != TLS_OFF)
		observe_loud_warning(obs, "%s: tls-eof=lax: a transfer that "
		    "was cut short may count as whole", host);
	if (st->insecure && st->tls != TLS_OFF)
		observe_loud_warning(obs, "%s: insecure: the server's "
		    "certificate is not checked; anybody can pose as it",
		    host);
}

/* Takes what was gathered over into the shell. */
static int
finish(struct opening *o, const char *text, struct err *err)
{
	struct shell *sh = o->sh;
	struct tls_context *tls;

	if (make_tls(o, &tls, err) != 0)
		return -1;
	if (sh->deadline == DEADLINE_NONE && o->set.deadline != NULL &&
	    shell_set_deadline(sh, o->set.deadline, err) != 0) {
		tls_context_free(tls);
		return -1;
	}
	warn(o);
	shell_close(sh);
	sh->site = xcalloc(1, sizeof(*sh->site));
	sh->site->name = xstrdup(o->url.host);
	settings_copy(&sh->site->set, &o->set);
	secret_copy(&sh->site->password, &o->password);
	sh->site->tls = tls;
	sh->site->ask = sh->interactive ? &sh->ask : NULL;
	sh->asked = false;
	sh->site->terminal = sh->interactive || isatty(STDIN_FILENO);
	sh->site_text = xstrdup(text);
	url_wipe_password(sh->site_text);
	sh->session = session_new(sh->site, 1, sh->obs, sh->cancel);
	return 0;
}

static void
opening_release(struct opening *o)
{
	secret_release(&o->password);
	url_release(&o->url);
	settings_release(&o->set);
}

static int
change(struct settings *set, const struct option_row *row, const char *value,
    const struct settings *without, struct err *err)
{
	if (*value != '\0')
		return option_set(set, row->name, value, err);
	option_copy(set, without, row);
	return 0;
}

/* The open site with other settings; the one before is not touched. */
static void
replace_site(struct shell *sh, const struct settings *set)
{
	struct site *before = sh->site;

	sh->site = xmalloc(sizeof(*sh->site));
	*sh->site = *before;
	settings_copy(&sh->site->set, set);
	session_set_site(sh->session, sh->site);
	settings_release(&before->set);
	free(before);
}

static int
change_open_site(struct shell *sh, const struct option_row *row,
    const char *value, struct err *err)
{
	struct settings set, configured = { 0 };
	int rc;

	settings_copy(&set, &sh->site->set);
	rc = shell_configure(sh, sh->site->name, &configured, NULL, err);
	if (rc == 0)
		rc = change(&set, row, value, &configured, err);
	if (rc == 0)
		replace_site(sh, &set);
	settings_release(&configured);
	settings_release(&set);
	return rc;
}

int
shell_set(struct shell *sh, const char *name, const char *value,
    struct err *err)
{
	const struct option_row *row = option_find(name);
	struct settings none;
	int rc;

	settings_init(&none);
	rc = change(&sh->base, row, value, &none, err);
	settings_release(&none);
	/* Another source of passwords, for the next site to be opened. */
	if (strncmp(name, "password-", strlen("password-")) == 0) {
		free(sh->source_for);
		sh->source_for = NULL;
	}
	if (rc != 0 || sh->site == NULL)
		return rc;
	if (!row->at_open)
		return change_open_site(sh, row, value, err);
	observe_warning(sh->obs, "%s: holds from the next 'open' on; the site "
	    "that is open stays as it is", name);
	return 0;
}

/* USER or USER,PASSWORD; the caller frees what comes back, the user. */
static char *
split_login(const char *login, struct secret *password)
{
	size_t n = strcspn(login, ",");

	if (login[n] == ',')
		secret_set(password, login + n + 1);
	return xstrndup(login, n);
}

int
shell_open(struct shell *sh, const char *text, const char *login,
    struct err *err)
{
	struct opening o = { .sh = sh };
	int rc;

	rc = url_parse(text, &o.url, err);
	if (rc == 0 && login != NULL && o.url.user == NULL)
		o.url.user = split_login(login, &o.url.password);
	if (rc == 0)
		rc = shell_configure(sh, o.url.host, &o.set, NULL, err);
	if (rc == 0)
		rc = apply_url(&o, err);
	if (rc == 0)
		rc = find_login(&o, err);
	if (rc == 0)
		rc = finish(&o, text, err);
	opening_release(&o);
	return rc;
}

/* The account is the other user's only if the configuration says so. */
static int
set_user(struct opening *o, const char *user, struct err *err)
{
	struct settings configured = { 0 };
	int rc;

	rc = shell_configure(o->sh, o->url.host, &configured, NULL, err);
	if (rc == 0) {
		option_copy(&o->set, &configured, option_find("account"));
		rc = option_set(&o->set, "user", user, err);
	}
	settings_release(&configured);
	return rc;
}

int
shell_login(struct shell *sh, const char *login, const char *password,
    struct err *err)
{
	struct opening o = { .sh = sh, .other_user = true };
	char *text = xstrdup(sh->site_text), *user;
	int rc;

	if (password != NULL) {
		user = xstrdup(login);
		secret_set(&o.password, password);
	} else {
		user = split_login(login, &o.password);
	}

	settings_copy(&o.set, &sh->site->set);
	rc = url_parse(text, &o.url, err);
	if (rc == 0)
		rc = set_user(&o, user, err);
	if (rc == 0)
		rc = find_login(&o, err);
	if (rc == 0)
		rc = finish(&o, text, err);
	opening_release(&o);
	free(user);
	free(text);
	return rc;
}

void
shell_close(struct shell *sh)
{
	if (sh->site == NULL)
		return;
	session_free(sh->session);
	sh->session = NULL;
	tls_context_free(sh->site->tls);
	secret_release(&sh->site->password);
	settings_release(&sh->site->set);
	free(sh->site->name);
	free(sh->site);
	sh->site = NULL;
	free(sh->site_text);
	sh->site_text = NULL;
}
