/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Local globs; the server's side goes the same way and is tested there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "shell/glob.h"
#include "shell/lex.h"
#include "tempdir.h"

struct world {
	char *dir;
	struct settings set;
	struct local_dir local;
	struct run run;
};

static void
make(const struct world *w, const char *name)
{
	int fd = openat(w->local.fd, name, O_WRONLY | O_CREAT | O_EXCL,
	    0600);

	assert_int_not_equal(fd, -1);
	close(fd);
}

static void
make_dir(const struct world *w, const char *name)
{
	assert_int_equal(mkdirat(w->local.fd, name, 0700), 0);
}

static int
setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	w->dir = tempdir_new();
	settings_init(&w->set);
	w->run = (struct run){ .set = &w->set, .dir = &w->local };
	w->local.fd = open(w->dir, O_RDONLY | O_DIRECTORY);
	make_dir(w, "d1");
	make_dir(w, "d2");
	make_dir(w, "d2/sub");
	make(w, "a1");
	make(w, "a2");
	make(w, "b");
	make(w, ".hidden");
	make(w, "[ab]");
	make(w, "x.0123456789abcdef.ftps-part");
	make(w, "d1/x.c");
	make(w, "d2/x.c");
	make(w, "d2/y.c");
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;

	close(w->local.fd);
	settings_release(&w->set);
	tempdir_remove(w->dir);
	free(w);
	return 0;
}

/* The names that the one word of text stands for, or "error: ...". */
static char *
expanded(struct world *w, const char *text)
{
	struct script script = STAILQ_HEAD_INITIALIZER(script);
	struct strvec names = STRVEC_INIT;
	struct buf b = BUF_INIT(BUF_OWN);
	struct err err = ERR_INIT;
	size_t i;

	assert_int_equal(lex_parse(text, NULL, &script, &err), 0);
	if (glob_local(&w->run, &STAILQ_FIRST(&script)->word[0], &names,
	    &err) != 0) {
		assert_int_equal(err.kind, ERR_LOCAL);
		buf_addf(&b, "error: %s", err.msg);
	}
	for (i = 0; i < names.n; i++)
		buf_addf(&b, "%s%s", i > 0 ? " " : "", names.v[i]);
	strvec_release(&names);
	lex_release(&script);
	return buf_detach(&b);
}

static void
expect(void **state, const char *text, const char *want)
{
	char *is = expanded(*state, text);

	assert_string_equal(is, want);
	free(is);
}

static void
test_names(void **state)
{
	expect(state, "a*", "a1 a2");
	expect(state, "?", "b");
	expect(state, "[bc]", "b");
	expect(state, "a[12]", "a1 a2");
	expect(state, "*", "[ab] a1 a2 b d1 d2");
	expect(state, ".*", ".hidden");
	expect(state, ".h*", ".hidden");
	expect(state, "x*", "error: x*: no match");
	expect(state, "z*", "error: z*: no match");
}

static void
test_literal(void **state)
{
	expect(state, "missing", "missing");
	expect(state, "'a*'", "a*");
	expect(state, "a\\*", "a*");
	expect(state, "'*'1", "*1");
	expect(state, "'['*", "[ab]");
	expect(state, "../x", "../x");
}

static void
test_exact_name_wins(void **state)
{
	expect(state, "[ab]", "[ab]");
}

static void
test_paths(void **state)
{
	expect(state, "d*/x.c", "d1/x.c d2/x.c");
	expect(state, "*/y.c", "d2/y.c");
	expect(state, "d*/*", "d1/x.c d2/sub d2/x.c d2/y.c");
	expect(state, "d2/[x]*", "d2/x.c");
	expect(state, "./d?/*b", "./d2/sub");
	expect(state, "d*/", "d1/ d2/");
	expect(state, "*/*/", "d2/sub/");
	expect(state, "b/*", "error: b: cannot list: Not a directory");
	expect(state, "missing/*",
	    "error: missing: cannot list: No such file or directory");
	expect(state, "*/nothing", "error: */nothing: no match");
}

static void
test_no_glob(void **state)
{
	struct world *w = *state;

	w->set.glob = false;
	expect(state, "a*", "a*");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_names),
		TEST(test_literal),
		TEST(test_exact_name_wins),
		TEST(test_paths),
		TEST(test_no_glob),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
