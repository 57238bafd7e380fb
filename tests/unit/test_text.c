/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void
test_escape(void **state)
{
	static const char *const want[][2] = {
		{ "", "" },
		{ "plain ~name", "plain ~name" },
		{ "back\\slash", "back\\slash" },
		{ "a\nb\r\t", "a\\012b\\015\\011" },
		{ "\x1b[2J\x7f\x07", "\\033[2J\\177\\007" },
		/* C1: as a raw byte, and as UTF-8. */
		{ "\x9b" "2J", "\\2332J" },
		{ "\xc2\x9b" "2J", "\\u{009B}2J" },
		/* Printable UTF-8: e acute, e + combining acute, CJK, emoji. */
		{ "\xc3\xa9 e\xcc\x81", "\xc3\xa9 e\xcc\x81" },
		{ "\xe6\xbc\xa2", "\xe6\xbc\xa2" },
		{ "\xf0\x9f\x99\x82", "\xf0\x9f\x99\x82" },
		/* Bidi override, isolate, mark; BOM; ZWSP; soft hyphen. */
		{ "\xe2\x80\xae", "\\u{202E}" },
		{ "\xe2\x81\xa6", "\\u{2066}" },
		{ "\xe2\x80\x8f", "\\u{200F}" },
		{ "\xef\xbb\xbf", "\\u{FEFF}" },
		{ "\xe2\x80\x8b", "\\u{200B}" }, { "\xc2\xad", "\\u{00AD}" },
		/* Line and paragraph separator, tag, unassigned. */
		{ "\xe2\x80\xa8", "\\u{2028}" },
		{ "\xe2\x80\xa9", "\\u{2029}" },
		{ "\xf3\xa0\x81\x81", "\\u{E0041}" },
		{ "\xf4\x8f\xbf\xbf", "\\u{10FFFF}" },
		/* Overlong '/', surrogate, beyond U+10FFFF, cut short. */
		{ "\xc0\xaf", "\\300\\257" },
		{ "\xed\xa0\x80", "\\355\\240\\200" },
		{ "\xf4\x90\x80\x80", "\\364\\220\\200\\200" },
		{ "\xe6\xbc", "\\346\\274" },
		{ "\xe6\xbc!", "\\346\\274!" },
		{ "caf\xe9", "caf\\351" },
	};
	char *s;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(want); i++) {
		s = text_escaped(want[i][0]);
		assert_string_equal(s, want[i][1]);
		assert_true(text_is_utf8(s, strlen(s)));
		free(s);
	}
}

static void
test_escape_bytes(void **state)
{
	struct buf b = BUF_INIT(100);

	(void)state;
	buf_adds(&b, "x: ");
	text_escape(&b, "a\0\xe6\xbc\xa2zzz", 4);
	assert_string_equal(b.data, "x: a\\000\\346\\274");
	buf_release(&b);
}

/* What does not fit ends the text: nothing from behind a gap. */
static void
test_escape_full(void **state)
{
	struct buf b = BUF_INIT(4);

	(void)state;
	text_escape(&b, "ab\x1b" "c", 4);
	assert_string_equal(b.data, "ab");
	assert_true(b.full);
	buf_release(&b);
}

static void
test_name(void **state)
{
	char out[16];

	(void)state;
	assert_string_equal(text_name(out, 16, "abc"), "abc");
	assert_string_equal(text_name(out, 16, "123456789012345"),
	    "123456789012345");
	assert_string_equal(text_name(out, 16, "1234567890abcdef"),
	    "1234...90abcdef");
	/* No half of an escape or a character. */
	assert_string_equal(text_name(out, 16, "1234567890\x01\x01yz"),
	    "1234...\\001yz");
	assert_string_equal(text_name(out, 16, "123456789012\xc3\xa4" "bcdefg"),
	    "1234...\xc3\xa4" "bcdefg");
}

static void
test_escape_to(void **state)
{
	char out[8];

	(void)state;
	assert_string_equal(text_escape_to(out, 8, "1234567"), "1234567");
	assert_string_equal(text_escape_to(out, 8, "12345678"), "1234...");
	assert_string_equal(text_escape_to(out, 8, "123\x1b"), "123\\033");
	assert_string_equal(text_escape_to(out, 8, "123\x1b" "5"), "123...");
	assert_string_equal(text_escape_to(out, 8, "\x1b\x1b"), "\\033...");
	assert_string_equal(text_escape_to(out, 8,
	    "\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2"), "\xe6\xbc\xa2...");
	assert_string_equal(text_escape_to(out, 8, ""), "");
	assert_string_equal(text_escape_to(out, 4, "12345"), "...");
	assert_string_equal(text_escape_to(out, 3, "12345"), "..");
	assert_string_equal(text_escape_to(out, 1, "12345"), "");
}

static void
test_utf8(void **state)
{
	(void)state;
	assert_int_equal(text_bom("\xef\xbb\xbfx", 4), 3);
	assert_int_equal(text_bom("\xef\xbb\xbf", 3), 3);
	assert_int_equal(text_bom("\xef\xbbx", 3), 0);
	assert_int_equal(text_bom("\xef\xbb", 2), 0);
	assert_int_equal(text_bom("\xff\xfe", 2), -1);
	assert_int_equal(text_bom("\xfe\xffx", 3), -1);
	assert_int_equal(text_bom("\xff", 1), 0);
	assert_int_equal(text_bom("", 0), 0);
	assert_true(text_is_utf8("", 0));
	assert_true(text_is_utf8("\xc3\xa9", 2));
	assert_true(text_is_utf8("\x1b", 1));
	assert_false(text_is_utf8("\xc3", 1));
	assert_false(text_is_utf8("\xff", 1));
	assert_false(text_is_utf8("a\0b", 3));
	assert_false(text_is_utf8("\xc0\x80", 2));
	assert_false(text_is_utf8("\xed\xa0\x80", 3));
}

static void
test_width(void **state)
{
	(void)state;
	assert_int_equal(text_width(""), 0);
	assert_int_equal(text_width("abc"), 3);
	assert_int_equal(text_width("\xc3\xa9"), 1);
	assert_int_equal(text_width("e\xcc\x81"), 1);
	assert_int_equal(text_width("\xe6\xbc\xa2\xe5\xad\x97"), 4);
}

static void
test_size(void **state)
{
	static const struct {
		uint64_t v;
		const char *s;
	} want[] = {
		{ 0, "0" }, { 999, "999" }, { 1000, "1.0K" },
		{ 1024, "1.0K" }, { 1536, "1.5K" }, { 10240, "10K" },
		{ 23 << 20, "23M" }, { 1023 << 10, "1.0M" },
		{ 999ull << 30, "999G" }, { 1ull << 40, "1.0T" },
		{ UINT64_MAX, "8.0E" },
	};
	char buf[8];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(want); i++)
		assert_string_equal(text_size(buf, sizeof(buf), want[i].v),
		    want[i].s);
}

static void
test_duration(void **state)
{
	static const struct {
		int64_t v;
		const char *s;
	} want[] = {
		{ -5, "0s" }, { 0, "0s" }, { 12, "12s" }, { 59, "59s" },
		{ 60, "1m00s" }, { 185, "3m05s" }, { 3599, "59m59s" },
		{ 3600, "1h00m" }, { 7380, "2h03m" }, { 360000, "100h00m" },
	};
	char buf[32];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(want); i++)
		assert_string_equal(text_duration(buf, sizeof(buf),
		    want[i].v), want[i].s);
}

static void
test_date(void **state)
{
	const int64_t now = 1795181045;	/* 2026-11-20 13:24:05 UTC */
	const int64_t day = 86400;
	char buf[32];

	(void)state;
	assert_string_equal(text_date(buf, 32, now, now), "Nov 20 16:24");
	assert_string_equal(text_date(buf, 32, now - 12 * day, now),
	    "Nov  8 16:24");
	assert_string_equal(text_date(buf, 32, now - 182 * day, now),
	    "May 22 16:24");
	assert_string_equal(text_date(buf, 32, now - 183 * day, now),
	    "May 21  2026");
	assert_string_equal(text_date(buf, 32, now + 183 * day, now),
	    "May 22  2027");
	assert_string_equal(text_date(buf, 32, 0, now), "Jan  1  1970");
	assert_string_equal(text_date(buf, 32, INT64_MAX, now), "?");
	assert_string_equal(text_date(buf, 32, INT64_MIN, now), "?");
}

static void
test_mode(void **state)
{
	static const struct {
		char type;
		int mode;
		const char *s;
	} want[] = {
		{ 'd', 0755, "drwxr-xr-x" }, { '-', 0644, "-rw-r--r--" },
		{ 'l', 0777, "lrwxrwxrwx" }, { '-', 0, "----------" },
		{ '-', 04755, "-rwsr-xr-x" }, { '-', 02640, "-rw-r-S---" },
		{ 'd', 01777, "drwxrwxrwt" }, { 'd', -1, "d?????????" },
		{ '?', 0100644, "?rw-r--r--" },
	};
	char buf[11];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(want); i++)
		assert_string_equal(text_mode(buf, sizeof(buf), want[i].type,
		    want[i].mode), want[i].s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_escape),
		cmocka_unit_test(test_escape_bytes),
		cmocka_unit_test(test_escape_full),
		cmocka_unit_test(test_name),
		cmocka_unit_test(test_escape_to),
		cmocka_unit_test(test_utf8),
		cmocka_unit_test(test_width),
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_duration),
		cmocka_unit_test(test_date),
		cmocka_unit_test(test_mode),
	};

	setenv("TZ", "XXX-3", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
