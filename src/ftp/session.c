/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ftp/session.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/text.h"
#include "ftp/conn.h"
#include "ftp/login.h"
#include "ftp/session_in.h"
#include "net/wait.h"

enum {
	/*
	 * ProFTPD's tickets end after 4.4 hours, and data connections with
	 * them: begin anew before that.
	 */
	CONN_AGE_MAX_MS = 3 * 3600 * 1000,
	GRACE_MS = 1000,
};

static struct session *
new_session(const struct site *site, int number, const struct observer *obs,
    struct cancel *cancel, struct server *server)
{
	struct session *s = xcalloc(1, sizeof(*s));

	s->site = site;
	s->number = number;
	s->obs = obs;
	s->cancel = cancel;
	s->server = server;
	s->raw = (struct reply)REPLY_INIT;
	return s;
}

struct session *
session_new(const struct site *site, int number, const struct observer *obs,
    struct cancel *cancel)
{
	return new_session(site, number, obs, cancel, server_new());
}

struct session *
session_new_like(const struct session *first, const struct site *site,
    const struct observer *obs, struct cancel *cancel)
{
	struct session *s = new_session(site, first->number, obs, cancel,
	    server_hold(first->server));

	s->cwd = xstrdup_null(first->cwd);
	s->before = xstrdup_null(first->before);
	s->foreign = xstrdup_null(first->foreign);
	return s;
}

struct session *
session_new_beside(const struct session *first, int number)
{
	struct session *s = session_new_like(first, first->site, first->obs,
	    first->cancel);

	s->number = number;
	s->further = true;
	return s;
}

static void
drop_conn(struct session *s, bool polite)
{
	if (s->conn != NULL)
		server_count(s->server, -1);
	conn_close(s->conn, polite);
	s->conn = NULL;
}

void
session_close(struct session *s)
{
	drop_conn(s, true);
}

void
session_free(struct session *s)
{
	if (s == NULL)
		return;
	assert(s->retry.depth == 0 && s->retry.runs == 0);
	session_close(s);
	server_free(s->server);
	reply_release(&s->raw);
	free(s->refused.dir);
	free(s->cwd);
	free(s->before);
	free(s->foreign);
	free(s);
}

void
session_set_site(struct session *s, const struct site *site)
{
	s->site = site;
	if (s->conn != NULL)
		conn_set_site(s->conn, site);
}

bool
session_alive(const struct session *s)
{
	return conn_alive(s->conn);
}

const struct site *
session_site(const struct session *s)
{
	return s->site;
}

struct cancel *
session_cancel(const struct session *s)
{
	return s->cancel;
}

const struct observer *
session_observer(const struct session *s)
{
	return s->obs;
}

const struct feat *
session_feat(const struct session *s)
{
	return s->conn != NULL ? &s->conn->feat : NULL;
}

struct server *
session_server(const struct session *s)
{
	return s->server;
}

void
session_try_begin(struct session *s)
{
	retry_begin(&s->retry);
}

void
session_try_end(struct session *s)
{
	retry_end(&s->retry);
}

void
session_run_begin(struct session *s)
{
	/* What hindered an upload may have been mended since. */
	free(s->refused.dir);
	s->refused.dir = NULL;
	retry_run_begin(&s->retry);
}

void
session_run_end(struct session *s)
{
	retry_run_end(&s->retry);
}

void
session_progress(struct session *s)
{
	retry_progress(&s->retry);
}

bool
session_is_lost(const struct session *s)
{
	return s->retry.lost;
}

/* Once: of the host of that name the message may be anyway. */
static void
prefix_site(const struct session *s, struct err *err)
{
	const char *site = s->site->name;
	size_t n = strlen(site);

	if (strncmp(err->msg, site, n) != 0 || err->msg[n] != ':')
		err_prefix(err, "%s", site);
}

void
session_see_through(struct session *s, bool on)
{
	s->grace = on ? GRACE_MS : 0;
	if (s->conn != NULL)
		control_set_grace(s->conn->control, s->grace);
}

/* "SITE: NAME: why; trying again from 1.5M in 1.0 s (1 of 10)" */
static void
say_again(struct session *s, const char *name, int64_t at, int64_t ms,
    int max, const struct err *err)
{
	struct err said = *err;
	char from[32] = "", size[16];

	if (name != NULL)
		err_prefix(&said, "%s", name);
	prefix_site(s, &said);
	if (at > 0)
		snprintf(from, sizeof(from), " from %s", text_size(size,
		    sizeof(size), (uint64_t)at));
	observe_warning(s->obs, "%s; trying again%s in %.1f s (%d of %d)",
	    said.msg, from, (double)ms / 1000, s->retry.tries, max);
}

bool
session_went_astray(struct session *s, struct err *err)
{
	if (s->conn == NULL || !control_went_astray(s->conn->control))
		return false;
	log_debug("again without flights: %s", err->msg);
	drop_conn(s, false);
	err_clear(err);
	return true;
}

bool
session_again_with(struct session *s, const char *verb, const char *name,
    int64_t at, struct err *err)
{
	const struct retry_case rc = {
		.verb = verb, .first = !s->connected_once,
		.terminal = s->site->terminal,
		.good_login = s->connected_once,
		.retries = s->site->set.retries,
		.delay_ms = s->site->set.retry_delay,
	};
	struct err cancelled = ERR_INIT;
	int64_t ms;
	int max;

	if (cancel_reason(s->cancel) == CANCEL_NONE &&
	    session_went_astray(s, err))
		return true;
	if (s->retry.lost || cancel_reason(s->cancel) != CANCEL_NONE ||
	    !retry_again(&s->retry, &rc, err, clock_ms(), &ms, &max))
		return false;
	say_again(s, name, at, ms, max, err);
	if (net_sleep(ms, s->cancel, &cancelled) == 0)
		return true;
	if (cancelled.kind == ERR_TIMEOUT) {
		err_append(&cancelled, " while waiting to try again; before "
		    "that: %s", err->msg);
		*err = cancelled;
	}
	return false;
}

bool
session_again(struct session *s, const char *verb, struct err *err)
{
	return session_again_with(s, verb, NULL, 0, err);
}

/* Where a site begins; others fetch what stands there in a URL. */
static int
enter_first(struct session *s, const char *dir, struct err *err)
{
	if (session_cd(s, dir, err) == 0)
		return 0;
	if (err->code == 550)
		err_append(err, "; a file: ftps SITE get FILE");
	return -1;
}

/* To where we were, in the words of a server that knows no paths. */
static int
come_back(struct session *s, struct err *err)
{
	if (s->foreign == NULL) {
		s->foreign = xstrdup(s->conn->foreign);
		return s->site->set.dir == NULL ? 0 :
		    enter_first(s, s->site->set.dir, err);
	}
	if (strcmp(s->foreign, s->conn->foreign) == 0)
		return 0;
	return session_cd(s, s->foreign, err);
}

static int
connect_once(struct session *s, bool data_soon, struct err *err)
{
	struct login_request rq = {
		.site = s->site, .server = s->server, .number = s->number,
		.until = LOGIN_STEPS, .data_soon = data_soon, .obs = s->obs,
		.cancel = s->cancel,
	};
	struct login_ask ask;

	/* For a further connection a person is not asked again. */
	if (!s->further && s->site->ask != NULL) {
		ask = *s->site->ask;
		/* Who answers in the place of a server that we had is none. */
		if (s->connected_once)
			ask.trust = NULL;
		rq.ask = &ask;
	}
	if (login_open(&rq, &s->conn, err) != 0)
		return -1;
	server_count(s->server, 1);
	s->connected_once = true;
	control_set_place(s->conn->control, &s->conn->cwd);
	control_set_grace(s->conn->control, s->grace);
	if (s->cwd != NULL)
		return 0;
	if (s->conn->foreign != NULL)
		return come_back(s, err);
	s->cwd = xstrdup_null(s->conn->login_dir);
	if (s->site->set.dir == NULL)
		return 0;
	return enter_first(s, s->site->set.dir, err);
}

/*
 * Whether the connection can be used.  One that the server closed while
 * nothing was asked of it (EOF, an unasked 421) is no failure of what comes
 * next.
 */
static bool
is_usable(struct session *s)
{
	struct err ignored = ERR_INIT;
	struct control *c;
	struct reply *r;

	if (!session_alive(s))
		return false;
	c = s->conn->control;
	/* Another session may have found out. */
	control_set_lockstep(c, !conn_flights(s->conn));
	if (control_pending(c) > 0)
		return true;
	if (control_try_reply(c, &r, &ignored) != 0)
		log_debug("closed while idle: %s", ignored.msg);
	return control_alive(c) &&
	    clock_ms() - s->conn->since < CONN_AGE_MAX_MS;
}

/*
 * A further connection is tried once: whoever has one does the work, and
 * this one's is handed on.
 */
static int
connect_retried(struct session *s, bool data_soon, struct err *err)
{
	while (connect_once(s, data_soon, err) != 0) {
		drop_conn(s, false);
		if (s->further || !session_again(s, NULL, err)) {
			s->retry.lost = true;
			s->retry.why = *err;
			return -1;
		}
		err_clear(err);
	}
	return 0;
}

static int
ensure_conn(struct session *s, bool data_soon, struct err *err)
{
	int rc = -1;

	if (is_usable(s))
		return 0;
	drop_conn(s, true);
	/* What the user asks for anew may be tried anew. */
	if (!s->further && s->retry.depth == 0 && s->retry.runs == 0)
		server_login(s->server, true);
	session_try_begin(s);
	if (s->retry.lost)
		*err = s->retry.why;
	else
		rc = connect_retried(s, data_soon, err);
	session_try_end(s);
	if (rc != 0)
		prefix_site(s, err);
	return rc;
}

int
session_connect(struct session *s, struct err *err)
{
	return ensure_conn(s, false, err);
}

int
session_connect_for_data(struct session *s, struct err *err)
{
	return ensure_conn(s, true, err);
}

struct conn *
session_conn(struct session *s, struct err *err)
{
	return session_connect(s, err) == 0 ? s->conn : NULL;
}

struct conn *
session_current(struct session *s, struct err *err)
{
	if (s->conn == NULL)
		err_set(err, ERR_NETWORK, "not connected");
	return s->conn;
}

/* Sends a command and reads the final reply, once. */
static int
command_once(struct session *s, const char *verb, const char *path,
    struct reply **r, struct err *err)
{
	struct conn *c = s->conn;
	int64_t deadline = conn_late(c);

	if ((path != NULL ? control_send_path(c->control, err, verb, path) :
	    control_send(c->control, err, "%s", verb)) != 0)
		return -1;
	do {
		if (control_reply(c->control, deadline, r, err) != 0)
			return -1;
	} while ((*r)->code < 200);
	return 0;
}

int
session_command(struct session *s, struct reply **r, bool *again,
    struct err *err, const char *verb, const char *path)
{
	char say[REPLY_SAY_MAX], word[VERB_MAX];
	int rc;

	verb_of(verb, word);
	session_try_begin(s);
	for (;;) {
		if ((rc = session_connect(s, err)) != 0)
			break;
		rc = command_once(s, verb, path, r, err);
		if (rc == 0 && reply_class((*r)->code) != 4)
			break;
		if (rc == 0) {
			err_set(err, ERR_REFUSED, "%s",
			    reply_say(*r, say, sizeof(say)));
			err_note_reply(err, (*r)->code, say);
		}
		if (!session_again_with(s, word, path, 0, err)) {
			if (err->kind == ERR_TIMEOUT)
				rc = -1;
			break;
		}
		if (rc != 0 && again != NULL)
			*again = true;
		err_clear(err);
	}
	session_try_end(s);
	return rc;
}

const char *
session_cwd(const struct session *s)
{
	return s->cwd;
}

const char *
session_login_dir(const struct session *s)
{
	return s->conn != NULL ? s->conn->login_dir : NULL;
}

const char *
session_last_dir(const struct session *s)
{
	return s->before;
}

char *
session_path(const struct session *s, const char *path)
{
	/* A server whose paths do not look like Unix gets them as they are. */
	if (s->cwd == NULL)
		return xstrdup(path);
	return path_resolve(s->cwd, path);
}

bool
session_can_send(const char *path, struct err *err)
{
	return control_check(path, err) == 0;
}

char *
session_full(struct session *s, const char *path, struct err *err)
{
	return session_connect(s, err) == 0 ? session_path(s, path) : NULL;
}

static void
set_cwd(struct session *s, const char *absolute)
{
	free(s->before);
	s->before = s->cwd;
	s->cwd = xstrdup_null(absolute);
}

/* CWD and PWD in one flight: the server knows best where that led. */
static int
cd_once(struct session *s, const char *path, struct err *err)
{
	char *full, *where = NULL;
	struct conn *c;
	struct reply *r;
	int rc = -1;

	if ((c = session_conn(s, err)) == NULL)
		return -1;
	full = session_path(s, path);
	if (control_send_path(c->control, err, "CWD", full) != 0 ||
	    control_send(c->control, err, "PWD") != 0 ||
	    control_reply(c->control, conn_soon(c), &r, err) != 0)
		goto out;
	rc = reply_class(r->code) == 2 ? 0 : reply_error(r, err, "%s", path);
	if (control_reply(c->control, conn_soon(c), &r, err) != 0) {
		rc = -1;
		goto out;
	}
	if (rc == 0) {
		if (reply_path(r, &where) == 0 && where[0] != '/' &&
		    s->cwd == NULL) {
			free(s->foreign);
			s->foreign = xstrdup(where);
		} else if (where != NULL && where[0] == '/') {
			set_cwd(s, where);
		} else {
			set_cwd(s, full);
		}
		free(c->cwd);
		c->cwd = xstrdup_null(s->cwd);
	}
out:
	free(where);
	free(full);
	return rc;
}

int
session_cd(struct session *s, const char *path, struct err *err)
{
	int rc;

	do {
		rc = cd_once(s, path, err);
	} while (rc == -1 && session_went_astray(s, err));
	return rc;
}

/* Connected, and nothing unanswered that could take the next one with it. */
static int
settle_retried(struct session *s, struct err *err)
{
	int rc;

	session_try_begin(s);
	while ((rc = session_connect(s, err)) == 0 &&
	    (rc = control_settle(s->conn->control, conn_soon(s->conn),
	    err)) == -1 && session_again(s, NULL, err))
		err_clear(err);
	session_try_end(s);
	return rc;
}

/* Sent once: what it does nobody here knows. */
int
session_quote(struct session *s, const char *line, const struct reply **r,
    struct err *err)
{
	struct reply *reply;

	if (settle_retried(s, err) != 0 ||
	    command_once(s, line, NULL, &reply, err) != 0)
		return -1;
	reply_clear(&s->raw);
	s->raw.code = reply->code;
	s->raw.lines = reply->lines;
	buf_add(&s->raw.text, reply->text.data, reply->text.len);
	/* It may have changed what we believe of the server's state. */
	free(s->conn->cwd);
	s->conn->cwd = NULL;
	*r = &s->raw;
	return 0;
}

static void
noop_answered(void *ctx, const struct reply *r)
{
	struct session *s = ctx;

	(void)r;
	s->noop_since = 0;
}

void
session_keepalive(struct session *s)
{
	const struct settings *set = &s->site->set;
	int64_t now = clock_ms();
	struct err err = ERR_INIT;
	struct control *k;
	struct reply *r;
	int rc = 0;

	if (!session_alive(s) || set->keepalive <= 0)
		return;
	k = s->conn->control;
	if (s->noop_since == 0 && now - control_heard(k) >= set->keepalive) {
		s->noop_since = now;
		rc = control_send_for(k, noop_answered, s, &err, "NOOP");
	}
	/* An end that the server tells of unasked shows, too. */
	if (rc == 0)
		rc = control_try_reply(k, &r, &err);
	if (rc >= 0 && s->noop_since != 0 && set->timeout > 0 &&
	    now - s->noop_since >= set->timeout) {
		err_set(&err, ERR_TIMEOUT, "no answer to NOOP");
		control_kill(k);
		rc = -1;
	}
	if (rc < 0)
		log_debug("keep-alive failed: %s", err.msg);
}

void
session_state(const struct session *s, struct session_state *out)
{
	struct buf b = BUF_INIT(BUF_OWN);

	*out = (struct session_state){ .alive = session_alive(s) };
	if (!out->alive)
		return;
	stream_describe(control_stream(s->conn->control), &b);
	strlcpy(out->tls, b.data, sizeof(out->tls));
	buf_release(&b);
	out->protected_data = s->conn->protected_data;
	out->certified = s->conn->peer != NULL &&
	    tls_peer_cert(s->conn->peer, &out->cert) == 0;
	out->by_key = out->certified && tls_peer_by_key(s->conn->peer);
}
