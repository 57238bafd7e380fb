/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ftp/identity.h"
#include "transfer/remove.h"
#include "tempdir.h"

struct env {
	char *dir;
	struct tree *t;
	struct tree_list before;
	struct seen *seen;
	struct buf told;	/* "NAME=FATE " for each, as it ended */
};

static const char *const fates[] = {
	[FATE_REMOVED] = "removed", [FATE_GONE] = "gone",
	[FATE_PASSED] = "passed", [FATE_CHANGED] = "changed",
	[FATE_UNSENT] = "unsent", [FATE_NAMESAKE] = "namesake",
	[FATE_FAILED] = "failed",
};

static int
setup(void **state)
{
	struct env *e = calloc(1, sizeof(*e));
	struct err err = ERR_INIT;

	e->dir = tempdir_new();
	e->t = tree_open_at(AT_FDCWD, e->dir, 0, &err);
	assert_non_null(e->t);
	buf_init(&e->told, BUF_OWN);
	*state = e;
	return 0;
}

static int
teardown(void **state)
{
	struct env *e = *state;

	tree_list_release(&e->before);
	free(e->seen);
	buf_release(&e->told);
	tree_close(e->t);
	tempdir_remove(e->dir);
	free(e);
	return 0;
}

static void
run(const struct env *e, const char *command)
{
	char *line;

	assert_true(asprintf(&line, "cd '%s' && { %s; }", e->dir,
	    command) > 0);
	assert_int_equal(system(line), 0);
	free(line);
}

/* All that is there now is what was seen. */
static void
see(struct env *e)
{
	struct err err = ERR_INIT;
	size_t i;

	assert_int_equal(tree_list(e->t, "", &e->before, &err), 0);
	e->seen = calloc(e->before.n, sizeof(*e->seen));
	for (i = 0; i < e->before.n; i++)
		e->seen[i] = seen_local(&e->before.entry[i]);
}

static void
ended(void *ctx, const struct seen *s, enum fate fate, const struct err *err)
{
	struct env *e = ctx;

	assert_int_equal(err != NULL, fate > FATE_PASSED);
	buf_addf(&e->told, "%s=%s ", s->name, fates[fate]);
}

static void
expect(struct env *e, struct remove r, const char *told)
{
	struct err err = ERR_INIT;

	r.tree = e->t;
	r.dir = "";
	r.ended = ended;
	r.ctx = e;
	assert_int_equal(remove_entries(&r, e->seen, e->before.n, &err), 0);
	assert_string_equal(e->told.data, told);
}

static void
test_changes(void **state)
{
	struct env *e = *state;

	run(e, "for f in a b c d e f g h; do echo $f >$f; done; ln -s a l; "
	    "ln -s a m; mkdir x y");
	see(e);
	run(e, "echo more >>b; cp -p c n; mv n c; rm d; rm e; mkdir e; "
	    "rm f; ln -s a f; touch -d 2001-02-03 g; ln -sfn b m; "
	    "rmdir y; echo y >y; touch x/in");
	expect(e, (struct remove){ 0 }, "a=removed b=changed c=changed "
	    "d=gone e=changed f=changed g=changed h=removed l=removed "
	    "m=changed x=failed y=changed ");
	run(e, "test ! -e a -a -e b -a -e c -a -d e -a -h f -a -e g "
	    "-a ! -e h -a ! -h l -a -h m -a -e x/in -a -e y");
}

static void
test_sent(void **state)
{
	static const struct beside missing[] = {
		{ "elsewhere", true }, { "a", true },
	};
	static const struct beside there[] = {
		{ "A", false }, { "B ", false }, { "Sent", true },
	};
	struct env *e = *state;

	run(e, "touch a b sent other; mkdir b_");
	see(e);
	expect(e, (struct remove){ .beside = missing, .nbeside = 2 },
	    "a=unsent b=unsent b_=unsent other=unsent sent=unsent ");
	buf_clear(&e->told);
	expect(e, (struct remove){ .beside = there, .nbeside = 3,
	    .keep_dirs = true }, "a=namesake b=namesake b_=namesake "
	    "other=removed sent=namesake ");
}

static void
test_dirs(void **state)
{
	struct env *e = *state;
	struct err err = ERR_INIT;
	struct remove r = {
		.tree = e->t, .dir = "", .ended = ended, .ctx = e,
	};

	run(e, "mkdir a b c; touch b/in");
	see(e);
	expect(e, (struct remove){ .keep_dirs = true },
	    "a=passed b=passed c=passed ");
	run(e, "rmdir c");
	buf_clear(&e->told);
	assert_int_equal(remove_dirs(&r, e->seen, 3, &err), 0);
	assert_string_equal(e->told.data, "a=removed b=failed c=gone ");
}

static int
move_aside(void *ctx, const char *name, struct err *err)
{
	struct env *e = ctx;

	(void)err;
	buf_addf(&e->told, "(%s) ", name);
	return 0;
}

static void
test_move(void **state)
{
	struct env *e = *state;

	run(e, "touch a b; mkdir c");
	see(e);
	run(e, "echo more >b");
	expect(e, (struct remove){ .move = move_aside },
	    "(a) a=removed b=changed c=removed ");
	run(e, "test -e a -a ! -e c");
}

static void
test_sent_source(void **state)
{
	static const char *const after[] = {
		"echo more >>a", "cp -p a n; mv n a", "touch -d 2001-02-03 a",
		"rm a; mkdir a", "rm a; ln -s b a",
	};
	struct env *e = *state;
	struct err err = ERR_INIT;
	struct stat st, was;
	size_t i;

	run(e, "touch b");
	for (i = 0; i < sizeof(after) / sizeof(after[0]); i++) {
		run(e, "rm -rf a; echo a >a");
		assert_int_equal(tree_stat(e->t, "a", &st, &err), 1);
		run(e, after[i]);
		assert_int_equal(remove_sent(e->t, "a", &st, &err), -1);
		assert_int_equal(err.kind, ERR_VERIFY);
		err_clear(&err);
		run(e, "test -e a -o -h a");
	}
	run(e, "rm -rf a; echo a >a");
	assert_int_equal(tree_stat(e->t, "a", &st, &err), 1);
	for (i = 0; i < 4; i++) {
		was = st;
		was.st_dev += i == 0;
		was.st_ino += i == 1;
		was.st_mtim.tv_nsec += i == 2;
		was.st_size += i == 3;
		assert_int_equal(remove_sent(e->t, "a", &was, &err), -1);
		err_clear(&err);
	}
	assert_int_equal(remove_sent(e->t, "a", &st, &err), 0);
	assert_int_equal(remove_sent(e->t, "a", &st, &err), 0);
	run(e, "test ! -e a");
}

/* Times by the clocks of listings are compared with their like only. */
static void
test_seen_change(void **state)
{
	static const struct {
		struct seen was, now;
		bool same;
	} t[] = {
		{ { "", 'f', 1, { 60, 0 }, PRECISION_SECOND, 0, 5, 0 },
		    { "", 'f', 1, { 60, 9 }, PRECISION_SECOND, 0, 5, 0 },
		    true },
		{ { "", 'f', 1, { 60, 0 }, PRECISION_SECOND, 0, 5, 0 },
		    { "", 'f', 1, { 61, 0 }, PRECISION_SECOND, 0, 5, 0 },
		    false },
		{ { "", 'f', 1, { 60, 0 }, PRECISION_SECOND, 0, 5, 0 },
		    { "", 'f', 1, { 60, 0 }, PRECISION_SECOND, 0, 6, 0 },
		    false },
		{ { "", 'f', 1, { 60, 0 }, PRECISION_SECOND, 0, 5, 0 },
		    { "", 'f', 1, { 60, 0 }, PRECISION_SECOND, 0, 0, 0 },
		    true },
		{ { "", 'f', 1, { 60, 0 }, PRECISION_SECOND, 0, 0, 0 },
		    { "", 'f', 2, { 60, 0 }, PRECISION_SECOND, 0, 0, 0 },
		    false },
		{ { "", 'f', -1, { 60, 0 }, PRECISION_SECOND, 0, 0, 0 },
		    { "", 'f', 2, { 60, 0 }, PRECISION_SECOND, 0, 0, 0 },
		    true },
		{ { "", 'f', -1, { 60, 0 }, PRECISION_SECOND, 0, 0, 0 },
		    { "", 'f', -1, { 60, 0 }, PRECISION_SECOND, 0, 5, 0 },
		    true },
		{ { "", 'f', 1, { 60, 0 }, PRECISION_SECOND, 0, 0, 0 },
		    { "", 'f', -1, { 60, 0 }, PRECISION_SECOND, 0, 0, 0 },
		    false },
		{ { "", 'f', 1, { 60, 0 }, PRECISION_SECOND, 4, 5, 0 },
		    { "", 'f', 1, { 60, 0 }, PRECISION_SECOND, 3, 5, 0 },
		    false },
		{ { "", 'f', 1, { 60, 0 }, PRECISION_SUB, 0, 0, 0 },
		    { "", 'f', 1, { 60, 9 }, PRECISION_SECOND, 0, 0, 0 },
		    true },
		{ { "", 'f', 1, { 60, 0 }, PRECISION_SUB, 0, 0, 0 },
		    { "", 'f', 1, { 61, 0 }, PRECISION_SECOND, 0, 0, 0 },
		    false },
		{ { "", 'f', 1, { 60, 0 }, PRECISION_SECOND, 0, 0, 0 },
		    { "", 'f', 1, { 61, 0 }, PRECISION_SUB, 0, 0, 0 },
		    false },
		{ { "", 'f', 1, { 60, 0 }, PRECISION_NONE, 0, 0, 0 },
		    { "", 'f', 1, { 61, 0 }, PRECISION_MINUTE, 0, 0, 0 },
		    true },
		{ { "", 'f', 1, { 60, 0 }, PRECISION_MINUTE, 0, 0, 0 },
		    { "", 'f', 1, { 120, 0 }, PRECISION_NONE, 0, 0, 0 },
		    true },
		{ { "", 'f', 1, { 60, 0 }, PRECISION_SECOND, 0, 0, 0 },
		    { "", 'f', 1, { 60, 9 }, PRECISION_SUB, 0, 0, 0 },
		    true },
		{ { "", 'f', 1, { 60, 0 }, PRECISION_MINUTE, 0, 0, 0 },
		    { "", 'f', 1, { 7265, 0 }, PRECISION_SECOND, 0, 0, 0 },
		    true },
		{ { "", 'f', 1, { 60, 0 }, PRECISION_MINUTE, 0, 0, 0 },
		    { "", 'f', 1, { 119, 0 }, PRECISION_MINUTE, 0, 0, 0 },
		    true },
		{ { "", 'f', 1, { 86400, 0 }, PRECISION_DAY, 0, 0, 0 },
		    { "", 'f', 1, { 172799, 0 }, PRECISION_DAY, 0, 0, 0 },
		    true },
		{ { "", 'f', 1, { 86400, 0 }, PRECISION_DAY, 0, 0, 0 },
		    { "", 'f', 1, { 172800, 0 }, PRECISION_DAY, 0, 0, 0 },
		    false },
		{ { "", 'f', 1, { 60, 0 }, PRECISION_MINUTE, 0, 0, 0 },
		    { "", 'f', 1, { 120, 0 }, PRECISION_MINUTE, 0, 0, 0 },
		    false },
		{ { "", 'f', 1, { 60, 0 }, PRECISION_MINUTE, 0, 0, 0 },
		    { "", 'f', 1, { 0, 0 }, PRECISION_DAY, 0, 0, 0 }, true },
		{ { "", 'f', 1, { 60, 1 }, PRECISION_SUB, 0, 0, 0 },
		    { "", 'f', 1, { 60, 2 }, PRECISION_SUB, 0, 0, 0 }, false },
		{ { "", 'd', 1, { 60, 0 }, PRECISION_SECOND, 0, 0, 0 },
		    { "", 'd', 2, { 90, 0 }, PRECISION_SECOND, 0, 0, 0 },
		    true },
		{ { "", 'l', 1, { 60, 0 }, PRECISION_SECOND, 0, 0, 0 },
		    { "", 'l', 2, { 90, 0 }, PRECISION_SECOND, 0, 0, 0 },
		    true },
		{ { "", 'd', 1, { 60, 0 }, PRECISION_SECOND, 0, 0, 0 },
		    { "", 'l', 1, { 60, 0 }, PRECISION_SECOND, 0, 0, 0 },
		    false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		if ((seen_change(&t[i].was, &t[i].now) == NULL) != t[i].same)
			fail_msg("row %zu", i);
}

/* What a change is called, where it leaves no doubt. */
static void
test_seen_why(void **state)
{
	static const struct {
		struct seen was, now;
		const char *why;
	} t[] = {
		{ { .type = 'f' }, { .type = 'd' }, "it is a directory now" },
		{ { .type = 'f' }, { .type = 'l' }, "it is a link now" },
		{ { .type = 'd' }, { .type = 'f' },
		    "it is of another type now" },
		{ { .type = 'l', .number = 1 }, { .type = 'l', .number = 2 },
		    "it leads elsewhere now" },
		{ { .type = 'd', .number = 1 }, { .type = 'd', .number = 2 },
		    "another one is in its place" },
		{ { .type = 'f', .size = 0 }, { .type = 'f', .size = -1 },
		    "the server does not tell its size again" },
		{ { .type = 'f', .size = 0 }, { .type = 'f', .size = 1 },
		    "its size has changed" },
		{ { .type = 'f', .size = 1 }, { .type = 'f', .size = 0 },
		    "its size has changed" },
		{ { .type = 'f', .precision = PRECISION_SECOND },
		    { .type = 'f', .precision = PRECISION_SECOND,
		    .mtime = { 1, 0 } }, "it was written to" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		assert_string_equal(seen_change(&t[i].was, &t[i].now),
		    t[i].why);
}

/* A link is known by where it leads, if that is told at all. */
static void
test_seen_links(void **state)
{
	char here[] = "here", there[] = "there";
	const struct entry untold = { .type = 'l', .unique = 3 },
	    a = { .type = 'l', .target = here, .unique = 1 },
	    b = { .type = 'l', .target = here, .unique = 2 },
	    c = { .type = 'l', .target = there, .unique = 1 };
	struct seen was = seen_remote(&a), now = seen_remote(&b);

	(void)state;
	assert_null(seen_change(&was, &now));
	now = seen_remote(&c);
	assert_string_equal(seen_change(&was, &now), "it leads elsewhere now");
	now = seen_remote(&untold);
	assert_null(seen_change(&was, &now));
	assert_null(seen_change(&now, &was));
}

static void
test_look_change(void **state)
{
	const struct identity_facts none = { .size = -1 };
	const struct identity_facts a = { 5, { 60, 0 }, true, 7 };
	struct identity was = { .told = a, .listed = a }, now = was;

	(void)state;
	assert_null(identity_change(&was, &now));
	now.told.size = 6;
	assert_non_null(identity_change(&was, &now));
	now = was;
	now.listed.unique = 8;
	assert_non_null(identity_change(&was, &now));
	now = was;
	now.listed.mtime.tv_sec++;
	assert_non_null(identity_change(&was, &now));
	/* A server's two clocks may differ, each from the other. */
	now = was;
	was.told.mtime.tv_sec = now.told.mtime.tv_sec = 3660;
	assert_null(identity_change(&was, &now));
	/* What is told no more counts for nothing, unless it was all. */
	now.listed = none;
	assert_null(identity_change(&was, &now));
	now.told = none;
	assert_non_null(identity_change(&was, &now));
	was.told = was.listed = none;
	assert_non_null(identity_change(&was, &now));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_changes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_sent, setup, teardown),
		cmocka_unit_test_setup_teardown(test_dirs, setup, teardown),
		cmocka_unit_test_setup_teardown(test_move, setup, teardown),
		cmocka_unit_test_setup_teardown(test_sent_source, setup,
		    teardown),
		cmocka_unit_test(test_seen_change),
		cmocka_unit_test(test_seen_why),
		cmocka_unit_test(test_seen_links),
		cmocka_unit_test(test_look_change),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
