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
#include "shell/lex.h"

/*
 * A script as text: words in brackets (those with a glob followed by their
 * pattern), operators and redirections between them.
 */
static char *
described(const struct script *script)
{
	struct buf b = BUF_INIT(BUF_OWN);
	const struct line *line;
	size_t i;

	STAILQ_FOREACH(line, script, link) {
		buf_adds(&b, b.len == 0 ? "" :
		    line->join == JOIN_AND ? " && " :
		    line->join == JOIN_OR ? " || " : " ; ");
		if (line->ignore_failure)
			buf_addc(&b, '-');
		for (i = 0; i < line->n; i++) {
			buf_addf(&b, "[%s]", line->word[i].text);
			if (line->word[i].glob)
				buf_addf(&b, "{%s}", line->word[i].pattern);
		}
		if (line->out_file != NULL)
			buf_addf(&b, "%s(%s)", line->append ? ">>" : ">",
			    line->out_file);
		if (line->pipe_to != NULL)
			buf_addf(&b, "|(%s)", line->pipe_to);
		if (line->shell != NULL)
			buf_addf(&b, "!(%s)", line->shell);
		if (line->aside)
			buf_addc(&b, '&');
	}
	return buf_detach(&b);
}

static void
expect(const char *text, const char *want)
{
	struct script script = STAILQ_HEAD_INITIALIZER(script);
	struct err err = ERR_INIT;
	char *is;

	if (lex_parse(text, NULL, &script, &err) != 0)
		fail_msg("'%s': %s", text, err.msg);
	is = described(&script);
	assert_string_equal(is, want);
	free(is);
	lex_release(&script);
}

static void
expect_error(const char *text, const char *want)
{
	struct script script = STAILQ_HEAD_INITIALIZER(script);
	struct err err = ERR_INIT;

	if (lex_parse(text, "f", &script, &err) == 0)
		fail_msg("'%s' was accepted", text);
	assert_int_equal(err.kind, ERR_USAGE);
	assert_string_equal(err.msg, want);
	lex_release(&script);
}

static void
test_words(void **state)
{
	(void)state;
	expect("", "");
	expect("  \t\n\n", "");
	expect("ls", "[ls]");
	expect(" ls\t-l  a ", "[ls][-l][a]");
	expect("a\nb\r\nc", "[a] ; [b] ; [c]");
	expect("a;b ;; c", "[a] ; [b] ; [c]");
	expect("echo 'a b' \"c d\" e\\ f", "[echo][a b][c d][e f]");
	expect("echo a'b'\"c\"\\d", "[echo][abcd]");
	expect("echo '' \"\"", "[echo][][]");
	expect("echo 'a\\b\"c' \"a'\\\"\\\\\\n\"",
	    "[echo][a\\b\"c][a'\"\\\\n]");
	expect("echo a\\\nb", "[echo][ab]");
	expect("echo a \\\n b", "[echo][a][b]");
	expect("echo 'a\nb'", "[echo][a\nb]");
	expect("put $x ~ {a,b} =", "[put][$x][~][{a,b}][=]");
}

static void
test_comments(void **state)
{
	(void)state;
	expect("# ls\nls # -l; rm x\n#", "[ls]");
	expect("get a#b '#c' \\#d", "[get][a#b][#c][#d]");
}

static void
test_globs(void **state)
{
	(void)state;
	expect("ls *.c", "[ls][*.c]{*.c}");
	expect("ls '*'.c", "[ls][*.c]");
	expect("ls \\*.c \"a?b\"", "[ls][*.c][a?b]");
	expect("ls '*'*", "[ls][**]{\\**}");
	expect("ls \\[a]*", "[ls][[a]*]{\\[a]*}");
	expect("ls 'a]'*'\\'", "[ls][a]*\\]{a\\]*\\\\}");
	expect("ls ]", "[ls][]]");
}

static void
test_joins(void **state)
{
	(void)state;
	expect("a && b || c; d", "[a] && [b] || [c] ; [d]");
	expect("a&&b||c", "[a] && [b] || [c]");
	expect("a &&\n\n # x\n b", "[a] && [b]");
	expect("-a; - b && -c", "-[a] ; -[b] && -[c]");
	expect("-!false", "-!(false)");
	expect_error("a &&", "f:1: no command behind &&");
	expect_error("a && ; b", "f:1: no command behind &&");
	expect_error("a\n|| || b", "f:2: no command before ||");
	expect_error("&& b", "f:1: no command before &&");
	expect_error("-", "f:1: no command");
	expect("a & b&c x&;d\n-e &", "[a]& ; [b]& ; [c][x]& ; [d] ; -[e]&");
	expect("a && b; c > f &", "[a] && [b] ; [c]>(f)&");
	expect("a '&' \\&", "[a][&][&]");
	expect_error("& b", "f:1: no command before &");
	expect_error("a & & b", "f:1: no command before &");
	expect_error("a & && b", "f:1: no command before &&");
	expect_error("a && & b", "f:1: no command before &");
	expect_error("a && b &", "f:1: '&' behind && or ||: a job is one "
	    "command");
}

/* What a copy has is its own. */
static void
test_copies(void **state)
{
	struct script script = STAILQ_HEAD_INITIALIZER(script);
	struct script copies = STAILQ_HEAD_INITIALIZER(copies);
	struct err err = ERR_INIT;
	struct line *copy;
	char *is;

	(void)state;
	assert_int_equal(lex_parse("-a b\\*? >> f &", "n", &script, &err), 0);
	copy = lex_line_copy(STAILQ_FIRST(&script));
	STAILQ_INSERT_TAIL(&copies, copy, link);
	lex_release(&script);
	is = described(&copies);
	assert_string_equal(is, "-[a][b*?]{b\\*?}>>(f)&");
	assert_int_equal(STAILQ_FIRST(&copies)->number, 1);
	free(is);
	lex_release(&copies);
}

static void
test_redirections(void **state)
{
	(void)state;
	expect("ls > f; ls>>f", "[ls]>(f) ; [ls]>>(f)");
	expect("ls > 'a b' -l", "[ls][-l]>(a b)");
	expect("ls >\\*", "[ls]>(*)");
	expect("ls a2>f", "[ls][a2]>(f)");
	expect("ls '2'>f", "[ls][2]>(f)");
	expect_error("ls 2>f", "f:1: only standard output can be redirected");
	expect_error("ls > a > b", "f:1: output is redirected twice");
	expect_error("ls >", "f:1: no file behind >");
	expect_error("ls >;", "f:1: no file behind >");
	expect_error("> f", "f:1: no command");
	expect_error("put - x < f", "f:1: '<' means nothing here; quote it");
}

static void
test_pipes(void **state)
{
	(void)state;
	expect("cat a | sort -u | uniq > b; ls",
	    "[cat][a]|(sort -u | uniq > b) ; [ls]");
	expect("cat a|sed 's/;/x/' && ls", "[cat][a]|(sed 's/;/x/') && [ls]");
	expect("cat a | tr \\; \"&&'\" 2>&1 || ls",
	    "[cat][a]|(tr \\; \"&&'\" 2>&1) || [ls]");
	expect("cat a | b\nls", "[cat][a]|(b) ; [ls]");
	expect_error("| b", "f:1: no command before |");
	expect_error("a |", "f:1: no command behind |");
	expect_error("a > f | b", "f:1: output is redirected twice");
}

static void
test_local(void **state)
{
	(void)state;
	expect("!date; ls > x && b\nls", "!(date; ls > x && b) ; [ls]");
	expect("!", "!()");
	expect(" ! 'a", "!('a)");
	expect("a; !b", "[a] ; !(b)");
	expect("echo !a", "[echo][!a]");
}

static void
test_errors(void **state)
{
	(void)state;
	expect_error("a\n\nls 'x", "f:3: the quote ' is not closed; "
	    "\\' is one that means nothing");
	expect_error("ls \"x\ny", "f:2: the quote \" is not closed; "
	    "\\\" is one that means nothing");
	expect_error("ls x\\", "f:1: nothing behind the backslash");
	expect_error("ls > ''", "f:1: the file behind > has an empty name (a "
	    "variable that is not set?)");
	expect_error("ls >>\"\"", "f:1: the file behind > has an empty name "
	    "(a variable that is not set?)");
}

static void
test_lines(void **state)
{
	struct script script = STAILQ_HEAD_INITIALIZER(script);
	struct err err = ERR_INIT;
	const struct line *line;

	(void)state;
	assert_int_equal(lex_parse("a\n\nb 'x\ny'; c\nd", "f", &script, &err),
	    0);
	line = STAILQ_FIRST(&script);
	assert_int_equal(line->number, 1);
	line = STAILQ_NEXT(line, link);
	assert_int_equal(line->number, 3);
	assert_string_equal(line->file, "f");
	line = STAILQ_NEXT(line, link);
	assert_int_equal(line->number, 4);
	line = STAILQ_NEXT(line, link);
	assert_int_equal(line->number, 5);
	lex_release(&script);
}

static void
expect_words(char *const *argv, size_t n, bool literal, const char *want)
{
	struct script script = STAILQ_HEAD_INITIALIZER(script);
	char *is;

	lex_words(argv, n, literal, &script);
	is = described(&script);
	assert_string_equal(is, want);
	free(is);
	lex_release(&script);
}

static void
test_lex_words(void **state)
{
	char *plain[] = { "get", "a b", ";", "'x'", "a\nb", "" };
	char *globs[] = { "ls", "*.c", "\\*", "a\\b", "a\\\\b*", "x\\" };

	(void)state;
	expect_words(plain, 6, false, "[get][a b][;]['x'][a\nb][]");
	expect_words(globs, 6, false,
	    "[ls][*.c]{*.c}[*][a\\b][a\\b*]{a\\\\b*}[x\\]");
	expect_words(globs, 6, true,
	    "[ls][*.c][\\*][a\\b][a\\\\b*][x\\]");
}

/* "place start 'quote word: words before it" */
static void
expect_cursor(const char *text, const char *want)
{
	static const char *const places[] = {
		[LEX_COMMAND] = "command", [LEX_FILE] = "file",
		[LEX_LOCAL] = "local", [LEX_NOWHERE] = "nowhere",
	};
	struct buf b = BUF_INIT(BUF_OWN);
	struct lex_cursor c;
	size_t i;

	lex_cursor(text, &c);
	buf_addf(&b, "%s %zu ", places[c.place], c.start);
	if (c.quote != 0)
		buf_addc(&b, c.quote);
	buf_addf(&b, "%s:", c.word);
	for (i = 0; i < c.line->n; i++)
		buf_addf(&b, " %s", c.line->word[i].text);
	assert_string_equal(b.data, want);
	buf_release(&b);
	lex_cursor_release(&c);
}

static void
test_cursor(void **state)
{
	(void)state;
	expect_cursor("", "command 0 :");
	expect_cursor("ge", "command 0 ge:");
	expect_cursor("get ", "command 4 : get");
	expect_cursor("get a 'b c' d", "command 12 d: get a b c");
	expect_cursor("get 'a b", "command 4 'a b: get");
	expect_cursor("get x\"a", "command 4 \"xa: get");
	expect_cursor("get \"", "command 4 \": get");
	expect_cursor("get 'a b'", "command 4 a b: get");
	expect_cursor("get a\\", "command 4 a: get");
	expect_cursor("a; -b", "command 4 b:");
	expect_cursor("a && b c", "command 7 c: b");
	expect_cursor("a &&", "command 4 :");
	expect_cursor("a\nb ", "command 4 : b");
	expect_cursor("ls >", "file 4 : ls");
	expect_cursor("ls >> fi", "file 6 fi: ls");
	expect_cursor("ls > f -", "command 7 -: ls");
	/* What sh reads begins there; where its words end is sh's affair. */
	expect_cursor("ls | sort -u", "local 5 :");
	expect_cursor("ls |", "local 4 :");
	expect_cursor("ls | 'x;", "local 5 :");
	expect_cursor("ls | sort; l", "command 11 l:");
	expect_cursor("! cat a; b", "local 2 :");
	expect_cursor("ls # x", "nowhere 6 : ls");
	expect_cursor("ls # x\nl", "command 7 l:");
	expect_cursor("ls < f", "nowhere 6 : ls");
	expect_cursor("| b", "nowhere 3 :");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_comments),
		cmocka_unit_test(test_globs),
		cmocka_unit_test(test_joins),
		cmocka_unit_test(test_copies),
		cmocka_unit_test(test_redirections),
		cmocka_unit_test(test_pipes),
		cmocka_unit_test(test_local),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_lex_words),
		cmocka_unit_test(test_cursor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
