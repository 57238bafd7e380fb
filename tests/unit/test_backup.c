/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>

#include "local/backup.h"
#include "tempdir.h"

struct env {
	char *dir;
	int root, from, to;
};

static int
setup(void **state)
{
	struct env *e = calloc(1, sizeof(*e));

	e->dir = tempdir_new();
	e->root = open(e->dir, O_RDONLY | O_DIRECTORY);
	assert_int_equal(mkdirat(e->root, "from", 0755), 0);
	assert_int_equal(mkdirat(e->root, "to", 0755), 0);
	e->from = openat(e->root, "from", O_RDONLY | O_DIRECTORY);
	e->to = openat(e->root, "to", O_RDONLY | O_DIRECTORY);
	*state = e;
	return 0;
}

static int
teardown(void **state)
{
	struct env *e = *state;

	close(e->from);
	close(e->to);
	close(e->root);
	tempdir_remove(e->dir);
	free(e);
	return 0;
}

static void
put(int dir, const char *name, const char *text)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void
has(int dir, const char *name, const char *text)
{
	char buf[64] = "";
	int fd = openat(dir, name, O_RDONLY);

	if (text == NULL) {
		assert_int_equal(fd, -1);
		return;
	}
	assert_true(fd >= 0);
	assert_true(read(fd, buf, sizeof(buf) - 1) >= 0);
	close(fd);
	assert_string_equal(buf, text);
}

/* Entries of a directory. */
static int
count(int dir)
{
	DIR *d = fdopendir(openat(dir, ".", O_RDONLY | O_DIRECTORY));
	struct dirent *de;
	int n = 0;

	while ((de = readdir(d)) != NULL)
		n += de->d_name[0] != '.';
	closedir(d);
	return n;
}

static void
test_replaced(void **state)
{
	struct env *e = *state;

	put(e->from, "a", "old");
	assert_int_equal(backup_keep(e->from, e->to, "a"), 0);
	has(e->from, "a", "old");
	put(e->from, "new", "new");
	assert_int_equal(renameat(e->from, "new", e->from, "a"), 0);
	has(e->from, "a", "new");
	has(e->to, "a", "old");
}

static void
test_older_backup(void **state)
{
	struct env *e = *state;

	put(e->from, "a", "old");
	put(e->to, "a", "older");
	assert_int_equal(backup_keep(e->from, e->to, "a"), 0);
	has(e->from, "a", "old");
	has(e->to, "a", "old");
	/* A run that was killed has kept it already. */
	assert_int_equal(backup_keep(e->from, e->to, "a"), 0);
	has(e->from, "a", "old");
	has(e->to, "a", "old");
	assert_int_equal(count(e->to), 1);
}

static void
test_undo(void **state)
{
	struct env *e = *state;

	put(e->from, "a", "old");
	assert_int_equal(backup_keep(e->from, e->to, "a"), 0);
	assert_int_equal(backup_undo(e->from, e->to, "a"), 0);
	has(e->from, "a", "old");
	has(e->to, "a", NULL);
	/* Where it could only be moved. */
	assert_int_equal(renameat(e->from, "a", e->to, "a"), 0);
	assert_int_equal(backup_undo(e->from, e->to, "a"), 0);
	has(e->from, "a", "old");
	has(e->to, "a", NULL);
	/* What was put in its place goes. */
	assert_int_equal(backup_keep(e->from, e->to, "a"), 0);
	put(e->from, "new", "new");
	assert_int_equal(renameat(e->from, "new", e->from, "a"), 0);
	assert_int_equal(backup_undo(e->from, e->to, "a"), 0);
	has(e->from, "a", "old");
	has(e->to, "a", NULL);
}

static void
test_failure(void **state)
{
	struct env *e = *state;

	assert_int_equal(backup_keep(e->from, e->to, "a"), -1);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(backup_undo(e->from, e->to, "a"), -1);
	/* A directory bears the name there. */
	put(e->from, "a", "old");
	assert_int_equal(mkdirat(e->to, "a", 0755), 0);
	assert_int_equal(backup_keep(e->from, e->to, "a"), -1);
	assert_int_equal(errno, EISDIR);
	has(e->from, "a", "old");
	assert_int_equal(count(e->to), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_replaced, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_older_backup, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_undo, setup, teardown),
		cmocka_unit_test_setup_teardown(test_failure, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
