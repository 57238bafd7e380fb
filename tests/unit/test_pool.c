/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Jobs, their order and their end.  They do not touch the session; several
 * workers with connections are tested end to end.
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

#include "base/cancel.h"
#include "base/log.h"
#include "base/mem.h"
#include "config/option.h"
#include "transfer/pool.h"
#include "locks.h"

struct fixture {
	struct site site;
	struct cancel *cancel;
	struct session *own;
	struct pool *pool;
	pthread_t thread;	/* the one that calls pool_run() */
	char ran[256];		/* names of jobs; "-" behind the cancelled */
	int refusing;		/* a socket that nobody listens on */
	int logged;
	bool blocks;		/* who logged that takes no signals */
};

struct task {
	struct job job;
	struct fixture *f;
	const char *name;
	void (*also)(struct fixture *f);
};

/* A port of its own which refuses connections. */
static int
refusing_port(int *fd)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(sin);

	*fd = socket(AF_INET, SOCK_STREAM, 0);
	if (*fd == -1 || bind(*fd, (struct sockaddr *)&sin, len) != 0 ||
	    getsockname(*fd, (struct sockaddr *)&sin, &len) != 0)
		return -1;
	return ntohs(sin.sin_port);
}

static int
setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));

	settings_init(&f->site.set);
	f->site.name = xstrdup("nas");
	f->site.set.host = xstrdup("127.0.0.1");
	f->site.set.user = xstrdup("u");
	f->site.set.tls = TLS_OFF;
	if ((f->site.set.port = refusing_port(&f->refusing)) == -1)
		return -1;
	f->cancel = cancel_new();
	f->own = session_new(&f->site, 1, NULL, f->cancel);
	f->pool = pool_new(&f->own, 1, f->cancel, 1);
	f->thread = pthread_self();
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	pool_free(f->pool);
	session_free(f->own);
	cancel_free(f->cancel);
	settings_release(&f->site.set);
	free(f->site.name);
	close(f->refusing);
	free(f);
	log_setup(LOG_INFO, NULL, NULL);
	return 0;
}

static void
run_task(void *ctx, struct job *job, struct worker *w)
{
	struct task *t = (struct task *)job;
	struct fixture *f = t->f;

	if (!pthread_equal(pthread_self(), f->thread) || ctx != f ||
	    (w != NULL && (w != pool_own(f->pool) ||
	    pool_session(w, 0) != f->own)))
		strlcat(f->ran, "!", sizeof(f->ran));
	strlcat(f->ran, t->name, sizeof(f->ran));
	if (w == NULL)
		strlcat(f->ran, "-", sizeof(f->ran));
	else if (t->also != NULL)
		t->also(f);
	free(t);
}

static void
add(struct fixture *f, enum job_class class, const char *name,
    void (*also)(struct fixture *f))
{
	struct task *t = xcalloc(1, sizeof(*t));

	t->f = f;
	t->name = name;
	t->also = also;
	pool_add(f->pool, class, &t->job);
}

static void
test_order(void **state)
{
	struct fixture *f = *state;
	struct err err = ERR_INIT;

	add(f, JOB_DIRECTORY, "A", NULL);
	add(f, JOB_FILE, "a", NULL);
	add(f, JOB_DIRECTORY, "B", NULL);
	add(f, JOB_FILE, "b", NULL);
	assert_string_equal(f->ran, "");
	assert_int_equal(pool_run(f->pool, run_task, f, &err), 0);
	assert_string_equal(f->ran, "baBA");
}

static void
leaf(struct fixture *f)
{
	add(f, JOB_FILE, "x", NULL);
}

static void
inner(struct fixture *f)
{
	add(f, JOB_FILE, "y", NULL);
	add(f, JOB_DIRECTORY, "L", leaf);
	add(f, JOB_FILE, "z", NULL);
}

static void
root(struct fixture *f)
{
	add(f, JOB_DIRECTORY, "M", inner);
	add(f, JOB_DIRECTORY, "N", inner);
	add(f, JOB_FILE, "r", NULL);
}

/* Files of what was listed come before more listing, deeper comes first. */
static void
test_tree(void **state)
{
	struct fixture *f = *state;
	struct err err = ERR_INIT;

	add(f, JOB_DIRECTORY, "R", root);
	assert_int_equal(pool_run(f->pool, run_task, f, &err), 0);
	assert_string_equal(f->ran, "RrNzyLxMzyLx");
}

static void
test_again(void **state)
{
	struct fixture *f = *state;
	struct err err = ERR_INIT;

	assert_int_equal(pool_run(f->pool, run_task, f, &err), 0);
	add(f, JOB_FILE, "a", NULL);
	assert_int_equal(pool_run(f->pool, run_task, f, &err), 0);
	assert_int_equal(pool_run(f->pool, run_task, f, &err), 0);
	add(f, JOB_DIRECTORY, "L", leaf);
	assert_int_equal(pool_run(f->pool, run_task, f, &err), 0);
	assert_string_equal(f->ran, "aLx");
}

static void
look(struct fixture *f)
{
	strlcat(f->ran, pool_has(f->pool, JOB_FILE) ? "+" : "-",
	    sizeof(f->ran));
}

/* The job that looks is not one of those that wait. */
static void
test_has(void **state)
{
	struct fixture *f = *state;
	struct err err = ERR_INIT;

	add(f, JOB_DIRECTORY, "D", look);
	add(f, JOB_FILE, "b", look);
	add(f, JOB_FILE, "a", look);
	assert_int_equal(pool_run(f->pool, run_task, f, &err), 0);
	assert_string_equal(f->ran, "a+b-D-");
}

/* How many of the class a share is; they are gone then. */
static size_t
take_share(struct fixture *f, enum job_class class, size_t max)
{
	struct job *job[64];
	size_t i, n = pool_take_share(f->pool, class, job, max);

	for (i = 0; i < n; i++) {
		strlcat(f->ran, ((struct task *)job[i])->name,
		    sizeof(f->ran));
		free(job[i]);
	}
	return n;
}

/* An equal part of all that wait, but not so few that each is dear. */
static void
test_share(void **state)
{
	struct fixture *f = *state;
	int i;

	pool_free(f->pool);
	f->pool = pool_new(&f->own, 1, f->cancel, 4);
	add(f, JOB_DIRECTORY, "D", NULL);
	for (i = 0; i < 39; i++)
		add(f, JOB_FILE, i < 37 ? "c" : i < 38 ? "b" : "a", NULL);
	assert_int_equal(take_share(f, JOB_FILE, 2), 2);
	assert_string_equal(f->ran, "ab");
	assert_int_equal(take_share(f, JOB_FILE, 64), 9);
	assert_int_equal(take_share(f, JOB_FILE, 64), 8);
	assert_int_equal(take_share(f, JOB_FILE, 64), 8);
	assert_int_equal(take_share(f, JOB_DIRECTORY, 64), 1);
	assert_int_equal(take_share(f, JOB_DIRECTORY, 64), 0);
	assert_int_equal(take_share(f, JOB_FILE, 64), 8);
	assert_true(pool_has(f->pool, JOB_FILE));
	assert_int_equal(take_share(f, JOB_FILE, 64), 4);
	assert_false(pool_has(f->pool, JOB_FILE));
}

static void
interrupt(struct fixture *f)
{
	cancel_set(f->cancel, SIGINT);
}

/* Every job is called once, so that it frees itself. */
static void
test_cancelled(void **state)
{
	struct fixture *f = *state;
	struct err err = ERR_INIT;

	add(f, JOB_DIRECTORY, "R", root);
	add(f, JOB_FILE, "c", NULL);
	add(f, JOB_FILE, "b", interrupt);
	add(f, JOB_FILE, "a", NULL);
	assert_int_equal(pool_run(f->pool, run_task, f, &err), -1);
	assert_int_equal(err.kind, ERR_CANCELLED);
	assert_string_equal(f->ran, "abc-R-");
	/* No longer cancelled: good for another run. */
	cancel_reset(f->cancel);
	err = (struct err)ERR_INIT;
	add(f, JOB_FILE, "d", NULL);
	assert_int_equal(pool_run(f->pool, run_task, f, &err), 0);
	assert_string_equal(f->ran, "abc-R-d");
}

static void
test_cancelled_before(void **state)
{
	struct fixture *f = *state;
	struct err err = ERR_INIT;

	cancel_set(f->cancel, CANCEL_DEADLINE);
	add(f, JOB_FILE, "a", NULL);
	add(f, JOB_DIRECTORY, "R", root);
	assert_int_equal(pool_run(f->pool, run_task, f, &err), -1);
	assert_int_equal(err.kind, ERR_TIMEOUT);
	assert_string_equal(f->ran, "a-R-");
}

/* By whoever could not connect, whom no signal disturbs. */
static void
count_line(void *ctx, enum log_level level, const char *line)
{
	struct fixture *f = ctx;
	sigset_t blocked;

	if (level != LOG_INFO || strstr(line, "fewer connections") == NULL)
		return;
	pthread_sigmask(SIG_BLOCK, NULL, &blocked);
	f->blocks = sigismember(&blocked, SIGINT) == 1;
	f->logged++;
}

/* Where nobody else can connect, the first worker does it all. */
static void
test_no_more_connections(void **state)
{
	struct fixture *f = *state;
	struct err err = ERR_INIT;

	pool_free(f->pool);
	f->pool = pool_new(&f->own, 1, f->cancel, 4);
	log_setup(LOG_INFO, count_line, f);
	add(f, JOB_DIRECTORY, "A", root);
	add(f, JOB_FILE, "e", NULL);
	add(f, JOB_FILE, "d", NULL);
	add(f, JOB_FILE, "c", NULL);
	add(f, JOB_FILE, "b", NULL);
	add(f, JOB_FILE, "a", NULL);
	assert_int_equal(pool_run(f->pool, run_task, f, &err), 0);
	assert_string_equal(f->ran, "abcdeArNzyLxMzyLx");
	assert_int_equal(f->logged, 1);
	assert_true(f->blocks);
	/* And it is not tried again. */
	add(f, JOB_FILE, "2", NULL);
	add(f, JOB_FILE, "1", NULL);
	assert_int_equal(pool_run(f->pool, run_task, f, &err), 0);
	assert_string_equal(f->ran, "abcdeArNzyLxMzyLx12");
	assert_int_equal(f->logged, 1);
}

#define pool_test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		pool_test(test_order),
		pool_test(test_tree),
		pool_test(test_again),
		pool_test(test_has),
		pool_test(test_share),
		pool_test(test_cancelled),
		pool_test(test_cancelled_before),
		pool_test(test_no_more_connections),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
