/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who has which home, and what there is where nobody has one. */
#include <sys/types.h>

#include <pwd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/err.h"
#include "config/conf.h"
#include "config/home.h"
#include "config/netrc.h"

/* What getpwuid_r() finds: nobody if it is NULL. */
static char *registered;
static bool is_nobody, fails;

/* Instead of the C library's. */
int
getpwuid_r(uid_t uid, struct passwd *pw, char *buf, size_t size,
    struct passwd **res)
{
	assert_int_equal(uid, geteuid());
	assert_true(size >= 1024);
	buf[size - 1] = '\0';
	memset(pw, 0, sizeof(*pw));
	pw->pw_dir = registered;
	*res = is_nobody ? NULL : pw;
	return fails ? 5 : 0;
}

static void
assert_home(const char *want)
{
	char *got = home_dir();

	if (want == NULL)
		assert_null(got);
	else
		assert_string_equal(got, want);
	free(got);
}

static void
test_home(void **state)
{
	char dir[] = "/home/me", relative[] = "me";

	(void)state;
	registered = dir;
	setenv("HOME", "/other", 1);
	assert_home("/other");
	setenv("HOME", "other", 1);
	assert_home("/home/me");
	setenv("HOME", "", 1);
	assert_home("/home/me");
	unsetenv("HOME");
	assert_home("/home/me");
	fails = true;
	assert_home(NULL);
	fails = false;
	is_nobody = true;
	assert_home(NULL);
	is_nobody = false;
	registered = relative;
	assert_home(NULL);
	registered = NULL;
	assert_home(NULL);
}

static void
assert_expanded(const char *path, const char *want)
{
	char *got = home_expand(path);

	assert_string_equal(got, want);
	free(got);
}

static void
test_expand(void **state)
{
	(void)state;
	setenv("HOME", "/h", 1);
	assert_expanded("~", "/h");
	assert_expanded("~/", "/h/");
	assert_expanded("~/a/~", "/h/a/~");
	assert_expanded("~me", "~me");
	assert_expanded("a/~", "a/~");
	assert_expanded("/a", "/a");
	assert_expanded("", "");
}

/* As in a container whose user has no name. */
static void
test_nowhere(void **state)
{
	struct err err = ERR_INIT;
	struct netrc n;

	(void)state;
	registered = NULL;
	unsetenv("HOME");
	unsetenv("NETRC");
	unsetenv("XDG_CONFIG_HOME");
	unsetenv("XDG_STATE_HOME");
	unsetenv("XDG_CACHE_HOME");
	assert_expanded("~", "~");
	assert_expanded("~/a", "~/a");
	assert_null(conf_user_file());
	assert_null(conf_state_file("known", true));
	assert_null(conf_cache_file("names", true));
	assert_int_equal(netrc_lookup(NULL, "h", NULL, &n, &err), 0);
	assert_int_equal(err.kind, ERR_NONE);
	assert_null(n.login);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_home),
		cmocka_unit_test(test_expand),
		cmocka_unit_test(test_nowhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
