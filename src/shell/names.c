/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "shell/names.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/path.h"
#include "ftp/files.h"
#include "ftp/folders.h"
#include "ftp/lister.h"
#include "ftp/look.h"
#include "shell/twins.h"

bool
names_expand(struct run *run, const struct args *a, size_t first,
    size_t last, struct glob_result *r)
{
	struct err err = ERR_INIT;
	size_t i;

	for (i = first; i < last; i++) {
		if (glob_remote(run, &a->word[i], r, &err) == 0)
			continue;
		if (run_failed(run, a->word[i].text, &err))
			return false;
		err_clear(&err);
	}
	return true;
}

void
names_add(struct glob_result *r, const char *path)
{
	r->name = xreallocarray(r->name, r->n + 1, sizeof(*r->name));
	r->name[r->n++] = (struct glob_name){ xstrdup(path), NULL, true };
}

bool
names_call(struct run *run, const struct glob_result *r, names_fn fn,
    void *ctx)
{
	struct err err = ERR_INIT;
	size_t i;

	for (i = 0; i < r->n; i++) {
		if (fn(run, &r->name[i], ctx, &err) == 0)
			continue;
		if (run_failed(run, r->name[i].path, &err))
			return false;
		err_clear(&err);
	}
	return true;
}

int
names_check_into(struct run *run, const struct glob_result *r, const char *to,
    const char *command, const char *moved, struct err *err)
{
	struct twins t = { 0 };
	char *source, *dir = session_path(run->session, to);
	size_t i;
	int rc;

	for (i = 0; i < r->n; i++) {
		source = session_path(run->session, r->name[i].path);
		twins_add(&t, r->name[i].path, source,
		    path_join(dir, path_base(source)));
	}
	rc = twins_check(&t, command, moved, err);
	twins_release(&t);
	free(dir);
	return rc;
}

int
names_each(struct run *run, const struct args *a, names_fn fn, void *ctx,
    struct err *err)
{
	struct glob_result r = { 0 };

	if (names_expand(run, a, 0, a->n, &r))
		names_call(run, &r, fn, ctx);
	glob_release(&r);
	return run_result(run, err);
}

/* Asks for what a glob's listing did not tell of a file. */
static int
complete_entry(struct session *s, const char *path, unsigned flags,
    struct entry *e, struct err *err)
{
	enum time_precision precision;
	struct timespec ts;
	int rc = 1;

	if ((flags & LIST_SIZES) != 0 && e->type == 'f' && e->size < 0 &&
	    files_size(s, path, &e->size, err) < 0)
		return -1;
	if ((flags & LIST_TIMES) != 0 && e->type == 'f' &&
	    e->precision == PRECISION_NONE &&
	    (rc = files_time(s, path, &ts, &precision, err)) == 1) {
		e->mtime = ts;
		e->precision = precision;
	}
	if (rc >= 0)
		err_clear(err);
	return rc < 0 ? -1 : 1;
}

int
names_stat(struct run *run, const struct glob_name *name, unsigned flags,
    struct listing *l, struct entry *e, struct err *err)
{
	int rc;

	memset(l, 0, sizeof(*l));
	if (name->entry != NULL && name->entry->type != '?') {
		*e = *name->entry;
		return complete_entry(run->session, name->path, flags, e, err);
	}
	rc = look_one(run->session, name->path, l, err);
	if (rc == 1)
		*e = l->entry[0];
	if (rc == 0) {
		err_set(err, ERR_REFUSED, "no such file or directory");
		err->code = 550;
	}
	return rc;
}

int
names_is_dir(struct run *run, const struct glob_name *name,
    struct err *err)
{
	char type = name->entry != NULL ? name->entry->type : '?';

	if (type == 'd')
		return 1;
	if (type == 'f' || type == 'o')
		return 0;
	return folders_has(run->session, name->path, err);
}

int
names_refused(struct run *run, enum refusal_act act,
    const struct glob_name *name, struct err *err)
{
	return refusal_explain(run->session, &(struct refusal){ .act = act,
	    .path = name->path,
	    .type = name->entry != NULL ? name->entry->type : 0 }, err);
}

int
names_list(struct run *run, const char *path, unsigned flags,
    struct listing *l, struct err *err)
{
	if (lister_list(run->session, path, LIST_WHOLE, flags, l, err) == 0)
		return 0;
	return refusal_explain(run->session, &(struct refusal){
	    .act = REFUSAL_LIST, .path = path }, err);
}
