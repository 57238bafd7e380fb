/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "listing/repeat.h"

enum { FEW = 50, MANY = 500 };

static struct entry two[] = {
	{ .name = "a", .type = 'd', .size = -1 },
	{ .name = "b", .type = 'd', .size = -1 },
};

static const struct listing both = { .entry = two, .n = 2 };
static const struct listing one = { .entry = two, .n = 1 };

/* All of a tree in which each directory has two; where it ends. */
static unsigned
visit(struct repeats *r, struct lineage line, int depth)
{
	unsigned n = 1;

	if (repeat_note(r, &line, &both))
		return 0;
	if (depth > 1 && r->n <= MANY)
		n += visit(r, line, depth - 1) + visit(r, line, depth - 1);
	return n;
}

static void
test_honest(void **state)
{
	struct lineage chain = { 0 }, line = { 0 };
	struct repeats r = { 0 };
	int i;

	(void)state;
	/* One in another is no tree that grows. */
	for (i = 0; i < 2 * MANY; i++)
		assert_false(repeat_note(&r, &chain, &one));
	assert_int_equal(r.n, 0);
	/* The same beside each other, as deep. */
	for (i = 0; i < 2 * MANY; i++) {
		line = chain;
		assert_false(repeat_note(&r, &line, &both));
	}
	assert_int_equal(r.n, 0);
	/* A tree of copies, 255 directories. */
	assert_int_equal(visit(&r, chain, 8), 255);
}

static void
test_endless(void **state)
{
	struct lineage line = { 0 };
	struct repeats r = { 0 };
	struct err err = ERR_INIT;
	int i;

	(void)state;
	assert_in_range(visit(&r, line, 40), FEW, 2 * MANY);
	r.n = 0;
	line = (struct lineage){ 0 };
	for (i = 0; i < FEW + 2; i++)
		assert_false(repeat_note(&r, &line, &both));
	assert_true(repeat_note(&r, &line, &both));
	assert_int_equal(repeat_error(&err), -1);
	assert_int_equal(err.kind, ERR_PROTOCOL);
	/* What is in them is other. */
	for (i = 0; i < 2 * MANY; i++) {
		two[0].size = i;
		r.n = 0;
		line.like = 0;
		assert_false(repeat_note(&r, &line, &both));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_honest),
		cmocka_unit_test(test_endless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
