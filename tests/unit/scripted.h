/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * For a unit test: a connected session, and a server that answers each line
 * from a script.
 *
 *	cmocka_unit_test_setup_teardown(test, setup, teardown)
 *	start(f, "213 5\n");		a reply a line; then it hangs up
 *	...				f->session, f->err
 *	stop(f);			f->heard is what it was asked
 */
#ifndef TESTS_UNIT_SCRIPTED_H
#define TESTS_UNIT_SCRIPTED_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/socket.h>

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "config/option.h"
#include "ftp/session_in.h"

enum { WAIT_MS = 10000 };

struct fixture {
	struct site site;
	struct server *server;
	struct conn conn;
	struct session session;
	struct cancel *cancel;
	struct err err;
	pthread_t thread;
	int fd;			/* the server's end */
	const char *script;	/* a reply a line */
	char heard[1024];	/* lines without their CR */
};

/* Keeps a line, and answers it if there is still an answer. */
static inline void
serve_byte(struct fixture *f, char byte)
{
	const char *end;
	size_t n = strlen(f->heard);

	if (byte != '\r' && n + 1 < sizeof(f->heard))
		f->heard[n] = byte;
	if (byte != '\n')
		return;
	if ((end = strchr(f->script, '\n')) == NULL) {
		shutdown(f->fd, SHUT_RDWR);
		return;
	}
	end++;
	if (send(f->fd, f->script, (size_t)(end - f->script), 0) > 0)
		f->script = end;
}

static inline void *
serve(void *arg)
{
	struct fixture *f = arg;
	char byte;

	while (recv(f->fd, &byte, 1, 0) == 1)
		serve_byte(f, byte);
	return NULL;
}

static inline void
start(struct fixture *f, const char *script)
{
	f->script = script;
	assert_int_equal(pthread_create(&f->thread, NULL, serve, f), 0);
}

/* Ends the connection and waits for the server. */
static inline void
stop(struct fixture *f)
{
	control_free(f->conn.control);
	f->conn.control = NULL;
	pthread_join(f->thread, NULL);
}

static inline int
setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds) != 0)
		return -1;
	fcntl(fds[0], F_SETFL, O_NONBLOCK);
	f->fd = fds[1];
	settings_init(&f->site.set);
	f->site.set.timeout = WAIT_MS;
	f->cancel = cancel_new();
	f->conn.site = &f->site;
	f->conn.server = f->server = server_new();
	f->conn.cancel = f->cancel;
	f->session.conn = &f->conn;
	f->session.server = f->server;
	f->conn.control = control_new(stream_new(fds[0], 16 * 1024), 1,
	    f->cancel);
	*state = f;
	return 0;
}

static inline int
teardown(void **state)
{
	struct fixture *f = *state;

	control_free(f->conn.control);
	cancel_free(f->cancel);
	server_free(f->server);
	settings_release(&f->site.set);
	close(f->fd);
	free(f);
	return 0;
}

#endif
