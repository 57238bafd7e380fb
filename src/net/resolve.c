/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/resolve.h"

#include <sys/socket.h>
#include <sys/types.h>

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "net/wait.h"

/*
 * Shared by the asker and the thread; whoever leaves last frees it.  The
 * thread alone writes to fds[1], once, when the answer is there.
 */
struct query {
	pthread_mutex_t lock;
	int users;
	int fds[2];
	char *host;
	char port[8];
	struct addrinfo hints;
	struct addrinfo *res;
	int rc, sys;
};

static struct query *
query_new(const char *host, int port, int family)
{
	struct query *q = xcalloc(1, sizeof(*q));

	pthread_mutex_init(&q->lock, NULL);
	q->users = 1;
	q->fds[0] = q->fds[1] = -1;
	q->host = xstrdup(host);
	snprintf(q->port, sizeof(q->port), "%d", port);
	q->hints.ai_family = family;
	q->hints.ai_socktype = SOCK_STREAM;
	q->hints.ai_flags = AI_NUMERICSERV;
	return q;
}

static void
query_leave(struct query *q)
{
	int users;

	pthread_mutex_lock(&q->lock);
	users = --q->users;
	pthread_mutex_unlock(&q->lock);
	if (users > 0)
		return;
	if (q->res != NULL)
		freeaddrinfo(q->res);
	if (q->fds[0] != -1) {
		close(q->fds[0]);
		close(q->fds[1]);
	}
	pthread_mutex_destroy(&q->lock);
	free(q->host);
	free(q);
}

static void
query_run(struct query *q)
{
	q->rc = getaddrinfo(q->host, q->port, &q->hints, &q->res);
	q->sys = errno;
}

static void *
query_thread(void *arg)
{
	struct query *q = arg;

	cancel_block_signals();
	query_run(q);
	while (write(q->fds[1], "", 1) == -1 && errno == EINTR)
		continue;
	query_leave(q);
	return NULL;
}

static int
query_start(struct query *q, struct err *err)
{
	pthread_t thread;
	int rc;

	if (pipe2(q->fds, O_CLOEXEC) != 0)
		return err_sys(err, ERR_NETWORK, "pipe");
	q->users++;
	rc = pthread_create(&thread, NULL, query_thread, q);
	if (rc != 0) {
		q->users--;
		errno = rc;
		return err_sys(err, ERR_NETWORK, "thread");
	}
	pthread_detach(thread);
	return 0;
}

static int
query_wait(struct query *q, int64_t deadline, struct cancel *cancel,
    struct err *err)
{
	struct pollfd pfd = { .fd = q->fds[0], .events = POLLIN };
	char byte;
	int rc;

	rc = net_wait(&pfd, 1, deadline, cancel, err);
	if (rc < 0)
		return -1;
	if (rc == 0)
		return err_set(err, ERR_TIMEOUT,
		    "%s: no answer from the name service", q->host);
	/* Reading the byte makes what the thread wrote visible here. */
	while (read(q->fds[0], &byte, 1) == -1 && errno == EINTR)
		continue;
	return 0;
}

static int
query_error(const struct query *q, struct err *err)
{
	switch (q->rc) {
	case EAI_NONAME:
#ifdef EAI_NODATA
	case EAI_NODATA:
#endif
#ifdef EAI_ADDRFAMILY
	case EAI_ADDRFAMILY:
#endif
		err_set(err, ERR_NETWORK, "%s: no such host%s", q->host,
		    q->hints.ai_family == AF_INET6 ? " with an IPv6 address" :
		    q->hints.ai_family == AF_INET ? " with an IPv4 address" :
		    "");
		/* A name that is not there will not be there in a minute. */
		err->sys = ENOENT;
		return -1;
	case EAI_SYSTEM:
		errno = q->sys;
		return err_sys(err, ERR_NETWORK, "%s: name service", q->host);
	default:
		return err_set(err, ERR_NETWORK, "%s: name service: %s",
		    q->host, gai_strerror(q->rc));
	}
}

int
resolve_host(const char *host, int port, int family, int64_t deadline,
    struct cancel *cancel, struct addrinfo **res, struct err *err)
{
	struct query *q;
	int rc = 0;

	q = query_new(host, port, family);
	/* Addresses need no thread: this never waits. */
	q->hints.ai_flags |= AI_NUMERICHOST;
	query_run(q);
	if (q->rc == EAI_NONAME) {
		q->hints.ai_flags &= ~AI_NUMERICHOST;
		if (query_start(q, err) != 0 ||
		    query_wait(q, deadline, cancel, err) != 0) {
			query_leave(q);
			return -1;
		}
	}
	if (q->rc != 0) {
		rc = query_error(q, err);
	} else {
		*res = q->res;
		q->res = NULL;
	}
	query_leave(q);
	return rc;
}
