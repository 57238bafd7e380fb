/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/tasks.h"

#include <sys/queue.h>

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "net/wait.h"

enum {
	GRACE_MS = 900,		/* for ending after cancel */
	STOP_MS = 200,		/* between two looks for Ctrl-Z, two turns */
};

/* To whoever sits at the terminal. */
struct question {
	const char *text;
	const struct task *task;	/* who asks, or NULL: main */
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
	TAILQ_HEAD(, task) begun;
};

struct task {
	struct tasks *t;
	void (*fn)(void *arg);
	void *arg;
	pthread_t worker;
	bool threaded;			/* worker is to be joined */
	/* under the lock of t */
	TAILQ_ENTRY(task) link;
	pthread_t self;			/* once begun */
	bool begun, running, aside;
};

struct tasks *
tasks_new(struct term *term)
{
	struct tasks *t = xcalloc(1, sizeof(*t));

	t->term = term;
	t->main = pthread_self();
	pthread_mutex_init(&t->lock, NULL);
	pthread_cond_init(&t->changed, NULL);
	TAILQ_INIT(&t->begun);
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

/* With the lock held: the task of the calling thread, or NULL. */
static struct task *
task_of_caller(const struct tasks *t)
{
	struct task *task;

	TAILQ_FOREACH(task, &t->begun, link) {
		if (task->begun && pthread_equal(task->self, pthread_self()))
			break;
	}
	return task;
}

bool
tasks_can_ask(struct tasks *t)
{
	const struct task *task;
	bool can;

	pthread_mutex_lock(&t->lock);
	task = task_of_caller(t);
	can = task == NULL || !task->aside;
	pthread_mutex_unlock(&t->lock);
	return can && term_is_interactive(t->term);
}

/* With the lock held: nobody is there to answer it. */
static void
decline_question(struct question *q)
{
	q->answered = true;
	if (q->secret != NULL)
		q->rc = err_set(q->err, ERR_LOGIN,
		    "nobody is there to be asked");
}

/* Ctrl-Z while a person is asked stops all of us. */
static void
allow_stop(sigset_t *before)
{
	sigset_t stop;

	sigemptyset(&stop);
	sigaddset(&stop, SIGTSTP);
	pthread_sigmask(SIG_UNBLOCK, &stop, before);
}

/* Answers the question of a worker, if there is one. */
static void
serve_question(struct tasks *t, struct cancel *cancel, int64_t deadline)
{
	struct question *q;
	sigset_t before;

	pthread_mutex_lock(&t->lock);
	q = t->question;
	if (q != NULL && q->answered)
		q = NULL;
	pthread_mutex_unlock(&t->lock);
	if (q == NULL)
		return;
	allow_stop(&before);
	answer_question(q, t->term, cancel, deadline);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
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
	q->task = task_of_caller(t);
	t->question = q;
	if (q->task != NULL && q->task->aside)
		decline_question(q);
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
	struct tasks *t = task->t;

	pthread_mutex_lock(&t->lock);
	task->self = pthread_self();
	task->begun = true;
	pthread_mutex_unlock(&t->lock);
	task->fn(task->arg);
	pthread_mutex_lock(&t->lock);
	task->running = false;
	term_wake(t->term);
	pthread_mutex_unlock(&t->lock);
	return NULL;
}

struct task *
tasks_start(struct tasks *t, void (*fn)(void *arg), void *arg, bool aside)
{
	struct task *task = xcalloc(1, sizeof(*task));
	sigset_t mask;

	task->t = t;
	task->fn = fn;
	task->arg = arg;
	task->running = true;
	task->aside = aside;
	if (!aside)
		term_begin(t->term);
	pthread_mutex_lock(&t->lock);
	TAILQ_INSERT_TAIL(&t->begun, task, link);
	pthread_mutex_unlock(&t->lock);
	pthread_sigmask(SIG_SETMASK, NULL, &mask);
	cancel_block_signals();
	task->threaded = pthread_create(&task->worker, NULL, task_main,
	    task) == 0;
	pthread_sigmask(SIG_SETMASK, &mask, NULL);
	/* No thread to be had: the work is done without progress. */
	if (!task->threaded)
		task_main(task);
	return task;
}

bool
tasks_has_ended(const struct task *task)
{
	bool running;

	pthread_mutex_lock(&task->t->lock);
	running = task->running;
	pthread_mutex_unlock(&task->t->lock);
	return !running;
}

void
tasks_end(struct task *task)
{
	if (task == NULL)
		return;
	if (task->threaded)
		pthread_join(task->worker, NULL);
	pthread_mutex_lock(&task->t->lock);
	TAILQ_REMOVE(&task->t->begun, task, link);
	pthread_mutex_unlock(&task->t->lock);
	free(task);
}

void
tasks_put_aside(struct task *task, bool aside)
{
	struct tasks *t = task->t;

	pthread_mutex_lock(&t->lock);
	task->aside = aside;
	if (aside && t->question != NULL && t->question->task == task &&
	    !t->question->answered) {
		decline_question(t->question);
		pthread_cond_broadcast(&t->changed);
	}
	pthread_mutex_unlock(&t->lock);
}

/* Whether a signal came since it is held back. */
static bool
take_signal(int wanted)
{
	sigset_t pending, set;
	int sig;

	if (sigpending(&pending) != 0 || sigismember(&pending, wanted) != 1)
		return false;
	sigemptyset(&set);
	sigaddset(&set, wanted);
	return sigwait(&set, &sig) == 0;
}

/* It may sit in a write to a pipe that nobody reads. */
static void
die_if_stuck(struct term *term, const struct task *task, int64_t grace,
    struct cancel *cancel)
{
	if (deadline_left(grace) != 0 || term_is_interactive(term) ||
	    tasks_has_ended(task))
		return;
	term_flush(term);
	cancel_die(cancel);
}

/* As tasks_serve(). */
static bool
serve_task(struct term *term, const struct task *task,
    const struct tasks_service *how)
{
	int64_t deadline = how->deadline, grace = DEADLINE_NONE, until;
	bool cancelled;

	while (!tasks_has_ended(task)) {
		cancelled = cancel_reason(how->cancel) != CANCEL_NONE;
		if (cancelled && how->only_waits)
			return false;
		if (cancelled && grace == DEADLINE_NONE)
			grace = deadline_in(GRACE_MS);
		until = grace < deadline ? grace : deadline;
		if ((how->can_stop || how->turn != NULL) &&
		    deadline_in(STOP_MS) < until)
			until = deadline_in(STOP_MS);
		term_wait(term, until, cancelled ? NULL : how->cancel);
		die_if_stuck(term, task, grace, how->cancel);
		/* It was stopped, and others have written. */
		if (take_signal(SIGCONT))
			term_forget(term);
		term_flush(term);
		if (how->turn != NULL)
			how->turn(how->ctx);
		serve_question(task->t, how->cancel, how->deadline);
		term_draw(term);
		if (how->can_stop && take_signal(SIGTSTP))
			return false;
		if (deadline_left(deadline) == 0) {
			cancel_set(how->cancel, CANCEL_DEADLINE);
			deadline = DEADLINE_NONE;
		}
	}
	return true;
}

bool
tasks_serve(struct tasks *t, const struct task *task,
    const struct tasks_service *how)
{
	sigset_t held, mask;
	bool ended;

	sigemptyset(&held);
	sigaddset(&held, SIGCONT);
	if (how->can_stop)
		sigaddset(&held, SIGTSTP);
	pthread_sigmask(SIG_BLOCK, &held, &mask);
	term_begin(t->term);
	ended = serve_task(t->term, task, how);
	term_end(t->term, ended);
	pthread_sigmask(SIG_SETMASK, &mask, NULL);
	return ended;
}

void
tasks_run(struct tasks *t, void (*fn)(void *arg), void *arg,
    struct cancel *cancel, int64_t deadline)
{
	const struct tasks_service how = {
		.cancel = cancel, .deadline = deadline,
	};
	struct task *task = tasks_start(t, fn, arg, false);

	tasks_serve(t, task, &how);
	tasks_end(task);
}
