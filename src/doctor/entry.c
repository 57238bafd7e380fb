/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "doctor/entry.h"

#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/text.h"
#include "doctor/finding.h"
#include "ftp/control.h"

enum { ROUNDS = 5, FLIGHT = 8 };

static const struct {
	unsigned flag;
	const char *name;
	const char *loss;	/* what it means to lack it; NULL: nothing */
} features[] = {
	{ FEAT_MLST, "MLSD", "listings come as for people, with times to the "
	    "minute" },
	{ FEAT_MFMT, "MFMT", "times of files are set by other commands, if "
	    "at all" },
	{ FEAT_UTF8, "UTF8", NULL },
	{ FEAT_REST, "REST", NULL },
	{ FEAT_EPSV, "EPSV", NULL },
	{ FEAT_MDTM, "MDTM", NULL },
	{ FEAT_HASH, "HASH", "contents can be compared by reading them "
	    "alone" },
};

static bool
has_no_password(const struct exam *x, const struct err *err)
{
	return x->site->password.text == NULL && err->code == 0 &&
	    err->kind == ERR_LOGIN;
}

/* Nobody said who is to log in. */
static bool
is_nobody(const struct exam *x)
{
	const char *user = x->site->set.user;

	return user == NULL || strcmp(user, "anonymous") == 0;
}

static void
tell_unprotected(struct exam *x, const struct err *err)
{
	finding_ok(x, "login", "as %s", x->site->set.user);
	finding_bad(x, &(struct finding){ DOCTOR_FAIL, "PROT P", NULL,
	    WISH_PROT }, "%s", err->msg);
	finding_untested(x, "listings", "nothing is asked for that would come "
	    "unprotected");
}

static void
tell_failure(struct exam *x, const struct visit *v, const struct err *err)
{
	if (has_no_password(x, err))
		finding_untested(x, "login", "no password is known for %s",
		    x->site->set.user);
	else if (is_nobody(x) && err->kind == ERR_LOGIN)
		finding_untested(x, "login", "nobody is named who may log in "
		    "(USER@SITE), and %s", err->reply);
	else if (v->failed == LOGIN_PROT || v->failed == LOGIN_PBSZ)
		tell_unprotected(x, err);
	else
		finding_bad(x, &(struct finding){ DOCTOR_FAIL,
		    v->failed <= LOGIN_TRUST ? "connection" : "login", NULL,
		    WISHES }, "%s", err->msg);
}

/* Some servers have no UTF8 in FEAT and say "always" when asked for it. */
static void
examine_names(struct exam *x, struct conn *c)
{
	struct err err = ERR_INIT;
	struct reply *r;

	if ((c->feat.flags & FEAT_UTF8) != 0 ||
	    control_send(c->control, &err, "OPTS UTF8 ON") != 0 ||
	    control_reply(c->control, conn_soon(c), &r, &err) != 0)
		return;
	if (r->code / 100 == 2)
		finding_ok(x, "UTF8", "names are in it, though FEAT does not "
		    "say so");
	else
		finding_bad(x, &(struct finding){ DOCTOR_WARN, "UTF8", NULL,
		    WISH_UTF8 }, "not offered: names that are not ASCII may "
		    "come in any encoding");
}

static void
examine_features(struct exam *x, struct conn *c)
{
	const struct feat *feat = &c->feat;
	struct buf b = BUF_INIT(1024);
	size_t i;

	if (!feat->known) {
		finding_bad(x, &(struct finding){ DOCTOR_WARN, "features",
		    NULL, WISHES }, "the server does not say what it can do "
		    "(FEAT)");
		return;
	}
	for (i = 0; i < sizeof(features) / sizeof(features[0]); i++)
		if (feat->flags & features[i].flag)
			buf_addf(&b, "%s%s", b.len > 0 ? ", " : "",
			    features[i].name);
	finding_ok(x, "features", "%s", b.len > 0 ? b.data : "few");
	buf_release(&b);
	for (i = 0; i < sizeof(features) / sizeof(features[0]); i++)
		if ((feat->flags & features[i].flag) == 0 &&
		    features[i].loss != NULL)
			finding_ok(x, features[i].name, "not offered: %s",
			    features[i].loss);
	examine_names(x, c);
}

/* The site's directory, if it has one: 0 or -1. */
static int
go_there(struct exam *x, struct conn *c, struct err *err)
{
	const char *dir = x->site->set.dir;
	struct reply *r;

	if (dir == NULL)
		return 0;
	if (control_send_path(c->control, err, "CWD", dir) != 0 ||
	    control_reply(c->control, conn_soon(c), &r, err) != 0)
		return -1;
	return r->code / 100 == 2 ? 0 :
	    reply_error(r, err, "cannot change to the setting dir");
}

int
entry_again(struct exam *x, struct visit *v, struct err *err)
{
	if (v->c != NULL && conn_alive(v->c))
		return 0;
	visit_end(x, v);
	if (visit_begin(x, x->site, LOGIN_STEPS, v, err) != 0)
		return -1;
	if (go_there(x, v->c, err) != 0)
		err_clear(err);
	return 0;
}

/* The shortest of a few: 0 or -1. */
static int
measure_rounds(struct conn *c, int64_t *ms, struct err *err)
{
	struct reply *r;
	int64_t began;
	int i;

	*ms = INT64_MAX;
	for (i = 0; i < ROUNDS; i++) {
		began = clock_ms();
		if (control_send(c->control, err, "NOOP") != 0 ||
		    control_reply(c->control, conn_soon(c), &r, err) != 0)
			return -1;
		if (clock_ms() - began < *ms)
			*ms = clock_ms() - began;
	}
	return 0;
}

/* Many commands at once, each of which has an answer of its own: 0 or -1. */
static int
fly(struct conn *c, struct err *err)
{
	struct reply *r;
	int i;

	for (i = 0; i < FLIGHT; i++)
		if (control_send(c->control, err, i % 2 == 0 ? "PWD" :
		    "NOOP") != 0)
			return -1;
	for (i = 0; i < FLIGHT; i++) {
		if (control_reply(c->control, conn_soon(c), &r, err) != 0)
			return -1;
		if ((i % 2 == 0) != (r->code == 257))
			return err_set(err, ERR_PROTOCOL, "answers are out of "
			    "step with commands");
	}
	return 0;
}

/* What came together with the last of the login may be lost. */
static void
examine_rounds(struct exam *x, struct visit *v, int64_t took)
{
	struct err err = ERR_INIT;
	int64_t ms;
	int rc = measure_rounds(v->c, &ms, &err);

	if (rc != 0 && !server_has(x->server, TRAIT_FLIGHTS)) {
		err_clear(&err);
		rc = entry_again(x, v, &err);
		if (rc == 0)
			rc = measure_rounds(v->c, &ms, &err);
	}
	if (rc == 0)
		finding_ok(x, "round trip", "%s%lld ms; to log in took %lld "
		    "ms", ms > 0 ? "" : "under ", (long long)(ms > 0 ? ms : 1),
		    (long long)took);
	else
		finding_bad(x, &(struct finding){ DOCTOR_FAIL, "round trip",
		    NULL, WISHES }, "NOOP: %s", err.msg);
}

/* Nothing that comes on a connection out of step means anything. */
static int
try_flight(struct exam *x, struct visit *v, struct err *err)
{
	if (v->c == NULL || !conn_alive(v->c) || fly(v->c, err) == 0)
		return 0;
	server_learn(x->server, TRAIT_FLIGHTS, false, PROOF_SEEN, NULL);
	visit_end(x, v);
	return -1;
}

static void
examine_flights(struct exam *x, struct visit *v)
{
	struct err err = ERR_INIT;

	if (!x->site->set.pipeline)
		finding_untested(x, "pipelining", "it is off (setting "
		    "pipeline)");
	else if (!server_has(x->server, TRAIT_FLIGHTS) ||
	    try_flight(x, v, &err) != 0)
		finding_bad(x, &(struct finding){ DOCTOR_WARN, "pipelining",
		    "pipeline off", WISHES }, "the server loses commands that "
		    "come together%s%s; all goes slower without",
		    err.msg[0] != '\0' ? ": " : "", err.msg);
	else
		finding_ok(x, "pipelining", "several commands at once are "
		    "answered in order");
}

static void
examine_protection(struct exam *x, const struct conn *c)
{
	if (c->peer == NULL)
		finding_bad(x, &(struct finding){ DOCTOR_FAIL, "PROT P",
		    "tls explicit", WISHES }, "not asked for: tls=off");
	else if (!c->protected_data)
		finding_bad(x, &(struct finding){ DOCTOR_FAIL, "PROT P",
		    "tls-data private", WISHES }, "not asked for: "
		    "tls-data=clear");
	else
		finding_ok(x, "PROT P", "data connections are protected");
}

bool
entry_examine(struct exam *x, struct visit *v)
{
	int64_t began = clock_ms(), took;
	struct err err = ERR_INIT;

	if (visit_begin(x, x->site, LOGIN_STEPS, v, &err) != 0) {
		tell_failure(x, v, &err);
		return false;
	}
	took = clock_ms() - began;
	finding_ok(x, "login", "as %s", x->site->set.user);
	if (go_there(x, v->c, &err) != 0)
		finding_bad(x, &(struct finding){ DOCTOR_FAIL, "dir", NULL,
		    WISHES }, "%s", err.msg);
	examine_protection(x, v->c);
	examine_features(x, v->c);
	examine_rounds(x, v, took);
	examine_flights(x, v);
	return true;
}
