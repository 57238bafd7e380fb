/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Whether what a connection leaves behind is in nobody's way.  The test
 * includes the headers of cmocka first.
 */
#ifndef TESTS_UNIT_IS_SHARED_H
#define TESTS_UNIT_IS_SHARED_H

#include <sys/socket.h>

static inline int
is_shared(int fd)
{
	socklen_t len = sizeof(int);
	int value = -1;

	assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &value,
	    &len), 0);
	return value;
}

#endif
