/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "shell/alias.h"
#include "shell/commands.h"
#include "shell/complete.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* The world: "" and "/" on both sides, "d/" on the server. */
static const char *const remote_top[] = {
	"d/", "dump", "a b", "a;c", "q'x", "\xc3\xa9t\xc3\xa9", "\xc3\xa8",
	".hidden", "bad\033", "raw\xe9", "z", NULL,
};
static const char *const remote_d[] = {
	"sub dir/", "file", "u\xc3\xa9", "u\xc3\xa8", NULL,
};
static const char *const local_top[] = {
	"ldir/", "lfile", "$(touch${IFS}X)", "`id`", "a$b", "a;touch X",
	"~root", "LD=x", "sp ace", "x\"y", "back\\slash", "{p,q}",
	"w\xc3\xa9!", NULL
};
static const char *const dashes[] = { "-rf", NULL };
static const char *dash_dir = "dash/";
static const char *const site_list[] = { "nas", "nile", "backup", "nas", NULL };
static const char *const nothing[] = { NULL };

static void
give(const char *const *list, bool dirs, struct strvec *names)
{
	for (; *list != NULL; list++) {
		if (!dirs || (*list)[strlen(*list) - 1] == '/')
			strvec_add(names, *list);
	}
}

static void
remote(void *ctx, const char *dir, bool dirs, struct strvec *names)
{
	(void)ctx;
	give(dir[0] == '\0' || strcmp(dir, "/") == 0 ? remote_top :
	    strcmp(dir, "d/") == 0 ? remote_d : nothing, dirs, names);
}

static void
local(void *ctx, const char *dir, bool dirs, struct strvec *names)
{
	(void)ctx;
	give(strcmp(dir, dash_dir) == 0 ? dashes :
	    dir[0] == '\0' ? local_top : nothing, dirs, names);
}

static void
sites(void *ctx, struct strvec *names)
{
	(void)ctx;
	give(site_list, false, names);
}

static struct alias alias_list[] = {
	{ (char *)"doc", (char *)"!less" },
	{ (char *)"page", (char *)"ls | less" },
	{ (char *)"up", (char *)"cd d; put -O" },
	{ (char *)"xsend", (char *)"put" },
};

static const struct aliases aliases = {
	alias_list, sizeof(alias_list) / sizeof(alias_list[0]),
};

static const struct complete_source source = {
	.commands = commands, .aliases = &aliases,
	.remote = remote, .local = local, .sites = sites,
};

/*
 * want: the line afterwards, NULL if it cannot be completed; shown: the
 * candidates with '|' between them, or NULL: not looked at.
 */
static void
check(const char *line, const char *want, const char *shown)
{
	struct completion c;
	char after[256], list[1024] = "";
	size_t i;

	complete_line(line, &source, &c);
	assert_true(c.start <= strlen(line));
	if (want == NULL && c.text != NULL)
		fail_msg("\"%s\" became \"%s\"", line, c.text);
	if (want != NULL) {
		if (c.text == NULL)
			fail_msg("nothing for \"%s\"", line);
		snprintf(after, sizeof(after), "%.*s%s", (int)c.start, line,
		    c.text);
		assert_string_equal(after, want);
	}
	for (i = 0; i < c.shown.n; i++) {
		strlcat(list, i > 0 ? "|" : "", sizeof(list));
		strlcat(list, c.shown.v[i], sizeof(list));
	}
	if (shown != NULL)
		assert_string_equal(list, shown);
	complete_release(&c);
}

static void
test_commands(void **state)
{
	(void)state;
	check("ge", "get ", "get");
	check("  ge", "  get ", NULL);
	check("by", "bye ", NULL);
	check("nosuch", NULL, "");
	check("help ge", "help get ", NULL);
	check("cd d;ge", "cd d;get ", NULL);
	check("cd d && ge", "cd d && get ", NULL);
	check("cd d || ge", "cd d || get ", NULL);
	check("-ge", "-get ", NULL);
	check("ls | wc; ge", "ls | wc; get ", NULL);
	check("ls | wc && ge", "ls | wc && get ", NULL);
	check("nosuch x", NULL, "");
	check("ge # ge", NULL, "");
}

static void
test_aliases(void **state)
{
	(void)state;
	check("xs", "xsend ", "xsend");
	check("help xs", "help xsend ", "xsend");
	check("unalias p", "unalias page ", "page");
	check("alias p", "alias page ", "page");
	check("alias xx pw", "alias xx pwd ", "pwd");
	check("xsend lf", "xsend lfile ", NULL);
	check("up d", "up d/", "d/");
	check("up d lf", "up d lfile ", NULL);
	check("doc lf", "doc lfile ", NULL);
	check("page lf", "page lfile ", NULL);
	check("'xsend' lf", NULL, "");
}

static void
test_remote(void **state)
{
	(void)state;
	check("get d", "get d", "d/|dump");
	check("get du", "get dump ", "dump");
	check("get x du", "get x dump ", NULL);
	check("cd d", "cd d/", "d/");
	check("cd d/", "cd d/sub\\ dir/", "sub dir/");
	check("get d/f", "get d/file ", "file");
	check("get /du", "get /dump ", NULL);
	check("get .h", "get .hidden ", NULL);
	/* Hidden ones only when asked for; what cannot be typed, never. */
	check("get ", "get ",
	    "a b|a;c|d/|dump|q'x|z|\xc3\xa8|\xc3\xa9t\xc3\xa9");
	check("get z", "get z ", "z");
	check("get bad", NULL, "");
	check("get \xc3\xa9", "get \xc3\xa9t\xc3\xa9 ", NULL);
	/* Two that differ in the second byte of a character. */
	check("get d/u", "get d/u", "u\xc3\xa8|u\xc3\xa9");
	check("get nosuch/", NULL, "");
}

static void
test_quoting(void **state)
{
	(void)state;
	check("get a", "get a", "a b|a;c");
	check("get a\\ ", "get a\\ b ", NULL);
	check("get a\\;", "get a\\;c ", NULL);
	check("get 'a ", "get 'a b' ", NULL);
	check("get \"a ", "get \"a b\" ", NULL);
	check("get 'a b'", "get a\\ b ", NULL);
	check("get q", "get q\\'x ", NULL);
	check("get \"q", "get \"q'x\" ", NULL);
	check("get 'q", "get 'q'\\''x' ", NULL);
	check("cd \"d/s", "cd \"d/sub dir/", NULL);
	check("get 'x y' du", "get 'x y' dump ", NULL);
	check("get 'x;' du", "get 'x;' dump ", NULL);
	/* A glob is not a beginning. */
	check("get d*", NULL, "");
	check("get du\\", "get dump ", NULL);
}

static void
test_local(void **state)
{
	(void)state;
	check("put lf", "put lfile ", NULL);
	check("lcd l", "lcd ldir/", "ldir/");
	check("ls > lf", "ls > lfile ", NULL);
	check("ls >> lf", "ls >> lfile ", NULL);
	check("ls | cat lf", "ls | cat lfile ", NULL);
	check("ls | wc | cat lf", "ls | wc | cat lfile ", NULL);
	check("!cat lf", "!cat lfile ", NULL);
	check("!cat lf\\", "!cat lfile ", NULL);
	check("!true; cat lf", "!true; cat lfile ", NULL);
	check("get -O l", "get -O ldir/", NULL);
}

/* What sh makes of the word that "before" and its completion are. */
static void
check_by_sh(const char *before, const char *typed, const char *name)
{
	struct completion c;
	char line[256], got[256] = "";
	FILE *fp;

	snprintf(line, sizeof(line), "%sprintf '<%%s>' %s", before, typed);
	complete_line(line, &source, &c);
	if (c.text == NULL || c.shown.n != 1)
		fail_msg("%s: %zu candidates", line, c.shown.n);
	snprintf(line + c.start, sizeof(line) - c.start, "%s", c.text);
	complete_release(&c);
	fp = popen(line + strlen(before), "r");
	assert_non_null(fp);
	got[fread(got, 1, sizeof(got) - 1, fp)] = '\0';
	assert_int_equal(pclose(fp), 0);
	snprintf(line, sizeof(line), "<%s>", name);
	assert_string_equal(got, line);
}

/* A name is one word of sh and nothing more, whatever is in it. */
static void
test_sh(void **state)
{
	static const struct {
		const char *typed, *name;
	} cases[] = {
		{ "\\$", "$(touch${IFS}X)" }, { "$", "$(touch${IFS}X)" },
		{ "'$", "$(touch${IFS}X)" }, { "\"\\$", "$(touch${IFS}X)" },
		{ "\"\\$(to", "$(touch${IFS}X)" },
		{ "\\`", "`id`" }, { "'`", "`id`" }, { "\"\\`i", "`id`" },
		{ "a\\$", "a$b" }, { "a$", "a$b" }, { "\"a$", "a$b" },
		{ "a\\;", "a;touch X" }, { "'a;", "a;touch X" },
		{ "\"a;", "a;touch X" }, { "\\~", "~root" }, { "'~", "~root" },
		{ "L", "LD=x" }, { "sp", "sp ace" }, { "x", "x\"y" },
		{ "\"x", "x\"y" }, { "ba", "back\\slash" },
		{ "\"ba", "back\\slash" }, { "\\{", "{p,q}" },
		{ "w", "w\xc3\xa9!" }, { "\"w", "w\xc3\xa9!" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		check_by_sh("!", cases[i].typed, cases[i].name);
		check_by_sh("ls | ", cases[i].typed, cases[i].name);
	}
	check("!cat a", "!cat a", "a$b|a;touch X");
	check("!cat L", "!cat LD\\=x ", NULL);
	/* Our own words know no $. */
	check("put L", "put LD=x ", NULL);
	check("put a$", "put a$b ", NULL);
	check("ls > a$", "ls > a$b ", NULL);
	/* Within what sh expands it would be read twice. */
	check("!cat `cat lf", NULL, "");
	check("!cat \"`cat lf", NULL, "");
	check("!cat \"`i", NULL, "");
	check("!cat \"$(cat lf", NULL, "");
	check("!cat $(cat lf", NULL, "");
	check("!cat ${X:-lf", NULL, "");
	check("!cat $'x' lf", NULL, "");
	check("ls | cat $(ls); cat lf", NULL, "");
	check("!echo '`' lf", "!echo '`' lfile ", NULL);
	check("!echo \\` lf", "!echo \\` lfile ", NULL);
	check("!echo $HOME lf", "!echo $HOME lfile ", NULL);
	/* Nor is a name an option. */
	check("!rm dash/", "!rm dash/-rf ", NULL);
	dash_dir = "";
	check("!rm ", "!rm ./-rf ", NULL);
	check("put ", "put ./-rf ", NULL);
	check("!rm -", NULL, "");
	check("put -- -", "put -- -rf ", NULL);
	dash_dir = "dash/";
}

static void
test_options(void **state)
{
	(void)state;
	check("get --cont", "get --continue ", NULL);
	check("get du --cont", "get du --continue ", NULL);
	check("get --hel", "get --help ", NULL);
	check("get -- --cont", NULL, "");
	check("get -- du", "get -- dump ", NULL);
	check("get -c du", "get -c dump ", NULL);
	check("get -co lf", "get -co lfile ", NULL);
	check("get -oX du", "get -oX dump ", NULL);
	check("get -o X du", "get -o X dump ", NULL);
	check("get --nosuch", NULL, "");
	/* Abbreviated, as a command takes them. */
	check("get --out lf", "get --out lfile ", NULL);
	check("get --outp=lf", "get --outp=lfile ", NULL);
	check("get --outp=lf du", "get --outp=lf dump ", NULL);
	/* --continue or --connections: none of them. */
	check("get --con du", "get --con dump ", NULL);
	/* --exclude-glob or --exclude-from. */
	check("mirror --exclude-=lf", NULL, "");
	check("mirror --exclude-f=lf", "mirror --exclude-f=lfile ", NULL);
	check("mirror ", "mirror d/", NULL);
	check("mirror x ", "mirror x ldir/", NULL);
	check("mirror -eR ", "mirror -eR ldir/", NULL);
	check("mirror --reverse x ", "mirror --reverse x d/", NULL);
	check("mirror x y ", NULL, "");
	check("pwd ", NULL, "");
	check("echo l", NULL, "");
	check("pwd --h", "pwd --help ", "--help");
	check("du -k", "du -k ", "-k");
	/* find(1) has long names after one dash. */
	check("find -maxd", "find -maxdepth ", NULL);
	check("find -name x du", "find -name x dump ", NULL);
}

static void
test_tables(void **state)
{
	(void)state;
	check("open n", "open n", "nas|nile");
	check("open ni", "open nile ", NULL);
	check("set tls-da", "set tls-data ", NULL);
	check("set tls ", "set tls ", "explicit|implicit|off");
	check("set tls im", "set tls implicit ", NULL);
	check("set glob n", "set glob no ", NULL);
	check("set nosuch ", NULL, "");
	check("set glob ", "set glob ", "no|yes");
	check("set ca-file lf", "set ca-file lfile ", NULL);
	check("set port 2", NULL, "");
	check("open na", "open nas ", "nas");
	check("alias x", "alias xsend ", NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_commands),
		cmocka_unit_test(test_aliases),
		cmocka_unit_test(test_remote),
		cmocka_unit_test(test_quoting),
		cmocka_unit_test(test_local),
		cmocka_unit_test(test_sh),
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_tables),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
