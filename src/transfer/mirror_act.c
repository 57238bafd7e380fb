/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a mirror does about one entry. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/path.h"
#include "base/text.h"
#include "ftp/digest.h"
#include "ftp/files.h"
#include "ftp/folders.h"
#include "ftp/lister.h"
#include "ftp/refusal.h"
#include "transfer/mirror_in.h"

enum { NAME_SHOWN = 256 };

/* A directory is there now: says so, and goes into it. */
void
mirror_entered(struct mirror *m, const char *path,
    const struct plan_entry *e)
{
	struct event ev = {
		.type = EVENT_MKDIR, .path = path, .bytes = -1,
		.dry_run = m->o->dry_run,
	};

	observe_event(m->obs, &ev);
	mirror_made_name(m, path);
	mirror_note_made(m, path, 'd');
	mirror_add_dir(m, path, false, e);
}

/*
 * A directory that is there though no listing had its name: not if it is a
 * link in another spelling, which leads who knows where (I4).
 */
static int
check_no_link(struct session *s, const char *full, struct err *err)
{
	const char *name = path_base(full);
	char *dir = path_dir(full), shown[NAME_SHOWN];
	const struct entry *e;
	struct listing l;
	size_t i;
	int rc;

	rc = lister_list(s, dir, LIST_WHOLE, 0, &l, err);
	e = rc == 0 ? listing_find(&l, name) : NULL;
	for (i = 0; rc == 0 && i < l.n && (e == NULL || e->type != 'd'); i++)
		if (l.entry[i].type == 'l' &&
		    fold_between(name, l.entry[i].name) != FOLD_OTHER)
			rc = err_set(err, ERR_REFUSED, "a symbolic link is in "
			    "the way, %s", text_escape_to(shown,
			    sizeof(shown), l.entry[i].name));
	listing_release(&l);
	free(dir);
	return rc;
}

int
mirror_make_dir(struct mirror *m, struct session *s, const char *path,
    int mode, bool *made, struct err *err)
{
	struct err ignored = ERR_INIT;
	char *full;
	int rc;

	*made = true;
	if (m->o->dry_run)
		return 0;
	if (!m->o->reverse)
		return mirror_mkdir_p(m->tree, path, mode, err);
	full = mirror_remote(m, path);
	rc = folders_make_path(s, full, made, err);
	if (rc == 0 && !*made)
		rc = check_no_link(s, full, err);
	if (rc == 0 && mode >= 0)
		(void)files_set_mode(s, full, mode, &ignored);
	if (rc != 0)
		refusal_explain(s, &(struct refusal){ .act = REFUSAL_MKDIR,
		    .path = full, .shown = path }, err);
	free(full);
	return rc;
}

static void
new_dir(struct mirror *m, struct session *s, const char *path,
    const struct plan_entry *e)
{
	struct err err = ERR_INIT;
	bool made;

	if (mirror_make_dir(m, s, path, plan_mode(e, m->o), &made, &err) != 0)
		mirror_failed(m, path, &err);
	else if (made)
		mirror_entered(m, path, e);
	else	/* A listing hides it: what is in it may be the same. */
		mirror_add_dir(m, path, true, e);
}

static void
set_mode(struct mirror *m, struct session *s, const char *path, int mode)
{
	struct err err = ERR_INIT;
	char *full;
	int rc;

	if (m->o->dry_run)
		return;
	if (m->o->reverse) {
		full = mirror_remote(m, path);
		rc = files_set_mode(s, full, mode, &err);
		if (rc != 0)
			refusal_explain(s, &(struct refusal){
			    .act = REFUSAL_CHMOD, .path = full,
			    .shown = path }, &err);
		free(full);
	} else {
		rc = tree_chmod(m->tree, path, (mode_t)mode, &err);
	}
	if (rc != 0)
		mirror_lost(m, LOST_MODE, path, err.msg);
}

static void
in_the_way(struct mirror *m, const char *path, const struct plan_entry *e,
    const char *why)
{
	struct err err = ERR_INIT;

	err_set(&err, m->o->reverse ? ERR_REFUSED : ERR_LOCAL,
	    "a %s is in the way%s", e->type == 'd' ? "directory" :
	    e->type == 'l' ? "symbolic link" : "file", why);
	mirror_failed(m, path, &err);
}

/* Something of another type stands in the way. */
static void
replace(struct mirror *m, const char *path, const struct plan_action *a)
{
	if (mirror_is_backup(m, "", path) ||
	    mirror_holds_backup(m, "", path))
		in_the_way(m, path, a->target, ", and is or holds the backup "
		    "directory; choose another --backup-dir");
	/* Deleted last, like all else; then what replaces it goes. */
	else if (m->o->delete)
		mirror_defer(m, path, a->source);
	else
		in_the_way(m, path, a->target, a->target->type == 'l' ?
		    "; --delete would remove it, not what it leads to" :
		    "; --delete would remove it");
}

static void
skip(struct mirror *m, struct session *s, const char *path,
    const struct plan_action *a, bool part)
{
	if (part && !m->o->dry_run)
		mirror_stale(m, path);
	if (plan_wants_mode(a->source, a->target, m->o))
		set_mode(m, s, path, plan_mode(a->source, m->o));
	mirror_check_name(m, path, a->target);
	if (a->target->hidden)
		mirror_hidden(m, path);
	else
		mirror_count(m, &m->sum->skipped, 1);
}

/*
 * Moving, a source goes by what was verified, not by a size and a time that
 * are equal: it is transferred once more.  A run may have ended between a file
 * and its source, so that there is nothing to back up, but an older backup.
 */
static void
same(struct mirror *m, struct session *s, const char *path,
    const struct plan_action *a, bool part)
{
	const struct mirror_options *o = m->o;
	struct plan_action again = {
		.kind = PLAN_TRANSFER, .source = a->source,
		.target = o->ignore_time || o->ignore_size ? a->target : NULL,
	};

	if (!o->remove_source || a->source->type != 'f') {
		skip(m, s, path, a, part);
		return;
	}
	if (!o->reverse)
		mirror_check_name(m, path, a->target);
	mirror_add_file(m, path, &again, part);
}

/* The same by the manifest of the last run. */
static int
same_as_noted(struct mirror *m, const char *path,
    const struct plan_action *a, struct err *err)
{
	struct manifest_entry e;
	char hex[HASH_HEX_MAX];

	if (!manifest_find(m->manifest, path, &e) ||
	    e.size != a->source->size || e.size != a->target->size)
		return 0;
	if (mirror_hash_local(m, path, HASH_SHA256, hex, err) != 0)
		return -1;
	return strcmp(hex, e.hex) == 0;
}

/* Whether the digests of both sides' files are the same: 1, 0, -1. */
static int
same_digest(struct mirror *m, struct session *s, const char *path,
    struct err *err)
{
	char theirs[HASH_HEX_MAX], ours[HASH_HEX_MAX], *full;
	enum hash_alg alg;
	int rc;

	full = mirror_remote(m, path);
	rc = digest_ask(s, full, &alg, theirs, err);
	free(full);
	if (rc == 0)
		return err_set(err, ERR_REFUSED, "server gives no digest "
		    "(HASH, XSHA256, ...), which --checksum needs");
	if (rc < 0 || mirror_hash_local(m, path, alg, ours, err) != 0)
		return -1;
	return strcmp(ours, theirs) == 0;
}

static void
ask_digest(struct mirror *m, struct session *s, const char *path,
    const struct plan_action *a, bool part)
{
	bool moves = m->o->remove_source && m->o->checksum && !m->o->dry_run;
	struct copy_result seen = { .verified = true };
	struct err err = ERR_INIT;
	int rc = 0;

	if (moves)
		rc = mirror_look_at_source(m, s, path, &seen, &err);
	if (rc == 0)
		rc = m->manifest != NULL && !m->o->checksum ?
		    same_as_noted(m, path, a, &err) :
		    same_digest(m, s, path, &err);
	if (rc < 0)
		mirror_failed(m, path, &err);
	else if (rc == 0)
		mirror_add_file(m, path, a, part);
	else if (m->o->checksum)
		skip(m, s, path, a, part);
	else
		same(m, s, path, a, part);
	/* Under another name it is no copy of it; skip() says so. */
	if (rc > 0 && moves && a->target->stored == NULL)
		mirror_remove_source(m, s, path, &seen);
}

/*
 * Listings are coarse: the exact times decide.  Where the server has none,
 * the listing does as far as it goes.
 */
static enum plan_kind
compare_exact(const struct mirror *m, const struct plan_action *a,
    const struct timespec *exact)
{
	const struct plan_entry *remote, *local;
	enum time_precision p = PRECISION_SECOND;
	time_t from, to;
	struct timespec ts;

	remote = m->o->reverse ? a->target : a->source;
	local = m->o->reverse ? a->source : a->target;
	ts = exact != NULL ? *exact : remote->mtime;
	if (exact == NULL)
		p = remote->precision;
	if (p == PRECISION_NONE)
		return PLAN_SAME;
	if (plan_same_time(ts, p, local->mtime, PRECISION_SECOND))
		return m->o->ignore_size || local->size == remote->size ?
		    PLAN_SAME : PLAN_TRANSFER;
	from = m->o->reverse ? local->mtime.tv_sec : ts.tv_sec;
	to = m->o->reverse ? ts.tv_sec : local->mtime.tv_sec;
	return m->o->only_newer && from <= to ? PLAN_OLDER : PLAN_TRANSFER;
}

static void
transfer(struct mirror *m, struct session *s, const char *path,
    const struct plan_action *a, const struct timespec *exact, bool part)
{
	if (mirror_is_dated(m, s, path, a, exact))
		same(m, s, path, a, part);
	else
		mirror_add_file(m, path, a, part);
}

/* exact: what the server says, or NULL. */
static void
answered(struct mirror *m, struct session *s, const struct question *q,
    const struct timespec *exact)
{
	enum plan_kind kind = compare_exact(m, q->action, exact);

	if (kind == PLAN_TRANSFER &&
	    mirror_same_time(m, s, q->path, q->action, exact))
		kind = PLAN_SAME;
	if (kind == PLAN_SAME)
		same(m, s, q->path, q->action, q->part);
	else if (kind == PLAN_OLDER)
		skip(m, s, q->path, q->action, q->part);
	else
		transfer(m, s, q->path, q->action, exact, q->part);
}

bool
mirror_ask_times(struct mirror *m, struct session *s,
    const struct questions *q)
{
	struct timespec *ts = xcalloc(q->n + 1, sizeof(*ts));
	bool *known = xcalloc(q->n + 1, sizeof(*known));
	char **full = xcalloc(q->n + 1, sizeof(*full));
	struct err err = ERR_INIT;
	bool relieved;
	size_t i;
	int rc;

	for (i = 0; i < q->n; i++)
		full[i] = mirror_remote(m, q->question[i].path);
	rc = files_times(s, (const char *const *)full, q->n, ts, known,
	    &err);
	for (i = 0; i < q->n; i++) {
		if (rc == 0)
			answered(m, s, &q->question[i],
			    known[i] ? &ts[i] : NULL);
		free(full[i]);
	}
	relieved = rc != 0 && pool_is_relieved(m->pool, s);
	if (rc != 0 && !relieved)
		mirror_failed(m, m->remote, &err);
	free(full);
	free(known);
	free(ts);
	return !relieved;
}

void
questions_release(struct questions *q)
{
	size_t i;

	for (i = 0; i < q->n; i++)
		free(q->question[i].path);
	free(q->question);
	memset(q, 0, sizeof(*q));
}

void
questions_add(struct questions *q, const char *path,
    const struct plan_action *a, bool part)
{
	if (q->n == q->cap) {
		q->cap = q->cap != 0 ? q->cap * 2 : 64;
		q->question = xreallocarray(q->question, q->cap,
		    sizeof(*q->question));
	}
	q->question[q->n++] = (struct question){ xstrdup(path), a, part };
}

/* The server does not tell what a selection goes by. */
static void
untold(struct mirror *m, const char *path, const struct plan_entry *source)
{
	bool size = plan_selects(source, m->o) == PLAN_NO_SIZE;
	struct err err = ERR_INIT;

	err_set(&err, ERR_REFUSED, "not transferred: the server tells no %s "
	    "of it, by which it is to be selected; run without --%s",
	    size ? "size" : "time", size ? m->o->min_size >= 0 ? "min-size" :
	    "max-size" : m->o->has_newer ? "newer-than" : "older-than");
	mirror_failed(m, path, &err);
}

/* By the listings. */
static void
differing(struct mirror *m, struct session *s, const char *path,
    const struct plan_action *a, bool part)
{
	if (mirror_same_time(m, s, path, a, NULL)) {
		same(m, s, path, a, part);
		return;
	}
	/* Of what is sent the upload itself finds out. */
	if (!m->o->reverse)
		mirror_check_name(m, path, a->target);
	transfer(m, s, path, a, NULL, part);
}

static void
enter_dir(struct mirror *m, struct session *s, const char *path,
    const struct plan_action *a)
{
	if (a->target->hidden)
		mirror_hidden(m, path);
	mirror_check_name(m, path, a->target);
	if (plan_wants_mode(a->source, a->target, m->o))
		set_mode(m, s, path, plan_mode(a->source, m->o));
	mirror_add_dir(m, path, true, m->o->reverse ? a->target : a->source);
}

static void
lose(struct mirror *m, const char *path, const struct plan_entry *source)
{
	if (source->loops)
		mirror_lost(m, LOST_LOOP, path,
		    "it leads back to a directory that it is in");
	else
		mirror_lost(m, LOST_OTHER, path,
		    "neither a file nor a directory nor a link");
}

void
mirror_act(struct mirror *m, struct session *s, const char *path,
    const struct plan_action *a, bool part)
{
	switch (a->kind) {
	case PLAN_TRANSFER:
		differing(m, s, path, a, part);
		break;
	case PLAN_ENTER:
		enter_dir(m, s, path, a);
		break;
	case PLAN_MKDIR:
		if (!m->o->no_empty_dirs)
			new_dir(m, s, path, a->source);
		else
			mirror_add_dir(m, path, false, a->source);
		break;
	case PLAN_LINK:
		mirror_link(m, path, a->source);
		break;
	case PLAN_CHMOD:
	case PLAN_SAME:
		same(m, s, path, a, part);
		break;
	case PLAN_OLDER:
		skip(m, s, path, a, part);
		break;
	case PLAN_ASK:
		ask_digest(m, s, path, a, part);
		break;
	case PLAN_LATER:
		mirror_twin(m, path, a->source);
		break;
	case PLAN_BLOCKED:
		in_the_way(m, path, a->target, ", and is left out by filters "
		    "or selection; remove it");
		break;
	case PLAN_REPLACE:
		replace(m, path, a);
		break;
	case PLAN_UNTOLD:
		untold(m, path, a->source);
		break;
	case PLAN_DELETE:	/* mirror_doom() */
	case PLAN_SKIP:
		break;
	case PLAN_CANNOT:
		lose(m, path, a->source);
		break;
	}
}

void
mirror_enter(struct mirror *m, struct session *s, const char *path,
    const struct plan_entry *source)
{
	struct plan_action a = { .source = source };

	a.kind = source->type == 'd' ? PLAN_MKDIR :
	    source->type == 'l' ? PLAN_LINK : PLAN_TRANSFER;
	mirror_act(m, s, path, &a, false);
}
