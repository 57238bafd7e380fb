/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "shell/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/text.h"
#include "shell/spawn.h"

enum { NAME_SHOWN = 256 };

static FILE *
stream_of(int fd)
{
	FILE *fp = fdopen(fd, "w");

	if (fp == NULL)
		abort();
	return fp;
}

static int
open_file(struct run *run, const struct line *line, struct err *err)
{
	char name[NAME_SHOWN];
	int fd;

	fd = openat(run->dir->fd, line->out_file, O_WRONLY | O_CREAT |
	    O_CLOEXEC | O_NOCTTY | (line->append ? O_APPEND : O_TRUNC), 0666);
	if (fd == -1) {
		text_escape_to(name, sizeof(name), line->out_file);
		return err_sys(err, ERR_LOCAL, "%s: cannot write", name);
	}
	run->out = stream_of(fd);
	return 0;
}

static int
open_pipe(struct run *run, struct output *o, struct err *err)
{
	struct spawn sp = {
		.command = o->line->pipe_to, .dir = run->dir->fd, .out = -1,
	};
	int fds[2], rc;

	if (pipe2(fds, O_CLOEXEC) == -1)
		return err_sys(err, ERR_LOCAL, "cannot make a pipe");
	sp.in = fds[0];
	if (term_is_json(run->term))
		sp.out = STDERR_FILENO;
	fflush(stdout);
	rc = spawn_start(&sp, &o->pid, err);
	close(fds[0]);
	if (rc != 0) {
		close(fds[1]);
		return -1;
	}
	run->out = stream_of(fds[1]);
	return 0;
}

int
output_begin(struct run *run, const struct line *line, struct output *o,
    struct err *err)
{
	int rc = 0;

	*o = (struct output){ .before = run->out,
		.was_redirected = run->redirected, .line = line };
	if (line->out_file != NULL)
		rc = open_file(run, line, err);
	else if (line->pipe_to != NULL)
		rc = open_pipe(run, o, err);
	if (rc == 0 && run->out != o->before)
		run->redirected = true;
	return rc;
}

static int
say_unwritten(const struct run *run, const struct output *o, int why,
    struct err *err)
{
	const char *name = run->out == stdout ? "standard output" :
	    o->line->out_file;
	char shown[NAME_SHOWN];

	if (name == NULL)
		name = "output";
	errno = why;
	text_escape_to(shown, sizeof(shown), name);
	if (why != 0)
		return err_sys(err, ERR_LOCAL, "%s: cannot write", shown);
	return err_set(err, ERR_LOCAL, "%s: cannot write", shown);
}

int
output_end(struct run *run, struct output *o, int rc, struct err *err)
{
	struct err ignored = ERR_INIT;
	bool own = run->out != o->before, failed;
	int why = 0;

	errno = 0;
	failed = fflush(run->out) != 0;
	if (failed)
		why = errno;
	failed = ferror(run->out) || failed;
	if (own && fclose(run->out) != 0 && !failed) {
		failed = true;
		why = errno;
	}
	if (o->pid != 0) {
		/* Whether it succeeds is not for us to judge. */
		spawn_wait(o->pid, run->cancel, &ignored);
		failed = failed && why != EPIPE && why != 0;
		if (rc != 0 && err->sys == EPIPE) {
			err_clear(err);
			rc = 0;
		}
	}
	if (failed && rc == 0)
		rc = say_unwritten(run, o, why, err);
	if (!own)
		clearerr(run->out);
	run->out = o->before;
	run->redirected = o->was_redirected;
	return rc;
}
