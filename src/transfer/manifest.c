/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "transfer/manifest.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
/* libbsd wants to know whose strnvis() is meant; we use neither. */
#define LIBBSD_NETBSD_VIS
#include <vis.h>

#include "base/hash.h"
#include "base/mem.h"
#include "base/parse.h"
#include "base/path.h"
#include "transfer/copy.h"
#include "transfer/spool.h"

struct manifest {
	struct session *s;
	char *file;			/* on the server, absolute */
	struct manifest_entry *entry;	/* sorted by path */
	size_t n, cap;
	struct spool *noted;		/* path and "HEX SIZE" */
};

static int
compare_paths(const void *a, const void *b)
{
	return strcmp(((const struct manifest_entry *)a)->path,
	    ((const struct manifest_entry *)b)->path);
}

/* "HEX SIZE PATH", the path as strvis(3) writes it. */
static int
parse_line(struct manifest *mf, char *line)
{
	struct manifest_entry *e;
	char *size, *path, *plain;
	uint64_t bytes;

	size = strchr(line, ' ');
	path = size != NULL ? strchr(size + 1, ' ') : NULL;
	if (path == NULL || size - line != 64)
		return -1;
	*size++ = '\0';
	*path++ = '\0';
	if (parse_u64(size, INT64_MAX, &bytes) != 0)
		return -1;
	plain = xmalloc(strlen(path) + 1);
	if (strunvis(plain, path) == -1) {
		free(plain);
		return -1;
	}
	if (mf->n == mf->cap) {
		mf->cap = mf->cap != 0 ? mf->cap * 2 : 256;
		mf->entry = xreallocarray(mf->entry, mf->cap,
		    sizeof(*mf->entry));
	}
	e = &mf->entry[mf->n++];
	e->path = plain;
	e->size = (int64_t)bytes;
	strlcpy(e->hex, line, sizeof(e->hex));
	return 0;
}

static int
parse_file(struct manifest *mf, FILE *fp, struct err *err)
{
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;
	int rc = 0;

	rewind(fp);
	while (rc == 0 && (n = getline(&line, &cap, fp)) > 0) {
		if (line[n - 1] == '\n')
			line[n - 1] = '\0';
		rc = parse_line(mf, line);
	}
	free(line);
	if (rc != 0)
		return err_set(err, ERR_VERIFY, "%s: not a manifest of ours; "
		    "remove it to begin anew", mf->file);
	qsort(mf->entry, mf->n, sizeof(*mf->entry), compare_paths);
	return 0;
}

static int
fetch(struct manifest *mf, struct err *err)
{
	FILE *fp = tmpfile();
	struct copy_get g = { .remote = mf->file };
	struct copy_result res;
	int rc;

	if (fp == NULL)
		return err_sys(err, ERR_LOCAL, "cannot make a temporary file");
	g.fd = fileno(fp);
	rc = copy_get(mf->s, &g, &res, err);
	if (rc == 0)
		rc = parse_file(mf, fp, err);
	else if (err->kind == ERR_REFUSED && err->code == 550)
		rc = 0;
	if (rc == 0)
		err_clear(err);
	fclose(fp);
	return rc;
}

struct manifest *
manifest_load(struct session *s, const char *root, struct err *err)
{
	struct manifest *mf = xcalloc(1, sizeof(*mf));

	mf->s = s;
	mf->file = path_join(root, MANIFEST_NAME);
	mf->noted = spool_new();
	if (fetch(mf, err) == 0)
		return mf;
	manifest_free(mf);
	return NULL;
}

void
manifest_free(struct manifest *mf)
{
	size_t i;

	if (mf == NULL)
		return;
	for (i = 0; i < mf->n; i++)
		free(mf->entry[i].path);
	free(mf->entry);
	spool_free(mf->noted);
	free(mf->file);
	free(mf);
}

const struct manifest_entry *
manifest_find(const struct manifest *mf, const char *path)
{
	struct manifest_entry key = { .path = (char *)path };

	return mf->n == 0 ? NULL : bsearch(&key, mf->entry, mf->n,
	    sizeof(key), compare_paths);
}

int
manifest_note(struct manifest *mf, const char *path, int64_t size,
    const char *hex, struct err *err)
{
	char value[HASH_HEX_MAX + 24];

	snprintf(value, sizeof(value), "%s %lld", hex, (long long)size);
	return spool_add(mf->noted, path, value, err);
}

static int
write_line(void *ctx, const char *path, const char *value)
{
	char *shown = xmalloc(4 * strlen(path) + 1);

	strvis(shown, path, VIS_WHITE);
	fprintf(ctx, "%s %s\n", value, shown);
	free(shown);
	return 0;
}

int
manifest_store(struct manifest *mf, struct err *err)
{
	FILE *fp = tmpfile();
	struct copy_put p = { .remote = mf->file };
	struct copy_result res;
	int rc = -1;

	if (fp == NULL || spool_each(mf->noted, SPOOL_FORWARD, write_line, fp,
	    err) < 0 || fflush(fp) == EOF) {
		err_sys(err, ERR_LOCAL, "cannot write a temporary file");
		goto out;
	}
	p.fd = fileno(fp);
	rc = copy_put(mf->s, &p, &res, err);
	if (rc != 0)
		err_prefix(err, "manifest");
out:
	if (fp != NULL)
		fclose(fp);
	return rc;
}
