/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who keeps whom out; no connection is needed for that. */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <pwd.h>

#include "transfer/mirror_lock.h"
#include "tempdir.h"

struct env {
	char *dir;
	struct site site;
	struct cancel *cancel;
	struct session *s;
};

static int
setup(void **state)
{
	struct env *e = calloc(1, sizeof(*e));

	e->dir = tempdir_new();
	if (setenv("XDG_STATE_HOME", e->dir, 1) != 0 || chdir(e->dir) != 0)
		return -1;
	settings_init(&e->site.set);
	e->site.set.host = strdup("h");
	e->cancel = cancel_new();
	e->s = session_new(&e->site, 1, NULL, e->cancel);
	*state = e;
	return 0;
}

static int
teardown(void **state)
{
	struct env *e = *state;

	if (chdir("/") != 0)
		return -1;
	session_free(e->s);
	cancel_free(e->cancel);
	settings_release(&e->site.set);
	tempdir_remove(e->dir);
	free(e);
	return 0;
}

static struct mirror_options
mirror_of(const char *local, const char *remote)
{
	return (struct mirror_options){
		.local = local, .remote = remote, .local_dirfd = AT_FDCWD,
		.min_size = -1, .max_size = -1,
	};
}

/* Whether b is kept out while a runs. */
static bool
excludes(struct env *e, const struct mirror_options *a,
    const struct mirror_options *b)
{
	struct mirror_lock first, second;
	struct err err = ERR_INIT;
	int rc;

	assert_int_equal(mirror_lock_take(&first, e->s, a, &err), 0);
	assert_true(first.run != -1 && first.target != -1);
	rc = mirror_lock_take(&second, e->s, b, &err);
	assert_int_equal(err.kind, rc == 0 ? ERR_NONE : ERR_LOCK);
	mirror_lock_release(&second);
	mirror_lock_release(&first);
	/* That is so only as long as it runs. */
	err = (struct err)ERR_INIT;
	assert_int_equal(mirror_lock_take(&second, e->s, b, &err), 0);
	mirror_lock_release(&second);
	return rc != 0;
}

static void
test_same_run(void **state)
{
	struct env *e = *state;
	struct mirror_options a = mirror_of("x", "/x"), b = a;

	assert_true(excludes(e, &a, &b));
	b.reverse = true;
	assert_false(excludes(e, &a, &b));
	b.remote = "/y";
	assert_false(excludes(e, &a, &b));
}

static void
test_shards(void **state)
{
	struct env *e = *state;
	struct mirror_options a = mirror_of("x", "/x"), b;

	a.shard = 1;
	a.shards = 2;
	b = a;
	assert_true(excludes(e, &a, &b));
	b.shard = 2;
	assert_false(excludes(e, &a, &b));
}

/* Others may write into the same target, but not delete there. */
static void
test_same_target(void **state)
{
	struct env *e = *state;
	struct mirror_options a = mirror_of("x", "/x"), b;

	b = mirror_of("x", "/y");
	assert_false(excludes(e, &a, &b));
	b.delete = true;
	assert_true(excludes(e, &a, &b));
	assert_true(excludes(e, &b, &a));
	b.local = "y";
	assert_false(excludes(e, &a, &b));
}

/* It is the directory that counts, by whatever name. */
static void
test_names(void **state)
{
	struct env *e = *state;
	struct mirror_options a, b;
	int fd;

	assert_int_equal(mkdir("d", 0700), 0);
	assert_int_equal(symlink("d", "link"), 0);
	a = mirror_of("d", "/x");
	b = mirror_of("link", "/x");
	assert_true(excludes(e, &a, &b));
	assert_int_equal(chdir("d"), 0);
	b = mirror_of(".", "/x");
	fd = open("..", O_RDONLY | O_DIRECTORY);
	a.local_dirfd = fd;
	assert_true(excludes(e, &a, &b));
	close(fd);
}

/* Another server, port or user's is another target. */
static void
test_servers(void **state)
{
	struct env *e = *state;
	struct mirror_options a = mirror_of("x", "/x");
	struct site site = e->site;
	struct mirror_lock first, second;
	struct err err = ERR_INIT;
	struct session *s;
	int i;

	a.reverse = a.delete = true;
	assert_int_equal(mirror_lock_take(&first, e->s, &a, &err), 0);
	for (i = 0; i < 4; i++) {
		site.set = e->site.set;
		site.set.host = i == 1 ? "other" : "h";
		site.set.port = i == 2 ? 2121 : 0;
		site.set.user = i == 3 ? "u" : NULL;
		s = session_new(&site, 1, NULL, e->cancel);
		assert_int_equal(mirror_lock_take(&second, s, &a, &err),
		    i == 0 ? -1 : 0);
		mirror_lock_release(&second);
		session_free(s);
	}
	mirror_lock_release(&first);
}

/* Why one has to wait. */
static void
test_words(void **state)
{
	struct env *e = *state;
	struct mirror_options a = mirror_of("x", "/x"), b;
	struct mirror_lock first, second;
	struct err err = ERR_INIT;

	assert_int_equal(mirror_lock_take(&first, e->s, &a, &err), 0);
	b = a;
	assert_int_equal(mirror_lock_take(&second, e->s, &b, &err), -1);
	assert_string_equal(err.msg, "another run has the same source and "
	    "target; wait for its end");
	mirror_lock_release(&second);
	b.remote = "/y";
	b.delete = true;
	assert_int_equal(mirror_lock_take(&second, e->s, &b, &err), -1);
	assert_string_equal(err.msg, "another run is at work in the target; "
	    "wait for its end");
	mirror_lock_release(&second);
	mirror_lock_release(&first);
	assert_int_equal(mirror_lock_take(&first, e->s, &b, &err), 0);
	assert_int_equal(mirror_lock_take(&second, e->s, &a, &err), -1);
	assert_string_equal(err.msg, "another run with --delete has the "
	    "target; wait for its end");
	mirror_lock_release(&second);
	mirror_lock_release(&first);
}

/* In place of the C library's: nobody has a home but by $HOME. */
int
getpwuid_r(uid_t uid, struct passwd *pw, char *buf, size_t size,
    struct passwd **out)
{
	(void)uid, (void)pw, (void)buf, (void)size;
	*out = NULL;
	return 0;
}

/* Without a directory for it nobody is kept out, and nothing is said. */
static void
test_homeless(void **state)
{
	struct env *e = *state;
	struct mirror_options a = mirror_of("x", "/x");
	struct mirror_lock l;
	struct err err = ERR_INIT;

	assert_int_equal(unsetenv("XDG_STATE_HOME") | unsetenv("HOME"), 0);
	assert_int_equal(mirror_lock_take(&l, e->s, &a, &err), 0);
	assert_int_equal(l.run, -1);
	assert_int_equal(l.target, -1);
	assert_int_equal(err.kind, ERR_NONE);
	assert_string_equal(err.msg, "");
	mirror_lock_release(&l);
}

static void
count_event(void *ctx, const struct event *ev)
{
	*(int *)ctx += ev->type == EVENT_WARNING;
}

/* Where no lock can be had, that is said, once. */
static void
test_unwritable(void **state)
{
	struct env *e = *state;
	struct mirror_options a = mirror_of("x", "/x");
	int warnings = 0;
	struct observer obs = { .ctx = &warnings, .event = count_event };
	struct session *s = session_new(&e->site, 1, &obs, e->cancel);
	struct mirror_lock l;
	struct err err = ERR_INIT;

	assert_int_equal(setenv("XDG_STATE_HOME", "/dev/null/no", 1), 0);
	assert_int_equal(mirror_lock_take(&l, s, &a, &err), 0);
	assert_int_equal(l.run, -1);
	assert_int_equal(l.target, -1);
	assert_int_equal(err.kind, ERR_NONE);
	assert_int_equal(warnings, 1);
	mirror_lock_release(&l);
	session_free(s);
}

/* A working directory that is gone has no name, but one such is as another. */
static void
test_gone(void **state)
{
	struct env *e = *state;
	struct mirror_options a = mirror_of("x", "/x"), b = a;

	assert_int_equal(mkdir("d", 0700), 0);
	assert_int_equal(chdir("d"), 0);
	assert_int_equal(rmdir("../d"), 0);
	assert_true(excludes(e, &a, &b));
	b.local = "/x";
	assert_false(excludes(e, &a, &b));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_same_run, setup, teardown),
		cmocka_unit_test_setup_teardown(test_shards, setup, teardown),
		cmocka_unit_test_setup_teardown(test_same_target, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_names, setup, teardown),
		cmocka_unit_test_setup_teardown(test_servers, setup, teardown),
		cmocka_unit_test_setup_teardown(test_words, setup, teardown),
		cmocka_unit_test_setup_teardown(test_homeless, setup, teardown),
		cmocka_unit_test_setup_teardown(test_unwritable, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_gone, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
