/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "transfer/mirror.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/path.h"
#include "ftp/digest.h"
#include "ftp/folders.h"
#include "ftp/look.h"
#include "ftp/refusal.h"
#include "transfer/mirror_in.h"
#include "transfer/pathmap.h"

char *
mirror_remote(const struct mirror *m, const char *path)
{
	return path[0] != '\0' ? path_join(m->remote, path) :
	    xstrdup(m->remote);
}

/* A reason without the name that the message begins with anyway. */
static const char *
without_name(const struct mirror *m, const char *path, const char *why)
{
	char *full = mirror_remote(m, path);
	const char *const names[] = { path, full };
	size_t i, n;

	for (i = 0; i < 2; i++) {
		n = strlen(names[i]);
		if (strncmp(why, names[i], n) == 0 &&
		    strncmp(why + n, ": ", 2) == 0)
			why += n + 2;
	}
	free(full);
	return why;
}

void
mirror_failed(struct mirror *m, const char *path, struct err *err)
{
	const char *why;
	bool shown;

	if (err->kind == ERR_CANCELLED ||
	    cancel_reason(session_cancel(m->own)) != CANCEL_NONE)
		return;
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
	m->failed = err_merge(m->failed, err->kind);
	pthread_mutex_unlock(&m->lock);
	err_clear(err);
}

void
mirror_incomplete(struct mirror *m)
{
	pthread_mutex_lock(&m->lock);
	m->incomplete = true;
	pthread_mutex_unlock(&m->lock);
}

bool
mirror_is_incomplete(struct mirror *m)
{
	bool incomplete;

	pthread_mutex_lock(&m->lock);
	incomplete = m->incomplete;
	pthread_mutex_unlock(&m->lock);
	return incomplete;
}

void
mirror_count(struct mirror *m, uint64_t *counter, uint64_t n)
{
	pthread_mutex_lock(&m->lock);
	*counter += n;
	pthread_mutex_unlock(&m->lock);
}

/* What cannot be carried over is counted, and said once of each sort. */
void
mirror_lost(struct mirror *m, enum mirror_loss loss, const char *path,
    const char *why)
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

/* The guard against an unmounted disk. */
static int
check_required(struct mirror *m, struct err *err)
{
	struct listing l;
	struct stat st;
	char *full;
	int rc;

	if (m->o->require == NULL)
		return 0;
	if (m->o->reverse) {
		rc = tree_stat(m->tree, m->o->require, &st, err);
	} else {
		full = mirror_remote(m, m->o->require);
		rc = look_one(m->own, full, &l, err);
		listing_release(&l);
		if (rc == 0 && (rc = look_unlisted(m->own, full, err)) > 0)
			rc = 1;
		free(full);
	}
	if (rc == 0)
		err_set(err, m->o->reverse ? ERR_LOCAL : ERR_REFUSED,
		    "%s: not in the source %s; nothing was done",
		    m->o->require, m->o->reverse ? m->o->local :
		    m->o->remote);
	return rc == 1 ? 0 : -1;
}

/* The local root: 1, 0 it is a target that is not there, -1. */
static int
open_local(struct mirror *m, int flags, struct err *err)
{
	const struct mirror_options *o = m->o;

	m->tree = tree_open_at(o->local_dirfd, o->local, flags, err);
	if (m->tree != NULL)
		return 1;
	if (o->reverse || err->sys != ENOENT)
		return -1;
	err_clear(err);
	return 0;
}

/* Before a local directory is made: whether there is one on the server. */
static int
check_source(struct mirror *m, struct err *err)
{
	const char *name = m->o->remote;
	struct listing l;
	int rc;

	if ((rc = folders_has(m->own, m->remote, err)) != 0)
		return rc > 0 ? 0 : -1;
	rc = look_one(m->own, m->remote, &l, err);
	if (rc == 0)
		err_set(err, ERR_REFUSED, "%s: no such directory on the "
		    "server; nothing was done", name);
	else if (rc == 1 && l.entry[0].type == 'f')
		err_set(err, ERR_REFUSED, "%s: not a directory but a file; "
		    "use get %s", name, name);
	else if (rc == 1)
		err_set(err, ERR_REFUSED, "%s: cannot change to the "
		    "directory: permission denied", name);
	listing_release(&l);
	return -1;
}

/* The target's root on the server.  It exists unless we have made it. */
static int
make_remote(struct mirror *m, bool *exists, struct err *err)
{
	bool made = false;
	int rc;

	if (m->o->dry_run) {
		rc = folders_has(m->own, m->remote, err);
		*exists = rc == 1;
		return rc < 0 ? -1 : 0;
	}
	rc = folders_make_path(m->own, m->remote, &made, err);
	*exists = !made;
	m->root_at_risk = (made || m->o->named_alike) &&
	    path_is_component(path_base(m->remote));
	if (rc == 0)
		return 0;
	return refusal_explain(m->own, &(struct refusal){
	    .act = REFUSAL_MKDIR, .path = m->remote,
	    .shown = m->o->remote }, err);
}

/*
 * Opens both roots, the source's before the target is touched.  *exists: the
 * target is there.
 */
static int
open_roots(struct mirror *m, bool *exists, struct err *err)
{
	const struct mirror_options *o = m->o;
	int flags = o->reverse && o->dereference ? TREE_FOLLOW : 0, rc;
	size_t n;

	if (session_connect(m->own, err) != 0)
		return -1;
	m->remote = session_path(m->own, o->remote);
	for (n = strlen(m->remote); n > 1 && m->remote[n - 1] == '/';)
		m->remote[--n] = '\0';
	if (o->checksum && !digest_offered(m->own))
		return err_set(err, ERR_REFUSED, "--checksum: this server "
		    "gives no digests (HASH, XSHA256 or their like); without "
		    "it, sizes and times are compared");
	if ((rc = open_local(m, flags, err)) < 0 ||
	    check_required(m, err) != 0)
		return -1;
	*exists = rc == 1;
	if (rc == 0 && check_source(m, err) != 0)
		return -1;
	/* A rehearsal does not even make the directory. */
	if (rc == 0 && !o->dry_run) {
		if (open_local(m, TREE_CREATE, err) != 1)
			return -1;
		*exists = true;
	}
	if (mirror_open_backup(m, err) != 0)
		return -1;
	if (o->reverse && make_remote(m, exists, err) != 0)
		return -1;
	if (!o->reverse || !o->manifest)
		return 0;
	m->manifest = manifest_load(m->own, m->remote, o->shard, o->shards,
	    err);
	return m->manifest != NULL ? 0 : -1;
}

/* All that is queued, and the sources of what was fetched. */
static int
run_jobs(struct mirror *m, struct err *err)
{
	if (pool_run(m->pool, err) != 0)
		return -1;
	fetched_flush(&m->fetched, m->own);
	return 0;
}

static int
run_all(struct mirror *m, bool exists, struct err *err)
{
	mirror_add_dir(m, "", exists, NULL);
	if (run_jobs(m, err) != 0 || mirror_run_twins(m, err) != 0 ||
	    mirror_remove_stale(m, err) < 0 || mirror_delete(m, err) != 0 ||
	    run_jobs(m, err) != 0 || mirror_make_links(m, err) != 0 ||
	    mirror_look_for_made(m, err) != 0)
		return -1;
	if (m->manifest != NULL && !m->o->dry_run &&
	    manifest_store(m->manifest, err) != 0)
		return -1;
	if (!m->o->reverse && !m->o->dry_run && m->sum->transferred > 0 &&
	    syncfs(tree_fd(m->tree)) == -1)
		return err_sys(err, ERR_LOCAL, "%s: cannot write to the disk",
		    m->o->local);
	return 0;
}

static void
finish(struct mirror *m, int64_t since)
{
	struct event ev = {
		.type = EVENT_SUMMARY, .summary = m->sum, .bytes = -1,
		.source = m->o->reverse ? m->o->local : m->o->remote,
		.target = m->o->reverse ? m->o->remote : m->o->local,
		.op = "mirror",
	};

	if (m->full > 1)
		observe_warning(m->obs, "%zu more files failed for lack of "
		    "room in %s; make room there and run it again",
		    m->full - 1, ev.target);
	m->sum->seconds = (double)(clock_ms() - since) / 1000;
	m->sum->dry_run = m->o->dry_run;
	observe_event(m->obs, &ev);
}

int
mirror_run(struct session *s, const struct mirror_options *o,
    struct summary *sum, struct err *err)
{
	struct mirror m = {
		.o = o, .own = s, .sum = sum, .obs = session_observer(s),
		.empty = true,
	};
	int64_t since = clock_ms();
	bool exists = false;
	int rc;

	memset(sum, 0, sizeof(*sum));
	STAILQ_INIT(&m.deferred);
	STAILQ_INIT(&m.twins);
	m.made = spool_new();
	m.places = pathmap_new();
	fetched_init(&m.fetched, mirror_fetched, &m);
	m.doomed = spool_new();
	m.links = spool_new();
	m.stale = spool_new();
	pthread_mutex_init(&m.lock, NULL);
	pthread_mutex_init(&m.times_lock, NULL);
	rc = open_roots(&m, &exists, err);
	if (rc == 0) {
		m.pool = pool_new(s, o->parallel);
		m.rate = rate_new(session_site(s)->set.rate_limit);
		rc = run_all(&m, exists, err);
		finish(&m, since);
	}
	if (m.misnamed != ERR_NONE)
		m.failed = err_merge(m.failed, m.misnamed);
	if (rc == 0 && m.failed != ERR_NONE) {
		err->kind = m.failed;
		rc = -1;
	}
	pool_free(m.pool);
	rate_free(m.rate);
	mirror_forget(&m);
	mirror_forget_names(&m);
	spool_free(m.made);
	pathmap_free(m.places);
	fetched_release(&m.fetched);
	spool_free(m.doomed);
	spool_free(m.links);
	spool_free(m.stale);
	tree_close(m.tree);
	tree_close(m.backup_tree);
	manifest_free(m.manifest);
	free(m.backup);
	free(m.target);
	free(m.remote);
	pthread_mutex_destroy(&m.times_lock);
	pthread_mutex_destroy(&m.lock);
	return rc;
}
