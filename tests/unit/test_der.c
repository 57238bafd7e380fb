/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "net/der.h"

#define BYTES(s) s, sizeof(s) - 1

/* Of a copy of just that size, for the address sanitizer to see its end. */
static void
check(const char *bytes, size_t n, bool found, size_t at, size_t length)
{
	unsigned char *copy = malloc(n > 0 ? n : 1);
	gnutls_datum_t rest = { copy, (unsigned)n }, value = { NULL, 0 };

	memcpy(copy, bytes, n);
	assert_int_equal(der_take_any(&rest, &value), found);
	if (found) {
		assert_ptr_equal(value.data, copy + at);
		assert_int_equal(value.size, length);
		assert_ptr_equal(rest.data, copy + at + length);
		assert_int_equal(rest.size, n - at - length);
	} else {
		assert_null(value.data);
		assert_ptr_equal(rest.data, copy);
		assert_int_equal(rest.size, n);
	}
	free(copy);
}

static void
test_lengths(void **state)
{
	char large[3 + 0x80 + 1] = "\x30\x81\x80";
	char larger[4 + 0x102] = "\x30\x82\x01\x02";
	char endless[2 + 0x80] = "\x30\x80";

	(void)state;
	check(BYTES("\x02\x01\x05"), true, 2, 1);
	check(BYTES("\x02\x01\x05\x30"), true, 2, 1);
	check(BYTES("\x05\x00"), true, 2, 0);
	check(large, sizeof(large), true, 3, 0x80);
	check(large, sizeof(large) - 1, true, 3, 0x80);
	check(large, sizeof(large) - 2, false, 0, 0);
	check(endless, sizeof(endless), false, 0, 0);
	check(BYTES("\x04\x81\x00"), true, 3, 0);
	check(larger, sizeof(larger), true, 4, 0x102);
	check(larger, sizeof(larger) - 1, false, 0, 0);
	check(BYTES("\x04\x83\x00\x00\x01x"), true, 5, 1);
	check(BYTES("\x04\x84\x00\x00\x00\x02xyz"), true, 6, 2);
}

static void
test_cut(void **state)
{
	(void)state;
	check(BYTES(""), false, 0, 0);
	check(BYTES("\x30"), false, 0, 0);
	check(BYTES("\x30\x01"), false, 0, 0);
	check(BYTES("\x30\x7f\x01"), false, 0, 0);
	check(BYTES("\x30\x81"), false, 0, 0);
	check(BYTES("\x30\x82\x01"), false, 0, 0);
	check(BYTES("\x30\x84\x00\x00\x00"), false, 0, 0);
	/* of no definite length; larger than anything */
	check(BYTES("\x30\x80\x05\x00\x00\x00"), false, 0, 0);
	check(BYTES("\x30\x85\x00\x00\x00\x00\x01x"), false, 0, 0);
	check(BYTES("\x30\x84\xff\xff\xff\xff"), false, 0, 0);
	check(BYTES("\x30\x84\xff\xff\xff\xfax"), false, 0, 0);
}

static void
test_tags(void **state)
{
	unsigned char bytes[] = { DER_SEQUENCE, 3, DER_INTEGER, 1, 7, 5 };
	gnutls_datum_t rest = { bytes, sizeof(bytes) }, in, value;
	unsigned char *last = malloc(1);

	(void)state;
	assert_false(der_take(&rest, DER_INTEGER, &in));
	assert_int_equal(rest.size, sizeof(bytes));
	assert_true(der_take(&rest, DER_SEQUENCE, &in));
	assert_int_equal(rest.size, 1);
	assert_true(der_take(&in, DER_INTEGER, &value));
	assert_int_equal(value.data[0], 7);
	assert_int_equal(in.size, 0);
	/* Behind the end nothing is looked at. */
	assert_false(der_take(&in, 5, &value));
	assert_false(der_take(&rest, 5, &value));
	in = (gnutls_datum_t){ last + 1, 0 };
	assert_false(der_take(&in, 5, &value));
	free(last);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_tags),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
