/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "ftp/bare.h"

static void
test_split(void **state)
{
	static const struct {
		const char *line, *dir, *there;	/* NULL: as it is */
	} rows[] = {
		{ "RETR /a/b c", "/a", "RETR b c" },
		{ "STOR /x", "/", "STOR x" },
		{ "MLSD /a/b", "/a/b", "MLSD" },
		{ "MLSD /", "/", "MLSD" },
		{ "LIST -a /a", "/a", "LIST -a" },
		{ "NLST /a", "/a", "NLST" },
		{ "SITE CHMOD 644 /a/b", "/a", "SITE CHMOD 644 b" },
		{ "MFMT 20240102030405 /a/b", "/a", "MFMT 20240102030405 b" },
		{ "MDTM /a/b", "/a", "MDTM b" },
		{ "MDTM 20240102030405 /a/b", "/a", "MDTM 20240102030405 b" },
		{ "DELE /", NULL, NULL },
		{ "CWD /a", NULL, NULL },
		{ "RETR a/b", NULL, NULL },
		{ "MDTM a /b", "/", "MDTM a b" },
		{ "USER /a", NULL, NULL },
		/* Without a name it is about the server. */
		{ "STAT /a", NULL, NULL },
		{ "PASS /a/b", NULL, NULL },
		{ "TYPE I", NULL, NULL },
		{ "LIST", NULL, NULL },
	};
	char *dir, *there;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!bare_split(rows[i].line, &dir, &there)) {
			if (rows[i].dir != NULL)
				fail_msg("%s: as it is", rows[i].line);
			continue;
		}
		if (rows[i].dir == NULL)
			fail_msg("%s: split", rows[i].line);
		assert_string_equal(dir, rows[i].dir);
		assert_string_equal(there, rows[i].there);
		free(dir);
		free(there);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_split),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
