/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "shell/complete_remote.h"

#include <sys/stat.h>

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/path.h"
#include "config/url.h"
#include "ftp/lister.h"
#include "shell/complete_cache.h"

enum {
	VISIT_MS = 1500,	/* nobody waits longer for a key */
	FRESH_S = 30,		/* so long a listing is believed */
	/*
	 * So long a site is left alone that could not be listed: servers shut
	 * out who fails to log in again and again.
	 */
	FAILED_S = 120,
};

/* Which sites. */

static bool
is_file(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

/* A token may ask for its PIN, or wait for a finger. */
static bool
is_token(const char *cert_or_key)
{
	return cert_or_key != NULL && strchr(cert_or_key, ':') != NULL;
}

static bool
may_visit(const struct settings *st)
{
	if (st->tls == TLS_OFF || st->insecure)
		return false;
	if (st->pin.n == 0 && (st->ca_file == NULL || st->trust != TRUST_CA))
		return false;
	if (is_token(st->cert) || is_token(st->key) ||
	    st->key_password != NULL || st->password_command != NULL)
		return false;
	return st->password_file == NULL || is_file(st->password_file);
}

/* Nobody is known as anonymous unless somebody said so. */
static bool
is_known(const struct site *site, const struct settings *configured,
    const struct url *url)
{
	bool named = configured->user != NULL || url->user != NULL;

	return site->password.text != NULL && site->set.user != NULL &&
	    (named || strcmp(site->set.user, "anonymous") != 0);
}

/* The site, or NULL if it is none to be visited. */
static struct site *
find_site(struct site_sources *sources, const char *text,
    struct cancel *cancel)
{
	const struct site_request rq = {
		.sources = sources, .text = text, .cancel = cancel,
	};
	struct settings configured = { 0 };
	struct site *site = NULL;
	struct url url = { 0 };
	bool named = false;
	struct err err = ERR_INIT;

	if (url_parse(text, &url, &err) == 0 &&
	    site_configure(sources, url.host, &configured, &named,
	    &err) == 0 && named && may_visit(&configured) &&
	    site_make(&rq, &site, &err) == 0 &&
	    (!may_visit(&site->set) || !is_known(site, &configured, &url))) {
		site_free(site);
		site = NULL;
	}
	settings_release(&configured);
	url_release(&url);
	return site;
}

/* The visit. */

struct visit {
	struct session *s;
	const char *dir;
	struct listing listing;
	struct err err;
	int rc;
};

static void
visit_in_task(void *arg)
{
	struct visit *v = arg;
	char *path;

	v->rc = session_connect(v->s, &v->err);
	if (v->rc != 0)
		return;
	path = session_path(v->s, v->dir);
	v->rc = lister_list(v->s, path, LIST_TO_LOOK, 0, &v->listing, &v->err);
	free(path);
}

/* Lines "TYPE NAME". */
static void
keep_names(const struct listing *l, struct strvec *lines)
{
	const struct entry *e;

	for (e = l->entry; e < l->entry + l->n; e++) {
		if (path_is_component(e->name) && !path_is_part(e->name))
			strvec_addf(lines, "%c %s", e->type, e->name);
	}
}

/* False if there was no listing it in time, or not logging in. */
static bool
visit(struct site *site, const char *dir, struct tasks *tasks,
    struct cancel *cancel, struct strvec *lines)
{
	struct visit v = { .dir = dir };

	site->set.retries = 0;
	v.s = session_new(site, 1, NULL, cancel);
	tasks_run(tasks, visit_in_task, &v, cancel, deadline_in(VISIT_MS));
	if (v.rc == 0)
		keep_names(&v.listing, lines);
	listing_release(&v.listing);
	session_free(v.s);
	/* A directory that is not there is no reason to leave it alone. */
	return v.rc == 0 || v.err.kind == ERR_REFUSED;
}

static void
list_site(struct site *site, const char *dir, struct tasks *tasks,
    struct cancel *cancel, struct strvec *lines)
{
	const struct settings *st = &site->set;
	time_t now = clock_now().tv_sec;
	char *whole, *key;

	whole = xasprintf("%s\n%s\n%d\n", st->user, st->host,
	    settings_port(st));
	key = xasprintf("%s%s\n%s", whole, st->dir != NULL ? st->dir : "",
	    dir);
	if (!complete_cache_get(key, now, FRESH_S, lines) &&
	    !complete_cache_get(whole, now, FAILED_S, lines))
		complete_cache_put(visit(site, dir, tasks, cancel, lines) ?
		    key : whole, now, FAILED_S, lines);
	free(key);
	free(whole);
}

void
complete_remote_names(struct site_sources *sources, const char *text,
    struct tasks *tasks, struct cancel *cancel, const char *dir, bool dirs,
    struct strvec *names)
{
	struct strvec lines = STRVEC_INIT;
	struct site *site = find_site(sources, text, cancel);
	const char *line;
	size_t i;

	if (site == NULL)
		return;
	list_site(site, dir, tasks, cancel, &lines);
	site_free(site);
	for (i = 0; i < lines.n; i++) {
		line = lines.v[i];
		if (strlen(line) < 3 || (dirs && strchr("fo", line[0]) != NULL))
			continue;
		strvec_addf(names, "%s%s", line + 2,
		    line[0] == 'd' ? "/" : "");
	}
	strvec_release(&lines);
}
