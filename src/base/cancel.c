/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cancel.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

/*
 * While reason is set there is exactly one byte in the pipe, or its setter
 * is about to write it: the read end may block, the write never fails.
 */
struct cancel {
	_Atomic int reason;
	int fds[2];
};

static const int ending_signals[] = { SIGINT, SIGTERM, SIGHUP };

/* For the signal handler. */
static struct cancel *_Atomic interrupted;

struct cancel *
cancel_new(void)
{
	struct cancel *c = xcalloc(1, sizeof(*c));

	if (pipe2(c->fds, O_CLOEXEC) == 0)
		return c;
	free(c);
	return NULL;
}

void
cancel_free(struct cancel *c)
{
	struct cancel *mine = c;

	if (c == NULL)
		return;
	atomic_compare_exchange_strong(&interrupted, &mine, NULL);
	close(c->fds[0]);
	close(c->fds[1]);
	free(c);
}

void
cancel_set(struct cancel *c, int reason)
{
	int none = CANCEL_NONE;
	int saved = errno;

	if (atomic_compare_exchange_strong(&c->reason, &none, reason)) {
		while (write(c->fds[1], "", 1) < 0 && errno == EINTR)
			continue;
	}
	errno = saved;
}

void
cancel_reset(struct cancel *c)
{
	char byte;

	if (cancel_reason(c) == CANCEL_NONE)
		return;
	while (read(c->fds[0], &byte, 1) < 0 && errno == EINTR)
		continue;
	c->reason = CANCEL_NONE;
}

int
cancel_reason(const struct cancel *c)
{
	return c != NULL ? c->reason : CANCEL_NONE;
}

int
cancel_fd(const struct cancel *c)
{
	return c != NULL ? c->fds[0] : -1;
}

int
cancel_error(const struct cancel *c, struct err *err)
{
	switch (cancel_reason(c)) {
	case CANCEL_DEADLINE:
		return err_set(err, ERR_TIMEOUT, "deadline reached");
	case SIGINT:
		return err_set(err, ERR_CANCELLED, "interrupted");
	case SIGTERM:
		return err_set(err, ERR_CANCELLED, "terminated");
	case SIGHUP:
		return err_set(err, ERR_CANCELLED, "hung up");
	default:
		return err_set(err, ERR_CANCELLED, "cancelled");
	}
}

void
cancel_die(const struct cancel *c)
{
	int reason = cancel_reason(c);

	if (reason > 0) {
		signal(reason, SIG_DFL);
		raise(reason);
	}
	_exit(err_status(ERR_TIMEOUT));
}

static void
on_signal(int sig)
{
	struct cancel *c = interrupted;

	if (cancel_reason(c) == CANCEL_NONE && c != NULL) {
		cancel_set(c, sig);
		return;
	}
	signal(sig, SIG_DFL);
	raise(sig);
}

void
cancel_install(struct cancel *c)
{
	struct sigaction sa, old;
	size_t i;

	interrupted = c;
	memset(&sa, 0, sizeof(sa));
	sigemptyset(&sa.sa_mask);
	sa.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &sa, NULL);
	sigaction(SIGXFSZ, &sa, NULL);
	sa.sa_handler = on_signal;
	for (i = 0; i < sizeof(ending_signals) / sizeof(int); i++) {
		/* What nohup(1) or the shell's & ignores stays ignored. */
		sigaction(ending_signals[i], NULL, &old);
		if (old.sa_handler != SIG_IGN)
			sigaction(ending_signals[i], &sa, NULL);
	}
}

void
cancel_follow(struct cancel *c)
{
	interrupted = c;
}

void
cancel_block_signals(void)
{
	static const int faults[] = {
		SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS,
	};
	sigset_t set;
	size_t i;

	sigfillset(&set);
	for (i = 0; i < sizeof(faults) / sizeof(int); i++)
		sigdelset(&set, faults[i]);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
}
