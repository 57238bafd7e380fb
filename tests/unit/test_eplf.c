/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dialect.h"

static void
test_lines(void **state)
{
	static const struct expect t[] = {
		{ "+i8388621.48594,m825718503,r,s280,\tdjb.html", 'f', 280,
		  SEC("19960301221503"), -1, NULL, NULL, "djb.html", NULL },
		{ "+i8388621.50690,m824255907,/,\t5 14", 'd', -1,
		  SEC("19960213235827"), -1, NULL, NULL, "5 14", NULL },
		{ "+up644,r,s1\t\ta", 'f', 1, NONE, 0644, NULL, NULL, "\ta",
		  NULL },
		{ "+s0,m0,r,\ta", 'f', 0, SEC("19700101000000"), -1, NULL,
		  NULL, "a", NULL },
		{ "+u\tp644", '?', -1, NONE, -1, NULL, NULL, "p644", NULL },
		{ "+r,,s5,\ta", 'f', 5, NONE, -1, NULL, NULL, "a", NULL },
		{ "+,,u,up,upx,mx,s-1,m99999999999999999999,\ta", '?', -1,
		  NONE, -1, NULL, NULL, "a", NULL },
	};
	static const char *const refused[] = {
		"", "+", "+r,s1", "+r,s1,\t", "r,s1,\ta",
	};

	(void)state;
	dialect_check(eplf_line, t, N(t));
	dialect_refuses(eplf_line, refused, N(refused));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
