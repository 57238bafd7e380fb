/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/listen.h"

#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "net/host.h"
#include "net/resolve.h"
#include "net/socket.h"
#include "net/stream.h"
#include "net/wait.h"

enum { PORT_WAIT_MS = 50 };

struct listener {
	int fd;
	struct address address;
	char *host;
};

/* A socket that listens on a, or -1. */
static int
listen_on(const struct address *a, struct err *err)
{
	int fd;

	fd = socket_new(a->ss.ss_family, err);
	if (fd == -1)
		return -1;
	/* What a connection of a minute ago left behind is in nobody's way. */
	socket_share(fd, true);
	if (bind(fd, (const struct sockaddr *)&a->ss, a->len) == 0 &&
	    listen(fd, 8) == 0)
		return fd;
	err_sys(err, ERR_NETWORK, "listen");
	close(fd);
	return -1;
}

/* On a free port of the range, beginning anywhere. */
static int
listen_within(struct address *a, int lo, int hi, struct err *err)
{
	int count = hi - lo + 1, first, fd, i;

	first = arc4random_uniform(count);
	for (i = 0; i < count; i++) {
		err_clear(err);
		address_set_port(a, lo + (first + i) % count);
		fd = listen_on(a, err);
		if (fd != -1)
			return fd;
		if (err->sys != EADDRINUSE && err->sys != EACCES)
			break;
	}
	if (lo == hi)
		err_prefix(err, "active port %d", lo);
	else
		err_prefix(err, "active ports %d-%d", lo, hi);
	return -1;
}

static int
await_port(struct address *a, const struct listen_options *o,
    struct err *err)
{
	int hi = o->lo == 0 ? 0 : o->hi, fd;

	while ((fd = listen_within(a, o->lo, hi, err)) == -1) {
		if (err->sys != EADDRINUSE || clock_ms() >= o->deadline)
			return -1;
		if (net_sleep(PORT_WAIT_MS, o->cancel, err) != 0)
			return -1;
	}
	return fd;
}

static char *
numeric_host(const struct address *a)
{
	char name[128];

	address_name(a, name, sizeof(name));
	/* A zone means nothing to the server. */
	name[strcspn(name, "%")] = '\0';
	return xstrdup(name);
}

struct listener *
listen_open(int control_fd, const struct listen_options *o, struct err *err)
{
	struct listener *l;
	struct address a;

	if (socket_local(control_fd, &a, err) != 0)
		return NULL;
	l = xcalloc(1, sizeof(*l));
	l->fd = await_port(&a, o, err);
	if (l->fd == -1 || socket_local(l->fd, &l->address, err) != 0) {
		listen_close(l);
		return NULL;
	}
	l->host = o->host != NULL ? xstrdup(o->host) : numeric_host(&a);
	return l;
}

char *
listen_resolve(int control_fd, const char *name, int64_t deadline,
    struct cancel *cancel, struct err *err)
{
	struct addrinfo *list = NULL;
	struct address a;
	char shown[256], *host;
	int rc;

	if (socket_local(control_fd, &a, err) != 0 ||
	    (host = host_ascii(name, err)) == NULL)
		return NULL;
	rc = resolve_host(host, 0, a.ss.ss_family, deadline, cancel, &list,
	    err);
	free(host);
	text_escape_to(shown, sizeof(shown), name);
	if (rc != 0) {
		if (err->kind == ERR_NETWORK)
			err_set(err, ERR_USAGE, "no %s address by this name",
			    a.ss.ss_family == AF_INET6 ? "IPv6" : "IPv4");
		err_prefix(err, "active-address: %s", shown);
		return NULL;
	}
	memcpy(&a.ss, list->ai_addr, list->ai_addrlen);
	a.len = list->ai_addrlen;
	freeaddrinfo(list);
	return numeric_host(&a);
}

void
listen_close(struct listener *l)
{
	if (l == NULL)
		return;
	if (l->fd != -1)
		close(l->fd);
	free(l->host);
	free(l);
}

int
listen_fd(const struct listener *l)
{
	return l->fd;
}

const char *
listen_host(const struct listener *l)
{
	return l->host;
}

int
listen_port(const struct listener *l)
{
	return address_port(&l->address);
}

bool
listen_is_ipv6(const struct listener *l)
{
	return l->address.ss.ss_family == AF_INET6;
}

int
listen_try_accept(struct listener *l, int control_fd, struct err *err)
{
	struct address peer, from;
	int fd;

	if (socket_peer(control_fd, &peer, err) != 0)
		return -1;
	for (;;) {
		from.len = sizeof(from.ss);
		fd = accept4(l->fd, (struct sockaddr *)&from.ss, &from.len,
		    SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd != -1 && address_same_host(&from, &peer)) {
			socket_setup(fd);
			socket_share(fd, false);
			return fd;
		}
		if (fd != -1)
			close(fd);
		else if (errno == EAGAIN || errno == EWOULDBLOCK)
			return STREAM_AGAIN;
		else if (errno != EINTR && errno != ECONNABORTED)
			return err_sys(err, ERR_NETWORK, "accept");
	}
}
