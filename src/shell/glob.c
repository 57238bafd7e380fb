/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "shell/glob.h"

#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/path.h"
#include "base/text.h"
#include "ftp/lister.h"
#include "ftp/refusal.h"

enum { NAME_SHOWN = 256 };

/* One component of a pattern. */
struct part {
	char *pattern;
	char *text;		/* what it says without its backslashes */
	bool glob;
};

/* A word being expanded. */
struct glob {
	struct run *run;
	struct part *part;
	size_t n;
	bool absolute, dirs_only;
	/* which side, and where what was found goes */
	struct glob_result *remote;
	struct strvec *local;
	struct err *err;
};

static int expand_from(struct glob *g, const char *dir, size_t at);

/* Pattern to components. */

static void
add_part(struct glob *g, const char *s, size_t n)
{
	struct buf text = BUF_INIT(BUF_OWN);
	struct part p = { .pattern = xstrndup(s, n) };
	size_t i;

	for (i = 0; i < n; i++) {
		if (s[i] == '\\' && i + 1 < n)
			i++;
		else if (strchr("*?[", s[i]) != NULL)
			p.glob = true;
		buf_addc(&text, s[i]);
	}
	p.text = buf_detach(&text);
	g->part = xreallocarray(g->part, g->n + 1, sizeof(*g->part));
	g->part[g->n++] = p;
}

static void
split_pattern(struct glob *g, const char *pattern)
{
	const char *p = pattern;
	size_t n;

	g->absolute = *p == '/';
	for (;;) {
		p += strspn(p, "/");
		if (*p == '\0')
			break;
		n = strcspn(p, "/");
		add_part(g, p, n);
		p += n;
	}
	g->dirs_only = p > pattern && p[-1] == '/';
}

static void
release_parts(struct glob *g)
{
	size_t i;

	for (i = 0; i < g->n; i++) {
		free(g->part[i].pattern);
		free(g->part[i].text);
	}
	free(g->part);
}

/* Results. */

static void
add_found(struct glob *g, const char *path, const struct entry *entry)
{
	char *name = xasprintf("%s%s", path, g->dirs_only ? "/" : "");
	struct glob_result *r = g->remote;

	if (r == NULL) {
		strvec_take(g->local, name);
		return;
	}
	r->name = xreallocarray(r->name, r->n + 1, sizeof(*r->name));
	r->name[r->n++] = (struct glob_name){ name, entry, entry == NULL };
}

static bool
may_be_dir(char type)
{
	return type != 'f' && type != 'o';
}

/* A name in dir that fits component at. */
static int
descend(struct glob *g, const char *dir, size_t at, const char *name,
    char type, const struct entry *entry)
{
	char *path;
	int rc = 0;

	if ((at + 1 < g->n || g->dirs_only) && !may_be_dir(type))
		return 0;
	path = path_join(dir, name);
	if (at + 1 == g->n)
		add_found(g, path, entry);
	else
		rc = expand_from(g, path, at + 1);
	free(path);
	return rc;
}

static bool
fits_part(const struct part *p, const char *name)
{
	return strcmp(name, ".") != 0 && strcmp(name, "..") != 0 &&
	    !path_is_part(name) &&
	    fnmatch(p->pattern, name, FNM_PERIOD) == 0;
}

/* Whether an error means that there simply is no such directory. */
static bool
is_no_directory(const struct err *err)
{
	return (err->kind == ERR_REFUSED && err->code / 100 == 5) ||
	    err->sys == ENOENT || err->sys == ENOTDIR;
}

/* The server's side. */

static const struct listing *
keep_listing(struct glob_result *r, const struct listing *l)
{
	r->listing = xreallocarray(r->listing, r->nlistings + 1,
	    sizeof(*r->listing));
	r->listing[r->nlistings] = *l;
	return &r->listing[r->nlistings++];
}

static int
match_remote(struct glob *g, const char *dir, size_t at)
{
	const struct part *p = &g->part[at];
	const struct entry *entry, *exact;
	struct listing l;
	size_t i, n;
	int rc = 0;

	if (lister_list(g->run->session, dir, LIST_TO_LOOK, 0, &l,
	    g->err) != 0) {
		listing_release(&l);
		if (at == 0 || !is_no_directory(g->err))
			return refusal_explain(g->run->session,
			    &(struct refusal){ .act = REFUSAL_LIST,
			    .path = *dir != '\0' ? dir : "." }, g->err);
		err_clear(g->err);
		return 0;
	}
	keep_listing(g->remote, &l);
	entry = l.entry;
	n = l.n;
	exact = listing_find(&l, p->text);
	if (exact != NULL)
		return descend(g, dir, at, exact->name, exact->type, exact);
	if (l.gap != GAP_NONE)
		return listing_check(&l, g->err);
	g->run->partial = g->run->partial || l.bad > 0;
	for (i = 0; i < n && rc == 0; i++) {
		if (p->glob && fits_part(p, entry[i].name))
			rc = descend(g, dir, at, entry[i].name, entry[i].type,
			    &entry[i]);
	}
	return rc;
}

/* The local side. */

static char
local_type(int fd, const char *name)
{
	struct stat st;

	if (fstatat(fd, name, &st, 0) == -1)
		return 'f';
	return S_ISDIR(st.st_mode) ? 'd' : 'f';
}

static int
read_local(struct glob *g, const char *dir, struct strvec *names, DIR **d)
{
	const char *path = *dir != '\0' ? dir : ".";
	const struct dirent *e;
	int fd, failed;

	fd = openat(g->run->dir->fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	*d = fd != -1 ? fdopendir(fd) : NULL;
	if (*d == NULL)
		return err_path(g->err, path, "cannot list");
	while ((errno = 0, e = readdir(*d)) != NULL)
		strvec_add(names, e->d_name);
	if ((failed = errno) != 0) {
		closedir(*d);
		strvec_release(names);
		errno = failed;
		return err_path(g->err, path, "cannot list");
	}
	strvec_sort(names);
	return 0;
}

static int
match_local(struct glob *g, const char *dir, size_t at)
{
	const struct part *p = &g->part[at];
	struct strvec names = STRVEC_INIT;
	struct stat st;
	size_t i;
	int rc;
	DIR *d;

	rc = read_local(g, dir, &names, &d);
	if (rc != 0 && at > 0 && is_no_directory(g->err)) {
		err_clear(g->err);
		return 0;
	}
	if (rc != 0)
		return rc;
	if (fstatat(dirfd(d), p->text, &st, AT_SYMLINK_NOFOLLOW) == 0)
		rc = descend(g, dir, at, p->text,
		    local_type(dirfd(d), p->text), NULL);
	else
		for (i = 0; i < names.n && rc == 0; i++) {
			if (p->glob && fits_part(p, names.v[i]))
				rc = descend(g, dir, at, names.v[i],
				    local_type(dirfd(d), names.v[i]), NULL);
		}
	closedir(d);
	strvec_release(&names);
	return rc;
}

/* Both. */

/*
 * Components before the first glob are taken as they are; behind it, all
 * have to be looked for.
 */
static int
expand_from(struct glob *g, const char *dir, size_t at)
{
	if (g->remote != NULL)
		return match_remote(g, dir, at);
	return match_local(g, dir, at);
}

static int
expand_parts(struct glob *g)
{
	char *dir = xstrdup(g->absolute ? "/" : ""), *next;
	size_t at;
	int rc;

	for (at = 0; at < g->n && !g->part[at].glob; at++) {
		next = path_join(dir, g->part[at].text);
		free(dir);
		dir = next;
	}
	/* These components are in dir now. */
	g->part += at;
	g->n -= at;
	rc = expand_from(g, dir, 0);
	g->part -= at;
	g->n += at;
	free(dir);
	return rc;
}

static size_t
count_found(const struct glob *g)
{
	return g->remote != NULL ? g->remote->n : g->local->n;
}

/* 0, 1 if nothing matches, -1. */
static int
expand_word(struct glob *g, const struct word *w)
{
	size_t before = count_found(g);
	int rc;

	if (!w->glob || !g->run->set->glob) {
		add_found(g, w->text, NULL);
		return 0;
	}
	split_pattern(g, w->pattern);
	rc = expand_parts(g);
	release_parts(g);
	return rc == 0 && count_found(g) == before ? 1 : rc;
}

int
glob_remote(struct run *run, const struct word *w, struct glob_result *out,
    struct err *err)
{
	struct glob g = { .run = run, .remote = out, .err = err };
	char shown[NAME_SHOWN];
	int rc = expand_word(&g, w);

	if (rc == 0)
		return 0;
	text_escape_to(shown, sizeof(shown), w->text);
	if (rc < 0)
		return err_prefix(err, "%s", shown);
	err_set(err, ERR_REFUSED, "%s: no match", shown);
	err->code = 550;
	return -1;
}

int
glob_local(struct run *run, const struct word *w, struct strvec *out,
    struct err *err)
{
	struct glob g = { .run = run, .local = out, .err = err };
	char shown[NAME_SHOWN];
	int rc = expand_word(&g, w);

	if (rc <= 0)
		return rc;
	return err_set(err, ERR_LOCAL, "%s: no match",
	    text_escape_to(shown, sizeof(shown), w->text));
}

void
glob_release(struct glob_result *r)
{
	size_t i;

	for (i = 0; i < r->n; i++)
		free(r->name[i].path);
	for (i = 0; i < r->nlistings; i++)
		listing_release(&r->listing[i]);
	free(r->name);
	free(r->listing);
	*r = (struct glob_result){ 0 };
}
