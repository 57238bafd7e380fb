/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "transfer/spool.h"

#include <sys/mman.h>

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct spool {
	pthread_mutex_t lock;
	FILE *fp;		/* NULL while there is nothing */
	uint64_t n;
	int broken;		/* errno; what is in it cannot be told apart */
};

struct spool *
spool_new(void)
{
	struct spool *sp = xcalloc(1, sizeof(*sp));

	pthread_mutex_init(&sp->lock, NULL);
	return sp;
}

void
spool_free(struct spool *sp)
{
	if (sp == NULL)
		return;
	if (sp->fp != NULL)
		fclose(sp->fp);
	pthread_mutex_destroy(&sp->lock);
	free(sp);
}

uint64_t
spool_count(const struct spool *sp)
{
	return sp->n;
}

static int
broken(const struct spool *sp, struct err *err)
{
	errno = sp->broken;
	return err_sys(err, ERR_LOCAL, "cannot write a temporary file");
}

int
spool_add(struct spool *sp, const char *first, const char *second,
    struct err *err)
{
	int rc = 0;

	pthread_mutex_lock(&sp->lock);
	if (sp->fp == NULL && sp->broken == 0)
		sp->fp = tmpfile();
	if (sp->broken == 0 && (sp->fp == NULL ||
	    fwrite(first, strlen(first) + 1, 1, sp->fp) != 1 ||
	    fwrite(second, strlen(second) + 1, 1, sp->fp) != 1))
		sp->broken = errno;
	if (sp->broken == 0)
		sp->n++;
	else
		rc = broken(sp, err);
	pthread_mutex_unlock(&sp->lock);
	return rc;
}

/* The string before the one that ends at end[-1]. */
static const char *
string_before(const char *map, const char *end)
{
	const char *nul = memrchr(map, '\0', (size_t)(end - 1 - map));

	return nul != NULL ? nul + 1 : map;
}

static int
walk(const char *map, const char *end, enum spool_order order,
    int (*fn)(void *ctx, const char *first, const char *second), void *ctx)
{
	const char *first, *second;
	int rc = 0;

	while (rc == 0 && map < end) {
		if (order == SPOOL_BACKWARD) {
			second = string_before(map, end);
			first = string_before(map, second);
			end = first;
		} else {
			first = map;
			second = first + strlen(first) + 1;
			map = second + strlen(second) + 1;
		}
		rc = fn(ctx, first, second);
	}
	return rc;
}

int
spool_each(struct spool *sp, enum spool_order order,
    int (*fn)(void *ctx, const char *first, const char *second), void *ctx,
    struct err *err)
{
	long size;
	char *map;
	int rc;

	if (sp->broken != 0)
		return broken(sp, err);
	if (sp->n == 0)
		return 0;
	if (fflush(sp->fp) == EOF || (size = ftell(sp->fp)) <= 0)
		return err_sys(err, ERR_LOCAL, "cannot write a temporary file");
	map = mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE, fileno(sp->fp),
	    0);
	if (map == MAP_FAILED)
		return err_sys(err, ERR_LOCAL, "cannot read a temporary file");
	rc = walk(map, map + size, order, fn, ctx);
	munmap(map, (size_t)size);
	return rc;
}
