/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "transfer/tell.h"

#include <stdlib.h>
#include <string.h>

#include "transfer/mirror_in.h"

/* A reason without the name that the message begins with anyway. */
static const char *
without_name(const struct mirror *m, const char *path, const char *why)
{
	char *from = m->from->ops->full(m->from, path);
	char *to = m->to->ops->full(m->to, path);
	const char *const names[] = { path, from, to };
	size_t i, n;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
		n = strlen(names[i]);
		if (strncmp(why, names[i], n) == 0 &&
		    strncmp(why + n, ": ", 2) == 0)
			why += n + 2;
	}
	free(to);
	free(from);
	return why;
}

void
tell_failed(struct mirror *m, const char *path, struct err *err)
{
	const char *why;
	bool shown;

	if (err->kind == ERR_CANCELLED ||
	    cancel_reason(m->cancel) != CANCEL_NONE)
		return;
	if (path[0] == '\0')
		path = ".";
	/* A name that cannot be sent is the tree's, nobody's usage. */
	if (err->kind == ERR_USAGE)
		err->kind = ERR_LOCAL;
	pthread_mutex_lock(&m->lock);
	/* One cause for however many files: the first tells it. */
	shown = !err_no_room(err) || m->full++ == 0;
	pthread_mutex_unlock(&m->lock);
	why = without_name(m, path, err->msg);
	memmove(err->msg, why, strlen(why) + 1);
	if (shown)
		observe_error(m->obs, path, err);
	pthread_mutex_lock(&m->lock);
	m->sum->failed++;
	m->failed = err_merge(m->failed, err->kind != ERR_NONE ? err->kind :
	    ERR_PROTOCOL);
	pthread_mutex_unlock(&m->lock);
	err_clear(err);
}

void
tell_misnamed(struct mirror *m, const char *path, struct err *err)
{
	observe_error(m->obs, path, err);
	pthread_mutex_lock(&m->lock);
	m->sum->failed++;
	m->misnamed = err_merge(m->misnamed, err->kind);
	pthread_mutex_unlock(&m->lock);
	err_clear(err);
}

void
tell_lost(struct mirror *m, enum loss loss, const char *path, const char *why)
{
	static const char *const what[LOSSES] = {
		[LOST_LINK] = "symbolic link not carried over",
		[LOST_OTHER] = "not carried over",
		[LOST_TIME] = "modification time not carried over",
		[LOST_MODE] = "permission bits not carried over",
		[LOST_GONE] = "vanished meanwhile",
		[LOST_LOOP] = "link not followed",
	};
	bool first;

	pthread_mutex_lock(&m->lock);
	m->sum->warned++;
	first = !m->warned[loss];
	m->warned[loss] = true;
	pthread_mutex_unlock(&m->lock);
	if (first)
		observe_warning(m->obs, "%s: %s: %s; more such are counted, "
		    "not shown", path, what[loss],
		    without_name(m, path, why));
}

void
tell_left_out(struct mirror *m, enum loss loss, char type, const char *path,
    const char *why)
{
	struct event ev = {
		.type = EVENT_SKIP, .path = path, .type_of = type,
		.op = without_name(m, path, why), .dry_run = m->o->dry_run,
	};

	tell_lost(m, loss, path, why);
	observe_event(m->obs, &ev);
}

void
tell_count(struct mirror *m, uint64_t *counter, uint64_t n)
{
	pthread_mutex_lock(&m->lock);
	*counter += n;
	pthread_mutex_unlock(&m->lock);
}

void
tell_incomplete(struct mirror *m)
{
	pthread_mutex_lock(&m->lock);
	m->incomplete = true;
	pthread_mutex_unlock(&m->lock);
}

bool
tell_is_incomplete(struct mirror *m)
{
	bool incomplete;

	pthread_mutex_lock(&m->lock);
	incomplete = m->incomplete;
	pthread_mutex_unlock(&m->lock);
	return incomplete;
}

void
tell_vanished(struct mirror *m, const char *path)
{
	pthread_mutex_lock(&m->lock);
	strvec_add(&m->gone, path);
	pthread_mutex_unlock(&m->lock);
}
