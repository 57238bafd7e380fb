/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "transfer/stored.h"

#include <stdlib.h>
#include <string.h>

#include "base/fold.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/text.h"
#include "ftp/answers.h"
#include "ftp/files.h"
#include "ftp/folders.h"
#include "ftp/lister.h"
#include "ftp/server.h"
#include "ftp/verdict.h"

enum { NAME_SHOWN = 256 };

static int
compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool
is_listed(const char *name, const char *const *listed, size_t n)
{
	return bsearch(&name, listed, n, sizeof(*listed),
	    compare_names) != NULL;
}

/* A listed name that may be one or several of those that are not. */
static void
offer(struct stored *v, size_t n, const char *listed)
{
	enum fold how;
	size_t i;

	for (i = 0; i < n; i++) {
		if (v[i].kept)
			continue;
		how = fold_between(v[i].name, listed);
		if (how == FOLD_OTHER || (v[i].as != NULL &&
		    fold_between(v[i].name, v[i].as) <= how))
			continue;
		free(v[i].as);
		v[i].as = xstrdup(listed);
	}
}

void
stored_compare(struct stored *v, size_t n, const char *const *listed,
    size_t nlisted)
{
	const char **missing = xcalloc(n + 1, sizeof(*missing));
	struct fold_set *set;
	size_t i, nmissing = 0;

	for (i = 0; i < n; i++) {
		v[i].listed = is_listed(v[i].name, listed, nlisted);
		v[i].kept = v[i].listed;
		if (!v[i].kept)
			missing[nmissing++] = v[i].name;
	}
	set = fold_set_new(missing, nmissing);
	for (i = 0; nmissing > 0 && i < nlisted; i++)
		if (fold_set_find(set, listed[i]) != NULL)
			offer(v, n, listed[i]);
	fold_set_free(set);
	free(missing);
}

char *
stored_other_case(const char *path)
{
	size_t base = (size_t)(path_base(path) - path);
	char *other = xstrdup(path), *p;

	for (p = other + base; *p != '\0'; p++)
		if ((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z'))
			*p ^= 'a' - 'A';
	if (strcmp(other, path) != 0)
		return other;
	free(other);
	return NULL;
}

/* SIZE may be missing, or refuse everything; CWD knows no files. */
static int
answers_otherwise(struct session *s, const char *path, struct err *err)
{
	enum time_precision precision;
	struct timespec ts;
	bool there = false;

	if (!server_has(session_server(s), TRAIT_MLST))
		return files_time(s, path, &ts, &precision, err);
	return answers_many(s, &path, 1, &there, err) != 0 ? -1 : there;
}

int
stored_answers(struct session *s, const char *path, struct err *err)
{
	int64_t size;
	int rc;

	rc = files_size(s, path, &size, err);
	if (rc == 0)
		rc = folders_has(s, path, err);
	return rc != 0 ? rc : answers_otherwise(s, path, err);
}

bool
stored_knows_case(struct session *s)
{
	const struct server *sv = session_server(s);

	return server_has(sv, TRAIT_TELLS_CASE) ||
	    server_has(sv, TRAIT_FOLDS_CASE);
}

int
stored_learn_case(struct session *s, const char *path, struct err *err)
{
	char *other = stored_other_case(path);
	enum trait trait = TRAIT_FOLDS_CASE;
	int rc = 0;

	if (other != NULL && !stored_knows_case(s)) {
		rc = stored_answers(s, other, err);
		if (rc == 0) {
			trait = TRAIT_TELLS_CASE;
			rc = stored_answers(s, path, err);
		}
		if (rc > 0)
			server_learn(session_server(s), trait, true,
			    PROOF_SEEN, NULL);
	}
	free(other);
	return rc < 0 ? -1 : 0;
}

/* Neither listed nor like anything that is. */
static int
look_for(struct session *s, const char *dir, struct stored *v,
    const struct listing *l, struct err *err)
{
	char *path;
	int rc;

	/*
	 * Listings hide such names; what was cut short lacks any, and a drop
	 * box shows none.
	 */
	if (v->name[0] == '.' || l->gap != GAP_NONE || l->n == 0) {
		v->kept = true;
		return 0;
	}
	path = path_join(dir, v->name);
	rc = stored_answers(s, path, err);
	free(path);
	/* Some servers' owners have what arrives taken away at once. */
	v->kept = rc == 0;
	return rc < 0 ? -1 : 0;
}

int
stored_look(struct session *s, const char *dir, struct stored *v, size_t n,
    struct err *err)
{
	const char **listed;
	struct listing l;
	size_t i;
	int rc;

	rc = lister_list(s, dir, LIST_TO_LOOK, 0, &l, err);
	if (rc == 0) {
		listed = xcalloc(l.n + 1, sizeof(*listed));
		for (i = 0; i < l.n; i++)
			listed[i] = l.entry[i].name;
		stored_compare(v, n, listed, l.n);
		free(listed);
	} else if (err->kind == ERR_REFUSED &&
	    !verdict_blames_connection(err)) {
		/* Who may not look sees no other name, either. */
		for (i = 0; i < n; i++)
			v[i].kept = true;
		err_clear(err);
		rc = 0;
	}
	for (i = 0; rc == 0 && i < n; i++)
		if (!v[i].kept && v[i].as == NULL)
			rc = look_for(s, dir, &v[i], &l, err);
	listing_release(&l);
	return rc;
}

int
stored_check(struct session *s, const char *path, struct err *err)
{
	char *full = session_path(s, path), *dir;
	struct stored v = { 0 };
	size_t n = strlen(full);
	int rc = 0;

	while (n > 1 && full[n - 1] == '/')
		full[--n] = '\0';
	v.name = path_base(full);
	if (fold_at_risk(v.name) ||
	    server_has(session_server(s), TRAIT_FOLDS_CASE)) {
		dir = path_dir(full);
		rc = stored_look(s, dir, &v, 1, err);
		if (rc == 0 && !v.kept)
			rc = stored_error(&v, ERR_REFUSED, err);
		stored_release(&v);
		free(dir);
	}
	free(full);
	return rc;
}

int
stored_look_local(struct tree *t, const char *dir, struct stored *v,
    size_t n, struct err *err)
{
	const char **listed;
	struct tree_list l;
	size_t i;

	if (tree_list(t, dir, &l, err) != 0)
		return -1;
	listed = xcalloc(l.n + 1, sizeof(*listed));
	for (i = 0; i < l.n; i++)
		listed[i] = l.entry[i].name;
	stored_compare(v, n, listed, l.n);
	for (i = 0; i < n; i++)
		v[i].kept |= v[i].as == NULL;
	free(listed);
	tree_list_release(&l);
	return 0;
}

void
stored_release(struct stored *v)
{
	free(v->as);
}

int
stored_as(const char *name, const char *as, enum err_kind kind,
    struct err *err)
{
	char shown[NAME_SHOWN], other[NAME_SHOWN];
	enum fold how;
	const char *who = kind == ERR_LOCAL ? "file system" : "server";

	text_escape_to(shown, sizeof(shown), name);
	if (as == NULL)
		return err_set(err, kind, "the %s does not show %s under this "
		    "name; give it another one", who, shown);
	text_escape_to(other, sizeof(other), as);
	how = fold_between(name, as);
	return err_set(err, kind, "the %s stores %s as %s%s; give it a name "
	    "that is kept", who, shown, other,
	    how == FOLD_FORM || how == FOLD_BOTH ?
	    " (in another Unicode form)" : "");
}

int
stored_twin(const char *name, const char *other, enum err_kind kind,
    struct err *err)
{
	char shown[NAME_SHOWN], theirs[NAME_SHOWN];

	text_escape_to(shown, sizeof(shown), name);
	text_escape_to(theirs, sizeof(theirs), other);
	return err_set(err, kind, "%s and %s are one name %s, where %s stands; "
	    "rename one of them", shown, theirs, kind == ERR_LOCAL ?
	    "in this file system" : "on the server", theirs);
}

int
stored_error(const struct stored *v, enum err_kind kind, struct err *err)
{
	return stored_as(v->name, v->as, kind, err);
}
