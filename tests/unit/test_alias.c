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
#include "base/mem.h"
#include "shell/alias.h"

static void
define(struct aliases *as, const char *name, const char *text)
{
	struct err err = ERR_INIT;

	if (alias_define(as, name, text, &err) != 0)
		fail_msg("%s: %s", name, err.msg);
}

/* A command as it would be typed, its words in brackets. */
static void
show_line(struct buf *b, const struct line *line)
{
	static const char *const join[] = { "; ", " && ", " || " };
	size_t i;

	buf_addf(b, "%s%s", b->len > 0 ? join[line->join] : "",
	    line->ignore_failure ? "-" : "");
	for (i = 0; i < line->n; i++)
		buf_addf(b, "[%s]", line->word[i].pattern);
	if (line->shell != NULL)
		buf_addf(b, "!%s", line->shell);
	if (line->out_file != NULL)
		buf_addf(b, "%s%s", line->append ? ">>" : ">", line->out_file);
	if (line->pipe_to != NULL)
		buf_addf(b, "|%s", line->pipe_to);
	if (line->aside)
		buf_addc(b, '&');
}

/* What text becomes, each of its lines expanded; or the message. */
static void
check(const struct aliases *as, const char *text, const char *want)
{
	struct script script = STAILQ_HEAD_INITIALIZER(script);
	struct buf got = BUF_INIT(BUF_OWN);
	struct err err = ERR_INIT;
	struct line *line;
	int rc;

	assert_int_equal(lex_parse(text, "FILE", &script, &err), 0);
	STAILQ_FOREACH(line, &script, link) {
		rc = alias_expand(as, &script, line, &err);
		assert_int_equal(rc, err.msg[0] != '\0' ? -1 : 0);
		show_line(&got, line);
		assert_string_equal(line->file, "FILE");
		assert_int_equal(line->number, 1);
	}
	assert_string_equal(err.msg[0] != '\0' ? err.msg : got.data, want);
	lex_release(&script);
	buf_release(&got);
}

static void
test_table(void **state)
{
	struct aliases as = { 0 }, copy;

	(void)state;
	assert_null(alias_find(&as, "a"));
	assert_false(alias_remove(&as, "a"));
	define(&as, "m", "ls");
	define(&as, "b", "ls -l");
	define(&as, "z", "pwd");
	define(&as, "m", "du");
	assert_int_equal(as.n, 3);
	assert_string_equal(as.v[0].name, "b");
	assert_string_equal(as.v[2].name, "z");
	assert_string_equal(alias_find(&as, "m"), "du");
	assert_null(alias_find(&as, "mm"));
	alias_copy_all(&copy, &as);
	assert_true(alias_remove(&as, "b"));
	assert_false(alias_remove(&as, "b"));
	assert_string_equal(as.v[0].name, "m");
	assert_string_equal(alias_find(&as, "z"), "pwd");
	alias_release_all(&as);
	assert_int_equal(as.n, 0);
	assert_string_equal(alias_find(&copy, "b"), "ls -l");
	assert_int_equal(copy.n, 3);
	alias_release_all(&copy);
}

static void
test_refused(void **state)
{
	static const char *const names[] = {
		"", "-x", "!x", "a b", "a'", "a\"b", "a\\b", "a;", "a&", "a|",
		"a<", "a>", "#a", "a*", "a?", "a[", "a=", "a\nb", "a\tb",
	};
	static const char *const texts[] = {
		"", "  ", "# nothing", "ls '", "ls &&", "| ls", ">x",
	};
	struct aliases as = { 0 };
	struct err err = ERR_INIT;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		assert_int_equal(alias_define(&as, names[i], "ls", &err), -1);
		assert_int_equal(err.kind, ERR_USAGE);
	}
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_equal(alias_define(&as, "a", texts[i], &err), -1);
	assert_int_equal(as.n, 0);
	define(&as, "a-b.c/d:e!", "ls");
	alias_release_all(&as);
}

static void
test_expand(void **state)
{
	struct aliases as = { 0 };

	(void)state;
	define(&as, "l", "ls -l");
	define(&as, "up", "cd d; put -c");
	define(&as, "try", "cd d && ls || pwd");
	define(&as, "ls", "ls -F");
	define(&as, "weak", "-rm x");
	check(&as, "l", "[ls][-F][-l]");
	check(&as, "l *.gz 'a b' '*'", "[ls][-F][-l][*.gz][a b][\\*]");
	check(&as, "ls; pwd", "[ls][-F]; [pwd]");
	check(&as, "\\l; 'l'; \"l\"", "[l]; [l]; [l]");
	check(&as, "pwd l; ll", "[pwd][l]; [ll]");
	check(&as, "pwd && up x > f; pwd", "[pwd] && [cd][d]; "
	    "[put][-c][x]>f; [pwd]");
	check(&as, "-up x", "-[cd][d]; -[put][-c][x]");
	check(&as, "pwd || try x", "[pwd] || [cd][d] && [ls][-F] || [pwd][x]");
	check(&as, "weak y", "-[rm][x][y]");
	check(&as, "l x >> f", "[ls][-F][-l][x]>>f");
	check(&as, "l x | more", "[ls][-F][-l][x]|more");
	check(&as, "l x &", "[ls][-F][-l][x]&");
	check(&as, "up x &", "[cd][d]; [put][-c][x]&");
	check(&as, "try &", "try: cannot be a job (&)");
	check(&as, "!l", "!l");
	check(NULL, "l", "[l]");
	alias_release_all(&as);
}

static void
test_local(void **state)
{
	struct aliases as = { 0 };

	(void)state;
	define(&as, "lo", "!ls -l");
	define(&as, "page", "ls | less");
	define(&as, "keep", "ls > f");
	define(&as, "aside", "ls &");
	check(&as, "lo", "!ls -l");
	check(&as, "lo \"it's\" b", "!ls -l 'it'\\''s' 'b'");
	check(&as, "lo > 'a b'", "!ls -l > 'a b'");
	check(&as, "lo x >> f", "!ls -l 'x' >> 'f'");
	check(&as, "lo | wc", "!ls -l | wc");
	check(&as, "lo &", "lo: cannot be a job (&)");
	check(&as, "page -N", "[ls]|less '-N'");
	check(&as, "page > f", "[ls]|less > 'f'");
	check(&as, "page | wc", "[ls]|less | wc");
	check(&as, "keep x", "[ls][x]>f");
	check(&as, "keep > g", "keep: output is redirected twice");
	check(&as, "keep | wc", "keep: output is redirected twice");
	check(&as, "aside x", "[ls][x]&");
	alias_release_all(&as);
}

/* None within itself, and not without end. */
static void
test_circles(void **state)
{
	struct aliases as = { 0 };
	char name[8], text[32];
	int i;

	(void)state;
	define(&as, "a", "b 1");
	define(&as, "b", "a 2");
	define(&as, "twice", "a; a");
	check(&as, "a 3", "[a][2][1][3]");
	check(&as, "b", "[b][1][2]");
	check(&as, "twice", "[a][2][1]; [a][2][1]");
	define(&as, "n0", "pwd");
	for (i = 1; i < 30; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		snprintf(text, sizeof(text), "n%d; n%d", i - 1, i - 1);
		define(&as, name, text);
	}
	check(&as, "n2", "[pwd]; [pwd]; [pwd]; [pwd]");
	check(&as, "n29", "n29: stands for too many commands");
	alias_release_all(&as);
}

/* Words become a text that is read as these words. */
static void
test_text(void **state)
{
	static const char *const same[] = {
		"x ls '*' a*b '' ''", "x get 'a b' 'it\"s' \"it's\"",
		"x echo 'a\nb' 'a\\b' '#' '<>&|;'", "x ls '[a]' [a]",
		"x -ls d",
	};
	struct script script = STAILQ_HEAD_INITIALIZER(script);
	struct aliases as = { 0 };
	struct err err = ERR_INIT;
	const struct line *line;
	struct buf want;
	char *text;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		assert_int_equal(lex_parse(same[i], NULL, &script, &err), 0);
		line = STAILQ_FIRST(&script);
		text = alias_text(line->word + 1, line->n - 1);
		define(&as, "x", text);
		free(text);
		buf_init(&want, BUF_OWN);
		show_line(&want, line);
		/* A '-' before a command is no part of a word. */
		check(&as, "x", i == 4 ? "-[ls][d]" : want.data + 3);
		buf_release(&want);
		lex_release(&script);
	}
	alias_release_all(&as);
}

static void
test_line(void **state)
{
	struct aliases as = { 0 };
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(alias_define_line(&as, "ll ls -l '*'  # long", &err),
	    0);
	assert_string_equal(alias_find(&as, "ll"), "ls -l \\*");
	assert_int_equal(alias_define_line(&as, "up 'cd d; ls'", &err), 0);
	assert_string_equal(alias_find(&as, "up"), "cd d; ls");
	assert_int_equal(alias_define_line(&as, "up pwd", &err), 0);
	assert_string_equal(alias_find(&as, "up"), "cd d; ls");
	assert_int_equal(alias_define_line(&as, "x ls; ls", &err), -1);
	assert_string_equal(err.msg, "alias: a name and one command; quote "
	    "the whole if it is more");
	assert_int_equal(alias_define_line(&as, "x ls > f", &err), -1);
	assert_int_equal(alias_define_line(&as, "x ls | wc", &err), -1);
	assert_int_equal(alias_define_line(&as, "x ls &", &err), -1);
	assert_int_equal(alias_define_line(&as, "x", &err), -1);
	assert_int_equal(alias_define_line(&as, "# x", &err), -1);
	assert_int_equal(alias_define_line(&as, "x '", &err), -1);
	assert_int_equal(alias_define_line(&as, "'x y' ls", &err), -1);
	assert_int_equal(as.n, 2);
	alias_release_all(&as);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_expand),
		cmocka_unit_test(test_local),
		cmocka_unit_test(test_circles),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
