/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is asked of one file, and whether it is the same one later. */
#include "scripted.h"

#include "ftp/identity.h"
#include "ftp/question.h"

#define TIME	"20231114221320"
#define FACTS	"250 type=file;size=7;modify=" TIME ";unique=1U2; a\n"

enum { T = 1700000000 };

/* What each answer tells, and that a refusal tells nothing. */
static void
test_ask(void **state)
{
	static const struct {
		const char *script;
		bool mlst, both;	/* is there; SIZE and MDTM, too */
		int64_t told, listed;
		bool told_dated, listed_dated, unique, there;
	} rows[] = {
		{ "213 5\n213 " TIME "\n", false, true, 5, -1, true, false,
		    false, true },
		{ "213 5\n550 no\n", false, true, 5, -1, false, false, false,
		    true },
		{ "550 no\n213 " TIME "\n", false, true, -1, -1, true, false,
		    false, true },
		{ "550 no\n550 no\n", false, true, -1, -1, false, false,
		    false, false },
		{ "213 5\n213 " TIME "\n" FACTS, true, true, 5, 7, true, true,
		    true, true },
		{ "550 no\n550 no\n550 no\n", true, true, -1, -1, false,
		    false, false, false },
		{ "550 no\n550 no\n250 type=file; a\n", true, true, -1, -1,
		    false, false, false, true },
		/* Facts end with a semicolon. */
		{ "550 no\n550 no\n250 size=7 a\n", true, true, -1, -1,
		    false, false, false, false },
		{ FACTS, true, false, -1, 7, false, true, true, true },
		{ "550 no\n", true, false, -1, -1, false, false, false,
		    false },
	};
	struct fixture *f;
	struct identity l;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		teardown(state);
		assert_int_equal(setup(state), 0);
		f = *state;
		server_learn(f->server, TRAIT_MLST, rows[i].mlst, PROOF_SEEN,
		    NULL);
		start(f, rows[i].script);
		memset(&l, 0xff, sizeof(l));
		assert_int_equal((rows[i].both ? identity_ask :
		    identity_ask_facts)(&l, &f->session, "/a", &f->err), 0);
		assert_int_equal(l.asked, rows[i].mlst + 2 * rows[i].both);
		assert_int_equal(question_settle(&f->session, false, &f->err),
		    0);
		assert_int_equal(l.asked, 0);
		assert_int_equal(l.told.size, rows[i].told);
		assert_int_equal(l.listed.size, rows[i].listed);
		assert_int_equal(l.told.dated, rows[i].told_dated);
		assert_int_equal(l.listed.dated, rows[i].listed_dated);
		assert_true(!l.told.dated || l.told.mtime.tv_sec == T);
		assert_true(!l.listed.dated || l.listed.mtime.tv_sec == T);
		assert_int_equal(l.listed.unique != 0, rows[i].unique);
		assert_int_equal(l.there, rows[i].there);
		stop(f);
		assert_string_equal(f->heard, !rows[i].both ? "MLST /a\n" :
		    rows[i].mlst ? "SIZE /a\nMDTM /a\nMLST /a\n" :
		    "SIZE /a\nMDTM /a\n");
	}
}

/* The connection ends: nothing more is still to come. */
static void
test_lost(void **state)
{
	struct fixture *f = *state;
	struct identity l;

	server_learn(f->server, TRAIT_MLST, true, PROOF_SEEN, NULL);
	start(f, "213 5\n");
	assert_int_equal(identity_ask(&l, &f->session, "/a", &f->err), 0);
	assert_int_equal(question_settle(&f->session, false, &f->err), -1);
	assert_int_equal(l.asked, 0);
	assert_int_equal(l.told.size, 5);
	assert_false(l.told.dated);
	assert_int_equal(l.listed.size, -1);
	assert_int_equal(identity_ask(&l, &f->session, "/a", &f->err), -1);
	assert_int_equal(l.asked, 0);
	assert_int_equal(identity_ask_facts(&l, &f->session, "/a", &f->err),
	    -1);
	assert_int_equal(l.asked, 0);
	stop(f);
}

static void
test_tell(void **state)
{
	const struct timespec mtime = { .tv_sec = T };
	struct identity l = { .told.size = -1 };

	(void)state;
	identity_tell(&l, -1, NULL);
	assert_false(l.there || l.told.dated);
	identity_tell(&l, 0, NULL);
	assert_true(l.there);
	assert_int_equal(l.told.size, 0);
	l.there = false;
	identity_tell(&l, -1, &mtime);
	assert_true(l.there && l.told.dated);
	assert_int_equal(l.told.mtime.tv_sec, T);
	/* What was there is there. */
	identity_tell(&l, -1, NULL);
	assert_true(l.there);
	assert_false(l.told.dated);
}

#define NONE	{ .size = -1 }
#define SIZED(n)	{ .size = n }
#define DATED(n, s, ns)	{ .size = n, .dated = true, .mtime = { s, ns } }
#define NAMED(n, u)	{ .size = n, .unique = u }

static void
test_change(void **state)
{
	static const char other[] = "another file is in its place",
	    sized[] = "its size has changed", dated[] = "it was written to",
	    untold[] = "the server does not tell its size again";
	static const struct {
		struct identity_facts was[2], now[2];	/* told, listed */
		const char *why;
	} rows[] = {
		{ { SIZED(5), NONE }, { SIZED(5), NONE }, NULL },
		{ { SIZED(0), NONE }, { SIZED(0), NONE }, NULL },
		{ { SIZED(5), NONE }, { SIZED(6), NONE }, sized },
		{ { SIZED(0), NONE }, { SIZED(1), NONE }, sized },
		{ { SIZED(1), NONE }, { SIZED(0), NONE }, sized },
		{ { SIZED(5), NONE }, { NONE, NONE }, untold },
		{ { NONE, NONE }, { SIZED(5), NONE }, untold },
		{ { NONE, NONE }, { NONE, NONE }, untold },
		{ { SIZED(5), NONE }, { NONE, SIZED(5) }, untold },
		{ { NONE, SIZED(5) }, { NONE, SIZED(5) }, NULL },
		{ { SIZED(5), SIZED(5) }, { SIZED(5), SIZED(6) }, sized },
		{ { DATED(5, T, 0), NONE }, { DATED(5, T, 0), NONE }, NULL },
		{ { DATED(5, T, 0), NONE }, { DATED(5, T + 1, 0), NONE },
		    dated },
		{ { DATED(5, T, 1), NONE }, { DATED(5, T, 2), NONE }, dated },
		{ { DATED(5, T, 0), NONE }, { SIZED(5), NONE }, NULL },
		{ { SIZED(5), NONE }, { DATED(5, T, 0), NONE }, NULL },
		{ { NONE, NAMED(5, 1) }, { NONE, NAMED(5, 1) }, NULL },
		{ { NONE, NAMED(5, 1) }, { NONE, NAMED(5, 2) }, other },
		{ { NONE, NAMED(5, 1) }, { NONE, NAMED(5, 0) }, NULL },
		{ { NONE, NAMED(5, 0) }, { NONE, NAMED(5, 1) }, NULL },
		{ { NONE, NAMED(5, 1) }, { NONE, NAMED(6, 2) }, other },
	};
	struct identity was, now;
	const char *why;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		was = (struct identity){ .told = rows[i].was[0],
		    .listed = rows[i].was[1] };
		now = (struct identity){ .told = rows[i].now[0],
		    .listed = rows[i].now[1] };
		why = identity_change(&was, &now);
		if (why == NULL || rows[i].why == NULL ?
		    why != rows[i].why : strcmp(why, rows[i].why) != 0)
			fail_msg("%zu: %s", i, why != NULL ? why : "none");
	}
}

#define identity_test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		identity_test(test_ask),
		identity_test(test_lost),
		cmocka_unit_test(test_tell),
		cmocka_unit_test(test_change),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
