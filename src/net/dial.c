/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/dial.h"

#include <sys/socket.h>
#include <netinet/in.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "net/host.h"
#include "net/resolve.h"
#include "net/socket.h"
#include "net/wait.h"

enum {
	STAGGER_MS = 250,	/* RFC 8305, 5: Connection Attempt Delay */
	ATTEMPTS_MAX = 16,
};

struct attempt {
	struct address to;
	int fd;			/* -1: not begun, or failed */
	int64_t deadline;	/* DEADLINE_NONE without fd */
};

/* A race for the first address that answers. */
struct dial {
	const struct dial_options *o;
	struct address from;	/* len 0: any */
	struct attempt attempts[ATTEMPTS_MAX];
	size_t n, begun;
	int64_t next;		/* when to begin one more */
	struct err worst;	/* the most telling failure */
};

static int
family_of(enum address_family family)
{
	switch (family) {
	case FAMILY_IPV4:
		return AF_INET;
	case FAMILY_IPV6:
		return AF_INET6;
	default:
		return AF_UNSPEC;
	}
}

/* The next address at or after ai of (or not of) the family. */
static const struct addrinfo *
next_of(const struct addrinfo *ai, int family, bool same)
{
	while (ai != NULL && (ai->ai_family == family) != same)
		ai = ai->ai_next;
	return ai;
}

static void
add_attempt(struct dial *r, const struct addrinfo *ai)
{
	struct attempt *a;

	if (r->n == ATTEMPTS_MAX)
		return;
	if (r->from.len != 0 && r->from.ss.ss_family != ai->ai_family)
		return;
	a = &r->attempts[r->n++];
	memcpy(&a->to.ss, ai->ai_addr, ai->ai_addrlen);
	a->to.len = ai->ai_addrlen;
	a->fd = -1;
	a->deadline = DEADLINE_NONE;
}

/* The resolver's order, but the families take turns (RFC 8305, 4). */
static void
add_attempts(struct dial *r, const struct addrinfo *all)
{
	const struct addrinfo *first, *second;
	int family = all->ai_family;

	first = all;
	second = next_of(all, family, false);
	while (first != NULL || second != NULL) {
		if (first != NULL) {
			add_attempt(r, first);
			first = next_of(first->ai_next, family, true);
		}
		if (second != NULL) {
			add_attempt(r, second);
			second = next_of(second->ai_next, family, false);
		}
	}
}

/* How much a failure says: an answer more than silence or a missing route. */
static int
weight(int sys)
{
	switch (sys) {
	case ECONNREFUSED:
	case ECONNRESET:
		return 3;
	case ETIMEDOUT:
		return 2;
	case EHOSTUNREACH:
	case EACCES:
	case EPERM:
		return 1;
	default:
		return 0;
	}
}

static void
note_failure(struct dial *r, const struct attempt *a, int sys)
{
	char name[128];

	if (weight(sys) < weight(r->worst.sys))
		return;
	errno = sys;
	address_name(&a->to, name, sizeof(name));
	err_sys(&r->worst, sys == ETIMEDOUT ? ERR_TIMEOUT : ERR_NETWORK,
	    "%s port %d", name, address_port(&a->to));
}

static void
give_up(struct dial *r, struct attempt *a, int sys)
{
	close(a->fd);
	a->fd = -1;
	a->deadline = DEADLINE_NONE;
	note_failure(r, a, sys);
}

/* Begins to connect; from may be NULL. Returns a socket, or -1 with errno. */
static int
begin_connect(const struct address *to, const struct address *from)
{
	struct err err;
	int fd, saved;

	fd = socket_new(to->ss.ss_family, &err);
	if (fd == -1)
		return -1;
#ifdef IP_BIND_ADDRESS_NO_PORT
	/* Lets one local port serve several destinations. */
	if (from != NULL)
		(void)setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT,
		    &(int){ 1 }, sizeof(int));
#endif
	if ((from == NULL ||
	    bind(fd, (const struct sockaddr *)&from->ss, from->len) == 0) &&
	    (connect(fd, (const struct sockaddr *)&to->ss, to->len) == 0 ||
	    errno == EINPROGRESS))
		return fd;
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

static void
begin_next(struct dial *r)
{
	struct attempt *a = &r->attempts[r->begun++];

	a->fd = begin_connect(&a->to, r->from.len != 0 ? &r->from : NULL);
	if (a->fd == -1) {
		note_failure(r, a, errno);
		return;
	}
	a->deadline = deadline_in(r->o->timeout_ms);
	if (a->deadline > r->o->deadline)
		a->deadline = r->o->deadline;
	r->next = clock_ms() + STAGGER_MS;
}

static bool
any_running(const struct dial *r)
{
	size_t i;

	for (i = 0; i < r->begun; i++) {
		if (r->attempts[i].fd != -1)
			return true;
	}
	return false;
}

/* When the wait must end: the next attempt, or the end of one. */
static int64_t
wake_at(const struct dial *r)
{
	int64_t at = r->begun < r->n ? r->next : DEADLINE_NONE;
	size_t i;

	for (i = 0; i < r->begun; i++) {
		if (r->attempts[i].deadline < at)
			at = r->attempts[i].deadline;
	}
	return at;
}

/* Waits once; returns a connected socket, -2 for none yet, or -1. */
static int
race_step(struct dial *r, struct err *err)
{
	struct pollfd fds[ATTEMPTS_MAX];
	struct attempt *a;
	socklen_t len;
	size_t i;
	int sys, fd;

	for (i = 0; i < r->begun; i++)
		fds[i] = (struct pollfd){ .fd = r->attempts[i].fd,
		    .events = POLLOUT };
	if (net_wait(fds, r->begun, wake_at(r), r->o->cancel, err) < 0)
		return -1;
	for (i = 0; i < r->begun; i++) {
		a = &r->attempts[i];
		if (fds[i].revents == 0) {
			if (deadline_left(a->deadline) == 0)
				give_up(r, a, ETIMEDOUT);
			continue;
		}
		len = sizeof(sys);
		if (getsockopt(a->fd, SOL_SOCKET, SO_ERROR, &sys, &len) != 0)
			sys = errno;
		if (sys != 0) {
			give_up(r, a, sys);
		} else {
			fd = a->fd;
			a->fd = -1;
			return fd;
		}
	}
	return -2;
}

static int
race_run(struct dial *r, struct err *err)
{
	int fd = -2;

	while (fd == -2) {
		while (r->begun < r->n &&
		    (!any_running(r) || clock_ms() >= r->next) &&
		    deadline_left(r->o->deadline) != 0)
			begin_next(r);
		if (!any_running(r))
			break;
		fd = race_step(r, err);
	}
	if (fd == -2 && r->worst.kind == ERR_NONE)
		err_set(&r->worst, ERR_TIMEOUT, "no time left to connect");
	if (fd == -2)
		*err = r->worst;
	return fd == -2 ? -1 : fd;
}

static void
close_all(struct dial *r)
{
	size_t i;

	for (i = 0; i < r->begun; i++) {
		if (r->attempts[i].fd != -1)
			close(r->attempts[i].fd);
	}
}

void
dial_end(struct dial *r)
{
	if (r == NULL)
		return;
	close_all(r);
	free(r);
}

static int
parse_bind_address(const char *text, struct address *a, struct err *err)
{
	struct addrinfo hints = { .ai_flags = AI_NUMERICHOST,
	    .ai_socktype = SOCK_STREAM };
	struct addrinfo *res;

	if (getaddrinfo(text, NULL, &hints, &res) != 0)
		return err_set(err, ERR_USAGE,
		    "bind-address: %s: not a numeric address", text);
	memcpy(&a->ss, res->ai_addr, res->ai_addrlen);
	a->len = res->ai_addrlen;
	freeaddrinfo(res);
	return 0;
}

/* Resolving has one address's time, so that it ends before the user does. */
static int
resolve(const char *host, int port, const struct dial_options *o,
    struct addrinfo **res, struct err *err)
{
	int64_t deadline = deadline_in(o->timeout_ms);
	char *ascii;
	int rc;

	if (deadline > o->deadline)
		deadline = o->deadline;
	ascii = host_ascii(host, err);
	if (ascii == NULL)
		return -1;
	rc = resolve_host(ascii, port, family_of(o->family), deadline,
	    o->cancel, res, err);
	free(ascii);
	return rc;
}

struct dial *
dial_resolve(const char *host, int port, const struct dial_options *o,
    struct err *err)
{
	struct addrinfo *res;
	struct dial *r;

	r = xcalloc(1, sizeof(*r));
	r->o = o;
	if ((o->bind_address != NULL &&
	    parse_bind_address(o->bind_address, &r->from, err) != 0) ||
	    resolve(host, port, o, &res, err) != 0) {
		dial_end(r);
		return NULL;
	}
	add_attempts(r, res);
	freeaddrinfo(res);
	return r;
}

int
dial_connect(struct dial *r, struct err *err)
{
	if (r->n == 0)
		return err_set(err, ERR_NETWORK, "no address of the same "
		    "family as bind-address %s", r->o->bind_address);
	return race_run(r, err);
}

size_t
dial_count(const struct dial *r)
{
	return r->n;
}

void
dial_name(const struct dial *r, size_t i, char *buf, size_t size)
{
	address_name(&r->attempts[i].to, buf, size);
}

int
dial_connect_to(const struct dial *r, size_t i, struct err *err)
{
	struct dial one = { .o = r->o, .from = r->from, .n = 1 };
	int fd;

	one.attempts[0] = (struct attempt){ .to = r->attempts[i].to,
	    .fd = -1, .deadline = DEADLINE_NONE };
	fd = race_run(&one, err);
	close_all(&one);
	return fd;
}

/* Begins to connect from control_fd's own address where that can be. */
static int
dial_from(int control_fd, const struct address *to, struct err *err)
{
	struct address from;
	char name[128];
	int fd;

	if (socket_local(control_fd, &from, err) != 0)
		return -1;
	address_set_port(&from, 0);
	fd = begin_connect(to, from.ss.ss_family == to->ss.ss_family ?
	    &from : NULL);
	if (fd == -1) {
		address_name(to, name, sizeof(name));
		return err_sys(err, ERR_NETWORK, "%s port %d", name,
		    address_port(to));
	}
	return fd;
}

int
dial_peer_port(int control_fd, int port, struct err *err)
{
	struct address to;

	if (socket_peer(control_fd, &to, err) != 0)
		return -1;
	address_set_port(&to, port);
	return dial_from(control_fd, &to, err);
}

void
dial_peer_name(int control_fd, char *buf, size_t size)
{
	struct err ignored = ERR_INIT;
	struct address peer = { .len = 0 };

	(void)socket_peer(control_fd, &peer, &ignored);
	address_name(&peer, buf, size);
}

int
dial_address(int control_fd, const char *ipv4, int port, struct err *err)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
	    .sin_port = htons(port) };
	struct address to = { .len = sizeof(sin) }, peer;
	enum address_scope scope;

	if (socket_peer(control_fd, &peer, err) != 0)
		return -1;
	if (inet_pton(AF_INET, ipv4, &sin.sin_addr) != 1)
		return err_set(err, ERR_PROTOCOL, "not an IPv4 address");
	memcpy(&to.ss, &sin, sizeof(sin));
	scope = address_scope(&to);
	if (scope != SCOPE_GLOBAL && scope != address_scope(&peer))
		return err_set(err, ERR_PROTOCOL, "server names %s for its "
		    "data, which is not reachable or not its own; "
		    "set passive-address control", ipv4);
	return dial_from(control_fd, &to, err);
}
