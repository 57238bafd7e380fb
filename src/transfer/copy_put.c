/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "transfer/copy_put.h"

#include "transfer/sink_remote.h"
#include "transfer/source_local.h"

/* Both ends of an upload: 0, or -1 with neither. */
static int
open_ends(struct session *s, const struct copy_put *p, struct copy *c,
    struct err *err)
{
	const struct sink_remote_request rq = {
		.path = p->remote, .keep_mode = p->keep_mode,
		.verify = p->verify,
	};

	if (session_connect(s, err) != 0)
		return -1;
	c->source = p->tree == NULL ?
	    source_local_fd(p->fd, session_cancel(s), err) :
	    source_local_open(p->tree, p->local, true, session_cancel(s),
	    err);
	if (c->source == NULL)
		return -1;
	c->sink = sink_remote_open(s, &rq, c->source, err);
	if (c->sink != NULL)
		return 0;
	c->source->ops->close(c->source);
	return -1;
}

void
copy_put_queue(struct copy_tail *t, struct session *s,
    const struct copy_put *p, copy_done done, void *ctx)
{
	struct copy c = {
		.resume = p->resume, .more = p->more, .verify = p->verify,
		.before_end = p->before_end,
		.before_rename = p->before_rename, .ctx = p->ctx,
		.rate = p->rate,
		.cancel = session_cancel(s),
		.obs = session_observer(s),
	};
	const struct copy_result none = { .size = -1 };
	struct err err = ERR_INIT;

	if (open_ends(s, p, &c, &err) == 0)
		copy_queue(t, &c, done, ctx);
	else
		done(ctx, &none, &err);
}

/* Where a caller who waits gets the result. */
struct outcome {
	struct copy_result *res;
	struct err *err;
	int rc;
};

static void
note_outcome(void *ctx, const struct copy_result *res, const struct err *err)
{
	struct outcome *o = ctx;

	*o->res = *res;
	o->res->part = NULL;
	o->rc = err == NULL ? 0 : -1;
	if (err != NULL)
		*o->err = *err;
}

int
copy_put(struct session *s, const struct copy_put *p,
    struct copy_result *res, struct err *err)
{
	struct outcome o = { .res = res, .err = err };
	struct copy_tail *t = copy_tail_new();

	copy_put_queue(t, s, p, note_outcome, &o);
	copy_tail_free(t);
	return o.rc;
}
