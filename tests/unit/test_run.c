/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "shell/args.h"
#include "shell/run.h"

/* Errors that were reported: "path: message; " */
static void
note_event(void *ctx, const struct event *ev)
{
	buf_addf(ctx, "%s: %s; ", ev->path != NULL ? ev->path : "-",
	    ev->message);
}

struct world {
	struct buf told;
	struct observer obs;
	struct site site;
	struct run run;
};

static void
begin(struct world *w)
{
	static char name[] = "nas";

	*w = (struct world){ .told = BUF_INIT(BUF_OWN), .site.name = name };
	w->obs = (struct observer){ .ctx = &w->told, .event = note_event };
	w->run = (struct run){ .site = &w->site, .obs = &w->obs };
}

static bool
fails(struct world *w, const char *path, enum err_kind kind, const char *msg)
{
	struct err err = ERR_INIT;

	err_set(&err, kind, "%s", msg);
	return run_failed(&w->run, path, &err);
}

/* What ends the run, and what only one item. */
static void
test_failed(void **state)
{
	struct err err = ERR_INIT;
	struct world w;

	(void)state;
	begin(&w);
	assert_int_equal(run_result(&w.run, &err), 0);
	assert_false(fails(&w, "a", ERR_REFUSED, "no"));
	assert_false(fails(&w, "b", ERR_LOCAL, "full"));
	assert_true(fails(&w, "c", ERR_NETWORK, "nas: lost"));
	assert_true(fails(&w, "d", ERR_CANCELLED, "stopped"));
	/* Of the connection no file is to blame. */
	assert_string_equal(w.told.data, "a: no; b: full; -: nas: lost; ");
	assert_int_equal(run_result(&w.run, &err), -1);
	assert_string_equal(err.msg, "");
	assert_int_equal(err.kind, w.run.kind);
	buf_release(&w.told);
}

static void
test_merged(void **state)
{
	struct world w;

	(void)state;
	begin(&w);
	fails(&w, "a", ERR_REFUSED, "no");
	assert_int_equal(w.run.kind, err_merge(ERR_NONE, ERR_REFUSED));
	fails(&w, "b", ERR_LOCAL, "full");
	assert_int_equal(w.run.kind, err_merge(ERR_REFUSED, ERR_LOCAL));
	buf_release(&w.told);
}

/* Who reads no more from our pipe has had enough. */
static void
test_pipe(void **state)
{
	struct err err = ERR_INIT;
	struct world w;

	(void)state;
	begin(&w);
	errno = EPIPE;
	err_sys(&err, ERR_LOCAL, "output");
	w.run.redirected = true;
	assert_true(run_failed(&w.run, "a", &err));
	assert_int_equal(w.run.kind, ERR_NONE);
	w.run.redirected = false;
	assert_false(run_failed(&w.run, "a", &err));
	assert_int_equal(w.run.kind, ERR_LOCAL);
	buf_release(&w.told);
}

static void
test_cancelled(void **state)
{
	struct world w;

	(void)state;
	begin(&w);
	w.run.cancel = cancel_new();
	assert_false(fails(&w, "a", ERR_REFUSED, "no"));
	cancel_set(w.run.cancel, SIGINT);
	assert_true(fails(&w, "a", ERR_REFUSED, "no"));
	cancel_free(w.run.cancel);
	buf_release(&w.told);
}

static int
note_call(struct run *run, const struct args *a, struct err *err)
{
	(void)err;
	run->interactive = a->cmd->min == 3;
	return 5;
}

/* Without a server there is nothing to connect. */
static void
test_call(void **state)
{
	const struct cmd cmd = { .name = "x", .min = 3, .run = note_call };
	struct args a = { .cmd = &cmd };
	struct err err = ERR_INIT;
	struct world w;

	(void)state;
	begin(&w);
	assert_int_equal(run_call(&w.run, &a, &err), 5);
	assert_true(w.run.interactive);
	buf_release(&w.told);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_failed),
		cmocka_unit_test(test_merged),
		cmocka_unit_test(test_pipe),
		cmocka_unit_test(test_cancelled),
		cmocka_unit_test(test_call),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
