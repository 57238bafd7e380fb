/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "transfer/act.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/path.h"
#include "base/text.h"
#include "transfer/act_dirs.h"
#include "transfer/later.h"
#include "transfer/todo.h"

enum { NAME_SHOWN = 256 };

static const struct exact unknown;

static void
set_mode(struct mirror *m, struct worker *w, const char *path, int mode)
{
	struct err err = ERR_INIT;

	if (!m->o->dry_run &&
	    m->to->ops->set_mode(m->to, w, path, mode, &err) != 0)
		tell_lost(m, LOST_MODE, path, err.msg);
}

static void
in_the_way(struct mirror *m, const char *path, const struct plan_entry *e,
    const char *why)
{
	struct err err = ERR_INIT;

	err_set(&err, m->to->facts.failing, "a %s is in the way%s",
	    e->type == 'd' ? "directory" : e->type == 'l' ? "symbolic link" :
	    "file", why);
	tell_failed(m, path, &err);
}

/* What stands there is not to be touched. */
static void
blocked(struct mirror *m, const char *path, const struct plan_entry *target)
{
	enum err_kind kind = m->to->facts.failing;
	char *dir = path_parent(path), *there = plan_path_there(dir, target);
	char shown[NAME_SHOWN];
	struct err err = ERR_INIT;

	if (!plan_bars(dir, target, m->o)) {
		in_the_way(m, path, target, ", and is left out by filters or "
		    "selection; remove it");
	} else {
		err_set(&err, kind, "%s this is %s, which filters exclude; "
		    "rename one of them", kind == ERR_LOCAL ?
		    "in this file system" : "on the server",
		    text_escape_to(shown, sizeof(shown), there));
		tell_failed(m, path, &err);
	}
	free(there);
	free(dir);
}

/* Something of another type stands in the way. */
static void
replace(struct mirror *m, const char *path, const struct plan_action *a)
{
	if (side_is_backup(m->to, "", path) ||
	    side_holds_backup(m->to, "", path))
		in_the_way(m, path, a->target, ", and is or holds the backup "
		    "directory; choose another --backup-dir");
	/* Deleted last, like all else; then what replaces it goes. */
	else if (m->o->delete)
		later_add(m, &m->deferred, path, a->source);
	else
		in_the_way(m, path, a->target, a->target->type == 'l' ?
		    "; --delete would remove it, not what it leads to" :
		    "; --delete would remove it");
}

static void
add_file(struct mirror *m, const char *path, const struct plan_action *a,
    bool part)
{
	if (!m->o->dry_run)
		observe_progress(m->obs, NULL, 1, a->source->size, false);
	todo_add_file(m, m->pool, path, a, plan_mode(a->source, m->o), part);
}

static void
skip(struct mirror *m, struct worker *w, const char *path,
    const struct plan_action *a, bool part)
{
	if (part && !m->o->dry_run)
		mirror_file_stale(m, path);
	if (plan_wants_mode(a->source, a->target, m->o))
		set_mode(m, w, path, plan_mode(a->source, m->o));
	mirror_names_check(m, path, a->target);
	if (a->target->hidden)
		mirror_hidden_tell(m, path);
	else
		tell_count(m, &m->sum->skipped, 1);
}

/*
 * Moving, a source goes by what was verified, not by a size and a time that
 * are equal: it is transferred once more.  A run may have ended between a file
 * and its source, so that there is nothing to back up, but an older backup.
 */
static void
same(struct mirror *m, struct worker *w, const char *path,
    const struct plan_action *a, bool part)
{
	const struct mirror_options *o = m->o;
	struct plan_action again = {
		.kind = PLAN_TRANSFER, .reason = REASON_MOVE,
		.source = a->source,
		.target = o->ignore_time || o->ignore_size ? a->target : NULL,
	};

	if (!o->remove_source || a->source->type != 'f') {
		skip(m, w, path, a, part);
		return;
	}
	add_file(m, path, &again, part);
}

/* The same by the manifest of the last run. */
static int
same_as_noted(struct mirror *m, struct worker *w, const char *path,
    const struct plan_action *a, struct err *err)
{
	enum hash_alg alg = HASH_SHA256;
	struct manifest_entry e;
	char hex[HASH_HEX_MAX];
	int rc;

	if (!manifest_find(m->manifest, path, &e) ||
	    e.size != a->target->size)
		return 0;
	rc = m->from->ops->digest(m->from, w, path, false, &alg, hex, err);
	return rc == 1 ? strcmp(hex, e.hex) == 0 : rc;
}

/* Whether the digests of both sides' files are the same: 1, 0, -1. */
static int
same_digest(struct mirror *m, struct worker *w, const char *path,
    struct err *err)
{
	bool to_first = m->to->facts.few_digests;
	struct side *first = to_first ? m->to : m->from;
	struct side *second = to_first ? m->from : m->to;
	char one[HASH_HEX_MAX], other[HASH_HEX_MAX];
	enum hash_alg alg = HASH_SHA256;
	int rc;

	rc = first->ops->digest(first, w, path, true, &alg, one, err);
	if (rc == 1)
		rc = second->ops->digest(second, w, path, false, &alg, other,
		    err);
	if (rc == 0)
		return err_set(err, ERR_REFUSED, "server gives no digest "
		    "(HASH, XSHA256, ...), which --checksum needs");
	return rc < 0 ? -1 : strcmp(one, other) == 0;
}

static void
ask_digest(struct mirror *m, struct worker *w, const char *path,
    const struct plan_action *a, bool part)
{
	bool moves = m->o->remove_source && m->o->checksum && !m->o->dry_run;
	struct copy_result seen = { .verified = true };
	struct err err = ERR_INIT;
	int rc = 0;

	if (moves)
		rc = m->from->ops->look(m->from, w, path, &seen, &err);
	if (rc == 0)
		rc = m->manifest != NULL && !m->o->checksum ?
		    same_as_noted(m, w, path, a, &err) :
		    same_digest(m, w, path, &err);
	if (rc < 0)
		tell_failed(m, path, &err);
	else if (rc == 0)
		add_file(m, path, a, part);
	else if (m->o->checksum)
		skip(m, w, path, a, part);
	else
		same(m, w, path, a, part);
	/* Under another name it is no copy of it; skip() says so. */
	if (rc > 0 && moves && a->target->stored == NULL)
		mirror_file_remove_source(m, w, path, &seen);
}

/* A time, and how exact it is to be taken. */
static enum time_precision
time_of(const struct plan_entry *e, const struct timespec *exact,
    struct timespec *t)
{
	*t = exact != NULL ? *exact : e->mtime;
	return exact != NULL || e->precision > PRECISION_SECOND ?
	    PRECISION_SECOND : e->precision;
}

/*
 * Listings are coarse: the exact times decide.  Where a server has none, the
 * listing does as far as it goes.
 */
static enum plan_kind
compare_exact(const struct mirror *m, struct plan_action *a,
    const struct exact *exact)
{
	const struct plan_entry *source = a->source, *target = a->target;
	enum time_precision from_p, to_p;
	struct timespec from, to;

	from_p = time_of(source, exact->from, &from);
	to_p = time_of(target, exact->to, &to);
	if (from_p == PRECISION_NONE || to_p == PRECISION_NONE)
		return PLAN_SAME;
	if (plan_same_time(from, from_p, to, to_p)) {
		a->reason = REASON_SIZE;
		return m->o->ignore_size || source->size == target->size ?
		    PLAN_SAME : PLAN_TRANSFER;
	}
	return m->o->only_newer && from.tv_sec <= to.tv_sec ? PLAN_OLDER :
	    PLAN_TRANSFER;
}

static void
transfer(struct mirror *m, struct worker *w, const char *path,
    const struct plan_action *a, const struct exact *exact, bool part)
{
	if (mirror_dated_is(m, w, path, a, exact))
		same(m, w, path, a, part);
	else
		add_file(m, path, a, part);
}

static bool
goes_by_digest(const struct mirror_options *o)
{
	return o->checksum || o->manifest;
}

/* An older file does not go, whatever is in it. */
static void
act_by_digest(struct mirror *m, struct worker *w, const struct doubt *q,
    const struct exact *exact)
{
	struct plan_action by_time = *q->action;

	if (compare_exact(m, &by_time, exact) == PLAN_OLDER)
		skip(m, w, q->path, q->action, q->part);
	else
		ask_digest(m, w, q->path, q->action, q->part);
}

static void
act_by_time(struct mirror *m, struct worker *w, const struct doubt *q,
    const struct exact *exact)
{
	struct plan_action a = *q->action;
	enum plan_kind kind = compare_exact(m, &a, exact);

	if (kind == PLAN_TRANSFER &&
	    mirror_times_are_same(m, w, q->path, &a, exact))
		kind = PLAN_SAME;
	if (kind == PLAN_SAME)
		same(m, w, q->path, &a, q->part);
	else if (kind == PLAN_OLDER)
		skip(m, w, q->path, &a, q->part);
	else
		transfer(m, w, q->path, &a, exact, q->part);
}

/* What one side says of the times in question. */
struct answers {
	struct timespec *time;
	bool *known;
};

static int
ask_times(struct side *side, struct worker *w, const struct doubts *q,
    struct answers *a, struct err *err)
{
	const char **path = xcalloc(q->n + 1, sizeof(*path));
	size_t i;
	int rc = 0;

	a->time = xcalloc(q->n + 1, sizeof(*a->time));
	a->known = xcalloc(q->n + 1, sizeof(*a->known));
	for (i = 0; i < q->n; i++)
		path[i] = q->doubt[i].path;
	if (side->ops->exact_times != NULL)
		rc = side->ops->exact_times(side, w, path, q->n, a->time,
		    a->known, err);
	free(path);
	return rc;
}

static void
answers_release(struct answers *a)
{
	free(a->time);
	free(a->known);
}

bool
act_answer(struct mirror *m, struct worker *w, const struct doubts *q)
{
	struct answers from = { 0 }, to = { 0 };
	struct side *asked = m->from;
	struct exact exact;
	struct err err = ERR_INIT;
	bool relieved = false;
	size_t i;
	int rc;

	rc = ask_times(m->from, w, q, &from, &err);
	if (rc == 0)
		rc = ask_times(asked = m->to, w, q, &to, &err);
	for (i = 0; rc == 0 && i < q->n; i++) {
		exact.from = from.known[i] ? &from.time[i] : NULL;
		exact.to = to.known[i] ? &to.time[i] : NULL;
		if (goes_by_digest(m->o))
			act_by_digest(m, w, &q->doubt[i], &exact);
		else
			act_by_time(m, w, &q->doubt[i], &exact);
	}
	if (rc != 0)
		relieved = pool_is_relieved(m->pool, w);
	if (rc != 0 && !relieved)
		tell_failed(m, asked->root, &err);
	answers_release(&from);
	answers_release(&to);
	return !relieved;
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
	tell_failed(m, path, &err);
}

/* By the listings. */
static void
differing(struct mirror *m, struct worker *w, const char *path,
    const struct plan_action *a, bool part)
{
	if (mirror_times_are_same(m, w, path, a, &unknown)) {
		same(m, w, path, a, part);
		return;
	}
	transfer(m, w, path, a, &unknown, part);
}

static void
enter_dir(struct mirror *m, struct worker *w, const char *path,
    const struct plan_action *a)
{
	char *dir = path_parent(path);

	if (a->target->hidden)
		mirror_hidden_tell(m, path);
	mirror_names_check(m, path, a->target);
	if (plan_wants_mode(a->source, a->target, m->o))
		set_mode(m, w, path, plan_mode(a->source, m->o));
	todo_add_dir(m, path, plan_path_there(dir, a->target), true,
	    a->source, a->target);
	free(dir);
}

/* What is to be there is not known: the target's stays as it is. */
static void
lack(struct mirror *m, const char *path, const char *why)
{
	struct err err = ERR_INIT;

	tell_incomplete(m);
	err_set(&err, m->from->facts.failing, "%s", why);
	tell_failed(m, path, &err);
}

static void
lose(struct mirror *m, const char *path, const struct plan_entry *source,
    const struct plan_entry *target)
{
	/* As a failure of the listing that was told of. */
	if (source->type == '?')
		return;
	if (source->type == 'l' && target != NULL &&
	    target->type != 'l')
		lack(m, path, "symbolic link that leads nowhere; what the "
		    "target has in its place is left");
	else if (source->type == 'l')
		tell_left_out(m, LOST_LINK, 'l', path, "it leads nowhere");
	else if (source->loops)
		tell_left_out(m, LOST_LOOP, 'l', path,
		    "it leads back to a directory that it is in");
	else
		tell_left_out(m, LOST_OTHER, 'o', path,
		    "neither a file nor a directory nor a link");
}

static void
act(struct mirror *m, struct worker *w, const char *path,
    const struct plan_action *a, bool part)
{
	switch (a->kind) {
	case PLAN_TRANSFER:
		differing(m, w, path, a, part);
		break;
	case PLAN_ENTER:
		enter_dir(m, w, path, a);
		break;
	case PLAN_MKDIR:
		if (!m->o->no_empty_dirs)
			act_dirs_new(m, w, path, a->source);
		else
			todo_add_dir(m, path, NULL, false, a->source, NULL);
		break;
	case PLAN_LINK:
		mirror_link_make(m, w, path, a->source);
		break;
	case PLAN_CHMOD:
	case PLAN_SAME:
		same(m, w, path, a, part);
		break;
	case PLAN_OLDER:
		skip(m, w, path, a, part);
		break;
	case PLAN_ASK:
		ask_digest(m, w, path, a, part);
		break;
	case PLAN_LATER:
		later_add(m, &m->twins, path, a->source);
		break;
	case PLAN_BLOCKED:
		blocked(m, path, a->target);
		break;
	case PLAN_REPLACE:
		replace(m, path, a);
		break;
	case PLAN_UNTOLD:
		untold(m, path, a->source);
		break;
	case PLAN_DELETE:
	case PLAN_SKIP:
		break;
	case PLAN_CANNOT:
		lose(m, path, a->source, a->target);
		break;
	}
}

/* Whether the exact times of both sides are needed. */
static bool
asks_time(const struct mirror_options *o, const struct plan_action *a)
{
	return a->kind == PLAN_ASK && (!goes_by_digest(o) || (o->only_newer &&
	    plan_wants_times(a->source, a->target, o)));
}

void
act_plan(struct mirror *m, struct worker *w, const char *dir,
    const struct plan *plan, const struct side_list *target,
    struct doubts *q)
{
	const struct plan_action *a;
	const char *name;
	char *path;
	size_t i;
	bool part;

	for (i = 0; i < plan->n; i++) {
		a = &plan->action[i];
		/* What the target alone has was for doom_plan(). */
		if (a->source == NULL)
			continue;
		name = a->source->name;
		part = side_list_has_part(target, name);
		path = path_join(dir, name);
		if (asks_time(m->o, a))
			doubts_add(q, path, a, part);
		else
			act(m, w, path, a, part);
		free(path);
	}
}

void
act_enter(struct mirror *m, struct worker *w, const char *path,
    const struct plan_entry *source, enum reason why)
{
	struct plan_action a = { .source = source, .reason = why };

	a.kind = source->type == 'd' ? PLAN_MKDIR :
	    source->type == 'l' ? PLAN_LINK : PLAN_TRANSFER;
	act(m, w, path, &a, false);
}
