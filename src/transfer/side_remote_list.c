/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What directories of a server hold, made into what a mirror compares. */
#include <string.h>

#include "ftp/files.h"
#include "ftp/lister.h"
#include "local/part.h"
#include "transfer/side_remote_in.h"

static void
release_listing(void *held)
{
	listing_release(held);
	free(held);
}

static void
ask_ages(struct session *s, struct entry *const *entry, char **full, size_t n)
{
	struct timespec *ts = xcalloc(n, sizeof(*ts));
	bool *known = xcalloc(n, sizeof(*known));
	struct err ignored = ERR_INIT;
	size_t i;

	/* What fails here fails again. */
	(void)files_times(s, (const char *const *)full, n, ts, known,
	    &ignored);
	for (i = 0; i < n; i++) {
		if (!known[i])
			continue;
		entry[i]->mtime = ts[i];
		entry[i]->precision = PRECISION_SECOND;
	}
	free(known);
	free(ts);
}

static bool
is_in_doubt(const struct entry *e, const struct mirror_options *o)
{
	return e->type == 'f' && e->precision != PRECISION_NONE &&
	    plan_age_in_doubt(e->mtime, e->precision, o);
}

/*
 * Selection by age where listings give minutes or days, by a clock of unknown
 * zone: the server is asked for the times that this leaves in doubt.
 */
static void
settle_ages(struct session *s, const char *dir, struct listing *l,
    const struct mirror_options *o)
{
	struct entry **entry = xcalloc(l->n + 1, sizeof(struct entry *));
	char **full = xcalloc(l->n + 1, sizeof(char *));
	struct err ignored = ERR_INIT;
	size_t i, n = 0;

	for (i = 0; i < l->n; i++) {
		if (!is_in_doubt(&l->entry[i], o))
			continue;
		entry[n] = &l->entry[i];
		full[n] = path_join(dir, l->entry[i].name);
		if (session_can_send(full[n], &ignored))
			n++;
		else
			free(full[n]);
	}
	if (n > 0)
		ask_ages(s, entry, full, n);
	for (i = 0; i < n; i++)
		free(full[i]);
	free(full);
	free(entry);
}

static void
take_entries(struct side_list *out, const struct listing *l)
{
	const struct entry *e;
	size_t i;

	out->n = l->n;
	out->entry = xcalloc(l->n + 1, sizeof(*out->entry));
	for (i = 0; i < l->n; i++) {
		e = &l->entry[i];
		out->entry[i] = (struct plan_entry){
			.name = e->name, .type = e->type, .size = e->size,
			.mtime = e->mtime, .precision = e->precision,
			.mode = e->mode, .target = e->target,
			.number = seen_remote(e).number, .hint = e->hint,
		};
		out->capitals |= part_in_capitals(e->name);
	}
	out->doubt = l->gap == GAP_DOUBT;
	out->may_hide = l->may_hide;
	out->dotfiles = l->dotfiles;
	side_list_find_parts(out);
}

/* out->held is a listing of the request's i-th directory, called full. */
static int
take_listing(struct side *side, struct worker *w,
    const struct side_request *rq, size_t i, const char *full,
    struct side_list *out, struct err *err)
{
	if (rq->ages != NULL)
		settle_ages(remote_session(side, w), full, out->held,
		    rq->ages);
	take_entries(out, out->held);
	if (!remote_of(side)->source || err->kind != ERR_NONE)
		return err->kind == ERR_NONE ? 0 : -1;
	return side_remote_hops_follow(side, w, rq->dir[i], out, err);
}

static void
list_all(struct session *s, const struct side_request *rq, char **full,
    struct listing *l, struct err *each)
{
	const struct lister_request all = {
		.dir = (const char *const *)full, .n = rq->n,
		.hint = rq->hint, .need = rq->need, .flags = rq->flags,
	};

	if (rq->n == 1 && rq->hint == NULL)
		(void)lister_list(s, full[0], rq->need, rq->flags, l, each);
	else
		lister_list_many(s, &all, l, each);
}

void
side_remote_list_dirs(struct side *side, struct worker *w,
    const struct side_request *rq, struct side_list *out, struct err *each)
{
	struct listing l[SIDE_BATCH] = { 0 };
	char *full[SIDE_BATCH];
	size_t i;

	for (i = 0; i < rq->n; i++)
		full[i] = remote_path(side, rq->dir[i]);
	list_all(remote_session(side, w), rq, full, l, each);
	for (i = 0; i < rq->n; i++) {
		out[i] = (struct side_list){
			.held = xmalloc(sizeof(l[i])),
			.release = release_listing,
		};
		memcpy(out[i].held, &l[i], sizeof(l[i]));
		(void)take_listing(side, w, rq, i, full[i], &out[i], &each[i]);
		free(full[i]);
	}
}

int
side_remote_list_confirm(struct side *side, struct worker *w,
    const struct side_request *rq, struct side_list *l, struct err *err)
{
	struct side_list again = { .held = l->held, .release = l->release };
	char *full = remote_path(side, rq->dir[0]);
	int rc;

	l->held = NULL;
	side_list_release(l);
	(void)lister_confirm(remote_session(side, w), full, rq->flags,
	    again.held, err);
	rc = take_listing(side, w, rq, 0, full, &again, err);
	*l = again;
	free(full);
	return rc;
}

bool
side_remote_list_is_endless(struct side *side, struct lineage *line,
    const struct side_list *l)
{
	bool endless;

	pthread_mutex_lock(&side->lock);
	endless = repeat_note(&remote_of(side)->repeats, line, l->held);
	pthread_mutex_unlock(&side->lock);
	return endless;
}

int
side_remote_list_tell_links(struct side *side, struct worker *w,
    const char *dir, const struct side_list *l, char *type, struct err *err)
{
	char *full = remote_path(side, dir);
	const struct plan_entry *e;
	const struct entry *now;
	size_t i;
	int rc;

	rc = lister_mark_links(remote_session(side, w), full, l->held, err);
	free(full);
	for (i = 0; i < l->n; i++) {
		e = &l->entry[i];
		now = listing_find(l->held, e->stored != NULL ? e->stored :
		    e->name);
		if (now != NULL)
			type[i] = now->type;
	}
	return rc;
}
