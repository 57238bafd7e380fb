/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ftp/flow.h"

#include <stdlib.h>

#include "base/mem.h"
#include "ftp/data.h"
#include "ftp/session_in.h"

struct flow {
	struct data *data;
	int64_t offset;
};

int
flow_open(struct session *s, const struct flow_request *rq, struct flow **f,
    struct err *err)
{
	const struct data_request data = {
		.verb = rq->upload ? "STOR" : "RETR", .path = rq->path,
		.offset = rq->offset, .upload = rq->upload, .more = rq->more,
	};
	struct conn *c = session_current(s, err);
	struct data *d;

	if (c == NULL || data_open(c, &data, &d, err) != 0)
		return -1;
	*f = xcalloc(1, sizeof(**f));
	(*f)->data = d;
	(*f)->offset = rq->offset;
	return 0;
}

bool
flow_needs_beginning(const struct session *s, const struct flow_request *rq,
    const struct err *err)
{
	return rq->offset > 0 && (!server_has(s->server, TRAIT_REST) ||
	    data_refuses_restart(err));
}

ssize_t
flow_read(struct flow *f, void *buf, size_t n, struct err *err)
{
	return data_read(f->data, buf, n, err);
}

int
flow_write(struct flow *f, const void *buf, size_t n, struct err *err)
{
	return data_write(f->data, buf, n, err);
}

int64_t
flow_bytes(const struct flow *f)
{
	return data_bytes(f->data);
}

int64_t
flow_expected(const struct flow *f, int64_t size)
{
	if (size >= 0)
		return size - f->offset;
	return f->offset == 0 ? data_announced(f->data) : -1;
}

int
flow_finish(struct flow *f, int64_t expected, struct err *err)
{
	int rc = data_finish(f->data, expected, NULL, err);

	free(f);
	return rc;
}

void
flow_abort(struct flow *f)
{
	if (f == NULL)
		return;
	data_abort(f->data);
	free(f);
}

void
flow_withdraw(struct flow *f, int64_t ms)
{
	data_withdraw(f->data, ms);
	free(f);
}

void
flow_stop(struct flow *f, int64_t ms)
{
	data_stop(f->data, ms);
	free(f);
}
