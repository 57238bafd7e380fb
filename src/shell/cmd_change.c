/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The commands that change names and attributes on the server. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/parse.h"
#include "base/path.h"
#include "base/text.h"
#include "ftp/files.h"
#include "ftp/folders.h"
#include "ftp/look.h"
#include "ftp/removal.h"
#include "ftp/rename.h"
#include "shell/cmd_all.h"
#include "shell/names.h"
#include "shell/run.h"
#include "transfer/copy_put.h"
#include "transfer/stored.h"

enum { NAME_SHOWN = 256 };

/* mkdir, rmdir */

static void
tell_dir(struct run *run, enum event_type type, const char *path)
{
	struct event ev = {
		.type = type, .path = path, .is_dir = true, .bytes = -1,
		.seconds = -1,
	};

	observe_event(run->obs, &ev);
}

/* What was refused, in words. */
static int
explain_refusal(struct run *run, enum refusal_act act, const char *path,
    const char *to, struct err *err)
{
	return refusal_explain(run->session, &(struct refusal){ .act = act,
	    .path = path, .to = to }, err);
}

static int
run_mkdir(struct run *run, const struct args *a, struct err *err)
{
	const char *path;
	size_t i;
	int rc;

	for (i = 0; i < a->n; i++) {
		path = a->word[i].text;
		rc = args_has(a, 'p') || args_has(a, 'f') ?
		    folders_make_path(run->session, path, NULL, err) :
		    folders_make(run->session, path, err);
		if (rc == 0) {
			tell_dir(run, EVENT_MKDIR, path);
			rc = stored_check(run->session, path, err);
		} else {
			explain_refusal(run, REFUSAL_MKDIR, path, NULL, err);
		}
		if (rc != 0 && run_failed(run, path, err))
			break;
		err_clear(err);
	}
	return run_result(run, err);
}

static const struct cmd_option mkdir_options[] = {
	{ 'p', "parents", ARG_NONE, NULL,
	    "make missing parents; existing directories are fine" },
	{ 0 }
};

/* lftp's: no failure if it is there. */
static const struct cmd_option mkdir_others[] = {
	{ 'f', NULL, ARG_NONE, NULL, "" },
	{ 0 }
};

static const struct cmd_option *const mkdir_foreign[] = {
	mkdir_others, NULL
};

const struct cmd cmd_mkdir = {
	.name = "mkdir",
	.options = mkdir_options,
	.foreign = mkdir_foreign,
	.min = 1, .max = -1, .first = ARG_REMOTE_DIR, .rest = ARG_REMOTE_DIR,
	.flags = CMD_SERVER,
	.group = "Change",
	.usage = "mkdir [-p] DIR...",
	.summary = "Make directories",
	.run = run_mkdir,
};

static int
rmdir_one(struct run *run, const struct glob_name *name, void *ctx,
    struct err *err)
{
	(void)ctx;
	if (removal_dir(run->session, name->path, err) != 0)
		return explain_refusal(run, REFUSAL_RMDIR, name->path, NULL,
		    err);
	tell_dir(run, EVENT_DELETE, name->path);
	return 0;
}

static int
run_rmdir(struct run *run, const struct args *a, struct err *err)
{
	return names_each(run, a, rmdir_one, NULL, err);
}

const struct cmd cmd_rmdir = {
	.name = "rmdir",
	.min = 1, .max = -1, .first = ARG_REMOTE_DIR, .rest = ARG_REMOTE_DIR,
	.flags = CMD_SERVER,
	.usage = "rmdir DIR...",
	.summary = "Remove empty directories",
	.run = run_rmdir,
};

/* mv */

struct move {
	const char *to;
	bool into, force;
};

static char *
without_slashes(const char *path)
{
	size_t n = strlen(path);

	while (n > 1 && path[n - 1] == '/')
		n--;
	return xstrndup(path, n);
}

/* Whether there is nothing at to, or nothing that must be kept. */
static bool
may_replace(struct run *run, const char *to, const struct move *m)
{
	struct err ignored = ERR_INIT;
	char shown[NAME_SHOWN];
	struct listing l;
	bool there;

	if (!run->interactive || m->force)
		return true;
	there = look_one(run->session, to, &l, &ignored) == 1 ||
	    look_unlisted(run->session, to, &ignored) > 0;
	listing_release(&l);
	return !there || run_confirm(run, "Replace %s?",
	    text_escape_to(shown, sizeof(shown), to));
}

static int
move_one(struct run *run, const struct glob_name *name, void *ctx,
    struct err *err)
{
	const struct move *m = ctx;
	char *from = without_slashes(name->path), *to;
	int rc = 0;

	to = m->into ? path_join(m->to, path_base(from)) :
	    without_slashes(m->to);
	if (may_replace(run, to, m)) {
		rc = rename_path(run->session, from, to, true, err);
		if (rc != 0)
			explain_refusal(run, REFUSAL_RENAME, from, to, err);
		else
			rc = stored_check(run->session, to, err);
	}
	free(to);
	free(from);
	return rc;
}

static int
run_mv(struct run *run, const struct args *a, struct err *err)
{
	const char *to = a->word[a->n - 1].text;
	struct move m = { .to = to, .force = args_has(a, 'f') };
	struct glob_result r = { 0 };
	bool go_on;
	int rc;

	if ((rc = folders_has(run->session, to, err)) < 0)
		return -1;
	m.into = rc == 1;
	go_on = names_expand(run, a, 0, a->n - 1, &r);
	if (go_on && r.n > 1 && !m.into) {
		glob_release(&r);
		return err_set(err, ERR_USAGE, "mv: several names, but %s is "
		    "no directory", to);
	}
	if (go_on && m.into && names_check_into(run, &r, to, "mv", "moved",
	    err) != 0) {
		glob_release(&r);
		return -1;
	}
	if (go_on)
		names_call(run, &r, move_one, &m);
	glob_release(&r);
	return run_result(run, err);
}

static const struct cmd_alias mv_aliases[] = { { "rename", 0 }, { 0 } };

static const struct cmd_option mv_options[] = {
	{ 'f', "force", ARG_NONE, NULL, "replace without asking" },
	{ 0 }
};

const struct cmd cmd_mv = {
	.name = "mv",
	.aliases = mv_aliases,
	.options = mv_options,
	.min = 2, .max = -1, .first = ARG_REMOTE, .rest = ARG_REMOTE,
	.flags = CMD_SERVER,
	.usage = "mv [-f] FROM... TO",
	.example = "mv old.txt archive/",
	.summary = "Rename, replacing what is there; or move into the "
	    "directory TO",
	.run = run_mv,
};

/* touch */

static int
make_empty(struct run *run, const char *path, struct err *err)
{
	struct copy_put p = { .remote = path };
	struct copy_result res;
	int rc;

	p.fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (p.fd == -1)
		return err_sys(err, ERR_LOCAL, "/dev/null");
	rc = copy_put(run->session, &p, &res, err);
	close(p.fd);
	return rc == 0 ? 0 :
	    explain_refusal(run, REFUSAL_WRITE, path, NULL, err);
}

/* What one touch is to do. */
struct touch {
	time_t when;
	bool only_existing;	/* -c */
};

static int
touch_one(struct run *run, const struct glob_name *name, void *ctx,
    struct err *err)
{
	const struct touch *t = ctx;
	struct listing l;
	struct err why;
	int rc;

	rc = look_one(run->session, name->path, &l, err);
	listing_release(&l);
	/* What no listing shows must not be emptied for that. */
	if (rc == 0)
		rc = look_unlisted(run->session, name->path, err);
	if (rc < 0)
		return -1;
	if (rc == 0 && t->only_existing) {
		err_clear(err);
		return 0;
	}
	if (rc == 0 && make_empty(run, name->path, err) != 0)
		return -1;
	if (rc == 0 && t->when == 0)
		return 0;
	rc = files_set_time(run->session, name->path, t->when != 0 ? t->when :
	    time(NULL), err);
	if (rc != 0)
		return rc > 0 ? 0 : -1;
	if (err->reply[0] == '\0')
		return err_set(err, ERR_REFUSED, "cannot set the time: this "
		    "server lets nobody do that (no MFMT or its like)");
	why = *err;
	err_set(err, ERR_REFUSED, "%s", why.reply);
	err_note_reply(err, why.code, why.reply);
	return explain_refusal(run, REFUSAL_TOUCH, name->path, NULL, err);
}

static int
check_touch(struct run *run, const struct args *a, struct err *err)
{
	int64_t t;

	(void)run;
	if (args_value(a, 'd') == NULL ||
	    parse_when(args_value(a, 'd'), time(NULL), &t) == 0)
		return 0;
	return err_set(err, ERR_USAGE, "touch: -d: neither a date "
	    "(YYYY-MM-DD, 'YYYY-MM-DD HH:MM:SS') nor an age (7d)");
}

static int
run_touch(struct run *run, const struct args *a, struct err *err)
{
	struct touch t = { .only_existing = args_has(a, 'c') };
	int64_t when;

	if (args_value(a, 'd') != NULL &&
	    parse_when(args_value(a, 'd'), time(NULL), &when) == 0)
		t.when = (time_t)when;
	return names_each(run, a, touch_one, &t, err);
}

static const struct cmd_option touch_options[] = {
	{ 'd', "date", ARG_TEXT, "TIME",
	    "that time instead of now: 2026-11-20, 7d (ago)" },
	{ 'c', "no-create", ARG_NONE, NULL, "make no files" },
	{ 0 }
};

const struct cmd cmd_touch = {
	.name = "touch",
	.options = touch_options,
	.min = 1, .max = -1, .first = ARG_REMOTE, .rest = ARG_REMOTE,
	.flags = CMD_SERVER,
	.usage = "touch [-c] [-d TIME] FILE...",
	.summary = "Set modification times to now; make missing files, empty",
	.check = check_touch,
	.run = run_touch,
};
