/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "shell/spawn.h"

#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/procgroup.h"
#include "net/wait.h"

enum {
	NAP_MAX_MS = 50,	/* between two looks at a child */
	GRACE_MS = 2000,	/* from SIGTERM to SIGKILL */
	CANNOT_RUN = 127,
};

/* A signal that came since the fork (blocked) is to end the command. */
static void
forget_handlers(void)
{
	static const int handled[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction sa;
	size_t i;

	for (i = 0; i < sizeof(handled) / sizeof(handled[0]); i++)
		if (sigaction(handled[i], NULL, &sa) == 0 &&
		    sa.sa_handler != SIG_IGN)
			signal(handled[i], SIG_DFL);
}

/* Only async-signal-safe calls: other threads may hold locks. */
static void
become_command(const struct spawn *sp, bool apart, char *const *argv)
{
	sigset_t none;

	if (apart)
		setpgid(0, 0);
	forget_handlers();
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGXFSZ, SIG_DFL);
	if ((sp->in != -1 && dup2(sp->in, STDIN_FILENO) == -1) ||
	    (sp->out != -1 && dup2(sp->out, STDOUT_FILENO) == -1) ||
	    (sp->dir != AT_FDCWD && fchdir(sp->dir) == -1))
		_exit(CANNOT_RUN);
	execv("/bin/sh", argv);
	_exit(CANNOT_RUN);
}

static int
fork_command(const struct spawn *sp, bool apart, pid_t *pid, struct err *err)
{
	const char **argv;
	sigset_t mask;
	size_t n = 0;

	while (sp->argv != NULL && sp->argv[n] != NULL)
		n++;
	argv = xcalloc(n + 5, sizeof(*argv));
	argv[0] = argv[3] = "sh";
	argv[1] = "-c";
	argv[2] = sp->command;
	if (n > 0)
		memcpy(argv + 4, sp->argv, n * sizeof(*argv));
	pthread_sigmask(SIG_SETMASK, NULL, &mask);
	cancel_block_signals();
	*pid = fork();
	if (*pid == 0)
		become_command(sp, apart, (char *const *)argv);
	pthread_sigmask(SIG_SETMASK, &mask, NULL);
	/* As the child does: it is to be so for both from here on. */
	if (*pid != -1 && apart)
		setpgid(*pid, *pid);
	free(argv);
	return *pid != -1 ? 0 : err_sys(err, ERR_LOCAL, "cannot start sh");
}

int
spawn_start(const struct spawn *sp, pid_t *pid, struct err *err)
{
	return fork_command(sp, procgroup_apart(), pid, err);
}

/* 1 ended, 0 not yet, -1. */
static int
look_at_child(pid_t pid, int *status, struct err *err)
{
	pid_t rc;

	do {
		rc = waitpid(pid, status, WNOHANG);
	} while (rc == -1 && errno == EINTR);
	if (rc == -1)
		return err_sys(err, ERR_LOCAL, "cannot wait for it");
	return rc == pid;
}

static int
wait_for_child(pid_t pid, int64_t deadline, struct cancel *cancel, int *status,
    struct err *err)
{
	int64_t ms = 1;
	int rc;

	while ((rc = look_at_child(pid, status, err)) == 0) {
		if (deadline_left(deadline) == 0)
			return 0;
		if (net_sleep(ms, cancel, err) != 0)
			return -1;
		if ((ms *= 2) > NAP_MAX_MS)
			ms = NAP_MAX_MS;
	}
	return rc;
}

void
spawn_end(pid_t pid)
{
	struct err err = ERR_INIT;
	int status;

	procgroup_kill(pid, SIGTERM);
	if (wait_for_child(pid, deadline_in(GRACE_MS), NULL, &status,
	    &err) == 0) {
		procgroup_kill(pid, SIGKILL);
		wait_for_child(pid, DEADLINE_NONE, NULL, &status, &err);
	}
}

int
spawn_wait(pid_t pid, struct cancel *cancel, struct err *err)
{
	int status;

	if (wait_for_child(pid, DEADLINE_NONE, cancel, &status, err) != 1) {
		spawn_end(pid);
		return -1;
	}
	if (WIFSIGNALED(status))
		return err_set(err, ERR_LOCAL, "killed by signal %d",
		    WTERMSIG(status));
	if (WEXITSTATUS(status) != 0)
		return err_set(err, ERR_LOCAL, "ended with status %d",
		    WEXITSTATUS(status));
	return 0;
}

int
spawn_foreground(const struct spawn *sp, struct cancel *cancel,
    struct err *err)
{
	struct sigaction ignore, interrupt, quit;
	bool apart = procgroup_apart();
	pid_t pid;
	int rc;

	if (fork_command(sp, apart, &pid, err) != 0)
		return -1;
	if (apart)
		return spawn_wait(pid, cancel, err);
	memset(&ignore, 0, sizeof(ignore));
	sigemptyset(&ignore.sa_mask);
	ignore.sa_handler = SIG_IGN;
	sigaction(SIGINT, &ignore, &interrupt);
	sigaction(SIGQUIT, &ignore, &quit);
	rc = spawn_wait(pid, cancel, err);
	sigaction(SIGINT, &interrupt, NULL);
	sigaction(SIGQUIT, &quit, NULL);
	return rc;
}
