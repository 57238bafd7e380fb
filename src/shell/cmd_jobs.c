/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The commands about jobs: jobs, wait, fg, kill. */
#include <string.h>

#include "base/parse.h"
#include "shell/cmd_all.h"
#include "shell/jobs.h"
#include "shell/shell.h"

enum { NUMBER_MAX = 1000000 };

/* "2" or, as in other shells, "%2". */
static int
parse_number(const char *text, uint64_t *n)
{
	if (text[0] == '%')
		text++;
	return parse_u64(text, NUMBER_MAX, n) == 0 && *n > 0 ? 0 : -1;
}

static int
check_numbers(struct run *run, const struct args *a, struct err *err)
{
	uint64_t n;
	size_t i;

	(void)run;
	for (i = 0; i < a->n; i++) {
		if (parse_number(a->word[i].text, &n) != 0)
			return err_set(err, ERR_USAGE, "%s: not the number of "
			    "a job; see 'jobs'", a->cmd->name);
	}
	return 0;
}

/* lftp's "wait all". */
static bool
means_all(const struct args *a)
{
	return a->n == 0 || strcmp(a->word[0].text, "all") == 0;
}

static int
check_wait(struct run *run, const struct args *a, struct err *err)
{
	return means_all(a) ? 0 : check_numbers(run, a, err);
}

/* The job of the i-th operand; without one, the last that was begun. */
static int
find_job(struct run *run, const struct args *a, size_t i, struct call **c,
    struct err *err)
{
	uint64_t n = 0;

	if (i < a->n)
		parse_number(a->word[i].text, &n);
	if (jobs_find(run->shell, (int)n, c, err) == 0)
		return 0;
	return err_prefix(err, "%s", a->cmd->name);
}

static int
run_jobs(struct run *run, const struct args *a, struct err *err)
{
	(void)a;
	(void)err;
	jobs_list(run->shell, run->out);
	return 0;
}

const struct cmd cmd_jobs = {
	.name = "jobs",
	.flags = CMD_SHELL,
	.group = "Jobs",
	.usage = "jobs",
	.summary = "List what runs beside the shell, and how far it is",
	.help = "'COMMAND &' begins a job; Ctrl-Z makes one of the command "
	    "that is running.",
	.run = run_jobs,
};

static int
run_wait(struct run *run, const struct args *a, struct err *err)
{
	struct call *c = NULL;

	if (!means_all(a) && find_job(run, a, 0, &c, err) != 0)
		return -1;
	return jobs_wait(run->shell, c, err);
}

const struct cmd cmd_wait_ = {
	.name = "wait",
	.min = 0, .max = 1, .first = ARG_NAME,
	.flags = CMD_SHELL,
	.usage = "wait [N]",
	.summary = "Wait until a job, or all of them, have ended",
	.help = "It fails if one of them fails.",
	.check = check_wait,
	.run = run_wait,
};

static int
run_fg(struct run *run, const struct args *a, struct err *err)
{
	struct call *c;

	if (find_job(run, a, 0, &c, err) != 0)
		return -1;
	return jobs_fetch(run->shell, c, err);
}

const struct cmd cmd_fg = {
	.name = "fg",
	.min = 0, .max = 1, .first = ARG_NAME,
	.flags = CMD_SHELL,
	.usage = "fg [N]",
	.summary = "Bring a job back to the foreground: the last, or N",
	.check = check_numbers,
	.run = run_fg,
};

static int
run_kill(struct run *run, const struct args *a, struct err *err)
{
	struct call *c;
	size_t i;

	for (i = 0; i < a->n; i++) {
		if (find_job(run, a, i, &c, err) != 0)
			return -1;
		jobs_kill(c);
	}
	return 0;
}

const struct cmd cmd_kill_ = {
	.name = "kill",
	.min = 1, .max = -1, .first = ARG_NAME, .rest = ARG_NAME,
	.flags = CMD_SHELL,
	.usage = "kill N...",
	.summary = "End jobs; what they have in part is kept",
	.check = check_numbers,
	.run = run_kill,
};
