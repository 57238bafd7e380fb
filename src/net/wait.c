/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/wait.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

int
net_wait(struct pollfd *fds, size_t n, int64_t deadline,
    struct cancel *cancel, struct err *err)
{
	struct pollfd set[NET_WAIT_MAX + 1];
	int ready;
	size_t i;

	assert(n <= NET_WAIT_MAX);
	for (i = 0; i < n; i++)
		set[i] = fds[i];
	set[n] = (struct pollfd){ .fd = cancel_fd(cancel), .events = POLLIN };
	do {
		ready = poll(set, n + 1, deadline_left(deadline));
		if (cancel_reason(cancel) != CANCEL_NONE)
			return cancel_error(cancel, err);
		if (ready < 0 && errno != EINTR)
			return err_sys(err, ERR_NETWORK, "poll");
	} while (ready < 0);
	for (i = 0; i < n; i++)
		fds[i].revents = set[i].revents;
	return ready;
}

int
net_sleep(int64_t ms, struct cancel *cancel, struct err *err)
{
	int64_t deadline;

	deadline = clock_ms() + (ms > 0 ? ms : 0);
	return net_wait(NULL, 0, deadline, cancel, err);
}
