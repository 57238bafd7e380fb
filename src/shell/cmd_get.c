/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The command get. */
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/parse.h"
#include "base/path.h"
#include "base/text.h"
#include "ftp/look.h"
#include "local/part.h"
#include "net/wait.h"
#include "shell/cmd_all.h"
#include "shell/names.h"
#include "shell/run.h"
#include "shell/xfer.h"
#include "transfer/copy_ranges.h"

enum {
	MISSING_OK = 256,	/* the option without a letter */
	RANGES,			/* what pget stands for */
	RANGES_MAX = 64,
	FIFO_NAP_MS = 50,	/* between two looks for a reader */
	NAME_SHOWN = 256,
};

/* Where the bytes go: a tree and a name in it, or a descriptor. */
struct sink {
	struct tree *tree;
	char *name;
	int fd;			/* -1, or open */
	bool own;		/* fd is to be closed */
};

/* Waits until a FIFO has a reader; Ctrl-C ends that. */
static int
open_special(struct run *run, const char *path, struct err *err)
{
	int fd;

	for (;;) {
		fd = openat(run->dir->fd, path, O_WRONLY | O_NONBLOCK |
		    O_CLOEXEC | O_NOCTTY);
		if (fd != -1) {
			fcntl(fd, F_SETFL, 0);
			return fd;
		}
		if (errno != ENXIO)
			return err_sys(err, ERR_LOCAL, "%s: cannot write",
			    path);
		if (net_sleep(FIFO_NAP_MS, run->cancel, err) != 0)
			return -1;
	}
}

static bool
is_fifo_or_device(struct run *run, const char *path)
{
	struct stat st;

	return fstatat(run->dir->fd, path, &st, 0) == 0 &&
	    (S_ISFIFO(st.st_mode) || S_ISCHR(st.st_mode));
}

/* By its name, too, whatever is there. */
static bool
is_dir(const struct run *run, const char *path)
{
	struct stat st;

	return *path_base(path) == '\0' ||
	    (fstatat(run->dir->fd, path, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISDIR(st.st_mode));
}

static struct tree *
open_directory(const struct run *run, const char *dir, struct err *err)
{
	struct tree *tree = tree_open_at(run->dir->fd, dir, 0, err);

	if (tree == NULL && err->sys == ENOENT)
		err_append(err, "; make it: lmkdir %s", dir);
	return tree;
}

static int
sink_open(struct run *run, const struct xfer_item *item, struct sink *sink,
    struct err *err)
{
	const char *path = item->target;
	char *dir;

	*sink = (struct sink){ .fd = -1 };
	if (item->standard) {
		fflush(run->out);
		sink->fd = fileno(run->out);
		return 0;
	}
	if (item->special && is_fifo_or_device(run, path)) {
		sink->fd = open_special(run, path, err);
		sink->own = true;
		return sink->fd != -1 ? 0 : -1;
	}
	if (item->special && is_dir(run, path))
		return err_set(err, ERR_LOCAL, "%s: is a directory; to put it "
		    "there: get -O %s", path, path);
	dir = path_dir(path);
	sink->name = xstrdup(path_base(path));
	sink->tree = open_directory(run, dir, err);
	free(dir);
	return sink->tree != NULL ? 0 : -1;
}

static void
sink_close(struct sink *sink)
{
	tree_close(sink->tree);
	free(sink->name);
	if (sink->own && sink->fd != -1)
		close(sink->fd);
}

/*
 * The source is deleted later, together with others, if it still is what was
 * fetched.
 */
static int
queue_erasure(struct xfer_item *item, const struct copy_result *res,
    struct err *err)
{
	if (!res->verified || res->changed || !res->look.there)
		return err_set(err, ERR_VERIFY, "fetched, but kept on the "
		    "server: %s", res->changed ? "it was written to "
		    "meanwhile; fetch it again" : "the transfer could not be "
		    "verified");
	fetched_add(&item->x->fetched, item->s, item->source, &res->look,
	    item);
	return 0;
}

static int
get_item(struct xfer_item *item, const struct sink *sink,
    struct copy_result *res, struct err *err)
{
	struct xfer *x = item->x;
	struct copy_get g = {
		.remote = item->source, .entry = item->entry,
		.tree = sink->tree, .local = sink->name, .fd = sink->fd,
		.resume = x->resume, .umask = x->run->umask, .rate = x->rate,
		.verify = x->verify, .identify = x->erase,
		.lone = x->n == 1 && x->dir_source.n == 0,
		.more = x->pool != NULL && pool_has(x->pool, JOB_FILE),
	};

	if (copy_ranges(item->s, &g, x->ranges, res, err) == 0)
		return 0;
	return refusal_explain(item->s, &(struct refusal){
	    .act = REFUSAL_READ, .path = item->source,
	    .type = item->entry != NULL ? item->entry->type : 0 }, err);
}

/* The message may name but the part, which nobody has asked for. */
static void
name_target(const struct xfer_item *item, struct err *err)
{
	char *dir = path_dir(item->target);

	if (!part_is_unwritable(err)) {
		if (strncmp(err->msg, item->target,
		    strlen(item->target)) != 0)
			err_prefix(err, "%s", item->target);
	} else if (strcmp(dir, ".") != 0) {
		err_prefix(err, "%s", dir);
	}
	free(dir);
}

static void
get_one(struct xfer_item *item)
{
	struct xfer *x = item->x;
	struct copy_result res = { .size = -1 };
	struct err err = ERR_INIT;
	struct sink sink;
	int rc;

	rc = sink_open(x->run, item, &sink, &err);
	item->once = sink.tree == NULL;
	if (rc == 0)
		rc = get_item(item, &sink, &res, &err);
	if (rc == 0 && x->parts && sink.tree != NULL)
		part_remove_stale(tree_fd(sink.tree), sink.name);
	if (rc != 0 && err.kind == ERR_LOCAL && sink.tree != NULL)
		name_target(item, &err);
	sink_close(&sink);
	xfer_ended(item, &res, rc == 0 ? NULL : &err);
	if (rc == 0 && x->erase && queue_erasure(item, &res, &err) != 0)
		(void)xfer_failed(x, item->source, &err);
}

/* Without -r, a directory or a device is not for get. */
static int
check_type(const struct glob_name *name, struct err *err)
{
	char type = name->entry != NULL ? name->entry->type : '?';

	if (type == 'd')
		return err_set(err, ERR_REFUSED, "is a directory; use -r");
	if (type == 'o')
		return err_set(err, ERR_REFUSED, "is no regular file");
	return 0;
}

struct get {
	struct xfer x;
	const char *dir, *name;		/* -O, -o */
	struct entry *looked;		/* of the names that were typed */
};

static int
add_name(struct run *run, const struct glob_name *name, void *ctx,
    struct err *err)
{
	struct get *get = ctx;
	struct xfer_item *item;
	char *base, *target;
	int is_dir = 0;

	if (get->x.recursive &&
	    (is_dir = names_is_dir(run, name, err)) < 0)
		return -1;
	if (is_dir == 0 && check_type(name, err) != 0)
		return -1;
	base = xfer_base(name->path);
	if (is_dir == 0 && *base == '\0') {
		free(base);
		return err_set(err, ERR_REFUSED, "is a directory; use -r");
	}
	target = get->name != NULL ? xstrdup(get->name) :
	    xfer_target(get->dir, base);
	free(base);
	if (is_dir == 1) {
		xfer_add_dir(&get->x, name->path, target);
		return 0;
	}
	item = xfer_add(&get->x, name->path, target, name->entry);
	item->standard = get->name != NULL && strcmp(target, "-") == 0;
	item->special = get->name != NULL || name->typed;
	return 0;
}

/* False, with what is wrong reported, if not all words stand for names. */
static bool
expand_words(struct run *run, const struct args *a, struct get *get,
    struct glob_result *r)
{
	struct err err = ERR_INIT;
	bool go_on = true;
	size_t i;

	for (i = 0; i < a->n && go_on; i++) {
		if (glob_remote(run, &a->word[i], r, &err) == 0)
			continue;
		if (err.code == 550 && args_has(a, MISSING_OK))
			log_info("%s", err.msg);
		else
			go_on = xfer_failed(&get->x, a->word[i].text, &err);
		err_clear(&err);
	}
	return get->x.run->kind == ERR_NONE;
}

/* Of what was said, the second word is where the first was to go. */
static void
advise_target(const struct args *a, const struct get *get,
    const struct glob_name *name, struct err *err)
{
	const char *to = a->word[a->n - 1].text;
	struct stat st;

	err_append(err, "; nothing was fetched");
	if (a->n == 2 && get->dir == NULL && strcmp(name->path, to) == 0)
		xfer_advise_target(a, fstatat(get->x.run->dir->fd, to, &st,
		    0) == 0 && S_ISDIR(st.st_mode), err);
}

/* Judges what a look at a name that was typed has shown. */
static void
judge_look(struct get *get, const struct args *a, struct glob_name *name,
    const struct entry *e, bool found)
{
	struct err err = ERR_INIT;

	if (!found) {
		err_set(&err, ERR_REFUSED, "no such file");
		err.code = 550;
	} else if (e->type == 'f' || (e->type == 'd' && get->x.recursive)) {
		name->entry = e;
	} else if (e->type != 'l' && e->type != '?') {
		name->entry = e;
		(void)check_type(name, &err);
	}
	if (err.kind == ERR_NONE)
		return;
	advise_target(a, get, name, &err);
	xfer_failed(&get->x, name->path, &err);
}

/*
 * Looks at all names that were typed before anything is fetched: if one of
 * them does not exist, no file is to be overwritten for the others.  What a
 * glob found exists, and of a single file its transfer tells.  False if
 * something is wrong, which was reported.
 */
static bool
look_at_all(struct run *run, const struct args *a, struct get *get,
    struct glob_result *r)
{
	const char **path = xcalloc(r->n + 1, sizeof(*path));
	int *found = xcalloc(r->n + 1, sizeof(*found));
	struct err err = ERR_INIT;
	size_t i, n = 0;

	get->looked = xcalloc(r->n + 1, sizeof(*get->looked));
	for (i = 0; i < r->n && r->n > 1; i++) {
		if (r->name[i].typed)
			path[n++] = r->name[i].path;
	}
	if (n > 0 && look_many(run->session, path, n, get->looked, found,
	    &err) != 0)
		xfer_failed(&get->x, NULL, &err);
	for (i = n = 0; i < r->n && r->n > 1 && err.kind == ERR_NONE; i++) {
		if (!r->name[i].typed)
			continue;
		judge_look(get, a, &r->name[i], &get->looked[n], found[n] == 1);
		n++;
	}
	free(found);
	free(path);
	return get->x.run->kind == ERR_NONE;
}

/* Whether earlier runs left parts where the files go: all in one place. */
static bool
has_parts(const struct xfer *x)
{
	const struct dirent *e;
	bool found = false;
	char *dir;
	DIR *d;
	int fd;

	if (x->n == 0)
		return false;
	dir = path_dir(x->item[0]->target);
	fd = openat(x->run->dir->fd, dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(dir);
	d = fd != -1 ? fdopendir(fd) : NULL;
	if (d == NULL)
		return false;
	while (!found && (e = readdir(d)) != NULL)
		found = path_is_part(e->d_name);
	closedir(d);
	return found;
}

/* That -O is there is said once, not of each file. */
static int
check_directory(const struct run *run, const struct get *get, struct err *err)
{
	struct tree *tree;

	if (get->dir == NULL || get->x.n < 2)
		return 0;
	tree = open_directory(run, get->dir, err);
	tree_close(tree);
	return tree != NULL ? 0 : -1;
}

/* -n; for pget, the setting's. */
static int
ranges_of(const struct run *run, const struct args *a)
{
	const char *text = args_value(a, 'n');
	uint64_t n = 1;

	if (text != NULL)
		parse_u64(text, RANGES_MAX, &n);
	else if (args_has(a, RANGES))
		n = (uint64_t)run->set->connections;
	return (int)n;
}

static int
run_get(struct run *run, const struct args *a, struct err *err)
{
	struct get get = {
		.dir = args_value(a, 'O'), .name = args_value(a, 'o'),
	};
	struct glob_result r = { 0 };
	int rc;

	xfer_init(&get.x, run, a, false, get_one);
	get.x.ranges = ranges_of(run, a);
	if (!expand_words(run, a, &get, &r) || !look_at_all(run, a, &get, &r) ||
	    !names_call(run, &r, add_name, &get)) {
		rc = run_result(run, err);
		xfer_release(&get.x);
	} else if (get.name != NULL && get.x.n + get.x.dir_source.n > 1) {
		xfer_release(&get.x);
		rc = err_set(err, ERR_USAGE, "get: -o is for one file");
	} else if (check_directory(run, &get, err) != 0) {
		xfer_release(&get.x);
		rc = -1;
	} else {
		get.x.parts = has_parts(&get.x);
		rc = xfer_run(&get.x, err);
	}
	free(get.looked);
	glob_release(&r);
	return rc;
}

static int
check_get(struct run *run, const struct args *a, struct err *err)
{
	const char *name = args_value(a, 'o'), *ranges = args_value(a, 'n');
	uint64_t n;

	if (ranges != NULL && (parse_u64(ranges, RANGES_MAX, &n) != 0 ||
	    n == 0))
		return err_set(err, ERR_USAGE, "get: -n wants a number from 1 "
		    "to %d", RANGES_MAX);
	if (name == NULL)
		return 0;
	if (args_has(a, 'O') || a->n > 1)
		return err_set(err, ERR_USAGE,
		    "get: -o is for one file, and not with -O");
	if (strcmp(name, "-") == 0 && term_is_json(run->term) &&
	    a->line->out_file == NULL && a->line->pipe_to == NULL)
		return err_set(err, ERR_USAGE, "get: standard output is taken "
		    "by --json");
	return 0;
}

static const struct cmd_alias get_aliases[] = {
	{ "mget", 0 }, { "pget", RANGES }, { 0 }
};

static const struct cmd_option get_options[] = {
	XFER_OPTIONS(ARG_LOCAL_DIR, ARG_LOCAL),
	{ 'n', "connections", ARG_TEXT, "N",
	    "one file over N connections; pget: over the setting's" },
	{ MISSING_OK, "missing-ok", ARG_NONE, NULL,
	    "a glob that matches nothing is no failure" },
	{ 0 }
};

static const struct cmd_alias get_synonyms[] = {
	{ "reget", 'c' }, { "recv", 0 }, { "mreget", 'c' }, { NULL, 0 }
};

const struct cmd cmd_get = {
	.name = "get",
	.aliases = get_aliases,
	.synonyms = get_synonyms,
	.options = get_options,
	.foreign = xfer_foreign,
	.min = 1, .max = -1, .first = ARG_REMOTE, .rest = ARG_REMOTE,
	.flags = CMD_SERVER | CMD_DATA,
	.group = "Transfer",
	.usage = "get [-crE] [-n N] [-O DIR | -o NAME] FILE...",
	.example = "get -O /tmp logs/*.gz",
	.summary = "Fetch files, or with -r directories",
	.help = "-o - is standard output.  A file there is replaced once the "
	    "new one is whole;\na FIFO or device named by -o is written to.",
	.check = check_get,
	.run = run_get,
};
