/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "transfer/source_remote.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ftp/digest.h"
#include "ftp/flow.h"
#include "ftp/question.h"
#include "ftp/server.h"
#include "listing/listing.h"
#include "transfer/tries.h"

struct remote {
	struct source source;
	struct tries_session tries;
	struct session *s;
	struct source_remote_request rq;
	char *path;		/* absolute */
	char *key;
	/* what was asked of it in this try */
	bool asked;
	struct question by_size, by_time;
	struct identity now;
	/* the transfer */
	struct flow *flow;
	int64_t offset;
	int64_t expected;	/* so many bytes from there on, or -1 */
	int64_t end;		/* where it came to an end */
};

static struct remote *
remote_of(struct source *src)
{
	return (struct remote *)src;
}

static bool
is_open(const struct remote *r)
{
	return r->by_size.state == QUESTION_OPEN ||
	    r->by_time.state == QUESTION_OPEN;
}

/*
 * A listing's time will do where the server has nothing better: mirror
 * compares with that, too.
 */
static void
take_listed(struct remote *r)
{
	const struct entry *e = r->rq.entry;
	struct version *v = &r->source.version;

	*v = (struct version){ .size = -1, .mode = -1 };
	if (e == NULL)
		return;
	v->mtime = e->mtime;
	v->dated = e->precision != PRECISION_NONE;
	v->mode = e->mode;
	if (e->size >= 0 && e->precision >= PRECISION_SECOND) {
		v->size = e->size;
		v->exact = true;
	}
}

/* Whether what was answered is what was listed, which may be more exact. */
static bool
is_as_listed(const struct remote *r)
{
	const struct version *v = &r->source.version;
	const struct timespec *t = &r->by_time.time;

	if (!v->exact || r->by_size.size != v->size)
		return false;
	return !r->by_time.timed || (t->tv_sec == v->mtime.tv_sec &&
	    (t->tv_nsec == 0 || t->tv_nsec == v->mtime.tv_nsec));
}

/* Takes what was answered. */
static void
take_answers(struct remote *r)
{
	struct version *v = &r->source.version;

	r->source.told = !is_open(r);
	if (!r->asked || !r->source.told || is_as_listed(r))
		return;
	v->size = r->by_size.size;
	v->exact = r->by_time.timed;
	if (!v->exact)
		return;
	v->dated = true;
	v->mtime = r->by_time.time;
}

/* Uses what a listing told, or sends the questions ahead of the transfer. */
static int
learn_version(struct remote *r, struct err *err)
{
	take_listed(r);
	r->asked = !r->source.version.exact || r->source.stale;
	r->source.told = !r->asked;
	if (!r->asked)
		return 0;
	return question_size(&r->by_size, r->s, r->path, err) != 0 ? -1 :
	    question_time(&r->by_time, r->s, r->path, err);
}

/* What learn_version() does not ask, to tell later whether it is the same. */
static int
identify(struct remote *r, struct err *err)
{
	return (r->asked ? identity_ask_facts : identity_ask)(&r->now, r->s,
	    r->path, err);
}

static void
name_source(struct remote *r)
{
	const struct settings *set = &session_site(r->s)->set;

	free(r->path);
	free(r->key);
	r->path = session_path(r->s, r->rq.path);
	r->key = xasprintf("%s:%d:%s", set->host, settings_port(set),
	    r->path);
	r->source.name = r->path;
	r->source.key = r->key;
}

static int
look_remote(struct source *src, bool wait, struct err *err)
{
	struct remote *r = remote_of(src);

	if (session_connect_for_data(r->s, err) != 0)
		return -1;
	name_source(r);
	src->restarts = server_has(session_server(r->s), TRAIT_REST);
	if (learn_version(r, err) != 0 ||
	    (r->rq.identify && identify(r, err) != 0))
		return -1;
	if (wait && src->restarts && is_open(r) &&
	    question_settle(r->s, false, err) != 0)
		return -1;
	take_answers(r);
	return 0;
}

/* What was asked ahead of the transfer is answered. */
static int
settle_questions(struct remote *r, struct err *err)
{
	if (question_await(r->s, &r->by_time, err) != 0)
		return -1;
	take_answers(r);
	if (r->now.asked > 0 && question_settle(r->s, false, err) != 0)
		return -1;
	/* No file has 20 TB and the size of a date: that is MDTM's answer. */
	if (r->by_size.timed)
		return question_mixed_up(r->s, err);
	return 0;
}

static int
begin_download(struct source *src, int64_t offset, bool more, struct err *err)
{
	struct remote *r = remote_of(src);
	const struct flow_request rq = {
		.path = r->path, .more = more, .offset = offset,
	};

	r->offset = offset;
	if (flow_open(r->s, &rq, &r->flow, err) != 0) {
		r->flow = NULL;
		if (flow_needs_beginning(r->s, &rq, err))
			src->fault = FAULT_OFFSET;
		return -1;
	}
	if (settle_questions(r, err) != 0)
		return -1;
	r->expected = flow_expected(r->flow, src->version.size);
	return 0;
}

/*
 * A transfer that the server broke off with a reply is first of all one that
 * came short.
 */
static void
say_short(const struct remote *r, struct err *err)
{
	int64_t came = flow_bytes(r->flow);
	char said[256];

	if (err->kind != ERR_REFUSED || came == 0 || came >= r->expected)
		return;
	strlcpy(said, err->msg, sizeof(said));
	err_set(err, ERR_VERIFY, "transfer ended early: %lld of %lld bytes "
	    "came: %s", (long long)came, (long long)r->expected, said);
}

static ssize_t
read_download(struct source *src, void *buf, size_t n, struct err *err)
{
	struct remote *r = remote_of(src);
	ssize_t got = flow_read(r->flow, buf, n, err);

	if (got < 0)
		say_short(r, err);
	return got;
}

static int
end_download(struct source *src, struct err *err)
{
	struct remote *r = remote_of(src);
	struct flow *f = r->flow;

	r->end = r->offset + flow_bytes(f);
	r->flow = NULL;
	return flow_finish(f, r->expected, err);
}

static bool
has_grown(struct source *src)
{
	return src->version.size >= 0 &&
	    remote_of(src)->end > src->version.size;
}

static int
ask_digest(struct source *src, char hex[HASH_HEX_MAX], struct err *err)
{
	struct remote *r = remote_of(src);

	return digest_ask_by(r->s, r->path, HASH_SHA256, hex, err);
}

static void
leave_download(struct source *src, int64_t ms)
{
	struct remote *r = remote_of(src);

	flow_stop(r->flow, ms);
	r->flow = NULL;
}

/* Answers still out would go to a struct that is no more. */
static void
drop_questions(struct remote *r)
{
	if (is_open(r) || r->now.asked > 0)
		question_drop_all(r->s);
}

static void
stop_download(struct source *src, bool anew)
{
	struct remote *r = remote_of(src);
	const struct version *v = &src->version;

	flow_abort(r->flow);
	r->flow = NULL;
	drop_questions(r);
	take_answers(r);
	if (r->asked && r->rq.identify)
		identity_tell(&r->now, v->size,
		    v->exact ? &v->mtime : NULL);
	if (anew || !src->look.there)
		src->look = r->now;
}

static void
close_download(struct source *src)
{
	struct remote *r = remote_of(src);

	drop_questions(r);
	free(r->path);
	free(r->key);
	free(r);
}

static const struct source_ops ops = {
	.look = look_remote, .begin = begin_download, .read = read_download,
	.end = end_download, .changed = has_grown, .digest = ask_digest,
	.leave = leave_download, .stop = stop_download,
	.close = close_download,
};

struct source *
source_remote_open(struct session *s, const struct source_remote_request *rq)
{
	struct remote *r = xcalloc(1, sizeof(*r));

	r->source.ops = &ops;
	r->source.tries = &r->tries.tries;
	r->s = s;
	r->rq = *rq;
	take_listed(r);
	tries_of_session(&r->tries, s, "RETR", rq->path);
	return &r->source;
}
