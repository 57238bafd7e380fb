/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/mem.h"
#include "transfer/side.h"
#include "transfer/side_local.h"
#include "locks.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* What is the backup directory or in it, and what that may be in. */
static void
test_backup(void **state)
{
	static const struct {
		const char *backup, *dir, *name;
		bool is, holds;
	} rows[] = {
		{ NULL, "", "b", false, false },
		{ "/r/b", "", "b", true, true },
		{ "/r/b", "b", "x", true, false },
		{ "/r/b", "b/x", "y", true, false },
		{ "/r/b", "", "bb", false, false },
		{ "/r/b", "x", "b", false, false },
		{ "/r/x/b", "", "x", false, true },
		{ "/r/x/b", "", "b", false, false },
		{ "/r/x/b", "x", "b", true, true },
		{ "/r/x/b", "x", "y", false, false },
		{ "/b", "", "b", false, false },
		/* By any name that a server may make of it. */
		{ "/r/b", "", "B", true, true },
		{ "/r/b:k", "", "b_k", true, true },
		{ "/r/b_k", "", "b:k", true, true },
		{ "/r/b:k", "b_k", "x", true, false },
	};
	char root[] = "/r";
	struct side side = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		side_init(&side, NULL, "r");
		side.root = xstrdup(root);
		side.backup = xstrdup_null(rows[i].backup);
		if (side_is_backup(&side, rows[i].dir, rows[i].name) !=
		    rows[i].is)
			fail_msg("row %zu: is", i);
		if (side_holds_backup(&side, rows[i].dir, rows[i].name) !=
		    rows[i].holds)
			fail_msg("row %zu: holds", i);
		side_release(&side);
	}
}

static void
free_held(void *held)
{
	++*(int *)held;
}

/* Entries as a side lists them, and the parts among them. */
static void
test_list(void **state)
{
	static const char *const names[] = {
		"a", "a.0123456789abcdef.ftps-part", "b",
		"b.0123456789abcdef.ftps-part",
		"b.b.0123456789abcdef.ftps-part", "c", "d.ftps-part",
		"e.0123456789abcdef.ftps-part",
	}, *const begun[] = { "a", "b", "b.b", "e" },
	    *const others[] = { "", "A", "a.0123456789abcdef", "b.", "c",
		"d", "f" };
	struct side_list l = { 0 };
	int freed = 0;
	size_t i;

	(void)state;
	assert_null(side_list_find(&l, "a"));
	assert_false(side_list_has_part(&l, "a"));
	l.entry = xcalloc(COUNT(names), sizeof(*l.entry));
	l.n = COUNT(names);
	for (i = 0; i < l.n; i++)
		l.entry[l.n - 1 - i].name = names[i];
	assert_false(side_list_is_sorted(&l));
	side_list_sort(&l);
	assert_true(side_list_is_sorted(&l));
	l.held = &freed;
	l.release = free_held;
	side_list_find_parts(&l);
	assert_int_equal(l.parts.n, 4);
	for (i = 0; i < l.n; i++)
		assert_ptr_equal(side_list_find(&l, names[i]), &l.entry[i]);
	for (i = 0; i < COUNT(begun); i++)
		assert_true(side_list_has_part(&l, begun[i]));
	for (i = 0; i < COUNT(others); i++)
		assert_false(side_list_has_part(&l, others[i]));
	assert_null(side_list_find(&l, "aa"));
	l.n = 1;
	assert_ptr_equal(side_list_find(&l, "a"), l.entry);
	side_list_release(&l);
	assert_int_equal(freed, 1);
	assert_int_equal(l.n, 0);
	assert_null(l.held);
}

/* Where names are in capitals, any may be one's part. */
static void
test_capitals(void **state)
{
	struct side_list l = { .capitals = true };

	(void)state;
	strvec_add(&l.parts, "A.0123456789ABCDEF.FTPS-PART");
	assert_true(side_list_has_part(&l, "a"));
	strvec_add(&l.parts, "B.0123456789ABCDEF.FTPS-PART");
	assert_true(side_list_has_part(&l, "b"));
	assert_false(side_list_has_part(&l, "c"));
	side_list_release(&l);
}

static void
test_folds(void **state)
{
	struct side side = { 0 };

	(void)state;
	side_init(&side, NULL, "r");
	assert_string_equal(side.title, "r");
	assert_int_equal(side_folds(&side, FOLD_CASE), 0);
	side_note_folds(&side, FOLD_CASE, true);
	side_note_folds(&side, FOLD_FORM, false);
	assert_int_equal(side_folds(&side, FOLD_CASE), 1);
	assert_int_equal(side_folds(&side, FOLD_FORM), -1);
	assert_int_equal(side_folds(&side, FOLD_BOTH), 0);
	side_release(&side);
	side_free(NULL);
}

/* Of a local directory that cannot be removed: whether for what is in it. */
static void
test_occupied(void **state)
{
	struct side *side = side_local_new(AT_FDCWD, ".", 022, false, NULL);

	(void)state;
	assert_true(side->ops->is_occupied(&(struct err){
	    .sys = ENOTEMPTY }));
	assert_true(side->ops->is_occupied(&(struct err){ .sys = EEXIST }));
	assert_false(side->ops->is_occupied(&(struct err){ .sys = EACCES }));
	assert_false(side->ops->is_occupied(&(struct err){ .sys = 0 }));
	side_free(side);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_backup),
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_capitals),
		cmocka_unit_test(test_folds),
		cmocka_unit_test(test_occupied),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
