/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "shell/site.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/text.h"
#include "config/conf.h"
#include "config/netrc.h"
#include "config/url.h"
#include "net/tls.h"

enum { HOST_SHOWN = 256 };

static const char anonymous[] = "anonymous";

static void
warn_of_readers(const struct observer *obs, const char *file)
{
	observe_warning(obs, "%s: the password in it can be read by others; "
	    "run 'chmod 600 %s'", file, file);
}

/* Sources. */

void
site_sources_init(struct site_sources *src)
{
	*src = (struct site_sources){ .config_named = false };
	settings_init(&src->base);
}

void
site_sources_release(struct site_sources *src)
{
	settings_release(&src->base);
	strvec_release(&src->config_files);
	secret_release(&src->given_password);
	free(src->given_user);
	free(src->given_for);
	free(src->source_for);
}

int
site_sources_password(struct site_sources *src, const char *file,
    const struct observer *obs, struct err *err)
{
	struct secret environment = SECRET_INIT;
	bool others = false;
	int rc = 0;

	secret_from_environment(&environment);
	if (src->given_password.text == NULL && file != NULL)
		rc = secret_from_file(file, &src->given_password, &others,
		    err);
	if (others)
		warn_of_readers(obs, file);
	if (src->given_password.text == NULL && environment.text != NULL)
		secret_copy(&src->given_password, &environment);
	secret_release(&environment);
	return rc;
}

int
site_configure(const struct site_sources *src, const char *name,
    struct settings *set, bool *known, struct err *err)
{
	size_t i;

	settings_copy(set, &src->base);
	for (i = 0; i < src->config_files.n; i++) {
		if (conf_read(src->config_files.v[i], src->config_named, name,
		    set, known, err) != 0)
			return -1;
	}
	return 0;
}

int
site_names(const struct site_sources *src, struct strvec *names,
    struct err *err)
{
	size_t i;

	for (i = 0; i < src->config_files.n; i++) {
		if (conf_sites(src->config_files.v[i], names, err) != 0)
			return -1;
	}
	return 0;
}

/* An empty value takes a setting back to what holds without. */
static int
set_or_reset(struct settings *set, const struct option_row *row,
    const char *value, const struct settings *without, struct err *err)
{
	if (*value != '\0')
		return option_set(set, row->name, value, err);
	option_copy(set, without, row);
	return 0;
}

int
site_sources_set(struct site_sources *src, const struct option_row *row,
    const char *value, struct err *err)
{
	struct settings none;
	int rc;

	settings_init(&none);
	rc = set_or_reset(&src->base, row, value, &none, err);
	settings_release(&none);
	/* What this gives is for the next site that is opened. */
	if (strncmp(row->name, "password-", strlen("password-")) == 0) {
		free(src->source_for);
		src->source_for = NULL;
	}
	return rc;
}

/* Making one. */

/* What is gathered about a site before there is one. */
struct making {
	const struct site_request *rq;
	struct settings set;
	struct url url;
	struct secret password;
	/* another user's: the configuration has one, for nobody else */
	bool configured;
};

/* What a URL says counts for more than the configuration. */
static int
apply_url(struct making *m, struct err *err)
{
	const struct url *u = &m->url;
	struct settings *st = &m->set;
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

/* Whether this is the one *target, which is the first that is asked for. */
static bool
is_for_target(char **target, const struct settings *st)
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

/* The URL's; else what was given (site_sources_password()). */
static bool
take_given_password(struct making *m)
{
	const struct site_sources *src = m->rq->sources;
	bool ours = is_for_target(&m->rq->sources->given_for, &m->set);

	if (m->url.password.text != NULL) {
		secret_copy(&m->password, &m->url.password);
		return true;
	}
	if (src->given_user != NULL && (m->set.user == NULL ||
	    strcmp(src->given_user, m->set.user) != 0))
		ours = false;
	if (ours)
		secret_copy(&m->password, &src->given_password);
	return m->password.text != NULL;
}

static int
take_configured_password(struct making *m, struct err *err)
{
	struct site_sources *src = m->rq->sources;
	const struct settings *st = &m->set, *base = &src->base;
	bool ours = is_for_target(&src->source_for, st), others = false;

	if (st->password_command != NULL &&
	    (ours || base->password_command == NULL)) {
		if (secret_from_command(st->password_command, &m->password,
		    m->rq->cancel, err) != 0)
			return err_prefix(err, "password-command");
		return 0;
	}
	if (st->password_file == NULL ||
	    !(ours || base->password_file == NULL))
		return 0;
	if (secret_from_file(st->password_file, &m->password, &others,
	    err) != 0)
		return -1;
	if (others)
		warn_of_readers(m->rq->obs, st->password_file);
	return 0;
}

/* The password, and the login name if none is known yet. */
static int
take_from_netrc(struct making *m, struct err *err)
{
	struct settings *st = &m->set;
	struct err why = ERR_INIT;
	struct netrc n;
	int rc;

	rc = netrc_lookup(NULL, st->host, st->user, &n, &why);
	/* Rather than to log in as another one, or without a password. */
	if (rc < 0 && m->rq->ask == NULL) {
		*err = why;
		netrc_release(&n);
		return -1;
	}
	if (rc < 0)
		observe_warning(m->rq->obs, "%s", why.msg);
	if (rc == 1 && st->user == NULL && n.login != NULL)
		rc = option_set(st, "user", n.login, err);
	else
		rc = 0;
	if (rc == 0 && st->account == NULL && n.account != NULL)
		rc = option_set(st, "account", n.account, err);
	if (rc == 0 && m->password.text == NULL && n.password.text != NULL)
		secret_copy(&m->password, &n.password);
	netrc_release(&n);
	return rc;
}

/* What was given or configured, not what is for whoever logs in. */
static int
take_own_password(struct making *m, struct err *err)
{
	bool wanted = m->rq->set == NULL ? !take_given_password(m) :
	    m->password.text == NULL && m->configured;

	return wanted ? take_configured_password(m, err) : 0;
}

/* Who logs in, and with which password. */
static int
find_login(struct making *m, struct err *err)
{
	struct settings *st = &m->set;

	if (take_own_password(m, err) != 0)
		return -1;
	if ((st->user == NULL || m->password.text == NULL) &&
	    take_from_netrc(m, err) != 0)
		return -1;
	/* What was found was for somebody, not for anonymous. */
	if (st->user == NULL)
		secret_release(&m->password);
	/* A person is asked once the server is known to be the right one. */
	if (st->user == NULL && m->rq->ask != NULL)
		return 0;
	if (st->user == NULL && option_set(st, "user", anonymous, err) != 0)
		return -1;
	/* Others without a password may not need one: the server tells. */
	if (m->password.text == NULL && (strcmp(st->user, anonymous) == 0 ||
	    strcmp(st->user, "ftp") == 0))
		secret_set(&m->password, "anonymous@");
	return 0;
}

static int
make_tls(const struct making *m, struct tls_context **tls, struct err *err)
{
	const struct settings *st = &m->set;
	struct tls_options to = tls_options_of(st);
	char *known = NULL;

	to.cancel = m->rq->cancel;
	to.ask = m->rq->ask != NULL ? secret_from_terminal : NULL;

	*tls = NULL;
	if (st->tls == TLS_OFF)
		return 0;
	known = conf_state_file("known_servers", st->trust == TRUST_TOFU ||
	    m->rq->ask != NULL);
	to.known_file = known;
	*tls = tls_context_new(&to, err);
	free(known);
	return *tls != NULL ? 0 : -1;
}

static struct site *
finish_site(struct making *m, struct tls_context *tls)
{
	struct site *site = xcalloc(1, sizeof(*site));

	site->name = xstrdup(m->url.host);
	settings_copy(&site->set, &m->set);
	secret_copy(&site->password, &m->password);
	site->tls = tls;
	site->ask = m->rq->ask;
	site->terminal = m->rq->terminal;
	return site;
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

/* The site as it is, as another user. */
static int
gather_other_user(struct making *m, struct err *err)
{
	const struct site_request *rq = m->rq;
	struct settings configured = { 0 };
	char *user;
	int rc;

	if (rq->password != NULL) {
		user = xstrdup(rq->login);
		secret_set(&m->password, rq->password);
	} else {
		user = split_login(rq->login, &m->password);
	}
	settings_copy(&m->set, rq->set);
	rc = site_configure(rq->sources, m->url.host, &configured, NULL, err);
	if (rc == 0) {
		m->configured = configured.user == NULL ||
		    strcmp(configured.user, user) == 0;
		/* The account is theirs only if the configuration says so. */
		option_copy(&m->set, &configured, option_find("account"));
		rc = option_set(&m->set, "user", user, err);
	}
	settings_release(&configured);
	free(user);
	return rc;
}

static int
gather_settings(struct making *m, struct err *err)
{
	const struct site_request *rq = m->rq;

	if (rq->set != NULL)
		return gather_other_user(m, err);
	if (rq->login != NULL && m->url.user == NULL)
		m->url.user = split_login(rq->login, &m->url.password);
	if (site_configure(rq->sources, m->url.host, &m->set, NULL, err) != 0)
		return -1;
	return apply_url(m, err);
}

int
site_make(const struct site_request *rq, struct site **out, struct err *err)
{
	struct making m = { .rq = rq };
	struct tls_context *tls;
	int rc;

	rc = url_parse(rq->text, &m.url, err);
	if (rc == 0)
		rc = gather_settings(&m, err);
	if (rc == 0)
		rc = find_login(&m, err);
	if (rc == 0)
		rc = make_tls(&m, &tls, err);
	if (rc == 0)
		*out = finish_site(&m, tls);
	secret_release(&m.password);
	url_release(&m.url);
	settings_release(&m.set);
	return rc;
}

void
site_warn(const struct site *site, const struct observer *obs)
{
	const struct settings *st = &site->set;
	char name[HOST_SHOWN];

	text_escape_to(name, sizeof(name), site->name);
	if (st->tls == TLS_OFF)
		observe_loud_warning(obs, "%s: tls=off: the password and all "
		    "data cross the network in clear text", name);
	else if (st->tls_data == TLS_DATA_CLEAR)
		observe_loud_warning(obs, "%s: tls-data=clear: listings and "
		    "files cross the network in clear text", name);
	if (st->tls_eof == TLS_EOF_LAX && st->tls != TLS_OFF)
		observe_loud_warning(obs, "%s: tls-eof=lax: a transfer that "
		    "was cut short may count as whole", name);
	if (st->insecure && st->tls != TLS_OFF)
		observe_loud_warning(obs, "%s: insecure: the server's "
		    "certificate is not checked; anybody can pose as it",
		    name);
}

int
site_change(struct site *site, const struct site_sources *src,
    const struct option_row *row, const char *value, struct site **out,
    struct err *err)
{
	struct settings set, configured = { 0 };
	int rc;

	settings_copy(&set, &site->set);
	rc = site_configure(src, site->name, &configured, NULL, err);
	if (rc == 0)
		rc = set_or_reset(&set, row, value, &configured, err);
	if (rc == 0) {
		*out = xmalloc(sizeof(**out));
		**out = *site;
		settings_copy(&(*out)->set, &set);
		site->name = NULL;
		site->tls = NULL;
		site->password = (struct secret)SECRET_INIT;
	}
	settings_release(&configured);
	settings_release(&set);
	return rc;
}

struct site *
site_copy(const struct site *site)
{
	struct site *copy = xmalloc(sizeof(*copy));

	*copy = *site;
	copy->name = xstrdup(site->name);
	settings_copy(&copy->set, &site->set);
	copy->password = (struct secret)SECRET_INIT;
	secret_copy(&copy->password, &site->password);
	copy->tls = tls_context_hold(site->tls);
	return copy;
}

void
site_free(struct site *site)
{
	if (site == NULL)
		return;
	tls_context_free(site->tls);
	secret_release(&site->password);
	settings_release(&site->set);
	free(site->name);
	free(site);
}
