/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/hash.h"

static const struct {
	enum hash_alg alg;
	const char *name, *empty, *abc;
} want[] = {
	{ HASH_SHA256, "SHA-256",
	    "e3b0c44298fc1c149afbf4c8996fb924"
	    "27ae41e4649b934ca495991b7852b855",
	    "ba7816bf8f01cfea414140de5dae2223"
	    "b00361a396177a9cb410ff61f20015ad" },
	{ HASH_SHA512, "SHA-512",
	    "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
	    "47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e",
	    "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
	    "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
	},
	{ HASH_SHA1, "SHA-1", "da39a3ee5e6b4b0d3255bfef95601890afd80709",
	    "a9993e364706816aba3e25717850c26c9cd0d89d" },
	{ HASH_MD5, "MD5", "d41d8cd98f00b204e9800998ecf8427e",
	    "900150983cd24fb0d6963f7d28e17f72" },
	{ HASH_CRC32, "CRC32", "00000000", "352441c2" },
};

static void
test_known(void **state)
{
	char hex[HASH_HEX_MAX];
	struct hash *h;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		hash_hex(want[i].alg, "", 0, hex);
		assert_string_equal(hex, want[i].empty);
		hash_hex(want[i].alg, "abc", 3, hex);
		assert_string_equal(hex, want[i].abc);
		h = hash_new(want[i].alg);
		hash_update(h, "a", 1);
		hash_update(h, "", 0);
		hash_update(h, "bc", 2);
		hash_finish(h, hex);
		assert_string_equal(hex, want[i].abc);
		h = hash_new(want[i].alg);
		hash_update(h, "a", 1);
		hash_free(h);
	}
	hash_free(NULL);
	hash_hex(HASH_CRC32, "123456789", 9, hex);
	assert_string_equal(hex, "cbf43926");
}

static void
test_names(void **state)
{
	enum hash_alg alg;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		assert_string_equal(hash_name(want[i].alg), want[i].name);
		assert_int_equal(hash_by_name(want[i].name, &alg), 0);
		assert_int_equal(alg, want[i].alg);
	}
	assert_int_equal(hash_by_name("sha-512", &alg), 0);
	assert_int_equal(alg, HASH_SHA512);
	assert_int_equal(hash_by_name("SHA-3", &alg), -1);
	assert_int_equal(hash_by_name("", &alg), -1);
	assert_int_equal(alg, HASH_SHA512);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
