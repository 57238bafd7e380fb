/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "shell/view.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ftp/flow.h"

enum { CHUNK = 64 * 1024 };

static int
pass_all_on(struct flow *f, view_fn take, void *ctx, struct err *err)
{
	char *chunk = xmalloc(CHUNK);
	ssize_t n;
	int rc = 0;

	while (rc == 0 && (n = flow_read(f, chunk, CHUNK, err)) != 0)
		rc = n < 0 ? -1 : take(ctx, chunk, (size_t)n, err);
	free(chunk);
	return rc;
}

static int
view_once(struct session *s, const char *path, int64_t offset, view_fn take,
    void *ctx, bool *moved, struct err *err)
{
	struct flow_request rq = { .offset = offset };
	struct flow *f;
	char *full;
	int rc;

	if (session_connect(s, err) != 0)
		return -1;
	rq.path = full = session_path(s, path);
	rc = flow_open(s, &rq, &f, err);
	free(full);
	if (rc != 0)
		return -1;
	rc = pass_all_on(f, take, ctx, err);
	*moved = flow_bytes(f) > 0;
	if (rc == 0)
		return flow_finish(f, flow_expected(f, -1), err);
	flow_abort(f);
	return rc > 0 ? 0 : -1;
}

int
view_file(struct session *s, const char *path, int64_t offset, view_fn take,
    void *ctx, struct err *err)
{
	bool moved = false;
	int rc;

	session_try_begin(s);
	while ((rc = view_once(s, path, offset, take, ctx, &moved, err)) != 0 &&
	    !moved && session_again_with(s, "RETR", path, 0, err))
		err_clear(err);
	session_try_end(s);
	return rc;
}
