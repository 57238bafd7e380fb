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
test_help(void **state)
{
	struct err err = ERR_INIT;
	char *text = NULL;
	size_t n = 0;
	FILE *fp;

	(void)state;
	fp = open_memstream(&text, &n);
	assert_non_null(fp);
	cmd_help(fp, cmd_find(commands, "tail", &err), 0);
	cmd_help(fp, cmd_find(commands, "find", &err), 0);
	fclose(fp);
	assert_non_null(strstr(text,
	    "usage: tail [-fq] [-n N | -c SIZE] FILE...\n"));
	assert_non_null(strstr(text, "\n  -n, --lines N "));
	assert_non_null(strstr(text, "\n  -name GLOB "));
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_ambiguous),
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_help),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
