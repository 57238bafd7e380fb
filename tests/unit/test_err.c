/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>

#include "base/err.h"
#include "base/text.h"

static void
test_set(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	err.code = 550;
	err.sys = 1;
	assert_int_equal(err_set(&err, ERR_LOCAL, "%s: %d", "x", 5), -1);
	assert_int_equal(err.kind, ERR_LOCAL);
	assert_int_equal(err.code, 0);
	assert_int_equal(err.sys, 0);
	assert_string_equal(err.msg, "x: 5");
	err_clear(&err);
	assert_int_equal(err.kind, ERR_NONE);
	assert_string_equal(err.msg, "");
}

static void
test_sys(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	errno = ENOENT;
	assert_int_equal(err_sys(&err, ERR_LOCAL, "%s", "file"), -1);
	assert_int_equal(err.sys, ENOENT);
	assert_string_equal(err.msg, "file: No such file or directory");
}

static void
test_prefix_append(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	err_set(&err, ERR_REFUSED, "550 no");
	err.code = 550;
	assert_int_equal(err_prefix(&err, "%s", "/a%s"), -1);
	assert_int_equal(err_append(&err, "; try %s", "-o"), -1);
	assert_string_equal(err.msg, "/a%s: 550 no; try -o");
	assert_int_equal(err.code, 550);
	assert_int_equal(err.kind, ERR_REFUSED);
}

/* The message may be an argument of the call that replaces it. */
static void
test_own_message(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	err_set(&err, ERR_TLS, "inner");
	err_set(&err, ERR_TRUST, "outer (%s)", err.msg);
	assert_string_equal(err.msg, "outer (inner)");
	err_append(&err, "[%s]", "x");
	err_prefix(&err, "%s", "p");
	assert_string_equal(err.msg, "p: outer (inner)[x]");
}

static void
test_long(void **state)
{
	struct err err = ERR_INIT;
	char longer[3000];
	size_t pad;

	(void)state;
	memset(longer, 'x', sizeof(longer));
	longer[sizeof(longer) - 1] = '\0';
	err_set(&err, ERR_LOCAL, "%s", longer);
	assert_int_equal(strlen(err.msg), sizeof(err.msg) - 1);
	err_append(&err, "more");
	assert_int_equal(strlen(err.msg), sizeof(err.msg) - 1);
	err_prefix(&err, "head");
	assert_memory_equal(err.msg, "head: xxx", 9);
	assert_int_equal(strlen(err.msg), sizeof(err.msg) - 1);

	/* Characters of four bytes: cut between two, wherever the end is. */
	for (pad = 0; pad < 4; pad++) {
		for (size_t i = 0; i + 4 < sizeof(longer); i += 4)
			memcpy(longer + i, "\xf0\x9f\x99\x82", 4);
		err_set(&err, ERR_LOCAL, "%.*s%s", (int)pad, "abc", longer);
		assert_true(text_is_utf8(err.msg, strlen(err.msg)));
		assert_true(strlen(err.msg) >= sizeof(err.msg) - 5);
	}
}

static void
test_table(void **state)
{
	static const struct {
		enum err_kind kind;
		const char *name;
		int status;
		bool retry;
	} want[] = {
		{ ERR_NONE, "none", 0, false },
		{ ERR_REFUSED, "refused", 1, false },
		{ ERR_USAGE, "usage", 2, false },
		{ ERR_NETWORK, "network", 3, true },
		{ ERR_TIMEOUT, "timeout", 3, true },
		{ ERR_PROTOCOL, "protocol", 3, true },
		{ ERR_TLS, "tls", 4, false },
		{ ERR_TRUST, "trust", 4, false },
		{ ERR_LOGIN, "login", 5, false },
		{ ERR_LOCAL, "local", 6, false },
		{ ERR_LOCK, "lock", 7, false },
		{ ERR_VERIFY, "verify", 8, true },
		{ ERR_CANCELLED, "cancelled", 130, false },
	};
	struct err err = ERR_INIT;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		err_set(&err, want[i].kind, "x");
		assert_string_equal(err_kind_name(err.kind), want[i].name);
		assert_int_equal(err_status(err.kind), want[i].status);
		assert_int_equal(err_retry(&err), want[i].retry);
	}
}

static void
test_retry_of_replies(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	err_set(&err, ERR_REFUSED, "x");
	err.code = 399;
	assert_false(err_retry(&err));
	err.code = 400;
	assert_true(err_retry(&err));
	err.code = 499;
	assert_true(err_retry(&err));
	err.code = 500;
	assert_false(err_retry(&err));
	err.kind = ERR_LOGIN;
	err.code = 421;
	assert_false(err_retry(&err));
}

static void
test_retry_of_tls(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	err_set(&err, ERR_TLS, "x");
	err.sys = EBADMSG;
	assert_true(err_retry(&err));
	err.sys = ECONNRESET;
	assert_true(err_retry(&err));
	err.sys = EIO;
	assert_false(err_retry(&err));
	err.kind = ERR_TRUST;
	err.sys = EBADMSG;
	assert_false(err_retry(&err));
}

/* What several failures come to; what did not fail changes nothing. */
static void
test_merge(void **state)
{
	(void)state;
	assert_int_equal(err_merge(ERR_NONE, ERR_NONE), ERR_NONE);
	assert_int_equal(err_merge(ERR_NONE, ERR_LOCAL), ERR_LOCAL);
	assert_int_equal(err_merge(ERR_LOCAL, ERR_NONE), ERR_LOCAL);
	assert_int_equal(err_merge(ERR_LOCAL, ERR_LOCAL), ERR_LOCAL);
	assert_int_equal(err_merge(ERR_NETWORK, ERR_TIMEOUT), ERR_TIMEOUT);
	assert_int_equal(err_merge(ERR_LOCAL, ERR_NETWORK), ERR_REFUSED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_set),
		cmocka_unit_test(test_sys),
		cmocka_unit_test(test_prefix_append),
		cmocka_unit_test(test_own_message),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_retry_of_replies),
		cmocka_unit_test(test_retry_of_tls),
		cmocka_unit_test(test_merge),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
