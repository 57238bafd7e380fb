/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/procgroup.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

bool
procgroup_apart(void)
{
	int fd = open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC);
	bool ours;

	if (fd == -1)
		return true;
	ours = tcgetpgrp(fd) == getpgrp();
	close(fd);
	return !ours;
}

void
procgroup_kill(pid_t pid, int sig)
{
	kill(getpgid(pid) == pid ? -pid : pid, sig);
}
