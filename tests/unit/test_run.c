/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "shell/args.h"
#include "shell/run.h"
#include "tempdir.h"

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
	err_set(&err, ERR_TLS, "old");
	assert_int_equal(run_result(&w.run, &err), -1);
	assert_string_equal(err.msg, "");
	assert_int_equal(err.kind, w.run.kind);
	buf_release(&w.told);
}

/* Which errors end all, and what is said of each. */
static void
test_kinds(void **state)
{
	static const struct {
		enum err_kind kind;
		bool ends;
	} cases[] = {
		{ ERR_REFUSED, false }, { ERR_USAGE, false },
		{ ERR_NETWORK, true }, { ERR_TIMEOUT, true },
		{ ERR_PROTOCOL, false }, { ERR_TLS, true },
		{ ERR_TRUST, true }, { ERR_LOGIN, true },
		{ ERR_LOCAL, false }, { ERR_LOCK, false },
		{ ERR_VERIFY, false }, { ERR_CANCELLED, true },
	};
	struct err none = ERR_INIT;
	struct world w;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		begin(&w);
		assert_int_equal(fails(&w, "p", cases[i].kind, "x"),
		    cases[i].ends);
		assert_int_equal(w.run.kind, cases[i].kind);
		assert_string_equal(w.told.data, cases[i].kind ==
		    ERR_CANCELLED ? "" : "p: x; ");
		buf_release(&w.told);
	}
	begin(&w);
	fails(&w, "p", ERR_REFUSED, "");
	fails(&w, "p", ERR_REFUSED, "nas");
	fails(&w, "p", ERR_REFUSED, "nasty: no");
	fails(&w, "p", ERR_REFUSED, "bas: no");
	w.run.site = NULL;
	fails(&w, "p", ERR_REFUSED, "nas: no");
	assert_string_equal(w.told.data, "p: nas; p: nasty: no; p: bas: no; "
	    "p: nas: no; ");
	buf_release(&w.told);
	begin(&w);
	run_failed(&w.run, "p", &none);
	assert_int_equal(w.run.kind, ERR_PROTOCOL);
	assert_string_equal(w.told.data, "");
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
	assert_string_equal(w.told.data, "");
	assert_false(fails(&w, "a", ERR_LOCAL, "x"));
	assert_string_equal(w.told.data, "a: x; ");
	w.run.kind = ERR_NONE;
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

static void
test_json(void **state)
{
	struct term_options o = { .progress = WHEN_NEVER };
	struct err err = ERR_INIT;
	struct run run = { .redirected = false };
	int i;

	(void)state;
	for (i = 0; i < 4; i++) {
		o.json = (i & 1) != 0;
		run.redirected = (i & 2) != 0;
		run.term = term_new(&o, &err);
		assert_non_null(run.term);
		assert_int_equal(run_is_json(&run), i == 1);
		term_free(run.term);
	}
}

/* On a terminal names are escaped, and only there. */
static void
test_name(void **state)
{
	struct run run = { .redirected = false };
	char *text = NULL, shown[16] = "";
	int fd = posix_openpt(O_RDWR | O_NOCTTY);
	size_t n = 0;

	(void)state;
	run.out = tmpfile();
	assert_non_null(run.out);
	assert_false(run_is_terminal(&run));
	run_print_name(&run, "a\033b");
	rewind(run.out);
	assert_int_equal(getdelim(&text, &n, '\n', run.out), 3);
	assert_string_equal(text, "a\033b");
	free(text);
	fclose(run.out);
	if (fd == -1 || grantpt(fd) != 0 || unlockpt(fd) != 0)
		skip();
	run.out = fopen(ptsname(fd), "r+");
	assert_non_null(run.out);
	assert_true(run_is_terminal(&run));
	run_print_name(&run, "a\033b");
	fputc('\n', run.out);
	fflush(run.out);
	assert_true(read(fd, shown, sizeof(shown) - 1) > 0);
	assert_string_equal(shown, "a\\033b\r\n");
	fclose(run.out);
	close(fd);
}

/* What it asks goes to standard error, which is a file meanwhile. */
static bool
confirms(struct run *run, const char *typed, const char *want)
{
	char *dir = tempdir_new();
	int dirfd = open(dir, O_RDONLY | O_DIRECTORY);
	int in = dup(STDIN_FILENO), err = dup(STDERR_FILENO), fd;
	bool yes;

	write_file(dirfd, "in", typed);
	fd = openat(dirfd, "in", O_RDONLY);
	dup2(fd, STDIN_FILENO);
	close(fd);
	fd = openat(dirfd, "err", O_WRONLY | O_CREAT, 0600);
	dup2(fd, STDERR_FILENO);
	close(fd);
	yes = run_confirm(run, "delete %d?", 7);
	fflush(stderr);
	dup2(in, STDIN_FILENO);
	dup2(err, STDERR_FILENO);
	close(in);
	close(err);
	assert_string_equal(read_file(dirfd, "err"), want);
	close(dirfd);
	tempdir_remove(dir);
	return yes;
}

static void
test_confirm(void **state)
{
	const struct term_options o = {
		.progress = WHEN_NEVER, .interactive = true,
	};
	struct err err = ERR_INIT;
	struct settings set;
	struct run run = { .set = &set };

	(void)state;
	settings_init(&set);
	run.term = term_new(&o, &err);
	assert_non_null(run.term);
	run.tasks = tasks_new(run.term);
	assert_true(confirms(&run, "n\n", ""));
	run.interactive = true;
	assert_true(confirms(&run, "y\n", "delete 7? (y/N) "));
	assert_false(confirms(&run, "n\n", "delete 7? (y/N) "));
	set.confirm = false;
	assert_true(confirms(&run, "n\n", ""));
	tasks_free(run.tasks);
	term_free(run.term);
	settings_release(&set);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_failed),
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_merged),
		cmocka_unit_test(test_pipe),
		cmocka_unit_test(test_cancelled),
		cmocka_unit_test(test_call),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_name),
		cmocka_unit_test(test_confirm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
