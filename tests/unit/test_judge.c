/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "transfer/judge.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* A file of five bytes by this name, or with '/' behind it a directory. */
static struct seen
seen_of(const char *name, char *copy, size_t room)
{
	size_t n = strcspn(name, "/");

	strlcpy(copy, name, room);
	copy[n] = '\0';
	return (struct seen){
		.name = copy, .type = name[n] == '/' ? 'd' : 'f', .size = 5,
	};
}

static const struct {
	const char *now[4];	/* sorted */
	const char *sent[3], *known[3];	/* of what the source has */
	bool keep_dirs;
	const char *entry;
	enum fate fate;
	bool goes;
} rows[] = {
	{ { "a" }, { 0 }, { 0 }, false, "a", FATE_PASSED, true },
	{ { "b" }, { 0 }, { 0 }, false, "a", FATE_GONE, false },
	{ { "a/" }, { 0 }, { 0 }, false, "a", FATE_CHANGED, false },
	{ { "a" }, { 0 }, { 0 }, false, "a/", FATE_CHANGED, false },
	{ { "a/" }, { 0 }, { 0 }, false, "a/", FATE_PASSED, true },
	{ { "a/" }, { 0 }, { 0 }, true, "a/", FATE_PASSED, false },
	{ { "a" }, { 0 }, { 0 }, true, "a", FATE_PASSED, true },
	/* What was sent stands there. */
	{ { "a", "b" }, { "b" }, { 0 }, false, "a", FATE_PASSED, true },
	/* It does not, and may have become anything. */
	{ { "a" }, { "b" }, { 0 }, false, "a", FATE_UNSENT, false },
	{ { "a", "c" }, { "b", "c" }, { 0 }, false, "a", FATE_UNSENT, false },
	/* It stands there in another spelling: which then stays. */
	{ { "B", "a" }, { "b" }, { 0 }, false, "a", FATE_PASSED, true },
	{ { "B", "a" }, { "b" }, { 0 }, false, "B", FATE_NAMESAKE, false },
	{ { "a_b" }, { "a:b" }, { 0 }, false, "a_b", FATE_NAMESAKE, false },
	/* Of what was not sent nobody expects anything. */
	{ { "a" }, { 0 }, { "b" }, false, "a", FATE_PASSED, true },
	{ { "B", "a" }, { 0 }, { "b" }, false, "B", FATE_NAMESAKE, false },
	{ { "B", "b" }, { 0 }, { "b" }, false, "B", FATE_PASSED, true },
	{ { "B", "a" }, { "b" }, { "x" }, false, "a", FATE_PASSED, true },
	/* One is there in another spelling, the other is nowhere. */
	{ { "B", "a" }, { "b", "x" }, { 0 }, false, "a", FATE_UNSENT, false },
	{ { "B", "a" }, { "x" }, { "b" }, false, "a", FATE_UNSENT, false },
	/* Nothing is said of names where it has changed, or is gone. */
	{ { "a/" }, { "b" }, { 0 }, false, "a", FATE_CHANGED, false },
	{ { "c" }, { "b" }, { 0 }, false, "a", FATE_GONE, false },
};

static size_t
add_beside(struct beside *b, size_t n, const char *const *names, size_t max,
    bool sent)
{
	size_t i;

	for (i = 0; i < max && names[i] != NULL; i++)
		b[n++] = (struct beside){ .name = names[i], .sent = sent };
	return n;
}

static void
judge_row(size_t row)
{
	char name[5][16];
	struct seen now[4], e;
	struct beside beside[6];
	struct judge j = {
		.now = now, .keep_dirs = rows[row].keep_dirs,
		.beside = beside, .kind = ERR_REFUSED,
	};
	struct err err = ERR_INIT;
	enum fate fate = FATE_FAILED;
	bool goes;

	for (; j.n < COUNT(now) && rows[row].now[j.n] != NULL; j.n++)
		now[j.n] = seen_of(rows[row].now[j.n], name[j.n],
		    sizeof(name[0]));
	j.nbeside = add_beside(beside, 0, rows[row].sent, 3, true);
	j.nbeside = add_beside(beside, j.nbeside, rows[row].known, 3, false);
	e = seen_of(rows[row].entry, name[4], sizeof(name[4]));
	judge_begin(&j);
	goes = judge_lets_go(&j, &e, judge_find(&j, e.name), &fate, &err);
	judge_end(&j);
	if (goes != rows[row].goes || fate != rows[row].fate)
		fail_msg("row %zu: %d, %sgoes", row, fate, goes ? "" : "not ");
	if ((err.kind != ERR_NONE) != (fate > FATE_PASSED))
		fail_msg("row %zu: %s", row, err.msg);
	if (fate == FATE_UNSENT)
		assert_int_equal(err.kind, ERR_REFUSED);
	else if (fate > FATE_PASSED)
		assert_int_equal(err.kind, ERR_VERIFY);
}

static void
test_rows(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++)
		judge_row(i);
}

/* Of several that are not there the first is named, as a person sees it. */
static void
test_words(void **state)
{
	struct seen now[] = {
		{ .name = "A", .type = 'f', .size = 5 },
		{ .name = "x", .type = 'f', .size = 5 },
	}, bigger = now[0];
	struct beside beside[] = {
		{ .name = "a" }, { .name = "b\033", .sent = true },
		{ .name = "c", .sent = true },
	};
	struct judge j = {
		.now = now, .n = 2, .beside = beside, .nbeside = 3,
		.kind = ERR_LOCAL,
	};
	struct err err = ERR_INIT;
	enum fate fate;

	(void)state;
	judge_begin(&j);
	assert_false(judge_lets_go(&j, &now[1], &now[1], &fate, &err));
	assert_int_equal(err.kind, ERR_LOCAL);
	assert_string_equal(err.msg, "nothing in it was deleted: b\\033 is "
	    "not there under its own name, and may be stored under any; look "
	    "what became of it");
	judge_end(&j);
	beside[1].sent = beside[2].sent = false;
	judge_begin(&j);
	assert_false(judge_lets_go(&j, &now[0], &now[0], &fate, &err));
	assert_string_equal(err.msg, "not deleted: it may be what a is stored "
	    "as; if not, rm it");
	bigger.size++;
	assert_false(judge_lets_go(&j, &now[0], &bigger, &fate, &err));
	assert_int_equal(strncmp(err.msg, "not deleted: since it was listed, ",
	    34), 0);
	judge_end(&j);
}

/* A judge may be used again for another listing. */
static void
test_again(void **state)
{
	struct seen now = { .name = "a", .type = 'f', .size = 5 };
	struct beside b = { .name = "b", .sent = true };
	struct judge j = { .now = &now, .n = 1, .beside = &b, .nbeside = 1 };
	struct err err = ERR_INIT;
	enum fate fate;

	(void)state;
	judge_begin(&j);
	assert_false(judge_lets_go(&j, &now, &now, &fate, &err));
	judge_end(&j);
	j.nbeside = 0;
	judge_begin(&j);
	assert_true(judge_lets_go(&j, &now, &now, &fate, &err));
	assert_int_equal(err.kind, ERR_NONE);
	judge_end(&j);
	j.n = 0;
	assert_null(judge_find(&j, "a"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
