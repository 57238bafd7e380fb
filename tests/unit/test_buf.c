/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"

static void
test_empty(void **state)
{
	struct buf b = BUF_INIT(10);
	char *s;

	(void)state;
	assert_string_equal(b.data, "");
	assert_int_equal(b.len, 0);
	assert_int_equal(buf_add(&b, NULL, 0), 0);
	assert_int_equal(buf_adds(&b, ""), 0);
	buf_consume(&b, 0);
	buf_truncate(&b, 0);
	buf_clear(&b);
	assert_ptr_equal(b.data, buf_empty);
	s = buf_detach(&b);
	assert_string_equal(s, "");
	free(s);
	buf_release(&b);
	buf_release_secret(&b);
	assert_int_equal(b.max, 10);
}

static void
test_grows(void **state)
{
	struct buf b;
	size_t i;

	(void)state;
	buf_init(&b, 100000);
	for (i = 0; i < 100000; i++) {
		assert_int_equal(buf_addc(&b, (char)('a' + i % 26)), 0);
		assert_int_equal(b.len, i + 1);
		assert_int_equal(b.data[b.len], '\0');
	}
	for (i = 0; i < 100000; i++)
		assert_int_equal(b.data[i], 'a' + i % 26);
	buf_release(&b);
	assert_ptr_equal(b.data, buf_empty);
	assert_int_equal(b.cap, 0);
}

static void
test_cap(void **state)
{
	struct buf b = BUF_INIT(5);

	(void)state;
	assert_int_equal(buf_adds(&b, "abc"), 0);
	assert_false(b.full);
	assert_int_equal(buf_adds(&b, "def"), -1);
	assert_true(b.full);
	assert_string_equal(b.data, "abc");
	assert_int_equal(buf_adds(&b, "de"), 0);
	assert_string_equal(b.data, "abcde");
	assert_true(b.full);
	assert_int_equal(buf_addc(&b, 'f'), -1);
	assert_int_equal(buf_add(&b, "", 0), 0);
	buf_clear(&b);
	assert_false(b.full);
	assert_string_equal(b.data, "");
	assert_int_equal(buf_addf(&b, "%d", 123456), -1);
	assert_true(b.full);
	assert_int_equal(b.len, 0);
	assert_int_equal(buf_addf(&b, "%d", 12345), 0);
	assert_string_equal(b.data, "12345");
	buf_release(&b);
}

/* A length that would wrap round must be refused, not allocated. */
static void
test_huge(void **state)
{
	struct buf b = BUF_INIT(BUF_OWN);

	(void)state;
	assert_int_equal(buf_adds(&b, "x"), 0);
	assert_int_equal(buf_add(&b, "x", SIZE_MAX), -1);
	assert_int_equal(buf_add(&b, "x", BUF_OWN), -1);
	assert_string_equal(b.data, "x");
	buf_release(&b);
}

static void
test_addf(void **state)
{
	struct buf b = BUF_INIT(1000);
	size_t n;

	(void)state;
	/* Lengths on both sides of the first allocation. */
	for (n = 60; n < 70; n++) {
		buf_release(&b);
		assert_int_equal(buf_addf(&b, "%*s|", (int)n, "x"), 0);
		assert_int_equal(b.len, n + 1);
		assert_string_equal(b.data + n - 1, "x|");
	}
	assert_int_equal(buf_addf(&b, "%s", ""), 0);
	buf_release(&b);
}

static void
test_binary(void **state)
{
	struct buf b = BUF_INIT(10);

	(void)state;
	assert_int_equal(buf_add(&b, "a\0b", 3), 0);
	assert_int_equal(b.len, 3);
	assert_memory_equal(b.data, "a\0b", 4);
	buf_release(&b);
}

static void
test_consume(void **state)
{
	struct buf b = BUF_INIT(10);

	(void)state;
	buf_adds(&b, "abcdef");
	buf_consume(&b, 2);
	assert_string_equal(b.data, "cdef");
	buf_truncate(&b, 2);
	assert_string_equal(b.data, "cd");
	buf_consume(&b, 2);
	assert_string_equal(b.data, "");
	assert_int_equal(b.len, 0);
	buf_release(&b);
}

static void
test_detach(void **state)
{
	struct buf b = BUF_INIT(10);
	char *s;

	(void)state;
	buf_adds(&b, "abc");
	s = buf_detach(&b);
	assert_string_equal(s, "abc");
	assert_ptr_equal(b.data, buf_empty);
	assert_int_equal(b.max, 10);
	assert_int_equal(buf_adds(&b, "next"), 0);
	assert_string_equal(s, "abc");
	free(s);
	buf_release_secret(&b);
	assert_int_equal(b.len, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_grows),
		cmocka_unit_test(test_cap),
		cmocka_unit_test(test_huge),
		cmocka_unit_test(test_addf),
		cmocka_unit_test(test_binary),
		cmocka_unit_test(test_consume),
		cmocka_unit_test(test_detach),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
