/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "transfer/manifest.h"

#include <sys/mman.h>

#include <ctype.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>
/* libbsd wants to know whose strnvis() is meant; we use neither. */
#define LIBBSD_NETBSD_VIS
#include <vis.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/parse.h"
#include "base/path.h"
#include "base/strvec.h"
#include "ftp/lister.h"
#include "transfer/copy_get.h"
#include "transfer/copy_put.h"
#include "transfer/sink_remote.h"
#include "transfer/spool.h"

enum {
	PIECE_FILES = 1000,
	PIECE_MS = 60 * 1000,
	KEY_DIGITS = 32,
	HEX_DIGITS = 64,
	/* In place of a size: what is no file. */
	IS_DIR = -1, IS_LINK = -2,
};

#define HEADER	"# ftps manifest "

/* What stands for a path, in an unlinked file that is mapped. */
struct record {
	char key[KEY_DIGITS];
	uint64_t order;		/* the higher, the later it was written */
	int64_t size;
	char hex[HEX_DIGITS];
};

struct index {
	FILE *fp;
	struct record *record;	/* sorted by key, the latest first */
	size_t n;
};

struct manifest {
	struct session *s;
	char *root;
	char *base;			/* of our own file, and our pieces */
	struct index index;		/* of all there are */
	FILE *own;			/* "ORDER LINE" of our own */
	struct strvec pieces;		/* ours that are there: their names */
	uint64_t seq;			/* of the file written last */
	unsigned piece;			/* number of the piece written last */
	pthread_mutex_t lock;		/* for what follows */
	struct spool *fresh;		/* path and "HEX SIZE", in no piece */
	struct spool *noted;		/* the same, in pieces */
	struct spool *gone;		/* paths */
	int64_t since;			/* of the last piece */
	bool due;
};

/* The index. */

static int
index_add(struct index *ix, const char *path, uint64_t order, int64_t size,
    const char *hex)
{
	char key[HASH_HEX_MAX];
	struct record r = { .order = order, .size = size };

	if (ix->fp == NULL && (ix->fp = tmpfile()) == NULL)
		return -1;
	hash_hex(HASH_SHA256, path, strlen(path), key);
	memcpy(r.key, key, KEY_DIGITS);
	if (hex != NULL)
		memcpy(r.hex, hex, HEX_DIGITS);
	ix->n++;
	return fwrite(&r, sizeof(r), 1, ix->fp) == 1 ? 0 : -1;
}

static int
compare_keys(const void *a, const void *b)
{
	return memcmp(((const struct record *)a)->key,
	    ((const struct record *)b)->key, KEY_DIGITS);
}

static int
compare_records(const void *a, const void *b)
{
	const struct record *r = a, *q = b;
	int order = compare_keys(a, b);

	return order != 0 ? order :
	    (r->order < q->order) - (r->order > q->order);
}

static int
index_sort(struct index *ix)
{
	void *map;

	if (ix->n == 0)
		return 0;
	if (fflush(ix->fp) == EOF)
		return -1;
	map = mmap(NULL, ix->n * sizeof(*ix->record), PROT_READ | PROT_WRITE,
	    MAP_SHARED, fileno(ix->fp), 0);
	if (map == MAP_FAILED)
		return -1;
	ix->record = map;
	qsort(ix->record, ix->n, sizeof(*ix->record), compare_records);
	return 0;
}

static const struct record *
index_find(const struct index *ix, const char *path)
{
	char hex[HASH_HEX_MAX];
	const struct record *r;
	struct record key;

	if (ix->record == NULL)
		return NULL;
	hash_hex(HASH_SHA256, path, strlen(path), hex);
	memcpy(key.key, hex, KEY_DIGITS);
	r = bsearch(&key, ix->record, ix->n, sizeof(key), compare_keys);
	while (r != NULL && r > ix->record && compare_keys(r - 1, r) == 0)
		r--;
	return r;
}

static void
index_release(struct index *ix)
{
	if (ix->record != NULL)
		munmap(ix->record, ix->n * sizeof(*ix->record));
	if (ix->fp != NULL)
		fclose(ix->fp);
}

/* Reading. */

/* A path below the root and nothing else (I4); a '/' may end it. */
static bool
is_below(const char *path)
{
	char *copy = xstrdup(path), *name = copy, *end;
	bool good = true;

	while (good && name != NULL) {
		if ((end = strchr(name, '/')) != NULL)
			*end++ = '\0';
		good = path_is_component(name);
		name = end != NULL && *end != '\0' ? end : NULL;
	}
	free(copy);
	return good;
}

/*
 * "HEX SIZE PATH", the path as strunvis(3) reads it; a directory's ends in '/',
 * a link's digest is all zeros.  The caller frees *path.
 */
static int
parse_line(char *line, char **path, int64_t *bytes)
{
	char *size = strchr(line, ' '), *name;
	uint64_t n;

	name = size != NULL ? strchr(size + 1, ' ') : NULL;
	if (name == NULL || size - line != HEX_DIGITS)
		return -1;
	*size++ = '\0';
	*name++ = '\0';
	if (parse_u64(size, INT64_MAX, &n) != 0)
		return -1;
	*path = xmalloc(strlen(name) + 1);
	if (strunvis(*path, name) == -1 || !is_below(*path)) {
		free(*path);
		return -1;
	}
	*bytes = (int64_t)n;
	n = strlen(*path);
	if ((*path)[n - 1] == '/') {
		(*path)[n - 1] = '\0';
		*bytes = IS_DIR;
	} else if (strspn(line, "0") == HEX_DIGITS) {
		*bytes = IS_LINK;
	}
	return 0;
}

/* What something stands in was made for it, or is as good as that. */
static int
add_parents(struct index *ix, const char *path, uint64_t order, char **last)
{
	char *dir = path_dir(path), *up;
	int rc = 0;

	if (*last != NULL && strcmp(*last, dir) == 0) {
		free(dir);
		return 0;
	}
	free(*last);
	*last = xstrdup(dir);
	while (rc == 0 && strcmp(dir, ".") != 0) {
		rc = index_add(ix, dir, order, IS_DIR, NULL);
		up = path_dir(dir);
		free(dir);
		dir = up;
	}
	free(dir);
	return rc;
}

/*
 * One line of a file of sequence *seq, and line n of it.  1 if it is none of
 * ours; -1 with errno.
 */
static int
take_line(struct manifest *mf, char *line, bool own, uint64_t *seq,
    uint64_t n, char **last)
{
	char *path, *whole;
	uint64_t order;
	int64_t size;
	int rc;

	if (n == 0 && strncmp(line, HEADER, strlen(HEADER)) == 0)
		return parse_u64(line + strlen(HEADER), UINT32_MAX,
		    seq) != 0;
	order = *seq << 32 | n;
	whole = xstrdup(line);
	rc = parse_line(line, &path, &size) != 0;
	if (rc == 0) {
		if (own && fprintf(mf->own, "%llu %s\n",
		    (unsigned long long)order, whole) < 0)
			rc = -1;
		if (rc == 0)
			rc = index_add(&mf->index, path, order,
			    size, line);
		if (rc == 0)
			rc = add_parents(&mf->index, path, order, last);
		free(path);
	}
	free(whole);
	return rc;
}

static int
parse_file(struct manifest *mf, const char *name, bool own, FILE *fp,
    struct err *err)
{
	char *line = NULL, *last = NULL;
	uint64_t seq = 0, number = 0;
	size_t cap = 0;
	ssize_t n;
	int rc = 0;

	rewind(fp);
	while (rc == 0 && (n = getline(&line, &cap, fp)) > 0) {
		if (line[n - 1] == '\n')
			line[n - 1] = '\0';
		rc = take_line(mf, line, own, &seq, number++, &last);
	}
	if (rc < 0)
		err_sys(err, ERR_LOCAL, "cannot write a temporary file");
	else if (rc == 0 && ferror(fp))
		rc = err_sys(err, ERR_LOCAL, "cannot read a temporary file");
	free(last);
	free(line);
	if (seq > mf->seq)
		mf->seq = seq;
	if (rc > 0)
		return err_set(err, ERR_VERIFY, "%s/%s: not a manifest of "
		    "ours; remove it to begin anew", mf->root, name);
	return rc;
}

/* 1 read, 0 there is none, -1. */
static int
fetch_file(struct manifest *mf, const char *name, bool own, struct err *err)
{
	char *path = path_join(mf->root, name);
	FILE *fp = tmpfile();
	struct copy_get g = { .remote = path };
	struct copy_result res;
	int rc;

	if (fp == NULL) {
		free(path);
		return err_sys(err, ERR_LOCAL, "cannot make a temporary file");
	}
	g.fd = fileno(fp);
	rc = copy_get(mf->s, &g, &res, err);
	if (rc == 0)
		rc = parse_file(mf, name, own, fp, err) == 0 ? 1 : -1;
	else if (err->kind == ERR_REFUSED && err->code == 550)
		rc = 0;
	if (rc >= 0)
		err_clear(err);
	fclose(fp);
	free(path);
	return rc;
}

bool
manifest_is_file(const char *name)
{
	size_t n = strlen(MANIFEST_NAME);

	/* A server may make capitals of it. */
	return strncasecmp(name, MANIFEST_NAME, n) == 0 &&
	    (name[n] == '\0' || name[n] == '.' || name[n] == '-');
}

/* The number of a piece of ours, 0 for our file, or -1. */
static int
number_of(const struct manifest *mf, const char *name)
{
	size_t n = strlen(mf->base);
	uint64_t number;

	if (strncasecmp(name, mf->base, n) != 0)
		return -1;
	if (name[n] == '\0')
		return 0;
	if (name[n] != '.' || parse_u64(name + n + 1, 1000000, &number) != 0)
		return -1;
	return (int)number;
}

static int
fetch_listed(struct manifest *mf, const char *name, struct err *err)
{
	int number = number_of(mf, name), rc;

	rc = fetch_file(mf, name, number >= 0, err);
	if (rc == 0)
		return err_set(err, ERR_REFUSED, "%s/%s: cannot read it",
		    mf->root, name);
	if (number > 0)
		strvec_add(&mf->pieces, name);
	if (number > 0 && (unsigned)number > mf->piece)
		mf->piece = (unsigned)number;
	return rc < 0 ? -1 : 0;
}

static char *
piece_name(const struct manifest *mf, unsigned number)
{
	return xasprintf("%s.%06u", mf->base, number);
}

/* Listings may hide such names: by those that ours have. */
static int
fetch_named(struct manifest *mf, struct err *err)
{
	char *name;
	int rc;

	if ((rc = fetch_file(mf, mf->base, true, err)) < 0)
		return -1;
	for (rc = 1; rc == 1;) {
		name = piece_name(mf, mf->piece + 1);
		rc = fetch_file(mf, name, true, err);
		if (rc == 1) {
			strvec_add(&mf->pieces, name);
			mf->piece++;
		}
		free(name);
	}
	return rc;
}

static int
fetch_all(struct manifest *mf, struct err *err)
{
	struct listing l;
	size_t i, n = 0;
	int rc = 0;

	if (lister_list(mf->s, mf->root, LIST_ROUGH, 0, &l, err) != 0) {
		listing_release(&l);
		if (err->kind != ERR_REFUSED)
			return -1;
		err_clear(err);
		return fetch_named(mf, err);
	}
	for (i = 0; rc == 0 && i < l.n; i++) {
		if (!manifest_is_file(l.entry[i].name) ||
		    path_is_part(l.entry[i].name))
			continue;
		rc = fetch_listed(mf, l.entry[i].name, err);
		n++;
	}
	if (rc == 0 && n == 0 && !l.dotfiles)
		rc = fetch_named(mf, err);
	listing_release(&l);
	return rc;
}

struct manifest *
manifest_load(struct session *s, const char *root, unsigned shard,
    unsigned shards, struct err *err)
{
	struct manifest *mf = xcalloc(1, sizeof(*mf));

	mf->s = s;
	mf->root = xstrdup(root);
	mf->base = shards == 0 ? xstrdup(MANIFEST_NAME) :
	    xasprintf(MANIFEST_NAME "-%u-%u", shard + 1, shards);
	mf->fresh = spool_new();
	mf->noted = spool_new();
	mf->gone = spool_new();
	mf->since = clock_ms();
	pthread_mutex_init(&mf->lock, NULL);
	mf->own = tmpfile();
	if (mf->own == NULL)
		err_sys(err, ERR_LOCAL, "cannot make a temporary file");
	else if (fetch_all(mf, err) == 0) {
		if (index_sort(&mf->index) == 0)
			return mf;
		err_sys(err, ERR_LOCAL, "cannot write a temporary file");
	}
	manifest_free(mf);
	return NULL;
}

void
manifest_free(struct manifest *mf)
{
	if (mf == NULL)
		return;
	index_release(&mf->index);
	if (mf->own != NULL)
		fclose(mf->own);
	strvec_release(&mf->pieces);
	spool_free(mf->fresh);
	spool_free(mf->noted);
	spool_free(mf->gone);
	pthread_mutex_destroy(&mf->lock);
	free(mf->base);
	free(mf->root);
	free(mf);
}

bool
manifest_find(const struct manifest *mf, const char *path,
    struct manifest_entry *e)
{
	const struct record *r = index_find(&mf->index, path);

	if (r == NULL || r->size < 0)
		return false;
	e->size = r->size;
	memcpy(e->hex, r->hex, HEX_DIGITS);
	e->hex[HEX_DIGITS] = '\0';
	return true;
}

bool
manifest_lists(const struct manifest *mf, const char *path, char type,
    int64_t size)
{
	const struct record *r = index_find(&mf->index, path);

	if (r == NULL)
		return false;
	if (type == 'd' || type == 'l')
		return r->size == (type == 'd' ? IS_DIR : IS_LINK);
	return r->size >= 0 && size == r->size;
}

/* Noting. */

int
manifest_note(struct manifest *mf, const char *path, int64_t size,
    const char *hex, struct err *err)
{
	char *value = xasprintf("%s %lld", hex, (long long)size);
	int rc;

	pthread_mutex_lock(&mf->lock);
	rc = spool_add(mf->fresh, path, value, err);
	pthread_mutex_unlock(&mf->lock);
	free(value);
	return rc;
}

int
manifest_note_made(struct manifest *mf, const char *path, char type,
    struct err *err)
{
	char zeros[HASH_HEX_MAX] = "", *name;
	int rc;

	memset(zeros, '0', HEX_DIGITS);
	name = xasprintf("%s%s", path, type == 'd' ? "/" : "");
	rc = manifest_note(mf, name, 0, zeros, err);
	free(name);
	return rc;
}

int
manifest_forget(struct manifest *mf, const char *path, struct err *err)
{
	return spool_add(mf->gone, path, "", err);
}

bool
manifest_is_due(struct manifest *mf)
{
	bool due;

	pthread_mutex_lock(&mf->lock);
	due = !mf->due && (spool_count(mf->fresh) >= PIECE_FILES ||
	    clock_ms() - mf->since >= PIECE_MS);
	mf->due |= due;
	pthread_mutex_unlock(&mf->lock);
	return due;
}

/* Writing. */

/* strvis() knows characters, and makes others of what is none. */
static int
write_line(void *ctx, const char *path, const char *value)
{
	unsigned char c;

	fprintf(ctx, "%s ", value);
	for (; *path != '\0'; path++) {
		c = (unsigned char)*path;
		if (c <= ' ' || c == '\\' || c == 0x7f)
			fprintf(ctx, "\\%03o", c);
		else
			fputc(c, ctx);
	}
	fputc('\n', ctx);
	return ferror(ctx) ? -1 : 0;
}

static FILE *
begin_file(uint64_t seq)
{
	FILE *fp = tmpfile();

	if (fp == NULL || fprintf(fp, HEADER "%llu\n",
	    (unsigned long long)seq) >= 0)
		return fp;
	fclose(fp);
	return NULL;
}

static int
send_file(struct manifest *mf, struct session *s, const char *name, FILE *fp,
    struct err *err)
{
	char *path = path_join(mf->root, name);
	struct copy_put p = { .remote = path, .fd = fileno(fp) };
	struct copy_result res;
	int rc;

	if (fflush(fp) == EOF)
		rc = err_sys(err, ERR_LOCAL, "cannot write a temporary file");
	else if ((rc = copy_put(s, &p, &res, err)) != 0)
		err_prefix(err, "manifest");
	free(path);
	return rc;
}

static int
keep_record(void *ctx, const char *path, const char *value)
{
	struct err ignored = ERR_INIT;

	return spool_add(ctx, path, value, &ignored);
}

int
manifest_write_piece(struct manifest *mf, struct session *s,
    struct err *err)
{
	struct spool *notes;
	uint64_t seq;
	unsigned number;
	char *name;
	FILE *fp;
	int rc = -1;

	pthread_mutex_lock(&mf->lock);
	notes = mf->fresh;
	mf->fresh = spool_new();
	mf->since = clock_ms();
	mf->due = false;
	seq = ++mf->seq;
	number = ++mf->piece;
	pthread_mutex_unlock(&mf->lock);
	name = piece_name(mf, number);
	if ((fp = begin_file(seq)) == NULL || spool_each(notes, SPOOL_FORWARD,
	    write_line, fp, err) < 0)
		err_sys(err, ERR_LOCAL, "cannot write a temporary file");
	else
		rc = send_file(mf, s, name, fp, err);
	if (fp != NULL)
		fclose(fp);
	/* At the end of the run it goes with the rest in any case. */
	pthread_mutex_lock(&mf->lock);
	(void)spool_each(notes, SPOOL_FORWARD, keep_record, mf->noted, err);
	if (rc == 0)
		strvec_add(&mf->pieces, name);
	pthread_mutex_unlock(&mf->lock);
	spool_free(notes);
	free(name);
	return rc;
}

/* A path as it is noted, without the '/' of a directory. */
static int
index_path(void *ctx, const char *path, const char *unused)
{
	char *name = xstrdup(path);
	size_t n = strlen(name);
	int rc;

	(void)unused;
	if (name[n - 1] == '/')
		name[n - 1] = '\0';
	rc = index_add(ctx, name, 0, 0, NULL);
	free(name);
	return rc;
}

/* What earlier runs of ours noted and nothing has replaced. */
static int
write_old(struct manifest *mf, const struct index *newer, FILE *fp)
{
	char *line = NULL, *copy, *path, *rest;
	const struct record *r;
	unsigned long long order;
	size_t cap = 0;
	int64_t size;
	int rc = 0;

	/* rewind() forgets an error. */
	if (fflush(mf->own) == EOF || ferror(mf->own))
		return -1;
	rewind(mf->own);
	while (rc == 0 && getline(&line, &cap, mf->own) > 0) {
		order = strtoull(line, &rest, 10);
		rest += *rest == ' ';
		copy = xstrndup(rest, strcspn(rest, "\n"));
		if (parse_line(copy, &path, &size) == 0) {
			r = index_find(&mf->index, path);
			if (index_find(newer, path) == NULL &&
			    (r == NULL || r->order == order || r->size < 0) &&
			    fputs(rest, fp) == EOF)
				rc = -1;
			free(path);
		}
		free(copy);
	}
	free(line);
	return rc != 0 || ferror(mf->own) ? -1 : 0;
}

/* All into one. */
static FILE *
fold(struct manifest *mf, struct err *err)
{
	struct index newer = { 0 };
	FILE *fp = begin_file(++mf->seq);

	if (fp == NULL ||
	    spool_each(mf->noted, SPOOL_FORWARD, index_path, &newer, err) < 0 ||
	    spool_each(mf->gone, SPOOL_FORWARD, index_path, &newer, err) < 0 ||
	    index_sort(&newer) != 0 || write_old(mf, &newer, fp) != 0 ||
	    spool_each(mf->noted, SPOOL_FORWARD, write_line, fp, err) < 0) {
		err_sys(err, ERR_LOCAL, "cannot write a temporary file");
		if (fp != NULL)
			fclose(fp);
		fp = NULL;
	}
	index_release(&newer);
	return fp;
}

int
manifest_store(struct manifest *mf, struct err *err)
{
	char *path;
	size_t i;
	FILE *fp;
	int rc;

	if (spool_count(mf->fresh) + spool_count(mf->noted) +
	    spool_count(mf->gone) + mf->pieces.n == 0)
		return 0;
	if (spool_each(mf->fresh, SPOOL_FORWARD, keep_record, mf->noted,
	    err) != 0)
		return err_sys(err, ERR_LOCAL, "cannot write a temporary file");
	if ((fp = fold(mf, err)) == NULL)
		return -1;
	rc = send_file(mf, mf->s, mf->base, fp, err);
	fclose(fp);
	for (i = 0; rc == 0 && i < mf->pieces.n; i++) {
		path = path_join(mf->root, mf->pieces.v[i]);
		sink_remote_remove_part(mf->s, path);
		free(path);
	}
	return rc;
}
