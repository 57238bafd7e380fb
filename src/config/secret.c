/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/secret.h"

#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <readpassphrase.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/procgroup.h"
#include "base/text.h"

enum {
	SECRET_MAX = 4096,		/* a password is shorter */
	OUTPUT_MAX = 64 * 1024,		/* what a command may print */
};

extern char **environ;

void
secret_set(struct secret *sec, const char *s)
{
	char *text = xstrdup(s);

	secret_release(sec);
	sec->text = text;
}

void
secret_copy(struct secret *to, const struct secret *from)
{
	if (from->text != NULL)
		secret_set(to, from->text);
	else
		secret_release(to);
}

void
secret_release(struct secret *sec)
{
	if (sec->text != NULL)
		freezero(sec->text, strlen(sec->text) + 1);
	sec->text = NULL;
}

/* One byte; 0 at the end, -1 if cancelled or failed. */
static int
read_byte(int fd, char *c, struct cancel *cancel, struct err *err)
{
	ssize_t n;

	do {
		if (cancel_reason(cancel) != CANCEL_NONE)
			return cancel_error(cancel, err);
		n = read(fd, c, 1);
	} while (n == -1 && errno == EINTR && cancel != NULL);
	if (n == -1 && errno == EINTR)
		return err_set(err, ERR_CANCELLED, "interrupted");
	if (n == -1)
		return err_sys(err, ERR_USAGE, "cannot read the password");
	return (int)n;
}

static int
check_text(const char *line, size_t len, bool whole, struct err *err)
{
	if (text_bom(line, len) == -1)
		return err_set(err, ERR_USAGE, "the password is %s",
		    text_utf16);
	if (memchr(line, '\0', len) != NULL)
		return err_set(err, ERR_USAGE, "NUL byte in the password");
	if (len == SECRET_MAX)
		return err_set(err, ERR_USAGE, "password too long");
	if (len == 0 && !whole)
		return err_set(err, ERR_USAGE, "not even an empty line, which "
		    "would be an empty password");
	return 0;
}

/*
 * The first line up to a newline (which is read) or the end.  Byte by byte:
 * what follows on standard input is not ours, and no buffer but this one
 * ever holds the password.
 */
static int
read_line(int fd, struct secret *sec, struct cancel *cancel, struct err *err)
{
	char line[SECRET_MAX + 1], c;
	size_t len = 0;
	int rc = 0, bom;

	while (len < SECRET_MAX &&
	    (rc = read_byte(fd, &c, cancel, err)) == 1 && c != '\n')
		line[len++] = c;
	if (len == SECRET_MAX || rc >= 0)
		rc = check_text(line, len, rc == 1, err);
	if (rc == 0) {
		if (len > 0 && line[len - 1] == '\r')
			len--;
		line[len] = '\0';
		bom = text_bom(line, len);
		secret_set(sec, line + bom);
	}
	explicit_bzero(line, sizeof(line));
	return rc;
}

int
secret_from_file(const char *path, struct secret *sec,
    bool *readable_by_others, struct err *err)
{
	bool standard = strcmp(path, "-") == 0;
	char name[256];
	struct stat sb;
	int fd, rc;

	*readable_by_others = false;
	text_escape_to(name, sizeof(name),
	    standard ? "standard input" : path);
	fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1 || fstat(fd, &sb) == -1) {
		rc = err_sys(err, ERR_USAGE, "%s: cannot read the password",
		    name);
		goto out;
	}
	*readable_by_others = !standard && S_ISREG(sb.st_mode) &&
	    (sb.st_mode & (S_IRGRP | S_IROTH)) != 0;
	rc = read_line(fd, sec, NULL, err);
	if (rc != 0)
		err_prefix(err, "%s", name);
out:
	if (fd != -1 && !standard)
		close(fd);
	return rc;
}

/* Starts sh with its output on the pipe's end fd. */
static int
spawn_shell(const char *command, int fd, pid_t *pid, struct err *err)
{
	char *argv[] = { (char *)"sh", (char *)"-c", (char *)command, NULL };
	posix_spawn_file_actions_t fa;
	posix_spawnattr_t attr;
	short flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
	sigset_t set;
	int rc;

	posix_spawn_file_actions_init(&fa);
	posix_spawn_file_actions_addopen(&fa, STDIN_FILENO, "/dev/null",
	    O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&fa, fd, STDOUT_FILENO);
	/* an ignored signal would stay ignored in the command */
	posix_spawnattr_init(&attr);
	sigemptyset(&set);
	posix_spawnattr_setsigmask(&attr, &set);
	sigaddset(&set, SIGPIPE);
	sigaddset(&set, SIGXFSZ);
	posix_spawnattr_setsigdefault(&attr, &set);
	if (procgroup_apart())
		flags |= POSIX_SPAWN_SETPGROUP;
	posix_spawnattr_setflags(&attr, flags);
	rc = posix_spawn(pid, "/bin/sh", &fa, &attr, argv, environ);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&fa);
	if (rc == 0)
		return 0;
	errno = rc;
	return err_sys(err, ERR_USAGE, "cannot start the shell");
}

/* Reads to the end: a command whose output nobody takes would fail. */
static int
skip_output(int fd, struct cancel *cancel, struct err *err)
{
	size_t total = 0;
	char c;
	int rc;

	while ((rc = read_byte(fd, &c, cancel, err)) == 1)
		if (++total == OUTPUT_MAX)
			return err_set(err, ERR_USAGE,
			    "prints more than %d KiB", OUTPUT_MAX / 1024);
	return rc;
}

static int
check_status(int status, struct err *err)
{
	if (WIFSIGNALED(status))
		return err_set(err, ERR_USAGE, "killed by signal %d",
		    WTERMSIG(status));
	if (WEXITSTATUS(status) != 0)
		return err_set(err, ERR_USAGE, "ended with status %d",
		    WEXITSTATUS(status));
	return 0;
}

/* Waits for the command; one that we no longer listen to is ended first. */
static int
reap(pid_t pid, bool listening, int *status, struct err *err)
{
	if (!listening)
		procgroup_kill(pid, SIGTERM);
	while (waitpid(pid, status, 0) == -1)
		if (errno != EINTR)
			return err_sys(err, ERR_USAGE, "cannot wait for it");
	return 0;
}

int
secret_from_command(const char *command, struct secret *sec,
    struct cancel *cancel, struct err *err)
{
	struct err line_err = ERR_INIT;
	int p[2], rc, line_rc = 0, status = 0;
	pid_t pid;

	if (pipe2(p, O_CLOEXEC) == -1)
		return err_sys(err, ERR_USAGE, "cannot make a pipe");
	rc = spawn_shell(command, p[1], &pid, err);
	close(p[1]);
	if (rc == 0) {
		line_rc = read_line(p[0], sec, cancel, &line_err);
		rc = skip_output(p[0], cancel, err);
		if (reap(pid, rc == 0, &status, err) != 0)
			rc = -1;
	}
	close(p[0]);
	/* its status tells more than an empty line; SIGINT reached it too */
	if (cancel_reason(cancel) != CANCEL_NONE)
		rc = cancel_error(cancel, err);
	else if (rc == 0 && (rc = check_status(status, err)) == 0 &&
	    line_rc != 0) {
		*err = line_err;
		rc = -1;
	}
	if (rc != 0)
		secret_release(sec);
	return rc;
}

bool
secret_from_environment(struct secret *sec)
{
	char *value = getenv("FTPS_PASSWORD");
	bool found = value != NULL && *value != '\0';
	size_t n = value != NULL ? strlen(value) : 0, end = n;

	if (end > 0 && value[end - 1] == '\n')
		end--;
	if (end > 0 && end < n && value[end - 1] == '\r')
		end--;
	if (found) {
		value[end] = '\0';
		secret_set(sec, value);
	}
	if (value != NULL)
		explicit_bzero(value, n);
	unsetenv("FTPS_PASSWORD");
	return found;
}

int
secret_from_terminal(const char *prompt, struct secret *sec, struct err *err)
{
	char line[SECRET_MAX];
	int rc = 0;

	if (readpassphrase(prompt, line, sizeof(line),
	    RPP_ECHO_OFF | RPP_REQUIRE_TTY) == NULL)
		rc = errno == EINTR ?
		    err_set(err, ERR_CANCELLED, "interrupted") :
		    err_sys(err, ERR_USAGE, "cannot ask for the password");
	else if (strlen(line) == sizeof(line) - 1)
		/* the rest of it was thrown away */
		rc = err_set(err, ERR_USAGE, "password too long");
	else
		secret_set(sec, line);
	explicit_bzero(line, sizeof(line));
	return rc;
}
