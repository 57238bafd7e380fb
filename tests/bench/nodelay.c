/* SPDX-License-Identifier: GPL-3.0-or-later */
/* To be preloaded: every TCP socket that is made has TCP_NODELAY. */
#define _GNU_SOURCE
#include <sys/types.h>

#include <sys/socket.h>

#include <dlfcn.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

int
socket(int domain, int type, int protocol)
{
	int (*next)(int, int, int) = dlsym(RTLD_NEXT, "socket");
	int fd, on = 1;

	fd = next(domain, type, protocol);
	if (fd != -1)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	return fd;
}
