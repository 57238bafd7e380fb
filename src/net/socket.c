/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/socket.h"

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <arpa/inet.h>
#include <netdb.h>
#include <string.h>
#include <unistd.h>

enum { KEEP_IDLE_S = 60, KEEP_INTERVAL_S = 15, KEEP_PROBES = 4 };

static void
set_int(int fd, int level, int name, int value)
{
	/* None of these matters enough to fail for. */
	(void)setsockopt(fd, level, name, &value, sizeof(value));
}

void
socket_setup(int fd)
{
	set_int(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	set_int(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
#ifdef TCP_KEEPIDLE
	set_int(fd, IPPROTO_TCP, TCP_KEEPIDLE, KEEP_IDLE_S);
	set_int(fd, IPPROTO_TCP, TCP_KEEPINTVL, KEEP_INTERVAL_S);
	set_int(fd, IPPROTO_TCP, TCP_KEEPCNT, KEEP_PROBES);
#endif
}

void
socket_share(int fd, bool may)
{
	set_int(fd, SOL_SOCKET, SO_REUSEADDR, may);
}

void
socket_end(int fd)
{
	socket_share(fd, true);
	(void)shutdown(fd, SHUT_WR);
}

void
socket_close(int fd)
{
	socket_share(fd, true);
	close(fd);
}

void
socket_hurry(int fd)
{
#ifdef TCP_QUICKACK
	set_int(fd, IPPROTO_TCP, TCP_QUICKACK, 1);
#else
	(void)fd;
#endif
}

int
socket_new(int family, struct err *err)
{
	int fd;

	fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return err_sys(err, ERR_NETWORK, "socket");
	socket_setup(fd);
	return fd;
}

int
socket_local(int fd, struct address *a, struct err *err)
{
	a->len = sizeof(a->ss);
	if (getsockname(fd, (struct sockaddr *)&a->ss, &a->len) != 0)
		return err_sys(err, ERR_NETWORK, "own address");
	return 0;
}

int
socket_peer(int fd, struct address *a, struct err *err)
{
	a->len = sizeof(a->ss);
	if (getpeername(fd, (struct sockaddr *)&a->ss, &a->len) != 0)
		return err_sys(err, ERR_NETWORK, "server's address");
	return 0;
}

int64_t
socket_rtt_us(int fd)
{
#ifdef TCP_INFO
	struct tcp_info info = { 0 };
	socklen_t len = sizeof(info);

	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) == 0)
		return info.tcpi_rtt;
#endif
	(void)fd;
	return -1;
}

void
address_set_port(struct address *a, int port)
{
	if (a->ss.ss_family == AF_INET6)
		((struct sockaddr_in6 *)&a->ss)->sin6_port = htons(port);
	else
		((struct sockaddr_in *)&a->ss)->sin_port = htons(port);
}

int
address_port(const struct address *a)
{
	if (a->ss.ss_family == AF_INET6)
		return ntohs(((const struct sockaddr_in6 *)&a->ss)->sin6_port);
	return ntohs(((const struct sockaddr_in *)&a->ss)->sin_port);
}

void
address_name(const struct address *a, char *buf, size_t size)
{
	if (getnameinfo((const struct sockaddr *)&a->ss, a->len,
	    buf, size, NULL, 0, NI_NUMERICHOST) != 0)
		strlcpy(buf, "?", size);
}

bool
address_same_host(const struct address *a, const struct address *b)
{
	const struct sockaddr_in *a4, *b4;
	const struct sockaddr_in6 *a6, *b6;

	if (a->ss.ss_family != b->ss.ss_family)
		return false;
	if (a->ss.ss_family == AF_INET) {
		a4 = (const struct sockaddr_in *)&a->ss;
		b4 = (const struct sockaddr_in *)&b->ss;
		return a4->sin_addr.s_addr == b4->sin_addr.s_addr;
	}
	a6 = (const struct sockaddr_in6 *)&a->ss;
	b6 = (const struct sockaddr_in6 *)&b->ss;
	return IN6_ARE_ADDR_EQUAL(&a6->sin6_addr, &b6->sin6_addr) &&
	    a6->sin6_scope_id == b6->sin6_scope_id;
}

static enum address_scope
scope_ipv4(uint32_t ip)
{
	static const struct {
		uint32_t net, mask;
		enum address_scope scope;
	} nets[] = {
		{ 0x00000000, 0xff000000, SCOPE_NONE },
		{ 0xe0000000, 0xe0000000, SCOPE_NONE },	/* 224/4, 240/4 */
		{ 0x7f000000, 0xff000000, SCOPE_LOOPBACK },
		{ 0xa9fe0000, 0xffff0000, SCOPE_LINK },
		{ 0x0a000000, 0xff000000, SCOPE_PRIVATE },
		{ 0xac100000, 0xfff00000, SCOPE_PRIVATE },
		{ 0xc0a80000, 0xffff0000, SCOPE_PRIVATE },
		{ 0x64400000, 0xffc00000, SCOPE_PRIVATE },
	};
	size_t i;

	for (i = 0; i < sizeof(nets) / sizeof(nets[0]); i++) {
		if ((ip & nets[i].mask) == nets[i].net)
			return nets[i].scope;
	}
	return SCOPE_GLOBAL;
}

enum address_scope
address_scope(const struct address *a)
{
	const struct in6_addr *ip6;

	if (a->ss.ss_family == AF_INET)
		return scope_ipv4(ntohl(
		    ((const struct sockaddr_in *)&a->ss)->sin_addr.s_addr));
	ip6 = &((const struct sockaddr_in6 *)&a->ss)->sin6_addr;
	if (IN6_IS_ADDR_UNSPECIFIED(ip6) || IN6_IS_ADDR_MULTICAST(ip6))
		return SCOPE_NONE;
	if (IN6_IS_ADDR_LOOPBACK(ip6))
		return SCOPE_LOOPBACK;
	if (IN6_IS_ADDR_LINKLOCAL(ip6))
		return SCOPE_LINK;
	if ((ip6->s6_addr[0] & 0xfe) == 0xfc)
		return SCOPE_PRIVATE;
	return SCOPE_GLOBAL;
}
