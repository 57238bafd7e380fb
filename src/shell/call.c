/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "shell/call.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "config/conceal.h"
#include "shell/shell.h"

enum { LINE_SHOWN = 64 * 1024, CHUNK = 16 * 1024 };

char *
call_text(const struct cmd *const *commands, const struct line *line)
{
	struct buf b = BUF_INIT(BUF_OWN);
	struct err ignored = ERR_INIT;
	const struct cmd *cmd = cmd_find(commands, line->word[0].text,
	    &ignored);
	char *text;
	size_t i;

	for (i = 0; i < line->n; i++)
		buf_addf(&b, "%s%s", i > 0 ? " " : "", i > 0 && cmd != NULL &&
		    cmd->secret != NULL && cmd->secret(line, i) ? "****" :
		    line->word[i].text);
	if (line->out_file != NULL)
		buf_addf(&b, " %s %s", line->append ? ">>" : ">",
		    line->out_file);
	text = conceal_copy(b.data);
	buf_release(&b);
	return text;
}

struct call *
call_new(const struct run *run, const struct line *line)
{
	struct call *c = xcalloc(1, sizeof(*c));

	c->line = lex_line_copy(line);
	c->text = call_text(run->commands, line);
	c->run = *run;
	settings_copy(&c->set, run->set);
	c->run.set = &c->set;
	c->dir.fd = AT_FDCWD;
	return c;
}

/* lcd is not to move it. */
static bool
keep_dir(struct call *c)
{
	const struct local_dir *dir = c->run.dir;

	if (dir->fd != AT_FDCWD &&
	    (c->dir.fd = fcntl(dir->fd, F_DUPFD_CLOEXEC, 0)) == -1) {
		c->dir.fd = AT_FDCWD;
		return false;
	}
	c->dir.path = xstrdup(dir->path);
	c->run.dir = &c->dir;
	return true;
}

/* Seats. */

static bool
make_seat(const struct shell *sh, struct seat *seat)
{
	seat->cancel = cancel_new();
	if (seat->cancel == NULL)
		return false;
	seat->voice = voice_new(term_observer(sh->term));
	if (sh->site == NULL)
		return true;
	seat->site = site_copy(sh->site);
	seat->session = session_new_like(sh->session, seat->site,
	    voice_observer(seat->voice), seat->cancel);
	return true;
}

static void
release_seat(struct seat *seat)
{
	session_free(seat->session);
	site_free(seat->site);
	cancel_free(seat->cancel);
	voice_free(seat->voice);
}

/* The command keeps what it runs on, the shell gets the other one. */
static void
change_seats(struct shell *sh, struct call *c)
{
	const struct seat next = c->seat;

	c->seat = (struct seat){ .site = sh->site, .session = sh->session,
		.cancel = sh->cancel, .voice = sh->voice };
	sh->site = next.site;
	sh->session = next.session;
	sh->cancel = next.cancel;
	sh->voice = next.voice;
	sh->obs = voice_observer(sh->voice);
	cancel_follow(sh->cancel);
	term_show(sh->term, sh->voice);
}

static void
take_seat(struct run *run, const struct seat *seat)
{
	run->session = seat->session;
	run->site = seat->site;
	run->obs = voice_observer(seat->voice);
	run->cancel = seat->cancel;
	/* Nobody is at a job's side to be asked. */
	run->interactive = false;
	if (seat->site != NULL) {
		seat->site->ask = NULL;
		seat->site->terminal = false;
	}
}

void
call_free(struct call *c)
{
	release_seat(&c->seat);
	if (c->out != NULL)
		fclose(c->out);
	if (c->kept != NULL)
		fclose(c->kept);
	args_release(&c->args);
	lex_line_free(c->line);
	settings_release(&c->set);
	if (c->dir.fd != AT_FDCWD)
		close(c->dir.fd);
	free(c->dir.path);
	free(c->text);
	free(c);
}

/* Output. */

/* Another stream to where fp goes; NULL with errno. */
static FILE *
duplicate(FILE *fp)
{
	int fd = fcntl(fileno(fp), F_DUPFD_CLOEXEC, 0);
	FILE *copy = fd != -1 ? fdopen(fd, "w") : NULL;

	if (copy == NULL && fd != -1)
		close(fd);
	return copy;
}

/* What is written to out from now on goes to where fp goes. */
static void
turn(FILE *out, FILE *fp)
{
	fflush(out);
	dup3(fileno(fp), fileno(out), O_CLOEXEC);
}

void
call_hide(struct call *c)
{
	if (c->kept == NULL)
		c->kept = tmpfile();
	if (c->kept != NULL)
		turn(c->out, c->kept);
}

static void
show_line(const struct shell *sh, struct buf *line)
{
	term_print(sh->term, "%s", line->data);
	buf_truncate(line, 0);
}

/* On a terminal line by line, which is escaped; else as it is. */
static void
show_bytes(const struct shell *sh, bool terminal, const char *s, size_t n,
    struct buf *line)
{
	size_t i;

	if (!terminal) {
		fwrite(s, 1, n, sh->out);
		return;
	}
	for (i = 0; i < n; i++) {
		if (s[i] == '\n' || line->len == LINE_SHOWN)
			show_line(sh, line);
		if (s[i] != '\n')
			buf_addc(line, s[i]);
	}
}

/* ended: an unfinished line, too. */
static void
show_kept(struct call *c, const struct shell *sh, bool ended)
{
	bool terminal = isatty(fileno(sh->out)) != 0;
	struct buf line = BUF_INIT(BUF_OWN);
	char chunk[CHUNK];
	ssize_t n;

	if (c->kept == NULL)
		return;
	fflush(c->out);
	/* Where it is read does not move where the command writes. */
	while ((n = pread(fileno(c->kept), chunk, sizeof(chunk),
	    c->shown)) > 0) {
		show_bytes(sh, terminal, chunk, (size_t)n, &line);
		c->shown += n;
	}
	if (line.len > 0 && ended)
		show_line(sh, &line);
	c->shown -= (off_t)line.len;
	buf_release(&line);
	fflush(sh->out);
}

void
call_show(struct call *c, struct shell *sh)
{
	show_kept(c, sh, true);
}

void
call_show_lines(struct call *c, struct shell *sh)
{
	show_kept(c, sh, false);
}

void
call_unhide(struct call *c, struct shell *sh)
{
	/* What has begun without a terminal would not escape for one (I6). */
	if (isatty(fileno(sh->out)) != 0)
		return;
	call_show(c, sh);
	if (c->kept != NULL)
		turn(c->out, sh->out);
}

/* At work. */

/* In its thread. */
static void
work(void *arg)
{
	struct call *c = arg;

	c->rc = run_call(&c->run, &c->args, &c->err);
}

/*
 * The same with its output, which may have to wait for whoever reads it; and
 * its connection, which others may need.
 */
static void
work_aside(void *arg)
{
	struct call *c = arg;

	c->rc = output_begin(&c->run, c->line, &c->output, &c->err);
	if (c->rc != 0)
		return;
	c->rc = run_call(&c->run, &c->args, &c->err);
	c->rc = output_end(&c->run, &c->output, c->rc, &c->err);
	if (c->run.session != NULL)
		session_close(c->run.session);
}

/* A seat for the shell, and a way to take the output away from it. */
static bool
prepare_stop(const struct shell *sh, struct call *c)
{
	if (!sh->interactive || c->run.redirected || c->line->pipe_to != NULL ||
	    (c->args.cmd->flags & CMD_FRONT) != 0)
		return false;
	fflush(sh->out);
	c->out = duplicate(sh->out);
	if (c->out == NULL || !keep_dir(c) || !make_seat(sh, &c->seat))
		return false;
	c->run.out = c->out;
	return true;
}

bool
call_serve(struct shell *sh, struct call *c)
{
	struct tasks_service how = {
		.cancel = sh->cancel, .deadline = sh->deadline,
		.can_stop = prepare_stop(sh, c),
	};

	c->rc = output_begin(&c->run, c->line, &c->output, &c->err);
	if (c->rc != 0)
		return true;
	c->put_out = true;
	c->task = tasks_start(sh->tasks, work, c, false);
	if (tasks_serve(sh->tasks, c->task, &how))
		return true;
	change_seats(sh, c);
	return false;
}

int
call_start_aside(struct shell *sh, struct call *c, struct err *err)
{
	c->kept = tmpfile();
	c->out = c->kept != NULL ? duplicate(c->kept) : NULL;
	if (c->out == NULL || !keep_dir(c) || !make_seat(sh, &c->seat))
		return err_sys(err, ERR_LOCAL, "cannot make a job of it");
	c->run.out = c->out;
	c->run.redirected = false;
	take_seat(&c->run, &c->seat);
	voice_set_job(c->seat.voice, c->number);
	c->task = tasks_start(sh->tasks, work_aside, c, true);
	return 0;
}

int
call_end(struct call *c, struct err *err)
{
	tasks_end(c->task);
	c->task = NULL;
	if (c->put_out)
		c->rc = output_end(&c->run, &c->output, c->rc, &c->err);
	*err = c->err;
	return c->rc;
}
