/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "config/conceal.h"
#include "shell/alias.h"
#include "shell/commands.h"
#include "shell/passwords.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Lines, and what is left of them in argv; "sekrit" is the password. */
static const char *const secret[][2] = {
	{ "user me sekrit", "user me xxxxxx" },
	{ "user 'me' sekrit", "user 'me' xxxxxx" },
	{ "use me sekrit", "use me xxxxxx" },
	{ "user me 'sekrit'", "user me 'xxxxxx'" },
	{ "user me sek\\rit", NULL },
	{ "user me sek'rit'", NULL },
	{ "user me,sekrit", "user xxxxxxxxx" },
	{ "ls; user me sekrit; ls", "ls; user me xxxxxx; ls" },
	{ "ls && user me sekrit", "ls && user me xxxxxx" },
	{ "-user me sekrit", "-user me xxxxxx" },
	{ "open ftps://me:sekrit@host/", "open xxxxxxxxxxxxxxxxxxxxxx" },
	{ "open me:sekrit@host", "open xxxxxxxxxxxxxx" },
	{ "open me:sek/rit@host", "open xxxxxxxxxxxxxxx" },
	{ "open -u me,sekrit host", "open -u xxxxxxxxx host" },
	{ "open -ume,sekrit host", "open xxxxxxxxxxx host" },
	{ "open --user me,sekrit host", "open --user xxxxxxxxx host" },
	{ "open --user=me,sekrit host", "open xxxxxxxxxxxxxxxx host" },
	{ "open host me:p@sekrit@host", NULL },
	{ "quote PASS sekrit", "quote PASS xxxxxx" },
	{ "quote pass sekrit", "quote pass xxxxxx" },
	{ "quote 'PASS sekrit'", "quote 'xxxxxxxxxxx'" },
	{ "quote ACCT sekrit", "quote ACCT xxxxxx" },
	{ "quote site pswd old sekrit", "quote site pswd xxx xxxxxx" },
	{ "quote 'SITE PSWD' old sekrit", "quote 'SITE PSWD' xxx xxxxxx" },
	{ "quote SITE 'PSWD old sekrit'", NULL },
	{ "site PSWD old sekrit", "site PSWD xxx xxxxxx" },
	{ "site pswd 'old sekrit'", "site pswd 'xxxxxxxxxx'" },
	{ "set account sekrit", "set account xxxxxx" },
	{ "set key-password sekrit", "set key-password xxxxxx" },
	{ "set password sekrit", "set password xxxxxx" },
	{ "set -- account sekrit", "set -- account xxxxxx" },
	{ "set -a account sekrit", "set -a account xxxxxx" },
	{ "set cert 'pkcs11:token=t?pin-value=sekrit'", NULL },
	{ "!curl ftp://me:sekrit@host/x", "!curl ftp://me:xxxxxx@host/x" },
	{ "cat x | curl -T- ftp://me:sekrit@host",
	    "cat x | curl -T- ftp://me:xxxxxx@host" },
	{ "put --from 'curl ftp://u:sekrit@h' x", NULL },
	{ "ftp://me:sekrit@host", "xxxxxxxxxxxxxxxxxxxx" },
	{ "cd ftp://me:sekrit@host", "cd xxxxxxxxxxxxxxxxxxxx" },
	{ "user me 'sekrit", "xxxxxxxxxxxxxxx" },
	{ "open me:sekrit@host 'x", "xxxxxxxxxxxxxxxxxxxxxx" },
	{ "alias p user me sekrit", "alias p user me xxxxxx" },
	{ "alias p 'user me sekrit'", "alias p 'xxxxxxxxxxxxxx'" },
	{ "alias 'p=user me sekrit'", "alias 'xxxxxxxxxxxxxxxx'" },
	{ "alias a alias p user me sekrit", "alias a alias p user me xxxxxx" },
	{ "alias p ftp://me:sekrit@host", "alias p xxxxxxxxxxxxxxxxxxxx" },
	{ "site pswd sekrit &", "site pswd xxxxxx &" },
	{ "& site pswd sekrit", "xxxxxxxxxxxxxxxxxx" },
};

static const char *const harmless[] = {
	"", "ls", "get a@b:c", "user me", "open me@host:21/d", "open nas",
	"open ftp://host:21/d", "open host/a,b", "open u@host:21/a@b",
	"quote NOOP", "quote PASV", "quote SITE HELP", "site help pswd",
	"site chmod 600 passwd", "cd user", "get 'x", "nosuch me pw",
	"# user me pw", "put a,b", "set key-password file:/k", "set account",
	"set password-command 'pass nas'", "set account ''",
	"!curl https://host:443/a@b", "set cert pkcs11:token=t",
	"cat http://host/a:b@c", "alias p user me", "alias p", "alias",
	"alias p=ls", "alias p 'user me; ls'", "alias user me pw",
};

static void
test_found(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(secret); i++)
		if (!passwords_in(commands, NULL, secret[i][0]))
			fail_msg("%s", secret[i][0]);
	for (i = 0; i < COUNT(harmless); i++)
		if (passwords_in(commands, NULL, harmless[i]))
			fail_msg("%s", harmless[i]);
}

static void
test_aliases(void **state)
{
	struct alias v[] = {
		{ (char *)"as", (char *)"user me" },
		{ (char *)"ll", (char *)"ls -l" },
	};
	const struct aliases aliases = { v, COUNT(v) };

	(void)state;
	assert_true(passwords_in(commands, &aliases, "ls; as pw"));
	assert_true(passwords_in(commands, &aliases, "ll &; as pw &"));
	assert_false(passwords_in(commands, &aliases, "ll pw; as"));
	assert_false(passwords_in(commands, &aliases, "\\as pw"));
}

static void
test_wipe_script(void **state)
{
	char *text;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(secret); i++) {
		text = xstrdup(secret[i][0]);
		if (!passwords_wipe_script(commands, text))
			fail_msg("%s", text);
		if (strlen(text) != strlen(secret[i][0]) ||
		    (secret[i][1] != NULL && strcmp(text, secret[i][1]) != 0))
			fail_msg("%s: %s", secret[i][0], text);
		if (strstr(text, "sek") != NULL)
			fail_msg("%s: %s", secret[i][0], text);
		free(text);
	}
	for (i = 0; i < COUNT(harmless); i++) {
		text = xstrdup(harmless[i]);
		if (passwords_wipe_script(commands, text))
			fail_msg("%s", text);
		assert_string_equal(text, harmless[i]);
		free(text);
	}
}

static void
wipe_words(const char *line, const char *left)
{
	char copy[128], *argv[8], *rest = copy;
	char shown[128] = "";
	size_t n = 0, i;
	bool any;

	strlcpy(copy, line, sizeof(copy));
	while ((argv[n] = strsep(&rest, "|")) != NULL)
		n++;
	any = passwords_wipe_words(commands, argv, n);
	for (i = 0; i < n; i++) {
		strlcat(shown, i > 0 ? "|" : "", sizeof(shown));
		strlcat(shown, argv[i], sizeof(shown));
	}
	assert_string_equal(shown, left);
	assert_int_equal(any, strcmp(line, left) != 0);
}

static void
test_wipe_words(void **state)
{
	(void)state;
	wipe_words("user|me|sek rit", "user|me|xxxxxxx");
	wipe_words("user|me", "user|me");
	wipe_words("user|me,sekrit", "user|xxxxxxxxx");
	wipe_words("open|-u|me,sekrit|h", "open|-u|xxxxxxxxx|h");
	wipe_words("open|ftp://u:sekrit@h/d", "open|ftp://u:xxxxxx@h/d");
	wipe_words("open|u:sekrit@h", "open|u:xxxxxx@h");
	wipe_words("site|PSWD old sekrit", "site|xxxxxxxxxxxxxxx");
	wipe_words("quote|SITE|PSWD|sekrit", "quote|SITE|PSWD|xxxxxx");
	wipe_words("put|--from|curl ftp://u:sekrit@h|x",
	    "put|--from|curl ftp://u:xxxxxx@h|x");
	wipe_words("get|a b|c,d", "get|a b|c,d");
}

static void
test_wipe_setting(void **state)
{
	static const struct {
		const char *text, *left;
	} cases[] = {
		{ "account=sekrit", "account=xxxxxx" },
		{ "password=sekrit", "password=xxxxxx" },
		{ "key-password=sekrit", "key-password=xxxxxx" },
		{ "key-password=file:/x", "key-password=file:/x" },
		{ "proxy=socks5://u:sekrit@h:1080",
		    "proxy=socks5://u:xxxxxx@h:1080" },
		{ "cert=pkcs11:a=b?pin-value=sekrit",
		    "cert=pkcs11:a=b?pin-value=xxxxxx" },
		{ "cert=pkcs11:a=b?pin-value=sekrit&c=d",
		    "cert=pkcs11:a=b?pin-value=xxxxxx&c=d" },
		{ "account=", "account=" }, { "user=a,b", "user=a,b" },
		{ "timeout", "timeout" }, { "timeout=3", "timeout=3" },
	};
	char *text;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		text = xstrdup(cases[i].text);
		assert_int_equal(passwords_wipe_setting(text),
		    strcmp(cases[i].text, cases[i].left) != 0);
		assert_string_equal(text, cases[i].left);
		free(text);
	}
}

static void
test_conceal_copy(void **state)
{
	static const struct {
		const char *text, *copy;
	} cases[] = {
		{ "", "" }, { "plain", "plain" },
		{ "a ftp://u:p@h b http://c:d@e/f",
		    "a ftp://u:****@h b http://c:****@e/f" },
		{ "'ftp://u:p@h'", "'ftp://u:****@h'" },
		{ "ftp://u@h:21/d", "ftp://u@h:21/d" },
		{ "ftp://u:@h", "ftp://u:@h" },
		{ "ftp://h:21/d@e", "ftp://h:****@e" },
		{ "https://h:443/d@e", "https://h:443/d@e" },
		{ "ftp://u:a/b@h", "ftp://u:****@h" },
		{ "ftp://u:a@b/c@h", "ftp://u:****@h" },
		{ "ftp://u:/b@h", "ftp://u:****@h" },
		{ "ftp://[::1]:21/a@b", "ftp://[::1]:21/a@b" },
		{ "pkcs11:x?PIN-VALUE=12", "pkcs11:x?PIN-VALUE=****" },
		{ "pkcs11:x?pin-value=", "pkcs11:x?pin-value=" },
	};
	char *copy;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		copy = conceal_copy(cases[i].text);
		assert_string_equal(copy, cases[i].copy);
		free(copy);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_found),
		cmocka_unit_test(test_aliases),
		cmocka_unit_test(test_wipe_script),
		cmocka_unit_test(test_wipe_words),
		cmocka_unit_test(test_wipe_setting),
		cmocka_unit_test(test_conceal_copy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
