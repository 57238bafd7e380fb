/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <sys/stat.h>

#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/err.h"
#include "base/mem.h"
#include "config/netrc.h"

/* Instead of the library's: what it wipes is its own, and all of that. */
void
freezero(void *p, size_t n)
{
	assert_true(n <= malloc_usable_size(p));
	explicit_bzero(p, n);
	free(p);
}

static const char *const nothing[] = { NULL, NULL, NULL };

static void
write_bytes(const char *text, size_t n)
{
	FILE *f = fopen("netrc", "w");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod("netrc", 0600), 0);
}

static int
setup(void **state)
{
	char dir[] = "/tmp/ftps-netrc.XXXXXX";

	assert_non_null(mkdtemp(dir));
	assert_int_equal(chdir(dir), 0);
	*state = xstrdup(dir);
	return 0;
}

static int
teardown(void **state)
{
	unlink("netrc");
	unlink(".netrc");
	unlink("fifo");
	assert_int_equal(chdir("/"), 0);
	assert_int_equal(rmdir(*state), 0);
	free(*state);
	return 0;
}

static void
assert_same(const char *got, const char *want)
{
	if (want == NULL)
		assert_null(got);
	else {
		assert_non_null(got);
		assert_string_equal(got, want);
	}
}

/* want: login, password, account. */
static void
assert_lookup(const char *text, const char *host, const char *user, int rc,
    const char *const want[3])
{
	struct err err = ERR_INIT;
	struct netrc n;
	int got;

	write_bytes(text, strlen(text));
	got = netrc_lookup("netrc", host, user, &n, &err);
	if (got != rc)
		fail_msg("%s %s: %d %s", host, text, got, err.msg);
	assert_same(n.login, want[0]);
	assert_same(n.password.text, want[1]);
	assert_same(n.account, want[2]);
	netrc_release(&n);
	assert_null(n.password.text);
}

#define WANT(...) ((const char *const[3]){ __VA_ARGS__ })

static const char many[] =
    "# machine nas login wrong password wrong\n"
    "machine nas login a password pa account acc\n"
    "machine NAS\n\tpassword pb\n\tlogin b\n"
    "machine other login o # password no\n"
    "  password po\n"
    "macdef init\ncd /x\nmachine evil login x password y\n\n"
    "machine late login l password pl\n"
    "machine bare\n"
    "default login anonymous password me@\n"
    "machine after login x password y\n";

static void
test_lookup(void **state)
{
	(void)state;
	assert_lookup(many, "nas", NULL, 1, WANT("a", "pa", "acc"));
	assert_lookup(many, "Nas", "b", 1, WANT("b", "pb", NULL));
	assert_lookup(many, "nas", "c", 0, nothing);
	assert_lookup(many, "nas", "A", 0, nothing);
	assert_lookup(many, "other", NULL, 1, WANT("o", "po", NULL));
	assert_lookup(many, "late", NULL, 1, WANT("l", "pl", NULL));
	assert_lookup(many, "evil", NULL, 1, WANT("anonymous", "me@", NULL));
	assert_lookup(many, "bare", NULL, 1, nothing);
	assert_lookup(many, "bare", "x", 0, nothing);
	assert_lookup(many, "nas.example.net", "root", 0, nothing);
	assert_lookup(many, "x", "anonymous", 1,
	    WANT("anonymous", "me@", NULL));
}

static void
test_words(void **state)
{
	(void)state;
	assert_lookup("machine h login \"a b\" password \"x\\\"\\\\y#\"",
	    "h", NULL, 1, WANT("a b", "x\"\\y#", NULL));
	assert_lookup("machine h login a\\ b password x\\\\y,z\n", "h", NULL,
	    1, WANT("a b", "x\\y,z", NULL));
	/* The last character, behind one and as one. */
	assert_lookup("machine h login a password b\\c", "h", NULL, 1,
	    WANT("a", "bc", NULL));
	assert_lookup("machine h login a password b\\", "h", NULL, 1,
	    WANT("a", "b\\", NULL));
	assert_lookup("machine h\r\nlogin a\r\npassword #b\r\n", "h", NULL, 1,
	    WANT("a", "#b", NULL));
	assert_lookup("machine h login machine password default\n", "h", NULL,
	    1, WANT("machine", "default", NULL));
	assert_lookup("machine h password \"\" login a", "h", "a", 1,
	    WANT("a", "", NULL));
	assert_lookup("machine h protocol ftp login a", "h", NULL, 1,
	    WANT("a", NULL, NULL));
	assert_lookup("machine h password x", "h", NULL, 1,
	    WANT(NULL, "x", NULL));
	assert_lookup("machine h password x", "h", "a", 0, nothing);
	assert_lookup("machine h login", "h", NULL, 1, nothing);
	assert_lookup("macdef a\nx\n\r\nmachine h login a", "h", NULL, 1,
	    WANT("a", NULL, NULL));
	assert_lookup("macdef a\nmachine h login a", "h", NULL, 0, nothing);
	assert_lookup("#\nmachine h login a #", "h", NULL, 1,
	    WANT("a", NULL, NULL));
	assert_lookup("#", "h", NULL, 0, nothing);
	assert_lookup("machine", "h", NULL, 0, nothing);
	assert_lookup("default machine", "h", NULL, 1, nothing);
	assert_lookup("default login a machine", "h", "b", 0, nothing);
	assert_lookup("login a password b", "h", NULL, 0, nothing);
	assert_lookup("", "h", NULL, 0, nothing);
	assert_lookup("machine h login \"a\npassword \"b\"", "h", NULL, -1,
	    nothing);
	assert_lookup("machine h password \"a\\", "h", NULL, -1, nothing);
}

static void
assert_error(const char *path, const char *says)
{
	struct err err = ERR_INIT;
	struct netrc n;

	assert_int_equal(netrc_lookup(path, "h", NULL, &n, &err), -1);
	assert_int_equal(err.kind, ERR_USAGE);
	if (strstr(err.msg, says) == NULL)
		fail_msg("says %s", err.msg);
	assert_null(n.password.text);
	assert_null(n.login);
	netrc_release(&n);
}

static void
test_who_can_read(void **state)
{
	static const char with[] = "machine h login a password b\n";
	static const mode_t modes[] = { 0640, 0604, 0620, 0601, 0666 };
	struct err err = ERR_INIT;
	struct netrc n;
	size_t i;

	(void)state;
	write_bytes(with, strlen(with));
	for (i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		assert_int_equal(chmod("netrc", modes[i]), 0);
		assert_error("netrc", "chmod 600 netrc");
		/* no password of this host is in it */
		assert_int_equal(netrc_lookup("netrc", "x", NULL, &n, &err),
		    0);
		assert_int_equal(netrc_lookup("netrc", "h", "z", &n, &err),
		    0);
	}
	write_bytes("machine h login a", 17);
	assert_int_equal(chmod("netrc", 0644), 0);
	assert_int_equal(netrc_lookup("netrc", "h", NULL, &n, &err), 1);
	netrc_release(&n);
	if (geteuid() != 0)
		return;
	write_bytes(with, strlen(with));
	assert_int_equal(chown("netrc", 54321, (gid_t)-1), 0);
	assert_error("netrc", "somebody else");
	/* but he may read it himself */
	assert_int_equal(chmod("netrc", 0600), 0);
	assert_int_equal(chmod(".", 0711), 0);
	assert_int_equal(seteuid(54321), 0);
	assert_int_equal(netrc_lookup("netrc", "h", NULL, &n, &err), 1);
	assert_int_equal(seteuid(0), 0);
	netrc_release(&n);
	/* or root's, who can anyway, but not another's */
	assert_int_equal(chown("netrc", 0, 54321), 0);
	assert_int_equal(chmod("netrc", 0640), 0);
	assert_int_equal(setegid(54321), 0);
	assert_int_equal(seteuid(54321), 0);
	assert_error("netrc", "chmod 600 netrc");
	assert_int_equal(seteuid(0), 0);
	assert_int_equal(setegid(0), 0);
	assert_int_equal(chown("netrc", 1, 1), 0);
	assert_int_equal(chmod("netrc", 0600), 0);
	assert_error("netrc", "somebody else");
}

static void
test_kinds_of_file(void **state)
{
	struct err err = ERR_INIT;
	struct netrc n;

	(void)state;
	assert_int_equal(netrc_lookup("none", "h", NULL, &n, &err), 0);
	assert_int_equal(netrc_lookup("/dev/null", "h", NULL, &n, &err), 0);
	assert_error(".", "not a regular file");
	assert_int_equal(mkfifo("fifo", 0600), 0);
	assert_error("fifo", "not a regular file");
	write_bytes("machine h\0login a", 17);
	assert_error("netrc", "netrc: NUL byte");
	write_bytes("\xff\xfem\0", 4);
	assert_error("netrc", "netrc: ");
	assert_error("netrc", "UTF-16");
	write_bytes("", 0);
	assert_int_equal(truncate("netrc", 1024 * 1024), 0);
	assert_error("netrc", "netrc: NUL byte");
	assert_int_equal(truncate("netrc", 1024 * 1024 + 1), 0);
	assert_error("netrc", "larger than 1024 KiB");
}

static void
test_where(void **state)
{
	struct err err = ERR_INIT;
	struct netrc n;

	write_bytes("machine h login home", 20);
	assert_int_equal(rename("netrc", ".netrc"), 0);
	write_bytes("machine h login env", 19);
	setenv("HOME", *state, 1);
	setenv("NETRC", "netrc", 1);
	assert_int_equal(netrc_lookup(NULL, "h", NULL, &n, &err), 1);
	assert_string_equal(n.login, "env");
	netrc_release(&n);
	unsetenv("NETRC");
	assert_int_equal(netrc_lookup(NULL, "h", NULL, &n, &err), 1);
	assert_string_equal(n.login, "home");
	netrc_release(&n);
	setenv("NETRC", "", 1);
	assert_int_equal(netrc_lookup(NULL, "h", NULL, &n, &err), 1);
	assert_string_equal(n.login, "home");
	netrc_release(&n);
	/* What is not there is no error, and what cannot be read is one. */
	setenv("NETRC", "netrc/x", 1);
	assert_int_equal(netrc_lookup(NULL, "h", NULL, &n, &err), 0);
	assert_int_equal(err.kind, ERR_NONE);
	assert_int_equal(symlink("fifo", "fifo"), 0);
	assert_int_equal(netrc_lookup("fifo", "h", NULL, &n, &err), -1);
	assert_int_equal(err.kind, ERR_USAGE);
	assert_non_null(strstr(err.msg, "fifo: Too many"));
	unsetenv("NETRC");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_lookup),
		TEST(test_words),
		TEST(test_who_can_read),
		TEST(test_kinds_of_file),
		TEST(test_where),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
