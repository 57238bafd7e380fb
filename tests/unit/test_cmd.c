/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "shell/commands.h"

/* A table of our own, for what the real one has no example of. */
static const struct cmd_alias alpha_aliases[] = {
	{ "first", 0 }, { "firsts", 'f' }, { "alphas", 'g' }, { 0 }
};
static const struct cmd_alias alpha_synonyms[] = {
	{ "foreign", 'x' }, { "none", 0 }, { 0 }
};
static const struct cmd_option alpha_options[] = {
	{ 'f', NULL, ARG_NONE, NULL, "a letter" },
	{ 'g', "go", ARG_NONE, NULL, "both" },
	{ 256, "long", ARG_TEXT, "N", "a name" },
	{ 257, "when", ARG_TEXT, "[=WHEN]", "perhaps" },
	{ 258, "a-name-of-twenty", ARG_TEXT, "VALUES", "fits" },
	{ 259, "a-name-of-twenty1", ARG_TEXT, "VALUES", "does not" },
	{ 260, "a-name-of-twenty-1", ARG_TEXT, "VALUES", "is long" },
	{ 0 }
};
static const struct cmd alpha = {
	.name = "alpha", .aliases = alpha_aliases, .synonyms = alpha_synonyms,
	.options = alpha_options, .flags = CMD_SERVER,
	.usage = "alpha [-fg] FILE...", .summary = "does one thing",
	.help = "More of it.", .example = "alpha x",
};
static const struct cmd alphabet = {
	.name = "alphabet", .flags = CMD_MAIN, .usage = "alphabet [X]",
	.summary = "does another",
};
static const struct cmd beta = {
	.name = "beta", .flags = CMD_SHELL, .usage = "beta", .summary = "",
	.options = (const struct cmd_option[]){
	    { 'n', "name", ARG_TEXT, "GLOB", "which" }, { 0 } },
};
static const struct cmd remote_xy = {
	.name = "rxyz", .flags = CMD_SERVER | CMD_WORDS, .usage = "rxyz",
	.summary = "", .options = alpha_options,
};
static const struct cmd rxya = { .name = "rxya", .flags = CMD_SERVER };
static const struct cmd local_xy = { .name = "lxyz", .flags = CMD_FRONT };
static const struct cmd xy = { .name = "xy" };

static const struct cmd *const table[] = {
	&alpha, &alphabet, &beta, &remote_xy, &rxya, &local_xy, &xy, NULL
};

static void
expect(const char *typed, const char *name)
{
	struct err err = ERR_INIT;
	const struct cmd *cmd = cmd_find(commands, typed, &err);

	if (cmd == NULL)
		fail_msg("%s: %s", typed, err.msg);
	assert_string_equal(cmd->name, name);
}

static void
expect_error(const char *typed, const char *want)
{
	struct err err = ERR_INIT;

	assert_null(cmd_find(commands, typed, &err));
	assert_int_equal(err.kind, ERR_USAGE);
	assert_string_equal(err.msg, want);
}

static void
test_find(void **state)
{
	(void)state;
	expect("get", "get");
	expect("mget", "get");
	expect("quit", "exit");
	expect("?", "help");
	expect("mirr", "mirror");
	/* A whole name is not ambiguous, though others begin with it. */
	expect("ls", "ls");
	expect("open", "open");
	expect("hea", "head");
}

static void
test_unknown(void **state)
{
	(void)state;
	expect_error("xyzzy", "xyzzy: unknown command");
	expect_error("", "the command's name is empty (a variable that is not "
	    "set?)");
	expect_error("mkdri", "mkdri: unknown command; did you mean 'mkdir'?");
	expect_error("LS", "LS: unknown command; did you mean 'ls'?");
	expect_error("a\033b", "a\\033b: unknown command");
	expect_error("lm\xff", "lm\\377: unknown command");
}

static void
test_ambiguous(void **state)
{
	(void)state;
	expect_error("hi\1", "hi\\001: unknown command");
	expect_error("lp\1", "lp\\001: unknown command");
	expect_error("fe\1", "fe\\001: unknown command");
	expect_error("hel\1", "hel\\001: unknown command; "
	    "did you mean 'help'?");
	expect_error("si", "si: ambiguous: sites, site");
}

/* The name found, or what is wrong. */
static void
test_names_of_all_kinds(void **state)
{
	static const struct {
		const char *typed, *want;
	} cases[] = {
		{ "alpha", "alpha" }, { "alphab", "alphabet" },
		{ "first", "alpha" }, { "firsts", "alpha" },
		{ "fir", "alpha" }, { "be", "beta" }, { "foreign", "alpha" },
		{ "none", "alpha" }, { "xy", "xy" }, { "x", "xy" },
		{ "al", "al: ambiguous: alpha, alphas, alphabet" },
		{ "r", "r: ambiguous: rxyz, rxya" },
		{ "foreig", "foreig: unknown command; did you mean "
		    "'foreign'?" },
		{ "for", "for: unknown command; did you mean 'foreign'?" },
		{ "fo", "fo: unknown command" },
		{ "foreigm", "foreigm: unknown command; did you mean "
		    "'foreign'?" },
		{ "non", "non: unknown command; did you mean 'none'?" },
		/* A letter too many, too few, another, or two exchanged. */
		{ "betta", "betta: unknown command; did you mean 'beta'?" },
		{ "bta", "bta: unknown command; did you mean 'beta'?" },
		{ "eta", "eta: unknown command; did you mean 'beta'?" },
		{ "bexa", "bexa: unknown command; did you mean 'beta'?" },
		{ "ebta", "ebta: unknown command; did you mean 'beta'?" },
		{ "beat", "beat: unknown command; did you mean 'beta'?" },
		{ "betax", "betax: unknown command; did you mean 'beta'?" },
		{ "bet0", "bet0: unknown command; did you mean 'beta'?" },
		{ "betaxy", "betaxy: unknown command" },
		{ "bxxa", "bxxa: unknown command" },
		{ "ebat", "ebat: unknown command" },
		{ "ebtx", "ebtx: unknown command" },
		{ "BETA", "BETA: unknown command; did you mean 'beta'?" },
		{ "XY", "XY: unknown command; did you mean 'xy'?" },
		{ "xz", "xz: unknown command" },
		{ "xyy", "xyy: unknown command; did you mean 'xy'?" },
		/* Those of the server come first. */
		{ "xyz", "xyz: unknown command; did you mean 'rxyz'?" },
		{ "rxyx", "rxyx: unknown command; did you mean 'rxyz' or "
		    "'rxya'?" },
		{ "lxy_", "lxy_: unknown command; did you mean 'lxyz'?" },
		{ "betb -x", "betb -x: unknown command; for a line of "
		    "commands in one argument use -c" },
		{ "beta;", "beta;: unknown command; for a line of commands "
		    "in one argument use -c" },
		{ "beta\tx", "beta\\011x: unknown command; for a line of "
		    "commands in one argument use -c" },
		{ "beta&", "beta&: unknown command; for a line of commands "
		    "in one argument use -c" },
		{ "beta|", "beta|: unknown command; for a line of commands "
		    "in one argument use -c" },
		{ "(beta", "(beta: unknown command; there are no groups in "
		    "'(' and ')'" },
		{ "beta)", "beta): unknown command; there are no groups in "
		    "'(' and ')'" },
		{ "h:/x", "h:/x: unknown command; 'get' and 'put' transfer "
		    "files" },
		{ "ftp://u:secret@h/", "ftp://u:xxxx@h/: unknown command; "
		    "'get' and 'put' transfer files" },
		{ "man", "man: unknown command: use 'help COMMAND'" },
	};
	const struct cmd *cmd;
	struct err err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		err_clear(&err);
		cmd = cmd_find(table, cases[i].typed, &err);
		assert_string_equal(cmd != NULL ? cmd->name : err.msg,
		    cases[i].want);
		assert_int_equal(cmd != NULL ? ERR_USAGE : err.kind,
		    ERR_USAGE);
	}
}

static void
test_called(void **state)
{
	(void)state;
	assert_true(cmd_is_called(&alpha, "alpha"));
	assert_true(cmd_is_called(&alpha, "first"));
	assert_true(cmd_is_called(&alpha, "alphas"));
	assert_true(cmd_is_called(&alpha, "foreign"));
	assert_true(cmd_is_called(&alpha, "none"));
	assert_true(cmd_is_called(&xy, "xy"));
	assert_false(cmd_is_called(&alpha, "alph"));
	assert_false(cmd_is_called(&alpha, "fir"));
	assert_false(cmd_is_called(&alpha, "beta"));
	assert_false(cmd_is_called(&xy, "x"));
}

static void
test_implied(void **state)
{
	(void)state;
	assert_int_equal(cmd_implied(&alpha, "alpha"), 0);
	assert_int_equal(cmd_implied(&alpha, "al"), 0);
	assert_int_equal(cmd_implied(&alpha, "alphas"), 'g');
	assert_int_equal(cmd_implied(&alpha, "first"), 0);
	assert_int_equal(cmd_implied(&alpha, "firsts"), 'f');
	/* Of two that begin so, as the first. */
	assert_int_equal(cmd_implied(&alpha, "firs"), 0);
	assert_int_equal(cmd_implied(&alpha, "foreign"), 'x');
	assert_int_equal(cmd_implied(&alpha, "none"), 0);
	assert_int_equal(cmd_implied(&alpha, "other"), 0);
	assert_int_equal(cmd_implied(&xy, "other"), 0);
}

static void
test_aside(void **state)
{
	const struct cmd *const cannot[] = { &alphabet, &beta, &local_xy };
	struct err err = ERR_INIT;
	char want[64];
	size_t i;

	(void)state;
	assert_int_equal(cmd_check_aside(&alpha, &err), 0);
	assert_int_equal(cmd_check_aside(&xy, &err), 0);
	for (i = 0; i < 3; i++) {
		assert_int_equal(cmd_check_aside(cannot[i], &err), -1);
		assert_int_equal(err.kind, ERR_USAGE);
		snprintf(want, sizeof(want), "%s: cannot be a job (&)",
		    cannot[i]->name);
		assert_string_equal(err.msg, want);
	}
}

static void
test_optional(void **state)
{
	static const char *const values[] = { "N", "[N]", "=N", NULL };
	struct cmd_option o = { .value = "[=N]" };
	size_t i;

	(void)state;
	assert_true(cmd_is_optional(&o));
	for (i = 0; i < 4; i++) {
		o.value = values[i];
		assert_false(cmd_is_optional(&o));
	}
}

/* Every row has what help, completion and checks read. */
static void
test_table(void **state)
{
	const struct cmd_option *o;
	const struct cmd *cmd;
	struct err err;
	size_t i, n;

	(void)state;
	for (i = 0; commands[i] != NULL; i++) {
		cmd = commands[i];
		assert_non_null(cmd->name);
		assert_non_null(cmd->summary);
		assert_non_null(cmd->run);
		n = strlen(cmd->name);
		assert_memory_equal(cmd->usage, cmd->name, n);
		assert_true(cmd->max == -1 || cmd->max >= cmd->min);
		assert_ptr_equal(cmd_find(commands, cmd->name, &err), cmd);
		for (o = cmd->options; o != NULL && o->id != 0; o++) {
			assert_non_null(o->help);
			assert_true(o->id < 256 || o->name != NULL);
			assert_true((o->arg == ARG_NONE) == (o->value == NULL));
		}
	}
}

/* What names something must not be empty, whatever the command. */
static void
test_names(void **state)
{
	static const char *const names[] = {
		"NAME", "DIR", "FILE", "GLOB", "RE", "COMMAND", NULL
	};
	const struct cmd_option *o;
	const struct cmd *cmd;
	size_t i, j;

	(void)state;
	for (i = 0; (cmd = commands[i]) != NULL; i++) {
		if (strcmp(cmd->name, "echo") != 0 && cmd->min > 0 &&
		    cmd->check == NULL)
			assert_true(cmd->first > ARG_TEXT);
		for (o = cmd->options; o != NULL && o->id != 0; o++) {
			for (j = 0; o->value != NULL && names[j]; j++)
				if (strcmp(o->value, names[j]) == 0)
					assert_true(o->arg > ARG_TEXT);
		}
	}
}

static void
expect_help(const struct cmd *cmd, int columns, const char *want)
{
	char *text = NULL;
	size_t n = 0;
	FILE *fp = open_memstream(&text, &n);

	assert_non_null(fp);
	cmd_help(fp, cmd, columns);
	fclose(fp);
	assert_string_equal(text, want);
	free(text);
}

static const char remote_help[] =
    "usage: rxyz\n\n"
    "  -f                         a letter\n"
    "  -g, -go                    both\n"
    "  -long N                    a name\n"
    "  -when[=WHEN]               perhaps\n"
    "  -a-name-of-twenty VALUES   fits\n"
    "  -a-name-of-twenty1 VALUES  does not\n"
    "  -a-name-of-twenty-1 VALUES is long\n";

static void
test_help(void **state)
{
	(void)state;
	expect_help(&alpha, 0,
	    "usage: alpha [-fg] FILE...\n"
	    "does one thing\n"
	    "also called first firsts alphas\n"
	    "  -f                         a letter\n"
	    "  -g, --go                   both\n"
	    "  --long N                   a name\n"
	    "  --when[=WHEN]              perhaps\n"
	    "  --a-name-of-twenty VALUES  fits\n"
	    "  --a-name-of-twenty1 VALUES does not\n"
	    "  --a-name-of-twenty-1 VALUES is long\n"
	    "for example: alpha x\n"
	    "More of it.\n");
	expect_help(&alphabet, 80, "usage: alphabet [X]\ndoes another\n");
	expect_help(&beta, 80, "usage: beta\n\n"
	    "  -n, --name GLOB            which\n");
	expect_help(&remote_xy, 0, remote_help);
}

/* As wide as it is, and a column less. */
static void
test_narrow_help(void **state)
{
	(void)state;
	expect_help(&remote_xy, 37, remote_help);
	expect_help(&alpha, 36,
	    "usage: alpha [-fg] FILE...\n"
	    "does one thing\n"
	    "also called first firsts alphas\n"
	    "  -f                         a\n"
	    "                             letter\n"
	    "  -g, --go                   both\n"
	    "  --long N                   a name\n"
	    "  --when[=WHEN]              perhaps\n"
	    "  --a-name-of-twenty VALUES  fits\n"
	    "  --a-name-of-twenty1 VALUES does\n"
	    "                             not\n"
	    "  --a-name-of-twenty-1 VALUES is\n"
	    "                             long\n"
	    "for example: alpha x\n"
	    "More of it.\n");
	expect_help(&alphabet, 19, "usage: alphabet [X]\ndoes another\n");
	expect_help(&alphabet, 18, "usage: alphabet\n       [X]\n"
	    "does another\n");
	expect_help(&alphabet, 12, "usage: alphabet\n       [X]\n"
	    "does another\n");
	expect_help(&alphabet, 11, "usage: alphabet\n       [X]\n"
	    "does\nanother\n");
}

static void
expect_wrap(const char *words, int at, int indent, int columns,
    const char *want)
{
	char *text = NULL;
	size_t n = 0;
	FILE *fp = open_memstream(&text, &n);

	assert_non_null(fp);
	cmd_wrap(fp, words, at, indent, columns);
	fclose(fp);
	assert_string_equal(text, want);
	free(text);
}

static void
test_wrap(void **state)
{
	(void)state;
	expect_wrap("", 0, 0, 10, "\n");
	expect_wrap("one two three", 0, 0, 0, "one two three\n");
	expect_wrap("one two three", 0, 0, 13, "one two three\n");
	expect_wrap("one two three", 0, 0, 12, "one two\nthree\n");
	expect_wrap("one two three", 4, 2, 12, "one two\n  three\n");
	expect_wrap("one two three", 4, 2, 10, "one\n  two\n  three\n");
	expect_wrap("one two three", 4, 4, 1, "one\n    two\n    three\n");
	expect_wrap("one two three", 9, 4, 10, "\n    one\n    two\n"
	    "    three\n");
	expect_wrap("a\nbc d", 0, 1, 0, "a\n bc d\n");
	expect_wrap("a \nb", 0, 1, 0, "a \n b\n");
	expect_wrap("a\n\nb", 0, 0, 80, "a\n\nb\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_ambiguous),
		cmocka_unit_test(test_names_of_all_kinds),
		cmocka_unit_test(test_called),
		cmocka_unit_test(test_implied),
		cmocka_unit_test(test_aside),
		cmocka_unit_test(test_optional),
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_help),
		cmocka_unit_test(test_narrow_help),
		cmocka_unit_test(test_wrap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
