/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Setting times, against a server that answers each line from a script. */
#include <string.h>

#include "base/clock.h"
#include "ftp/mtime.h"
#include "scripted.h"

enum { T = 1700000000 };

#define WHEN "20231114221320"
#define MFMT "MFMT " WHEN " /a b\n"
#define MFF "MFF modify=" WHEN "; /a b\n"
#define UTIME "SITE UTIME /a b " WHEN " " WHEN " " WHEN " UTC\n"
#define UTIME_FIRST "SITE UTIME " WHEN " /a b\n"
#define MDTM "MDTM " WHEN " /a b\nMDTM /a b\n"
#define SET "213 " WHEN "\n"

static void
told(struct fixture *f, enum trait t)
{
	server_learn(f->server, t, true, PROOF_TOLD_UNDER_TLS, NULL);
}

/* No means but t, or none if that is TRAITS. */
static void
only(struct fixture *f, enum trait t)
{
	enum trait other;

	for (other = TRAIT_MFMT; other <= TRAIT_MDTM_SETS; other++)
		if (other != t)
			server_learn(f->server, other, false, PROOF_SEEN,
			    NULL);
}

static int
set(struct fixture *f)
{
	return mtime_set(&f->session, "/a b", T, &f->err);
}

/* The best that the server is known for is tried first. */
static void
test_first(void **state)
{
	static const struct {
		enum trait has, has_too;
		const char *greeting;
		const char *script, *want;
		enum trait means;
	} rows[] = {
		{ TRAIT_MFMT, TRAIT_EPSV, "", SET, MFMT, TRAIT_MFMT },
		{ TRAIT_MFMT, TRAIT_MFF, "", SET, MFMT, TRAIT_MFMT },
		{ TRAIT_MFMT, TRAIT_EPSV, "vsFTPd", SET, MFMT, TRAIT_MFMT },
		{ TRAIT_MFF, TRAIT_EPSV, "ProFTPD", "213 ok\n", MFF,
		    TRAIT_MFF },
		{ TRAIT_EPSV, TRAIT_EPSV, "", "200 ok\n", UTIME,
		    TRAIT_UTIME },
		{ TRAIT_EPSV, TRAIT_EPSV, "vsFTPd", "213 ok\n" SET, MDTM,
		    TRAIT_MDTM_SETS },
	};
	struct fixture *f;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		teardown(state);
		assert_int_equal(setup(state), 0);
		f = *state;
		server_greeted(f->server, rows[i].greeting,
		    PROOF_TOLD_UNDER_TLS);
		told(f, rows[i].has);
		told(f, rows[i].has_too);
		start(f, rows[i].script);
		assert_int_equal(set(f), 1);
		assert_int_equal(mtime_best(f->server), rows[i].means);
		assert_true(server_shown(f->server, rows[i].means,
		    PROOF_SEEN));
		stop(f);
		assert_string_equal(f->heard, rows[i].want);
	}
}

/* "Unknown" moves on to the next means, and that is remembered. */
static void
test_learn(void **state)
{
	struct fixture *f = *state;

	told(f, TRAIT_MFMT);
	start(f, "500 what?\n200 ok\n200 ok\n550 no\n502 no\n213 ok\n" SET
	    "213 ok\n" SET);
	assert_int_equal(set(f), 1);
	assert_int_equal(mtime_best(f->server), TRAIT_UTIME);
	assert_int_equal(set(f), 1);
	assert_int_equal(mtime_best(f->server), TRAIT_UTIME);
	assert_int_equal(set(f), 1);
	assert_int_equal(mtime_best(f->server), TRAIT_MDTM_SETS);
	assert_int_equal(set(f), 1);
	stop(f);
	assert_string_equal(f->heard, MFMT UTIME UTIME UTIME UTIME_FIRST
	    MDTM MDTM);
}

static void
test_no_means(void **state)
{
	struct fixture *f = *state;

	told(f, TRAIT_MFF);
	start(f, "500 no\n504 no\n500 no\n501 no\n550 no\n");
	assert_int_equal(set(f), 0);
	assert_int_equal(mtime_best(f->server), TRAITS);
	/* Nobody is asked again. */
	assert_int_equal(set(f), 0);
	stop(f);
	assert_string_equal(f->heard, MFF UTIME UTIME_FIRST MDTM);
}

/* Which refusals are about the command, and which about the file. */
static void
test_codes(void **state)
{
	static const struct {
		int code;
		bool unknown;
	} rows[] = {
		{ 500, true }, { 501, true }, { 502, true }, { 504, true },
		{ 550, false }, { 553, false }, { 450, false },
		{ 350, false }, { 530, false },
	};
	struct fixture *f;
	char script[64];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		teardown(state);
		assert_int_equal(setup(state), 0);
		f = *state;
		told(f, TRAIT_MFMT);
		snprintf(script, sizeof(script), "%d no\n200 ok\n",
		    rows[i].code);
		start(f, script);
		assert_int_equal(set(f), rows[i].unknown);
		assert_int_equal(mtime_best(f->server), rows[i].unknown ?
		    TRAIT_UTIME : TRAIT_MFMT);
		stop(f);
		assert_string_equal(f->heard, rows[i].unknown ? MFMT UTIME :
		    MFMT);
	}
}

/* Of MDTM nothing is believed unless the time that it then tells is ours. */
static void
test_read_back(void **state)
{
	static const struct {
		const char *script;
		int want;
		enum trait then;
	} rows[] = {
		{ "213 ok\n" SET, 1, TRAIT_MDTM_SETS },
		{ "213 ok\n213 " WHEN ".250\n", 1, TRAIT_MDTM_SETS },
		/* A time that it had before. */
		{ "550 no such file\n" SET, 0, TRAITS },
		{ "213 ok\n213 20231114221420\n", 0, TRAITS },
		/* File systems of even seconds, and of minutes. */
		{ "213 ok\n213 20231114221321\n", 1, TRAIT_MDTM_SETS },
		{ "213 ok\n213 20231114221300\n", 1, TRAIT_MDTM_SETS },
		{ "500 what\n213 20231114221321\n", 0, TRAITS },
		/* These say nothing of the server's means. */
		{ "213 ok\n213 " WHEN "x\n", 0, TRAIT_MDTM_SETS },
		{ "550 no file\n550 no such file\n", 0, TRAIT_MDTM_SETS },
		{ "213 ok\n200 " WHEN "\n", 0, TRAIT_MDTM_SETS },
	};
	struct fixture *f;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		teardown(state);
		assert_int_equal(setup(state), 0);
		f = *state;
		only(f, TRAIT_MDTM_SETS);
		start(f, rows[i].script);
		if (set(f) != rows[i].want)
			fail_msg("row %zu", i);
		assert_int_equal(mtime_best(f->server), rows[i].then);
		stop(f);
		assert_string_equal(f->heard, MDTM);
	}
}

/* Several questions in one flight. */
static void
test_flight(void **state)
{
	struct fixture *f = *state;
	struct mtime m[3];
	size_t i;

	told(f, TRAIT_MFMT);
	start(f, "213 ok\n550 no\n213 ok\n");
	for (i = 0; i < 3; i++) {
		assert_int_equal(mtime_ask(&m[i], &f->session, "/a b", T,
		    &f->err), 0);
		assert_int_equal(m[i].asked, 1);
		assert_false(m[i].done);
	}
	assert_int_equal(control_settle(f->conn.control,
	    deadline_in(WAIT_MS), &f->err), 0);
	assert_true(m[0].done);
	assert_false(m[1].done);
	assert_int_equal(m[1].code, 550);
	assert_true(m[2].done);
	for (i = 0; i < 3; i++)
		assert_int_equal(m[i].asked, 0);
	stop(f);
	assert_string_equal(f->heard, MFMT MFMT MFMT);
}

/* All are refused, but that is one means less, not three. */
static void
test_flight_unknown(void **state)
{
	struct fixture *f = *state;
	struct mtime m[3];
	size_t i;

	told(f, TRAIT_MFMT);
	start(f, "500 no\n500 no\n500 no\n200 ok\n");
	for (i = 0; i < 3; i++)
		assert_int_equal(mtime_ask(&m[i], &f->session, "/a b", T,
		    &f->err), 0);
	assert_int_equal(control_settle(f->conn.control,
	    deadline_in(WAIT_MS), &f->err), 0);
	for (i = 0; i < 3; i++)
		assert_false(m[i].done);
	assert_int_equal(mtime_best(f->server), TRAIT_UTIME);
	assert_int_equal(set(f), 1);
	stop(f);
	assert_string_equal(f->heard, MFMT MFMT MFMT UTIME);
}

static void
test_ask_no_means(void **state)
{
	struct fixture *f = *state;
	struct mtime m;

	only(f, TRAITS);
	assert_int_equal(mtime_ask(&m, &f->session, "a", T, &f->err), 0);
	assert_int_equal(m.asked, 0);
	assert_false(m.done);
	assert_int_equal(control_pending(f->conn.control), 0);
}

static void
test_lost(void **state)
{
	struct fixture *f = *state;
	struct mtime m;

	only(f, TRAIT_MDTM_SETS);
	start(f, "213 ok\n");
	assert_int_equal(mtime_ask(&m, &f->session, "/a b", T, &f->err), 0);
	assert_int_equal(m.asked, 2);
	assert_int_equal(control_settle(f->conn.control,
	    deadline_in(WAIT_MS), &f->err), -1);
	assert_int_equal(f->err.kind, ERR_NETWORK);
	assert_int_equal(m.asked, 0);
	assert_false(m.done);
	/* What came of the claim is not known. */
	assert_true(mtime_is_lost(&m));
	m.code = 213;
	assert_false(mtime_is_lost(&m));
	assert_false(mtime_is_lost(&(struct mtime){ .server = f->server,
	    .means = TRAITS }));
	assert_false(mtime_is_lost(&(struct mtime){ .means = TRAIT_MFMT }));
	/* The server's means are as good as before. */
	assert_int_equal(mtime_best(f->server), TRAIT_MDTM_SETS);
	assert_int_equal(set(f), -1);
	stop(f);
}

static void
test_lost_at_once(void **state)
{
	struct fixture *f = *state;
	struct mtime m;

	only(f, TRAIT_MDTM_SETS);
	start(f, "");
	assert_int_equal(mtime_ask(&m, &f->session, "/a b", T, &f->err), 0);
	assert_int_equal(control_settle(f->conn.control,
	    deadline_in(WAIT_MS), &f->err), -1);
	assert_true(mtime_is_lost(&m));
	stop(f);
}

/* A name that cannot be sent says nothing of the server. */
static void
test_bad_name(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(mtime_set(&f->session, "a\nb", T, &f->err), -1);
	assert_int_equal(f->err.kind, ERR_USAGE);
	assert_int_equal(mtime_best(f->server), TRAIT_UTIME);
	assert_int_equal(control_pending(f->conn.control), 0);
}

/* An answer that comes after the call must not find its question gone. */
static void
test_cancelled(void **state)
{
	struct fixture *f = *state;

	cancel_set(f->cancel, SIGTERM);
	assert_int_equal(set(f), -1);
	assert_int_equal(f->err.kind, ERR_CANCELLED);
	assert_int_equal(control_pending(f->conn.control), 0);
}

#define mtime_test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		mtime_test(test_first),
		mtime_test(test_learn),
		mtime_test(test_no_means),
		mtime_test(test_codes),
		mtime_test(test_read_back),
		mtime_test(test_flight),
		mtime_test(test_flight_unknown),
		mtime_test(test_ask_no_means),
		mtime_test(test_lost),
		mtime_test(test_lost_at_once),
		mtime_test(test_bad_name),
		mtime_test(test_cancelled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
