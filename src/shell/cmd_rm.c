/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The command rm. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/path.h"
#include "base/text.h"
#include "ftp/refusal.h"
#include "shell/cmd_all.h"
#include "shell/glob.h"
#include "shell/run.h"
#include "transfer/remove.h"

enum { NAME_SHOWN = 256 };

struct rm {
	struct run *run;
	bool recursive, force;
	const char *dir;	/* as the user would write it */
	bool stop;
};

static void
tell_removed(void *ctx, const char *path, bool is_dir)
{
	struct rm *rm = ctx;
	struct event ev = {
		.type = EVENT_DELETE, .path = path, .is_dir = is_dir,
		.bytes = -1, .seconds = -1,
	};

	observe_event(rm->run->obs, &ev);
}

/* type: of what could not be removed, or 0 */
static bool
removal_failed(void *ctx, const char *path, char type, const struct err *err)
{
	struct rm *rm = ctx;
	struct err why = *err;

	if (strncmp(why.msg, "cannot list", 11) == 0)
		refusal_explain(rm->run->session, &(struct refusal){
		    .act = REFUSAL_LIST, .path = path, .type = 'd' }, &why);
	else if (type != 0)
		refusal_explain(rm->run->session, &(struct refusal){
		    .act = type == 'd' ? REFUSAL_RMDIR : REFUSAL_DELETE,
		    .path = path, .type = type }, &why);
	if (run_failed(rm->run, path, &why))
		rm->stop = true;
	return !rm->stop;
}

/* As rm(1): neither the root nor where we stand. */
static int
check_tree(struct rm *rm, const char *path, struct err *err)
{
	const char *cwd = session_cwd(rm->run->session);
	char *full = session_path(rm->run->session, path);
	size_t n = strlen(full);
	bool refused;

	refused = strcmp(full, "/") == 0 || (cwd != NULL &&
	    strncmp(cwd, full, n) == 0 && (cwd[n] == '/' || cwd[n] == '\0'));
	free(full);
	if (refused)
		return err_set(err, ERR_USAGE, "rm does not remove the "
		    "current directory, one above it, or the root");
	return 0;
}

static int
remove_dir(struct rm *rm, const char *path, struct err *err)
{
	struct remove_tree t = {
		.s = rm->run->session, .removed = tell_removed,
		.failed = removal_failed,
		.ctx = rm,
	};
	char shown[NAME_SHOWN];

	if (!rm->recursive)
		return err_set(err, ERR_REFUSED, "is a directory; use -r");
	if (check_tree(rm, path, err) != 0)
		return -1;
	if (rm->force || run_confirm(rm->run, "Remove %s and all in it?",
	    text_escape_to(shown, sizeof(shown), path)))
		remove_tree(&t, path);
	return 0;
}

static int
remove_one(struct rm *rm, const char *path, struct err *err)
{
	switch (remove_name(rm->run->session, path, err)) {
	case NAMED_REMOVED:
		tell_removed(rm, path, false);
		return 0;
	case NAMED_NOTHING:
		if (rm->force)
			return 0;
		err_set(err, ERR_REFUSED, "no such file or directory");
		err->code = 550;
		return -1;
	case NAMED_DIR:
		return remove_dir(rm, path, err);
	case NAMED_FAILED:
		break;
	}
	return refusal_explain(rm->run->session, &(struct refusal){
	    .act = REFUSAL_DELETE, .path = path, .type = 'f' }, err);
}

static void
entry_ended(void *ctx, const struct seen *e, enum fate fate,
    const struct err *err)
{
	struct rm *rm = ctx;
	char *path;

	if (fate == FATE_GONE)
		return;
	path = path_join(rm->dir, e->name);
	if (fate == FATE_REMOVED)
		tell_removed(rm, path, false);
	else
		removal_failed(rm, path, fate == FATE_FAILED ? 'f' : 0, err);
	free(path);
}

/* Whether a glob has shown it, and it is no directory. */
static bool
is_listed(const struct glob_name *name)
{
	const struct entry *e = name->entry;

	return e != NULL && e->type != '?' && e->type != 'd' &&
	    path_base(name->path)[0] != '\0';
}

/*
 * Removes those at the beginning of name that are in one directory, together.
 * Returns how many these were.
 */
static size_t
remove_listed(struct rm *rm, const struct glob_name *name, size_t max)
{
	char *dir = path_dir(name[0].path), *full, *other;
	struct seen *seen = xcalloc(max, sizeof(*seen));
	struct err err = ERR_INIT;
	bool beside = true;
	size_t n = 0;

	while (n < max && is_listed(&name[n]) && beside) {
		seen[n] = seen_remote(name[n].entry);
		n++;
		if (n < max) {
			other = path_dir(name[n].path);
			beside = strcmp(dir, other) == 0;
			free(other);
		}
	}
	full = session_path(rm->run->session, dir);
	rm->dir = strcmp(dir, ".") == 0 ? "" : dir;
	if (remove_entries(&(struct remove){
		.s = rm->run->session, .cancel = rm->run->cancel, .dir = full,
		.named = true, .ended = entry_ended, .ctx = rm }, seen, n,
	    &err) != 0)
		removal_failed(rm, dir, 0, &err);
	free(seen);
	free(full);
	free(dir);
	return n;
}

static void
remove_all(struct rm *rm, const struct glob_result *r)
{
	struct err err = ERR_INIT;
	size_t i = 0;

	while (i < r->n && !rm->stop) {
		err_clear(&err);
		if (is_listed(&r->name[i])) {
			i += remove_listed(rm, &r->name[i], r->n - i);
			continue;
		}
		if (remove_one(rm, r->name[i].path, &err) != 0)
			removal_failed(rm, r->name[i].path, 0, &err);
		i++;
	}
}

static int
run_rm(struct run *run, const struct args *a, struct err *err)
{
	struct rm rm = {
		.run = run, .recursive = args_has(a, 'r') || args_has(a, 'R'),
		.force = args_has(a, 'f'),
	};
	struct glob_result r = { 0 };
	size_t i;

	for (i = 0; i < a->n && !rm.stop; i++) {
		if (glob_remote(run, &a->word[i], &r, err) == 0)
			continue;
		if (!rm.force || err->code != 550)
			removal_failed(&rm, a->word[i].text, 0, err);
		err_clear(err);
	}
	remove_all(&rm, &r);
	glob_release(&r);
	return run_result(run, err);
}

static const struct cmd_option rm_options[] = {
	{ 'r', "recursive", ARG_NONE, NULL, "directories and all in them" },
	{ 'R', NULL, ARG_NONE, NULL, "the same" },
	{ 'f', "force", ARG_NONE, NULL,
	    "do not ask; missing files are no failure" },
	{ 0 }
};

static const struct cmd_alias rm_synonyms[] = {
	{ "delete", 0 }, { "mdelete", 0 }, { "mrm", 0 }, { NULL, 0 }
};

const struct cmd cmd_rm = {
	.name = "rm",
	.synonyms = rm_synonyms,
	.options = rm_options,
	.min = 1, .max = -1, .first = ARG_REMOTE, .rest = ARG_REMOTE,
	.flags = CMD_SERVER,
	.usage = "rm [-rRf] FILE...",
	.summary = "Remove files, or with -r whole trees",
	.run = run_rm,
};
