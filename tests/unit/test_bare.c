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
		const char *verb, *path, *dir, *name;	/* NULL: as it is */
	} rows[] = {
		{ "RETR", "/a/b c", "/a", "b c" },
		{ "STOR", "/x", "/", "x" },
		{ "MLSD", "/a/b", "/a/b", NULL },
		{ "MLSD", "/", "/", NULL },
		{ "LIST -a", "/a", "/a", NULL },
		{ "NLST", "/a", "/a", NULL },
		{ "SITE CHMOD 644", "/a/b", "/a", "b" },
		{ "MFMT 20240102030405", "/a/b", "/a", "b" },
		{ "MFF modify=20240102030405;", "/a/b", "/a", "b" },
		{ "SITE UTIME", "/a/b", "/a", "b" },
		{ "MDTM", "/a/b", "/a", "b" },
		{ "MDTM 20240102030405", "/a/b", "/a", "b" },
		{ "DELE", "/", NULL, NULL },
		{ "CWD", "/a", NULL, NULL },
		{ "RETR", "a/b", NULL, NULL },
		{ "MDTMX", "/a/b", NULL, NULL },
		{ "SITE SYMLINK x", "/a", NULL, NULL },
		/* Without a name it is about the server. */
		{ "STAT", "/a", NULL, NULL },
	};
	char *dir, *name;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!bare_split(rows[i].verb, rows[i].path, &dir, &name)) {
			if (rows[i].dir != NULL)
				fail_msg("%s %s: as it is", rows[i].verb,
				    rows[i].path);
			continue;
		}
		if (rows[i].dir == NULL)
			fail_msg("%s %s: split", rows[i].verb, rows[i].path);
		assert_string_equal(dir, rows[i].dir);
		assert_int_equal(name == NULL, rows[i].name == NULL);
		if (name != NULL)
			assert_string_equal(name, rows[i].name);
		free(dir);
		free(name);
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
