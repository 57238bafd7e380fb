/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"
#include "base/mem.h"
#include "config/url.h"

/* NULL and 0: absent. */
struct good {
	const char *text, *user, *password, *host;
	int port;
	const char *dir;
	bool scheme, implicit;
};

static void
assert_text(const char *what, const char *got, const char *want)
{
	if (want == NULL ? got != NULL :
	    got == NULL || strcmp(got, want) != 0)
		fail_msg("%s: got %s, want %s", what,
		    got == NULL ? "none" : got, want == NULL ? "none" : want);
}

static void
test_good(void **state)
{
	static const struct good cases[] = {
		{ .text = "nas", .host = "nas" },
		{ "me@nas", "me", NULL, "nas", 0, NULL, false, false },
		{ "nas:2121", NULL, NULL, "nas", 2121, NULL, false, false },
		{ .text = "nas:990", .host = "nas", .port = 990 },
		{ .text = "NAS.Example.net.", .host = "NAS.Example.net." },
		{ .text = "nas/a/b", .host = "nas", .dir = "a/b" },
		{ .text = "nas//a", .host = "nas", .dir = "/a" },
		{ .text = "nas/", .host = "nas" },
		{ .text = "nas//", .host = "nas", .dir = "/" },
		{ .text = "nas/a/", .host = "nas", .dir = "a/" },
		{ .text = "nas/a@b:c", .host = "nas", .dir = "a@b:c" },
		{ "u@nas:21/d@e", "u", NULL, "nas", 21, "d@e", false, false },
		{ "u@nas:7/d@e", "u", NULL, "nas", 7, "d@e", false, false },
		{ "u:p@nas/d%40e", "u", "p", "nas", 0, "d@e", false, false },
		{ "nas/x://y", NULL, NULL, "nas", 0, "x://y", false, false },
		{ .text = "[::1]", .host = "::1" },
		{ .text = "[::1]:990/dir", .host = "::1", .port = 990,
		    .dir = "dir" },
		{ .text = "[fe80::1%eth0]", .host = "fe80::1%eth0" },
		{ .text = "[fe80::1%25eth0]:21", .host = "fe80::1%eth0",
		    .port = 21 },
		{ "u@d@h", "u@d", NULL, "h", 0, NULL, false, false },
		{ "u:p@w@h:1", "u", "p@w", "h", 1, NULL, false, false },
		{ "u:p:q@h", "u", "p:q", "h", 0, NULL, false, false },
		{ "u:@h", "u", "", "h", 0, NULL, false, false },
		{ "ftps://u:p@h:990//abs", "u", "p", "h", 990, "/abs", true,
		    true },
		{ "ftp://h", NULL, NULL, "h", 0, NULL, true, false },
		{ "FTPES://h/d", NULL, NULL, "h", 0, "d", true, false },
		{ "ftps://a%40b:%2f%3A%25@h/%2Fx%20y", "a@b", "/:%", "h", 0,
		    "/x y", true, true },
		{ "ftp://[2001:db8::2]:65535/", NULL, NULL, "2001:db8::2",
		    65535, NULL, true, false },
		{ .text = "b\303\274ro", .host = "b\303\274ro" },
		{ .text = "b%C3%BCro", .host = "b\303\274ro" },
	};
	const struct good *c;
	struct url u;
	struct err err = ERR_INIT;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		c = &cases[i];
		if (url_parse(c->text, &u, &err) != 0)
			fail_msg("%s: %s", c->text, err.msg);
		assert_text(c->text, u.user, c->user);
		assert_text(c->text, u.password.text, c->password);
		assert_text(c->text, u.host, c->host);
		assert_text(c->text, u.dir, c->dir);
		assert_int_equal(u.port, c->port);
		assert_int_equal(u.has_scheme, c->scheme);
		assert_int_equal(u.implicit, c->implicit);
		url_release(&u);
		assert_null(u.host);
		assert_null(u.password.text);
	}
}

static void
test_bad(void **state)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
		{ "", "no host" },
		{ "/dir", "no host" },
		{ "ftp://", "no host" },
		{ "ftps:///dir", "no host" },
		{ ":21", "no host" },
		{ "u@", "no host" },
		{ "u@:21", "no host" },
		{ "@h", "empty user" },
		{ ":p@h", "empty user" },
		{ "h:", "h: no port behind the ':'; for a directory write "
		    "h/DIR, or h//DIR from the root" },
		{ "h:/logs/a", "h: no port behind the ':'; for a directory "
		    "write h/logs/a, or h//logs/a from the root" },
		{ "h:0", "65535" },
		{ "h:65536", "65535" },
		{ "h:+21", "65535" },
		{ "h: 21", "65535" },
		{ "h:21x", "65535" },
		{ "h:99999999999999999999", "65535" },
		{ "::1", "brackets" },
		{ "2001:db8::1", "brackets" },
		{ "h:1:2", "brackets" },
		{ "h::", "brackets" },
		{ "[::1", "without" },
		{ "[::1]x", "follow" },
		{ "[::1]990", "follow" },
		{ "[::1]:", "no port" },
		{ "[]", "IPv6" },
		{ "[nas]", "IPv6" },
		{ "[::1 ]", "not the name" },
		{ "sftp://h", "SSH" },
		{ "SFTP://h", "SSH" },
		{ "http://h", "ftpes://" },
		{ "a+b-c.1://h", "unknown scheme" },
		{ "1ftp://h", "no port" }, { "+://h", "no port" },
		{ "h h", "not the name" },
		{ "h\th", "not the name" },
		{ "h\033[m", "not the name" },
		{ "h%20", "not the name" },
		{ "h%2fx", "not the name" },
		{ "h%7f", "not the name" },
		{ "h\r", "CR, LF or NUL" },
		{ "h/a\nb", "CR, LF or NUL" },
		{ "h/a%0Ab", "CR, LF or NUL" },
		{ "h/a%0d", "CR, LF or NUL" },
		{ "h/a%00b", "CR, LF or NUL" },
		{ "u%0a@h", "CR, LF or NUL" },
		{ "u:%00@h", "CR, LF or NUL" },
		{ "h%00", "CR, LF or NUL" },
		{ "h/%", "%25" },
		{ "u:12/34@h", "write '/' in a password as %2F" },
		{ "ftp://u:12/34@h/d", "%2F, and '@' in a directory" },
		{ "ftps://u:p@w/x@h", "as %2F" }, { "u:/x@h", "as %2F" },
		{ "u:p@h/d@e", "as %40" }, { "u@h:x/y@z", "as %2F" },
		{ "u@h:2x/y@z", "as %2F" }, { "u@h:/x@y", "as %2F" },
		{ "h/%4", "%25" },
		{ "h/%4g", "%25" },
		{ "h/%-1", "%25" },
		{ "h/%+1", "%25" },
		{ "u%@h", "%25" },
	};
	struct url u;
	struct err err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		err_clear(&err);
		if (url_parse(cases[i].text, &u, &err) == 0)
			fail_msg("%s: accepted", cases[i].text);
		assert_int_equal(err.kind, ERR_USAGE);
		if (strstr(err.msg, cases[i].says) == NULL)
			fail_msg("%s: says %s", cases[i].text, err.msg);
		if (strpbrk(err.msg, "\r\n\033") != NULL)
			fail_msg("%s: raw bytes", cases[i].text);
		url_release(&u);
	}
}

static void
test_no_password_in_messages(void **state)
{
	static const char *const cases[] = {
		"nas:secret/x@host", "u:secret@h:0", "u:secret%@h",
		"u:secret%0a@h", "u:secret@[::1", "u:secret@h h",
		"u:secret@/", "sftp://u:secret@h", "ftp://u:secret@h/%",
		"u:secret:x/y@h",
	};
	struct url u;
	struct err err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		err_clear(&err);
		assert_int_equal(url_parse(cases[i], &u, &err), -1);
		assert_string_not_equal(err.msg, "");
		if (strstr(err.msg, "secret") != NULL)
			fail_msg("%s", err.msg);
		url_release(&u);
	}
}

static void
test_wipe(void **state)
{
	static const struct {
		const char *text, *wiped;	/* NULL: nothing to wipe */
	} cases[] = {
		{ "nas", NULL },
		{ "u@nas:21/d:e@f", NULL },
		{ "ftp://u@h", NULL },
		{ "[::1]:990", NULL },
		{ "u:pw@h", "u:xx@h" },
		{ "u:@h", "u:@h" },
		{ "ftps://u:p@w:1@h/d", "ftps://u:xxxxx@h/d" },
		{ ":pw@h", ":xx@h" },
		{ "u:pw@", "u:xx@" },
		{ "http://u:pw@h", "http://u:xx@h" },
	};
	char *text;
	bool wiped;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		text = xstrdup(cases[i].text);
		wiped = url_wipe_password(text);
		assert_int_equal(wiped, cases[i].wiped != NULL);
		assert_string_equal(text, wiped ? cases[i].wiped :
		    cases[i].text);
		free(text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_no_password_in_messages),
		cmocka_unit_test(test_wipe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
