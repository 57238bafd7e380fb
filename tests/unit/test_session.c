/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A session that loses its connection, against a server whose connections end
 * where a script says so.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/socket.h>
#include <netinet/in.h>

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "ftp/answers.h"
#include "ftp/digest.h"
#include "ftp/duplicate.h"
#include "ftp/files.h"
#include "ftp/folders.h"
#include "ftp/identity.h"
#include "ftp/lister.h"
#include "ftp/look.h"
#include "ftp/removal.h"
#include "ftp/rename.h"
#include "ftp/session.h"
#include "ftp/space.h"

enum { ALL = 0, WAIT_MS = 10000, PATIENCE_MS = 100, MANY = 800 };

/* What is answered to a line that begins so, in place of the usual. */
struct turn {
	int connection;		/* from 1; ALL: in each */
	const char *line;	/* "" is what comes before any */
	const char *reply;	/* "": none; NULL: and the connection ends */
};

struct fixture {
	struct site site;
	struct observer obs;
	struct cancel *cancel;
	struct session *s;
	struct err err;
	/* the server */
	const struct turn *turn;	/* ends with line NULL */
	pthread_t thread;
	pthread_mutex_t lock;
	int lfd, fd;
	int connections;
	struct buf heard;	/* lines, each with its connection's number */
	/* the observer */
	struct buf warned;
};

static const char *
usual(const char *line)
{
	static const struct turn rows[] = {
		{ 0, "USER", "331 And?\r\n" }, { 0, "PASS", "230 Hello\r\n" },
		{ 0, "FEAT", "211 None\r\n" }, { 0, "SIZE", "213 5\r\n" },
		{ 0, "CWD", "250 There\r\n" }, { 0, "MKD", "257 Made\r\n" },
		{ 0, "PWD", "257 \"/home\"\r\n" },
		{ 0, "QUIT", "221 Bye\r\n" }, { 0, "", "220 Hi\r\n" },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strncmp(line, rows[i].line, strlen(rows[i].line)) == 0 &&
		    (rows[i].line[0] != '\0' || line[0] == '\0'))
			return rows[i].reply;
	return "200 Fine\r\n";
}

static const char *
answer(const struct fixture *f, const char *line)
{
	const struct turn *t;

	for (t = f->turn; t->line != NULL; t++)
		if ((t->connection == ALL || t->connection == f->connections) &&
		    strncmp(line, t->line, strlen(t->line)) == 0 &&
		    (t->line[0] != '\0' || line[0] == '\0'))
			return t->reply;
	return usual(line);
}

/* Answers one line, which is complete; false: the connection ends. */
static bool
say(struct fixture *f, int fd, const char *line)
{
	const char *reply;

	pthread_mutex_lock(&f->lock);
	if (line[0] != '\0')
		buf_addf(&f->heard, "%d %s\n", f->connections, line);
	reply = answer(f, line);
	pthread_mutex_unlock(&f->lock);
	if (reply == NULL || send(fd, reply, strlen(reply), 0) == -1)
		return false;
	return strncmp(reply, "421", 3) != 0;
}

static void
serve_one(struct fixture *f, int fd)
{
	char line[256], byte;
	size_t n = 0;

	if (!say(f, fd, ""))
		return;
	while (recv(fd, &byte, 1, 0) == 1) {
		if (byte != '\n' && byte != '\r' && n + 1 < sizeof(line))
			line[n++] = byte;
		if (byte != '\n')
			continue;
		line[n] = '\0';
		n = 0;
		if (!say(f, fd, line))
			break;
	}
}

/* Until the listening socket is shut down. */
static void *
serve(void *arg)
{
	struct fixture *f = arg;
	int fd;

	while ((fd = accept(f->lfd, NULL, NULL)) != -1) {
		pthread_mutex_lock(&f->lock);
		f->connections++;
		f->fd = fd;
		pthread_mutex_unlock(&f->lock);
		serve_one(f, fd);
		pthread_mutex_lock(&f->lock);
		f->fd = -1;
		pthread_mutex_unlock(&f->lock);
		close(fd);
	}
	return NULL;
}

static int
server_start(struct fixture *f)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(sin);

	f->fd = -1;
	f->lfd = socket(AF_INET, SOCK_STREAM, 0);
	if (f->lfd == -1 || bind(f->lfd, (struct sockaddr *)&sin, len) != 0 ||
	    listen(f->lfd, 8) != 0 ||
	    getsockname(f->lfd, (struct sockaddr *)&sin, &len) != 0 ||
	    pthread_create(&f->thread, NULL, serve, f) != 0)
		return -1;
	return ntohs(sin.sin_port);
}

static void
note_event(void *ctx, const struct event *ev)
{
	struct fixture *f = ctx;

	if (ev->type == EVENT_WARNING)
		buf_addf(&f->warned, "%s\n", ev->message);
}

static int
setup(void **state)
{
	static const struct turn none[] = { { 0, NULL, NULL } };
	struct fixture *f = xcalloc(1, sizeof(*f));

	pthread_mutex_init(&f->lock, NULL);
	buf_init(&f->heard, BUF_OWN);
	buf_init(&f->warned, BUF_OWN);
	f->turn = none;
	settings_init(&f->site.set);
	f->site.name = xstrdup("nas");
	f->site.set.host = xstrdup("127.0.0.1");
	f->site.set.user = xstrdup("u");
	secret_set(&f->site.password, "p");
	f->site.set.tls = TLS_OFF;
	f->site.set.retries = 3;
	f->site.set.retry_delay = 1;
	f->site.set.timeout = f->site.set.reply_timeout = WAIT_MS;
	if ((f->site.set.port = server_start(f)) == -1)
		return -1;
	f->obs = (struct observer){ .ctx = f, .event = note_event };
	f->cancel = cancel_new();
	f->s = session_new(&f->site, 1, &f->obs, f->cancel);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	session_free(f->s);
	shutdown(f->lfd, SHUT_RDWR);
	pthread_join(f->thread, NULL);
	close(f->lfd);
	cancel_free(f->cancel);
	secret_release(&f->site.password);
	settings_release(&f->site.set);
	free(f->site.name);
	buf_release(&f->heard);
	buf_release(&f->warned);
	pthread_mutex_destroy(&f->lock);
	free(f);
	return 0;
}

/* How often the server has heard a line with this in it. */
static int
heard(struct fixture *f, const char *what)
{
	const char *p;
	int n = 0;

	pthread_mutex_lock(&f->lock);
	p = f->heard.data != NULL ? f->heard.data : "";
	for (; (p = strstr(p, what)) != NULL; p++)
		n++;
	pthread_mutex_unlock(&f->lock);
	return n;
}

static int
connections(struct fixture *f)
{
	int n;

	pthread_mutex_lock(&f->lock);
	n = f->connections;
	pthread_mutex_unlock(&f->lock);
	return n;
}

static void
script(struct fixture *f, const struct turn *turn)
{
	pthread_mutex_lock(&f->lock);
	f->turn = turn;
	pthread_mutex_unlock(&f->lock);
}

/* How many tries were told of, and that the last of them was this one. */
static void
warned(struct fixture *f, int n, const char *last)
{
	const char *p = f->warned.data != NULL ? f->warned.data : "";
	int lines = 0;

	if (n > 0 && strstr(p, last) == NULL)
		fail_msg("%s", p);
	for (; *p != '\0'; p++)
		lines += *p == '\n';
	assert_int_equal(lines, n);
}

static void
test_connects_again(void **state)
{
	static const struct turn turn[] = {
		{ 1, "", NULL }, { 2, "", "421 Full\r\n" },
		{ 3, "USER", "421 Busy\r\n" }, { 0, NULL, NULL },
	};
	struct fixture *f = *state;

	script(f, turn);
	assert_int_equal(session_connect(f->s, &f->err), 0);
	assert_int_equal(f->err.kind, ERR_NONE);
	assert_string_equal(session_cwd(f->s), "/home");
	assert_int_equal(connections(f), 4);
	warned(f, 3, "; trying again in 0.0 s (3 of 3)");
	/* It is there. */
	assert_int_equal(session_connect(f->s, &f->err), 0);
	assert_int_equal(connections(f), 4);
}

/* What was wrong before is forgotten, step by step, too. */
static void
test_connects_without_flights(void **state)
{
	static const struct turn turn[] = {
		{ 1, "", "421 Full\r\n" }, { 2, "USER", NULL },
		{ 0, NULL, NULL },
	};
	struct fixture *f = *state;

	script(f, turn);
	f->site.set.pipeline = false;
	assert_int_equal(session_connect(f->s, &f->err), 0);
	assert_int_equal(f->err.kind, ERR_NONE);
	assert_int_equal(connections(f), 3);
}

static void
test_gives_up(void **state)
{
	static const struct turn turn[] = {
		{ ALL, "", NULL }, { 0, NULL, NULL },
	};
	struct fixture *f = *state;

	script(f, turn);
	session_run_begin(f->s);
	assert_int_equal(session_connect(f->s, &f->err), -1);
	assert_int_equal(f->err.kind, ERR_NETWORK);
	assert_int_equal(strncmp(f->err.msg, "nas: ", 5), 0);
	assert_int_equal(connections(f), 4);
	warned(f, 3, "(3 of 3)");
	/* What belongs to the same run does not try. */
	assert_true(session_is_lost(f->s));
	err_clear(&f->err);
	assert_int_equal(folders_make(f->s, "x", &f->err), -1);
	assert_int_equal(f->err.kind, ERR_NETWORK);
	assert_int_equal(connections(f), 4);
	session_run_end(f->s);
	/* What is asked for next does, from the beginning. */
	assert_false(session_is_lost(f->s));
	err_clear(&f->err);
	assert_int_equal(folders_make(f->s, "x", &f->err), -1);
	assert_int_equal(connections(f), 8);
	warned(f, 6, "(1 of 3)");
}

/* A site is named once; a word that is like its name is none. */
static void
test_site_named(void **state)
{
	static const struct turn turn[] = {
		{ ALL, "", NULL }, { 0, NULL, NULL },
	};
	struct fixture *f = *state;

	free(f->site.name);
	f->site.name = xstrdup("server");
	f->site.set.retries = 0;
	script(f, turn);
	assert_int_equal(session_connect(f->s, &f->err), -1);
	if (strncmp(f->err.msg, "server: server closed ", 22) != 0)
		fail_msg("%s", f->err.msg);
	/* What is lost stays so within a run, and its words as they are. */
	session_run_begin(f->s);
	err_clear(&f->err);
	assert_int_equal(session_connect(f->s, &f->err), -1);
	err_clear(&f->err);
	assert_int_equal(session_connect(f->s, &f->err), -1);
	if (strncmp(f->err.msg, "server: server closed ", 22) != 0)
		fail_msg("%s", f->err.msg);
	session_run_end(f->s);
}

/* Somebody who sits there sees it at once; but not what was there is lost. */
static void
test_terminal(void **state)
{
	static const struct turn refuse[] = {
		{ ALL, "", NULL }, { 0, NULL, NULL },
	};
	static const struct turn turn[] = {
		{ 2, "MKD", NULL }, { 3, "", NULL }, { 0, NULL, NULL },
	};
	struct fixture *f = *state;

	f->site.terminal = true;
	script(f, refuse);
	assert_int_equal(session_connect(f->s, &f->err), -1);
	assert_int_equal(connections(f), 1);
	warned(f, 0, "");
	script(f, turn);
	err_clear(&f->err);
	assert_int_equal(folders_make(f->s, "x", &f->err), 0);
	assert_int_equal(connections(f), 4);
	warned(f, 2, "(2 of 3)");
}

/* A refused login is final, and soon is so for all that come beside it. */
static void
test_login_refused(void **state)
{
	static const struct turn turn[] = {
		{ ALL, "PASS", "530 Wrong password\r\n" }, { 0, NULL, NULL },
	};
	struct fixture *f = *state;
	struct session *beside;
	int i;

	script(f, turn);
	assert_int_equal(session_connect(f->s, &f->err), -1);
	assert_int_equal(f->err.kind, ERR_LOGIN);
	assert_int_equal(heard(f, "PASS"), 1);
	for (i = 2; i < 9; i++) {
		beside = session_new_beside(f->s, i);
		err_clear(&f->err);
		assert_int_equal(session_connect(beside, &f->err), -1);
		assert_int_equal(f->err.kind, ERR_LOGIN);
		session_free(beside);
	}
	assert_int_equal(heard(f, "PASS"), 3);
	/* What is asked for anew is tried anew. */
	err_clear(&f->err);
	assert_int_equal(session_connect(f->s, &f->err), -1);
	assert_int_equal(heard(f, "PASS"), 4);
	warned(f, 0, "");
}

/* A further connection is tried once. */
static void
test_beside(void **state)
{
	static const struct turn turn[] = {
		{ 2, "", NULL }, { 0, NULL, NULL },
	};
	struct fixture *f = *state;
	struct session *beside;

	assert_int_equal(session_cd(f->s, "/sub", &f->err), 0);
	session_close(f->s);
	script(f, turn);
	beside = session_new_beside(f->s, 2);
	assert_string_equal(session_cwd(beside), "/home");
	assert_int_equal(session_connect(beside, &f->err), -1);
	assert_int_equal(connections(f), 2);
	warned(f, 0, "");
	session_free(beside);
}

/* It may have been made before the answer was lost. */
static void
test_command_again(void **state)
{
	static const struct turn turn[] = {
		{ 1, "MKD", NULL }, { 2, "MKD", "550 Exists\r\n" },
		{ 0, NULL, NULL },
	};
	struct fixture *f = *state;

	script(f, turn);
	assert_int_equal(folders_make(f->s, "x", &f->err), 0);
	assert_int_equal(connections(f), 2);
	assert_int_equal(heard(f, "1 MKD /home/x"), 1);
	assert_int_equal(heard(f, "2 MKD /home/x"), 1);
	assert_int_equal(heard(f, "2 CWD /home/x"), 1);
	warned(f, 1, "(1 of 3)");
	/* What was never lost was refused. */
	assert_int_equal(folders_make(f->s, "x", &f->err), -1);
	assert_int_equal(f->err.code, 550);
}

/* 4yz is worth another try, 5yz is not. */
static void
test_refused_for_now(void **state)
{
	static const struct turn turn[] = {
		{ ALL, "MKD", "450 Busy\r\n" },
		{ ALL, "SITE CHMOD", "550 No\r\n" }, { 0, NULL, NULL },
	};
	struct fixture *f = *state;

	script(f, turn);
	assert_int_equal(folders_make(f->s, "x", &f->err), -1);
	assert_int_equal(f->err.code, 450);
	assert_int_equal(heard(f, "MKD"), 3);
	err_clear(&f->err);
	assert_int_equal(files_set_mode(f->s, "x", 0644, &f->err), -1);
	assert_int_equal(f->err.code, 550);
	assert_int_equal(heard(f, "SITE CHMOD 644 /home/x"), 1);
	assert_int_equal(connections(f), 1);
}

static void
end_it(struct fixture *f)
{
	pthread_mutex_lock(&f->lock);
	send(f->fd, "421 Too long\r\n", 14, 0);
	shutdown(f->fd, SHUT_RDWR);
	pthread_mutex_unlock(&f->lock);
}

/* What ends while nothing is asked is no failure of what comes next. */
static void
test_idle(void **state)
{
	struct fixture *f = *state;
	int64_t late = clock_ms() + WAIT_MS;

	assert_int_equal(session_connect(f->s, &f->err), 0);
	end_it(f);
	assert_int_equal(folders_make(f->s, "x", &f->err), 0);
	assert_int_equal(connections(f), 2);
	/* The keep-alive notices, too. */
	end_it(f);
	while (session_alive(f->s) && clock_ms() < late)
		session_keepalive(f->s);
	assert_false(session_alive(f->s));
	assert_int_equal(folders_make(f->s, "x", &f->err), 0);
	assert_int_equal(connections(f), 3);
	warned(f, 0, "");
}

/* Of many questions those are asked again whose flight was lost. */
static void
test_flight_again(void **state)
{
	static const struct turn turn[] = {
		{ 1, "SIZE /home/300", NULL }, { 2, "SIZE /home/600", NULL },
		{ ALL, "SIZE /home/7", "550 No\r\n" }, { 0, NULL, NULL },
	};
	struct fixture *f = *state;
	const char *path[MANY];
	char name[MANY][16];
	int64_t size[MANY];
	int i;

	for (i = 0; i < MANY; i++) {
		snprintf(name[i], sizeof(name[i]), "%03d", i);
		path[i] = name[i];
	}
	script(f, turn);
	/* What was answered between begins the count anew. */
	f->site.set.retries = 1;
	assert_int_equal(files_sizes(f->s, path, MANY, size, &f->err), 0);
	for (i = 0; i < MANY; i++)
		assert_int_equal(size[i], i / 100 == 7 ? -1 : 5);
	assert_int_equal(connections(f), 3);
	warned(f, 2, "(1 of 1)");
	assert_int_equal(heard(f, "1 SIZE /home/000"), 1);
	assert_int_equal(heard(f, "2 SIZE /home/000"), 0);
	assert_int_equal(heard(f, "2 SIZE /home/299"), 1);
}

/* Connecting within a command within something larger: one account. */
static void
test_one_account(void **state)
{
	static const struct turn turn[] = {
		{ 1, "MKD", NULL }, { 2, "", NULL }, { 3, "MKD", NULL },
		{ 4, "", NULL }, { 0, NULL, NULL },
	};
	struct fixture *f = *state;
	struct err why = ERR_INIT;

	assert_int_equal(session_connect(f->s, &f->err), 0);
	script(f, turn);
	session_try_begin(f->s);
	assert_int_equal(folders_make(f->s, "x", &f->err), -1);
	assert_int_equal(connections(f), 4);
	warned(f, 3, "(3 of 3)");
	/* It is used up for the one around it, too. */
	err_set(&why, ERR_NETWORK, "connection lost");
	assert_false(session_again(f->s, "RETR", &why));
	/* Until something was reached. */
	session_progress(f->s);
	session_try_end(f->s);
	session_try_begin(f->s);
	assert_true(session_again_with(f->s, "RETR", "file", 4096, &why));
	warned(f, 4, "nas: file: connection lost; trying again from 4");
	session_try_end(f->s);
}

/* The end of an operation is one of its account. */
static void
test_account_ends(void **state)
{
	struct fixture *f = *state;
	struct err why = ERR_INIT;
	int i, j;

	err_set(&why, ERR_NETWORK, "connection lost");
	assert_int_equal(session_connect(f->s, &f->err), 0);
	for (i = 0; i < 2; i++) {
		session_try_begin(f->s);
		for (j = 0; j < 3; j++)
			assert_true(session_again(f->s, "RETR", &why));
		assert_false(session_again(f->s, "RETR", &why));
		session_try_end(f->s);
	}
	session_try_begin(f->s);
	for (j = 0; j < 9; j++) {
		assert_true(session_again(f->s, "RETR", &why));
		session_progress(f->s);
	}
	session_try_end(f->s);
	warned(f, 15, "(1 of 3)");
}

/* Being told to stop ends the wait, and a run's deadline says so. */
static void
test_cancelled(void **state)
{
	struct fixture *f = *state;
	struct err why = ERR_INIT;

	assert_int_equal(session_connect(f->s, &f->err), 0);
	err_set(&why, ERR_NETWORK, "connection lost");
	cancel_set(f->cancel, SIGINT);
	session_try_begin(f->s);
	assert_false(session_again(f->s, "RETR", &why));
	session_try_end(f->s);
	assert_int_equal(why.kind, ERR_NETWORK);
	warned(f, 0, "");
	cancel_reset(f->cancel);
}

/* Whether a cancel leaves an answer some time, connected before or since. */
static void
test_see_through(void **state)
{
	static const struct turn turn[] = {
		{ ALL, "MKD", "" }, { 0, NULL, NULL },
	};
	static const struct {
		bool before, since;
		enum err_kind kind;
	} rows[] = {
		{ false, false, ERR_CANCELLED }, { true, true, ERR_TIMEOUT },
		{ false, true, ERR_TIMEOUT }, { true, false, ERR_CANCELLED },
	};
	struct fixture *f = *state;
	size_t i;

	script(f, turn);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		session_see_through(f->s, rows[i].before);
		assert_int_equal(session_connect(f->s, &f->err), 0);
		if (rows[i].since != rows[i].before)
			session_see_through(f->s, rows[i].since);
		cancel_set(f->cancel, SIGINT);
		assert_int_equal(folders_make(f->s, "x", &f->err), -1);
		assert_int_equal(f->err.kind, rows[i].kind);
		err_clear(&f->err);
		cancel_reset(f->cancel);
	}
	assert_int_equal(connections(f), i);
}

/* An unanswered NOOP gives the connection up, without being waited for. */
static void
test_keepalive(void **state)
{
	static const struct turn turn[] = {
		{ 1, "NOOP", "" }, { 0, NULL, NULL },
	};
	struct fixture *f = *state;
	int64_t late = clock_ms() + WAIT_MS;
	const struct reply *r;

	f->site.set.keepalive = 1;
	session_keepalive(f->s);
	assert_int_equal(session_connect(f->s, &f->err), 0);
	/* Who has just been heard needs none, nor who is to have none. */
	f->site.set.keepalive = WAIT_MS;
	session_keepalive(f->s);
	f->site.set.keepalive = 0;
	session_keepalive(f->s);
	assert_int_equal(session_quote(f->s, "HELP", &r, &f->err), 0);
	assert_int_equal(heard(f, "NOOP"), 0);
	f->site.set.keepalive = 1;
	while (heard(f, "NOOP") < 2 && clock_ms() < late)
		session_keepalive(f->s);
	assert_true(session_alive(f->s));
	script(f, turn);
	f->site.set.timeout = PATIENCE_MS;
	while (session_alive(f->s) && clock_ms() < late)
		session_keepalive(f->s);
	assert_false(session_alive(f->s));
	assert_int_equal(folders_make(f->s, "x", &f->err), 0);
	assert_int_equal(connections(f), 2);
}

static void
test_state(void **state)
{
	struct fixture *f = *state;
	struct session_state st;

	session_state(f->s, &st);
	assert_false(st.alive);
	assert_int_equal(session_connect(f->s, &f->err), 0);
	session_state(f->s, &st);
	assert_true(st.alive);
	assert_string_equal(st.tls, "no TLS");
	assert_false(st.protected_data);
	assert_false(st.certified);
}

static const char *const one_path[] = { "x" };

static int
call_answers(struct session *s, struct err *err)
{
	bool there;

	return answers_many(s, one_path, 1, &there, err);
}

static int
call_digest(struct session *s, struct err *err)
{
	enum hash_alg alg;
	char hex[HASH_HEX_MAX];

	return digest_ask(s, "x", &alg, hex, err);
}

static int
call_duplicate(struct session *s, struct err *err)
{
	return duplicate_file(s, "x", "y", err);
}

static int
call_size(struct session *s, struct err *err)
{
	int64_t size;

	return files_size(s, "x", &size, err);
}

static int
call_sizes(struct session *s, struct err *err)
{
	int64_t size;

	return files_sizes(s, one_path, 1, &size, err);
}

static int
call_time(struct session *s, struct err *err)
{
	enum time_precision precision;
	struct timespec ts;

	return files_time(s, "x", &ts, &precision, err);
}

static int
call_times(struct session *s, struct err *err)
{
	struct timespec ts;
	bool known;

	return files_times(s, one_path, 1, &ts, &known, err);
}

static int
call_version(struct session *s, struct err *err)
{
	struct timespec ts;
	int64_t size;

	return files_version(s, "/x", &size, &ts, err);
}

static int
call_set_time(struct session *s, struct err *err)
{
	return files_set_time(s, "x", 0, err);
}

static int
call_sets_times(struct session *s, struct err *err)
{
	bool seen;

	return files_sets_times(s, &seen, err);
}

static int
call_set_mode(struct session *s, struct err *err)
{
	return files_set_mode(s, "x", 0600, err);
}

static int
call_symlink(struct session *s, struct err *err)
{
	return files_symlink(s, "x", "y", err);
}

static int
call_has(struct session *s, struct err *err)
{
	return folders_has(s, "x", err);
}

static int
call_where(struct session *s, struct err *err)
{
	char *where;
	int rc = folders_where(s, "x", &where, err);

	free(where);
	return rc;
}

static int
call_make(struct session *s, struct err *err)
{
	return folders_make(s, "x", err);
}

static int
call_make_many(struct session *s, struct err *err)
{
	struct err each = ERR_INIT;

	return folders_make_many(s, one_path, (int[]){ -1 }, 1, &each, err);
}

static int
call_make_path(struct session *s, struct err *err)
{
	return folders_make_path(s, "x", NULL, err);
}

static int
call_identity(struct session *s, struct err *err)
{
	struct identity one;

	return identity_many(s, one_path, 1, &one, err);
}

static int
call_list(struct session *s, struct err *err)
{
	struct listing l;
	int rc = lister_list(s, "x", LIST_WHOLE, 0, &l, err);

	listing_release(&l);
	return rc;
}

static int
call_names(struct session *s, struct err *err)
{
	struct strvec names = STRVEC_INIT;
	int rc = lister_names(s, "x", &names, err);

	strvec_release(&names);
	return rc;
}

static int
call_is_link(struct session *s, struct err *err)
{
	return lister_is_link(s, "x", err);
}

static int
call_look(struct session *s, struct err *err)
{
	struct listing l;
	int rc = look_one(s, "x", &l, err);

	listing_release(&l);
	return rc;
}

static int
call_look_many(struct session *s, struct err *err)
{
	struct entry entry;
	int found;

	return look_many(s, one_path, 1, &entry, &found, err);
}

/* What has no size is looked at. */
static int
call_look_none(struct session *s, struct err *err)
{
	static const char *const none[] = { "none" };
	struct entry entry;
	int found;

	return look_many(s, none, 1, &entry, &found, err);
}

static int
call_unlisted(struct session *s, struct err *err)
{
	return look_unlisted(s, "x", err);
}

static int
call_rmdir(struct session *s, struct err *err)
{
	return removal_dir(s, "x", err);
}

static int
call_delete(struct session *s, struct err *err)
{
	return removal_file(s, "x", err);
}

static int
call_rename(struct session *s, struct err *err)
{
	return rename_path(s, "x", "y", false, err);
}

static int
call_replace(struct session *s, struct err *err)
{
	return rename_path(s, "x", "y", true, err);
}

static int
call_space(struct session *s, struct err *err)
{
	int64_t bytes;
	char *words;
	int rc = space_left(s, "x", &bytes, &words, err);

	free(words);
	return rc;
}

static int
call_cd(struct session *s, struct err *err)
{
	return session_cd(s, "x", err);
}

static int
call_quote(struct session *s, struct err *err)
{
	const struct reply *r;

	return session_quote(s, "HELP", &r, err);
}

/*
 * What connects if need be; with which command it begins, and how many
 * connections that is lost with if it is lost always, with one retry.
 */
static const struct call {
	int (*fn)(struct session *s, struct err *err);
	const char *verb;
	int lost;
} calls[] = {
	{ call_quote, "HELP", 1 }, { call_answers, "SIZE", 2 },
	{ call_answers, "CWD", 2 }, { call_digest, "XCRC", 2 },
	{ call_duplicate, "SITE CPFR", 2 }, { call_size, "SIZE", 2 },
	{ call_sizes, "SIZE", 2 }, { call_time, "MDTM", 2 },
	{ call_times, "MDTM", 2 }, { call_version, "SIZE", 2 },
	{ call_version, "MDTM", 2 },
	{ call_set_time, "SITE UTIME", 2 }, { call_sets_times, NULL, 0 },
	{ call_set_mode, "SITE CHMOD", 2 }, { call_symlink, "SITE", 2 },
	{ call_has, "CWD", 2 }, { call_where, "CWD", 2 },
	{ call_make, "MKD", 2 }, { call_make_many, "MKD", 1 },
	{ call_make_path, "CWD", 2 }, { call_identity, "SIZE", 1 },
	{ call_list, "EPSV", 2 }, { call_names, "EPSV", 2 },
	{ call_is_link, "EPSV", 2 }, { call_look, "EPSV", 2 },
	{ call_look_many, "SIZE", 2 }, { call_look_many, "MDTM", 2 },
	{ call_look_none, "EPSV", 2 }, { call_unlisted, "SIZE", 2 },
	{ call_rmdir, "RMD", 2 }, { call_delete, "DELE", 2 },
	/* And one to see whether it was done. */
	{ call_rename, "RNFR", 3 }, { call_replace, "RNFR", 3 },
	{ call_rename, "RNTO", 3 },
	{ call_space, "AVBL", 2 }, { call_space, "SITE DF", 2 },
	{ call_cd, "CWD", 1 },
};

enum { CALLS = sizeof(calls) / sizeof(calls[0]) };

#define CAN_CRC	{ ALL, "FEAT", "211-Can\r\n XCRC\r\n211 End\r\n" }

/* From here on the connection is lost with verb. */
static void
lose(struct fixture *f, struct turn *turn, int connection, const char *verb)
{
	pthread_mutex_lock(&f->lock);
	*turn = (struct turn){ connection, verb, NULL };
	pthread_mutex_unlock(&f->lock);
}

/* Where nobody is let in each says so, after one attempt. */
static void
test_calls_shut_out(void **state)
{
	static const struct turn turn[] = {
		{ ALL, "", "421 No more\r\n" }, { 0, NULL, NULL },
	};
	struct fixture *f = *state;
	int i;

	script(f, turn);
	f->site.set.retries = 0;
	for (i = 0; i < CALLS; i++) {
		err_clear(&f->err);
		assert_int_equal(calls[i].fn(f->s, &f->err), -1);
		assert_int_equal(f->err.kind, ERR_NETWORK);
		assert_non_null(strstr(f->err.msg, "No more"));
		assert_int_equal(connections(f), i + 1);
	}
}

/* Each has tries of its own, and ends when they are used up. */
static void
test_calls_lost(void **state)
{
	static struct turn turn[] = {
		{ ALL, "?", NULL }, CAN_CRC, { ALL, "PASV", NULL },
		{ ALL, "SIZE /home/none", "550 No\r\n" }, { 0, NULL, NULL },
	};
	struct fixture *f = *state;
	int i, n = 0;

	script(f, turn);
	f->site.set.retries = 1;
	f->site.set.pipeline = false;
	for (i = 0; i < CALLS; i++) {
		if (calls[i].verb == NULL)
			continue;
		lose(f, &turn[0], ALL, calls[i].verb);
		err_clear(&f->err);
		if (calls[i].fn(f->s, &f->err) != -1)
			fail_msg("%d: %s", i, calls[i].verb);
		assert_int_equal(f->err.kind, ERR_NETWORK);
		n += calls[i].lost;
		if (connections(f) != n)
			fail_msg("%d %s: %d", i, calls[i].verb,
			    connections(f) - n);
	}
}

/* Of what cannot be asked no answer to something else tells. */
static void
test_answers_line_break(void **state)
{
	static const struct turn turn[] = {
		{ ALL, "FEAT", "211-Can\r\n MLST type*;\r\n211 End\r\n" },
		{ ALL, "MLST", "550 No\r\n" }, { ALL, "SIZE", "550 No\r\n" },
		{ ALL, "CWD", "550 No\r\n" }, { 0, NULL, NULL },
	};
	static const char *const names[] = { "a\nb", "y" };
	struct fixture *f = *state;
	bool there[2];

	script(f, turn);
	assert_int_equal(session_connect(f->s, &f->err), 0);
	assert_int_equal(answers_many(f->s, names, 2, there, &f->err), -1);
	assert_int_equal(f->err.kind, ERR_USAGE);
	assert_string_equal(f->err.msg,
	    "a name with a line break cannot be sent");
	assert_true(session_alive(f->s));
	assert_int_equal(connections(f), 1);
}

/* Where one means is lost the other is not asked, which would be as well. */
static void
test_answers_lost(void **state)
{
	static const struct turn turn[] = {
		{ ALL, "FEAT", "211-Can\r\n MLST type*;\r\n211 End\r\n" },
		{ ALL, "MLST", NULL }, { 0, NULL, NULL },
	};
	struct fixture *f = *state;

	script(f, turn);
	f->site.set.retries = 1;
	f->site.set.pipeline = false;
	assert_int_equal(session_connect(f->s, &f->err), 0);
	assert_int_equal(call_answers(f->s, &f->err), -1);
	assert_int_equal(f->err.kind, ERR_NETWORK);
	assert_int_equal(heard(f, "MLST"), 2);
	assert_int_equal(heard(f, "SIZE"), 0);
}

/* A NOOP that nobody waits for, and its connection, is not the command's. */
static void
test_quote_behind_noop(void **state)
{
	static const struct turn turn[] = {
		{ ALL, "NOOP", NULL }, { 0, NULL, NULL },
	};
	struct fixture *f = *state;
	int64_t late = clock_ms() + WAIT_MS;
	const struct reply *r;
	int i;

	script(f, turn);
	f->site.set.keepalive = 1;
	f->site.set.retries = 1;
	assert_int_equal(session_connect(f->s, &f->err), 0);
	for (i = 1; i <= 2; i++) {
		while (heard(f, "NOOP") < i && clock_ms() < late)
			session_keepalive(f->s);
		assert_int_equal(session_quote(f->s, "HELP", &r, &f->err), 0);
		assert_string_equal(r->text.data, "Fine");
		assert_int_equal(connections(f), i + 1);
	}
	assert_int_equal(heard(f, "HELP"), 2);
}

/* What was lost once is answered the second time, and nothing is wrong. */
static void
test_calls_lost_once(void **state)
{
	static struct turn turn[] = {
		{ ALL, "?", NULL }, CAN_CRC, { ALL, "RNFR", "350 And?\r\n" },
		{ ALL, "SITE CPFR", "350 And?\r\n" },
		{ ALL, "MDTM", "213 20240102030405\r\n" }, { 0, NULL, NULL },
	};
	struct fixture *f = *state;
	int i, n;

	script(f, turn);
	f->site.set.retries = 1;
	f->site.set.pipeline = false;
	for (i = 0; i < CALLS; i++) {
		if (calls[i].verb == NULL || calls[i].lost == 1 ||
		    strcmp(calls[i].verb, "EPSV") == 0)
			continue;
		n = connections(f);
		session_close(f->s);
		lose(f, &turn[0], n + 1, calls[i].verb);
		err_clear(&f->err);
		if (calls[i].fn(f->s, &f->err) == -1 ||
		    f->err.kind != ERR_NONE)
			fail_msg("%d %s: %s", i, calls[i].verb, f->err.msg);
		assert_int_equal(connections(f), n + 2);
	}
}

#define session_test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		session_test(test_connects_again),
		session_test(test_connects_without_flights),
		session_test(test_gives_up),
		session_test(test_site_named),
		session_test(test_terminal),
		session_test(test_login_refused),
		session_test(test_beside),
		session_test(test_command_again),
		session_test(test_refused_for_now),
		session_test(test_idle),
		session_test(test_flight_again),
		session_test(test_one_account),
		session_test(test_account_ends),
		session_test(test_cancelled),
		session_test(test_see_through),
		session_test(test_keepalive),
		session_test(test_state),
		session_test(test_quote_behind_noop),
		session_test(test_calls_shut_out),
		session_test(test_calls_lost),
		session_test(test_answers_line_break),
		session_test(test_answers_lost),
		session_test(test_calls_lost_once),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
