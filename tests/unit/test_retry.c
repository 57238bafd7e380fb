/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>

#include "ftp/retry.h"

static struct retry_case
settings(const char *verb)
{
	return (struct retry_case){ .verb = verb, .retries = 10,
	    .delay_ms = 1000 };
}

static enum retry_kind
kind_of(const char *verb, enum err_kind kind, int code, const char *words)
{
	struct retry_case c = settings(verb);
	struct err err = ERR_INIT;

	err_set(&err, kind, "%s", words);
	err.code = code;
	return retry_kind(&c, &err);
}

static void
test_refusals(void **state)
{
	static const struct {
		const char *verb;
		int code;
		const char *words;
		enum retry_kind kind;
	} rows[] = {
		{ "RETR", 550, "550 no", RETRY_NEVER },
		{ "RETR", 450, "450 busy", RETRY_LONG },
		{ "RETR", 426, "426 permission denied", RETRY_LONG },
		{ "STOR", 451, "451 local error", RETRY_LONG },
		{ "STOR", 451, "451 Insufficient space", RETRY_NEVER },
		{ "STOR", 452, "452", RETRY_NEVER },
		{ "STOR", 450, "450-QUOTA exceeded 450 end", RETRY_NEVER },
		{ "LIST", 450, "450 /x: No such file or directory",
		    RETRY_NEVER },
		{ "DELE", 450, "450 in use", RETRY_BRIEFLY },
		{ "DELE", 421, "421 bye", RETRY_LONG },
		{ "RMD", 450, "450 in use", RETRY_BRIEFLY },
		{ "RMD", 450, "450 not empty", RETRY_NEVER },
		{ "RNFR", 450, "450 in use", RETRY_BRIEFLY },
		{ NULL, 421, "421 too many", RETRY_LONG },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (kind_of(rows[i].verb, ERR_REFUSED, rows[i].code,
		    rows[i].words) != rows[i].kind)
			fail_msg("%s", rows[i].words);
	assert_int_equal(kind_of("DELE", ERR_NETWORK, 0, "lost"), RETRY_LONG);
	assert_int_equal(kind_of("RETR", ERR_VERIFY, 0, "short"), RETRY_LONG);
	assert_int_equal(kind_of("RETR", ERR_LOCAL, 0, "full"), RETRY_NEVER);
	assert_int_equal(kind_of(NULL, ERR_TRUST, 0, "pin"), RETRY_NEVER);
}

static void
test_logins(void **state)
{
	struct retry_case c = settings(NULL);
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(kind_of(NULL, ERR_LOGIN, 530, "530 Login incorrect"),
	    RETRY_NEVER);
	assert_int_equal(kind_of(NULL, ERR_LOGIN, 530, "530 too many users"),
	    RETRY_LONG);
	assert_int_equal(kind_of(NULL, ERR_LOGIN, 530,
	    "530 too many failed attempts, come back later"), RETRY_NEVER);
	/* Words of our own are none of the server's. */
	assert_int_equal(kind_of(NULL, ERR_LOGIN, 0, "try later"),
	    RETRY_NEVER);
	c.good_login = true;
	err_set(&err, ERR_LOGIN, "530 no");
	err.code = 530;
	assert_int_equal(retry_kind(&c, &err), RETRY_BRIEFLY);
}

static int
count(struct retry *r, const struct retry_case *c, const struct err *err,
    int64_t *waited)
{
	int64_t ms, now = 1000;
	int n = 0, max;

	*waited = 0;
	while (retry_again(r, c, err, now, &ms, &max)) {
		assert_true(ms >= 0 && ms <= RETRY_DELAY_MAX_MS);
		*waited += ms;
		now += ms;
		n++;
	}
	return n;
}

static void
test_account(void **state)
{
	struct retry r = { 0 };
	struct retry_case c = settings("RETR");
	struct err err = { .kind = ERR_NETWORK };
	int64_t ms;

	(void)state;
	retry_begin(&r);
	assert_int_equal(count(&r, &c, &err, &ms), 10);
	/* 1 + 2 + 4 + ... + 32 + 4 * 60 s, some less. */
	assert_true(ms <= 303000 && ms >= 303000 * 3 / 4);
	/* What is within it counts on the same account. */
	retry_begin(&r);
	assert_int_equal(count(&r, &c, &err, &ms), 0);
	retry_end(&r);
	assert_int_equal(count(&r, &c, &err, &ms), 0);
	retry_progress(&r);
	assert_int_equal(count(&r, &c, &err, &ms), 10);
	retry_end(&r);
	/* The next one begins anew. */
	retry_begin(&r);
	c.verb = "DELE";
	err = (struct err){ .kind = ERR_REFUSED, .code = 450 };
	assert_int_equal(count(&r, &c, &err, &ms), RETRY_BRIEF_MAX);
	assert_true(ms <= 2 * RETRY_BRIEF_MS);
	retry_end(&r);
}

/* Neither longer than that, nor longer than was set. */
static void
test_brief(void **state)
{
	struct retry r = { 0 };
	struct retry_case c = settings("DELE");
	struct err err = { .kind = ERR_REFUSED, .code = 450 };
	int64_t ms;

	(void)state;
	c.delay_ms = 10 * RETRY_BRIEF_MS;
	retry_begin(&r);
	assert_int_equal(count(&r, &c, &err, &ms), RETRY_BRIEF_MAX);
	assert_in_range(ms, RETRY_BRIEF_MS, 2 * RETRY_BRIEF_MS);
	retry_end(&r);
	c.delay_ms = 10;
	retry_begin(&r);
	assert_int_equal(count(&r, &c, &err, &ms), RETRY_BRIEF_MAX);
	assert_in_range(ms, 0, 2 * 10);
	retry_end(&r);
	/* Others wait as long as was set. */
	c.delay_ms = 10 * RETRY_BRIEF_MS;
	c.retries = 1;
	err = (struct err){ .kind = ERR_NETWORK };
	retry_begin(&r);
	assert_int_equal(count(&r, &c, &err, &ms), 1);
	assert_in_range(ms, 5 * RETRY_BRIEF_MS, 10 * RETRY_BRIEF_MS);
	retry_end(&r);
}

/* Nobody who waits for room gets it. */
static void
test_full(void **state)
{
	static const struct {
		enum err_kind kind;
		int code;
		const char *msg;
		bool full;
	} rows[] = {
		{ ERR_REFUSED, 452, "x", true },
		{ ERR_REFUSED, 552, "x", true },
		{ ERR_REFUSED, 451, "x", false },
		{ ERR_REFUSED, 453, "x", false },
		{ ERR_REFUSED, 551, "x", false },
		{ ERR_REFUSED, 553, "x", false },
		{ ERR_REFUSED, 550, "No space left on device", true },
		{ ERR_REFUSED, 450, "Quota exceeded", true },
		{ ERR_REFUSED, 426, "Failure writing to local file", true },
		{ ERR_NETWORK, 452, "No space left on device", false },
	};
	struct err err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		err = (struct err)ERR_INIT;
		err_set(&err, rows[i].kind, "%s", rows[i].msg);
		err.code = rows[i].code;
		if (retry_is_full(&err) != rows[i].full)
			fail_msg("%d %s", rows[i].code, rows[i].msg);
	}
}

/* A name that nobody knows, but not all that looks like one. */
static void
test_no_name(void **state)
{
	const struct retry_case c = settings(NULL);
	struct err err = { .kind = ERR_NETWORK, .sys = ENOENT };

	(void)state;
	assert_int_equal(retry_kind(&c, &err), RETRY_NEVER);
	err.kind = ERR_TIMEOUT;
	assert_int_equal(retry_kind(&c, &err), RETRY_LONG);
}

/* The wait counts as well: what would come too late is not begun. */
static void
test_first_bound(void **state)
{
	static const struct {
		int64_t delay, later;
		bool again;
	} rows[] = {
		{ 0, RETRY_FIRST_MAX_MS, true },
		{ 0, RETRY_FIRST_MAX_MS + 1, false },
		{ 1000, RETRY_FIRST_MAX_MS - 2000, true },
		{ 1000, RETRY_FIRST_MAX_MS - 1, false },
	};
	const struct err err = { .kind = ERR_NETWORK, .sys = ECONNREFUSED };
	struct retry_case c = settings(NULL);
	struct retry r;
	int64_t ms;
	size_t i;
	int max;

	(void)state;
	c.first = true;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		r = (struct retry){ 0 };
		c.delay_ms = rows[i].delay;
		assert_true(retry_again(&r, &c, &err, 1000, &ms, &max));
		assert_int_equal(retry_again(&r, &c, &err, 1000 +
		    rows[i].later, &ms, &max), rows[i].again);
	}
}

static void
test_first(void **state)
{
	struct retry r = { 0 };
	struct retry_case c = settings(NULL);
	struct err err = { .kind = ERR_NETWORK, .sys = ECONNREFUSED };
	int64_t ms;

	(void)state;
	c.first = true;
	retry_begin(&r);
	assert_in_range(count(&r, &c, &err, &ms), 4, 7);
	assert_true(ms <= RETRY_FIRST_MAX_MS + RETRY_DELAY_MAX_MS);
	retry_end(&r);
	c.terminal = true;
	assert_int_equal(count(&r, &c, &err, &ms), 0);
}

static void
test_run(void **state)
{
	struct retry r = { 0 };

	(void)state;
	retry_run_begin(&r);
	retry_run_begin(&r);
	retry_begin(&r);
	r.lost = true;
	retry_end(&r);
	assert_true(r.lost);
	retry_run_end(&r);
	assert_true(r.lost);
	retry_run_end(&r);
	assert_false(r.lost);
	retry_begin(&r);
	r.lost = true;
	retry_end(&r);
	assert_false(r.lost);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_logins),
		cmocka_unit_test(test_account),
		cmocka_unit_test(test_brief),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_no_name),
		cmocka_unit_test(test_first),
		cmocka_unit_test(test_first_bound),
		cmocka_unit_test(test_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
