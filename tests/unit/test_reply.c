/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "ftp/reply.h"

#define N(a)	(sizeof(a) / sizeof((a)[0]))

static int
feed(struct reply *r, const char *line)
{
	struct err err = ERR_INIT;
	int rc = reply_feed(r, line, strlen(line), &err);

	assert_int_equal(err.kind, rc < 0 ? ERR_PROTOCOL : ERR_NONE);
	return rc;
}

/* A whole reply, its lines separated by '\n'. */
static struct reply
make(const char *lines)
{
	struct reply r = REPLY_INIT;
	char *copy = xstrdup(lines), *p = copy, *line;
	int rc = 0;

	while ((line = strsep(&p, "\n")) != NULL)
		rc = feed(&r, line);
	assert_int_equal(rc, 1);
	free(copy);
	return r;
}

static void
test_feed(void **state)
{
	static const struct {
		const char *lines;
		int code, n;
		const char *text;
	} t[] = {
		{ "220 (vsFTPd 3.0.3)", 220, 1, "(vsFTPd 3.0.3)" },
		{ "200", 200, 1, "" },
		{ "200 ", 200, 1, "" },
		{ "599 x", 599, 1, "x" },
		{ "220-\n220", 220, 2, "\n" },
		{ "211-Features:\n UTF8\n MLST a;\n211 End", 211, 4,
		    "Features:\n UTF8\n MLST a;\nEnd" },
		{ "220-one\n220-two\n220 three", 220, 3, "one\ntwo\nthree" },
		/* Only the same code and a blank, or nothing, end it. */
		{ "220-a\n221 b\n2200 c\n220x d\n 220 e\n221-f\n220 g", 220, 7,
		    "a\n221 b\n2200 c\n220x d\n 220 e\n221-f\ng" },
		{ "230-Hi\n\n12\n230", 230, 4, "Hi\n\n12\n" },
		{ "250-\xff\x01\r x\n250 ok\r", 250, 2, "\xff\x01\r x\nok\r" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < N(t); i++) {
		struct reply r = make(t[i].lines);

		assert_int_equal(r.code, t[i].code);
		assert_int_equal(r.lines, t[i].n);
		assert_string_equal(r.text.data, t[i].text);
		assert_true(r.done);
		reply_release(&r);
	}
}

static void
test_feed_not_done(void **state)
{
	struct reply r = REPLY_INIT;

	(void)state;
	assert_int_equal(feed(&r, "211-a"), 0);
	assert_int_equal(feed(&r, "212 a"), 0);
	assert_false(r.done);
	assert_int_equal(feed(&r, "211 a"), 1);
	/* The next one begins by itself. */
	assert_int_equal(feed(&r, "331 b"), 1);
	assert_int_equal(r.code, 331);
	assert_int_equal(r.lines, 1);
	assert_string_equal(r.text.data, "b");
	reply_clear(&r);
	assert_int_equal(r.code, 0);
	assert_false(r.done);
	reply_release(&r);
}

static void
test_feed_refuses(void **state)
{
	static const char *const lines[] = {
		"", "2", "22", "22a ok", "099 x", "600 x", "2200 x", "220_x",
		" 220 x", "Hello", "\xff\xfd\x01", "-20 x",
	};
	struct reply r = REPLY_INIT;
	struct err err = ERR_INIT;
	size_t i;

	(void)state;
	for (i = 0; i < N(lines); i++)
		assert_int_equal(feed(&r, lines[i]), -1);
	assert_int_equal(reply_feed(&r, "220 a\0b", 7, &err), -1);
	assert_non_null(strstr(err.msg, "NUL"));
	assert_int_equal(feed(&r, "220-a"), 0);
	assert_int_equal(reply_feed(&r, "\0", 1, &err), -1);
	reply_release(&r);
}

static void
test_feed_shows(void **state)
{
	struct reply r = REPLY_INIT;
	struct err err = ERR_INIT;
	char line[200];

	(void)state;
	memset(line, '\033', sizeof(line));
	assert_int_equal(reply_feed(&r, line, sizeof(line), &err), -1);
	assert_null(strchr(err.msg, '\033'));
	/* 80 escapes of four characters and not much more. */
	assert_in_range(strlen(err.msg), 80 * 4, 80 * 4 + 40);
	assert_int_equal(reply_feed(&r, "SSH-2.0-x", 9, &err), -1);
	assert_non_null(strstr(err.msg, "that is SSH"));
	reply_release(&r);
}

static void
test_feed_limits(void **state)
{
	struct reply r = REPLY_INIT;
	struct err err = ERR_INIT;
	char *line = xmalloc(REPLY_LINE_MAX + 1);
	size_t fed = 0;
	int rc;

	(void)state;
	memset(line, 'x', REPLY_LINE_MAX + 1);
	memcpy(line, "211-", 4);
	assert_int_equal(reply_feed(&r, line, REPLY_LINE_MAX, &err), 0);
	assert_int_equal(reply_feed(&r, line, REPLY_LINE_MAX + 1, &err), -1);
	assert_int_equal(err.kind, ERR_PROTOCOL);

	reply_clear(&r);
	while ((rc = reply_feed(&r, line, 1024, &err)) == 0)
		assert_in_range(fed += 1020, 0, REPLY_TEXT_MAX);
	assert_int_equal(rc, -1);
	assert_non_null(strstr(err.msg, "too long"));
	assert_in_range(r.text.len, REPLY_TEXT_MAX - 1024, REPLY_TEXT_MAX);

	/* Lines without text count too. */
	reply_clear(&r);
	fed = 0;
	while ((rc = reply_feed(&r, "211-", 4, &err)) == 0)
		assert_in_range(fed++, 0, REPLY_TEXT_MAX + 1);
	assert_int_equal(rc, -1);

	reply_clear(&r);
	r.text.max = REPLY_LISTING_MAX;
	for (fed = 0; fed < 4 * REPLY_TEXT_MAX; fed += 1020)
		assert_int_equal(reply_feed(&r, line, 1024, &err), 0);
	reply_release(&r);
	free(line);
}

static void
test_strip_telnet(void **state)
{
	static const struct {
		const char *in, *out;
	} t[] = {
		{ "220 x", "220 x" },
		{ "\xff\xfd\x01" "220 x", "220 x" },
		{ "a\xff\xfb\x02\xff\xfc\x03\xff\xfe\x04" "b", "ab" },
		{ "/z\xff\xffz", "/z\xffz" },
		{ "\xff\xff\xff\xff", "\xff\xff" },
		{ "\xff\xff\xfd\x01", "\xff\xfd\x01" },
		/* Single, as most servers send it; and cut short. */
		{ "/z\xffz", "/z\xffz" },
		{ "x\xff", "x\xff" },
		{ "x\xff\xfd", "x\xff\xfd" },
		{ "", "" },
	};
	size_t i, n;
	char s[32];

	(void)state;
	for (i = 0; i < N(t); i++) {
		n = strlen(t[i].in);
		memcpy(s, t[i].in, n);
		n = reply_strip_telnet(s, n);
		assert_int_equal(n, strlen(t[i].out));
		assert_memory_equal(s, t[i].out, n);
	}
}

static void
test_class(void **state)
{
	int digit;

	(void)state;
	for (digit = 1; digit <= 5; digit++) {
		assert_int_equal(reply_class(digit * 100), digit);
		assert_int_equal(reply_class(digit * 100 + 99), digit);
	}
}

static void
test_looks_like(void **state)
{
	(void)state;
	assert_string_equal(reply_looks_like("SSH-2.0", 7), "SSH");
	assert_string_equal(reply_looks_like("HTTP/1.1 400", 12), "HTTP");
	assert_string_equal(reply_looks_like("\x15\x03\x03\0\2", 5), "TLS");
	assert_null(reply_looks_like("SSH", 3));
	assert_null(reply_looks_like("220 SSH-", 8));
	assert_null(reply_looks_like("", 0));
}

static void
test_say(void **state)
{
	static const struct {
		const char *lines, *say;
	} t[] = {
		{ "550 No such file", "550 No such file" },
		{ "550", "550" },
		{ "550 \t", "550" },
		{ "550-one\n two\n550 three", "550 one; two; three" },
		{ "552-Quota exceeded\n552 Transfer aborted.",
		    "552 Quota exceeded; Transfer aborted." },
		{ "530-Your password\n530-has expired.\n530 ", "530 Your "
		    "password; has expired." },
		{ "421-\n421-*****\n421-Blocked.\n421-*****\n421 Goodbye",
		    "421 Blocked. Goodbye" },
		{ "550-same\n550 same", "550 same" },
		{ "550-same\n550 samesame", "550 same; samesame" },
		{ "550-the first of the lines is a long one indeed\n"
		    "550-so is the second\n550 the last one",
		    "550 the first of the lines is a long one indeed... the "
		    "last one" },
		{ "550-Why\n550  ", "550 Why" },
		{ "550-\n   in here  \n550", "550 in here" },
		{ "550 \033[2J\a", "550 \\033[2J\\007" },
	};
	struct reply r;
	struct err err = ERR_INIT;
	char out[64];
	size_t i;

	(void)state;
	for (i = 0; i < N(t); i++) {
		r = make(t[i].lines);
		assert_ptr_equal(reply_say(&r, out, sizeof(out)), out);
		assert_string_equal(out, t[i].say);
		reply_release(&r);
	}
	r = make("452 a line that is longer than the room there is for it");
	assert_string_equal(reply_say(&r, out, 16), "452 a line t...");
	assert_int_equal(reply_error(&r, &err, "%s/%d", "dir", 7), -1);
	assert_int_equal(err.kind, ERR_REFUSED);
	assert_int_equal(err.code, 452);
	assert_string_equal(err.reply, "452 a line that is longer than the "
	    "room there is for it");
	assert_string_equal(err.msg, "dir/7: 452 a line that is longer than "
	    "the room there is for it");
	reply_release(&r);
	/* The last line is what counts, be it too long alone. */
	r = make("550-first\n550 a last line that is longer than all");
	assert_string_equal(reply_say(&r, out, 16), "550 a last l...");
	reply_release(&r);
	/* All of it, both ends of it, or its last line. */
	r = make("550-abcdefgh\n550 cd");
	assert_string_equal(reply_say(&r, out, 17), "550 abcdefgh; cd");
	assert_string_equal(reply_say(&r, out, 16), "550 abcde... cd");
	assert_string_equal(reply_say(&r, out, 12), "550 a... cd");
	assert_string_equal(reply_say(&r, out, 11), "550 cd");
	assert_string_equal(reply_say(&r, out, 7), "550 cd");
	assert_string_equal(reply_say(&r, out, 6), "55...");
	reply_release(&r);
}

static void
test_epsv(void **state)
{
	static const struct {
		const char *line;
		int port;	/* -1: refused */
	} t[] = {
		{ "229 Entering Extended Passive Mode (|||6446|)", 6446 },
		{ "229 EPSV ok (!!!1!)", 1 },
		{ "229 ok (~~~65535~).", 65535 },
		{ "229 Mode (EPSV) is (|||21000|)", 21000 },
		{ "229 (|1|10.0.0.1|2121|)", 2121 },
		{ "229-a\n (|||99|)\n229 b", 99 },
		{ "229 (|||0|)", -1 },
		{ "229 (|||65536|)", -1 },
		{ "229 (|||99999999999|)", -1 },
		{ "229 (|||000021|)", -1 },
		{ "229 (||||)", -1 },
		{ "229 (|||21)", -1 },
		{ "229 (|||21|", -1 },
		{ "229 |||21|", -1 },
		{ "229 (||21|)", -1 },
		{ "229 (|!|21|)", -1 },
		{ "229 (   21 )", -1 },
		{ "229 (1112111)", -1 },
		{ "229 (1121)", -1 },
		{ "229 (|||-21|)", -1 },
		{ "229 (|||2 1|)", -1 },
		{ "229 (", -1 },
		{ "229 (|", -1 },
		{ "229 (||", -1 },
		{ "229 text", -1 },
		{ "227 (|||21|)", -1 },
	};
	size_t i;
	int port;

	(void)state;
	for (i = 0; i < N(t); i++) {
		struct reply r = make(t[i].line);

		port = -1;
		assert_int_equal(reply_epsv(&r, &port),
		    t[i].port < 0 ? -1 : 0);
		assert_int_equal(port, t[i].port);
		reply_release(&r);
	}
}

static void
test_pasv(void **state)
{
	static const struct {
		const char *line, *address;
		int port;
	} t[] = {
		{ "227 Entering Passive Mode (127,0,0,1,78,52).",
		    "127.0.0.1", 20020 },
		{ "227 Entering Passive Mode 10,1,2,3,0,21", "10.1.2.3", 21 },
		{ "227 =255,255,255,255,255,255", "255.255.255.255", 65535 },
		{ "227 Mode 2 on 3,4 (001,002,003,004,005,006)", "1.2.3.4",
		    1286 },
		{ "227 a (1,2,3,4,5,6), b", "1.2.3.4", 1286 },
		{ "227 1,2,3,4,5,6, b", "1.2.3.4", 1286 },
		{ "227 (256,2,3,4,5,6)", NULL, -1 },
		{ "227 (1,2,3,4,5,256)", NULL, -1 },
		{ "227 (99999999999999999999,2,3,4,5,6)", NULL, -1 },
		{ "227 (1,2,3,4,0,0)", NULL, -1 },
		{ "227 (1,2,3,4,5)", NULL, -1 },
		{ "227 (1,2,3,4,5,6,7)", NULL, -1 },
		{ "227 (1,2,,4,5,6)", NULL, -1 },
		{ "227 (1,2,3,4,5,)", NULL, -1 },
		{ "227 ok", NULL, -1 },
		{ "227", NULL, -1 },
		{ "229 (1,2,3,4,5,6)", NULL, -1 },
	};
	char address[16];
	size_t i;
	int port;

	(void)state;
	for (i = 0; i < N(t); i++) {
		struct reply r = make(t[i].line);

		port = -1;
		assert_int_equal(reply_pasv(&r, address, &port),
		    t[i].port < 0 ? -1 : 0);
		assert_int_equal(port, t[i].port);
		if (t[i].address != NULL)
			assert_string_equal(address, t[i].address);
		reply_release(&r);
	}
}

static void
test_path(void **state)
{
	static const struct {
		const char *line, *path;
	} t[] = {
		{ "257 \"/\" is the current directory", "/" },
		{ "257 \"/home/u\"", "/home/u" },
		{ "257 \"/a\"\"b\" is cwd", "/a\"b" },
		{ "257 \"/a\"\"\" is cwd", "/a\"" },
		{ "257 \"\"\"\"", "\"" },
		{ "257 \"/q\"uote\" is your current location", "/q\"uote" },
		{ "257 \"/q\"\" is your current location", "/q\"" },
		{ "257 \"/z\xff\xc3\xa9 x\" created", "/z\xff\xc3\xa9 x" },
		{ "257 \"/a\" says \"hello\" to you", "/a" },
		{ "257 \"'USER.'\" is working directory", "'USER.'" },
		{ "257 \"\" is it", NULL },
		{ "257 /home is it", NULL },
		{ "257 \"/home is it", NULL },
		{ "257 \"", NULL },
		{ "257 \"/a\rb\"", NULL },
		{ "257 \"/a\033b\"", NULL },
		{ "257 \"/a\177\"", NULL },
		{ "257-\"/a\nb\"\n257 c", NULL },
		{ "257-\"quota\" is 5\n257 \"/home/u\" is it", "/home/u" },
		{ "257-\"/home/u\" is it\n257 end", "/home/u" },
		{ "250 \"/a\"", NULL },
	};
	size_t i;

	(void)state;
	for (i = 0; i < N(t); i++) {
		struct reply r = make(t[i].line);
		char *path = NULL;

		assert_int_equal(reply_path(&r, &path),
		    t[i].path == NULL ? -1 : 0);
		if (t[i].path != NULL)
			assert_string_equal(path, t[i].path);
		free(path);
		reply_release(&r);
	}
}

static void
test_size(void **state)
{
	static const struct {
		const char *line;
		int64_t size;
	} t[] = {
		{ "213 0", 0 }, { "213 1234", 1234 }, { "213  12 ", 12 },
		{ "213 9223372036854775807", INT64_MAX },
		{ "213 9223372036854775808", -1 },
		{ "213 18446744073709551616", -1 },
		{ "213 -1", -1 }, { "213 +1", -1 }, { "213 1e9", -1 },
		{ "213 12 bytes", -1 }, { "213", -1 }, { "213 x", -1 },
		{ "200 12", -1 },
		{ "213-12\n220 x\n 213 12\n213-and so on\n213 12", 12 },
		{ "213-Note: 5 files\n213 12", 12 },
		{ "213-Status\n 12\n213 End", 12 },
		{ "213-12\n213 13", -1 }, { "213-a\n213 b", -1 },
	};
	int64_t size;
	size_t i;

	(void)state;
	for (i = 0; i < N(t); i++) {
		struct reply r = make(t[i].line);

		size = -1;
		assert_int_equal(reply_size(&r, &size),
		    t[i].size < 0 ? -1 : 0);
		assert_int_equal(size, t[i].size);
		reply_release(&r);
	}
}

static void
test_mdtm(void **state)
{
	static const struct {
		const char *line;
		int64_t sec;
		long ns;
		bool sub;
	} t[] = {
		{ "213 20261120132400", 1795181040, 0, false },
		{ "213 20261120132400.25", 1795181040, 250000000, true },
		{ "213 20261120132400 ", 1795181040, 0, false },
		{ "213 00000000000000", -1, 0, false },
		{ "213 999990101000000", -1, 0, false },
		{ "213 20261320132400", -1, 0, false },
		{ "213 2026112013240", -1, 0, false },
		{ "213 20261120132400 UTC", -1, 0, false },
		{ "213 20261120132400.", -1, 0, false },
		{ "213 File modification time set.", -1, 0, false },
		{ "213", -1, 0, false },
		{ "250 20261120132400", -1, 0, false },
		{ "213-20261120132400\n213-and\n213 20261120132400",
		    1795181040, 0, false },
		{ "213-Note\n213 20261120132400.25", 1795181040, 250000000,
		    true },
		{ "213-20261120132400\n213 20261120132401", -1, 0, false },
		{ "213-20261120132400\n213 20261120132400.5", -1, 0, false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < N(t); i++) {
		struct reply r = make(t[i].line);
		struct timespec ts = { -1, 0 };
		bool sub = false;

		assert_int_equal(reply_mdtm(&r, &ts, &sub),
		    t[i].sec < 0 ? -1 : 0);
		assert_int_equal(ts.tv_sec, t[i].sec);
		assert_int_equal(ts.tv_nsec, t[i].ns);
		assert_int_equal(sub, t[i].sub);
		reply_release(&r);
	}
}

static void
test_announced(void **state)
{
	static const struct {
		const char *line;
		int64_t size;
	} t[] = {
		{ "150 Opening BINARY mode data connection for x (1234 bytes).",
		    1234 },
		{ "150 Opening data connection for a (5 bytes) (17 bytes)",
		    17 },
		{ "125 (0 bytes)", 0 },
		{ "150-Accepted data connection\n150 10.0 kbytes to download",
		    -1 },
		{ "150 (1234 kbytes)", -1 }, { "150 (-1 bytes)", -1 },
		{ "150 ( bytes)", -1 }, { "150 (1234 bytes", -1 },
		{ "150 (9223372036854775808 bytes)", -1 },
		{ "150 Ok to send data.", -1 }, { "150", -1 },
		{ "226 (12 bytes)", -1 },
	};
	int64_t size;
	size_t i;

	(void)state;
	for (i = 0; i < N(t); i++) {
		struct reply r = make(t[i].line);

		size = -1;
		assert_int_equal(reply_announced(&r, &size),
		    t[i].size < 0 ? -1 : 0);
		assert_int_equal(size, t[i].size);
		reply_release(&r);
	}
}

#define HEX8	"0123abcd"
#define SHA1	"da39a3ee5e6b4b0d3255bfef95601890afd80709"
#define SHA1_UP	"DA39A3EE5E6B4B0D3255BFEF95601890AFD80709"
#define OTHER	"ffffffffffffffffffffffffffffffffffffffff"

static void
test_digest(void **state)
{
	static const struct {
		const char *line;
		size_t n;
		const char *hex;
	} t[] = {
		{ "213 SHA-1 0-300000 " SHA1 " a name", 40, SHA1 },
		{ "213-Computing\n213 SHA-1 0-9 " SHA1_UP " x", 40, SHA1 },
		{ "250-Computing SHA1 digest\n250 " SHA1_UP, 40, SHA1 },
		/* Files whose names are digests. */
		{ "213 SHA-1 0-9 " SHA1 " " OTHER, 40, SHA1 },
		{ "251 " OTHER " " SHA1, 40, SHA1 },
		{ "251 \"a " OTHER "\" " SHA1, 40, SHA1 },
		{ "250 \"" SHA1 "\"", 40, SHA1 },
		{ "250 0123ABCD", 8, HEX8 },
		{ "213 CRC32 0-12345678 0123ABCD n", 8, HEX8 },
		{ "250 " SHA1 "0", 40, NULL },
		{ "250 x" SHA1, 40, NULL },
		{ "250 0123ABCG", 8, NULL },
		{ "250 ", 8, NULL },
		{ "550 " SHA1, 40, NULL },
	};
	char hex[64];
	size_t i;

	(void)state;
	for (i = 0; i < N(t); i++) {
		struct reply r = make(t[i].line);

		assert_int_equal(reply_digest(&r, t[i].n, hex),
		    t[i].hex == NULL ? -1 : 0);
		if (t[i].hex != NULL)
			assert_string_equal(hex, t[i].hex);
		reply_release(&r);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_feed),
		cmocka_unit_test(test_feed_not_done),
		cmocka_unit_test(test_feed_refuses),
		cmocka_unit_test(test_feed_shows),
		cmocka_unit_test(test_feed_limits),
		cmocka_unit_test(test_strip_telnet),
		cmocka_unit_test(test_class),
		cmocka_unit_test(test_looks_like),
		cmocka_unit_test(test_say),
		cmocka_unit_test(test_epsv),
		cmocka_unit_test(test_pasv),
		cmocka_unit_test(test_path),
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_mdtm),
		cmocka_unit_test(test_announced),
		cmocka_unit_test(test_digest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
