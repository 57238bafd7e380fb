/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dialect.h"

static void
test_lines(void **state)
{
	static const struct expect t[] = {
		{ " a  b ", '?', -1, NONE, -1, NULL, NULL, " a  b ", NULL },
	};
	static const char *const refused[] = { "" };

	(void)state;
	dialect_check(nlst_line, t, N(t));
	dialect_refuses(nlst_line, refused, N(refused));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
