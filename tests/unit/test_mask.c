/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "ftp/mask.h"

static void
test_secret(void **state)
{
	static const struct {
		const char *command, *secret;	/* NULL: none */
	} cases[] = {
		{ "PASS pw", "pw" }, { "pass  p w", "p w" },
		{ "ACCT x", "x" }, { "XPASSWD x", "x" }, { " PASS x", "x" },
		{ "SITE PSWD old new", "old new" },
		{ "site pswd old new", "old new" },
		{ "SITE\tPASSWD\tnew", "new" }, { "SITE CPWD new", "new" },
		{ "SITE CHPASS user new", "user new" },
		{ "SITE  GPASS x", "x" }, { "SITE GADDUSER g u p", "g u p" },
		{ "PASS", NULL }, { "PASS ", NULL }, { "SITE PSWD", NULL },
		{ "SITE", NULL }, { "", NULL }, { "USER u", NULL },
		{ "PASV", NULL }, { "PWD", NULL }, { "CWD PASS x", NULL },
		{ "PWD x", NULL }, { "xpwd x", NULL }, { "SITE PWD x", "x" },
		{ "STAT PASS", NULL }, { "SITE HELP PSWD", NULL },
		{ "SITE CHMOD 600 PASSWD", NULL }, { "SITE UMASK 22", NULL },
		{ "RETR /etc/PASSWD x", NULL }, { "SITEPSWD", NULL },
	};
	const char *secret;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		secret = mask_secret(cases[i].command);
		if (cases[i].secret == NULL ? secret != NULL :
		    secret == NULL || strcmp(secret, cases[i].secret) != 0)
			fail_msg("%s: %s", cases[i].command,
			    secret != NULL ? secret : "none");
	}
}

static void
test_echo(void **state)
{
	static const struct {
		const char *secret, *line, *masked;
	} cases[] = {
		{ "old new", "500 SITE PSWD old new: unknown",
		    "500 SITE PSWD ****: unknown" },
		{ "old new", "500 new and old", "500 *** and ***" },
		{ "hunter2x", "500 'hunter2x' not understood",
		    "500 '****' not understood" },
		{ "hunter2x", "230-xhunter2xx", "230-x****x" },
		{ "hunter2x", "hunter2x", "****" },
		{ "p w", "530 p w", "530 ***" },
		{ "p", "230 pap p=p", "230 pap *=*" },
		{ "p", "xp y", "xp y" }, { "p", "p y", "* y" },
		{ "p", "xyp", "xyp" }, { "p", "x p", "x *" },
		{ "230", "230 230", "230 ***" },
		{ "230", "230", "230" },
		{ " lead", "500 \" lead\"", "500 \"****\"" },
		{ "new", "200 renewed", "200 renewed" },
		{ "", "200 x", "200 x" },
		{ "abc", "", "" },
		{ "aaaaaa", "aaaaaaaaaaaaa", "********a" },
	};
	char line[64];
	size_t i, n;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		strlcpy(line, cases[i].line, sizeof(line));
		n = mask_echo(line, strlen(line), cases[i].secret);
		line[n] = '\0';
		assert_string_equal(line, cases[i].masked);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_secret),
		cmocka_unit_test(test_echo),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
