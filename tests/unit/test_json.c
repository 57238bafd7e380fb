/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "listing/listing.h"
#include "ui/json.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* What json_event() writes: one line, parsed again. */
static json_t *
written(const struct event *ev)
{
	json_t *o;
	char *text = NULL;
	size_t n = 0;
	FILE *fp;

	fp = open_memstream(&text, &n);
	json_event(fp, ev);
	fclose(fp);
	assert_true(n > 0);
	assert_ptr_equal(strchr(text, '\n'), text + n - 1);
	o = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(o);
	assert_non_null(json_object_get(o, "event"));
	assert_int_equal(
	    strlen(json_string_value(json_object_get(o, "time"))), 24);
	json_object_del(o, "time");
	free(text);
	return o;
}

/* All but the time must be as wanted, no key more or less. */
static void
check(const struct event *ev, const char *want)
{
	json_t *o = written(ev), *w = json_loads(want, 0, NULL);
	char *text = json_dumps(o, JSON_COMPACT);

	assert_non_null(w);
	if (!json_equal(o, w))
		fail_msg("%s\nwanted %s", text, want);
	free(text);
	json_decref(o);
	json_decref(w);
}

static void
test_transfer(void **state)
{
	struct err err = ERR_INIT;
	struct event ev = {
		.type = EVENT_TRANSFER, .op = "get", .source = "/a",
		.target = "b", .bytes = 10, .seconds = 1.23456,
		.resumed = true,
	};

	(void)state;
	check(&ev, "{\"event\":\"transfer\",\"op\":\"get\",\"source\":\"/a\","
	    "\"target\":\"b\",\"bytes\":10,\"seconds\":1.235,"
	    "\"resumed\":true,\"verified\":false,\"status\":0}");
	err_set(&err, ERR_REFUSED, "/a: 550 no \xc3\xa9");
	err_note_reply(&err, 550, "550 no \xc3\xa9");
	ev.err = &err;
	ev.bytes = -1;
	ev.seconds = -1;
	ev.resumed = false;
	check(&ev, "{\"event\":\"transfer\",\"op\":\"get\",\"source\":\"/a\","
	    "\"target\":\"b\",\"resumed\":false,\"verified\":false,"
	    "\"status\":1,\"kind\":\"refused\",\"code\":550,"
	    "\"reply\":\"550 no \xc3\xa9\",\"error\":\"/a: 550 no \xc3\xa9\"}");
}

static void
test_entry(void **state)
{
	struct entry e = {
		.name = "caf\xe9", .type = 'f', .size = 5000000000,
		.mtime = { 1700486644, 250000000 },
		.precision = PRECISION_SUB, .mode = 0644, .owner = "me",
	};
	struct event ev = {
		.type = EVENT_ENTRY, .path = "/d/caf\xe9", .entry = &e,
	};

	(void)state;
	check(&ev, "{\"event\":\"entry\",\"path\":\"/d/caf\\\\351\","
	    "\"path_b64\":\"L2QvY2Fm6Q==\",\"name\":\"caf\\\\351\","
	    "\"name_b64\":\"Y2Fm6Q==\",\"type\":\"file\","
	    "\"size\":5000000000,\"mtime\":\"2023-11-20T13:24:04.250Z\","
	    "\"perm\":\"0644\",\"owner\":\"me\"}");
	e = (struct entry){
		.name = "l\n\"", .type = 'l', .size = -1, .mode = -1,
		.target = "x",
	};
	ev.path = NULL;
	check(&ev, "{\"event\":\"entry\",\"name\":\"l\\n\\\"\","
	    "\"type\":\"link\",\"target\":\"x\"}");
}

/* Of a clock whose zone is not known, no zone is told. */
static void
test_clock(void **state)
{
	struct entry e = {
		.name = "a", .type = 'f', .size = 1, .mode = -1,
		.mtime = { 1700486640, 0 }, .precision = PRECISION_MINUTE,
	};
	struct event ev = { .type = EVENT_ENTRY, .path = "a", .entry = &e };

	(void)state;
	check(&ev, "{\"event\":\"entry\",\"path\":\"a\",\"name\":\"a\","
	    "\"type\":\"file\",\"size\":1,"
	    "\"mtime\":\"2023-11-20T13:24\"}");
	e.utc = true;
	check(&ev, "{\"event\":\"entry\",\"path\":\"a\",\"name\":\"a\","
	    "\"type\":\"file\",\"size\":1,"
	    "\"mtime\":\"2023-11-20T13:24:00.000Z\"}");
	e.utc = false;
	e.precision = PRECISION_DAY;
	check(&ev, "{\"event\":\"entry\",\"path\":\"a\",\"name\":\"a\","
	    "\"type\":\"file\",\"size\":1,\"mtime\":\"2023-11-20\"}");
}

static void
test_base64(void **state)
{
	static const char *const want[][2] = {
		{ "\xff", "/w==" }, { "a\xff", "Yf8=" }, { "ab\xff", "YWL/" },
		{ "abc\xff", "YWJj/w==" },
	};
	struct event ev = { .type = EVENT_MKDIR };
	json_t *o;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(want); i++) {
		ev.path = want[i][0];
		o = written(&ev);
		assert_string_equal(json_string_value(
		    json_object_get(o, "path_b64")), want[i][1]);
		json_decref(o);
	}
}

static void
test_names(void **state)
{
	struct event ev = { .type = EVENT_DELETE, .path = "a b" };

	(void)state;
	check(&ev, "{\"event\":\"delete\",\"path\":\"a b\","
	    "\"type\":\"file\"}");
	ev.is_dir = ev.dry_run = true;
	check(&ev, "{\"event\":\"delete\",\"path\":\"a b\",\"type\":\"dir\","
	    "\"dry_run\":true}");
	ev.reason = REASON_ABSENT;
	check(&ev, "{\"event\":\"delete\",\"path\":\"a b\","
	    "\"reason\":\"absent\",\"type\":\"dir\",\"dry_run\":true}");
	ev = (struct event){
		.type = EVENT_SKIP, .path = "s", .op = "socket",
		.type_of = 'o',
	};
	check(&ev, "{\"event\":\"skip\",\"path\":\"s\",\"type\":\"other\","
	    "\"reason\":\"socket\"}");
	ev.type_of = 'd';
	check(&ev, "{\"event\":\"skip\",\"path\":\"s\",\"type\":\"dir\","
	    "\"reason\":\"socket\"}");
	ev = (struct event){
		.type = EVENT_LOGIN, .host = "h", .detail = "me",
	};
	check(&ev, "{\"event\":\"login\",\"host\":\"h\",\"user\":\"me\"}");
	ev = (struct event){ .type = EVENT_WARNING, .message = "w" };
	check(&ev, "{\"event\":\"warning\",\"message\":\"w\"}");
}

static void
test_error(void **state)
{
	struct err err = ERR_INIT;
	struct event ev = { .type = EVENT_ERROR, .path = "p", .err = &err };

	(void)state;
	err_set(&err, ERR_REFUSED, "550 p5550 no");
	err_note_reply(&err, 550, "550 p5550 no");
	check(&ev, "{\"event\":\"error\",\"path\":\"p\","
	    "\"kind\":\"refused\",\"code\":550,\"status\":1,"
	    "\"reply\":\"550 p5550 no\",\"message\":\"550 p5550 no\"}");
	err_set(&err, ERR_REFUSED, "p5550 is not it");
	err.code = 550;
	check(&ev, "{\"event\":\"error\",\"path\":\"p\","
	    "\"kind\":\"refused\",\"code\":550,\"status\":1,"
	    "\"message\":\"p5550 is not it\"}");
	err_set(&err, ERR_TIMEOUT, "p: too late");
	check(&ev, "{\"event\":\"error\",\"path\":\"p\","
	    "\"kind\":\"timeout\",\"status\":3,\"message\":\"p: too late\"}");
}

static void
test_summary(void **state)
{
	struct summary sum = {
		.dirs = 1, .files = 2, .links = 3, .transferred = 4,
		.skipped = 5, .deleted = 6, .failed = 7, .warned = 8,
		.bytes = 9, .seconds = 0.5, .dry_run = true,
	};
	struct event ev = {
		.type = EVENT_SUMMARY, .summary = &sum, .op = "mirror",
		.source = "/s", .target = "t",
	};

	(void)state;
	check(&ev, "{\"event\":\"summary\",\"op\":\"mirror\","
	    "\"source\":\"/s\",\"target\":\"t\",\"directories\":1,\"files\":2,"
	    "\"links\":3,\"transferred\":4,\"skipped\":5,\"deleted\":6,"
	    "\"failed\":7,\"warnings\":8,\"bytes\":9,\"seconds\":0.5,"
	    "\"dry_run\":true}");
}

/* A closed or full stream must not hurt, and keeps its error. */
static void
test_broken_stream(void **state)
{
	struct event ev = { .type = EVENT_WARNING, .message = "w" };
	FILE *fp = fopen("/dev/full", "w");

	(void)state;
	if (fp == NULL)
		skip();
	json_event(fp, &ev);
	assert_true(ferror(fp));
	fclose(fp);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_transfer),
		cmocka_unit_test(test_entry),
		cmocka_unit_test(test_clock),
		cmocka_unit_test(test_base64),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_error),
		cmocka_unit_test(test_summary),
		cmocka_unit_test(test_broken_stream),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
