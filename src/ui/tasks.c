/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/tasks.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "net/wait.h"

enum { GRACE_MS = 900 };	/* for ending after cancel */

/* To whoever sits at the terminal. */
struct question {
	const char *text;
	struct secret *secret;		/* the answer, or */
	struct err *err;		/* (of secret) */
	char *line;			/* that, of size bytes */
	size_t size;
	bool answered, given;		/* line was */
	int rc;
};

struct tasks {
	struct term *term;
	pthread_t main;
	/* for all threads, under the lock */
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct question *question;	/* waiting for its answer, or NULL */
};

/* What tasks_run() was given. */
struct task {
	struct tasks *t;
	void (*fn)(void *arg);
	void *arg;
	struct cancel *cancel;
	int64_t deadline;
	bool running;			/* under the lock of t */
};

struct tasks *
tasks_new(struct term *term)
{
	struct tasks *t = xcalloc(1, sizeof(*t));

	t->term = term;
	t->main = pthread_self();
	pthread_mutex_init(&t->lock, NULL);
	pthread_cond_init(&t->changed, NULL);
	return t;
}

void
tasks_free(struct tasks *t)
{
	if (t == NULL)
		return;
	pthread_cond_destroy(&t->changed);
	pthread_mutex_destroy(&t->lock);
	free(t);
}

/* Questions. */

/* What does not fit is left out; false at the end or when cancelled. */
static bool
read_line(char *line, size_t size, struct cancel *cancel, int64_t deadline)
{
	struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };
	struct err err;
	size_t n = 0;
	char c;

	for (;;) {
		if (net_wait(&in, 1, deadline, cancel, &err) <= 0 ||
		    read(STDIN_FILENO, &c, 1) != 1) {
			fputc('\n', stderr);
			line[0] = '\0';
			return false;
		}
		if (c == '\n')
			break;
		if (n + 1 < size)
			line[n++] = c;
	}
	line[n] = '\0';
	return true;
}

/* In the main thread: asks the person. */
static void
answer_question(struct question *q, struct term *term, struct cancel *cancel,
    int64_t deadline)
{
	term_erase(term);
	if (q->secret == NULL) {
		fprintf(stderr, "%s ", q->text);
		q->given = read_line(q->line, q->size, cancel, deadline);
		return;
	}
	q->rc = secret_from_terminal(q->text, q->secret, q->err);
	/* A signal that comes just before it reads ends it by the next line. */
	if (q->rc == 0 && cancel_reason(cancel) != CANCEL_NONE)
		q->rc = cancel_error(cancel, q->err);
}

/* Answers the question of a worker, if there is one. */
static void
serve_question(const struct task *task)
{
	struct tasks *t = task->t;
	struct question *q;

	pthread_mutex_lock(&t->lock);
	q = t->question;
	if (q != NULL && q->answered)
		q = NULL;
	pthread_mutex_unlock(&t->lock);
	if (q == NULL)
		return;
	answer_question(q, t->term, task->cancel, task->deadline);
	pthread_mutex_lock(&t->lock);
	q->answered = true;
	pthread_cond_broadcast(&t->changed);
	pthread_mutex_unlock(&t->lock);
}

/* By the main thread; one at a time. */
static void
put_question(struct tasks *t, struct question *q)
{
	if (pthread_equal(pthread_self(), t->main) != 0) {
		term_flush(t->term);
		answer_question(q, t->term, NULL, DEADLINE_NONE);
		return;
	}
	pthread_mutex_lock(&t->lock);
	while (t->question != NULL)
		pthread_cond_wait(&t->changed, &t->lock);
	t->question = q;
	term_wake(t->term);
	while (!q->answered)
		pthread_cond_wait(&t->changed, &t->lock);
	t->question = NULL;
	pthread_cond_broadcast(&t->changed);
	pthread_mutex_unlock(&t->lock);
}

bool
tasks_ask(struct tasks *t, const char *question)
{
	char *text = xasprintf("%s (y/N)", question), line[8] = "";

	(void)tasks_ask_line(t, text, line, sizeof(line));
	free(text);
	return line[0] == 'y' || line[0] == 'Y';
}

bool
tasks_ask_line(struct tasks *t, const char *question, char *line, size_t size)
{
	struct question q = { .text = question, .line = line, .size = size };

	if (term_is_interactive(t->term))
		put_question(t, &q);
	return q.given;
}

int
tasks_ask_secret(struct tasks *t, const char *prompt, struct secret *secret,
    struct err *err)
{
	struct question q = { .text = prompt, .secret = secret, .err = err };

	if (!term_is_interactive(t->term))
		return err_set(err, ERR_LOGIN, "nobody is there to be asked");
	put_question(t, &q);
	return q.rc;
}

/* Running. */

static void *
task_main(void *arg)
{
	struct task *task = arg;

	task->fn(task->arg);
	pthread_mutex_lock(&task->t->lock);
	task->running = false;
	term_wake(task->t->term);
	pthread_mutex_unlock(&task->t->lock);
	return NULL;
}

static bool
is_running(const struct task *task)
{
	bool running;

	pthread_mutex_lock(&task->t->lock);
	running = task->running;
	pthread_mutex_unlock(&task->t->lock);
	return running;
}

/* Serves the terminal until the task has ended. */
static void
serve_task(const struct task *task)
{
	int64_t deadline = task->deadline, grace = DEADLINE_NONE;
	struct term *term = task->t->term;
	bool cancelled;

	while (is_running(task)) {
		cancelled = cancel_reason(task->cancel) != CANCEL_NONE;
		if (cancelled && grace == DEADLINE_NONE)
			grace = deadline_in(GRACE_MS);
		term_wait(term, grace < deadline ? grace : deadline,
		    cancelled ? NULL : task->cancel);
		/* It may sit in a write to a pipe that nobody reads. */
		if (deadline_left(grace) == 0 && !term_is_interactive(term) &&
		    is_running(task)) {
			term_flush(term);
			cancel_die(task->cancel);
		}
		term_flush(term);
		serve_question(task);
		term_draw(term);
		if (deadline_left(deadline) == 0) {
			cancel_set(task->cancel, CANCEL_DEADLINE);
			deadline = DEADLINE_NONE;
		}
	}
}

void
tasks_run(struct tasks *t, void (*fn)(void *arg), void *arg,
    struct cancel *cancel, int64_t deadline)
{
	struct task task = {
		.t = t, .fn = fn, .arg = arg, .cancel = cancel,
		.deadline = deadline, .running = true,
	};
	pthread_t worker;
	sigset_t mask;
	int rc;

	term_begin(t->term);
	pthread_sigmask(SIG_SETMASK, NULL, &mask);
	cancel_block_signals();
	rc = pthread_create(&worker, NULL, task_main, &task);
	pthread_sigmask(SIG_SETMASK, &mask, NULL);
	if (rc == 0) {
		serve_task(&task);
		pthread_join(worker, NULL);
	} else {
		/* No thread to be had: the work goes on without progress. */
		task_main(&task);
	}
	term_end(t->term);
}
