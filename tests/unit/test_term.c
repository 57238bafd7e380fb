/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <sys/stat.h>

#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/clock.h"
#include "net/wait.h"
#include "tempdir.h"
#include "ui/tasks.h"

/* Standard output and error go to files while a terminal is tested. */
struct world {
	char *dir;
	int dirfd, out, err;
	struct term *term;
	struct tasks *tasks;
	struct cancel *cancel;
};

static int
redirect(const struct world *w, const char *name, int fd)
{
	int saved = dup(fd);
	int to = openat(w->dirfd, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(saved != -1 && to != -1);
	dup2(to, fd);
	close(to);
	return saved;
}

static void
begin(struct world *w, const struct term_options *o)
{
	struct err err = ERR_INIT;

	w->dir = tempdir_new();
	w->dirfd = open(w->dir, O_RDONLY | O_DIRECTORY);
	fflush(stdout);
	w->out = redirect(w, "out", STDOUT_FILENO);
	w->err = redirect(w, "err", STDERR_FILENO);
	w->cancel = cancel_new();
	w->term = term_new(o, &err);
	assert_non_null(w->term);
	w->tasks = tasks_new(w->term);
}

/* Gives the descriptors back before anything is checked. */
static void
end(struct world *w)
{
	tasks_free(w->tasks);
	term_free(w->term);
	cancel_free(w->cancel);
	fflush(stdout);
	dup2(w->out, STDOUT_FILENO);
	dup2(w->err, STDERR_FILENO);
	close(w->out);
	close(w->err);
	clearerr(stdout);
}

static void
clean(struct world *w)
{
	close(w->dirfd);
	tempdir_remove(w->dir);
}

static void
run(struct world *w, void (*fn)(void *arg))
{
	tasks_run(w->tasks, fn, w, w->cancel, DEADLINE_NONE);
}

static void
say_all(void *arg)
{
	struct world *w = arg;
	const struct observer *obs = term_observer(w->term);
	struct event ev = {
		.type = EVENT_TRANSFER, .op = "get", .source = "f",
		.bytes = 1, .seconds = 1,
	};
	struct err err = ERR_INIT;

	observe_warning(obs, "w\033");
	err_set(&err, ERR_LOCAL, "full");
	observe_error(obs, "p", &err);
	observe_event(obs, &ev);
	ev.dry_run = true;
	observe_event(obs, &ev);
	log_info("note");
	log_line(LOG_DIALOGUE, "[1] --> NOOP");
	log_debug("deep");
	term_print(w->term, "line %d", 1);
}

static void
test_levels(void **state)
{
	static const struct {
		enum term_verbosity verbosity;
		const char *out, *err;
	} want[] = {
		{ TERM_QUIET, "line 1\n", "ftps: p: full\n" },
		{ TERM_NORMAL, "get f\nline 1\n",
		    "ftps: w\\033\nftps: p: full\nftps: note\n" },
		{ TERM_VERBOSE, "get f\nline 1\n",
		    "ftps: w\\033\nftps: p: full\nget f\n"
		    "ftps: note\n[1] --> NOOP\n" },
		{ TERM_DEBUG, "get f\nline 1\n",
		    "ftps: w\\033\nftps: p: full\nget f\n"
		    "ftps: note\n[1] --> NOOP\ndeep\n" },
	};
	struct term_options o = { .progress = WHEN_NEVER };
	struct world w;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		o.verbosity = want[i].verbosity;
		begin(&w, &o);
		run(&w, say_all);
		end(&w);
		assert_string_equal(read_file(w.dirfd, "out"), want[i].out);
		assert_string_equal(read_file(w.dirfd, "err"), want[i].err);
		clean(&w);
	}
}

static void
say_error(void *arg)
{
	struct world *w = arg;
	struct err err = ERR_INIT;

	err_set(&err, ERR_LOCAL, "full");
	observe_error(term_observer(w->term), "p", &err);
	term_print(w->term, "text");
}

/* Scripts read standard output by machine, and log standard error. */
static void
test_json(void **state)
{
	struct term_options o = {
		.json = true, .verbosity = TERM_NORMAL,
		.progress = WHEN_NEVER,
	};
	struct world w;
	const char *out;

	(void)state;
	begin(&w, &o);
	run(&w, say_error);
	end(&w);
	assert_string_equal(read_file(w.dirfd, "err"),
	    "ftps: p: full\ntext\n");
	out = read_file(w.dirfd, "out");
	assert_non_null(strstr(out, "{\"event\":\"error\""));
	assert_ptr_equal(strchr(out, '\n'), out + strlen(out) - 1);
	clean(&w);
}

static void
test_log_file(void **state)
{
	struct term_options o = { .progress = WHEN_NEVER };
	struct err err = ERR_INIT;
	struct world w;
	const char *text;
	char name[] = "/tmp/ftps-term-XXXXXX";
	int fd = mkstemp(name);

	(void)state;
	o.log_file = name;
	begin(&w, &o);
	run(&w, say_all);
	end(&w);
	text = read_file(fd, name);
	assert_int_equal(text[4], '-');
	assert_non_null(strstr(text, "Z [1] --> NOOP\n"));
	assert_non_null(strstr(text, "Z p: full\n"));
	assert_non_null(strstr(text, "Z get f\n"));
	assert_null(strstr(text, "deep"));
	clean(&w);
	close(fd);
	unlink(name);
	o.log_file = "/dev/null/log";
	assert_null(term_new(&o, &err));
	assert_int_equal(err.kind, ERR_LOCAL);
}

enum { FLOOD = 200 * 1000 };

static void *
flood(void *arg)
{
	const struct observer *obs = arg;
	int i;

	for (i = 0; i < FLOOD / 2; i++)
		observe_warning(obs, "%038d", i);
	return NULL;
}

static void
flood_twice(void *arg)
{
	const struct observer *obs = term_observer(((struct world *)arg)->term);
	pthread_t other;

	pthread_create(&other, NULL, flood, (void *)obs);
	flood((void *)obs);
	pthread_join(other, NULL);
}

/* More than the queue holds, from two threads: all comes out. */
static void
test_flood(void **state)
{
	struct term_options o = {
		.verbosity = TERM_NORMAL, .progress = WHEN_NEVER,
	};
	struct world w;
	struct stat st;

	(void)state;
	begin(&w, &o);
	run(&w, flood_twice);
	end(&w);
	assert_int_equal(fstatat(w.dirfd, "err", &st, 0), 0);
	assert_int_equal(st.st_size, FLOOD * (38 + 7));
	clean(&w);
}

static void
wait_for_cancel(void *arg)
{
	struct world *w = arg;
	struct err err = ERR_INIT;

	net_wait(NULL, 0, deadline_in(20 * 1000), w->cancel, &err);
	assert_int_equal(err.kind, ERR_TIMEOUT);
}

static void
test_deadline(void **state)
{
	struct term_options o = { .progress = WHEN_NEVER };
	struct world w;

	(void)state;
	begin(&w, &o);
	tasks_run(w.tasks, wait_for_cancel, &w, w.cancel, deadline_in(1));
	assert_int_equal(cancel_reason(w.cancel), CANCEL_DEADLINE);
	end(&w);
	clean(&w);
}

static void
wait_for_cancel_and_more(void *arg)
{
	wait_for_cancel(arg);
	usleep(300 * 1000);
}

static void
count_turn(void *ctx)
{
	++*(int *)ctx;
}

/* Once it has passed nobody looks for it again and again. */
static void
test_deadline_once(void **state)
{
	struct term_options o = {
		.progress = WHEN_NEVER, .interactive = true,
	};
	int turns = 0;
	struct tasks_service how = {
		.deadline = deadline_in(1), .turn = count_turn, .ctx = &turns,
	};
	struct task *task;
	struct world w;

	(void)state;
	begin(&w, &o);
	how.cancel = w.cancel;
	task = tasks_start(w.tasks, wait_for_cancel_and_more, &w, false);
	assert_true(tasks_serve(w.tasks, task, &how));
	tasks_end(task);
	end(&w);
	clean(&w);
	assert_true(turns > 0 && turns < 50);
}

static bool answers[3];

static void
ask_thrice(void *arg)
{
	struct world *w = arg;
	size_t i;

	for (i = 0; i < 3; i++)
		answers[i] = tasks_ask(w->tasks, "sure?");
}

static void
test_ask(void **state)
{
	struct term_options o = {
		.progress = WHEN_NEVER, .interactive = true,
	};
	struct world w;
	int in[2], saved;

	(void)state;
	assert_int_equal(pipe(in), 0);
	assert_int_equal(write(in[1], "yes\n\n", 5), 5);
	close(in[1]);
	saved = dup(STDIN_FILENO);
	dup2(in[0], STDIN_FILENO);
	close(in[0]);
	begin(&w, &o);
	run(&w, ask_thrice);
	end(&w);
	dup2(saved, STDIN_FILENO);
	close(saved);
	assert_true(answers[0]);
	assert_false(answers[1]);
	assert_false(answers[2]);
	assert_string_equal(read_file(w.dirfd, "err"),
	    "sure? (y/N) sure? (y/N) sure? (y/N) \n");
	clean(&w);
	o.interactive = false;
	begin(&w, &o);
	assert_false(tasks_ask(w.tasks, "sure?"));
	end(&w);
	assert_string_equal(read_file(w.dirfd, "err"), "");
	clean(&w);
}

/* A line as long as there is room for, and a longer one; then the end. */
static void
test_ask_line(void **state)
{
	const struct term_options o = {
		.progress = WHEN_NEVER, .interactive = true,
	};
	char lines[4][8];
	bool given[4];
	struct world w;
	int in[2], saved;
	size_t i;

	(void)state;
	assert_int_equal(pipe(in), 0);
	assert_int_equal(write(in[1], "1234567\nabcdefgh\n\nx", 19), 19);
	close(in[1]);
	saved = dup(STDIN_FILENO);
	dup2(in[0], STDIN_FILENO);
	close(in[0]);
	begin(&w, &o);
	for (i = 0; i < 4; i++)
		given[i] = tasks_ask_line(w.tasks, "which?", lines[i],
		    sizeof(lines[i]));
	end(&w);
	dup2(saved, STDIN_FILENO);
	close(saved);
	assert_string_equal(lines[0], "1234567");
	assert_string_equal(lines[1], "abcdefg");
	assert_string_equal(lines[2], "");
	assert_string_equal(lines[3], "");
	assert_true(given[0] && given[1] && given[2]);
	assert_false(given[3]);
	assert_string_equal(read_file(w.dirfd, "err"),
	    "which? which? which? which? \n");
	clean(&w);
}

static void
ask_whether(void *arg)
{
	struct world *w = arg;

	answers[0] = tasks_can_ask(w->tasks);
}

/* Where nobody is, nobody is asked. */
static void
test_nobody(void **state)
{
	struct term_options o = { .progress = WHEN_NEVER };
	struct err err = ERR_INIT;
	struct task *task;
	struct world w;
	char line[8] = "x";
	struct secret secret = SECRET_INIT;

	(void)state;
	begin(&w, &o);
	assert_false(tasks_can_ask(w.tasks));
	assert_false(tasks_ask_line(w.tasks, "which?", line, sizeof(line)));
	assert_int_equal(tasks_ask_secret(w.tasks, "secret", &secret, &err),
	    -1);
	assert_int_equal(err.kind, ERR_LOGIN);
	assert_string_equal(err.msg, "nobody is there to be asked");
	tasks_end(NULL);
	tasks_free(NULL);
	end(&w);
	assert_string_equal(read_file(w.dirfd, "err"), "");
	clean(&w);
	o.interactive = true;
	begin(&w, &o);
	assert_true(tasks_can_ask(w.tasks));
	run(&w, ask_whether);
	assert_true(answers[0]);
	task = tasks_start(w.tasks, ask_whether, &w, true);
	tasks_end(task);
	assert_false(answers[0]);
	end(&w);
	clean(&w);
}

static int asked_from[2];

static void
ask_once_told(void *arg)
{
	char c;

	if (read(asked_from[0], &c, 1) == 1)
		ask_thrice(arg);
}

/* What is put aside is not answered, whether it asks before or after. */
static void
test_put_aside(void **state)
{
	const struct term_options o = {
		.progress = WHEN_NEVER, .interactive = true,
	};
	struct task *task;
	struct world w;
	size_t i;

	(void)state;
	assert_int_equal(pipe(asked_from), 0);
	for (i = 0; i < 2; i++) {
		answers[0] = answers[1] = answers[2] = true;
		begin(&w, &o);
		task = tasks_start(w.tasks, i == 0 ? ask_once_told :
		    ask_thrice, &w, false);
		if (i == 1)
			usleep(100 * 1000);
		tasks_put_aside(task, true);
		assert_int_equal(write(asked_from[1], "x", 1), 1);
		tasks_end(task);
		end(&w);
		assert_false(answers[0] || answers[1] || answers[2]);
		assert_string_equal(read_file(w.dirfd, "err"), "");
		clean(&w);
	}
	close(asked_from[0]);
	close(asked_from[1]);
}

static int begun_to[2];

static void
say_and_wait(void *arg)
{
	char c = 'x';

	(void)arg;
	if (write(begun_to[1], &c, 1) != 1 || read(asked_from[0], &c, 1) != 1)
		abort();
}

/* Who may ask is not kept from it by a job that runs beside. */
static void
test_ask_beside(void **state)
{
	const struct term_options o = {
		.progress = WHEN_NEVER, .interactive = true,
	};
	struct task *task;
	struct world w;
	char c;

	(void)state;
	assert_int_equal(pipe(asked_from), 0);
	assert_int_equal(pipe(begun_to), 0);
	begin(&w, &o);
	task = tasks_start(w.tasks, say_and_wait, NULL, true);
	assert_int_equal(read(begun_to[0], &c, 1), 1);
	answers[0] = false;
	run(&w, ask_whether);
	assert_int_equal(write(asked_from[1], "x", 1), 1);
	tasks_end(task);
	end(&w);
	clean(&w);
	assert_true(answers[0]);
	close(asked_from[0]);
	close(asked_from[1]);
	close(begun_to[0]);
	close(begun_to[1]);
}

static void
one_transfer(void *arg)
{
	struct world *w = arg;
	struct event ev = {
		.type = EVENT_TRANSFER, .op = "get", .source = "d/f",
		.bytes = 5, .seconds = 1,
	};

	observe_event(term_observer(w->term), &ev);
}

static void
two_transfers(void *arg)
{
	one_transfer(arg);
	one_transfer(arg);
}

static void
one_and_summary(void *arg)
{
	struct summary sum = { .files = 1 };
	struct event ev = { .type = EVENT_SUMMARY, .summary = &sum };
	struct world *w = arg;

	one_transfer(arg);
	observe_event(term_observer(w->term), &ev);
}

static void
test_single_transfer(void **state)
{
	struct term_options o = {
		.progress = WHEN_NEVER, .interactive = true,
		.verbosity = TERM_NORMAL,
	};
	struct world w;

	(void)state;
	begin(&w, &o);
	run(&w, one_transfer);
	run(&w, two_transfers);
	run(&w, one_and_summary);
	run(&w, one_transfer);
	end(&w);
	assert_string_equal(read_file(w.dirfd, "out"), "f  5  5/s  1s\n"
	    "1 file: 0 transferred in 0s\n"
	    "f  5  5/s  1s\n");
	clean(&w);
}

/* What a job says has its number; of its progress only the voice knows. */
static void
test_voices(void **state)
{
	struct term_options o = {
		.progress = WHEN_NEVER, .verbosity = TERM_NORMAL,
	};
	struct buf line = BUF_INIT(BUF_OWN);
	struct voice *front, *job;
	struct world w;

	(void)state;
	begin(&w, &o);
	front = voice_new(term_observer(w.term));
	job = voice_new(term_observer(w.term));
	voice_set_job(job, 7);
	observe_warning(voice_observer(front), "a");
	observe_warning(voice_observer(job), "b");
	observe_progress(voice_observer(job), "f", 10, 20, false);
	voice_line(front, 0, 80, &line);
	assert_int_equal(line.len, 0);
	voice_line(job, 0, 80, &line);
	end(&w);
	assert_string_equal(read_file(w.dirfd, "err"),
	    "ftps: a\nftps: [7] b\n");
	assert_string_equal(line.data, "f   50%  10 of 20");
	clean(&w);
	buf_release(&line);
	voice_free(front);
	voice_free(job);
}

static bool secret_given;

static void
wait_and_ask(void *arg)
{
	struct secret secret = SECRET_INIT;
	struct world *w = arg;
	struct err err = ERR_INIT;

	net_wait(NULL, 0, deadline_in(20 * 1000), w->cancel, &err);
	answers[0] = tasks_ask(w->tasks, "sure?");
	secret_given = tasks_ask_secret(w->tasks, "what?", &secret,
	    &err) == 0;
	assert_int_equal(err.kind, ERR_LOGIN);
}

/* Who is aside has nobody to ask; the terminal can be served for others. */
static void
test_aside(void **state)
{
	struct term_options o = {
		.progress = WHEN_NEVER, .interactive = true,
	};
	struct tasks_service how = {
		.deadline = DEADLINE_NONE, .only_waits = true,
	};
	struct task *task;
	struct world w;

	(void)state;
	begin(&w, &o);
	how.cancel = cancel_new();
	task = tasks_start(w.tasks, wait_and_ask, &w, true);
	run(&w, one_transfer);
	assert_false(tasks_has_ended(task));
	cancel_set(how.cancel, SIGINT);
	assert_false(tasks_serve(w.tasks, task, &how));
	cancel_reset(how.cancel);
	cancel_set(w.cancel, SIGTERM);
	assert_true(tasks_serve(w.tasks, task, &how));
	tasks_end(task);
	cancel_free(how.cancel);
	end(&w);
	assert_false(answers[0] || secret_given);
	assert_string_equal(read_file(w.dirfd, "err"), "");
	clean(&w);
}

static void
stop_and_wait(void *arg)
{
	struct world *w = arg;
	struct err err = ERR_INIT;

	kill(getpid(), SIGTSTP);
	net_wait(NULL, 0, deadline_in(20 * 1000), w->cancel, &err);
}

/* Ctrl-Z ends the service, not the task, nor does it stop the process. */
static void
test_stop(void **state)
{
	struct term_options o = { .progress = WHEN_NEVER };
	struct tasks_service how = {
		.deadline = DEADLINE_NONE, .can_stop = true,
	};
	struct task *task;
	struct world w;

	(void)state;
	begin(&w, &o);
	how.cancel = w.cancel;
	/* As tasks_serve() does, which may be later than the signal. */
	cancel_block_signals();
	task = tasks_start(w.tasks, stop_and_wait, &w, false);
	assert_false(tasks_serve(w.tasks, task, &how));
	assert_false(tasks_has_ended(task));
	cancel_set(w.cancel, SIGTERM);
	assert_true(tasks_serve(w.tasks, task, &how));
	tasks_end(task);
	end(&w);
	clean(&w);
}

/* A full disk behind standard output is for main to find, not to fall over. */
static void
test_broken_output(void **state)
{
	struct term_options o = { .progress = WHEN_NEVER };
	struct world w;
	int full = open("/dev/full", O_WRONLY), broken;

	(void)state;
	if (full == -1)
		skip();
	begin(&w, &o);
	dup2(full, STDOUT_FILENO);
	dup2(full, STDERR_FILENO);
	close(full);
	run(&w, say_all);
	broken = ferror(stdout);
	end(&w);
	assert_true(broken);
	clean(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_levels),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_log_file),
		cmocka_unit_test(test_flood),
		cmocka_unit_test(test_deadline),
		cmocka_unit_test(test_deadline_once),
		cmocka_unit_test(test_ask),
		cmocka_unit_test(test_ask_line),
		cmocka_unit_test(test_nobody),
		cmocka_unit_test(test_put_aside),
		cmocka_unit_test(test_ask_beside),
		cmocka_unit_test(test_single_transfer),
		cmocka_unit_test(test_voices),
		cmocka_unit_test(test_aside),
		cmocka_unit_test(test_stop),
		cmocka_unit_test(test_broken_output),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
