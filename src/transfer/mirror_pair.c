/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "transfer/mirror_pair.h"

#include "transfer/pool.h"
#include "transfer/side_local.h"
#include "transfer/side_remote.h"

int
mirror_pair_run(struct session *s, const struct mirror_options *o,
    const struct observer *obs, struct summary *sum, struct err *err)
{
	const struct settings *set = &session_site(s)->set;
	struct cancel *cancel = session_cancel(s);
	bool up = o->reverse;
	struct side *local = side_local_new(o->local_dirfd, o->local,
	    o->umask, up && o->dereference, cancel);
	struct side *remote = side_remote_new(s, 0, o->remote,
	    !up && o->dereference);
	struct mirror_context cx = {
		.from = up ? local : remote, .to = up ? remote : local,
		.pool = pool_new(&s, 1, cancel, o->parallel),
		.cancel = cancel, .obs = obs,
	};
	struct mirror_options mine = *o;
	int rc;

	mine.keep_times = set->preserve_times;
	mine.to_disk = set->fsync;
	mine.rate_limit = set->rate_limit;
	remote->named_alike = o->named_alike;
	rc = mirror_run(&cx, &mine, sum, err);
	pool_free(cx.pool);
	side_free(local);
	side_free(remote);
	return rc;
}
