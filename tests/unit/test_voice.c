/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "ui/voice.h"

/* "JOB MESSAGE; " */
static void
note_event(void *ctx, const struct event *ev)
{
	buf_addf(ctx, "%d %s; ", ev->job, ev->message);
}

/* What it says is what its job says, if it is one's. */
static void
test_events(void **state)
{
	struct buf told = BUF_INIT(BUF_OWN);
	const struct observer to = { .ctx = &told, .event = note_event };
	const struct event of_another = {
		.type = EVENT_WARNING, .message = "b", .job = 7,
	};
	struct voice *v = voice_new(&to);

	(void)state;
	assert_int_equal(voice_job(v), 0);
	observe_warning(voice_observer(v), "a");
	observe_event(voice_observer(v), &of_another);
	voice_set_job(v, 3);
	assert_int_equal(voice_job(v), 3);
	observe_warning(voice_observer(v), "c");
	observe_event(voice_observer(v), &of_another);
	voice_set_job(v, 0);
	observe_warning(voice_observer(v), "d");
	assert_string_equal(told.data, "0 a; 7 b; 3 c; 3 b; 0 d; ");
	voice_free(v);
	voice_free(NULL);
	buf_release(&told);
}

static void
expect_block(struct voice *v, int64_t now, int rows, const char *want)
{
	struct buf b = BUF_INIT(BUF_OWN);

	voice_block(v, now, 40, rows, &b);
	assert_string_equal(b.data, want);
	buf_release(&b);
}

static void
expect_line(struct voice *v, int columns, const char *want)
{
	struct buf b = BUF_INIT(BUF_OWN);

	voice_line(v, 3000, columns, &b);
	assert_string_equal(b.data, want);
	buf_release(&b);
}

static void
test_progress(void **state)
{
	const struct observer to = { .ctx = NULL };
	struct voice *v = voice_new(&to);
	const struct observer *obs = voice_observer(v);

	(void)state;
	expect_block(v, 1000, 3, "");
	observe_progress(obs, "a", 0, 100, false);
	expect_block(v, 1000, 1, "a    0%  0 of 100");
	observe_progress(obs, "a", 50, 100, false);
	expect_block(v, 2000, 1, "a   50%  50 of 100  50/s  1s left");
	expect_line(v, 20, "a   50%  2s left");
	observe_progress(obs, "b", 0, 10, false);
	expect_line(v, 40, "a   45%  0/2  50/110  25/s  3s left");
	expect_block(v, 3000, 3,
	    "a                    50%     50 of 100\n"
	    "b                     0%      0 of 10\n"
	    "Total   45%  0/2  50/110  25/s  3s left");
	voice_reset(v);
	expect_block(v, 4000, 3, "");
	observe_progress(obs, "a", 100, 100, true);
	expect_line(v, 40, "");
	voice_free(v);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_events),
		cmocka_unit_test(test_progress),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
