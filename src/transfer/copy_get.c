/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "transfer/copy_get.h"

#include "transfer/sink_local.h"
#include "transfer/source_remote.h"

static struct sink *
open_sink(struct session *s, const struct copy_get *g, struct err *err)
{
	const struct settings *set = &session_site(s)->set;

	if (g->tree == NULL)
		return sink_local_fd(g->fd);
	return sink_local_open(&(struct sink_local_request){
	    .tree = g->tree, .path = g->local, .resume = g->resume,
	    .keep_time = set->preserve_times, .to_disk = set->fsync,
	    .lone = g->lone, .umask = g->umask }, err);
}

int
copy_get(struct session *s, const struct copy_get *g,
    struct copy_result *res, struct err *err)
{
	struct copy c = {
		.resume = g->resume, .more = g->more, .verify = g->verify,
		.rate = g->rate, .cancel = session_cancel(s),
		.obs = session_observer(s),
	};

	*res = (struct copy_result){ .size = -1 };
	c.sink = open_sink(s, g, err);
	if (c.sink == NULL)
		return -1;
	c.source = source_remote_open(s, &(struct source_remote_request){
	    .path = g->remote, .entry = g->entry,
	    .identify = g->identify });
	return copy(&c, res, err);
}
