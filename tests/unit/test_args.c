/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "shell/args.h"

static const struct cmd_option options[] = {
	{ 'l', "long", ARG_NONE, NULL, "" },
	{ 'a', NULL, ARG_NONE, NULL, "" },
	{ 'n', "number", ARG_TEXT, "N", "" },
	{ 'O', "output", ARG_REMOTE_DIR, "DIR", "" },
	{ 256, "lock", ARG_LOCAL, "FILE", "" },
	{ 257, "locate", ARG_NONE, NULL, "" },
	{ 258, "longer", ARG_NONE, NULL, "" },
	{ 'q', NULL, ARG_LOCAL, "Q", "" },
	{ 0 }
};

static const struct cmd_alias aliases[] = {
	{ "blank", 0 }, { "longer", 258 }, { "long", 'l' },
	{ "plainer", 'a' }, { 0 }
};

static const struct cmd plain = {
	.name = "plain", .aliases = aliases, .options = options,
	.min = 1, .max = 3,
	.first = ARG_LOCAL, .rest = ARG_REMOTE, .usage = "plain [-la] X...",
};
static const struct cmd sided = {
	.name = "sided", .options = options, .exchange = 'l', .min = 2,
	.max = 2, .first = ARG_REMOTE_DIR, .rest = ARG_LOCAL_DIR,
	.usage = "sided X Y", .example = "sided a b",
};
static const struct cmd raw = {
	.name = "raw", .max = -1, .flags = CMD_RAW | CMD_SERVER,
	.first = ARG_TEXT, .rest = ARG_TEXT, .usage = "raw X...",
};
static const struct cmd_option optional[] = {
	{ 'n', "lines", ARG_TEXT, "N", "" },
	{ 256, "color", ARG_TEXT, "[=WHEN]", "" },
	{ 'v', "verbose", ARG_TEXT, "[=N]", "" },
	{ 0 }
};
static const struct cmd count = {
	.name = "count", .options = optional, .max = -1, .flags = CMD_COUNT,
	.first = ARG_TEXT, .rest = ARG_TEXT, .usage = "count X...",
};
static const struct cmd_option theirs[] = {
	{ 'w', NULL, ARG_TEXT, "W", "" },
	{ 300, "wide", ARG_NONE, NULL, "" },
	{ 'l', "level", ARG_TEXT, "L", "" },
	{ 0 }
};
static const struct cmd_option others[] = {
	{ 'y', "yes", ARG_NONE, NULL, "" }, { 0 }
};
static const struct cmd_option *const foreign[] = { theirs, others, NULL };
static const struct cmd mixed = {
	.name = "mixed", .options = options, .foreign = foreign, .max = -1,
	.first = ARG_TEXT, .rest = ARG_TEXT, .usage = "mixed X...",
};
static const struct cmd bare = { .name = "bare", .usage = "bare" };
static const struct cmd echo = {
	.name = "echo", .max = -1, .flags = CMD_RAW, .first = ARG_TEXT,
	.rest = ARG_TEXT, .usage = "echo X...",
};
static const struct cmd served = {
	.name = "served", .max = 2, .flags = CMD_SERVER, .first = ARG_LOCAL,
	.rest = ARG_REMOTE_DIR, .usage = "served X Y",
};
/* Its usage takes 40 columns. */
static const struct cmd wide = {
	.name = "wide", .usage = "wide abcdefghijklmnopqrstuvwxyz 12345678",
};
static const struct cmd words = {
	.name = "words", .options = options, .max = -1, .flags = CMD_WORDS,
	.usage = "words X...",
};

/* Options as id=value, operands in brackets; or "error: ..." or "help". */
static char *
parsed(const struct cmd *cmd, const char *text)
{
	struct script script = STAILQ_HEAD_INITIALIZER(script);
	struct buf b = BUF_INIT(BUF_OWN);
	struct err err = ERR_INIT;
	struct args a;
	bool help;
	size_t i;

	assert_int_equal(lex_parse(text, NULL, &script, &err), 0);
	if (args_parse(cmd, STAILQ_FIRST(&script), &a, &help, &err) != 0) {
		assert_int_equal(err.kind, ERR_USAGE);
		buf_addf(&b, "error: %s", err.msg);
	} else if (help) {
		buf_adds(&b, "help");
	} else {
		for (i = 0; i < a.nvalues; i++)
			buf_addf(&b, a.value[i].id < 256 ? "%c=%s " : "%d=%s ",
			    a.value[i].id, a.value[i].text != NULL ?
			    a.value[i].text : "");
		for (i = 0; i < a.n; i++)
			buf_addf(&b, "[%s]", a.word[i].text);
	}
	args_release(&a);
	assert_null(a.cmd);
	assert_null(a.word);
	assert_int_equal(a.n + a.nvalues, 0);
	lex_release(&script);
	return buf_detach(&b);
}

static void
expect(const struct cmd *cmd, const char *text, const char *want)
{
	char *is = parsed(cmd, text);

	assert_string_equal(is, want);
	free(is);
}

static void
test_short(void **state)
{
	(void)state;
	expect(&plain, "plain x", "[x]");
	expect(&plain, "plain -l -a x", "l= a= [x]");
	expect(&plain, "plain -la x", "l= a= [x]");
	expect(&plain, "plain x -l y -a", "l= a= [x][y]");
	expect(&plain, "plain -n 5 x", "n=5 [x]");
	expect(&plain, "plain -n5 x", "n=5 [x]");
	expect(&plain, "plain -ln -5 x", "l= n=-5 [x]");
	expect(&plain, "plain -n '' x", "n= [x]");
	expect(&plain, "plain -", "[-]");
	expect(&plain, "plain -- -l", "[-l]");
	expect(&plain, "plain x -- -- -a", "[x][--][-a]");
	expect(&plain, "plain -n -- x", "n=-- [x]");
	expect(&plain, "plain -n --long x", "error: plain: option 'number' "
	    "needs N; usage: plain [-la] X...");
	expect(&plain, "plain -O --long x", "O=--long [x]");
	expect(&plain, "plain -q r -lqs x", "q=r l= q=s [x]");
	expect(&plain, "plain '-l' x", "l= [x]");
}

static void
test_long(void **state)
{
	(void)state;
	expect(&plain, "plain --long x", "l= [x]");
	expect(&plain, "plain --number 5 x", "n=5 [x]");
	expect(&plain, "plain --number=5 x --num= --lock f",
	    "n=5 n= 256=f [x]");
	expect(&plain, "plain --longe x", "258= [x]");
	expect(&plain, "plain --help", "help");
	expect(&plain, "plain -l --help x y z a b c", "help");
}

static void
test_optional(void **state)
{
	(void)state;
	expect(&count, "count --color x", "256= [x]");
	expect(&count, "count --color=never x", "256=never [x]");
	expect(&count, "count --color= x", "256= [x]");
	expect(&count, "count -v x --verbose=3 -vv", "v= v=3 v= v= [x]");
}

static void
test_count(void **state)
{
	(void)state;
	expect(&count, "count -3 x", "n=3 [x]");
	expect(&count, "count -12 x -n 4", "n=12 n=4 [x]");
	expect(&count, "count -0 -9x", "n=0 n=9x ");
	expect(&count, "count -- -3", "[-3]");
	expect(&plain, "plain -3", "error: plain: unknown option '-3'; "
	    "usage: plain [-la] X...");
}

static void
test_order(void **state)
{
	(void)state;
	expect(&plain, "plain -n 1 --lock a -n 2 x --lock b",
	    "n=1 256=a n=2 256=b [x]");
}

static void
test_errors(void **state)
{
	(void)state;
	expect(&plain, "plain -z x", "error: plain: unknown option '-z'; "
	    "usage: plain [-la] X...");
	expect(&plain, "plain -lz x", "error: plain: unknown option '-z'; "
	    "usage: plain [-la] X...");
	expect(&plain, "plain --zzz x", "error: plain: unknown option "
	    "'--zzz'; usage: plain [-la] X...");
	expect(&plain, "plain --lo x", "error: plain: option '--lo' is "
	    "ambiguous; usage: plain [-la] X...");
	expect(&plain, "plain --long=1 x", "error: plain: option '--long' "
	    "takes no argument; usage: plain [-la] X...");
	expect(&plain, "plain x -n", "error: plain: option 'number' needs N; "
	    "usage: plain [-la] X...");
	expect(&plain, "plain x -q", "error: plain: option -q needs Q; "
	    "usage: plain [-la] X...");
	expect(&plain, "plain", "error: plain: missing operand: a local name; "
	    "usage: plain [-la] X...");
	expect(&sided, "sided", "error: sided: missing operand: a directory "
	    "of the server; usage: sided X Y; for example: sided a b");
	expect(&sided, "sided -l", "error: sided: missing operand: a local "
	    "directory; usage: sided X Y; for example: sided a b");
	expect(&sided, "sided a", "error: sided: missing operand; usage: "
	    "sided X Y; for example: sided a b");
	expect(&plain, "plain a b c d", "error: plain: too many operands; "
	    "usage: plain [-la] X...");
	expect(&plain, "plain a b c", "[a][b][c]");
	expect(&sided, "sided a b", "[a][b]");
	expect(&bare, "bare", "");
	expect(&bare, "bare x", "error: bare: too many operands; "
	    "usage: bare");
	expect(&bare, "bare -l", "error: bare: unknown option '-l'; "
	    "usage: bare");
	expect(&bare, "bare --long", "error: bare: unknown option '--long'; "
	    "usage: bare");
	expect(&plain, "plain --=x y", "error: plain: unknown option '--'; "
	    "usage: plain [-la] X...");
	expect(&plain, "plain '-\001' y", "error: plain: unknown option "
	    "'-\\001'; usage: plain [-la] X...");
	/* A line of 80 columns, and one of 81. */
	expect(&wide, "wide -z", "error: wide: unknown option '-z'; usage: "
	    "wide abcdefghijklmnopqrstuvwxyz 12345678");
	expect(&wide, "wide --z", "error: wide: unknown option '--z'; see "
	    "'wide --help'");
}

/* What is missing, by its kind. */
static void
test_missing(void **state)
{
	static const struct {
		enum arg_kind kind;
		const char *want;
	} cases[] = {
		{ ARG_TEXT, "" }, { ARG_NAME, "" }, { ARG_ALIAS, "" },
		{ ARG_REMOTE, ": a name on the server" },
		{ ARG_REMOTE_DIR, ": a directory of the server" },
		{ ARG_LOCAL, ": a local name" },
		{ ARG_LOCAL_DIR, ": a local directory" },
		{ ARG_SITE, ": a site" },
	};
	struct cmd one = { .name = "one", .min = 1, .usage = "one X" };
	char want[128];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		one.first = cases[i].kind;
		snprintf(want, sizeof(want), "error: one: missing operand%s; "
		    "usage: one X", cases[i].want);
		expect(&one, "one", want);
	}
}

/* Options of other programs: whole, and behind our own. */
static void
test_foreign(void **state)
{
	(void)state;
	expect(&mixed, "mixed --wide -w 1 -y --yes x",
	    "300= w=1 y= y= [x]");
	expect(&mixed, "mixed --level=3 -l", "l=3 l= ");
	expect(&mixed, "mixed --wid", "error: mixed: unknown option "
	    "'--wid'; usage: mixed X...");
	expect(&mixed, "mixed --wider", "error: mixed: unknown option "
	    "'--wider'; usage: mixed X...");
	expect(&mixed, "mixed -z", "error: mixed: unknown option '-z'; "
	    "usage: mixed X...");
	expect(&mixed, "mixed -w", "error: mixed: option -w needs W; "
	    "usage: mixed X...");
}

static void
test_line_ends(void **state)
{
	(void)state;
	expect(&plain, "plain 'a\nb'", "[a\nb]");
	expect(&plain, "plain a 'a\rb'", "error: plain: line break in a "
	    "name; usage: plain [-la] X...");
	expect(&plain, "plain a -O 'x\ny'", "error: plain: line break in a "
	    "name; usage: plain [-la] X...");
	expect(&plain, "plain a --lock 'x\ny'", "256=x\ny [a]");
	expect(&raw, "raw a 'b\nc'", "error: raw: line break in a name; "
	    "usage: raw X...");
	expect(&echo, "echo 'b\nc'", "[b\nc]");
	expect(&served, "served 'b\nc'", "[b\nc]");
	expect(&served, "served a 'b\nc'", "error: served: line break in a "
	    "name; usage: served X Y");
}

static void
test_empty(void **state)
{
	(void)state;
	expect(&plain, "plain ''", "error: plain: operand 1 is empty (a "
	    "variable that is not set?); usage: plain [-la] X...");
	expect(&plain, "plain a \"\"", "error: plain: operand 2 is empty (a "
	    "variable that is not set?); usage: plain [-la] X...");
	expect(&plain, "plain x -O ''", "error: plain: DIR of option "
	    "'output' is empty (a variable that is not set?); usage: plain "
	    "[-la] X...");
	expect(&plain, "plain -l x -q ''", "error: plain: Q of option -q is "
	    "empty (a variable that is not set?); usage: plain [-la] X...");
	expect(&plain, "plain --lock= x", "error: plain: FILE of option "
	    "'lock' is empty (a variable that is not set?); usage: plain "
	    "[-la] X...");
	expect(&raw, "raw ''", "[]");
	expect(&raw, "raw '' x", "[][x]");
}

static void
test_raw(void **state)
{
	(void)state;
	expect(&raw, "raw -l -- --x", "[-l][--][--x]");
	expect(&raw, "raw --help", "help");
	expect(&raw, "raw --help x", "[--help][x]");
}

static void
test_single_dash(void **state)
{
	(void)state;
	expect(&words, "words x -number -5 -long --lock f",
	    "n=-5 l= 256=f [x]");
	expect(&words, "words -number=5", "n=5 ");
	expect(&words, "words -l", "error: words: unknown option '-l'; "
	    "usage: words X...");
	expect(&words, "words -long=1", "error: words: option '-long' takes "
	    "no argument; usage: words X...");
}

/* Who calls a command by another name may mean an option. */
static void
test_alias(void **state)
{
	(void)state;
	expect(&plain, "blank x", "[x]");
	expect(&plain, "long x", "l= [x]");
	expect(&plain, "longer -a x", "258= a= [x]");
	expect(&plain, "longe x", "258= [x]");
	expect(&plain, "lon x", "258= [x]");
	expect(&plain, "plaine x", "a= [x]");
	/* The beginning of its own name, too. */
	expect(&plain, "p x", "[x]");
}

/* Options and operands as above, then what the next word is. */
static void
expect_part(const struct cmd *cmd, const char *text, size_t n, size_t values,
    const char *option, bool only_operands)
{
	struct script script = STAILQ_HEAD_INITIALIZER(script);
	struct err err = ERR_INIT;
	struct args_next next;
	struct args a;

	assert_int_equal(lex_parse(text, NULL, &script, &err), 0);
	args_parse_part(cmd, STAILQ_FIRST(&script), &a, &next);
	assert_int_equal(a.n, n);
	assert_int_equal(a.nvalues, values);
	assert_string_equal(next.option != NULL ? next.option->name : "",
	    option);
	assert_int_equal(next.only_operands, only_operands);
	args_release(&a);
	lex_release(&script);
}

static void
test_part(void **state)
{
	(void)state;
	expect_part(&plain, "plain", 0, 0, "", false);
	expect_part(&plain, "plain x -l", 1, 1, "", false);
	expect_part(&plain, "plain -ln", 0, 1, "number", false);
	expect_part(&plain, "plain --out", 0, 0, "output", false);
	expect_part(&plain, "plain -n5 x", 1, 1, "", false);
	expect_part(&plain, "plain --lo x", 1, 0, "", false);
	expect_part(&plain, "plain --nosuch -z x '' a b c", 5, 0, "", false);
	expect_part(&plain, "plain -- -n", 1, 0, "", true);
	expect_part(&raw, "raw -n", 1, 0, "", true);
	expect_part(&words, "words -number", 0, 0, "number", false);
}

static void
test_lookup(void **state)
{
	struct arg_value v[] = {
		{ 'f', "0" }, { 'n', "1" }, { 'l', NULL }, { 'n', "2" },
		{ 'a', "beyond" },
	};
	struct args a = { .value = v, .nvalues = 4 };

	(void)state;
	assert_true(args_has(&a, 'l'));
	assert_true(args_has(&a, 'f'));
	assert_false(args_has(&a, 'a'));
	assert_string_equal(args_value(&a, 'f'), "0");
	assert_null(args_value(&a, 'a'));
	assert_string_equal(args_value(&a, 'n'), "2");
	assert_null(args_value(&a, 'O'));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_short),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_optional),
		cmocka_unit_test(test_count),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_missing),
		cmocka_unit_test(test_foreign),
		cmocka_unit_test(test_line_ends),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_raw),
		cmocka_unit_test(test_single_dash),
		cmocka_unit_test(test_lookup),
		cmocka_unit_test(test_alias),
		cmocka_unit_test(test_part),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
