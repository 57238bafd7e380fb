/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ftp/verb.h"

static void
test_of(void **state)
{
	static const struct {
		const char *line, *verb;
	} rows[] = {
		{ "NOOP", "NOOP" }, { "size /a b", "SIZE" }, { "", "" },
		{ "OPTS UTF8 ON", "OPTS" }, { "ABCDEFGHIJ k", "ABCDEFG" },
		{ " X", "" }, { "MLST\tx", "MLST" },
	};
	char verb[VERB_MAX];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		verb_of(rows[i].line, verb);
		assert_string_equal(verb, rows[i].verb);
	}
}

static void
test_fits(void **state)
{
	static const struct {
		const char *verb;
		int code;
		bool fits;
	} rows[] = {
		{ "USER", 331, true }, { "USER", 230, true },
		{ "USER", 200, false }, { "PASS", 230, true },
		{ "PASS", 200, false }, { "PASS", 530, true },
		{ "PASS", 331, true }, { "PASS", 257, false },
		{ "EPSV", 229, true }, { "EPSV", 226, false },
		{ "EPSV", 150, false }, { "EPSV", 500, true },
		{ "PWD", 257, true }, { "PWD", 250, false },
		{ "RETR", 150, true }, { "RETR", 226, true },
		{ "RETR", 229, false }, { "RETR", 550, true },
		{ "SIZE", 213, true }, { "SIZE", 229, false },
		{ "RNFR", 350, true }, { "RNTO", 350, false },
		{ "RNTO", 250, true }, { "OPTS", 200, true },
		{ "OPTS", 550, false }, { "OPTS", 501, true },
		{ "SITE", 213, true }, { "XYZ", 150, true },
		{ "TYPE", 150, false }, { "TYPE", 421, true },
		{ "NOOP", 400, true }, { "NOOP", 399, false },
		{ "RETR", 199, true }, { "RETR", 200, true },
		{ "NOOP", 199, false }, { "NOOP", 200, true },
		{ "OPTS", 553, false }, { "OPTS", 552, true },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (verb_fits(rows[i].verb, rows[i].code) != rows[i].fits)
			fail_msg("%s %d", rows[i].verb, rows[i].code);
}

/* To look a password up or to compute a digest takes its time. */
static void
test_quick(void **state)
{
	(void)state;
	assert_true(verb_is_quick("MDTM"));
	assert_true(verb_is_quick("EPSV"));
	assert_false(verb_is_quick("PASS"));
	assert_false(verb_is_quick("HASH"));
	assert_false(verb_is_quick("XMD5"));
	assert_false(verb_is_quick("STOR"));
	assert_false(verb_is_quick("SITE"));
	assert_true(verb_is_basic("PASS"));
	assert_true(verb_is_basic("RNTO"));
	assert_false(verb_is_basic("FEAT"));
	assert_false(verb_is_basic("MLSD"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_of),
		cmocka_unit_test(test_fits),
		cmocka_unit_test(test_quick),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
