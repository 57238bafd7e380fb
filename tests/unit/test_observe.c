/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/observe.h"
#include "base/strvec.h"

static void
keep_event(void *ctx, const struct event *ev)
{
	assert_true(ev->bytes == -1);
	assert_true(ev->seconds < 0);
	assert_null(ev->source);
	strvec_addf(ctx, "%d %s %s %s", (int)ev->type,
	    ev->path != NULL ? ev->path : "-",
	    ev->message, ev->err != NULL ? err_kind_name(ev->err->kind) : "-");
}

static void
keep_progress(void *ctx, const char *name, int64_t delta, int64_t total,
    bool done)
{
	strvec_addf(ctx, "%s %lld/%lld %d", name, (long long)delta,
	    (long long)total, done);
}

static void
test_calls(void **state)
{
	struct strvec sv = STRVEC_INIT;
	struct observer obs = { &sv, keep_event, keep_progress };
	struct err err = ERR_INIT;

	(void)state;
	err_set(&err, ERR_LOCAL, "disk full");
	observe_warning(&obs, "%s %d", "w", 1);
	observe_error(&obs, "/x", &err);
	observe_progress(&obs, "n", -5, -1, true);
	assert_int_equal(sv.n, 3);
	assert_int_equal(EVENT_WARNING, 7);
	assert_string_equal(sv.v[0], "7 - w 1 -");
	assert_string_equal(sv.v[1], "8 /x disk full local");
	assert_string_equal(sv.v[2], "n -5/-1 1");
	strvec_release(&sv);
}

static void
test_nobody(void **state)
{
	struct event ev = { .type = EVENT_SKIP };
	struct err err = ERR_INIT;

	(void)state;
	observe_event(NULL, &ev);
	observe_warning(NULL, "x");
	observe_error(NULL, "x", &err);
	observe_progress(NULL, "x", 1, 1, false);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_calls),
		cmocka_unit_test(test_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
