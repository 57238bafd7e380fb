/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "transfer/pathmap.h"

static void
test_first_stays(void **state)
{
	struct pathmap *map = pathmap_new();
	char path[] = "a/b", word[] = "one";

	(void)state;
	assert_null(pathmap_find(map, "a/b"));
	pathmap_add(map, path, word);
	/* Both are its own. */
	memset(path, 'x', 3);
	memset(word, 'x', 3);
	pathmap_add(map, "a/b", "two");
	pathmap_add(map, "a", "");
	assert_string_equal(pathmap_find(map, "a/b"), "one");
	assert_string_equal(pathmap_find(map, "a"), "");
	assert_null(pathmap_find(map, "a/"));
	assert_null(pathmap_find(map, "xxx"));
	pathmap_free(map);
}

static void
test_many(void **state)
{
	enum { N = 1000 };
	struct pathmap *map = pathmap_new();
	char path[16], word[16];
	int i;

	(void)state;
	for (i = 0; i < N; i++) {
		snprintf(path, sizeof(path), "p%d", i * 7919 % N);
		snprintf(word, sizeof(word), "w%d", i * 7919 % N);
		pathmap_add(map, path, word);
	}
	for (i = 0; i < N; i++) {
		snprintf(path, sizeof(path), "p%d", i);
		snprintf(word, sizeof(word), "w%d", i);
		assert_string_equal(pathmap_find(map, path), word);
	}
	pathmap_free(map);
	pathmap_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first_stays),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
