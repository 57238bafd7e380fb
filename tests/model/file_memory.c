/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "file_memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/path.h"
#include "local/part.h"
#include "transfer/sink.h"
#include "transfer/source.h"
#include "transfer/tries.h"

void
file_memory_stat(const struct node *n, struct stat *out)
{
	memset(out, 0, sizeof(*out));
	out->st_mode = S_IFREG | (mode_t)n->mode;
	out->st_ino = n->number;
	out->st_size = (off_t)n->size;
	out->st_mtim = n->mtime;
}

enum { TRIES = 2 };

/* Tries, without a wait between them. */
struct tries_memory {
	struct tries tries;
	int left;
};

static void
tries_begin(struct tries *t)
{
	((struct tries_memory *)t)->left = TRIES;
}

static void
tries_end(struct tries *t)
{
	((struct tries_memory *)t)->left = 0;
}

static bool
tries_again(struct tries *t, int64_t at, struct err *err)
{
	(void)at;
	return ((struct tries_memory *)t)->left-- > 0 && err_retry(err);
}

static void
tries_progress(struct tries *t)
{
	(void)t;
}

static const struct tries tries_memory = {
	tries_begin, tries_end, tries_again, tries_progress,
};

/* A file that is read: of a disk as it was at its opening. */
struct source_memory {
	struct source source;
	struct tries_memory tries;
	struct stage *st;
	struct node *opened;
	int side;
	char *path;
	uint64_t edition;	/* that was looked at */
	char *data;
	size_t size, at, stop_at;
	const struct trouble *trouble;
};

static struct source_memory *
source_self(const struct source *s)
{
	return (struct source_memory *)s;
}

static const struct node *
file_of(const struct source_memory *m)
{
	return m->opened != NULL ? m->opened :
	    stage_find(m->st, m->side, m->path, true);
}

static int
source_look(struct source *s, bool wait, struct err *err)
{
	struct source_memory *m = source_self(s);
	const struct node *n;
	struct begun b;
	int rc;

	(void)wait;
	rc = stage_begin(m->st, m->side, DEED_LOOK, m->path, &b, err);
	n = rc == 0 ? file_of(m) : NULL;
	if (rc == 0 && (n == NULL || n->type != 'f'))
		rc = stage_refuse(m->st, m->side, ENOENT, err, "no such file");
	if (rc == 0) {
		if (m->opened == NULL &&
		    stage_nature(m->st, m->side, NATURE_SERVER) == 0)
			m->opened = node_copy(n);
		m->edition = n->edition;
		file_memory_stat(n, &s->st);
		s->version = (struct version){
			.size = (int64_t)n->size, .mtime = n->mtime,
			.exact = true, .dated = true,
			.mode = stage_nature(m->st, m->side,
			    NATURE_NO_MODES) != 0 ? -1 : n->mode,
		};
		s->told = true;
		s->restarts = stage_nature(m->st, m->side,
		    NATURE_NO_RESUME) == 0;
		b.done = true;
	}
	return stage_end(m->st, &b, rc, err);
}

static int
source_begin(struct source *s, int64_t offset, bool more, struct err *err)
{
	struct source_memory *m = source_self(s);
	const struct node *n;
	struct begun b;
	int rc;

	(void)more;
	free(m->data);
	m->data = NULL;
	rc = stage_begin(m->st, m->side, DEED_READ, m->path, &b, err);
	n = rc == 0 ? file_of(m) : NULL;
	if (rc == 0 && (n == NULL || n->type != 'f'))
		rc = stage_refuse(m->st, m->side, ENOENT, err, "no such file");
	if (rc == 0 && offset > 0 && !s->restarts) {
		s->fault = FAULT_OFFSET;
		rc = stage_refuse(m->st, m->side, EINVAL, err, "no offset");
	}
	if (rc == 0) {
		m->trouble = b.trouble;
		m->size = n->size;
		m->data = xmalloc(n->size + 1);
		if (n->size > 0)
			memcpy(m->data, n->data, n->size);
		m->at = (size_t)offset < n->size ? (size_t)offset : n->size;
		m->stop_at = b.trouble != NULL && (b.trouble->kind ==
		    TROUBLE_CUT || b.trouble->kind == TROUBLE_SHORT) &&
		    b.trouble->after < n->size ? b.trouble->after : n->size;
		b.done = true;
	}
	return stage_end(m->st, &b, rc, err);
}

static ssize_t
source_read(struct source *s, void *to, size_t max, struct err *err)
{
	struct source_memory *m = source_self(s);
	size_t piece = (size_t)stage_nature(m->st, m->side, NATURE_PIECES);
	size_t n = m->stop_at > m->at ? m->stop_at - m->at : 0;

	(void)err;
	if (piece != 0 && n > piece)
		n = piece;
	if (n > max)
		n = max;
	memcpy(to, m->data + m->at, n);
	m->at += n;
	return (ssize_t)n;
}

static int
source_read_at(struct source *s, void *to, size_t n, int64_t at,
    struct err *err)
{
	struct source_memory *m = source_self(s);
	const struct node *file;
	int rc = 0;

	pthread_mutex_lock(&m->st->lock);
	file = file_of(m);
	if (file != NULL && at >= 0 && (size_t)at + n <= file->size)
		memcpy(to, file->data + at, n);
	else
		rc = err_set(err, ERR_VERIFY, "it is shorter by now");
	pthread_mutex_unlock(&m->st->lock);
	return rc;
}

static int
source_end(struct source *s, struct err *err)
{
	struct source_memory *m = source_self(s);

	if (m->stop_at < m->size || (int64_t)m->size != s->version.size)
		return err_set(err, ERR_NETWORK, "cut short");
	return 0;
}

static bool
source_changed(struct source *s)
{
	struct source_memory *m = source_self(s);
	const struct node *n;
	bool changed;

	pthread_mutex_lock(&m->st->lock);
	n = stage_find(m->st, m->side, m->path, true);
	changed = n == NULL || n->edition != m->edition;
	pthread_mutex_unlock(&m->st->lock);
	return changed;
}

static void
source_close(struct source *s)
{
	struct source_memory *m = source_self(s);

	node_free(m->opened);
	free(m->data);
	free(m->path);
	free(m);
}

static const struct source_ops source_ops = {
	.look = source_look, .begin = source_begin, .read = source_read,
	.read_at = source_read_at, .end = source_end,
	.changed = source_changed, .close = source_close,
};

struct source *
source_memory_new(struct stage *st, int side, const char *path)
{
	struct source_memory *m = xcalloc(1, sizeof(*m));

	m->source.ops = &source_ops;
	m->source.version = (struct version){ .size = -1, .mode = -1 };
	m->source.name = m->source.key = m->path = xstrdup(path);
	m->tries.tries = tries_memory;
	if (stage_nature(st, side, NATURE_SERVER) != 0)
		m->source.tries = &m->tries.tries;
	m->st = st;
	m->side = side;
	return &m->source;
}

/* A file that comes: its part is a file beside it. */
struct sink_memory {
	struct sink sink;
	struct tries_memory tries;
	struct stage *st;
	int side;
	char *path;
	bool keep_time, keep_mode;
	struct version version;
	char *part;		/* its path */
	struct buf data;
	const struct trouble *trouble;
	int later;		/* there is no answer so often */
};

static struct sink_memory *
sink_self(const struct sink *s)
{
	return (struct sink_memory *)s;
}

static void
name_part(struct sink_memory *m, const struct version *v)
{
	char version[PART_VERSION_MAX], *name, *dir = path_dir(m->path);

	part_version(version, "model", v->size, v->exact ? &v->mtime : NULL);
	name = part_name(path_base(m->path), version);
	free(m->part);
	m->part = strcmp(dir, ".") == 0 ? xstrdup(name) :
	    path_join(dir, name);
	m->sink.part = path_base(m->part);
	free(name);
	free(dir);
}

/* A part is gone on with if it begins like its source. */
static int
sink_have(struct sink *s, struct source *from, bool resume, int64_t *have,
    struct err *err)
{
	struct sink_memory *m = sink_self(s);
	const struct node *n;
	char *theirs;

	*have = 0;
	m->version = from->version;
	if (!from->told)
		return 0;
	name_part(m, &m->version);
	pthread_mutex_lock(&m->st->lock);
	n = stage_find(m->st, m->side, m->part, false);
	buf_clear(&m->data);
	if (resume && n != NULL && n->type == 'f' &&
	    (int64_t)n->size <= m->version.size)
		buf_add(&m->data, n->data, n->size);
	pthread_mutex_unlock(&m->st->lock);
	if (m->data.len == 0)
		return 0;
	theirs = xmalloc(m->data.len);
	if (from->ops->read_at(from, theirs, m->data.len, 0, err) != 0 ||
	    memcmp(theirs, m->data.data, m->data.len) != 0)
		buf_clear(&m->data);
	err_clear(err);
	free(theirs);
	*have = (int64_t)m->data.len;
	return 0;
}

/* The part as it is by now. */
static int
put_part(struct sink_memory *m, struct err *err)
{
	struct node *n = stage_find(m->st, m->side, m->part, false), *dir;
	const char *name;

	if (n == NULL) {
		dir = stage_dir(m->st, m->side, m->part, &name);
		n = dir != NULL ? stage_make(m->st, m->side, dir, name, 'f') :
		    NULL;
		if (n == NULL)
			return stage_refuse(m->st, m->side, ENOENT, err,
			    "cannot make the part");
	}
	node_set_data(n, m->data.data, m->data.len);
	stage_touch(m->st, n);
	return 0;
}

static bool
is_name_too_long(const struct sink_memory *m)
{
	int max = stage_nature(m->st, m->side, NATURE_NAME_MAX);
	char *stored = stage_stored(m->st, m->side, path_base(m->path));
	bool too_long = max != 0 && strlen(stored) > (size_t)max + 4;

	free(stored);
	return too_long;
}

static int
sink_begin(struct sink *s, const struct source *from, int64_t have, bool more,
    struct err *err)
{
	struct sink_memory *m = sink_self(s);
	struct begun b;
	int rc;

	(void)more;
	if (m->part == NULL) {
		m->version = from->version;
		name_part(m, &m->version);
	}
	rc = stage_begin(m->st, m->side, DEED_WRITE, m->path, &b, err);
	m->trouble = b.trouble;
	if (rc == 0 && is_name_too_long(m))
		rc = stage_refuse(m->st, m->side, ENAMETOOLONG, err,
		    "name too long");
	if (rc == 0) {
		buf_truncate(&m->data, (size_t)have);
		rc = put_part(m, err);
		b.done = rc == 0;
	}
	return stage_end(m->st, &b, rc, err);
}

static int
sink_write(struct sink *s, const void *data, size_t n, struct err *err)
{
	struct sink_memory *m = sink_self(s);
	bool full = m->trouble != NULL && m->trouble->kind == TROUBLE_FULL &&
	    m->data.len + n > m->trouble->after;
	/* A server that loses bytes, and does not say so. */
	bool loses = m->trouble != NULL && (m->trouble->kind == TROUBLE_CUT ||
	    m->trouble->kind == TROUBLE_SHORT) && m->data.len + n >
	    m->trouble->after;

	if (!full && !loses)
		buf_add(&m->data, data, n);
	pthread_mutex_lock(&m->st->lock);
	(void)put_part(m, err);
	pthread_mutex_unlock(&m->st->lock);
	return full ? stage_refuse(m->st, m->side, ENOSPC, err, "full") : 0;
}

static int
sink_check(struct sink *s, bool alone, struct err *err)
{
	struct sink_memory *m = sink_self(s);

	(void)alone, (void)err;
	m->later = stage_nature(m->st, m->side, NATURE_LATER);
	return 0;
}

static int
sink_await(struct sink *s, struct err *err)
{
	(void)err;
	sink_self(s)->later = 0;
	return 0;
}

static int
sink_checked(struct sink *s, struct err *err)
{
	struct sink_memory *m = sink_self(s);

	if (m->later-- > 0)
		return 0;
	s->verified = (int64_t)m->data.len == m->version.size;
	if (s->verified)
		return 1;
	s->fault = FAULT_DIFFERS;
	return err_set(err, ERR_VERIFY, "%zu bytes came of %lld",
	    m->data.len, (long long)m->version.size);
}

/* The part gets its name. */
static int
rename_part(struct sink_memory *m, struct begun *b, struct err *err)
{
	struct node *n = stage_find(m->st, m->side, m->part, false), *there;
	struct node *dir;
	const char *name;
	char *stored;

	dir = stage_dir(m->st, m->side, m->path, &name);
	if (n == NULL || dir == NULL)
		return stage_refuse(m->st, m->side, ENOENT, err, "no part");
	there = stage_child(m->st, m->side, dir, name);
	if (there != NULL && there->type == 'd')
		return stage_refuse(m->st, m->side, EISDIR, err,
		    "a directory is in the way");
	stage_was(b, there);
	node_free(there);
	stored = stage_stored(m->st, m->side, name);
	node_move(n, dir, stored);
	free(stored);
	m->sink.time_kept = m->keep_time && m->version.dated &&
	    stage_nature(m->st, m->side, NATURE_NO_TIMES) == 0;
	if (m->sink.time_kept)
		n->mtime = stage_time(m->st, m->side, m->version.mtime);
	m->sink.mode_kept = m->keep_mode && m->version.mode >= 0 &&
	    stage_nature(m->st, m->side, NATURE_NO_MODES) == 0;
	if (m->sink.mode_kept)
		n->mode = m->version.mode;
	stage_touch(m->st, n);
	stage_now(b, n);
	b->done = true;
	return 1;
}

static int
sink_commit(struct sink *s, bool now, struct err *err)
{
	struct sink_memory *m = sink_self(s);

	(void)err;
	m->later = now ? 0 : stage_nature(m->st, m->side, NATURE_LATER);
	return 0;
}

static int
sink_committed(struct sink *s, struct err *err)
{
	struct sink_memory *m = sink_self(s);
	struct begun b;
	int rc;

	if (m->later-- > 0)
		return 0;
	rc = stage_begin(m->st, m->side, DEED_COMMIT, m->path, &b, err);
	if (rc == 0)
		rc = rename_part(m, &b, err);
	rc = stage_end(m->st, &b, rc, err);
	if (rc < 0 && err->kind == ERR_NETWORK)
		s->fault = FAULT_UNANSWERED;
	return rc;
}

/* By what is there: the part is gone if it has got its name. */
static int
sink_where(struct sink *s, enum sink_place *place, struct err *err)
{
	struct sink_memory *m = sink_self(s);
	const struct node *n;
	struct begun b;
	int rc;

	rc = stage_begin(m->st, m->side, DEED_LOOK, m->path, &b, err);
	if (rc == 0) {
		n = stage_find(m->st, m->side, m->path, false);
		*place = stage_find(m->st, m->side, m->part, false) != NULL ?
		    SINK_PART : n != NULL && n->type == 'f' &&
		    n->size == m->data.len ? SINK_COMMITTED : SINK_NEITHER;
		b.done = true;
	}
	return stage_end(m->st, &b, rc, err);
}

static void
sink_stop(struct sink *s, bool fresh, struct err *err)
{
	struct sink_memory *m = sink_self(s);

	(void)err;
	if (fresh)
		buf_clear(&m->data);
	s->kept = (int64_t)m->data.len;
}

static void
sink_close(struct sink *s)
{
	struct sink_memory *m = sink_self(s);

	buf_release(&m->data);
	free(m->part);
	free(m->path);
	free(m);
}

static const struct sink_ops sink_ops = {
	.have = sink_have, .begin = sink_begin, .write = sink_write,
	.check = sink_check, .checked = sink_checked, .commit = sink_commit,
	.committed = sink_committed, .await = sink_await,
	.where = sink_where, .stop = sink_stop,
	.close = sink_close,
};

struct sink *
sink_memory_new(struct stage *st, int side, const char *path,
    bool keep_time, bool keep_mode)
{
	struct sink_memory *m = xcalloc(1, sizeof(*m));

	m->sink.ops = &sink_ops;
	m->sink.name = m->path = xstrdup(path);
	m->st = st;
	m->side = side;
	m->keep_time = keep_time;
	m->keep_mode = keep_mode;
	m->tries.tries = tries_memory;
	if (stage_nature(st, side, NATURE_SERVER) != 0)
		m->sink.tries = &m->tries.tries;
	buf_init(&m->data, BUF_OWN);
	return &m->sink;
}
