/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * between CAFILE [-e] FROM DIRECTORY TO DIRECTORY: a mirror between two
 * servers, for which there is no command yet.  FROM and TO are SITEs; what was
 * done is on standard output, what failed on standard error.  Status 0 or 1.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shell/site.h"
#include "transfer/mirror.h"
#include "transfer/pool.h"
#include "transfer/side_remote.h"

enum { CONNECTIONS = 3 };

struct end {
	struct site *site;
	struct session *session;
	struct side *side;
};

static void
tell(void *ctx, const struct event *ev)
{
	(void)ctx;
	if (ev->type == EVENT_ERROR && ev->path != NULL)
		fprintf(stderr, "%s: %s\n", ev->path, ev->err->msg);
	else if (ev->type == EVENT_ERROR)
		fprintf(stderr, "%s\n", ev->err->msg);
	else if (ev->type == EVENT_WARNING)
		fprintf(stderr, "warning: %s\n", ev->message);
}

static void
ignore(void *ctx, const char *name, int64_t delta, int64_t total, bool done)
{
	(void)ctx;
	(void)name;
	(void)delta;
	(void)total;
	(void)done;
}

static int
open_end(struct end *e, struct site_sources *src, const char *text,
    const char *dir, size_t i, const struct observer *obs,
    struct cancel *cancel, struct err *err)
{
	const struct site_request rq = {
		.sources = src, .text = text, .obs = obs, .cancel = cancel,
	};

	if (site_make(&rq, &e->site, err) != 0)
		return -1;
	e->session = session_new(e->site, (int)i + 1, obs, cancel);
	e->side = side_remote_new(e->session, i, dir, false);
	return 0;
}

static void
close_end(struct end *e)
{
	side_free(e->side);
	session_free(e->session);
	if (e->site != NULL)
		site_free(e->site);
}

static int
run(struct end *from, struct end *to, bool delete, const struct observer *obs,
    struct cancel *cancel, struct err *err)
{
	struct session *const sessions[] = { from->session, to->session };
	struct mirror_context cx = {
		.from = from->side, .to = to->side, .cancel = cancel,
		.obs = obs,
		.pool = pool_new(sessions, 2, cancel, CONNECTIONS),
	};
	const struct mirror_options o = {
		.resume = true, .perms = true, .delete = delete,
		.min_size = -1, .max_size = -1, .max_delete = -1,
		.max_delete_percent = -1, .keep_times = true,
	};
	struct summary sum;
	int rc = mirror_run(&cx, &o, &sum, err);

	printf("transferred %" PRIu64 ", skipped %" PRIu64 ", deleted %" PRIu64
	    "\n", sum.transferred, sum.skipped, sum.deleted);
	pool_free(cx.pool);
	return rc;
}

int
main(int argc, char **argv)
{
	bool delete = argc > 2 && strcmp(argv[2], "-e") == 0;
	char **arg = argv + (delete ? 3 : 2);
	const struct observer obs = { .event = tell, .progress = ignore };
	struct cancel *cancel = cancel_new();
	struct end from = { 0 }, to = { 0 };
	struct err err = ERR_INIT;
	struct site_sources src;
	int rc;

	if (argc != (delete ? 7 : 6))
		return 2;
	site_sources_init(&src);
	rc = option_set(&src.base, "ca-file", argv[1], &err);
	if (rc == 0)
		rc = open_end(&from, &src, arg[0], arg[1], 0, &obs, cancel,
		    &err);
	if (rc == 0)
		rc = open_end(&to, &src, arg[2], arg[3], 1, &obs, cancel,
		    &err);
	if (rc == 0)
		rc = run(&from, &to, delete, &obs, cancel, &err);
	if (err.msg[0] != '\0')
		fprintf(stderr, "%s\n", err.msg);
	close_end(&from);
	close_end(&to);
	site_sources_release(&src);
	cancel_free(cancel);
	return rc == 0 ? 0 : 1;
}
