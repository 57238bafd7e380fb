/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "shell/complete_names.h"

#include <sys/stat.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/path.h"
#include "ftp/lister.h"
#include "net/wait.h"
#include "shell/complete_remote.h"
#include "shell/shell.h"

enum {
	LISTING_MS = 10 * 1000,	/* longer nobody waits for a Tab, */
	PATIENCE_MS = 1000,	/* or than this if another key was hit */
};

struct complete_names {
	struct shell *sh;
	const char *site;	/* that is asked instead, or NULL */
	char *path;		/* of listing; NULL: nothing is kept */
	struct listing listing;
};

struct complete_names *
complete_names_new(struct shell *sh)
{
	struct complete_names *c = xcalloc(1, sizeof(*c));

	c->sh = sh;
	return c;
}

void
complete_names_forget(struct complete_names *c)
{
	listing_release(&c->listing);
	free(c->path);
	c->path = NULL;
}

void
complete_names_of_site(struct complete_names *c, const char *site)
{
	c->site = site;
}

void
complete_names_free(struct complete_names *c)
{
	complete_names_forget(c);
	free(c);
}

/* One directory of the server, listed in a thread of its own. */
struct listing_task {
	struct session *s;
	const char *path;
	struct listing *listing;
	struct cancel *cancel;
	int64_t patience;	/* until then keys wait, too */
};

static void
list_in_task(void *arg)
{
	struct listing_task *f = arg;
	struct err ignored;

	lister_list(f->s, f->path, LIST_TO_LOOK, 0, f->listing, &ignored);
}

/* Who types on wants the line, not the names. */
static void
give_way_to_keys(void *ctx)
{
	struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };
	const struct listing_task *f = ctx;
	struct err err;

	if (deadline_left(f->patience) == 0 &&
	    net_wait(&in, 1, clock_ms(), NULL, &err) == 1)
		cancel_set(f->cancel, CANCEL_DEADLINE);
}

/*
 * Takes over path.  A directory that cannot be listed has no names; what the
 * server said of it will be said when the command runs.
 */
static void
list_remote(struct complete_names *c, char *path)
{
	struct shell *sh = c->sh;
	struct listing_task f = {
		.s = sh->session, .path = path, .listing = &c->listing,
		.cancel = sh->cancel, .patience = deadline_in(PATIENCE_MS),
	};
	struct tasks_service how = {
		.cancel = sh->cancel, .deadline = deadline_in(LISTING_MS),
		.turn = give_way_to_keys, .ctx = &f,
	};
	struct task *task;

	complete_names_forget(c);
	c->path = path;
	if (sh->deadline < how.deadline)
		how.deadline = sh->deadline;
	task = tasks_start(sh->tasks, list_in_task, &f, false);
	tasks_serve(sh->tasks, task, &how);
	tasks_end(task);
	if (cancel_reason(sh->cancel) == CANCEL_DEADLINE &&
	    deadline_left(sh->deadline) != 0)
		cancel_reset(sh->cancel);
}

static bool
may_be_dir(const struct entry *e)
{
	return e->type != 'f' && e->type != 'o';
}

static void
give_remote(void *ctx, const char *dir, bool dirs, struct strvec *names)
{
	struct complete_names *c = ctx;
	const struct entry *e;
	char *path;
	size_t i;

	if (c->site != NULL) {
		complete_remote_names(&c->sh->sources, c->site, c->sh->tasks,
		    c->sh->cancel, dir, dirs, names);
		return;
	}
	/* Nobody wants to wait for a connection because of a Tab. */
	if (c->sh->session == NULL || session_cwd(c->sh->session) == NULL)
		return;
	/* A job may be changing it. */
	if (!TAILQ_EMPTY(&c->sh->jobs))
		complete_names_forget(c);
	path = session_path(c->sh->session, dir);
	if (c->path == NULL || strcmp(c->path, path) != 0)
		list_remote(c, path);
	else
		free(path);
	for (i = 0; i < c->listing.n; i++) {
		e = &c->listing.entry[i];
		if ((!dirs || may_be_dir(e)) && !path_is_part(e->name))
			strvec_addf(names, "%s%s", e->name,
			    e->type == 'd' ? "/" : "");
	}
}

static void
add_local(DIR *d, const char *name, bool dirs, struct strvec *names)
{
	struct stat st;
	bool is_dir;

	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return;
	is_dir = fstatat(dirfd(d), name, &st, 0) == 0 && S_ISDIR(st.st_mode);
	if (is_dir || !dirs)
		strvec_addf(names, "%s%s", name, is_dir ? "/" : "");
}

static void
give_local(void *ctx, const char *dir, bool dirs, struct strvec *names)
{
	struct complete_names *c = ctx;
	const struct dirent *e;
	DIR *d;
	int fd;

	fd = openat(c->sh->dir.fd, dir[0] != '\0' ? dir : ".",
	    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1)
		return;
	d = fdopendir(fd);
	if (d == NULL) {
		close(fd);
		return;
	}
	while ((e = readdir(d)) != NULL) {
		if (!path_is_part(e->d_name))
			add_local(d, e->d_name, dirs, names);
	}
	closedir(d);
}

static void
give_sites(void *ctx, struct strvec *names)
{
	struct complete_names *c = ctx;
	struct err ignored;

	site_names(&c->sh->sources, names, &ignored);
}

struct complete_source
complete_names_source(struct complete_names *c)
{
	return (struct complete_source){
		.ctx = c,
		.commands = c->sh->commands,
		.aliases = &c->sh->aliases,
		.remote = give_remote,
		.local = give_local,
		.sites = give_sites,
	};
}
