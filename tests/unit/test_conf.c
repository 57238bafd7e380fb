/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <sys/stat.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "config/conf.h"
#include "instead.h"

#define PIN_A "sha256//AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define PIN_B "sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="

/* What fstat(2) fails with, once; 0: it does not. */
static int fstat_errno;

/* Instead of the C library's. */
int
fstat(int fd, struct stat *sb)
{
	int (*real)(int, struct stat *);

	REAL("fstat");
	return fails_once(&fstat_errno) ? -1 : real(fd, sb);
}

/* Each test has an empty directory, its working directory and home. */
struct fixture {
	char dir[64];
	struct settings st;
	struct err err;
	bool known;
};

static void
write_bytes(const char *file, const char *text, size_t n)
{
	FILE *f = fopen(file, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(file, 0644), 0);
}

static void
write_file(const char *file, const char *text)
{
	write_bytes(file, text, strlen(text));
}

static int
setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));

	snprintf(f->dir, sizeof(f->dir), "/tmp/ftps-conf.XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	assert_int_equal(chdir(f->dir), 0);
	assert_int_equal(setenv("HOME", f->dir, 1), 0);
	settings_init(&f->st);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;
	char *command = xasprintf("rm -rf '%s'", f->dir);

	settings_release(&f->st);
	assert_int_equal(chdir("/"), 0);
	assert_int_equal(system(command), 0);
	free(command);
	free(f);
	return 0;
}

static int
read_conf(struct fixture *f, const char *site, const char *text)
{
	write_file("conf", text);
	settings_release(&f->st);
	settings_init(&f->st);
	err_clear(&f->err);
	f->known = false;
	return conf_read("conf", true, site, &f->st, &f->known, &f->err);
}

static void
assert_read(struct fixture *f, const char *site, const char *text)
{
	if (read_conf(f, site, text) != 0)
		fail_msg("%s", f->err.msg);
}

static void
assert_refused(struct fixture *f, const char *text, const char *says)
{
	if (read_conf(f, "nas", text) == 0)
		fail_msg("accepted: %s", text);
	assert_int_equal(f->err.kind, ERR_USAGE);
	if (strstr(f->err.msg, says) == NULL)
		fail_msg("%s: says %s", text, f->err.msg);
}

static const char example[] =
    "# of all sites\n"
    "connections 8\n"
    "\n"
    "site nas backup\n"
    "\thost  backup.example.net   # the old one\n"
    "\tuser \"night ly\"\r\n"
    "\tpassword-command systemd-creds cat nas | tr -d '#'\n"
    "\tpin " PIN_A "\n"
    "\tpin " PIN_B "\n"
    "\tconnections 2\n"
    "site web*\n"
    "    dir '/a \\b'\n"
    "site other\n"
    "    port 990\n"
    "site *\n"
    "    user nobody\n"
    "    pin " PIN_B "\n"
    "    timeout 90s";

static void
test_blocks(void **state)
{
	struct fixture *f = *state;

	assert_read(f, "nas", example);
	assert_true(f->known);
	assert_int_equal(f->st.connections, 8);
	assert_string_equal(f->st.host, "backup.example.net");
	assert_string_equal(f->st.user, "night ly");
	assert_string_equal(f->st.password_command,
	    "systemd-creds cat nas | tr -d '#'");
	assert_int_equal(f->st.pin.n, 2);
	assert_string_equal(f->st.pin.v[0], PIN_A);
	assert_int_equal(f->st.timeout, 90000);
	assert_int_equal(f->st.port, 0);
	assert_read(f, "backup", example);
	assert_true(f->known);
	assert_string_equal(f->st.host, "backup.example.net");
}

static void
test_patterns(void **state)
{
	struct fixture *f = *state;

	assert_read(f, "web7", example);
	assert_false(f->known);
	assert_string_equal(f->st.dir, "/a \\b");
	assert_string_equal(f->st.user, "nobody");
	assert_null(f->st.host);
	assert_int_equal(f->st.pin.n, 1);
	assert_read(f, NULL, example);
	assert_false(f->known);
	assert_null(f->st.dir);
	assert_string_equal(f->st.user, "nobody");
	assert_int_equal(f->st.connections, 8);
	/* a name that looks like a pattern is found as it is written */
	assert_read(f, "a[b", "site a[b\nuser x\n");
	assert_string_equal(f->st.user, "x");
	/* and a '/' is a character like others */
	assert_read(f, "a/b", "site a*\nuser x\n");
	assert_string_equal(f->st.user, "x");
}

static void
test_first_wins(void **state)
{
	struct fixture *f = *state;
	struct err err = ERR_INIT;

	write_file("conf", "user a\nuser b\nport 1\npin " PIN_A "\n");
	assert_int_equal(option_set(&f->st, "port", "2", &err), 0);
	assert_int_equal(option_set(&f->st, "pin", PIN_B, &err), 0);
	assert_int_equal(conf_read("conf", true, NULL, &f->st, NULL, &err),
	    0);
	assert_string_equal(f->st.user, "a");
	assert_int_equal(f->st.port, 2);
	assert_int_equal(f->st.pin.n, 1);
	assert_string_equal(f->st.pin.v[0], PIN_B);
	/* a second file adds only what the first left unsaid */
	write_file("conf", "user c\ndir d\npin " PIN_A "\n");
	assert_int_equal(conf_read("conf", true, NULL, &f->st, NULL, &err),
	    0);
	assert_string_equal(f->st.user, "a");
	assert_string_equal(f->st.dir, "d");
	assert_int_equal(f->st.pin.n, 1);
}

static void
test_words(void **state)
{
	static const struct {
		const char *line, *user, *command;
	} cases[] = {
		{ "user a#b", "a#b", NULL },
		{ "user 'a'\"b\"c\\ d", "abc d", NULL },
		{ "user \"a\\\"b\\\\c\\d\"", "a\"b\\c\\d", NULL },
		{ "user 'a\\'", "a\\", NULL },
		{ "user \\#x", "#x", NULL },
		{ "user x\\#", "x#", NULL },
		{ "user CORP\\anna", "CORP\\anna", NULL },
		{ "user \"CORP\\anna\"", "CORP\\anna", NULL },
		{ "user CORP\\\\anna", "CORP\\anna", NULL },
		{ "user a\\'b\\\"c", "a'b\"c", NULL },
		{ "user a\\\tb", "a\tb", NULL },
		{ "user a\\", "a\\", NULL },
		{ "user ''", NULL, NULL },
		{ "\t\"user\"  x\t \t# 'y", "x", NULL },
		{ "password-command \"a b\"  # c", NULL, "a b" },
		{ "password-command  'a b' 'c'  ", NULL, "'a b' 'c'" },
		{ "password-command it's \\", NULL, "it's \\" },
		{ "password-command a\\ b", NULL, "a\\ b" },
		{ "password-command x #y", NULL, "x #y" },
	};
	struct fixture *f = *state;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_read(f, NULL, cases[i].line);
		if (cases[i].user != NULL)
			assert_string_equal(f->st.user, cases[i].user);
		else
			assert_null(f->st.user);
		if (cases[i].command != NULL)
			assert_string_equal(f->st.password_command,
			    cases[i].command);
		else
			assert_null(f->st.password_command);
	}
}

static void
test_errors(void **state)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
		{ "\n\nprot 1\n", "conf:3: prot: no such setting; did" },
		{ "port\n", "conf:1: port: needs a value" },
		{ "Host\n", "conf:1: Host: no such setting" },
		{ "port # 1\n", "conf:1: port: needs a value" },
		{ "password-command # x\n", "needs a value" },
		{ "port 1 2\n", "conf:1: port: only one value" },
		{ "port = 1\n", "one value" },
		{ "port=1\n", "without '='" },
		{ "port 0\n", "conf:1: port: '0': not a number" },
		{ "user 'x\n", "conf:1: user: unterminated quote" },
		{ "\"port\n", "conf:1: unterminated quote" },
		{ "x", "conf:1: x: no such setting" },
		{ "\"user x\n", "unterminated quote" },
		{ "site 'x\n", "unterminated quote" },
		{ "site\n", "needs a name" },
		{ "site a ''\n", "empty name" },
		{ "site elsewhere\nport x\n", "conf:2: port: 'x'" },
		{ "site elsewhere\nbogus x\n", "conf:2: bogus" },
		{ "user a\nuser b\nport 1\nport x\n", "conf:4: port: 'x'" },
		{ "password hunter2\n", "'password-command' or" },
		{ "insecure yes\n", "no such setting" },
		{ "\033[m x\n", "conf:1: \\033[m" },
		{ "include\n", "needs one file" },
		{ "include a b\n", "needs one file" },
		{ "include ''\n", "needs one file" },
		{ "include none\n", "conf:1: include: ./none: No such file" },
		{ "site x\ninclude none\n", "conf:2: include: ./none" },
		{ "include .\n", "directory" },
	};
	struct fixture *f = *state;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_refused(f, cases[i].text, cases[i].says);
		assert_null(strpbrk(f->err.msg, "\n\033"));
		assert_null(strstr(f->err.msg, "hunter2"));
	}
}

static void
test_include(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(mkdir("sub", 0755), 0);
	write_file("sub/a", "include b\nsite other\nport 1\nuser x\n");
	write_file("sub/b", "dir from-b\n");
	write_file("home", "account acc\n");
	assert_read(f, "nas",
	    "include sub/a\n"
	    "site nas\n"
	    "  include sub/a\n"
	    "  include ~/home\n"
	    "  user me\n");
	assert_string_equal(f->st.dir, "from-b");
	assert_string_equal(f->st.account, "acc");
	assert_string_equal(f->st.user, "me");
	assert_int_equal(f->st.port, 0);
	/* a block in an included file is none of the including block's */
	assert_read(f, "other", "site nas\ninclude sub/a\n");
	assert_true(f->known);
	assert_int_equal(f->st.port, 1);
	assert_null(f->st.dir);
	write_file("sub/b", "\nport x\n");
	assert_refused(f, "include sub/a\n", "./sub/b:2: port");
	assert_null(strstr(f->err.msg, "conf"));
}

static void
test_include_limits(void **state)
{
	struct fixture *f = *state;
	struct buf text = BUF_INIT(BUF_OWN);
	char name[16];
	int i;

	assert_refused(f, "include conf\n", "more than 16 files deep");
	for (i = 1; i <= 16; i++) {
		snprintf(name, sizeof(name), "f%d", i);
		buf_clear(&text);
		buf_addf(&text, "include f%d\n", i + 1);
		write_file(name, i < 16 ? text.data : "port 7\n");
	}
	assert_read(f, NULL, "include f1\n");
	assert_int_equal(f->st.port, 7);
	write_file("f16", "include f17\n");
	write_file("f17", "port 7\n");
	assert_refused(f, "include f1\n", "f16:1: include: more than 16");
	/* each file twice the one before: bounded by what is read in all */
	for (i = 1; i <= 15; i++) {
		snprintf(name, sizeof(name), "f%d", i);
		buf_clear(&text);
		for (int j = 0; j < 8 && i < 15; j++)
			buf_addf(&text, "include f%d\n", i + 1);
		write_file(name, text.data);
	}
	assert_refused(f, "include f1\n", "larger than 1024 KiB");
	buf_clear(&text);
	while (text.len < 1024 * 1024)
		buf_adds(&text, "################\n");
	write_file("big", text.data);
	assert_refused(f, "include big\n", "larger than 1024 KiB");
	assert_refused(f, text.data, "larger than 1024 KiB");
	buf_release(&text);
	assert_refused(f, "include /dev/zero\n", "NUL byte");
}

static void
test_files(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(conf_read("none", false, "x", &f->st, &f->known,
	    &f->err), 0);
	assert_int_equal(f->err.kind, ERR_NONE);
	assert_int_equal(conf_read("none/x", true, "x", &f->st, &f->known,
	    &f->err), -1);
	assert_int_equal(f->err.kind, ERR_USAGE);
	assert_non_null(strstr(f->err.msg, "none/x: No such file"));
	write_bytes("nul", "user a\0b\n", 9);
	assert_int_equal(conf_read("nul", true, NULL, &f->st, NULL,
	    &f->err), -1);
	assert_non_null(strstr(f->err.msg, "NUL byte"));
	write_bytes("utf16", "\xff\xfe#\0", 4);
	assert_int_equal(conf_read("utf16", true, NULL, &f->st, NULL,
	    &f->err), -1);
	assert_non_null(strstr(f->err.msg, "utf16: in UTF-16"));
	assert_read(f, NULL, "");
	assert_true(f->st.set == 0);
}

static void
test_who_can_write(void **state)
{
	struct fixture *f = *state;

	write_file("mine", "port 1\n");
	assert_int_equal(chmod("mine", 0664), 0);
	assert_int_equal(conf_read("mine", false, NULL, &f->st, NULL,
	    &f->err), -1);
	assert_non_null(strstr(f->err.msg, "chmod go-w mine"));
	assert_int_equal(f->err.kind, ERR_USAGE);
	assert_int_equal(f->st.port, 0);
	assert_int_equal(conf_read("mine", true, NULL, &f->st, NULL,
	    &f->err), 0);
	assert_int_equal(f->st.port, 1);
	/* what a file of ours includes is no safer than that file */
	write_file("outer", "include mine\n");
	assert_int_equal(conf_read("outer", false, NULL, &f->st, NULL,
	    &f->err), -1);
	assert_non_null(strstr(f->err.msg, "outer:1: include: ./mine"));
	assert_int_equal(chmod("mine", 0644), 0);
	assert_int_equal(conf_read("outer", false, NULL, &f->st, NULL,
	    &f->err), 0);
	if (geteuid() != 0)
		return;
	assert_int_equal(chown("mine", 54321, (gid_t)-1), 0);
	assert_int_equal(conf_read("mine", false, NULL, &f->st, NULL,
	    &f->err), -1);
	assert_non_null(strstr(f->err.msg, "somebody else"));
	/* but he may read it himself, and what is root's */
	assert_int_equal(chmod(".", 0711), 0);
	assert_int_equal(seteuid(54321), 0);
	assert_int_equal(conf_read("mine", false, NULL, &f->st, NULL,
	    &f->err), 0);
	assert_int_equal(conf_read("outer", false, NULL, &f->st, NULL,
	    &f->err), 0);
	assert_int_equal(seteuid(0), 0);
}

/* Of what cannot be examined nobody knows whose it is. */
static void
test_unexamined(void **state)
{
	struct fixture *f = *state;

	write_file("conf", "port 1\n");
	fstat_errno = EIO;
	assert_int_equal(conf_read("conf", false, NULL, &f->st, NULL,
	    &f->err), -1);
	assert_int_equal(f->err.kind, ERR_USAGE);
	assert_string_equal(f->err.msg, "conf: Input/output error");
	assert_int_equal(f->st.port, 0);
}

static void
test_sites(void **state)
{
	struct fixture *f = *state;
	struct strvec names = STRVEC_INIT;

	write_file("sub", "site d a\n");
	write_file("conf", "site b 'a x'\nport 1\nport 2\nsite *\nsite c* a\n"
	    "include sub\nsite b\n");
	assert_int_equal(chmod("conf", 0666), 0);
	assert_int_equal(conf_sites("conf", &names, &f->err), 0);
	assert_int_equal(names.n, 4);
	assert_string_equal(names.v[0], "b");
	assert_string_equal(names.v[1], "a x");
	assert_string_equal(names.v[2], "a");
	assert_string_equal(names.v[3], "d");
	assert_int_equal(conf_sites("none", &names, &f->err), 0);
	assert_int_equal(names.n, 4);
	write_file("conf", "port x\n");
	assert_int_equal(conf_sites("conf", &names, &f->err), -1);
	strvec_release(&names);
}

static int
note_alias(void *ctx, const char *definition, struct err *err)
{
	strvec_add(ctx, definition);
	return strcmp(definition, "bad x") == 0 ?
	    err_set(err, ERR_USAGE, "no good") : 0;
}

static void
test_aliases(void **state)
{
	struct fixture *f = *state;
	struct strvec lines = STRVEC_INIT;

	write_file("sub", "alias b 'cd d; ls'  # two\nsite x\nport 1\n");
	write_file("conf", "port 1\nalias a  ls -l \ninclude sub\n"
	    "alias c put \"a b\"\nsite b\nport 2\n");
	assert_int_equal(conf_aliases("conf", true, note_alias, &lines,
	    &f->err), 0);
	assert_int_equal(lines.n, 3);
	assert_string_equal(lines.v[0], "a  ls -l");
	assert_string_equal(lines.v[1], "b 'cd d; ls'  # two");
	assert_string_equal(lines.v[2], "c put \"a b\"");
	assert_int_equal(conf_aliases("none", false, note_alias, &lines,
	    &f->err), 0);
	assert_int_equal(conf_aliases("none", true, note_alias, &lines,
	    &f->err), -1);
	assert_int_equal(chmod("conf", 0666), 0);
	assert_int_equal(conf_aliases("conf", true, note_alias, &lines,
	    &f->err), 0);
	assert_int_equal(conf_aliases("conf", false, note_alias, &lines,
	    &f->err), -1);
	write_file("conf", "\nalias bad x\n");
	assert_int_equal(conf_aliases("conf", true, note_alias, &lines,
	    &f->err), -1);
	assert_string_equal(f->err.msg, "conf:2: no good");
	strvec_release(&lines);
	assert_read(f, "b", "alias bad x\ninclude sub\nalias a b\nport 2\n");
	assert_int_equal(f->st.port, 2);
	assert_refused(f, "Host vs*\nPort 1\n", "conf:1: Host: here a block "
	    "begins with 'site vs*'");
	assert_refused(f, "alias bad\n",
	    "conf:1: alias: needs a name and a command");
	assert_refused(f, "site *\nalias a ls\n", "conf:2: alias: belongs "
	    "before the first site, for it holds for all");
}

static void
assert_path(char *got, const char *dir, const char *rest)
{
	char *want = xasprintf("%s%s", dir, rest);

	assert_non_null(got);
	assert_string_equal(got, want);
	free(want);
	free(got);
}

static void
test_places(void **state)
{
	struct fixture *f = *state;
	struct stat sb;

	unsetenv("XDG_CONFIG_HOME");
	unsetenv("XDG_STATE_HOME");
	assert_path(conf_user_file(), f->dir, "/.config/ftps/config");
	assert_path(conf_state_file("history", false), f->dir,
	    "/.local/state/ftps/history");
	assert_int_equal(stat(".local", &sb), -1);
	assert_path(conf_state_file("history", true), f->dir,
	    "/.local/state/ftps/history");
	assert_int_equal(stat(".local/state/ftps", &sb), 0);
	assert_int_equal(sb.st_mode & 07777, 0700);
	setenv("XDG_CONFIG_HOME", "relative", 1);
	assert_path(conf_user_file(), f->dir, "/.config/ftps/config");
	setenv("XDG_CONFIG_HOME", "/etc/xdg", 1);
	setenv("XDG_STATE_HOME", "/nowhere", 1);
	assert_path(conf_user_file(), "", "/etc/xdg/ftps/config");
	assert_path(conf_state_file("x", false), "", "/nowhere/ftps/x");
	unsetenv("XDG_CONFIG_HOME");
	unsetenv("XDG_STATE_HOME");
	unsetenv("XDG_CACHE_HOME");
	assert_path(conf_cache_file("y", false), f->dir, "/.cache/ftps/y");
	assert_int_equal(stat(".cache", &sb), -1);
	assert_path(conf_cache_file("y", true), f->dir, "/.cache/ftps/y");
	assert_int_equal(stat(".cache/ftps", &sb), 0);
	setenv("XDG_CACHE_HOME", "/nowhere", 1);
	assert_path(conf_cache_file("y", false), "", "/nowhere/ftps/y");
	unsetenv("XDG_CACHE_HOME");
}

static void
assert_not_added(struct fixture *f, const char *file, const char *says)
{
	err_clear(&f->err);
	assert_int_equal(conf_add_block(file, "site a\n", &f->err), -1);
	assert_int_equal(f->err.kind, ERR_LOCAL);
	assert_string_equal(f->err.msg, says);
}

static void
test_add_block(void **state)
{
	struct fixture *f = *state;
	struct stat sb;
	char text[64] = "";
	FILE *fp;

	assert_int_equal(conf_add_block("a/b/conf", "site a\n", &f->err), 0);
	assert_int_equal(conf_add_block("a/b/conf", "site b\n", &f->err), 0);
	assert_int_equal(stat("a/b/conf", &sb), 0);
	assert_int_equal(sb.st_mode & 07777, 0600);
	fp = fopen("a/b/conf", "r");
	assert_non_null(fp);
	assert_int_equal(fread(text, 1, sizeof(text) - 1, fp), 16);
	fclose(fp);
	assert_string_equal(text, "\nsite a\n\nsite b\n");
	assert_not_added(f, "a/b/conf/x",
	    "a/b/conf/x: cannot open: Not a directory");
	assert_not_added(f, "/dev/full",
	    "/dev/full: cannot write: No space left on device");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_blocks),
		TEST(test_patterns),
		TEST(test_first_wins),
		TEST(test_words),
		TEST(test_errors),
		TEST(test_include),
		TEST(test_include_limits),
		TEST(test_files),
		TEST(test_who_can_write),
		TEST(test_unexamined),
		TEST(test_sites),
		TEST(test_aliases),
		TEST(test_places),
		TEST(test_add_block),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
