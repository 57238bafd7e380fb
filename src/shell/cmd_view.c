/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The commands that show what is in files: cat and more. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "shell/cmd_all.h"
#include "shell/names.h"
#include "shell/run.h"
#include "shell/screen.h"
#include "shell/spawn.h"
#include "shell/view.h"
#include "transfer/copy_get.h"

/* Bytes and events do not mix. */
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

static const struct cmd_alias more_synonyms[] = {
	{ "page", 0 }, { NULL, 0 }
};

const struct cmd cmd_more = {
	.name = "more",
	.aliases = more_aliases,
	.synonyms = more_synonyms,
	.min = 1, .max = -1, .first = ARG_REMOTE, .rest = ARG_REMOTE,
	.flags = CMD_SERVER | CMD_DATA | CMD_FRONT,
	.usage = "more FILE...",
	.summary = "Page through files",
	.check = check_raw,
	.run = run_more,
};
