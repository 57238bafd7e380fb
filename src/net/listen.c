/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/listen.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "net/socket.h"
#include "net/stream.h"

struct listener {
	int fd;
	struct address address;
	char *host;
};

/* Binds to a free port of lo to hi, beginning anywhere. */
static int
bind_range(int fd, struct address *a, int lo, int hi, struct err *err)
{
	int count = hi - lo + 1, first, i;

	first = arc4random_uniform(count);
	for (i = 0; i < count; i++) {
		address_set_port(a, lo + (first + i) % count);
		if (bind(fd, (struct sockaddr *)&a->ss, a->len) == 0)
			return 0;
		if (errno != EADDRINUSE && errno != EACCES)
			break;
	}
	if (lo == hi)
		return err_sys(err, ERR_NETWORK, "active port %d", lo);
	return err_sys(err, ERR_NETWORK, "active ports %d-%d", lo, hi);
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
listen_open(int control_fd, int lo, int hi, const char *address,
    struct err *err)
{
	struct listener *l;
	struct address a;

	if (socket_local(control_fd, &a, err) != 0)
		return NULL;
	l = xcalloc(1, sizeof(*l));
	l->fd = socket_new(a.ss.ss_family, err);
	if (l->fd < 0 || bind_range(l->fd, &a, lo, lo == 0 ? 0 : hi, err) != 0)
		goto fail;
	if (listen(l->fd, 8) != 0) {
		err_sys(err, ERR_NETWORK, "listen");
		goto fail;
	}
	if (socket_local(l->fd, &l->address, err) != 0)
		goto fail;
	l->host = address != NULL ? xstrdup(address) : numeric_host(&a);
	return l;
fail:
	listen_close(l);
	return NULL;
}

void
listen_close(struct listener *l)
{
	if (l == NULL)
		return;
	if (l->fd >= 0)
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
		if (fd >= 0 && address_same_host(&from, &peer)) {
			socket_setup(fd);
			return fd;
		}
		if (fd >= 0)
			close(fd);
		else if (errno == EAGAIN || errno == EWOULDBLOCK)
			return STREAM_AGAIN;
		else if (errno != EINTR && errno != ECONNABORTED)
			return err_sys(err, ERR_NETWORK, "accept");
	}
}
