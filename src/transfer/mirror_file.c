/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The files of a mirror: each a job that is transferred and reported. */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/path.h"
#include "ftp/lister.h"
#include "ftp/refusal.h"
#include "local/part.h"
#include "transfer/copy.h"
#include "transfer/gone.h"
#include "transfer/mirror_in.h"
#include "transfer/remove.h"

enum { HASH_CHUNK = 256 * 1024 };

struct file_job {
	struct job job;
	struct mirror *m;
	char *path;		/* relative to the roots */
	struct entry entry;	/* of the source; its strings are not set */
	int mode;		/* for the target, -1: as it comes */
	bool part;		/* one is there */
	bool replaces;		/* a file of the target */
	char *remote;		/* absolute; from its first run on */
	/* of the worker that took it last */
	struct session *s;
	int64_t since;
};

static void
dry_run(struct mirror *m, const struct file_job *j)
{
	struct event ev = {
		.type = EVENT_TRANSFER, .op = m->o->reverse ? "put" : "get",
		.source = j->path, .target = j->path,
		.bytes = j->entry.size, .dry_run = true,
	};

	observe_event(m->obs, &ev);
	mirror_count(m, &m->sum->transferred, 1);
	if (j->entry.size > 0)
		mirror_count(m, &m->sum->bytes, (uint64_t)j->entry.size);
}

/*
 * Each look costs a listing, and where many names are there that the server
 * refuses, further ones are, too.
 */
enum { REFUSED_MAX = 8 };

bool
mirror_is_gone(struct mirror *m, struct session *s, const char *path,
    const struct err *err)
{
	char *full;
	bool gone, look;

	if (m->o->reverse)
		return gone_is_local(m->tree, path, err);
	/* Of a name too long for us the server was not asked yet. */
	if (err->kind != ERR_REFUSED && err->sys != ENAMETOOLONG)
		return false;
	pthread_mutex_lock(&m->lock);
	look = m->refused < REFUSED_MAX;
	pthread_mutex_unlock(&m->lock);
	if (!look)
		return false;
	full = mirror_remote(m, path);
	gone = gone_is(s, full);
	free(full);
	pthread_mutex_lock(&m->lock);
	m->refused += !gone;
	pthread_mutex_unlock(&m->lock);
	return gone;
}

void
mirror_fetched(void *ctx, const struct fetched *f, enum fate fate,
    const struct err *err)
{
	struct mirror *m = ctx;
	const char *path = f->path + strlen(m->remote);
	struct err why;

	if (fate != FATE_CHANGED && fate != FATE_FAILED)
		return;
	why = *err;
	path += strspn(path, "/");
	refusal_explain(NULL, &(struct refusal){ .act = REFUSAL_DELETE,
	    .path = f->path, .shown = path, .type = 'f' }, &why);
	mirror_failed(m, path, &why);
}

static int
look_there(struct mirror *m, struct session *s, const char *path,
    struct identity *look, struct err *err)
{
	char *full = mirror_remote(m, path);
	int rc;

	session_try_begin(s);
	while ((rc = identity_many(s, (const char *const *)&full, 1, look,
	    err)) != 0 && session_again(s, NULL, err))
		err_clear(err);
	session_try_end(s);
	free(full);
	return rc;
}

int
mirror_look_at_source(struct mirror *m, struct session *s, const char *path,
    struct copy_result *seen, struct err *err)
{
	if (!m->o->reverse)
		return look_there(m, s, path, &seen->look, err);
	switch (tree_stat(m->tree, path, &seen->st, err)) {
	case 1:
		return 0;
	case 0:
		return err_set(err, ERR_LOCAL, "%s: no such file any more",
		    path);
	default:
		return -1;
	}
}

void
mirror_remove_source(struct mirror *m, struct session *s, const char *path,
    const struct copy_result *res)
{
	struct err err = ERR_INIT;
	char *full;

	if (mirror_is_incomplete(m))
		return;
	if (!res->verified || res->changed ||
	    (!m->o->reverse && !res->look.there))
		err_set(&err, ERR_VERIFY, "transferred, but the source is "
		    "kept: %s", res->changed ? "it was written to "
		    "meanwhile; run again" : "it could not be verified");
	else if (mirror_check_place(m, s, path, &err) != 0)
		err_prefix(&err, "transferred, but the source is kept");
	else if (m->o->reverse)
		(void)remove_sent(m->tree, path, &res->st, &err);
	if (err.kind != ERR_NONE) {
		mirror_failed(m, path, &err);
	} else if (!m->o->reverse) {
		full = mirror_remote(m, path);
		fetched_add(&m->fetched, s, full, &res->look, NULL);
		free(full);
	}
}

static void
succeeded(struct mirror *m, const struct file_job *j,
    const struct copy_result *res)
{
	const struct settings *set = &session_site(j->s)->set;

	mirror_note_sent(m, j->path, res->size, res->sha256);
	pthread_mutex_lock(&m->lock);
	m->sum->transferred++;
	m->sum->bytes += (uint64_t)res->bytes;
	pthread_mutex_unlock(&m->lock);
	if (set->preserve_times && !res->time_kept)
		mirror_lost(m, LOST_TIME, j->path, m->o->reverse ?
		    "this server lets nobody set it" :
		    "it cannot be set here");
	if (m->o->perms && j->mode >= 0 && !res->mode_kept)
		mirror_lost(m, LOST_MODE, j->path, m->o->reverse ?
		    "this server does not let one set them; --no-perms "
		    "leaves them alone" : "they cannot be set here");
	if (res->changed && !m->o->remove_source)
		observe_warning(m->obs, "%s: changed while it was read; "
		    "what was there at first has been transferred, and it "
		    "will count as different next time", j->path);
	if (m->o->reverse && j->part)
		mirror_stale(m, j->path);
	if (!m->o->reverse)
		mirror_made_name(m, j->path);
	if (m->o->remove_source)
		mirror_remove_source(m, j->s, j->path, res);
}

static void
report(struct mirror *m, const struct file_job *j,
    const struct copy_result *res, const struct err *err)
{
	struct event ev = {
		.type = EVENT_TRANSFER, .op = m->o->reverse ? "put" : "get",
		.source = m->o->reverse ? j->path : j->remote,
		.target = m->o->reverse ? j->remote : j->path,
		.bytes = res->bytes, .resumed = res->resumed,
		.verified = res->verified, .err = err,
		.seconds = (double)(clock_ms() - j->since) / 1000,
	};

	observe_event(m->obs, &ev);
}

static void
job_free(struct file_job *j)
{
	free(j->remote);
	free(j->path);
	free(j);
}

/* The content is there, and need not be sent again. */
static void
misnamed(struct mirror *m, const struct file_job *j,
    const struct copy_result *res, struct err *why)
{
	mirror_misnamed(m, j->path, why);
	mirror_note_sent(m, j->path, res->size, res->sha256);
}

/* The transfer has come to its end, one way or the other. */
static void
ended(void *ctx, const struct copy_result *res, const struct err *err)
{
	struct file_job *j = ctx;
	struct mirror *m = j->m;
	struct err why;

	if (err != NULL && pool_is_relieved(m->pool, j->s)) {
		/* From here on it is another's. */
		pool_add(m->pool, JOB_FILE, &j->job);
		return;
	}
	if (err == NULL) {
		report(m, j, res, NULL);
		succeeded(m, j, res);
	} else if (mirror_is_gone(m, j->s, j->path, err)) {
		mirror_vanished(m, j->path);
		mirror_lost(m, LOST_GONE, j->path, err->msg);
	} else {
		why = *err;
		refusal_explain(j->s, &(struct refusal){
		    .act = m->o->reverse ? REFUSAL_WRITE : REFUSAL_READ,
		    .path = j->remote, .shown = j->path, .part = res->part,
		    .type = m->o->reverse ? 0 : j->entry.type }, &why);
		report(m, j, res, &why);
		if (res->misnamed)
			misnamed(m, j, res, &why);
		else
			mirror_failed(m, j->path, &why);
	}
	job_free(j);
}

static int
back_up(void *ctx, struct err *err)
{
	struct file_job *j = ctx;

	return mirror_back_up_old(j->m, j->s, j->path, err);
}

static int
take_back(void *ctx, struct err *err)
{
	struct file_job *j = ctx;

	return mirror_take_back(j->m, j->path, err);
}

static copy_hook
backup_hook(const struct file_job *j)
{
	return j->m->backup != NULL && j->replaces ? back_up : NULL;
}

static void
download(struct file_job *j)
{
	struct mirror *m = j->m;
	struct copy_get g = {
		.remote = j->remote, .entry = &j->entry, .tree = m->tree,
		.local = j->path, .fd = -1, .resume = m->o->resume && j->part,
		.keep_mode = m->o->perms, .umask = m->o->umask,
		.verify = m->o->verify, .rate = m->rate,
		.identify = m->o->remove_source,
		.before_rename = backup_hook(j), .not_renamed = take_back,
		.ctx = j,
		.more = pool_has(m->pool, JOB_FILE),
	};
	struct copy_result res;
	struct err err = ERR_INIT;
	int rc;

	rc = copy_get(j->s, &g, &res, &err);
	ended(j, &res, rc == 0 ? NULL : &err);
}

static void
upload(struct file_job *j)
{
	struct mirror *m = j->m;
	struct copy_put p = {
		.remote = j->remote, .tree = m->tree, .local = j->path,
		.fd = -1, .follow = m->o->dereference,
		.resume = m->o->resume && j->part, .keep_mode = m->o->perms,
		.verify = m->o->verify, .digest = m->manifest != NULL,
		.rate = m->rate, .before_rename = backup_hook(j), .ctx = j,
		.more = pool_has(m->pool, JOB_FILE),
	};

	copy_put_queue(j->s, &p, ended, j);
}

static void
file_run(struct job *job, struct session *s)
{
	struct file_job *j = (struct file_job *)job;

	if (s == NULL) {
		job_free(j);
		return;
	}
	j->s = s;
	if (j->remote == NULL)
		j->remote = mirror_remote(j->m, j->path);
	j->since = clock_ms();
	if (j->m->o->dry_run) {
		dry_run(j->m, j);
		job_free(j);
	} else if (j->m->o->reverse) {
		upload(j);
	} else {
		download(j);
	}
}

void
mirror_add_file(struct mirror *m, const char *path,
    const struct plan_action *a, bool part)
{
	const struct plan_entry *source = a->source;
	struct file_job *j = xcalloc(1, sizeof(*j));

	j->job.run = file_run;
	j->m = m;
	j->path = xstrdup(path);
	j->entry.type = source->type;
	j->entry.size = source->size;
	j->entry.mtime = source->mtime;
	j->entry.precision = source->precision;
	j->entry.mode = source->mode;
	j->mode = plan_mode(source, m->o);
	j->part = part;
	j->replaces = a->target != NULL;
	if (!m->o->dry_run)
		observe_progress(m->obs, NULL, 1, -1, false);
	pool_add(m->pool, JOB_FILE, &j->job);
}

void
mirror_stale(struct mirror *m, const char *path)
{
	struct err err = ERR_INIT;
	char *dir;
	int fd;

	if (m->o->reverse) {
		if (spool_add(m->stale, path, "", &err) != 0)
			mirror_failed(m, path, &err);
		return;
	}
	dir = path_dir(path);
	fd = tree_open_dir(m->tree, dir, &err);
	if (fd != -1) {
		part_remove_stale(fd, path_base(path));
		close(fd);
	}
	free(dir);
}

/* The directory that a stale part was last looked for in. */
struct stale {
	struct mirror *m;
	char *dir;
	struct listing l;
	bool capitals;		/* parts are written so there */
};

/* Takes over dir. */
static void
stale_list(struct stale *s, char *dir)
{
	struct err ignored = ERR_INIT;
	size_t i;

	if (s->dir != NULL && strcmp(s->dir, dir) == 0) {
		free(dir);
		return;
	}
	listing_release(&s->l);
	free(s->dir);
	s->dir = dir;
	(void)lister_list(s->m->own, dir, LIST_WHOLE, 0, &s->l, &ignored);
	s->capitals = false;
	for (i = 0; i < s->l.n && !s->capitals; i++)
		s->capitals = part_in_capitals(s->l.entry[i].name);
}

static int
remove_stale(void *ctx, const char *path, const char *unused)
{
	struct stale *s = ctx;
	char *full = mirror_remote(s->m, path), *stem, *part;
	const char *name;
	size_t i;

	(void)unused;
	stale_list(s, path_dir(full));
	/* "NAME..ftps-part": they all begin as far as the first dot. */
	stem = part_name(path_base(full), "");
	*strrchr(stem, '.') = '\0';
	for (i = s->capitals ? 0 : listing_from(&s->l, stem); i < s->l.n &&
	    (s->capitals || strncmp(s->l.entry[i].name, stem,
	    strlen(stem)) == 0); i++) {
		name = s->l.entry[i].name;
		if (!part_belongs(name, path_base(full)))
			continue;
		part = path_join(s->dir, name);
		copy_put_remove_part(s->m->own, part);
		free(part);
	}
	free(stem);
	free(full);
	return 0;
}

int
mirror_remove_stale(struct mirror *m, struct err *err)
{
	struct stale s = { .m = m };
	int rc;

	rc = spool_each(m->stale, SPOOL_FORWARD, remove_stale, &s, err);
	listing_release(&s.l);
	free(s.dir);
	return rc;
}

/* A FIFO may have come into its place meanwhile: that is not waited for. */
static int
open_regular(struct mirror *m, const char *path, struct err *err)
{
	struct stat st;
	int fd;

	fd = tree_open_file(m->tree, path, O_RDONLY | O_NONBLOCK, 0, err);
	if (fd == -1)
		return -1;
	if (fstat(fd, &st) == -1)
		err_sys(err, ERR_LOCAL, "%s: cannot examine", path);
	else if (S_ISREG(st.st_mode))
		return fd;
	else
		err_set(err, ERR_LOCAL, "%s: cannot read: no regular file "
		    "any more", path);
	close(fd);
	return -1;
}

int
mirror_hash_local(struct mirror *m, const char *path, enum hash_alg alg,
    char hex[HASH_HEX_MAX], struct err *err)
{
	const struct cancel *cancel = session_cancel(m->own);
	struct hash *h;
	char *chunk;
	ssize_t n = 0;
	int fd;

	if ((fd = open_regular(m, path, err)) == -1)
		return -1;
	h = hash_new(alg);
	chunk = xmalloc(HASH_CHUNK);
	while (cancel_reason(cancel) == CANCEL_NONE &&
	    ((n = read(fd, chunk, HASH_CHUNK)) > 0 ||
	    (n == -1 && errno == EINTR)))
		if (n > 0)
			hash_update(h, chunk, (size_t)n);
	if (cancel_reason(cancel) != CANCEL_NONE)
		n = cancel_error(cancel, err);
	else if (n == -1)
		err_sys(err, ERR_LOCAL, "%s: cannot read", path);
	if (n == 0)
		hash_finish(h, hex);
	else
		hash_free(h);
	free(chunk);
	close(fd);
	return n == 0 ? 0 : -1;
}
