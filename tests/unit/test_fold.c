/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/fold.h"

#define E_ACUTE "\xc3\xa9"		/* in form C */
#define E_ACUTE_D "e\xcc\x81"		/* in form D */
#define E_ACUTE_UP "\xc3\x89"

static void
test_at_risk(void **state)
{
	static const char *const safe[] = {
		"", "a", ".a", "a b", "a.b", "A_B", "x~1", "[a]{b}", "-", "a;b",
		"100%", "#1", "a'b",
	};
	static const char *const risky[] = {
		"a ", "a.", "a\t", " a", " ", ".", "a\tb", "a\x01", "\x7f",
		"a\nb", "a:b", "*", "a?", "\"q\"", "<", "a>b", "a|b", "a\\b",
		("caf" E_ACUTE), "\xe9", "a\xff",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(safe) / sizeof(safe[0]); i++)
		if (fold_at_risk(safe[i]))
			fail_msg("[%s] is at risk", safe[i]);
	for (i = 0; i < sizeof(risky) / sizeof(risky[0]); i++)
		if (!fold_at_risk(risky[i]))
			fail_msg("[%s] is not at risk", risky[i]);
}

static const struct {
	const char *name, *stored;
	enum fold want;
} pairs[] = {
	{ "a", "a", FOLD_SAME },
	{ "a", "b", FOLD_OTHER },
	{ "a", "ab", FOLD_OTHER },
	{ "x.JPG", "x.jpg", FOLD_CASE },
	{ "docs", "DOCS", FOLD_CASE },
	{ E_ACUTE, E_ACUTE_UP, FOLD_CASE },
	{ "stra\xc3\x9f" "e", "STRASSE", FOLD_CASE },
	{ "stra\xc3\x9f" "e", "STRA\xc3\x9f" "E", FOLD_CASE },
	{ "\xd0\xb4", "\xd0\x94", FOLD_CASE },		/* Cyrillic */
	{ "\xcf\x83", "\xcf\x82", FOLD_CASE },		/* both sigmas */
	{ E_ACUTE, E_ACUTE_D, FOLD_FORM },
	{ E_ACUTE_D, E_ACUTE, FOLD_FORM },
	{ E_ACUTE_UP, E_ACUTE_D, FOLD_BOTH },
	{ E_ACUTE_D, E_ACUTE_UP, FOLD_BOTH },
	{ "\xe2\x84\xab", "\xc3\x85", FOLD_FORM },	/* Angstrom sign */
	{ "\xed\x95\x9c", "\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab", FOLD_FORM },
	{ "\xe9t\xe9", E_ACUTE "t" E_ACUTE, FOLD_FORM },	/* Latin-1 */
	{ "a.", "a", FOLD_ENDS },
	{ "a ", "a", FOLD_ENDS },
	{ "a. .", "A", FOLD_ENDS },
	{ "a\t", "a", FOLD_ENDS },
	{ " a", "a", FOLD_ENDS },
	{ "a", "a.", FOLD_ENDS },
	{ ".a", "a", FOLD_OTHER },
	{ "a b", "ab", FOLD_OTHER },
	{ "report ", "report_", FOLD_REPLACED },
	{ "report  ", "report__", FOLD_REPLACED },
	{ "report ", "REPORT_", FOLD_REPLACED },
	{ "a.", "a_", FOLD_REPLACED },
	{ "a. ", "a._", FOLD_REPLACED },
	{ "a  ", "a _", FOLD_REPLACED },
	{ "a\tb", "a_b", FOLD_REPLACED },
	{ "a\tb:c", "a_b:c", FOLD_REPLACED },
	{ "a\tb:c", "a_b_c", FOLD_REPLACED },
	{ "a\tb" E_ACUTE, "a_b" E_ACUTE, FOLD_REPLACED },
	{ "a\tb" E_ACUTE, "a_b" E_ACUTE_D, FOLD_REPLACED },
	{ "a:b*c?", "a_b_c_", FOLD_REPLACED },
	{ "a:b.", "a_b", FOLD_REPLACED },
	{ "a:b.", "a_b_", FOLD_REPLACED },
	{ "a\\b", "a?b", FOLD_REPLACED },
	{ "a:b", "a\xef\x80\xba" "b", FOLD_REPLACED },	/* U+F03A */
	{ E_ACUTE ":", "_:", FOLD_REPLACED },
	{ "a\x01:", "a\x01_", FOLD_REPLACED },
	{ "a\x01: ", "a\x01:_", FOLD_REPLACED },
	{ E_ACUTE, "_", FOLD_REPLACED },
	{ E_ACUTE, "??", FOLD_REPLACED },
	{ E_ACUTE_D, "e?", FOLD_REPLACED },
	{ "x\xe9", "x?", FOLD_REPLACED },
	{ "x\xe9", "x\xef\xbf\xbd", FOLD_REPLACED },
	{ "\xe6\x97\xa5", "___", FOLD_REPLACED },
	{ "\xe6\x97\xa5", "__", FOLD_OTHER },
	{ "\xe6\x97\xa5", "\xe6\x9c\xac", FOLD_OTHER },
	{ E_ACUTE, "e", FOLD_OTHER },
	{ "report", "report_", FOLD_OTHER },
	{ "a_b", "a__b", FOLD_OTHER },
	{ "a:b", "ab", FOLD_OTHER },
	{ "a_b", "a:b", FOLD_OTHER },
};

static void
test_between(void **state)
{
	enum fold is;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		is = fold_between(pairs[i].name, pairs[i].stored);
		if (is != pairs[i].want)
			fail_msg("[%s] [%s]: %d", pairs[i].name,
			    pairs[i].stored, (int)is);
	}
}

static void
test_key(void **state)
{
	char *key = fold_key(" " E_ACUTE_UP "T" E_ACUTE_D ". ");

	(void)state;
	assert_string_equal(key, E_ACUTE "t" E_ACUTE);
	free(key);
	key = fold_key("..");
	assert_string_equal(key, "");
	free(key);
}

/* As fold_between() has it, among many others. */
static void
test_set(void **state)
{
	enum { MANY = 1000 };
	char many[MANY][16];
	const char *name[MANY + 1], *found;
	struct fold_set *set;
	size_t i, j;

	(void)state;
	for (j = 0; j < MANY; j++) {
		snprintf(many[j], sizeof(many[j]), "file %zu.", j);
		name[j] = many[j];
	}
	for (i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		name[MANY] = pairs[i].name;
		set = fold_set_new(name, MANY + 1);
		found = fold_set_find(set, pairs[i].stored);
		if (pairs[i].want == FOLD_SAME || pairs[i].want == FOLD_OTHER)
			assert_null(found);
		else if (found != pairs[i].name)
			fail_msg("[%s] [%s]: not found", pairs[i].name,
			    pairs[i].stored);
		fold_set_free(set);
	}
}

static void
test_set_twins(void **state)
{
	static const char *const name[] = { "x.jpg", "X.JPG", "y" };
	struct fold_set *set = fold_set_new(name, 3);

	(void)state;
	assert_string_equal(fold_set_find(set, "x.jpg"), "X.JPG");
	assert_string_equal(fold_set_find(set, "X.JPG"), "x.jpg");
	assert_non_null(fold_set_find(set, "X.jpg"));
	assert_null(fold_set_find(set, "y"));
	fold_set_free(set);
	set = fold_set_new(NULL, 0);
	assert_null(fold_set_find(set, "y"));
	fold_set_free(set);
	fold_set_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_at_risk),
		cmocka_unit_test(test_between),
		cmocka_unit_test(test_key),
		cmocka_unit_test(test_set),
		cmocka_unit_test(test_set_twins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
