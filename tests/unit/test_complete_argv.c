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
#include "shell/cmd.h"
#include "shell/complete_argv.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum { MODE = 256, SHELL };

static const struct main_option main_table[] = {
	{ 'b', "batch", "FILE", NULL, NULL, "run FILE" },
	{ 'u', "user", "USER", NULL, NULL, "login name" },
	{ 'p', "port", "PORT", "port", NULL, "control port" },
	{ MODE, "mode", "MODE", "mode", NULL, "which side connects" },
	{ SHELL, "shell", "SHELL", NULL, NULL, "a script" },
	{ 'o', NULL, "NAME=VALUE", NULL, NULL, "any setting" },
	{ 'k', "insecure", NULL, NULL, NULL, "unchecked" },
	{ '4', NULL, NULL, NULL, NULL, "IPv4 only" },
};

static const struct main_options options = { main_table, COUNT(main_table) };

static const struct cmd_option get_options[] = {
	{ 'c', "continue", ARG_NONE, NULL, "go on" },
	{ 'O', "into", ARG_LOCAL_DIR, "DIR", "where to" },
	{ 'x', NULL, ARG_NONE, NULL, "a letter" },
	{ 0 }
};

static const struct cmd_alias get_aliases[] = { { "grab", 0 }, { 0 } };

static const struct cmd get = {
	.name = "get", .aliases = get_aliases, .options = get_options,
	.max = -1, .first = ARG_REMOTE, .rest = ARG_REMOTE,
	.summary = "from there",
};
static const struct cmd put = {
	.name = "put", .max = -1, .first = ARG_LOCAL, .rest = ARG_LOCAL,
	.summary = "to there",
};
static const struct cmd cd = {
	.name = "cd", .max = 1, .first = ARG_REMOTE_DIR, .summary = "go",
};
static const struct cmd lcd = {
	.name = "lcd", .max = 1, .first = ARG_LOCAL_DIR, .summary = "go here",
};
static const struct cmd visit = {
	.name = "visit", .max = 1, .first = ARG_SITE, .summary = "",
};

static const struct cmd *const commands[] = {
	&get, &put, &cd, &lcd, &visit, NULL
};

static const char *const remote_top[] = {
	"dir/", "dump", "ab cd", "q'x", "q\"x", "q!", "end'", "end\"",
	"pat*?[]\\h", "k_.,:=@%+-z", "\xc3\xa9$`", "~root", "'", NULL
};
static const char *const remote_dir[] = { "sub/", "file", NULL };
static const char *const remote_at[] = { "host", NULL };
static const char *const site_list[] = { "nas", "nile", "-odd", NULL };

/* What the source is asked with, which everything passes through. */
static int asked_with;

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
	assert_ptr_equal(ctx, &asked_with);
	if (strcmp(dir, "") == 0)
		give(remote_top, dirs, names);
	if (strcmp(dir, "dir/") == 0)
		give(remote_dir, dirs, names);
	if (strcmp(dir, "u@h:x/") == 0)
		give(remote_at, dirs, names);
}

static void
local(void *ctx, const char *dir, bool dirs, struct strvec *names)
{
	(void)ctx, (void)dir, (void)dirs, (void)names;
	fail_msg("names here are the shell's");
}

static void
sites(void *ctx, struct strvec *names)
{
	assert_ptr_equal(ctx, &asked_with);
	give(site_list, false, names);
}

static const struct complete_source source = {
	.ctx = &asked_with, .commands = commands, .remote = remote,
	.local = local, .sites = sites,
};

/* Hands in text, where '|' stands for a word's end. */
static int
read_typed(struct complete_argv *c, const char *shell, const char *text,
    struct err *err)
{
	size_t n = strlen(text), i;
	char *input = strdup(text);
	FILE *fp = fmemopen(input, n + 1, "r");
	int rc;

	assert_non_null(fp);
	for (i = 0; i < n; i++) {
		if (input[i] == '|')
			input[i] = '\0';
	}
	memset(c, 0xff, sizeof(*c));
	rc = complete_argv_read(c, shell, fp, err);
	fclose(fp);
	free(input);
	return rc;
}

static void
expect_error(const char *shell, const char *text)
{
	struct complete_argv c;
	struct err err = ERR_INIT;

	assert_int_equal(read_typed(&c, shell, text, &err), -1);
	assert_int_equal(err.kind, ERR_USAGE);
	assert_string_equal(err.msg, "nothing to complete");
	complete_argv_release(&c);
}

static void
test_errors(void **state)
{
	(void)state;
	expect_error("zsh", "");
	expect_error("zsh", "ftps");
	expect_error("bash", "=:");
	expect_error("bash", "=:|ftps x|more");
	expect_error("bash", "=:|");
	expect_error("bash", "=:|ftps");
	expect_error("bash", "=:|ftps $(date) d");
}

/* As much as anybody types, and no more. */
static void
test_too_much(void **state)
{
	size_t n = 1 << 20, i;
	char *input = malloc(n + 1);
	struct complete_argv c;
	struct err err = ERR_INIT;
	FILE *fp;

	(void)state;
	memset(input, 'x', n + 1);
	input[4] = '\0';
	for (i = 0; i < 2; i++) {
		fp = fmemopen(input, n + i, "r");
		assert_non_null(fp);
		assert_int_equal(complete_argv_read(&c, "fish", fp, &err),
		    -(int)i);
		fclose(fp);
		if (i == 0)
			assert_int_equal(strlen(c.word), n - 5);
		complete_argv_release(&c);
	}
	assert_string_equal(err.msg, "too much to complete");
	free(input);
}

/* Options given as [name=value], then what else was found. */
static void
expect_scan(const char *text, const char *want)
{
	struct buf b = BUF_INIT(BUF_OWN);
	const struct given_option *g;
	struct complete_argv c;
	struct err err = ERR_INIT;
	size_t i;

	assert_int_equal(read_typed(&c, "zsh", text, &err), 0);
	complete_argv_scan(&c, &options);
	for (i = 0; i < c.ngiven; i++) {
		g = &c.given[i];
		if (g->option->name != NULL)
			buf_adds(&b, g->option->name);
		else
			buf_addc(&b, (char)g->option->id);
		buf_addf(&b, "=%s ", g->value != NULL ? g->value : "-");
	}
	buf_addf(&b, "site %s", c.site != NULL ? c.site : "-");
	if (c.command != 0)
		buf_addf(&b, " command %s", c.before.v[c.command]);
	if (c.wanting != NULL)
		buf_addf(&b, " wanting %s", c.wanting->name);
	if (c.only_operands)
		buf_adds(&b, " operands");
	assert_string_equal(b.data, want);
	buf_release(&b);
	complete_argv_release(&c);
}

static void
test_scan(void **state)
{
	(void)state;
	expect_scan("ftps|", "site -");
	expect_scan("ftps|nas|", "site nas");
	expect_scan("ftps|nas|get|", "site nas command get");
	expect_scan("ftps|nas|get|-k|", "site nas command get");
	expect_scan("ftps|-k|nas|", "insecure=- site nas");
	expect_scan("ftps|nas|-k|get|x|", "insecure=- site nas command get");
	expect_scan("ftps|-ku|me|nas|", "insecure=- user=me site nas");
	expect_scan("ftps|-4kume|", "4=- insecure=- user=me site -");
	expect_scan("ftps|--user=me|--use|you|",
	    "user=me user=you site -");
	expect_scan("ftps|--user=|nas|", "user= site nas");
	expect_scan("ftps|--insecure|-b-|", "insecure=- batch=- site -");
	expect_scan("ftps|-|", "site -");
	expect_scan("ftps|--port|", "site - wanting port");
	expect_scan("ftps|-kp|", "insecure=- site - wanting port");
	expect_scan("ftps|-p|--|nas|", "port=-- site nas");
	expect_scan("ftps|--nosuch|-z|nas|", "site nas");
	expect_scan("ftps|--|", "site - operands");
	expect_scan("ftps|--|-k|-4|", "4=- site -k");
	expect_scan("ftps|--|--|x|", "site -- command x");
	expect_scan("ftps|nas|--|", "site nas operands");
	expect_scan("ftps|nas|--|-k|", "site nas command -k operands");
}

static char *
printed(const char *shell, const char *text, bool literal)
{
	struct complete_argv c;
	struct err err = ERR_INIT;
	char *out = NULL;
	size_t n = 0;
	FILE *fp = open_memstream(&out, &n);

	assert_non_null(fp);
	if (read_typed(&c, shell, text, &err) != 0)
		fail_msg("%s: %s", text, err.msg);
	complete_argv_scan(&c, &options);
	c.literal = literal;
	complete_argv_print(&c, &source, fp);
	complete_argv_release(&c);
	fclose(fp);
	return out;
}

static void
expect(const char *text, const char *want)
{
	char *is = printed("zsh", text, false);

	assert_string_equal(is, want);
	free(is);
}

static void
test_before_command(void **state)
{
	(void)state;
	expect("ftps|", "words\nnas\nnile\n-odd\n");
	expect("ftps|ni", "words\nnile\n");
	expect("ftps|x", "words\n");
	expect("ftps|--|-", "words\n-odd\n");
	expect("ftps|-|", "words\nget\tfrom there\ngrab\tfrom there\n"
	    "put\tto there\ncd\tgo\nlcd\tgo here\nvisit\n");
	expect("ftps|nas|g", "words\nget\tfrom there\ngrab\tfrom there\n");
	expect("ftps|nas|--|-", "words\n");
	expect("ftps|nas|-4", "words\n-4\tIPv4 only\n");
	expect("ftps|-", "words\n--batch\trun FILE\n--user\tlogin name\n"
	    "--port\tcontrol port\n--mode\twhich side connects\n"
	    "--shell\ta script\n-o\tany setting\n--insecure\tunchecked\n"
	    "-4\tIPv4 only\n");
}

static void
test_values(void **state)
{
	(void)state;
	expect("ftps|-b|lo", "files\t\n");
	expect("ftps|-blo", "files\t-b\n");
	expect("ftps|-kblo", "files\t-kb\n");
	expect("ftps|--batch=lo", "files\t--batch=\n");
	expect("ftps|--user=m", "words\n");
	expect("ftps|--user|n", "words\n");
	expect("ftps|--nosuch=n", "words\n");
	expect("ftps|--insecure=n", "words\n");
	expect("ftps|--mode|", "words\npassive\nactive\n");
	expect("ftps|--mo=pa", "words\n--mo=passive\n");
	expect("ftps|--port|2", "words\n");
	expect("ftps|--shell|", "words\nbash\nfish\nzsh\n");
	expect("ftps|--shell=z", "words\n--shell=zsh\n");
	expect("ftps|-o|tls-ser", "words\ntls-server-name=\t"
	    "name to expect in the certificate, if not the host's\n");
	expect("ftps|-oglo", "words\n-oglob=\texpand * ? [ ] in names\n");
	expect("ftps|-o|glob=", "words\nglob=yes\nglob=no\n");
	expect("ftps|-koglob=n", "words\n-koglob=no\n");
	expect("ftps|-o|ca-file=lo", "files\tca-file=\n");
	expect("ftps|-oca-file=lo", "files\t-oca-file=\n");
	expect("ftps|-o|nosuch=", "words\n");
}

static void
test_command(void **state)
{
	char *is;

	(void)state;
	expect("ftps|nas|get|du", "words\ndump\n");
	expect("ftps|nas|get|x|d", "words\ndir/\ndump\n");
	expect("ftps|nas|get|dir/", "words\ndir/sub/\ndir/file\n");
	expect("ftps|nas|cd|d", "words\ndir/\n");
	expect("ftps|nas|nosuch|d", "words\n");
	expect("ftps|nas|get|--c", "words\n--continue\tgo on\n");
	expect("ftps|nas|get|-x", "words\n-x\ta letter\n");
	expect("ftps|nas|visit|n", "words\nnas\nnile\n");
	expect("ftps|nas|put|lo", "files\t\n");
	expect("ftps|nas|lcd|lo", "dirs\t\n");
	expect("ftps|nas|put|a\\*/lo", "files\t\n");
	expect("ftps|nas|get|-O|lo", "dirs\t\n");
	expect("ftps|nas|get|--into=lo", "dirs\t--into=\n");
	/* Whatever else stands there, such a name is not of a pattern. */
	expect("ftps|nas|get|pat", "words\npat\\*\\?\\[\\]\\\\h\n");
	expect("ftps|nas|get|pat\\*", "words\npat\\*\\?\\[\\]\\\\h\n");
	expect("ftps|nas|get|pat*", "words\n");
	is = printed("fish", "ftps|nas|get|pat*", true);
	assert_string_equal(is, "words\npat*?[]\\h\n");
	free(is);
	/* A home. */
	expect("ftps|nas|get|~", "words\n");
}

static void
expect_bash(const char *line, const char *want)
{
	char *text, *is;

	if (asprintf(&text, "= \t\n\"'@><;&(:|%s", line) == -1)
		abort();
	is = printed("bash", text, false);
	assert_string_equal(is, want);
	free(is);
	free(text);
}

/* Within the quotes that are open, from the last break on. */
static void
test_bash(void **state)
{
	(void)state;
	expect_bash("ftps nas g", "words\nget\ngrab\n");
	expect_bash("ftps nas get ab", "words\nab\\ cd\n");
	expect_bash("ftps nas get ab\\ ", "words\nab\\ cd\n");
	expect_bash("ftps nas get q", "words\nq\\'x\nq\\\"x\nq\\!\n");
	expect_bash("ftps nas get 'q", "words\nq'\\''x\nq\"x\nq!\n");
	expect_bash("ftps nas get \"q",
	    "words\nq'x\nq\\\"x\nq\"\\!\"\"\n");
	expect_bash("ftps nas get e", "words\nend\\'\nend\\\"\n");
	expect_bash("ftps nas get 'e", "words\nend'\\'''\nend\"\n");
	expect_bash("ftps nas get \"e", "words\nend'\nend\\\"\"\n");
	expect_bash("ftps nas get k", "words\nk_.,:=@%+-z\n");
	expect_bash("ftps nas get k_.,:", "words\n=@%+-z\n");
	expect_bash("ftps nas get \xc3", "words\n\xc3\xa9\\$\\`\n");
	expect_bash("ftps nas get \"\xc3", "words\n\xc3\xa9\\$\\`\n");
	expect_bash("ftps nas get '\xc3", "words\n\xc3\xa9$`\n");
	expect_bash("ftps nas get pat", "words\n"
	    "pat\\\\\\*\\\\\\?\\\\\\[\\\\\\]\\\\\\\\h\n");
	expect_bash("ftps nas get \"pat",
	    "words\npat\\\\*\\\\?\\\\[\\\\]\\\\\\\\h\n");
	expect_bash("ftps nas get \\~", "words\n\\~root\n");
	expect_bash("ftps nas get \\''", "words\n\n");
	expect_bash("ftps nas get u@h:x/", "words\nx/host\n");
	expect_bash("ftps nas get 'x' 'd", "words\ndir/\ndump\n");
	expect_bash("ls; ftps nas put lo", "files\t\n");
	expect_bash("ftps --mode=p", "words\npassive\n");
	expect_bash("ftps nas lcd 'lo", "dirs\t\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_too_much),
		cmocka_unit_test(test_scan),
		cmocka_unit_test(test_before_command),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_command),
		cmocka_unit_test(test_bash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
