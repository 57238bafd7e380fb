/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The command put. */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/text.h"
#include "config/conceal.h"
#include "ftp/look.h"
#include "ftp/refusal.h"
#include "net/wait.h"
#include "shell/cmd_all.h"
#include "shell/glob.h"
#include "shell/run.h"
#include "shell/spawn.h"
#include "shell/xfer.h"
#include "transfer/copy_put.h"
#include "transfer/remove.h"

enum { FROM = 256, NAME_SHOWN = 256 };

/* One file. */

static int
erase_sent(const struct xfer_item *item, const struct copy_result *res,
    struct err *err)
{
	if (!res->verified || res->changed)
		return err_set(err, ERR_VERIFY, "sent, but kept here: %s",
		    res->changed ? "it was written to meanwhile; send it "
		    "again" : "the transfer could not be verified");
	return remove_sent(item->tree, path_base(item->source), &res->st,
	    err);
}

static void
put_ended(void *ctx, const struct copy_result *res, const struct err *err)
{
	struct xfer_item *item = ctx;
	struct err why = ERR_INIT;

	if (err != NULL) {
		why = *err;
		refusal_explain(item->s, &(struct refusal){
		    .act = REFUSAL_WRITE, .path = item->target,
		    .part = res->part }, &why);
	}
	xfer_ended(item, res, err != NULL ? &why : NULL);
	if (err == NULL && item->x->erase && item->tree != NULL &&
	    erase_sent(item, res, &why) != 0)
		(void)xfer_failed(item->x, item->source, &why);
}

static void
put_regular(struct xfer_item *item)
{
	struct xfer *x = item->x;
	struct copy_put p = {
		.remote = item->target, .local = path_base(item->source),
		.fd = -1, .resume = x->resume,
		.verify = x->verify, .rate = x->rate,
		.more = x->pool != NULL && pool_has(x->pool, JOB_FILE),
	};
	struct copy_result none = { .size = -1 };
	struct err err = ERR_INIT;
	char *dir = path_dir(item->source);

	if (item->tree == NULL)
		item->tree = tree_open_at(x->run->dir->fd, dir, TREE_FOLLOW,
		    &err);
	free(dir);
	p.tree = item->tree;
	if (p.tree != NULL)
		copy_put_queue(item->tail, item->s, &p, put_ended, item);
	else
		put_ended(item, &none, &err);
}

/* Waits until a FIFO has a writer; Ctrl-C ends that. */
static int
open_special(struct run *run, const char *path, struct err *err)
{
	struct pollfd in = { .events = POLLIN };

	in.fd = openat(run->dir->fd, path, O_RDONLY | O_NONBLOCK |
	    O_CLOEXEC | O_NOCTTY);
	if (in.fd == -1)
		return err_sys(err, ERR_LOCAL, "cannot read");
	if (net_wait(&in, 1, DEADLINE_NONE, run->cancel, err) < 0) {
		close(in.fd);
		return -1;
	}
	fcntl(in.fd, F_SETFL, 0);
	return in.fd;
}

/* What cannot be read twice: a FIFO, a device, standard input. */
static void
put_stream(struct xfer_item *item)
{
	struct xfer *x = item->x;
	bool standard = item->standard;
	struct copy_put p = {
		.remote = item->target, .verify = x->verify, .rate = x->rate,
	};
	struct copy_result res = { .size = -1 };
	struct err err = ERR_INIT;
	int rc = -1;

	item->once = true;
	p.fd = standard ? STDIN_FILENO : open_special(x->run, item->source,
	    &err);
	if (p.fd != -1)
		rc = copy_put(item->s, &p, &res, &err);
	if (!standard && p.fd != -1)
		close(p.fd);
	put_ended(item, &res, rc == 0 ? NULL : &err);
}

static void
put_one(struct xfer_item *item)
{
	if (item->standard || item->special)
		put_stream(item);
	else
		put_regular(item);
}

/* put --from COMMAND */

struct from {
	pid_t pid;
	char *shown;		/* the command, without its secrets */
	struct cancel *cancel;
	bool waited, failed;
};

static int
may_commit(void *ctx, struct err *err)
{
	struct from *from = ctx;

	from->waited = true;
	if (spawn_wait(from->pid, from->cancel, err) == 0)
		return 0;
	from->failed = true;
	return err_prefix(err, "%.60s", from->shown);
}

static int
put_from(struct run *run, struct from *from, int fd,
    const struct xfer_item *item, struct xfer *x, struct err *err)
{
	struct copy_put p = {
		.remote = item->target, .fd = fd, .before_end = may_commit,
		.ctx = from, .rate = x->rate, .verify = x->verify,
	};
	struct copy_result res = { .size = -1 };
	struct event ev = {
		.type = EVENT_TRANSFER, .op = "put", .source = from->shown,
		.target = item->target, .seconds = -1,
	};
	int rc;

	rc = copy_put(run->session, &p, &res, err);
	if (rc != 0 && from->failed)
		err_append(err, "; %s was not stored", item->target);
	else if (rc != 0)
		refusal_explain(run->session, &(struct refusal){
		    .act = REFUSAL_WRITE, .path = item->target }, err);
	ev.bytes = res.bytes;
	ev.verified = res.verified;
	ev.err = rc != 0 ? err : NULL;
	observe_event(run->obs, &ev);
	return rc;
}

static int
run_from(struct run *run, const struct args *a, struct err *err)
{
	struct from from = {
		.shown = conceal_copy(args_value(a, FROM)),
		.cancel = run->cancel,
	};
	struct spawn sp = {
		.command = args_value(a, FROM), .dir = run->dir->fd,
	};
	struct xfer_item item = { .target = a->word[0].text };
	struct xfer x;
	int fds[2], rc;

	if (pipe2(fds, O_CLOEXEC) == -1) {
		free(from.shown);
		return err_sys(err, ERR_LOCAL, "cannot make a pipe");
	}
	sp.in = open("/dev/null", O_RDONLY | O_CLOEXEC);
	sp.out = fds[1];
	rc = spawn_start(&sp, &from.pid, err);
	close(sp.in);
	close(fds[1]);
	if (rc == 0) {
		xfer_init(&x, run, a, true, put_one);
		rc = put_from(run, &from, fds[0], &item, &x, err);
		xfer_release(&x);
	}
	close(fds[0]);
	/* What it would still say is for nobody. */
	if (from.pid > 0 && !from.waited)
		spawn_end(from.pid);
	free(from.shown);
	return rc;
}

/* Many files. */

struct put {
	struct xfer x;
	const char *dir, *name;		/* -O, -o */
};

static bool
is_stream(const struct stat *st)
{
	return S_ISFIFO(st->st_mode) || S_ISCHR(st->st_mode);
}

static int
check_source(struct run *run, const char *path, bool recursive, struct stat *st,
    struct err *err)
{
	char shown[NAME_SHOWN];

	text_escape_to(shown, sizeof(shown), path);
	if (fstatat(run->dir->fd, path, st, 0) == -1)
		return err_sys(err, ERR_LOCAL, "%s: cannot read the local file",
		    shown);
	if (S_ISDIR(st->st_mode) && !recursive)
		return err_set(err, ERR_LOCAL, "%s: is a directory; use -r",
		    shown);
	if (S_ISSOCK(st->st_mode) || S_ISBLK(st->st_mode))
		return err_set(err, ERR_LOCAL, "%s: not a regular file",
		    shown);
	if (S_ISREG(st->st_mode) && faccessat(run->dir->fd, path, R_OK,
	    0) == -1)
		return err_sys(err, ERR_LOCAL, "%s: cannot read", shown);
	return 0;
}

/* Of what a glob found only files are sent: a FIFO has to be named. */
static bool
is_left_out(struct run *run, const char *path)
{
	const struct event ev = {
		.type = EVENT_SKIP, .path = path, .type_of = 'o',
		.op = "not a regular file", .bytes = -1, .seconds = -1,
	};
	char shown[NAME_SHOWN];
	struct stat st;

	if (fstatat(run->dir->fd, path, &st, 0) == -1 ||
	    S_ISREG(st.st_mode) || S_ISDIR(st.st_mode))
		return false;
	observe_event(run->obs, &ev);
	observe_warning(run->obs, "%s: left out: not a regular file",
	    text_escape_to(shown, sizeof(shown), path));
	return true;
}

static int
add_path(struct run *run, struct put *put, const char *path, bool typed,
    struct err *err)
{
	bool standard = typed && strcmp(path, "-") == 0;
	struct stat st = { .st_mode = S_IFREG };
	struct xfer_item *item;
	char *base, *target;

	if (!typed && is_left_out(run, path))
		return 0;
	if (!standard &&
	    check_source(run, path, put->x.recursive, &st, err) != 0)
		return -1;
	base = xfer_base(path);
	target = put->name != NULL ? xstrdup(put->name) :
	    xfer_target(put->dir, base);
	free(base);
	if (S_ISDIR(st.st_mode)) {
		xfer_add_dir(&put->x, path, target);
		return 0;
	}
	item = xfer_add(&put->x, path, target, NULL);
	item->standard = standard;
	item->special = is_stream(&st);
	return 0;
}

static int
add_word(struct run *run, struct put *put, const struct word *w,
    struct err *err)
{
	bool typed = !w->glob || !run->set->glob;
	struct strvec paths = STRVEC_INIT;
	size_t i;
	int rc;

	rc = glob_local(run, w, &paths, err);
	for (i = 0; i < paths.n && rc == 0; i++)
		rc = add_path(run, put, paths.v[i], typed, err);
	strvec_release(&paths);
	return rc;
}

/* "put - NAME" */
static bool
is_standard(const struct args *a)
{
	return a->n == 2 && strcmp(a->word[0].text, "-") == 0 &&
	    !args_has(a, 'o');
}

static bool
is_remote_dir(struct session *s, const char *path)
{
	struct err ignored = ERR_INIT;
	struct listing l;
	bool is_dir;

	if (look_one(s, path, &l, &ignored) != 1)
		return false;
	is_dir = l.entry[0].type == 'd';
	listing_release(&l);
	return is_dir;
}

/* The second word may be where the first was to go. */
static void
advise_target(const struct run *run, const struct args *a, size_t failed,
    struct err *err)
{
	const struct word *to = &a->word[a->n - 1];
	bool target = a->n == 2 && failed == 1 && !to->glob &&
	    !args_has(a, 'O');
	char shown[NAME_SHOWN];

	if (target && err->sys == ENOENT)
		err_set(err, ERR_LOCAL, "%s: no such local file",
		    text_escape_to(shown, sizeof(shown), to->text));
	if (a->n != 1)
		err_append(err, "; nothing was sent");
	if (target)
		xfer_advise_target(a, is_remote_dir(run->session, to->text),
		    err);
}

static int
add_all(struct run *run, struct put *put, const struct args *a,
    struct err *err)
{
	size_t i, n = a->n;
	int rc = 0;

	if (is_standard(a)) {
		put->name = a->word[1].text;
		n = 1;
	}
	for (i = 0; i < n && rc == 0; i++)
		rc = add_word(run, put, &a->word[i], err);
	if (rc != 0)
		advise_target(run, a, i - 1, err);
	if (rc == 0 && put->name != NULL &&
	    put->x.n + put->x.dir_source.n > 1)
		rc = err_set(err, ERR_USAGE, "put: -o is for one file");
	return rc;
}

static int
run_put(struct run *run, const struct args *a, struct err *err)
{
	struct put put = {
		.dir = args_value(a, 'O'), .name = args_value(a, 'o'),
	};

	if (args_has(a, FROM))
		return run_from(run, a, err);
	xfer_init(&put.x, run, a, true, put_one);
	/* Nothing is sent before all sources were looked at. */
	if (add_all(run, &put, a, err) != 0) {
		xfer_release(&put.x);
		return -1;
	}
	return xfer_run(&put.x, err);
}

static int
check_standard(struct run *run, struct err *err)
{
	if (run->interactive)
		return err_set(err, ERR_USAGE, "put: standard input is the "
		    "shell's");
	if (*run->stdin_taken)
		return err_set(err, ERR_USAGE, "put: standard input is taken "
		    "already");
	*run->stdin_taken = true;
	return 0;
}

static int
check_put(struct run *run, const struct args *a, struct err *err)
{
	bool named = args_has(a, 'o') || is_standard(a);
	size_t i;

	if (args_has(a, FROM)) {
		if (a->n == 1 && a->nvalues == 1)
			return 0;
		return err_set(err, ERR_USAGE,
		    "put: --from goes with one NAME and nothing else");
	}
	if (args_has(a, 'o') && (args_has(a, 'O') || a->n > 1))
		return err_set(err, ERR_USAGE,
		    "put: -o is for one file, and not with -O");
	for (i = 0; i < a->n; i++) {
		if (strcmp(a->word[i].text, "-") != 0)
			continue;
		if (!named)
			return err_set(err, ERR_USAGE, "put: standard input "
			    "needs a name: put - NAME");
		return check_standard(run, err);
	}
	return 0;
}

static const struct cmd_alias put_aliases[] = { { "mput", 0 }, { 0 } };

static const struct cmd_option put_options[] = {
	XFER_OPTIONS(ARG_REMOTE_DIR, ARG_REMOTE),
	{ FROM, "from", ARG_NAME, "COMMAND",
	    "send what a local command prints, if it ends with status 0" },
	{ 0 }
};

static const struct cmd_alias put_synonyms[] = {
	{ "reput", 'c' }, { "send", 0 }, { "msend", 0 }, { NULL, 0 }
};

const struct cmd cmd_put = {
	.name = "put",
	.aliases = put_aliases,
	.synonyms = put_synonyms,
	.options = put_options,
	.foreign = xfer_foreign,
	.min = 1, .max = -1, .first = ARG_LOCAL, .rest = ARG_LOCAL,
	.flags = CMD_SERVER | CMD_DATA,
	.usage = "put [-crE] [-O DIR | -o NAME] FILE... | put - NAME | "
	    "put --from COMMAND NAME",
	.example = "put -O www index.html",
	.summary = "Send files, or with -r directories",
	.help = "put - sends standard input.",
	.check = check_put,
	.run = run_put,
};
