/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "shell/edit.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* No line with a password in it gets into the history. */
static void
test_secret(void **state)
{
	static const char *const secret[] = {
		"user me pw", "user 'me' pw", "use me pw", "user me,pw",
		"ls; user me pw", "ls && user me pw",
		"open ftps://me:pw@host/", "open me:pw@host",
		"open -u me,pw host", "open host me:p@w@host",
		"quote PASS pw", "quote pass pw", "quote 'PASS pw'",
		"quote ACCT pw", "user me 'p", "open me:pw@host 'x",
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(secret); i++) {
		if (!edit_is_secret(secret[i]))
			fail_msg("%s", secret[i]);
	}
}

static void
test_harmless(void **state)
{
	static const char *const harmless[] = {
		"", "ls", "get a@b:c", "user me", "open me@host:21/d",
		"open ftp://host:21/d", "open nas", "quote NOOP",
		"quote PASV", "quote SITE HELP", "cd user", "get 'x",
		"nosuch me pw", "# user me pw", "put a,b",
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(harmless); i++) {
		if (edit_is_secret(harmless[i]))
			fail_msg("%s", harmless[i]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_secret),
		cmocka_unit_test(test_harmless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
