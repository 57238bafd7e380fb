/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "listing/arena.h"
#include "listing/parser.h"

enum { NOW = 1795181040 };	/* 2026-11-20 13:24 */

#define L(name)	"-rw-r--r-- 1 u g 5 Nov 20 13:24 " name "\r\n"
#define M(name)	"type=file;size=5;modify=20261120132400; " name "\r\n"

/* Feeds pieces of the given size. */
static int
parse(enum parser_format format, const char *text, size_t n, size_t piece,
    struct listing *l)
{
	struct parser *p = parser_new(format, NOW);
	struct err err = ERR_INIT;
	size_t i, part;
	int rc;

	for (i = 0; i < n; i += part) {
		part = n - i < piece ? n - i : piece;
		assert_int_equal(parser_feed(p, text + i, part, &err), 0);
	}
	rc = parser_finish(p, l, &err);
	assert_int_equal(err.kind, rc == 0 ? ERR_NONE : ERR_PROTOCOL);
	assert_int_equal(l->gap, GAP_NONE);
	if (rc != 0) {
		assert_int_equal(l->n, 0);
		assert_null(l->entry);
	}
	return rc;
}

/* The names, each with a '|' behind it. */
static void
check_n(enum parser_format format, const char *text, size_t n,
    const char *names, size_t bad)
{
	static const size_t pieces[] = { 1, 2, 3, 17, 4096 };
	struct listing l;
	struct buf b = BUF_INIT(BUF_OWN);
	size_t i, k;

	for (k = 0; k < sizeof(pieces) / sizeof(pieces[0]); k++) {
		assert_int_equal(parse(format, text, n, pieces[k], &l), 0);
		for (i = 0; i < l.n; i++)
			buf_addf(&b, "%s|", l.entry[i].name);
		assert_string_equal(b.data, names);
		assert_int_equal(l.bad, bad);
		assert_int_equal(l.bad_name[0] == '\0', bad == 0);
		listing_release(&l);
		buf_clear(&b);
	}
	buf_release(&b);
}

static void
check(enum parser_format format, const char *text, const char *names,
    size_t bad)
{
	check_n(format, text, strlen(text), names, bad);
}

static void
test_lines(void **state)
{
	(void)state;
	check(PARSER_MLSD, "", "", 0);
	check(PARSER_LIST, "", "", 0);
	check(PARSER_NLST, "", "", 0);
	/* CRLF, LF, none at the end. */
	check(PARSER_NLST, "b\r\na\r\nc", "a|b|c|", 0);
	check(PARSER_NLST, "b\r\na\r\nc\r", "a|b|c|", 0);
	check(PARSER_NLST, "b\na\nc\n", "a|b|c|", 0);
	check(PARSER_NLST, "b\na\nc\r", "a|b|c|", 0);
	check(PARSER_MLSD, M("b") M("a"), "a|b|", 0);
	check(PARSER_LIST, L("b") L("a"), "a|b|", 0);
	check(PARSER_NLST, "a\r\n\r\nb\r\n", "a|b|", 1);
	check(PARSER_MLSD, M("a") "\r\n" M("b"), "a|b|", 1);
	check(PARSER_LIST, "total 0\r\n", "", 0);
	check(PARSER_LIST, "\r\ntotal 12\r\n\r\n" L("a") "\r\n", "a|", 0);
	check(PARSER_LIST, L("a") L("b") "total 12K\r\n", "a|b|", 1);
	check(PARSER_LIST, L("a") "total \r\n", "a|", 1);
}

/* A LF in a name: its first part must not pass for a name. */
static void
test_torn(void **state)
{
	(void)state;
	check(PARSER_NLST, "a\r\nn\nl\r\nb\r\n", "a|b|l|", 1);
	check(PARSER_MLSD, M("a") "type=file; n\nl\r\n" M("b"), "a|b|", 2);
	check(PARSER_LIST, L("a") "-rw-r--r-- 1 u g 5 Nov 20 13:24 n\nl\r\n",
	    "a|", 2);
	/* Before the first CRLF it can only be counted. */
	check(PARSER_NLST, "n\nl\r\na\r\nb\r\n", "a|b|l|n|", 1);
	/* Where LF is the rule, a CR is the end of a name. */
	check(PARSER_NLST, "a\nb\nc\r\nd\ne\n", "a|b|c|d|e|", 1);
	check(PARSER_LIST, "total 0\n" L("a"), "a|", 0);
}

static void
test_self(void **state)
{
	(void)state;
	check(PARSER_NLST, ".\r\n..\r\na\r\n", "a|", 0);
	check(PARSER_LIST, L(".") L("..") L("...") L(".a"), "...|.a|", 0);
	check(PARSER_MLSD, "type=cdir; /x\r\ntype=pdir; ..\r\n" M(".") M("a"),
	    "a|", 0);
}

static void
test_bad_names(void **state)
{
	static const char nul[] = M("a") M("b\0c") M("d");
	static const char nul_fact[] = M("a") "type=\0; b\n" M("d");
	static const char escape[] = "a\nx/\033[2J\nc/d\n";
	struct listing l;

	(void)state;
	check(PARSER_MLSD, M("../x") M("/etc/x") M("a/b") M("ok"), "ok|", 3);
	check(PARSER_MLSD, M("a\r") M("a\rb") M("ok"), "ok|", 2);
	check(PARSER_LIST, L("../x") L("a\rb") L("ok"), "ok|", 2);
	check(PARSER_NLST, "a\r\nd/b\r\n/c\r\n", "a|", 2);
	check_n(PARSER_MLSD, nul, sizeof(nul) - 1, "a|d|", 1);
	check_n(PARSER_MLSD, nul_fact, sizeof(nul_fact) - 1, "a|d|", 1);
	check_n(PARSER_NLST, "a\nb\0c\n", 6, "a|", 1);
	/* Bad names alone are a listing still. */
	check(PARSER_MLSD, M("a/b") M("c/d"), "", 2);

	assert_int_equal(parse(PARSER_NLST, escape, sizeof(escape) - 1, 99, &l),
	    0);
	assert_int_equal(l.bad, 2);
	assert_string_equal(l.bad_name, "x/\\033[2J");
	listing_release(&l);
}

static void
test_bad_name_is_cut(void **state)
{
	struct listing l;
	char text[300];

	(void)state;
	memset(text, '\033', sizeof(text));
	text[sizeof(text) - 1] = '/';
	assert_int_equal(parse(PARSER_NLST, text, sizeof(text), 7, &l), 0);
	assert_int_equal(l.bad, 1);
	assert_int_equal(strlen(l.bad_name), 76 + 3);
	assert_string_equal(l.bad_name + 72, "\\033...");
	listing_release(&l);
}

static void
test_twins(void **state)
{
	static const char text[] = "type=file;size=1; b\n"
	    "type=OS.unix=slink:/etc; a\n" "type=file;size=2; b\n"
	    "type=dir; a\n" "type=file;size=3; b\n" "type=file; c\n";
	struct listing l;

	(void)state;
	assert_int_equal(parse(PARSER_MLSD, text, sizeof(text) - 1, 99, &l), 0);
	assert_int_equal(l.n, 3);
	assert_int_equal(l.bad, 3);
	assert_string_equal(l.bad_name, "a");
	assert_int_equal(l.entry[0].type, 'l');
	assert_int_equal(l.entry[0].order, 1);
	assert_string_equal(l.entry[1].name, "b");
	assert_int_equal(l.entry[1].size, 1);
	assert_int_equal(l.entry[2].order, 5);
	listing_release(&l);
	/* Side by side, in order otherwise. */
	check(PARSER_NLST, "a\nb\nb\nc\n", "a|b|c|", 1);
}

/* The first line that is understood decides what all must look like. */
static void
test_kinds(void **state)
{
	static const char dos[] = "11-20-26  01:24PM       <DIR>          d\r\n"
	    "11-20-26  01:24PM                   12 f\r\n";

	(void)state;
	check(PARSER_LIST, dos, "d|f|", 0);
	check(PARSER_LIST, "+r,\ta\r\n+/,\tb\r\n", "a|b|", 0);
	check(PARSER_LIST, "garbage\r\n" L("a") L("b"), "a|b|", 1);
	check(PARSER_LIST, L("a") L("b") "+r,\tc\r\n", "a|b|", 1);
	check(PARSER_LIST, L("a") L("b") "11-20-26  01:24PM 12 f\r\n", "a|b|",
	    1);
}

static void
check_senseless(enum parser_format format, const char *text)
{
	struct listing l;

	assert_int_equal(parse(format, text, strlen(text), 99, &l), -1);
}

static void
test_senseless(void **state)
{
	struct parser *p = parser_new(PARSER_LIST, NOW);
	struct err err = ERR_INIT;
	struct listing l;

	(void)state;
	check_senseless(PARSER_LIST, "ls: x: No such file or directory\r\n");
	check_senseless(PARSER_LIST, "x\r\n" L("a") "y\r\n");
	check_senseless(PARSER_MLSD, L("a") L("b"));
	check_senseless(PARSER_MLSD, "\r\n");
	check_senseless(PARSER_MLSD, "<html>\r\n<body>\r\n");
	check(PARSER_LIST, "x\r\n" L("a"), "a|", 1);

	assert_int_equal(parser_feed(p, "x\033\n", 3, &err), 0);
	assert_int_equal(parser_finish(p, &l, &err), -1);
	assert_string_equal(err.msg, "listing not understood: x\\033");
}

static void
test_long_lines(void **state)
{
	const size_t max = PARSER_LINE_MAX;
	struct buf b = BUF_INIT(BUF_OWN);
	struct listing l;
	size_t n, piece, i;

	(void)state;
	for (n = max - 1; n < max + 4; n++) {
		buf_clear(&b);
		buf_adds(&b, "x=");
		for (i = 5; i < n; i++)
			buf_addc(&b, 'x');
		buf_adds(&b, "; a\r\ntype=file; ok\r\n");
		for (piece = 1000; piece < 3 * max; piece *= 10) {
			assert_int_equal(parse(PARSER_MLSD, b.data, b.len,
			    piece, &l), 0);
			assert_int_equal(l.n, n <= max ? 2 : 1);
			assert_int_equal(l.bad, n > max);
			listing_release(&l);
		}
	}
	/* Without an end, and much longer. */
	buf_clear(&b);
	buf_adds(&b, "ok\n");
	for (i = 0; i < 10 * max; i++)
		buf_addc(&b, 'x');
	assert_int_equal(parse(PARSER_NLST, b.data, b.len, 16384, &l), 0);
	assert_int_equal(l.n, 1);
	assert_int_equal(l.bad, 1);
	listing_release(&l);
	buf_release(&b);
}

static void
test_entries(void **state)
{
	static const char text[] =
	    "type=file;size=5;modify=20261120132400.5;UNIX.mode=0640;"
	    "UNIX.ownername=u;UNIX.groupname=g; b\r\n"
	    "type=OS.unix=slink:t;modify=20261120132400;UNIX.ownername=u;"
	    "UNIX.groupname=gg; .a\r\n" "type=dir;UNIX.ownername=uu; c\r\n"
	    "type=dir;UNIX.ownername=u; d\r\n";
	struct listing l;

	(void)state;
	assert_int_equal(parse(PARSER_MLSD, text, sizeof(text) - 1, 5, &l), 0);
	assert_int_equal(l.n, 4);
	assert_true(l.dotfiles);
	assert_int_equal(l.precision, PRECISION_SECOND);
	assert_string_equal(l.entry[0].name, ".a");
	assert_int_equal(l.entry[0].type, 'l');
	assert_string_equal(l.entry[0].target, "t");
	assert_string_equal(l.entry[0].owner, "u");
	assert_string_equal(l.entry[0].group, "gg");
	assert_int_equal(l.entry[0].size, -1);
	assert_int_equal(l.entry[0].mode, -1);
	assert_string_equal(l.entry[1].name, "b");
	assert_int_equal(l.entry[1].size, 5);
	assert_int_equal(l.entry[1].mode, 0640);
	assert_int_equal(l.entry[1].mtime.tv_sec, NOW);
	assert_int_equal(l.entry[1].mtime.tv_nsec, 500000000);
	assert_int_equal(l.entry[1].precision, PRECISION_SUB);
	assert_string_equal(l.entry[1].owner, "u");
	assert_string_equal(l.entry[1].group, "g");
	assert_null(l.entry[1].target);
	assert_string_equal(l.entry[2].owner, "uu");
	assert_null(l.entry[2].group);
	assert_string_equal(l.entry[3].owner, "u");
	assert_int_equal(l.entry[2].precision, PRECISION_NONE);
	assert_true(l.entry[2].unique == 0);
	listing_release(&l);
}

static void
test_precision(void **state)
{
	struct listing l;
	static const char text[] = L("a")
	    "-rw-r--r-- 1 u g 5 Nov 20  2023 b\r\n" L("c");

	(void)state;
	assert_int_equal(parse(PARSER_LIST, L("a"), strlen(L("a")), 9, &l), 0);
	assert_int_equal(l.precision, PRECISION_MINUTE);
	assert_false(l.dotfiles);
	listing_release(&l);
	assert_int_equal(parse(PARSER_LIST, text, sizeof(text) - 1, 9, &l), 0);
	assert_int_equal(l.precision, PRECISION_DAY);
	assert_int_equal(l.entry[2].precision, PRECISION_MINUTE);
	listing_release(&l);
	assert_int_equal(parse(PARSER_NLST, "a\n", 2, 9, &l), 0);
	assert_int_equal(l.precision, PRECISION_NONE);
	listing_release(&l);
}

/* More than one chunk, names of all lengths, unsorted. */
static void
test_many(void **state)
{
	enum { MANY = 30000 };
	struct parser *p = parser_new(PARSER_MLSD, NOW);
	struct err err = ERR_INIT;
	struct listing l;
	char line[400], name[300];
	const struct entry *e;
	int i, k, n;

	(void)state;
	for (i = 0; i < MANY; i++) {
		k = (int)((unsigned)i * 7919u % MANY);
		n = snprintf(line, sizeof(line),
		    "type=file;size=%d;UNIX.ownername=u%d; %0*d\r\n", k, k % 3,
		    10 + k % 200, k);
		assert_int_equal(parser_feed(p, line, (size_t)n, &err), 0);
	}
	assert_int_equal(parser_finish(p, &l, &err), 0);
	assert_int_equal(l.n, MANY);
	assert_int_equal(l.bad, 0);
	for (k = 0; k < MANY; k++) {
		snprintf(name, sizeof(name), "%0*d", 10 + k % 200, k);
		e = listing_find(&l, name);
		assert_non_null(e);
		assert_int_equal(e->size, k);
		assert_int_equal(e->owner[1] - '0', k % 3);
		if (k > 0)
			assert_true(strcmp(l.entry[k - 1].name,
			    l.entry[k].name) < 0);
	}
	listing_release(&l);
}

/* What a server could go on with for ever. */
static void
test_limits(void **state)
{
	static const char five[] = "a\nb\nc\nd\ne\n";
	struct err err = ERR_INIT;
	struct listing l;
	struct parser *p;

	(void)state;
	p = parser_new(PARSER_NLST, NOW);
	parser_limit(p, 5, 1 << 20);
	assert_int_equal(parser_feed(p, five, strlen(five), &err), 0);
	assert_int_equal(parser_feed(p, "f\n", 2, &err), -1);
	assert_int_equal(err.kind, ERR_PROTOCOL);
	assert_string_equal(err.msg,
	    "directory too large: more than 5 entries");
	parser_free(p);
	/* The last one, too, if no line ends it. */
	p = parser_new(PARSER_NLST, NOW);
	parser_limit(p, 5, 1 << 20);
	assert_int_equal(parser_feed(p, five, strlen(five), &err), 0);
	assert_int_equal(parser_feed(p, "f", 1, &err), 0);
	err_clear(&err);
	assert_int_equal(parser_finish(p, &l, &err), -1);
	assert_int_equal(err.kind, ERR_PROTOCOL);
	assert_int_equal(l.n, 0);

	p = parser_new(PARSER_NLST, NOW);
	parser_limit(p, 10, 0);
	err_clear(&err);
	assert_int_equal(parser_feed(p, five, strlen(five), &err), -1);
	assert_int_equal(err.kind, ERR_PROTOCOL);
	assert_string_equal(err.msg,
	    "directory too large: more than 1 GiB of names");
	parser_free(p);
	p = parser_new(PARSER_NLST, NOW);
	parser_limit(p, 5, strlen(five));
	assert_int_equal(parser_feed(p, five, strlen(five), &err), 0);
	parser_free(p);
}

/* What is longer than any real one is not kept. */
static void
test_long_facts(void **state)
{
	static const struct {
		size_t owner, target;
	} rows[] = {
		{ PARSER_OWNER_MAX, PARSER_TARGET_MAX },
		{ PARSER_OWNER_MAX + 1, PARSER_TARGET_MAX + 1 },
	};
	char line[PARSER_OWNER_MAX + PARSER_TARGET_MAX + 80];
	struct err err = ERR_INIT;
	struct listing l;
	struct parser *p;
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		snprintf(line, sizeof(line), "type=OS.unix=slink:%0*d;"
		    "UNIX.ownername=%0*d;UNIX.groupname=g; a\r\n",
		    (int)rows[i].target, 1, (int)rows[i].owner, 2);
		p = parser_new(PARSER_MLSD, NOW);
		assert_int_equal(parser_feed(p, line, strlen(line), &err), 0);
		assert_int_equal(parser_finish(p, &l, &err), 0);
		assert_int_equal(l.n, 1);
		assert_int_equal(l.entry[0].type, 'l');
		assert_int_equal(l.entry[0].target == NULL, i);
		assert_int_equal(l.entry[0].owner == NULL, i);
		assert_string_equal(l.entry[0].group, "g");
		if (i == 0) {
			assert_int_equal(strlen(l.entry[0].target),
			    PARSER_TARGET_MAX);
			assert_int_equal(strlen(l.entry[0].owner),
			    PARSER_OWNER_MAX);
		}
		listing_release(&l);
	}
}

/* It counts, and stops before it looks. */
static void
test_too_much(void **state)
{
	static const uint64_t most = (uint64_t)4 << 30;
	struct err err = ERR_INIT;
	struct parser *p;

	(void)state;
	if (SIZE_MAX < most)
		skip();
	p = parser_new(PARSER_NLST, NOW);
	assert_int_equal(parser_feed(p, "a\n", 2, &err), 0);
	assert_int_equal(parser_feed(p, "", (size_t)most - 1, &err), -1);
	assert_int_equal(err.kind, ERR_PROTOCOL);
	assert_string_equal(err.msg,
	    "directory too large: more than 4 GiB of listing");
	parser_free(p);
}

static void
test_arena(void **state)
{
	struct arena *a = NULL;
	const char *first, *second;

	(void)state;
	assert_int_equal(arena_size(a), 0);
	first = arena_keep(&a, "abcd", 3);
	assert_string_equal(first, "abc");
	assert_int_equal(arena_size(a), 4);
	second = arena_keep(&a, "", 0);
	assert_string_equal(second, "");
	assert_int_equal(arena_size(a), 5);
	arena_unkeep(a, 0);
	assert_int_equal(arena_size(a), 4);
	/* Room that was taken back serves again. */
	assert_ptr_equal(arena_keep(&a, "x", 1), second);
	assert_string_equal(first, "abc");
	assert_int_equal(arena_size(a), 6);
	arena_free(a);
}

/* Names that fill a chunk to its last byte, and one that is longer. */
static void
test_chunks(void **state)
{
	struct parser *p = parser_new(PARSER_NLST, NOW);
	struct err err = ERR_INIT;
	struct listing l;
	char line[300];
	size_t i;
	int n;

	(void)state;
	for (i = 0; i < 600; i++) {
		n = snprintf(line, sizeof(line), "%0*zu\n",
		    i % 256 == 255 ? 256 : 255, i);
		assert_int_equal(parser_feed(p, line, (size_t)n, &err), 0);
	}
	for (i = 0; i < PARSER_NAME_MAX; i++)
		assert_int_equal(parser_feed(p, "x", 1, &err), 0);
	assert_int_equal(parser_finish(p, &l, &err), 0);
	assert_int_equal(l.n, 601);
	assert_int_equal(l.bad, 0);
	for (i = 0; i < 600; i++)
		assert_int_equal(strtol(l.entry[i].name, NULL, 10),
		    l.entry[i].order);
	assert_int_equal(strlen(l.entry[600].name), PARSER_NAME_MAX);
	listing_release(&l);
}

/* What no file system holds is not kept. */
static void
test_long_names(void **state)
{
	struct buf b = BUF_INIT(BUF_OWN);
	struct listing l;
	size_t i, k;

	(void)state;
	for (k = 0; k < 100; k++) {
		buf_adds(&b, "type=OS.unix=slink:");
		for (i = 0; i < (k == 0 ? PARSER_TARGET_MAX : 50000); i++)
			buf_addc(&b, 't');
		buf_addf(&b, ";unix.owner=o%060000zu; link%02zu\r\n", k, k);
		buf_addf(&b, "type=file; %060000zu\r\n", k);
	}
	assert_int_equal(parse(PARSER_MLSD, b.data, b.len, 10000, &l), 0);
	assert_int_equal(l.n, 1);
	assert_int_equal(l.bad, 199);
	assert_string_equal(l.bad_why, "the name is too long");
	assert_true(arena_size(l.arena) < 10000);
	listing_release(&l);
	buf_release(&b);
}

static void
test_bad_why(void **state)
{
	static const struct {
		const char *line, *why;
	} bad[] = {
		{ "type=file; ../x", "no plain name" },
		{ "type=file; a\r\ntype=file; a", "listed twice" },
		{ "nonsense", "the line makes no sense" },
		{ "type=file; a\ntype=file; b", "a line break in the name" },
	};
	struct listing l;
	char text[128];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(text, sizeof(text), "type=cdir; .\r\n%s\r\n"
		    "type=file; z\r\n", bad[i].line);
		assert_int_equal(parse(PARSER_MLSD, text, strlen(text), 7, &l),
		    0);
		assert_int_equal(l.bad, 1);
		assert_string_equal(l.bad_why, bad[i].why);
		listing_release(&l);
	}
}

/* A server's clock may be a day ahead. */
static void
test_tomorrow(void **state)
{
	static const char text[] = "-rw-r--r-- 1 u g 5 Nov 21 13:24 a\n"
	    "-rw-r--r-- 1 u g 5 Nov 21 13:25 b\n";
	struct listing l;

	(void)state;
	assert_int_equal(parse(PARSER_LIST, text, sizeof(text) - 1, 99, &l), 0);
	assert_int_equal(l.entry[0].mtime.tv_sec, NOW + 86400);
	assert_int_equal(l.entry[1].mtime.tv_sec, NOW - 364 * 86400 + 60);
	listing_release(&l);
}

static void
test_unfinished(void **state)
{
	struct parser *p = parser_new(PARSER_NLST, NOW);
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(parser_feed(p, "a\nb", 3, &err), 0);
	parser_free(p);
	parser_free(NULL);
}

static void
check_mlst(const char *line, const char *name, char type)
{
	struct listing l;
	struct err err = ERR_INIT;

	assert_int_equal(parser_mlst(line, &l, &err),
	    name == NULL ? -1 : 0);
	if (name == NULL) {
		assert_int_equal(err.kind, ERR_PROTOCOL);
		assert_int_equal(l.n, 0);
		return;
	}
	assert_int_equal(l.n, 1);
	assert_string_equal(l.entry[0].name, name);
	assert_int_equal(l.entry[0].type, type);
	listing_release(&l);
}

static void
test_mlst(void **state)
{
	struct listing l;
	struct err err = ERR_INIT;

	(void)state;
	check_mlst(" type=file;size=1; a", "a", 'f');
	check_mlst("type=file;size=1; /d/a b", "/d/a b", 'f');
	check_mlst(" type=cdir; .", ".", 'd');
	check_mlst(" type=pdir; ..", "..", 'd');
	check_mlst(" type=dir;  x", " x", 'd');
	check_mlst("", NULL, 0);
	check_mlst(" type=file;", NULL, 0);
	check_mlst("Start of list for \033", NULL, 0);

	assert_int_equal(parser_mlst(" type=OS.unix=slink:/t;size=2;unique=x;"
	    "modify=20261120132400;UNIX.mode=0777;UNIX.owner=1;UNIX.group=2; l",
	    &l, &err), 0);
	assert_string_equal(l.entry[0].target, "/t");
	assert_true(l.entry[0].unique == listing_name_sum("x"));
	assert_string_equal(l.entry[0].owner, "1");
	assert_string_equal(l.entry[0].group, "2");
	assert_int_equal(l.entry[0].size, 2);
	assert_int_equal(l.entry[0].mode, 0777);
	assert_int_equal(l.entry[0].mtime.tv_sec, NOW);
	listing_release(&l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_torn),
		cmocka_unit_test(test_self),
		cmocka_unit_test(test_bad_names),
		cmocka_unit_test(test_bad_name_is_cut),
		cmocka_unit_test(test_twins),
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_senseless),
		cmocka_unit_test(test_long_lines),
		cmocka_unit_test(test_entries),
		cmocka_unit_test(test_precision),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_long_facts),
		cmocka_unit_test(test_too_much),
		cmocka_unit_test(test_arena),
		cmocka_unit_test(test_chunks),
		cmocka_unit_test(test_long_names),
		cmocka_unit_test(test_bad_why),
		cmocka_unit_test(test_tomorrow),
		cmocka_unit_test(test_unfinished),
		cmocka_unit_test(test_mlst),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
