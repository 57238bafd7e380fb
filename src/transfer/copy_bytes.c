/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The bytes of a copy: moved, compared, hashed, shown. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/mem.h"
#include "net/wait.h"
#include "transfer/copy_in.h"

/* Read and written at once. */
enum { CHUNK = 256 * 1024 };

const char *
copy_bytes_name(const struct copying *c)
{
	return c->sink->name != NULL ? c->sink->name : c->source->name;
}

int64_t
copy_bytes_offset(const struct copying *c)
{
	return c->have > c->sink->overlap ? c->have - c->sink->overlap : 0;
}

static void
need_chunk(struct copying *c)
{
	if (c->chunk == NULL)
		c->chunk = xmalloc(CHUNK);
}

/* From whichever side is at hand. */
static int
read_old(struct copying *c, size_t n, int64_t at, struct err *err)
{
	if (c->source->ops->read_at != NULL)
		return c->source->ops->read_at(c->source, c->chunk, n, at,
		    err);
	return c->sink->ops->read_at(c->sink, c->chunk, n, at, err);
}

int
copy_bytes_begin(struct copying *c, struct err *err)
{
	size_t n;

	need_chunk(c);
	if (c->c.verify != VERIFY_HASH && !c->c.digest)
		return 0;
	/* What a pipe has swallowed cannot be hashed again. */
	if (c->hash != NULL && c->sink->stream)
		return 0;
	hash_free(c->hash);
	c->hash = hash_new(HASH_SHA256);
	if (c->sink->stream)
		return 0;
	for (c->at = 0; c->at < c->have; c->at += (int64_t)n) {
		n = CHUNK;
		if ((int64_t)n > c->have - c->at)
			n = (size_t)(c->have - c->at);
		if (read_old(c, n, c->at, err) != 0)
			return -1;
		hash_update(c->hash, c->chunk, n);
	}
	return 0;
}

/*
 * Compares the first n bytes that came with the part.  A difference means that
 * it belongs to something else, whatever its name says.
 */
static int
compare_old(struct copying *c, size_t n, struct err *err)
{
	struct err ignored = ERR_INIT;
	char *old = xmalloc(n);
	bool same;

	same = c->sink->ops->read_at(c->sink, old, n, c->at, &ignored) == 0 &&
	    memcmp(old, c->chunk, n) == 0;
	free(old);
	if (same)
		return 0;
	c->fault = FAULT_DIFFERS;
	return err_set(err, ERR_VERIFY, "%s: the part kept from before "
	    "differs from the file; beginning anew", copy_bytes_name(c));
}

/* n bytes came; what of them is new goes on. */
static int
take_chunk(struct copying *c, size_t n, struct err *err)
{
	size_t old = 0;

	if (c->at < c->have) {
		old = (int64_t)n < c->have - c->at ? n :
		    (size_t)(c->have - c->at);
		if (compare_old(c, old, err) != 0)
			return -1;
	}
	if (n == old)
		return 0;
	if (c->sink->ops->write(c->sink, c->chunk + old, n - old, err) != 0)
		return -1;
	if (c->hash != NULL)
		hash_update(c->hash, c->chunk + old, n - old);
	c->res.bytes += (int64_t)(n - old);
	return 0;
}

static void
show_position(struct copying *c)
{
	observe_progress(c->c.obs, copy_bytes_name(c), c->at - c->shown,
	    c->source->version.size, false);
	c->shown = c->at;
	if (c->sink->sure && c->at > c->reached)
		c->reached = c->at;
}

static int
keep_pace(struct copying *c, size_t n, struct err *err)
{
	int64_t ms = rate_take(c->c.rate, n, clock_ms());

	return ms > 0 ? net_sleep(ms, c->c.cancel, err) : 0;
}

static int
move_all(struct copying *c, struct err *err)
{
	struct source *src = c->source;
	ssize_t n;

	show_position(c);
	while ((n = src->ops->read(src, c->chunk, CHUNK, err)) > 0) {
		c->drawn = true;
		if (take_chunk(c, (size_t)n, err) != 0)
			return -1;
		c->at += n;
		show_position(c);
		if (keep_pace(c, (size_t)n, err) != 0)
			return -1;
	}
	return n == 0 ? 0 : -1;
}

int
copy_bytes_move(struct copying *c, struct err *err)
{
	struct source *src = c->source;
	struct sink *to = c->sink;

	c->at = copy_bytes_offset(c);
	if (move_all(c, err) != 0 || (c->c.before_end != NULL &&
	    c->c.before_end(c->c.ctx, err) != 0))
		return -1;
	c->res.size = c->at;
	if (src->ops->end != NULL && src->ops->end(src, err) != 0)
		return -1;
	if (to->ops->end != NULL && to->ops->end(to, err) != 0)
		return -1;
	c->res.changed = src->ops->changed != NULL && src->ops->changed(src);
	return 0;
}

/* rc and theirs: what a side said of its digest. */
static int
judge_digest(struct copying *c, int rc, const char *theirs, bool sent,
    struct err *err)
{
	if (rc < 0)
		return -1;
	if (rc == 0)
		return err_set(err, ERR_REFUSED, "%s: server gives no "
		    "SHA-256 digests; use verify=size", copy_bytes_name(c));
	if (strcmp(c->res.sha256, theirs) == 0)
		return 0;
	c->fault = FAULT_DIFFERS;
	return err_set(err, ERR_VERIFY, "%s: digest differs: the server says "
	    "SHA-256 %s, what %s has %s", copy_bytes_name(c), theirs,
	    sent ? "was sent" : "came", c->res.sha256);
}

int
copy_bytes_compare(struct copying *c, struct err *err)
{
	struct source *src = c->source;
	struct sink *to = c->sink;
	char theirs[HASH_HEX_MAX] = "";
	int rc;

	if (c->hash == NULL)
		return 0;
	hash_finish(c->hash, c->res.sha256);
	c->hash = NULL;
	if (c->c.verify != VERIFY_HASH)
		return 0;
	if (src->ops->digest != NULL) {
		rc = src->ops->digest(src, theirs, err);
		if (judge_digest(c, rc, theirs, false, err) != 0)
			return -1;
	}
	if (to->ops->digest == NULL)
		return 0;
	rc = to->ops->digest(to, theirs, err);
	return judge_digest(c, rc, theirs, true, err);
}

void
copy_bytes_free_chunk(struct copying *c)
{
	free(c->chunk);
	c->chunk = NULL;
}

void
copy_bytes_release(struct copying *c)
{
	hash_free(c->hash);
	c->hash = NULL;
	copy_bytes_free_chunk(c);
}
