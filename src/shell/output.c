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
open_file(struct shell *sh, const struct line *line, struct err *err)
{
	char name[NAME_SHOWN];
	int fd;

	fd = openat(sh->local_dir, line->out_file, O_WRONLY | O_CREAT |
	    O_CLOEXEC | O_NOCTTY | (line->append ? O_APPEND : O_TRUNC), 0666);
	if (fd == -1) {
		text_escape_to(name, sizeof(name), line->out_file);
		return err_sys(err, ERR_LOCAL, "%s: cannot write", name);
	}
	sh->out = stream_of(fd);
	return 0;
}

static int
open_pipe(struct shell *sh, struct output *o, struct err *err)
{
	struct spawn sp = {
		.command = o->line->pipe_to, .dir = sh->local_dir, .out = -1,
	};
	int fds[2], rc;

	if (pipe2(fds, O_CLOEXEC) == -1)
		return err_sys(err, ERR_LOCAL, "cannot make a pipe");
	sp.in = fds[0];
	if (term_is_json(sh->term))
		sp.out = STDERR_FILENO;
	fflush(stdout);
	rc = spawn_start(&sp, &o->pid, err);
	close(fds[0]);
	if (rc != 0) {
		close(fds[1]);
		return -1;
	}
	sh->out = stream_of(fds[1]);
	return 0;
}

int
output_begin(struct shell *sh, const struct line *line, struct output *o,
    struct err *err)
{
	int rc = 0;

	*o = (struct output){ .before = sh->out, .was_ours = sh->out_is_ours,
		.line = line };
	if (line->out_file != NULL)
		rc = open_file(sh, line, err);
	else if (line->pipe_to != NULL)
		rc = open_pipe(sh, o, err);
	if (rc == 0 && sh->out != o->before)
		sh->out_is_ours = false;
	return rc;
}

static int
say_unwritten(const struct shell *sh, const struct output *o, int why,
    struct err *err)
{
	const char *name = sh->out == stdout ? "standard output" :
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
output_end(struct shell *sh, struct output *o, int rc, struct err *err)
{
	struct err ignored = ERR_INIT;
	bool own = sh->out != o->before, failed;
	int why = 0;

	errno = 0;
	failed = fflush(sh->out) != 0;
	if (failed)
		why = errno;
	failed = ferror(sh->out) || failed;
	if (own && fclose(sh->out) != 0 && !failed) {
		failed = true;
		why = errno;
	}
	if (o->pid != 0) {
		/* Its status is its own affair. */
		spawn_wait(o->pid, sh->cancel, &ignored);
		failed = failed && why != EPIPE && why != 0;
		if (rc != 0 && err->sys == EPIPE) {
			err_clear(err);
			rc = 0;
		}
	}
	if (failed && rc == 0)
		rc = say_unwritten(sh, o, why, err);
	if (!own)
		clearerr(sh->out);
	sh->out = o->before;
	sh->out_is_ours = o->was_ours;
	return rc;
}
