/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Run a command and write what it took.
 *
 *	measure FILE COMMAND [ARG]...
 *
 * FILE gets one line: wall clock, user and system time in seconds, largest
 * resident set in KiB, exit status (128 and the signal's number, if by one).
 * A program of its own, because a process inherits the size of the one that
 * started it: this one is small.
 */
#define _GNU_SOURCE
#include <sys/types.h>

#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>

#include <err.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static double
seconds(const struct timeval *tv)
{
	return (double)tv->tv_sec + (double)tv->tv_usec / 1e6;
}

static double
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

int
main(int argc, char *argv[])
{
	struct rusage ru;
	FILE *f;
	double start, wall;
	pid_t pid;
	int status;

	if (argc < 3)
		errx(2, "usage: measure FILE COMMAND [ARG]...");
	f = fopen(argv[1], "we");
	if (f == NULL)
		err(2, "%s", argv[1]);
	start = now();
	pid = fork();
	if (pid == 0) {
		execvp(argv[2], argv + 2);
		err(127, "%s", argv[2]);
	}
	if (pid == -1 || wait4(pid, &status, 0, &ru) == -1)
		err(2, "%s", argv[2]);
	wall = now() - start;
	fprintf(f, "%.6f %.6f %.6f %ld %d\n", wall, seconds(&ru.ru_utime),
	    seconds(&ru.ru_stime), ru.ru_maxrss,
	    WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
	return fclose(f) == 0 ? 0 : 2;
}
