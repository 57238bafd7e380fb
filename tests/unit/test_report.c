/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ui/report.h"

static void
check(const struct event *ev, enum report_level level, const char *want)
{
	struct buf b = BUF_INIT(BUF_OWN);

	assert_int_equal(report_event(ev, &b), level);
	assert_string_equal(b.data, want);
	buf_release(&b);
}

static void
test_actions(void **state)
{
	struct err err = ERR_INIT;
	struct event ev = {
		.type = EVENT_TRANSFER, .op = "get", .source = "a/\033b",
	};

	(void)state;
	check(&ev, REPORT_DETAIL, "get a/\\033b");
	ev.dry_run = true;
	check(&ev, REPORT_RESULT, "get a/\\033b");
	ev.reason = REASON_SIZE;
	check(&ev, REPORT_RESULT, "get a/\\033b (size differs)");
	ev.err = &err;
	check(&ev, REPORT_NOTHING, "");
	ev = (struct event){ .type = EVENT_DELETE, .path = "c" };
	check(&ev, REPORT_DETAIL, "delete c");
	ev.reason = REASON_EXCLUDED;
	check(&ev, REPORT_DETAIL, "delete c (excluded)");
	ev = (struct event){ .type = EVENT_MKDIR, .path = "d" };
	check(&ev, REPORT_DETAIL, "mkdir d");
	ev = (struct event){ .type = EVENT_SKIP, .path = "s", .op = "socket" };
	check(&ev, REPORT_NOTHING, "");
	ev = (struct event){
		.type = EVENT_CONNECT, .host = "h\n", .detail = "TLS1.3",
	};
	check(&ev, REPORT_NOTE, "h\\012: connected, TLS1.3");
}

/* Each has a name and words of its own. */
static void
test_reasons(void **state)
{
	struct event ev = { .type = EVENT_DELETE, .path = "c" };
	struct buf b[REASONS];
	int i, j;

	(void)state;
	assert_null(report_reason(REASON_NONE));
	for (i = 0; i < REASONS; i++) {
		b[i] = (struct buf)BUF_INIT(BUF_OWN);
		ev.reason = (enum reason)i;
		(void)report_event(&ev, &b[i]);
		for (j = 0; j < i; j++)
			assert_string_not_equal(b[i].data, b[j].data);
		for (j = 1; j < i; j++)
			assert_string_not_equal(report_reason(ev.reason),
			    report_reason((enum reason)j));
	}
	for (i = 0; i < REASONS; i++)
		buf_release(&b[i]);
}

/* The object stands in front of a message once, whoever put it there. */
static void
test_messages(void **state)
{
	struct event ev = { .type = EVENT_ERROR, .message = "too late" };

	(void)state;
	check(&ev, REPORT_ERROR, "too late");
	ev.path = "a\tb";
	check(&ev, REPORT_ERROR, "a\\011b: too late");
	ev.message = "a\\011b: too late";
	check(&ev, REPORT_ERROR, "a\\011b: too late");
	ev.message = "a\\011bc: too late";
	check(&ev, REPORT_ERROR, "a\\011b: a\\011bc: too late");
	ev.type = EVENT_WARNING;
	ev.path = NULL;
	check(&ev, REPORT_WARNING, "a\\011bc: too late");
}

static void
test_summary(void **state)
{
	struct summary sum = {
		.dirs = 12, .files = 340, .links = 1, .transferred = 5,
		.bytes = 1258291, .skipped = 335, .seconds = 63.9,
	};
	struct event ev = { .type = EVENT_SUMMARY, .summary = &sum };

	(void)state;
	check(&ev, REPORT_RESULT, "12 directories, 340 files, 1 link: "
	    "5 transferred (1.2M), 335 unchanged in 1m03s");
	sum = (struct summary){
		.dirs = 1, .files = 1, .warned = 1, .dry_run = true,
	};
	check(&ev, REPORT_RESULT, "1 directory, 1 file: "
	    "0 transferred, 1 warning in 0s (dry run)");
	sum = (struct summary){
		.dirs = 1, .files = 7, .links = 2, .transferred = 1,
		.bytes = 5, .skipped = 2, .deleted = 3, .failed = 4,
		.warned = 2,
	};
	check(&ev, REPORT_RESULT, "1 directory, 7 files, 2 links: "
	    "1 transferred (5), 2 unchanged, 3 deleted, 4 failed, 2 warnings "
	    "in 0s");
}

static void
check_summary(const struct summary *s, int columns, const char *want)
{
	struct buf b = BUF_INIT(BUF_OWN);

	buf_adds(&b, "[1] ");
	report_summary(s, columns, &b);
	assert_string_equal(b.data + 4, want);
	buf_release(&b);
}

/* Where it is wide, what was done comes before what there was. */
static void
test_wide_summary(void **state)
{
	const struct summary sum = {
		.dirs = 1234, .files = 56789, .transferred = 123,
		.bytes = 1288490188, .skipped = 56666, .seconds = 723,
	};

	(void)state;
	check_summary(&sum, 0, "1234 directories, 56789 files: "
	    "123 transferred (1.2G), 56666 unchanged in 12m03s");
	check_summary(&sum, 81, "1234 directories, 56789 files: "
	    "123 transferred (1.2G), 56666 unchanged in 12m03s");
	check_summary(&sum, 79, "56789 files: "
	    "123 transferred (1.2G), 56666 unchanged in 12m03s");
	check_summary(&sum, 60, "123 transferred (1.2G), 56666 unchanged "
	    "in 12m03s");
	check_summary(&sum, 40, "123 transferred (1.2G), 56666 unchanged "
	    "in 12m03s");
}

static void
test_transfer(void **state)
{
	struct event ev = {
		.type = EVENT_TRANSFER, .source = "/d/a b", .seconds = 2,
		.bytes = 20 * 1024 * 1024,
	};
	struct buf b = BUF_INIT(BUF_OWN);

	(void)state;
	report_transfer(&ev, &b);
	assert_string_equal(b.data, "a b  20M  10M/s  2s");
	buf_clear(&b);
	ev.seconds = 0;
	ev.bytes = -1;
	report_transfer(&ev, &b);
	assert_string_equal(b.data, "a b  0  0s");
	buf_release(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_actions),
		cmocka_unit_test(test_reasons),
		cmocka_unit_test(test_messages),
		cmocka_unit_test(test_summary),
		cmocka_unit_test(test_wide_summary),
		cmocka_unit_test(test_transfer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
