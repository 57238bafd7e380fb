/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "transfer/plan.h"

enum { NOW = 1700000000, HOUR = 3600, ZONE = 38 * HOUR };

#define NO_LIMITS .min_size = -1, .max_size = -1
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct mirror_options plain = { NO_LIMITS };

/* Entries as MLSD would give them; a test changes what it is about. */
static struct plan_entry
entry(char type, const char *name)
{
	return (struct plan_entry){
		.name = name, .type = type, .size = type == 'f' ? 100 : -1,
		.mtime = { .tv_sec = NOW }, .precision = PRECISION_SECOND,
		.mode = -1, .target = type == 'l' ? "aim" : NULL,
	};
}

static struct plan_entry
file_at(time_t sec, enum time_precision precision)
{
	struct plan_entry e = entry('f', "a");

	e.mtime.tv_sec = sec;
	e.precision = precision;
	return e;
}

static struct plan_entry
file_of(int64_t size)
{
	struct plan_entry e = entry('f', "a");

	e.size = size;
	return e;
}

static const char *const kinds[] = {
	[PLAN_TRANSFER] = "transfer", [PLAN_ENTER] = "enter",
	[PLAN_MKDIR] = "mkdir", [PLAN_LINK] = "link", [PLAN_CHMOD] = "chmod",
	[PLAN_SAME] = "same", [PLAN_ASK] = "ask", [PLAN_DELETE] = "delete",
	[PLAN_REPLACE] = "replace", [PLAN_SKIP] = "skip",
	[PLAN_CANNOT] = "cannot", [PLAN_BLOCKED] = "blocked",
	[PLAN_UNTOLD] = "untold", [PLAN_OLDER] = "older",
	[PLAN_LATER] = "later",
};

/* The plan as "verb name[-+]...": "-" no source, "+" no target. */
static void
describe(const struct plan *p, struct buf *out)
{
	const struct plan_action *a;
	size_t i;

	for (i = 0; i < p->n; i++) {
		a = &p->action[i];
		assert_true(a->source != NULL || a->target != NULL);
		if (a->source != NULL && a->target != NULL)
			assert_string_equal(a->source->name, a->target->name);
		buf_addf(out, "%s%s %s%s", i > 0 ? ", " : "", kinds[a->kind],
		    a->source != NULL ? a->source->name : a->target->name,
		    a->source == NULL ? "-" : a->target == NULL ? "+" : "");
	}
}

static void
check(const char *file, int line, const char *dir,
    const struct plan_entry *source, size_t ns,
    const struct plan_entry *target, size_t nt,
    const struct mirror_options *o, const char *want)
{
	struct buf b = BUF_INIT(BUF_OWN);
	struct plan p;

	plan_directory(dir, source, ns, target, nt, o, &p);
	describe(&p, &b);
	if (strcmp(b.data, want) != 0)
		print_error("planned: %s\n", b.data);
	_assert_string_equal(b.data, want, file, line);
	plan_release(&p);
	assert_null(p.action);
	assert_int_equal(p.n, 0);
	buf_release(&b);
}

#define assert_plan(dir, s, ns, t, nt, o, want) \
	check(__FILE__, __LINE__, dir, s, ns, t, nt, o, want)

/* What becomes of one name on both sides. */
static const char *
fate(struct plan_entry s, struct plan_entry t, const struct mirror_options *o)
{
	const char *kind;
	struct plan p;

	plan_directory("", &s, 1, &t, 1, o, &p);
	assert_int_equal(p.n, 1);
	assert_ptr_equal(p.action[0].source, &s);
	assert_ptr_equal(p.action[0].target, &t);
	kind = kinds[p.action[0].kind];
	plan_release(&p);
	return kind;
}

static enum reason
reason(struct plan_entry s, struct plan_entry t,
    const struct mirror_options *o)
{
	enum reason why;
	struct plan p;

	plan_directory("", &s, 1, &t, 1, o, &p);
	assert_int_equal(p.n, 1);
	why = p.action[0].reason;
	plan_release(&p);
	return why;
}

/* Why a file goes. */
static void
test_transfer_reasons(void **state)
{
	const struct plan_entry s = file_of(100), unsized = file_of(-1),
	    longer = file_of(101), old = file_at(NOW - 1, PRECISION_SECOND),
	    coarse = file_at(NOW, PRECISION_DAY), link = entry('l', "a"),
	    empty = file_of(0);
	struct mirror_options o = plain;
	struct plan p;

	(void)state;
	plan_directory("", &s, 1, NULL, 0, &o, &p);
	assert_int_equal(p.action[0].reason, REASON_NEW);
	plan_release(&p);
	assert_int_equal(reason(s, s, &o), REASON_NONE);
	assert_int_equal(reason(s, longer, &o), REASON_SIZE);
	assert_int_equal(reason(s, empty, &o), REASON_SIZE);
	assert_int_equal(reason(empty, s, &o), REASON_SIZE);
	assert_int_equal(reason(unsized, s, &o), REASON_UNKNOWN);
	assert_int_equal(reason(s, unsized, &o), REASON_UNKNOWN);
	assert_int_equal(reason(s, old, &o), REASON_TIME);
	assert_int_equal(reason(s, coarse, &o), REASON_TIME);
	assert_int_equal(reason(s, link, &o), REASON_TYPE);
	assert_int_equal(reason(s, entry('d', "a"), &o), REASON_TYPE);
	o.ignore_size = true;
	assert_int_equal(reason(longer, old, &o), REASON_TIME);
	assert_int_equal(reason(unsized, old, &o), REASON_TIME);
	o = plain;
	o.only_newer = true;
	assert_int_equal(reason(s, old, &o), REASON_NEWER);
	assert_int_equal(reason(s, coarse, &o), REASON_NEWER);
	assert_int_equal(reason(longer, s, &o), REASON_SIZE);
	o = plain;
	o.checksum = true;
	assert_int_equal(reason(s, s, &o), REASON_DIGEST);
	assert_int_equal(reason(s, longer, &o), REASON_SIZE);
	o = plain;
	o.manifest = true;
	assert_int_equal(reason(s, s, &o), REASON_DIGEST);
}

/* Why something is deleted. */
static void
test_deletion_reasons(void **state)
{
	const struct plan_entry t = entry('f', "a");
	struct mirror_options o = plain;
	struct filter *f = filter_new();
	struct err err = ERR_INIT;
	struct plan p;

	(void)state;
	o.delete = o.delete_excluded = true;
	plan_directory("", NULL, 0, &t, 1, &o, &p);
	assert_int_equal(p.action[0].reason, REASON_ABSENT);
	plan_release(&p);
	assert_int_equal(filter_add(f, FILTER_EXCLUDE_GLOB, "a", &err), 0);
	o.filter = f;
	assert_int_equal(reason(t, t, &o), REASON_EXCLUDED);
	filter_free(f);
}

static void
test_merge(void **state)
{
	const struct plan_entry s[] = {
		entry('f', "B"), entry('d', "a"), entry('f', "b"),
		entry('f', "e"), entry('f', "\xff"),
	}, t[] = {
		entry('f', "A"), entry('d', "a"), entry('f', "c"),
		entry('f', "e"),
	};
	struct mirror_options o = plain;

	(void)state;
	assert_plan("", NULL, 0, NULL, 0, &o, "");
	assert_plan("", s, 5, NULL, 0, &o, "transfer B+, mkdir a+, "
	    "transfer b+, transfer e+, transfer \xff+");
	assert_plan("", NULL, 0, t, 4, &o, "");
	assert_plan("", s, 5, t, 4, &o, "transfer B+, enter a, transfer b+, "
	    "same e, transfer \xff+");
	o.delete = true;
	assert_plan("", NULL, 0, t, 4, &o,
	    "delete A-, delete a-, delete c-, delete e-");
	assert_plan("", s, 5, t, 4, &o, "delete A-, transfer B+, enter a, "
	    "transfer b+, delete c-, same e, transfer \xff+");
}

static void
test_many(void **state)
{
	enum { N = 1000 };
	static struct plan_entry s[N], t[N];
	static char names[N][8];
	struct plan p;
	size_t i;

	(void)state;
	for (i = 0; i < N; i++) {
		snprintf(names[i], sizeof(names[i]), "%03zu", i);
		s[i] = entry('f', names[i]);
		t[i] = s[i];
		t[i].size = i % 3 == 0 ? 1 : 100;
	}
	plan_directory("", s, N, t, N, &plain, &p);
	assert_int_equal(p.n, N);
	for (i = 0; i < N; i++) {
		assert_ptr_equal(p.action[i].source, &s[i]);
		assert_ptr_equal(p.action[i].target, &t[i]);
		assert_int_equal(p.action[i].kind,
		    i % 3 == 0 ? PLAN_TRANSFER : PLAN_SAME);
	}
	plan_release(&p);
}

/* Every type of the source over every type of the target. */
static void
test_types(void **state)
{
	static const char over[] = "fdlo?";
	static const struct {
		char type;
		const char *want[6];	/* over nothing, then as above */
	} rows[] = {
		{ 'f', { "transfer a+", "same a", "replace a", "transfer a",
		    "transfer a", "transfer a" } },
		{ 'd', { "mkdir a+", "replace a", "enter a", "replace a",
		    "replace a", "replace a" } },
		{ 'l', { "link a+", "link a", "replace a", "same a",
		    "link a", "link a" } },
		{ 'o', { "cannot a+", "cannot a", "cannot a", "cannot a",
		    "cannot a", "cannot a" } },
		{ '?', { "cannot a+", "cannot a", "cannot a", "cannot a",
		    "cannot a", "cannot a" } },
	};
	struct plan_entry s, t;
	size_t i, j;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		s = entry(rows[i].type, "a");
		assert_plan("", &s, 1, NULL, 0, &plain, rows[i].want[0]);
		for (j = 0; over[j] != '\0'; j++) {
			t = entry(over[j], "a");
			assert_plan("", &s, 1, &t, 1, &plain,
			    rows[i].want[j + 1]);
		}
	}
}

static void
test_links(void **state)
{
	struct plan_entry s = entry('l', "a"), t = entry('l', "a");
	struct mirror_options none = { NO_LIMITS, .no_symlinks = true };
	struct mirror_options followed = { NO_LIMITS, .dereference = true,
		.delete = true };
	const struct plan_entry dir = entry('d', "a"), file = file_of(1);

	(void)state;
	/* What is still a link leads nowhere, and takes nobody's place. */
	assert_string_equal(fate(s, dir, &followed), "cannot");
	assert_string_equal(fate(s, file, &followed), "cannot");
	assert_string_equal(fate(s, t, &followed), "cannot");
	assert_plan("", &s, 1, NULL, 0, &followed, "cannot a+");
	t.mtime.tv_sec = 0;
	assert_string_equal(fate(s, t, &plain), "same");
	t.target = "elsewhere";
	assert_string_equal(fate(s, t, &plain), "link");
	assert_string_equal(fate(s, t, &none), "skip");
	t.target = NULL;
	assert_string_equal(fate(s, t, &plain), "same");
	s.target = NULL;
	t.target = "elsewhere";
	assert_string_equal(fate(s, t, &plain), "same");
	/* A link that is not carried over is not deleted either. */
	none.delete = true;
	assert_plan("", &s, 1, &t, 1, &none, "skip a");
	assert_plan("", &s, 1, NULL, 0, &none, "skip a+");
}

static void
test_no_recursion(void **state)
{
	struct plan_entry s[] = { entry('d', "a"), entry('f', "b") };
	struct plan_entry t = entry('d', "a");
	struct mirror_options o = { NO_LIMITS, .no_recursion = true,
		.delete = true };

	(void)state;
	assert_plan("", s, 2, &t, 1, &o, "skip a, transfer b+");
	assert_plan("", s, 2, NULL, 0, &o, "skip a+, transfer b+");
}

static void
test_sizes(void **state)
{
	struct mirror_options ignore = { NO_LIMITS, .ignore_size = true };

	(void)state;
	assert_string_equal(fate(file_of(0), file_of(0), &plain), "same");
	assert_string_equal(fate(file_of(0), file_of(1), &plain), "transfer");
	assert_string_equal(fate(file_of(INT64_MAX), file_of(INT64_MAX - 1),
	    &plain), "transfer");
	assert_string_equal(fate(file_of(5), file_of(6), &ignore), "same");
	/* What is not known is not known to be equal. */
	assert_string_equal(fate(file_of(-1), file_of(6), &plain), "transfer");
	assert_string_equal(fate(file_of(6), file_of(-1), &plain), "transfer");
	assert_string_equal(fate(file_of(-1), file_of(-1), &plain),
	    "transfer");
	assert_string_equal(fate(file_of(-1), file_of(6), &ignore), "same");
}

static void
test_same_time(void **state)
{
	static const struct {
		struct timespec a, b;
		enum time_precision pa, pb;
		bool want;
	} rows[] = {
		{ { NOW, 0 }, { NOW, 0 }, PRECISION_SECOND, PRECISION_SECOND,
		    true },
		{ { NOW, 0 }, { NOW + 1, 0 }, PRECISION_SECOND,
		    PRECISION_SECOND, false },
		{ { NOW, 0 }, { NOW, 999999999 }, PRECISION_SECOND,
		    PRECISION_SUB, true },
		{ { NOW, 999999999 }, { NOW + 1, 0 }, PRECISION_SUB,
		    PRECISION_SECOND, false },
		/* A fraction is in milliseconds on most servers. */
		{ { NOW, 123000000 }, { NOW, 123999999 }, PRECISION_SUB,
		    PRECISION_SUB, true },
		{ { NOW, 123999999 }, { NOW, 124000000 }, PRECISION_SUB,
		    PRECISION_SUB, false },
		{ { NOW, 5000000 }, { NOW + 1, 5000000 }, PRECISION_SUB,
		    PRECISION_SUB, false },
		{ { 60, 0 }, { 119, 0 }, PRECISION_MINUTE, PRECISION_SUB,
		    true },
		{ { 60, 0 }, { 120, 0 }, PRECISION_MINUTE, PRECISION_SUB,
		    false },
		{ { 60, 0 }, { 59, 0 }, PRECISION_MINUTE, PRECISION_SECOND,
		    false },
		{ { 0, 0 }, { 86399, 0 }, PRECISION_SECOND, PRECISION_DAY,
		    true },
		{ { 86400, 0 }, { 86399, 0 }, PRECISION_DAY,
		    PRECISION_MINUTE, false },
		/* Before 1970. */
		{ { -1, 0 }, { 0, 0 }, PRECISION_MINUTE, PRECISION_SECOND,
		    false },
		{ { -1, 0 }, { -60, 0 }, PRECISION_MINUTE, PRECISION_SECOND,
		    true },
		{ { -60, 0 }, { -61, 0 }, PRECISION_MINUTE, PRECISION_SECOND,
		    false },
		{ { -86400, 0 }, { -1, 0 }, PRECISION_DAY, PRECISION_DAY,
		    true },
		{ { -1, 0 }, { -2, 0 }, PRECISION_SECOND, PRECISION_SECOND,
		    false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		if (plan_same_time(rows[i].a, rows[i].pa, rows[i].b,
		    rows[i].pb) != rows[i].want)
			fail_msg("row %zu", i);
		if (plan_same_time(rows[i].b, rows[i].pb, rows[i].a,
		    rows[i].pa) != rows[i].want)
			fail_msg("row %zu the other way round", i);
	}
}

/* Both exact to the second: the time decides. */
static void
test_exact_times(void **state)
{
	static const enum time_precision exact[] = {
		PRECISION_SECOND, PRECISION_SUB,
	};
	struct mirror_options ignore = { NO_LIMITS, .ignore_time = true };
	struct plan_entry s, t;
	size_t i, j;

	(void)state;
	for (i = 0; i < COUNT(exact); i++)
		for (j = 0; j < COUNT(exact); j++) {
			s = file_at(NOW, exact[i]);
			t = file_at(NOW, exact[j]);
			assert_string_equal(fate(s, t, &plain), "same");
			t.mtime.tv_sec++;
			assert_string_equal(fate(s, t, &plain), "transfer");
			assert_string_equal(fate(s, t, &ignore), "same");
			t.mtime.tv_sec -= 2;
			assert_string_equal(fate(s, t, &plain), "transfer");
		}
	s = file_at(NOW, PRECISION_SUB);
	t = file_at(NOW, PRECISION_SUB);
	t.mtime.tv_nsec = 500000000;
	assert_string_equal(fate(s, t, &plain), "transfer");
	t.precision = PRECISION_SECOND;
	assert_string_equal(fate(s, t, &plain), "same");
}

/*
 * One of them from LIST: in an unknown zone, so that the exact time must be
 * asked for, unless no zone explains the difference.
 */
static void
test_zone_doubt(void **state)
{
	static const enum time_precision coarse[] = {
		PRECISION_DAY, PRECISION_MINUTE,
	}, any[] = {
		PRECISION_DAY, PRECISION_MINUTE, PRECISION_SECOND,
		PRECISION_SUB,
	};
	static const struct {
		time_t apart;
		const char *want;
	} rows[] = {
		{ 0, "ask" }, { 1, "ask" }, { 60, "ask" }, { HOUR, "ask" },
		{ ZONE, "ask" }, { ZONE + 1, "transfer" },
		{ 1000 * HOUR, "transfer" },
	};
	struct mirror_options ignore = { NO_LIMITS, .ignore_time = true };
	struct plan_entry s, t;
	size_t i, j, k;

	(void)state;
	for (i = 0; i < COUNT(coarse); i++)
		for (j = 0; j < COUNT(any); j++)
			for (k = 0; k < COUNT(rows); k++) {
				s = file_at(NOW, coarse[i]);
				t = file_at(NOW + rows[k].apart, any[j]);
				assert_string_equal(fate(s, t, &plain),
				    rows[k].want);
				assert_string_equal(fate(t, s, &plain),
				    rows[k].want);
				assert_string_equal(fate(s, t, &ignore),
				    "same");
			}
	/* The size needs no zone. */
	s.size++;
	assert_string_equal(fate(s, t, &plain), "transfer");
}

/* A date without a year is taken for the past one; the file may be of now. */
static void
test_year_doubt(void **state)
{
	const struct mirror_options o = { NO_LIMITS };
	static const struct {
		int apart;
		const char *fate;
	} rows[] = {
		{ 365 * 24 * HOUR, "ask" }, { 366 * 24 * HOUR, "ask" },
		{ 365 * 24 * HOUR - 14 * HOUR, "ask" },
		{ 366 * 24 * HOUR + 14 * HOUR, "ask" },
		{ 365 * 24 * HOUR - 14 * HOUR - 1, "transfer" },
		{ 367 * 24 * HOUR + 14 * HOUR, "ask" },
		{ 367 * 24 * HOUR + 14 * HOUR + 1, "transfer" },
	};
	struct plan_entry s = file_at(NOW, PRECISION_MINUTE), t;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		t = file_at(NOW - rows[i].apart, PRECISION_SECOND);
		assert_string_equal(fate(s, t, &o), rows[i].fate);
		assert_string_equal(fate(t, s, &o), rows[i].fate);
	}
}

static void
test_no_time(void **state)
{
	struct plan_entry s = file_at(0, PRECISION_NONE), t;
	enum time_precision p;

	(void)state;
	for (p = PRECISION_NONE; p <= PRECISION_SUB; p++) {
		t = file_at(NOW, p);
		assert_string_equal(fate(s, t, &plain), "ask");
		assert_string_equal(fate(t, s, &plain), "ask");
		t.size++;
		assert_string_equal(fate(s, t, &plain), "transfer");
	}
}

static void
test_only_newer(void **state)
{
	struct mirror_options o = { NO_LIMITS, .only_newer = true };
	struct plan_entry old = file_at(NOW, PRECISION_SECOND);
	struct plan_entry new = file_at(NOW + 1, PRECISION_SECOND);

	(void)state;
	assert_string_equal(fate(new, old, &o), "transfer");
	assert_string_equal(fate(old, new, &o), "older");
	assert_string_equal(fate(old, old, &o), "same");
	/* The target's may have grown since. */
	new.size++;
	assert_string_equal(fate(old, new, &o), "older");
	assert_string_equal(fate(new, old, &o), "transfer");
	assert_plan("", &old, 1, NULL, 0, &o, "transfer a+");
	/* Within one second. */
	old = file_at(NOW, PRECISION_SUB);
	new = file_at(NOW, PRECISION_SUB);
	new.mtime.tv_nsec = 500 * 1000 * 1000;
	assert_string_equal(fate(old, new, &o), "transfer");

	old = file_at(NOW, PRECISION_MINUTE);
	new = file_at(NOW + 1, PRECISION_SECOND);
	assert_string_equal(fate(old, new, &o), "ask");
	assert_string_equal(fate(new, old, &o), "ask");
	new.mtime.tv_sec += ZONE;
	assert_string_equal(fate(old, new, &o), "older");
	assert_string_equal(fate(new, old, &o), "transfer");
}

static void
test_checksum(void **state)
{
	struct mirror_options o = { NO_LIMITS, .checksum = true };
	struct plan_entry s = file_of(5), t = file_of(5);

	(void)state;
	assert_string_equal(fate(s, t, &o), "ask");
	o.ignore_time = true;
	assert_string_equal(fate(s, t, &o), "ask");
	t.mtime.tv_sec += 1000 * HOUR;
	assert_string_equal(fate(s, t, &o), "ask");
	/* No digest is needed to see that. */
	t.size = 6;
	assert_string_equal(fate(s, t, &o), "transfer");
	o.ignore_size = true;
	assert_string_equal(fate(s, t, &o), "ask");
	/* A newer one is not looked at. */
	o = (struct mirror_options){ NO_LIMITS, .checksum = true,
		.only_newer = true };
	assert_string_equal(fate(s, t, &o), "older");
	t.mtime.tv_sec = s.mtime.tv_sec - 1;
	assert_string_equal(fate(s, t, &o), "ask");
	assert_false(plan_wants_times(&s, &t, &o));
	t.precision = PRECISION_MINUTE;
	assert_true(plan_wants_times(&s, &t, &o));
	o.ignore_time = true;
	assert_false(plan_wants_times(&s, &t, &o));
	o.ignore_time = false;
	t.precision = PRECISION_SECOND;
	o.checksum = false;
	o.manifest = true;
	assert_string_equal(fate(s, t, &o), "ask");
	t.size = s.size;
	o.only_newer = false;
	assert_string_equal(fate(s, t, &o), "ask");
}

/* What may be one name there with another, which is not there yet. */
static void
test_twins(void **state)
{
	struct plan_entry s[] = { entry('f', "A"), entry('d', "B"),
		entry('l', "C"), entry('o', "D") }, t = entry('f', "A");
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(s); i++)
		s[i].twin = "x";
	assert_plan("", s, 4, NULL, 0, &plain,
	    "later A+, later B+, later C+, cannot D+");
	assert_string_equal(fate(s[0], t, &plain), "same");
	t.size++;
	assert_string_equal(fate(s[0], t, &plain), "transfer");
}

/* The manifest in the root, while there is one, is nobody's. */
static void
test_manifest(void **state)
{
	struct plan_entry e = entry('f', ".ftps-manifest.000001");
	struct mirror_options o = { NO_LIMITS, .delete = true,
		.manifest = true };

	(void)state;
	assert_plan("", &e, 1, NULL, 0, &o, "");
	assert_plan("", NULL, 0, &e, 1, &o, "");
	assert_plan("d", NULL, 0, &e, 1, &o, "delete .ftps-manifest.000001-");
	o.manifest = false;
	assert_plan("", NULL, 0, &e, 1, &o, "delete .ftps-manifest.000001-");
}

/* Without a part what is sent would go where the link leads. */
static void
test_in_place(void **state)
{
	struct plan_entry s = entry('f', "a"), t = entry('l', "a");
	struct mirror_options o = plain;

	(void)state;
	assert_string_equal(fate(s, t, &o), "transfer");
	o.in_place = o.reverse = true;
	assert_string_equal(fate(s, t, &o), "replace");
	t = entry('f', "a");
	assert_string_equal(fate(s, t, &o), "same");
}

static void
test_select_age(void **state)
{
	struct mirror_options newer = { NO_LIMITS, .has_newer = true,
		.newer_than = NOW };
	struct mirror_options older = { NO_LIMITS, .has_older = true,
		.older_than = NOW };
	struct plan_entry before = file_at(NOW - 1, PRECISION_SECOND);
	struct plan_entry at = file_at(NOW, PRECISION_SECOND);
	struct plan_entry after = file_at(NOW + 1, PRECISION_SECOND);
	struct plan_entry timeless = file_at(NOW + 1, PRECISION_NONE);
	struct plan_entry dir = entry('d', "a"), ln = entry('l', "a");

	(void)state;
	assert_plan("", &before, 1, NULL, 0, &newer, "skip a+");
	assert_plan("", &at, 1, NULL, 0, &newer, "skip a+");
	assert_plan("", &after, 1, NULL, 0, &newer, "transfer a+");
	assert_plan("", &timeless, 1, NULL, 0, &newer, "untold a+");
	assert_plan("", &before, 1, NULL, 0, &older, "transfer a+");
	assert_plan("", &at, 1, NULL, 0, &older, "skip a+");
	assert_plan("", &after, 1, NULL, 0, &older, "skip a+");
	assert_plan("", &timeless, 1, NULL, 0, &older, "untold a+");
	/* Left out even where it differs, and whatever is in its place. */
	after.size++;
	assert_string_equal(fate(before, after, &newer), "skip");
	assert_string_equal(fate(before, dir, &newer), "skip");
	/* It concerns files. */
	dir.mtime = ln.mtime = before.mtime;
	assert_plan("", &dir, 1, NULL, 0, &newer, "mkdir a+");
	assert_plan("", &ln, 1, NULL, 0, &newer, "link a+");
}

static void
test_select_size(void **state)
{
	struct mirror_options o = { .min_size = 10, .max_size = -1 };
	struct plan_entry nine = file_of(9), ten = file_of(10);
	struct plan_entry eleven = file_of(11), unknown = file_of(-1);
	struct plan_entry dir = entry('d', "a"), none = file_of(0);

	(void)state;
	assert_plan("", &none, 1, NULL, 0, &o, "skip a+");
	assert_plan("", &nine, 1, NULL, 0, &o, "skip a+");
	assert_plan("", &ten, 1, NULL, 0, &o, "transfer a+");
	assert_plan("", &unknown, 1, NULL, 0, &o, "untold a+");
	assert_plan("", &dir, 1, NULL, 0, &o, "mkdir a+");
	o.max_size = 10;
	assert_plan("", &ten, 1, NULL, 0, &o, "transfer a+");
	assert_plan("", &eleven, 1, NULL, 0, &o, "skip a+");
	o.min_size = -1;
	assert_plan("", &nine, 1, NULL, 0, &o, "transfer a+");
	assert_plan("", &eleven, 1, NULL, 0, &o, "skip a+");
	assert_string_equal(fate(eleven, nine, &o), "skip");
	assert_plan("", &unknown, 1, NULL, 0, &o, "untold a+");
	o.max_size = 0;
	assert_plan("", &nine, 1, NULL, 0, &o, "skip a+");
	assert_plan("", &unknown, 1, NULL, 0, &o, "untold a+");
	o.max_size = -1;
	assert_plan("", &unknown, 1, NULL, 0, &o, "transfer a+");
	o.min_size = 0;
	assert_plan("", &unknown, 1, NULL, 0, &o, "untold a+");
	assert_plan("", &nine, 1, NULL, 0, &o, "transfer a+");
}

/* I7: what selection left out is not deleted, on whichever side it is. */
static void
test_select_delete(void **state)
{
	struct mirror_options o = { .min_size = 10, .max_size = -1,
		.delete = true };
	struct plan_entry small = file_of(9), big = file_of(10);
	struct plan_entry dir = entry('d', "a"), ln = entry('l', "a");
	struct plan_entry unknown = file_of(-1);

	(void)state;
	assert_plan("", NULL, 0, &small, 1, &o, "");
	assert_plan("", NULL, 0, &unknown, 1, &o, "");
	assert_plan("", NULL, 0, &big, 1, &o, "delete a-");
	assert_plan("", &small, 1, &big, 1, &o, "skip a");
	assert_plan("", NULL, 0, &dir, 1, &o, "delete a-");
	assert_plan("", NULL, 0, &ln, 1, &o, "delete a-");
}

static struct filter *
filter_of(enum filter_kind kind, const char *pattern)
{
	struct filter *f = filter_new();
	struct err err = ERR_INIT;

	assert_int_equal(filter_add(f, kind, pattern, &err), 0);
	return f;
}

static void
test_filter(void **state)
{
	struct plan_entry s[] = {
		entry('d', "bak"), entry('f', "x.bak"), entry('f', "y"),
	}, t[] = {
		entry('d', "bak"), entry('f', "x.bak"), entry('f', "z.bak"),
		entry('f', "zz"),
	};
	struct filter *f = filter_of(FILTER_EXCLUDE_GLOB, "*.bak");
	struct mirror_options o = { NO_LIMITS, .filter = f };

	(void)state;
	assert_plan("", s, 3, t, 4, &o, "enter bak, skip x.bak, transfer y+");
	assert_plan("", s, 3, NULL, 0, &o,
	    "mkdir bak+, skip x.bak+, transfer y+");
	o.delete = true;
	assert_plan("", s, 3, t, 4, &o,
	    "enter bak, skip x.bak, transfer y+, delete zz-");
	/* With --delete-excluded they go, source or not. */
	o.delete_excluded = true;
	assert_plan("", s, 3, t, 4, &o, "enter bak, delete x.bak, "
	    "transfer y+, delete z.bak-, delete zz-");
	assert_plan("", s, 3, NULL, 0, &o,
	    "mkdir bak+, skip x.bak+, transfer y+");
	filter_free(f);
}

/* Patterns see the path from the root, and whether it is a directory. */
static void
test_filter_paths(void **state)
{
	struct plan_entry d = entry('d', "a"), e = entry('f', "a");
	struct filter *f = filter_of(FILTER_EXCLUDE_GLOB, "/sub/a");
	struct mirror_options o = { NO_LIMITS, .filter = f };

	(void)state;
	assert_plan("", &e, 1, NULL, 0, &o, "transfer a+");
	assert_plan("sub", &e, 1, NULL, 0, &o, "skip a+");
	assert_plan("sub/sub", &e, 1, NULL, 0, &o, "transfer a+");
	assert_plan("sub", &d, 1, NULL, 0, &o, "skip a+");
	filter_free(f);
	o.filter = f = filter_of(FILTER_EXCLUDE_GLOB, "a/");
	assert_plan("", &e, 1, NULL, 0, &o, "transfer a+");
	assert_plan("", &d, 1, NULL, 0, &o, "skip a+");
	filter_free(f);
	o.filter = f = filter_of(FILTER_INCLUDE_RE, "^sub/a$");
	assert_plan("", &e, 1, NULL, 0, &o, "skip a+");
	assert_plan("sub", &e, 1, NULL, 0, &o, "transfer a+");
	filter_free(f);
}

/* A filtered name is out whatever the types; the target's own type counts. */
static void
test_filter_types(void **state)
{
	struct plan_entry file = entry('f', "a"), dir = entry('d', "a");
	struct filter *f = filter_of(FILTER_EXCLUDE_GLOB, "a/");
	struct mirror_options o = { NO_LIMITS, .filter = f, .delete = true };

	(void)state;
	assert_string_equal(fate(dir, file, &o), "skip");
	assert_plan("", NULL, 0, &dir, 1, &o, "");
	assert_plan("", NULL, 0, &file, 1, &o, "delete a-");
	assert_string_equal(fate(file, dir, &o), "blocked");
	o.delete_excluded = true;
	assert_string_equal(fate(file, dir, &o), "replace");
	filter_free(f);
}

/* What the target's entry is called there counts as well. */
static void
test_bars(void **state)
{
	struct plan_entry s = entry('f', "A"), t = entry('f', "A"),
		dir = entry('d', "A");
	struct filter *f = filter_of(FILTER_EXCLUDE_GLOB, "/d/a");
	struct mirror_options o = { NO_LIMITS, .filter = f, .delete = true };
	char *path;

	(void)state;
	t.size++;
	assert_null(plan_path_there("d", &t));
	assert_plan("d", &s, 1, &t, 1, &o, "transfer A");
	t.stored = dir.stored = "a";
	path = plan_path_there("d", &t);
	assert_string_equal(path, "d/a");
	free(path);
	assert_plan("d", &s, 1, &t, 1, &o, "blocked A");
	assert_plan("d", &dir, 1, &dir, 1, &o, "blocked A");
	assert_plan("d", NULL, 0, &t, 1, &o, "");
	assert_plan("D", &s, 1, &t, 1, &o, "transfer A");
	assert_plan("D", NULL, 0, &t, 1, &o, "delete A-");
	t.within = "d";
	assert_plan("D", &s, 1, &t, 1, &o, "blocked A");
	assert_true(plan_spares("D", &t, &o));
	o.delete_excluded = true;
	assert_plan("D", &s, 1, &t, 1, &o, "transfer A");
	assert_false(plan_spares("D", &t, &o));
	filter_free(f);
}

/* What no include takes may well be what the target made of it. */
static void
test_bars_not(void **state)
{
	struct plan_entry s = entry('f', "A"), t = entry('f', "A");
	struct filter *f = filter_of(FILTER_INCLUDE_GLOB, "A");
	struct mirror_options o = { NO_LIMITS, .filter = f };

	(void)state;
	t.stored = "a";
	t.size++;
	assert_string_equal(fate(s, t, &o), "transfer");
	/* And what is not carried over is no failure. */
	filter_free(f);
	o.filter = f = filter_of(FILTER_EXCLUDE_GLOB, "a");
	assert_string_equal(fate(s, t, &o), "blocked");
	o.max_size = 1;
	assert_string_equal(fate(s, t, &o), "skip");
	s.type = 'o';
	assert_string_equal(fate(s, t, &o), "cannot");
	filter_free(f);
}

/* What is never deleted, as far as it is known. */
static void
test_spares(void **state)
{
	struct mirror_options size = { .min_size = 10, .max_size = -1,
		.delete_excluded = true };
	struct mirror_options age = { NO_LIMITS, .has_older = true,
		.older_than = NOW };
	struct mirror_options flat = { NO_LIMITS, .no_recursion = true };
	struct plan_entry dir = entry('d', "a"), small = file_of(9);
	struct plan_entry old = file_at(NOW - ZONE, PRECISION_MINUTE);

	(void)state;
	assert_true(plan_spares("", &small, &size));
	assert_string_equal(fate(dir, small, &size), "blocked");
	small.size = -1;
	assert_true(plan_spares("", &small, &size));
	small.size = 10;
	assert_false(plan_spares("", &small, &size));
	assert_false(plan_spares("", &dir, &size));
	small.type = '?';
	small.size = -1;
	assert_true(plan_spares("", &small, &size));
	size.min_size = 0;
	assert_true(plan_spares("", &small, &size));
	size.min_size = -1;
	assert_false(plan_spares("", &small, &size));
	size.max_size = 0;
	assert_true(plan_spares("", &small, &size));
	small.size = 0;
	assert_false(plan_spares("", &small, &size));
	/* Listings in minutes are by any clock. */
	assert_true(plan_spares("", &old, &age));
	old.mtime.tv_sec--;
	assert_false(plan_spares("", &old, &age));
	old.precision = PRECISION_NONE;
	assert_true(plan_spares("", &old, &age));
	old = file_at(NOW - 1, PRECISION_SECOND);
	assert_false(plan_spares("", &old, &age));
	age = (struct mirror_options){ NO_LIMITS, .has_newer = true,
		.newer_than = NOW };
	old = file_at(NOW + ZONE, PRECISION_DAY);
	assert_true(plan_spares("", &old, &age));
	old.mtime.tv_sec++;
	assert_false(plan_spares("", &old, &age));
	old.precision = PRECISION_NONE;
	assert_true(plan_spares("", &old, &age));
	old.type = '?';
	assert_true(plan_spares("", &old, &age));
	assert_false(plan_spares("", &dir, &flat));
	assert_true(plan_spares("a", &dir, &flat));
}

/* Each name is in one shard, the same on each run; directories in all. */
static void
test_shards(void **state)
{
	static const struct {
		const char *dir, *name;
		unsigned shard;
	} rows[] = {
		{ "", "a", 0 }, { "", "b", 1 }, { "", "c", 2 },
		{ "", "foobar", 0 }, { "foo", "bar", 1 },
	};
	struct mirror_options o = { NO_LIMITS, .shards = 4 };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++)
		for (o.shard = 0; o.shard < o.shards; o.shard++) {
			assert_int_equal(plan_is_elsewhere(rows[i].dir,
			    rows[i].name, 'f', &o), o.shard != rows[i].shard);
			assert_int_equal(plan_is_elsewhere(rows[i].dir,
			    rows[i].name, 'l', &o), o.shard != rows[i].shard);
			assert_false(plan_is_elsewhere(rows[i].dir,
			    rows[i].name, 'd', &o));
		}
	o.shard = 0;
	o.shards = 1;
	assert_false(plan_is_elsewhere("", "b", 'f', &o));
	o.shards = 0;
	assert_false(plan_is_elsewhere("", "b", 'f', &o));
}

/* Another shard's files are another machine's, whatever is to be deleted. */
static void
test_shard_delete(void **state)
{
	const struct plan_entry s[] = { entry('f', "a"), entry('f', "b") },
	    t[] = { entry('f', "b"), entry('f', "c"), entry('f', "foobar") };
	struct filter *f = filter_of(FILTER_EXCLUDE_GLOB, "foobar");
	struct mirror_options o = { NO_LIMITS, .shards = 4, .delete = true };

	(void)state;
	assert_plan("", s, 2, t, 3, &o,
	    "transfer a+, delete foobar-");
	o.delete_excluded = true;
	assert_plan("", s, 2, t, 3, &o,
	    "transfer a+, delete foobar-");
	o.filter = f;
	assert_plan("", s, 2, t, 3, &o,
	    "transfer a+, delete foobar-");
	filter_free(f);
}

/* But all of them clear a directory out of a file's way. */
static void
test_shard_replaces(void **state)
{
	const struct plan_entry s = entry('f', "b"), t = entry('d', "b");
	struct mirror_options o = { NO_LIMITS, .shards = 4, .delete = true };

	(void)state;
	assert_plan("", &s, 1, &t, 1, &o, "delete b");
	assert_int_equal(reason(s, t, &o), REASON_TYPE);
	o.delete = false;
	assert_plan("", &s, 1, &t, 1, &o, "");
	o.shard = 1;
	assert_plan("", &s, 1, &t, 1, &o, "replace b");
}

static void
test_part_files(void **state)
{
	static const char part[] = "a.0123abcd.ftps-part";
	struct plan_entry s[] = { entry('f', "a"), entry('f', part) };
	struct plan_entry odd[] = { entry('f', "a.XYZ.ftps-part"),
		entry('f', "ftps-part") };
	struct mirror_options o = { NO_LIMITS, .delete = true,
		.delete_excluded = true };

	(void)state;
	assert_plan("", s, 2, NULL, 0, &o, "transfer a+");
	assert_plan("", s, 2, s, 2, &o, "same a");
	assert_plan("", NULL, 0, s, 2, &o, "delete a-");
	assert_plan("", s, 1, s, 2, &o, "same a");
	/* Only looks like one. */
	assert_plan("", odd, 2, NULL, 0, &o,
	    "transfer a.XYZ.ftps-part+, transfer ftps-part+");
}

static void
test_modes(void **state)
{
	static const struct {
		bool perms, reverse;
		mode_t umask;
		int source, want;
	} rows[] = {
		{ false, false, 0, 0644, -1 },
		{ true, false, 0, -1, -1 },
		{ true, false, 0, 0, 0 },
		{ true, false, 0, 0666, 0666 },
		{ true, false, 022, 0666, 0644 },
		{ true, false, 077, 0755, 0700 },
		{ true, false, 0777, 0755, 0 },
		/* The umask is the local side's. */
		{ true, true, 077, 0755, 0755 },
		/* Never set-uid, set-gid, sticky. */
		{ true, false, 0, 07755, 0755 },
		{ true, true, 0, 06750, 0750 },
	};
	struct plan_entry s = file_of(5);
	struct mirror_options o = plain;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		o.perms = rows[i].perms;
		/* Of a server's side there is none. */
		o.umask = rows[i].reverse ? 0 : rows[i].umask;
		s.mode = rows[i].source;
		if (plan_mode(&s, &o) != rows[i].want)
			fail_msg("row %zu: %o", i,
			    (unsigned)plan_mode(&s, &o));
	}
	/* A link has none; what is in a directory has to be written. */
	s.type = 'l';
	assert_int_equal(plan_mode(&s, &o), -1);
	s.type = 'd';
	s.mode = 0;
	assert_int_equal(plan_mode(&s, &o), 0700);
}

static void
test_chmod(void **state)
{
	struct mirror_options o = { NO_LIMITS, .perms = true, .umask = 022 };
	struct plan_entry s = file_of(5), t = file_of(5);

	(void)state;
	s.mode = 0666;
	t.mode = 0644;
	assert_false(plan_wants_mode(&s, &t, &o));
	assert_string_equal(fate(s, t, &o), "same");
	t.mode = 0645;
	assert_true(plan_wants_mode(&s, &t, &o));
	t.mode = 0600;
	assert_true(plan_wants_mode(&s, &t, &o));
	assert_string_equal(fate(s, t, &o), "chmod");
	assert_string_equal(fate(s, t, &plain), "same");
	/* Only bits that can be carried over are compared. */
	t.mode = 04644;
	assert_string_equal(fate(s, t, &o), "same");
	t.mode = 0;
	assert_string_equal(fate(s, t, &o), "chmod");
	assert_string_equal(fate(t, s, &o), "chmod");
	t.mode = -1;
	assert_false(plan_wants_mode(&s, &t, &o));
	assert_string_equal(fate(s, t, &o), "same");
	/* Content comes first, and brings its mode with it. */
	t.mode = 0600;
	t.size++;
	assert_string_equal(fate(s, t, &o), "transfer");
	t.size--;
	t.precision = PRECISION_MINUTE;
	assert_string_equal(fate(s, t, &o), "ask");
	o.ignore_time = true;
	assert_string_equal(fate(s, t, &o), "chmod");
	s.mode = -1;
	assert_string_equal(fate(s, t, &o), "same");
}

/* One action: whether it rests on what the server's listing lacks. */
static bool
needs_sure(enum plan_kind kind, bool in_target, bool target)
{
	struct plan_entry e = entry('f', "a");
	struct plan_action a = {
		.kind = kind, .source = &e, .target = in_target ? &e : NULL,
	};

	return plan_needs_sure(&(struct plan){ .action = &a, .n = 1 }, target);
}

static void
test_needs_sure(void **state)
{
	const struct plan none = { 0 };
	struct plan_entry e = entry('d', "a");
	struct plan_action two[] = {
		{ .kind = PLAN_ENTER, .source = &e, .target = &e },
		{ .kind = PLAN_DELETE, .target = &e },
	};
	int target;

	(void)state;
	for (target = 0; target < 2; target++) {
		assert_false(plan_needs_sure(&none, target));
		assert_true(needs_sure(PLAN_DELETE, true, target));
		assert_true(needs_sure(PLAN_REPLACE, true, target));
		assert_false(needs_sure(PLAN_SAME, true, target));
		assert_false(needs_sure(PLAN_TRANSFER, true, target));
		assert_false(needs_sure(PLAN_SKIP, false, target));
		/* What only the source has does not rest on its listing. */
		assert_int_equal(needs_sure(PLAN_TRANSFER, false, target),
		    target);
		assert_int_equal(needs_sure(PLAN_MKDIR, false, target),
		    target);
		assert_int_equal(needs_sure(PLAN_LINK, false, target),
		    target);
	}
	assert_true(plan_needs_sure(&(struct plan){ two, 2 }, false));
	assert_false(plan_needs_sure(&(struct plan){ two, 1 }, false));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_transfer_reasons),
		cmocka_unit_test(test_deletion_reasons),
		cmocka_unit_test(test_merge),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_types),
		cmocka_unit_test(test_links),
		cmocka_unit_test(test_no_recursion),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_same_time),
		cmocka_unit_test(test_exact_times),
		cmocka_unit_test(test_zone_doubt),
		cmocka_unit_test(test_year_doubt),
		cmocka_unit_test(test_no_time),
		cmocka_unit_test(test_only_newer),
		cmocka_unit_test(test_checksum),
		cmocka_unit_test(test_twins),
		cmocka_unit_test(test_manifest),
		cmocka_unit_test(test_in_place),
		cmocka_unit_test(test_select_age),
		cmocka_unit_test(test_select_size),
		cmocka_unit_test(test_select_delete),
		cmocka_unit_test(test_filter),
		cmocka_unit_test(test_filter_paths),
		cmocka_unit_test(test_filter_types),
		cmocka_unit_test(test_bars),
		cmocka_unit_test(test_bars_not),
		cmocka_unit_test(test_spares),
		cmocka_unit_test(test_shards),
		cmocka_unit_test(test_shard_delete),
		cmocka_unit_test(test_shard_replaces),
		cmocka_unit_test(test_part_files),
		cmocka_unit_test(test_modes),
		cmocka_unit_test(test_chmod),
		cmocka_unit_test(test_needs_sure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
