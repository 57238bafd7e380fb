/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The pipeline of commands and replies, over a socket pair in the clear. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/socket.h>

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "ftp/control.h"

enum { NUMBER = 7, WAIT_MS = 10000, SHORT_MS = 20, BUFSIZE = 16 * 1024 };

struct peer {
	struct control *c;
	struct cancel *cancel;
	int fd;			/* the server's end */
	struct err err;
	struct reply *r;	/* the latest */
	char heard[4096];
};

static int
setup(void **state)
{
	struct peer *p = calloc(1, sizeof(*p));
	int fds[2];

	if (p == NULL || socketpair(AF_UNIX, SOCK_STREAM, 0, fds) != 0)
		return -1;
	fcntl(fds[0], F_SETFL, O_NONBLOCK);
	p->fd = fds[1];
	p->cancel = cancel_new();
	p->c = control_new(stream_new(fds[0], BUFSIZE), NUMBER, p->cancel);
	*state = p;
	return 0;
}

static int
teardown(void **state)
{
	struct peer *p = *state;

	control_free(p->c);
	cancel_free(p->cancel);
	if (p->fd != -1)
		close(p->fd);
	free(p);
	log_setup(LOG_INFO, NULL, NULL);
	return 0;
}

/* The server's words. */
static void
say(struct peer *p, const char *text)
{
	size_t n = strlen(text);

	assert_int_equal(write(p->fd, text, n), (ssize_t)n);
}

/* What has arrived at the server since it was last asked. */
static const char *
heard(struct peer *p)
{
	ssize_t n = recv(p->fd, p->heard, sizeof(p->heard) - 1, MSG_DONTWAIT);

	p->heard[n > 0 ? n : 0] = '\0';
	return p->heard;
}

static void
hang_up(struct peer *p)
{
	close(p->fd);
	p->fd = -1;
}

static int
get_reply(struct peer *p)
{
	return control_reply(p->c, deadline_in(WAIT_MS), &p->r, &p->err);
}

static int
try_reply(struct peer *p)
{
	return control_try_reply(p->c, &p->r, &p->err);
}

#define assert_sent(p, ...) \
	assert_int_equal(control_send((p)->c, &(p)->err, __VA_ARGS__), 0)

static void
check_reply(struct peer *p, int code, const char *text, const char *file,
    int line)
{
	if (get_reply(p) != 0) {
		print_error("%s\n", p->err.msg);
		_fail(file, line);
	}
	_assert_int_equal(p->r->code, code, file, line);
	_assert_string_equal(p->r->text.data, text, file, line);
}

#define assert_reply(p, code, text) \
	check_reply(p, code, text, __FILE__, __LINE__)

static void
check_dead(struct peer *p, enum err_kind kind, const char *why,
    const char *file, int line)
{
	_assert_int_equal(get_reply(p), -1, file, line);
	_assert_int_equal(p->err.kind, kind, file, line);
	if (strstr(p->err.msg, why) == NULL) {
		print_error("says: %s\n", p->err.msg);
		_fail(file, line);
	}
	_assert_int_equal(control_alive(p->c), false, file, line);
	/* It stays dead, for the same reason. */
	p->err = (struct err)ERR_INIT;
	_assert_int_equal(control_send(p->c, &p->err, "NOOP"), -1, file, line);
	_assert_int_equal(p->err.kind, kind, file, line);
}

#define assert_dead(p, kind, why) \
	check_dead(p, kind, why, __FILE__, __LINE__)

static void
test_pipeline(void **state)
{
	struct peer *p = *state;

	assert_true(control_alive(p->c));
	assert_int_equal(control_pending(p->c), 0);
	assert_sent(p, "CWD %s", "/a b");
	assert_sent(p, "PWD");
	assert_sent(p, "MDTM %d", 3);
	assert_int_equal(control_pending(p->c), 3);
	assert_string_equal(heard(p), "");
	assert_int_equal(control_flush(p->c, &p->err), 0);
	assert_string_equal(heard(p), "CWD /a b\r\nPWD\r\nMDTM 3\r\n");
	say(p, "250 one\r\n257-two\r\n line\r\n257 end\r\n550 three\r\n");
	assert_reply(p, 250, "one");
	assert_int_equal(control_pending(p->c), 2);
	/* More may be sent while answers are out. */
	assert_sent(p, "NOOP");
	assert_reply(p, 257, "two\n line\nend");
	assert_reply(p, 550, "three");
	say(p, "200 four\r\n");
	assert_reply(p, 200, "four");
	assert_string_equal(heard(p), "NOOP\r\n");
	assert_int_equal(control_pending(p->c), 0);
	assert_true(control_alive(p->c));
}

/* Reading sends what is queued: else nobody would ever answer. */
static void
test_reading_flushes(void **state)
{
	struct peer *p = *state;

	assert_sent(p, "NOOP");
	assert_int_equal(try_reply(p), 0);
	assert_string_equal(heard(p), "NOOP\r\n");
	assert_int_equal(try_reply(p), 0);
	say(p, "200 ok\r\n");
	assert_int_equal(try_reply(p), 1);
	assert_int_equal(p->r->code, 200);
}

static void
test_preliminary(void **state)
{
	struct peer *p = *state;

	assert_sent(p, "RETR a");
	assert_sent(p, "NOOP");
	say(p, "150 here it comes\r\n");
	assert_reply(p, 150, "here it comes");
	assert_int_equal(control_pending(p->c), 2);
	assert_int_equal(try_reply(p), 0);
	say(p, "110 marker\r\n");
	assert_reply(p, 110, "marker");
	say(p, "226 done\r\n200 ok\r\n");
	assert_reply(p, 226, "done");
	assert_reply(p, 200, "ok");
	assert_int_equal(control_pending(p->c), 0);
}

/* However they are cut into pieces, and with or without CR. */
static void
test_pieces(void **state)
{
	static const char text[] = "211-Features:\r\n SIZE\n211 End\r\n"
	    "200 ok\n";
	struct peer *p = *state;
	char piece[2] = "";
	size_t i;

	assert_sent(p, "FEAT");
	assert_sent(p, "NOOP");
	for (i = 0; text[i] != '\0'; i++) {
		piece[0] = text[i];
		say(p, piece);
		if (i < strlen("211-Features:\r\n SIZE\n211 End\r")) {
			assert_int_equal(try_reply(p), 0);
		} else if (text[i] == '\n') {
			assert_int_equal(try_reply(p), 1);
			if (p->r->code == 211)
				assert_string_equal(p->r->text.data,
				    "Features:\n SIZE\nEnd");
		}
	}
	assert_int_equal(p->r->code, 200);
	assert_int_equal(control_pending(p->c), 0);
}

/* Telnet's sequences are taken out before anybody reads the code. */
static void
test_telnet(void **state)
{
	struct peer *p = *state;

	assert_sent(p, "MKD z\xff");
	say(p, "\xff\xfe\x01" "257 \"/z\xff\xff\"\r\n");
	assert_reply(p, 257, "\"/z\xff\"");
}

static void
test_421_unasked(void **state)
{
	struct peer *p = *state;

	say(p, "421 Timeout \033[2J\r\n");
	assert_dead(p, ERR_NETWORK, "421 Timeout \\033[2J");
}

/* It answers the oldest command; for the others there is no more. */
static void
test_421_asked(void **state)
{
	struct peer *p = *state;

	assert_sent(p, "CWD a");
	assert_sent(p, "CWD b");
	assert_sent(p, "CWD c");
	say(p, "250 ok\r\n421 going down\r\n");
	assert_reply(p, 250, "ok");
	assert_reply(p, 421, "going down");
	assert_dead(p, ERR_NETWORK, "going down");
}

static void
test_uncalled_for(void **state)
{
	struct peer *p = *state;

	assert_sent(p, "NOOP");
	say(p, "200 ok\r\n200 what?\r\n");
	/* What came before is still good. */
	assert_reply(p, 200, "ok");
	assert_dead(p, ERR_PROTOCOL, "reply to no command: 200 what?");
}

static void
test_garbage(void **state)
{
	struct peer *p = *state;

	assert_sent(p, "NOOP");
	assert_sent(p, "NOOP");
	say(p, "200 ok\r\nhello\r\n200 ok\r\n");
	assert_reply(p, 200, "ok");
	assert_dead(p, ERR_PROTOCOL, "hello");
}

static void
test_end(void **state)
{
	struct peer *p = *state;

	assert_sent(p, "NOOP");
	assert_sent(p, "NOOP");
	assert_int_equal(control_flush(p->c, &p->err), 0);
	say(p, "200 ok\r\n200 cut");
	assert_string_equal(heard(p), "NOOP\r\nNOOP\r\n");
	hang_up(p);
	assert_reply(p, 200, "ok");
	assert_dead(p, ERR_NETWORK, "server closed the connection");
}

/* The server closed before our command left: its last words say why. */
static void
test_last_words(void **state)
{
	struct peer *p = *state;

	say(p, "421 too many connections\r\n");
	hang_up(p);
	assert_sent(p, "NOOP");
	assert_reply(p, 421, "too many connections");
	assert_dead(p, ERR_NETWORK, "too many connections");
}

static void
test_last_words_flush(void **state)
{
	struct peer *p = *state;

	say(p, "421 too many connections\r\n");
	hang_up(p);
	assert_sent(p, "NOOP");
	assert_int_equal(control_flush(p->c, &p->err), -1);
	assert_reply(p, 421, "too many connections");
	assert_dead(p, ERR_NETWORK, "too many connections");
}

static void
test_kill(void **state)
{
	struct peer *p = *state;

	assert_sent(p, "NOOP");
	say(p, "200 ok\r\n");
	control_kill(p->c);
	assert_false(control_alive(p->c));
	assert_dead(p, ERR_NETWORK, "");
	assert_int_equal(control_flush(p->c, &p->err), -1);
}

/* What functions were told: 'a' + index and the code, 0 for the end. */
struct told {
	struct peer *peer;
	char name;
	char log[128];
};

struct question {
	struct told *told;
	char name;
};

static void
note(void *ctx, const struct reply *r)
{
	struct question *q = ctx;
	char *log = q->told->log;
	size_t n = strlen(log);

	snprintf(log + n, sizeof(q->told->log) - n, "%s%c%d",
	    n > 0 ? " " : "", q->name, r != NULL ? r->code : 0);
}

static void
test_send_for(void **state)
{
	struct peer *p = *state;
	struct told told = { 0 };
	struct question a = { &told, 'a' }, b = { &told, 'b' },
	    c = { &told, 'c' };

	assert_int_equal(control_send_for(p->c, note, &a, &p->err, "SIZE a"),
	    0);
	assert_sent(p, "PWD");
	assert_int_equal(control_send_for(p->c, note, &b, &p->err, "MDTM %s",
	    "b"), 0);
	assert_sent(p, "NOOP");
	assert_int_equal(control_send_for(p->c, note, &c, &p->err, "CWD c"),
	    0);
	assert_int_equal(control_pending(p->c), 5);
	say(p, "213 1\r\n257 \"/\"\r\n");
	assert_reply(p, 257, "\"/\"");
	assert_string_equal(told.log, "a213");
	assert_string_equal(heard(p), "SIZE a\r\nPWD\r\nMDTM b\r\nNOOP\r\n"
	    "CWD c\r\n");
	/* A preliminary reply is not what they wait for, nor anybody else. */
	say(p, "120 soon\r\n");
	assert_int_equal(try_reply(p), 0);
	say(p, "550 no\r\n200 ok\r\n250 ok\r\n");
	assert_int_equal(control_settle(p->c, deadline_in(WAIT_MS), &p->err),
	    0);
	assert_string_equal(told.log, "a213 b550 c250");
	/* The one asked for by control_reply() was not lost. */
	assert_int_equal(control_pending(p->c), 1);
	assert_reply(p, 200, "ok");
	assert_int_equal(control_pending(p->c), 0);
	assert_int_equal(control_settle(p->c, deadline_in(WAIT_MS), &p->err),
	    0);
}

/* Each is told once, in order, that no answer will come; others are left. */
static void
test_send_for_end(void **state)
{
	struct peer *p = *state;
	struct told told = { 0 };
	struct question a = { &told, 'a' }, b = { &told, 'b' },
	    c = { &told, 'c' };

	assert_int_equal(control_send_for(p->c, note, &a, &p->err, "SIZE a"),
	    0);
	assert_int_equal(control_send_for(p->c, note, &b, &p->err, "SIZE b"),
	    0);
	assert_sent(p, "NOOP");
	assert_int_equal(control_send_for(p->c, note, &c, &p->err, "SIZE c"),
	    0);
	assert_int_equal(control_flush(p->c, &p->err), 0);
	heard(p);
	say(p, "213 1\r\n");
	hang_up(p);
	assert_int_equal(control_settle(p->c, deadline_in(WAIT_MS), &p->err),
	    -1);
	assert_int_equal(p->err.kind, ERR_NETWORK);
	assert_string_equal(told.log, "a213 b0 c0");
	assert_int_equal(control_pending(p->c), 1);
}

static void
test_send_for_421(void **state)
{
	struct peer *p = *state;
	struct told told = { 0 };
	struct question a = { &told, 'a' }, b = { &told, 'b' };

	assert_int_equal(control_send_for(p->c, note, &a, &p->err, "SIZE a"),
	    0);
	assert_int_equal(control_send_for(p->c, note, &b, &p->err, "SIZE b"),
	    0);
	say(p, "421 bye\r\n");
	assert_int_equal(control_settle(p->c, deadline_in(WAIT_MS), &p->err),
	    -1);
	assert_string_equal(told.log, "a421 b0");
}

static void
test_send_for_kill(void **state)
{
	struct peer *p = *state;
	struct told told = { 0 };
	struct question a = { &told, 'a' };

	assert_int_equal(control_send_for(p->c, note, &a, &p->err, "SIZE a"),
	    0);
	control_kill(p->c);
	assert_string_equal(told.log, "a0");
	control_kill(p->c);
	control_free(p->c);
	p->c = NULL;
	assert_string_equal(told.log, "a0");
}

static void
test_send_for_free(void **state)
{
	struct peer *p = *state;
	struct told told = { 0 };
	struct question a = { &told, 'a' };

	assert_int_equal(control_send_for(p->c, note, &a, &p->err, "SIZE a"),
	    0);
	assert_sent(p, "NOOP");
	control_free(p->c);
	p->c = NULL;
	assert_string_equal(told.log, "a0");
	control_free(NULL);
}

/* Asks the next question, three in all. */
static void
ask_on(void *ctx, const struct reply *r)
{
	struct told *told = ctx;
	struct peer *p = told->peer;
	struct question q = { told, told->name++ };

	note(&q, r);
	if (q.name < 'c' && control_send_for(p->c, ask_on, told, &p->err,
	    "SIZE %c", told->name) != 0)
		strlcat(told->log, " refused", sizeof(told->log));
}

static void
test_send_for_chain(void **state)
{
	struct peer *p = *state;
	struct told told = { .peer = p, .name = 'a' };

	assert_int_equal(control_send_for(p->c, ask_on, &told, &p->err,
	    "SIZE a"), 0);
	assert_sent(p, "NOOP");
	say(p, "213 1\r\n200 ok\r\n");
	assert_reply(p, 200, "ok");
	say(p, "213 2\r\n");
	assert_int_equal(try_reply(p), 0);
	assert_int_equal(try_reply(p), 0);
	assert_string_equal(heard(p), "SIZE a\r\nNOOP\r\nSIZE b\r\n"
	    "SIZE c\r\n");
	say(p, "213 3\r\n");
	assert_int_equal(control_settle(p->c, deadline_in(WAIT_MS), &p->err),
	    0);
	assert_string_equal(told.log, "a213 b213 c213");
}

/* Whoever wants to go on after the end is told that it is the end. */
static void
test_send_for_chain_end(void **state)
{
	struct peer *p = *state;
	struct told told = { .peer = p, .name = 'a' };

	assert_int_equal(control_send_for(p->c, ask_on, &told, &p->err,
	    "SIZE a"), 0);
	control_kill(p->c);
	assert_string_equal(told.log, "a0 refused");
}

static void
test_refused_bytes(void **state)
{
	static const char *const bad[] = {
		"a\rb", "a\nb", "a\r\nDELE b", "\n", "a\xff\xf0", "\xff\xf4z",
		"\xff\xfb", "\xff\xfe",
	}, *const good[] = {
		"a\xff", "\xff\xef", "\xff z", "\xf0\xff", "\xfe", "\t\033",
	};
	struct peer *p = *state;
	char want[64];
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		p->err = (struct err)ERR_INIT;
		assert_int_equal(control_send(p->c, &p->err, "DELE %s",
		    bad[i]), -1);
		assert_int_equal(p->err.kind, ERR_USAGE);
		assert_int_equal(control_send_for(p->c, note, NULL, &p->err,
		    "DELE %s", bad[i]), -1);
		assert_int_equal(control_send_secret(p->c, "PASS", bad[i],
		    &p->err), -1);
		assert_int_equal(p->err.kind, ERR_USAGE);
	}
	assert_int_equal(control_send(p->c, &p->err, "DELE a%cb", '\0'), -1);
	assert_int_equal(p->err.kind, ERR_USAGE);
	assert_int_equal(control_pending(p->c), 0);
	assert_int_equal(control_flush(p->c, &p->err), 0);
	assert_string_equal(heard(p), "");

	/* The connection can still be used, and 0xFF goes out single. */
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_sent(p, "DELE %s", good[i]);
		say(p, "250 ok\r\n");
		assert_reply(p, 250, "ok");
		snprintf(want, sizeof(want), "DELE %s\r\n", good[i]);
		assert_string_equal(heard(p), want);
	}
}

struct lines {
	char text[4096];
};

static void
keep_line(void *ctx, enum log_level level, const char *line)
{
	struct lines *l = ctx;

	if (level != LOG_DIALOGUE)
		return;
	strlcat(l->text, line, sizeof(l->text));
	strlcat(l->text, "\n", sizeof(l->text));
}

static void
test_log(void **state)
{
	struct peer *p = *state;
	struct lines l = { "" };

	log_setup(LOG_DIALOGUE, keep_line, &l);
	assert_sent(p, "USER %s", "a\033[m");
	assert_int_equal(control_send_secret(p->c, "PASS", "s3cret %s",
	    &p->err), 0);
	say(p, "331-more\r\n331 please\r\n230 \xc2\x9b" "1mhi\r\n");
	assert_reply(p, 331, "more\nplease");
	assert_reply(p, 230, "\xc2\x9b" "1mhi");
	assert_string_equal(l.text,
	    "[7] --> USER a\\033[m\n"
	    "[7] --> PASS ****\n"
	    "[7] <-- 331-more\n"
	    "[7] <-- 331 please\n"
	    "[7] <-- 230 \\u{009B}1mhi\n");
	assert_string_equal(heard(p), "USER a\033[m\r\nPASS s3cret %s\r\n");
}

/* No length shows, and a refused one does not come out in the message. */
static void
test_log_secret(void **state)
{
	struct peer *p = *state;
	struct lines l = { "" };

	log_setup(LOG_DEBUG, keep_line, &l);
	assert_int_equal(control_send_secret(p->c, "PASS", "", &p->err), 0);
	assert_int_equal(control_send_secret(p->c, "PASS", "s3c\nret",
	    &p->err), -1);
	assert_null(strstr(p->err.msg, "s3c"));
	assert_null(strstr(l.text, "s3c"));
	assert_null(strstr(l.text, "ret"));
	assert_int_equal(control_flush(p->c, &p->err), 0);
	assert_string_equal(heard(p), "PASS \r\n");
}

/* Each command after the answer to the one before. */
static void
test_lockstep(void **state)
{
	struct peer *p = *state;
	struct told told = { 0 };
	struct question b = { &told, 'b' };

	control_set_lockstep(p->c, true);
	control_set_timeout(p->c, WAIT_MS);
	assert_sent(p, "CWD a");
	say(p, "250 a\r\n");
	assert_int_equal(control_send_for(p->c, note, &b, &p->err, "CWD b"),
	    0);
	assert_string_equal(heard(p), "CWD a\r\n");
	say(p, "250 b\r\n");
	assert_sent(p, "CWD c");
	assert_string_equal(heard(p), "CWD b\r\n");
	assert_string_equal(told.log, "b250");
	assert_reply(p, 250, "a");
	say(p, "250 c\r\n");
	assert_reply(p, 250, "c");
	assert_string_equal(heard(p), "CWD c\r\n");
}

static void
test_lockstep_timeout(void **state)
{
	struct peer *p = *state;

	control_set_lockstep(p->c, true);
	control_set_timeout(p->c, SHORT_MS);
	assert_sent(p, "RETR a");
	/* That is no answer yet. */
	say(p, "150 soon\r\n");
	assert_int_equal(control_send(p->c, &p->err, "NOOP"), -1);
	assert_int_equal(p->err.kind, ERR_TIMEOUT);
	assert_string_equal(heard(p), "RETR a\r\n");
	assert_reply(p, 150, "soon");
	assert_dead(p, ERR_TIMEOUT, "");
}

static void
test_deadline(void **state)
{
	struct peer *p = *state;

	assert_sent(p, "NOOP");
	say(p, "200 ok\r\n");
	/* What is there is there, however late. */
	assert_int_equal(control_reply(p->c, clock_ms() - 1, &p->r, &p->err),
	    0);
	assert_sent(p, "NOOP");
	say(p, "200 never end");
	assert_int_equal(control_reply(p->c, deadline_in(SHORT_MS), &p->r,
	    &p->err), -1);
	assert_int_equal(p->err.kind, ERR_TIMEOUT);
	/* An answer that comes later would be taken for another's. */
	say(p, "ing\r\n");
	assert_dead(p, ERR_TIMEOUT, "no answer");
}

static void
test_settle_deadline(void **state)
{
	struct peer *p = *state;
	struct told told = { 0 };
	struct question a = { &told, 'a' };

	assert_int_equal(control_send_for(p->c, note, &a, &p->err, "SIZE a"),
	    0);
	assert_int_equal(control_settle(p->c, deadline_in(SHORT_MS), &p->err),
	    -1);
	assert_int_equal(p->err.kind, ERR_TIMEOUT);
	assert_string_equal(told.log, "a0");
}

static void
test_cancel(void **state)
{
	struct peer *p = *state;

	assert_sent(p, "NOOP");
	cancel_set(p->cancel, SIGINT);
	assert_int_equal(get_reply(p), -1);
	assert_int_equal(p->err.kind, ERR_CANCELLED);
	/* The answer to come would be taken for the next command's. */
	assert_false(control_alive(p->c));
}

/* What has to be said, is, and the answer read, in spite of it. */
static void
test_set_cancel(void **state)
{
	struct peer *p = *state;

	cancel_set(p->cancel, SIGINT);
	assert_ptr_equal(control_set_cancel(p->c, NULL), p->cancel);
	assert_sent(p, "NOOP");
	say(p, "200 ok\r\n");
	assert_int_equal(get_reply(p), 0);
	assert_null(control_set_cancel(p->c, p->cancel));
	assert_sent(p, "NOOP");
	assert_int_equal(get_reply(p), -1);
	assert_int_equal(p->err.kind, ERR_CANCELLED);
}

static void *
answer_late(void *arg)
{
	struct peer *p = arg;

	(void)poll(NULL, 0, SHORT_MS);
	say(p, "200 o");
	(void)poll(NULL, 0, SHORT_MS);
	say(p, "k\r\n");
	return NULL;
}

/* What is under way may come to its end, if it does so soon. */
static void
test_grace(void **state)
{
	struct peer *p = *state;
	pthread_t thread;

	cancel_set(p->cancel, SIGINT);
	control_set_grace(p->c, 1);
	assert_sent(p, "NOOP");
	assert_int_equal(control_gather(p->c, NULL, WAIT_MS, &p->err), 0);
	/* Given anew it begins anew. */
	control_set_grace(p->c, WAIT_MS);
	assert_int_equal(pthread_create(&thread, NULL, answer_late, p), 0);
	assert_reply(p, 200, "ok");
	pthread_join(thread, NULL);
	control_set_grace(p->c, 0);
	assert_sent(p, "NOOP");
	assert_int_equal(get_reply(p), -1);
	assert_int_equal(p->err.kind, ERR_CANCELLED);
}

/* In pieces, as the socket may not take all of it at once. */
static void
say_all(struct peer *p, const char *data, size_t n)
{
	ssize_t put;

	while (n > 0) {
		put = send(p->fd, data, n, MSG_DONTWAIT);
		if (put > 0) {
			data += put;
			n -= (size_t)put;
		}
		if (try_reply(p) != 0)
			return;
	}
}

static char *
filled(size_t n)
{
	char *s = malloc(n + 1);

	assert_non_null(s);
	memset(s, 'x', n);
	s[n] = '\0';
	return s;
}

static void
test_line_max(void **state)
{
	struct peer *p = *state;
	char *s = filled(REPLY_LINE_MAX);

	memcpy(s, "200 ", 4);
	assert_sent(p, "NOOP");
	say(p, s);
	assert_int_equal(try_reply(p), 0);
	say(p, "\r\n");
	assert_reply(p, 200, s + 4);
	free(s);

	s = filled(REPLY_LINE_MAX + 1);
	memcpy(s, "200 ", 4);
	assert_sent(p, "NOOP");
	say(p, s);
	say(p, "\r\n");
	free(s);
	assert_dead(p, ERR_PROTOCOL, "too long");
}

/* No end of line is waited for. */
static void
test_line_endless(void **state)
{
	struct peer *p = *state;
	char *s = filled(REPLY_LINE_MAX + 3);

	memcpy(s, "200-", 4);
	assert_sent(p, "NOOP");
	say(p, s);
	free(s);
	assert_dead(p, ERR_PROTOCOL, "too long");
}

/* n lines of 1000 bytes between the first and the last. */
static void
say_listing(struct peer *p, int n)
{
	char *line = filled(1001);

	line[0] = ' ';
	line[1000] = '\n';
	say(p, "213-Status:\r\n");
	while (n-- > 0)
		say_all(p, line, 1001);
	say_all(p, "213 End\r\n", strlen("213 End\r\n"));
	free(line);
}

static void
test_text_max(void **state)
{
	struct peer *p = *state;

	assert_sent(p, "STAT .");
	say_listing(p, REPLY_TEXT_MAX / 1000 + 1);
	assert_dead(p, ERR_PROTOCOL, "too long");
}

/* The limit of a listing is that of one command only. */
static void
test_text_max_raised(void **state)
{
	enum { LINES = 2000 };
	struct peer *p = *state;

	assert_sent(p, "NOOP");
	assert_sent(p, "STAT .");
	control_reply_max(p->c, REPLY_LISTING_MAX);
	assert_sent(p, "STAT b");
	say(p, "200 ok\r\n");
	assert_reply(p, 200, "ok");
	say_listing(p, LINES);
	assert_int_equal(p->r->code, 213);
	assert_int_equal(p->r->lines, LINES + 2);
	assert_int_equal(p->r->text.len, strlen("Status:\n") + LINES * 1001 +
	    strlen("End"));
	say_listing(p, REPLY_TEXT_MAX / 1000 + 1);
	assert_dead(p, ERR_PROTOCOL, "too long");
}

static void
test_greeting(void **state)
{
	struct peer *p = *state;

	say(p, "120 wait\r\n220-hello\r\n220 ftp\r\n");
	assert_int_equal(control_greeting(p->c, deadline_in(WAIT_MS), &p->r,
	    &p->err), 0);
	assert_int_equal(p->r->code, 220);
	assert_string_equal(p->r->text.data, "hello\nftp");
	assert_int_equal(control_pending(p->c), 0);
}

/* Goes on once the client has read the 120. */
static void
ready_now(void *ctx, enum log_level level, const char *line)
{
	(void)level;
	if (strstr(line, "<-- 120") != NULL)
		say(ctx, "220 ftp\r\n");
}

static void
test_greeting_delayed(void **state)
{
	struct peer *p = *state;

	log_setup(LOG_DIALOGUE, ready_now, p);
	say(p, "120 wait\r\n");
	assert_int_equal(control_greeting(p->c, deadline_in(WAIT_MS), &p->r,
	    &p->err), 0);
	assert_int_equal(p->r->code, 220);
}

static void
test_greeting_timeout(void **state)
{
	struct peer *p = *state;

	say(p, "120 wait\r\n");
	assert_int_equal(control_greeting(p->c, deadline_in(SHORT_MS), &p->r,
	    &p->err), -1);
	assert_int_equal(p->err.kind, ERR_TIMEOUT);
}

static void
test_greeting_other(void **state)
{
	static const struct {
		const char *says, *want;
	} rows[] = {
		{ "SSH-2.0-OpenSSH_9.2\r\n", "SSH" },
		{ "HTTP/1.0 400 Bad Request\r\n", "HTTP" },
		{ "\x15\x03\x01", "ftps://" },
		{ "\x16\x03\x03 x", "ftps://" },
		{ "SSH-2.0", "; that is SSH, not FTP" },
		{ "+OK", "; that is POP3, not FTP" },
		{ "What?", "server closed the connection" },
	};
	const char *hint;
	struct peer *p;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		teardown(state);
		assert_int_equal(setup(state), 0);
		p = *state;
		say(p, rows[i].says);
		hang_up(p);
		assert_int_equal(control_greeting(p->c, deadline_in(WAIT_MS),
		    &p->r, &p->err), -1);
		if (strstr(p->err.msg, rows[i].want) == NULL)
			fail_msg("%s", p->err.msg);
		/* Once. */
		hint = strstr(p->err.msg, "that is");
		assert_true(hint == NULL ||
		    strstr(hint + 1, "that is") == NULL);
	}
}

/* Bytes behind the 234, whole replies or not, are an attack or a mistake. */
static void
test_early_bytes(void **state)
{
	static const char *const behind[] = {
		"220 mine\r\n", "220-mine\r\n", "220", "\r\n", "\x16",
		"421 bye\r\n",
	};
	struct peer *p;
	size_t i;

	for (i = 0; i < sizeof(behind) / sizeof(behind[0]); i++) {
		teardown(state);
		assert_int_equal(setup(state), 0);
		p = *state;
		assert_sent(p, "AUTH TLS");
		assert_int_equal(control_flush(p->c, &p->err), 0);
		say(p, "234 go\r\n");
		say(p, behind[i]);
		assert_reply(p, 234, "go");
		assert_int_equal(control_start_tls(p->c, NULL,
		    deadline_in(WAIT_MS), &p->err), -1);
		assert_int_equal(p->err.kind, ERR_TLS);
		assert_false(control_alive(p->c));
		assert_int_equal(control_send(p->c, &p->err, "USER a"), -1);
		assert_string_equal(heard(p), "AUTH TLS\r\n");
	}
}

enum { FLOOD = 2000, FLOOD_LINE = 1000 };

/* Answers each command at length before it reads the next. */
static void *
talkative(void *arg)
{
	struct peer *p = arg;
	char buf[FLOOD_LINE], *answer = filled(FLOOD_LINE);
	ssize_t got, i, n;

	memcpy(answer, "200 ", 4);
	answer[FLOOD_LINE - 1] = '\n';
	while ((got = recv(p->fd, buf, sizeof(buf), 0)) > 0)
		for (i = 0; i < got; i++)
			for (n = 0; buf[i] == '\n' && n < FLOOD_LINE; )
				n += send(p->fd, answer + n,
				    (size_t)(FLOOD_LINE - n), 0);
	free(answer);
	return NULL;
}

/* Both sides only writing would be a deadlock. */
static void
test_both_full(void **state)
{
	struct peer *p = *state;
	char *name = filled(FLOOD_LINE);
	pthread_t thread;
	int i;

	control_set_timeout(p->c, WAIT_MS);
	assert_int_equal(pthread_create(&thread, NULL, talkative, p), 0);
	for (i = 0; i < FLOOD; i++)
		assert_sent(p, "MDTM %s", name);
	assert_int_equal(control_flush(p->c, &p->err), 0);
	for (i = 0; i < FLOOD; i++) {
		assert_int_equal(get_reply(p), 0);
		assert_int_equal(p->r->code, 200);
	}
	control_free(p->c);
	p->c = NULL;
	pthread_join(thread, NULL);
	free(name);
}

enum { LONG_LINE = 1024 * 1024 };

/* Hears one line of LONG_LINE bytes, and says whether that is what it was. */
static void *
listener(void *arg)
{
	struct peer *p = arg;
	char *buf = filled(LONG_LINE + 1);
	size_t n = 0, i = 0;
	ssize_t got;

	while (n < LONG_LINE + 1 &&
	    (got = recv(p->fd, buf + n, LONG_LINE + 1 - n, 0)) > 0) {
		n += (size_t)got;
		if (buf[n - 1] == '\n')
			break;
	}
	while (i + 2 < n && buf[i] == (char)('a' + i % 23))
		i++;
	if (n == LONG_LINE && i == n - 2 && buf[i] == '\r')
		say(p, "200 heard\r\n");
	else
		say(p, "501 garbled\r\n");
	free(buf);
	return NULL;
}

/* More than fits into the buffers leaves piece by piece, each byte once. */
static void
test_long_line(void **state)
{
	struct peer *p = *state;
	char *line = filled(LONG_LINE);
	pthread_t thread;
	size_t i;

	for (i = 0; i < LONG_LINE - 2; i++)
		line[i] = (char)('a' + i % 23);
	line[i] = '\0';
	control_set_timeout(p->c, WAIT_MS);
	assert_int_equal(pthread_create(&thread, NULL, listener, p), 0);
	assert_sent(p, "%s", line);
	assert_reply(p, 200, "heard");
	pthread_join(thread, NULL);
	free(line);
}

/* A server that takes nothing does not hold us for ever. */
static void
test_flush_timeout(void **state)
{
	struct peer *p = *state;
	char *name = filled(FLOOD_LINE);
	int i, rc = 0;

	control_set_timeout(p->c, SHORT_MS);
	for (i = 0; i < 10 * FLOOD && rc == 0; i++)
		rc = control_send(p->c, &p->err, "MDTM %s", name);
	assert_int_equal(rc, -1);
	assert_int_equal(p->err.kind, ERR_TIMEOUT);
	assert_false(control_alive(p->c));
	free(name);
}

/* Who sends it may know better than that flights are not taken. */
static void
test_blame(void **state)
{
	struct peer *p = *state;
	struct server *server = server_new();

	control_watch(p->c, server);
	assert_sent(p, "NOOP");
	assert_sent(p, "EPSV");
	control_blame(p->c, TRAIT_EPSV_AHEAD);
	hang_up(p);
	assert_int_equal(get_reply(p), -1);
	assert_false(server_has(server, TRAIT_EPSV_AHEAD));
	assert_true(server_has(server, TRAIT_FLIGHTS));
	control_free(p->c);
	p->c = NULL;
	server_free(server);
}

#define control_test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		control_test(test_pipeline),
		control_test(test_reading_flushes),
		control_test(test_preliminary),
		control_test(test_pieces),
		control_test(test_telnet),
		control_test(test_421_unasked),
		control_test(test_421_asked),
		control_test(test_uncalled_for),
		control_test(test_garbage),
		control_test(test_end),
		control_test(test_last_words),
		control_test(test_last_words_flush),
		control_test(test_kill),
		control_test(test_send_for),
		control_test(test_send_for_end),
		control_test(test_send_for_421),
		control_test(test_send_for_kill),
		control_test(test_send_for_free),
		control_test(test_send_for_chain),
		control_test(test_send_for_chain_end),
		control_test(test_refused_bytes),
		control_test(test_log),
		control_test(test_log_secret),
		control_test(test_lockstep),
		control_test(test_lockstep_timeout),
		control_test(test_deadline),
		control_test(test_settle_deadline),
		control_test(test_cancel),
		control_test(test_set_cancel),
		control_test(test_grace),
		control_test(test_line_max),
		control_test(test_line_endless),
		control_test(test_text_max),
		control_test(test_text_max_raised),
		control_test(test_greeting),
		control_test(test_greeting_delayed),
		control_test(test_greeting_timeout),
		control_test(test_greeting_other),
		control_test(test_early_bytes),
		control_test(test_both_full),
		control_test(test_long_line),
		control_test(test_flush_timeout),
		control_test(test_blame),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
