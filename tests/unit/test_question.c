/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Questions that nobody waits for one by one, and how they end. */
#include "scripted.h"

#include "ftp/question.h"

#define TIME "20231114221320"

static void
ask_both(struct fixture *f, struct question *size, struct question *time)
{
	assert_int_equal(question_size(size, &f->session, "/a b", &f->err),
	    0);
	assert_int_equal(question_time(time, &f->session, "/a b", &f->err),
	    0);
	assert_int_equal(size->state, QUESTION_OPEN);
	assert_int_equal(time->state, QUESTION_OPEN);
}

static void
test_told(void **state)
{
	struct fixture *f = *state;
	struct question size, time, mode;

	start(f, "213 4096\n213 " TIME "\n200 ok\n");
	ask_both(f, &size, &time);
	assert_int_equal(question_mode(&mode, &f->session, "/a b", 0640,
	    &f->err), 0);
	/* The first, and no other needs to be there. */
	assert_int_equal(question_await(&f->session, &size, &f->err), 0);
	assert_int_equal(size.state, QUESTION_TOLD);
	assert_int_equal(size.size, 4096);
	assert_false(size.timed);
	assert_int_equal(question_settle(&f->session, false, &f->err), 0);
	assert_int_equal(time.state, QUESTION_TOLD);
	assert_true(time.timed);
	assert_int_equal(time.time.tv_sec, 1700000000);
	assert_true(question_granted(&mode));
	/* What is over, or was never asked, is not waited for. */
	mode = (struct question){ .state = QUESTION_NONE };
	assert_int_equal(question_await(&f->session, &size, &f->err), 0);
	assert_int_equal(question_await(&f->session, &mode, &f->err), 0);
	stop(f);
	assert_string_equal(f->heard, "SIZE /a b\nMDTM /a b\n"
	    "SITE CHMOD 640 /a b\n");
}

/* A refusal is an answer, and may tell of the server. */
static void
test_refused(void **state)
{
	static const struct {
		const char *script;
		bool size, mode;	/* the server has it afterwards */
	} rows[] = {
		{ "550 no\n550 no\n550 no\n", true, true },
		{ "500 what\n550 no\n501 no\n", false, true },
		{ "502 what\n550 no\n504 no\n", false, false },
		{ "504 no\n550 no\n500 what\n", true, false },
		{ "450 busy\n550 no\n502 what\n", true, false },
	};
	struct question size, time, mode;
	struct fixture *f;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		teardown(state);
		assert_int_equal(setup(state), 0);
		f = *state;
		start(f, rows[i].script);
		ask_both(f, &size, &time);
		assert_int_equal(question_mode(&mode, &f->session, "/a b",
		    0640, &f->err), 0);
		assert_int_equal(question_settle(&f->session, true, &f->err),
		    0);
		assert_int_equal(size.state, QUESTION_TOLD);
		assert_int_equal(size.size, -1);
		assert_false(time.timed);
		assert_int_equal(mode.state, QUESTION_TOLD);
		assert_false(question_granted(&mode));
		assert_int_equal(server_has(f->server, TRAIT_SIZE),
		    rows[i].size);
		assert_int_equal(server_has(f->server, TRAIT_CHMOD),
		    rows[i].mode);
		stop(f);
	}
}

static void
test_rename(void **state)
{
	static const struct {
		const char *script;
		bool granted;
	} rows[] = {
		{ "350 go on\n250 done\n", true },
		{ "550 no\n503 first RNFR\n", false },
		{ "350 go on\n553 exists\n", false },
		{ "250 what\n250 done\n", true },
		{ "350 go on\n299 done\n", true },
		{ "350 go on\n300 and now\n", false },
	};
	struct question q[2];
	struct fixture *f;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		teardown(state);
		assert_int_equal(setup(state), 0);
		f = *state;
		start(f, rows[i].script);
		assert_int_equal(question_rename(q, &f->session, "/a", "/b",
		    &f->err), 0);
		assert_int_equal(question_settle(&f->session, true, &f->err),
		    0);
		assert_int_equal(question_granted(&q[1]), rows[i].granted);
		stop(f);
		assert_string_equal(f->heard, "RNFR /a\nRNTO /b\n");
	}
}

/* The end of the connection is the end of all that is not told. */
static void
test_lost(void **state)
{
	struct fixture *f = *state;
	struct question size, time;

	start(f, "213 5\n");
	ask_both(f, &size, &time);
	assert_int_equal(question_settle(&f->session, false, &f->err), -1);
	assert_int_equal(f->err.kind, ERR_NETWORK);
	assert_int_equal(size.state, QUESTION_TOLD);
	assert_int_equal(time.state, QUESTION_LOST);
	assert_false(time.timed);
	assert_int_equal(question_await(&f->session, &time, &f->err), 0);
	/* A further one cannot be asked. */
	assert_int_equal(question_size(&size, &f->session, "/a b", &f->err),
	    -1);
	assert_int_equal(size.state, QUESTION_NONE);
	assert_int_equal(size.size, -1);
	stop(f);
}

/* Nor can one be waited for. */
static void
test_lost_awaited(void **state)
{
	struct fixture *f = *state;
	struct question size;

	start(f, "");
	assert_int_equal(question_size(&size, &f->session, "/a b", &f->err),
	    0);
	assert_int_equal(question_await(&f->session, &size, &f->err), -1);
	assert_int_equal(f->err.kind, ERR_NETWORK);
	assert_int_equal(size.state, QUESTION_LOST);
	stop(f);
}

static void
test_drop(void **state)
{
	struct fixture *f = *state;
	struct question size, time;

	start(f, "");
	ask_both(f, &size, &time);
	question_drop_all(&f->session);
	assert_int_equal(size.state, QUESTION_LOST);
	assert_int_equal(time.state, QUESTION_LOST);
	assert_false(session_alive(&f->session));
	stop(f);
}

/* SIZE was answered by what belongs to MDTM. */
static void
test_mixed_up(void **state)
{
	struct fixture *f = *state;
	struct question size, time;

	control_watch(f->conn.control, f->server);
	start(f, "213 " TIME "\n213 5\n");
	ask_both(f, &size, &time);
	assert_int_equal(question_settle(&f->session, false, &f->err), 0);
	assert_true(size.timed);
	assert_false(time.timed);
	assert_int_equal(question_mixed_up(&f->session, &f->err), -1);
	assert_int_equal(f->err.kind, ERR_NETWORK);
	assert_string_equal(f->err.msg, "commands went astray: SIZE and MDTM "
	    "have changed places");
	assert_false(session_alive(&f->session));
	assert_true(control_went_astray(f->conn.control));
	assert_false(server_has(f->server, TRAIT_FLIGHTS));
	stop(f);
}

/* What cannot be sent is not asked; nor is without a connection. */
static void
test_unsent(void **state)
{
	struct fixture *f = *state;
	struct question q, two[2];

	assert_int_equal(question_size(&q, &f->session, "a\nb", &f->err), -1);
	assert_int_equal(f->err.kind, ERR_USAGE);
	assert_int_equal(q.state, QUESTION_NONE);
	err_clear(&f->err);
	assert_int_equal(question_rename(two, &f->session, "a", "a\nb",
	    &f->err), -1);
	assert_int_equal(two[0].state, QUESTION_OPEN);
	assert_int_equal(two[1].state, QUESTION_NONE);
	question_drop_all(&f->session);
	assert_int_equal(two[0].state, QUESTION_LOST);
	f->session.conn = NULL;
	err_clear(&f->err);
	assert_int_equal(question_time(&q, &f->session, "a", &f->err), -1);
	assert_int_equal(f->err.kind, ERR_NETWORK);
	assert_int_equal(question_settle(&f->session, false, &f->err), 0);
	question_drop_all(&f->session);
}

#define question_test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		question_test(test_told),
		question_test(test_refused),
		question_test(test_rename),
		question_test(test_lost),
		question_test(test_lost_awaited),
		question_test(test_drop),
		question_test(test_mixed_up),
		question_test(test_unsent),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
