/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The command rm. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/path.h"
#include "base/text.h"
#include "ftp/lister.h"
#include "shell/cmd_all.h"
#include "shell/names.h"
#include "shell/shell.h"

enum { NAME_SHOWN = 256 };

struct removal {
	struct shell *sh;
	bool recursive, force;
	enum err_kind kind;
	bool stop;
};

static void
tell(struct shell *sh, const char *path, bool is_dir)
{
	struct event ev = {
		.type = EVENT_DELETE, .path = path, .is_dir = is_dir,
		.bytes = -1, .seconds = -1,
	};

	observe_event(sh->obs, &ev);
}

static void
failed(struct removal *rm, const char *path, const struct err *err)
{
	if (shell_failed(rm->sh, path, err, &rm->kind))
		rm->stop = true;
}

static bool
remove_file(struct removal *rm, const char *path)
{
	struct err err = ERR_INIT;

	if (session_delete(rm->sh->session, path, &err) != 0) {
		refusal_explain(rm->sh->session, &(struct refusal){
		    .act = REFUSAL_DELETE, .path = path, .type = 'f' }, &err);
		failed(rm, path, &err);
		return false;
	}
	tell(rm->sh, path, false);
	return true;
}

static bool remove_tree(struct removal *rm, const char *path);

static bool
remove_entries(struct removal *rm, const char *path, const struct listing *l)
{
	bool all = true;
	char *name;
	size_t i;

	for (i = 0; i < l->n && !rm->stop; i++) {
		name = path_join(path, l->entry[i].name);
		all = (l->entry[i].type == 'd' ? remove_tree(rm, name) :
		    remove_file(rm, name)) && all;
		free(name);
	}
	return all && !rm->stop;
}

/* The tree at path, depth first; links in it are not followed. */
static bool
remove_tree(struct removal *rm, const char *path)
{
	struct err err = ERR_INIT;
	struct listing l;
	bool all;
	int rc;

	/* Nothing is deleted on the word of a listing that may lack some. */
	rc = lister_list(rm->sh->session, path, LIST_WHOLE, LIST_LINKS, &l,
	    &err);
	if (rc != 0) {
		err_append(&err, "; nothing in it was deleted");
		failed(rm, path, &err);
	}
	all = rc == 0 && remove_entries(rm, path, &l);
	listing_release(&l);
	if (!all)
		return false;
	if (session_rmdir(rm->sh->session, path, &err) != 0) {
		refusal_explain(rm->sh->session, &(struct refusal){
		    .act = REFUSAL_RMDIR, .path = path, .type = 'd' }, &err);
		failed(rm, path, &err);
		return false;
	}
	tell(rm->sh, path, true);
	return true;
}

/* As rm(1): neither the root nor where we stand. */
static int
check_tree(struct removal *rm, const char *path, struct err *err)
{
	const char *cwd = session_cwd(rm->sh->session);
	char *full = session_path(rm->sh->session, path);
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
remove_dir(struct removal *rm, const char *path, struct err *err)
{
	char shown[NAME_SHOWN];
	int link;

	if (!rm->recursive)
		return err_set(err, ERR_REFUSED, "is a directory; use -r");
	if (check_tree(rm, path, err) != 0 ||
	    (link = lister_is_link(rm->sh->session, path, err)) < 0)
		return -1;
	if (link == 1) {
		remove_file(rm, path);
		return 0;
	}
	if (rm->force || shell_confirm(rm->sh, "Remove %s and all in it?",
	    text_escape_to(shown, sizeof(shown), path)))
		remove_tree(rm, path);
	return 0;
}

static int
remove_one(struct shell *sh, const struct glob_name *name, void *ctx,
    struct err *err)
{
	struct removal *rm = ctx;
	const struct entry *e;
	struct listing l;
	bool is_dir;
	int rc;

	rc = names_stat(sh, name, &l, &e, err);
	if (rc == 1)
		is_dir = e->type == 'd';
	listing_release(&l);
	if (rc == 0 && rm->force) {
		err_clear(err);
		return 0;
	}
	if (rc != 1)
		return -1;
	if (is_dir)
		return remove_dir(rm, name->path, err);
	remove_file(rm, name->path);
	return 0;
}

static int
run_rm(struct shell *sh, const struct args *a, struct err *err)
{
	struct removal rm = {
		.sh = sh, .recursive = args_has(a, 'r'),
		.force = args_has(a, 'f'),
	};
	struct glob_result r = { 0 };
	size_t i;

	for (i = 0; i < a->n && !rm.stop; i++) {
		if (glob_remote(sh, &a->word[i], &r, err) == 0)
			continue;
		if (!rm.force || err->code != 550)
			failed(&rm, a->word[i].text, err);
		err_clear(err);
	}
	for (i = 0; i < r.n && !rm.stop; i++) {
		if (remove_one(sh, &r.name[i], &rm, err) != 0)
			failed(&rm, r.name[i].path, err);
		err_clear(err);
	}
	glob_release(&r);
	return shell_result(rm.kind, err);
}

static const struct cmd_option rm_options[] = {
	{ 'r', "recursive", ARG_NONE, NULL, "directories and all in them" },
	{ 'f', "force", ARG_NONE, NULL,
	    "do not ask; missing files are no failure" },
	{ 0 }
};

const struct cmd cmd_rm = {
	.name = "rm",
	.options = rm_options,
	.min = 1, .max = -1, .first = ARG_REMOTE, .rest = ARG_REMOTE,
	.flags = CMD_SERVER,
	.usage = "rm [-rf] FILE...",
	.summary = "Remove files, or with -r whole trees",
	.run = run_rm,
};
