/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The commands that show what is in files: cat, more, head, tail. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/parse.h"
#include "ftp/files.h"
#include "shell/cmd_all.h"
#include "shell/names.h"
#include "shell/run.h"
#include "shell/spawn.h"
#include "shell/view.h"
#include "transfer/copy.h"

enum {
	LINES = 10,			/* head and tail without -n */
	TAIL_WINDOW = 64 * 1024,	/* the first try to find them in */
	TAIL_MAX = 64 * 1024 * 1024,	/* what tail holds at most */
};

static int
check_raw(struct run *run, const struct args *a, struct err *err)
{
	if (term_is_json(run->term) && a->line->out_file == NULL &&
	    a->line->pipe_to == NULL)
		return err_set(err, ERR_USAGE, "%s: standard output is taken "
		    "by --json", a->cmd->name);
	return 0;
}

/* cat */

/* A person is shown text, all others get the bytes. */
static int
cat_one(struct run *run, const struct glob_name *name, void *ctx,
    struct err *err)
{
	struct copy_get g = { .remote = name->path, .entry = name->entry };
	struct screen scr = SCREEN_INIT(run->out);
	struct copy_result res;
	int rc;

	if (run_is_terminal(run)) {
		rc = view_file(run->session, name->path, 0, screen_take, &scr,
		    err);
		screen_finish(&scr);
		return rc == 0 ? 0 :
		    names_refused(run, REFUSAL_READ, name, err);
	}
	if (fflush(run->out) != 0)
		return err_sys(err, ERR_LOCAL, "output: cannot write");
	g.fd = fileno(run->out);
	g.rate = ctx;
	g.verify = run->set->verify;
	if (copy_get(run->session, &g, &res, err) == 0)
		return 0;
	return names_refused(run, REFUSAL_READ, name, err);
}

static int
run_cat(struct run *run, const struct args *a, struct err *err)
{
	struct rate *rate = rate_new(run->set->rate_limit);
	int rc = names_each(run, a, cat_one, rate, err);

	rate_free(rate);
	return rc;
}

const struct cmd cmd_cat = {
	.name = "cat",
	.min = 1, .max = -1, .first = ARG_REMOTE, .rest = ARG_REMOTE,
	.flags = CMD_SERVER | CMD_DATA,
	.usage = "cat FILE...",
	.summary = "Print files; raw unless to a terminal",
	.check = check_raw,
	.run = run_cat,
};

/* more */

static int
more_one(struct run *run, const struct glob_name *name, void *ctx,
    struct err *err)
{
	struct screen *scr = ctx;
	int rc;

	rc = view_file(run->session, name->path, 0, screen_take, scr, err);
	/* Who leaves the pager has seen enough. */
	if (rc != 0 && ferror(scr->fp)) {
		err_clear(err);
		rc = 0;
	}
	return rc == 0 ? 0 : names_refused(run, REFUSAL_READ, name, err);
}

static int
page_files(struct run *run, const struct args *a, const char *pager,
    struct err *err)
{
	struct spawn sp = { .command = pager, .dir = run->dir->fd,
		.out = -1 };
	struct err ignored = ERR_INIT;
	struct screen scr = { .line = BUF_INIT(BUF_OWN) };
	int fds[2], rc;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) == -1)
		return err_sys(err, ERR_LOCAL, "cannot make a pipe");
	sp.in = fds[0];
	rc = spawn_start(&sp, &pid, err);
	close(fds[0]);
	scr.fp = fdopen(fds[1], "w");
	if (scr.fp == NULL)
		abort();
	if (rc == 0) {
		rc = names_each(run, a, more_one, &scr, err);
		screen_finish(&scr);
	}
	fclose(scr.fp);
	if (pid > 0)
		spawn_wait(pid, run->cancel, &ignored);
	return rc;
}

static int
run_more(struct run *run, const struct args *a, struct err *err)
{
	const char *pager = run->set->pager;

	if (!run_is_terminal(run))
		return run_cat(run, a, err);
	if (pager == NULL)
		pager = getenv("PAGER");
	if (pager == NULL || *pager == '\0')
		pager = "less";
	fflush(run->out);
	return page_files(run, a, pager, err);
}

static const struct cmd_alias more_aliases[] = { { "less", 0 }, { 0 } };

const struct cmd cmd_more = {
	.name = "more",
	.aliases = more_aliases,
	.min = 1, .max = -1, .first = ARG_REMOTE, .rest = ARG_REMOTE,
	.flags = CMD_SERVER | CMD_DATA,
	.usage = "more FILE...",
	.summary = "Page through files",
	.check = check_raw,
	.run = run_more,
};

/* head */

/* What head and tail print, to a person or not. */
struct print {
	struct run *run;
	bool escape;
	struct screen scr;
	uint64_t lines;		/* still to come */
};

static int
print_data(struct print *p, const char *data, size_t n, struct err *err)
{
	if (p->escape)
		return screen_take(&p->scr, data, n, err);
	if (fwrite(data, 1, n, p->run->out) != n)
		return err_sys(err, ERR_LOCAL, "output: cannot write");
	return 0;
}

static int
take_head(void *ctx, const char *data, size_t n, struct err *err)
{
	struct print *p = ctx;
	size_t i;

	for (i = 0; i < n && p->lines > 0; i++) {
		if (data[i] == '\n')
			p->lines--;
	}
	if (print_data(p, data, i, err) != 0)
		return -1;
	return p->lines == 0;
}

static uint64_t
wanted_lines(const struct args *a)
{
	uint64_t n = LINES;

	if (args_value(a, 'n') != NULL)
		parse_u64(args_value(a, 'n'), INT32_MAX, &n);
	return n;
}

static int
check_lines(struct run *run, const struct args *a, struct err *err)
{
	uint64_t n;

	if (args_value(a, 'n') != NULL &&
	    parse_u64(args_value(a, 'n'), INT32_MAX, &n) != 0)
		return err_set(err, ERR_USAGE, "%s: -n: not a number",
		    a->cmd->name);
	return check_raw(run, a, err);
}

static int
head_one(struct run *run, const struct glob_name *name, void *ctx,
    struct err *err)
{
	struct print p = {
		.run = run, .escape = run_is_terminal(run),
		.scr = SCREEN_INIT(run->out),
		.lines = *(uint64_t *)ctx,
	};
	int rc;

	rc = view_file(run->session, name->path, 0, take_head, &p, err);
	screen_finish(&p.scr);
	return rc == 0 ? 0 : names_refused(run, REFUSAL_READ, name, err);
}

static int
run_head(struct run *run, const struct args *a, struct err *err)
{
	uint64_t lines = wanted_lines(a);

	return names_each(run, a, head_one, &lines, err);
}

static const struct cmd_option lines_options[] = {
	{ 'n', "lines", ARG_TEXT, "N", "so many instead of 10" },
	{ 0 }
};

const struct cmd cmd_head = {
	.name = "head",
	.options = lines_options,
	.min = 1, .max = -1, .first = ARG_REMOTE, .rest = ARG_REMOTE,
	.flags = CMD_SERVER | CMD_DATA,
	.usage = "head [-n N] FILE...",
	.summary = "Print the first lines of files",
	.check = check_lines,
	.run = run_head,
};

/* tail */

struct tail {
	struct buf data;
	uint64_t lines;
};

/* Where the last lines begin; found: whether there are as many. */
static size_t
last_lines(const struct tail *t, bool *found)
{
	uint64_t lines = t->lines;
	size_t at = t->data.len;

	*found = true;
	if (lines == 0)
		return at;
	if (at > 0 && t->data.data[at - 1] == '\n')
		at--;
	for (; at > 0; at--) {
		if (t->data.data[at - 1] == '\n' && --lines == 0)
			return at;
	}
	*found = false;
	return 0;
}

static int
take_tail(void *ctx, const char *data, size_t n, struct err *err)
{
	struct tail *t = ctx;
	bool found;

	if (t->data.len + n > TAIL_MAX)
		buf_consume(&t->data, last_lines(t, &found));
	if (buf_add(&t->data, data, n) != 0)
		return err_set(err, ERR_LOCAL,
		    "the last lines are longer than 64M");
	return 0;
}

/* Reads ever more of the file's end until the lines are found in it. */
static int
read_tail(struct session *s, const char *path, struct tail *t,
    struct err *err)
{
	int64_t size, window = TAIL_WINDOW, offset;
	bool found;
	int rc;

	if ((rc = files_size(s, path, &size, err)) < 0)
		return -1;
	for (;; window *= 8) {
		offset = rc == 1 && size > window ? size - window : 0;
		buf_clear(&t->data);
		if (view_file(s, path, offset, take_tail, t, err) != 0) {
			/* Not every server knows REST. */
			if (offset == 0 || err->code / 100 != 5)
				return -1;
			err_clear(err);
			rc = 0;
			continue;
		}
		buf_consume(&t->data, last_lines(t, &found));
		if (found || offset == 0)
			return 0;
	}
}

static int
tail_one(struct run *run, const struct glob_name *name, void *ctx,
    struct err *err)
{
	struct print p = {
		.run = run, .escape = run_is_terminal(run),
		.scr = SCREEN_INIT(run->out),
	};
	struct tail t = {
		.data = BUF_INIT(TAIL_MAX), .lines = *(uint64_t *)ctx,
	};
	int rc;

	rc = read_tail(run->session, name->path, &t, err);
	if (rc == 0)
		rc = print_data(&p, t.data.data, t.data.len, err);
	screen_finish(&p.scr);
	buf_release(&t.data);
	return rc == 0 ? 0 : names_refused(run, REFUSAL_READ, name, err);
}

static int
run_tail(struct run *run, const struct args *a, struct err *err)
{
	uint64_t lines = wanted_lines(a);

	return names_each(run, a, tail_one, &lines, err);
}

const struct cmd cmd_tail = {
	.name = "tail",
	.options = lines_options,
	.min = 1, .max = -1, .first = ARG_REMOTE, .rest = ARG_REMOTE,
	.flags = CMD_SERVER | CMD_DATA,
	.usage = "tail [-n N] FILE...",
	.summary = "Print the last lines of files",
	.help = "Only the end of a file is fetched where the server knows "
	    "SIZE and REST.",
	.check = check_lines,
	.run = run_tail,
};
